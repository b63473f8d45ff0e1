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

__all__ = ["AxisWindows", "adaptive_windows", "axis_windows", "product_windows", "transposed_windows"]

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

    With ``ceil_mode`` there may be a last window that reaches beyond the padding, if it starts before
    it.  Raises ShapeError, naming ``where``, if there is no window or an argument is out of range.

    >>> axis_windows(3, kernel=2, stride=2, padding=(1, 1), dilation=1, where="pool").positions.tolist()
    [[-1, 0], [1, 2]]
    """
    if min(kernel, stride, dilation, length) < 1 or min(padding) < 0:
        raise ShapeError(
            f"The {where} has kernel size {kernel}, stride {stride}, padding {padding} and dilation "
            f"{dilation} on an axis of length {length}, which is no set of windows."
        )
    before, after = padding
    room = length + before + after - dilation * (kernel - 1) - 1
    n = -(-room // stride) + 1 if ceil_mode else room // stride + 1
    if ceil_mode and (n - 1) * stride >= length + before:
        n -= 1
    if room < 0 or n < 1:
        raise ShapeError(
            f"The {where} has windows of length {dilation * (kernel - 1) + 1}, which do not fit in an axis "
            f"of length {length} with padding {padding}."
        )
    check_size((n, kernel), f"set of windows of the {where}", LARGEST_WEIGHT)
    places = np.arange(n)[:, None] * stride + np.arange(kernel)[None, :] * dilation - before
    inside = (places >= 0) & (places < length)
    sizes = np.count_nonzero(places < length + after, axis=1)
    return AxisWindows(np.where(inside, places, -1), sizes)


def adaptive_windows(length: int, n: int, where: str) -> AxisWindows:
    """Return n windows that cover an axis: o reaches from floor(o L / n) to ceil((o + 1) L / n).

    >>> adaptive_windows(3, 2, "pool").positions.tolist()
    [[0, 1], [1, 2]]
    """
    check_size((n, length), f"set of windows of the {where}", LARGEST_WEIGHT)
    starts = np.arange(n) * length // n
    sizes = -(-(np.arange(n) + 1) * length // n) - starts
    entries = np.arange(int(sizes.max()))[None, :]
    positions = np.where(entries < sizes[:, None], starts[:, None] + entries, -1)
    return AxisWindows(positions, sizes)


def transposed_windows(
    length: int, n: int, kernel: int, stride: int, before: int, dilation: int, where: str
) -> AxisWindows:
    """Return the n windows along an axis of results that a transposed convolution adds its entries to.

    ``before`` is the number of places in front of the axis, which is negative if it begins with zeros.

    >>> transposed_windows(3, 2, kernel=2, stride=2, before=0, dilation=1, where="conv").positions.tolist()
    [[0, 1], [2, -1]]
    """
    if min(kernel, stride, dilation, length) < 1:
        raise ShapeError(
            f"The {where} has kernel size {kernel}, stride {stride} and dilation {dilation} for results of "
            f"length {length}, which is no set of windows."
        )
    check_size((n, kernel), f"set of windows of the {where}", LARGEST_WEIGHT)
    places = np.arange(n)[:, None] * stride + np.arange(kernel)[None, :] * dilation - before
    inside = (places >= 0) & (places < length)
    return AxisWindows(np.where(inside, places, -1), np.count_nonzero(inside, axis=1))


def product_windows(axes: Sequence[AxisWindows], shape: Sequence[int], where: str) -> AxisWindows:
    """Return the windows in several dimensions, as positions in an array of a shape in the order of C.

    >>> axis = axis_windows(2, kernel=2, stride=1, padding=(0, 0), dilation=1, where="pool")
    >>> product_windows([axis, axis], (2, 2), "pool").positions.tolist()
    [[0, 1, 2, 3]]
    """
    counts = [axis.positions.shape[0] for axis in axes]
    kernel = [axis.positions.shape[1] for axis in axes]
    check_size((*counts, *kernel), f"set of windows of the {where}", LARGEST_WEIGHT)
    n = len(axes)
    total = np.zeros((1,) * (2 * n), dtype=np.int64)
    outside = np.zeros((1,) * (2 * n), dtype=bool)
    sizes = np.ones((1,) * n, dtype=np.int64)
    for i, axis in enumerate(axes):
        view = [1] * (2 * n)
        view[i], view[n + i] = axis.positions.shape
        places = axis.positions.reshape(view)
        total = total * shape[i] + places
        outside = outside | (places < 0)
        sizes = sizes * axis.sizes.reshape([-1 if j == i else 1 for j in range(n)])
    positions = np.where(outside, -1, total).reshape(prod(counts), prod(kernel))
    return AxisWindows(positions, sizes.reshape(-1))
