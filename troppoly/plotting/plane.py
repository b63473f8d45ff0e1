"""The cells and walls of a complex of the plane in a window, and the colours of linear regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.errors import InputError, require
from troppoly.plotting.axes import draw_domain, draw_segments, left_out, plane_axes, wall_width
from troppoly.plotting.clipping import ClippedFaces, RoundedComplex
from troppoly.plotting.colouring import cielab, equal_steps, levels
from troppoly.plotting.palette import INK, PALE, sequential
from troppoly.plotting.windows import MARGIN, Window, central_window, check_window
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["PlanePicture", "cell_colours"]

DARK = 55.0
"""Lines on fills of less lightness are white."""


@dataclass(frozen=True, slots=True, eq=False)
class PlanePicture:
    """The cells and walls of a complex of the plane, or of the line, in a window.

    ``walls.ids`` are numbers of ``refinement.walls``; ``note`` says how many vertices a window leaves out that was
    not asked for.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})
    >>> picture = PlanePicture.of(tp.linear_regions(f).complex, (0, 2, -1, 1))
    >>> len(picture.cells), len(picture.walls)
    (2, 1)
    """

    rounded: RoundedComplex
    window: Window
    cells: ClippedFaces
    walls: ClippedFaces
    note: str

    @classmethod
    def of(
        cls,
        complex: PolyhedralComplex,
        window: Window | None = None,
        *,
        dimension: int = 2,
        rays: NDArray[np.bool_] | None = None,
        margin: float = MARGIN,
    ) -> PlanePicture:
        """Return the picture of a complex of R^2 (or R^1), by default in a window that shows where its vertices are.

        ``rays`` is a mask of those that count for this (all by default); ``margin`` is that of :func:`window_of`.
        Raises InputError for a complex of another dimension and for an empty window.
        """
        if complex.ambient_dimension != dimension:
            raise InputError(
                f"A picture in the plane needs two inputs, but these are regions of R^{complex.ambient_dimension}."
                if dimension == 2
                else f"The graph of a function of one variable needs one input, not {complex.ambient_dimension}."
            )
        rounded, note = RoundedComplex.of(complex), ""
        if window is None:
            vertices = rounded.vertices
            counted = vertices if rays is None else rounded.rays[rays & (rounded.rays[:, -1] == 1), :-1]
            window = central_window(counted if len(counted) else vertices, margin)
            note = "" if complex.lineality_dimension else left_out(vertices, window)
        window = check_window(window, dimension)
        facets = complex.walls.facets
        number = np.full(complex.n_cones(max(complex.cone_dimension - 1, 1)), -1)
        number[facets] = np.arange(len(facets))
        walls = rounded.faces(dimension - 1, window, number >= 0)
        walls = ClippedFaces(number[walls.ids], walls.points, walls.indptr)
        return cls(rounded, window, rounded.faces(dimension, window), walls, note)

    def axes(self, ax: Any) -> Any:
        """Return ``ax`` or new axes, with the window."""
        return plane_axes(self.window, ax, self.note)

    def fill(self, ax: Any, colours: Any = None) -> None:
        """Fill the cells: with one pale colour, or an array with a colour for every cell of the complex."""
        fill = PALE if colours is None else np.asarray(colours)[self.cells.ids]
        polygons = require("matplotlib.collections", extra="plot").PolyCollection
        ax.add_collection(
            polygons(self.cells.polygons, facecolors=fill, edgecolors="face", linewidths=0.3), autolim=False
        )
        draw_domain(ax, self.rounded, self.window)

    def draw_walls(self, ax: Any, regions: LinearRegions, fills: Any, **style: Any) -> None:
        """Draw the walls between linear regions solid, and those inside of one dotted, light on dark fills.

        ``fills`` is the array of the colours of all cells.
        """
        walls = regions.complex.walls
        region = regions.region_of_cell
        inner = (region[walls.first] == region[walls.second])[self.walls.ids]
        style = {"linewidths": wall_width(len(self.cells))} | style
        draw_segments(ax, self.walls.take(~inner), **style)
        dotted = self.walls.take(inner)
        dark = cielab(np.asarray(fills)[walls.first[dotted.ids], :3])[:, 0] < DARK
        draw_segments(ax, dotted, linestyles=":", **style | {"colors": np.where(dark, "#ffffff", INK)})


def cell_colours(regions: LinearRegions, colormap: str = "YlGnBu_r") -> NDArray[np.float64]:
    """Return the (cells, 3) colours of :func:`~troppoly.plotting.plot_regions`: one for every affine map.

    >>> import troppoly as tp
    >>> fold = tp.Network.from_arrays([[[1, 0], [-1, 0]], [[1, -1]]])  # the function x, on two cells
    >>> len(np.unique(cell_colours(tp.linear_regions(fold)), axis=0))
    1
    """
    classes, slopes = _classes_of_equal_maps(regions)
    walls = regions.complex.walls
    level = levels(slopes, np.column_stack([classes[walls.first], classes[walls.second]]))
    return equal_steps(sequential(colormap, 256))[level[classes]]


def _classes_of_equal_maps(regions: LinearRegions) -> tuple[NDArray[np.int64], list[Any]]:
    """The class of equal affine maps of every cell, and the squared norm of the matrix of every class."""
    _, representatives = np.unique(regions.region_of_cell, return_index=True)
    numbers: dict[Any, int] = {}
    slopes: list[Any] = []
    class_of_region = np.zeros(len(representatives), dtype=np.int64)
    for region, joint in enumerate(regions.maps.exact(representatives)):
        key = tuple(joint.flat)
        if key not in numbers:
            numbers[key] = len(slopes)
            slopes.append(sum(entry * entry for entry in joint[:, :-1].flat))
        class_of_region[region] = numbers[key]
    return class_of_region[regions.region_of_cell], slopes
