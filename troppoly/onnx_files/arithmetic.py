"""The ONNX operators of arithmetic: sums, products with constants, activations, maxima, sorting."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.circuit.activations import absolute, clip, descending, larger, leaky, max_over_axes
from troppoly.circuit.affine_operators import broadcast_shape, constant_column, total
from troppoly.circuit.circuit import Wires
from troppoly.circuit.contractions import contraction, einsum_axes, resampled
from troppoly.errors import InputError, ShapeError
from troppoly.exact import RationalMatrix, rational
from troppoly.onnx_files.values import Node, Operand, Value, constant_wires, operator

__all__: list[str] = []

Array = NDArray[Any]

_PRODUCT = "is the product of two results of the input, which is not piecewise linear; cut the network before it"


# --- activations


def _of_each_entry(*names: str) -> Callable[[Any], Any]:
    """Register a function of a node and the wires of its one operand."""

    def register(function: Callable[[Node, Wires], Wires]) -> Any:
        def apply(node: Node, operand: Operand) -> Value:
            value = node.value(operand)
            return value.following(function(node, value.wires))

        return operator(*names)(apply)

    return register


_of_each_entry("Relu")(lambda node, x: x.rectified())
_of_each_entry("Abs")(lambda node, x: absolute(x))


@_of_each_entry("LeakyRelu")
def _leaky_relu(node: Node, x: Wires) -> Wires:
    return leaky(x, np.array([node.number("alpha")], dtype=object), node.place)


@operator("PRelu")
def _prelu(node: Node, operand: Operand, slope: Operand) -> Value:
    value = node.value(operand)
    slopes = node.constant(slope, "slope")
    if node.version < 7 and slopes.size > 1:  # one for every channel
        slopes = slopes.reshape(-1, *[1] * (len(value.shape) - 2))
    if value.batch is not None:
        slopes = node.at_one_point(slopes, value.batch - len(value.shape) + slopes.ndim)
    return value.following(leaky(value.wires, slopes, node.place))


@operator("Clip")
def _clip(node: Node, operand: Operand, low: Operand = None, high: Operand = None) -> Value:
    if isinstance(low, Value) or isinstance(high, Value):
        result = operand if low is None else _max(node, operand, low)
        return node.value(result if high is None else _min(node, result, high))
    value = node.value(operand)
    return value.following(clip(value.wires, _bound(node, low, "min"), _bound(node, high, "max")))


def _bound(node: Node, operand: Operand, name: str) -> mpq | None:
    """A bound of Clip, which is an attribute or an operand; None if it is missing or infinite."""
    number = node.attributes.get(name) if operand is None else node.single(operand, name)
    if number is None or (np.isinf(number) and (number > 0) == (name == "max")):
        return None
    return rational(number, f"{name} of {node.place}")


@_of_each_entry("HardSigmoid")
def _hard_sigmoid(node: Node, x: Wires) -> Wires:
    beta = RationalMatrix.of([[node.number("beta")]] * x.size)
    return clip((x * node.number("alpha")).shifted(beta), mpq(0), mpq(1))


@_of_each_entry("ThresholdedRelu")
def _thresholded_relu(node: Node, x: Wires) -> Wires:
    if node.number("alpha") != 0:
        node.refuse(f"is not continuous, since alpha = {node.attributes['alpha']} is not 0")
    return x.rectified()


@_of_each_entry("Shrink")
def _shrink(node: Node, x: Wires) -> Wires:
    threshold = node.number("lambd")
    if node.number("bias") != threshold or threshold < 0:
        node.refuse("is not continuous, since its bias and its lambd are not the same number >= 0")
    return x - clip(x, -threshold, threshold)


# --- sums and products


def _entrywise(node: Node, operands: tuple[Operand, ...], function: Callable[[Wires, Wires], Wires]) -> Value:
    """A function of pairs of values, applied from left to right."""
    wires, batch = node.aligned(operands)
    circuit = next(one.circuit for one in wires if isinstance(one, Wires))
    forms = [
        one if isinstance(one, Wires) else constant_wires(circuit, one, f"operand of the {node.place}") for one in wires
    ]
    broadcast_shape(node.place, *(one.shape for one in forms))
    return Value(reduce(function, forms), batch)


def _plus(one: Wires, two: Wires) -> Wires:
    shape = np.broadcast_shapes(one.shape, two.shape)
    return one.broadcast(shape) + two.broadcast(shape)


def _negated(node: Node, operand: Operand) -> Operand:
    if isinstance(operand, Value):
        return operand.following(operand.wires * -1)
    return np.asarray(node.constant(operand, "operand").astype(object) * -1, dtype=object)


def _aligned_before_version_7(node: Node, one: Operand, two: Operand) -> Operand:
    """The second operand of old arithmetic, whose axes begin at that given by an attribute."""
    axis = node.attributes.get("axis")
    if axis is None or not node.attributes.get("broadcast") or one is None or two is None:
        return two
    n_after = len(one.shape) - node.axis(axis, len(one.shape)) - len(two.shape)
    shape = (*two.shape, *[1] * n_after)
    if isinstance(two, Value):
        return two.following(two.wires.rearranged(lambda numbers: numbers.reshape(shape)))
    return two.reshape(shape)


@operator("Add", "Sub")
def _add(node: Node, one: Operand, two: Operand) -> Value:
    two = _aligned_before_version_7(node, one, two)
    return _entrywise(node, (one, two if node.proto.op_type == "Add" else _negated(node, two)), _plus)


@operator("Sum", "Mean")
def _sum(node: Node, *operands: Operand) -> Value:
    value = _entrywise(node, operands, _plus)
    return value if node.proto.op_type == "Sum" else value.following(value.wires * mpq(1, len(operands)))


@operator("Neg")
def _neg(node: Node, operand: Operand) -> Value:
    return node.value(_negated(node, operand))


@operator("Max")
def _max(node: Node, *operands: Operand) -> Value:
    return _entrywise(node, operands, lambda one, two: larger(one, two, node.place))


@operator("Min")
def _min(node: Node, *operands: Operand) -> Value:
    return _neg(node, _max(node, *(_negated(node, operand) for operand in operands)))


@operator("Mul", "Div")
def _mul(node: Node, one: Operand, two: Operand) -> Value:
    divides = node.proto.op_type == "Div"
    if divides and isinstance(two, Value):
        node.refuse("divides by a result of the input, which is not piecewise linear")
    if isinstance(one, Value) and isinstance(two, Value):
        node.refuse(_PRODUCT)
    arrays, batch = node.aligned([one, _aligned_before_version_7(node, one, two)])
    value, factor = arrays if isinstance(one, Value) else arrays[::-1]
    assert isinstance(value, Wires)
    assert isinstance(factor, np.ndarray)
    if divides:
        if not factor.all():
            raise InputError(f"The {node.place} divides by zero.")
        column = constant_column(factor, factor.shape, f"divisor of the {node.place}")
        factor = (1 / column.to_rationals()).reshape(factor.shape)
    shape = broadcast_shape(node.place, value.shape, factor.shape)
    column = constant_column(factor, shape, f"constant of the {node.place}")
    return Value(value.broadcast(shape).scaled(column), batch)


# --- sums and maxima over axes


@operator("ReduceMax", "ReduceMin", "ReduceMean", "ReduceSum", "ReduceL1")
def _reduce(node: Node, operand: Operand, axes: Operand = None) -> Value:
    value, kind = node.value(operand), node.proto.op_type
    listed = node.integers(axes, "axes")
    if not listed:
        listed = [] if node.attributes.get("noop_with_empty_axes") else list(range(len(value.shape)))
    chosen = sorted({node.feature_axis(axis, value) for axis in listed})
    keep = bool(node.attributes["keepdims"])
    if kind in ("ReduceMax", "ReduceMin"):
        sign = 1 if kind == "ReduceMax" else -1
        wires = max_over_axes(value.wires * sign, chosen, keep) * sign
    else:
        n = int(np.prod([value.shape[axis] for axis in chosen], dtype=object))
        summands = absolute(value.wires) if kind == "ReduceL1" else value.wires
        wires = total(summands, chosen, keep, mpq(1, n if kind == "ReduceMean" else 1))
    batch = value.batch
    if batch is not None and not keep:
        batch -= sum(axis < batch for axis in chosen)
    return Value(wires, batch)


@operator("CumSum")
def _cumulative_sum(node: Node, operand: Operand, axis: Operand) -> Value:
    value = node.value(operand)
    at = node.feature_axis(int(node.single(axis, "axis")), value)
    matrix = np.tri(value.shape[at], k=-1 if node.attributes["exclusive"] else 0, dtype=np.int64)
    weights: list[RationalMatrix | None] = [None] * len(value.shape)
    weights[at] = RationalMatrix.of(matrix.T if node.attributes["reverse"] else matrix)
    return value.following(resampled(value.wires, weights, node.place))


@operator("TopK")
def _top_k(node: Node, operand: Operand, count: Operand = None) -> Value:
    value = node.value(operand)
    axis = node.feature_axis(node.attributes["axis"], value)
    k = int(node.attributes["k"] if count is None else node.single(count, "number of entries"))
    if not 0 < k <= value.shape[axis]:
        raise ShapeError(f"The {node.place} takes {k} entries of an axis of length {value.shape[axis]}.")
    sign = 1 if node.attributes.get("largest", 1) else -1
    if k == 1:
        return value.following(max_over_axes(value.wires * sign, [axis], True) * sign)
    ordered = descending(value.wires * sign, axis) * sign
    return value.following(ordered.rearranged(lambda numbers: numbers.take(np.arange(k), axis)))


# --- matrix products


def _contracted(node: Node, one: Operand, two: Operand, equation: str) -> Value:
    """The contraction of two operands, of which one is constant."""
    if isinstance(one, Value) and isinstance(two, Value):
        node.refuse(_PRODUCT)
    operands = (one, two) if isinstance(one, Value) else (two, one)
    value, factor = node.value(operands[0]), node.constant(operands[1], "factor")
    shapes = [operand.shape for operand in (one, two) if operand is not None]
    axes, result = einsum_axes(equation, shapes, node.place)
    own, theirs = axes if isinstance(one, Value) else axes[::-1]
    batch = None
    if value.batch is not None:
        name = own[value.batch]
        if own.count(name) > 1 or name not in result:
            node.refuse_batch("sums over the axis of the batch")
        batch = list(result).index(name)
        factor = node.at_one_point(factor, theirs.index(name) if name in theirs else None)
    return Value(contraction(value.wires, factor, own, theirs, result, node.place), batch)


@operator("MatMul")
def _matmul(node: Node, one: Operand, two: Operand) -> Value:
    vectors = [operand is not None and len(operand.shape) == 1 for operand in (one, two)]
    left, right = ("k" if vectors[0] else "...ik"), ("k" if vectors[1] else "...kj")
    free = "" if all(vectors) else "..."
    result = free + ("" if vectors[0] else "i") + ("" if vectors[1] else "j")
    return _contracted(node, one, two, f"{left},{right}->{result}")


@operator("Einsum")
def _einsum(node: Node, *operands: Operand) -> Value:
    if len(operands) > 2:
        node.refuse("has more than two operands, which is not supported")
    one, two = operands if len(operands) == 2 else (operands[0], np.array(1))
    equation = str(node.attributes["equation"])
    if len(operands) == 1:
        left, arrow, right = equation.partition("->")
        equation = f"{left},{arrow}{right}"
    return _contracted(node, one, two, equation)


@operator("Gemm")
def _gemm(node: Node, one: Operand, two: Operand, bias: Operand = None) -> Value:
    for operand in (one, two):
        shape = () if operand is None else operand.shape
        if len(shape) != 2:
            raise ShapeError(f"The {node.place} takes matrices, but an operand has shape {shape}; flatten it.")
    left, right = ("ki" if node.attributes["transA"] else "ik"), ("jk" if node.attributes["transB"] else "kj")
    product = _contracted(node, one, two, f"{left},{right}->ij")
    product = product.following(product.wires * node.number("alpha"))
    if bias is None:
        return product
    if isinstance(bias, Value):
        shift: Operand = bias.following(bias.wires * node.number("beta"))
    else:
        array = node.constant(bias, "bias")
        column = RationalMatrix.of(array.reshape(-1, 1), f"bias of {node.place}")
        shift = (node.number("beta") * column).to_rationals().reshape(array.shape)
    result = _entrywise(node, (product, shift), _plus)
    if result.shape != product.shape:
        raise ShapeError(f"The {node.place} adds shape {bias.shape} to a matrix of shape {product.shape}.")
    return result
