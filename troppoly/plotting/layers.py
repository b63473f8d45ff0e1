"""Walls colored by the layer whose units make them, in the plane and in space.

A wall belongs to the first layer with a unit that changes sign there.  The walls of the first layer are whole
hyperplanes, and a wall of layer k is bent only at walls of the layers before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.geometry.walls import CellWalls
from troppoly.plotting import interactive
from troppoly.plotting.axes import MAX_WIDTH, draw_lines, draw_polygons, line_legend, space_axes, wall_width
from troppoly.plotting.coloring import INK, layer_styles
from troppoly.plotting.view import View
from troppoly.plotting.windows import Window
from troppoly.regions.regions import LinearRegions

__all__ = ["interactive_walls", "plot_layers", "plot_walls_in_space"]


@checked
def plot_layers(regions: LinearRegions, *, ax: Any = None, window: Window | None = None) -> Any:
    """Draw the walls between the cells of a network with two inputs, colored by layer.

    A wall belongs to the first layer with a unit that changes sign there.  The first layer is dark and thick, later
    ones are lighter and thinner.

    Raises UnsupportedError unless the regions are those of a network's canonical complex, and InputError for another
    number of inputs.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]], [[1]]], [[0, 0], [-1], [0]])
    >>> ax = plot_layers(tp.linear_regions(net))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['layer 1', 'layer 2']
    """
    view, layers, present, colors, widths = _walls_by_layer(regions, window, 2)
    ax = view.axes(ax)
    scale = max(0.3, wall_width(len(view.cells)) / MAX_WIDTH)
    for i in reversed(present):
        draw_lines(ax, view.walls.take(layers == i).segments, colors=[colors[i]], linewidths=scale * widths[i])
    line_legend(ax, {f"layer {i + 1}": (colors[i], 1.4 * widths[i]) for i in present})
    return ax


@checked
def plot_walls_in_space(
    regions: LinearRegions, *, ax: Any = None, window: Window | None = None, alpha: float = 0.22
) -> Any:
    """Draw the walls between the cells of a network with three inputs, colored by layer, in three-dimensional axes.

    Walls have the colors of :func:`plot_layers` and the opacity ``alpha``; the edges of the complex are lines.

    Raises UnsupportedError unless the regions are those of a network's canonical complex, and InputError for another
    number of inputs.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 1, 1]]])
    >>> ax = plot_walls_in_space(tp.linear_regions(net))
    >>> len(ax.collections)  # the box, the walls, the edges
    3
    """
    view, layers, present, colors, widths = _walls_by_layer(regions, window, 3)
    ax = space_axes(view.window, ax, view.note)
    # one collection, so that all polygons are sorted by their depth
    draw_polygons(ax, view.walls.polygons, [(*colors[i], alpha) for i in layers])
    draw_lines(ax, view.faces(1).segments, linewidths=0.5, alpha=0.7)
    line_legend(ax, {f"layer {i + 1}": (colors[i], 2.8 * widths[i]) for i in present})
    return ax


@checked
def interactive_walls(regions: LinearRegions, *, window: Window | None = None, opacity: float = 0.35) -> Any:
    """Return a Plotly figure of what :func:`plot_walls_in_space` draws; its legend switches layers on and off.

    Raises what that function raises.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 1, 1]]])
    >>> figure = interactive_walls(tp.linear_regions(net))
    >>> [trace.name for trace in figure.data], len(figure.data[0].i)  # 12 quadrants, of two triangles each
    (['layer 1', 'edges', 'window'], 24)
    """
    view, layers, present, colors, _ = _walls_by_layer(regions, window, 3)
    walls = [interactive.mesh(view.walls.take(layers == i), colors[i], f"layer {i + 1}", opacity) for i in present]
    edges = interactive.lines(view.faces(1).segments, "edges", INK, 2)
    return interactive.figure([*walls, edges], view.window)


def _walls_by_layer(
    regions: LinearRegions, window: Window | None, dimension: int
) -> tuple[View, NDArray[np.intp], list[int], list[Any], list[float]]:
    """The view, the layer of every wall in it, the layers that occur, and the colors and widths of all layers."""
    layers = layers_of_walls(regions)
    view = View.of(regions.complex, window, dimensions=(dimension,))
    shown = layers[view.walls.ids]
    return view, shown, np.unique(shown).tolist(), *layer_styles(int(layers.max(initial=-1)) + 1)


def layers_of_walls(regions: LinearRegions) -> NDArray[np.intp]:
    """Return for every wall the first layer, from 0, with a unit that changes sign; raises UnsupportedError."""
    n = len(regions.canonical.complex.walls.facets)
    return np.fromiter((units[0][0] for units in CellWalls(regions).units), dtype=np.intp, count=n)
