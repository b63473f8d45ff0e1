"""Piecewise linear circuits: arrays of affine forms in inputs and in units that have been made.

Whatever a module or a file computes is followed symbolically.  The *atoms* are the constant 1, the inputs and the
units that were made so far; a value is an array of affine forms in them.  Affine operations act on the forms, so that
affine maps are folded into affine maps; a rectification makes units.  A maximum of k numbers makes k - 1:

    max(z_1, ..., z_k) = m_k,    m_1 = z_1,    m_i = m_(i-1) + max(z_i - m_(i-1), 0).

:mod:`troppoly.circuit.levels` arranges the units in layers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import ShapeError, UnsupportedError
from troppoly.exact import RationalMatrix, SparseMatrix

__all__ = ["Circuit", "UnitBlock", "Wires", "check_size", "foldable", "maximum"]

Indices = NDArray[np.int64]

LARGEST_ARRAY = 2**20  # the most numbers that a value may have
LARGEST_WEIGHT = 2**24  # the most nonzero weights of one operation (about two gigabytes)
LARGEST_FOLDED = 2**18  # affine maps are not multiplied out if that makes more weights than this and than they have


def check_size(shape: Sequence[int], where: str, limit: int = LARGEST_ARRAY) -> None:
    """Raise ShapeError or UnsupportedError, naming ``where``, for an array that is empty or too large for memory."""
    if min(shape, default=1) < 1:
        raise ShapeError(f"The {where} has shape {tuple(shape)}, which is empty.")
    if prod(shape) > limit:
        raise UnsupportedError(f"The {where} has shape {tuple(shape)}; more than {limit} numbers are not supported.")


def foldable(left: SparseMatrix, right: SparseMatrix) -> bool:
    """Return whether the product of two matrices has so few nonzero entries that it is multiplied out."""
    most = int(np.diff(right.indptr)[left.columns].sum())
    return most <= max(LARGEST_FOLDED, left.n_nonzero + right.n_nonzero)


@dataclass(frozen=True, slots=True, eq=False)
class UnitBlock:
    """Units made at once of the entries of a value, from the atom ``first`` on: rectified, or kept for later use."""

    value: Wires
    first: int
    rectified: bool

    @property
    def atoms(self) -> Indices:
        """The atoms of the units."""
        return np.arange(self.first, self.first + self.value.size)


@dataclass(slots=True)
class Circuit:
    """The units of a circuit with ``n_inputs`` inputs, and its maxima as lists of atoms."""

    n_inputs: int
    blocks: list[UnitBlock] = field(default_factory=list)
    maxima: list[tuple[int, ...]] = field(default_factory=list)

    @property
    def n_atoms(self) -> int:
        """The number of atoms."""
        return int(self.blocks[-1].atoms[-1]) + 1 if self.blocks else 1 + self.n_inputs

    def inputs(self, shape: Sequence[int]) -> Wires:
        """Return the inputs as an array, in the order of C."""
        forms = SparseMatrix.selection(np.arange(self.n_inputs) + 1, self.n_atoms)
        return Wires(self, forms, tuple(shape))

    def append(self, value: Wires, rectified: bool) -> Wires:
        """Make a unit of every entry of a value."""
        block, sources = UnitBlock(value, self.n_atoms, rectified), frozenset([len(self.blocks)])
        self.blocks.append(block)
        forms = SparseMatrix.selection(block.atoms, self.n_atoms)
        return replace(value, forms=forms, level=value.level + 1, sources=sources)

    def is_rectified(self, atoms: Indices) -> bool:
        """Whether every one of the atoms is a rectified unit."""
        numbers = np.searchsorted([block.first for block in self.blocks], atoms, side="right") - 1
        return all(number >= 0 and self.blocks[number].rectified for number in np.unique(numbers))


@dataclass(frozen=True, slots=True, eq=False)
class Wires:
    """An array of affine forms: ``forms`` has a row for every entry, in the order of C.

    ``level`` counts the layers of units below, ``name`` is the place that it was computed in, and ``sources`` are the
    numbers of the blocks that it reads.
    """

    circuit: Circuit
    forms: SparseMatrix
    shape: tuple[int, ...]
    level: int = 0
    name: str = ""
    sources: frozenset[int] = frozenset()

    @property
    def size(self) -> int:
        """The number of entries."""
        return self.forms.shape[0]

    def named(self, name: str) -> Wires:
        """Return the value with another name."""
        return replace(self, name=name)

    def picked(self, numbers: Indices) -> Wires:
        """Return the array of the entries with given numbers, in the order of C."""
        return replace(self, forms=self.forms.take_rows(numbers.ravel()), shape=numbers.shape)

    def mapped(
        self, matrix: RationalMatrix, shape: tuple[int, ...], bias: RationalMatrix | None = None, name: str = ""
    ) -> Wires:
        """Return ``matrix`` times the entries plus the column ``bias``, as an array of a shape."""
        weight = matrix.sparse()
        value = self if foldable(weight, self.forms) else self.circuit.append(self, rectified=False)
        forms = (weight @ value.forms).sparse()
        result = replace(value, forms=forms, shape=shape, name=name or self.name)
        return result if bias is None else result.shifted(bias)

    def shifted(self, column: RationalMatrix) -> Wires:
        """Return the value plus a column of constants, one for every entry."""
        shift = column.sparse().widened(self.forms.shape[1])
        return replace(self, forms=(self.forms + shift).sparse())

    def scaled(self, column: RationalMatrix) -> Wires:
        """Return the value times a column of constants, one for every entry."""
        return replace(self, forms=(SparseMatrix.diagonal(column[:, 0]) @ self.forms).sparse())

    def __mul__(self, factor: Any) -> Wires:
        return replace(self, forms=factor * self.forms)

    def __add__(self, other: Wires) -> Wires:
        return self._with(other, add, self.shape)

    def __sub__(self, other: Wires) -> Wires:
        return self + other * -1

    def stacked(self, other: Wires) -> Wires:
        """Return the vector of all entries of this and then of the other value."""
        return self._with(other, RationalMatrix.vstack, (self.size + other.size,))

    def _with(self, other: Wires, operation: Callable[..., RationalMatrix], shape: tuple[int, ...]) -> Wires:
        """The value of an operation on the forms of this and the other one."""
        width = self.circuit.n_atoms
        forms = operation(self.forms.widened(width), other.forms.widened(width)).sparse()
        return Wires(self.circuit, forms, shape, max(self.level, other.level), self.name, self.sources | other.sources)

    @property
    def is_plain(self) -> bool:
        """Whether every entry is an atom (not the constant)."""
        forms = self.forms
        if forms.n_nonzero != self.size or not np.all(forms.columns):
            return False
        return forms == SparseMatrix.selection(forms.columns, forms.shape[1])

    def constants(self) -> RationalMatrix | None:
        """Return the numbers of a value that is constant, as a column, and None of any other."""
        return None if np.any(self.forms.columns > 0) else self.forms.take_columns([0]).dense()

    def rectified(self) -> Wires:
        """Return max(z, 0) for all entries z; units that are rectified already stay as they are."""
        if self.is_plain and self.circuit.is_rectified(self.forms.columns):
            return self
        return self.circuit.append(self, rectified=True)

    def kept(self) -> Wires:
        """Return the value for use beside units that are made of it; a layer carries what takes the fewest units."""
        return self if self.is_plain else self.circuit.append(self, rectified=False)


def maximum(windows: Sequence[Indices], values: Wires, shape: tuple[int, ...]) -> Wires:
    """Return for every w the maximum of the entries ``windows[w]``, one at least, of a value, as an array of a shape.

    Maxima of at least three entries are recorded in the circuit.
    """
    sizes = np.array([len(window) for window in windows])
    padded = np.full((len(windows), int(sizes.max())), -1, dtype=np.int64)
    padded[np.arange(padded.shape[1]) < sizes[:, None]] = np.concatenate(windows)
    flat, result = values, values.picked(padded[:, 0])
    units = np.full_like(padded, -1)
    for step in range(1, padded.shape[1]):
        chosen = np.flatnonzero(sizes > step)
        gap = flat.picked(padded[chosen, step]) - result.picked(chosen)
        increase = values.circuit.append(gap.named(values.name), rectified=True)
        units[chosen, step] = increase.forms.columns
        if step == 1:
            flat = flat.kept()
            result = flat.picked(padded[:, 0])
        spread = SparseMatrix.selection(chosen, len(windows)).T
        result = result + increase.mapped(spread, result.shape)
    groups = [tuple(row[row >= 0].tolist()) for row in units]
    values.circuit.maxima.extend(group for group in groups if len(group) > 1)
    return replace(result, shape=shape)
