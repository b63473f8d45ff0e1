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
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import InputError, require
from troppoly.plotting.clipping import ClippedFaces
from troppoly.plotting.windows import Window, intervals

Floats: TypeAlias = NDArray[np.float64]

# The categories are those of M. Okabe and K. Ito, "Color universal design" (2008): they differ for every kind of color
# vision.
INK = "#10202c"  # walls, edges and text
FAINT = "#9aa5ad"  # what is not the subject: walls inside of regions, frames, helping lines
PALE = "#f2f5f7"  # the fill of what is not the subject
ACCENT = "#d55e00"  # what is to be noticed
LINES = (INK, "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # the colors of several lines
CATEGORIES = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#f0e442")

LEVELS = 16  # the number of levels that always suffices for the regions of the plane
NOTICEABLE = 2.3  # the distance of two colors in CIELAB that is just seen
WANTED_GAP = 3  # the difference of the levels of neighbors, where it can be had
LIGHT = np.array([-0.42, -0.22, 0.88])  # the direction of the light in space; polygons are lit from both sides


def levels(values: Sequence[Any], edges: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return a level in 0, ..., LEVELS - 1 per node: near the rank of its value, apart from its neighbors.

    ``values`` are floats or rationals of any size, and ``edges`` is an (m, 2) array of nodes.  The levels of
    neighbors differ by at least two in a planar graph, and by three where that is possible.
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
    """Return the nodes in an order in which each has the least degree among those that are left."""
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


def equal_steps(colors: Floats, n: int = LEVELS) -> Floats:
    """Return ``n`` of (m, 3) sRGB colors at equal steps; raises InputError if some look the same."""
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


def cielab(colors: Floats) -> Floats:
    """Return the (n, 3) coordinates L*, a*, b* of sRGB colors (CIE 15, for the white point D65 of IEC 61966-2-1)."""
    linear = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = linear @ (xyz / xyz.sum(axis=1, keepdims=True)).T
    x, y, z = np.where(t <= 216 / 24389, (t * 24389 / 27 + 16) / 116, np.cbrt(t)).T
    return np.column_stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def shaded(colors: Floats, polygons: ClippedFaces, box: Window) -> Floats:
    """Return (n, 3) colors darkened by the slope of the polygons, as they lie in a box drawn as a cube."""
    scaled = ClippedFaces(polygons.ids, polygons.points / np.diff(intervals(box))[:, 0], polygons.indptr)
    return np.asarray(colors * (0.58 + 0.42 * np.abs(scaled.unit_normals() @ LIGHT))[:, None])


def color_map(name: Any) -> Any:
    """Return the Matplotlib color map of a name; raises InputError if there is none."""
    try:
        return require("matplotlib", extra="plot").colormaps.get_cmap(name)
    except (TypeError, ValueError):
        raise InputError(f"Matplotlib has no color map {name!r}; matplotlib.colormaps lists their names.") from None


def color_of(color: Any) -> Floats:
    """Return the three sRGB values of a color; raises InputError if Matplotlib does not know it."""
    try:
        return np.array(require("matplotlib.colors", extra="plot").to_rgb(color))
    except (TypeError, ValueError):
        raise InputError(f"Matplotlib knows no color {color!r}.") from None


def sequential(colormap: str, n: int, low: float = 0.12, high: float = 0.97) -> Floats:
    """Return an (n, 3) array of sRGB colors along a part of a Matplotlib color map."""
    return np.asarray(color_map(colormap)(np.linspace(low, high, n)))[:, :3]


def layer_styles(n: int) -> tuple[list[Any], list[float]]:
    """Return a color and a line width for each of n layers: from dark and thick to light and thin."""
    colors = sequential("plasma", max(n, 2), 0.05, 0.72)[:n]
    return [tuple(c) for c in colors.tolist()], [round(max(2.0 * 0.75**i, 0.6), 2) for i in range(n)]


def class_colors(n: int) -> Floats:
    """Return (n, 3) light fills for n classes: tints of the categories, or far from each other in all hues."""
    if n <= len(CATEGORIES):
        strong = np.array([color_of(name) for name in CATEGORIES[:n]]).reshape(-1, 3)
        tint = np.where(np.arange(n) < 4, 0.52, 0.35)[:, None]
        return np.asarray(1 - (1 - strong) * (1 - tint))
    hues = np.linspace(0, 1, max(12, n), endpoint=False)
    tones = [(0.16, 1.0), (0.4, 0.96), (0.38, 0.76)]  # saturation and value
    hsv = np.array([(hue, *tone) for tone in tones for hue in hues])
    pool = require("matplotlib.colors", extra="plot").hsv_to_rgb(hsv)
    lab, chosen = cielab(pool), [0]
    distance = np.linalg.norm(lab - lab[0], axis=1)
    while len(chosen) < n:
        chosen.append(int(np.argmax(distance)))
        distance = np.minimum(distance, np.linalg.norm(lab - lab[chosen[-1]], axis=1))
    return np.asarray(pool[chosen])
