"""Points of a cell from their coordinates in the chart: short ones near a given point, where any will do.

Floats propose them by the pseudoinverse of the chart, so that they change no more than they must; the forms of the cell
decide.  Where that fails, or where the coordinates are to be exactly the given ones, a linear system is solved.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.exact.scalar import ObjectArray, nearest_float
from troppoly.local.charts import Chart, homogeneous
from troppoly.local.geometry import CellGeometry, grid_point

__all__ = ["LiftedCell", "rational_point"]

Vector = tuple[mpq, ...]

_FINEST = 80  # bits, relative to 1, of proposed points


def rational_point(y: ObjectArray) -> Vector:
    """Return p / q for an integer vector (p, q)."""
    return tuple(mpq(v, y[-1]) for v in y[:-1])


@dataclass(frozen=True, eq=False)
class LiftedCell:
    """A cell, and a point x whose coordinates are the start of its geometry."""

    geometry: CellGeometry
    point: Vector

    @cached_property
    def center(self) -> Vector:
        """A point inside the cell."""
        geometry, chart = self.geometry, self.geometry.chart
        if chart.is_trivial:
            return rational_point(geometry.center)
        step = _difference(rational_point(geometry.center), rational_point(geometry.start))
        whole = _floats(self.point) + _lifted(chart, step)
        for bits in range(0, _FINEST, 20) if np.isfinite(whole).all() else ():
            found = rational_point(grid_point(whole, 2.0**-bits))
            if (geometry.inequalities.forms @ homogeneous(chart.place(found)) > 0).all():
                return found
        return chart.moved(self.point, step)

    @cached_property
    def _heights(self) -> tuple[ObjectArray, ObjectArray]:
        """The coordinates (u, t) of the center, and the forms of the cell there."""
        center = homogeneous(self.geometry.chart.place(self.center))
        return center, self.geometry.inequalities.forms @ center

    def at(self, place: Vector) -> Vector:
        """Return a point with given coordinates in the chart."""
        chart = self.geometry.chart
        if chart.is_trivial:
            return place
        return chart.moved(self.point, _difference(place, rational_point(self.geometry.start)))

    def point_of_facet(self, i: int) -> Vector:
        """Return a point of facet i that lies in no other wall: where a ray from the center leaves the cell."""
        geometry, chart = self.geometry, self.geometry.chart
        place = geometry.description.point(i)
        if chart.is_trivial:
            return place
        center, heights = self._heights
        along = _lifted(chart, _difference(place, rational_point(center)))
        if not np.isfinite(along).all():
            return self.at(place)
        v = grid_point(along, float(np.abs(along).max()) or 1.0)[:-1]
        slopes = geometry.inequalities.forms[:, :-1] @ (chart.matrix.dense().entries @ v)
        times = {j: mpq(heights[j], -slope) for j, slope in enumerate(slopes) if slope < 0}
        if i in times and all(times[i] < s for j, s in times.items() if j != i):
            s = times[i] * chart.matrix.denominator / center[-1]
            return tuple(a + s * b for a, b in zip(self.center, v, strict=True))
        return self.at(place)


def _difference(one: Vector, other: Vector) -> Vector:
    return tuple(a - b for a, b in zip(one, other, strict=True))


def _lifted(chart: Chart, step: Vector) -> NDArray[np.float64]:
    """Propose a step in x for one in the chart; it may be infinite, or no number."""
    with np.errstate(all="ignore"):
        return chart.float_lift @ _floats(step)


def _floats(values: Vector) -> NDArray[np.float64]:
    return np.array(list(map(nearest_float, values)))
