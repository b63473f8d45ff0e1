"""A cell in the coordinates of its chart: a point inside, what its facets are, and the cells behind them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.exact import DenseMatrix
from troppoly.exact.linear_program import strict_solution
from troppoly.exact.numerators import nearest_floats
from troppoly.exact.scalar import ObjectArray
from troppoly.local.charts import Chart, chart_of, homogeneous, objects
from troppoly.local.facets import Description, describe, scaled_floats, scaled_heights
from troppoly.local.germs import Signs, normalized, signs_on_germ
from troppoly.local.inequalities import Inequalities, inequalities_of
from troppoly.local.programs import largest_ball
from troppoly.network import Network

__all__ = ["CellGeometry", "grid_point", "signs_after"]

_ROUNDS = 4
_SMALL = 1e-4


def signs_after(network: Network, point: ObjectArray, *directions: ObjectArray) -> Signs:
    """Return the signs of the cell that a germ at a point (u, t) of the chart lies in."""
    chart = chart_of(network)
    return normalized(signs_on_germ(chart, point, directions), chart.cells, network.max_groups)


def grid_point(values: NDArray[np.float64], size: float) -> ObjectArray:
    """Return the integer vector (p, q) with p / q near the values, off by at most about ``size`` / 2^10.

    >>> grid_point(np.array([0.5, -1.0]), 1.0)
    array([mpz(512), mpz(-1024), mpz(1024)], dtype=object)
    """
    bits = max(0, 10 - int(np.floor(np.log2(size))))
    with np.errstate(over="ignore"):
        scaled = np.ldexp(values, bits)
    if np.isfinite(scaled).all():
        entries = [mpz(int(v)) for v in map(round, scaled.tolist())]
    else:
        entries = [mpz(mpq(v) * (mpz(1) << bits)) for v in values.tolist()]
    return objects([*entries, mpz(1) << bits])


@dataclass(frozen=True, eq=False)
class CellGeometry:
    """The cell of a network with given signs, and a point (u, t) of it, perhaps on its boundary."""

    network: Network
    signs: Signs
    start: ObjectArray

    @property
    def chart(self) -> Chart:
        """The coordinates."""
        return chart_of(self.network)

    @cached_property
    def inequalities(self) -> Inequalities:
        """The inequalities of the cell."""
        return inequalities_of(self.chart, self.signs, self.network.max_groups)

    @cached_property
    def center(self) -> ObjectArray:
        """A point (u, t) inside: near the center of a large ball, as found in floats, and checked."""
        forms = self.inequalities.forms
        walls = np.asarray((forms[:, :-1] != 0).any(axis=1), dtype=bool)
        forms, center = forms[walls], self.start
        if not len(forms):
            return center
        generator = np.random.default_rng(0)
        rows, bits = scaled_floats(forms[:, :-1])
        lengths = np.linalg.norm(rows, axis=1)
        rows, unit = rows / lengths[:, None], 0.0
        for _ in range(_ROUNDS):
            heights = scaled_heights(forms @ center, bits, center[-1]) / lengths
            if not np.isfinite(heights).all():
                break
            inside = heights[heights > 0]
            unit = unit or (float(np.median(inside)) if len(inside) else 1.0)
            with np.errstate(all="ignore"):
                step, radius = largest_ball(rows, heights / unit, 1.0)
            if not (radius > 0 and np.isfinite(step).all() and np.isfinite(unit * radius)):
                break
            noise = generator.standard_normal(len(step))
            with np.errstate(over="ignore", invalid="ignore"):
                step = unit * (step + noise * (radius / 8 / np.linalg.norm(noise)))
                whole = nearest_floats(center[:-1], center[-1]) + step
            if not (np.isfinite(whole).all() and np.isfinite(step).all() and unit * radius > 0):
                break
            found = grid_point(whole, unit * radius)
            if (forms @ found > 0).all():
                return found
            found = _sum(center, grid_point(step, unit * radius))
            if (forms @ found > 0).all():
                return found
            unit *= max(radius, _SMALL)
        exact = strict_solution(-DenseMatrix(forms[:, :-1]), [mpq(b) for b in forms[:, -1]])
        assert exact is not None  # a cell has an interior
        return homogeneous(exact)

    @cached_property
    def description(self) -> Description:
        """The facets and the redundant inequalities."""
        return describe(self.inequalities.forms, self.center)

    @cached_property
    def facets(self) -> tuple[int, ...]:
        """The inequalities that are facets, ascending."""
        return tuple(sorted(self.description.directions))

    @cached_property
    def _is_plain(self) -> bool:
        """Whether every unit is positive or negative, on its own."""
        return not self.network.max_groups and all(known.all() for known in self.signs)

    def signs_behind(self, i: int) -> Signs:
        """Return the signs of the cell behind facet i.

        No other unit changes its sign there if this one is no multiple of another, and none is zero on the cell: the
        point of the facet is in no other wall.  Else the germ decides that goes out at that point.
        """
        units = self.inequalities.units[i]
        if self._is_plain and len(units) == 1:
            ((layer, unit),) = units
            place = int(np.searchsorted(self.chart.cells.layers[layer].rectified, unit))
            changed = self.signs[layer].copy()
            changed[place] *= -1
            return (*self.signs[:layer], changed, *self.signs[layer + 1 :])
        outward = np.append(-self.inequalities.forms[i, :-1], mpz(0))
        return signs_after(self.network, self.description.place(i), outward)


def _sum(one: ObjectArray, other: ObjectArray) -> ObjectArray:
    """The sum of two points (p, q)."""
    p = one[:-1] * other[-1] + other[:-1] * one[-1]
    return objects([*p, one[-1] * other[-1]])
