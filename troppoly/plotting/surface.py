"""The graph of a piecewise linear function of two variables, over its regions."""

from __future__ import annotations

from typing import Any

import numpy as np

from troppoly.arguments import checked
from troppoly.errors import InputError
from troppoly.plotting.axes import space_axes, wall_width
from troppoly.plotting.clipping import ClippedFaces
from troppoly.plotting.graph import scaled, values_on
from troppoly.plotting.light import shaded
from troppoly.plotting.palette import INK
from troppoly.plotting.plane import PlanePicture, cell_colours
from troppoly.plotting.subcomplexes import draw_polygons
from troppoly.plotting.windows import Window, window_of
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["graph_of_function", "plot_surface"]


@checked
def plot_surface(
    regions: LinearRegions, *, output: int = 0, ax: Any = None, window: Window | None = None, colormap: str = "YlGnBu_r"
) -> Any:
    """Draw the graph of an output over the linear regions of the plane, and return three-dimensional axes.

    Every cell is an outlined polygon of the graph, in the colour that
    :func:`~troppoly.plotting.plot_regions` gives it, shaded by its slope; the graph goes on outside of the
    window that it is cut off at, and which is drawn as a box.  ``ax`` are three-dimensional axes;
    ``window`` is one of the plane, (xmin, xmax, ymin, ymax), by default one that shows where most vertices are.

    Raises InputError if the regions are not regions of the plane or there is no such output, and
    MissingDependencyError without Matplotlib.

    >>> import troppoly as tp
    >>> roof = tp.Network.from_arrays([[[1, 0], [-1, 0]], [[-1, -1]]])  # -|x|
    >>> ax = plot_surface(tp.linear_regions(roof), window=(-1, 1, -1, 1))
    >>> [round(float(z), 2) for z in ax.get_zlim()], len(ax.collections[1].get_facecolor())
    ([-1.1, 0.1], 2)
    """
    cells, _, box, unit, note = graph_of_function(regions, output, window)
    colours = shaded(cell_colours(regions, colormap)[cells.ids], cells, box)
    new = ax is None
    ax = space_axes(box, ax, note)
    if new:
        ax.set_box_aspect((1, 1, 0.7), zoom=0.95)
    draw_polygons(ax, cells, facecolors=colours, edgecolors=INK, linewidths=0.5 * wall_width(len(cells)))
    ax.set_zlabel(f"$f(x){unit}$", labelpad=8)
    return ax


def graph_of_function(
    regions: LinearRegions, output: int = 0, window: Window | None = None
) -> tuple[ClippedFaces, ClippedFaces, Window, str, str]:
    """Return the polygons and folds of the graph of an output in R^3, over a window, and the box around it.

    After them comes what the heights are divided by (see :func:`~troppoly.plotting.graph.scaled`), and what the
    picture leaves out.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 0): 0})
    >>> cells, *_ = graph_of_function(tp.linear_regions(f), window=(-1, 1, -1, 1))
    >>> sorted(cells.points[:, 2].tolist())
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]
    """
    picture = PlanePicture.of(regions.complex, window)
    region = regions.region_of_cell
    _, representatives = np.unique(region, return_index=True)
    maps = regions.maps.exact(representatives)
    if not 0 <= output < maps.shape[1]:
        raise InputError(f"The function has no output {output!r}: there are {maps.shape[1]}.")
    forms = maps[:, output]
    walls = regions.complex.walls
    folds = picture.walls.take((region[walls.first] != region[walls.second])[picture.walls.ids])
    on_cells = values_on(forms[region[picture.cells.ids]], picture.cells)
    on_folds = values_on(forms[region[walls.first[folds.ids]]], folds)
    heights, unit = scaled(np.concatenate([on_cells, on_folds]))
    graph, edges = (
        ClippedFaces(faces.ids, np.column_stack([faces.points, z]), faces.indptr)
        for faces, z in ((picture.cells, heights[: len(on_cells)]), (folds, heights[len(on_cells) :]))
    )
    return graph, edges, (*picture.window, *window_of(heights[:, None], 1)), unit, picture.note
