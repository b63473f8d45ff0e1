"""Networks, tropical polynomials, tropical rational functions and maps as JSON, exactly.

Each is an object with the member ``type`` and the following.

``"network"``
    ``widths``, the numbers [n_0, ..., n_L] of inputs and of units; ``layers``, a list of
    ``{"name": string, "weight": [[rational]], "bias": [rational], "rectified": [bool]}``; and
    ``max_groups``, lists of places [layer, unit], the rectified units that compute a maximum
    (:class:`troppoly.Network`).
``"polynomial"``
    ``variables``, the number d of variables, and ``terms``, a list of
    ``{"exponent": [rational], "coefficient": rational}``.
``"rational"``
    ``numerator`` and ``denominator``, two polynomials.
``"map"``
    ``components``, a list of tropical rational functions.

Numbers are as in :mod:`troppoly.export.json_values`.  Further members are ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from troppoly.errors import FileFormatError, InputError
from troppoly.exact import RationalMatrix
from troppoly.export.json_values import (
    count_at,
    entries_at,
    flag_at,
    matrix_at,
    matrix_text,
    member,
    rational_at,
    text_at,
    texts,
    vector_at,
)
from troppoly.network import Layer, Network
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational

__all__ = ["Function", "function_at", "function_value", "polynomial_at"]

Function = Network | TropicalPolynomial | TropicalRational | TropicalMap


def function_value(function: Function) -> dict[str, Any]:
    """Return the JSON object of a function.

    Raises InputError if it is none of the four types.

    >>> function_value(TropicalPolynomial({(1,): "1/2"}))
    {'type': 'polynomial', 'variables': 1, 'terms': [{'exponent': ['1'], 'coefficient': '1/2'}]}
    """
    if isinstance(function, Network):
        return {
            "type": "network",
            "widths": list(function.widths),
            "layers": [
                {
                    "name": name,
                    "weight": matrix_text(layer.weight),
                    "bias": texts(layer.bias.to_rationals()[:, 0]),
                    "rectified": layer.rectified.tolist(),
                }
                for name, layer in zip(function.names, function.layers, strict=True)
            ],
            "max_groups": [[list(place) for place in group] for group in function.max_groups],
        }
    if isinstance(function, TropicalPolynomial):
        return {
            "type": "polynomial",
            "variables": function.n_variables,
            "terms": [
                {"exponent": texts(exponent), "coefficient": str(coefficient)}
                for exponent, coefficient in function.terms.items()
            ],
        }
    if isinstance(function, TropicalRational):
        sides = (("numerator", function.numerator), ("denominator", function.denominator))
        return {"type": "rational"} | {name: function_value(side) for name, side in sides}
    if isinstance(function, TropicalMap):
        return {"type": "map", "components": [function_value(r) for r in function.components]}
    raise InputError(
        "What is written is a Network, TropicalPolynomial, TropicalRational or TropicalMap, "
        f"not a {type(function).__name__}."
    )


def function_at(value: Any, where: str) -> Function:
    """Return the function of a JSON object.

    Raises FileFormatError for anything that is not as the module describes.

    >>> f = TropicalPolynomial({(1,): "1/2", (0,): 0})
    >>> function_at(function_value(f), "function") == f
    True
    """
    kind = member(value, "type", where)
    readers: dict[str, Callable[[Any, str], Function]]
    readers = {"network": _network_at, "polynomial": polynomial_at, "rational": _rational_at, "map": _map_at}
    if not isinstance(kind, str) or kind not in readers:
        raise FileFormatError(f"The {where} has none of the types {', '.join(readers)}.")
    try:
        return readers[kind](value, where)
    except FileFormatError:
        raise
    except InputError as error:  # what the constructors check: shapes, groups, empty sums
        raise FileFormatError(str(error)) from error


def polynomial_at(value: Any, where: str) -> TropicalPolynomial:
    """Return the tropical polynomial of a JSON object.  Raises FileFormatError."""
    _check_type(value, "polynomial", where)
    d = count_at(member(value, "variables", where), f"number of variables of the {where}")
    terms: dict[Any, Any] = {}
    for i, term in enumerate(entries_at(member(value, "terms", where), f"terms of the {where}", _any)):
        place = f"term {i} of the {where}"
        exponent = vector_at(member(term, "exponent", place), f"exponent of the {place}", d)
        if exponent in terms:
            raise FileFormatError(f"The {place} has the exponent of an earlier one.")
        terms[exponent] = rational_at(member(term, "coefficient", place), f"coefficient of the {place}")
    if not terms:
        raise FileFormatError(f"The {where} has no terms.")
    return TropicalPolynomial(terms)


def _rational_at(value: Any, where: str) -> TropicalRational:
    _check_type(value, "rational", where)
    sides = (
        polynomial_at(member(value, side, where), f"{side} of the {where}")
        for side in ("numerator", "denominator")
    )
    return TropicalRational(*sides)


def _map_at(value: Any, where: str) -> TropicalMap:
    return TropicalMap(
        entries_at(member(value, "components", where), f"components of the {where}", _rational_at)
    )


def _network_at(value: Any, where: str) -> Network:
    records = entries_at(member(value, "layers", where), f"layers of the {where}", _any)
    layers, names = [], []
    for i, record in enumerate(records):
        place = f"layer {i} of the {where}"
        weight = matrix_at(member(record, "weight", place), f"weight of {place}")
        n = weight.shape[0]
        bias = vector_at(member(record, "bias", place), f"bias of {place}", n)
        rectified = entries_at(member(record, "rectified", place), f"rectified of {place}", flag_at, n)
        column = RationalMatrix.of([[b] for b in bias], columns=1)
        layers.append(Layer(weight, column, np.array(rectified, dtype=bool)))
        names.append(text_at(member(record, "name", place), f"name of {place}"))
    groups = entries_at(member(value, "max_groups", where), f"max_groups of the {where}", _any)
    max_groups = []
    for i, group in enumerate(groups):
        place = f"group {i} of max_groups of the {where}"
        units = [
            tuple(entries_at(u, p, count_at, 2)) for u, p in entries_at(group, place, lambda u, p: (u, p))
        ]
        for layer, unit in units:
            if layer >= len(layers) or unit >= layers[layer].n_outputs:
                raise FileFormatError(
                    f"The {place} has the unit {unit} of layer {layer}, which does not exist."
                )
        max_groups.append(tuple(units))
    network = Network(tuple(layers), tuple(names), tuple(max_groups))  # type: ignore[arg-type]
    widths = entries_at(member(value, "widths", where), f"widths of the {where}", count_at)
    if tuple(widths) != network.widths:
        raise FileFormatError(f"The widths of the {where} are {network.widths}, not {tuple(widths)}.")
    return network


def _check_type(value: Any, kind: str, where: str) -> None:
    if member(value, "type", where) != kind:
        raise FileFormatError(f"The {where} is not of the type {kind!r}.")


def _any(value: Any, where: str) -> Any:
    return value
