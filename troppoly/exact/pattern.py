"""The places of the nonzero entries of a sparse matrix, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.exact.integers import IntegerArray, as_mpz
from troppoly.values import Value

__all__ = ["CHUNK", "Indices", "Pattern", "summed"]

Indices = NDArray[np.int64]

CHUNK = 2**18  # products held at once, in cache


@dataclass(frozen=True, eq=False)
class Pattern(Value):
    """The entries of row i have the positions ``indptr[i]`` to ``indptr[i + 1]``; their ``columns`` ascend.

    >>> pattern = Pattern((2, 3), np.array([0, 1, 3]), np.array([2, 0, 2]))
    >>> pattern.rows, pattern.positions(np.array([1]))
    (array([0, 1, 1]), array([1, 2]))
    """

    shape: tuple[int, int]
    indptr: Indices
    columns: Indices

    def __post_init__(self) -> None:
        for name in ("indptr", "columns"):
            array = np.asarray(getattr(self, name), dtype=np.int64).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @classmethod
    def of_rows(cls, shape: tuple[int, int], rows: NDArray[np.integer], columns: Indices) -> Pattern:
        """Return the pattern of entries in ascending ``rows``."""
        return cls(shape, np.searchsorted(rows, np.arange(shape[0] + 1)), columns)

    @property
    def lengths(self) -> Indices:
        """The number of entries of every row."""
        return self.indptr[1:] - self.indptr[:-1]

    @property
    def rows(self) -> Indices:
        """The row of every entry."""
        return np.repeat(np.arange(self.shape[0]), self.lengths)

    def positions(self, rows: NDArray[np.integer]) -> Indices:
        """Return the positions of the entries of the given rows, row after row."""
        lengths = self.lengths[rows]
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        return np.repeat(self.indptr[rows] - ends + lengths, lengths) + np.arange(total)

    def take(self, rows: NDArray[np.integer]) -> tuple[Pattern, Indices]:
        """Return the pattern of the given rows, and the positions of its entries here."""
        positions = self.positions(rows)
        indptr = np.concatenate([[0], np.cumsum(self.lengths[rows])])
        return Pattern((len(rows), self.shape[1]), indptr, self.columns[positions]), positions

    def without_zeros(self, entries: NDArray[Any]) -> tuple[Pattern, NDArray[Any]]:
        """Return the pattern of those of the entries that are not zero, and these."""
        kept = entries.astype(bool)
        if kept.all():
            return self, entries
        return Pattern.of_rows(self.shape, self.rows[kept], self.columns[kept]), entries[kept]

    def blocks(self, cost: int) -> Iterator[tuple[Any, Indices, Indices]]:
        """Yield for ranges of rows, by products for an entry: positions, the rows that are not empty, their starts."""
        limit, start, m = max(1, CHUNK // max(cost, 1)), 0, self.shape[0]
        while start < m:
            stop = int(np.searchsorted(self.indptr, self.indptr[start] + limit, side="right")) - 1
            stop = min(max(stop, start + 1), m)
            bounds = self.indptr[start : stop + 1] - self.indptr[start]
            filled = np.flatnonzero(bounds[1:] > bounds[:-1])
            yield slice(int(self.indptr[start]), int(self.indptr[stop])), start + filled, bounds[filled]
            start = stop

    def few(self, columns: Any, cost: int) -> list[tuple[Any, Indices, Indices]]:
        """Return the one block of the entries in some columns, if these are few, else nothing."""
        if 8 * np.count_nonzero(columns) > len(columns):
            return []
        pattern, order = self.transposed
        used = pattern.positions(np.flatnonzero(columns))
        if len(used) * cost > 8 * CHUNK:
            return []
        positions = np.sort(order[used])
        rows, starts = np.unique(np.searchsorted(self.indptr, positions, side="right") - 1, return_index=True)
        return [(positions, rows, starts)]

    @cached_property
    def transposed(self) -> tuple[Pattern, Indices]:
        """The pattern of the transpose, and the order of the entries there."""
        order = np.argsort(self.columns, kind="stable")
        return Pattern.of_rows(self.shape[::-1], self.columns[order], self.rows[order]), order

    def __reduce__(self) -> Any:
        return Pattern, (self.shape, self.indptr, self.columns)


def summed(rows: Any, columns: Any, values: Any, shape: tuple[int, int]) -> tuple[Pattern, IntegerArray]:
    """Return the pattern of the nonzero sums of values in places, in any order and with repetitions, and the sums."""
    entries = values if isinstance(values, np.ndarray) else np.fromiter(values, dtype=object, count=len(values))
    width = max(shape[1], 1)
    keys = np.asarray(rows, dtype=np.int64) * width + np.asarray(columns, dtype=np.int64)
    if np.any(keys[1:] <= keys[:-1]):
        order = np.argsort(keys, kind="stable")
        keys, entries = keys[order], entries[order]
        starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
        if len(starts) < len(keys):
            keys, entries = keys[starts], np.add.reduceat(as_mpz(entries), starts)
    return Pattern.of_rows((int(shape[0]), int(shape[1])), *np.divmod(keys, width)).without_zeros(entries)
