"""Subcomplexes of the plane and of space: tropical curves and surfaces, decision boundaries, level sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.complex.subcomplex import Subcomplex
from troppoly.errors import InputError, require
from troppoly.plotting.axes import draw_segments, left_out, plane_axes, space_axes
from troppoly.plotting.clipping import ClippedFaces, RoundedComplex
from troppoly.plotting.light import bends, shaded
from troppoly.plotting.palette import INK, color_of
from troppoly.plotting.windows import WIDE_MARGIN, Window, central_window, check_window, intervals, window_of

__all__ = ["ClippedSubcomplex", "plot_subcomplex"]


@checked
def plot_subcomplex(
    subcomplex: Subcomplex, *, ax: Any = None, window: Window | None = None, color: Any = "#56b4e9", alpha: float = 0.55
) -> Any:
    """Draw a closed subcomplex of R^2 or R^3 and return the Matplotlib axes (three-dimensional for R^3).

    Its polygons are filled, with opacity ``alpha`` in space; its edges are lines, in space thinner
    where two polygons lie flat side by side; vertices on no edge are points.  What is unbounded goes on up to the window, (xmin, xmax, ymin, ymax) or
    (..., zmin, zmax), by default one that shows every vertex of a compact subcomplex, and otherwise where most are; where a polygon is cut
    off, there is no edge.

    Raises InputError for another dimension or an empty window, and MissingDependencyError without
    Matplotlib.

    >>> import troppoly as tp
    >>> from troppoly.geometry import Subcomplex
    >>> f = tp.TropicalPolynomial({(1, 0, 0): 0, (0, 1, 0): 0, (0, 0, 1): 0, (0, 0, 0): 0})
    >>> surface = Subcomplex.of(f.normal_complex().complex).skeleton(2)
    >>> [float(bound) for bound in plot_subcomplex(surface).get_zlim()]
    [-1.0, 1.0]
    """
    clipped, rgb = ClippedSubcomplex.of(subcomplex, window), color_of(color)
    if clipped.dimension == 2:
        ax = plane_axes(clipped.window, ax, clipped.note)
        fill = require("matplotlib.collections", extra="plot").PolyCollection
        ax.add_collection(
            fill(clipped.polygons.polygons, facecolors=[rgb], edgecolors="face", linewidths=0.3), autolim=False
        )
        draw_segments(ax, clipped.edges, linewidths=1.8)
    else:
        ax = space_axes(clipped.window, ax, clipped.note)
        colours = shaded(np.tile(rgb, (len(clipped.polygons), 1)), clipped.polygons, clipped.window)
        draw_polygons(ax, clipped.polygons, facecolors=np.column_stack([colours, np.full(len(colours), alpha)]))
        bent = clipped.bends()
        draw_space_edges(ax, clipped.edges.take(~bent), linewidths=0.35, alpha=0.35)
        draw_space_edges(ax, clipped.edges.take(bent), linewidths=1.1)
    if len(clipped.points):
        ax.plot(*clipped.points.T, linestyle="none", marker="o", markersize=5, color=INK)
    return ax


@dataclass(frozen=True, slots=True, eq=False)
class ClippedSubcomplex:
    """The polygons, edges and isolated vertices of a subcomplex of R^2 or R^3 in a window."""

    complex: PolyhedralComplex
    window: Window
    polygons: ClippedFaces
    edges: ClippedFaces
    points: NDArray[np.float64]
    note: str

    @property
    def dimension(self) -> int:
        """The dimension of the space, 2 or 3."""
        return len(self.window) // 2

    @classmethod
    def of(
        cls, subcomplex: Subcomplex, window: Window | None = None, rounded: RoundedComplex | None = None
    ) -> ClippedSubcomplex:
        """Return the part in a window, by default in one that shows every vertex of the subcomplex if it is compact.

        Otherwise it shows where most of them are.

        ``rounded`` is the rounded complex, if it is there already.  Raises InputError for a subcomplex of
        another space than R^2 and R^3, and for an empty window.
        """
        complex_ = subcomplex.complex
        d = complex_.ambient_dimension
        if d not in (2, 3):
            raise InputError(f"Subcomplexes of the plane and of space can be drawn, but this is one of R^{d}.")
        if rounded is None:
            rounded = RoundedComplex.of(complex_)
        members = subcomplex.members
        vertices = members[0] & ~complex_.faces_at_infinity[0]
        note = ""
        if window is None:
            shown = rounded.rays[vertices, :-1]
            compact = subcomplex.is_compact()
            window = window_of(shown, d) if compact else central_window(shown, WIDE_MARGIN)
            note = "" if complex_.lineality_dimension else left_out(shown, window)
        window = check_window(window, d)
        isolated = np.zeros((0, d))
        if not complex_.lineality_dimension and len(members) > 1:
            alone = vertices.copy()
            alone[complex_.facets[0].indices[np.repeat(members[1], 2)]] = False
            isolated = rounded.rays[alone, :-1]
            low, high = intervals(window).T
            isolated = isolated[np.all((low <= isolated) & (isolated <= high), axis=1)]
        edges, polygons = (rounded.faces(k, window, _members(subcomplex, k)) for k in (1, 2))
        return cls(complex_, window, polygons, edges, isolated, note)

    def bends(self) -> NDArray[np.bool_]:
        """Return which of the edges of a subcomplex of R^3 are no lines in a flat part of a surface."""
        if self.complex.lineality_dimension:
            return np.ones(len(self.edges), dtype=bool)
        return bends(self.complex, self.polygons, self.edges)


def _members(subcomplex: Subcomplex, dimension: int) -> NDArray[np.bool_] | None:
    """The mask of the faces of a dimension, if the complex has faces of it."""
    k = dimension + 1 - subcomplex.complex.lineality_dimension
    return subcomplex.members[k - 1] if 1 <= k <= subcomplex.complex.cone_dimension else None


def draw_polygons(ax: Any, polygons: ClippedFaces, **style: Any) -> None:
    """Draw polygons of space as one collection, without lines around them."""
    collection = require("mpl_toolkits.mplot3d.art3d", extra="plot").Poly3DCollection
    style = {"edgecolors": "none", "linewidths": 0, "zorder": 1} | style
    if len(polygons):
        ax.add_collection3d(collection(polygons.polygons, **style), autolim=False)


def draw_space_edges(ax: Any, edges: ClippedFaces, **style: Any) -> None:
    """Draw edges of space as one collection."""
    collection = require("mpl_toolkits.mplot3d.art3d", extra="plot").Line3DCollection
    style = {"colors": INK, "linewidths": 0.7, "capstyle": "round"} | style
    if len(edges):
        ax.add_collection3d(collection(edges.points.reshape(-1, 2, 3), **style), autolim=False)
