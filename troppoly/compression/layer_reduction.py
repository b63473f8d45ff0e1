"""One layer and its reader, with as few units as the relations between its units allow.

Let a be the values of the layer before (or the input), h_i = max(v_i a + c_i, 0) the rectified units of
the layer, and let the next layer read

    sum_i u_i h_i + Lambda a + beta                                                          (*)

where Lambda a + beta collects what identity units pass on, or units that are always active: then
h_i = v_i a + c_i adds u_i v_i to Lambda.  The term Lambda a needs r = rank(Lambda) identity units, for
Lambda = P Q with r rows Q.  So (*) takes as many units as it has nonzero columns u_i, plus rank(Lambda).

A relation sum_i c_i h_i = l a + l_0 on the domain (``redundancy.relations``) allows to eliminate any unit
j with c_j != 0:  u_i changes by -(c_i / c_j) u_j, and Lambda by u_j l / c_j.  For a relation of one unit
this costs nothing: a rectified unit becomes an identity one, or none.  The others are used one after
another, each time the relation and the unit whose elimination leaves the fewest units, and the best
stage is kept:
it must have fewer units than the layer had, and no more when identity units are counted twice (as they
are where z is written as max(z, 0) - max(-z, 0)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.exact import ObjectArray, RationalMatrix
from troppoly.exact.linear import inverse, rank, row_basis
from troppoly.network import Layer
from troppoly.redundancy import Relation

__all__ = ["Reading", "reduced"]


@dataclass(frozen=True, slots=True)
class _Source:
    """An affine form of the layer before, with how it is read: column (row a + constant)."""

    row: ObjectArray
    constant: mpq
    column: ObjectArray


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The expression (*): columns by rectified unit, and the sources of Lambda a + beta."""

    columns: dict[int, ObjectArray]
    sources: tuple[_Source, ...]

    @classmethod
    def of(cls, layer: Layer, following: Layer, linear: NDArray[np.bool_]) -> Reading:
        """Return the expression of a layer, with the units of ``linear`` passed on as they are."""
        rows, weight = layer.weight.to_rationals(), following.weight.to_rationals()
        return cls(
            {i: weight[:, i] for i in np.flatnonzero(~linear).tolist()},
            tuple(
                _Source(rows[i], layer.bias.entry(i, 0), weight[:, i])
                for i in np.flatnonzero(linear).tolist()
            ),
        )

    def matrix(self) -> RationalMatrix | None:
        """Return Lambda, or None if there are no sources."""
        if not self.sources:
            return None
        columns = np.stack([s.column for s in self.sources], axis=1)
        rows = np.stack([s.row for s in self.sources])
        return RationalMatrix.from_rationals(columns) @ RationalMatrix.from_rationals(rows)

    def cost(self) -> tuple[int, int]:
        """Return the number of units, and that number with identity units counted twice."""
        matrix = self.matrix()
        r = 0 if matrix is None else rank(matrix)
        return len(self.columns) + r, len(self.columns) + 2 * r

    def eliminate(self, j: int, relation: Relation, n_inputs: int) -> Reading:
        """Return the expression without unit j, and without the units whose columns become zero."""
        c, u = relation.units, self.columns[j]
        columns = {i: column for i, column in self.columns.items() if i != j}
        for i, value in c.items():
            if i != j:  # a unit that was left out because its column was zero may come back
                columns[i] = columns.get(i, 0 * u) - u * (value / c[j])
        row = np.full(n_inputs, mpq(0), dtype=object)
        for k, value in relation.inputs.items():
            row[k] = value / c[j]
        source = _Source(row, relation.constant / c[j], u)
        kept = {i: column for i, column in columns.items() if column.any()}
        return Reading(kept, (*self.sources, source))


def without_unit(relation: Relation, j: int, known: Relation) -> Relation:
    """Return a relation minus the multiple of ``known`` that cancels unit j."""
    if j not in relation.units:
        return relation
    factor = relation.units[j] / known.units[j]

    def minus(one: dict[int, mpq], other: dict[int, mpq]) -> dict[int, mpq]:
        keys = sorted(one.keys() | other.keys())
        values = {k: one.get(k, mpq(0)) - factor * other.get(k, mpq(0)) for k in keys}
        return {k: v for k, v in values.items() if v}

    return Relation(
        minus(relation.units, known.units),
        minus(relation.inputs, known.inputs),
        relation.constant - factor * known.constant,
    )


def best_reading(start: Reading, found: Sequence[Relation], limit: tuple[int, int], n_inputs: int) -> Reading:
    """Use relations one after another, and return the best stage (see the module's introduction)."""
    pending = sorted(found, key=lambda relation: len(relation.units))
    reading = start
    while pending and len(pending[0].units) == 1:
        relation = pending.pop(0)
        (j,) = relation.units
        if j in reading.columns:
            reading = reading.eliminate(j, relation, n_inputs)
        pending = sorted(
            (r for r in (without_unit(r, j, relation) for r in pending) if r.units),
            key=lambda r: len(r.units),
        )
    best, best_cost = reading, reading.cost()
    while True:
        stages = [
            (reading.eliminate(j, relation, n_inputs), relation, j)
            for relation in pending
            for j in reversed(relation.units)
            if j in reading.columns
        ]
        if not stages:
            break
        reading, used, j = min(stages, key=lambda stage: stage[0].cost())
        pending = [r for r in (without_unit(r, j, used) for r in pending if r is not used) if r.units]
        cost = reading.cost()
        if cost[0] < min(best_cost[0], limit[0]) and cost[1] <= limit[1]:
            best, best_cost = reading, cost
    return best


def reduced(
    layer: Layer, following: Layer, linear: NDArray[np.bool_], found: Sequence[Relation]
) -> tuple[Layer, Layer, list[int | None]] | None:
    """Return the layer and its reader with fewer units, and the old numbers of the new layer's units.

    ``linear`` are the units that are passed on as they are (identity units, and always active ones),
    ``found`` the relations between the others.  Identity units that are not among the old ones have the
    number None.  The result is None if nothing changes, and has no unit if the layer is constant.

    The pair max(x, 0) - max(-x, 0) is one identity unit:

    >>> from troppoly.network import Network
    >>> first, last = Network.from_arrays([[[1], [-1]], [[1, -1]]]).layers
    >>> pair = Relation({0: mpq(1), 1: mpq(-1)}, {0: mpq(1)}, mpq(0))
    >>> layer, reader, units = reduced(first, last, ~first.rectified, [pair])
    >>> layer.weight, layer.rectified, units
    (RationalMatrix([['-1']]), array([False]), [None])
    """
    n_inputs = layer.n_inputs
    n_identity = int(np.count_nonzero(~layer.rectified))
    limit = (layer.n_outputs, layer.n_outputs + n_identity)
    start = Reading.of(layer, following, linear)
    reading = best_reading(start, found, limit, n_inputs)
    matrix = reading.matrix()
    r = 0 if matrix is None else rank(matrix)
    if reading is start and r == len(start.sources):
        if np.array_equal(linear, ~layer.rectified):
            return None
        same = Layer(layer.weight, layer.bias, ~linear)
        return same, following, list(range(layer.n_outputs))
    old = np.flatnonzero(linear).tolist()
    rows, columns, bias, numbers = _identity_units(reading, matrix, r, following, old)
    kept = sorted(reading.columns)
    weights = [
        *layer.weight.take_rows(np.array(kept, dtype=np.intp)).to_rationals(),
        *(row for row, _ in rows),
    ]
    biases = [*(layer.bias.entry(i, 0) for i in kept), *(constant for _, constant in rows)]
    read = [*(reading.columns[i] for i in kept), *columns]
    if not read:
        empty = RationalMatrix.zeros(following.n_outputs, n_inputs)
        return layer, Layer(empty, bias, following.rectified), []
    joint = Layer(
        RationalMatrix.from_rationals(np.stack(weights)),
        RationalMatrix.of([[c] for c in biases]),
        np.arange(len(read)) < len(kept),
    )
    reader = RationalMatrix.from_rationals(np.stack(read, axis=1))
    return joint, Layer(reader, bias, following.rectified), [*kept, *numbers]


def _identity_units(
    reading: Reading, matrix: RationalMatrix | None, r: int, following: Layer, old: list[int]
) -> tuple[list[tuple[ObjectArray, mpq]], list[ObjectArray], RationalMatrix, list[int | None]]:
    """The r identity units that pass Lambda a on, their columns, the bias, and their old numbers.

    The sources themselves are taken where r of them span the rows of Lambda: they may be units that
    are never negative, and their weights are as they were.
    """
    if matrix is None:
        return [], [], following.bias, []
    sources = reading.sources
    rows = RationalMatrix.from_rationals(np.stack([s.row for s in sources]))
    columns = RationalMatrix.from_rationals(np.stack([s.column for s in sources], axis=1))
    constants = RationalMatrix.of([[s.constant] for s in sources])
    bias = following.bias + columns @ constants
    chosen = row_basis(rows)
    numbers: list[int | None] = [None] * r
    if r == 0:
        return [], [], bias, []
    if len(chosen) == r:
        units = rows.take_rows(chosen)
        offsets = constants.take_rows(chosen)
        numbers = [old[i] if i < len(old) else None for i in chosen]
    else:
        units = matrix.take_rows(row_basis(matrix))
        offsets = RationalMatrix.zeros(r, 1)
    pivots = row_basis(units.T)
    read = matrix.take_columns(pivots) @ inverse(units.take_columns(pivots))  # Lambda = read @ units
    bias = bias - read @ offsets
    pairs = list(zip(units.to_rationals(), (offsets.entry(i, 0) for i in range(r)), strict=True))
    return pairs, list(read.T.to_rationals()), bias, numbers
