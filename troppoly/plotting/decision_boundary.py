"""Decision boundaries in the plane: who wins where, and where it is a tie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.complex.topology import connected_components
from troppoly.errors import InputError
from troppoly.geometry.boundaries import DecisionBoundary
from troppoly.plotting.axes import draw_lines, draw_points, draw_polygons, halo, literal, settle, write
from troppoly.plotting.coloring import FAINT, INK, class_colors
from troppoly.plotting.subcomplexes import faces_of, isolated_points
from troppoly.plotting.view import View
from troppoly.plotting.windows import Window, wide_window
from troppoly.regions.regions import LinearRegions

__all__ = ["plot_decision_boundary"]

Floats = NDArray[np.float64]

LISTED = 3  # so many classes of a plateau are named at most
LABELED = 0.01  # the part of the window that a connected part must have to be labeled by its class
CANDIDATES = 32  # a label is put into one of so many largest cells of a connected part


@checked
def plot_decision_boundary(
    boundary: DecisionBoundary, *, ax: Any = None, window: Window | None = None, labels: Sequence[Any] | None = None
) -> Any:
    """Draw the decision boundary of a network with two inputs.

    The boundary is thick, over the sets {f_i >= all others} in a color for every class i, labeled by ``labels`` (by
    default "class 0", ...) far from the borders where a connected part is large enough.  Thin lines are the walls of
    the cells, in which it bends.  A *plateau*, where several classes are maximal on a whole cell, is hatched, and
    only its border is thick.  By default the window is where most vertices of the boundary are.

    Raises InputError for another number of inputs, or of labels than classes.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [0, 0]]])  # the maximum of x, y and 0
    >>> ax = plot_decision_boundary(tp.decision_boundary(net))
    >>> sorted(text.get_text() for text in ax.texts)
    ['class 0', 'class 1', 'class 2']
    """
    subcomplex, maximal = boundary.subcomplex, boundary.maximal[-1]
    n = maximal.shape[1]
    names = [f"class {i}" for i in range(n)] if labels is None else [str(label) for label in labels]
    if len(names) != n:
        raise InputError(f"There are {len(names)} labels for {n} classes.")
    view = View.of(boundary.regions.complex, window, rays=subcomplex.members[0], choose=wide_window)
    ax = view.axes(ax, class_colors(n)[np.argmax(maximal, axis=1)])
    tied = view.cells.take(maximal.sum(axis=1)[view.cells.ids] >= 2)
    if len(tied):
        draw_polygons(ax, tied.polygons, "#ffffff", edgecolors=FAINT, linewidths=0, hatch="////")
    draw_lines(ax, view.walls.segments, linewidths=0.35, alpha=0.45)
    edges = faces_of(view, subcomplex, 1)
    borders = edges.take(_borders(subcomplex.complex, maximal)[edges.ids]).segments
    draw_lines(ax, borders, linewidths=2.2, zorder=3)
    draw_points(ax, isolated_points(view, subcomplex))
    settle(ax, _labels(ax, view, boundary.regions, maximal, names, borders))
    return ax


def _borders(complex: PolyhedralComplex, maximal: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For every facet of a cell whether it has a side that is not a plateau, or two different ones."""
    walls, plateau = complex.walls, maximal.sum(axis=1) >= 2
    result = np.ones(complex.n_cones(max(complex.cone_dimension - 1, 1)), dtype=bool)
    if complex.facets:
        result[complex.facets[-1].indices[plateau[complex.facets[-1].owners]]] = False
    result[walls.facets[(maximal[walls.first] != maximal[walls.second]).any(axis=1)]] = True
    return result


def _labels(
    ax: Any, view: View, regions: LinearRegions, maximal: NDArray[np.bool_], names: list[str], borders: Floats
) -> list[Any]:
    """Write the maximal classes into every large connected part of where they are, far from its borders (n, 2, 2)."""
    areas, centroids = view.cells.areas_and_centroids()
    polygons, (low, high) = view.cells.polygons, np.array(view.window).reshape(2, 2).T
    unit = high - low if ax.get_aspect() == "auto" else np.full(2, (high - low).max())
    _, kinds = np.unique(maximal, axis=0, return_inverse=True)
    walls = regions.complex.walls
    same = kinds[walls.first] == kinds[walls.second]
    parts = connected_components(len(maximal), walls.first[same], walls.second[same])[view.cells.ids]
    where = np.unique(parts, return_inverse=True)[1]
    sizes, texts = np.bincount(where, areas), []
    for part in np.argsort(-sizes, kind="stable"):
        if not sizes[part] >= LABELED * areas.sum():
            break
        cells = np.flatnonzero(where == part)
        cells = cells[np.argsort(-areas[cells], kind="stable")][:CANDIDATES]
        winners = np.flatnonzero(maximal[view.cells.ids[cells[0]]])
        name = ", ".join(names[i] for i in winners)
        if len(winners) > 1:
            name = f"tie of {name}" if len(winners) <= LISTED else f"tie of {len(winners)} classes"
        points = np.concatenate([(centroids[i] + [centroids[i], *polygons[i]]) / 2 for i in cells])
        letters = unit * [max(len(name) / 2, 1), 1]  # a text is so many times as wide as it is high
        rooms = _clearances(points / letters, borders / letters, low / letters, high / letters)
        texts.append(
            write(ax, points[np.argmax(rooms)], literal(name), color=INK, weight="bold", path_effects=halo(2.5))
        )
    return texts


def _clearances(points: Floats, segments: Floats, low: Floats, high: Floats) -> Floats:
    """How far (n, 2) points are from (m, 2, 2) segments and from the sides of a box."""
    along = segments[:, 1] - segments[:, 0]
    gaps = points[:, None] - segments[:, 0]
    lengths = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
    steps = np.clip((gaps * along).sum(axis=2) / lengths, 0, 1)[..., None] * along
    distances = np.linalg.norm(gaps - steps, axis=2).min(axis=1, initial=np.inf)
    return np.asarray(np.minimum(distances, np.minimum(points - low, high - points).min(axis=1)))
