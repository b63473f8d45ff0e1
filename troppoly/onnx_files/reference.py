"""Nodes of ONNX graphs at known arrays, by ONNX's own reference implementation.

It evaluates what does not depend on the input, in the declared types, and it rearranges: an operator that only moves
entries acts on their numbers.  Sizes are inferred before anything is allocated, and the results must have them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.circuit.circuit import LARGEST_WEIGHT
from troppoly.errors import ShapeError, TroppolyError, UnsupportedError, require
from troppoly.onnx_files.nodes import Node

__all__ = ["evaluated"]

Array = NDArray[Any]

# Compress, NonZero, Unique: the size depends on values, and is at most that of an operand.  Concat: in old versions.
_NOT_INFERRED = ("Compress", "NonZero", "Unique", "Concat")


def evaluated(at: Node, arrays: Sequence[Array | None], numbers: Collection[int] = ()) -> list[Array]:
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
