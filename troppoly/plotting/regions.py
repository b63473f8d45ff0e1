"""Linear regions of the plane, coloured by their affine map."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import require
from troppoly.plotting.colouring import equally_light_steps, levels
from troppoly.plotting.planar import PlanarComplex, Window, extent
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["plot_regions"]


def plot_regions(
    regions: LinearRegions, *, ax: Any = None, window: Window | None = None, colormap: str = "YlGnBu_r"
) -> Any:
    """Draw the linear regions of a function of two variables and return the Matplotlib axes.

    Two cells have the same colour if their affine maps A x + b are the same.  The colour follows the
    Frobenius norm of A, from the flattest maps (dark) to the steepest (light), up to the shift that
    keeps neighbouring regions apart (see :mod:`troppoly.plotting.colouring`).  Walls between two
    linear regions are drawn solid; walls inside one, where the activations change and the map does
    not, are dotted.

    ``ax`` are the axes to draw into (new ones by default) and ``window`` is (xmin, xmax, ymin, ymax),
    by default one that shows every vertex.  The picture is in floating point; the objects that it
    shows are exact.

    Raises InputError if the regions are not regions of the plane, and MissingDependencyError without
    Matplotlib.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})
    >>> ax = plot_regions(tp.linear_regions(f))
    >>> ax.get_xlim() == ax.get_ylim() == (-1, 1)
    True
    """
    picture = PlanarComplex.of(regions.complex, window)
    classes, slopes = _classes_of_equal_maps(regions)
    walls = regions.complex.walls
    region = regions.region_of_cell
    inner = region[walls.first] == region[walls.second]
    level = levels(slopes, np.column_stack([classes[walls.first], classes[walls.second]]))
    matplotlib = require("matplotlib", extra="plot")
    collections = require("matplotlib.collections", extra="plot")
    if ax is None:
        ax = _new_axes(picture.window)
    colours = equally_light_steps(matplotlib.colormaps[colormap](np.linspace(0.12, 0.97, 256))[:, :3])
    ax.add_collection(
        collections.PolyCollection(
            picture.polygons, facecolors=colours[level[classes]], edgecolors="face", linewidths=0.3
        ),
        autolim=False,
    )
    width = float(np.clip(12 / np.sqrt(max(len(picture.polygons), 1)), 0.25, 1.2))
    ax.add_collection(
        collections.LineCollection(
            picture.segments[~inner], colors="#10202c", linewidths=width, capstyle="round"
        ),
        autolim=False,
    )
    ax.add_collection(
        collections.LineCollection(
            picture.segments[inner], colors="#10202c", linewidths=width, linestyles=":"
        ),
        autolim=False,
    )
    ax.set(**extent(picture.window), xlabel="$x_1$", ylabel="$x_2$")
    return ax


def _new_axes(window: Window) -> Any:
    """Axes in a figure of their own, outside pyplot's list; equal units unless the window is a strip."""
    xmin, xmax, ymin, ymax = window
    ratio = (ymax - ymin) / (xmax - xmin)
    equal = 1 / 3 <= ratio <= 3
    height = 7 * (ratio if equal else 1)
    figure = require("matplotlib.figure", extra="plot").Figure(
        figsize=(7.6, height + 0.6), layout="constrained"
    )
    ax = figure.subplots()
    ax.set_aspect("equal" if equal else "auto")
    return ax


def _classes_of_equal_maps(regions: LinearRegions) -> tuple[NDArray[np.int64], list[float]]:
    """The class of equal affine maps of every cell, and the squared norm of the matrix of every class."""
    _, representatives = np.unique(regions.region_of_cell, return_index=True)
    numbers: dict[Any, int] = {}
    slopes: list[float] = []
    class_of_region = np.zeros(len(representatives), dtype=np.int64)
    for region, joint in enumerate(regions.maps.exact(representatives)):
        key = tuple(joint.flat)
        if key not in numbers:
            numbers[key] = len(slopes)
            slopes.append(float(sum(entry * entry for entry in joint[:, :-1].flat)))
        class_of_region[region] = numbers[key]
    return class_of_region[regions.region_of_cell], slopes
