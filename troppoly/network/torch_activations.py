"""The activations of PyTorch, and its maxima, on values of a circuit."""

from __future__ import annotations

from typing import Any

from gmpy2 import mpq

from troppoly.network.activations import absolute, clip, larger, leaky, max_over_axes
from troppoly.network.affine_operators import plus
from troppoly.network.circuit import Wires
from troppoly.network.torch_calls import CallPlace, Maxima, axis_numbers, piecewise_linear

__all__: list[str] = []


@piecewise_linear("relu")
def _relu(at: CallPlace, input: Wires, inplace: bool = False) -> Wires:
    return input.rectified()


@piecewise_linear("leaky_relu")
def _leaky_relu(at: CallPlace, input: Wires, negative_slope: float = 0.01, inplace: bool = False) -> Wires:
    return leaky(input, at.constant(negative_slope), at.where)


@piecewise_linear("prelu")
def _prelu(at: CallPlace, input: Wires, weight: Any) -> Wires:
    slopes = at.array(weight, "weight")
    if slopes.size > 1:
        slopes = slopes.reshape(-1, *[1] * (len(input.shape) - 2))
    return leaky(input, slopes, at.where)


@piecewise_linear("relu6")
def _relu6(at: CallPlace, input: Wires, inplace: bool = False) -> Wires:
    return clip(input, mpq(0), mpq(6))


@piecewise_linear("hardtanh")
def _hardtanh(
    at: CallPlace, input: Wires, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Wires:
    return clip(input, at.bound(min_val), at.bound(max_val))


@piecewise_linear("clamp", "clip")
def _clamp(at: CallPlace, input: Wires, min: Any = None, max: Any = None) -> Wires:
    if isinstance(min, Wires) or isinstance(max, Wires):
        result = input if min is None else _maximum(at, input, min)
        return result if max is None else _minimum(at, result, max)
    return clip(input, at.bound(min), at.bound(max))


@piecewise_linear("clamp_min")
def _clamp_min(at: CallPlace, input: Wires, min: Any) -> Wires:
    return _clamp(at, input, min=min)


@piecewise_linear("clamp_max")
def _clamp_max(at: CallPlace, input: Wires, max: Any) -> Wires:
    return _clamp(at, input, max=max)


@piecewise_linear("threshold", "_threshold")
def _threshold(at: CallPlace, input: Wires, threshold: Any, value: Any, inplace: bool = False) -> Wires:
    if at.number(threshold) != at.number(value):
        at.refuse("is not continuous, since its threshold and its value differ")
    return clip(input, at.number(value), None)


@piecewise_linear("abs", "absolute")
def _abs(at: CallPlace, input: Wires) -> Wires:
    return absolute(input)


@piecewise_linear("maximum", "fmax")
def _maximum(at: CallPlace, input: Any, other: Any) -> Wires:
    value, extra = (input, other) if isinstance(input, Wires) else (other, input)
    if not isinstance(extra, Wires):
        extra = plus(value * 0, at.constant(extra), at.where)
    return larger(value, extra, at.where)


@piecewise_linear("minimum", "fmin")
def _minimum(at: CallPlace, input: Any, other: Any) -> Wires:
    one, two = (part if isinstance(part, Wires) else -part for part in (input, other))
    return _maximum(at, *(part * -1 if isinstance(part, Wires) else part for part in (one, two))) * -1


@piecewise_linear("amax")
def _amax(at: CallPlace, input: Wires, dim: Any = None, keepdim: bool = False) -> Wires:
    return max_over_axes(input, axis_numbers(at, input, dim), keepdim)


@piecewise_linear("amin")
def _amin(at: CallPlace, input: Wires, dim: Any = None, keepdim: bool = False) -> Wires:
    return max_over_axes(input * -1, axis_numbers(at, input, dim), keepdim) * -1


@piecewise_linear("max")
def _max(at: CallPlace, input: Any, dim: Any = None, keepdim: bool = False, other: Any = None) -> Any:
    second = other if dim is None else dim
    if second is not None and not isinstance(second, int):
        return _maximum(at, input, second)
    return Maxima(_amax(at, input, dim, keepdim))


@piecewise_linear("min")
def _min(at: CallPlace, input: Any, dim: Any = None, keepdim: bool = False, other: Any = None) -> Any:
    second = other if dim is None else dim
    if second is not None and not isinstance(second, int):
        return _minimum(at, input, second)
    return Maxima(_amin(at, input, dim, keepdim))
