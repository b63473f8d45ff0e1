"""The ONNX operators of arithmetic: sums, products with constants, activations, maxima, sorting."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from math import prod
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.circuit.activations import absolute, larger, smaller
from troppoly.circuit.circuit import Wires
from troppoly.circuit.contractions import Axes, einsum_axes
from troppoly.circuit.entries import Array, Entries
from troppoly.circuit.operations import (
    PRODUCT,
    added,
    clamped,
    divided,
    entrywise,
    extreme,
    multiplied,
    products,
    rectified_with,
    resampled,
    shrunk,
    top,
    totals,
)
from troppoly.errors import ShapeError
from troppoly.onnx_files.nodes import Node, Operand

__all__ = ["ARITHMETIC"]


# --- entry by entry


def _prelu(node: Node, operand: Operand, slope: Operand) -> Array:
    value, slopes = node.value(operand), node.array(slope, "slope")
    if node.version < 7 and slopes.size > 1:  # one for every channel
        slopes = slopes.reshape(-1, *[1] * (value.ndim - 2))
    return rectified_with(node, value, slopes)


def _clip(node: Node, operand: Operand, low: Operand = None, high: Operand = None) -> Array:
    def bound(given: Operand, name: str) -> Any:
        if given is None:
            return node.attributes.get(name)
        return given if isinstance(given, Entries) else node.single(given, name)

    return clamped(node, operand, bound(low, "min"), bound(high, "max"))


def _hard_sigmoid(node: Node, operand: Operand) -> Array:
    inner = added(node, multiplied(node, operand, node.number("alpha")), node.number("beta"))
    return clamped(node, inner, 0, 1)


def _thresholded_relu(node: Node, operand: Operand) -> Array:
    if node.number("alpha") != 0:
        node.refuse(f"is not continuous, since alpha = {node.attributes['alpha']} is not 0")
    return node.each(Wires.rectified, operand)


def _shrink(node: Node, operand: Operand) -> Array:
    threshold = node.number("lambd")
    if node.number("bias") != threshold or threshold < 0:
        node.refuse("is not continuous, since its bias and its lambd are not the same number >= 0")
    return shrunk(node, operand, threshold)


def _pair(function: Callable[..., Array]) -> Callable[[Node, Operand, Operand], Array]:
    """An operator of two operands; in old versions, the axes of the second begin at that given by an attribute."""

    def apply(node: Node, one: Operand, two: Operand) -> Array:
        axis = node.attributes.get("axis")
        if axis is not None and node.attributes.get("broadcast") and one is not None and two is not None:
            two = two.reshape(*two.shape, *[1] * (one.ndim - node.axis(axis, one.ndim) - two.ndim))
        return function(node, one, two)

    return apply


def _folded(function: Callable[[Any, Any], Any]) -> Callable[..., Array]:
    """An operator of any number of operands."""
    return lambda node, *operands: reduce(lambda one, two: node.each(function, one, two), operands)


def _mean(node: Node, *operands: Operand) -> Array:
    return multiplied(node, reduce(lambda one, two: added(node, one, two), operands), mpq(1, len(operands)))


# --- along axes


def _reduce(node: Node, operand: Operand, axes: Operand = None) -> Array:
    value, kind = node.value(operand), node.kind.removeprefix("Reduce")
    if kind == "L1":
        value = node.each(absolute, value)
    chosen = [node.axis(axis, value.ndim) for axis in node.integers(axes, "axes") or []]
    if not chosen and node.attributes.get("noop_with_empty_axes"):
        return value
    keep = bool(node.attributes["keepdims"])
    if kind in ("Max", "Min"):
        return extreme(node, value, chosen, keep, 1 if kind == "Max" else -1)
    return totals(node, value, chosen, keep, mean=kind == "Mean")


def _cumulative_sum(node: Node, operand: Operand, axis: Operand) -> Array:
    value = node.value(operand)
    at = node.axis(int(node.single(axis, "axis")), value.ndim)
    matrix = np.tri(value.shape[at], k=-1 if node.attributes["exclusive"] else 0, dtype=np.int64)
    return resampled(node, value, at, matrix.T if node.attributes["reverse"] else matrix)


def _top_k(node: Node, operand: Operand, count: Operand = None) -> Array:
    value = node.value(operand)
    axis = node.axis(node.attributes["axis"], value.ndim)
    k = int(node.attributes["k"] if count is None else node.single(count, "number of entries"))
    if not 0 < k <= value.shape[axis]:
        raise ShapeError(f"The {node.where} takes {k} entries of an axis of length {value.shape[axis]}.")
    return top(node, value, k, axis, 1 if node.attributes.get("largest", 1) else -1)


# --- products


def _contracted(node: Node, one: Any, two: Any, equation: str) -> Array:
    """The sums of products of two operands, one of them constant, in the notation of Einstein."""
    if isinstance(one, Entries) and isinstance(two, Entries):
        node.refuse(PRODUCT)
    operands = (two, one) if isinstance(two, Entries) else (one, two)
    value, factor = node.value(operands[0]), node.array(operands[1], "factor")
    axes, result = einsum_axes(equation, [np.shape(operand) for operand in (one, two)], node.where)
    own, theirs = axes[::-1] if isinstance(two, Entries) else axes
    lengths: dict[str, int] = {}
    for axis, length in zip((*own, *theirs), value.shape + factor.shape, strict=True):
        if length == 0 or (lengths.get(axis, 1) not in (1, length) and length != 1):
            shapes = f"{value.shape} and {factor.shape}"
            raise ShapeError(f"The {node.where} takes shapes {shapes}, which do not fit together.")
        lengths[axis] = max(length, lengths.get(axis, 1))
    node.check_size([lengths[axis] for axis in result])
    places = {axis: place for place, axis in enumerate(lengths)}
    shared = [axis for axis in result if axis in own and axis in theirs]
    free = [axis for axis in result if axis not in theirs]
    new = [axis for axis in result if axis not in own]
    summed = [axis for axis in lengths if axis not in result]

    def arranged(array: Any, names: Axes, *groups: list[str]) -> Any:
        """The array with the axes of each group as one, repeated along those that it lacks."""
        order = [axis for group in groups for axis in group]
        found = [axis for axis in order if axis in names]
        array = np.einsum(array, [places[axis] for axis in names], [places[axis] for axis in found])
        kept = iter(array.shape)
        array = array.reshape([next(kept) if axis in names else 1 for axis in order])
        array = np.broadcast_to(array, [lengths[axis] for axis in order])
        return array.reshape([prod(lengths[axis] for axis in group) for group in groups])

    made = products(node, arranged(value, own, shared, free, summed), arranged(factor, theirs, shared, new, summed))
    order = [*shared, *free, *new]
    return made.reshape([lengths[axis] for axis in order]).transpose([order.index(axis) for axis in result])


def _matmul(node: Node, one: Any, two: Any) -> Array:
    left, right = np.ndim(one) == 1, np.ndim(two) == 1  # vectors
    free = "" if left and right else "..."
    result = free + ("" if left else "i") + ("" if right else "j")
    return _contracted(node, one, two, f"{'k' if left else '...ik'},{'k' if right else '...kj'}->{result}")


def _einsum(node: Node, *operands: Operand) -> Array:
    if len(operands) > 2:
        node.refuse("has more than two operands, which is not supported")
    one, two = operands if len(operands) == 2 else (operands[0], np.array(1))
    equation = str(node.attributes["equation"])
    if len(operands) == 1:
        left, arrow, right = equation.partition("->")
        equation = f"{left},{arrow}{right}"
    return _contracted(node, one, two, equation)


def _gemm(node: Node, one: Any, two: Any, bias: Operand = None) -> Array:
    if wrong := [np.shape(operand) for operand in (one, two) if np.ndim(operand) != 2]:
        raise ShapeError(f"The {node.where} takes matrices, but an operand has shape {wrong[0]}; flatten it.")
    left, right = ("ki" if node.attributes["transA"] else "ik"), ("jk" if node.attributes["transB"] else "kj")
    product, alpha = _contracted(node, one, two, f"{left},{right}->ij"), node.number("alpha")
    product = product if alpha == 1 else multiplied(node, product, alpha)
    if bias is None:
        return product
    result = added(node, product, bias, node.number("beta"))
    if result.shape != product.shape:
        raise ShapeError(f"The {node.where} adds shape {bias.shape} to a matrix of shape {product.shape}.")
    return result


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "Relu": entrywise(Wires.rectified),
    "Abs": entrywise(absolute),
    "Neg": entrywise(lambda x: x * -1),
    "LeakyRelu": lambda node, operand: rectified_with(node, operand, node.number("alpha")),
    "PRelu": _prelu,
    "Clip": _clip,
    "HardSigmoid": _hard_sigmoid,
    "ThresholdedRelu": _thresholded_relu,
    "Shrink": _shrink,
    "Add": _pair(added),
    "Sub": _pair(lambda node, one, two: added(node, one, two, -1)),
    "Mul": _pair(multiplied),
    "Div": _pair(divided),
    "Sum": _folded(Wires.__add__),
    "Mean": _mean,
    "Max": _folded(larger),
    "Min": _folded(smaller),
    **dict.fromkeys(("ReduceMax", "ReduceMin", "ReduceMean", "ReduceSum", "ReduceL1"), _reduce),
    "CumSum": _cumulative_sum,
    "TopK": _top_k,
    "MatMul": _matmul,
    "Einsum": _einsum,
    "Gemm": _gemm,
}
