r"""Lower bounds of linear forms on a box with cuts, in floats, with proven errors.

On the u in a box where <a_j, u> + b_j >= 0 for all cuts, and for any multipliers y >= 0,

    <p, u> + c >= <p - sum y_j a_j, u> + c - sum y_j b_j >= the minimum of this form on the box,

and the best of these bounds is the minimum on the cut box (duality).  A linear program in floats proposes y: these are
the multipliers with which branch-and-bound pays for the signs of units that it has fixed (Wang, Zhang, Xu, Lin, Jana,
Hsieh, Kolter, Beta-CROWN, NeurIPS 2021), and which make bounds as tight as the cuts.

**Rounding.**  Cuts are scaled by powers of 2 so that the greatest entry of a is about 1, and rounded to floats, p and c
may be, too.  Let the box lie in o +- r, in n dimensions, and

    S = S_p + sum y_j (<|a_j|, |o| + r> + |b_j|),    S_p >= <|p|, |o| + r>,    3 S_p >= |c|.

With m cuts, the entries of p - sum y_j a_j are off by gamma_(m+3) (|p| + sum y_j |a_j|), hence the value on the box by
gamma_(m+3) S; the constants by gamma_(m+3) (|c| + sum y_j |b_j|), at most 3 gamma_(m+3) S; the minimum on the box, with
two sums of n products, by 2 gamma_(n+2) S; and adding these up by less than 20 u S.  So 8 gamma_(n + m + 18) S covers
all, and what a form was off by before is added.  Multipliers are 0 or between 2^-100 and 2^100, and the box lies within
2^400, so that what underflows is below 2^-500, as in :mod:`troppoly.branching.relaxation`; others bound nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.exact.highs import solver_of
from troppoly.exact.numerators import nearest_floats
from troppoly.exact.scalar import ObjectArray

__all__ = ["CutBox", "Least"]

FloatArray = NDArray[np.float64]

_TINY = 2.0**-499
_SMALLEST, _LARGEST = 2.0**-100, 2.0**100
_LARGEST_BOX = 2.0**400


class Least(NamedTuple):
    """A proven lower bound of a form, the multipliers of the cuts that prove it, and where it is about the least."""

    bound: float
    multipliers: tuple[mpq, ...]
    near: FloatArray


class CutBox:
    """The u between ``low`` and ``high`` where forms (a, b) are at least 0.

    >>> corner = CutBox(np.array([0.0, 0.0]), np.array([2.0, 2.0]), [np.array([mpz(1), mpz(1), mpz(-3)], dtype=object)])
    >>> found = corner.least(np.array([1.0, 1.0]), 0.0, 4.0)
    >>> bool(2.999 < found.bound <= 3), found.multipliers
    (True, (mpq(1,1),))
    """

    def __init__(self, low: FloatArray, high: FloatArray, cuts: Sequence[ObjectArray]) -> None:
        self.low, self.high = low, high
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is not usable
            self.center = low / 2 + high / 2
            self.radius = np.maximum(high - self.center, self.center - low) * (1 + 2.0**-40) + 2.0**-500
        self.size = np.abs(self.center) + self.radius
        k, m = len(low), len(cuts)
        self._scales = [mpz(1) << int(max(map(abs, cut[:k]))).bit_length() for cut in cuts]
        rows = [nearest_floats(cut, scale) for cut, scale in zip(cuts, self._scales, strict=True)]
        self.forms = np.array(rows, dtype=np.float64).reshape(m, k + 1)
        self.error = 8.1 * (k + m + 18) * 2.0**-53
        self.usable = bool((self.size <= _LARGEST_BOX).all() and np.isfinite(self.forms).all())

    def least(self, p: FloatArray, c: float, size: float, error: float = 0.0) -> Least | None:
        """Return the least value of a form <p, u> + c, which is off by at most ``error``; None if it is unknown.

        ``size`` is at least S_p above.
        """
        if not self.usable or not (np.isfinite(p).all() and np.isfinite(c) and np.isfinite(size)):
            return None
        found = self._proposal(p)
        if found is None:
            return None
        y, near = found
        a, b = self.forms[:, :-1], self.forms[:, -1]
        with np.errstate(all="ignore"):
            rest = p - y @ a
            sizes = size + y @ (np.abs(a) @ self.size + np.abs(b))
            bound = rest @ self.center - np.abs(rest) @ self.radius + (c - y @ b) - (self.error * sizes + error + _TINY)
        if not np.isfinite(bound):
            return None
        exact = tuple(mpq(float(v)) / scale if v else mpq(0) for v, scale in zip(y, self._scales, strict=True))
        return Least(float(bound), exact, near)

    def _proposal(self, p: FloatArray) -> tuple[FloatArray, FloatArray] | None:
        """Multipliers, and where the form is about the least."""
        scale = float(np.abs(p).max(initial=0))
        if not _SMALLEST < scale < _LARGEST:
            return None
        self._solver.changeColsCost(len(p), np.arange(len(p), dtype=np.int32), p / scale)
        self._solver.run()
        solution = self._solver.getSolution()
        near, y = np.array(solution.col_value), np.array(solution.row_dual) * scale
        if len(near) != len(p) or len(y) != len(self.forms) or not np.isfinite(near).all():
            return None
        y = np.where(y >= _SMALLEST, y, 0.0)
        return None if (y > _LARGEST).any() else (y, near)

    @cached_property
    def _solver(self) -> Any:
        """HiGHS, which minimizes on the cut box."""
        low, rows = -self.forms[:, -1], self.forms[:, :-1]
        return solver_of(np.zeros(rows.shape[1]), rows, (low, np.inf), (self.low, self.high))
