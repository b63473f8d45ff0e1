"""Scripts for Macaulay2 that rebuild tropical polynomials, over the rationals and with any exponents.

The script defines, next to the polynomial ``f``, or ``f`` and ``g`` of a rational function f / g, or ``f0``,
``g0``, ``f1``, ``g1``, ... of a map,

``valueAt(f, x)``
    the value max (<a_i, x> + c_i) at a 1 x d matrix x over QQ,
``newtonOf f``, ``liftedOf f``
    the polyhedra conv{a_i} and conv{(a_i, c_i)} + cone{(0, ..., 0, -1)} of the package Polyhedra, which has
    ``fVector``, ``minkowskiSum``, ``normalFan`` and so on.

Run it by ``load "polynomials.m2"``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troppoly.arguments import checked
from troppoly.export.integer_monomials import TropicalFunction, named_polynomials
from troppoly.polynomial import TropicalPolynomial
from troppoly.writing import Destination, write_text

__all__ = ["macaulay2_script", "write_macaulay2"]

_PROLOGUE = """\
-- Tropical polynomials over (QQ, max, +): the columns of "exponents" are the exponents of the monomials,
-- and the entries of "coefficients" their coefficients.
needsPackage "Polyhedra";
tropicalPolynomial = (A, c) -> new HashTable from {"exponents" => A, "coefficients" => c};
valueAt = (f, x) -> max flatten entries (x * f#"exponents" + f#"coefficients");
newtonOf = f -> convexHull f#"exponents";
liftedOf = f -> (
    d := numrows f#"exponents";
    convexHull(f#"exponents" || f#"coefficients", map(QQ^(d + 1), QQ^1, (i, j) -> if i == d then -1 else 0)));
"""


def macaulay2_script(function: TropicalFunction) -> str:
    """Return the script for a tropical polynomial, rational function or map.

    Raises InputError for anything else.

    >>> print(macaulay2_script(TropicalPolynomial({(1, 0): 2, (0, "1/2"): 0})).splitlines()[-1])
    f = tropicalPolynomial(map(QQ^2, QQ^2, {{1, 0}, {0, 1/2}}), map(QQ^1, QQ^2, {{2, 0}}));
    """
    definitions = (f"{name} = {_definition(f)};\n" for name, f in named_polynomials(function).items())
    return _PROLOGUE + "".join(definitions)


@checked
def write_macaulay2(function: TropicalFunction, path: Destination) -> None:
    """Write the script of :func:`macaulay2_script` to a file.

    Raises its errors, and OSError if the file cannot be written: then it is what it was before.

    >>> import troppoly as tp
    >>> from tempfile import mkdtemp
    >>> path = f"{mkdtemp()}/f.m2"
    >>> write_macaulay2(tp.TropicalPolynomial({(2,): 1, (0,): 0}), path)
    >>> print(open(path).readline(), end="")
    -- Tropical polynomials over (QQ, max, +): the columns of "exponents" are the exponents of the monomials,
    """
    write_text(macaulay2_script(function), path)


def _definition(polynomial: TropicalPolynomial) -> str:
    columns = list(zip(*polynomial.exponents, strict=True))
    n = len(polynomial)
    return f"tropicalPolynomial({_matrix(columns, n)}, {_matrix([polynomial.coefficients], n)})"


def _matrix(rows: Sequence[Sequence[Any]], columns: int) -> str:
    entries = ", ".join("{" + ", ".join(map(str, row)) + "}" for row in rows)
    return f"map(QQ^{len(rows)}, QQ^{columns}, {{{entries}}})"
