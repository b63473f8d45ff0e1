"""The ONNX operators that compute: arithmetic, matrix products, activations, images."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.errors import InputError, NotFiniteError, ShapeError
from troppoly.exact import rational
from troppoly.network.activations import absolute, clip, larger, leaky, max_over_axes, max_pool
from troppoly.network.affine_operators import (
    average,
    convolution,
    linear,
    normalisation,
    normalisation_scale,
    plus,
    times,
    total,
)
from troppoly.network.circuit import Wires
from troppoly.network.onnx_values import Node, Operand, Value, operator
from troppoly.network.windows import AxisWindows, axis_windows

__all__: list[str] = []

Array = NDArray[Any]

_PRODUCT = (
    "is the product of two results of the input, which is not piecewise linear; cut the network before it"
)


# --- activations


@operator("Relu")
def _relu(node: Node, operand: Operand) -> Value:
    value = node.value(operand)
    return value.following(value.wires.rectified())


@operator("LeakyRelu")
def _leaky_relu(node: Node, operand: Operand) -> Value:
    value = node.value(operand)
    slope = np.array([node.number("alpha", 0.01)], dtype=object)
    return value.following(leaky(value.wires, slope, node.place))


@operator("PRelu")
def _prelu(node: Node, operand: Operand, slope: Operand) -> Value:
    value = node.value(operand)
    return value.following(leaky(value.wires, node.constant(slope, "slope"), node.place))


@operator("Clip")
def _clip(node: Node, operand: Operand, low: Operand = None, high: Operand = None) -> Value:
    value = node.value(operand)
    bounds = _bound(node, low, "min"), _bound(node, high, "max")
    return value.following(clip(value.wires, *bounds))


def _bound(node: Node, operand: Operand, name: str) -> mpq | None:
    """A bound of Clip, which is an attribute or an operand; None if it is missing or infinite."""
    number: Any = node.attributes.get(name)
    if operand is not None:
        array = node.constant(operand, name)
        if array.size != 1:
            raise ShapeError(f"The {node.place} has a bound of shape {array.shape}; one number is needed.")
        number = array.item()
    if number is None or np.isinf(number):
        return None
    return rational(number, f"{name} of {node.place}")


@operator("Abs")
def _abs(node: Node, operand: Operand) -> Value:
    value = node.value(operand)
    return value.following(absolute(value.wires))


@operator("Max")
def _max(node: Node, *operands: Operand) -> Value:
    result = reduce(lambda one, two: _pair(node, one, two, larger), operands)
    return node.value(result)


@operator("Min")
def _min(node: Node, *operands: Operand) -> Value:
    negated = [_negated(node, operand) for operand in operands]
    return node.value(_negated(node, _max(node, *negated)))


@operator("Neg")
def _neg(node: Node, operand: Operand) -> Value:
    return node.value(_negated(node, operand))


def _negated(node: Node, operand: Operand) -> Operand:
    if isinstance(operand, Value):
        return operand.following(operand.wires * -1)
    array = node.constant(operand, "operand")
    return -(array.astype(np.int64) if array.dtype.kind == "u" else array)


# --- sums and products


def _pair(node: Node, one: Operand, two: Operand, function: Any) -> Value:
    """A function of two operands, of which one may be constant, entry by entry."""
    if not isinstance(one, Value):
        template = node.value(two)
        one, two = _constant_value(node, one, template), template
    elif not isinstance(two, Value):
        two = _constant_value(node, two, one)
    n_axes = max(len(one.shape), len(two.shape))
    places = {value.batch + n_axes - len(value.shape) for value in (one, two) if value.batch is not None}
    if len(places) > 1:
        node.refuse("takes two values with different axes of the batch")
    return _checked(node, function(one.wires, two.wires, node.place), next(iter(places), None))


def _constant_value(node: Node, operand: Operand, template: Value) -> Value:
    array = node.constant(operand, "operand")
    zero = template.wires.rearranged(lambda numbers: numbers.ravel()[:1]) * 0
    wires = zero.rearranged(lambda numbers: np.broadcast_to(numbers, array.shape))
    return Value(plus(wires, array, node.place), None)


def _checked(node: Node, wires: Wires, batch: int | None) -> Value:
    if batch is not None and wires.shape[batch] != 1:
        raise ShapeError(f"The {node.place} makes shape {wires.shape}, which mixes the points of a batch.")
    return Value(wires, batch)


def _with_constant(node: Node, value: Value, array: Array, function: Any) -> Value:
    """A function of a value and a constant array, entry by entry."""
    wires = function(value.wires, array, node.place)
    batch = None if value.batch is None else value.batch + len(wires.shape) - len(value.shape)
    return _checked(node, wires, batch)


def _sum_of_two(one: Wires, two: Wires, where: str) -> Wires:
    shape = np.broadcast_shapes(one.shape, two.shape)
    return one.broadcast(shape) + two.broadcast(shape)


@operator("Add", "Sum")
def _add(node: Node, *operands: Operand) -> Value:
    def add(one: Operand, two: Operand) -> Value:
        if isinstance(one, Value) and isinstance(two, Value):
            _check_shapes(node, one, two)
            return _pair(node, one, two, _sum_of_two)
        value, other = (one, two) if isinstance(one, Value) else (two, one)
        return _with_constant(node, node.value(value), node.constant(other, "operand"), plus)

    return node.value(reduce(add, operands))


def _check_shapes(node: Node, one: Value, two: Value) -> None:
    try:
        np.broadcast_shapes(one.shape, two.shape)
    except ValueError:
        raise ShapeError(
            f"The {node.place} takes shapes {one.shape} and {two.shape}, which do not fit together."
        ) from None


@operator("Sub")
def _sub(node: Node, one: Operand, two: Operand) -> Value:
    return _add(node, one, _negated(node, two))


@operator("Mul")
def _mul(node: Node, one: Operand, two: Operand) -> Value:
    value, factor = (one, two) if isinstance(one, Value) else (two, one)
    if isinstance(factor, Value):
        node.refuse(_PRODUCT)
    return _with_constant(node, node.value(value), node.constant(factor, "factor"), times)


@operator("Div")
def _div(node: Node, one: Operand, two: Operand) -> Value:
    if isinstance(two, Value):
        node.refuse("divides by a result of the input, which is not piecewise linear")
    divisors = node.constant(two, "divisor")
    if not divisors.all():
        raise InputError(f"The {node.place} divides by zero.")
    inverse = np.empty(divisors.size, dtype=object)
    inverse[:] = [1 / rational(divisor, f"divisor of {node.place}") for divisor in divisors.ravel().tolist()]
    return _with_constant(node, node.value(one), inverse.reshape(divisors.shape), times)


@operator("ReduceMax", "ReduceMin", "ReduceMean", "ReduceSum")
def _reduce(node: Node, operand: Operand, axes: Operand = None) -> Value:
    value = node.value(operand)
    listed = node.integers(axes, "axes")
    if listed is None:
        node.refuse("reduces all axes, that of the batch among them")
    chosen = tuple(node.feature_axis(axis, value) for axis in listed)
    keep = bool(node.attributes.get("keepdims", 1))
    n = int(np.prod([value.shape[axis] for axis in chosen]))
    kind = node.place.rpartition("(")[2].rstrip(")")
    if kind == "ReduceMax":
        wires = max_over_axes(value.wires, chosen, keep)
    elif kind == "ReduceMin":
        wires = max_over_axes(value.wires * -1, chosen, keep) * -1
    else:
        wires = total(value.wires, chosen, keep, mpq(1, n if kind == "ReduceMean" else 1))
    batch = value.batch
    if batch is not None and not keep:
        batch -= sum(axis < batch for axis in set(chosen))
    return Value(wires, batch)


# --- matrix products


@operator("Gemm")
def _gemm(node: Node, one: Operand, two: Operand, bias: Operand = None) -> Value:
    flips = [bool(node.attributes.get(key, 0)) for key in ("transA", "transB")]
    factors: list[Operand] = [one, two]
    for i, operand in enumerate(factors):
        if operand is None or len(operand.shape) != 2:
            shape = () if operand is None else operand.shape
            raise ShapeError(
                f"The {node.place} takes matrices, but an operand has shape {shape}; flatten it."
            )
        if flips[i]:
            factors[i] = _transposed(node, operand)
    alpha = node.number("alpha", 1.0)
    product = _matmul(node, *factors)
    if alpha != 1:
        product = product.following(product.wires * alpha)
    if bias is None:
        return product
    beta = node.number("beta", 1.0)
    if isinstance(bias, Value):
        return _add(node, product, bias.following(bias.wires * beta))
    shift = node.constant(bias, "bias")
    if shift.ndim > 2:
        raise ShapeError(f"The {node.place} adds a constant of shape {shift.shape} to a matrix.")
    return _with_constant(node, product, _scaled(node, shift, beta), plus)


def _scaled(node: Node, array: Array, factor: mpq) -> Array:
    """A constant array times a rational, exactly."""
    if factor == 1:
        return array
    result = np.empty(array.size, dtype=object)
    result[:] = [factor * rational(entry, f"bias of {node.place}") for entry in array.ravel().tolist()]
    return result.reshape(array.shape)


def _transposed(node: Node, operand: Operand) -> Operand:
    if not isinstance(operand, Value):
        return np.swapaxes(node.constant(operand, "factor"), -1, -2)
    n = len(operand.shape)
    batch = operand.batch
    if batch is not None and batch >= n - 2:
        batch = 2 * n - 3 - batch
    return node.rearranged(operand, lambda numbers: np.swapaxes(numbers, -1, -2), batch)


@operator("MatMul")
def _matmul(node: Node, one: Operand, two: Operand) -> Value:
    if isinstance(one, Value) and isinstance(two, Value):
        node.refuse(_PRODUCT)
    if isinstance(one, Value):
        return _times_matrix(node, one, node.constant(two, "factor"))
    value, matrix = node.value(two), node.constant(one, "factor")
    if len(value.shape) == 1:
        return _times_matrix(node, value, matrix.T)
    return node.value(_transposed(node, _times_matrix(node, node.value(_transposed(node, value)), matrix.T)))


def _times_matrix(node: Node, value: Value, matrix: Array) -> Value:
    """The product of a value with a matrix on its right."""
    if matrix.ndim != 2:
        node.refuse(f"multiplies by a constant of shape {matrix.shape}, which is no matrix")
    n_axes = len(value.shape)
    if value.batch is not None and value.batch == n_axes - 1:
        node.refuse("sums over the axis of the batch")
    if value.shape[-1] != matrix.shape[0]:
        raise ShapeError(
            f"The {node.place} takes {matrix.shape[0]} features, but the value before it has shape "
            f"{value.shape}."
        )
    wires = linear(value.wires, matrix.T, None, node.name, f"weight of {node.place}", "bias")
    return Value(wires, value.batch)


# --- images


@operator("Conv")
def _conv(node: Node, operand: Operand, weight: Operand, bias: Operand = None) -> Value:
    value, kernel = node.image(operand), node.constant(weight, "weight")
    if kernel.ndim != len(value.shape):
        raise ShapeError(
            f"The {node.place} has a weight of shape {kernel.shape}, but its input has shape {value.shape}."
        )
    axes = _windows(node, value, list(kernel.shape[2:]))
    names = (f"weight of {node.place}", f"bias of {node.place}")
    groups = int(node.attributes.get("group", 1))
    if groups < 1:
        raise ShapeError(f"The {node.place} has {groups} groups.")
    shift = node.optional(bias, "bias")
    return Value(convolution(value.wires, kernel, shift, axes, groups, node.name, *names), 0)


def _windows(node: Node, value: Value, kernel: list[int]) -> list[AxisWindows]:
    """The windows that the attributes of a node describe."""
    image = value.shape[2:]
    n = len(image)
    strides = node.integers(None, "strides") or [1] * n
    dilations = node.integers(None, "dilations") or [1] * n
    pads = node.integers(None, "pads") or [0] * (2 * n)
    if not (len(kernel) == len(strides) == len(dilations) == n and len(pads) == 2 * n):
        raise ShapeError(f"The {node.place} has attributes that do not fit shape {value.shape}.")
    automatic = node.attributes.get("auto_pad", "NOTSET")
    axes = []
    for i, length in enumerate(image):
        before, after = pads[i], pads[n + i]
        if automatic in ("SAME_UPPER", "SAME_LOWER") and strides[i] > 0:
            reach = dilations[i] * (kernel[i] - 1) + 1
            missing = max((-(-length // strides[i]) - 1) * strides[i] + reach - length, 0)
            before = missing // 2 if automatic == "SAME_UPPER" else -(-missing // 2)
            after = missing - before
        elif automatic == "VALID":
            before = after = 0
        elif automatic != "NOTSET":
            node.refuse(f"has auto_pad {automatic!r}")
        ceil = bool(node.attributes.get("ceil_mode", 0))
        axes.append(
            axis_windows(length, kernel[i], strides[i], (before, after), dilations[i], node.place, ceil)
        )
    return axes


@operator("MaxPool")
def _max_pool(node: Node, operand: Operand) -> Value:
    value = node.image(operand)
    axes = _windows(node, value, node.integers(None, "kernel_shape") or [])
    return Value(max_pool(value.wires, axes, node.place), 0)


@operator("AveragePool")
def _average_pool(node: Node, operand: Operand) -> Value:
    value = node.image(operand)
    axes = _windows(node, value, node.integers(None, "kernel_shape") or [])
    divisor = "padded" if node.attributes.get("count_include_pad", 0) else "inside"
    return Value(average(value.wires, axes, divisor, node.place), 0)


@operator("GlobalAveragePool")
def _global_average_pool(node: Node, operand: Operand) -> Value:
    value = node.image(operand)
    axes = range(2, len(value.shape))
    return Value(total(value.wires, axes, True, mpq(1, int(np.prod(value.shape[2:])))), 0)


@operator("GlobalMaxPool")
def _global_max_pool(node: Node, operand: Operand) -> Value:
    value = node.image(operand)
    return Value(max_over_axes(value.wires, range(2, len(value.shape)), True), 0)


@operator("BatchNormalization")
def _batch_normalization(
    node: Node, operand: Operand, scale: Operand, bias: Operand, mean: Operand, variance: Operand
) -> Value:
    value = node.value(operand)
    if node.attributes.get("training_mode", 0) or value.batch != 0:
        node.refuse("normalises by the statistics of the batch; export the network in evaluation mode")
    weight, shift, centre, spread = (
        node.constant(part, name)
        for part, name in ((scale, "scale"), (bias, "bias"), (mean, "mean"), (variance, "variance"))
    )
    epsilon = float(node.number("epsilon", 1e-5))
    if any(part.shape != (value.shape[1:2] or (0,)) for part in (weight, shift, centre, spread)):
        raise ShapeError(f"The {node.place} has parameters that do not fit shape {value.shape}.")
    factor = normalisation_scale(weight, spread, epsilon)
    if not np.isfinite(factor).all():
        raise NotFiniteError(f"The {node.place} has a scale / sqrt(variance + epsilon) that is not finite.")
    return value.following(normalisation(value.wires, factor, centre, shift, node.name, node.place))
