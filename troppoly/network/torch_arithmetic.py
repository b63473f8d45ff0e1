"""The arithmetic of PyTorch on values of a circuit: sums, products with constants, averages."""

from __future__ import annotations

from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.errors import InputError
from troppoly.exact import rational
from troppoly.network.affine_operators import broadcast_shape, linear, plus, times, total
from troppoly.network.circuit import Wires
from troppoly.network.torch_calls import CallPlace, axis_numbers, piecewise_linear

__all__: list[str] = []


@piecewise_linear("add", "iadd")
def _add(at: CallPlace, input: Any, other: Any, alpha: Any = 1) -> Wires:
    if isinstance(other, Wires):
        second = other if alpha == 1 else other * at.number(alpha)
        if isinstance(input, Wires):
            shape = broadcast_shape(at.where, input.shape, second.shape)
            return (input.broadcast(shape) + second.broadcast(shape)).named(at.name)
        return plus(second, at.constant(input), at.where)
    constant = at.constant(other) if alpha == 1 else at.constant(other) * at.number(alpha)
    return plus(input, constant, at.where)


@piecewise_linear("sub", "subtract", "isub")
def _sub(at: CallPlace, input: Any, other: Any, alpha: Any = 1) -> Wires:
    return _add(at, input, other, alpha=-alpha)


@piecewise_linear("rsub")
def _rsub(at: CallPlace, input: Any, other: Any, alpha: Any = 1) -> Wires:
    return _sub(at, other, input, alpha)


@piecewise_linear("mul", "multiply", "imul")
def _mul(at: CallPlace, input: Any, other: Any) -> Wires:
    value, factor = (input, other) if isinstance(input, Wires) else (other, input)
    if isinstance(factor, Wires):
        at.refuse(
            "is the product of two values that depend on the input, which is not piecewise linear; cut the "
            "network before it"
        )
    return times(value, at.constant(factor), at.where)


@piecewise_linear("div", "divide", "truediv", "true_divide", "itruediv")
def _div(at: CallPlace, input: Any, other: Any, rounding_mode: Any = None) -> Wires:
    if isinstance(other, Wires) or rounding_mode is not None:
        at.refuse("divides by a value or rounds, which is not piecewise linear; cut the network before it")
    divisors = at.constant(other)
    if not np.all(divisors != 0):
        raise InputError(f"The {at.where} divides by zero.")
    inverse = [1 / rational(divisor, at.where) for divisor in divisors.ravel().tolist()]
    factors = np.empty(len(inverse), dtype=object)
    factors[:] = inverse
    return times(input, factors.reshape(divisors.shape), at.where)


@piecewise_linear("neg", "negative")
def _neg(at: CallPlace, input: Wires) -> Wires:
    return input * -1


@piecewise_linear("linear")
def _linear(at: CallPlace, input: Wires, weight: Any, bias: Any = None) -> Wires:
    matrix = at.array(weight, "weight")
    if matrix.ndim != 2:
        at.refuse(f"has a weight of shape {matrix.shape}, which is no matrix")
    names = (f"weight of {at.where}", f"bias of {at.where}")
    return linear(input, matrix, at.optional(bias, "bias"), at.name, *names)


@piecewise_linear("matmul", "mm")
def _matmul(at: CallPlace, input: Any, other: Any) -> Wires:
    if isinstance(input, Wires) and isinstance(other, Wires):
        at.refuse(
            "is the product of two values that depend on the input, which is not piecewise linear; cut the "
            "network before it"
        )
    if isinstance(input, Wires):
        return _linear(at, input, other.T if other.ndim == 2 else other)
    if other.shape[:1] != (1,) or len(other.shape) < 3:
        at.refuse("multiplies from the left, along the axis of the batch")
    swapped = other.rearranged(lambda numbers: np.swapaxes(numbers, -1, -2))
    return _linear(at, swapped, input).rearranged(lambda numbers: np.swapaxes(numbers, -1, -2))


@piecewise_linear("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
def _dropout(
    at: CallPlace, input: Wires, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Wires:
    if training and p > 0:
        at.refuse("is in training mode, where it is random; call eval() first")
    return input


@piecewise_linear("sum")
def _sum(at: CallPlace, input: Wires, dim: Any = None, keepdim: bool = False) -> Wires:
    return total(input, axis_numbers(at, input, dim), keepdim, 1)


@piecewise_linear("mean")
def _mean(at: CallPlace, input: Wires, dim: Any = None, keepdim: bool = False) -> Wires:
    axes = axis_numbers(at, input, dim)
    n = 1
    for axis in axes:
        n *= input.shape[axis]
    return total(input, axes, keepdim, mpq(1, n))
