"""Tropical polynomials with integer exponents, for systems that know no others.

For a tropical polynomial f with rational exponents a_i let N >= 1 be their least common denominator, and m the least
integer vector below all N a_i.  Then N f(x) = F(x) + <m, x>, F of nonnegative integer exponents N a_i - m and
coefficients N c_i.  So F has the regions, the hypersurface and the dual subdivision of f, the latter and its weights N
times as large: a product with a monomial moves the Newton polytope and nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from gmpy2 import mpq

from troppoly.errors import InputError
from troppoly.exact.scalar import ObjectArray
from troppoly.polynomial import TropicalPolynomial, TropicalRational
from troppoly.polynomial.map import TropicalFunction

__all__ = ["IntegerMonomials", "as_integers", "integer_monomials", "named_polynomials"]


class IntegerMonomials(NamedTuple):
    """F, N and m of the module's introduction: rows of ``exponents``, ``coefficients``, ``scale``, ``shift``."""

    exponents: list[list[int]]
    coefficients: list[mpq]
    scale: int
    shift: list[int]


def integer_monomials(polynomial: TropicalPolynomial, bits: int) -> IntegerMonomials:
    """Return the polynomial with nonnegative integer exponents that has the regions of ``polynomial``.

    Raises InputError for the tropical zero, and if an exponent does not fit into so many bits.

    >>> integer_monomials(TropicalPolynomial({("1/2",): 3, (-1,): 0}), 64)
    IntegerMonomials(exponents=[[3], [0]], coefficients=[mpq(6,1), mpq(0,1)], scale=2, shift=[-2])
    """
    points = polynomial.lifted_points.take_columns(np.arange(polynomial.n_variables))
    scale, shift = int(points.denominator), points.numerators.min(axis=0)
    exponents, (moved,) = as_integers(points.numerators - shift, bits), as_integers(shift[None], bits)
    return IntegerMonomials(exponents, [c * scale for c in polynomial.coefficients], scale, moved)


def as_integers(rows: ObjectArray, bits: int) -> list[list[int]]:
    """Return rows of integers that must fit into so many bits."""
    if any(abs(a) >= 2 ** (bits - 1) for a in rows.flat):
        raise InputError(f"The exponents have a common denominator with which they exceed {bits} bits.")
    return [[int(a) for a in row] for row in rows]


def named_polynomials(function: TropicalFunction) -> dict[str, TropicalPolynomial]:
    """Return the polynomials of a tropical function with names: f; or f and g for f / g; or f0, g0, ..."""
    if isinstance(function, TropicalPolynomial):
        named = {"f": function}
    elif isinstance(function, TropicalRational):
        named = {"f": function.numerator, "g": function.denominator}
    else:
        parts = (named_polynomials(component).items() for component in function.components)
        named = {f"{name}{i}": polynomial for i, part in enumerate(parts) for name, polynomial in part}
    if not all(polynomial.terms for polynomial in named.values()):
        raise InputError("The tropical zero has no monomials that could be written.")
    return named
