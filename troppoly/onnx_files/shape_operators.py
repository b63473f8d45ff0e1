"""The ONNX operators that rearrange: their results consist of entries of values, of constants, and of zeros.

Such an operator does with the numbers of the entries what it does with the entries.  Number 0 is zero, then
come the entries of the values at the first point, those of constants, and again those of the values at the
second point, and so on: the points pass one by one if, along some axis of the result, these numbers
are those of the first point, the second point, ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.circuit.circuit import LARGEST_WEIGHT, Wires, check_size
from troppoly.errors import ShapeError
from troppoly.onnx_files.reference import evaluated
from troppoly.onnx_files.values import Node, Operand, Value, constant_wires, operator

__all__: list[str] = []

Array = NDArray[Any]

_ENTRIES: dict[str, tuple[int, ...]] = {  # the operands whose entries are those of the result
    **dict.fromkeys(("Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Slice", "Split"), (0,)),
    **dict.fromkeys(("Gather", "GatherElements", "GatherND", "DepthToSpace", "SpaceToDepth"), (0,)),
    **dict.fromkeys(("Expand", "Tile", "Trilu", "ReverseSequence", "Compress", "CenterCropPad"), (0,)),
    **dict.fromkeys(("Scatter", "ScatterElements", "ScatterND"), (0, 2)),
    "Where": (1, 2),
}


@operator(*_ENTRIES, "Concat")
def _rearrange(node: Node, *operands: Operand) -> tuple[Operand, ...]:
    if node.attributes.get("reduction", "none") != "none":
        node.refuse(f"has the reduction {node.attributes['reduction']!r}, which is not supported")
    if node.proto.op_type == "Reshape" and "shape" in node.attributes:
        return _rearranged(node, operands[:1], lambda arrays: [arrays[0].reshape(node.attributes["shape"])])
    entries = _ENTRIES.get(node.proto.op_type, tuple(range(len(operands))))
    entries = tuple(i for i in entries if i < len(operands))
    arrays = [
        None if i in entries or operand is None else _parameter(node, operand) for i, operand in enumerate(operands)
    ]

    def function(numbers: list[Array]) -> list[Array]:
        for i, array in zip(entries, numbers, strict=True):
            arrays[i] = array
        if node.proto.op_type == "GatherElements":  # the reference wants equal lengths along the other axes
            lengths: list[int | None] = [*_parameter(node, operands[1]).shape]
            lengths[node.axis(node.attributes["axis"], len(lengths))] = None
            arrays[0] = numbers[0][tuple(slice(n) for n in lengths)]
        return evaluated(node.proto, node.version, node.place, arrays, entries)

    return _rearranged(node, [operands[i] for i in entries], function)


def _parameter(node: Node, operand: Operand) -> Array:
    """A constant in its own type."""
    node.constant(operand, "shape, index or condition")
    assert isinstance(operand, np.ndarray)
    return operand


def _rearranged(
    node: Node, operands: Sequence[Operand], function: Callable[[list[Array]], list[Array]]
) -> tuple[Operand, ...]:
    """The results of a function of the numbers of entries; they are constant if they are empty."""
    values = [operand for operand in operands if isinstance(operand, Value)]
    n_entries = sum(value.wires.size for value in values)
    listed: list[Array] = []  # the numbers that the constants have
    blocks: list[tuple[Array, int | None]] = []  # the numbers at the first point, and the axis of the batch
    varies = [np.zeros(1, dtype=bool)]
    first, after = 1, 1 + n_entries
    for operand in operands:
        if isinstance(operand, Value):
            blocks.append((first + np.arange(operand.wires.size).reshape(operand.shape), operand.batch))
            varies.append(np.full(operand.wires.size, operand.batch is not None))
            first += operand.wires.size
        else:
            array = node.constant(operand, "operand")
            distinct, places = np.unique(array, return_inverse=True)
            blocks.append((after + places.reshape(array.shape), None))
            listed.append(distinct)
            after += distinct.size
    mask = np.concatenate([*varies, np.zeros(after - 1 - n_entries, dtype=bool)])
    results = function([_at_all_points(node, *block, after) for block in blocks])
    joint = reduce(Wires.stacked, [value.wires for value in values])

    def value_of(result: Array) -> Value | Array:
        if not result.size:
            return np.zeros(result.shape, dtype=np.float32)
        numbers, batch = _at_first_point(node, result, mask)
        check_size(numbers.shape, f"result of the {node.place}")
        if np.all((numbers > 0) & (numbers <= n_entries)):
            return Value(joint.rearranged(lambda _: numbers - 1), batch)
        constants = np.array([*(x for array in listed for x in array.tolist()), 0], dtype=object)
        extended = joint.stacked(constant_wires(joint.circuit, constants, node.place))
        rows = np.where(numbers == 0, extended.size - 1, numbers - 1)
        return Value(extended.rearranged(lambda _: rows), batch)

    return tuple(value_of(result) for result in results)


def _at_all_points(node: Node, numbers: Array, batch: int | None, period: int) -> Array:
    """The numbers of the entries at all points, given those at the first one."""
    if batch is None:
        return numbers
    points = np.arange(node.n_points).reshape([-1 if i == batch else 1 for i in range(numbers.ndim)])
    check_size((numbers.size, node.n_points), f"operand of the {node.place}", LARGEST_WEIGHT)
    return np.asarray(numbers + period * points)


def _at_first_point(node: Node, numbers: Array, varies: Array) -> tuple[Array, int | None]:
    """The numbers at the first point, given those at all points, and the axis of the batch.

    ``varies`` tells which of the numbers at the first point have others at the other points.
    """
    period = len(varies)
    if not varies[numbers % period].any():
        return numbers, None
    for axis, length in enumerate(numbers.shape):
        first = numbers.take([0], axis)
        if length == node.n_points and np.all(first < period):
            points = np.arange(length).reshape([-1 if i == axis else 1 for i in range(numbers.ndim)])
            if np.array_equal(numbers, first + period * points * varies[first]):
                return first, axis
    return node.refuse_batch(f"rearranges the entries to shape {numbers.shape}")


@operator("Pad")
def _pad(node: Node, operand: Operand, pads: Operand = None, filling: Operand = None, axes: Operand = None) -> Operand:
    value = node.value(operand)
    n = len(value.shape)
    listed = node.integers(pads, "pads" if node.version > 1 else "paddings") or []
    chosen = [node.axis(axis, n) for axis in node.integers(axes, "axes") or range(n)]
    mode = node.attributes["mode"]
    if mode not in ("constant", "reflect", "edge", "wrap"):
        node.refuse(f"has the mode {mode!r}")
    if len(listed) != 2 * len(chosen):
        raise ShapeError(f"The {node.place} pads shape {value.shape} by {listed}.")
    widths = [(0, 0)] * n
    for i, axis in enumerate(chosen):
        widths[axis] = listed[i], listed[len(chosen) + i]
    shape = value.declared_shape(node.n_points)
    padded = tuple(length + sum(width) for length, width in zip(shape, widths, strict=True))
    check_size(padded, f"result of the {node.place}", LARGEST_WEIGHT)
    inner = tuple(slice(max(0, -a), m - max(0, -b)) for m, (a, b) in zip(shape, widths, strict=True))
    outer = [(max(0, before), max(0, after)) for before, after in widths]
    number = np.array([node.attributes.get("value", 0.0)]) if filling is None else filling

    def function(arrays: list[Array]) -> list[Array]:
        entries = arrays[0][inner]
        if mode == "constant":
            if arrays[1].size != 1:
                node.refuse("has several constants")
            return [np.pad(entries, outer, constant_values=arrays[1].item())]
        if 0 in entries.shape:
            raise ShapeError(f"The {node.place} pads shape {value.shape} by {listed}.")
        return [np.pad(entries, outer, mode=mode)]

    return _rearranged(node, [operand, number], function)[0]


@operator("Identity", "Dropout")
def _identity(node: Node, operand: Operand, ratio: Operand = None, training: Operand = None) -> Operand:
    if training is not None and np.any(node.constant(training, "training mode")):
        node.refuse("is in training mode, where it is random")
    return operand


@operator("Cast")
def _cast(node: Node, operand: Operand) -> Operand:
    if node.attributes["to"] not in (1, 11, "FLOAT", "DOUBLE"):
        node.refuse("rounds to another type than float32 or float64")
    return operand


@operator("CastLike")
def _cast_like(node: Node, operand: Operand, like: Operand) -> Operand:
    if isinstance(like, np.ndarray) and like.dtype not in (np.float32, np.float64):
        node.refuse("rounds to another type than float32 or float64")
    return node.value(operand)


@operator("Shape", "Size", "EyeLike")
def _shape(node: Node, operand: Operand) -> tuple[Array, ...]:
    shape = node.value(operand).declared_shape(node.n_points)
    zeros = np.broadcast_to(np.float32(0), shape)
    return tuple(evaluated(node.proto, node.version, node.place, [zeros], [0]))
