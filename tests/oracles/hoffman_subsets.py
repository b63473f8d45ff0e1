"""Hoffman constants by two routes without the algorithm: all subsets of rows, and ratios of minors."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

from gmpy2 import mpq

from tests.oracles.ppl_linear_program import maximum

__all__ = ["by_minors", "by_subsets", "least_combination"]

Rows = Sequence[Sequence[mpq]]


def least_combination(rows: Rows) -> mpq:
    """min |sum_j v_j a_j|_1 over v >= 0 with sum v = 1, by the Parma Polyhedra Library.

    The variables are v and u with |(A^T v)_i| <= u_i.
    """
    m, n = len(rows), len(rows[0])
    constraints, right = [], []
    for i in range(n):
        for sign in (1, -1):
            constraints.append([sign * row[i] for row in rows] + [-mpq(k == i) for k in range(n)])
            right.append(mpq(0))
    for j in range(m):
        constraints.append([-mpq(k == j) for k in range(m + n)])
        right.append(mpq(0))
    for sign in (1, -1):
        constraints.append([mpq(sign)] * m + [mpq(0)] * n)
        right.append(mpq(sign))
    value = maximum([mpq(0)] * m + [mpq(-1)] * n, constraints, right)
    assert not isinstance(value, str)
    return -value


def by_subsets(rows: Rows) -> mpq:
    """The definition over all subsets: J is surjective iff no convex combination of its rows is 0."""
    best = mpq(0)
    for size in range(1, len(rows) + 1):
        for chosen in combinations(rows, size):
            least = least_combination(chosen) if chosen[0] else mpq(0)
            if least > 0:
                best = max(best, 1 / least)
    return best


def by_minors(rows: Rows) -> Fraction:
    """The greatest sum v / |A_J^T v|_1 over k independent rows J and the v >= 0 with A_J^T v = 0 in k - 1 columns.

    The minimum of |A_J^T v|_1 over a simplex with independent vertices is attained at a vertex of the subdivision of
    a face by the signs of A_J^T v, where zero coordinates take all degrees of freedom; v consists of minors.
    """
    table = [[Fraction(int(a.numerator), int(a.denominator)) for a in map(mpq, row)] for row in rows]
    n = len(table[0]) if table else 0
    best = Fraction(0)
    for k in range(1, min(len(table), n) + 1):
        for J in combinations(table, k):
            for S in combinations(range(n), k - 1):
                v = [(-1) ** i * _determinant([[row[c] for c in S] for row in J[:i] + J[i + 1 :]]) for i in range(k)]
                if min(v) < 0:
                    v = [-x for x in v]
                if min(v) < 0:
                    continue
                size = sum(abs(sum(x * row[c] for x, row in zip(v, J, strict=True))) for c in range(n))
                if size:
                    best = max(best, sum(v) / size)
    return best


def _determinant(matrix: list[list[Fraction]]) -> Fraction:
    """By Laplace expansion along the first row."""
    if not matrix:
        return Fraction(1)
    return sum(
        (
            (-1) ** j * a * _determinant([row[:j] + row[j + 1 :] for row in matrix[1:]])
            for j, a in enumerate(matrix[0])
            if a
        ),
        Fraction(0),
    )
