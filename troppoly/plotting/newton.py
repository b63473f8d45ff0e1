"""Newton polytopes, in the plane and lifted, with the status of every monomial."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.errors import InputError
from troppoly.exact import rational
from troppoly.plotting.axes import plane_axes, side_legend, space_axes
from troppoly.plotting.clipping import ClippedFaces
from troppoly.plotting.graph import scaled
from troppoly.plotting.light import shaded
from troppoly.plotting.palette import ACCENT, FAINT, INK, PALE
from troppoly.plotting.subcomplexes import draw_polygons, draw_space_edges
from troppoly.plotting.windows import window_of
from troppoly.polynomial import TropicalPolynomial

__all__ = ["draw_monomials", "plot_lifted_newton_polytope", "plot_newton_polytope", "subdivision_polygons"]

Floats = NDArray[np.float64]

MARKS: dict[str, dict[str, Any]] = {
    "interior": {"marker": "x", "color": "#6b7780", "markersize": 5.5, "markeredgewidth": 1.3},
    "boundary": {"marker": "D", "color": ACCENT, "markersize": 5.5, "markerfacecolor": "white", "markeredgewidth": 1.5},
    "vertex": {"marker": "o", "color": INK, "markersize": 6.5},
}


@checked
def plot_newton_polytope(f: TropicalPolynomial, *, ax: Any = None) -> Any:
    """Draw the Newton polygon of a polynomial in two variables with its monomials, and return the axes.

    A full dot is a *vertex* of the upper hull of the lifted points (a_i, c_i), a diamond is on the
    *boundary*, a face of the upper hull, and a cross is *interior*, below it; the latter two are the
    redundant monomials.  (The status is that of the lifted point: a vertex monomial may lie inside
    of the polygon.)

    Raises InputError unless there are two variables, and MissingDependencyError without Matplotlib.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(2, 0): 0, (0, 2): 0, (0, 0): 0, (1, 1): 0, (1, 0): -1})
    >>> [text.get_text() for text in plot_newton_polytope(f).get_legend().get_texts()]
    ['3 vertex', '1 boundary', '1 interior']
    """
    exponents, units = exponents_in_the_plane(f)
    ax = plane_axes(window_of(exponents), ax)
    corners = exponents[positions(f, f.newton_polytope().vertices_list())]
    if len(corners) > 1:
        ax.fill(*_around(corners).T, facecolor="#dce9f2", edgecolor=INK, linewidth=1.4, zorder=1)
    draw_monomials(ax, f, exponents)
    label_exponent_axes(ax, units)
    return ax


@checked
def plot_lifted_newton_polytope(f: TropicalPolynomial, *, ax: Any = None) -> Any:
    """Draw the upper hull of the points (a_i, c_i) of a polynomial in two variables in space.

    Its polygons project to the dual subdivision, drawn on the floor.  The lifted Newton polytope is
    all that lies on or below the hull: it goes down without end, which the vertical walls, drawn to
    the floor, stand for.  Monomials are marked as by :func:`plot_newton_polytope`.
    ``ax`` are three-dimensional axes.

    Raises InputError unless there are two variables, and MissingDependencyError without Matplotlib.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0, (1, 1): 1})
    >>> plot_lifted_newton_polytope(f).get_zlabel()
    'coefficient'
    """
    exponents, units = exponents_in_the_plane(f)
    coefficients, unit = scaled(f.coefficients)
    points = np.column_stack([exponents, coefficients])
    *sides, low, high = window_of(points, 3)
    box = (*sides, low - 0.45 * (high - low), high)
    new = ax is None
    ax = space_axes(box, ax)
    if new:
        ax.set_box_aspect((1, 1, 0.85), zoom=0.95)
        ax.view_init(elev=34, azim=-62)
    hull = points[positions(f, f.dual_subdivision().points)]
    floor = hull * (1, 1, 0) + (0, 0, box[4])
    subdivision = f.dual_subdivision()
    polygons = subdivision_polygons(f, hull)
    pairs = subdivision.faces(1) if subdivision.dimension else ()
    edges = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    if len(edges):
        draw_space_edges(ax, _rings(floor[edges]), colors=FAINT, linewidths=0.8, linestyles=":")
    rim = rim_edges(f)
    walls = np.concatenate([hull[rim], floor[rim][:, ::-1]], axis=1)
    draw_polygons(ax, _rings(walls), facecolors=[PALE], alpha=0.35)
    posts = np.unique(rim)
    draw_space_edges(ax, _rings(np.stack([hull[posts], floor[posts]], axis=1)), colors=FAINT, linewidths=0.9)
    if len(polygons):
        light = shaded(np.tile([0.56, 0.78, 0.93], (len(polygons), 1)), polygons, box)
        draw_polygons(ax, polygons, facecolors=light, alpha=0.85)
    if len(edges):
        draw_space_edges(ax, _rings(hull[edges]), linewidths=1.3, zorder=3)
    draw_monomials(ax, f, points)
    label_exponent_axes(ax, units)
    ax.set_zlabel(f"coefficient${unit}$" if unit else "coefficient", labelpad=8)
    return ax


def exponents_in_the_plane(f: TropicalPolynomial) -> tuple[Floats, list[str]]:
    """Return the (n, 2) exponents in floating point, and for each axis what they are divided by.

    Raises InputError unless there are two variables.

    >>> exponents_in_the_plane(TropicalPolynomial({(1, 0): 0}))
    (array([[1., 0.]]), ['', ''])
    """
    if f.n_variables != 2:
        raise InputError(f"A Newton polygon needs two variables, but the polynomial has {f.n_variables}.")
    columns, units = zip(*map(scaled, zip(*f.exponents, strict=True)), strict=True)
    return np.column_stack(columns), list(units)


def positions(f: TropicalPolynomial, exponents: Iterable[Any]) -> list[int]:
    """Return where exponents stand in those of a polynomial.

    >>> positions(TropicalPolynomial({(1, 0): 0, (0, 1): 0}), [(1, 0), (0, 1)])
    [0, 1]
    """
    number = {exponent: i for i, exponent in enumerate(f.exponents)}
    return [number[tuple(map(rational, exponent))] for exponent in exponents]


def subdivision_polygons(f: TropicalPolynomial, points: Floats) -> ClippedFaces:
    """Return the polygons of the dual subdivision with the given (n, 2) or (n, 3) corners.

    >>> f = TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0, (1, 1): 1})
    >>> square = np.array(f.dual_subdivision().points, dtype=float)
    >>> subdivision_polygons(f, square).areas_and_centroids()[0]
    array([0.5, 0.5])
    """
    subdivision = f.dual_subdivision()
    faces = subdivision.faces(2) if subdivision.dimension == 2 else ()
    rings = [_around(points[list(face)]) for face in faces]
    bounds = np.cumsum([0, *map(len, rings)])
    corners = np.concatenate([np.zeros((0, points.shape[1])), *rings])
    return ClippedFaces(np.arange(len(rings)), corners, bounds)


def rim_edges(f: TropicalPolynomial) -> NDArray[np.intp]:
    """Return the (n, 2) edges of the dual subdivision on the boundary of the Newton polygon.

    >>> rim_edges(TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})).tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    subdivision = f.dual_subdivision()
    if not subdivision.dimension:
        return np.zeros((0, 2), dtype=np.intp)
    edges = [frozenset(edge) for edge in subdivision.faces(1)]
    if subdivision.dimension == 2:
        cells = [frozenset(face) for face in subdivision.faces(2)]
        edges = [edge for edge in edges if sum(edge <= cell for cell in cells) == 1]
    return np.array(sorted(tuple(sorted(edge)) for edge in edges), dtype=np.intp).reshape(-1, 2)


def draw_monomials(ax: Any, f: TropicalPolynomial, points: Floats) -> None:
    """Mark the monomials at (n, 2) or (n, 3) points by their status, with a legend of the counts."""
    status = np.array(list(f.monomial_status().values()))
    for name in ("vertex", "boundary", "interior"):
        chosen = points[status == name]
        if len(chosen):
            ax.plot(*chosen.T, linestyle="none", label=f"{len(chosen)} {name}", zorder=5, clip_on=False, **MARKS[name])
    side_legend(ax)


def label_exponent_axes(ax: Any, units: list[str]) -> None:
    """Label axes by exponents, with ticks at integers."""
    ax.set(xlabel=f"exponent of $x_1{units[0]}$", ylabel=f"exponent of $x_2{units[1]}$")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.yaxis.get_major_locator().set_params(integer=True)


def _around(corners: Floats) -> Floats:
    """The corners of a convex polygon (over the plane) in cyclic order."""
    offsets = corners[:, :2] - corners[:, :2].mean(axis=0)
    return corners[np.argsort(np.arctan2(offsets[:, 1], offsets[:, 0]))]


def _rings(corners: Floats) -> ClippedFaces:
    """An (n, corners, 3) array as faces."""
    n, length = corners.shape[:2]
    return ClippedFaces(np.arange(n), corners.reshape(-1, 3), length * np.arange(n + 1))
