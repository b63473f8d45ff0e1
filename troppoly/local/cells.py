"""One cell of the canonical complex, from a point: in any number of dimensions, without the complex.

A *cell* is a full-dimensional set on which the signs of all units are constant inside; see :mod:`troppoly.refinement`.
A point lies in several if it lies on walls.  Then :func:`cell_at` returns the one that contains x + (e, e^2, ..., e^d)
for all small e > 0, the first around x in the lexicographic order, and its ``walls`` are those that x lies on;
:func:`cells_at` returns them all.

Degenerate networks need no care: a unit that is zero on a whole cell has the sign 0 there and makes no inequality,
units that are multiples of each other share one, a cell may be all of R^d (it has no facet), and where the first layer
does not depend on all directions, cells contain lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import Norm, checked
from troppoly.complex.shape import Ball
from troppoly.errors import InputError, UnboundedError, UnsupportedError, counted
from troppoly.exact import DenseMatrix, RationalMatrix, rank, rational_vector
from troppoly.exact.linear import primitive_rows
from troppoly.exact.scalar import ObjectArray
from troppoly.local.cell_facets import Extremum, LocalFacet, RedundantInequality
from troppoly.local.charts import chart_of, homogeneous
from troppoly.local.euclidean import EuclideanBall, euclidean_ball_in
from troppoly.local.extrema import ball_in, direction_at_infinity, maximum_on
from troppoly.local.geometry import CellGeometry, signs_after
from troppoly.local.germs import Signs
from troppoly.local.lifting import LiftedCell
from troppoly.network import Network
from troppoly.passagemath import polyhedron
from troppoly.regions import Cell
from troppoly.values import Value, fixed_property

__all__ = ["LocalCell", "cell_at", "cells_at", "local_cell"]

Unit = tuple[int, int]
Vector = tuple[mpq, ...]


@checked
def cell_at(network: Network, point: Sequence[Any]) -> LocalCell:
    """Return the cell of a network that contains a point, and x + (e, e^2, ..., e^d) for all small e > 0.

    Nothing else of the complex is computed, so there may be hundreds of inputs.  Raises ShapeError for a point of
    another dimension and NotFiniteError for NaN and infinities.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> cell = cell_at(net, ("1/4", "1/4"))
    >>> cell, [facet.units for facet in cell.facets]
    (Cell of Network 2-3-1 (ReLU) with 3 active of 3 units, [((0, 0),), ((0, 1),), ((0, 2),)])
    >>> cell.neighbor(cell.facets[0]).activation[0].tolist(), cell_at(net, (0, "1/4")).walls
    ([-1, 1, 1], ((0, 0),))
    """
    x = rational_vector(point, "point", network.n_inputs)
    return LocalCell(network, signs_after(network, homogeneous(chart_of(network).place(x))), x)


@checked
def cells_at(network: Network, point: Sequence[Any]) -> tuple[LocalCell, ...]:
    """Return all cells of a network that contain a point, the one of :func:`cell_at` first.

    They are found through the facets that contain the point: around a point these connect the cells.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    >>> [len(cells_at(net, x)) for x in [(1, 1), (0, "1/2"), (0, 0)]]
    [1, 2, 4]
    """
    found = [cell_at(network, point)]
    known = {found[0].word}
    for cell in found:
        for facet in cell.facets:
            if facet.contains(cell.point):
                neighbor = cell.neighbor(facet).through(cell.point)
                if neighbor.word not in known:
                    known.add(neighbor.word)
                    found.append(neighbor)
    return tuple(found)


@checked
def local_cell(cell: Cell) -> LocalCell:
    """Return the cell of a network that is, or in a domain contains, one of its enumerated complex.

    Raises UnsupportedError if the function is no network.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> cell = next(cell for cell in tp.linear_regions(net).cells if cell.is_bounded())
    >>> local_cell(cell) == cell_at(net, ("1/4", "1/4")), local_cell(cell).euclidean_ball().radius
    (True, 1/(2 + sqrt(2)))
    """
    network = cell.regions.function
    if not isinstance(network, Network):
        raise UnsupportedError("This cell is not one of a network.")
    return LocalCell(network, cell.activation, cell.interior_point())


@dataclass(frozen=True, eq=False, repr=False)
class LocalCell(Value):
    """A cell of the canonical complex of a network, and a ``point`` of it; see :func:`troppoly.cell_at`.

    ``activation`` are for every layer the signs of its rectified units inside the cell: 1, -1, or 0 for a unit that is
    zero on the whole cell, or whose sign does not matter (it belongs to a maximum of which a later unit is positive).
    Cells are equal if their networks and these signs are.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> cell = tp.cell_at(net, ("1/4", "1/4"))
    >>> cell.affine_map[0].tolist(), cell.is_bounded(), cell.inscribed_ball(1).radius
    ([[mpq(0,1), mpq(0,1)]], True, mpq(1,3))
    >>> cell.maximum((1, 2)).value, cell.maximum((1, 2)).point
    (mpq(2,1), (mpq(0,1), mpq(1,1)))
    """

    network: Network
    activation: Signs
    point: Vector = field(compare=False)

    def __hash__(self) -> int:
        return hash(self.word)

    @property
    def word(self) -> bytes:
        """The signs as bytes: a key for dictionaries of the cells of one network."""
        return b"".join(known.tobytes() for known in self.activation)

    @property
    def dimension(self) -> int:
        """The dimension d of the cell, the number of inputs."""
        return self.network.n_inputs

    @cached_property
    def _geometry(self) -> CellGeometry:
        place = chart_of(self.network).place(self.point)
        return CellGeometry(self.network, self.activation, homogeneous(place))

    @cached_property
    def _primitive(self) -> tuple[RationalMatrix, list[mpq]]:
        """The inequalities in x, and their factors of those in the chart."""
        rows, scales = primitive_rows(self._geometry.chart.pulled(DenseMatrix(self._geometry.inequalities.forms)))
        return rows.dense(), scales

    @property
    def inequalities(self) -> RationalMatrix:
        """The inequalities of all units, also redundant ones: <a, x> + b >= 0 for rows (a, b), primitive and different.

        Row i is that of the units ``units[i]``.
        """
        return self._primitive[0]

    @property
    def _scales(self) -> list[mpq]:
        return self._primitive[1]

    @property
    def units(self) -> tuple[tuple[Unit, ...], ...]:
        """For every inequality the units (layer, unit) whose pre-activations are multiples of it on the cell."""
        return self._geometry.inequalities.units

    @cached_property
    def facets(self) -> tuple[LocalFacet, ...]:
        """The facets of the cell, in the order of their inequalities."""
        return tuple(LocalFacet(self, i) for i in self._geometry.facets)

    @cached_property
    def redundant(self) -> tuple[RedundantInequality, ...]:
        """The inequalities that follow from those of the facets, each with the proof."""
        return tuple(RedundantInequality(self, i) for i in sorted(self._geometry.description.multipliers))

    @checked
    def neighbor(self, facet: LocalFacet) -> LocalCell:
        """Return the cell on the other side of a facet; raises InputError for a facet of another cell."""
        if facet.cell != self:
            raise InputError(f"{facet} belongs to another cell.")
        return LocalCell(self.network, self._geometry.signs_behind(facet.index), facet.point)

    @property
    def neighbors(self) -> tuple[LocalCell, ...]:
        """The cells on the other sides of the facets."""
        return tuple(self.neighbor(facet) for facet in self.facets)

    @fixed_property
    def affine_map(self) -> tuple[ObjectArray, ObjectArray]:
        """The exact matrix (outputs, d) and vector (outputs,) of the network on the cell."""
        *hidden, last = self.network.layers
        matrix, vector = last.weight, last.bias
        for layer, known in zip(reversed(hidden), reversed(self.activation[:-1]), strict=True):
            active = np.ones(layer.n_outputs, dtype=bool)
            active[layer.rectified] = known > 0
            part = matrix.take_columns(active)
            vector = part @ layer.bias.take_rows(active) + vector
            matrix = part @ layer.weight.take_rows(active)
        return matrix.to_rationals(), vector.dense()[:, 0]

    @cached_property
    def walls(self) -> tuple[Unit, ...]:
        """The units that are zero at ``point`` and not on the whole cell: whose walls the point lies on."""
        at_point = self._geometry.inequalities.forms @ self._geometry.start
        tight = (units for units, value in zip(self.units, at_point, strict=True) if not value)
        return tuple(sorted({unit for units in tight for unit in units}))

    @cached_property
    def face_dimension(self) -> int:
        """The dimension of the smallest face of the complex that contains ``point``: d inside the cell."""
        forms = self._geometry.inequalities.forms
        tight = forms[(forms @ self._geometry.start == 0).astype(bool)]
        return self.dimension - (rank(DenseMatrix(tight[:, :-1])) if len(tight) else 0)

    @checked
    def contains(self, point: Sequence[Any]) -> bool:
        """Return whether a point lies in the (closed) cell."""
        x = rational_vector(point, "point", self.dimension)
        return bool((self._geometry.inequalities.forms @ homogeneous(chart_of(self.network).place(x)) >= 0).all())

    @checked
    def through(self, point: Sequence[Any]) -> LocalCell:
        """Return the same cell with another ``point``; raises InputError if it does not lie in the cell."""
        x = rational_vector(point, "point", self.dimension)
        if not self.contains(x):
            raise InputError("The point does not lie in the cell.")
        return LocalCell(self.network, self.activation, x)

    @cached_property
    def _inside(self) -> LiftedCell:
        return LiftedCell(self._geometry, self.point)

    def interior_point(self) -> Vector:
        """Return an exact point inside the cell."""
        return self._inside.center

    @cached_property
    def _direction(self) -> Vector | None:
        return direction_at_infinity(self._geometry)

    def is_bounded(self) -> bool:
        """Return whether the cell is bounded."""
        return self._direction is None

    def ray(self) -> Vector | None:
        """Return a direction in which the cell goes on for ever, or None if it is bounded.

        >>> import troppoly as tp
        >>> tp.cell_at(tp.Network.from_arrays([[[1, 1]], [[1]]]), (1, 1)).ray()
        (mpq(-1,1), mpq(1,1))
        """
        return self._direction

    @checked
    def inscribed_ball(self, norm: Norm = inf) -> Ball:
        """Return a largest ball in the cell, exact, in the 1- or the infinity-norm.

        Raises UnboundedError if there are balls of any radius.
        """
        found = ball_in(self._geometry, norm)
        if found is None:
            raise UnboundedError("The cell contains balls of any radius.")
        place, radius = found
        return Ball(self._inside.at(place), radius)

    def euclidean_ball(self) -> EuclideanBall:
        """Return a largest ball in the Euclidean norm, with its radius as an algebraic number.

        Raises UnboundedError if there are balls of any radius.
        """
        found = euclidean_ball_in(self._geometry)
        if found is None:
            raise UnboundedError("The cell contains balls of any radius.")
        radius, multipliers = found
        proof = ((LocalFacet(self, i), w / self._scales[i]) for i, w in multipliers.items())
        return EuclideanBall(self, radius, tuple(proof))

    @checked
    def maximum(self, form: Sequence[Any]) -> Extremum:
        """Return the maximum of the linear form <form, x> on the cell; UnboundedError if there is none."""
        return self._extremum(rational_vector(form, "form", self.dimension), 1)

    @checked
    def minimum(self, form: Sequence[Any]) -> Extremum:
        """Return the minimum of the linear form <form, x> on the cell; UnboundedError if there is none."""
        return self._extremum(rational_vector(form, "form", self.dimension), -1)

    def _extremum(self, form: Vector, sign: int) -> Extremum:
        """The maximum, or with the sign -1 the minimum, of a form."""
        found = maximum_on(self._geometry, tuple(sign * v for v in form))
        if found is None:
            raise UnboundedError(f"The form has no {'maximum' if sign > 0 else 'minimum'} on the cell.")
        x = self._inside.at(found.place)
        value = sum((a * b for a, b in zip(form, x, strict=True)), mpq(0))
        proof = ((LocalFacet(self, i), sign * y / self._scales[i]) for i, y in found.multipliers.items())
        return Extremum(value, form, x, tuple(proof))

    def polyhedron(self) -> Any:
        """Return the cell as a passagemath ``Polyhedron`` over the rationals, if it has few vertices.

        They are computed at once, and this does not end for a cell with, say, 64 facets in 30 dimensions: what the
        other methods say, such as :meth:`maximum`, needs no vertices.
        """
        rows = [self.inequalities.row(facet.index) for facet in self.facets]
        return polyhedron(inequalities=[(row[-1], *row[:-1]) for row in rows], ambient_dim=self.dimension)

    def __repr__(self) -> str:
        units = np.concatenate(self.activation)
        n, active = len(units), int(np.count_nonzero(units > 0))
        return f"Cell of {self.network!r} with {active} active of {counted(n, 'unit')}"
