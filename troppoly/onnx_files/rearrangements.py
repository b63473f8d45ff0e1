"""The ONNX operators that rearrange, by ONNX's own reference implementation.

It evaluates what does not depend on the input, in the declared types, and what only moves entries acts on their
numbers, for the entry 0 is zero.  Sizes are inferred before anything is allocated, and the results must have them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.circuit.circuit import LARGEST_WEIGHT
from troppoly.circuit.entries import Entries
from troppoly.errors import ShapeError, TroppolyError, UnsupportedError, require
from troppoly.onnx_files.nodes import Node, Operand

__all__ = ["REARRANGEMENTS", "evaluated"]

# Compress, NonZero, Unique: the size depends on values, and is at most that of an operand.  Concat: in old versions.
_NOT_INFERRED = ("Compress", "NonZero", "Unique", "Concat")


def evaluated(at: Node, arrays: Sequence[Operand], numbers: Collection[int] = ()) -> list[NDArray[Any]]:
    """Return the results of a node at arrays, of which those at the positions ``numbers`` stand for floats.

    Raises ShapeError if the arrays do not fit, and UnsupportedError if a result is too large.
    """
    onnx = require("onnx", extra="onnx")
    reference = require("onnx.reference", extra="onnx")
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    shapes = [array.shape for array in arrays if array is not None]
    names = ["" if array is None else f"operand {i}" for i, array in enumerate(arrays)]
    node, version, place = type(at.proto)(), at.version, at.where
    node.CopyFrom(at.proto)
    if node.op_type == "Scatter":  # renamed in version 11
        node.op_type, version = "ScatterElements", max(version, 11)
    if node.op_type == "DequantizeLinear":  # the reference has it from version 19 on, which only adds types
        version = max(version, 19)
    node.input[:] = names
    node.output[:] = [f"result {i}" for i in range(len(node.output))]
    given = {name: array for name, array in zip(names, arrays, strict=True) if array is not None}
    try:
        types, data = {}, {}
        for i, (name, array) in enumerate(zip(names, arrays, strict=True)):
            if array is not None:
                kind = onnx.TensorProto.FLOAT if i in numbers else helper.np_dtype_to_tensor_dtype(array.dtype)
                types[name] = helper.make_tensor_type_proto(kind, array.shape)
                if i not in numbers and array.size <= 1024:
                    data[name] = numpy_helper.from_array(array, name)
        opset = [helper.make_opsetid("", version)]
        schema = onnx.defs.get_schema(node.op_type, version, "")
        inferred = onnx.shape_inference.infer_node_outputs(schema, node, types, data, opset_imports=opset)
        expected = [_lengths(inferred.get(name)) for name in node.output]
        if node.op_type not in _NOT_INFERRED:
            _check_sizes(place, shapes, expected)
        ports = [[helper.make_value_info(n, onnx.TypeProto()) for n in ns] for ns in (given, node.output)]
        graph = helper.make_graph([node], "node", *ports)
        with np.errstate(all="ignore"):
            results = reference.ReferenceEvaluator(graph, opsets={"": version}).run(None, given)
    except TroppolyError:
        raise
    except NotImplementedError as error:
        raise UnsupportedError(f"The {place} is not known to ONNX's reference implementation.") from error
    except Exception as error:  # the inference and the operators raise many classes
        reason = " ".join(str(error.__cause__ or error).split())[:300]
        raise ShapeError(f"The {place} cannot be computed for shapes {shapes} ({reason}).") from error
    for result, shape in zip(results, expected, strict=True):
        actual = np.shape(result)
        known = actual if shape is None else tuple(actual[i] if n is None else n for i, n in enumerate(shape))
        if not isinstance(result, np.ndarray) or actual != known:
            raise ShapeError(f"The {place} has no result of shape {shape} for shapes {shapes}.")
    return list(results)


def _lengths(kind: Any) -> list[int | None] | None:
    """The lengths of the axes of an inferred type, as far as they are known."""
    if kind is None or not kind.tensor_type.HasField("shape"):
        return None
    return [axis.dim_value if axis.HasField("dim_value") else None for axis in kind.tensor_type.shape.dim]


def _check_sizes(place: str, shapes: Any, expected: Sequence[list[int | None] | None]) -> None:
    """Check that every result is known to be of moderate size."""
    for lengths in expected:
        if lengths is None or None in lengths:
            raise UnsupportedError(f"The {place} has a result whose shape does not follow from {shapes}.")
        if prod(n for n in lengths if n is not None) > LARGEST_WEIGHT:
            most = f"more than {LARGEST_WEIGHT} numbers are not supported"
            raise UnsupportedError(f"The {place} has a result of shape {tuple(lengths)}; {most}.")


# --- rearrangements

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
