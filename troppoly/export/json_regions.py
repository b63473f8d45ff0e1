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

*What is checked on reading*: the complex (:mod:`troppoly.export.verification`); that the maps of neighbouring
cells agree on their common facet, so that they are one continuous function; that it takes the values of
``function`` and of ``monomials`` at all vertices and at an interior point of every cell; and that all other
members are what follows from these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from gmpy2 import gcd, lcm, mpq, mpz

from troppoly.errors import FileFormatError
from troppoly.exact import ObjectArray, RationalMatrix
from troppoly.export.json_functions import Function, function_at, function_value, polynomial_at
from troppoly.export.verification import verified_complex
from troppoly.network import LargeCount, Network, formal_monomial_counts
from troppoly.network.json_values import count_at, entries_at, matrix_at, member, texts, vector_at
from troppoly.network.large_counts import Count
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational
from troppoly.polytope.face_lattice import ray_lists
from troppoly.polytope.polyhedral_complex import Incidence, PolyhedralComplex
from troppoly.regions.affine_maps import ExplicitMaps
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["RegionsDocument", "regions_at", "regions_value"]

Point = tuple[mpq, ...]


@dataclass(frozen=True, slots=True)
class RegionsDocument:
    """Linear regions, and the monomials of the same function if they were computed.

    ``tropical_map`` are the irredundant monomials, and ``formal_counts`` the numbers of formal ones,
    one pair (numerator, denominator) per output.
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
    regions = document.regions
    complex_ = regions.complex
    top = complex_.cone_dimension
    at_infinity = np.asarray(complex_.rays.at_infinity)
    order = np.argsort(at_infinity, kind="stable")
    place = np.argsort(order)  # vertices first
    coordinates = complex_.rays.homogeneous(order)
    n_vertices = int(np.count_nonzero(~at_infinity))
    cells = ray_lists(complex_, top, np.arange(complex_.n_cells))
    generators = [np.sort(place[cells[i]]) for i in range(complex_.n_cells)]
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
        "vertices": [texts(mpq(x, row[-1]) for x in row[:-1]) for row in coordinates[:n_vertices]],
        "rays": [texts(row[:-1]) for row in map(_primitive, coordinates[n_vertices:])],
        "lines": [texts(complex_.lineality.row(i)) for i in range(complex_.lineality_dimension)],
        "faces": _faces_value(complex_, place),
        "cells": [
            {
                "region": region,
                "vertices": ids[ids < n_vertices].tolist(),
                "rays": (ids[ids >= n_vertices] - n_vertices).tolist(),
            }
            for region, ids in zip(regions.region_of_cell.tolist(), generators, strict=True)
        ],
        "regions": [_region_value(region) for region in regions],
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
    if isinstance(count, LargeCount):
        return {"log2": texts((count.lower, count.upper))}
    return str(mpz(count))


def _faces_value(complex_: PolyhedralComplex, place: Any) -> list[list[list[int]]]:
    result = []
    for k, incidence in enumerate(complex_.facets, start=2):
        numbers = place[incidence.indices] if k == 2 else incidence.indices
        result.append([part.tolist() for part in np.split(numbers, incidence.indptr[1:-1])])
    return result


def _region_value(region: Any) -> dict[str, Any]:
    matrix, vector = region.affine_map
    return {
        "cells": [cell.index for cell in region.cells],
        "bounded": region.is_bounded(),
        "matrix": [texts(row) for row in matrix],
        "vector": texts(vector),
    }


def regions_at(value: dict[str, Any], where: str = "document") -> RegionsDocument:
    """Return the linear regions of a JSON object, checked as the module says.

    The complex is a :class:`troppoly.PolyhedralComplex`, also for a network.  Raises FileFormatError.
    """
    function = function_at(member(value, "function", where), "function")
    complex_ = _complex_at(value, where)
    maps = _maps_at(value, complex_)
    regions = LinearRegions(function, complex_, ExplicitMaps(maps))
    _check_continuity(complex_, maps)
    document = RegionsDocument(regions, *_monomials_at(value, function))
    _check_values(document, maps)
    derived = regions_value(document)
    for name in ("dimension", "counts", "f_vector", "cells", "regions"):
        if member(value, name, where) != derived[name]:
            raise FileFormatError(f"The member {name!r} is not what follows from the others.")
    return document


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
    return verified_complex(lines, coordinates, facets)


def _incidence_at(value: Any, where: str) -> Incidence:
    lists = entries_at(value, where, lambda entry, place: entries_at(entry, place, count_at))
    numbers = [i for numbers in lists for i in numbers]
    if max(numbers, default=0) >= 2**31:
        raise FileFormatError(f"The {where} has a number beyond 2^31.")
    indptr = np.concatenate(([0], np.cumsum([len(numbers) for numbers in lists], dtype=np.int64)))
    return Incidence(indptr, np.array(numbers, dtype=np.int32))


def _maps_at(value: dict[str, Any], complex_: PolyhedralComplex) -> ObjectArray:
    """The (cells, outputs, d + 1) maps; every cell belongs to exactly one region."""
    n, d = complex_.n_cells, complex_.ambient_dimension
    records = entries_at(member(value, "regions", "document"), "regions", lambda r, p: r)
    result: ObjectArray | None = None
    seen = np.zeros(n, dtype=bool)
    for i, record in enumerate(records):
        where = f"region {i}"
        matrix = matrix_at(member(record, "matrix", where), f"matrix of {where}", d)
        vector = vector_at(member(record, "vector", where), f"vector of {where}", matrix.shape[0])
        if result is None:
            result = np.empty((n, matrix.shape[0], d + 1), dtype=object)
        if matrix.shape[0] != result.shape[1] or matrix.shape[0] == 0:
            raise FileFormatError(f"The {where} has {matrix.shape[0]} outputs.")
        for cell in entries_at(member(record, "cells", where), f"cells of {where}", count_at):
            if cell >= n or seen[cell]:
                raise FileFormatError(
                    f"The {where} has the cell {cell}, which does not exist or has two regions."
                )
            seen[cell] = True
            result[cell, :, :-1] = matrix.to_rationals()
            result[cell, :, -1] = vector
    if result is None or not seen.all():
        raise FileFormatError("There is a cell without a linear region.")
    return result


def _monomials_at(
    value: dict[str, Any], function: Function
) -> tuple[TropicalMap | None, tuple[tuple[Count, Count], ...] | None]:
    """The map, and the formal counts, which follow from a network."""
    if "monomials" not in value:
        return None, None
    components, formal = [], []
    for i, record in enumerate(entries_at(value["monomials"], "monomials", lambda r, p: r)):
        where = f"monomials of output {i}"
        sides = [polynomial_at(member(record, s, where), f"{s} {i}") for s in ("numerator", "denominator")]
        if sides[0].n_variables != sides[1].n_variables:
            raise FileFormatError(f"The {where} have unequal numbers of variables.")
        components.append(TropicalRational(*sides))
        formal.append(member(record, "formal", where))
    if not components or len({r.n_variables for r in components}) > 1:
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
    where = "numbers of formal monomials"
    numbers = vector_at(value, where, 2)
    least = (len(component.numerator), len(component.denominator))
    if any(n.denominator != 1 or n < m for n, m in zip(numbers, least, strict=True)):
        raise FileFormatError(f"The {where} are not {least[0]} and {least[1]} or more.")
    return int(numbers[0]), int(numbers[1])


def _check_continuity(complex_: PolyhedralComplex, maps: ObjectArray) -> None:
    """Neighbours agree on the rays of their wall and on the lines, so on the wall."""
    walls = complex_.walls
    lines = complex_.lineality.hstack(RationalMatrix.zeros(complex_.lineality_dimension, 1)).numerators
    lists = ray_lists(complex_, complex_.cone_dimension - 1, walls.facets) if len(walls.facets) else None
    for i, (first, second) in enumerate(zip(walls.first.tolist(), walls.second.tolist(), strict=True)):
        assert lists is not None
        points = np.concatenate((complex_.rays.homogeneous(lists[i]), lines))
        if ((maps[first] - maps[second]) @ points.T != 0).any():
            raise FileFormatError(
                f"The maps of the cells {first} and {second} disagree on their common facet."
            )


def _check_values(document: RegionsDocument, maps: ObjectArray) -> None:
    """The maps have the values of the function and of the monomials at vertices and in cells."""
    complex_ = document.regions.complex
    functions = [document.regions.function, document.tropical_map]
    cells = ray_lists(complex_, complex_.cone_dimension, np.arange(complex_.n_cells))
    coordinates = complex_.rays.homogeneous(np.arange(complex_.n_cones(1)))
    seen = np.zeros(len(coordinates), dtype=bool)
    for cell in range(complex_.n_cells):
        points = [complex_.cells[cell].interior_point()]
        for ray in cells[cell].tolist():
            if coordinates[ray, -1] != 0 and not seen[ray]:
                seen[ray] = True
                points.append(tuple(mpq(x, coordinates[ray, -1]) for x in coordinates[ray, :-1]))
        for point in points:
            value = tuple(maps[cell] @ np.array([*point, mpq(1)], dtype=object))
            for function in functions:
                if function is not None and _value(function, point) != value:
                    raise FileFormatError(f"The map of cell {cell} has not the value of the function there.")


def _value(function: Any, point: Point) -> Point | None:
    """The value as a tuple, or None if the function has another number of variables."""
    variables = function.n_inputs if isinstance(function, Network) else function.n_variables
    if variables != len(point):
        return None
    value = function(point)
    return (value,) if isinstance(function, (TropicalPolynomial, TropicalRational)) else value


def _primitive(row: ObjectArray) -> ObjectArray:
    result: ObjectArray = row // gcd(*row)
    return result
