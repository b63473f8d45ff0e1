"""Axes that show a window of the plane or of space, and what is drawn into all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from troppoly.errors import InputError, require
from troppoly.plotting.coloring import FAINT, INK
from troppoly.plotting.windows import Window, intervals

FARTHEST = 1e100  # the greatest coordinate of space whose powers, which the projection takes, are floats
MIN_SIZE = 5.0  # the least size of fonts, in points
MAX_WIDTH = 1.2  # the line width of the walls of few cells


def matplotlib(module: str) -> Any:
    """Return a module of Matplotlib; raises MissingDependencyError without it."""
    return require(f"matplotlib.{module}", extra="plot")


def new_figure(width: float, height: float, layout: str | None = "constrained") -> Any:
    """Return a figure, which is not in pyplot's list."""
    return matplotlib("figure").Figure(figsize=(width, height), layout=layout)


def check_axes(ax: Any, space: bool = False, given: bool = False) -> None:
    """Check that the axes to draw into are Matplotlib's, of the plane or of space (or None, unless ``given``)."""
    axes = matplotlib("axes").Axes
    if (ax is not None or given) and (not isinstance(ax, axes) or hasattr(ax, "get_zlim") != space):
        kind = "three-dimensional axes, made with projection='3d'," if space else "axes of the plane"
        raise InputError(f"The argument ax must be {kind} and not {ax!r}.")


def chart_axes(ax: Any, width: float, height: float) -> Any:
    """Return axes of the plane for a chart, new ones of this size if none are given, open at the top and the right."""
    check_axes(ax)
    ax = new_figure(width, height).subplots() if ax is None else ax
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def plane_axes(window: Window, ax: Any = None, note: str = "") -> Any:
    """Return axes that show a window of the plane; new ones have equal units unless the window is a strip."""
    check_axes(ax)
    xmin, xmax, ymin, ymax = window
    if ax is None:
        ratio = (ymax - ymin) / (xmax - xmin)
        equal = 1 / 3 <= ratio <= 3
        width, height = (7 * min(1 / ratio, 1), 7 * min(ratio, 1)) if equal else (7, 7)
        ax = new_figure(width + 0.6, height + 0.6).subplots()
        ax.set_aspect("equal" if equal else "auto")
    ax.set(xlim=(xmin, xmax), ylim=(ymin, ymax), xlabel="$x_0$", ylabel="$x_1$")
    add_note(ax, note)
    return ax


def space_axes(
    window: Window, ax: Any = None, note: str = "", aspect: Any = None, view: tuple[int, int] = (22, -58)
) -> Any:
    """Return three-dimensional axes that show a window of R^3 as a thin box, with equal units unless it is long."""
    box = intervals(window)
    check_axes(ax, space=True)
    if np.abs(box).max() > FARTHEST:
        raise InputError(f"A picture of space shows coordinates up to {FARTHEST:g}, and not the window {window}.")
    if ax is None:
        require("mpl_toolkits.mplot3d", extra="plot")
        ax = new_figure(7.6, 6.6, layout=None).add_axes((0.0, 0.02, 0.94, 0.91), projection="3d")
        sides = box[:, 1] - box[:, 0]
        usual = sides if sides.max() <= 3 * sides.min() else (1, 1, 0.8)
        ax.set_box_aspect(aspect or usual, zoom=0.95 if aspect else 0.92)
        ax.view_init(*view)
    for axis, bounds in zip("xyz", box, strict=True):
        ax.set(**{f"{axis}lim": bounds.tolist()})
        getattr(ax, f"{axis}axis").set_pane_color((1, 1, 1, 0))
    ax.grid(False)
    ax.locator_params(nbins=6)
    ax.set(xlabel="$x_0$", ylabel="$x_1$")
    ax.set_zlabel("$x_2$", labelpad=8)
    add_note(ax, note)
    draw_lines(ax, box_edges(window), colors=FAINT, linewidths=0.6)
    return ax


def add_note(ax: Any, note: str) -> None:
    """Write a note below the label of the horizontal axis, or at the bottom of a picture of space."""
    if note and hasattr(ax, "text2D"):
        ax.text2D(0.5, 0.0, note, transform=ax.transAxes, ha="center", va="bottom", size=8)
    elif note:
        style = {"textcoords": "offset points", "ha": "center", "va": "top", "size": 8, "annotation_clip": False}
        ax.annotate(note, (0.5, 0), (0, -2), xycoords=ax.xaxis.label, **style)


def box_edges(window: Window) -> Any:
    """Return the (12, 2, 3) edges of a box."""
    corners = np.indices((2, 2, 2)).reshape(3, -1).T
    pairs = [(a, b) for a in corners for b in corners if (b - a).min() == 0 and (b - a).sum() == 1]
    return intervals(window)[np.arange(3), np.array(pairs)]


def wall_width(n_cells: int) -> float:
    """Return a line width for the walls of so many cells."""
    return float(np.clip(12 / np.sqrt(max(n_cells, 1)), 0.25, MAX_WIDTH))


def draw_polygons(ax: Any, polygons: Any, colors: Any, **style: Any) -> None:
    """Draw (corners, d) arrays as one collection, in the plane so that no seams are seen between them."""
    if not hasattr(ax, "get_zlim"):
        style = {"edgecolors": "face", "linewidths": 0.3} | style
        ax.add_collection(matplotlib("collections").PolyCollection(polygons, facecolors=colors, **style), autolim=False)
    elif len(polygons):
        style = {"edgecolors": "none", "linewidths": 0, "zorder": 1} | style
        collection = require("mpl_toolkits.mplot3d.art3d", extra="plot").Poly3DCollection
        ax.add_collection3d(collection(polygons, facecolors=colors, **style), autolim=False)


def draw_lines(ax: Any, paths: Any, **style: Any) -> None:
    """Draw (points, d) arrays as one collection of lines, in ink if no color is given."""
    style = {"colors": INK, "linewidths": 0.7, "capstyle": "round"} | style
    if not hasattr(ax, "get_zlim"):
        ax.add_collection(matplotlib("collections").LineCollection(paths, **style), autolim=False)
    elif len(paths):
        collection = require("mpl_toolkits.mplot3d.art3d", extra="plot").Line3DCollection
        ax.add_collection3d(collection(paths, **style), autolim=False)


def draw_points(ax: Any, points: Any, size: float = 5, **style: Any) -> None:
    """Draw (n, d) points, if there are any (an empty line that is not clipped breaks the layout)."""
    if len(points):
        ax.plot(*points.T, **{"linestyle": "none", "marker": "o", "markersize": size, "color": INK} | style)


def halo(width: float = 3) -> list[Any]:
    """Return the effect of a white halo around a text."""
    return [matplotlib("patheffects").withStroke(linewidth=width, foreground="white")]


def write(ax: Any, place: Any, text: str, **style: Any) -> Any:
    """Write a text around a place, with a white halo, and return it."""
    style = {"ha": "center", "va": "center", "in_layout": False, "path_effects": halo()} | style
    return ax.text(*place, text, **style)


def side_legend(ax: Any, **options: Any) -> None:
    """Add a legend beside the axes, where neither a title nor a factor of an axis is (inside, in space)."""
    anchor = (0, 1) if hasattr(ax, "get_zlim") else (1.01, 1)
    ax.legend(loc="upper left", bbox_to_anchor=anchor, frameon=False, borderaxespad=0.2, **options)


def line_legend(ax: Any, lines: Mapping[str, tuple[Any, float]]) -> None:
    """Add a legend of lines, if there are any, by their names: a color and a width for each."""
    line = matplotlib("lines").Line2D
    handles = [line([], [], color=color, linewidth=width, label=name) for name, (color, width) in lines.items()]
    if handles:
        side_legend(ax, handles=handles)


def mark_triangle(ax: Any, names: Sequence[str]) -> None:
    """Mark the points (0, 0), (1, 0) and (0, 1) of a plane by their names."""
    places = np.array([(0, 0), (1, 0), (0, 1)])
    draw_points(ax, places, 6, mec="white")
    for name, place in zip(names, places, strict=True):
        ax.annotate(name, place, (6, 6), textcoords="offset points", size=12, color=INK, path_effects=halo())


def literal(text: Any) -> str:
    r"""Return text that Matplotlib writes as it is, and not as a formula."""
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
        while (width := text.get_window_extent().width) > frame.width and (n := len(text.get_text())) > 1:
            text.set_text(text.get_text()[: int((n - 1) * frame.width / width)].rstrip("\\") + "\u2026")
        box = text.get_window_extent()
        shift = np.maximum(frame.min - box.min, 0) - np.maximum(box.max - frame.max, 0)
        text.set_position(ax.transData.inverted().transform(ax.transData.transform(text.get_position()) + shift))
        box = text.get_window_extent()
        if any(box.overlaps(other) for other in placed):
            text.remove()
        else:
            placed.append(box)
