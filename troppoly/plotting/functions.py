"""The graph of a piecewise linear function of one variable, or of two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.errors import InputError
from troppoly.exact.scalar import ObjectArray
from troppoly.plotting import interactive
from troppoly.plotting.axes import (
    add_note,
    check_axes,
    draw_lines,
    draw_points,
    draw_polygons,
    new_figure,
    side_legend,
    space_axes,
    wall_width,
)
from troppoly.plotting.clipping import ClippedFaces
from troppoly.plotting.coloring import ACCENT, FAINT, INK, LINES, shaded
from troppoly.plotting.view import View, between_regions, cell_colors
from troppoly.plotting.windows import Window, window_of
from troppoly.regions.regions import LinearRegions

__all__ = ["interactive_surface", "plot_graph", "plot_surface"]

MARKED = 200  # up to so many breakpoints are marked by dots
LARGE = 100  # numbers with more digits are divided by a power of ten before they are rounded


@checked
def plot_graph(
    regions: LinearRegions, *, ax: Any = None, window: Window | None = None, colormap: str = "YlGnBu_r"
) -> Any:
    """Draw the graph of a function of one variable, every output as a line; ``window`` is (xmin, xmax).

    Dots are the breakpoints, where the affine map changes.  The linear regions are bands in the colors of
    :func:`plot_regions`; a dotted line in one is where only the activations change.

    Raises InputError for another number of variables.

    >>> import troppoly as tp
    >>> roof = tp.Network.from_arrays([[[1], [-1]], [[-1, -1]]])  # -|x|
    >>> ax = plot_graph(tp.linear_regions(roof), window=(-2, 1))
    >>> ax.lines[0].get_xydata().tolist(), ax.lines[1].get_xydata().tolist()
    ([[-2.0, -2.0], [0.0, 0.0], [1.0, -1.0]], [[0.0, 0.0]])
    """
    check_axes(ax)
    view = View.of(regions.complex, window, dimensions=(1,))
    cells = view.cells
    maps = regions.maps.exact(cells.ids)
    x, first = np.unique(cells.points[:, 0], return_index=True)
    columns = [_values_on(maps[:, i], cells)[first] for i in range(maps.shape[1])]
    heights, unit = scaled(np.concatenate(columns))
    outputs = heights.reshape(len(columns), -1)
    if ax is None:
        ax = new_figure(7.6, 5.4).subplots()
    across = ax.get_xaxis_transform()
    bands = [[(a, 0), (b, 0), (b, 1), (a, 1)] for a, b in cells.segments[..., 0]]
    fills = 1 - (1 - cell_colors(regions, colormap)[cells.ids]) * 0.45
    draw_polygons(ax, bands, fills, transform=across)
    between, places = between_regions(regions)[view.walls.ids], view.walls.points[:, 0]
    for chosen, color, dash in ((between, FAINT, "-"), (~between, INK, ":")):
        lines = [[(a, 0), (a, 1)] for a in places[chosen]]
        draw_lines(ax, lines, colors=color, linewidths=0.6, linestyles=dash, transform=across)
    for i, values in enumerate(outputs):
        color = LINES[i % len(LINES)]
        ax.plot(x, values, color=color, linewidth=1.8, label=f"output {i}", zorder=3)
        if np.count_nonzero(between) <= MARKED:
            dots = np.column_stack([x, values])[np.isin(x, places[between])]
            draw_points(ax, dots, 3.8, color=ACCENT if i == 0 else color, zorder=4)
    ax.set(xlim=view.window, ylim=window_of(outputs, 1), xlabel="$x$", ylabel=f"$f(x){unit}$")
    add_note(ax, view.note)
    if len(outputs) > 1:
        side_legend(ax)
    return ax


@checked
def plot_surface(
    regions: LinearRegions, *, output: int = 0, ax: Any = None, window: Window | None = None, colormap: str = "YlGnBu_r"
) -> Any:
    """Draw the graph of an output over the linear regions of the plane, in three-dimensional axes.

    Every cell is an outlined polygon of the graph, in the color that :func:`plot_regions` gives it, shaded by its
    slope.  ``window`` is one of the plane, (xmin, xmax, ymin, ymax); the graph goes on outside of it.

    Raises InputError for another number of variables or if there is no such output.

    >>> import troppoly as tp
    >>> roof = tp.Network.from_arrays([[[1, 0], [-1, 0]], [[-1, -1]]])  # -|x|
    >>> ax = plot_surface(tp.linear_regions(roof), window=(-1, 1, -1, 1))
    >>> [round(float(z), 2) for z in ax.get_zlim()], len(ax.collections[1].get_facecolor())
    ([-1.1, 0.1], 2)
    """
    cells, _, box, unit, note = graph_of_function(regions, output, window)
    colors = shaded(cell_colors(regions, colormap)[cells.ids], cells, box)
    ax = space_axes(box, ax, note, aspect=(1, 1, 0.7))
    draw_polygons(ax, cells.polygons, colors, edgecolors=INK, linewidths=0.5 * wall_width(len(cells)))
    ax.set_zlabel(f"$f(x){unit}$", labelpad=8)
    return ax


@checked
def interactive_surface(
    regions: LinearRegions, *, output: int = 0, window: Window | None = None, colormap: str = "YlGnBu_r"
) -> Any:
    """Return a Plotly figure of the graph of an output, as :func:`plot_surface` draws it, with its folds.

    Raises what that function raises.

    >>> import troppoly as tp
    >>> roof = tp.Network.from_arrays([[[1, 0], [-1, 0]], [[-1, -1]]])  # -|x|
    >>> [trace.name for trace in interactive_surface(tp.linear_regions(roof)).data]
    ['graph', 'folds', 'window']
    """
    cells, folds, box, unit, _ = graph_of_function(regions, output, window)
    mesh = interactive.mesh(cells, cell_colors(regions, colormap)[cells.ids], "graph", 1.0)
    figure = interactive.figure([mesh, interactive.lines(folds.segments, "folds", INK, 3)], box)
    shape = {"aspectmode": "manual", "aspectratio": {"x": 1, "y": 1, "z": 0.7}}
    return figure.update_layout(scene={"zaxis_title": f"f(x){unit}", **shape})


def graph_of_function(
    regions: LinearRegions, output: int = 0, window: Window | None = None
) -> tuple[ClippedFaces, ClippedFaces, Window, str, str]:
    """Return the polygons and folds of the graph of an output in R^3, over a window, and the box around it.

    After them comes what the heights are divided by (see :func:`scaled`), and what the picture leaves out.
    """
    view = View.of(regions.complex, window)
    region, first = regions.region_of_cell, regions.complex.walls.first
    maps = regions.maps.exact(np.unique(region, return_index=True)[1])
    if not 0 <= output < maps.shape[1]:
        raise InputError(f"The function has no output {output!r}: there are {maps.shape[1]}.")
    folds = view.walls.take(between_regions(regions)[view.walls.ids])
    parts = [(view.cells, region[view.cells.ids]), (folds, region[first[folds.ids]])]
    heights, unit = scaled(np.concatenate([_values_on(maps[owners, output], faces) for faces, owners in parts]))
    at = np.split(heights, [len(view.cells.points)])
    graph, edges = (
        ClippedFaces(faces.ids, np.column_stack([faces.points, z]), faces.indptr)
        for (faces, _), z in zip(parts, at, strict=True)
    )
    return graph, edges, (*view.window, *window_of(heights[:, None], 1)), unit, view.note


def _values_on(forms: ObjectArray, faces: ClippedFaces) -> ObjectArray:
    """The exact value at every corner of faces of the affine form (a, b) of its face, given as (n, d + 1)."""
    at = forms[faces.owners]
    exact = np.frompyfunc(mpq, 1, 1)(faces.points)
    return np.asarray((exact * at[:, :-1]).sum(axis=1) + at[:, -1])


def scaled(values: Sequence[Any] | ObjectArray) -> tuple[NDArray[np.float64], str]:
    """Return rationals in floats, and the power of ten by which those are divided first that are not floats."""
    largest = max(map(abs, values), default=mpq(0))
    digits = len((largest.numerator // largest.denominator).digits()) - 1
    if digits < LARGE:
        return np.array(values, dtype=float), ""
    return np.array([value / mpq(10) ** digits for value in values], dtype=float), f" / 10^{{{digits}}}"
