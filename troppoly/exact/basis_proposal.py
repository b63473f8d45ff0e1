"""A basis of a linear program, proposed in floats: where an exact method may start.

Nothing here is certain, and nothing depends on it but time: the exact method accepts any start.  The rows are scaled
to the largest coefficient 1, the free variables enter the basis with partial pivoting, and then the simplex method
runs in floats: while a slack is negative, the most negative one is exchanged by the dual ratio test (which is the
dual simplex method if the dictionary is dual feasible), and after that the most promising one by the primal ratio
test.  Numbers below a threshold count as zero, and after 10 (m + n) steps it stops where it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["proposed_cobasis"]

FloatArray = NDArray[np.float64]

_SMALL = 2.0**-30


def proposed_cobasis(objective: FloatArray, matrix: FloatArray, right: FloatArray) -> tuple[int, ...]:
    """Return rows of A x <= b that are probably tight at an optimum of <c, x>, or in a proof that there is none.

    >>> sorted(proposed_cobasis(np.array([1.0]), np.array([[1.0], [2.0]]), np.array([3.0, 2.0])))
    [1]
    """
    with np.errstate(all="ignore"):
        return _proposed(objective, matrix, right)


def _proposed(objective: FloatArray, matrix: FloatArray, right: FloatArray) -> tuple[int, ...]:
    """The simplex method in floats."""
    m, n = matrix.shape
    table = np.zeros((m + 1, n + 1))
    scale = np.abs(matrix).max(axis=1, initial=0)
    scale[scale == 0] = 1.0
    table[:m, :n], table[:m, n] = -matrix / scale[:, None], right / scale
    table[m, :n] = objective
    if not np.isfinite(table).all():
        return ()
    basis, cobasis = np.arange(n, n + m), np.arange(n)
    for s in range(n):
        sizes = np.where(basis >= n, np.abs(table[:m, s]), 0.0)
        if sizes.max(initial=0) > _SMALL:
            _pivot(table, basis, cobasis, int(np.argmax(sizes)), s)
    slack, movable = basis >= n, cobasis >= n
    for _ in range(10 * (m + n)):
        b, c = np.where(slack, table[:m, n], 0.0), np.where(movable, table[m, :n], 0.0)
        r = int(np.argmin(b)) if m else 0
        if m and b[r] < -_SMALL:
            candidates = np.flatnonzero(movable & (table[r, :n] > _SMALL))
            if not len(candidates):
                break
            s = int(candidates[np.argmin(np.abs(c[candidates]) / table[r, candidates])])
        else:
            s = int(np.argmax(c)) if n else 0
            if not n or c[s] <= _SMALL:
                break
            candidates = np.flatnonzero(slack & (table[:m, s] < -_SMALL))
            if not len(candidates):
                break
            r = int(candidates[np.argmin(b[candidates] / -table[candidates, s])])
        _pivot(table, basis, cobasis, r, s)
    return tuple(int(v) - n for v in cobasis if v >= n)


def _pivot(table: FloatArray, basis: NDArray[np.intp], cobasis: NDArray[np.intp], r: int, s: int) -> None:
    """Exchange basic variable r and cobasic variable s."""
    row, column = table[r] / -table[r, s], table[:, s].copy()
    row[s] = 0.0
    pivot = column[r]
    table[:, s] = 0.0
    table += np.multiply.outer(column, row)
    table[:, s] = column / pivot
    table[r] = row
    table[r, s] = 1 / pivot
    basis[r], cobasis[s] = cobasis[s], basis[r]
