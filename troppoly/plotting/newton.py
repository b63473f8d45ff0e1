"""Newton polytopes, in the plane and lifted, with the status of every monomial."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.errors import InputError
from troppoly.exact import rational
from troppoly.plotting.axes import draw_lines, draw_points, draw_polygons, plane_axes, side_legend, space_axes
from troppoly.plotting.clipping import ClippedFaces
from troppoly.plotting.coloring import shaded
from troppoly.plotting.functions import scaled
from troppoly.plotting.palette import ACCENT, FAINT, INK, PALE
from troppoly.plotting.windows import window_of
from troppoly.polynomial import TropicalPolynomial

__all__ = [
    "draw_monomials",
    "exponents_in_the_plane",
    "label_exponent_axes",
    "plot_lifted_newton_polytope",
    "plot_newton_polytope",
    "positions",
    "subdivision",
]

Floats = NDArray[np.float64]

MARKS: dict[str, dict[str, Any]] = {
    "vertex": {"size": 6.5},
    "boundary": {"marker": "D", "color": ACCENT, "size": 5.5, "markerfacecolor": "white", "markeredgewidth": 1.5},
    "interior": {"marker": "x", "color": "#6b7780", "size": 5.5, "markeredgewidth": 1.3},
}


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
    ['3 vertex', '1 boundary', '1 interior']
    """
    exponents, units = exponents_in_the_plane(f)
    ax = plane_axes(window_of(exponents), ax)
    corners = exponents[positions(f, f.newton_polytope().vertices_list())]
    if len(corners) > 1:
        ax.fill(*_around(corners).T, facecolor="#dce9f2", edgecolor=INK, linewidth=1.4, zorder=1)
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


def exponents_in_the_plane(f: TropicalPolynomial) -> tuple[Floats, list[str]]:
    """Return the (n, 2) exponents in floating point, and for each axis what they are divided by.

    Raises InputError unless there are two variables.
    """
    if f.n_variables != 2:
        raise InputError(f"A Newton polygon needs two variables, but the polynomial has {f.n_variables}.")
    columns, units = zip(*map(scaled, zip(*f.exponents, strict=True)), strict=True)
    return np.column_stack(columns), list(units)


def positions(f: TropicalPolynomial, exponents: Iterable[Any]) -> list[int]:
    """Return where exponents stand in those of a polynomial."""
    number = {exponent: i for i, exponent in enumerate(f.exponents)}
    return [number[tuple(map(rational, exponent))] for exponent in exponents]


def subdivision(f: TropicalPolynomial, points: Floats) -> tuple[ClippedFaces, NDArray[np.intp], NDArray[np.intp]]:
    """Return the polygons of the dual subdivision with the given (n, d) corners, its (m, 2) edges, and the outer ones.

    >>> f = TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0, (1, 1): 1})
    >>> polygons, edges, rim = subdivision(f, np.array(f.dual_subdivision().points, dtype=float))
    >>> polygons.areas_and_centroids()[0], len(edges), len(rim)
    (array([0.5, 0.5]), 5, 4)
    """
    dual = f.dual_subdivision()
    faces = dual.faces(2) if dual.dimension == 2 else ()
    edges = sorted(tuple(sorted(edge)) for edge in (dual.faces(1) if dual.dimension else ()))
    sets = [set(face) for face in faces]
    outer = [edge for edge in edges if not faces or sum(face.issuperset(edge) for face in sets) == 1]
    pairs, rim = (np.array(part, dtype=np.intp).reshape(-1, 2) for part in (edges, outer))
    return ClippedFaces.of([_around(points[list(face)]) for face in faces], points.shape[1]), pairs, rim


def draw_monomials(ax: Any, f: TropicalPolynomial, points: Floats, kinds: Iterable[str] = MARKS, **style: Any) -> None:
    """Mark the monomials at (n, d) points by their status, labeled by the counts."""
    status = np.array(list(f.monomial_status().values()))
    for kind in kinds:
        chosen = points[status == kind]
        draw_points(ax, chosen, label=f"{len(chosen)} {kind}", clip_on=False, **MARKS[kind] | style)


def label_exponent_axes(ax: Any, units: list[str]) -> None:
    """Label axes by exponents, with ticks at integers."""
    ax.set(xlabel=f"exponent of $x_1{units[0]}$", ylabel=f"exponent of $x_2{units[1]}$")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.yaxis.get_major_locator().set_params(integer=True)


def _around(corners: Floats) -> Floats:
    """The corners of a convex polygon (over the plane) in cyclic order."""
    offsets = corners[:, :2] - corners[:, :2].mean(axis=0)
    return corners[np.argsort(np.arctan2(offsets[:, 1], offsets[:, 0]))]
