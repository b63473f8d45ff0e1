"""Convex hulls and Minkowski sums from support functions.

The polyhedron P = conv(S_1) + ... + conv(S_k) + cone{(0, ..., 0, -1)} has the support function

    h_P(y) = max_{s in S_1} <y, s> + ... + max_{s in S_k} <y, s>,    y_last >= 0,

so points that are extreme in a direction are found without the product of the S_i.  The hull R of any points of P is
contained in P, and it is P exactly when h_P(y) = h_R(y) for every outer normal y of a facet (or equation) of R.  A
facet that is exceeded names a point of P outside of R.  Adding those points until there is none left gives P after
finitely many rounds, for every start; the work depends on the size of P and of the S_i, and not on the number of their
sums.  (Incremental hull with an oracle; Huggins 2006, iB4e.)

*Which of the points s_i is extreme?*  For integer vectors y and s_i of length k let Y = floor(y / 2^p) and
S_i = floor(s_i / 2^(q_i)), so y_i = 2^p (Y_i + e_i), s_i = 2^(q_i) (S_i + f_i) with 0 <= e_i, f_i < 1.  With the powers
of two moved from the points to the directions first, all q_i are 0 in effect, and

    <y, s> / 2^p = <Y, S> + <e, S> + <Y, f> + <e, f>,

which differs from the integer <Y, S> by at most |S|_1 + |Y|_1 + k; the parts that belong to vectors that were not
rounded are zero.  With entries of few enough bits, all partial sums of <Y, S> are integers below 2^53, so that it is
exact in a floating-point matrix product.  Only the points that come within the bound of the largest <Y, S> are compared
in exact integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from gmpy2 import lcm, mpz
from numpy.typing import NDArray

from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.scalar import ObjectArray
from troppoly.passagemath import equation_rows, facet_rows, polyhedron

__all__ = ["hull_of_sum", "maximizers"]

_FEW = 256  # sums of points are all handed to the hull at once
_BLOCK = 2**24  # pairs of a random direction and a point are looked at
_PAIRS = 2**21  # pairs of a direction and a point are looked at at a time


def hull_of_sum(summands: Sequence[RationalMatrix]) -> Any:
    """Return conv(S_1) + ... + conv(S_k) + cone{(0, ..., 0, -1)} as a passagemath ``Polyhedron``.

    ``summands`` are k >= 1 matrices of shapes (n_i, d + 1), n_i >= 1, whose rows are the points of S_i.
    """
    denominator = lcm(*(s.denominator for s in summands))
    integers = [s.numerators * (denominator // s.denominator) for s in summands]
    width = integers[0].shape[1]
    down = [0] * (width - 1) + [-1]
    if all_sums := prod(map(len, integers)) <= _FEW:
        points = dict.fromkeys(tuple(sum(rows[1:], rows[0])) for rows in product(*integers))
    else:
        points = dict.fromkeys(_some_points(summands, integers))
    passed: set[tuple[mpz, ...]] = set()
    while True:
        rows = DenseMatrix(np.array(list(points), dtype=object), denominator).to_rationals()
        hull = polyhedron(vertices=rows, rays=[down], ambient_dim=width)
        if all_sums:
            return hull
        facets, equations = facet_rows(hull), equation_rows(hull)
        fresh = [row for row in map(tuple, np.concatenate((facets, equations, -equations))) if row not in passed]
        outside = _points_beyond(np.array(fresh, dtype=object), integers, denominator)
        if not outside:
            return hull
        passed.update(fresh)
        points = dict.fromkeys(outside) | points


def _points_beyond(facets: ObjectArray, summands: Sequence[ObjectArray], denominator: mpz) -> list[tuple[mpz, ...]]:
    """Points of the sum (times ``denominator``) that violate some of the rows b + <a, z> >= 0."""
    if not len(facets):
        return []
    heights: Any = 0
    points: Any = 0
    for summand in summands:
        best, values = maximizers(-facets[:, 1:], summand)
        heights, points = heights + values, points + summand[best]
    exceeded = (heights > facets[:, 0] * denominator).astype(bool)
    return list(dict.fromkeys(map(tuple, points[exceeded])))


def _some_points(summands: Sequence[RationalMatrix], integers: Sequence[ObjectArray]) -> list[tuple[mpz, ...]]:
    """Points of the sum (times its denominator) that are extreme in random directions, probably: in floats."""
    floats = [s.to_floats() for s in summands]
    generator = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        spread = np.sum([np.ptp(s, axis=0) for s in floats], axis=0)
        scale = np.nan_to_num(spread[-1] / spread[:-1], nan=1, posinf=1)
        n = min(16 * len(scale) + 2 * sum(map(len, floats)), _BLOCK // max(map(len, floats)) + 1)
        directions = np.ones((n, len(scale) + 1))
        directions[:, :-1] = generator.standard_normal((n, len(scale))) * scale
        directions[:, :-1] *= np.exp(2 * generator.standard_normal((n, 1)))
        chosen = [np.argmax(directions @ s.T, axis=1) for s in floats]
    points: Any = sum(s[best] for s, best in zip(integers, chosen, strict=True))
    return list(dict.fromkeys(map(tuple, points)))


def maximizers(directions: ObjectArray, points: ObjectArray) -> tuple[NDArray[np.intp], ObjectArray]:
    """Return for every direction y the index of a point s that maximizes <y, s>, and that maximum.

    ``directions`` is an (m, k) and ``points`` an (n, k) array of ``mpz``, n >= 1; of several points the first is taken.
    """
    m, n = len(directions), len(points)
    best = np.zeros(m, dtype=np.intp)
    values = np.empty(m, dtype=object)
    step = max(1, _PAIRS // n)
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
