"""The walls of a network with three inputs, coloured by the layer whose units make them."""

from __future__ import annotations

from typing import Any

import numpy as np

from troppoly.arguments import checked
from troppoly.errors import InputError
from troppoly.plotting.axes import left_out, space_axes
from troppoly.plotting.clipping import ClippedFaces, RoundedComplex
from troppoly.plotting.layers import draw_layer_legend, layers_of_walls
from troppoly.plotting.palette import layer_styles
from troppoly.plotting.subcomplexes import draw_polygons, draw_space_edges
from troppoly.plotting.windows import Window, central_window, check_window
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["plot_walls_in_space", "walls_in_space"]


@checked
def plot_walls_in_space(
    regions: LinearRegions, *, ax: Any = None, window: Window | None = None, alpha: float = 0.22
) -> Any:
    """Draw the walls between the cells of a network with three inputs, and return three-dimensional axes.

    A wall has the colour of the first layer with a unit that changes sign there, from dark to light, and
    the opacity ``alpha``; the edges of the complex are lines.  What is unbounded goes on up to the
    window (xmin, xmax, ymin, ymax, zmin, zmax), by default one that shows where most vertices are.

    Raises InputError if the regions are not regions of R^3, UnsupportedError if they are not those of a
    network's canonical complex, and MissingDependencyError without Matplotlib.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 1, 1]]])
    >>> ax = plot_walls_in_space(tp.linear_regions(net))
    >>> len(ax.collections)  # the box, the walls, the edges
    3
    """
    walls, layers, edges, window, note = walls_in_space(regions, window)
    ax = space_axes(window, ax, note)
    present = np.unique(layers).tolist()
    colours, widths = layer_styles(max(present, default=-1) + 1)
    # one collection, so that all polygons are sorted by their depth
    draw_polygons(ax, walls, facecolors=[(*colours[layer], alpha) for layer in layers])
    draw_space_edges(ax, edges, linewidths=0.5, alpha=0.7)
    draw_layer_legend(ax, present, colours, [2.0 * width for width in widths])
    return ax


def walls_in_space(
    regions: LinearRegions, window: Window | None = None
) -> tuple[ClippedFaces, Any, ClippedFaces, Window, str]:
    """Return the walls in a window of R^3, their layers, the edges of the complex, the window, and what it leaves out."""
    complex_ = regions.complex
    if complex_.ambient_dimension != 3:
        raise InputError(
            f"A picture in space needs three inputs, but these are regions of R^{complex_.ambient_dimension}."
        )
    layers = layers_of_walls(regions)
    rounded = RoundedComplex.of(complex_)
    note = ""
    if window is None:
        window = central_window(rounded.vertices)
        note = "" if complex_.lineality_dimension else left_out(rounded.vertices, window)
    window = check_window(window, 3)
    number = np.full(complex_.n_cones(max(complex_.cone_dimension - 1, 1)), -1)
    number[complex_.walls.facets] = np.arange(len(layers))
    walls = rounded.faces(2, window, number >= 0)
    return walls, layers[number[walls.ids]], rounded.faces(1, window), window, note
