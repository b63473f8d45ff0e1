"""The graph of a piecewise linear function of two variables, over its regions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import InputError
from troppoly.plotting.axes import space_axes, wall_width
from troppoly.plotting.clipping import ClippedFaces
from troppoly.plotting.light import shaded
from troppoly.plotting.palette import INK
from troppoly.plotting.regions import PlanePicture, cell_colours
from troppoly.plotting.subcomplexes import draw_polygons
from troppoly.plotting.windows import Window, window_of
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["graph_of_function", "plot_surface"]


def plot_surface(
    regions: LinearRegions,
    *,
    output: int = 0,
    ax: Any = None,
    window: Window | None = None,
    colormap: str = "YlGnBu_r",
) -> Any:
    """Draw the graph of an output over the linear regions of the plane, and return three-dimensional axes.

    Every cell is an outlined polygon of the graph, in the colour that
    :func:`~troppoly.plotting.plot_regions` gives it, shaded by its slope; the graph goes on outside of the
    window that it is cut off at, and which is drawn as a box.  ``ax`` are three-dimensional axes;
    ``window`` is one of the plane, (xmin, xmax, ymin, ymax), by default one that shows every vertex.

    Raises InputError if the regions are not regions of the plane or there is no such output, and
    MissingDependencyError without Matplotlib.

    >>> import troppoly as tp
    >>> roof = tp.Network.from_arrays([[[1, 0], [-1, 0]], [[-1, -1]]])  # -|x|
    >>> ax = plot_surface(tp.linear_regions(roof), window=(-1, 1, -1, 1))
    >>> [round(float(z), 2) for z in ax.get_zlim()], len(ax.collections[1].get_facecolor())
    ([-1.1, 0.1], 2)
    """
    cells, _, box = graph_of_function(regions, output, window)
    colours = shaded(cell_colours(regions, colormap)[cells.ids], cells, box)
    new = ax is None
    ax = space_axes(box, ax)
    if new:
        ax.set_box_aspect((1, 1, 0.7), zoom=0.95)
    draw_polygons(ax, cells, facecolors=colours, edgecolors=INK, linewidths=0.5 * wall_width(len(cells)))
    ax.set_zlabel("$f(x)$", labelpad=8)
    return ax


def graph_of_function(
    regions: LinearRegions, output: int = 0, window: Window | None = None
) -> tuple[ClippedFaces, ClippedFaces, Window]:
    """Return the polygons and folds of the graph of an output in R^3, over a window, and the box around it.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 0): 0})
    >>> cells, folds, box = graph_of_function(tp.linear_regions(f), window=(-1, 1, -1, 1))
    >>> sorted(cells.points[:, 2].tolist())
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]
    """
    picture = PlanePicture.of(regions.complex, window)
    region = regions.region_of_cell
    _, representatives = np.unique(region, return_index=True)
    maps = regions.maps.exact(representatives)
    if not 0 <= output < maps.shape[1]:
        raise InputError(f"The function has no output {output}: there are {maps.shape[1]}.")
    forms = maps[:, output].astype(float)
    walls = regions.complex.walls
    real = np.flatnonzero((region[walls.first] != region[walls.second])[picture.walls.ids])
    ends = picture.walls.points.reshape(-1, 2, 2)[real].reshape(-1, 2)
    folds = ClippedFaces(picture.walls.ids[real], ends, 2 * np.arange(len(real) + 1))
    lifted = [
        _lifted(faces, forms[region[cells]])
        for faces, cells in ((picture.cells, picture.cells.ids), (folds, walls.first[folds.ids]))
    ]
    heights = lifted[0].points[:, 2:]
    return lifted[0], lifted[1], (*picture.window, *window_of(np.repeat(heights, 3, axis=1), 3)[4:])


def _lifted(faces: ClippedFaces, forms: NDArray[np.float64]) -> ClippedFaces:
    """Faces of the plane with the value of an affine form (a_1, a_2, b) for each as third coordinate."""
    at = forms[faces.owners]
    heights = (faces.points * at[:, :2]).sum(axis=1) + at[:, 2]
    return ClippedFaces(faces.ids, np.column_stack([faces.points, heights]), faces.indptr)
