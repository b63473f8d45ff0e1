"""Which of many points is extreme in a direction, exactly.

For integer vectors y and s of length k let Y = floor(y / 2^p) and S_i = floor(s_i / 2^(q_i)), so that
y_i = 2^p (Y_i + e_i), s_i = 2^(q_i) (S_i + f_i) with 0 <= e_i, f_i < 1.  If the powers of two are moved
from the points to the directions first, so that all q_i are 0 in effect, the scaled value is

    <y, s> / 2^p = <Y, S> + <e, S> + <Y, f> + <e, f>,

which differs from the integer <Y, S> by at most |S|_1 + |Y|_1 + k; the parts that belong to vectors that were not
rounded are zero.  With entries of few enough bits, all partial sums of <Y, S> are integers below 2^53, so that it is
exact in a floating-point matrix product.  Only the points that come within the bound of the largest <Y, S> are compared
in exact integers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troppoly.exact import ObjectArray

__all__ = ["maximizers"]

_BLOCK = 2**21  # pairs of a direction and a point are looked at at a time


def maximizers(directions: ObjectArray, points: ObjectArray) -> tuple[NDArray[np.intp], ObjectArray]:
    """Return for every direction y the index of a point s that maximizes <y, s>, and that maximum.

    ``directions`` is an (m, k) and ``points`` an (n, k) array of integers (``mpz``), n >= 1.  Of
    several maximal points the first is taken.
    """
    m, n = len(directions), len(points)
    best = np.zeros(m, dtype=np.intp)
    values = np.empty(m, dtype=object)
    step = max(1, _BLOCK // n)
    rounded = _Rounded(points)
    for start in range(0, m, step):
        rows, columns = rounded.candidates(directions[start : start + step])
        exact = np.sum(directions[start + rows] * points[columns], axis=1)
        for row, column, value in zip((start + rows).tolist(), columns.tolist(), exact, strict=True):
            if values[row] is None or value > values[row]:
                best[row], values[row] = column, value
    return best, values


class _Rounded:
    """Points rounded to few bits, coordinate by coordinate."""

    def __init__(self, points: ObjectArray) -> None:
        self.bits = (53 - points.shape[1].bit_length()) // 2
        self.shifts = _excess_bits(points.T, self.bits)
        self.points = (points >> self.shifts).astype(np.float64)
        self.inexact = (self.shifts > 0).astype(np.float64)
        self.sizes = np.abs(self.points).sum(axis=1)

    def candidates(self, directions: ObjectArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Pairs (direction, point), among them all where the point is maximal in the direction."""
        scaled = directions << self.shifts
        shifts = _excess_bits(scaled, self.bits)
        rounded = (scaled >> shifts[:, None]).astype(np.float64)
        inexact = (shifts > 0).astype(np.float64)
        values = rounded @ self.points.T
        errors = np.multiply.outer(inexact, self.sizes)
        errors += (np.abs(rounded) @ self.inexact + inexact * self.inexact.sum())[:, None]
        threshold = np.max(values - errors, axis=1, keepdims=True)
        rows, columns = np.nonzero(values + errors >= threshold)
        return rows, columns


def _excess_bits(vectors: ObjectArray, bits: int) -> ObjectArray:
    """For every row the number of bits that its largest entry has beyond ``bits``."""
    return np.array([max(0, *(value.bit_length() - bits for value in row)) for row in vectors], dtype=object)
