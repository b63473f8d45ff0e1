"""Linear regions as JSON, exactly: every rational number is a string ``"p"`` or ``"p/q"``.

The document is an object with these members.

``format``, ``version``
    ``"troppoly.linear-regions"`` and 1.
``network``
    ``{"widths": [n_0, ..., n_L], "layers": [layer, ...]}`` if the function is a network; a layer is
    ``{"weight": [[rational]], "bias": [rational], "rectified": [bool]}``.
``dimension``
    The number d of variables.
``counts``
    ``{"cells", "linear_regions", "bounded", "unbounded"}``; the last two count linear regions.
``f_vector``
    ``[f_0, ..., f_d]``, the numbers of faces of the complex by dimension.
``vertices``, ``rays``, ``lines``
    Lists of points and of vectors.  A polyhedron is conv(vertices) + cone(rays) + span(lines).  The
    lines are a basis of the lineality space, which all cells have in common; vertices and rays are
    representatives modulo it.
``cells``
    ``{"region": i, "vertices": [j, ...], "rays": [k, ...]}`` per cell, indices into the lists above.
``regions``
    ``{"cells": [i, ...], "bounded": bool, "matrix": [[rational]], "vector": [rational]}`` per linear
    region: its cells, and the map x -> matrix x + vector on it.
``monomials``
    If they were computed, one object per output, ``{"numerator": side, "denominator": side}``; a side
    is ``{"formal": count, "terms": [{"exponent": [rational], "coefficient": rational}, ...]}``: its
    irredundant monomials, and the number of formal ones (a string, for it may exceed 2^53; null if it
    was not computed).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.network import Network
from troppoly.polynomial import TropicalMap, TropicalPolynomial
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["FORMAT", "VERSION", "document", "write_json"]

FORMAT = "troppoly.linear-regions"
VERSION = 1


def document(
    regions: LinearRegions,
    tropical_map: TropicalMap | None = None,
    formal_counts: Sequence[tuple[int, int]] | None = None,
) -> dict[str, Any]:
    """Return the JSON document of linear regions; see the description of the module.

    ``tropical_map`` are the irredundant monomials of the same function, and ``formal_counts`` its
    numbers of formal monomials, one pair (numerator, denominator) per output.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(2,): 0, (0,): "1/3"})
    >>> result = document(tp.linear_regions(f))
    >>> result["f_vector"], result["vertices"]
    ([1, 2], [['1/6']])
    """
    complex = regions.complex
    at_infinity = np.asarray(complex.rays.at_infinity)
    coordinates = complex.rays.homogeneous(np.arange(len(at_infinity)))
    number = np.where(at_infinity, np.cumsum(at_infinity), np.cumsum(~at_infinity)) - 1
    result: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    if isinstance(regions.function, Network):
        result["network"] = _network(regions.function)
    result["dimension"] = complex.ambient_dimension
    result["counts"] = {
        "cells": len(regions.cells),
        "linear_regions": len(regions),
        "bounded": regions.n_bounded,
        "unbounded": regions.n_unbounded,
    }
    result["f_vector"] = list(complex.f_vector())
    result["vertices"] = [_rationals(x / mpq(row[-1]) for x in row[:-1]) for row in coordinates[~at_infinity]]
    result["rays"] = [_rationals(row[:-1]) for row in coordinates[at_infinity]]
    result["lines"] = [_rationals(complex.lineality.row(i)) for i in range(complex.lineality_dimension)]
    rays_of_cells = (complex.rays_of(complex.cone_dimension, i) for i in range(complex.n_cells))
    result["cells"] = [
        {
            "region": region,
            "vertices": number[rays[~at_infinity[rays]]].tolist(),
            "rays": number[rays[at_infinity[rays]]].tolist(),
        }
        for region, rays in zip(regions.region_of_cell.tolist(), rays_of_cells, strict=True)
    ]
    result["regions"] = [_region(region) for region in regions]
    if tropical_map is not None:
        counts: Sequence[tuple[int | None, int | None]]
        counts = formal_counts or [(None, None)] * tropical_map.n_outputs
        result["monomials"] = [
            {
                "numerator": _side(rational.numerator, numerator),
                "denominator": _side(rational.denominator, denominator),
            }
            for rational, (numerator, denominator) in zip(tropical_map.components, counts, strict=True)
        ]
    return result


def write_json(result: dict[str, Any], path: str | PathLike[str]) -> None:
    """Write a document to a file.

    Raises OSError if the file cannot be written.
    """
    with Path(path).open("w", encoding="utf-8") as stream:
        json.dump(result, stream, indent=None, separators=(",", ":"))
        stream.write("\n")


def _rationals(values: Any) -> list[str]:
    return [str(value) for value in values]


def _network(network: Network) -> dict[str, Any]:
    return {
        "widths": list(network.widths),
        "layers": [
            {
                "weight": [_rationals(row) for row in layer.weight.to_rationals()],
                "bias": _rationals(layer.bias.to_rationals()[:, 0]),
                "rectified": layer.rectified.tolist(),
            }
            for layer in network.layers
        ],
    }


def _region(region: Any) -> dict[str, Any]:
    matrix, vector = region.affine_map
    return {
        "cells": [cell.index for cell in region.cells],
        "bounded": region.is_bounded(),
        "matrix": [_rationals(row) for row in matrix],
        "vector": _rationals(vector),
    }


def _side(polynomial: TropicalPolynomial, formal: int | None) -> dict[str, Any]:
    return {
        "formal": None if formal is None else str(formal),
        "terms": [
            {"exponent": _rationals(exponent), "coefficient": str(coefficient)}
            for exponent, coefficient in polynomial.terms.items()
        ],
    }
