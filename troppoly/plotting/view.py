"""What a window shows of a complex, and the colors of linear regions: the ground of every picture of a complex."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.errors import InputError
from troppoly.plotting.axes import draw_lines, draw_polygons, plane_axes, wall_width
from troppoly.plotting.clipping import ClippedFaces, RoundedComplex
from troppoly.plotting.coloring import INK, PALE, cielab, equal_steps, levels, sequential
from troppoly.plotting.windows import Window, central_window, check_window, left_out
from troppoly.regions.regions import LinearRegions

DARK = 55.0  # lines on fills of less lightness are white
INPUTS = {(1,): "one input", (2,): "two inputs", (3,): "three inputs", (2, 3): "two or three inputs"}


@dataclass(frozen=True, eq=False)
class View:
    """A complex of R^d in a window; ``note`` says how many vertices a window leaves out that was not asked for."""

    rounded: RoundedComplex
    window: Window
    note: str

    @classmethod
    def of(
        cls,
        complex: PolyhedralComplex,
        window: Window | None = None,
        *,
        dimensions: tuple[int, ...] = (2,),
        rays: Any = True,
        choose: Callable[[NDArray[np.float64]], Window] = central_window,
    ) -> View:
        """Return the view of a complex, by default in the window that is chosen for its vertices.

        ``rays`` is a mask of those that count for this, unless it has no vertices.  Raises InputError for a complex
        of another dimension and for an empty window.
        """
        d = complex.ambient_dimension
        if d not in dimensions:
            raise InputError(f"This picture is one of a function of {INPUTS[dimensions]}, but the complex is in R^{d}.")
        rounded, note = RoundedComplex.of(complex), ""
        if window is None:
            counted = rounded.rays[rays & (rounded.rays[:, -1] == 1), :-1]
            counted = counted if len(counted) else rounded.vertices
            window = choose(counted)
            note = "" if complex.lineality_dimension else left_out(counted, window)
        return cls(rounded, check_window(window, d), note)

    def faces(self, dimension: int, members: Any = True) -> ClippedFaces:
        """Return faces of a dimension, or those in a mask; see :meth:`RoundedComplex.faces`."""
        return self.rounded.faces(dimension, self.window, members)

    @cached_property
    def cells(self) -> ClippedFaces:
        """The cells, in the plane or on the line."""
        return self.faces(len(self.window) // 2)

    @cached_property
    def walls(self) -> ClippedFaces:
        """The walls, with their numbers in ``complex.walls``."""
        complex_ = self.rounded.complex
        facets = complex_.walls.facets
        number = np.full(complex_.n_cones(max(complex_.cone_dimension - 1, 1)), -1)
        number[facets] = np.arange(len(facets))
        walls = self.faces(len(self.window) // 2 - 1, number >= 0)
        return ClippedFaces(number[walls.ids], walls.points, walls.indptr)

    def axes(self, ax: Any, colors: Any = None) -> Any:
        """Return ``ax`` or new axes with the cells, pale or in (cells, 3) colors, and thick where the complex ends."""
        ax = plane_axes(self.window, ax, self.note)
        draw_polygons(ax, self.cells.polygons, PALE if colors is None else np.asarray(colors)[self.cells.ids])
        complex_ = self.rounded.complex
        if complex_.cone_dimension > 1:
            uses = np.bincount(complex_.facets[-1].indices, minlength=complex_.n_cones(complex_.cone_dimension - 1))
            border = self.faces(1, uses == 1)
            if len(border):
                draw_lines(ax, border.segments, linewidths=2.2, zorder=2.5)
        return ax

    def draw_walls(self, ax: Any, regions: LinearRegions, fills: Any, **style: Any) -> None:
        """Draw the walls between linear regions solid, those inside of one dotted, light on dark (cells, 3) fills."""
        between = between_regions(regions)[self.walls.ids]
        style = {"linewidths": wall_width(len(self.cells))} | style
        draw_lines(ax, self.walls.take(between).segments, **style)
        dotted = self.walls.take(~between)
        dark = cielab(np.asarray(fills)[regions.complex.walls.first[dotted.ids], :3])[:, 0] < DARK
        draw_lines(ax, dotted.segments, linestyles=":", **style | {"colors": np.where(dark, "#ffffff", INK)})


def between_regions(regions: LinearRegions) -> NDArray[np.bool_]:
    """Return for every wall whether it is between two linear regions, and not inside of one."""
    walls, region = regions.complex.walls, regions.region_of_cell
    return np.asarray(region[walls.first] != region[walls.second])


def cell_colors(regions: LinearRegions, colormap: str = "YlGnBu_r") -> NDArray[np.float64]:
    """Return the (cells, 3) colors of :func:`~troppoly.plotting.plot_regions`: one for every affine map."""
    _, representatives = np.unique(regions.region_of_cell, return_index=True)
    numbers: dict[Any, int] = {}
    slopes: list[Any] = []
    of_region = np.zeros(len(representatives), dtype=np.intp)
    for region, joint in enumerate(regions.maps.exact(representatives)):
        of_region[region] = numbers.setdefault(tuple(joint.flat), len(numbers))
        if len(slopes) < len(numbers):
            slopes.append((joint[:, :-1] ** 2).sum())
    classes, walls = of_region[regions.region_of_cell], regions.complex.walls
    level = levels(slopes, np.column_stack([classes[walls.first], classes[walls.second]]))
    return equal_steps(sequential(colormap, 256))[level[classes]]
