"""Generalized cross products: the ray on which D - 1 independent linear forms on R^D vanish.

Its coordinate i is (-1)^i times the minor of the (D-1, D) matrix of the forms without column i.  All minors of the
first k rows come from those of the first k - 1 by Laplace expansion along row k: sum_k k C(D, k) < D 2^(D-1)
multiplications for each ray, and no divisions, so residues will do.  Expansions are summed term by term, so at most
three arrays of C(D, k) numbers for each ray are held at once.

If some of the forms are coordinates, the ray has zeros there, and, up to its sign, the cross product of the other forms
in the other coordinates; so many inputs cost little where few hyperplanes are not coordinate hyperplanes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.rounding_errors import FloatArray
from troppoly.exact import modular

__all__ = ["cross_product_residues", "n_numbers", "without_coordinates"]


@cache
def _expansions(D: int) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]:
    """For k = 2, ..., D - 1 and all k-subsets of columns, (k, C(D, k)) tables of the Laplace expansion along row k.

    Which minors of k - 1 rows, times which columns of row k, with the signs (-1)^(k - 1 + i), make a minor.
    """
    tables = []
    position: dict[tuple[int, ...], int] = {(i,): i for i in range(D)}
    for k in range(2, D):
        subsets = list(combinations(range(D), k))
        minors = [[position[s[:i] + s[i + 1 :]] for s in subsets] for i in range(k)]
        tables.append((np.array(minors), np.array(subsets).T))
        position = {s: i for i, s in enumerate(subsets)}
    return tuple(tables)


def n_numbers(D: int) -> int:
    """Return how many numbers for each ray the largest arrays of a cross product hold: forms, or minors."""
    return max(1, D * (D - 1), comb(D, D // 2))


def without_coordinates(
    forms: NDArray[Any], D: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[Any], NDArray[np.intp]]]:
    """Separate the coordinates (forms i < D) from the (n, D-1) forms of rays.

    Yields, for rays with equally many, their rows, their (m, r) other forms, and the (m, r + 1) other coordinates.

    >>> [(rows.tolist(), r.tolist(), c.tolist()) for rows, r, c in without_coordinates(np.array([[1, 5]]), 3)]
    [([0], [[5]], [[0, 2]])]
    """
    others = forms >= D
    n_others = np.count_nonzero(others, axis=1)
    for r in np.unique(n_others):
        rows = np.flatnonzero(n_others == r)
        left = np.ones((len(rows), D), dtype=bool)
        mask, mine = others[rows], forms[rows]
        left[np.nonzero(~mask)[0], mine[~mask]] = False
        yield rows, mine[mask].reshape(len(rows), r), np.nonzero(left)[1].reshape(len(rows), r + 1)


def cross_product_residues(forms: FloatArray) -> FloatArray:
    """Return the residues (primes, n, D) of the rays of integer forms (primes, n, D-1, D).

    >>> cross_product_residues(np.array([[[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]]))
    array([[[0., 0., 1.]]])
    """
    count, n, n_rows, D = forms.shape
    if n_rows == 0:
        return np.ones((count, n, 1))
    rows = np.ascontiguousarray(forms.transpose(2, 3, 0, 1))
    minors = rows[0]
    for k, (lower, columns) in enumerate(_expansions(D), start=1):
        total = minors[lower[k]] * rows[k][columns[k]]
        for i in reversed(range(k)):
            terms = minors[lower[i]]
            terms *= rows[k][columns[i]]
            if (k - i) % 2:
                total -= terms
            else:
                total += terms
        minors = modular.reduce(total.swapaxes(0, 1)).swapaxes(0, 1)
    result: FloatArray = np.moveaxis(minors[::-1], 0, -1)  # combinations list the subset without the last column first
    return modular.reduce(result * np.where(np.arange(D) % 2, -1.0, 1.0))
