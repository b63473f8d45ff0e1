"""The affine forms that a program computes with, by number.

A program is run on n points at once.  An *entry* is the integer n i + p, where i is the number of an affine form in
a table and p the point that it is computed from; form 0 is zero, and p has no meaning for a form that is the same
at all points, such as a constant.  So what only moves entries (reshaping, slicing, padding by zero, writing into a
view) is done by PyTorch or ONNX itself on arrays of numbers.  What computes makes new forms, once for all rows of
entries that are alike: further points cost no units, and show whether a program treats points apart and alike.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.circuit.affine_operators import check_finite
from troppoly.circuit.circuit import Circuit, Wires
from troppoly.circuit.levels import arrange
from troppoly.errors import NotFiniteError
from troppoly.exact import RationalMatrix, SparseMatrix

__all__ = ["Array", "Entries", "Forms"]

Array = NDArray[np.int64]

_CONSTANT, _ALIKE, _VARYING = range(3)  # forms that are constant, the same at all points, and others


class Entries(np.ndarray[Any, np.dtype[np.int64]]):
    """An array of entries, which its type tells from an array of constants."""

    @staticmethod
    def of(array: Any) -> Entries:
        """Return an array of whole numbers as entries."""
        return np.asarray(array).astype(np.int64).view(Entries)


class Forms:
    """A table of affine forms in the atoms of a circuit, computed at ``n_points`` points."""

    def __init__(self, circuit: Circuit, n_points: int) -> None:
        self.circuit, self.n_points = circuit, n_points
        self._values = [Wires(circuit, SparseMatrix.zeros(1, circuit.n_atoms), (1,))]
        self._starts = [0]
        self._kinds = np.full(1, _CONSTANT)

    def inputs(self, value: Wires, axis: int | None) -> Entries:
        """Return the entries of inputs at the points along an axis of length 1, or the same at all points."""
        numbers = self.n_points * self.add(value, _ALIKE if axis is None else _VARYING)
        if axis is not None:
            numbers = numbers + np.arange(self.n_points).reshape([-1 if i == axis else 1 for i in range(numbers.ndim)])
        return Entries.of(numbers)

    def constants(self, array: Any, where: str) -> Entries:
        """Return the entries of an array of exact numbers or floats, named ``where`` in errors."""
        array = np.asarray(array)
        check_finite(array, where)
        flat, inverse = array.reshape(-1), np.arange(array.size)
        if flat.dtype != object:
            flat, inverse = np.unique(flat, return_inverse=True)
        column = RationalMatrix.of(flat.reshape(-1, 1), where).sparse()
        numbers = self.add(Wires(self.circuit, column.widened(self.circuit.n_atoms), (flat.size,)))
        numbers[flat == 0] = 0
        return Entries.of(self.n_points * numbers[inverse].reshape(array.shape))

    def add(self, value: Wires, kinds: Any = _VARYING) -> Array:
        """Return the numbers that the forms of a value get; those that are not constant are of the kinds."""
        start = self._starts[-1] + self._values[-1].size
        found = np.full(value.size, _CONSTANT)
        rows = value.forms.rows[value.forms.columns > 0]
        found[rows] = np.broadcast_to(kinds, value.shape).ravel()[rows]
        self._values.append(replace(value, shape=(value.size,)))
        self._starts.append(start)
        self._kinds = np.concatenate([self._kinds, found])
        return np.arange(start, start + value.size).reshape(value.shape)

    def value(self, numbers: Any, name: str = "") -> Wires:
        """Return the forms with some numbers, as a value; ``name`` is that of forms that only are moved here."""
        if numbers.min(initial=0) < 0:
            raise NotFiniteError("A value is used that was never written to, or is not a finite number.")
        flat = numbers.ravel()
        blocks = np.searchsorted(self._starts, flat, side="right") - 1
        parts: list[Wires] = []
        places, first = np.empty(len(flat), dtype=np.int64), 0
        for block in np.unique(blocks):
            chosen = np.flatnonzero(blocks == block)
            rows, inverse = np.unique(flat[chosen] - self._starts[block], return_inverse=True)
            parts.append(self._values[block].picked(rows))
            places[chosen] = first + inverse
            first += len(rows)
        names = {part.name for part in parts if np.any(part.forms.columns > 0)}
        joint: Wires = reduce(Wires.stacked, parts)
        result = replace(joint.picked(places), shape=numbers.shape, name=names.pop() if len(names) == 1 else name)
        return result.named(name) if name and (result.is_plain or not result.name) else result

    def is_constant(self, entries: Array) -> NDArray[np.bool_]:
        """Whether the entries are constants."""
        return np.asarray(self._kinds[entries // self.n_points] == _CONSTANT)

    def points(self, entries: Array) -> Array | None:
        """Return the points that rows of entries are computed from, -1 for none, and None if a row is of several."""
        varying, points = self._kinds[entries // self.n_points] == _VARYING, np.asarray(entries % self.n_points)
        first = np.where(varying, points, self.n_points).min(axis=1, initial=self.n_points)
        last: Array = np.where(varying, points, -1).max(axis=1, initial=-1)
        return None if np.any(first < last) else last

    def rows(self, numbers: Array, function: Callable[[Wires], Wires], name: str) -> Array:
        """Return the numbers of what ``function`` makes of the rows of an array of numbers of forms.

        It gets values of shape (m, k) without repeated rows, and returns m rows; of constants it makes no units.
        """
        repeats = self.n_points if len(numbers) % self.n_points == 0 else 1
        blocks = numbers.reshape(repeats, -1, numbers.shape[1])
        if not np.array_equal(blocks, np.broadcast_to(blocks[:1], blocks.shape)):
            repeats, blocks = 1, numbers[None]
        _, index, inverse = np.unique(blocks[0], axis=0, return_index=True, return_inverse=True)
        order = np.argsort(index)
        alone = blocks[0][index[order]]
        kinds = self._kinds[alone].max(axis=1)
        fixed = kinds == _CONSTANT
        made: list[Any] = []
        if fixed.any():
            made.append(self._evaluated(self.value(alone[fixed]), function))
        if not fixed.all():
            value = function(self.value(alone[~fixed], name))
            made.append(self.add(value, kinds[~fixed].reshape(-1, *[1] * (len(value.shape) - 1))))
        result = np.concatenate(made)[np.argsort(np.argsort(~fixed, kind="stable"))]
        result = result[np.argsort(order)[inverse.ravel()]]
        return result if repeats == 1 else np.concatenate([result] * repeats)

    def _evaluated(self, value: Wires, function: Callable[[Wires], Wires]) -> Array:
        """The numbers of the constants that a function makes of constants, in a circuit of its own."""
        circuit = Circuit(1)
        result = function(Wires(circuit, value.forms.take_columns([0]).widened(2), value.shape))
        numbers: tuple[Any, ...] = (mpq(0),)
        for layer in arrange(result)[0]:
            numbers = layer(numbers)
        array = np.empty(result.size, dtype=object)
        array[:] = numbers
        return np.asarray(self.constants(array.reshape(result.shape), "constant") // self.n_points)

    def images(self, numbers: Array, function: Callable[[Wires], Wires], name: str) -> Array:
        """Return the numbers of what ``function`` makes of every image of a batch, as a batch of one.

        Of images of constants it makes no units.
        """
        known: dict[bytes, Array] = {}
        for image in numbers:
            if image.tobytes() not in known:
                kind, value = self._kinds[image].max(initial=_CONSTANT), self.value(image[None], name)
                fixed = kind == _CONSTANT
                made = self._evaluated(value, function) if fixed else self.add(function(value), kind)
                known[image.tobytes()] = made[0]
        return np.stack([known[image.tobytes()] for image in numbers])

    def result(self, entries: Array, axis: int) -> Wires | None:
        """Return the value at the first point, if the points stand along an axis and their values are alike."""
        slices = np.asarray(entries[None] if self.n_points == 1 else np.moveaxis(entries, axis, 0))
        if len(slices) != self.n_points:
            return None
        points = self.points(slices.reshape(len(slices), -1))
        if points is None or np.any((points >= 0) & (points != np.arange(len(slices)))):
            return None
        first, *others = slices // self.n_points
        value = self.value(first)
        same = all(np.array_equal(first, other) or _alike(value, self.value(other)) for other in others)
        return value if same else None


def _alike(first: Wires, second: Wires) -> bool:
    """Whether two values of a circuit are the same forms in units that are made in the same way."""
    if first.forms == second.forms:
        return True
    known: dict[Any, int] = {}
    same = list(range(1 + first.circuit.n_inputs))  # for every atom the first that is made as it is

    def rows(forms: SparseMatrix) -> list[Any]:
        bounds, values = forms.indptr.tolist(), [mpq(e, forms.denominator) for e in forms.entries]
        columns = [same[column] for column in forms.columns.tolist()]
        return [tuple(sorted(zip(columns[i:j], values[i:j], strict=True))) for i, j in itertools.pairwise(bounds)]

    for block in first.circuit.blocks:
        same += [
            known.setdefault((block.rectified, row), len(same) + i) for i, row in enumerate(rows(block.value.forms))
        ]
    return rows(first.forms) == rows(second.forms)
