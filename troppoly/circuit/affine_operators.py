"""Affine operations on values of a circuit: linear maps, convolutions, averages.

A value has a batch axis of length 1; images have shape (1, channels, height, width), and signals
(1, channels, length).  Constants are NumPy arrays of integers or floats, taken at their exact value.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.circuit.circuit import LARGEST_WEIGHT, Wires, check_size
from troppoly.circuit.contractions import numbered, sum_over_indices
from troppoly.circuit.windows import AxisWindows, in_channels, product_windows
from troppoly.errors import ShapeError
from troppoly.exact import RationalMatrix, SparseMatrix, rational_vector

__all__ = [
    "average",
    "check_finite",
    "constant_column",
    "convolution",
    "linear",
    "normalization_scale",
    "row_totals",
    "transposed_convolution",
]

Array = NDArray[Any]


def check_finite(array: Array, where: str) -> None:
    """Check that floats are finite; raises NotFiniteError, which names the entry.

    >>> check_finite(np.array([0.0, np.inf]), "bias")
    Traceback (most recent call last):
    ...
    troppoly.errors.NotFiniteError: The bias, entry 1 is inf, which is not a rational number.
    """
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        if array.ndim == 1:
            rational_vector(array, where)
        RationalMatrix.of(array.reshape(len(array) if array.ndim else 1, -1), where)


def constant_column(array: Any, shape: tuple[int, ...], where: str) -> RationalMatrix:
    """Return a constant array, repeated to a shape, as a column in the order of C.

    >>> constant_column(np.array([[1], [2]]), (2, 2), "bias")
    RationalMatrix([['1'], ['1'], ['2'], ['2']])
    """
    array = np.asarray(array)
    if np.broadcast_shapes(array.shape, shape) != shape:
        raise ShapeError(f"The {where} has shape {array.shape} where {shape} is needed.")
    check_finite(array, where)
    column = RationalMatrix.of(array.reshape(-1, 1), where)
    numbers = np.broadcast_to(numbered(array.shape), shape)
    return column if numbers.size == array.size else column.take_rows(numbers.ravel())


def linear(value: Wires, weight: Array, bias: Array | None, name: str, weight_name: str, bias_name: str) -> Wires:
    """Return W a + b along the last axis of a value, for W of shape (n_out, n_in).

    >>> from troppoly.circuit.circuit import Circuit
    >>> x = Circuit(2).inputs((1, 2))
    >>> linear(x, np.array([[1.0, 2.0]]), np.array([3.0]), "fc", "weight", "bias").forms.dense()
    RationalMatrix([['3', '1', '2']])
    """
    if 0 in weight.shape:
        raise ShapeError(f"The {weight_name} has shape {weight.shape}, which is empty.")
    n_out, n_in = weight.shape
    if value.shape[-1:] != (n_in,):
        before = f"layer {value.name!r} before it has" if value.name else "the input has"
        raise ShapeError(f"Layer {name!r} takes {n_in} inputs, but {before} {prod(value.shape[-1:])} outputs.")
    shape, repeats = (*value.shape[:-1], n_out), value.size // n_in
    check_size(shape, f"result of layer {name!r}")
    block = RationalMatrix.of(weight, weight_name)
    if repeats > 1:
        rows, columns = (numbered((repeats, n_out)), "ro"), (numbered((repeats, n_in)), "ri")
        size, factors = (repeats * n_out, value.size), (block.numerators, "oi")
        block = sum_over_indices(size, rows, columns, factors, block.denominator, f"layer {name!r}")
    column = None if bias is None else constant_column(bias, shape, bias_name)
    return value.mapped(block, shape, column, name)


def convolution(
    value: Wires, weight: Array, bias: Array | None, axes: Sequence[AxisWindows], groups: int, *names: str
) -> Wires:
    """Return the convolution (cross-correlation, as the field has it) of a value with a kernel.

    ``weight`` has shape (channels out, channels in / groups, ...), the kernel's lengths last, ``axes`` are the windows
    along the axes of the image, and ``names`` those of the layer, the weight and the bias.
    """
    _check_channels(value, weight.shape[1] * groups, len(weight), groups, names[0])
    matrix = _convolution_matrix(weight, value.shape[2:], axes, groups, *names[:2])
    shape = (1, len(weight), *(axis.positions.shape[0] for axis in axes))
    return value.mapped(matrix, shape, _channel_column(bias, shape, names[2]), names[0])


def transposed_convolution(
    value: Wires,
    weight: Array,
    bias: Array | None,
    axes: Sequence[AxisWindows],
    image: tuple[int, ...],
    groups: int,
    *names: str,
) -> Wires:
    """Return the transposed convolution of a value with a kernel of shape (channels in, channels out / groups, ...).

    Its matrix is the transpose of that of the convolution of the results, which have the shape
    ``image``, along ``axes``: these have a window for every entry of the value.
    """
    _check_channels(value, len(weight), len(weight), groups, names[0])
    matrix = _convolution_matrix(weight, image, axes, groups, *names[:2]).T
    shape = (1, weight.shape[1] * groups, *image)
    return value.mapped(matrix, shape, _channel_column(bias, shape, names[2]), names[0])


def _check_channels(value: Wires, n_in: int, divided: int, groups: int, name: str) -> None:
    if n_in != (n := value.shape[1]) or divided % groups:
        raise ShapeError(
            f"Layer {name!r} takes {n_in} channels in {groups} groups, but the value before it has {n} channels."
        )


def _channel_column(numbers: Array | None, shape: tuple[int, ...], where: str) -> RationalMatrix | None:
    """A number for every channel, as a column for all entries of images."""
    return None if numbers is None else constant_column(numbers.reshape(-1, *[1] * len(shape[2:])), shape, where)


def _convolution_matrix(
    weight: Array, image: tuple[int, ...], axes: Sequence[AxisWindows], groups: int, name: str, weight_name: str
) -> SparseMatrix:
    """The matrix of a convolution of images with shape ``image``."""
    n_out, per_group, *_ = weight.shape
    windows = product_windows(axes, image, f"layer {name!r}").positions
    (n, m), n_in = windows.shape, groups * per_group
    check_size((n_out, per_group, n, m), f"weight of layer {name!r}", LARGEST_WEIGHT)
    check_size((n_out, n), f"result of layer {name!r}")
    kernel = RationalMatrix.of(weight.reshape(n_out, -1), weight_name)
    places = in_channels(windows, n_in, image, f"layer {name!r}")
    return sum_over_indices(
        (n_out * n, n_in * prod(image)),
        (numbered((groups, n_out // groups, n)), "gow"),
        (places.reshape(groups, per_group, n, m), "giwk"),
        (kernel.numerators.reshape(groups, -1, per_group, m), "goik"),
        kernel.denominator,
        f"layer {name!r}",
    )


def average(value: Wires, axes: Sequence[AxisWindows], divisor: str | int, where: str) -> Wires:
    """Return exact averages over windows of images.

    ``divisor`` is the number that sums are divided by, or says what it counts: the entries that are
    not padding (``"inside"``) or those in the padded image (``"padded"``).
    """
    channels, image = value.shape[1], value.shape[2:]
    windows = product_windows(axes, image, where)
    counted = {"inside": np.count_nonzero(windows.positions >= 0, axis=1), "padded": windows.sizes}
    divisors = counted[divisor] if isinstance(divisor, str) else np.full(len(windows.sizes), divisor)
    if not divisors.all():
        raise ShapeError(f"The {where} divides by zero.")
    shape = (1, channels, *(axis.positions.shape[0] for axis in axes))
    check_size(shape, f"result of the {where}")
    places = in_channels(windows.positions, channels, image, where)
    inverses = RationalMatrix.of([[mpq(1, int(n))] for n in divisors])
    rows, factors = (numbered(places.shape[:2]), "cw"), (inverses.numerators[:, 0], "w")
    size = (prod(shape), value.size)
    return value.mapped(
        sum_over_indices(size, rows, (places, "cwk"), factors, inverses.denominator, f"the {where}"), shape
    )


def row_totals(value: Wires, factor: Any) -> Wires:
    """Return ``factor`` times the sums of the rows of a value of shape (n, k)."""
    n, k = value.shape
    return value.mapped(factor * SparseMatrix.selection(np.repeat(np.arange(n), k), n).T, (n,))


def normalization_scale(weight: Array | None, variance: Array, epsilon: float) -> Array:
    """Return the floats weight / sqrt(variance + epsilon), computed in the type of ``variance``.

    The root is irrational in general, so a network with batch normalization is only defined with a
    rounding: that of PyTorch and of ONNX Runtime, ``1 / sqrt(variance + epsilon)`` in floats, times the
    weight, each operation rounded to the type of the parameters (at least single precision).  The
    resulting float is the exact scale from here on.

    >>> normalization_scale(None, np.array([3.0]), 1.0)
    array([0.5])
    """
    kind = np.result_type(variance.dtype, np.float32)
    with np.errstate(all="ignore"):
        root = np.sqrt(variance.astype(kind) + kind.type(epsilon))
        inverse = kind.type(1) / root
        return inverse if weight is None else np.asarray(inverse * weight.astype(kind))
