"""Affine operations on values of a circuit: linear maps, convolutions, averages, normalisation.

A value has a batch axis of length 1; images have shape (1, channels, height, width), and signals
(1, channels, length).  Constants are NumPy arrays of integers or floats, taken at their exact value.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from gmpy2 import lcm, mpz
from numpy.typing import NDArray

from troppoly.circuit.circuit import LARGEST_WEIGHT, Wires, check_size
from troppoly.circuit.windows import AxisWindows, product_windows
from troppoly.errors import ShapeError
from troppoly.exact import RationalMatrix, SparseMatrix, rational_vector

__all__ = [
    "average",
    "broadcast_shape",
    "constant_column",
    "convolution",
    "linear",
    "normalisation",
    "normalisation_scale",
    "total",
    "transposed_convolution",
]

Array = NDArray[Any]


def broadcast_shape(where: str, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the common shape of several; raises ShapeError, naming ``where``, if there is none."""
    try:
        result: tuple[int, ...] = np.broadcast_shapes(*shapes)
    except ValueError:
        written = " and ".join(map(str, shapes))
        raise ShapeError(f"The {where} takes shapes {written}, which do not fit together.") from None
    check_size(result, f"result of the {where}")
    return result


def constant_column(array: Any, shape: tuple[int, ...], where: str) -> RationalMatrix:
    """Return a constant array, repeated to a shape, as a column in the order of C.

    >>> constant_column(np.array([[1], [2]]), (2, 2), "bias")
    RationalMatrix([['1'], ['1'], ['2'], ['2']])
    """
    array = np.asarray(array)
    if np.broadcast_shapes(array.shape, shape) != shape:
        raise ShapeError(f"The {where} has shape {array.shape} where {shape} is needed.")
    if array.ndim == 1 and array.dtype.kind == "f" and not np.isfinite(array).all():
        rational_vector(array, where)  # names the entry
    column = RationalMatrix.of(array.reshape(-1, 1), where)
    numbers = np.broadcast_to(np.arange(array.size).reshape(array.shape), shape)
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
    if not value.shape or value.shape[-1] != weight.shape[1]:
        before = f"layer {value.name!r} before it has" if value.name else "the input has"
        n = value.shape[-1] if value.shape else 1
        raise ShapeError(f"Layer {name!r} takes {weight.shape[1]} inputs, but {before} {n} outputs.")
    block = RationalMatrix.of(weight, weight_name)
    repeats, (n_out, n_in) = value.size // weight.shape[1], weight.shape
    shape = (*value.shape[:-1], n_out)
    check_size(shape, f"result of layer {name!r}")
    check_size((repeats, n_out, n_in), f"weight of layer {name!r}", LARGEST_WEIGHT)
    if repeats > 1:
        sparse = block.sparse()
        offsets = np.repeat(np.arange(repeats), sparse.n_nonzero)
        block = SparseMatrix.from_triples(
            np.tile(sparse.rows, repeats) + n_out * offsets,
            np.tile(sparse.columns, repeats) + n_in * offsets,
            np.tile(sparse.entries, repeats),
            (n_out * repeats, n_in * repeats),
            sparse.denominator,
        )
    column = None if bias is None else constant_column(bias, shape, bias_name)
    return value.mapped(block, shape, column, name)


def convolution(
    value: Wires,
    weight: Array,
    bias: Array | None,
    axes: Sequence[AxisWindows],
    groups: int,
    name: str,
    weight_name: str,
    bias_name: str,
) -> Wires:
    """Return the convolution (cross-correlation, as the field has it) of a value with a kernel.

    ``weight`` has shape (channels out, channels in / groups, ...), the kernel's lengths last, and ``axes`` are the windows
    along the axes of the image.
    """
    if weight.shape[1] * groups != value.shape[1] or weight.shape[0] % groups:
        raise ShapeError(
            f"Layer {name!r} takes {weight.shape[1] * groups} channels in {groups} groups, but the value "
            f"before it has {value.shape[1]} channels."
        )
    matrix = _convolution_matrix(weight, value.shape[2:], axes, groups, name, weight_name)
    shape = (1, len(weight), *(axis.positions.shape[0] for axis in axes))
    return value.mapped(matrix, shape, _channel_column(bias, shape, bias_name), name)


def transposed_convolution(
    value: Wires,
    weight: Array,
    bias: Array | None,
    axes: Sequence[AxisWindows],
    image: tuple[int, ...],
    groups: int,
    name: str,
    weight_name: str,
    bias_name: str,
) -> Wires:
    """Return the transposed convolution of a value with a kernel of shape (channels in, channels out / groups, ...).

    Its matrix is the transpose of that of the convolution of the results, which have the shape
    ``image``, along ``axes``: these have a window for every entry of the value.
    """
    if len(weight) != value.shape[1] or len(weight) % groups:
        raise ShapeError(
            f"Layer {name!r} takes {len(weight)} channels in {groups} groups, but the value before it has "
            f"{value.shape[1]} channels."
        )
    matrix = _convolution_matrix(weight, image, axes, groups, name, weight_name).T
    shape = (1, weight.shape[1] * groups, *image)
    return value.mapped(matrix, shape, _channel_column(bias, shape, bias_name), name)


def _channel_column(bias: Array | None, shape: tuple[int, ...], where: str) -> RationalMatrix | None:
    """A number for every channel, as a column for all entries of images."""
    return None if bias is None else constant_column(bias.reshape(-1, *[1] * len(shape[2:])), shape, where)


def _convolution_matrix(
    weight: Array, image: tuple[int, ...], axes: Sequence[AxisWindows], groups: int, name: str, weight_name: str
) -> SparseMatrix:
    """The matrix of a convolution of images with shape ``image``."""
    channels_out, per_group, *_ = weight.shape
    windows = product_windows(axes, image, f"layer {name!r}").positions
    check_size((channels_out, per_group, *windows.shape), f"weight of layer {name!r}", LARGEST_WEIGHT)
    check_size((channels_out, len(windows)), f"result of layer {name!r}")
    kernel = RationalMatrix.of(weight.reshape(channels_out, -1), weight_name)
    window, entry = np.nonzero(windows >= 0)
    place = windows[window, entry]
    out, within = np.divmod(np.arange(channels_out * per_group), per_group)
    first = out // (channels_out // groups) * per_group + within  # the channel that is read
    rows = out[:, None] * len(windows) + window[None, :]
    columns = first[:, None] * prod(image) + place[None, :]
    entries = kernel.numerators.reshape(channels_out * per_group, -1)[:, entry]
    return SparseMatrix.from_triples(
        rows.ravel(),
        columns.ravel(),
        entries.ravel(),
        (channels_out * len(windows), per_group * groups * prod(image)),
        kernel.denominator,
    )


def average(value: Wires, axes: Sequence[AxisWindows], divisor: str | int, where: str) -> Wires:
    """Return exact averages over windows of images.

    ``divisor`` is the number that sums are divided by, or says what it counts: the entries that are
    no padding (``"inside"``) or those in the padded image (``"padded"``).
    """
    channels, image = value.shape[1], value.shape[2:]
    windows = product_windows(axes, image, where)
    inside = np.count_nonzero(windows.positions >= 0, axis=1)
    counted = {"inside": inside, "padded": windows.sizes}
    divisors = counted[divisor] if isinstance(divisor, str) else np.full(len(inside), divisor)
    if not divisors.all():
        raise ShapeError(f"The {where} divides by zero.")
    shape = (1, channels, *(axis.positions.shape[0] for axis in axes))
    check_size(shape, f"result of the {where}")
    check_size((channels, *windows.positions.shape), f"set of windows of the {where}", LARGEST_WEIGHT)
    common = lcm(mpz(1), *(mpz(int(n)) for n in np.unique(divisors)))
    window, entry = np.nonzero(windows.positions >= 0)
    channel = np.arange(channels)[:, None]
    values = [common // int(n) for n in divisors[window]]
    matrix = SparseMatrix.from_triples(
        (channel * len(windows.positions) + window[None, :]).ravel(),
        (channel * prod(image) + windows.positions[window, entry][None, :]).ravel(),
        values * channels,
        (prod(shape), value.size),
        common,
    )
    return value.mapped(matrix, shape)


def total(value: Wires, axes: Sequence[int], keep: bool, factor: Any) -> Wires:
    """Return ``factor`` times the sums over some axes, which are kept with length 1 or left out."""
    numbers = np.arange(value.size).reshape(value.shape)
    chosen = tuple(axis % len(value.shape) for axis in axes)
    kept = tuple(1 if i in chosen else n for i, n in enumerate(value.shape))
    shape = kept if keep else tuple(n for i, n in enumerate(value.shape) if i not in chosen)
    rows = np.broadcast_to(np.arange(prod(kept)).reshape(kept), value.shape)
    matrix = SparseMatrix.from_triples(rows.ravel(), numbers.ravel(), [mpz(1)] * value.size, (prod(kept), value.size))
    return value.mapped(factor * matrix, shape)


def normalisation_scale(weight: Array | None, variance: Array, epsilon: float) -> Array:
    """Return the floats weight / sqrt(variance + epsilon), computed in the type of ``variance``.

    The root is irrational in general, so a network with batch normalisation is only defined with a
    rounding: that of PyTorch and of ONNX Runtime, ``1 / sqrt(variance + epsilon)`` in floats, times the
    weight, each operation rounded to the type of the parameters (at least single precision).  The
    resulting float is the exact scale from here on.

    >>> normalisation_scale(None, np.array([3.0]), 1.0)
    array([0.5])
    """
    kind = np.result_type(variance.dtype, np.float32)
    with np.errstate(all="ignore"):
        root = np.sqrt(variance.astype(kind) + kind.type(epsilon))
        inverse = kind.type(1) / root
        return inverse if weight is None else np.asarray(inverse * weight.astype(kind))


def normalisation(value: Wires, scale: Array, mean: Array, bias: Array | None, name: str, where: str) -> Wires:
    """Return scale (a - mean) + bias for every channel (axis 1) of a value, exactly in these numbers."""
    if len(value.shape) < 2 or value.shape[1] != len(scale):
        raise ShapeError(f"The {where} takes {len(scale)} channels, but its input has shape {value.shape}.")

    def column(array: Array, part: str) -> RationalMatrix:
        view = array.reshape(-1, *[1] * (len(value.shape) - 2))
        return constant_column(view, value.shape, f"{part} of {where}")

    factor = column(scale, "scale weight / sqrt(variance + eps)")
    result = value.shifted(-column(mean, "mean")).scaled(factor)
    return (result if bias is None else result.shifted(column(bias, "bias"))).named(value.name or name)
