"""The ONNX operators that rearrange: they do with the entries what they do with numbers, for the entry 0 is zero."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from troppoly.circuit.entries import Entries
from troppoly.errors import ShapeError
from troppoly.onnx_files.nodes import Node, Operand
from troppoly.onnx_files.reference import evaluated

__all__ = ["REARRANGEMENTS"]

_ENTRIES: dict[str, tuple[int, ...]] = {  # the operands whose entries are those of the result
    **dict.fromkeys(("Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Slice", "Split"), (0,)),
    **dict.fromkeys(("Gather", "GatherElements", "GatherND", "DepthToSpace", "SpaceToDepth"), (0,)),
    **dict.fromkeys(("Expand", "Tile", "Trilu", "ReverseSequence", "Compress", "CenterCropPad"), (0,)),
    **dict.fromkeys(("Scatter", "ScatterElements", "ScatterND"), (0, 2)),
    "Where": (1, 2),
}


def _rearrange(node: Node, *operands: Operand) -> tuple[Operand, ...]:
    if node.attributes.get("reduction", "none") != "none":
        node.refuse(f"has the reduction {node.attributes['reduction']!r}, which is not supported")
    if node.kind == "Reshape" and "shape" in node.attributes:
        return (node.value(operands[0]).reshape(node.attributes["shape"]),)
    entries = [i for i in _ENTRIES.get(node.kind, range(len(operands))) if i < len(operands)]
    arrays = [
        node.entries(operand)
        if i in entries
        else None
        if operand is None
        else node.constant(operand, "shape, index or condition")
        for i, operand in enumerate(operands)
    ]
    if node.kind == "GatherElements":  # the reference wants equal lengths along the other axes
        value, index = node.entries(operands[0]), node.constant(operands[1], "index")
        lengths: list[int | None] = [*index.shape]
        lengths[node.axis(node.attributes["axis"], index.ndim)] = None
        arrays[0] = value[tuple(slice(n) for n in lengths)]
    plain = [None if array is None else np.asarray(array) for array in arrays]
    return _results(node, evaluated(node, plain, entries))


def _results(node: Node, arrays: Iterable[Any]) -> tuple[Operand, ...]:
    """Arrays of entries as results, which are constant if they are empty."""
    results: list[Operand] = []
    for array in arrays:
        if array.size:
            node.check_size(array.shape)
        results.append(Entries.of(array) if array.size else np.zeros(array.shape, dtype=np.float32))
    return tuple(results)


def _pad(node: Node, operand: Operand, pads: Operand = None, filling: Operand = None, axes: Operand = None) -> Any:
    value = node.value(operand)
    n = value.ndim
    listed = node.integers(pads, "pads" if node.version > 1 else "paddings") or []
    chosen = [node.axis(axis, n) for axis in node.integers(axes, "axes") or range(n)]
    mode = node.attributes["mode"]
    if mode not in ("constant", "reflect", "edge", "wrap"):
        node.refuse(f"has the mode {mode!r}")
    if len(listed) != 2 * len(chosen):
        raise ShapeError(f"The {node.where} pads shape {value.shape} by {listed}.")
    widths = [(0, 0)] * n
    for i, axis in enumerate(chosen):
        widths[axis] = listed[i], listed[len(chosen) + i]
    padded = tuple(length + sum(width) for length, width in zip(value.shape, widths, strict=True))
    node.check_size(padded)
    inner = value[tuple(slice(max(0, -a), m - max(0, -b)) for m, (a, b) in zip(value.shape, widths, strict=True))]
    outer = [(max(0, before), max(0, after)) for before, after in widths]
    if mode == "constant":
        number = node.entries(node.attributes.get("value", 0.0) if filling is None else filling)
        if number.size != 1:
            node.refuse("has several constants")
        return _results(node, [np.pad(inner, outer, constant_values=number.item())])
    if 0 in inner.shape:
        raise ShapeError(f"The {node.where} pads shape {value.shape} by {listed}.")
    return _results(node, [np.pad(inner, outer, mode=mode)])


def _identity(node: Node, operand: Operand, ratio: Operand = None, training: Operand = None) -> Operand:
    if training is not None and np.any(node.constant(training, "training mode")):
        node.refuse("is in training mode, where it is random")
    return operand


def _cast(node: Node, operand: Operand, like: Operand = None) -> Operand:
    kind = node.attributes.get("to", 1) if like is None or isinstance(like, Entries) else like.dtype.name
    if kind not in (1, 11, "FLOAT", "DOUBLE", "float32", "float64"):
        node.refuse("rounds to another type than float32 or float64")
    return node.value(operand)


def _shape(node: Node, operand: Operand) -> tuple[Operand, ...]:
    zeros = np.broadcast_to(np.float32(0), node.value(operand).shape)
    return tuple(evaluated(node, [zeros], [0]))


REARRANGEMENTS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys((*_ENTRIES, "Concat"), _rearrange),
    "Pad": _pad,
    **dict.fromkeys(("Identity", "Dropout"), _identity),
    **dict.fromkeys(("Cast", "CastLike"), _cast),
    **dict.fromkeys(("Shape", "Size", "EyeLike"), _shape),
}
