"""Decision boundaries in the plane: who wins where, and where it is a tie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.complex.topology import connected_components
from troppoly.errors import InputError, require
from troppoly.geometry.boundaries import DecisionBoundary
from troppoly.plotting.axes import draw_segments, literal, settle
from troppoly.plotting.palette import FAINT, INK, class_colours
from troppoly.plotting.plane import PlanePicture
from troppoly.plotting.subcomplexes import ClippedSubcomplex
from troppoly.plotting.windows import WIDE_MARGIN, Window

__all__ = ["plot_decision_boundary"]

LISTED = 3
"""So many classes of a plateau are named at most."""

LABELLED = 0.01
"""The part of the window that a connected part must have to be labelled by its class."""

CANDIDATES = 32
"""A label is put into one of so many largest cells of a connected part."""


@checked
def plot_decision_boundary(
    boundary: DecisionBoundary, *, ax: Any = None, window: Window | None = None, labels: Sequence[Any] | None = None
) -> Any:
    """Draw the decision boundary of a network with two inputs, and return the Matplotlib axes.

    The boundary is drawn thick, over the sets {f_i >= all others} in a colour for every class i.  These are
    labelled by ``labels``, a text for every class (by default "class 0", ...), far from the borders, where a connected
    part has some area in the window and no larger label is in the way.  Thin lines are the walls of the network's cells, in which
    it bends.  Where several classes are maximal on a whole cell, a *plateau*, it is hatched, and only
    its border is thick.

    ``ax`` are the axes to draw into; ``window`` is (xmin, xmax, ymin, ymax), by default one that shows
    where most vertices of the boundary are.

    Raises InputError if the network has not two inputs or there are more or fewer labels than classes, and MissingDependencyError without Matplotlib.

    >>> import troppoly as tp
    >>> from troppoly.geometry import decision_boundary
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [0, 0]]])  # the maximum of x, y and 0
    >>> ax = plot_decision_boundary(decision_boundary(net))
    >>> sorted(text.get_text() for text in ax.texts)
    ['class 0', 'class 1', 'class 2']
    """
    complex_, subcomplex = boundary.regions.complex, boundary.subcomplex
    maximal = boundary.maximal[-1]
    n = maximal.shape[1]
    names = [f"class {i}" for i in range(n)] if labels is None else [str(label) for label in labels]
    if len(names) != n:
        raise InputError(f"There are {len(names)} labels for {n} classes.")
    whole = PlanePicture.of(complex_, window, rays=subcomplex.members[0], margin=WIDE_MARGIN)
    picture = ClippedSubcomplex.of(subcomplex, whole.window, whole.rounded)
    ties = maximal.sum(axis=1) >= 2
    ax = whole.axes(ax)
    colours = class_colours(n)
    whole.fill(ax, colours[np.argmax(maximal, axis=1)])
    if ties[whole.cells.ids].any():
        polygons = require("matplotlib.collections", extra="plot").PolyCollection
        tied = whole.cells.take(ties[whole.cells.ids])
        ax.add_collection(
            polygons(tied.polygons, facecolors="#ffffff", edgecolors=FAINT, linewidths=0, hatch="////"), autolim=False
        )
    draw_segments(ax, whole.walls, colors=INK, linewidths=0.35, alpha=0.45)
    borders = picture.edges.take(_borders(complex_, maximal)[picture.edges.ids])
    draw_segments(ax, borders, linewidths=2.2, zorder=3)
    if len(picture.points):
        ax.plot(*picture.points.T, linestyle="none", marker="o", markersize=5, color=INK)
    _label_classes(ax, boundary, whole, names, borders.points.reshape(-1, 2, 2))
    return ax


def _borders(complex: PolyhedralComplex, maximal: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for every facet of a cell whether it has a side that is no plateau, or two different ones."""
    walls, plateau = complex.walls, maximal.sum(axis=1) >= 2
    result = np.ones(complex.n_cones(max(complex.cone_dimension - 1, 1)), dtype=bool)
    if complex.facets:
        result[complex.facets[-1].indices[plateau[complex.facets[-1].owners]]] = False
    different = (maximal[walls.first] != maximal[walls.second]).any(axis=1)
    result[walls.facets[different]] = True
    return result


def _label_classes(
    ax: Any, boundary: DecisionBoundary, whole: PlanePicture, names: list[str], borders: NDArray[np.float64]
) -> None:
    """Write the maximal classes into every large component of where they are, far from its ``borders`` (n, 2, 2)."""
    areas, centroids = whole.cells.areas_and_centroids()
    polygons, (low, high) = whole.cells.polygons, np.array(whole.window).reshape(2, 2).T
    unit = high - low if ax.get_aspect() == "auto" else np.full(2, (high - low).max())
    maximal, complex_ = boundary.maximal[-1], boundary.regions.complex
    _, kinds = np.unique(maximal, axis=0, return_inverse=True)
    walls = complex_.walls
    same = kinds[walls.first] == kinds[walls.second]
    parts = connected_components(complex_.n_cells, walls.first[same], walls.second[same])[whole.cells.ids]
    effects = require("matplotlib.patheffects", extra="plot")
    halo = [effects.withStroke(linewidth=2.5, foreground="white")]
    where = np.unique(parts, return_inverse=True)[1]
    sizes, texts = np.bincount(where, areas), []
    for part in np.argsort(-sizes, kind="stable"):
        if not sizes[part] >= LABELLED * areas.sum():
            break
        inside = np.flatnonzero(where == part)
        inside = inside[np.argsort(-areas[inside], kind="stable")][:CANDIDATES]
        winners = np.flatnonzero(maximal[whole.cells.ids[inside[0]]])
        style = {"color": INK, "weight": "bold", "path_effects": halo, "in_layout": False}
        name = ", ".join(names[i] for i in winners)
        if len(winners) > 1:
            name = f"tie of {name}" if len(winners) <= LISTED else f"tie of {len(winners)} classes"
        points = np.concatenate([(centroids[i] + [centroids[i], *polygons[i]]) / 2 for i in inside])
        letters = unit * [max(len(name) / 2, 1), 1]  # a text is so many times as wide as it is high
        rooms = _clearances(points / letters, borders / letters, low / letters, high / letters)
        place = points[np.argmax(rooms)]
        texts.append(ax.text(*place, literal(name), ha="center", va="center", **style))
    settle(ax, texts)


def _clearances(
    points: NDArray[np.float64], segments: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far points (n, 2) are from segments (m, 2, 2) and from the sides of a box.

    >>> _clearances(np.array([[1.0, 2.0]]), np.array([[[0.0, 0.0], [3.0, 0.0]]]), np.zeros(2), np.full(2, 9.0))
    array([1.])
    """
    along = segments[:, 1] - segments[:, 0]
    gaps = points[:, None] - segments[:, 0]
    lengths = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
    steps = np.clip((gaps * along).sum(axis=2) / lengths, 0, 1)[..., None] * along
    distances = np.linalg.norm(gaps - steps, axis=2).min(axis=1, initial=np.inf)
    result: NDArray[np.float64] = np.minimum(distances, np.minimum(points - low, high - points).min(axis=1))
    return result
