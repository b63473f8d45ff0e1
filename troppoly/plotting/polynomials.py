"""Pictures of a polynomial in two variables: Newton polytopes, and a tropical curve beside the dual subdivision.

The curve is the set of the points of the plane where the maximum is attained twice.  Its regions are dual to the
vertices of the subdivision, its edges to the edges, at right angles, and its vertices to the polygons.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.errors import InputError
from troppoly.exact import rational
from troppoly.plotting.axes import (
    draw_lines,
    draw_points,
    draw_polygons,
    new_figure,
    plane_axes,
    settle,
    side_legend,
    space_axes,
    write,
)
from troppoly.plotting.clipping import ClippedFaces, around
from troppoly.plotting.coloring import ACCENT, FAINT, INK, PALE, equal_steps, levels, sequential, shaded
from troppoly.plotting.functions import scaled
from troppoly.plotting.view import View
from troppoly.plotting.windows import Window, inside, wide_window, window_of
from troppoly.polynomial import TropicalPolynomial

__all__ = [
    "plot_dual_subdivision",
    "plot_duality",
    "plot_lifted_newton_polytope",
    "plot_newton_polytope",
    "plot_tropical_curve",
]

Floats = NDArray[np.float64]

MARKS: dict[str, dict[str, Any]] = {
    "vertex": {"size": 6.5},
    "boundary": {"marker": "D", "color": ACCENT, "size": 5.5, "markerfacecolor": "white", "markeredgewidth": 1.5},
    "interior": {"marker": "x", "color": "#6b7780", "size": 5.5, "markeredgewidth": 1.3},
}
NAMED = 24  # up to so many regions are labeled by their exponents
LABELED = 0.006  # the part of the window that a labeled region has at least


@checked
def plot_newton_polytope(f: TropicalPolynomial, *, ax: Any = None) -> Any:
    """Draw the Newton polygon of a polynomial in two variables with its monomials.

    A full dot is a *vertex* of the upper hull of the lifted points (a_i, c_i), a diamond is on its *boundary*, and a
    cross is *interior*, below it; the latter two are the redundant monomials.  (A vertex monomial may lie inside of
    the polygon.)

    Raises InputError unless there are two variables.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(2, 0): 0, (0, 2): 0, (0, 0): 0, (1, 1): 0, (1, 0): -1})
    >>> [text.get_text() for text in plot_newton_polytope(f).get_legend().get_texts()]
    ['vertex: 3', 'boundary: 1', 'interior: 1']
    """
    exponents, units = exponents_in_the_plane(f)
    ax = plane_axes(window_of(exponents), ax)
    corners = exponents[positions(f, f.newton_polytope().vertices_list())]
    if len(corners) > 1:
        ax.fill(*around(corners).T, facecolor="#dce9f2", edgecolor=INK, linewidth=1.4, zorder=1)
    draw_monomials(ax, f, exponents, zorder=5)
    side_legend(ax)
    label_exponent_axes(ax, units)
    return ax


@checked
def plot_lifted_newton_polytope(f: TropicalPolynomial, *, ax: Any = None) -> Any:
    """Draw the upper hull of the points (a_i, c_i) of a polynomial in two variables, in three-dimensional axes.

    Its polygons project to the dual subdivision, drawn on the floor.  The lifted Newton polytope is all that lies on
    or below the hull; the vertical walls down to the floor stand for that it has no end.  Monomials are marked as by
    :func:`plot_newton_polytope`.

    Raises InputError unless there are two variables.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0, (1, 1): 1})
    >>> plot_lifted_newton_polytope(f).get_zlabel()
    'coefficient'
    """
    exponents, units = exponents_in_the_plane(f)
    coefficients, unit = scaled(f.coefficients)
    points = np.column_stack([exponents, coefficients])
    *sides, low, high = window_of(points, 3)
    bottom = low - 0.45 * (high - low)
    box = (*sides, bottom, high)
    ax = space_axes(box, ax, aspect=(1, 1, 0.85), view=(34, -62))
    hull = points[positions(f, f.dual_subdivision().points)]
    floor = hull * (1, 1, 0) + (0, 0, bottom)
    polygons, edges, rim = subdivision(f, hull)
    posts = np.unique(rim)
    draw_lines(ax, floor[edges], colors=FAINT, linewidths=0.8, linestyles=":")
    draw_polygons(ax, np.concatenate([hull[rim], floor[rim][:, ::-1]], axis=1), [PALE], alpha=0.35)
    draw_lines(ax, np.stack([hull[posts], floor[posts]], axis=1), colors=FAINT, linewidths=0.9)
    colors = shaded(np.tile([0.56, 0.78, 0.93], (len(polygons), 1)), polygons, box)
    draw_polygons(ax, polygons.polygons, colors, alpha=0.85)
    draw_lines(ax, hull[edges], linewidths=1.3, zorder=3)
    draw_monomials(ax, f, points, zorder=5)
    side_legend(ax)
    label_exponent_axes(ax, units)
    ax.set_zlabel(f"coefficient${unit}$" if unit else "coefficient", labelpad=8)
    return ax


@checked
def plot_tropical_curve(f: TropicalPolynomial, *, ax: Any = None, window: Window | None = None) -> Any:
    """Draw the tropical curve of a polynomial in two variables.

    The regions are colored as their vertices in :func:`plot_dual_subdivision` and labeled by their exponents, if they
    are few and large enough.  The width of an edge grows with its weight, which is written beside it unless it is 1.

    Raises InputError unless there are two variables.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(2, 0): 0, (0, 2): 0, (0, 0): 0})
    >>> [text.get_text() for text in plot_tropical_curve(f).texts]
    ['2', '2', '2', '(0, 0)', '(0, 2)', '(2, 0)']
    """
    exponents_in_the_plane(f)
    complex_ = f.normal_complex().complex
    view = View.of(complex_, window, choose=wide_window)
    weights = [wall.weight for wall in f.hypersurface()]
    ax = view.axes(ax, _colors(f))
    draw_lines(ax, view.walls.segments, linewidths=[0.9 + 0.9 * float(min(weights[i], 5)) for i in view.walls.ids])
    texts = [
        write(ax, middle, str(weights[i]), color=ACCENT, weight="bold")
        for i, middle in zip(view.walls.ids, view.walls.segments.mean(axis=1), strict=True)
        if weights[i] != 1
    ]
    vertices = view.rounded.vertices
    vertices = vertices[inside(vertices, view.window)]
    if not complex_.lineality_dimension:
        draw_points(ax, vertices, float(np.clip(24 / np.sqrt(max(len(vertices), 1)), 1.5, 4.5)), marker="s")
    if len(f.normal_complex().vertices) <= NAMED:
        exponents = f.dual_subdivision().points
        areas, centroids = view.cells.areas_and_centroids()
        for i in np.flatnonzero(areas > LABELED * areas.sum()):
            name = f"({', '.join(map(str, exponents[view.cells.ids[i]]))})"
            texts.append(write(ax, centroids[i], name, size=8))
    settle(ax, texts)
    return ax


@checked
def plot_dual_subdivision(f: TropicalPolynomial, *, ax: Any = None) -> Any:
    """Draw the dual subdivision of the Newton polygon of a polynomial in two variables.

    Its vertices are colored as the regions of :func:`plot_tropical_curve`.  Redundant monomials are marked as by
    :func:`plot_newton_polytope`.

    Raises InputError unless there are two variables.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0, (1, 1): 1})
    >>> ax = plot_dual_subdivision(f)
    >>> len(ax.collections[0].get_paths()), len(ax.collections[1].get_segments())  # triangles and edges
    (2, 5)
    """
    exponents, units = exponents_in_the_plane(f)
    ax = plane_axes(window_of(exponents), ax)
    points = exponents[positions(f, f.dual_subdivision().points)]
    polygons, edges, _ = subdivision(f, points)
    draw_polygons(ax, polygons.polygons, PALE)
    draw_lines(ax, points[edges], linewidths=1.3)
    draw_monomials(ax, f, exponents, ("boundary", "interior"), zorder=4)
    size = float(np.clip(400 / np.sqrt(len(points)), 14, 90))
    ax.scatter(*points.T, s=size, c=_colors(f), edgecolors=INK, linewidths=1.2, zorder=5, clip_on=False)
    label_exponent_axes(ax, units)
    return ax


@checked
def plot_duality(f: TropicalPolynomial, *, window: Window | None = None) -> Any:
    """Return a figure of the tropical curve and, beside it, the dual subdivision of the Newton polygon.

    Raises InputError unless there are two variables.

    >>> import troppoly as tp
    >>> line = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})
    >>> [ax.get_title() for ax in plot_duality(line).axes]
    ['tropical curve', 'dual subdivision']
    """
    exponents_in_the_plane(f)
    figure = new_figure(13, 6.4)
    left, right = figure.subplots(1, 2)
    plot_tropical_curve(f, ax=left, window=window).set_title("tropical curve")
    plot_dual_subdivision(f, ax=right).set_title("dual subdivision")
    for ax in (left, right):
        ax.set_aspect("equal", adjustable="box")
    return figure


def _colors(f: TropicalPolynomial) -> Any:
    """A light color for every vertex monomial, different for neighbors; darker where the slope is less."""
    normal = f.normal_complex()
    walls = normal.complex.walls
    slopes = [sum(a * a for a in vertex[:-1]) for vertex in normal.vertices]
    level = levels(slopes, np.column_stack([walls.first, walls.second]))
    return 1 - (1 - equal_steps(sequential("YlGnBu_r", 256))[level]) * 0.7


def exponents_in_the_plane(f: TropicalPolynomial) -> tuple[Floats, list[str]]:
    """Return the (n, 2) exponents in floats, and for each axis what they are divided by; raises InputError."""
    if f.n_variables != 2:
        raise InputError(f"A Newton polygon needs two variables, but the polynomial has {f.n_variables}.")
    columns, units = zip(*map(scaled, zip(*f.exponents, strict=True)), strict=True)
    return np.column_stack(columns), list(units)


def positions(f: TropicalPolynomial, exponents: Iterable[Any]) -> list[int]:
    """Return where exponents stand in those of a polynomial."""
    number = {exponent: i for i, exponent in enumerate(f.exponents)}
    return [number[tuple(map(rational, exponent))] for exponent in exponents]


def subdivision(f: TropicalPolynomial, points: Floats) -> tuple[ClippedFaces, NDArray[np.intp], NDArray[np.intp]]:
    """Return the polygons of the dual subdivision with given (n, d) corners, its (m, 2) edges, and the outer ones."""
    dual = f.dual_subdivision()
    faces = dual.faces(2) if dual.dimension == 2 else ()
    edges = sorted(tuple(sorted(edge)) for edge in (dual.faces(1) if dual.dimension else ()))
    sets = [set(face) for face in faces]
    outer = [edge for edge in edges if not faces or sum(face.issuperset(edge) for face in sets) == 1]
    pairs, rim = (np.array(part, dtype=np.intp).reshape(-1, 2) for part in (edges, outer))
    return ClippedFaces.of([around(points[list(face)]) for face in faces], points.shape[1]), pairs, rim


def draw_monomials(ax: Any, f: TropicalPolynomial, points: Floats, kinds: Iterable[str] = MARKS, **style: Any) -> None:
    """Mark the monomials at (n, d) points by their status, labeled by the counts."""
    status = np.array(list(f.monomial_status().values()))
    for kind in kinds:
        chosen = points[status == kind]
        draw_points(ax, chosen, label=f"{kind}: {len(chosen)}", clip_on=False, **MARKS[kind] | style)


def label_exponent_axes(ax: Any, units: list[str]) -> None:
    """Label axes by exponents, with ticks at integers."""
    ax.set(xlabel=f"exponent of $x_0{units[0]}$", ylabel=f"exponent of $x_1{units[1]}$")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.yaxis.get_major_locator().set_params(integer=True)
