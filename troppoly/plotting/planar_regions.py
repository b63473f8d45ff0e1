"""Linear regions of the plane: by their affine map, by the norm of its matrix, and which are adjacent."""

from __future__ import annotations

from math import inf
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from troppoly.arguments import Norm, checked
from troppoly.errors import InputError
from troppoly.geometry.lipschitz import jacobian_norms
from troppoly.plotting.axes import draw_lines, draw_points, matplotlib, new_figure
from troppoly.plotting.coloring import ACCENT, color_map
from troppoly.plotting.functions import plot_graph, scaled
from troppoly.plotting.view import View, between_regions, cell_colors
from troppoly.plotting.windows import Window, central_window, window_of
from troppoly.regions.regions import LinearRegions
from troppoly.writing import whole_file

__all__ = ["overview", "plot_adjacency", "plot_gradient_norms", "plot_regions"]

LARGEST = 1000  # the number of cells beyond which nodes and edges would be one blot


@checked
def plot_regions(
    regions: LinearRegions, *, ax: Any = None, window: Window | None = None, colormap: str = "YlGnBu_r"
) -> Any:
    """Draw the linear regions of a function of two variables (of one: :func:`plot_graph`).

    Two cells have the same color if their affine maps A x + b are the same.  The color follows the Frobenius norm of
    A, from the flattest maps (dark) to the steepest (light), up to the shift that keeps neighboring regions apart
    (see :mod:`troppoly.plotting.coloring`).  Walls between two linear regions are solid; walls inside of one, where
    the activations change and the map does not, are dotted.  A thick line is the boundary of the domain: where
    regions meet the frame without a line they go on.

    Raises InputError for another number of variables.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})
    >>> ax = plot_regions(tp.linear_regions(f))
    >>> ax.get_xlim() == ax.get_ylim() == (-1, 1)
    True
    """
    if regions.complex.ambient_dimension == 1:
        return plot_graph(regions, ax=ax, window=window, colormap=colormap)
    view = View.of(regions.complex, window)
    colors = cell_colors(regions, colormap)
    ax = view.axes(ax, colors)
    view.draw_walls(ax, regions, colors)
    return ax


@checked
def plot_gradient_norms(
    regions: LinearRegions, *, norm: Norm = inf, ax: Any = None, window: Window | None = None, colormap: str = "cividis"
) -> Any:
    """Draw linear regions of the plane colored by the operator norm of their matrix A, with a color bar.

    The norm, by which x -> A x + b changes at most, is rational for the 1- and the infinity-norm
    (:func:`troppoly.geometry.jacobian_norms`); the largest one is the Lipschitz constant.

    Raises InputError unless ``norm`` is 1 or ``math.inf``, or for another number of variables.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 2]]])
    >>> (bar,) = plot_gradient_norms(tp.linear_regions(net)).child_axes
    >>> [float(bound) for bound in bar.get_ylim()]
    [0.0, 3.0]
    """
    norms, unit = scaled(jacobian_norms(regions, norm))
    view = View.of(regions.complex, window)
    scale = matplotlib("cm").ScalarMappable(
        matplotlib("colors").Normalize(0.0, float(norms.max()) or 1.0), color_map(colormap)
    )
    colors = scale.to_rgba(norms)[regions.region_of_cell]
    ax = view.axes(ax, colors)
    view.draw_walls(ax, regions, colors)
    if ax.figure.get_layout_engine() is None:  # nothing else makes room for the bar
        box = ax.get_position(original=True)
        ax.set_position((box.x0, box.y0, 0.8 * box.width, box.height))
    label = rf"$\|A\|_{{{1 if norm == 1 else chr(92) + 'infty'}}}{unit}$"
    ax.figure.colorbar(scale, cax=ax.inset_axes((1.03, 0, 0.05, 1)), label=label)
    return ax


@checked
def plot_adjacency(regions: LinearRegions, *, ax: Any = None, window: Window | None = None) -> Any:
    """Draw the adjacency graph of the cells on the linear regions of the plane.

    A node is a cell, at the centroid of its part in the window; an edge joins two cells through the middle of the
    wall between them, if that is in the window.  Edges inside of a linear region are dotted: contracting them gives
    the graph of linear regions.

    Raises InputError for another number of variables or if more than 1,000 cells meet the window.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    >>> len(plot_adjacency(tp.linear_regions(net)).lines[-1].get_xdata())
    4
    """
    view = View.of(regions.complex, window)
    if len(view.cells) > LARGEST:
        many = f"An adjacency graph of {len(view.cells):,} cells cannot be read"
        raise InputError(f"{many}: at most {LARGEST:,} are drawn, so choose a smaller window.")
    colors = 1 - (1 - cell_colors(regions)) * 0.45
    ax = view.axes(ax, colors)
    view.draw_walls(ax, regions, colors, linewidths=0.5)
    _, centroids = view.cells.areas_and_centroids()
    place = np.full((regions.n_cells, 2), np.nan)
    place[view.cells.ids] = centroids
    walls, ids = regions.complex.walls, view.walls.ids
    paths = np.stack([place[walls.first[ids]], view.walls.segments.mean(axis=1), place[walls.second[ids]]], axis=1)
    between = between_regions(regions)[ids]
    size = float(np.clip(40 / np.sqrt(max(len(centroids), 1)), 0.9, 5.5))
    for chosen, style in ((between, "-"), (~between, ":")):
        draw_lines(ax, paths[chosen], colors=ACCENT, linewidths=0.28 * size, linestyles=style)
    draw_points(ax, centroids, size)
    return ax


@checked
def overview(regions: LinearRegions, window: Window | None = None) -> Any:
    """Return a figure of linear regions of the plane or the line in two views: with every vertex, and a part.

    The part is marked in the whole; by default it is the :func:`central_window`, and left out if that is the whole.

    Raises InputError for another number of variables.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})
    >>> [ax.get_title() for ax in overview(tp.linear_regions(f)).axes]
    ['3 linear regions, every vertex']
    """
    d = 1 if regions.complex.ambient_dimension == 1 else 2
    vertices = View.of(regions.complex, window, dimensions=(d,)).rounded.vertices
    every = window_of(vertices, d)
    part = central_window(vertices) if window is None else window
    both = window is not None or part != every
    figure = new_figure(13 if both else 7, 6.4)
    views = figure.subplots(1, 1 + both, squeeze=False)[0]
    plot_regions(regions, ax=views[0], window=every)
    views[0].set_title(f"{len(regions):,} linear region{'' if len(regions) == 1 else 's'}, every vertex")
    if both:
        plot_regions(regions, ax=views[1], window=part)
        views[1].set_title("the part in the frame")
        views[1].yaxis.tick_right()  # on the left, lines from the frame would cross its numbers
        views[1].yaxis.set_label_position("right")
        (xmin, xmax), (ymin, ymax) = views[1].get_xlim(), views[1].get_ylim()
        frame = (xmin, ymin, xmax - xmin, ymax - ymin)
        views[0].indicate_inset(frame, inset_ax=views[1], edgecolor=ACCENT, alpha=1.0, linewidth=1.4)
    return figure


def check_picture_file(path: str | PathLike[str]) -> None:
    """Raise MissingDependencyError without Matplotlib, and InputError if it writes no picture with this suffix."""
    supported = sorted(new_figure(1, 1).canvas.get_supported_filetypes())
    if Path(path).suffix.removeprefix(".").lower() not in supported:
        endings = ", ".join("." + name for name in supported)
        raise InputError(f"{path}: the name of a picture must end in one of {endings}.")


def save_figure(figure: Any, path: str | PathLike[str]) -> None:
    """Write a figure to a file, whole or not at all; the suffix is the format.  Raises OSError."""
    with whole_file(path) as stream:
        figure.savefig(stream, dpi=160, format=Path(path).suffix.removeprefix(".").lower())
