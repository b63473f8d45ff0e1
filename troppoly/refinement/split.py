"""One step of the refinement: split every cone that a unit's hyperplane crosses.

Let h be the unit, linear on every cone of the fan.  A cone F is crossed iff h is positive at one of its
rays and negative at another.  Then F is replaced by F+ = {h >= 0} and F- = {h <= 0}, and
F0 = F cap {h = 0}, of one dimension less, is a new cone between them.  Its facets are what they are in
any position, degenerate or not:

- the facets of F+ are the facets of F on which h is somewhere positive and nowhere negative, the G+ of
  the crossed facets G of F, and F0; those of F- likewise;
- a facet of F0 is the intersection of F0 with a facet of F, of codimension 2 in F.  It is G0 for a
  crossed facet G, or else a face K of F that lies in {h = 0}.  Such a K lies in exactly two facets of
  F, and h is positive on one and negative on the other: if both were nonnegative, then F would lie in
  {h >= 0} near K and by convexity altogether.  So every such K is found exactly once as a facet on
  which h vanishes of a facet of F on which h is otherwise positive.

A cone that is not crossed keeps its facets, and no uncrossed cone has a crossed face; hence the cost is
proportional to what is crossed.  F+ takes the row of F; F- and F0 are appended.  What is crossed is collected
before anything is changed, so it is known by how much the arrays will grow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import Place, block_words
from troppoly.refinement.fan import Column, Fan, Level
from troppoly.refinement.forms import FormTable
from troppoly.refinement.rays import Signs

__all__ = ["Crossing", "Unit", "crossed_cells", "split"]

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Unit:
    """A rectified unit: its network, layer, position among the units, and place in the sign words."""

    network: int
    layer: int
    position: int
    place: Place


@dataclass(slots=True)
class _Crossed:
    """The crossed cones of one dimension, with the lists of their facets and the new row numbers.

    ``entries`` are the facets of the cones ``ids``, one list after another, ``owners`` the positions
    of the lists; ``crossed`` are the positions of the crossed ones among the entries, and ``below``
    their positions among the crossed cones of dimension k - 1; ``inside`` are the faces K in {h = 0}, of the
    cones at the positions ``inside_owners``.  ``form`` is the form of h on a cone.
    F- gets the row ``minus``, and F0 the row ``zero``.
    """

    ids: Ids
    form: Ids
    owners: Ids
    entries: Ids
    crossed: Ids
    below: Ids
    inside_owners: Ids
    inside: Ids
    minus: Ids
    zero: Ids

    @property
    def nbytes(self) -> int:
        """The memory of the arrays."""
        return sum(getattr(self, name).nbytes for name in self.__dataclass_fields__)


class Crossing:
    """What a unit of the current block crosses: ``cells``, and all their faces that it crosses.

    The forms of the unit will be those on the cells ``representatives``; ``n_rows`` is the most rows that a level,
    or the table of forms, will have.
    """

    def __init__(self, fan: Fan, forms: FormTable, unit: Unit, cells: NDArray[np.intp]) -> None:
        self.fan, self.forms, self.unit = fan, forms, unit
        origins, places = np.unique(fan.cells.origin.view[cells], return_inverse=True)
        if unit.layer == 0:
            origins, places = origins[:1], np.zeros_like(places)
        self.representatives = np.zeros(len(origins), dtype=np.intp)
        self.representatives[places] = cells
        new = (forms.values.n + places).astype(np.int32)
        self.levels = _collect(fan, unit, cells.astype(np.int32), new)
        n = [0, *(len(self.levels[k].ids) for k in range(2, fan.dimension + 1)), 0]
        self._more = [split + new for split, new in pairwise(n)]
        self._capacities = [(column, column.capacity(more)) for column, more in self._columns()]
        rows = [level.n + more for level, more in zip(fan.levels, self._more, strict=True)]
        self.n_rows = max(forms.values.n + len(origins), *rows)
        capacities = [level.forms.capacity(more) for level, more in zip(fan.levels, self._more, strict=True)]
        self._scratch = max(len(fan.scratch), *capacities)

    def _columns(self) -> Iterator[tuple[Column, int]]:
        """All arrays, and by how many rows they will grow."""
        for k, (level, more) in enumerate(zip(self.fan.levels, self._more, strict=True), start=1):
            yield from ((level.forms, more), (level.word, more))
            if level.facets is not None:
                crossed, above = self.levels[k], self.levels.get(k + 1)
                n = len(crossed.ids)
                pool = 2 * n if k == 2 else len(crossed.entries) + len(crossed.crossed) + 2 * n
                pool += 0 if above is None else len(above.crossed) + len(above.inside)
                yield from ((level.facets.start, more), (level.facets.count, more), (level.facets.pool, pool))
        yield from ((column, self._more[0]) for column in self.fan.rays.columns)
        yield from ((column, len(crossed.ids)) for column in self.fan.cells.columns)
        yield from ((column, len(self.representatives)) for column in self.forms.columns)

    @property
    def nbytes(self) -> int:
        """The memory that all arrays will take up, with the temporary ones of the split."""
        held = sum(capacity * column.row_nbytes for column, capacity in self._capacities)
        collected = sum(crossed.nbytes for crossed in self.levels.values())
        largest = max(len(crossed.entries) for crossed in self.levels.values())
        return held + self._scratch * self.fan.scratch.itemsize + collected + 40 * largest

    def reserve(self) -> None:
        """Make room for all that grows."""
        if len(self.fan.scratch) < self._scratch:
            self.fan.scratch = np.zeros(self._scratch, np.int32)
        for column, capacity in self._capacities:
            column.reserve(capacity)


def crossed_cells(fan: Fan, unit: Unit) -> NDArray[np.intp]:
    """Return the cells that the unit's hyperplane crosses."""
    return np.flatnonzero((fan.levels[-1].word.view & unit.place.crossed) == unit.place.crossed)


def split(fan: Fan, signs: Signs, crossing: Crossing) -> None:
    """Refine the fan by a unit of the current block."""
    unit, crossed = crossing.unit, crossing.levels
    crossing.reserve()
    network, words = signs.networks[unit.network], fan.cells.words.view
    step = signs.step(unit.network)
    for start in range(0, len(crossing.representatives), step):
        part = crossing.representatives[start : start + step]
        signs.forms.add(network, unit.network, unit.layer, unit.position, words[part])
    _split_edges(fan, signs, unit, crossed[2])
    for k in range(3, fan.dimension + 1):
        _split_level(fan, unit, k, crossed[k], crossed[k - 1])
    top = crossed[fan.dimension].ids
    fan.cells.words.extend(fan.cells.words.view[top])
    fan.cells.origin.extend(fan.cells.origin.view[top])


def _collect(fan: Fan, unit: Unit, ids: Ids, form: Ids) -> dict[int, _Crossed]:
    """Find the crossed cones of all dimensions, from the cells down, and the form of h on each.

    A crossed cone is a face of a crossed cell, and h is the same form on both, up to what vanishes
    on the span of the face.
    """
    result = {}
    nothing = np.zeros(0, dtype=np.int32)
    for k in range(fan.dimension, 1, -1):
        level, lower = fan.levels[k - 1], fan.levels[k - 2]
        assert level.facets is not None
        n = len(ids)
        minus = np.arange(level.n, level.n + n, dtype=np.int32)
        if k == 2:
            entries = level.facets.pool.view.reshape(-1, 2)[ids]
            zero = np.arange(lower.n, lower.n + n, dtype=np.int32)
            result[2] = _Crossed(ids, form, nothing, entries, nothing, zero[:0], nothing, zero[:0], minus, zero)
            break
        assert lower.facets is not None
        owners, entries = level.facets.gather(ids)
        words = lower.word.view[entries]
        crossed = np.flatnonzero((words & unit.place.crossed) == unit.place.crossed).astype(np.int32)
        touching = np.flatnonzero((words & (unit.place.crossed | unit.place.zero)) == unit.place.plus | unit.place.zero)
        places, faces = lower.facets.gather(entries[touching])
        inside = np.flatnonzero((fan.levels[k - 3].word.view[faces] & unit.place.crossed) == 0)
        repeated = entries[crossed]
        slot, order = fan.scratch, np.arange(len(crossed))
        slot[repeated] = order
        first = np.flatnonzero(slot[repeated] == order)  # one occurrence of each
        ids_below, form_below = repeated[first], form[owners[crossed[first]]]
        slot[ids_below] = np.arange(len(first))
        zero = np.arange(lower.n + len(ids_below), lower.n + len(ids_below) + n, dtype=np.int32)
        result[k] = _Crossed(
            ids,
            form,
            owners,
            entries,
            crossed,
            slot[repeated],
            owners[touching[places[inside]]],
            faces[inside],
            minus,
            zero,
        )
        ids, form = ids_below, form_below
    return result


def _split_edges(fan: Fan, signs: Signs, unit: Unit, crossed: _Crossed) -> None:
    """Cut the crossed edges at new rays."""
    edges, rays = fan.levels[1], fan.levels[0]
    assert edges.facets is not None
    ids, ends, new = crossed.ids, crossed.entries, crossed.zero
    forms = np.concatenate([edges.forms.view[ids], crossed.form[:, None]], axis=1)
    signs.new_rays(fan, unit.network, unit.layer, unit.place, ends, np.ascontiguousarray(forms))
    words = block_words(fan.rays.words.view[new, unit.place.column], unit.place.half)
    rays.word.extend(words)

    swap = (rays.word.view[ends[:, 0]] & unit.place.plus) == 0
    plus = np.where(swap, ends[:, 1], ends[:, 0])
    minus = np.where(swap, ends[:, 0], ends[:, 1])
    pairs = edges.facets.pool.view.reshape(-1, 2)
    pairs[ids, 0], pairs[ids, 1] = plus, new
    edges.facets.append(np.full(len(ids), 2, dtype=np.int32), np.stack([minus, new], axis=1).ravel())
    edges.word.view[ids] = rays.word.view[plus] | words
    _append(edges, edges.forms.view[ids], rays.word.view[minus] | words)


def _split_level(fan: Fan, unit: Unit, k: int, crossed: _Crossed, below: _Crossed) -> None:
    """Split the crossed cones of dimension k >= 3; those of lower dimension are split already."""
    level, lower, lowest = fan.levels[k - 1], fan.levels[k - 2], fan.levels[k - 3]
    assert level.facets is not None
    assert lower.facets is not None
    ids, owners, entries = crossed.ids, crossed.owners, crossed.entries
    split_here = crossed.crossed

    # the new cones F0, of dimension k - 1
    zero_owners, zero_entries = owners[split_here], below.zero[crossed.below]
    positive = (lower.word.view[entries] & unit.place.plus) != 0
    positive[split_here] = True  # F+ has taken the row of F
    negative = ~positive
    negative[split_here] = True
    if len(crossed.inside):
        zero_owners = np.concatenate([zero_owners, crossed.inside_owners])
        zero_entries = np.concatenate([zero_entries, crossed.inside])
        order = np.argsort(zero_owners, kind="stable")
        zero_owners, zero_entries = zero_owners[order], zero_entries[order]
    counts = np.bincount(zero_owners, minlength=len(ids)).astype(np.int32)
    forms = np.concatenate([level.forms.view[ids], crossed.form[:, None]], axis=1)
    lower.facets.append(counts, zero_entries)
    bounds = np.cumsum(counts) - counts
    _append(lower, forms, np.bitwise_or.reduceat(lowest.word.view[zero_entries], bounds))

    # F- and F+, of dimension k
    kept = np.flatnonzero(positive)
    counts, lists = _with_last(owners[kept], entries[kept], crossed.zero, len(ids))
    level.facets.replace(ids, counts, lists)
    bounds = np.cumsum(counts) - counts
    level.word.view[ids] = np.bitwise_or.reduceat(lower.word.view[lists], bounds)

    entries[split_here] = below.minus[crossed.below]
    kept = np.flatnonzero(negative)
    counts, lists = _with_last(owners[kept], entries[kept], crossed.zero, len(ids))
    level.facets.append(counts, lists)
    bounds = np.cumsum(counts) - counts
    words = np.bitwise_or.reduceat(lower.word.view[lists], bounds)
    _append(level, level.forms.view[ids], words)


def _with_last(owners: Ids, entries: Ids, last: Ids, n: int) -> tuple[NDArray[np.int32], Ids]:
    """Lists of entries by ascending owner, with ``last[i]`` at the end of list i."""
    counts = np.bincount(owners, minlength=n) + 1
    result = np.empty(len(entries) + n, dtype=np.int32)
    result[np.arange(len(entries)) + owners] = entries
    result[np.cumsum(counts) - 1] = last
    return counts.astype(np.int32), result


def _append(level: Level, forms: Ids, words: NDArray[np.uint64]) -> None:
    """Append rows to a level whose lists of facets were written already."""
    level.forms.extend(forms)
    level.word.extend(words)
