"""Scripts that rebuild tropical functions in Macaulay2 and OSCAR.

A script defines ``f``, or ``f`` and ``g`` of a rational function f / g, or ``f0``, ``g0``, ``f1``, ``g1``, ... of a
map.

*Macaulay2* (``load "polynomials.m2"``), over QQ and with any exponents: ``valueAt(f, x)`` is the value
max (<a_i, x> + c_i) at a 1 x d matrix x; ``newtonOf f`` and ``liftedOf f`` are conv{a_i} and
conv{(a_i, c_i)} + cone{(0, ..., 0, -1)}, polyhedra of its package Polyhedra.

*OSCAR* (``include("polynomials.jl")``), over its max-plus semiring, with nonnegative integer exponents: each of them is
``(polynomial = F, scale = N, shift = m)`` with N f(x) = F(x) + <m, x> (:mod:`troppoly.export.integer_monomials`).
``tropical_hypersurface(f.polynomial)`` is the hypersurface of f, with weights N times as large.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.errors import InputError
from troppoly.export.integer_monomials import IntegerMonomials, integer_monomials, named_polynomials
from troppoly.polynomial.map import TropicalFunction
from troppoly.writing import Destination, write_text

__all__ = ["write_macaulay2", "write_oscar"]

_MACAULAY2 = """\
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

_OSCAR = """\
# Tropical polynomials over (QQ, max, +), with scale * f(x) = polynomial(x) + <shift, x>.
using Oscar
T = tropical_semiring(max)
"""


@checked
def write_macaulay2(function: TropicalFunction, path: Destination) -> None:
    """Write a script for Macaulay2 that rebuilds a tropical polynomial, rational function or map.

    Raises OSError if the file cannot be written: then it is what it was before.

    >>> import io
    >>> from troppoly.polynomial import TropicalPolynomial
    >>> write_macaulay2(TropicalPolynomial({(1, 0): 2, (0, "1/2"): 0}), file := io.BytesIO())
    >>> print(file.getvalue().decode().splitlines()[-1])
    f = tropicalPolynomial(map(QQ^2, QQ^2, {{1, 0}, {0, 1/2}}), map(QQ^1, QQ^2, {{2, 0}}));
    """
    lines = [_MACAULAY2]
    for name, f in named_polynomials(function).items():
        matrices = (_matrix(list(zip(*f.exponents, strict=True)), len(f)), _matrix([f.coefficients], len(f)))
        lines.append(f"{name} = tropicalPolynomial({', '.join(matrices)});\n")
    write_text("".join(lines), path)


def _matrix(rows: Sequence[Sequence[Any]], columns: int) -> str:
    entries = ", ".join("{" + ", ".join(map(str, row)) + "}" for row in rows)
    return f"map(QQ^{len(rows)}, QQ^{columns}, {{{entries}}})"


@checked
def write_oscar(function: TropicalFunction, path: Destination) -> None:
    """Write a script for OSCAR that rebuilds a tropical polynomial, rational function or map of one variable or more.

    Raises InputError if an exponent does not fit into 64 bits, and OSError if the file cannot be written: then it is
    what it was before.

    >>> import io
    >>> from troppoly.polynomial import TropicalPolynomial
    >>> write_oscar(TropicalPolynomial({(1, 0): 2, (0, "1/2"): "1/3"}), file := io.BytesIO())
    >>> print(file.getvalue().decode().splitlines()[-1])
    f = (polynomial = R(T(4))*x[1]^2 + R(T(2//3))*x[2], scale = 2, shift = [0, 0])
    """
    polynomials = named_polynomials(function)
    d = next(iter(polynomials.values())).n_variables
    if d == 0:
        raise InputError("A polynomial without variables is a number, which needs no script.")
    variables = ", ".join(f'"x{i}"' for i in range(d))
    lines = [f"{name} = {_tuple(integer_monomials(f, 64))}\n" for name, f in polynomials.items()]
    write_text(f"{_OSCAR}R, x = polynomial_ring(T, [{variables}])\n{''.join(lines)}", path)


def _tuple(monomials: IntegerMonomials) -> str:
    terms = []
    for exponent, c in zip(monomials.exponents, monomials.coefficients, strict=True):
        powers = (f"x[{i}]" + f"^{a}" * (a != 1) for i, a in enumerate(exponent, start=1) if a)
        terms.append("*".join([f"R(T({_number(c)}))", *powers]))
    scale = _number(mpq(monomials.scale))
    return f"(polynomial = {' + '.join(terms)}, scale = {scale}, shift = {monomials.shift})"


def _number(value: mpq) -> str:
    """A literal; Julia's own are 128 bits wide beyond 64, which OSCAR's rationals do not take."""
    parts = [value.numerator] if value.denominator == 1 else [value.numerator, value.denominator]
    return "//".join(str(v) if abs(v) < 2**63 else f'big"{v}"' for v in parts)
