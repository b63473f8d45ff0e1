"""The activations of PyTorch, its maxima, comparisons and sorting, on entries of affine forms.

A comparison is kept as its *gap* g: it holds where g > 0, and where g = 0 it may hold or not.  A choice between a
and b by it is continuous where a = b for g = 0; if a - b = c g for a constant c, it is b + c max(g, 0).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.circuit.activations import absolute, descending, larger, leaky, max_over_axes
from troppoly.circuit.affine_operators import total
from troppoly.circuit.circuit import Wires
from troppoly.exact import RationalMatrix, SparseMatrix
from troppoly.torch_modules.arithmetic import added, multiplied
from troppoly.torch_modules.calls import Call, Place, operation
from troppoly.torch_modules.forms import Entries, column_of_constants

__all__ = ["chosen"]


for _name, _function in {"relu": Wires.rectified, "abs": absolute, "neg": lambda x: x * -1}.items():
    operation(_name)(lambda at, self, function=_function: at.each(function, self))


@operation("leaky_relu")
def _leaky_relu(at: Call, self: Any, negative_slope: Any = 0.01) -> Entries:
    return _prelu(at, self, negative_slope)


@operation("rrelu_with_noise")
def _rrelu(
    at: Call,
    self: Any,
    noise: Any,
    lower: Any = 0.125,
    upper: Any = 1 / 3,
    training: bool = False,
    generator: Any = None,
) -> Entries:
    if training:
        at.refuse("is in training mode, where it is random; call eval() first")
    return _prelu(at, self, (lower + upper) / 2)


@operation("prelu_kernel")
def _prelu(at: Call, self: Any, weight: Any) -> Entries:
    def rectified(x: Wires, slopes: Wires) -> Wires:
        numbers = column_of_constants(slopes)
        if numbers is None:
            at.refuse("takes a slope that is computed from the input; it must be constant")
        return leaky(x, numbers.to_rationals()[:, 0], at.where)

    return at.each(rectified, self, at.entries(weight, "slope"))


@operation("hardtanh")
def _hardtanh(at: Call, self: Any, min_val: Any = -1, max_val: Any = 1) -> Entries:
    return _clamp(at, self, min_val, max_val)


@operation("clamp", "clip", "clamp_min", "clamp_max")
def _clamp(at: Call, self: Any, min: Any = None, max: Any = None) -> Entries:
    low = None if isinstance(min, float) and min == -np.inf else min
    high = None if isinstance(max, float) and max == np.inf else max
    if low is None or high is None:
        result = self if low is None else at.each(_larger, self, low)
        return at.entries(result) if high is None else at.each(_smaller, result, high)

    def clipped(x: Wires, low: Wires, high: Wires) -> Wires:
        lows, highs = column_of_constants(low), column_of_constants(high)
        if lows is None or highs is None:
            return _smaller(_larger(x, low), high)
        gaps = highs.to_rationals() - lows.to_rationals()
        if np.any(gaps < 0):  # there it is the upper bound, which is both of them
            low = low + (high - low).scaled(RationalMatrix.of([[int(gap < 0)] for gap in gaps[:, 0]]))
        return low + (x - low).named(x.name).rectified() - (x - high).named(x.name).rectified()

    return at.each(clipped, self, low, high)


def _larger(x: Wires, y: Wires) -> Wires:
    if column_of_constants(y) is not None:  # y + max(x - y, 0), which carries nothing
        return y + (x - y).named(x.name).rectified()
    return larger(x, y, "maximum")


def _smaller(x: Wires, y: Wires) -> Wires:
    return _larger(x * -1, y * -1) * -1


@operation("hardsigmoid")
def _hardsigmoid(at: Call, self: Any) -> Entries:
    return multiplied(at, _clamp(at, added(at, self, 3), 0, 6), mpq(1, 6))


@operation("softshrink")
def _softshrink(at: Call, self: Any, lambd: Any = 0.5) -> Entries:
    return added(at, self, _clamp(at, self, -at.number(lambd), at.number(lambd)), -1)


@operation("threshold")
def _threshold(at: Call, self: Any, threshold: Any, value: Any) -> Entries:
    if at.number(threshold) != at.number(value):
        at.refuse(f"is not continuous, since its threshold {threshold} and its value {value} differ")
    return at.each(_larger, self, value)


def _extreme(x: Wires, sign: int) -> Wires:
    return max_over_axes(x * sign, (1,), False) * sign


def _register_extremes(most: str, sign: int, entrywise: Callable[[Wires, Wires], Wires]) -> None:
    """Register the maxima (``most`` "max", sign 1) or the minima ("min", -1)."""

    @operation(f"{most}imum", f"f{most}")
    def of_two(at: Call, self: Any, other: Any) -> Entries:
        return at.each(entrywise, *((self, other) if hasattr(self, "entries") else (other, self)))

    @operation(f"a{most}")
    def of_axes(at: Call, self: Any, dim: Any = None, keepdim: bool = False) -> Entries:
        return at.along(self, dim, lambda x: _extreme(x, sign), keepdim)

    @operation(most)
    def of_axis(at: Call, self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        result = of_axes(at, self, dim, keepdim)
        return result if dim is None else (result, Place(result.shape))

    @operation(f"cum{most}")
    def running(at: Call, self: Any, dim: int) -> Any:
        def extremes(x: Wires) -> Wires:
            x = x * sign
            parts = [x.rearranged(lambda n: n[:, 0])]
            for i in range(1, x.shape[1]):
                parts.append(larger(x.rearranged(lambda n, i=i: n[:, i]), parts[-1], at.where))  # type: ignore[misc]
            joint = reduce(Wires.stacked, parts)
            order = np.arange(joint.size).reshape(len(parts), -1).T
            return joint.rearranged(lambda _: order) * sign

        result = at.along(self, dim, extremes)
        return result, Place(result.shape)


_register_extremes("max", 1, _larger)
_register_extremes("min", -1, _smaller)


@operation("aminmax")
def _aminmax(at: Call, self: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return tuple(at.along(self, dim, lambda x, s=s: _extreme(x, s), keepdim) for s in (-1, 1))  # type: ignore[misc]


@operation("linalg_vector_norm")
def _vector_norm(
    at: Call, self: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Entries:
    if ord not in (1, np.inf, -np.inf):
        at.refuse(f"is the norm of order {ord}, which is not piecewise linear; cut the network before it")

    def norm(x: Wires) -> Wires:
        return total(x, (1,), False, 1) if ord == 1 else _extreme(x, 1 if ord > 0 else -1)

    return at.along(at.each(absolute, self), dim, norm, keepdim)


def _sorted(at: Call, value: Any, dim: int, descending_: bool) -> Entries:
    result = at.along(value, dim, lambda x: descending(x, 1))
    return result if descending_ else np.flip(result, dim)


@operation("sort", "msort")
def _sort(at: Call, self: Any, dim: int = -1, descending: bool = False, stable: Any = None) -> Any:
    result = _sorted(at, self, dim, descending)
    return result, Place(result.shape)


@operation("topk")
def _topk(at: Call, self: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    result = np.take(_sorted(at, self, dim, largest), np.arange(k), dim)
    return result, Place(result.shape)


@operation("kthvalue")
def _kthvalue(at: Call, self: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    result = np.take(_sorted(at, self, dim, False), [k - 1] if keepdim else k - 1, dim)
    return result, Place(result.shape)


@operation("median", "nanmedian")
def _median(at: Call, self: Any, dim: Any = None, keepdim: bool = False) -> Any:
    if dim is None:
        at.refuse("is the median along all axes, that of the batch among them; name the others")
    return _kthvalue(at, self, (self.shape[dim] + 1) // 2, dim, keepdim)


def chosen(at: Call, gap: Any, first: Any, second: Any) -> Entries:
    """Return the first value where the gap is positive, and the second where it is negative."""

    def choice(g: Wires, a: Wires, b: Wires) -> Wires:
        difference = a - b
        width = difference.forms.shape[1]
        gaps, jumps = g.forms.widened(width), difference.forms
        slopes, steps = [], []
        for i in range(g.size):
            here = slice(gaps.indptr[i], gaps.indptr[i + 1])
            there = slice(jumps.indptr[i], jumps.indptr[i + 1])
            slope, step = mpq(0), 0
            if there.start < there.stop and here.start < here.stop:
                if np.any(gaps.columns[here] > 0):
                    ratio = mpq(jumps.entries[there.start], gaps.entries[here.start])
                    slope = ratio * mpq(gaps.denominator, jumps.denominator)
                else:
                    step = 1 if gaps.entries[here.start] > 0 else -1  # the comparison of constants
            slopes.append(slope)
            steps.append(step)
        undecided = [mpq(step == 0) for step in steps]
        if SparseMatrix.diagonal(slopes) @ gaps != SparseMatrix.diagonal(undecided) @ jumps:
            at.refuse(
                "chooses by a comparison between values that are not seen to agree where its two sides are "
                "equal, so that it is not known to be continuous; cut the network before it"
            )
        result = b + difference.scaled(RationalMatrix.of([[int(step > 0)] for step in steps]))
        if not any(slopes):
            return result
        return g.named(b.name or a.name).rectified().scaled(RationalMatrix.of([[s] for s in slopes])) + result

    return at.each(choice, gap, first, second)


@operation("gt", "ge")
def _greater(at: Call, self: Any, other: Any) -> Entries:
    return added(at, self, other, -1)


@operation("lt", "le")
def _less(at: Call, self: Any, other: Any) -> Entries:
    return added(at, other, self, -1)
