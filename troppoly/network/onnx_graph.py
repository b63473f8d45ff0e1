"""ONNX graphs as circuits: the graph is checked, and followed node by node."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import FileFormatError, InputError, TroppolyError, UnsupportedError, require
from troppoly.network import onnx_arithmetic, onnx_shapes  # noqa: F401
from troppoly.network.circuit import Circuit, Wires, check_size
from troppoly.network.onnx_tensors import tensor_array
from troppoly.network.onnx_values import OPERATORS, Node, Operand, Value
from troppoly.network.untrusted import content_of

__all__ = ["onnx_circuit"]

Shape = tuple[int | None, ...]

_KEEP_SHAPE = frozenset(
    ("Relu", "LeakyRelu", "Clip", "Abs", "Neg", "Identity", "Dropout", "Flatten", "Add", "Sub", "Mul", "Div")
)


def onnx_circuit(path: Path) -> tuple[Circuit, Wires]:
    """Return the circuit of the network in an ONNX file, and its result as a value.

    The graph has one input and one output.  The first axis of the input is that of the points of a
    batch, unless the first matrix product takes the input as a column or as a single vector.
    Attributes are the exact values of their floats, and ``Gemm`` is ``alpha A' B' + beta C``.

    Raises FileFormatError for a damaged file, UnsupportedError for an operator that is not piecewise
    linear or not known, which is named with its node, and ShapeError, NotFiniteError and InputError for
    bad weights or an unknown input shape.
    """
    onnx = require("onnx", extra="onnx")
    content = content_of(path)
    try:
        graph = onnx.load_model_from_string(content).graph
    except Exception as error:  # the protobuf implementations raise different classes
        raise FileFormatError(f"This is no ONNX file, or it is damaged ({error}).") from error
    if not graph.node:
        raise FileFormatError("This is no ONNX file, or its graph has no node.")
    if graph.sparse_initializer:
        name = graph.sparse_initializer[0].values.name
        raise UnsupportedError(f"The tensor {name!r} is sparse, which is not supported.")
    constants = {t.name: tensor_array(t, t.name, path.parent) for t in graph.initializer}
    inputs = [value for value in graph.input if value.name not in constants]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise UnsupportedError(
            f"The graph has {len(inputs)} inputs and {len(graph.output)} outputs; one of each is supported."
        )
    nodes = _ordered(graph.node, {inputs[0].name, *constants})
    shape, batch, n_points = _input_shape(_declared_shape(inputs[0]), inputs[0].name, nodes, constants)
    check_size(shape, "input")
    circuit = Circuit(prod(shape))
    values: dict[str, Operand] = {**constants, inputs[0].name: Value(circuit.inputs(shape), batch)}
    for node in nodes:
        _evaluate(node, values, n_points, path.parent)
    result = values.get(graph.output[0].name)
    if not isinstance(result, Value):
        raise UnsupportedError(f"The output {graph.output[0].name!r} is not computed from the input.")
    return circuit, result.wires


def _declared_shape(value: Any) -> Shape | None:
    """The shape that an input declares, with None where it is left open."""
    tensor_type = value.type.tensor_type
    if not tensor_type.HasField("shape"):
        return None
    return tuple(axis.dim_value if axis.dim_value > 0 else None for axis in tensor_type.shape.dim)


def _ordered(nodes: Any, known: set[str]) -> list[Any]:
    """The nodes, of which each must take constants, the input and results of nodes before it."""
    known = {*known, ""}
    for node in nodes:
        missing = [name for name in node.input if name not in known]
        if missing:
            raise FileFormatError(
                f"The {_place(node)} takes {missing[0]!r}, which is neither a constant nor the result of a "
                "node before it."
            )
        known.update(node.output)
    return list(nodes)


def _place(node: Any) -> str:
    """Words for a node."""
    operator = node.op_type if str(node.op_type).isidentifier() else repr(node.op_type)
    return f"node {_name(node)!r} ({operator})"


def _name(node: Any) -> str:
    return str(node.name or (node.output[0] if node.output else ""))


def _input_shape(
    declared: Shape | None, name: str, nodes: list[Any], constants: dict[str, NDArray[Any]]
) -> tuple[tuple[int, ...], int | None, int | None]:
    """The shape of the input for one point, its axis of the batch, and the declared number of points.

    What is left open follows from the first matrix product that the input reaches.
    """
    features, column = _first_product(name, nodes, constants)
    if declared is None:
        declared = (None, None)
    if len(declared) == 1:
        batch: int | None = None
    elif (len(declared) == 2 and column) or (
        len(declared) == 2 and features is None and declared[1] is None and declared[0] is not None
    ):
        batch = 1
    else:
        batch = 0
    shape = [1 if axis == batch else n for axis, n in enumerate(declared)]
    if shape.count(None) == 1 and features is not None and len(shape) <= 2:
        shape = [features if n is None else n for n in shape]
    known = tuple(n for n in shape if n is not None)
    if len(known) < len(shape) or not shape:
        raise InputError(
            "A network needs an affine layer at its beginning, or an input of known shape; the input "
            f"declares the shape {declared}, and what is left open is not known."
        )
    return known, batch, None if batch is None else declared[batch]


def _first_product(
    name: str, nodes: list[Any], constants: dict[str, NDArray[Any]]
) -> tuple[int | None, bool]:
    """The number of features that the first matrix product takes, and whether it takes a column."""
    reached, guess = {name}, None
    for node in nodes:
        inside = [i for i, entry in enumerate(node.input[:2]) if entry in reached]
        if not inside:
            continue
        other = constants.get(node.input[1 - inside[0]]) if len(node.input) > 1 else None
        if node.op_type in ("Gemm", "MatMul") and other is not None and other.ndim == 2:
            flips = {a.name: bool(a.i) for a in node.attribute if a.name in ("transA", "transB")}
            keys = ("transA", "transB") if inside[0] == 0 else ("transB", "transA")
            own, theirs = (flips.get(key, False) for key in keys)
            is_left = inside[0] == 0
            return other.shape[0 if is_left != theirs else 1], is_left == own
        if node.op_type not in _KEEP_SHAPE:
            return guess, False
        if node.op_type in ("Add", "Sub", "Mul", "Div") and other is not None and guess is None:
            guess = other.shape[-1] if other.ndim else None
        reached.update(node.output)
    return guess, False


def _evaluate(node: Any, values: dict[str, Operand], n_points: int | None, folder: Path) -> None:
    """Compute the results of a node."""
    place = _place(node)
    function = OPERATORS.get(node.op_type)
    if function is None or node.domain not in ("", "ai.onnx"):
        raise UnsupportedError(
            f"The {place} is not supported, since it is not known to be piecewise linear; cut the network "
            "before it."
        )
    used = [name for name in node.output if name]
    several = node.op_type == "Split" and len(used) == len(node.output)
    if not several and (len(used) != 1 or not node.output[0]):
        raise UnsupportedError(f"The {place} has {len(used)} outputs where one is supported.")
    attributes = _attributes(node, place, folder)
    at = Node(_name(node), place, attributes, len(used), n_points)
    operands = [values[name] if name else None for name in node.input]
    for i, operand in enumerate(operands):
        if isinstance(operand, Value) and operand.wires.is_plain:
            operands[i] = operand.following(operand.wires.named(at.name))
    _check_number(function, len(operands), place)
    try:
        result = function(at, *operands)
    except TroppolyError:
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise FileFormatError(f"The {place} has inputs or attributes that do not fit ({error}).") from error
    results = result if isinstance(result, tuple) else (result,)
    for name, entry in zip(used, results, strict=True):
        values[name] = entry.following(entry.wires.named(at.name)) if isinstance(entry, Value) else entry


def _check_number(function: Callable[..., Any], n: int, place: str) -> None:
    """Check that an operator takes this number of inputs."""
    parameters = list(signature(function).parameters.values())[1:]
    least = sum(p.default is p.empty and p.kind is not p.VAR_POSITIONAL for p in parameters)
    any_number = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if any_number:
        least, most = 1, n
    else:
        most = len(parameters)
    if not least <= n <= most:
        needed = str(least) if least == most or any_number else f"{least} to {most}"
        raise FileFormatError(f"The {place} has {n} inputs where {needed} are needed.")


_ATTRIBUTES: dict[str, str] = {  # the fields that attributes of a name are stored in
    **dict.fromkeys(("alpha", "beta", "epsilon", "momentum", "ratio", "min", "max"), "f"),
    **dict.fromkeys(("transA", "transB", "axis", "keepdims", "group", "ceil_mode", "allowzero"), "i"),
    **dict.fromkeys(("count_include_pad", "training_mode", "spatial", "storage_order", "to"), "i"),
    **dict.fromkeys(("noop_with_empty_axes", "seed", "num_outputs", "is_test", "saturate"), "i"),
    **dict.fromkeys(("kernel_shape", "strides", "pads", "dilations", "perm", "axes"), "ints"),
    **dict.fromkeys(("split", "starts", "ends"), "ints"),
    **dict.fromkeys(("auto_pad", "mode"), "s"),
}

_ALLOWED: dict[str, frozenset[str]] = {
    **{name: frozenset() for name in OPERATORS},
    "Gemm": frozenset(("alpha", "beta", "transA", "transB")),
    "LeakyRelu": frozenset(("alpha",)),
    "Clip": frozenset(("min", "max")),
    "Flatten": frozenset(("axis",)),
    "Concat": frozenset(("axis",)),
    "Gather": frozenset(("axis",)),
    "Split": frozenset(("axis", "split", "num_outputs")),
    "Reshape": frozenset(("allowzero",)),
    "Transpose": frozenset(("perm",)),
    "Squeeze": frozenset(("axes",)),
    "Unsqueeze": frozenset(("axes",)),
    "Slice": frozenset(("starts", "ends", "axes")),
    "Cast": frozenset(("to", "saturate")),
    "Dropout": frozenset(("ratio", "seed", "is_test")),
    "Pad": frozenset(("pads", "mode")),
    "Constant": frozenset(("value",)),
    "Conv": frozenset(("auto_pad", "dilations", "group", "kernel_shape", "pads", "strides")),
    "MaxPool": frozenset(
        ("auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides")
    ),
    "AveragePool": frozenset(
        ("auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides")
    ),
    "BatchNormalization": frozenset(("epsilon", "momentum", "training_mode")),
    **dict.fromkeys(
        ("ReduceMax", "ReduceMin", "ReduceMean", "ReduceSum"),
        frozenset(("axes", "keepdims", "noop_with_empty_axes")),
    ),
}


def _attributes(node: Any, place: str, folder: Path) -> dict[str, Any]:
    """The attributes of a node by name, each known and of the right type."""
    onnx = require("onnx", extra="onnx")
    kinds = {"f": "FLOAT", "i": "INT", "ints": "INTS", "s": "STRING", "t": "TENSOR"}
    result: dict[str, Any] = {}
    for attribute in node.attribute:
        name = str(attribute.name)
        field = "t" if node.op_type == "Constant" else _ATTRIBUTES.get(name)
        known = name in _ALLOWED[node.op_type] and field is not None
        if not known or attribute.type != getattr(onnx.AttributeProto, kinds[str(field)]):
            raise UnsupportedError(f"The {place} has an attribute {name!r} that is not supported.")
        value = getattr(attribute, str(field))
        if field == "f":
            value = np.float32(value)
        elif field == "ints":
            value = list(value)
        elif field == "s":
            value = bytes(value).decode("ascii", "replace")
        elif field == "t":
            value = tensor_array(value, _name(node), folder)
        result[name] = value
    return result
