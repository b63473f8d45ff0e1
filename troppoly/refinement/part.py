"""Parts: pieces of the fan under refinement, each a face lattice of its own in flat arrays.

A cone of dimension k is a row of level k - 1: its facets (rows of the level below) are ``count`` entries of ``pool``
from ``start`` on, the D - k linear forms that cut out its span are numbers of the part's table of forms, and ``word``
says for at most 20 units where they are positive (bits 0 to 19), zero (from 21 on) and negative (from 42 on).  Rays
have coordinates instead of facets; rays and cells have the words of all units, and in a last column the signs of the
coordinates.  All levels lie one behind the other in the same arrays, so that one compiled program serves every
dimension.

A part is *divided* by a wall, a unit that is done: its cells on either side become parts.  The faces on the wall belong
to both; they are marked (``shared``), and so is what they are split into.  So the marked faces of a part are those that
other parts may have, too.

*One owner.*  A part owns the faces without the second bit of ``shared``, which is set on the copy of side 2 of a face
on the wall.  The relative interiors of the faces that a part owns make up a set of points, which splitting does not
change, as what is split inherits the bit; and a division divides this set into those of the two sides.  So every face
of the whole complex has exactly one owner, and what is counted over owned faces is a sum over parts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from troppoly.compiled import compiled

__all__ = ["Part", "allocate", "best_wall", "grown", "mark_cells", "mark_sides", "side_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ids = NDArray[np.int32]
Words = NDArray[np.uint64]

BLOCK = 20
"""The number of units of a block."""

PLUS, ZERO, MINUS = np.uint64(0), np.uint64(21), np.uint64(42)

# The entries of a part's ``state``.
PHASE, OFF, NEXT, J, N_UNITS, FORMS, DOUBTS, CURSOR, RAYS, TICK, LIMIT, RECORD, LIVE, COUNTERS = range(14)
_N_STATE = COUNTERS + 5


_ROW = np.dtype(
    [("word", "u8"), ("start", "i4"), ("count", "i4"), ("slot", "i4"), ("mark", "i4"), ("minus", "i4"), ("zero", "i4")]
)
"""What is read of a cone together: ``start`` is relative to the level's ``pool_base``, ``slot`` a cell that contains it
(at the begin of the layer), ``minus`` and ``zero`` are F- and F0 if the unit with the tick ``mark`` crosses it."""


class Part(NamedTuple):
    """The arrays of a part; those by level have the rows ``base[k] + i``, i < ``n[k]`` <= ``cap[k]``."""

    state: Ints
    units: Ints  # the units of the block
    n: Ints
    base: Ints
    cap: Ints
    used: Ints  # of the pool of each level
    pool_base: Ints
    pool_cap: Ints
    wanted: Ints  # (2, D): rows and entries for the next split
    form_base: Ints
    row: NDArray[np.void]
    shared: NDArray[np.uint8]  # 1: other parts may have it, 2: and one of them owns it
    form: Ids
    crossed: Ids
    n_crossed: Ints
    pool: Ids
    y: Floats
    magnitude: Floats
    exact: NDArray[np.uint8]
    ray_words: Words
    cell_words: Words
    values: Floats  # of the forms
    magnitudes: Floats
    exact_forms: NDArray[np.uint8]
    recipe: Ids
    form_words: Words
    form_of: Ids  # (slots, 2): the form of a unit on each slot, and the unit's tick


def allocate(D: int, n_words: int, n: Ints, used: Ints, n_forms: int, n_slots: int) -> Part:
    """Return an empty part with room for this many cones, entries, forms and slots."""
    base, pool_base = np.cumsum(n) - n, np.cumsum(used) - used
    widths = n * np.arange(D - 1, -1, -1)
    rows, rays, cells, empty = int(n.sum()), int(n[0]), int(n[-1]), np.empty
    return Part(
        state=np.zeros(_N_STATE, np.int64),
        units=np.zeros(BLOCK, np.int64),
        n=np.zeros(D, np.int64),
        base=base,
        cap=n.astype(np.int64),
        used=np.zeros(D, np.int64),
        pool_base=pool_base,
        pool_cap=used.astype(np.int64),
        wanted=np.zeros((2, D), np.int64),
        form_base=np.cumsum(widths) - widths,
        row=np.zeros(rows, _ROW),
        shared=np.zeros(rows, np.uint8),
        form=empty(int(widths.sum()), np.int32),
        crossed=empty(rows, np.int32),
        n_crossed=np.zeros(D, np.int64),
        pool=empty(int(used.sum()), np.int32),
        y=empty((rays, D)),
        magnitude=empty((rays, D)),
        exact=empty(rays, np.uint8),
        ray_words=empty((rays, n_words + 1), np.uint64),
        cell_words=empty((cells, n_words + 1), np.uint64),
        values=empty((n_forms, D)),
        magnitudes=empty((n_forms, D)),
        exact_forms=empty(n_forms, np.uint8),
        recipe=empty((n_forms, 2), np.int32),
        form_words=empty((n_forms, n_words), np.uint64),
        form_of=np.zeros((n_slots, 2), np.int32),
    )


def grown(part: Part, factor: float) -> Part:
    """Return the part with ``factor`` times the room it wants; lists that were replaced are left out."""
    live, extra = np.zeros_like(part.n), part.wanted[1] - part.used
    _count_entries(part, live)
    n = factor * np.maximum(part.wanted[0], part.n)
    used = 1.5 * factor * live + np.maximum(extra, 0)
    more = int(factor * (part.state[FORMS] + part.n_crossed[-1])) + 1
    result = allocate(len(part.n), part.form_words.shape[1], n.astype(int) + 1, used.astype(int) + 1, more, 0)
    result.state[:], result.units[:], result.n[:] = part.state, part.units, part.n
    n_rays, n_cells, n_forms = int(part.n[0]), int(part.n[-1]), int(part.state[FORMS])
    for old, new in _ray_columns(part, result):
        new[:n_rays] = old[:n_rays]
    result.cell_words[:n_cells] = part.cell_words[:n_cells]
    for old, new in _form_columns(part, result):
        new[:n_forms] = old[:n_forms]
    _copy(part, result)
    return result._replace(form_of=part.form_of)


@compiled
def _count_entries(p, live):
    """Count the entries of the lists of every level."""
    for k in range(1, len(p.n)):
        live[k] = 0
        for c in range(p.base[k], p.base[k] + p.n[k]):
            live[k] += p.row[c].count


@compiled
def _copy(p, q):
    D = len(p.n)
    for k in range(D):
        a, b, width, used = p.base[k], q.base[k], D - 1 - k, 0
        for i in range(p.n[k]):
            q.row[b + i].word = p.row[a + i].word
            q.row[b + i].slot = p.row[a + i].slot
            q.row[b + i].count = p.row[a + i].count
            q.shared[b + i] = p.shared[a + i]
            if k:
                q.row[b + i].start = used
                s, t = p.pool_base[k] + p.row[a + i].start, q.pool_base[k] + used
                for e in range(p.row[a + i].count):
                    q.pool[t + e] = p.pool[s + e]
                used += p.row[a + i].count
        q.used[k] = used
        a, b = p.form_base[k], q.form_base[k]
        for i in range(p.n[k] * width):
            q.form[b + i] = p.form[a + i]


def best_wall(part: Part, walls: NDArray[np.bool_], column: int) -> tuple[int, int] | None:
    """Return the unit that is done and halves some of the cells best, as (column, bit), or None if none does.

    ``walls`` tells for every (column, bit) whether it may be chosen.  The block's units stand from ``column`` on; the
    block's word is returned as column -1.
    """
    n = int(part.n[-1])
    cells = np.arange(0, n, max(1, n // 256))
    words, block = part.cell_words[cells], part.row["word"][part.base[-1] + cells]
    bits, own = np.arange(32, dtype=np.uint64), np.arange(int(part.state[J]), dtype=np.uint64)
    one = np.uint64(1)
    smaller = np.minimum(*((words[:, :, None] >> (bits + s) & one).sum(axis=0) for s in (np.uint64(0), np.uint64(32))))
    smaller *= walls
    place = divmod(int(np.argmax(smaller)), 32)
    best = smaller[place]
    if len(own):
        units = part.units[: len(own)]
        smaller = np.minimum(*((block[:, None] >> (own + s) & one).sum(axis=0) for s in (PLUS, MINUS)))
        smaller *= walls[column + units // 32, units % 32]
        if smaller.max() > best:
            return -1, int(np.argmax(smaller))
    return place if best else None


def mark_cells(part: Part, column: int, bit: int) -> None:
    """Say by ``mark`` of the cells, 1 or 2, on which side of a wall they are."""
    top = slice(int(part.base[-1]), int(part.base[-1] + part.n[-1]))
    words = part.row["word"][top] if column < 0 else part.cell_words[: part.n[-1], column]
    part.row["mark"][top] = 1 + (words >> np.uint64(bit) & np.uint64(1)).astype(np.int32)


@compiled
def mark_sides(p, share):
    """Mark all faces by the sides of the cells that contain them, as a set of bits; those of both sides are shared."""
    for k in range(len(p.n) - 1, 0, -1):
        for i in range(p.n[k - 1]):
            p.row[p.base[k - 1] + i].mark = 0
        for i in range(p.n[k]):
            f = p.base[k] + i
            s = p.pool_base[k] + p.row[f].start
            for e in range(s, s + p.row[f].count):
                p.row[p.base[k - 1] + p.pool[e]].mark |= p.row[f].mark
    if share:
        for k in range(len(p.n)):
            for f in range(p.base[k], p.base[k] + p.n[k]):
                if p.row[f].mark == 3:
                    p.shared[f] |= 1


@compiled
def _measure(p, side, n, used, forms, slots):
    """Number what a side needs: rows (by ``minus``), forms and slots (their new numbers or -1), and count entries."""
    D = len(p.n)
    n_forms, n_slots = 0, 0
    for i in range(D):  # the coordinates stay the first forms
        forms[i] = i
    n_forms = D
    for k in range(D):
        width = D - 1 - k
        n[k] = used[k] = 0
        for i in range(p.n[k]):
            f = p.base[k] + i
            if p.row[f].mark & side:
                p.row[f].minus = n[k]
                n[k] += 1
                if k:
                    used[k] += p.row[f].count
                for z in range(width):
                    form = p.form[p.form_base[k] + i * width + z]
                    if forms[form] < 0:
                        forms[form] = n_forms
                        n_forms += 1
                if k == D - 1 and slots[p.row[f].slot] < 0:
                    slots[p.row[f].slot] = n_slots
                    n_slots += 1
    return n_forms, n_slots


@compiled
def _extract(p, side, q, forms, slots):
    """Write the lattice of a measured side to the part q, which has room for it."""
    D, live = len(p.n), 0
    for k in range(D - 1, -1, -1):
        width, t, m = D - 1 - k, 0, 0
        for i in range(p.n[k]):
            f = p.base[k] + i
            if not p.row[f].mark & side:
                continue
            g = q.base[k] + m
            q.row[g].word = p.row[f].word
            if k == D - 1 or p.row[f].mark != 3:  # else the slot may be of the other side
                q.row[g].slot = slots[p.row[f].slot]
            q.shared[g] = p.shared[f] | (2 if side == 2 and p.row[f].mark == 3 else 0)
            for z in range(width):
                q.form[q.form_base[k] + m * width + z] = forms[p.form[p.form_base[k] + i * width + z]]
            if k:
                q.row[g].start = t
                q.row[g].count = p.row[f].count
                s = p.pool_base[k] + p.row[f].start
                for e in range(s, s + p.row[f].count):
                    facet = p.base[k - 1] + p.pool[e]
                    below = p.row[facet].minus
                    q.pool[q.pool_base[k] + t] = below
                    if p.row[facet].mark == 3:
                        q.row[q.base[k - 1] + below].slot = q.row[g].slot
                    t += 1
            m += 1
        q.n[k], q.used[k] = m, t
        live += t
    q.state[LIVE] = live


def side_of(part: Part, side: int, n_slots: int) -> tuple[Part, NDArray[np.intp]]:
    """Return the part of the marked cells of a side, with room to grow, and which slots of ``n_slots`` it has kept."""
    n, used = np.zeros_like(part.n), np.zeros_like(part.n)
    forms, slots = np.full(int(part.state[FORMS]), -1, np.int32), np.full(n_slots, -1, np.int32)
    n_forms, n_kept = _measure(part, side, n, used, forms, slots)
    more = 5 * n_forms // 2 + 8 * int(n[-1])  # units of the next layer have a form for each cell that they cross
    result = allocate(len(n), part.form_words.shape[1], 5 * n // 2, 4 * used, more, n_kept)
    result.state[:COUNTERS], result.units[:] = part.state[:COUNTERS], part.units
    result.state[FORMS], result.state[TICK] = n_forms, 0
    _extract(part, side, result, forms, slots)
    (rays, cells) = (
        np.flatnonzero(part.row["mark"][part.base[k] : part.base[k] + part.n[k]] & side) for k in (0, len(n) - 1)
    )
    for old, new in _ray_columns(part, result):
        new[: len(rays)] = old[rays]
    result.cell_words[: len(cells)] = part.cell_words[cells]
    order = inverse(forms, n_forms)
    for old, new in _form_columns(part, result):
        new[:n_forms] = old[order]
    return result, inverse(slots, n_kept)


def inverse(numbers: Ids, n: int) -> NDArray[np.intp]:
    """Return what has been given the numbers 0, ..., n - 1; the others have -1."""
    kept = np.flatnonzero(numbers >= 0)
    result = np.empty(n, np.intp)
    result[numbers[kept]] = kept
    return result


Columns = list[tuple[NDArray[Any], NDArray[Any]]]


def _ray_columns(p: Part, q: Part) -> Columns:
    return [(p.y, q.y), (p.magnitude, q.magnitude), (p.exact, q.exact), (p.ray_words, q.ray_words)]


def _form_columns(p: Part, q: Part) -> Columns:
    pairs: Columns = [(p.values, q.values), (p.magnitudes, q.magnitudes), (p.exact_forms, q.exact_forms)]
    return [*pairs, (p.recipe, q.recipe), (p.form_words, q.form_words)]
