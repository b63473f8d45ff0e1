"""The rearrangements of PyTorch on values of a circuit: reshaping, slicing, joining, padding."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np

from troppoly.errors import ShapeError
from troppoly.network.affine_operators import concatenation, padded, plus
from troppoly.network.circuit import Wires
from troppoly.network.torch_calls import (
    CallPlace,
    Maxima,
    axis_number,
    axis_numbers,
    piecewise_linear,
    tensor_array,
)

__all__: list[str] = []


@piecewise_linear("identity", "contiguous", "clone", "detach", "float", "double")
def _identity(at: CallPlace, input: Wires) -> Wires:
    return input


@piecewise_linear("flatten")
def _flatten(at: CallPlace, input: Wires, start_dim: int = 0, end_dim: int = -1) -> Wires:
    n = len(input.shape)
    if start_dim % n == 0:
        at.refuse(f"flattens axes {start_dim} to {end_dim}, that of the batch among them")
    first, last = axis_number(at, input, start_dim), axis_number(at, input, end_dim)
    return input.rearranged(
        lambda numbers: numbers.reshape(*input.shape[:first], -1, *input.shape[last + 1 :])
    )


@piecewise_linear("view", "reshape")
def _reshape(at: CallPlace, input: Wires, *shape: Any) -> Wires:
    lengths = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], Iterable) else shape
    try:
        return input.rearranged(lambda numbers: numbers.reshape(tuple(int(n) for n in lengths)))
    except (ValueError, TypeError):
        raise ShapeError(f"The {at.where} makes shape {lengths} of shape {input.shape}.") from None


@piecewise_linear("unflatten")
def _unflatten(at: CallPlace, input: Wires, dim: int, sizes: Any) -> Wires:
    axis = axis_number(at, input, dim)
    return _reshape(at, input, (*input.shape[:axis], *sizes, *input.shape[axis + 1 :]))


@piecewise_linear("squeeze")
def _squeeze(at: CallPlace, input: Wires, dim: Any = None) -> Wires:
    axes = [axis for axis in axis_numbers(at, input, dim) if input.shape[axis] == 1]
    return input.rearranged(lambda numbers: np.squeeze(numbers, tuple(axes)))


@piecewise_linear("unsqueeze")
def _unsqueeze(at: CallPlace, input: Wires, dim: int) -> Wires:
    axis = dim % (len(input.shape) + 1)
    if axis == 0:
        at.refuse("makes a new axis before that of the batch")
    return input.rearranged(lambda numbers: np.expand_dims(numbers, axis))


@piecewise_linear("transpose", "swapaxes")
def _transpose(at: CallPlace, input: Wires, dim0: int, dim1: int) -> Wires:
    axes = (axis_number(at, input, dim0), axis_number(at, input, dim1))
    return input.rearranged(lambda numbers: np.swapaxes(numbers, *axes))


@piecewise_linear("permute")
def _permute(at: CallPlace, input: Wires, *dims: Any) -> Wires:
    listed = tuple(dims[0]) if len(dims) == 1 and isinstance(dims[0], Iterable) else dims
    if listed[0] % len(input.shape) != 0:
        at.refuse("moves axis 0, that of the batch")
    return input.rearranged(lambda numbers: numbers.transpose(listed))


@piecewise_linear("cat", "concat", "concatenate")
def _cat(at: CallPlace, tensors: Any, dim: int = 0) -> Wires:
    template = next(tensor for tensor in tensors if isinstance(tensor, Wires))
    values = [
        tensor if isinstance(tensor, Wires) else _of_constant(at, template, tensor) for tensor in tensors
    ]
    return concatenation(values, dim, at.where)


def _of_constant(at: CallPlace, template: Wires, tensor: Any) -> Wires:
    """A constant tensor as a value."""
    shape = tuple(tensor.shape)
    first = template.rearranged(lambda numbers: numbers.ravel()[:1]) * 0
    zeros = first.rearranged(lambda numbers: np.broadcast_to(numbers, shape))
    return plus(zeros, tensor_array(tensor), at.where)


@piecewise_linear("stack")
def _stack(at: CallPlace, tensors: Any, dim: int = 0) -> Wires:
    return _cat(at, [_unsqueeze(at, tensor, dim) for tensor in tensors], dim)


@piecewise_linear("chunk")
def _chunk(at: CallPlace, input: Wires, chunks: int, dim: int = 0) -> tuple[Wires, ...]:
    length = input.shape[axis_number(at, input, dim)]
    return _split(at, input, -(-length // chunks), dim)


@piecewise_linear("split")
def _split(at: CallPlace, input: Wires, split_size: Any, dim: int = 0) -> tuple[Wires, ...]:
    axis = axis_number(at, input, dim)
    sizes = (
        [min(split_size, input.shape[axis] - i) for i in range(0, input.shape[axis], split_size)]
        if isinstance(split_size, int)
        else list(split_size)
    )
    bounds = np.cumsum([0, *sizes])
    return tuple(
        input.rearranged(lambda numbers, a=a, b=b: numbers.take(np.arange(a, b), axis))  # type: ignore[misc]
        for a, b in itertools.pairwise(bounds)
    )


@piecewise_linear("getitem")
def _getitem(at: CallPlace, input: Any, index: Any) -> Any:
    if isinstance(input, tuple):
        return input[index]
    entries = index if isinstance(index, tuple) else (index,)
    if any(isinstance(entry, Wires) for entry in entries):
        at.refuse("picks entries by a value, which is not piecewise linear")
    n_axes = sum(entry is not None and entry is not Ellipsis for entry in entries)
    keeps_batch = entries[0] == slice(None) if isinstance(entries[0], slice) else entries[0] is Ellipsis
    if not keeps_batch or (entries[0] is Ellipsis and n_axes >= len(input.shape)):
        at.refuse("picks points of the batch")
    plain = tuple(tensor_array(entry) if hasattr(entry, "detach") else entry for entry in entries)
    try:
        return input.rearranged(lambda numbers: numbers[plain])
    except IndexError:
        raise ShapeError(f"The {at.where} picks entries that shape {input.shape} does not have.") from None


@piecewise_linear("getattr")
def _getattr(at: CallPlace, input: Any, name: str) -> Any:
    if isinstance(input, Maxima):
        return getattr(input, name)
    if name in ("shape", "ndim"):
        return input.shape if name == "shape" else len(input.shape)
    if name == "mT":
        return input.rearranged(lambda numbers: np.swapaxes(numbers, -1, -2))
    return at.refuse(f"reads {name!r} of a value, which is not supported")


@piecewise_linear("size")
def _size(at: CallPlace, input: Wires, dim: int | None = None) -> Any:
    return input.shape if dim is None else input.shape[dim]


@piecewise_linear("dim")
def _dim(at: CallPlace, input: Wires) -> int:
    return len(input.shape)


@piecewise_linear("pad")
def _pad(at: CallPlace, input: Wires, pad: Any, mode: str = "constant", value: Any = None) -> Wires:
    n = len(input.shape)
    modes = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    pairs = [(int(a), int(b)) for a, b in zip(pad[0::2], pad[1::2], strict=True)]
    if len(pairs) >= n or mode not in modes:
        at.refuse(f"pads {len(pairs)} axes of shape {input.shape} in mode {mode!r}")
    widths = [(0, 0)] * (n - len(pairs)) + pairs[::-1]
    return padded(input, widths, modes[mode], at.number(value or 0), at.where)
