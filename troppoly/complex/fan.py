"""The face lattice of a fan under refinement: growable arrays, one set for every dimension.

A cone of dimension k is a row in the arrays of level k.  It is given by the list of its facets (rows
of level k - 1), and carries the linear forms that cut out its span (D - k of them), except for the
full-dimensional ones, which carry their sign words and the cell of the last layer's complex that they
come from.  Rays carry their coordinates.

**Sign words.**  Units are taken in blocks of 32.  Bit i of a word says that unit i of the block is
positive at some point of the cone, bit 32 + i that it is negative somewhere: the word of a cone is
the union (bitwise or) of the words of its rays.  A cone is split by a unit if both bits are set.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.polytope.polyhedral_complex import Incidence

__all__ = ["Cells", "Column", "Fan", "Level", "Lists", "Rays", "orthants"]

Ids = NDArray[np.int32]
Words = NDArray[np.uint64]
FloatArray = NDArray[np.float64]


class Column:
    """An array that grows at its end (the capacity is doubled, so a row costs O(1) on average)."""

    __slots__ = ("_data", "n")

    def __init__(self, values: NDArray[Any]) -> None:
        self._data = values.copy()
        self.n = len(values)

    @property
    def view(self) -> NDArray[Any]:
        """The rows as an array that can be written to (valid until the next ``extend``)."""
        return self._data[: self.n]

    def extend(self, values: NDArray[Any]) -> None:
        """Append rows."""
        end = self.n + len(values)
        if end > len(self._data):
            grown = np.empty((max(end, 2 * self.n, 64), *self._data.shape[1:]), self._data.dtype)
            grown[: self.n] = self.view
            self._data = grown
        self._data[self.n : end] = values
        self.n = end

    @property
    def nbytes(self) -> int:
        """The memory that is held."""
        return self._data.nbytes


@dataclass(slots=True)
class Lists:
    """One list of facets for every cone; lists are replaced by writing new ones at the end."""

    start: Column  # int64
    count: Column  # int32
    pool: Column  # int32

    def gather(self, ids: NDArray[Any]) -> tuple[NDArray[np.intp], Ids]:
        """Return the lists of the cones ``ids`` in one array: positions in ``ids``, and entries."""
        counts = self.count.view[ids]
        ends = np.cumsum(counts, dtype=np.int64)
        total = int(ends[-1]) if len(ends) else 0
        owners = np.repeat(np.arange(len(ids)), counts)
        places = np.arange(total) + np.repeat(self.start.view[ids] - ends + counts, counts)
        return owners, self.pool.view[places]

    def write(self, counts: NDArray[Any], entries: Ids) -> NDArray[np.int64]:
        """Append entries to the pool and return where each of their lists begins."""
        ends = np.cumsum(counts, dtype=np.int64)
        starts: NDArray[np.int64] = ends - counts + self.pool.n
        self.pool.extend(entries)
        return starts

    def compact(self) -> None:
        """Drop the lists that were replaced."""
        everything = np.arange(self.start.n)
        _, entries = self.gather(everything)
        counts = self.count.view
        self.start = Column(np.cumsum(counts, dtype=np.int64) - counts)
        self.pool = Column(entries)

    def incidence(self) -> Incidence:
        """Return the lists as a compressed incidence."""
        _, entries = self.gather(np.arange(self.start.n))
        return Incidence(np.concatenate(([0], np.cumsum(self.count.view, dtype=np.int64))), entries)


@dataclass(slots=True)
class Level:
    """What all cones of one dimension k carry.

    ``forms`` has shape (n, D - k): indices into the table of forms.  ``word`` is the sign word of the
    current block, ``zero`` has bit i set if unit i vanishes at some ray of the cone.  ``facets`` is
    None for k = 1.  ``slot`` is scratch space: the position of a cone among those being split.
    """

    forms: Column
    facets: Lists | None
    word: Column = field(default_factory=lambda: Column(np.zeros(0, np.uint64)))
    zero: Column = field(default_factory=lambda: Column(np.zeros(0, np.uint32)))
    slot: Column = field(default_factory=lambda: Column(np.zeros(0, np.int32)))

    @property
    def n(self) -> int:
        """The number of cones."""
        return self.forms.n


@dataclass(slots=True)
class Rays:
    """Coordinates of the rays.

    ``y`` (n, D) are computed coordinates with magnitudes ``magnitude`` in the sense of ``bounds``;
    ``exact`` says that y is a vector of integers without error; ``signs`` (n, D) are the signs of the
    coordinates, known by construction; ``words`` (n, W) are the sign words of all blocks.
    """

    y: Column
    magnitude: Column
    exact: Column
    signs: Column
    words: Column


@dataclass(slots=True)
class Cells:
    """The labels of the full-dimensional cones.

    ``words`` (n, W) are their sign words, and ``origin`` is the cell of the complex at the beginning of
    the current layer in which the cone lies.
    """

    words: Column
    origin: Column


@dataclass(slots=True)
class Fan:
    """A fan in R^D: levels[k - 1] holds the cones of dimension k."""

    levels: list[Level]
    rays: Rays
    cells: Cells

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

    def begin_block(self, column: int) -> None:
        """Compute the words of all cones for the block whose ray words stand in ``column``."""
        word = self.rays.words.view[:, column].copy()
        low = word | (word >> np.uint64(32))
        zero = ~low.astype(np.uint32)
        for k, level in enumerate(self.levels, start=1):
            if k > 1:
                assert level.facets is not None
                level.facets.compact()
                starts, entries = level.facets.start.view, level.facets.pool.view
                word = np.bitwise_or.reduceat(word[entries], starts)
                zero = np.bitwise_or.reduceat(zero[entries], starts)
            level.word, level.zero = Column(word), Column(zero)
            level.slot = Column(np.full(level.n, -1, dtype=np.int32))

    def end_block(self, column: int) -> None:
        """Store the words of the cells as their labels."""
        self.cells.words.view[:, column] = self.levels[-1].word.view

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
                    Column(np.cumsum(counts, dtype=np.int64) - counts),
                    Column(counts),
                    Column(renumber[entries]),
                )
            for name in ("forms", "word", "zero", "slot"):
                setattr(level, name, Column(getattr(level, name).view[mask]))
            renumber = (np.cumsum(mask) - 1).astype(np.int32)
        for part, mask in ((self.rays, masks[0]), (self.cells, masks[-1])):
            for name in part.__dataclass_fields__:
                setattr(part, name, Column(getattr(part, name).view[mask]))

    @property
    def nbytes(self) -> int:
        """The memory that the arrays hold."""
        columns = [
            getattr(part, name)
            for part in (self.rays, self.cells)
            for name in part.__dataclass_fields__
        ]
        for level in self.levels:
            columns += [level.forms, level.word, level.zero, level.slot]
            if level.facets is not None:
                columns += [level.facets.start, level.facets.count, level.facets.pool]
        return sum(column.nbytes for column in columns)


def orthants(half: NDArray[np.bool_], n_words: int) -> Fan:
    """Return the fan of the orthants of R^D in which the coordinates with ``half`` are nonnegative.

    Form i of the table of forms is coordinate i.  A cone of dimension k is spanned by k of the rays
    +-e_i with different i, and its span is cut out by the other D - k coordinates.

    >>> fan = orthants(np.array([False, True]), 1)
    >>> [level.n for level in fan.levels]
    [3, 2]
    """
    D = len(half)
    signs = [(1,) if h else (-1, 1) for h in half]
    levels: list[Level] = []
    position: dict[tuple[tuple[int, int], ...], int] = {}
    for k in range(1, D + 1):
        cones = [
            tuple(zip(axes, choice, strict=True))
            for axes in combinations(range(D), k)
            for choice in product(*(signs[i] for i in axes))
        ]
        forms = [[i for i in range(D) if i not in {axis for axis, _ in cone}] for cone in cones]
        facets = None
        if k > 1:
            entries = [position[cone[:i] + cone[i + 1 :]] for cone in cones for i in range(k)]
            facets = Lists(
                Column(np.arange(0, len(entries), k, dtype=np.int64)),
                Column(np.full(len(cones), k, dtype=np.int32)),
                Column(np.array(entries, dtype=np.int32)),
            )
        else:
            y = np.zeros((len(cones), D))
            for row, ((axis, sign),) in enumerate(cones):
                y[row, axis] = sign
        position = {cone: i for i, cone in enumerate(cones)}
        levels.append(Level(Column(np.array(forms, dtype=np.int32).reshape(len(cones), D - k)), facets))
    rays = Rays(
        y=Column(y),
        magnitude=Column(np.abs(y)),
        exact=Column(np.ones(len(y), dtype=bool)),
        signs=Column(y.astype(np.int8)),
        words=Column(np.zeros((len(y), n_words), dtype=np.uint64)),
    )
    n = levels[-1].n
    cells = Cells(
        words=Column(np.zeros((n, n_words), dtype=np.uint64)),
        origin=Column(np.arange(n, dtype=np.int32)),
    )
    return Fan(levels, rays, cells)
