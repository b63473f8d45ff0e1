"""A tropical curve beside the dual subdivision of its Newton polygon.

The curve is the set of the points of the plane where the maximum is attained twice.  Its regions are dual to the
vertices of the subdivision, its edges to the edges, at right angles, and its vertices to the polygons.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from troppoly.arguments import checked
from troppoly.plotting.axes import draw_lines, draw_points, draw_polygons, new_figure, plane_axes, settle, write
from troppoly.plotting.coloring import equal_steps, levels
from troppoly.plotting.newton import draw_monomials, exponents_in_the_plane, label_exponent_axes, positions, subdivision
from troppoly.plotting.palette import ACCENT, INK, PALE, sequential
from troppoly.plotting.view import View
from troppoly.plotting.windows import Window, inside, wide_window, window_of
from troppoly.polynomial import TropicalPolynomial

__all__ = ["plot_dual_subdivision", "plot_duality", "plot_tropical_curve"]

NAMED = 24
"""Up to so many regions are labeled by their exponents."""

LABELED = 0.006
"""The part of the window that a labeled region has at least."""


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
