"""The graph of a piecewise linear function of one variable, with its breakpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.errors import require
from troppoly.exact import ObjectArray
from troppoly.plotting.axes import add_note, check_axes, side_legend
from troppoly.plotting.clipping import ClippedFaces
from troppoly.plotting.palette import ACCENT, FAINT, INK, LINES
from troppoly.plotting.plane import PlanePicture, cell_colours
from troppoly.plotting.windows import Window, window_of
from troppoly.regions.linear_regions import LinearRegions

__all__ = ["plot_graph", "scaled", "values_on"]

MARKED = 200
"""Up to so many breakpoints are marked by dots."""

LARGE = 100
"""Numbers with more digits are divided by a power of ten before they are rounded."""


@checked
def plot_graph(
    regions: LinearRegions, *, ax: Any = None, window: Window | None = None, colormap: str = "YlGnBu_r"
) -> Any:
    """Draw the graph of a function of one variable, every output as a line, and return the Matplotlib axes.

    Dots are the breakpoints, where the affine map changes.  The linear regions are bands in the colours
    of :func:`~troppoly.plotting.plot_regions`; a dotted line in one is where only the activations change.
    ``window`` is (xmin, xmax), by default one that shows where most breakpoints are.

    Raises InputError if the regions are not those of a function of one variable, and MissingDependencyError
    without Matplotlib.

    >>> import troppoly as tp
    >>> roof = tp.Network.from_arrays([[[1], [-1]], [[-1, -1]]])  # -|x|
    >>> ax = plot_graph(tp.linear_regions(roof), window=(-2, 1))
    >>> ax.lines[0].get_xydata().tolist(), ax.lines[1].get_xydata().tolist()
    ([[-2.0, -2.0], [0.0, 0.0], [1.0, -1.0]], [[0.0, 0.0]])
    """
    check_axes(ax, space=False)
    picture = PlanePicture.of(regions.complex, window, dimension=1)
    cells, walls, region = picture.cells, regions.complex.walls, regions.region_of_cell
    maps = regions.maps.exact(cells.ids)
    x, first = np.unique(cells.points[:, 0], return_index=True)
    columns = [values_on(maps[:, i], cells)[first] for i in range(maps.shape[1])]
    heights, unit = scaled(np.concatenate(columns))
    outputs = heights.reshape(len(columns), -1)
    if ax is None:
        figure = require("matplotlib.figure", extra="plot").Figure(figsize=(7.6, 5.4), layout="constrained")
        ax = figure.subplots()
    ends = cells.points.reshape(-1, 2)
    bands = [[(a, 0), (b, 0), (b, 1), (a, 1)] for a, b in ends]
    collections, across = require("matplotlib.collections", extra="plot"), ax.get_xaxis_transform()
    fills = 1 - (1 - cell_colours(regions, colormap)[cells.ids]) * 0.45
    ax.add_collection(collections.PolyCollection(bands, facecolors=fills, transform=across), autolim=False)
    places = picture.walls.points[:, 0]
    real = (region[walls.first] != region[walls.second])[picture.walls.ids]
    for chosen, style in ((places[real], "-"), (places[~real], ":")):
        lines = collections.LineCollection([[(a, 0), (a, 1)] for a in chosen], transform=across)
        lines.set(color=FAINT if style == "-" else INK, linewidth=0.6, linestyle=style)
        ax.add_collection(lines, autolim=False)
    for i, values in enumerate(outputs):
        color = LINES[i % len(LINES)]
        ax.plot(x, values, color=color, linewidth=1.8, label=f"output {i}", zorder=3)
        if np.count_nonzero(real) <= MARKED:
            bends = np.isin(x, places[real])
            dots = {"linestyle": "none", "marker": "o", "markersize": 3.8, "zorder": 4}
            ax.plot(x[bends], values[bends], color=ACCENT if i == 0 else color, **dots)
    limits = window_of(outputs.reshape(-1, 1), 1)
    ax.set(xlim=picture.window, ylim=limits, xlabel="$x$", ylabel=f"$f(x){unit}$")
    add_note(ax, picture.note)
    if len(outputs) > 1:
        side_legend(ax, handles=ax.lines[:: 2 if len(ax.lines) > len(outputs) else 1])
    return ax


def values_on(forms: ObjectArray, faces: ClippedFaces) -> ObjectArray:
    """Return for every corner of faces the exact value of the affine form (a, b) of its face, given as (n, d + 1)."""
    at = forms[faces.owners]
    exact = np.frompyfunc(mpq, 1, 1)(faces.points)
    return np.asarray((exact * at[:, :-1]).sum(axis=1) + at[:, -1])


def scaled(values: Sequence[Any] | ObjectArray) -> tuple[NDArray[np.float64], str]:
    """Return rationals in floats, and the power of ten by which those are divided first that are no floats.

    >>> scaled([mpq(1, 2)]), scaled([mpq(3 * 10**400)])
    ((array([0.5]), ''), (array([3.]), ' / 10^{400}'))
    """
    largest = max(map(abs, values), default=mpq(0))
    digits = len((largest.numerator // largest.denominator).digits()) - 1
    if digits < LARGE:
        return np.array(values, dtype=float), ""
    return np.array([value / mpq(10) ** digits for value in values], dtype=float), f" / 10^{{{digits}}}"
