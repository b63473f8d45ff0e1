"""A part is divided by a wall, a unit that is done: its cells on either side become parts.

The faces on the wall belong to both; they are marked (``shared``), and so is what they are split into.  So the marked
faces of a part are those that other parts may have, too.

*One owner.*  A part owns the faces without the second bit of ``shared``, which is set on the copy of side 2 of a face
on the wall.  The relative interiors of the faces that a part owns make up a set of points, which splitting does not
change, as what is split inherits the bit; and a division divides this set into those of the two sides.  So every face
of the whole complex has exactly one owner, and what is counted over owned faces is a sum over parts.

*Order.*  The cells of a side are the leaves of a binary tree, in which every inner node is a cell that was split.  They
are written from left to right, and faces in the order in which cells come to them, from level to level: so what is near
in space is near in memory.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troppoly.compiled import compiled, prefetch
from troppoly.refinement.part import (
    COUNTERS,
    FORMS,
    LIVE,
    MINUS,
    PLUS,
    SPAN,
    TICK,
    J,
    Part,
    allocate,
    form_columns,
    ray_columns,
)

__all__ = ["best_wall", "side_of", "sides_of_cells", "spread"]

_BYTES = np.uint64(0x0101010101010101)

_COST = 2
"""How much more the share of rays on a wall counts than that of cells on its smaller side."""


def best_wall(part: Part, walls: NDArray[np.bool_], column: int) -> tuple[int, int] | None:
    """Return a unit that is done by which to divide, as (column, bit), or None if there is none.

    It has many cells on either side, for it halves them, and few rays on it, as what is on it becomes part of both
    halves; both are estimated on some of them.  ``walls`` tells for every (column, bit) whether it may be chosen.  The
    block's units stand from ``column`` on; the block's word is returned as column -1.
    """
    cells, rays = (np.arange(0, n, -(-n // 255)) for n in (part.n[-1], part.n[0]))
    smaller = np.minimum(*_count(part.cell_words[cells]))
    on_wall = len(rays) - sum(_count(part.ray_words[rays]))
    own = np.arange(int(part.state[J]))
    places = column + part.units[own] // 32, part.units[own] % 32
    block = np.concatenate(_count(part.row["word"][part.base[-1] + cells, None]), axis=1)[0]
    smaller[places] = np.minimum(block[own + int(PLUS)], block[own + int(MINUS)])
    smaller *= walls
    if not smaller.any():
        return None
    values = np.where(smaller > 0, smaller * len(rays) - _COST * on_wall * len(cells), np.iinfo(np.int64).min)
    place, bit = divmod(int(np.argmax(values)), 32)
    found = np.flatnonzero((places[0] == place) & (places[1] == bit))
    return (-1, int(found[0])) if len(found) else (place, bit)


def _count(words: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each column of at most 255 words, how many have the bits 0 to 31, and 32 to 63; 8 at once, in bytes."""
    bytes_ = [(words >> np.uint64(b) & _BYTES).sum(axis=0).astype("<u8").view(np.uint8) for b in range(8)]
    counts = np.stack(bytes_, axis=1).reshape(words.shape[1], 64).astype(np.int64)
    return counts[:, :32], counts[:, 32:]


def sides_of_cells(part: Part, column: int, bit: int) -> NDArray[np.uint8]:
    """Return 1 or 2 for each cell, the side of a wall on which it is."""
    top = slice(int(part.base[-1]), int(part.base[-1] + part.n[-1]))
    words = part.row["word"][top] if column < 0 else part.cell_words[: part.n[-1], column]
    return (1 + (words >> np.uint64(bit) & np.uint64(1))).astype(np.uint8)


def spread(part: Part, cells: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return for all rows of a part the sides of the cells that contain them, as a set of bits."""
    sides = np.zeros(len(part.row), np.uint8)
    sides[part.base[-1] : part.base[-1] + part.n[-1]] = cells
    _spread(part, sides)
    return sides


@compiled
def _spread(p, sides):
    for k in range(len(p.n) - 1, 0, -1):
        below, stop = p.base[k - 1] & SPAN, p.base[k] + p.n[k]
        for f in range(p.base[k], stop):
            if f + 8 < stop:
                prefetch(p.pool, p.pool_base[k] + p.row[f + 8].start)
            s, side = (p.pool_base[k] & SPAN) + p.row[f].start, sides[f]
            for e in range(s, s + p.row[f].count):
                sides[below + p.pool[e]] |= side


@compiled
def _measure(p, sides, side, n, used, forms):
    """Count what a side needs, rows and entries, and number its forms (the others have -1)."""
    D = len(p.n)
    for i in range(D):  # the coordinates stay the first forms
        forms[i] = i
    n_forms = D
    for k in range(D):
        width = D - 1 - k
        n[k] = used[k] = 0
        for i in range(p.n[k]):
            f = p.base[k] + i
            if sides[f] & side:
                n[k] += 1
                if k:
                    used[k] += p.row[f].count
                for z in range(width):
                    form = p.form[p.form_base[k] + i * width + z]
                    if forms[form] < 0:
                        forms[form] = n_forms
                        n_forms += 1
    return n_forms


@compiled
def _extract(p, sides, side, q, forms, numbers, order, first):
    """Write the lattice of a measured side to the part q, which has room for it.

    ``numbers`` are -1, and become the new numbers of the rows of p; ``order`` becomes the rows of p in the order of q,
    those of level k from ``first[k]`` on.
    """
    D, live, m, i = len(p.n), 0, 0, 0
    for _ in range(p.n[D - 1]):
        if sides[p.base[D - 1] + i] & side:
            order[first[D - 1] + m] = i
            m += 1
        i = p.following[i]
    for k in range(D - 1, -1, -1):
        width, t, n, m = D - 1 - k, 0, m, 0
        base, old, new, one = first[k] & SPAN, p.base[k] & SPAN, q.base[k] & SPAN, p.base[max(k - 1, 0)] & SPAN
        for j in range(n):
            if j + 8 < n:
                prefetch(p.row, old + order[base + j + 8])
            if j + 4 < n:
                prefetch(p.pool, p.pool_base[k] + p.row[old + order[base + j + 4]].start)
            i = order[base + j]
            f, g = old + i, new + j
            q.row[g].word = p.row[f].word
            q.row[g].mark = 0
            if k == D - 1:
                q.row[g].slot = p.row[f].slot
            q.shared[g] = p.shared[f] | ((3 if side == 2 else 1) if sides[f] == 3 else 0)
            for z in range(width):
                q.form[q.form_base[k] + j * width + z] = forms[p.form[p.form_base[k] + i * width + z]]
            if k:
                slot, count = q.row[g].slot, p.row[f].count
                q.row[g].start = t
                q.row[g].count = count
                s = (p.pool_base[k] & SPAN) + p.row[f].start
                for e in range(s, s + count):
                    facet = p.pool[e]
                    number = numbers[one + facet]
                    if number < 0:
                        number = m
                        numbers[one + facet] = m
                        order[first[k - 1] + m] = facet
                        q.row[q.base[k - 1] + m].slot = slot
                        m += 1
                    q.pool[q.pool_base[k] + t] = number
                    t += 1
        q.n[k], q.used[k] = n, t
        live += t
    q.state[LIVE] = live


def side_of(part: Part, sides: NDArray[np.uint8], side: int, factor: float) -> Part:
    """Return the part of the marked cells of a side, with room for ``factor`` times what it takes.

    Its slots are those of the part, so that it has the same forms.
    """
    n, used = np.zeros_like(part.n), np.zeros_like(part.n)
    forms = np.full(int(part.state[FORMS]), -1, np.int32)
    n_forms = _measure(part, sides, side, n, used, forms)
    rows, entries = (factor * n).astype(int), (1.5 * factor * used).astype(int)
    # units of the next layer have a form for each cell that they cross
    more = max(int(factor * n_forms) + 8 * int(n[-1]), int(rows[-1]) // 2)
    result = allocate(len(n), part.form_words.shape[1], rows, entries, more, len(part.form_of))
    result.state[:COUNTERS], result.units[:] = part.state[:COUNTERS], part.units
    result.state[FORMS], result.state[TICK] = n_forms, 0
    numbers, order, first = np.full(len(part.row), -1, np.int32), np.empty(int(n.sum()), np.int32), np.cumsum(n) - n
    _extract(part, sides, side, result, forms, numbers, order, first)
    rays, cells = order[: n[0]], order[first[-1] :]
    for old, new in ray_columns(part, result):
        new[: len(rays)] = old[rays]
    result.cell_words[: len(cells)] = part.cell_words[cells]
    kept = np.empty(n_forms, np.intp)
    numbered = np.flatnonzero(forms >= 0)
    kept[forms[numbered]] = numbered
    for old, new in form_columns(part, result):
        new[:n_forms] = old[kept]
    return result
