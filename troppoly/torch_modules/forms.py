"""The affine forms that a PyTorch module computes with, by number.

The *entry* of a tensor is the integer 2 i + p, where i is the number of an affine form in a table and p the
point of a batch of two that it is computed from; form 0 is zero, and the point of a constant has no meaning.
So an array of entries is a tensor of numbers, and what only moves entries (reshaping, slicing, padding by
zero, shuffling, repeating, writing into a view) is done on it by PyTorch itself.  What computes makes new forms,
once for all rows of entries that are alike: the second point of the batch costs nothing, and shows
whether a module keeps the points of a batch apart and treats them alike.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import cache, reduce
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.circuit.circuit import Circuit, Wires
from troppoly.circuit.levels import arrange
from troppoly.errors import NotFiniteError, UnsupportedError, require
from troppoly.exact import RationalMatrix, SparseMatrix

__all__ = ["UNSET", "Entries", "Forms", "column_of_constants", "traced_type"]

Entries = NDArray[np.int64]

UNSET = -2
"""The entry of memory that was not written to, or holds no finite number."""


@cache
def traced_type() -> Any:
    """The type of traced tensors."""
    torch = require("torch", extra="torch")

    class Traced(torch.Tensor):  # type: ignore[misc, name-defined]
        """A tensor with entries instead of numbers, and a note on what may not be done with it."""

        @staticmethod
        def __new__(cls: Any, entries: Any, dtype: Any, note: str = "", compared: bool = False) -> Any:
            self = torch.Tensor._make_wrapper_subclass(
                cls, entries.shape, strides=entries.stride(), storage_offset=entries.storage_offset(), dtype=dtype
            )
            self.entries, self.note, self.compared = entries, note, compared
            return self

        __torch_function__ = torch._C._disabled_torch_function_impl

        def __repr__(self) -> str:
            return f"Traced(shape={tuple(self.shape)})"

        @classmethod
        def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            raise UnsupportedError(f"A traced tensor is used by {func} outside of the run of its module.")

    return Traced


class Forms:
    """A table of affine forms in the atoms of a circuit."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self._values = [Wires(circuit, SparseMatrix.zeros(1, circuit.n_atoms), (1,))]
        self._starts = [0]
        self._constant = np.ones(1, dtype=bool)

    def inputs(self, shape: tuple[int, ...]) -> Entries:
        """Return the entries of a batch of two points of a shape."""
        numbers = self.add(self.circuit.inputs(shape))
        return np.stack([2 * numbers, 2 * numbers + 1])

    def constants(self, array: Any, where: str) -> Entries:
        """Return the entries of an array of exact numbers or floats, named ``where`` in errors."""
        array = np.asarray(array)
        flat = array.reshape(-1)
        if flat.dtype != object:
            flat, inverse = np.unique(flat, return_inverse=True)
            finite = np.isfinite(flat)
            if not finite.all():
                RationalMatrix.of(array.reshape(len(array) if array.ndim else 1, -1), where)  # names the entry
        else:
            inverse = np.arange(flat.size)
        column = RationalMatrix.of(flat.reshape(-1, 1), where).sparse()
        forms = column.widened(self.circuit.n_atoms)
        numbers = self.add(Wires(self.circuit, forms, (flat.size,)))
        numbers[flat == 0] = 0
        return np.asarray(2 * numbers[inverse].reshape(array.shape))

    def add(self, value: Wires) -> Entries:
        """Return the numbers that the forms of a value get, as an array of its shape."""
        start = self._starts[-1] + self._values[-1].size
        constant = np.ones(value.size, dtype=bool)
        constant[value.forms.rows[value.forms.columns > 0]] = False
        self._values.append(replace(value, shape=(value.size,)))
        self._starts.append(start)
        self._constant = np.concatenate([self._constant, constant])
        return np.arange(start, start + value.size).reshape(value.shape)

    def value(self, numbers: Entries, name: str = "") -> Wires:
        """Return the forms with some numbers, as a value; ``name`` is that of forms that only are moved here."""
        if numbers.min(initial=0) < 0:
            raise NotFiniteError("A value is used that was never written to, or is no finite number.")
        flat = numbers.ravel()
        blocks = np.searchsorted(self._starts, flat, side="right") - 1
        used = np.unique(blocks)
        parts: list[Wires] = []
        places, first = np.empty(len(flat), dtype=np.int64), 0
        for block in used:
            chosen = np.flatnonzero(blocks == block)
            rows, inverse = np.unique(flat[chosen] - self._starts[block], return_inverse=True)
            parts.append(self._values[block].picked(rows))
            places[chosen] = first + inverse
            first += len(rows)
        names = {part.name for part in parts if np.any(part.forms.columns > 0)}
        joint: Wires = reduce(Wires.stacked, parts)
        result = replace(joint.picked(places), shape=numbers.shape, name=names.pop() if len(names) == 1 else name)
        return result.named(name) if name and (result.is_plain or not result.name) else result

    def is_constant(self, entries: Entries) -> NDArray[np.bool_]:
        """Whether the entries are constants."""
        return np.asarray(self._constant[entries >> 1])

    def points(self, entries: Entries) -> Entries:
        """Return the points of the batch that rows of entries are computed from, 0 for rows of constants.

        Raises UnsupportedError if a row has entries of both.
        """
        varying = ~self.is_constant(entries)
        second = np.any(varying & (entries & 1 == 1), axis=1)
        if np.any(second & np.any(varying & (entries & 1 == 0), axis=1)):
            raise UnsupportedError("does not keep the points of a batch apart")
        return np.asarray(second, dtype=np.int64)

    def rows(self, entries: Entries, function: Callable[[Wires], Wires], name: str) -> Entries:
        """Return what ``function`` makes of the rows of an array, as entries.

        It gets a value of shape (n, k) without the rows that occur again, and its result has n rows.  What it
        makes of rows of constants is constant, so it makes no units of these.
        """
        points, numbers = self.points(entries), entries >> 1
        _, index, inverse = np.unique(numbers, axis=0, return_index=True, return_inverse=True)
        order = np.argsort(index)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        alone = numbers[index[order]]
        fixed = self._constant[alone].all(axis=1)
        if fixed.any():
            made = self._evaluated(self.value(alone[fixed]), function)
            result = np.empty((len(alone), *made.shape[1:]), dtype=np.int64)
            result[fixed] = made
            if not fixed.all():
                result[~fixed] = self.add(function(self.value(alone[~fixed], name)))
        else:
            result = self.add(function(self.value(alone, name)))
        chosen = result[rank[inverse.ravel()]]
        return np.asarray(2 * chosen + points.reshape(-1, *[1] * (chosen.ndim - 1)))

    def _evaluated(self, value: Wires, function: Callable[[Wires], Wires]) -> Entries:
        """The numbers of the constants that a function makes of constants, in a circuit of its own."""
        circuit = Circuit(1)
        forms = value.forms.take_columns([0]).widened(2)
        result = function(Wires(circuit, forms, value.shape))
        numbers: tuple[Any, ...] = (mpq(0),)
        for layer in arrange(circuit, result)[0]:
            numbers = layer(numbers)
        array = np.empty(result.size, dtype=object)
        array[:] = numbers
        return self.constants(array.reshape(result.shape), "constant") >> 1

    def images(self, entries: Entries, function: Callable[[Wires], Wires], name: str) -> Entries:
        """Return what ``function`` makes of the images of a batch: it gets and returns them with a first axis of length 1."""
        points = self.points(entries.reshape(len(entries), -1))
        numbers = entries >> 1
        known: dict[bytes, Entries] = {}
        for image in numbers:
            if image.tobytes() not in known:
                known[image.tobytes()] = self.add(function(self.value(image[None], name)))[0]
        chosen = np.stack([known[image.tobytes()] for image in numbers])
        return np.asarray(2 * chosen + points.reshape(-1, *[1] * (chosen.ndim - 1)))

    def result(self, entries: Entries) -> Wires:
        """Return the value that is computed for one point, if both points of the batch have it.

        Raises UnsupportedError otherwise.
        """
        if entries.ndim == 0 or len(entries) != 2:
            raise UnsupportedError(
                f"makes shape {entries.shape} of a batch of 2, which does not keep the points of a batch apart"
            )
        points = self.points(entries.reshape(2, -1))
        first, second = self.value(entries[0][None] >> 1), self.value(entries[1] >> 1)
        constant = self.is_constant(entries[0])
        if points[0] > 0 or (not constant.all() and points[1] < 1) or not _alike(first, second):
            raise UnsupportedError("is not seen to treat the points of a batch alike")
        return first


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
        same += [known.setdefault((block.rectified, row), len(same) + i) for i, row in enumerate(rows(block.forms))]
    return rows(first.forms) == rows(second.forms)


def column_of_constants(value: Wires) -> RationalMatrix | None:
    """Return the numbers of a value that is constant, as a column, and None of any other.

    >>> column_of_constants(Circuit(1).inputs((1,)) * 0)
    RationalMatrix([['0']])
    """
    return None if np.any(value.forms.columns > 0) else value.forms.take_columns([0]).dense()
