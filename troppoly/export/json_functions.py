"""Networks, tropical polynomials, tropical rational functions and maps as JSON, exactly.

Each is an object with the member ``type`` and the following.

``"network"``
    As in :mod:`troppoly.network.json_network`.
``"polynomial"``
    ``variables``, the number d of variables, and ``terms``, a list of
    ``{"exponent": [rational], "coefficient": rational}``.
``"rational"``
    ``numerator`` and ``denominator``, two polynomials.
``"map"``
    ``components``, a list of tropical rational functions.

Numbers are as in :mod:`troppoly.network.json_values`.  Further members are ignored.
"""

from __future__ import annotations

from typing import Any

from troppoly.errors import FileFormatError
from troppoly.network import Network
from troppoly.network.json_network import network_at, network_value
from troppoly.network.json_values import count_at, entries_at, member, rational_at, texts, vector_at
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational

__all__ = ["Function", "function_at", "function_value", "polynomial_at"]

Function = Network | TropicalPolynomial | TropicalRational | TropicalMap


def function_value(function: Function) -> dict[str, Any]:
    """Return the JSON object of a function.

    >>> function_value(TropicalPolynomial({(1,): "1/2"}))
    {'type': 'polynomial', 'variables': 1, 'terms': [{'exponent': ['1'], 'coefficient': '1/2'}]}
    """
    if isinstance(function, Network):
        return network_value(function)
    if isinstance(function, TropicalMap):
        return {"type": "map", "components": [function_value(r) for r in function.components]}
    if isinstance(function, TropicalRational):
        sides = (function_value(side) for side in (function.numerator, function.denominator))
        return {"type": "rational"} | dict(zip(("numerator", "denominator"), sides, strict=True))
    terms = [{"exponent": texts(a), "coefficient": str(c)} for a, c in function.terms.items()]
    return {"type": "polynomial", "variables": function.n_variables, "terms": terms}


def function_at(value: Any, where: str) -> Function:
    """Return the function of a JSON object.

    Raises FileFormatError for anything that is not as the module describes, and what the constructors raise.

    >>> f = TropicalPolynomial({(1,): "1/2", (0,): 0})
    >>> function_at(function_value(f), "function") == f
    True
    """
    readers: dict[str, Any] = {
        "network": network_at,
        "polynomial": polynomial_at,
        "rational": _rational_at,
        "map": _map_at,
    }
    kind = member(value, "type", where)
    if not isinstance(kind, str) or kind not in readers:
        raise FileFormatError(f"The {where} has none of the types {', '.join(readers)}.")
    result: Function = readers[kind](value, where)
    return result


def polynomial_at(value: Any, where: str) -> TropicalPolynomial:
    """Return the tropical polynomial of a JSON object.  Raises FileFormatError."""
    _check_type(value, "polynomial", where)
    d = count_at(member(value, "variables", where), f"number of variables of the {where}")
    terms: dict[Any, Any] = {}
    for term, place in entries_at(member(value, "terms", where), f"terms of the {where}", lambda *entry: entry):
        exponent = vector_at(member(term, "exponent", place), f"exponent of the {place}", d)
        if exponent in terms:
            raise FileFormatError(f"The {place} has the exponent of an earlier one.")
        terms[exponent] = rational_at(member(term, "coefficient", place), f"coefficient of the {place}")
    return TropicalPolynomial(terms) if terms else TropicalPolynomial.zero(d)


def _rational_at(value: Any, where: str) -> TropicalRational:
    _check_type(value, "rational", where)
    sides = ("numerator", "denominator")
    return TropicalRational(*(polynomial_at(member(value, side, where), f"{side} of the {where}") for side in sides))


def _map_at(value: Any, where: str) -> TropicalMap:
    return TropicalMap(entries_at(member(value, "components", where), f"components of the {where}", _rational_at))


def _check_type(value: Any, kind: str, where: str) -> None:
    if member(value, "type", where) != kind:
        raise FileFormatError(f"The {where} is not of the type {kind!r}.")
