"""Tropical polynomials with integer exponents, for systems that know no others.

For a tropical polynomial f with rational exponents let N >= 1 be the least common denominator of its
exponents, and m the least integer vector below all N a_i.  Then

    N f(x) = F(x) + <m, x>

with F of nonnegative integer exponents N a_i - m and coefficients N c_i.  N f has the regions, the
hypersurface and the dual subdivision of f, the latter and its weights N times as large, and so has F: a
product with a monomial moves the Newton polytope and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gmpy2 import lcm, mpq, mpz

from troppoly.errors import InputError
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational

__all__ = ["IntegerMonomials", "TropicalFunction", "integer_monomials", "moved_to_the_orthant", "named_polynomials"]

TropicalFunction = TropicalPolynomial | TropicalRational | TropicalMap


@dataclass(frozen=True, slots=True)
class IntegerMonomials:
    """F, N and m of the module's introduction: rows of ``exponents``, ``coefficients``, ``scale``, ``shift``."""

    exponents: tuple[tuple[int, ...], ...]
    coefficients: tuple[mpq, ...]
    scale: int
    shift: tuple[int, ...]


def integer_monomials(polynomial: TropicalPolynomial) -> IntegerMonomials:
    """Return the polynomial with nonnegative integer exponents that has the regions of ``polynomial``.

    >>> integer_monomials(TropicalPolynomial({("1/2",): 3, (-1,): 0}))
    IntegerMonomials(exponents=((3,), (0,)), coefficients=(mpq(6,1), mpq(0,1)), scale=2, shift=(-2,))
    """
    points = _exponents(polynomial)
    scale = int(lcm(mpz(1), *(a.denominator for point in points for a in point)))
    rows, shift = moved_to_the_orthant([[int(a * scale) for a in point] for point in points])
    return IntegerMonomials(rows, tuple(c * scale for c in polynomial.coefficients), scale, shift)


def _exponents(polynomial: TropicalPolynomial) -> tuple[tuple[mpq, ...], ...]:
    """The exponents, at least one."""
    if not polynomial.terms:
        raise InputError("The tropical zero has no monomials that could be written.")
    return polynomial.exponents


def moved_to_the_orthant(points: Sequence[Sequence[int]]) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """Return p_i - m and m for integer points p_i, with m the least entry in every coordinate.

    >>> moved_to_the_orthant([[0, 5], [-1, 7]])
    (((1, 0), (0, 2)), (-1, 5))
    """
    shift = tuple(min(column) for column in zip(*points, strict=True))
    return tuple(tuple(a - m for a, m in zip(point, shift, strict=True)) for point in points), shift


def named_polynomials(function: TropicalFunction) -> dict[str, TropicalPolynomial]:
    """Return the polynomials of a tropical function with names: f; or f and g for f / g; or f0, g0, ...

    Raises InputError if it is none.

    >>> list(named_polynomials(TropicalMap([TropicalPolynomial({(1,): 0})])))
    ['f0', 'g0']
    """
    if isinstance(function, TropicalPolynomial):
        _exponents(function)
        return {"f": function}
    if isinstance(function, TropicalRational):
        _exponents(function.numerator)
        return {"f": function.numerator, "g": function.denominator}
    if isinstance(function, TropicalMap):
        return {
            f"{name}{i}": polynomial
            for i, component in enumerate(function.components)
            for name, polynomial in named_polynomials(component).items()
        }
    raise InputError(
        f"What is written is a TropicalPolynomial, TropicalRational or TropicalMap, not a {type(function).__name__}."
    )
