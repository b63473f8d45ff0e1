"""A tropical curve beside the dual subdivision of its Newton polygon.

The curve is the set of the points of the plane where the maximum is attained twice.  Its regions are dual to
the vertices of the subdivision, its edges to the edges, at right angles, and its vertices to the polygons.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.errors import require
from troppoly.plotting.axes import draw_segments, plane_axes, settle
from troppoly.plotting.colouring import equal_steps, levels
from troppoly.plotting.newton import MARKS, exponents_in_the_plane, label_exponent_axes, positions, subdivision_polygons
from troppoly.plotting.palette import ACCENT, INK, PALE, sequential
from troppoly.plotting.plane import PlanePicture
from troppoly.plotting.windows import WIDE_MARGIN, Window, intervals, window_of
from troppoly.polynomial import TropicalPolynomial

__all__ = ["plot_dual_subdivision", "plot_duality", "plot_tropical_curve"]

NAMED = 24
"""Up to so many regions are labelled by their exponents."""

LABELLED = 0.006
"""The part of the window that a labelled region has at least."""


@checked
def plot_tropical_curve(f: TropicalPolynomial, *, ax: Any = None, window: Window | None = None) -> Any:
    """Draw the tropical curve of a polynomial in two variables, and return the Matplotlib axes.

    The regions are coloured as their vertices in :func:`plot_dual_subdivision` and labelled by their
    exponents, if they are few and large enough.  The width of an edge grows with its weight, which is written
    beside it unless it is 1.  ``window`` is (xmin, xmax, ymin, ymax), by default one that shows where most
    vertices are.

    Raises InputError unless there are two variables, and MissingDependencyError without Matplotlib.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(2, 0): 0, (0, 2): 0, (0, 0): 0})
    >>> [text.get_text() for text in plot_tropical_curve(f).texts]
    ['2', '2', '2', '(0, 0)', '(0, 2)', '(2, 0)']
    """
    exponents_in_the_plane(f)
    complex_ = f.normal_complex().complex
    picture = PlanePicture.of(complex_, window, margin=WIDE_MARGIN)
    weights = [wall.weight for wall in f.hypersurface()]
    ax = picture.axes(ax)
    picture.fill(ax, _colours(f))
    widths = [0.9 + 0.9 * float(min(weights[i], 5)) for i in picture.walls.ids]
    draw_segments(ax, picture.walls, linewidths=widths)
    effects = require("matplotlib.patheffects", extra="plot")
    halo = [effects.withStroke(linewidth=3, foreground="white")]
    texts = []
    middles = picture.walls.points.reshape(-1, 2, 2).mean(axis=1)
    for i, middle in zip(picture.walls.ids, middles, strict=True):
        if weights[i] != 1:
            style = {"color": ACCENT, "weight": "bold", "path_effects": halo, "in_layout": False}
            texts.append(ax.text(*middle, str(weights[i]), ha="center", va="center", **style))
    vertices = picture.rounded.vertices
    low, high = intervals(picture.window).T
    vertices = vertices[np.all((low <= vertices) & (vertices <= high), axis=1)]
    if not complex_.lineality_dimension:
        size = float(np.clip(24 / np.sqrt(max(len(vertices), 1)), 1.5, 4.5))
        ax.plot(*vertices.T, linestyle="none", marker="s", markersize=size, color=INK)
    if len(f.normal_complex().vertices) <= NAMED:
        exponents = f.dual_subdivision().points
        areas, centroids = picture.cells.areas_and_centroids()
        for i in np.flatnonzero(areas > LABELLED * areas.sum()):
            name, style = _name(exponents[picture.cells.ids[i]]), {"size": 8, "path_effects": halo}
            texts.append(ax.text(*centroids[i], name, ha="center", va="center", in_layout=False, **style))
    settle(ax, texts)
    return ax


@checked
def plot_dual_subdivision(f: TropicalPolynomial, *, ax: Any = None) -> Any:
    """Draw the dual subdivision of the Newton polygon of a polynomial, and return the Matplotlib axes.

    Its vertices are coloured as the regions of :func:`plot_tropical_curve`.  Redundant monomials are
    drawn as by :func:`~troppoly.plotting.plot_newton_polytope`.

    Raises InputError unless there are two variables, and MissingDependencyError without Matplotlib.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0, (1, 1): 1})
    >>> ax = plot_dual_subdivision(f)
    >>> len(ax.collections[0].get_paths()), len(ax.collections[1].get_segments())  # triangles and edges
    (2, 5)
    """
    exponents, units = exponents_in_the_plane(f)
    ax = plane_axes(window_of(exponents), ax)
    subdivision = f.dual_subdivision()
    points = exponents[positions(f, subdivision.points)]
    collections = require("matplotlib.collections", extra="plot")
    polygons = subdivision_polygons(f, points)
    ax.add_collection(collections.PolyCollection(polygons.polygons, facecolors=PALE), autolim=False)
    edges = np.array(subdivision.faces(1) if subdivision.dimension else [], dtype=np.intp).reshape(-1, 2)
    ax.add_collection(collections.LineCollection(points[edges], colors=INK, linewidths=1.3), autolim=False)
    status = np.array(list(f.monomial_status().values()))
    for name in ("boundary", "interior"):
        if (status == name).any():  # (no line: an empty one that is not clipped breaks the layout)
            ax.plot(*exponents[status == name].T, linestyle="none", clip_on=False, zorder=4, **MARKS[name])
    size = float(np.clip(400 / np.sqrt(len(points)), 14, 90))
    ax.scatter(*points.T, s=size, c=_colours(f), edgecolors=INK, linewidths=1.2, zorder=5, clip_on=False)
    label_exponent_axes(ax, units)
    return ax


@checked
def plot_duality(f: TropicalPolynomial, *, window: Window | None = None) -> Any:
    """Return a figure of the tropical curve and, beside it, the dual subdivision of the Newton polygon.

    Raises what :func:`plot_tropical_curve` raises.

    >>> import troppoly as tp
    >>> line = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})
    >>> [ax.get_title() for ax in plot_duality(line).axes]
    ['tropical curve', 'dual subdivision']
    """
    exponents_in_the_plane(f)
    figure = require("matplotlib.figure", extra="plot").Figure(figsize=(13, 6.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    plot_tropical_curve(f, ax=left, window=window).set_title("tropical curve")
    plot_dual_subdivision(f, ax=right).set_title("dual subdivision")
    for ax in (left, right):
        ax.set_aspect("equal", adjustable="box")
    return figure


def _colours(f: TropicalPolynomial) -> Any:
    """A light colour for every vertex monomial, different for neighbours; darker where the slope is less."""
    normal = f.normal_complex()
    walls = normal.complex.walls
    slopes = [sum(a * a for a in vertex[:-1]) for vertex in normal.vertices]
    level = levels(slopes, np.column_stack([walls.first, walls.second]))
    colours = equal_steps(sequential("YlGnBu_r", 256))[level]
    return 1 - (1 - colours) * 0.7


def _name(exponent: tuple[mpq, ...]) -> str:
    return f"({', '.join(map(str, exponent))})"
