"""The adjacency graph of cells, drawn on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from troppoly.arguments import checked
from troppoly.errors import InputError, require
from troppoly.plotting.palette import ACCENT, INK
from troppoly.plotting.plane import PlanePicture, cell_colours
from troppoly.plotting.windows import Window
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["plot_adjacency"]

LARGEST = 1000
"""The number of cells beyond which nodes and edges would be one blot."""


@checked
def plot_adjacency(regions: LinearRegions, *, ax: Any = None, window: Window | None = None) -> Any:
    """Draw the adjacency graph of the cells on the linear regions of the plane, and return the axes.

    A node is a cell, at the centroid of its part in the window; an edge joins two cells through the
    middle of the wall between them.  Edges between cells of one linear region, along which the affine
    map stays the same, are dotted: contracting them gives the graph of linear regions.  A wall outside of
    the window has no edge.  ``ax`` and ``window`` are those of :func:`~troppoly.plotting.plot_regions`.

    Raises InputError if the regions are not regions of the plane or more than 1,000 cells meet the window, and MissingDependencyError without
    Matplotlib.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    >>> ax = plot_adjacency(tp.linear_regions(net))
    >>> len(ax.lines[-1].get_xdata())
    4
    """
    picture = PlanePicture.of(regions.complex, window)
    if len(picture.cells) > LARGEST:
        raise InputError(
            f"An adjacency graph of {len(picture.cells):,} cells cannot be read: at most {LARGEST:,} are drawn, "
            f"so choose a smaller window."
        )
    ax = picture.axes(ax)
    colours = 1 - (1 - cell_colours(regions)) * 0.45
    picture.fill(ax, colours)
    picture.draw_walls(ax, regions, colours, linewidths=0.5)
    _, centroids = picture.cells.areas_and_centroids()
    place = np.full((regions.n_cells, 2), np.nan)
    place[picture.cells.ids] = centroids
    walls, ids = regions.complex.walls, picture.walls.ids
    first, second = walls.first[ids], walls.second[ids]
    middles = picture.walls.points.reshape(-1, 2, 2).mean(axis=1)
    paths = np.stack([place[first], middles, place[second]], axis=1)
    inner = regions.region_of_cell[first] == regions.region_of_cell[second]
    lines = require("matplotlib.collections", extra="plot").LineCollection
    size = float(np.clip(40 / np.sqrt(max(len(centroids), 1)), 0.9, 5.5))
    for chosen, style in ((~inner, "-"), (inner, ":")):
        ax.add_collection(lines(paths[chosen], colors=ACCENT, linewidths=0.28 * size, linestyles=style), autolim=False)
    ax.plot(*centroids.T, linestyle="none", marker="o", markersize=size, color=INK)
    return ax
