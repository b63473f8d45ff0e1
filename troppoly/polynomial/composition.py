r"""Composition of tropical rational functions.

Let f = max_i (<a_i, x> + c_i) and substitute x_j = F_j - G_j with polynomials F_j, G_j.  With
M_j = max(0, max_i a_ij) and L_j = min(0, min_i a_ij), the polynomial

    D = sum_j (M_j G_j - L_j F_j)

is a common denominator of the monomials: f(F - G) = N - D with

    N = max_i ( c_i + sum_j ((a_ij - L_j) F_j + (M_j - a_ij) G_j) ),

in which all factors a_ij - L_j, M_j - a_ij, M_j, -L_j are nonnegative, so that N and D are tropical
polynomials again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gmpy2 import mpq

from troppoly.errors import InputError, ShapeError
from troppoly.polynomial.map import TropicalMap
from troppoly.polynomial.polynomial import TropicalPolynomial
from troppoly.polynomial.products import pruned_product, pruned_sum
from troppoly.polynomial.rational import TropicalRational

__all__ = ["substitute"]


def substitute(outer: TropicalPolynomial | TropicalRational, inner: Any) -> TropicalRational:
    """Return the function u -> f(r_0(u), ..., r_{d-1}(u)), with irredundant numerator and denominator.

    ``outer`` is a function f of d variables; ``inner`` is a map to R^d or a sequence of d tropical
    rationals or polynomials.  Raises ShapeError if there are not d of them.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> relu = x + 0
    >>> substitute(relu, [0 / relu])
    max(0, x0) - max(0, x0)
    """
    if not isinstance(inner, TropicalMap):
        if isinstance(inner, (TropicalPolynomial, TropicalRational)):
            raise InputError("The inner functions must be a map or a sequence, not a single function.")
        inner = TropicalMap(inner)
    if inner.n_outputs != outer.n_variables:
        raise ShapeError(
            f"A function of {outer.n_variables} variables does not take a map to R^{inner.n_outputs}."
        )
    if isinstance(outer, TropicalPolynomial):
        return _substitute(outer, inner)
    numerator = _substitute(outer.numerator, inner)
    denominator = _substitute(outer.denominator, inner)
    return TropicalRational(
        pruned_product([numerator.numerator, denominator.denominator]),
        pruned_product([numerator.denominator, denominator.numerator]),
    )


def _substitute(outer: TropicalPolynomial, inner: TropicalMap) -> TropicalRational:
    """The numerator N and the denominator D of the module's introduction."""
    columns = list(zip(*outer.exponents, strict=True))
    high = [max(mpq(0), *column) for column in columns]
    low = [min(mpq(0), *column) for column in columns]

    def product(from_numerators: Sequence[mpq], from_denominators: Sequence[mpq]) -> TropicalPolynomial:
        factors = [r.numerator for r in inner] + [r.denominator for r in inner]
        return pruned_product(factors, [*from_numerators, *from_denominators])

    monomials = [
        c
        * product(
            [a - b for a, b in zip(exponent, low, strict=True)],
            [b - a for a, b in zip(exponent, high, strict=True)],
        )
        for exponent, c in outer.terms.items()
    ]
    return TropicalRational(pruned_sum(monomials), product([-b for b in low], high))
