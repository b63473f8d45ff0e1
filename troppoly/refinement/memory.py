"""Memory for parts, used again and again.

Parts come and go, each of some megabytes.  Memory that is fresh from the system is cleared page by page when it is
touched, and it is in no cache: that took up to a third of the time of a refinement in R^4.  So what parts give back is
kept for the next ones, up to a limit.  Arrays begin at multiples of 64 bytes, so that a row of a
part lies in one cache line, and share none with what other threads write.
"""

from __future__ import annotations

import mmap
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Growing", "arrays"]

_LINE = 64
_SMALL = 2**17
"""The bytes from which on memory is kept; what is smaller the allocator keeps itself."""

_KEPT = 2**27
"""The bytes that are kept at most when they are not in use."""

_PAGE = 2**21
"""The size of large pages of memory."""

_MOVES = hasattr(mmap, "MADV_HUGEPAGE")  # Linux, which has mremap, too

_free = dict[int, NDArray[np.uint8]]()  # by their identity; its operations are atomic, so no lock is needed


class _Loan:
    """What arrays refer to that are in the same memory; this is free when it goes."""

    def __init__(self, memory: NDArray[np.uint8]) -> None:
        self.memory, self.__array_interface__ = memory, memory.__array_interface__

    def __del__(self, free: dict[int, NDArray[np.uint8]] = _free) -> None:
        if len(self.memory) > _KEPT:
            return
        free[id(self.memory)] = self.memory
        size = sum(len(memory) for memory in free.copy().values())
        for key in free.copy():  # the oldest first
            if size > _KEPT:
                size -= len(free.pop(key, ()))


def arrays(*wanted: tuple[tuple[int, ...], Any]) -> list[NDArray[Any]]:
    """Return arrays of these shapes and dtypes, of any values.

    >>> one, other = arrays(((3, 2), np.float64), ((0,), np.int32))
    >>> one.shape, other.dtype, one.ctypes.data % 64
    ((3, 2), dtype('int32'), 0)
    """
    ends, size = [], 0
    for shape, dtype in wanted:
        ends.append(size)
        size += -(-prod(shape) * np.dtype(dtype).itemsize // _LINE) * _LINE
    memory = _taken(size + _LINE)
    first = -memory.__array_interface__["data"][0] % _LINE
    return [np.ndarray(shape, dtype, memory, first + end) for (shape, dtype), end in zip(wanted, ends, strict=True)]


def _taken(size: int) -> NDArray[np.uint8]:
    """Free memory of that size, or up to four times as much; what is fresh is rounded up, to fit more often."""
    if size < _SMALL:
        return np.empty(size, np.uint8)
    for key, memory in sorted(_free.copy().items(), key=lambda item: len(item[1])):
        if size <= len(memory) <= 4 * size and _free.pop(key, None) is not None:
            return np.asarray(_Loan(memory))
    half = 1 << (size.bit_length() - 2)
    return np.asarray(_Loan(np.empty(-(-size // half) * half, np.uint8)))


class Growing:
    """An array that grows and shrinks at its end: a large one without copies, where the system can move its pages.

    >>> growing = Growing(np.zeros((0, 2), np.int32))
    >>> growing.resize(100000)
    >>> growing.array[:2] = 5
    >>> growing.resize(3)
    >>> growing.array[:2].tolist(), growing.array.shape
    ([[5, 5], [5, 5]], (3, 2))
    """

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        self._memory: mmap.mmap | None = None

    def reserve(self, rows: int) -> None:
        """Grow to so many rows at least, and to twice as many as there are, as only what is written takes memory."""
        if rows > len(self.array):
            self.resize(max(rows, 2 * len(self.array)))

    def resize(self, rows: int) -> None:
        """Change the number of rows; those that are new have any values.

        Raises MemoryError, or BufferError if there is another view of a large array, which would lose its memory.
        """
        if rows == len(self.array):
            return
        old, shape, dtype = self.array, (rows, *self.array.shape[1:]), self.array.dtype
        n = prod(shape)
        size = n * dtype.itemsize
        moves = self._memory is not None and _MOVES
        if moves:
            self.array = np.empty(0, dtype)
            del old
        if self._memory is None and size < _SMALL:
            self.array = np.empty(shape, dtype)
        else:
            self._map(max(size, _PAGE))
            self.array = np.frombuffer(self._memory, dtype, n).reshape(shape)  # type: ignore[arg-type]
        if not moves:
            common = min(rows, len(old))
            self.array[:common] = old[:common]

    def _map(self, size: int) -> None:
        """Move the pages that there are, or map new ones, as many as are needed."""
        try:
            if self._memory is not None and _MOVES:
                self._memory.resize(size)
                return
            self._memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        except OSError as error:
            raise MemoryError(f"There is no memory for an array of {size:,} bytes.") from error
        if _MOVES:
            self._memory.madvise(mmap.MADV_HUGEPAGE)
