"""ONNX graphs that are chains of Gemm, MatMul, Add, Relu, Identity and Flatten.

A chain is followed node by node.  The value between two nodes is a vector of features, laid out as
a row of a matrix (batch, n), as a column of a matrix (n, batch), or as an array with one axis.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import FileFormatError, ShapeError, UnsupportedError, require
from troppoly.exact import RationalMatrix, rational
from troppoly.network.composition import Affine, Rectification
from troppoly.network.onnx_tensors import tensor_array

__all__ = ["onnx_steps"]

_ATTRIBUTES: dict[str, dict[str, str]] = {  # the operators, and the type of each of their attributes
    "Gemm": {"alpha": "FLOAT", "beta": "FLOAT", "transA": "INT", "transB": "INT"},
    "MatMul": {},
    "Add": {},
    "Relu": {},
    "Identity": {},
    "Flatten": {"axis": "INT"},
    "Constant": {"value": "TENSOR"},
}


def onnx_steps(path: Path) -> list[Affine | Rectification]:
    """Return the steps of the network in an ONNX file.

    The graph has one input and one output, and every node takes the result of the node before it
    and constants.  Inputs of more axes are vectors after Flatten.  Gemm is
    ``alpha A' B' + beta C`` with exact ``alpha`` and ``beta`` (a float32 attribute is a rational).

    Raises FileFormatError for a damaged file, UnsupportedError for another operator or a graph that
    is no chain, both named with the node, and ShapeError and NotFiniteError for bad weights.
    """
    onnx = require("onnx", extra="onnx")
    content = path.read_bytes()
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
    chain = _Chain(constants, inputs[0].name, _declared_shape(inputs[0]), path.parent)
    for node in graph.node:
        chain.append(node)
    if chain.value != graph.output[0].name:
        raise UnsupportedError(
            f"The output {graph.output[0].name!r} is not the result {chain.value!r} of the last node of a chain."
        )
    return chain.steps


def _declared_shape(value: Any) -> tuple[int | None, ...] | None:
    """The shape that an input declares, with None where it is left open."""
    tensor_type = value.type.tensor_type
    if not tensor_type.HasField("shape"):
        return None
    return tuple(axis.dim_value if axis.dim_value > 0 else None for axis in tensor_type.shape.dim)


@dataclass(slots=True)
class _Chain:
    """The steps that have been read, and how the value after them is laid out."""

    constants: dict[str, NDArray[Any]]
    value: str  # the name of the value after the steps
    shape: tuple[int | None, ...] | None  # of the input
    folder: Path
    layout: Literal["row", "column", "vector"] | None = None  # None: not known yet
    size: int | None = None  # the number of features, None: not known yet
    steps: list[Affine | Rectification] = field(default_factory=list)

    def append(self, node: Any) -> None:
        """Read the next node of the graph."""
        name = node.name or (node.output[0] if node.output else "")
        operator = node.op_type if str(node.op_type).isidentifier() else repr(node.op_type)
        place = f"node {name!r} ({operator})"
        if node.op_type not in _ATTRIBUTES or node.domain not in ("", "ai.onnx"):
            supported = ", ".join(_ATTRIBUTES)
            raise UnsupportedError(f"The {place} is not supported; supported are {supported}.")
        if len(node.output) != 1:
            raise FileFormatError(f"The {place} has {len(node.output)} outputs where one is needed.")
        attributes = _attributes(node, place)
        if node.op_type == "Constant":
            if "value" not in attributes:
                raise UnsupportedError(f"The {place} has no attribute 'value'; others are not supported.")
            self.constants[node.output[0]] = tensor_array(attributes["value"], name, self.folder)
            return
        if node.op_type == "Identity" and node.input and node.input[0] in self.constants:
            self.constants[node.output[0]] = self.constants[node.input[0]]
            return
        self._check_inputs(node, place)
        match node.op_type:
            case "Gemm":
                self._gemm(node, name, place, attributes)
            case "MatMul":
                self._matmul(node, name, place)
            case "Add":
                self._add(node, name, place)
            case "Relu":
                self.steps.append(Rectification(name))
            case "Flatten":
                self._flatten(place, attributes)
        self.value = node.output[0]

    def _check_inputs(self, node: Any, place: str) -> None:
        """One input is the value so far, the others are constants (an optional one is named '')."""
        needed = {"Gemm": (2, 3), "MatMul": (2,), "Add": (2,)}.get(node.op_type, (1,))
        if len(node.input) not in needed:
            raise FileFormatError(f"The {place} has {len(node.input)} inputs where {needed[-1]} are needed.")
        for name in node.input:
            if name != self.value and name not in self.constants and (name or node.op_type != "Gemm"):
                raise UnsupportedError(
                    f"The {place} takes {name!r}, which is neither a constant nor the result of the node "
                    "before it; only chains are supported."
                )
        if list(node.input[:2]).count(self.value) != 1 or self.value in node.input[2:]:
            raise UnsupportedError(
                f"The {place} must take the result {self.value!r} of the node before it once."
            )

    def _gemm(self, node: Any, name: str, place: str, attributes: dict[str, Any]) -> None:
        value_is_left = node.input[0] == self.value
        transposed = [bool(attributes.get(key, 0)) for key in ("transA", "transB")]
        value_transposed, constant_transposed = transposed if value_is_left else reversed(transposed)
        # the factor A' has its features along rows, the factor B' along columns
        layout: Literal["row", "column"] = "row" if value_is_left != value_transposed else "column"
        weight = self._matrix(node.input[1 if value_is_left else 0], place)
        if value_is_left != constant_transposed:  # z = A' B' is a row: the weight is the transpose of B'
            weight = weight.T
        self._enter(layout, weight.shape[1], place)
        self.layout, self.size = ("row" if value_is_left else "column"), weight.shape[0]
        bias = RationalMatrix.zeros(self.size, 1)
        if len(node.input) == 3 and node.input[2]:
            bias = rational(attributes.get("beta", 1.0), f"beta of {place}") * self._vector(
                node.input[2], place
            )
        weight = rational(attributes.get("alpha", 1.0), f"alpha of {place}") * weight
        self.steps.append(Affine(name, weight, bias))

    def _matmul(self, node: Any, name: str, place: str) -> None:
        value_is_left = node.input[0] == self.value
        weight = self._matrix(node.input[1 if value_is_left else 0], place)
        if value_is_left:
            weight = weight.T
        self._enter("row" if value_is_left else "column", weight.shape[1], place)
        self.size = weight.shape[0]
        self.steps.append(Affine(name, weight, RationalMatrix.zeros(self.size, 1)))

    def _add(self, node: Any, name: str, place: str) -> None:
        constant = node.input[1 if node.input[0] == self.value else 0]
        if self.size is None:
            shape = self.shape or (None,)
            size = shape[-1] or prod(self.constants[constant].shape[-1:])
            self._enter("row", size, place)
        bias = self._vector(constant, place)
        if self.steps and isinstance(self.steps[-1], Affine):
            last = self.steps.pop()
            assert isinstance(last, Affine)
            self.steps.append(Affine(last.name, last.weight, last.bias + bias))
        else:
            self.steps.append(Affine(name, RationalMatrix.identity(bias.shape[0]), bias))

    def _flatten(self, place: str, attributes: dict[str, Any]) -> None:
        axis = attributes.get("axis", 1)
        if (
            axis != 1
            or self.layout in ("column", "vector")
            or (self.shape is not None and len(self.shape) < 2)
        ):
            raise UnsupportedError(f"The {place} with axis {axis} does not keep the points of a batch apart.")
        if self.layout is None and self.shape is not None:
            batch, *rest = self.shape
            self.shape = (batch, None if None in rest else prod(axis for axis in rest if axis is not None))
        self.layout = "row"

    def _enter(self, layout: Literal["row", "column"], size: int, place: str) -> None:
        """Take the value as ``size`` features; at the first use, hold this against the declared shape."""
        if self.size is None and self.shape is not None:
            shape = self.shape
            if len(shape) == 1:
                self.layout = "vector"
            elif any(axis != 1 for axis in shape[1:-1]) or not shape:
                raise UnsupportedError(
                    f"The {place} takes an input with {len(shape)} axes, which needs Flatten first."
                )
            features = shape[-2] if layout == "column" and self.layout != "vector" else shape[-1]
            if features not in (None, size):
                raise ShapeError(f"The {place} takes {size} features, but the input has shape {shape}.")
        if self.layout is None:
            self.layout = layout
        if self.layout not in (layout, "vector"):
            raise UnsupportedError(
                f"The {place} takes a {layout}, but the value before it is a {self.layout}."
            )
        if self.size is not None and self.size != size:
            raise ShapeError(f"The {place} takes {size} features, but the value before it has {self.size}.")
        self.size = size

    def _matrix(self, name: str, place: str) -> RationalMatrix:
        array = self.constants[name]
        if array.ndim != 2:
            raise UnsupportedError(
                f"The {place} multiplies by {name!r} of shape {array.shape}, which is no matrix."
            )
        return RationalMatrix.of(array, f"tensor {name!r}")

    def _vector(self, name: str, place: str) -> RationalMatrix:
        """A constant that is added to the value, as a column of ``self.size`` entries."""
        array, size = self.constants[name], self.size
        padded = (1, 1, *array.shape)
        axis = -2 if self.layout == "column" else -1
        if padded[axis] not in (1, size) or prod(padded) != padded[axis]:
            raise ShapeError(f"The {place} adds {name!r} of shape {array.shape} to {size} features.")
        column = RationalMatrix.of(array.reshape(-1, 1), f"tensor {name!r}")
        return column if column.shape[0] == size else column.take_rows(np.zeros(size or 0, dtype=int))


def _attributes(node: Any, place: str) -> dict[str, Any]:
    """The attributes of a node by name, each known and of the right type."""
    onnx = require("onnx", extra="onnx")
    fields = {"FLOAT": "f", "INT": "i", "TENSOR": "t"}
    result = {}
    for attribute in node.attribute:
        kind = _ATTRIBUTES[node.op_type].get(attribute.name)
        if kind is None or attribute.type != getattr(onnx.AttributeProto, kind):
            raise UnsupportedError(f"The {place} has an attribute {attribute.name!r} that is not supported.")
        result[attribute.name] = getattr(attribute, fields[kind])
    return result
