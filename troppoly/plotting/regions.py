"""Linear regions of the plane, coloured by their affine map or by the norm of its matrix."""

from __future__ import annotations

from math import inf
from typing import Any

from troppoly.arguments import checked
from troppoly.errors import require
from troppoly.geometry.lipschitz import jacobian_norms
from troppoly.plotting.graph import plot_graph, scaled
from troppoly.plotting.palette import color_map
from troppoly.plotting.plane import PlanePicture, cell_colours
from troppoly.plotting.windows import Window
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["plot_gradient_norms", "plot_regions"]


@checked
def plot_regions(
    regions: LinearRegions, *, ax: Any = None, window: Window | None = None, colormap: str = "YlGnBu_r"
) -> Any:
    """Draw the linear regions of a function of two variables and return the Matplotlib axes.

    (For a function of one variable, :func:`~troppoly.plotting.plot_graph` does it.)

    Two cells have the same colour if their affine maps A x + b are the same.  The colour follows the
    Frobenius norm of A, from the flattest maps (dark) to the steepest (light), up to the shift that
    keeps neighbouring regions apart (see :mod:`troppoly.plotting.colouring`).  Walls between two
    linear regions are drawn solid; walls inside one, where the activations change and the map does
    not, are dotted.  A thick line is the boundary of the domain: there the complex ends; where
    regions meet the frame without a line they go on.

    ``ax`` are the axes to draw into (new ones by default) and ``window`` is (xmin, xmax, ymin, ymax),
    by default one that shows where most vertices are, with the number of those outside below.  The picture is
    rounded; the objects that it shows are exact.

    Raises InputError if the regions are not regions of the plane or the line, and MissingDependencyError without
    Matplotlib.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})
    >>> ax = plot_regions(tp.linear_regions(f))
    >>> ax.get_xlim() == ax.get_ylim() == (-1, 1)
    True
    """
    if regions.complex.ambient_dimension == 1:
        return plot_graph(regions, ax=ax, window=window, colormap=colormap)
    picture = PlanePicture.of(regions.complex, window)
    colours = cell_colours(regions, colormap)
    ax = picture.axes(ax)
    picture.fill(ax, colours)
    picture.draw_walls(ax, regions, colours)
    return ax


@checked
def plot_gradient_norms(
    regions: LinearRegions,
    *,
    norm: float = inf,
    ax: Any = None,
    window: Window | None = None,
    colormap: str = "cividis",
) -> Any:
    """Draw linear regions of the plane coloured by the operator norm of their matrix A.

    The norm of the map x -> A x + b, by which it changes at most, is for the 1- or the
    infinity-norm rational (:func:`troppoly.geometry.jacobian_norms`); the largest one is the Lipschitz constant.
    The colour bar shows it.  For ``ax`` and ``window`` see :func:`plot_regions`.

    Raises InputError unless ``norm`` is 1 or ``math.inf``, and what :func:`plot_regions` raises.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 2]]])
    >>> ax = plot_gradient_norms(tp.linear_regions(net))
    >>> (bar,) = ax.child_axes
    >>> [float(bound) for bound in bar.get_ylim()]
    [0.0, 3.0]
    """
    norms, unit = scaled(jacobian_norms(regions, norm))
    picture = PlanePicture.of(regions.complex, window)
    matplotlib = require("matplotlib", extra="plot")
    cm = require("matplotlib.cm", extra="plot")
    top = float(norms.max()) or 1.0
    scale = cm.ScalarMappable(matplotlib.colors.Normalize(0.0, top), color_map(colormap))
    ax = picture.axes(ax)
    colours = scale.to_rgba(norms)[regions.region_of_cell]
    picture.fill(ax, colours)
    picture.draw_walls(ax, regions, colours)
    if ax.figure.get_layout_engine() is None:  # nothing else makes room for the bar
        box = ax.get_position(original=True)
        ax.set_position((box.x0, box.y0, 0.8 * box.width, box.height))
    label = rf"$\|A\|_{{{1 if norm == 1 else chr(92) + 'infty'}}}{unit}$"
    ax.figure.colorbar(scale, cax=ax.inset_axes((1.03, 0, 0.05, 1)), label=label)
    return ax
