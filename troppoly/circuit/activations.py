"""Piecewise linear activations and maxima as combinations of affine forms and max(., 0).

leaky ReLU, slope s:   (1 - s) max(x, 0) + s x        absolute value:   2 max(x, 0) - x
clipping to [l, h]:    l + max(x - l, 0) - max(x - h, 0)
max(x, y):             y + max(x - y, 0)              min(x, y):        -max(-x, -y)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from troppoly.circuit.affine_operators import constant_column
from troppoly.circuit.circuit import Wires, check_size, maximum
from troppoly.circuit.image_windows import Windows
from troppoly.errors import ShapeError
from troppoly.exact import RationalMatrix

__all__ = ["absolute", "clip", "descending", "larger", "leaky", "max_pool", "row_maxima", "smaller"]


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


def clip(value: Wires, low: Wires, high: Wires) -> Wires:
    """Return min(max(x, low), high), which is high for low > high, entry by entry."""
    lows, highs = low.constants(), high.constants()
    if lows is None or highs is None:
        return smaller(larger(value, low), high)
    empty = highs.to_rationals() < lows.to_rationals()
    if empty.any():  # there it is the upper bound, which is both of them
        low = low + (high - low).scaled(RationalMatrix.of(empty.astype(int)))
    return low + (value - low).rectified() - (value - high).rectified()


def larger(first: Wires, second: Wires) -> Wires:
    """Return max(x, y), entry by entry."""
    if first.constants() is not None:
        first, second = second, first
    name = first.name or second.name
    increase = (first - second).named(name).rectified()
    return second + increase if second.constants() is not None else (increase + second.kept()).named(name)


def smaller(first: Wires, second: Wires) -> Wires:
    """Return min(x, y), entry by entry."""
    return larger(first * -1, second * -1) * -1


def row_maxima(value: Wires) -> Wires:
    """Return the maxima of the rows of a value of shape (n, k)."""
    return maximum(list(np.arange(value.size).reshape(value.shape)), value, value.shape[:1])


def descending(value: Wires) -> Wires:
    """Return a value of shape (n, m) with every row sorted from the largest to the smallest.

    This is Batcher's network of comparators (merging odd and even places): a comparator of places i < j
    makes them y + max(x - y, 0) and x - max(x - y, 0), and those of one round have no place in common.

    >>> from troppoly.circuit.circuit import Circuit
    >>> descending(Circuit(2).inputs((1, 2))).forms.dense()
    RationalMatrix([['0', '0', '1', '1'], ['0', '1', '0', '-1']])
    """
    m, result = value.shape[1], value
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
        order = np.arange(result.size).reshape(result.shape)
        one, two = (result.picked(order[:, at]) for at in places)
        increase = (one - two).named(value.name).rectified()
        joint = result.stacked(two + increase).stacked(one - increase)
        for at, first in zip(places, (result.size, result.size + one.size), strict=True):
            order[:, at] = np.arange(first, first + one.size).reshape(one.shape)
        result = joint.picked(order)
    return result


def max_pool(value: Wires, windows: Windows, where: str) -> Wires:
    """Return the maxima over windows of images; padding counts as minus infinity."""
    shape = (*value.shape[:2], *windows.grid)
    check_size(shape, f"result of the {where}")
    rows = [row[row >= 0] for channel in windows.in_channels(shape[1], where) for row in channel]
    if not all(map(len, rows)):
        raise ShapeError(f"The {where} has a window that consists of padding.")
    return maximum(rows, value, shape)
