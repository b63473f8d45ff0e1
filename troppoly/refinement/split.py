"""One step of the refinement: split every cone that a unit's hyperplane crosses.

Let h be linear on every cone of the fan.  A cone F is crossed iff h > 0 at one of its rays and h < 0 at another.  Then
F+ = F cap {h >= 0} and F- = F cap {h <= 0} replace F, and F0 = F cap {h = 0} is new.  In any position:

- the facets of F+ are the facets of F on which h >= 0, not identically 0, the G+ of the crossed facets G of F, and F0;
  those of F- likewise;
- a facet of F0 is its intersection with a facet of F, of codimension 2 in F: the G0 of a crossed facet G, or a face K
  of F in {h = 0}.  Such a K lies in exactly two facets of F, with h >= 0 on one and h <= 0 on the other (else F would
  lie on one side of {h = 0} near K and so by convexity altogether), and h != 0 somewhere on each.  So every K is found
  exactly once, as a facet in {h = 0} of a facet of F on which h is otherwise positive.

A cone that is not crossed keeps its facets and has no crossed face, so the cost is proportional to what is crossed.  F+
takes the row of F; F- and F0 are appended.  What is crossed is collected first, which tells how much arrays will grow.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import Place
from troppoly.refinement.fan import Fan, Ids
from troppoly.refinement.forms import FormTable
from troppoly.refinement.rays import Signs

__all__ = ["Crossing", "Unit", "split"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A rectified unit: its stage, position among all units of this, and place in the sign words."""

    stage: int
    position: int
    place: Place


class _Crossed(NamedTuple):
    """The crossed cones ``ids`` of one dimension, with the form of h on each; F- gets the row ``minus``, F0 ``zero``.

    ``entries`` are their facets, of the cones at the positions ``owners``; ``crossed`` are the positions of the crossed
    ones among the entries, ``below`` those among the crossed cones of dimension k - 1; ``inside`` are the faces K in
    {h = 0}, of the cones at the positions ``inside_owners``.
    """

    ids: Ids
    form: Ids
    minus: Ids
    zero: Ids
    entries: Ids
    owners: Ids
    crossed: Ids
    below: Ids
    inside_owners: Ids
    inside: Ids


class Crossing:
    """What a unit of the current block crosses: ``cells``, and all their faces that it crosses.

    Its forms will be those on the cells ``representatives``; tables will have at most ``n_rows`` rows, and all arrays,
    with the temporary ones of the split, ``nbytes``.
    """

    def __init__(self, fan: Fan, forms: FormTable, unit: Unit, cells: NDArray[np.intp]) -> None:
        self.unit = unit
        if unit.stage <= 1:  # the facets of the domain, and the first layer, are one form on all cells
            self.representatives, places = cells[:1], np.zeros(len(cells), dtype=np.intp)
        else:
            origins, places = np.unique(fan.cells.origin.view[cells], return_inverse=True)
            self.representatives = np.zeros(len(origins), dtype=np.intp)
            self.representatives[places] = cells
        self.levels = _collect(fan, unit, cells.astype(np.int32), (forms.n + places).astype(np.int32))
        counts = [0, *(len(crossed.ids) for crossed in self.levels), 0]
        more = [split + new for split, new in pairwise(counts)]
        tables = [*zip(fan.cones, more, strict=True), (fan.cells, counts[-2]), (forms, len(self.representatives))]
        self.n_rows = max(table.n + rows for table, rows in tables)
        self._capacities = [pair for table, rows in tables for pair in table.capacities(rows)]
        for k, (level, crossed) in enumerate(zip(fan.levels, self.levels, strict=True), start=2):
            n = 2 * len(crossed.ids) + (len(crossed.entries) + len(crossed.crossed) if k > 2 else 0)
            if k < fan.dimension:
                n += len(self.levels[k - 1].crossed) + len(self.levels[k - 1].inside)
            self._capacities.append((level.pool, level.pool.capacity(n)))
        self._scratch = max(
            len(fan.scratch), *(cones.forms.capacity(n) for cones, n in zip(fan.cones, more, strict=True))
        )
        self.nbytes = (
            sum([capacity * column.row_nbytes for column, capacity in self._capacities])
            + self._scratch * fan.scratch.itemsize
            + sum(array.nbytes for crossed in self.levels for array in crossed)
            + 40 * max(len(crossed.entries) for crossed in self.levels)
        )

    def reserve(self, fan: Fan) -> None:
        """Make room for all that grows."""
        if len(fan.scratch) < self._scratch:
            fan.scratch = np.zeros(self._scratch, np.int32)
        for column, capacity in self._capacities:
            column.reserve(capacity)


def split(fan: Fan, signs: Signs, crossing: Crossing) -> None:
    """Refine the fan by a unit of the current block."""
    unit, crossed, words = crossing.unit, crossing.levels, fan.cells.words.view
    crossing.reserve(fan)
    for part in signs.parts(unit.stage, len(crossing.representatives)):
        signs.forms.add(signs.stages, unit.stage, unit.position, words[crossing.representatives[part]])
    _split_edges(fan, signs, unit, crossed[0])
    for k in range(3, fan.dimension + 1):
        _split_level(fan, unit, k, crossed[k - 2], crossed[k - 3])
    top = crossed[-1].ids
    fan.cells.extend(words[top], fan.cells.origin.view[top])


def _collect(fan: Fan, unit: Unit, ids: Ids, form: Ids) -> list[_Crossed]:
    """Find the crossed cones of dimension 2, ..., D, from the cells down, and the form of h on each.

    They are faces of crossed cells, and h is the same form on both, modulo what vanishes on the face.
    """
    result, place = [], unit.place
    for k in range(fan.dimension, 2, -1):
        level, lower = fan.levels[k - 2], fan.levels[k - 3]
        n = len(ids)
        owners, entries = level.gather(ids)
        words = lower.word.view[entries]
        crossed = np.flatnonzero(place.crosses(words)).astype(np.int32)
        touching = np.flatnonzero((words & (place.crossed | place.zero)) == place.plus | place.zero)
        places, faces = lower.gather(entries[touching])
        inside = np.flatnonzero((fan.cones[k - 3].word.view[faces] & place.crossed) == 0)
        repeated = entries[crossed]
        slot, order = fan.scratch, np.arange(len(crossed))
        slot[repeated] = order
        first = np.flatnonzero(slot[repeated] == order)  # one occurrence of each
        ids_below, form_below = repeated[first], form[owners[crossed[first]]]
        slot[ids_below] = np.arange(len(first))
        minus, zero = _new_rows(level.n, n), _new_rows(lower.n + len(ids_below), n)
        inside_owners = owners[touching[places[inside]]]
        result.append(
            _Crossed(ids, form, minus, zero, entries, owners, crossed, slot[repeated], inside_owners, faces[inside])
        )
        ids, form = ids_below, form_below
    edges = fan.levels[0]
    minus, zero = _new_rows(edges.n, len(ids)), _new_rows(fan.rays.n, len(ids))
    ends = edges.pool.view.reshape(-1, 2)[ids]
    result.append(_Crossed(ids, form, minus, zero, ends, *[np.zeros(0, dtype=np.int32)] * 5))
    return result[::-1]


def _new_rows(first: int, n: int) -> Ids:
    return np.arange(first, first + n, dtype=np.int32)


def _split_edges(fan: Fan, signs: Signs, unit: Unit, crossed: _Crossed) -> None:
    """Cut the crossed edges at new rays."""
    edges, rays = fan.levels[0], fan.rays
    ids, ends, new = crossed.ids, crossed.entries, crossed.zero
    forms = edges.forms.view[ids]
    signs.new_rays(fan, unit.stage, unit.place, ends, np.concatenate([forms, crossed.form[:, None]], axis=1))
    words = rays.word.view
    swap = (words[ends[:, 0]] & unit.place.plus) == 0
    plus, minus = np.where(swap, ends.T[::-1], ends.T)
    pairs = edges.pool.view.reshape(-1, 2)
    pairs[ids, 0], pairs[ids, 1] = plus, new
    edges.word.view[ids] = words[plus] | words[new]
    two = np.full(len(ids), 2, dtype=np.int32)
    edges.append(forms, words[minus] | words[new], two, np.stack([minus, new], axis=1).ravel())


def _split_level(fan: Fan, unit: Unit, k: int, crossed: _Crossed, below: _Crossed) -> None:
    """Split the crossed cones of dimension k >= 3; those of lower dimension are split already."""
    level, lower, lowest = fan.levels[k - 2], fan.levels[k - 3], fan.cones[k - 3].word.view
    ids, owners, entries, split_here = crossed.ids, crossed.owners, crossed.entries, crossed.crossed
    own_forms = level.forms.view[ids]
    positive = (lower.word.view[entries] & unit.place.plus) != 0
    negative = ~positive
    positive[split_here] = negative[split_here] = True  # F+ has taken the row of F

    # the new cones F0, of dimension k - 1
    zero_owners, zero_entries = owners[split_here], below.zero[crossed.below]
    if len(crossed.inside):
        zero_owners = np.concatenate([zero_owners, crossed.inside_owners])
        order = np.argsort(zero_owners, kind="stable")
        zero_owners = zero_owners[order]
        zero_entries = np.concatenate([zero_entries, crossed.inside])[order]
    counts = np.bincount(zero_owners, minlength=len(ids)).astype(np.int32)
    words = _unions(lowest[zero_entries], counts)
    lower.append(np.concatenate([own_forms, crossed.form[:, None]], axis=1), words, counts, zero_entries)

    # F+ and F-, of dimension k
    counts, lists = _with_last(owners[positive], entries[positive], crossed.zero)
    level.replace(ids, counts, lists)
    level.word.view[ids] = _unions(lower.word.view[lists], counts)
    entries[split_here] = below.minus[crossed.below]
    counts, lists = _with_last(owners[negative], entries[negative], crossed.zero)
    level.append(own_forms, _unions(lower.word.view[lists], counts), counts, lists)


def _unions(words: NDArray[np.uint64], counts: NDArray[np.int32]) -> NDArray[np.uint64]:
    """The unions of the words of successive lists, none of which is empty."""
    return np.bitwise_or.reduceat(words, np.cumsum(counts) - counts)


def _with_last(owners: Ids, entries: Ids, last: Ids) -> tuple[NDArray[np.int32], Ids]:
    """Lists of entries by ascending owner, with ``last[i]`` at the end of list i."""
    counts = np.bincount(owners, minlength=len(last)) + 1
    result = np.empty(len(entries) + len(last), dtype=np.int32)
    result[np.arange(len(entries)) + owners] = entries
    result[np.cumsum(counts) - 1] = last
    return counts.astype(np.int32), result
