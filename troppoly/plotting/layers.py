"""Walls coloured by the layer whose units make them, in the plane and in space.

The walls of the first layer are whole hyperplanes.  Those of the second are bent where they cross the first, and
so on: a wall of layer k is bent only at walls of the layers before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.errors import require
from troppoly.geometry.walls import CellWalls
from troppoly.plotting.axes import MAX_WIDTH, draw_segments, side_legend, wall_width
from troppoly.plotting.palette import layer_styles
from troppoly.plotting.plane import PlanePicture
from troppoly.plotting.windows import Window
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["layers_of_walls", "plot_layers"]


@checked
def plot_layers(regions: LinearRegions, *, ax: Any = None, window: Window | None = None) -> Any:
    """Draw the walls between the cells of a network with two inputs, coloured by layer, and return the axes.

    A wall belongs to the first layer with a unit that changes sign there.  The first layer is drawn dark and
    thick, later ones lighter and thinner.  ``ax`` and ``window`` are those of
    :func:`~troppoly.plotting.plot_regions`.

    Raises UnsupportedError if the regions are not those of a network's canonical complex, InputError if
    they are not regions of the plane, and MissingDependencyError without Matplotlib.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]], [[1]]], [[0, 0], [-1], [0]])
    >>> ax = plot_layers(tp.linear_regions(net))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['layer 1', 'layer 2']
    """
    layers = layers_of_walls(regions)
    picture = PlanePicture.of(regions.complex, window)
    ax = picture.axes(ax)
    picture.fill(ax)
    present = np.unique(layers).tolist()
    colours, widths = layer_styles(max(present, default=-1) + 1)
    scale = max(0.3, wall_width(len(picture.cells)) / MAX_WIDTH)
    for layer in reversed(present):
        draw_segments(
            ax,
            picture.walls.take(layers[picture.walls.ids] == layer),
            colors=[colours[layer]],
            linewidths=scale * widths[layer],
        )
    draw_layer_legend(ax, present, colours, widths)
    return ax


def layers_of_walls(regions: LinearRegions) -> NDArray[np.intp]:
    """Return for every wall of ``regions.complex.walls`` the first layer, from 0, with a unit that changes sign.

    Raises UnsupportedError if the regions are not those of a network's canonical complex.

    >>> import troppoly as tp
    >>> layers_of_walls(tp.linear_regions(tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])))
    array([0, 0, 0, 0])
    """
    n = len(regions.canonical.complex.walls.facets)
    return np.fromiter((units[0][0] for units in CellWalls(regions).units), dtype=np.intp, count=n)


def draw_layer_legend(ax: Any, layers: list[int], colours: list[Any], widths: list[float]) -> None:
    """Add a legend with a line for every layer, beside the picture."""
    line = require("matplotlib.lines", extra="plot").Line2D
    handles = [line([], [], color=colours[i], linewidth=1.4 * widths[i], label=f"layer {i + 1}") for i in layers]
    if handles:
        side_legend(ax, handles=handles)
