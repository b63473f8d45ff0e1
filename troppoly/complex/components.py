"""Connected components of graphs that are given by arrays of edges."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["connected_components"]


def connected_components(n: int, first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.int64]:
    """Return the least element of the connected component of every vertex of a graph on 0, ..., n - 1.

    The edges join ``first[i]`` and ``second[i]``.  Every round hooks the larger root of an edge's two
    components to the smaller one, then shortens all paths to the roots (Shiloach and Vishkin 1982, An
    O(log n) parallel connectivity algorithm, J. Algorithms 3).

    >>> connected_components(4, np.array([3, 2]), np.array([1, 3]))
    array([0, 1, 1, 1])
    """
    parent = np.arange(n)
    while True:
        a, b = parent[first], parent[second]
        low, high = np.minimum(a, b), np.maximum(a, b)
        if np.array_equal(low, high):
            return parent
        np.minimum.at(parent, high, low)
        while not np.array_equal(parent, parent[parent]):
            parent = parent[parent]
