"""The face lattice of a fan under refinement: tables that grow, one for every dimension.

A cone of dimension k is a row of table k: with its facets (rows of the table below), the D - k linear forms that cut
out its span, and its word for the current block of units (see ``cellwise.sign_words``).  Rays have coordinates instead
of facets, cells (the cones of dimension D) also the words of all units, and the cell of the last layer's complex that
they come from.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.cell_network import chunks
from troppoly.cellwise.sign_words import Words, block_words, words_of_block
from troppoly.complex.face_lattice import Incidence

__all__ = ["Column", "Columns", "Cones", "Fan", "FanCells", "FanRays", "Ids", "Level", "orthants"]

Ids = NDArray[np.int32]

_CHUNK = 2**22  # numbers held at once


class Column:
    """An array that grows at its end (the capacity by half of it, so a row costs O(1) on average)."""

    __slots__ = ("_data", "n", "row_nbytes")

    def __init__(self, values: NDArray[Any]) -> None:
        self._data = values.copy()
        self.n = len(values)
        self.row_nbytes = values.itemsize * prod(values.shape[1:])

    @property
    def view(self) -> NDArray[Any]:
        """The rows as an array that can be written to (valid until the next ``extend``)."""
        return self._data[: self.n]

    def capacity(self, more: int) -> int:
        """How many rows there is room for when some more have been appended at once."""
        end, held = self.n + more, len(self._data)
        return held if end <= held else max(end, 3 * self.n // 2, 64)

    def reserve(self, capacity: int) -> None:
        """Make room for this many rows."""
        if capacity > len(self._data):
            grown = np.empty((capacity, *self._data.shape[1:]), self._data.dtype)
            grown[: self.n] = self.view
            self._data = grown

    def extend(self, values: NDArray[Any]) -> None:
        """Append rows."""
        end = self.n + len(values)
        self.reserve(self.capacity(len(values)))
        self._data[self.n : end] = values
        self.n = end

    @property
    def nbytes(self) -> int:
        """The memory that is held."""
        return self._data.nbytes


@dataclass(slots=True)
class Columns(ABC):  # noqa: B024
    """Columns of one length: all fields are columns, in the order in which rows are given."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns."""
        return tuple([getattr(self, name) for name in self.__dataclass_fields__])

    @property
    def n(self) -> int:
        """The number of rows."""
        return self.columns[0].n

    @property
    def nbytes(self) -> int:
        """The memory that is held."""
        return sum(column.nbytes for column in self.columns)

    def capacities(self, more: int) -> list[tuple[Column, int]]:
        """The columns with the room that there will be with some more rows."""
        capacity = self.columns[0].capacity(more)  # this one has the most room
        return [(column, capacity) for column in self.columns]

    def extend(self, *values: NDArray[Any]) -> None:
        """Append rows, given by columns."""
        for column, more in zip(self.columns, values, strict=True):
            column.extend(more)

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Drop the other rows."""
        for name, column in zip(self.__dataclass_fields__, self.columns, strict=False):
            setattr(self, name, Column(column.view[mask]))


@dataclass(slots=True)
class Cones(Columns):
    """What all cones have: ``forms`` (n, D - k) in the table of forms, and the ``word`` of the current block."""

    forms: Column
    word: Column


@dataclass(slots=True)
class FanRays(Cones):
    """The cones of dimension 1.

    ``y`` (n, D) are coordinates with magnitudes in the sense of ``rounding_errors``, ``exact`` says that they are
    integers without error, ``signs`` (n, D) are their signs, and ``words`` (n, W) the words of all units.
    """

    y: Column
    magnitude: Column
    exact: Column
    signs: Column
    words: Column


@dataclass(slots=True)
class Level(Cones):
    """Cones of dimension k >= 2: list i of facets is the ``count[i]`` entries of ``pool`` from ``start[i]`` on.

    Lists are replaced by new ones at the end.  When half of the pool belongs to no list any more (``replaced``
    entries), that half is dropped, so that an entry costs O(1) on average.
    """

    start: Column
    count: Column
    pool: Column
    replaced: int = 0

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those with a row for every cone."""
        return self.forms, self.word, self.start, self.count

    def gather(self, ids: NDArray[Any]) -> tuple[Ids, Ids]:
        """Return the lists of the cones ``ids`` in one array: positions in ``ids``, and entries."""
        counts = self.count.view[ids]
        owners = np.repeat(np.arange(len(ids), dtype=np.int32), counts)
        places = np.repeat(self.start.view[ids] - _starts(counts), counts)
        places += np.arange(len(places))
        return owners, self.pool.view[places]

    def append(self, forms: Ids, words: Words, counts: NDArray[Any], entries: Ids) -> None:
        """Append cones with their lists of facets."""
        self.extend(forms, words, _starts(counts) + self.pool.n, counts)
        self.pool.extend(entries)

    def replace(self, ids: NDArray[Any], counts: NDArray[Any], entries: Ids) -> None:
        """Replace the lists of the cones ``ids``."""
        self.replaced += int(self.count.view[ids].sum())
        self.start.view[ids] = _starts(counts) + self.pool.n
        self.count.view[ids] = counts
        self.pool.extend(entries)
        if 2 * self.replaced > self.pool.n:
            self.compact()

    def compact(self) -> None:
        """Drop the lists that were replaced, and put the others in the order of the cones."""
        if self.replaced:
            starts = _starts(self.count.view)
            pool = np.empty(self.pool.n - self.replaced, dtype=np.int32)
            for ids in _blocks(starts, len(pool)):
                entries = self.gather(ids)[1]
                pool[starts[ids[0]] : starts[ids[0]] + len(entries)] = entries
            self.pool, self.start, self.replaced = Column(pool), Column(starts), 0

    def unions(self, words: Words) -> Words:
        """Return for every cone the union of the words of its facets."""
        self.compact()
        starts, entries = self.start.view, self.pool.view
        result = np.empty(len(starts), dtype=np.uint64)
        for ids in _blocks(starts, len(entries)):
            first, stop = starts[ids[0]], starts[ids[-1]] + self.count.view[ids[-1]]
            result[ids] = np.bitwise_or.reduceat(words[entries[first:stop]], starts[ids] - first)
        return result

    def incidence(self) -> Incidence:
        """Return the lists as a compressed incidence."""
        self.compact()
        return Incidence(np.append(self.start.view, self.pool.n), self.pool.view)

    def restrict(self, mask: NDArray[np.bool_], lower: NDArray[np.bool_]) -> None:
        """Drop the other cones, and renumber the facets when those of the mask ``lower`` are kept."""
        entries = self.gather(np.flatnonzero(mask))[1]
        self.keep(mask)
        self.start = Column(_starts(self.count.view))
        self.pool, self.replaced = Column((np.cumsum(lower) - 1).astype(np.int32)[entries]), 0


def _starts(counts: NDArray[Any]) -> NDArray[np.int64]:
    """Where successive lists begin."""
    return np.asarray(np.cumsum(counts, dtype=np.int64) - counts)


def _blocks(starts: NDArray[np.int64], n: int) -> Iterator[NDArray[np.intp]]:
    """Yield the numbers of successive lists that have about _CHUNK of n entries in all."""
    bounds = np.append(np.searchsorted(starts, np.arange(0, n, _CHUNK)), len(starts))
    for first, stop in pairwise(np.unique(bounds).tolist()):
        yield np.arange(first, stop)


@dataclass(slots=True)
class FanCells(Columns):
    """The sign ``words`` (n, W) of cells, and ``origin``, the cell at the layer's begin."""

    words: Column
    origin: Column


@dataclass(slots=True)
class Fan:
    """A fan in R^D: ``levels[k - 2]`` holds the cones of dimension k >= 2; ``scratch`` has room for one level."""

    rays: FanRays
    levels: list[Level]
    cells: FanCells
    scratch: Ids

    @property
    def dimension(self) -> int:
        """D."""
        return len(self.levels) + 1

    @property
    def cones(self) -> tuple[Cones, ...]:
        """The cones of dimension 1, ..., D."""
        return (self.rays, *self.levels)

    def begin_block(self, column: int, half: int) -> None:
        """Compute the words of all cones for the units of a half of the labels in ``column``."""
        word = block_words(self.rays.words.view[:, column], half)
        self.rays.word = Column(word)
        for level in self.levels:
            word = level.unions(word)
            level.word = Column(word)

    def end_block(self, column: int, half: int) -> None:
        """Store the words of the cells in their labels."""
        self.cells.words.view[:, column] |= words_of_block(self.cones[-1].word.view, half)

    def keep(self, cells: NDArray[np.bool_]) -> None:
        """Drop the other cells, and all cones that are faces of none that is kept."""
        self.cells.keep(cells)
        mask = cells
        for level, lower in zip(reversed(self.levels), self.cones[-2::-1], strict=True):
            below = np.zeros(lower.n, dtype=bool)
            below[level.gather(np.flatnonzero(mask))[1]] = True
            level.restrict(mask, below)
            mask = below
        self.rays.keep(mask)

    @property
    def nbytes(self) -> int:
        """The memory that the arrays hold."""
        tables, pools = (*self.cones, self.cells), (level.pool for level in self.levels)
        return int(self.scratch.nbytes) + sum(t.nbytes for t in tables) + sum(pool.nbytes for pool in pools)


def orthants(half: NDArray[np.bool_], n_words: int) -> Fan:
    """Return the fan of the orthants of R^D in which the coordinates with ``half`` are nonnegative.

    Form i of the table of forms is coordinate i.  A cone is a word of D digits: 0 (no ray of this coordinate), 1 (e_i)
    or 2 (-e_i), and the coordinates with digit 0 cut out its span.
    """
    D = len(half)
    bases = np.where(half, 2, 3)
    places = np.append(np.cumprod(bases[:0:-1])[::-1], 1)
    digits = np.indices(tuple(bases), dtype=np.int8).reshape(D, -1)
    dimensions = np.count_nonzero(digits, axis=0).astype(np.int8)
    row = np.zeros(digits.shape[1], dtype=np.int32)
    levels: list[Level] = []
    for k in range(1, D + 1):
        mine = np.flatnonzero(dimensions == k)
        n = len(mine)
        row[mine] = np.arange(n)
        forms, entries = np.empty((n, D - k), dtype=np.int32), np.empty((n, k), dtype=np.int32)
        for part in chunks(n, D):
            some = digits[:, mine[part]].T
            forms[part] = np.nonzero(some == 0)[1].reshape(len(some), D - k)
            axes = np.nonzero(some)[1].reshape(len(some), k)
            entries[part] = row[mine[part][:, None] - np.take_along_axis(some, axes, axis=1) * places[axes]]
        common = Column(forms), Column(np.zeros(n, np.uint64))
        if k == 1:
            y = np.array([0.0, 1.0, -1.0])[digits[:, mine].T]
            words = np.zeros((n, n_words), dtype=np.uint64)
            rays = FanRays(*common, *map(Column, (y, np.abs(y), np.ones(n, dtype=bool), y.astype(np.int8), words)))
        else:
            starts, counts = np.arange(0, n * k, k, dtype=np.int64), np.full(n, k, dtype=np.int32)
            levels.append(Level(*common, Column(starts), Column(counts), Column(entries.ravel())))
    cells = FanCells(Column(np.zeros((n, n_words), dtype=np.uint64)), Column(np.arange(n, dtype=np.int32)))
    return Fan(rays, levels, cells, np.zeros(np.bincount(dimensions)[1:].max(), np.int32))
