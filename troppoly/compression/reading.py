"""One hidden layer and its reader, as a function of the layer before.

Let a be the values of the layer before (or the input).  What the next layer reads is

    sum_i u_i max(v_i a + c_i, 0) + Lambda a + beta                                         (*)

where Lambda a + beta collects what identity units pass on, or units that are always active.  Written as a layer
it takes as many rectified units as it has columns u_i, and r = rank(Lambda) identity units, for Lambda = P Q with
r rows Q.  (*) is changed, without changing the function, by

- *merging*: units with the same hyperplane v a + c = 0 are one, u max(s z, 0) = s u max(z, 0) for s > 0, and
  u max(-s z, 0) = s u (max(z, 0) - z); constant units go into beta, units with u = 0 are left out;
- *turning units around* (``compression.orientation``), so that rank(Lambda) is least;
- *relations* sum_i c_i h_i = l a + l_0 between units as functions on the domain (``redundancy.relations``):
  any unit j with c_j != 0 can be eliminated, u_i changes by -(c_i / c_j) u_j, and Lambda by u_j l / c_j.

Of the rows Q as many as possible are rows of units that are there already: then an identity unit can be written as one
rectified unit max(-z, 0) = max(z, 0) - z beside max(z, 0), and not as two, max(z, 0) - max(-z, 0).  A form of a layer
is *better* than another if it has fewer units, or as many and fewer if the identity units are written so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.compression.orientation import best_flips, modular_rank
from troppoly.exact import ObjectArray, RationalMatrix, SparseMatrix
from troppoly.exact.linear import Line, inverse, lines, row_basis
from troppoly.network import Layer
from troppoly.redundancy.relations import Relation

__all__ = ["Reading", "Written", "layer_cost", "used_relations"]

Cost = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A layer and its reader; ``units`` are the old numbers of the layer's units (None for new ones).

    ``turned`` are those of units that were turned around.  ``cost`` is the number of units, and that number if
    identity units are written as rectified ones.
    """

    layer: Layer
    reader: Layer
    units: tuple[int | None, ...]
    turned: frozenset[int]
    cost: Cost


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The expression (*).

    ``forms`` are the rows (v_i | c_i), ``columns`` the u_i by unit, ``affine`` is the matrix (Lambda | beta).
    ``turned`` are the units with the form -(v_i | c_i) instead, and ``passed`` are forms that were passed on by
    identity units, or by units that are always active, which are in ``active``.
    """

    forms: RationalMatrix
    columns: Mapping[int, ObjectArray]
    affine: RationalMatrix
    passed: tuple[int, ...] = ()
    active: frozenset[int] = frozenset()
    turned: frozenset[int] = frozenset()

    @classmethod
    def of(cls, layer: Layer, following: Layer, linear: NDArray[np.bool_] | None = None) -> Reading:
        """Return the expression of a layer, with the units of ``linear`` passed on (else the identity units)."""
        linear = ~layer.rectified if linear is None else linear
        forms, weight = layer.weight.hstack(layer.bias), following.weight
        affine = RationalMatrix.zeros(following.n_outputs, layer.n_inputs).hstack(following.bias)
        if linear.any():
            affine = affine + weight.take_columns(linear) @ forms.take_rows(linear)
        read = weight.take_columns(~linear).to_rationals().T
        columns = dict(zip(np.flatnonzero(~linear).tolist(), read, strict=True))
        active = frozenset(np.flatnonzero(linear & layer.rectified).tolist())
        return cls(forms, columns, affine, tuple(np.flatnonzero(linear).tolist()), active)._without_zeros()

    def _without_zeros(self) -> Reading:
        return replace(self, columns={i: u for i, u in self.columns.items() if u.any()})

    def _plus(self, units: Sequence[int], forms: RationalMatrix) -> RationalMatrix:
        """The affine part plus the columns of units times forms."""
        if not units:
            return self.affine
        return self.affine + _matrix([self.columns[i] for i in units]).T @ forms

    def merged(self, *, opposite: bool) -> Reading:
        """Return the expression with one unit for a hyperplane, or else for a half-space.

        >>> from troppoly.network import Network
        >>> layer, reader = Network.from_arrays([[[1], [-2]], [[1, 1]]]).layers
        >>> merged = Reading.of(layer, reader).merged(opposite=True)
        >>> {i: u.tolist() for i, u in merged.columns.items()}, merged.affine
        ({0: [mpq(3,1)]}, RationalMatrix([['-2', '0']]))
        """
        first: dict[tuple[Line, bool], int] = {}
        columns: dict[int, ObjectArray] = {}
        rows, moving = lines(self.forms), self._linear().T.nonzero_columns()
        negative, constants = [], {}
        for i, column in self.columns.items():
            line, multiple = rows[i]
            if not moving[i]:
                constants[i] = max(self.forms[i, -1], mpq(0))
                continue
            j = first.setdefault((line, opposite or multiple > 0), i)
            factor = multiple / rows[j][1]
            columns[j] = columns[j] + column * abs(factor) if j in columns else column
            if factor < 0:
                negative.append(i)
        affine = self._plus(negative, self.forms.take_rows(negative))
        if constants:
            zeros = RationalMatrix.zeros(len(constants), self.forms.shape[1] - 1)
            values = RationalMatrix.from_rationals(np.array([[v] for v in constants.values()], dtype=object))
            affine = replace(self, affine=affine)._plus(list(constants), zeros.hstack(values))
        return replace(self, columns=columns, affine=affine)._without_zeros()

    def oriented(self) -> tuple[Reading, bool]:
        """Turn units around so that the rank of Lambda is least; tell whether that is proved."""
        units = sorted(self.columns)
        columns = _matrix([self.columns[i] for i in units], self.affine.shape[0]).T
        forms = self._forms(units)
        n_inputs = np.arange(self.forms.shape[1] - 1)
        flips, proved = best_flips(columns, forms.take_columns(n_inputs), self.affine.take_columns(n_inputs))
        chosen = [units[i] for i in np.flatnonzero(flips)]
        affine = self._plus(chosen, forms.take_rows(flips))
        return replace(self, affine=affine, turned=self.turned ^ frozenset(chosen)), proved

    def _forms(self, units: Sequence[int]) -> RationalMatrix:
        signs = [mpq(-1 if i in self.turned else 1) for i in units]
        forms = self.forms.take_rows(np.array(units, dtype=np.intp))
        return SparseMatrix.diagonal(signs) @ forms

    def eliminate(self, j: int, relation: Relation) -> Reading:
        """Return the expression without unit j, and without the units whose columns become zero."""
        c, u = relation.units, self.columns[j]
        columns = {i: column for i, column in self.columns.items() if i != j}
        for i, value in c.items():
            if i != j:  # a unit that was left out because its column was zero may come back
                columns[i] = columns.get(i, 0 * u) - u * (value / c[j])
        row = np.full(self.forms.shape[1], mpq(0), dtype=object)
        for k, value in relation.inputs.items():
            row[k] = value / c[j]
        row[-1] = relation.constant / c[j]
        affine = self._plus([j], _matrix([row]))
        return replace(self, columns=columns, affine=affine)._without_zeros()

    def rank(self) -> int:
        """Return the rank of Lambda, modulo a prime: a lower bound, and almost surely the rank."""
        return modular_rank(self.affine.take_columns(np.arange(self.affine.shape[1] - 1)))

    def written(self, following: Layer) -> Written:
        """Return the expression as a layer and its reader, which is rectified as ``following`` is.

        The pair max(x, 0) - max(-x, 0) is one identity unit:

        >>> from troppoly.network import Network
        >>> layer, reader = Network.from_arrays([[[1], [-1]], [[1, -1]]]).layers
        >>> written = Reading.of(layer, reader).merged(opposite=True).written(reader)
        >>> written.layer.weight, written.layer.rectified, written.units, written.cost
        (RationalMatrix([['1']]), array([False]), (None,), (1, 2))
        """
        kept = sorted(self.columns)
        d = self.forms.shape[1] - 1
        matrix, bias = self.affine.take_columns(np.arange(d)), self.affine.take_columns([d])
        forms = self._forms(kept)
        read = _matrix([self.columns[i] for i in kept], following.n_outputs).T
        numbers: list[int | None] = list(kept)
        spent = len(kept)
        rows = matrix.take_rows(row_basis(matrix))
        if r := rows.shape[0]:
            rows = rows.hstack(RationalMatrix.zeros(r, 1))
            pool, origin, n_single = self._pool(kept)
            chosen = _spanning(pool.vstack(rows), r)
            rows = pool.vstack(rows).take_rows(chosen)
            spent += sum(1 if i < n_single else 2 for i in chosen)
            numbers += [origin[i] if i < len(origin) else None for i in chosen]
            units, offsets = rows.take_columns(np.arange(d)), rows.take_columns([d])
            pivots = row_basis(units.T)
            passing = matrix.take_columns(pivots) @ inverse(units.take_columns(pivots))
            forms, read, bias = forms.vstack(rows), read.hstack(passing), bias - passing @ offsets
        if not numbers:  # constant: one identity unit that is zero
            forms, read = RationalMatrix.zeros(1, d + 1), RationalMatrix.zeros(following.n_outputs, 1)
        rectified = np.arange(forms.shape[0]) < len(kept)
        layer = Layer(forms.take_columns(np.arange(d)), forms.take_columns([d]), rectified)
        reader = Layer(read, bias, following.rectified)
        turned = self.turned & frozenset(kept)
        return Written(layer, reader, tuple(numbers), turned, (len(numbers), spent))

    def _pool(self, kept: Sequence[int]) -> tuple[RationalMatrix, list[int | None], int]:
        """Forms for identity units, in order of preference, their units, and how many take one rectified unit."""
        rows = lines(self._linear())
        parallel = {rows[i][0] for i in kept}
        single = [i for i in self.passed if i in self.active or rows[i][0] in parallel]
        other = [i for i in self.passed if i not in set(single)]
        pool = self.forms.take_rows(np.array([*single, *kept, *other], dtype=np.intp))
        return pool, [*single, *(None for _ in kept), *other], len(single) + len(kept)

    def _linear(self) -> RationalMatrix:
        """The rows v_i."""
        return self.forms.take_columns(np.arange(self.forms.shape[1] - 1))


def layer_cost(layer: Layer) -> Cost:
    """Return the cost of a layer as it is (see :class:`Written`)."""
    n = layer.n_outputs
    if layer.rectified.all():
        return n, n
    rows = lines(layer.weight)
    parallel = {line for (line, _), rectified in zip(rows, layer.rectified, strict=True) if rectified}
    return n, n + sum(line not in parallel for line, _ in rows)


def _matrix(rows: Sequence[ObjectArray], columns: int = 0) -> RationalMatrix:
    """The matrix of rows of rationals, which may be none."""
    return RationalMatrix.from_rationals(np.stack(rows)) if rows else RationalMatrix.zeros(0, columns)


def _spanning(forms: RationalMatrix, r: int) -> list[int]:
    """The first rows whose linear parts are a basis of the linear parts of the last r ones."""
    rows = forms.take_columns(np.arange(forms.shape[1] - 1))
    space = rows.take_rows(np.arange(rows.shape[0] - r, rows.shape[0]))
    pivots = row_basis(space.T)
    coordinates = rows.take_columns(pivots) @ inverse(space.take_columns(pivots))
    difference = (coordinates @ space - rows).nonzero().any(axis=1)
    inside = np.flatnonzero(~difference)
    return [int(inside[i]) for i in row_basis(coordinates.take_rows(inside))]


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


def used_relations(start: Reading, found: Sequence[Relation]) -> list[Reading]:
    """Return the expressions after relations were used one after another, the first ones at once.

    A relation of one unit costs nothing: a rectified unit becomes an identity one, or none.  Of the others each
    time the relation and the unit are taken whose elimination leaves the fewest units.
    """
    pending = sorted(found, key=lambda relation: len(relation.units))
    reading = start
    while pending and len(pending[0].units) == 1:
        relation = pending.pop(0)
        (j,) = relation.units
        if j in reading.columns:
            reading = reading.eliminate(j, relation)
        pending = sorted(
            (r for r in (without_unit(r, j, relation) for r in pending) if r.units), key=lambda r: len(r.units)
        )
    stages = [reading]
    while True:
        possible = [
            (reading.eliminate(j, relation), relation, j)
            for relation in pending
            for j in reversed(relation.units)
            if j in reading.columns
        ]
        if not possible:
            return stages
        reading, used, j = min(possible, key=lambda stage: len(stage[0].columns) + stage[0].rank())
        stages.append(reading)
        pending = [r for r in (without_unit(r, j, used) for r in pending if r is not used) if r.units]
