"""Colors of regions: an ordered scale that follows a quantity, with neighbors kept apart.

The colors are L levels of a color map: equally spaced in lightness if that rises or falls all along, so that two
levels differ for every kind of color vision and in print; otherwise along the path of the map through the color space
CIELAB.  Every node of the adjacency graph prefers the level of the rank of its quantity, and takes the nearest level
that no colored neighbor has or touches.  The nodes are taken in the reverse of a smallest-last order: in a planar
graph each has at most five colored neighbors then, which exclude at most 15 of the L = 16 levels (D. W. Matula, L. L.
Beck, "Smallest-last ordering and clustering and graph coloring algorithms", J. ACM 30 (1983)).
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import InputError
from troppoly.plotting.clipping import ClippedFaces
from troppoly.plotting.windows import Window, intervals

__all__ = ["LEVELS", "cielab", "equal_steps", "levels", "shaded"]

LEVELS = 16
"""The number of levels that always suffices for the regions of the plane."""

NOTICEABLE = 2.3
"""The distance of two colors in CIELAB that is just seen."""

WANTED_GAP = 3
"""The difference of the levels of neighbors, where it can be had."""

LIGHT = np.array([-0.42, -0.22, 0.88])
"""The direction of the light in space; polygons are lit from both sides."""


def levels(values: Sequence[Any], edges: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return a level in 0, ..., LEVELS - 1 per node: near the rank of its value, apart from its neighbors.

    ``values`` are floats or rationals of any size, and ``edges`` is an (m, 2) array of nodes.  The levels of
    neighbors differ by at least two in a planar graph, and by three where that is possible.

    >>> levels([0.0, 1.0, 2.0], np.array([[0, 1], [1, 2]]))
    array([ 0,  8, 15])
    >>> levels([1.0, 1.0], np.array([[0, 1]]))
    array([5, 8])
    """
    distinct, ranks = np.unique(np.asarray(values), return_inverse=True)
    preferred = np.full(len(ranks), LEVELS // 2)
    if len(distinct) > 1:
        preferred = np.rint(ranks * (LEVELS - 1) / (len(distinct) - 1)).astype(np.int64)
    neighbors: list[set[int]] = [set() for _ in ranks]
    for a, b in edges.tolist():
        if a != b:
            neighbors[a].add(b)
            neighbors[b].add(a)
    chosen = np.full(len(ranks), -1, dtype=np.int64)
    scale = np.arange(LEVELS)
    for node in reversed(smallest_last(neighbors)):
        taken = chosen[[other for other in neighbors[node] if chosen[other] >= 0]]
        gap = np.min(np.abs(scale[:, None] - taken), axis=1, initial=WANTED_GAP)
        allowed = np.flatnonzero(gap == gap.max())
        chosen[node] = allowed[np.argmin(np.abs(allowed - preferred[node]))]
    return chosen


def smallest_last(neighbors: Sequence[set[int]]) -> list[int]:
    """Return the nodes in an order in which each has the least degree among those that are left.

    >>> smallest_last([{1}, {0, 2}, {1}])
    [0, 1, 2]
    """
    degrees = [len(others) for others in neighbors]
    heap = [(degree, node) for node, degree in enumerate(degrees)]
    heapify(heap)
    order: dict[int, None] = {}
    while heap:
        degree, node = heappop(heap)
        if node in order or degree != degrees[node]:
            continue
        order[node] = None
        for other in neighbors[node]:
            if other not in order:
                degrees[other] -= 1
                heappush(heap, (degrees[other], other))
    return list(order)


def equal_steps(colors: NDArray[np.float64], n: int = LEVELS) -> NDArray[np.float64]:
    """Return ``n`` of the (m, 3) sRGB colors of a color map at equal steps, in lightness if that is monotone.

    Raises InputError if two of them that are not neighbors look the same.

    >>> gray = np.linspace(0, 1, 101)[:, None] * np.ones(3)
    >>> equal_steps(gray, 3)[:, 0].round(2)  # half the lightness is not half the value
    array([0.  , 0.47, 1.  ])
    """
    steps = np.diff(cielab(colors), axis=0)
    up, down = steps[:, 0].clip(0).sum(), -steps[:, 0].clip(None, 0).sum()
    monotone = min(up, down) == 0 and max(up, down) > n * NOTICEABLE
    position = np.append(0.0, np.cumsum(np.linalg.norm(steps[:, :1] if monotone else steps, axis=1)))
    wanted = np.linspace(0.0, position[-1], n)
    chosen = np.column_stack([np.interp(wanted, position, channel) for channel in colors.T])
    lab = cielab(chosen)
    apart = ~np.tri(n, k=1, dtype=bool)  # the pairs (i, j) with j >= i + 2
    if (np.linalg.norm(lab[:, None] - lab, axis=2)[apart] < NOTICEABLE).any():
        raise InputError("The color map has too few colors that differ, so neighboring regions would look the same.")
    return chosen


def cielab(colors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (n, 3) coordinates L*, a*, b* of sRGB colors; L* is the lightness, from 0 to 100.

    The distance is about that which is seen (CIE 15, for the white point D65 of IEC 61966-2-1).

    >>> cielab(np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]])).round(1) + 0.0
    array([[100. ,   0. ,   0. ],
           [ 53.2,  80.1,  67.2]])
    """
    linear = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = linear @ (xyz / xyz.sum(axis=1, keepdims=True)).T
    x, y, z = np.where(t <= 216 / 24389, (t * 24389 / 27 + 16) / 116, np.cbrt(t)).T
    return np.column_stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def shaded(colors: NDArray[np.float64], polygons: ClippedFaces, box: Window) -> NDArray[np.float64]:
    """Return (n, 3) colors darkened by the slope of the polygons, as they lie in a box drawn as a cube."""
    scaled = ClippedFaces(polygons.ids, polygons.points / np.diff(intervals(box))[:, 0], polygons.indptr)
    return np.asarray(colors * (0.58 + 0.42 * np.abs(scaled.unit_normals() @ LIGHT))[:, None])
