"""Axes that show a window, in the plane and in space, and what is drawn into all of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from troppoly.errors import require
from troppoly.plotting.clipping import ClippedFaces, RoundedComplex
from troppoly.plotting.palette import FAINT, INK
from troppoly.plotting.windows import Window, intervals

__all__ = ["draw_domain", "draw_segments", "plane_axes", "space_axes", "wall_width"]


MAX_WIDTH = 1.2
"""The line width of the walls of few cells."""


def plane_axes(window: Window, ax: Any = None) -> Any:
    """Return axes that show a window of the plane: ``ax``, or axes in a figure of their own.

    New axes have equal units unless the window is a strip; the figure is not in pyplot's list.
    """
    xmin, xmax, ymin, ymax = window
    if ax is None:
        ratio = (ymax - ymin) / (xmax - xmin)
        equal = 1 / 3 <= ratio <= 3
        width, height = (7 * min(1 / ratio, 1), 7 * min(ratio, 1)) if equal else (7, 7)
        figure = require("matplotlib.figure", extra="plot").Figure(
            figsize=(width + 0.6, height + 0.6), layout="constrained"
        )
        ax = figure.subplots()
        ax.set_aspect("equal" if equal else "auto")
    ax.set(xlim=(xmin, xmax), ylim=(ymin, ymax), xlabel="$x_1$", ylabel="$x_2$")
    return ax


def space_axes(window: Window, ax: Any = None) -> Any:
    """Return three-dimensional axes that show a window of R^3: ``ax``, or axes in a figure of their own.

    The window is drawn as a thin box, so that it is seen where faces are cut off.  New axes have
    equal units if the sides of the box are within a factor of three.
    """
    box = intervals(window)
    if ax is None:
        require("mpl_toolkits.mplot3d", extra="plot")
        figure = require("matplotlib.figure", extra="plot").Figure(figsize=(7.6, 6.6))
        ax = figure.add_axes((0.0, 0.02, 0.94, 0.91), projection="3d")
        sides = box[:, 1] - box[:, 0]
        ax.set_box_aspect(sides if sides.max() <= 3 * sides.min() else (1, 1, 0.8), zoom=0.92)
        ax.view_init(elev=22, azim=-58)
    for axis, bounds in zip("xyz", box, strict=True):
        ax.set(**{f"{axis}lim": bounds.tolist()})
        getattr(ax, f"{axis}axis").set_pane_color((1, 1, 1, 0))
    ax.grid(False)
    ax.locator_params(nbins=6)
    ax.set(xlabel="$x_1$", ylabel="$x_2$")
    ax.set_zlabel("$x_3$", labelpad=8)
    lines = require("mpl_toolkits.mplot3d.art3d", extra="plot").Line3DCollection
    ax.add_collection3d(lines(box_edges(window), colors=FAINT, linewidths=0.6), autolim=False)
    return ax


def box_edges(window: Window) -> Any:
    """Return the (12, 2, 3) edges of a box.

    >>> len({tuple(end) for edge in box_edges((0, 1, 0, 1, 0, 1)).tolist() for end in edge})
    8
    """
    box = intervals(window)
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    pairs = [(a, b) for a in corners for b in corners if (b - a).min() == 0 and (b - a).sum() == 1]
    return box[np.arange(3), np.array(pairs)]


def wall_width(n_cells: int) -> float:
    """Return a line width for the walls of so many cells.

    >>> wall_width(100), wall_width(10**6)
    (1.2, 0.25)
    """
    return float(np.clip(12 / np.sqrt(max(n_cells, 1)), 0.25, MAX_WIDTH))


def draw_segments(ax: Any, segments: ClippedFaces, **style: Any) -> None:
    """Draw edges of the plane as one collection."""
    lines = require("matplotlib.collections", extra="plot").LineCollection
    style = {"colors": INK, "capstyle": "round"} | style
    ax.add_collection(lines(segments.points.reshape(-1, 2, 2), **style), autolim=False)


def draw_domain(ax: Any, picture: RoundedComplex, window: Window) -> None:
    """Draw the boundary of the domain: the facets of only one cell, where the complex really ends."""
    complex_ = picture.complex
    if complex_.cone_dimension == 1:
        return
    once = (
        np.bincount(complex_.facets[-1].indices, minlength=complex_.n_cones(complex_.cone_dimension - 1)) == 1
    )
    border = picture.faces(1, window, once)
    if len(border):
        draw_segments(ax, border, linewidths=2.2, zorder=2.5)
