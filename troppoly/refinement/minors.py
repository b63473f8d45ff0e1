"""Generalized cross products: the ray on which D - 1 independent linear forms on R^D vanish.

Its coordinate i is (-1)^i times the minor of the (D-1, D) matrix of the forms without column i.  All minors of the
first k rows come from those of the first k - 1 by Laplace expansion along row k: sum_k k C(D, k) < D 2^(D-1)
multiplications for each ray, and no divisions, so floats, magnitudes and residues run the same program.  Expansions are
summed term by term, so at most three arrays of C(D, k) numbers for each ray are held at once.

If some of the forms are coordinates, the ray has zeros there, and, up to its sign, the cross product of the other forms
in the other coordinates; so many inputs cost little where few hyperplanes are not coordinate hyperplanes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.rounding_errors import FloatArray, floored
from troppoly.exact import modular

__all__ = ["cross_product", "cross_product_magnitude", "cross_product_residues", "n_operations", "without_coordinates"]


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


def n_operations(D: int, form_operations: int) -> int:
    """Return how many rounding errors a monomial of a cross product takes up.

    A minor of k rows has those of one of k - 1 rows and of an entry, a product, a sum of k terms and a floor: k + 1.
    """
    return sum(form_operations + k + 1 for k in range(2, D)) + form_operations * (D > 1)


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


def cross_product(forms: FloatArray) -> FloatArray:
    """Return the (n, D) rays of (n, D-1, D) forms."""
    return _minors(forms, lambda minors: minors)


def cross_product_magnitude(magnitudes: FloatArray) -> FloatArray:
    """Return the magnitudes of the (n, D) rays, from those of (n, D-1, D) forms."""
    return _minors(magnitudes, floored, alternating=False)


def cross_product_residues(forms: FloatArray) -> FloatArray:
    """Return the residues (primes, n, D) of the rays of integer forms (primes, n, D-1, D).

    >>> cross_product_residues(np.array([[[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]]))
    array([[[0., 0., 1.]]])
    """
    return modular.reduce(_minors(forms, lambda minors: modular.reduce(minors.swapaxes(0, 1)).swapaxes(0, 1)))


def _minors(forms: FloatArray, finish: Callable[[FloatArray], FloatArray], alternating: bool = True) -> FloatArray:
    """The (..., D) signed minors of (..., D-1, D) forms; ``finish`` is applied to the (C(D, k), ...) ones of k rows."""
    *others, n_rows, D = forms.shape
    if n_rows == 0:
        return np.ones((*others, 1))
    rows = np.ascontiguousarray(forms.transpose(forms.ndim - 2, forms.ndim - 1, *range(forms.ndim - 2)))
    minors = rows[0]
    for k, (lower, columns) in enumerate(_expansions(D), start=1):
        total = minors[lower[k]] * rows[k][columns[k]]
        for i in reversed(range(k)):
            terms = minors[lower[i]]
            terms *= rows[k][columns[i]]
            if alternating and (k - i) % 2:
                total -= terms
            else:
                total += terms
        minors = finish(total)
    result: FloatArray = np.moveaxis(minors[::-1], 0, -1)  # combinations list the subset without the last column first
    return result * np.where(np.arange(D) % 2, -1.0, 1.0) if alternating else result
