r"""Certified signs: error bounds of floating-point evaluation, as theorems.

Let u = 2^-53 and gamma_n = n u / (1 - n u).  Without overflow and underflow fl(a op b) = (a op b)(1 + delta), |delta|
<= u (Higham, *Accuracy and Stability of Numerical Algorithms*, section 2.2), products of n factors (1 + delta)^(+-1)
are 1 + theta_n with |theta_n| <= gamma_n (Lemma 3.1), and (1 + theta_m)(1 + theta_n) = 1 + theta_(m + n).

**Magnitudes.** The form of a unit on a cell, a ray as a vector of minors of forms, and the value of a unit at a ray are
polynomials in the weights with coefficients +-1, evaluated by a program of sums and products.  Expanded, such an x is a
sum of monomials x_m; its *magnitude* x^ = sum_m |x_m| is what the program yields on the absolute values of its inputs
with every minus turned into a plus.

*Theorem.*  If every monomial passes through at most n rounding errors, the computed value is x~ = sum_m x_m (1 +
theta_n^(m)), hence |x~ - x| <= gamma_n x^.

*Proof.* By induction along the program.  A sum joins the monomials of its terms and multiplies each by one more factor
1 + delta; a product multiplies monomials in pairs, adds their numbers of factors, and one more.  A sum of k terms in
*any* order costs each at most k - 1 factors (section 4.2), so the order that BLAS chooses is irrelevant, and fused
multiply-adds only leave factors out.  A weight that was rounded to a float counts one.  QED

*Corollary.*  The computed magnitude x^~ is at least (1 - gamma_n) x^, so |x~ - x| <= gamma_n / (1 - gamma_n) x^~ <=
gamma_(2n) x^~.  If |x~| exceeds that, x~ has the sign of x.

**Exact cases.** (a) x^~ = 0: every monomial has a factor that is exactly zero (an inactive unit, the t of a ray at
infinity), hence x = 0.  (b) All inputs are integers and x^~ < 2^53: every intermediate result is such an integer, so x~
= x.

**Underflow and overflow.** Nonzero weights lie in [2^-400, 2^400], or no floats are used.  After every stage of
products (at most 2^20 operations deep) :func:`floored` adds tau = 2^-500 to the nonzero magnitudes.  An operation that
underflows errs by at most 2^-1075, a stage by 2^-1055 < u tau, which gamma_n tau covers; later stages multiply this
error by what they multiply tau by.  Products of a nonzero magnitude (>= tau) with a weight (>= 2^-400) or another
magnitude (>= tau) do not underflow, so (a) holds.  After an overflow the magnitude is infinite or NaN, the comparison
false, and the sign uncertain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["EXACT_LIMIT", "LARGEST_WEIGHT", "FloatArray", "certain", "floored", "relative_bound"]

FloatArray = NDArray[np.float64]

EXACT_LIMIT = 2.0**53
"""Integers below this are floats, and sums and products that stay below it are exact."""

LARGEST_WEIGHT = 400
"""Nonzero weights of the floating-point path lie between 2^-400 and 2^400."""

_TAU = 2.0**-500


def relative_bound(n: int) -> float:
    """Return a float >= gamma_(2n) (1 + u)^3: it, its product with a magnitude, and what is compared are rounded.

    With m = 2 n + 4, m u / (1 - m u) >= gamma_(2n) + 4 u is at least that, and it is rounded up.
    """
    m = 2 * n + 4
    return float(np.nextafter(m / (2.0**53 - m), np.inf))


def floored(magnitudes: FloatArray) -> FloatArray:
    """Return the magnitudes with tau added to those that are not zero."""
    return magnitudes + _TAU * (magnitudes > 0)


def certain(values: FloatArray, magnitudes: FloatArray, bound: float) -> NDArray[np.bool_]:
    """Return where the sign of a computed value is certain: |x~| > bound x^~, or x^~ = 0 (false with NaN)."""
    return np.asarray((np.abs(values) > bound * magnitudes) | (magnitudes == 0))
