"""Walls between cells of different parts, matched by their sign words.

Each of these walls is given by two parts, so it is on its own among the walls of some parts until the second one comes;
then it is inside of them and need not be kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import Words

__all__ = ["equal_rows", "kept", "lexicographic"]

Ids = NDArray[np.intp]


def equal_rows(one: Words, other: Words) -> tuple[Ids, Ids]:
    """Return the rows of the first that are equal to one of the second, and these; no row of either comes twice.

    >>> equal_rows(np.array([[1, 2], [3, 4]], np.uint64), np.array([[3, 4], [5, 6]], np.uint64))
    (array([1]), array([0]))
    """
    rows = np.concatenate([one, other])
    order = lexicographic(rows)
    ordered = rows[order]
    places = np.flatnonzero((ordered[1:] == ordered[:-1]).all(axis=1))
    return order[places], order[places + 1] - len(one)


def lexicographic(words: Words) -> Ids:
    """Return the order of rows by their entries, the first one first.

    >>> lexicographic(np.array([[2, 0], [1, 5], [1, 4]], np.uint64))
    array([2, 1, 0])
    """
    return np.lexsort(words.T[::-1]) if words.shape[1] else np.arange(len(words))


def kept(n: int, matched: Ids) -> Ids:
    """Return which of n rows were not matched."""
    return np.delete(np.arange(n), matched)
