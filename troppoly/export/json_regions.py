"""Linear regions as JSON, exactly: the complex, the affine maps, and the monomials.

The document is an object with these members.

``function``
    The function, as in :mod:`troppoly.export.json_functions`.
``domain``
    Its irredundant inequalities b + <a, x> >= 0, a list of [b, a_1, ..., a_d]; null for R^d.
``dimension``
    The number d of variables.
``counts``
    ``{"cells", "linear_regions", "bounded", "unbounded"}``; the last two count linear regions.
``f_vector``
    ``[f_0, ..., f_d]``, the numbers of faces of the complex by dimension.
``vertices``, ``rays``, ``lines``
    Lists of points and of vectors.  A polyhedron is conv(vertices) + cone(rays) + span(lines).  The lines are a basis
    of the lineality space, which all cells have in common; vertices and rays are representatives modulo it, and rays
    are primitive integer vectors.
``faces``
    The face lattice.  The cones of dimension 1 are the vertices, in their order, and then the rays.  ``faces[k - 2]``
    lists for every cone of dimension k = 2, ..., D the numbers of its facets among the cones of dimension k - 1; a cone
    of dimension k with a vertex is a face of dimension k - 1 plus the number of lines, and one without is a face at
    infinity (:class:`troppoly.PolyhedralComplex`).
``cells``
    ``{"region": i, "vertices": [j, ...], "rays": [k, ...]}`` per cell, indices into the lists above.
``regions``
    ``{"cells": [i, ...], "bounded": bool, "matrix": [[rational]], "vector": [rational]}`` per linear region: its cells,
    and the map x -> matrix x + vector on it.
``monomials``
    If they were computed, per output a rational function as in :mod:`troppoly.export.json_functions`, of its
    irredundant monomials, with the member ``formal``, ``[count, count]``: the numbers of formal monomials of numerator
    and denominator (strings, for they may exceed 2^53, or ``{"log2": [rational, rational]}``, bounds of the logarithm),
    or null if they were not computed.

*There is one document of a function on a domain* (and its monomials): the basis of the lines is reduced, vertices and
rays are 0 where its rows end, and are in lexicographic order; so are the cones of each dimension, as ascending lists of
facets; regions are in the order of their first cells.  So numbers of cells are not those of the complex in memory.

*What is checked on reading*: nothing is believed but the function and its domain.  The linear regions are computed
anew, with the number of cells in the file as budget, and their document must be the one in the file; the monomials must
be those of the network, or irredundant and the same function as another one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.complex.face_lattice import Incidence, ray_lists
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.errors import BudgetError, FileFormatError
from troppoly.exact.linear import kernel, primitive
from troppoly.exact.scalar import ObjectArray
from troppoly.export.json_functions import function_at, function_value
from troppoly.export.verification import vanishing_forms
from troppoly.network import LargeCount, Network, formal_monomial_counts
from troppoly.network.json_values import entries_at, matrix_at, member, texts, vector_at
from troppoly.network.large_counts import Count
from troppoly.passagemath import polyhedron
from troppoly.polynomial import TropicalMap, TropicalRational
from troppoly.polynomial.map import as_map
from troppoly.refinement import tropical_map, tropicalize
from troppoly.regions import linear_regions
from troppoly.regions.polytope_route import PiecewiseLinear
from troppoly.regions.regions import LinearRegions

__all__ = ["RegionsDocument", "regions_at", "regions_value"]


@dataclass(frozen=True, slots=True)
class RegionsDocument:
    """Linear regions, and the monomials of the same function if they were computed.

    ``tropical_map`` are the irredundant monomials, and ``formal_counts`` the numbers of formal ones, one pair
    (numerator, denominator) per output.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [-1]], [[1, 1]]])
    >>> RegionsDocument(tp.linear_regions(net), tp.tropicalize(net), tp.formal_monomial_counts(net)).formal_counts
    ((4, 1),)
    """

    regions: LinearRegions
    tropical_map: TropicalMap | None = None
    formal_counts: tuple[tuple[Count, Count], ...] | None = None


def regions_value(document: RegionsDocument) -> dict[str, Any]:
    """Return the JSON object of linear regions, without the members that name the format.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(2,): 0, (0,): "1/3"})
    >>> value = regions_value(RegionsDocument(tp.linear_regions(f)))
    >>> value["f_vector"], value["vertices"], value["rays"], value["faces"]
    ([1, 2], [['1/6']], [['-1'], ['1']], [[[0, 1], [0, 2]]])
    """
    regions, complex_ = document.regions, document.regions.complex
    rays = complex_.homogeneous_rays
    lines, points = _reduced(complex_, rays)
    n = sum(not at_infinity for at_infinity, _ in points)  # vertices, which come first
    order, place = _sorted(points)
    ids = _renumbered(ray_lists(complex_.facets, np.arange(complex_.n_cells)), place)
    cells, faces = order, []
    for incidence in complex_.facets:
        lists = _renumbered(incidence, place)
        cells, place = _sorted(lists)
        faces.append([lists[i] for i in cells])
    labels = regions.region_of_cell[cells]
    first = np.sort(np.unique(labels, return_index=True)[1])
    number = {label: i for i, label in enumerate(labels[first].tolist())}
    result: dict[str, Any] = {
        "function": function_value(regions.function),
        "domain": None if (outer := _inequalities(complex_, rays)) is None else list(map(texts, outer)),
        "dimension": complex_.ambient_dimension,
        "counts": {
            "cells": len(regions.cells),
            "linear_regions": len(regions),
            "bounded": regions.n_bounded,
            "unbounded": regions.n_unbounded,
        },
        "f_vector": list(complex_.f_vector()),
        "vertices": [texts(points[i][1]) for i in order[:n]],
        "rays": [texts(points[i][1]) for i in order[n:]],
        "lines": list(map(texts, lines)),
        "faces": faces,
        "cells": [
            {
                "region": number[label],
                "vertices": [i for i in ids[cell] if i < n],
                "rays": [i - n for i in ids[cell] if i >= n],
            }
            for label, cell in zip(labels.tolist(), cells, strict=True)
        ],
        "regions": [
            {
                "cells": sorted(int(place[cell.index]) for cell in region.cells),
                "bounded": region.is_bounded(),
                "matrix": [texts(row[:-1]) for row in joint],
                "vector": texts(joint[:, -1]),
            }
            for region, joint in zip(
                map(list(regions).__getitem__, number), regions.maps.exact(cells[first]), strict=True
            )
        ],
    }
    if document.tropical_map is not None:
        counts = document.formal_counts or [None] * document.tropical_map.n_outputs
        result["monomials"] = [
            function_value(component) | {"formal": None if pair is None else list(map(_count_value, pair))}
            for component, pair in zip(document.tropical_map.components, counts, strict=True)
        ]
    return result


def _sorted(keys: list[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The order of keys, and their places in it."""
    order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.intp)
    return order, np.argsort(order)


def _renumbered(lists: Incidence, place: NDArray[np.intp]) -> list[list[int]]:
    """The lists with new numbers, each in ascending order."""
    numbers = place[lists.indices]
    ordered = numbers[np.lexsort((numbers, lists.owners))].tolist()
    return [ordered[start:stop] for start, stop in pairwise(lists.indptr.tolist())]


def _reduced(complex_: PolyhedralComplex, rays: ObjectArray) -> tuple[ObjectArray, list[tuple[bool, tuple[mpq, ...]]]]:
    """The reduced lines, and (whether it is at infinity, its coordinates modulo the lines) of every ray."""
    lines = kernel(kernel(complex_.lineality)).numerators  # at the last entry of a row that is not 0 the others are 0
    for line in lines:
        j = np.flatnonzero(line)[-1]
        rays = rays * line[j] - np.outer(rays[:, j], [*line, 0])
    return lines, [(not t, tuple(mpq(x, t or 1) for x in row)) for *row, t in map(primitive, rays)]


def _count_value(count: Count) -> Any:
    return {"log2": texts((count.lower, count.upper))} if isinstance(count, LargeCount) else str(mpz(count))


def regions_at(value: dict[str, Any], where: str = "document") -> RegionsDocument:
    """Return the linear regions of a JSON object, checked as the module says.  Raises FileFormatError."""
    function, domain = function_at(member(value, "function", where), "function"), member(value, "domain", where)
    if domain is not None:
        d = function.n_inputs if isinstance(function, Network) else function.n_variables
        domain = polyhedron(inequalities=matrix_at(domain, "domain", d + 1).to_rationals().tolist(), ambient_dim=d)
    regions = _regions(function, domain, len(entries_at(member(value, "cells", where), "cells")))
    document = RegionsDocument(regions, *(_monomials_at(value, regions) if "monomials" in value else ()))
    for name, entry in regions_value(document).items():
        same = json.dumps(member(value, name, where), sort_keys=True) == json.dumps(entry, sort_keys=True)
        if not same and name not in ("function", "monomials"):
            raise FileFormatError(f"The member {name!r} is not that of the function.")
    return document


def _regions(function: PiecewiseLinear, domain: Any, n_cells: int) -> LinearRegions:
    """The linear regions of the function over a domain, if there are about ``n_cells`` cells at most."""
    # There are more cells before they are cut off at a domain, and merged where maxima make signs meaningless.
    fewer_later = domain is not None or (isinstance(function, Network) and function.max_groups)
    limit = 10**5 + 1000 * n_cells if fewer_later else n_cells
    try:
        return linear_regions(function, domain=domain, max_cells=limit)
    except BudgetError as error:
        raise FileFormatError(f"The function has more than {n_cells} cells.") from error


def _inequalities(complex_: PolyhedralComplex, rays: ObjectArray) -> list[Any] | None:
    """The sorted inequalities (b, a) of the polyhedron that a complex covers, or None if it is R^d.

    Its facets are those facets of cells that belong to one cell only and are not at infinity.
    """
    k = complex_.cone_dimension - 1
    if k == 0:
        return None
    uses = np.bincount(complex_.facets[-1].indices, minlength=complex_.n_cones(k))
    outer = np.flatnonzero((uses == 1) & ~complex_.faces_at_infinity[k - 1])
    if len(outer) == 0:
        return None
    walls, left, found = ray_lists(complex_.facets[:-1], outer), np.ones(len(outer), dtype=bool), []
    while left.any():
        (form,) = vanishing_forms(complex_, outer[[left.argmax()]])
        values = rays @ form
        left &= walls.any_of(values != 0)
        *a, b = form if (values >= 0).all() else -form
        found.append((b, *a))
    return sorted(found)


def _is_map_of(tropical: TropicalMap, right: LinearRegions) -> bool:
    """Whether a map is the irredundant one of a network (on its domain or on R^d), or of another function."""
    function = right.function
    if isinstance(function, Network):
        return tropical == tropical_map(right.canonical) or tropical == tropicalize(function)
    components = as_map(function)
    same_space = tropical.n_variables == components.n_variables and len(tropical) == len(components)
    return same_space and tropical == tropical.prune() and tropical.equals(components)


def _monomials_at(
    value: dict[str, Any], regions: LinearRegions
) -> tuple[TropicalMap, tuple[tuple[Count, Count], ...] | None]:
    """The map, and the formal counts, which follow from a network."""
    tropical = TropicalMap(entries_at(value["monomials"], "monomials", partial(function_at, needed="rational")))
    if not _is_map_of(tropical, regions):
        raise FileFormatError("The monomials are not the irredundant ones of the function.")
    formal = [member(record, "formal", "monomials") for record in value["monomials"]]
    if all(pair is None for pair in formal):
        return tropical, None
    if not isinstance(regions.function, Network):
        return tropical, tuple(map(_counts_at, formal, tropical.components))
    counts = formal_monomial_counts(regions.function)
    if formal != [list(map(_count_value, pair)) for pair in counts]:
        raise FileFormatError("The numbers of formal monomials are not those of the network.")
    return tropical, counts


def _counts_at(value: Any, component: TropicalRational) -> tuple[Count, Count]:
    """The numbers of monomials of another expression of a function: at least those that are irredundant."""
    numbers = vector_at(value, "numbers of formal monomials", 2)
    least = (len(component.numerator), len(component.denominator))
    if any(n.denominator != 1 or n < m for n, m in zip(numbers, least, strict=True)):
        raise FileFormatError(f"The numbers of formal monomials are not {least[0]} and {least[1]} or more.")
    return int(numbers[0]), int(numbers[1])
