"""Piecewise linear activations and maxima as combinations of affine forms and max(., 0).

leaky ReLU, slope s:   (1 - s) max(x, 0) + s x        absolute value:   2 max(x, 0) - x
clipping to [l, h]:    l + max(x - l, 0) - max(x - h, 0)
max(x, y):             y + max(x - y, 0)              min(x, y):        -max(-x, -y)
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.circuit.affine_operators import broadcast_shape, constant_column
from troppoly.circuit.circuit import Wires, check_size, maximum
from troppoly.circuit.contractions import numbered
from troppoly.circuit.windows import AxisWindows, in_channels, product_windows
from troppoly.errors import ShapeError
from troppoly.exact import RationalMatrix

__all__ = ["absolute", "clip", "descending", "larger", "leaky", "max_over_axes", "max_pool"]


def leaky(value: Wires, slopes: Any, where: str) -> Wires:
    """Return max(x, 0) + s min(x, 0) with an array of slopes s that is repeated to the shape."""
    slope = constant_column(slopes, value.shape, f"slope of the {where}")
    rectified = value.rectified()
    if rectified is value:
        return value
    return rectified + (value.kept() - rectified).scaled(slope)


def absolute(value: Wires) -> Wires:
    """Return |x|."""
    rectified = value.rectified()
    return value if rectified is value else rectified * 2 - value.kept()


def clip(value: Wires, low: mpq | None, high: mpq | None) -> Wires:
    """Return min(max(x, low), high), which is high for low > high; a bound may be missing.

    >>> from troppoly.circuit.circuit import Circuit
    >>> clip(Circuit(1).inputs((1,)), mpq(0), mpq(6)).forms.dense()
    RationalMatrix([['0', '0', '1', '-1']])
    """

    def constant(bound: mpq) -> RationalMatrix:
        return RationalMatrix.of([[bound]] * value.size)

    if low is None:
        return value if high is None else clip(value * -1, -high, None) * -1
    if high is not None and low > high:
        return (value * 0).shifted(constant(high))
    result = value.shifted(constant(-low)).rectified().shifted(constant(low))
    return result if high is None else result - value.shifted(constant(-high)).rectified()


def larger(first: Wires, second: Wires, where: str) -> Wires:
    """Return max(x, y), entry by entry."""
    shape = broadcast_shape(where, first.shape, second.shape)
    first, second = first.broadcast(shape), second.broadcast(shape)
    gap = (first - second).named(first.name or second.name)
    return (gap.rectified() + second.kept()).named(gap.name)


def max_over_axes(value: Wires, axes: Sequence[int], keep: bool) -> Wires:
    """Return the maxima over some axes, which are kept with length 1 or left out."""
    numbers = numbered(value.shape)
    chosen = sorted(axis % numbers.ndim for axis in axes)
    kept = numbers.min(axis=tuple(chosen), keepdims=keep).shape
    ends = range(numbers.ndim - len(chosen), numbers.ndim)
    windows = np.moveaxis(numbers, chosen, ends).reshape(prod(kept), -1)
    return maximum(list(windows), value, kept)


def descending(value: Wires, axis: int) -> Wires:
    """Return the entries along an axis from the largest to the smallest.

    This is Batcher's network of comparators (merging odd and even places): a comparator of places i < j
    makes them y + max(x - y, 0) and x - max(x - y, 0), and those of one round have no place in common.

    >>> from troppoly.circuit.circuit import Circuit
    >>> descending(Circuit(2).inputs((2,)), 0).forms.dense()
    RationalMatrix([['0', '0', '1', '1'], ['0', '1', '0', '-1']])
    """
    m = value.shape[axis]
    moved = value.rearranged(lambda numbers: np.moveaxis(numbers, axis, -1))
    result = moved.rearranged(lambda numbers: numbers.reshape(-1, m))
    sizes = [2**i for i in range(m.bit_length()) if 2**i < m]
    for size, gap in ((s, s >> i) for s in sizes for i in range(s.bit_length())):
        lower = [
            i + j
            for j in range(gap % size, m - gap, 2 * gap)
            for i in range(min(gap, m - j - gap))
            if (i + j) // (2 * size) == (i + j + gap) // (2 * size)
        ]
        places = np.array(lower), np.array(lower) + gap
        result = result.kept()
        one, two = (result.rearranged(lambda numbers, at=at: numbers[:, at]) for at in places)  # type: ignore[misc]
        increase = (one - two).named(value.name).rectified()
        joint = result.stacked(two + increase).stacked(one - increase)
        order = np.arange(result.size).reshape(result.shape)
        for at, first in zip(places, (result.size, result.size + one.size), strict=True):
            order[:, at] = np.arange(first, first + one.size).reshape(one.shape)
        result = joint.rearranged(lambda _, order=order: order)  # type: ignore[misc]
    return result.rearranged(lambda numbers: np.moveaxis(numbers.reshape(moved.shape), -1, axis))


def max_pool(value: Wires, axes: Sequence[AxisWindows], where: str) -> Wires:
    """Return the maxima over windows of images; padding counts as minus infinity."""
    channels, image = value.shape[1], value.shape[2:]
    places = in_channels(product_windows(axes, image, where).positions, channels, image, where)
    shape = (1, channels, *(axis.positions.shape[0] for axis in axes))
    check_size(shape, f"result of the {where}")
    windows = [row[row >= 0] for channel in places for row in channel]
    if not all(map(len, windows)):
        raise ShapeError(f"The {where} has a window that consists of padding.")
    return maximum(windows, value, shape)
