"""Decision boundaries in the plane: who wins where, and where it is a tie."""

from __future__ import annotations

from typing import Any

import numpy as np

from troppoly.errors import require
from troppoly.geometry.decision_boundary import DecisionBoundary
from troppoly.plotting.axes import draw_segments
from troppoly.plotting.palette import FAINT, INK, class_colours
from troppoly.plotting.regions import PlanePicture
from troppoly.plotting.subcomplexes import ClippedSubcomplex
from troppoly.plotting.windows import WIDE_MARGIN, Window, window_of
from troppoly.polytope.components import connected_components

__all__ = ["plot_decision_boundary"]

LABELLED = 0.01
"""The part of the window that a connected part must have to be labelled by its class."""


def plot_decision_boundary(
    boundary: DecisionBoundary, *, ax: Any = None, window: Window | None = None, labels: Any = None
) -> Any:
    """Draw the decision boundary of a network with two inputs, and return the Matplotlib axes.

    The boundary is drawn thick, over the sets {f_i >= all others} in a colour for every class i.  These are
    labelled by ``labels`` (by default the numbers 0, 1, ...) where a connected part has some area in the
    window.  Thin lines are the walls of the network's cells, in which it bends.  Where
    several classes are maximal on a whole cell, it is hatched.

    ``ax`` are the axes to draw into; ``window`` is (xmin, xmax, ymin, ymax), by default one that shows
    every vertex of the boundary.

    Raises InputError if the network has not two inputs, and MissingDependencyError without Matplotlib.

    >>> import troppoly as tp
    >>> from troppoly.geometry import decision_boundary
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [0, 0]]])  # the maximum of x, y and 0
    >>> ax = plot_decision_boundary(decision_boundary(net))
    >>> sorted(text.get_text() for text in ax.texts)
    ['0', '1', '2']
    """
    complex_ = boundary.regions.complex
    whole = PlanePicture.of(complex_, window)  # (refuses other dimensions)
    subcomplex = boundary.subcomplex
    if window is None:
        chosen = subcomplex.members[0] & ~complex_.faces_at_infinity[0]
        if chosen.any():
            whole = PlanePicture.of(complex_, window_of(whole.rounded.rays[chosen, :-1], margin=WIDE_MARGIN))
    picture = ClippedSubcomplex.of(subcomplex, whole.window, whole.rounded)
    maximal = boundary.maximal[-1]
    n = maximal.shape[1]
    ties = maximal.sum(axis=1) >= 2
    ax = whole.axes(ax)
    colours = class_colours(n)
    whole.fill(ax, colours[np.argmax(maximal, axis=1)])
    if ties[whole.cells.ids].any():
        polygons = require("matplotlib.collections", extra="plot").PolyCollection
        tied = whole.cells.take(ties[whole.cells.ids])
        ax.add_collection(
            polygons(tied.polygons, facecolors="#ffffff", edgecolors=FAINT, linewidths=0, hatch="////"),
            autolim=False,
        )
    draw_segments(ax, whole.walls, colors=INK, linewidths=0.35, alpha=0.45)
    draw_segments(ax, picture.edges, linewidths=2.2, zorder=3)
    if len(picture.points):
        ax.plot(*picture.points.T, linestyle="none", marker="o", markersize=5, color=INK)
    _label_classes(ax, boundary, whole, labels)
    return ax


def _label_classes(ax: Any, boundary: DecisionBoundary, whole: PlanePicture, labels: Any) -> None:
    """Write the maximal classes into the largest polygon of every large component of where they are."""
    areas, centroids = whole.cells.areas_and_centroids()
    maximal, complex_ = boundary.maximal[-1], boundary.regions.complex
    names = [str(i) for i in range(maximal.shape[1])] if labels is None else [str(label) for label in labels]
    _, kinds = np.unique(maximal, axis=0, return_inverse=True)
    walls = complex_.walls
    same = kinds[walls.first] == kinds[walls.second]
    parts = connected_components(complex_.n_cells, walls.first[same], walls.second[same])[whole.cells.ids]
    effects = require("matplotlib.patheffects", extra="plot")
    halo = [effects.withStroke(linewidth=2.5, foreground="white")]
    for part in np.unique(parts):
        inside = np.flatnonzero(parts == part)
        if areas[inside].sum() < LABELLED * areas.sum():
            continue
        largest = inside[np.argmax(areas[inside])]
        winners = np.flatnonzero(maximal[whole.cells.ids[largest]])
        style = {"color": INK, "weight": "bold", "path_effects": halo, "in_layout": False}
        ax.text(*centroids[largest], " = ".join(names[i] for i in winners), ha="center", va="center", **style)
