"""Axes that show a window, in the plane and in space, and what is drawn into all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from troppoly.errors import InputError, require
from troppoly.plotting.clipping import ClippedFaces, RoundedComplex
from troppoly.plotting.palette import FAINT, INK
from troppoly.plotting.windows import Window, intervals

__all__ = [
    "add_note",
    "check_axes",
    "draw_domain",
    "draw_segments",
    "left_out",
    "literal",
    "plane_axes",
    "settle",
    "side_legend",
    "space_axes",
    "wall_width",
]


FARTHEST = 1e100
"""The greatest coordinate of space whose powers, which the projection takes, are floats."""

MIN_SIZE = 5.0
"""The least size of fonts, in points."""

MAX_WIDTH = 1.2
"""The line width of the walls of few cells."""


def check_axes(ax: Any, space: bool, given: bool = False) -> None:
    """Check that the axes to draw into are Matplotlib's, of the plane or of space (or None, unless ``given``)."""
    axes = require("matplotlib.axes", extra="plot").Axes
    if (ax is not None or given) and (not isinstance(ax, axes) or hasattr(ax, "get_zlim") != space):
        kind = "three-dimensional axes, made with projection='3d'," if space else "axes of the plane"
        raise InputError(f"The argument ax must be {kind} and not {ax!r}.")


def left_out(vertices: Any, window: Window) -> str:
    """Return a line that says how many of the (n, d) vertices lie outside of a window, or an empty one.

    >>> left_out([[0.0, 0.0], [3.0, 0.0], [np.inf, 0.0]], (-1, 1, -1, 1))
    '2 of 3 vertices are outside'
    """
    low, high = intervals(window).T
    n = np.count_nonzero(~np.all((low <= vertices) & (vertices <= high), axis=1)) if len(vertices) else 0
    return f"{n:,} of {len(vertices):,} vertices are outside" if n else ""


def add_note(ax: Any, note: str) -> None:
    """Write a note below the label of the horizontal axis, or at the bottom of a picture of space."""
    if note and hasattr(ax, "text2D"):
        ax.text2D(0.5, 0.0, note, transform=ax.transAxes, ha="center", va="bottom", size=8)
    elif note:
        style = {"textcoords": "offset points", "ha": "center", "va": "top", "size": 8, "annotation_clip": False}
        ax.annotate(note, (0.5, 0), (0, -2), xycoords=ax.xaxis.label, **style)


def plane_axes(window: Window, ax: Any = None, note: str = "") -> Any:
    """Return axes that show a window of the plane: ``ax``, or axes in a figure of their own.

    New axes have equal units unless the window is a strip; the figure is not in pyplot's list.  A note
    stands below the axis.
    """
    check_axes(ax, space=False)
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
    add_note(ax, note)
    return ax


def space_axes(window: Window, ax: Any = None, note: str = "") -> Any:
    """Return three-dimensional axes that show a window of R^3: ``ax``, or axes in a figure of their own.

    The window is drawn as a thin box, so that it is seen where faces are cut off.  New axes have
    equal units if the sides of the box are within a factor of three.
    """
    box = intervals(window)
    check_axes(ax, space=True)
    if np.abs(box).max() > FARTHEST:
        raise InputError(f"A picture of space shows coordinates up to {FARTHEST:g}, and not the window {window}.")
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
    add_note(ax, note)
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
    once = np.bincount(complex_.facets[-1].indices, minlength=complex_.n_cones(complex_.cone_dimension - 1)) == 1
    border = picture.faces(1, window, once)
    if len(border):
        draw_segments(ax, border, linewidths=2.2, zorder=2.5)


def side_legend(ax: Any, **options: Any) -> None:
    """Add a legend beside the axes, where neither a title nor a factor of an axis is (inside, in space)."""
    anchor = (0, 1) if hasattr(ax, "get_zlim") else (1.01, 1)
    ax.legend(loc="upper left", bbox_to_anchor=anchor, frameon=False, borderaxespad=0.2, **options)


def literal(text: Any) -> str:
    r"""Return text that Matplotlib writes as it is, and not as a formula.

    >>> print(literal("$ & 100%"))
    \$ & 100%
    """
    return str(text).replace("$", r"\$")


def settle(ax: Any, texts: Sequence[Any]) -> None:
    """Move texts into the axes, small and cut off if they are too long, and remove those that overlap others before."""
    ax.figure.canvas.figure.draw_without_rendering()  # where the axes are is known then
    frame = ax.get_window_extent()
    placed: list[Any] = []
    for text in texts:
        room = frame.width / text.get_window_extent().width
        if room < 1:
            text.set_fontsize(max(MIN_SIZE, 0.98 * room * text.get_fontsize()))
        while (width := text.get_window_extent().width) > frame.width and len(text.get_text()) > 1:
            text.set_text(
                text.get_text()[: int((len(text.get_text()) - 1) * frame.width / width)].rstrip("\\") + "\u2026"
            )
        box = text.get_window_extent()
        shift = np.maximum(frame.min - box.min, 0) - np.maximum(box.max - frame.max, 0)
        text.set_position(ax.transData.inverted().transform(ax.transData.transform(text.get_position()) + shift))
        box = text.get_window_extent()
        if any(box.overlaps(other) for other in placed):
            text.remove()
        else:
            placed.append(box)
