"""Linear regions as JSON, exactly: the complex, the affine maps, and the monomials.

The document is an object with these members.

``function``
    The function, as in :mod:`troppoly.export.json_functions`.
``dimension``
    The number d of variables.
``counts``
    ``{"cells", "linear_regions", "bounded", "unbounded"}``; the last two count linear regions.
``f_vector``
    ``[f_0, ..., f_d]``, the numbers of faces of the complex by dimension.
``vertices``, ``rays``, ``lines``
    Lists of points and of vectors.  A polyhedron is conv(vertices) + cone(rays) + span(lines).  The
    lines are a basis of the lineality space, which all cells have in common; vertices and rays are
    representatives modulo it, and rays are primitive integer vectors.
``faces``
    The face lattice.  The cones of dimension 1 are the vertices, in their order, and then the rays.
    ``faces[k - 2]`` lists for every cone of dimension k = 2, ..., D the numbers of its facets among the
    cones of dimension k - 1; a cone of dimension k with a vertex is a face of dimension k - 1 plus the number of
    lines, and one without is a face at infinity (:class:`troppoly.PolyhedralComplex`).
``cells``
    ``{"region": i, "vertices": [j, ...], "rays": [k, ...]}`` per cell, indices into the lists above.
``regions``
    ``{"cells": [i, ...], "bounded": bool, "matrix": [[rational]], "vector": [rational]}`` per linear
    region: its cells, and the map x -> matrix x + vector on it.
``monomials``
    If they were computed, one object per output, ``{"numerator": polynomial, "denominator":
    polynomial, "formal": [count, count]}``: its irredundant monomials, and the numbers of formal ones
    of both (strings, for they may exceed 2^53, or ``{"log2": [rational, rational]}``, bounds of the logarithm;
    null if they were not computed).

*What is checked on reading*: nothing is believed but the function.  Its linear regions over the polyhedron that the
cells in the file cover are computed anew, with the number of these as budget.  The face lattice in the file must be
that of the function's complex, ray by ray and then cone by cone of ascending dimension (a cone is known by its
facets), with the same maps on the cells; the monomials must be those of the network, or irredundant and the same
function as another one; and all other members are what follows from these.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from gmpy2 import lcm, mpq, mpz
from numpy.typing import NDArray

from troppoly.complex.face_lattice import Incidence, ray_lists
from troppoly.complex.polyhedral_complex import ExactRays, PolyhedralComplex
from troppoly.errors import BudgetError, FileFormatError
from troppoly.exact import ObjectArray, RationalMatrix
from troppoly.exact.linear import kernel, primitive
from troppoly.export.json_functions import Function, function_at, function_value, polynomial_at
from troppoly.export.verification import vanishing_forms
from troppoly.network import LargeCount, Network, formal_monomial_counts
from troppoly.network.json_values import count_at, entries_at, matrix_at, member, texts, vector_at
from troppoly.network.large_counts import Count
from troppoly.passagemath import polyhedron
from troppoly.polynomial import TropicalMap, TropicalRational
from troppoly.refinement import tropical_map, tropicalize
from troppoly.regions import linear_regions
from troppoly.regions.affine_maps import ExplicitMaps
from troppoly.regions.linear_regions import LinearRegions

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
    ([1, 2], [['1/6']], [['-1'], ['1']], [[[1, 0], [2, 0]]])
    """
    regions, complex_ = document.regions, document.regions.complex
    order = np.argsort(complex_.rays.at_infinity, kind="stable")
    place, n = np.argsort(order), int(np.count_nonzero(~np.asarray(complex_.rays.at_infinity)))  # n vertices, first
    coordinates = complex_.rays.homogeneous(order)
    cells = (
        (i, np.sort(place[rays])) for i, rays in enumerate(ray_lists(complex_.facets, np.arange(complex_.n_cells)))
    )
    first_cells = np.unique(regions.region_of_cell, return_index=True)[1]
    numbered = (Incidence(part.indptr, place[part.indices].astype(np.int32)) for part in complex_.facets[:1])
    result: dict[str, Any] = {
        "function": function_value(regions.function),
        "dimension": complex_.ambient_dimension,
        "counts": {
            "cells": len(regions.cells),
            "linear_regions": len(regions),
            "bounded": regions.n_bounded,
            "unbounded": regions.n_unbounded,
        },
        "f_vector": list(complex_.f_vector()),
        "vertices": [texts(mpq(x, row[-1]) for x in row[:-1]) for row in coordinates[:n]],
        "rays": [texts(row[:-1]) for row in map(primitive, coordinates[n:])],
        "lines": list(map(texts, complex_.lineality)),
        "faces": [[part.tolist() for part in lists] for lists in (*numbered, *complex_.facets[1:])],
        "cells": [
            {
                "region": int(regions.region_of_cell[i]),
                "vertices": ids[ids < n].tolist(),
                "rays": (ids[ids >= n] - n).tolist(),
            }
            for i, ids in cells
        ],
        "regions": [
            {
                "cells": [cell.index for cell in region.cells],
                "bounded": region.is_bounded(),
                "matrix": [texts(row[:-1]) for row in joint],
                "vector": texts(joint[:, -1]),
            }
            for region, joint in zip(regions, regions.maps.exact(first_cells), strict=True)
        ],
    }
    if document.tropical_map is not None:
        counts = document.formal_counts or [None] * document.tropical_map.n_outputs
        result["monomials"] = [
            {
                "numerator": function_value(component.numerator),
                "denominator": function_value(component.denominator),
                "formal": None if pair is None else [_count_value(count) for count in pair],
            }
            for component, pair in zip(document.tropical_map.components, counts, strict=True)
        ]
    return result


def _count_value(count: Count) -> Any:
    return {"log2": texts((count.lower, count.upper))} if isinstance(count, LargeCount) else str(mpz(count))


def regions_at(value: dict[str, Any], where: str = "document") -> RegionsDocument:
    """Return the linear regions of a JSON object, checked as the module says.

    The complex is a :class:`troppoly.PolyhedralComplex`, also for a network.  Raises FileFormatError.
    """
    function = function_at(member(value, "function", where), "function")
    complex_ = _complex_at(value, where)
    maps = _maps_at(value, complex_)
    _check_cells(complex_, maps, right := _regions(function, _domain_of(complex_), complex_.n_cells))
    tropical, counts = _monomials_at(value, function)
    if tropical is not None and not _is_map_of(tropical, right):
        raise FileFormatError("The monomials are not the irredundant ones of the function.")
    document = RegionsDocument(LinearRegions(function, complex_, ExplicitMaps(maps)), tropical, counts)
    derived = regions_value(document)
    for name in derived.keys() - {"function", "monomials"}:
        if member(value, name, where) != derived[name]:
            raise FileFormatError(f"The member {name!r} is not what follows from the others.")
    return document


def _regions(function: Function, domain: Any, n_cells: int) -> LinearRegions:
    """The linear regions of the function over a domain, if there are about ``n_cells`` cells at most."""
    # There are more cells before they are cut off at a domain, and merged where maxima make signs meaningless.
    fewer_later = domain is not None or (isinstance(function, Network) and function.max_groups)
    limit = 10**5 + 1000 * n_cells if fewer_later else n_cells
    try:
        return linear_regions(function, domain=domain, max_cells=limit)
    except BudgetError as error:
        raise FileFormatError(f"The function has more than {n_cells} cells.") from error


def _domain_of(complex_: PolyhedralComplex) -> Any:
    """The polyhedron that a complex covers, or None if it is R^d.

    Its facets are those facets of cells that belong to one cell only and are not at infinity.
    """
    k = complex_.cone_dimension - 1
    if k == 0:
        return None
    uses = np.bincount(complex_.facets[-1].indices, minlength=complex_.n_cones(k))
    outer = np.flatnonzero((uses == 1) & ~complex_.faces_at_infinity[k - 1])
    if len(outer) == 0:
        return None
    rays = complex_.rays.homogeneous(np.arange(complex_.n_cones(1)))
    forms = {tuple(form if (rays @ form >= 0).all() else -form) for form in vanishing_forms(complex_, outer)}
    rows = [(form[-1], *form[:-1]) for form in sorted(forms)]
    return polyhedron(inequalities=rows, ambient_dim=complex_.ambient_dimension)


def _check_cells(complex_: PolyhedralComplex, maps: ObjectArray, right: LinearRegions) -> None:
    """The faces are those of the function's complex, and so are the maps on the cells."""
    other = right.complex
    projection = kernel(complex_.lineality).T  # x -> x K has the span of the lines for its kernel
    if other.lineality.shape != complex_.lineality.shape or any((other.lineality @ projection).numerators.flat):
        raise FileFormatError("The lines are not those of the function.")
    found = _places(_rays_modulo_lines(complex_, projection), _rays_modulo_lines(other, projection), 1)
    for k, (own, others) in enumerate(zip(complex_.facets, other.facets, strict=True), start=2):
        numbers = Incidence(own.indptr, found[own.indices])
        found = _places(_sorted_lists(numbers), _sorted_lists(others), k)
    expected = right.maps.exact(found)
    if expected.shape != maps.shape or (expected != maps).any():
        raise FileFormatError("The maps are not those of the function.")


def _places(names: list[Any], others: list[Any], k: int) -> NDArray[np.int32]:
    """For every name its place among the others, which are the same ones in another order."""
    places = {name: i for i, name in enumerate(others)}
    found = [places.get(name, -1) for name in names]
    if sorted(found) != list(range(len(others))):
        raise FileFormatError(f"The cones of dimension {k} are not those of the function's complex.")
    return np.array(found, dtype=np.int32)


def _sorted_lists(incidence: Incidence) -> list[bytes]:
    """The lists, each in ascending order, as bytes."""
    return [np.sort(part).astype(np.int32).tobytes() for part in incidence]


def _rays_modulo_lines(complex_: PolyhedralComplex, projection: RationalMatrix) -> list[tuple[Any, ...]]:
    """The rays (x, t) as primitive vectors (x K, t)."""
    rays = complex_.rays.homogeneous(np.arange(complex_.n_cones(1)))
    if complex_.lineality_dimension:
        rays = np.concatenate([rays[:, :-1] @ projection.numerators, rays[:, -1:]], axis=1)
    return [tuple(primitive(row)) for row in rays]


def _is_map_of(tropical: TropicalMap, right: LinearRegions) -> bool:
    """Whether a map is the irredundant one of a network (on its domain or on R^d), or of another function."""
    function = right.function
    if isinstance(function, Network):
        return tropical == tropical_map(right.canonical) or tropical == tropicalize(function)
    components = function if isinstance(function, TropicalMap) else TropicalMap([function])
    same_space = tropical.n_variables == components.n_variables and len(tropical) == len(components)
    return same_space and tropical == tropical.prune() and tropical.equals(components)


def _complex_at(value: dict[str, Any], where: str) -> PolyhedralComplex:
    d = count_at(member(value, "dimension", where), "dimension")
    vertices = entries_at(member(value, "vertices", where), "vertices", lambda v, p: vector_at(v, p, d))
    if not vertices:
        raise FileFormatError("A complex has vertices (modulo its lines).")
    rays = matrix_at(member(value, "rays", where), "rays", d)
    lines = matrix_at(member(value, "lines", where), "lines", d)
    if rays.denominator != 1:
        raise FileFormatError("The rays are no integer vectors.")
    coordinates = np.empty((len(vertices) + rays.shape[0], d + 1), dtype=object)
    for i, vertex in enumerate(vertices):
        t = lcm(*(x.denominator for x in vertex)) if vertex else 1
        coordinates[i] = [*(x.numerator * (t // x.denominator) for x in vertex), t]
    coordinates[len(vertices) :, :-1] = rays.numerators
    coordinates[len(vertices) :, -1] = rays.denominator * 0
    facets = entries_at(member(value, "faces", where), "faces", _incidence_at, d - lines.shape[0])
    n_lower = len(coordinates)
    for k, incidence in enumerate(facets, start=2):
        if len(incidence.indices) and incidence.indices.max() >= n_lower:
            raise FileFormatError(f"A cone of dimension {k} has a facet that does not exist.")
        n_lower = incidence.n_lists
    return PolyhedralComplex(d, lines, ExactRays(coordinates), tuple(facets))


def _incidence_at(value: Any, where: str) -> Incidence:
    lists = entries_at(value, where, lambda entry, place: entries_at(entry, place, count_at))
    numbers = list(chain(*lists))
    if max(numbers, default=0) >= 2**31:
        raise FileFormatError(f"The {where} has a number beyond 2^31.")
    return Incidence(np.cumsum([0, *map(len, lists)], dtype=np.int64), np.array(numbers, dtype=np.int32))


def _maps_at(value: dict[str, Any], complex_: PolyhedralComplex) -> ObjectArray:
    """The (cells, outputs, d + 1) maps; every cell belongs to exactly one region."""
    n, d, m = complex_.n_cells, complex_.ambient_dimension, None
    found: dict[int, ObjectArray] = {}
    for record, where in entries_at(member(value, "regions", "document"), "regions", lambda *entry: entry):
        matrix = matrix_at(member(record, "matrix", where), f"matrix of {where}", d)
        vector = vector_at(member(record, "vector", where), f"vector of {where}", matrix.shape[0])
        m = matrix.shape[0] if m is None else m
        if matrix.shape[0] != m or m == 0:
            raise FileFormatError(f"The {where} has {matrix.shape[0]} outputs.")
        joint = np.column_stack([matrix.to_rationals(), np.array([*vector, None], dtype=object)[:-1]])
        for cell in entries_at(member(record, "cells", where), f"cells of {where}", count_at):
            if cell >= n or cell in found:
                raise FileFormatError(f"The {where} has the cell {cell}, which does not exist or has two regions.")
            found[cell] = joint
    if len(found) < n:
        raise FileFormatError("There is a cell without a linear region.")
    return np.stack([found[cell] for cell in range(n)])


def _monomials_at(
    value: dict[str, Any], function: Function
) -> tuple[TropicalMap | None, tuple[tuple[Count, Count], ...] | None]:
    """The map, and the formal counts, which follow from a network."""
    if "monomials" not in value:
        return None, None
    components, formal = [], []
    for record, where in entries_at(value["monomials"], "monomials", lambda *entry: entry):
        sides = [polynomial_at(member(record, s, where), f"{s} of the {where}") for s in ("numerator", "denominator")]
        if sides[0].n_variables != sides[1].n_variables:
            raise FileFormatError(f"The {where} have unequal numbers of variables.")
        components.append(TropicalRational(*sides))
        formal.append(member(record, "formal", where))
    if len({r.n_variables for r in components}) != 1:
        raise FileFormatError("The monomials are those of no map.")
    if all(pair is None for pair in formal):
        return TropicalMap(components), None
    if not isinstance(function, Network):
        return TropicalMap(components), tuple(map(_counts_at, formal, components))
    counts = formal_monomial_counts(function)
    if formal != [[_count_value(count) for count in pair] for pair in counts]:
        raise FileFormatError("The numbers of formal monomials are not those of the network.")
    return TropicalMap(components), counts


def _counts_at(value: Any, component: TropicalRational) -> tuple[Count, Count]:
    """The numbers of monomials of another expression of a function: at least those that are irredundant."""
    numbers = vector_at(value, "numbers of formal monomials", 2)
    least = (len(component.numerator), len(component.denominator))
    if any(n.denominator != 1 or n < m for n, m in zip(numbers, least, strict=True)):
        raise FileFormatError(f"The numbers of formal monomials are not {least[0]} and {least[1]} or more.")
    return int(numbers[0]), int(numbers[1])
