"""One hidden layer and its reader, as a function of the layer before.

Let a be the values of the layer before (or the input).  What the next layer reads is

    sum_i u_i max(v_i a + c_i, 0) + Lambda a + beta                                         (*)

where Lambda a + beta collects what identity units and always active ones pass on.  As a layer this is as many rectified
units as columns u_i, and r = rank(Lambda) identity units, for Lambda = P Q with r rows Q.  The same function has other
expressions (*), by

- *merging*: units with the same hyperplane v a + c = 0 are one, u max(s z, 0) = s u max(z, 0) for s > 0, and
  u max(-s z, 0) = s u (max(z, 0) - z); constant units go into beta, units with u = 0 are left out;
- *turning units around* (``compression.orientation``), so that rank(Lambda) is least;
- *relations* sum_i c_i h_i = l a + l_0 on the domain (``redundancy.relations``): any unit j with c_j != 0 can be
  eliminated, u_i changes by -(c_i / c_j) u_j, and Lambda by u_j l / c_j.

Of the rows Q as many as possible are rows of units that are there already: then an identity unit can be written as one
rectified unit max(-z, 0) = max(z, 0) - z beside max(z, 0), and not as two, max(z, 0) - max(-z, 0).  A form of a layer
is *better* than another if it has fewer units, or as many and fewer if the identity units are written so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress

import numpy as np
from gmpy2 import mpq

from troppoly.cellwise.sign_words import Mask
from troppoly.compression.orientation import best_flips, modular_rank
from troppoly.exact import RationalMatrix, SparseMatrix
from troppoly.exact.linear import Line, inverse, lines, row_basis
from troppoly.exact.numerators import over_common_denominator
from troppoly.network import Layer
from troppoly.redundancy.relations import Relation

__all__ = ["Reading", "Written", "layer_cost", "linear_part", "matrix_of", "used_relations"]

Cost = tuple[int, int]

_COMPARED = 64
"""The most relations of which the order of use is searched for; each of the others eliminates its last unit."""


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A layer and its reader, with the old numbers of its units (None for new ones) and of those turned around.

    ``cost`` is the number of units, and that number if identity units are written as rectified ones.
    """

    layer: Layer
    reader: Layer
    units: tuple[int | None, ...]
    turned: frozenset[int]
    cost: Cost


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The expression (*): ``forms`` (v_i | c_i) of all units, ``columns`` u_i of those left, ascending ``units``.

    ``affine`` is (Lambda | beta); ``passed`` are the units that passed their forms on, ``active`` those of them that
    are rectified, and ``turned`` the units with the form -(v_i | c_i) instead.
    """

    forms: RationalMatrix
    units: tuple[int, ...]
    columns: RationalMatrix
    affine: RationalMatrix
    passed: tuple[int, ...] = ()
    active: frozenset[int] = frozenset()
    turned: frozenset[int] = frozenset()

    @classmethod
    def of(cls, layer: Layer, following: Layer, linear: Mask | None = None) -> Reading:
        """Return the expression of a layer, with the units of ``linear`` passed on (else the identity units)."""
        linear = ~layer.rectified if linear is None else linear
        forms, weight = layer.weight.hstack(layer.bias), following.weight
        affine = SparseMatrix.zeros(following.n_outputs, layer.n_inputs).hstack(following.bias).economical()
        passed = tuple(np.flatnonzero(linear).tolist())
        active = frozenset(np.flatnonzero(linear & layer.rectified).tolist())
        start = cls(forms, passed, weight.take_columns(linear), affine, passed, active)
        units = np.flatnonzero(~linear).tolist()
        return start._with(units, weight.take_columns(~linear), start._plus(forms.take_rows(linear)))

    def _with(self, units: Iterable[int], columns: RationalMatrix, affine: RationalMatrix) -> Reading:
        """The expression with other columns and another affine part, without the columns that are zero."""
        kept = columns.nonzero_columns()
        return replace(self, units=tuple(compress(units, kept)), columns=columns.take_columns(kept), affine=affine)

    def _plus(self, forms: RationalMatrix, chosen: Sequence[int] | Mask | None = None) -> RationalMatrix:
        """The affine part plus the columns, or those in the chosen places, times forms."""
        columns = self.columns if chosen is None else self.columns.take_columns(chosen)
        return self.affine + columns @ forms if forms.n_nonzero else self.affine

    def without(self, mask: Mask) -> Reading:
        """Return the expression without the units of a mask."""
        kept = [i for i, unit in enumerate(self.units) if not mask[unit]]
        return self._with([self.units[i] for i in kept], self.columns.take_columns(kept), self.affine)

    def merged(self, *, opposite: bool) -> Reading:
        """Return the expression with one unit for a hyperplane, or else for a half-space."""
        rows, moving = lines(self.forms), linear_part(self.forms).T.nonzero_columns()
        first: dict[tuple[Line, bool], int] = {}
        places, factors = [0] * len(self.units), [mpq(0)] * len(self.units)
        kept: list[int] = []
        for position, i in enumerate(self.units):
            if moving[i]:
                line, multiple = rows[i]
                place = first.setdefault((line, opposite or multiple > 0), len(kept))
                if place == len(kept):
                    kept.append(i)
                places[position], factors[position] = place, multiple / rows[kept[place]][1]
        columns = self.columns @ SparseMatrix.selection(places, len(kept), list(map(abs, factors)))
        negative = [position for position, factor in enumerate(factors) if factor < 0]
        constant = [position for position, factor in enumerate(factors) if not factor]
        forms = [self.forms.take_rows([self.units[p] for p in positions]) for positions in (negative, constant)]
        affine = self._plus(forms[0].vstack(forms[1].positive_part()), negative + constant)
        return self._with(kept, columns, affine)

    def oriented(self) -> tuple[Reading, bool]:
        """Turn units around so that the rank of Lambda is least; tell whether that is proved."""
        forms = self._forms()
        flips, proved = best_flips(self.columns, linear_part(forms), linear_part(self.affine))
        affine = self._plus(forms.take_rows(flips), flips)
        return replace(self, affine=affine, turned=self.turned ^ frozenset(compress(self.units, flips))), proved

    def _forms(self) -> RationalMatrix:
        """The forms of the units that are left."""
        signs = SparseMatrix.diagonal([mpq(-1 if i in self.turned else 1) for i in self.units])
        return signs @ self.forms.take_rows(self.units)

    def eliminate(self, relations: Mapping[int, Relation]) -> Reading:
        """Return the expression without some units, each by a relation that has none of the others."""
        units = sorted({*self.units, *chain(*(r.units for r in relations.values()))} - relations.keys())  # or come back
        place = {i: k for k, i in enumerate(units)}
        columns, forms = list[tuple[int, int, mpq]](), list[tuple[int, int, mpq]]()
        for position, j in enumerate(self.units):
            if (relation := relations.get(j)) is None:
                columns.append((position, place[j], mpq(1)))
                continue
            c = relation.units[j]
            columns += [(position, place[i], -value / c) for i, value in relation.units.items() if i != j]
            forms += [(position, k, value / c) for k, value in relation.affine.items()]
        affine = self._plus(matrix_of(forms, (len(self.units), self.forms.shape[1])))
        return self._with(units, self.columns @ matrix_of(columns, (len(self.units), len(units))), affine)

    def rank(self) -> int:
        """Return the rank of Lambda, modulo a prime: a lower bound, and almost surely the rank."""
        return modular_rank(linear_part(self.affine))

    def written(self, following: Layer) -> Written:
        """Return the expression as a layer and its reader, which is rectified as ``following`` is."""
        d, kept = self.forms.shape[1] - 1, len(self.units)
        matrix, bias = linear_part(self.affine), self.affine.take_columns([d])
        forms, read, spent = self._forms(), self.columns, kept
        numbers: list[int | None] = list(self.units)
        rows = matrix.take_rows(row_basis(matrix))
        if r := rows.shape[0]:
            pool, origin, n_single = self._pool()
            pool = pool.vstack(rows.hstack(SparseMatrix.zeros(r, 1)))
            chosen = _spanning(pool, r)
            spent += sum(1 if i < n_single else 2 for i in chosen)
            numbers += [origin[i] if i < len(origin) else None for i in chosen]
            rows = pool.take_rows(chosen)
            pivots = row_basis(linear_part(rows).T)
            passing = matrix.take_columns(pivots) @ inverse(rows.take_columns(pivots))
            forms, read, bias = forms.vstack(rows), read.hstack(passing), bias - passing @ rows.take_columns([d])
        if not numbers:  # constant: one identity unit that is zero
            forms, read = RationalMatrix.zeros(1, d + 1), RationalMatrix.zeros(following.n_outputs, 1)
        forms, read, bias = (part.economical() for part in (forms, read, bias))
        layer = Layer(linear_part(forms), forms.take_columns([d]), np.arange(forms.shape[0]) < kept)
        reader = Layer(read, bias, following.rectified)
        turned = self.turned & frozenset(self.units)
        return Written(layer, reader, tuple(numbers), turned, (len(numbers), spent))

    def _pool(self) -> tuple[RationalMatrix, list[int | None], int]:
        """Forms for identity units, in order of preference, their units, and how many take one rectified unit."""
        rows = lines(linear_part(self.forms))
        parallel = {rows[i][0] for i in self.units}
        single = [i for i in self.passed if i in self.active or rows[i][0] in parallel]
        other = [i for i in self.passed if i not in set(single)]
        pool = self.forms.take_rows([*single, *self.units, *other])
        return pool, [*single, *(None for _ in self.units), *other], len(single) + len(self.units)


def linear_part(forms: RationalMatrix) -> RationalMatrix:
    """Return the v of forms (v | c)."""
    return forms.take_columns(np.arange(forms.shape[1] - 1))


def layer_cost(layer: Layer) -> Cost:
    """Return the cost of a layer as it is (see :class:`Written`)."""
    n = layer.n_outputs
    if layer.rectified.all():
        return n, n
    rows = lines(layer.weight)
    parallel = {line for line, _ in compress(rows, layer.rectified)}
    return n, n + sum(line not in parallel for line, _ in rows)


def matrix_of(triples: Sequence[tuple[int, int, mpq]], shape: tuple[int, int]) -> SparseMatrix:
    """Return the matrix with entries (row, column, value)."""
    rows, columns, values = zip(*triples, strict=True) if triples else ((), (), ())
    numerators, denominator = over_common_denominator(np.array([*values, None], dtype=object)[:-1])
    return SparseMatrix.from_triples(rows, columns, numerators, shape, denominator)


def _spanning(forms: RationalMatrix, r: int) -> list[int]:
    """The first rows whose linear parts are a basis of the linear parts of the last r ones."""
    rows = linear_part(forms)
    used = rows.take_rows(np.arange(rows.shape[0] - r, rows.shape[0])).nonzero_columns()
    possible = np.flatnonzero(~rows.take_columns(~used).T.nonzero_columns())
    rows = rows.take_rows(possible).take_columns(used)
    space = rows.take_rows(np.arange(rows.shape[0] - r, rows.shape[0]))
    pivots = row_basis(space.T)
    coordinates = rows.take_columns(pivots) @ inverse(space.take_columns(pivots))
    inside = np.flatnonzero(~(coordinates @ space - rows).T.nonzero_columns())
    return [int(possible[inside[i]]) for i in row_basis(coordinates.take_rows(inside))]


def used_relations(start: Reading, found: Sequence[Relation]) -> list[Reading]:
    """Return the expressions after relations, each with its last unit for itself, were used one after another.

    First those of one unit, at once: a rectified unit becomes an identity one, or none.  Of the others, once there are
    few, each time the relation and the unit are taken whose elimination leaves the fewest units.
    """
    single = {max(r.units): r for r in found if len(r.units) == 1}
    pending = sorted((r for r in found if len(r.units) > 1), key=lambda relation: len(relation.units))
    stages = [start.eliminate(single)]
    if len(pending) > _COMPARED:
        stages.append(stages[-1].eliminate({max(r.units): r for r in pending[:-_COMPARED]}))
        del pending[:-_COMPARED]
    while True:
        possible = [
            (stages[-1].eliminate({j: relation}), relation, j)
            for relation in pending
            for j in reversed(relation.units)
            if j in stages[-1].units
        ]
        if not possible:
            return stages
        reading, used, j = min(possible, key=lambda stage: len(stage[0].units) + stage[0].rank())
        stages.append(reading)
        without = (r.minus(r.units.get(j, mpq(0)) / used.units[j], used) for r in pending if r is not used)
        pending = [r for r in without if r.units]
