"""The windows of convolutions and pooling in images, as positions of their entries.

Along an axis of length L, entry k of window o is at o * stride + k * dilation - before, which is padding where it is
not in 0, ..., L - 1.  Windows in several dimensions are products of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod

import numpy as np
from numpy.typing import NDArray

from troppoly.circuit.circuit import LARGEST_WEIGHT, check_size
from troppoly.errors import ShapeError

__all__ = ["Windows", "adaptive_windows", "axis_windows", "product_windows", "spaced_windows"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Windows in images: ``positions`` of shape (windows, entries) in the order of C, -1 for padding.

    ``image`` and ``grid`` are the lengths of the axes and the numbers of windows along them, and ``sizes`` the numbers
    of entries in the padded image.
    """

    image: tuple[int, ...]
    grid: tuple[int, ...]
    positions: Indices
    sizes: Indices

    def counts(self) -> Indices:
        """The numbers of entries that are not padding."""
        return np.asarray(np.count_nonzero(self.positions >= 0, axis=1))

    def in_channels(self, channels: int, where: str) -> Indices:
        """Return the positions in every channel of images, of shape (channels, windows, entries)."""
        check_size((channels, *self.positions.shape), f"set of windows of the {where}", LARGEST_WEIGHT)
        first = prod(self.image) * np.arange(channels)[:, None, None]
        return np.where(self.positions >= 0, first + self.positions, -1)


def axis_windows(
    length: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int, where: str, ceil_mode: bool = False
) -> Windows:
    """Return the windows along an axis, with ``padding`` before and after it.

    With ``ceil_mode`` there may be a last window, or a single one, that reaches beyond the padding, if it starts before
    it.

    >>> axis_windows(3, kernel=2, stride=2, padding=(1, 1), dilation=1, where="pool").positions.tolist()
    [[-1, 0], [1, 2]]
    >>> axis_windows(2, kernel=3, stride=2, padding=(0, 0), dilation=1, where="pool", ceil_mode=True).positions.tolist()
    [[0, 1, -1]]
    """
    room = length + sum(padding) - dilation * (kernel - 1) - 1
    n = 1 + (-(-room // stride) if ceil_mode else room // stride) if stride > 0 else 0
    if ceil_mode and (n - 1) * stride >= length + padding[0]:
        n -= 1
    if min(kernel, stride, dilation, length) > 0 and (n < 1 or (room < 0 and not ceil_mode)):
        raise ShapeError(
            f"The {where} has windows of length {dilation * (kernel - 1) + 1}, which do not fit in an axis "
            f"of length {length} with padding {padding}."
        )
    return spaced_windows(length, n if min(padding) >= 0 else 0, kernel, stride, padding, dilation, where)


def spaced_windows(
    length: int, n: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int, where: str
) -> Windows:
    """Return n > 0 windows at distance ``stride``; a negative padding leaves entries out.

    >>> spaced_windows(3, 2, kernel=2, stride=2, padding=(0, 0), dilation=1, where="conv").positions.tolist()
    [[0, 1], [2, -1]]
    """
    if min(kernel, stride, dilation, length, n) < 1:
        raise ShapeError(
            f"The {where} has kernel size {kernel}, stride {stride}, padding {padding} and dilation {dilation} on an "
            f"axis of length {length}, which is not a set of windows."
        )
    check_size((n, kernel), f"set of windows of the {where}", LARGEST_WEIGHT)
    places = np.arange(n)[:, None] * stride + np.arange(kernel) * dilation - padding[0]
    positions = np.where((places >= 0) & (places < length), places, -1)
    return Windows((length,), (n,), positions, np.count_nonzero(places < length + padding[1], axis=1))


def adaptive_windows(length: int, n: int, where: str) -> Windows:
    """Return n windows that cover an axis: o reaches from floor(o L / n) to ceil((o + 1) L / n)."""
    check_size((n, length), f"set of windows of the {where}", LARGEST_WEIGHT)
    starts = np.arange(n) * length // n
    sizes = -(-(np.arange(n) + 1) * length // n) - starts
    entries = np.arange(int(sizes.max()))
    return Windows((length,), (n,), np.where(entries < sizes[:, None], starts[:, None] + entries, -1), sizes)


def product_windows(axes: Sequence[Windows], where: str) -> Windows:
    """Return the windows in several dimensions.

    >>> axis = axis_windows(2, kernel=2, stride=1, padding=(0, 0), dilation=1, where="pool")
    >>> windows = product_windows([axis, axis], "pool")
    >>> windows.positions.tolist(), windows.in_channels(2, "pool").tolist()
    ([[0, 1, 2, 3]], [[[0, 1, 2, 3]], [[4, 5, 6, 7]]])
    """
    check_size([n for axis in axes for n in axis.positions.shape], f"set of windows of the {where}", LARGEST_WEIGHT)

    def product(one: Windows, two: Windows) -> Windows:
        outer, inner = one.positions[:, None, :, None], two.positions[None, :, None, :]
        joint = np.where((outer < 0) | (inner < 0), -1, outer * prod(two.image) + inner)
        sizes = np.outer(one.sizes, two.sizes).ravel()
        return Windows(one.image + two.image, one.grid + two.grid, joint.reshape(len(sizes), -1), sizes)

    return reduce(product, axes)
