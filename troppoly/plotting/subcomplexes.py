"""Subcomplexes of the plane and of space: tropical curves and surfaces, decision boundaries, level sets."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.complex.subcomplex import Subcomplex
from troppoly.plotting import interactive
from troppoly.plotting.axes import draw_lines, draw_points, draw_polygons, plane_axes, space_axes
from troppoly.plotting.clipping import ClippedFaces
from troppoly.plotting.coloring import INK, color_of, shaded
from troppoly.plotting.view import View
from troppoly.plotting.windows import Window, inside, wide_window, window_of

__all__ = ["interactive_subcomplex", "plot_subcomplex"]

FLAT = 2.0**-30  # two polygons whose normals have a cosine this near to 1 look like one


@checked
def plot_subcomplex(
    subcomplex: Subcomplex, *, ax: Any = None, window: Window | None = None, color: Any = "#56b4e9", alpha: float = 0.55
) -> Any:
    """Draw a closed subcomplex of R^2, or of R^3 in three-dimensional axes.

    Polygons are filled, in space with opacity ``alpha``; edges are lines, in space thinner where two polygons lie
    flat side by side; vertices on no edge are points.  By default the window shows every vertex of a compact
    subcomplex.  Where a polygon is cut off, there is no edge.

    Raises InputError for another dimension.

    >>> import troppoly as tp
    >>> from troppoly.geometry import Subcomplex
    >>> f = tp.TropicalPolynomial({(1, 0, 0): 0, (0, 1, 0): 0, (0, 0, 1): 0, (0, 0, 0): 0})
    >>> surface = Subcomplex.of(f.normal_complex().complex).skeleton(2)
    >>> [float(bound) for bound in plot_subcomplex(surface).get_zlim()]
    [-1.0, 1.0]
    """
    view, rgb = view_of(subcomplex, window, (2, 3)), color_of(color)
    edges, polygons = (faces_of(view, subcomplex, k) for k in (1, 2))
    if subcomplex.complex.ambient_dimension == 2:
        ax = plane_axes(view.window, ax, view.note)
        draw_polygons(ax, polygons.polygons, [rgb])
        draw_lines(ax, edges.segments, linewidths=1.8)
    else:
        ax = space_axes(view.window, ax, view.note)
        colors = shaded(np.tile(rgb, (len(polygons), 1)), polygons, view.window)
        draw_polygons(ax, polygons.polygons, np.column_stack([colors, np.full(len(colors), alpha)]))
        bent = bends(subcomplex.complex, polygons, edges)
        draw_lines(ax, edges.take(~bent).segments, linewidths=0.35, alpha=0.35)
        draw_lines(ax, edges.take(bent).segments, linewidths=1.1)
    draw_points(ax, isolated_points(view, subcomplex))
    return ax


@checked
def interactive_subcomplex(
    subcomplex: Subcomplex, *, window: Window | None = None, color: Any = "#56b4e9", opacity: float = 1.0
) -> Any:
    """Return a Plotly figure of a closed subcomplex of R^3, as :func:`plot_subcomplex` draws it.

    Raises InputError for another dimension.

    >>> import troppoly as tp
    >>> from troppoly.geometry import Subcomplex
    >>> f = tp.TropicalPolynomial({(1, 0, 0): 0, (0, 1, 0): 0, (0, 0, 1): 0, (0, 0, 0): 0})
    >>> figure = interactive_subcomplex(Subcomplex.of(f.normal_complex().complex).skeleton(2))
    >>> [trace.name for trace in figure.data]
    ['polygons', 'edges', 'window']
    """
    view = view_of(subcomplex, window, (3,))
    edges, polygons = (faces_of(view, subcomplex, k) for k in (1, 2))
    bent = edges.take(bends(subcomplex.complex, polygons, edges))
    traces = [interactive.mesh(polygons, color_of(color), "polygons", opacity)]
    traces.append(interactive.lines(bent.segments, "edges", INK, 3))
    points = isolated_points(view, subcomplex)
    if len(points):
        style = {"mode": "markers", "marker": {"color": INK, "size": 4}, "name": "points"}
        traces.append(interactive.plotly().Scatter3d(**dict(zip("xyz", points.T, strict=True)), **style))
    return interactive.figure(traces, view.window)


def view_of(subcomplex: Subcomplex, window: Window | None, dimensions: tuple[int, ...]) -> View:
    """Return the view of a complex, by default in a window that shows every vertex of a subcomplex if it is compact."""
    complex_ = subcomplex.complex
    choose = partial(window_of, dimension=complex_.ambient_dimension) if subcomplex.is_compact() else wide_window
    return View.of(complex_, window, dimensions=dimensions, rays=subcomplex.members[0], choose=choose)


def faces_of(view: View, subcomplex: Subcomplex, dimension: int) -> ClippedFaces:
    """Return the faces of a subcomplex of a dimension, 1 or 2."""
    k = dimension + 1 - subcomplex.complex.lineality_dimension
    return view.faces(dimension, subcomplex.members[k - 1] if 1 <= k <= subcomplex.complex.cone_dimension else True)


def isolated_points(view: View, subcomplex: Subcomplex) -> NDArray[np.float64]:
    """Return the (n, d) vertices of a subcomplex, in the window, that lie on none of its edges."""
    complex_, members = subcomplex.complex, subcomplex.members
    alone = members[0] & ~complex_.faces_at_infinity[0] & (len(members) > 1 and not complex_.lineality_dimension)
    if alone.any():
        alone[complex_.facets[0].indices[np.repeat(members[1], 2)]] = False
    points = view.rounded.rays[alone, :-1]
    return points[inside(points, view.window)]


def bends(complex: PolyhedralComplex, polygons: ClippedFaces, edges: ClippedFaces) -> NDArray[np.bool_]:
    """Return for every edge in R^3 whether the polygons at it do more than lie flat, two in one plane."""
    if complex.lineality_dimension:
        return np.ones(len(edges), dtype=bool)
    incidence = complex.facets[1]
    normal = np.full((incidence.n_lists, 3), np.nan)
    normal[polygons.ids] = polygons.unit_normals()
    met = np.isfinite(normal[incidence.owners, 0])
    at, sides = incidence.indices[met], normal[incidence.owners[met]]
    moments = np.zeros((complex.n_cones(2), 3, 3))
    np.add.at(moments, at, sides[:, :, None] * sides[:, None, :])  # n n^T, the same for n and -n
    count = np.bincount(at, minlength=len(moments))
    # for two unit normals, |n n^T + m m^T|^2 = 2 + 2 <n, m>^2
    flat = (count == 2) & ((moments**2).sum(axis=(1, 2)) >= 4 - FLAT)
    return np.asarray(~flat[edges.ids])
