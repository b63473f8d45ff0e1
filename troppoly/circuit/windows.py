"""The windows of convolutions and pooling, as arrays of positions in the input.

Along one axis of length L, entry k of window o is at ``o * stride + k * dilation - before``, which is
padding where it is not in 0, ..., L - 1.  Windows in several dimensions are products of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from troppoly.circuit.circuit import LARGEST_WEIGHT, check_size
from troppoly.errors import ShapeError

__all__ = ["AxisWindows", "adaptive_windows", "axis_windows", "in_channels", "product_windows", "transposed_windows"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class AxisWindows:
    """The windows along one axis: ``positions`` of shape (windows, entries), -1 for padding.

    ``sizes`` are the numbers of entries that count in an average with its padding.
    """

    positions: Indices
    sizes: Indices


def axis_windows(
    length: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int, where: str, ceil_mode: bool = False
) -> AxisWindows:
    """Return the windows along an axis, with ``padding`` before and after it.

    With ``ceil_mode`` there may be a last window that reaches beyond the padding, if it starts before it.

    >>> axis_windows(3, kernel=2, stride=2, padding=(1, 1), dilation=1, where="pool").positions.tolist()
    [[-1, 0], [1, 2]]
    """
    room = length + sum(padding) - dilation * (kernel - 1) - 1
    n = 1 + (-(-room // stride) if ceil_mode else room // stride) if stride > 0 else 0
    if ceil_mode and (n - 1) * stride >= length + padding[0]:
        n -= 1
    if min(kernel, stride, dilation, length) > 0 and (room < 0 or n < 1):
        raise ShapeError(
            f"The {where} has windows of length {dilation * (kernel - 1) + 1}, which do not fit in an axis "
            f"of length {length} with padding {padding}."
        )
    return _spaced(length, n if min(padding) >= 0 else 0, kernel, stride, padding, dilation, where)


def transposed_windows(
    length: int, n: int, kernel: int, stride: int, before: int, dilation: int, where: str
) -> AxisWindows:
    """Return the n windows along an axis of results that a transposed convolution adds its entries to.

    ``before`` is the number of places in front of the axis, which is negative if it begins with zeros.

    >>> transposed_windows(3, 2, kernel=2, stride=2, before=0, dilation=1, where="conv").positions.tolist()
    [[0, 1], [2, -1]]
    """
    return _spaced(length, n, kernel, stride, (before, 0), dilation, where)


def _spaced(
    length: int, n: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int, where: str
) -> AxisWindows:
    """The n windows at distance ``stride``, n > 0."""
    if min(kernel, stride, dilation, length, n) < 1:
        raise ShapeError(
            f"The {where} has kernel size {kernel}, stride {stride}, padding {padding} and dilation {dilation} on an "
            f"axis of length {length}, which is not a set of windows."
        )
    check_size((n, kernel), f"set of windows of the {where}", LARGEST_WEIGHT)
    places = np.arange(n)[:, None] * stride + np.arange(kernel) * dilation - padding[0]
    positions = np.where((places >= 0) & (places < length), places, -1)
    return AxisWindows(positions, np.count_nonzero(places < length + padding[1], axis=1))


def adaptive_windows(length: int, n: int, where: str) -> AxisWindows:
    """Return n windows that cover an axis: o reaches from floor(o L / n) to ceil((o + 1) L / n).

    >>> adaptive_windows(3, 2, "pool").positions.tolist()
    [[0, 1], [1, 2]]
    """
    check_size((n, length), f"set of windows of the {where}", LARGEST_WEIGHT)
    starts = np.arange(n) * length // n
    sizes = -(-(np.arange(n) + 1) * length // n) - starts
    entries = np.arange(int(sizes.max()))
    return AxisWindows(np.where(entries < sizes[:, None], starts[:, None] + entries, -1), sizes)


def product_windows(axes: Sequence[AxisWindows], shape: Sequence[int], where: str) -> AxisWindows:
    """Return the windows in several dimensions, as positions in an array of a shape in the order of C.

    >>> axis = axis_windows(2, kernel=2, stride=1, padding=(0, 0), dilation=1, where="pool")
    >>> product_windows([axis, axis], (2, 2), "pool").positions.tolist()
    [[0, 1, 2, 3]]
    """
    check_size([n for axis in axes for n in axis.positions.shape], f"set of windows of the {where}", LARGEST_WEIGHT)
    positions, sizes = np.zeros((1, 1), dtype=np.int64), np.ones(1, dtype=np.int64)
    for axis, length in zip(axes, shape, strict=True):
        outer, inner = positions[:, None, :, None], axis.positions[None, :, None, :]
        joint = np.where((outer < 0) | (inner < 0), -1, outer * length + inner)
        positions = joint.reshape(len(positions) * len(axis.positions), -1)
        sizes = np.outer(sizes, axis.sizes).ravel()
    return AxisWindows(positions, sizes)


def in_channels(positions: Indices, channels: int, image: tuple[int, ...], where: str) -> Indices:
    """Return the positions of windows in every channel of images, as an array (channels, windows, entries).

    >>> in_channels(np.array([[0, -1]]), 2, (3,), "pool").tolist()
    [[[0, -1]], [[3, -1]]]
    """
    check_size((channels, *positions.shape), f"set of windows of the {where}", LARGEST_WEIGHT)
    first = prod(image) * np.arange(channels)[:, None, None]
    return np.where(positions >= 0, first + positions, -1)
