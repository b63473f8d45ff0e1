"""Pictures of one cell, of a segment and of an exploration, for any number of inputs."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import Norm, Positive, checked
from troppoly.complex.shape import distance_to_hyperplane
from troppoly.errors import InputError
from troppoly.exact import RationalMatrix, rational_vector
from troppoly.exact.linear import rank
from troppoly.local import Exploration, LocalCell, LocalFacet, Segment
from troppoly.passagemath import polyhedron, vertex_matrix
from troppoly.plotting.axes import (
    add_note,
    chart_axes,
    check_axes,
    draw_lines,
    draw_points,
    draw_polygons,
    halo,
    mark_triangle,
    plane_axes,
    side_legend,
)
from troppoly.plotting.clipping import around
from troppoly.plotting.coloring import ACCENT, CATEGORIES, FAINT, LINES, PALE

__all__ = ["plot_cell_cut", "plot_exploration", "plot_facets", "plot_segment"]

Unit = tuple[int, int]
Floats = NDArray[np.float64]

_FAR = 4  # of the plane of a cut, as much is drawn


@checked
def plot_facets(cell: LocalCell, norm: Norm = inf, *, max_facets: Positive = 30, ax: Any = None) -> Any:
    """Draw the distances of the point of a cell to the hyperplanes of its facets as bars, the nearest ones first.

    The shortest bar is the radius of the largest ball around the point in the cell.  Bars are named by their units
    (layer, unit), and colored by layers.  Raises InputError if the cell has no facets.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> ax = plot_facets(tp.cell_at(net, ("1/4", "1/8")))
    >>> [text.get_text() for text in ax.get_yticklabels()], [float(bar.get_width()) for bar in ax.patches]
    (['(0, 1)', '(0, 0)', '(0, 2)'], [0.125, 0.25, 0.3125])
    """
    if not cell.facets:
        raise InputError("The cell has no facets.")
    order = sorted(((_distance(facet, norm), i) for i, facet in enumerate(cell.facets)), key=lambda pair: pair[0])
    shown = order[:max_facets]
    ax = chart_axes(ax, 6.4, 1.2 + 0.24 * len(shown))
    layers = [cell.facets[i].units[0][0] for _, i in shown]
    colors = [CATEGORIES[layer % len(CATEGORIES)] for layer in layers]
    bars = ax.barh(range(len(shown)), [float(value) for value, _ in shown], color=colors, height=0.75)
    ax.set_yticks(range(len(shown)), [_names(cell.facets[i].units) for _, i in shown])
    ax.invert_yaxis()
    ax.set(xlabel=f"distance in the {norm:g}-norm" if norm == 1 else r"distance in the $\infty$-norm", ylabel="units")
    if len(set(layers)) > 1:
        keys = dict(zip(layers, bars, strict=True))
        labels = [f"layer {layer}" for layer in sorted(keys)]
        ax.legend([keys[layer] for layer in sorted(keys)], labels, frameon=False, loc="upper right")
    if len(order) > len(shown):
        add_note(ax, f"and {len(order) - len(shown)} facets that are farther")
    return ax


def _distance(facet: LocalFacet, norm: float) -> Any:
    """The distance of the point of the cell to the hyperplane of a facet."""
    return distance_to_hyperplane(facet.form, facet.cell.point, norm)


def _names(units: Sequence[Unit]) -> str:
    return ", ".join(map(str, units[:2])) + ", \u2026" * (len(units) > 2)


@checked
def plot_segment(segment: Segment, *, ax: Any = None) -> Any:
    """Draw the outputs of a network along a segment, and where which layer bends.

    A ray is drawn to twice its last breakpoint.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1], [1, -1, 0]]], [[0, 0, 1], [0, 0]])
    >>> ax = plot_segment(tp.segment(net, (-1, -1), (1, 2)))
    >>> [line.get_label() for line in ax.lines[:2]], ax.get_xlabel()
    (['output 0', 'output 1'], '$s$')
    """
    ends = [0.0, *map(float, segment.breakpoints)]
    ends.append(1.0 if segment.bounded else 2 * ends[-1] or 1.0)
    ax = chart_axes(ax, 7.2, 4.2)
    maps = np.array(segment.affine_maps, dtype=np.float64)
    values = [maps[0, :, 0] * ends[0] + maps[0, :, 1]]
    values += [piece[:, 0] * s + piece[:, 1] for piece, s in zip(maps, ends[1:], strict=True)]
    for i, column in enumerate(np.array(values).T):
        ax.plot(ends, column, color=LINES[i % len(LINES)], linewidth=1.8, zorder=3, label=f"output {i}")
    ax.set(xlim=(ends[0], ends[-1]), xlabel="$s$", ylabel="output")
    layers: dict[int, list[float]] = {}
    for s, units in zip(ends[1:-1], segment.units, strict=True):
        for layer in sorted({layer for layer, _ in units}):
            layers.setdefault(layer, []).append(s)
    low, high = ax.get_ylim()
    rows = len(layers)
    ax.set_ylim(low - 0.06 * rows * (high - low), high)
    for row, layer in enumerate(sorted(layers)):
        height = 0.05 * (rows - row) / (1 + 0.06 * rows)  # a row of ticks for every layer, the first one above
        color = CATEGORIES[layer % len(CATEGORIES)]
        style = {"transform": ax.get_xaxis_transform(), "linestyle": "none", "marker": "|", "markersize": 9}
        ax.plot(layers[layer], [height] * len(layers[layer]), color=color, label=f"layer {layer} bends", **style)
    for s in ends[1:-1]:
        ax.axvline(s, color=FAINT, linewidth=0.4, zorder=1)
    side_legend(ax)
    return ax


@checked
def plot_exploration(exploration: Exploration, *, ax: Any = None) -> Any:
    """Draw the graph of an exploration: its cells on circles by the number of facets to cross from the first ones.

    Cells that have been expanded are full, the others hollow.  Every cell is beside the one from which it was found,
    the edges of this tree are dark, and other walls are faint; the ways of random walks are drawn in color.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> ax = plot_exploration(tp.explore(net, ("1/4", "1/4")))
    >>> len(ax.collections[0].get_segments()), len(ax.collections[1].get_segments())
    (3, 6)
    """
    n = len(exploration)
    tree = [(int(parent), i) for i, parent in enumerate(exploration.found_from) if parent >= 0]
    n_first = n - len(tree)
    if n_first == 1:
        places = _radial(n, tree)
    else:  # around a node that is not drawn
        edges = [(0, i) for i in range(1, n_first + 1)] + [(i + 1, j + 1) for i, j in tree]
        places = _radial(n + 1, edges)[1:]
    ax = chart_axes(ax, 6.4, 6.4)
    others = sorted(set(map(tuple, exploration.walls.tolist())) - {(min(pair), max(pair)) for pair in tree})
    thin = float(np.clip(20 / np.sqrt(n), 0.3, 1))
    draw_lines(ax, [places[list(pair)] for pair in others], colors=FAINT, linewidths=0.6 * thin, zorder=1)
    draw_lines(ax, [places[list(pair)] for pair in tree], linewidths=1.2 * thin, zorder=2)
    if exploration.order == "walk":
        for i, path in enumerate(exploration.paths):
            label = "_" if i else "walk"
            ax.plot(*places[list(path)].T, color=ACCENT, linewidth=2 * thin, zorder=3, label=label)
    full = np.zeros(n, dtype=bool)
    full[exploration.expanded] = True
    size = float(np.clip(60 / np.sqrt(n), 2, 9))
    draw_points(ax, places[~full], size, mfc="white", mew=0.8 * thin, zorder=4, label="found")
    draw_points(ax, places[full], size, zorder=5, label="expanded")
    draw_points(ax, places[:n_first], 1.3 * size, color=ACCENT, zorder=6, label="first")
    reach = max(1.0, float(np.abs(places).max())) * 1.08
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    ax.axis("off")
    side_legend(ax)
    return ax


def _radial(n: int, tree: Sequence[tuple[int, int]]) -> Floats:
    """Places of the nodes of a tree on circles by depth: a node has the angles of its leaves."""
    depth, leaves = np.zeros(n), np.ones(n)
    children: list[list[int]] = [[] for _ in range(n)]
    for parent, child in tree:
        depth[child] = depth[parent] + 1
        children[parent].append(child)
    for parent, _ in reversed(tree):
        leaves[parent] = leaves[children[parent]].sum()
    low, width = np.zeros(n), np.full(n, 2 * np.pi)
    for parent in range(n):
        start = low[parent]
        for child in children[parent]:
            low[child], width[child] = start, width[parent] * leaves[child] / leaves[parent]
            start += width[child]
    angles = low + width / 2
    return np.asarray(depth[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1))


@checked
def plot_cell_cut(
    cell: LocalCell, q: Sequence[Any] | None = None, r: Sequence[Any] | None = None, *, ax: Any = None
) -> Any:
    """Draw the cut of a cell with the plane through its point p and two points q and r.

    These are by default the proving points of the nearest two facets that span a plane with p.  Coordinates are u in
    p + u_1 (q - p) + u_2 (r - p), so lengths and angles are not those of R^d.  Every edge has the units of its facet.

    Raises ShapeError for points of another dimension, and InputError if there is no such plane.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> ax = plot_cell_cut(tp.cell_at(net, ("1/4", "1/4")), (1, "1/4"), ("1/4", 1))
    >>> sorted(text.get_text() for text in ax.texts)
    ['$p$', '$q$', '$r$', '(0, 0)', '(0, 1)', '(0, 2)']
    """
    check_axes(ax)
    p = np.array(cell.point, dtype=object)
    given = [rational_vector(x, f"point {name}", cell.dimension) for x, name in ((q, "q"), (r, "r")) if x is not None]
    near = sorted(cell.facets, key=lambda facet: _distance(facet, inf)) if len(given) < 2 else []
    steps: list[Any] = []
    for x in (*given, *(facet.point for facet in near)):
        step = np.array(x, dtype=object) - p
        if len(steps) < 2 and rank(RationalMatrix.of([*steps, step])) > len(steps):
            steps.append(step)
    if len(steps) < 2:
        raise InputError("The point of the cell and these do not span a plane.")
    plane = np.array([[*steps[0], 0], [*steps[1], 0], [*p, 1]], dtype=object)
    cut = np.array([plane @ facet.form for facet in cell.facets], dtype=object).reshape(-1, 3)
    square = [(*side, _FAR) for side in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    rows = [(b, *a) for *a, b in (*cut, *square)]
    corners = around(vertex_matrix(polyhedron(inequalities=rows, ambient_dim=2)).to_rationals())
    polygon = corners.astype(np.float64)
    low, high = np.minimum(polygon.min(axis=0), 0), np.maximum(polygon.max(axis=0), 1)
    room = 0.12 * (high - low)
    ax = plane_axes((low[0] - room[0], high[0] + room[0], low[1] - room[1], high[1] + room[1]), ax)
    ax.set(xlabel="$u_1$", ylabel="$u_2$")
    draw_polygons(ax, [polygon], [PALE])
    middle = polygon.mean(axis=0)
    zero = np.column_stack([corners, np.ones(len(corners), dtype=int)]) @ cut.T == 0  # which facets a corner is on
    for i, on in enumerate(zero & np.roll(zero, -1, axis=0)):
        if on.any():
            ends = polygon[[i, (i + 1) % len(polygon)]]
            draw_lines(ax, [ends], linewidths=1.4)
            away = ends.mean(axis=0) - middle
            shift = 12 * away / (np.linalg.norm(away) or 1.0)
            style = {"textcoords": "offset points", "ha": "center", "va": "center", "size": 8, "path_effects": halo()}
            ax.annotate(_names(cell.facets[on.argmax()].units), ends.mean(axis=0), tuple(shift), **style)
    mark_triangle(ax, ("$p$", "$q$", "$r$"))
    return ax
