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
from typing import TYPE_CHECKING

from gmpy2 import mpq

from troppoly.polynomial.polynomial import TropicalPolynomial
from troppoly.polynomial.products import pruned_product, pruned_sum

if TYPE_CHECKING:
    from troppoly.polynomial.rational import TropicalRational

__all__ = ["substituted"]


def substituted(
    outer: TropicalPolynomial, inner: Sequence[TropicalRational]
) -> tuple[TropicalPolynomial, TropicalPolynomial]:
    """Return the irredundant numerator N and denominator D of f(F - G)."""
    columns = list(zip(*outer.exponents, strict=True))
    high = [max(mpq(0), *column) for column in columns]
    low = [min(mpq(0), *column) for column in columns]

    def product(from_numerators: Sequence[mpq], from_denominators: Sequence[mpq]) -> TropicalPolynomial:
        factors = [r.numerator for r in inner] + [r.denominator for r in inner]
        return pruned_product(factors, [*from_numerators, *from_denominators])

    monomials = [
        c
        * product(
            [a - b for a, b in zip(exponent, low, strict=True)], [b - a for a, b in zip(exponent, high, strict=True)]
        )
        for exponent, c in outer.terms.items()
    ]
    return pruned_sum(monomials), product([-b for b in low], high)
