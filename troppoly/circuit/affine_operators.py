"""Affine operations on values of a circuit: linear maps, convolutions, averages.

Images have shape (1, channels, height, width), and signals (1, channels, length).  Constants are NumPy arrays of
integers or floats, taken at their exact value.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.circuit.circuit import LARGEST_WEIGHT, Wires, check_size
from troppoly.circuit.contractions import numbered, sum_over_indices
from troppoly.circuit.image_windows import Windows
from troppoly.errors import ShapeError, counted
from troppoly.exact import RationalMatrix, SparseMatrix, rational_vector

__all__ = ["Kernel", "average", "check_finite", "constant_column", "linear", "normalization_scale", "row_totals"]

Array = NDArray[Any]


def check_finite(array: Array, where: str) -> None:
    """Raise NotFiniteError, which names the entry, unless floats are finite."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        if array.ndim == 1:
            rational_vector(array, where)
        RationalMatrix.of(array.reshape(len(array) if array.ndim else 1, -1), where)


def constant_column(array: Any, shape: tuple[int, ...], where: str) -> RationalMatrix:
    """Return a constant array, repeated to a shape, as a column in the order of C."""
    array = np.asarray(array)
    if np.broadcast_shapes(array.shape, shape) != shape:
        raise ShapeError(f"The {where} has shape {array.shape} where {shape} is needed.")
    check_finite(array, where)
    column = RationalMatrix.of(array.reshape(-1, 1), where)
    numbers = np.broadcast_to(numbered(array.shape), shape)
    return column if numbers.size == array.size else column.take_rows(numbers.ravel())


def linear(value: Wires, weight: Array, bias: Array | None, name: str, where: str) -> Wires:
    """Return W a + b along the last axis of a value, for W of shape (n_out, n_in)."""
    if 0 in weight.shape:
        raise ShapeError(f"The weight of {where} has shape {weight.shape}, which is empty.")
    n_out, n_in = weight.shape
    if value.shape[-1:] != (n_in,):
        n_before = prod(value.shape[-1:])
        before = f"layer {value.name!r} before it has" if value.name else "the input has"
        raise ShapeError(f"Layer {name!r} takes {counted(n_in, 'input')}, but {before} {counted(n_before, 'output')}.")
    shape, repeats = (*value.shape[:-1], n_out), value.size // n_in
    check_size(shape, f"result of layer {name!r}")
    block = RationalMatrix.of(weight, f"weight of {where}")
    if repeats > 1:
        rows, columns = (numbered((repeats, n_out)), "ro"), (numbered((repeats, n_in)), "ri")
        size, factors = (repeats * n_out, value.size), (block.numerators, "oi")
        block = sum_over_indices(size, rows, columns, factors, block.denominator, f"layer {name!r}")
    column = None if bias is None else constant_column(bias, shape, f"bias of {where}")
    return value.mapped(block, shape, column, name)


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """The constants of a convolution (cross-correlation, as the field has it).

    ``weight`` has shape (channels out, channels in / groups, ...), the lengths of the windows last, and ``bias`` a
    number for every channel of the result.
    """

    weight: Array
    bias: Array | None
    groups: int
    name: str
    where: str

    def convolution(self, value: Wires, windows: Windows) -> Wires:
        """Return the convolution of a value."""
        self._check_channels(value, self.weight.shape[1] * self.groups)
        return self._applied(value, self._matrix(windows), (len(self.weight), *windows.grid))

    def transposed(self, value: Wires, windows: Windows) -> Wires:
        """Return the product of a value with the transpose of the matrix of the convolution.

        The ``windows`` are those in the result: one for every entry of the value.
        """
        self._check_channels(value, len(self.weight))
        return self._applied(value, self._matrix(windows).T, (self.weight.shape[1] * self.groups, *windows.image))

    def _check_channels(self, value: Wires, n_in: int) -> None:
        if n_in != (n := value.shape[1]) or len(self.weight) % self.groups:
            raise ShapeError(
                f"Layer {self.name!r} takes {n_in} channels in {self.groups} groups, but the value before it has "
                f"{n} channels."
            )

    def _applied(self, value: Wires, matrix: SparseMatrix, shape: tuple[int, ...]) -> Wires:
        column = None
        if self.bias is not None:
            per_channel = self.bias.reshape(-1, *[1] * len(shape[1:]))
            column = constant_column(per_channel, (1, *shape), f"bias of {self.where}")
        return value.mapped(matrix, (1, *shape), column, self.name)

    def _matrix(self, windows: Windows) -> SparseMatrix:
        (n_out, per_group, *_), groups, layer = self.weight.shape, self.groups, f"layer {self.name!r}"
        (n, m), n_in = windows.positions.shape, groups * per_group
        check_size((n_out, per_group, n, m), f"weight of {layer}", LARGEST_WEIGHT)
        check_size((n_out, n), f"result of {layer}")
        kernel = RationalMatrix.of(self.weight.reshape(n_out, -1), f"weight of {self.where}")
        return sum_over_indices(
            (n_out * n, n_in * prod(windows.image)),
            (numbered((groups, n_out // groups, n)), "gow"),
            (windows.in_channels(n_in, layer).reshape(groups, per_group, n, m), "giwk"),
            (kernel.numerators.reshape(groups, -1, per_group, m), "goik"),
            kernel.denominator,
            layer,
        )


def average(value: Wires, windows: Windows, divisor: Array | int, where: str) -> Wires:
    """Return exact sums over windows of images, divided by a number or by one for every window."""
    divisors = np.broadcast_to(divisor, windows.sizes.shape)
    if not divisors.all():
        raise ShapeError(f"The {where} divides by zero.")
    shape = (*value.shape[:2], *windows.grid)
    check_size(shape, f"result of the {where}")
    places = windows.in_channels(value.shape[1], where)
    inverses = RationalMatrix.of([[mpq(1, int(n))] for n in divisors])
    rows, factors = (numbered(places.shape[:2]), "cw"), (inverses.numerators[:, 0], "w")
    size = (prod(shape), value.size)
    matrix = sum_over_indices(size, rows, (places, "cwk"), factors, inverses.denominator, f"the {where}")
    return value.mapped(matrix, shape)


def row_totals(value: Wires, factor: Any) -> Wires:
    """Return ``factor`` times the sums of the rows of a value of shape (n, k)."""
    n, k = value.shape
    return value.mapped(factor * SparseMatrix.selection(np.repeat(np.arange(n), k), n).T, (n,))


def normalization_scale(weight: Array | None, variance: Array, epsilon: float) -> Array:
    """Return the floats weight / sqrt(variance + epsilon), computed in the type of ``variance``.

    The root is irrational in general, so batch normalization is only defined with a rounding: that of PyTorch and of
    ONNX Runtime, ``1 / sqrt(variance + epsilon)`` times the weight, each operation rounded to the type of the
    parameters (at least single precision).  The resulting float is the exact scale from here on.

    >>> normalization_scale(None, np.array([3.0]), 1.0)
    array([0.5])
    """
    kind = np.result_type(variance.dtype, np.float32)
    with np.errstate(all="ignore"):
        inverse = kind.type(1) / np.sqrt(variance.astype(kind) + kind.type(epsilon))
        return inverse if weight is None else np.asarray(inverse * weight.astype(kind))
