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
proportional to what is crossed.  F+ takes the row of F; F- and F0 are appended.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from troppoly.complex.fan import Fan, Level
from troppoly.complex.rays import Signs

__all__ = ["Unit", "crossed_cells", "split"]

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Unit:
    """A rectified unit: its network, layer, position among the units, and place in the sign words."""

    network: int
    layer: int
    position: int
    column: int
    bit: int

    @property
    def positive(self) -> np.uint64:
        """The bit of the word that says: positive somewhere."""
        return np.uint64(1 << self.bit)

    @property
    def negative(self) -> np.uint64:
        """The bit of the word that says: negative somewhere."""
        return np.uint64(1 << (32 + self.bit))

    @property
    def both(self) -> np.uint64:
        """Both bits."""
        return self.positive | self.negative


@dataclass(slots=True)
class _Crossed:
    """The crossed cones of one dimension, with the lists of their facets and the new row numbers."""

    ids: Ids
    form: Ids
    owners: NDArray[np.intp]
    entries: Ids
    crossed: NDArray[np.bool_]
    minus: Ids
    zero: Ids


def crossed_cells(fan: Fan, unit: Unit) -> NDArray[np.intp]:
    """Return the cells that the unit's hyperplane crosses."""
    return np.flatnonzero((fan.levels[-1].word.view & unit.both) == unit.both)


def split(fan: Fan, signs: Signs, unit: Unit, cells: NDArray[np.intp]) -> None:
    """Refine the fan by a unit of the current block that crosses ``cells``."""
    crossed = _collect(fan, signs, unit, cells)
    _split_edges(fan, signs, unit, crossed[2])
    for k in range(3, fan.dimension + 1):
        _split_level(fan, unit, k, crossed[k], crossed[k - 1])
    top = crossed[fan.dimension].ids
    fan.cells.words.extend(fan.cells.words.view[top])
    fan.cells.origin.extend(fan.cells.origin.view[top])


def _collect(
    fan: Fan, signs: Signs, unit: Unit, cells: NDArray[np.intp]
) -> dict[int, _Crossed]:
    """Find the crossed cones of all dimensions, from the cells down, and the form of h on each.

    A crossed cone is a face of a crossed cell, and h is the same form on both, up to what vanishes
    on the span of the face.
    """
    layers = signs.networks[unit.network][: unit.layer + 1]
    origins, places = np.unique(fan.cells.origin.view[cells], return_inverse=True)
    if unit.layer == 0:
        origins, places = origins[:1], np.zeros_like(places)
    representative = np.zeros(len(origins), dtype=np.intp)
    representative[places] = cells
    new = signs.forms.add(
        layers, unit.network, unit.position, fan.cells.words.view[representative]
    )
    ids, form = cells.astype(np.int32), new[places]
    result = {}
    for k in range(fan.dimension, 1, -1):
        level, lower = fan.levels[k - 1], fan.levels[k - 2]
        assert level.facets is not None
        level.slot.view[ids] = np.arange(len(ids))
        n = len(ids)
        minus = np.arange(level.n, level.n + n, dtype=np.int32)
        if k == 2:
            nothing = np.zeros(0, dtype=np.intp)
            entries = level.facets.pool.view.reshape(-1, 2)[ids]
            zero = np.arange(lower.n, lower.n + n, dtype=np.int32)
            result[2] = _Crossed(ids, form, nothing, entries, nothing.astype(bool), minus, zero)
            break
        owners, entries = level.facets.gather(ids)
        mask = (lower.word.view[entries] & unit.both) == unit.both
        below, owners_below = entries[mask], owners[mask]
        slot = lower.slot.view
        slot[below] = np.arange(len(below))
        first = slot[below] == np.arange(len(below))  # one occurrence of each
        ids_below, form_below = below[first], form[owners_below[first]]
        zero = np.arange(
            lower.n + len(ids_below), lower.n + len(ids_below) + n, dtype=np.int32
        )
        result[k] = _Crossed(ids, form, owners, entries, mask, minus, zero)
        ids, form = ids_below, form_below
    return result


def _split_edges(fan: Fan, signs: Signs, unit: Unit, crossed: _Crossed) -> None:
    """Cut the crossed edges at new rays."""
    edges, rays = fan.levels[1], fan.levels[0]
    assert edges.facets is not None
    ids, ends, new = crossed.ids, crossed.entries, crossed.zero
    forms = np.concatenate([edges.forms.view[ids], crossed.form[:, None]], axis=1)
    signs.new_rays(
        fan, unit.network, unit.layer, unit.column, unit.both, ends, np.ascontiguousarray(forms)
    )
    words = fan.rays.words.view[new, unit.column]
    rays.word.extend(words)
    rays.zero.extend(_vanishing(words))
    rays.slot.extend(np.zeros(len(new), dtype=np.int32))

    swap = (rays.word.view[ends[:, 0]] & unit.positive) == 0
    plus = np.where(swap, ends[:, 1], ends[:, 0])
    minus = np.where(swap, ends[:, 0], ends[:, 1])
    pairs = edges.facets.pool.view.reshape(-1, 2)
    pairs[ids, 0], pairs[ids, 1] = plus, new
    edges.facets.start.extend(
        np.arange(edges.facets.pool.n, edges.facets.pool.n + 2 * len(ids), 2, dtype=np.int64)
    )
    edges.facets.count.extend(np.full(len(ids), 2, dtype=np.int32))
    edges.facets.pool.extend(np.stack([minus, new], axis=1).ravel())
    edges.word.view[ids] = rays.word.view[plus] | words
    edges.zero.view[ids] = rays.zero.view[plus] | rays.zero.view[new]
    _append(
        edges, edges.forms.view[ids], rays.word.view[minus] | words,
        rays.zero.view[minus] | rays.zero.view[new],
    )


def _split_level(fan: Fan, unit: Unit, k: int, crossed: _Crossed, below: _Crossed) -> None:
    """Split the crossed cones of dimension k >= 3; those of lower dimension are split already."""
    level, lower, lowest = fan.levels[k - 1], fan.levels[k - 2], fan.levels[k - 3]
    assert level.facets is not None
    assert lower.facets is not None
    ids, owners, entries, mask = crossed.ids, crossed.owners, crossed.entries, crossed.crossed
    slots = lower.slot.view[entries[mask]]

    # the new cones F0, of dimension k - 1
    zero_owners, zero_entries = owners[mask], below.zero[slots]
    positive = mask | ((lower.word.view[entries] & unit.positive) != 0)
    touching = np.flatnonzero(
        positive & ~mask & ((lower.zero.view[entries] & np.uint32(unit.positive)) != 0)
    )
    if len(touching):
        places, faces = lower.facets.gather(entries[touching])
        inside = (lowest.word.view[faces] & unit.both) == 0
        zero_owners = np.concatenate([zero_owners, owners[touching[places[inside]]]])
        zero_entries = np.concatenate([zero_entries, faces[inside]])
        order = np.argsort(zero_owners, kind="stable")
        zero_owners, zero_entries = zero_owners[order], zero_entries[order]
    counts = np.bincount(zero_owners, minlength=len(ids)).astype(np.int32)
    forms = np.concatenate([level.forms.view[ids], crossed.form[:, None]], axis=1)
    if k == 3:
        lower.facets.start.extend(
            np.arange(lower.facets.pool.n, lower.facets.pool.n + 2 * len(ids), 2, dtype=np.int64)
        )
        lower.facets.pool.extend(zero_entries)
    else:
        lower.facets.start.extend(lower.facets.write(counts, zero_entries))
    lower.facets.count.extend(counts)
    bounds = np.cumsum(counts) - counts
    _append(
        lower, forms, np.bitwise_or.reduceat(lowest.word.view[zero_entries], bounds),
        np.bitwise_or.reduceat(lowest.zero.view[zero_entries], bounds),
    )

    # F- and F+, of dimension k
    counts, lists = _with_last(owners[positive], entries[positive], crossed.zero, len(ids))
    starts = level.facets.write(counts, lists)
    level.facets.start.view[ids] = starts
    level.facets.count.view[ids] = counts
    bounds = np.cumsum(counts) - counts
    level.word.view[ids] = np.bitwise_or.reduceat(lower.word.view[lists], bounds)
    level.zero.view[ids] = np.bitwise_or.reduceat(lower.zero.view[lists], bounds)

    replaced = entries.copy()
    replaced[mask] = below.minus[slots]
    negative = mask | ~positive
    counts, lists = _with_last(owners[negative], replaced[negative], crossed.zero, len(ids))
    level.facets.start.extend(level.facets.write(counts, lists))
    level.facets.count.extend(counts)
    bounds = np.cumsum(counts) - counts
    _append(
        level, level.forms.view[ids], np.bitwise_or.reduceat(lower.word.view[lists], bounds),
        np.bitwise_or.reduceat(lower.zero.view[lists], bounds),
    )


def _with_last(
    owners: NDArray[np.intp], entries: Ids, last: Ids, n: int
) -> tuple[NDArray[np.int32], Ids]:
    """Lists of entries by ascending owner, with ``last[i]`` at the end of list i."""
    counts = np.bincount(owners, minlength=n) + 1
    result = np.empty(len(entries) + n, dtype=np.int32)
    result[np.arange(len(entries)) + owners] = entries
    result[np.cumsum(counts) - 1] = last
    return counts.astype(np.int32), result


def _append(
    level: Level, forms: Ids, words: NDArray[np.uint64], zero: NDArray[np.uint32]
) -> None:
    """Append rows to a level whose lists of facets were written already."""
    level.forms.extend(forms)
    level.word.extend(words)
    level.zero.extend(zero)
    level.slot.extend(np.zeros(len(words), dtype=np.int32))


def _vanishing(words: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """The bits of the units that vanish at rays with these words."""
    return ~(words | (words >> np.uint64(32))).astype(np.uint32)
