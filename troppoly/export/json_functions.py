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

from functools import partial
from typing import Any

from gmpy2 import mpq

from troppoly.errors import FileFormatError
from troppoly.network import Network
from troppoly.network.json_network import network_at, network_value
from troppoly.network.json_values import count_at, entries_at, member, rational_at, texts, vector_at
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational
from troppoly.regions.polytope_route import PiecewiseLinear

__all__ = ["function_at", "function_value"]

_SIDES = ("numerator", "denominator")


def function_value(function: PiecewiseLinear) -> dict[str, Any]:
    """Return the JSON object of a function."""
    if isinstance(function, Network):
        return network_value(function)
    if isinstance(function, TropicalMap):
        return {"type": "map", "components": [function_value(r) for r in function.components]}
    if isinstance(function, TropicalRational):
        return {"type": "rational"} | {side: function_value(getattr(function, side)) for side in _SIDES}
    terms = [{"exponent": texts(a), "coefficient": str(c)} for a, c in function.terms.items()]
    return {"type": "polynomial", "variables": function.n_variables, "terms": terms}


def function_at(value: Any, where: str, needed: str | None = None) -> Any:
    """Return the function of a JSON object, which is perhaps needed to be of one type.

    Raises FileFormatError for anything that is not as the module describes, and what the constructors raise.
    """
    kind = member(value, "type", where)
    if needed not in (None, kind):
        raise FileFormatError(f"The {where} is not of the type {needed!r}.")

    def of(name: str, read: Any) -> Any:
        return read(member(value, name, where), f"{name} of the {where}")

    if kind == "network":
        return network_at(value, where)
    if kind == "polynomial":
        d = of("variables", count_at)
        terms = of("terms", partial(entries_at, read=partial(_term_at, d=d)))
        if len(found := dict(terms)) < len(terms):
            raise FileFormatError(f"The {where} has two terms with the same exponent.")
        return TropicalPolynomial(found) if found else TropicalPolynomial.zero(d)
    if kind == "rational":
        return TropicalRational(*(of(side, partial(function_at, needed="polynomial")) for side in _SIDES))
    if kind == "map":
        return TropicalMap(of("components", partial(entries_at, read=partial(function_at, needed="rational"))))
    raise FileFormatError(f"The {where} has none of the types network, polynomial, rational, map.")


def _term_at(term: Any, where: str, d: int) -> tuple[tuple[mpq, ...], mpq]:
    exponent, coefficient = member(term, "exponent", where), member(term, "coefficient", where)
    return vector_at(exponent, f"exponent of the {where}", d), rational_at(coefficient, f"coefficient of the {where}")
