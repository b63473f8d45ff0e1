"""The ONNX operators that rearrange: reshaping, slicing, joining, padding; of constants, too."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import ShapeError
from troppoly.network.affine_operators import concatenation, padded, plus
from troppoly.network.circuit import check_size
from troppoly.network.onnx_values import Node, Operand, Value, operator

__all__: list[str] = []

Array = NDArray[Any]


def _rearranged(
    node: Node, operand: Operand, function: Callable[[Array], Array], batch: int | None
) -> Operand:
    """A rearranged value, or constant."""
    if isinstance(operand, Value):
        return node.rearranged(operand, function, batch)
    array = node.constant(operand, "operand")
    try:
        result = np.asarray(function(array))
    except (ValueError, IndexError) as error:
        raise ShapeError(f"The {node.place} cannot rearrange shape {array.shape} ({error}).") from None
    check_size((1, *result.shape), f"result of the {node.place}")
    return result


def _batch(operand: Operand) -> int | None:
    return operand.batch if isinstance(operand, Value) else None


def _n_axes(operand: Operand) -> int:
    return 0 if operand is None else len(operand.shape)


@operator("Identity", "Dropout")
def _identity(node: Node, operand: Operand, ratio: Operand = None, training: Operand = None) -> Operand:
    if training is not None and np.any(node.constant(training, "training mode")):
        node.refuse("is in training mode, where it is random")
    return operand


@operator("Cast")
def _cast(node: Node, operand: Operand) -> Operand:
    if isinstance(operand, Value) and node.attributes.get("to") not in (1, 11):  # float32, float64
        node.refuse("rounds to another type than float32 or float64")
    return operand


@operator("Constant")
def _constant(node: Node) -> Array:
    if "value" not in node.attributes:
        node.refuse("has no attribute 'value'; others are not supported")
    return np.asarray(node.attributes["value"])


@operator("Shape")
def _shape(node: Node, operand: Operand) -> Array:
    shape = () if operand is None else operand.shape
    return np.array(shape, dtype=np.int64)


@operator("Flatten")
def _flatten(node: Node, operand: Operand) -> Operand:
    axis, n, batch = int(node.attributes.get("axis", 1)), _n_axes(operand), _batch(operand)
    axis = axis + n if axis < 0 else axis
    if not 0 <= axis <= n or operand is None:
        raise ShapeError(f"The {node.place} flattens from axis {axis} of {n}.")
    sides = (operand.shape[:axis], operand.shape[axis:])
    side = None
    if batch is not None:
        side = 0 if batch < axis else 1
        if np.prod(sides[side], dtype=object) != 1:
            node.refuse(f"with axis {axis} does not keep the points of a batch apart")
    rows = int(np.prod(sides[0], dtype=object))
    return _rearranged(node, operand, lambda numbers: numbers.reshape(rows, -1), side)


@operator("Reshape")
def _reshape(node: Node, operand: Operand, shape: Operand) -> Operand:
    lengths = node.integers(shape, "shape")
    if lengths is None or operand is None:
        node.refuse("has no shape")
    if not node.attributes.get("allowzero", 0):
        if any(n == 0 and i >= len(operand.shape) for i, n in enumerate(lengths)):
            raise ShapeError(f"The {node.place} makes shape {lengths} of shape {operand.shape}.")
        lengths = [operand.shape[i] if n == 0 else n for i, n in enumerate(lengths)]
    batch = _batch(operand)
    if batch is not None and lengths[:1] == [node.n_points]:
        lengths = [1, *lengths[1:]]
    if batch:
        node.refuse("reshapes a value whose first axis is not that of the batch")
    return _rearranged(node, operand, lambda numbers: numbers.reshape(lengths), batch)


@operator("Transpose")
def _transpose(node: Node, operand: Operand) -> Operand:
    n, batch = _n_axes(operand), _batch(operand)
    order = node.integers(None, "perm") or list(range(n))[::-1]
    if sorted(order) != list(range(n)):
        raise ShapeError(f"The {node.place} orders axes as {order}, of which there are {n}.")
    place = None if batch is None else order.index(batch)
    return _rearranged(node, operand, lambda numbers: numbers.transpose(order), place)


@operator("Squeeze")
def _squeeze(node: Node, operand: Operand, axes: Operand = None) -> Operand:
    n, batch = _n_axes(operand), _batch(operand)
    listed = node.integers(axes, "axes")
    if listed is None:
        node.refuse("has no axes, and may remove that of the batch")
    chosen = {node.axis(axis, n) for axis in listed}
    if batch in chosen:
        node.refuse("removes the axis of the batch")
    place = None if batch is None else batch - sum(axis < batch for axis in chosen)
    return _rearranged(node, operand, lambda numbers: np.squeeze(numbers, tuple(chosen)), place)


@operator("Unsqueeze")
def _unsqueeze(node: Node, operand: Operand, axes: Operand = None) -> Operand:
    n, batch = _n_axes(operand), _batch(operand)
    listed = node.integers(axes, "axes") or []
    if n + len(listed) > 32:
        raise ShapeError(f"The {node.place} makes {n + len(listed)} axes.")
    chosen = {node.axis(axis, n + len(listed)) for axis in listed}
    others = [axis for axis in range(n + len(listed)) if axis not in chosen]
    place = None if batch is None else others[batch]
    return _rearranged(node, operand, lambda numbers: np.expand_dims(numbers, tuple(chosen)), place)


@operator("Concat")
def _concat(node: Node, *operands: Operand) -> Operand:
    if not operands:
        node.refuse("has no operands")
    axis = int(node.attributes.get("axis", 0))
    if all(isinstance(operand, np.ndarray) for operand in operands):
        try:
            return np.concatenate([node.constant(operand, "operand") for operand in operands], axis=axis)
        except ValueError as error:
            raise ShapeError(f"The {node.place} does not fit together ({error}).") from None
    template = next(operand for operand in operands if isinstance(operand, Value))
    axis = node.feature_axis(axis, template)
    values = [_as_value(node, operand, template) for operand in operands]
    if any(value.batch != template.batch for value in values) or template.batch not in (0, None):
        node.refuse("takes values with different axes of the batch")
    if template.batch is None:
        lifted = [value.wires.rearranged(lambda numbers: numbers[None]) for value in values]
        joint = concatenation(lifted, axis + 1, node.place).rearranged(lambda numbers: numbers[0])
    else:
        joint = concatenation([value.wires for value in values], axis, node.place)
    return Value(joint, template.batch)


def _as_value(node: Node, operand: Operand, template: Value) -> Value:
    if isinstance(operand, Value):
        return operand
    array = node.constant(operand, "operand")
    zero = template.wires.rearranged(lambda numbers: numbers.ravel()[:1]) * 0
    wires = plus(zero.rearranged(lambda numbers: np.broadcast_to(numbers, array.shape)), array, node.place)
    if template.batch is not None and array.shape[:1] != (1,):
        node.refuse("joins a constant for several points of a batch")
    return Value(wires, template.batch)


@operator("Gather")
def _gather(node: Node, operand: Operand, indices: Operand) -> Operand:
    places = node.constant(indices, "indices")
    if places.dtype.kind not in "iu" or places.ndim > 1:
        node.refuse("has indices that are no list of integers")
    axis = int(node.attributes.get("axis", 0))
    batch = _batch(operand)
    axis = (
        node.feature_axis(axis, operand) if isinstance(operand, Value) else node.axis(axis, _n_axes(operand))
    )
    if batch is not None and places.ndim == 0 and axis < batch:
        batch -= 1
    return _rearranged(node, operand, lambda numbers: np.take(numbers, places, axis=axis), batch)


@operator("Slice")
def _slice(
    node: Node,
    operand: Operand,
    starts: Operand = None,
    ends: Operand = None,
    axes: Operand = None,
    steps: Operand = None,
) -> Operand:
    n = _n_axes(operand)
    first, last = node.integers(starts, "starts") or [], node.integers(ends, "ends") or []
    listed = node.integers(axes, "axes") or list(range(len(first)))
    strides = node.integers(steps, "steps") or [1] * len(first)
    if not len(first) == len(last) == len(listed) == len(strides):
        raise ShapeError(f"The {node.place} has starts, ends, axes and steps of different lengths.")
    index = [slice(None)] * n
    for start, stop, axis, step in zip(first, last, listed, strides, strict=True):
        number = node.axis(axis, n)
        if number == _batch(operand) and (start, step) != (0, 1):
            node.refuse("picks points of the batch")
        beyond = step < 0 and stop < -(2**31)
        index[number] = slice(start, None if beyond else stop, step)
    return _rearranged(node, operand, lambda numbers: numbers[tuple(index)], _batch(operand))


@operator("Split")
def _split(node: Node, operand: Operand, split: Operand = None) -> tuple[Operand, ...]:
    value = node.value(operand)
    axis = node.feature_axis(int(node.attributes.get("axis", 0)), value)
    length, parts = value.shape[axis], node.n_outputs
    sizes = node.integers(split, "split")
    if sizes is None:
        step = -(-length // parts)
        sizes = [min(step, length - i * step) for i in range(parts)]
    if len(sizes) != parts or sum(sizes) != length or min(sizes) < 1:
        raise ShapeError(f"The {node.place} splits an axis of length {length} into {sizes}.")
    bounds = np.cumsum([0, *sizes]).tolist()
    return tuple(
        node.rearranged(value, lambda numbers, a=a, b=b: numbers.take(np.arange(a, b), axis), value.batch)  # type: ignore[misc]
        for a, b in itertools.pairwise(bounds)
    )


@operator("Pad")
def _pad(
    node: Node, operand: Operand, pads: Operand = None, filling: Operand = None, axes: Operand = None
) -> Value:
    value = node.value(operand)
    n = len(value.shape)
    listed = node.integers(pads, "pads") or [0] * (2 * n)
    modes = {"constant": "constant", "reflect": "reflect", "edge": "edge", "wrap": "wrap"}
    mode = modes.get(node.attributes.get("mode", "constant"))
    if mode is None or axes is not None or len(listed) != 2 * n:
        node.refuse(f"pads shape {value.shape} by {listed}")
    number: Any = node.attributes.get("value", 0.0)
    if filling is not None:
        array = node.constant(filling, "constant")
        number = array.item() if array.size == 1 else node.refuse("has several constants")
    widths = list(zip(listed[:n], listed[n:], strict=True))
    if value.batch is not None and any(widths[value.batch]):
        node.refuse("adds points to the batch")
    return value.following(padded(value.wires, widths, mode, number, node.place))
