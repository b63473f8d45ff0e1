"""Hoffman constants of few columns as the greatest of finitely many ratios of minors.

**Theorem.**  For k rows J and k - 1 columns S of A let v_i be (-1)^i times the minor of the rows J but the i-th and the
columns S.  H(A) is the maximum of sum_i |v_i| / |A_J^T v|_1 over all J and S for which v >= 0 or v <= 0, and
A_J^T v != 0; and 0 if there are none.

*Proof.*  A_J^T v is 0 in the columns S.  If it is not 0, then v != 0 spans the kernel of (A_JS)^T, which contains that
of A_J^T, which is 0: the rows J are independent.  So J is A-surjective, and the ratio is at most H_J <= H(A)
(:mod:`troppoly.hoffman.constant`).  Conversely, H(A) is the greatest H_J with J independent, by the lemma in
:mod:`troppoly.hoffman.brackets`, and 1 / H_J is the minimum of the convex function |A_J^T v|_1 on the simplex
{v >= 0, sum v = 1}, on which it is linear in each cell of the subdivision by the hyperplanes (A_J^T v)_c = 0.  So it is
attained at a vertex v of this subdivision.  Let T be the support of v: it is the only point of the simplex on T with
(A_T^T v)_c = 0 for all c of some set of columns, of which |T| - 1 columns S have this rank already.  So v is a multiple
of the vector of minors of T and S, by Cramer's rule, and A_T^T v != 0 as the rows are independent.  QED

There are C(m, k) C(n, k - 1) pairs (J, S) for every k up to the rank.  All ratios are computed in floats first, with a
bound of the error, and those that may exceed the greatest one so far in integers.  (Of small numbers, floats are
exact.)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from math import comb, factorial
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.exact import DenseMatrix, RationalMatrix

__all__ = ["exceeds", "greatest_ratio", "n_ratios", "subsets"]

_CHUNK = 2**14
_EXACT = 2**8  # candidates that are computed in integers at a time


def n_ratios(m: int, n: int) -> int:
    """Return how many pairs (J, S) an (m, n) matrix has.

    >>> n_ratios(60, 2)
    3600
    """
    return sum(comb(m, k) * comb(n, k - 1) for k in range(1, min(m, n) + 1))


def greatest_ratio(matrix: RationalMatrix) -> tuple[mpq, tuple[int, ...]]:
    """Return H(A), and rows J with H_J = H(A): none if it is 0.

    >>> greatest_ratio(RationalMatrix.of([[1, 0], [-1, 0], [1, 1]]))
    (mpq(2,1), (1, 2))
    """
    m, n = matrix.shape
    numerators = matrix.numerators
    scale = max((abs(v) for v in numerators.flat), default=0)
    best, rows = mpq(0), ()
    if not scale:
        return best, rows
    rank = min(m, n)
    is_small = scale**rank * factorial(rank) * rank * n < 2**25
    floats = numerators.astype(np.float64) if is_small else DenseMatrix(numerators, scale).to_floats()
    for J, S in _pairs(m, n):
        bounds = _quotients(floats[J], S) if is_small else _upper_bounds(floats[J], S)
        order = np.argsort(-bounds)[: np.count_nonzero(bounds)]
        for start in range(0, len(order), _EXACT):
            ids = order[start : start + _EXACT]
            ids = ids[bounds[ids] > (float(best) if is_small else _below(best * scale))]
            if not len(ids):
                break
            sums, sizes = _ratios(numerators[J[ids]], S)
            for i in np.flatnonzero(sizes):
                if sums[i] > best * sizes[i]:
                    best, rows = mpq(sums[i], sizes[i]), tuple(J[ids[i]].tolist())
    return best * matrix.denominator, rows


def exceeds(matrix: RationalMatrix, value: mpq) -> bool:
    """Return whether a ratio exceeds the value; all are computed in integers.

    >>> exceeds(RationalMatrix.of([[1, 0], [-1, 0], [1, 1]]), mpq(2))
    False
    """
    for J, S in _pairs(*matrix.shape):
        sums, sizes = _ratios(matrix.numerators[J], S)
        if ((sizes != 0) & (sums * matrix.denominator > sizes * value)).any():
            return True
    return False


def subsets(m: int, k: int) -> Iterator[NDArray[np.intp]]:
    """Yield the k-sets of 0, ..., m - 1 as the rows of arrays.

    >>> [array.tolist() for array in subsets(3, 2)]
    [[[0, 1], [0, 2], [1, 2]]]
    """
    sets = combinations(range(m), k)
    while chunk := list(islice(sets, _CHUNK)):
        yield np.array(chunk, dtype=np.intp)


def _pairs(m: int, n: int) -> Iterator[tuple[NDArray[np.intp], tuple[int, ...]]]:
    """The pairs (J, S): chunks of k-sets J of m rows, each with all (k - 1)-sets S of n columns."""
    for k in range(1, min(m, n) + 1):
        for J in subsets(m, k):
            yield from ((J, S) for S in combinations(range(n), k - 1))


def _below(value: mpq) -> float:
    """A float that is at most the value."""
    return float(np.nextafter(float(min(value, mpq(2) ** 1000)), 0))


def _quotients(F: NDArray[np.float64], S: tuple[int, ...]) -> NDArray[np.float64]:
    """The ratios of (N, k, n) rows of small integers, rounded once; 0 for a v that is not valid.

    Different fractions of integers below 2^25 differ by more than 2^-50 relatively, so they are not rounded to one
    float.
    """
    sums, sizes = _ratios(F, S)
    return np.asarray(np.divide(sums, sizes, out=np.zeros(len(F)), where=sizes != 0))


def _ratios(A: Any, S: tuple[int, ...]) -> tuple[Any, Any]:
    """sum_i |v_i| and |A_J^T v|_1 for the (N, k, n) integer rows, the latter 0 for a v that is not valid."""
    v, values = _vectors(A, S, -1)
    sums = np.abs(v).sum(axis=1)
    return sums, np.abs(values).sum(axis=1) * (np.abs(v.sum(axis=1)) == sums)


def _vectors(A: Any, S: tuple[int, ...], sign: int) -> tuple[Any, Any]:
    """The vectors v (N, k) and A_J^T v (N, n) for the (N, k, n) rows, by Laplace expansion along the columns S.

    With ``sign`` 1 all terms are added, which for |A| bounds them.
    """
    k = A.shape[1]
    minors: dict[tuple[int, ...], Any] = {(): A[:, 0, 0] * 0 + 1}
    for size, column in enumerate(S, 1):
        minors = {
            T: sum(sign**i * A[:, t, column] * minors[T[:i] + T[i + 1 :]] for i, t in enumerate(T))
            for T in combinations(range(k), size)
        }
    v = np.stack([sign**i * minors[tuple(j for j in range(k) if j != i)] for i in range(k)], axis=1)
    return v, (v[:, :, None] * A).sum(axis=1)


def _upper_bounds(F: NDArray[np.float64], S: tuple[int, ...]) -> NDArray[np.float64]:
    """Upper bounds of the ratios of (N, k, n) rows |A| <= 1 with |A - F| <= u |A| + 2^-1074, u = 2^-53; 0 if not valid.

    Every term of v, of A_J^T v and of their sums of absolute values is a product of at most k entries.  With their own
    errors it meets at most k roundings by products and k^2 + n by sums, so a computed value is off by at most
    g = 2 (k^2 + 2 k + n) u times the sum of the absolute values of all terms (Higham, Accuracy and Stability, section
    3.1), which the same computation with |F| gives up to a factor 1 + g; 4 g is taken.  Underflows add less than
    2^-900.  In the columns S the combination is 0, and is not computed.
    """
    k, n = F.shape[1:]
    others = [c for c in range(n) if c not in S]
    v, values = _vectors(F, S, -1)
    v_terms, value_terms = _vectors(np.abs(F), S, 1)
    g = 8 * (k * k + 2 * k + n) * 2.0**-53
    v_error, error = g * v_terms + 2.0**-900, g * value_terms[:, others].sum(axis=1) + 2.0**-900
    possible = (v <= v_error).all(axis=1) | (v >= -v_error).all(axis=1)
    sums = np.abs(v).sum(axis=1) + v_error.sum(axis=1)
    sizes = np.abs(values[:, others]).sum(axis=1) - error
    with np.errstate(all="ignore"):
        return np.where(possible, np.where(sizes > 0, sums / sizes * (1 + g), np.inf), 0.0)
