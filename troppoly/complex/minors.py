"""Generalised cross products: the ray on which D - 1 independent linear forms on R^D vanish.

Its i-th coordinate is (-1)^i times the minor of the (D-1, D) matrix of the forms without column i.
All minors of the first k rows are computed from those of the first k - 1 rows by Laplace expansion
along row k, for k = 1, ..., D - 1; that is sum_k k C(D, k) < D 2^(D-1) multiplications for each ray,
without divisions, so it is a polynomial program in the sense of ``bounds``, and it can be run on
floats, on magnitudes and on residues alike.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.complex.bounds import floored
from troppoly.exact import modular

__all__ = ["cross_product", "cross_product_magnitude", "cross_product_residues", "n_operations"]

FloatArray = NDArray[np.float64]


@cache
def _expansions(D: int) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp], FloatArray], ...]:
    """The tables of the Laplace expansions along rows k = 2, ..., D - 1.

    For every k-subset S of columns: which minors of k - 1 rows, times which columns of row k, with which
    signs, make the minor of S; each table has shape (C(D, k), k).
    """
    tables = []
    position: dict[tuple[int, ...], int] = {(i,): i for i in range(D)}
    for k in range(2, D):
        subsets = list(combinations(range(D), k))
        minors = [[position[s[:i] + s[i + 1 :]] for i in range(k)] for s in subsets]
        signs = [[(-1.0) ** (k - 1 + i) for i in range(k)] for _ in subsets]
        tables.append((np.array(minors), np.array(subsets), np.array(signs)))
        position = {s: i for i, s in enumerate(subsets)}
    return tuple(tables)


def n_operations(D: int, form_operations: int) -> int:
    """Return how many rounding errors a monomial of a cross product takes up.

    A minor of k rows has those of a minor of k - 1 rows and of an entry of row k, one product, and a
    sum of k terms and the floor of ``bounds``: k + 1 more.

    >>> n_operations(3, 10)
    23
    """
    count = form_operations
    for k in range(2, D):
        count += form_operations + k + 1
    return count if D > 1 else 0


def _finish(minors: Any, D: int) -> Any:
    """The minors of the (D-1)-subsets in the order of the column that is left out."""
    return minors[..., ::-1]  # combinations list the subset without the last column first


def cross_product(forms: FloatArray) -> FloatArray:
    """Return the (n, D) rays of (n, D-1, D) forms.

    >>> cross_product(np.array([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]))
    array([[ 0., -0.,  1.]])
    """
    n, rows, D = forms.shape
    if rows == 0:
        return np.ones((n, 1))
    minors = forms[:, 0]
    for k, (lower, columns, signs) in enumerate(_expansions(D), start=1):
        minors = (minors[:, lower] * (forms[:, k][:, columns] * signs)).sum(axis=2)
    return _alternate(_finish(minors, D))


def cross_product_magnitude(magnitudes: FloatArray) -> FloatArray:
    """Return the magnitudes of the (n, D) rays, from those of (n, D-1, D) forms.

    >>> cross_product_magnitude(np.ones((1, 2, 3)))
    array([[2., 2., 2.]])
    """
    n, rows, D = magnitudes.shape
    if rows == 0:
        return np.ones((n, 1))
    minors = magnitudes[:, 0]
    for k, (lower, columns, _) in enumerate(_expansions(D), start=1):
        minors = floored((minors[:, lower] * magnitudes[:, k][:, columns]).sum(axis=2))
    return _finish(minors, D)  # type: ignore[no-any-return]


def cross_product_residues(forms: FloatArray) -> FloatArray:
    """Return the residues (primes, n, D) of the rays of integer forms (primes, n, D-1, D).

    Sums of up to 2^10 products of residues are exact (see ``exact.modular``).

    >>> cross_product_residues(np.array([[[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]]))
    array([[[0., 0., 1.]]])
    """
    primes, n, rows, D = forms.shape
    if rows == 0:
        return np.ones((primes, n, 1))
    minors = forms[:, :, 0]
    for k, (lower, columns, signs) in enumerate(_expansions(D), start=1):
        terms = minors[:, :, lower] * (forms[:, :, k][:, :, columns] * signs)
        minors = modular.reduce(terms.sum(axis=3))
    return modular.reduce(_alternate(_finish(minors, D)))


def _alternate(minors: FloatArray) -> FloatArray:
    """Multiply every second coordinate by -1."""
    return minors * (-1.0) ** np.arange(minors.shape[-1])
