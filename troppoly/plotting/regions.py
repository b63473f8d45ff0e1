"""Linear regions of the plane, coloured by their affine map or by the norm of its matrix."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import InputError, require
from troppoly.geometry.lipschitz import jacobian_norms
from troppoly.plotting.axes import draw_domain, draw_segments, plane_axes, wall_width
from troppoly.plotting.clipping import ClippedFaces, RoundedComplex
from troppoly.plotting.colouring import equal_steps, levels
from troppoly.plotting.palette import PALE, sequential
from troppoly.plotting.windows import Window, central_window, check_window
from troppoly.polytope.polyhedral_complex import PolyhedralComplex
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["PlanePicture", "cell_colours", "plot_gradient_norms", "plot_regions"]


def plot_regions(
    regions: LinearRegions, *, ax: Any = None, window: Window | None = None, colormap: str = "YlGnBu_r"
) -> Any:
    """Draw the linear regions of a function of two variables and return the Matplotlib axes.

    Two cells have the same colour if their affine maps A x + b are the same.  The colour follows the
    Frobenius norm of A, from the flattest maps (dark) to the steepest (light), up to the shift that
    keeps neighbouring regions apart (see :mod:`troppoly.plotting.colouring`).  Walls between two
    linear regions are drawn solid; walls inside one, where the activations change and the map does
    not, are dotted.  A thick line is the boundary of the domain: there the complex ends; where
    regions meet the frame without a line they go on.

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
    picture = PlanePicture.of(regions.complex, window)
    colours = cell_colours(regions, colormap)
    ax = picture.axes(ax)
    picture.fill(ax, colours)
    picture.draw_walls(ax, regions)
    return ax


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
    infinity-norm rational (:func:`troppoly.geometry.operator_norm`); the largest one is the Lipschitz constant.
    The colour bar shows it.  For ``ax`` and ``window`` see :func:`plot_regions`.

    Raises InputError unless ``norm`` is 1 or ``math.inf``, and what :func:`plot_regions` raises.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 2]]])
    >>> ax = plot_gradient_norms(tp.linear_regions(net))
    >>> bar = ax.figure.axes[1]
    >>> [float(bound) for bound in bar.get_ylim()]
    [0.0, 3.0]
    """
    norms = np.array(jacobian_norms(regions, norm), dtype=float)
    picture = PlanePicture.of(regions.complex, window)
    matplotlib = require("matplotlib", extra="plot")
    cm = require("matplotlib.cm", extra="plot")
    top = float(norms.max()) or 1.0
    scale = cm.ScalarMappable(matplotlib.colors.Normalize(0.0, top), colormap)
    ax = picture.axes(ax)
    picture.fill(ax, scale.to_rgba(norms)[regions.region_of_cell])
    picture.draw_walls(ax, regions)
    label = r"$\|A\|_1$" if norm == 1 else r"$\|A\|_\infty$"
    ax.figure.colorbar(scale, ax=ax, label=label, shrink=0.9, pad=0.02)
    return ax


@dataclass(frozen=True, slots=True, eq=False)
class PlanePicture:
    """The cells and walls of a complex of the plane in a window.

    ``walls.ids`` are numbers of ``complex.walls``.

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

    @classmethod
    def of(cls, complex: PolyhedralComplex, window: Window | None = None) -> PlanePicture:
        """Return the picture of a complex of R^2, by default in a window that shows every vertex.

        Raises InputError for a complex of another dimension and for an empty window.
        """
        if complex.ambient_dimension != 2:
            raise InputError(
                f"A picture in the plane needs two inputs, but these are regions of "
                f"R^{complex.ambient_dimension}."
            )
        rounded = RoundedComplex.of(complex)
        window = central_window(rounded.vertices) if window is None else check_window(window)
        facets = complex.walls.facets
        number = np.full(complex.n_cones(max(complex.cone_dimension - 1, 1)), -1)
        number[facets] = np.arange(len(facets))
        walls = rounded.faces(1, window, number >= 0)
        return cls(
            rounded,
            window,
            rounded.faces(2, window),
            ClippedFaces(number[walls.ids], walls.points, walls.indptr),
        )

    def axes(self, ax: Any) -> Any:
        """Return ``ax`` or new axes, with the window."""
        return plane_axes(self.window, ax)

    def fill(self, ax: Any, colours: Any = None) -> None:
        """Fill the cells: with one pale colour, or an array with a colour for every cell of the complex."""
        fill = PALE if colours is None else np.asarray(colours)[self.cells.ids]
        polygons = require("matplotlib.collections", extra="plot").PolyCollection
        ax.add_collection(
            polygons(self.cells.polygons, facecolors=fill, edgecolors="face", linewidths=0.3), autolim=False
        )
        draw_domain(ax, self.rounded, self.window)

    def draw_walls(self, ax: Any, regions: LinearRegions, **style: Any) -> None:
        """Draw the walls between linear regions solid, and those inside of one dotted."""
        walls = regions.complex.walls
        region = regions.region_of_cell
        inner = (region[walls.first] == region[walls.second])[self.walls.ids]
        style = {"linewidths": wall_width(len(self.cells))} | style
        draw_segments(ax, self.walls.take(~inner), **style)
        draw_segments(ax, self.walls.take(inner), linestyles=":", **style)


def cell_colours(regions: LinearRegions, colormap: str = "YlGnBu_r") -> NDArray[np.float64]:
    """Return the (cells, 3) colours of :func:`plot_regions`: one for every affine map.

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
