"""The face lattice of a fan under refinement: growable arrays, one set for every dimension.

A cone of dimension k is a row in the arrays of level k.  It is given by the list of its facets (rows
of level k - 1), and carries the linear forms that cut out its span (D - k of them), except for the
full-dimensional ones, which carry their sign words and the cell of the last layer's complex that they
come from.  Rays carry their coordinates.

Units are taken in blocks of half a sign word (see ``cellwise.sign_words``), and every cone has the word of the current
block.  A cone is split by a unit if it is positive at one ray and negative at another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import Words, block_words, words_of_block
from troppoly.complex.face_lattice import Incidence

__all__ = ["Cells", "Column", "Fan", "Level", "Lists", "Rays", "orthants"]

Ids = NDArray[np.int32]
FloatArray = NDArray[np.float64]

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
        if end > len(self._data):
            self.reserve(self.capacity(len(values)))
        self._data[self.n : end] = values
        self.n = end

    @property
    def nbytes(self) -> int:
        """The memory that is held."""
        return self._data.nbytes


@dataclass(slots=True)
class Lists:
    """One list of facets for every cone; lists are replaced by writing new ones at the end.

    ``replaced`` is the number of entries of the pool that belong to no list any more.  When they are
    half of the pool they are dropped, so that an entry costs O(1) on average.
    """

    start: Column  # int64
    count: Column  # int32
    pool: Column  # int32
    replaced: int = 0

    def gather(self, ids: NDArray[Any]) -> tuple[Ids, Ids]:
        """Return the lists of the cones ``ids`` in one array: positions in ``ids``, and entries."""
        counts = self.count.view[ids]
        ends = np.cumsum(counts, dtype=np.int64)
        total = int(ends[-1]) if len(ends) else 0
        owners = np.repeat(np.arange(len(ids), dtype=np.int32), counts)
        places = np.repeat(self.start.view[ids] - ends + counts, counts)
        places += np.arange(total)
        return owners, self.pool.view[places]

    def append(self, counts: NDArray[Any], entries: Ids) -> None:
        """Append lists for new cones."""
        self.start.extend(np.cumsum(counts, dtype=np.int64) - counts + self.pool.n)
        self.count.extend(counts)
        self.pool.extend(entries)

    def replace(self, ids: NDArray[Any], counts: NDArray[Any], entries: Ids) -> None:
        """Replace the lists of the cones ``ids``."""
        self.replaced += int(self.count.view[ids].sum())
        self.start.view[ids] = np.cumsum(counts, dtype=np.int64) - counts + self.pool.n
        self.count.view[ids] = counts
        self.pool.extend(entries)
        if 2 * self.replaced > self.pool.n:
            self.compact()

    def compact(self) -> None:
        """Drop the lists that were replaced, and put the others in the order of the cones."""
        if not self.replaced:
            return
        counts = self.count.view
        starts = np.cumsum(counts, dtype=np.int64) - counts
        pool = np.empty(self.pool.n - self.replaced, dtype=np.int32)
        for ids in _blocks(starts, len(pool)):
            _, entries = self.gather(ids)
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


def _blocks(starts: NDArray[np.int64], n: int) -> Iterator[NDArray[np.intp]]:
    """Yield the numbers of successive lists that have about _CHUNK of n entries in all."""
    bounds = np.append(np.searchsorted(starts, np.arange(0, n, _CHUNK)), len(starts))
    for first, stop in pairwise(np.unique(bounds).tolist()):
        yield np.arange(first, stop)


@dataclass(slots=True)
class Level:
    """What all cones of one dimension k carry.

    ``forms`` has shape (n, D - k): indices into the table of forms.  ``word`` is the sign word of the
    current block.  ``facets`` is None for k = 1.
    """

    forms: Column
    facets: Lists | None
    word: Column

    @property
    def n(self) -> int:
        """The number of cones."""
        return self.forms.n


@dataclass(slots=True)
class Rays:
    """Coordinates of the rays.

    ``y`` (n, D) are computed coordinates with magnitudes ``magnitude`` in the sense of ``rounding_errors``;
    ``exact`` says that y is a vector of integers without error; ``signs`` (n, D) are the signs of the
    coordinates, known by construction; ``words`` (n, W) are the sign words of all blocks.
    """

    y: Column
    magnitude: Column
    exact: Column
    signs: Column
    words: Column

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns."""
        return self.y, self.magnitude, self.exact, self.signs, self.words


@dataclass(slots=True)
class Cells:
    """The labels of the full-dimensional cones.

    ``words`` (n, W) are their sign words, and ``origin`` is the cell of the complex at the beginning of
    the current layer in which the cone lies.
    """

    words: Column
    origin: Column

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns."""
        return self.words, self.origin


@dataclass(slots=True)
class Fan:
    """A fan in R^D: levels[k - 1] holds the cones of dimension k.

    ``scratch`` has room for one number for every cone of a level; what stands in it means nothing.
    """

    levels: list[Level]
    rays: Rays
    cells: Cells
    scratch: Ids

    @property
    def dimension(self) -> int:
        """D."""
        return len(self.levels)

    @property
    def n_cells(self) -> int:
        """The number of full-dimensional cones."""
        return self.levels[-1].n

    def begin_layer(self) -> None:
        """Let every cell be its own origin."""
        self.cells.origin = Column(np.arange(self.n_cells, dtype=np.int32))

    def begin_block(self, column: int, half: int) -> None:
        """Compute the words of all cones for the units of a half of the labels in ``column``."""
        word = block_words(self.rays.words.view[:, column], half)
        for k, level in enumerate(self.levels, start=1):
            if k > 1:
                assert level.facets is not None
                word = level.facets.unions(word)
            level.word = Column(word)

    def end_block(self, column: int, half: int) -> None:
        """Store the words of the cells in their labels."""
        labels = self.cells.words.view[:, column]
        labels |= words_of_block(self.levels[-1].word.view, half)

    def keep(self, cells: NDArray[np.bool_]) -> None:
        """Drop the other cells, and all cones that are faces of none that is kept."""
        masks = [cells]
        for level, lower in zip(self.levels[:0:-1], self.levels[-2::-1], strict=True):
            assert level.facets is not None
            mask = np.zeros(lower.n, dtype=bool)
            mask[level.facets.gather(np.flatnonzero(masks[-1]))[1]] = True
            masks.append(mask)
        masks.reverse()
        renumber = np.zeros(0, dtype=np.int32)
        for level, mask in zip(self.levels, masks, strict=True):
            if level.facets is not None:
                kept = np.flatnonzero(mask)
                _, entries = level.facets.gather(kept)
                counts = level.facets.count.view[kept]
                level.facets = Lists(
                    Column(np.cumsum(counts, dtype=np.int64) - counts), Column(counts), Column(renumber[entries])
                )
            for name in ("forms", "word"):
                setattr(level, name, Column(getattr(level, name).view[mask]))
            renumber = (np.cumsum(mask) - 1).astype(np.int32)
        for part, mask in ((self.rays, masks[0]), (self.cells, masks[-1])):
            for name in part.__dataclass_fields__:
                setattr(part, name, Column(getattr(part, name).view[mask]))

    @property
    def nbytes(self) -> int:
        """The memory that the arrays hold."""
        columns = [*self.rays.columns, *self.cells.columns]
        for level in self.levels:
            columns += [level.forms, level.word]
            if level.facets is not None:
                columns += [level.facets.start, level.facets.count, level.facets.pool]
        held: int = self.scratch.nbytes + sum(column.nbytes for column in columns)
        return held


def orthants(half: NDArray[np.bool_], n_words: int) -> Fan:
    """Return the fan of the orthants of R^D in which the coordinates with ``half`` are nonnegative.

    Form i of the table of forms is coordinate i.  A cone of dimension k is spanned by k of the rays
    +-e_i with different i, and its span is cut out by the other D - k coordinates.

    >>> fan = orthants(np.array([False, True]), 1)
    >>> [level.n for level in fan.levels]
    [3, 2]
    """
    D = len(half)
    # A cone is the number with the digits 0 (no ray of this coordinate), 1 (e_i) and 2 (-e_i).
    bases = np.where(half, 2, 3)
    places = np.append(np.cumprod(bases[:0:-1])[::-1], 1)
    numbers = np.arange(np.prod(bases))
    digits = np.empty((len(numbers), D), dtype=np.int8)
    for axis in range(D):
        digits[:, axis] = numbers // places[axis] % bases[axis]
    dimensions = np.count_nonzero(digits, axis=1).astype(np.int8)
    row = np.zeros(len(digits), dtype=np.int32)
    levels: list[Level] = []
    for k in range(1, D + 1):
        cones = np.flatnonzero(dimensions == k)
        row[cones] = np.arange(len(cones))
        forms = np.empty((len(cones), D - k), dtype=np.int32)
        entries = np.empty((len(cones), k), dtype=np.int32)
        for start in range(0, len(cones), _CHUNK // D):
            part = slice(start, start + _CHUNK // D)
            mine = digits[cones[part]]
            forms[part] = np.nonzero(mine == 0)[1].reshape(len(mine), D - k)
            axes = np.nonzero(mine)[1].reshape(len(mine), k)
            steps = np.take_along_axis(mine, axes, axis=1) * places[axes]
            entries[part] = row[cones[part][:, None] - steps] if k > 1 else 0
        facets = None
        if k > 1:
            facets = Lists(
                Column(np.arange(0, entries.size, k, dtype=np.int64)),
                Column(np.full(len(cones), k, dtype=np.int32)),
                Column(entries.ravel()),
            )
        levels.append(Level(Column(forms), facets, Column(np.zeros(len(cones), np.uint64))))
    y = np.array([0.0, 1.0, -1.0])[digits[dimensions == 1]]
    rays = Rays(
        y=Column(y),
        magnitude=Column(np.abs(y)),
        exact=Column(np.ones(len(y), dtype=bool)),
        signs=Column(y.astype(np.int8)),
        words=Column(np.zeros((len(y), n_words), dtype=np.uint64)),
    )
    n = levels[-1].n
    cells = Cells(words=Column(np.zeros((n, n_words), dtype=np.uint64)), origin=Column(np.arange(n, dtype=np.int32)))
    return Fan(levels, rays, cells, np.zeros(max(level.n for level in levels), np.int32))
