"""One part through one layer: split every cone that a unit's hyperplane crosses.

Let h be linear on every cone of the fan.  A cone F is crossed iff h > 0 at one of its rays and h < 0 at another.  Then
F+ = F cap {h >= 0} and F- = F cap {h <= 0} replace F, and F0 = F cap {h = 0} is new.  In any position:

- the facets of F+ are the facets of F on which h >= 0, not identically 0, the G+ of the crossed facets G of F, and F0;
  those of F- likewise;
- a facet of F0 is its intersection with a facet of F, of codimension 2 in F: the G0 of a crossed facet G, or a face K
  of F in {h = 0}.  Such a K lies in exactly two facets of F, with h >= 0 on one and h <= 0 on the other (else F would
  lie on one side of {h = 0} near K and so by convexity altogether), and h != 0 somewhere on each.  So every K is found
  exactly once, as a facet in {h = 0} of a facet of F on which h is otherwise positive.

A cone that is not crossed keeps its facets and has no crossed face, so splitting costs in proportion to what is
crossed; a crossed cone need not have a crossed facet.  F+ takes the row of F; F- and F0 are appended.
The units of a layer are taken in blocks of at most 20 that cross the part.

The compiled program stops where Python has to do something, says what by its result, and goes on from there.
"""

from __future__ import annotations

import numpy as np

from troppoly.compiled import compiled, inner, prefetch
from troppoly.refinement.part import (
    BLOCK,
    CURSOR,
    DOUBTS,
    LIVE,
    MINUS,
    N_UNITS,
    NEXT,
    OFF,
    PHASE,
    RAYS,
    RECORD,
    SPAN,
    TICK,
    ZERO,
    J,
    size_of,
    wanted_forms,
)  # fmt: skip
from troppoly.refinement.rays import born, evaluate, new_forms, renew

__all__ = ["DIVIDE", "DONE", "RAY_DOUBTS", "ROOM", "SIGN_DOUBTS", "refine"]

DONE, ROOM, SIGN_DOUBTS, RAY_DOUBTS, DIVIDE = range(5)
_BEGIN, _EVALUATE, _BLOCK, _COLLECT, _RAYS, _SIGNS, _SPLIT = range(7)

_SCANNED = 8
"""How many cones are looked at one behind the other in the time in which one is looked up."""

_ONE = np.uint64(1)
_LOW = np.uint64(2**32 - 1)
_UP = np.uint64(32)


@compiled
def refine(p, s, forms, doubts, history, first, todo, row_bytes, limits, numbers, ids):
    """Take a part through a layer, and tell DONE or why not.

    ``forms`` are those of the layer on the slots.  For each of the ``todo`` rectified
    units that are to be done, ``history`` says from column ``first`` on how many cells there are then, bytes in the
    result, and at most cones of one dimension.
    """
    state, D = p.state, len(p.n)
    while True:
        phase = state[PHASE]
        if phase == _BEGIN:
            _distribute(p, s.single)
            state[CURSOR] = state[OFF] = state[RECORD] = 0
            state[PHASE] = _EVALUATE
        elif phase == _EVALUATE:
            if not evaluate(p, s, forms, doubts, numbers):
                return SIGN_DOUBTS
            state[PHASE] = _BLOCK
            if state[DOUBTS]:
                return SIGN_DOUBTS
        elif phase == _BLOCK:
            _begin_block(p, s, todo)
            if state[N_UNITS] == 0:
                _record(p, history, first, todo, row_bytes)
                state[PHASE] = _BEGIN
                return DONE
            state[J] = 0
            state[PHASE] = _COLLECT
        elif phase == _COLLECT:
            if state[J] == state[N_UNITS]:
                _end_block(p, s)
                state[OFF] = state[NEXT]
                state[PHASE] = _BLOCK
                continue
            unit = p.units[state[J]]
            if size_of(p, row_bytes) > limits[first + unit]:
                return DIVIDE
            _record(p, history, first, unit, row_bytes)
            if not _collect(p):
                return ROOM
            if p.n_crossed[D - 1] == 0:
                state[J] += 1
                continue
            new_forms(p, s, forms)
            state[RAYS] = p.n[0]
            state[PHASE] = _RAYS
        elif phase == _RAYS:
            if born(p, s, doubts, numbers, ids):
                state[CURSOR] = state[RAYS]
                state[PHASE] = _SIGNS
            if state[DOUBTS]:
                return RAY_DOUBTS
        elif phase == _SIGNS:
            if renew(p, s, forms, doubts):
                state[PHASE] = _SPLIT
            if state[DOUBTS]:
                return SIGN_DOUBTS
        elif phase == _SPLIT:
            _local_words(p, s, state[RAYS])
            _split(p)
            state[J] += 1
            state[PHASE] = _COLLECT


@inner
def _record(p, history, first, stop, row_bytes):
    """Note the numbers of cells and bytes after the units before ``stop`` that were not noted yet."""
    size, most = size_of(p, row_bytes), 0
    for k in range(len(p.n)):
        most = max(most, p.n[k])
    for i in range(p.state[RECORD], stop):
        history[0, first + i] += p.n[len(p.n) - 1]
        history[1, first + i] += size
        history[2, first + i] += most
    p.state[RECORD] = max(stop, p.state[RECORD])


@inner
def _distribute(p, single):
    """Give every cell its slot, and every ray the slot of a cell that contains it."""
    D = len(p.n)
    for k in range(D):
        for i in range(p.n[k]):
            p.row[p.base[k] + i].slot = i if k == D - 1 and not single else 0
    if single:
        return
    for k in range(D - 1, 0, -1):
        below = p.base[k - 1] & SPAN
        for c in range(p.base[k], p.base[k] + p.n[k]):
            t = (p.pool_base[k] & SPAN) + p.row[c].start
            for e in range(t, t + p.row[c].count):
                p.row[below + p.pool[e]].slot = p.row[c].slot


@inner
def _begin_block(p, s, todo):
    """Find the next units that have different signs at rays, and compute the words of all cones for them.

    A unit that is positive, or negative, at all rays is so on all cells, and this is noted.
    """
    D, off, n_units, following = len(p.n), p.state[OFF], 0, todo
    for w in range((todo + 31) // 32):
        c = s.column + w
        union, common = np.uint64(0), ~np.uint64(0)
        for r in range(p.n[0]):
            union |= p.ray_words[r, c]
            common &= p.ray_words[r, c]
        constant = common
        mixed = (union | (union >> _UP)) & ~(common | (common >> _UP)) & _LOW
        for i in range(p.n[D - 1]):  # also what does not cross this part, but that it was divided from
            p.cell_words[i, c] = constant | (p.cell_words[i, c] if off else np.uint64(0))
        if mixed:
            for b in range(32):
                i = 32 * w + b
                if off <= i < todo and (mixed >> np.uint64(b)) & _ONE:
                    if n_units < BLOCK:
                        p.units[n_units] = i
                        n_units += 1
                    elif following == todo:
                        following = i
    p.state[NEXT], p.state[N_UNITS] = following, n_units
    if n_units == 0:
        return
    _local_words(p, s, np.int64(0))
    for k in range(1, D):
        below = p.base[k - 1] & SPAN
        for c in range(p.base[k], p.base[k] + p.n[k]):
            word = np.uint64(0)
            t = (p.pool_base[k] & SPAN) + p.row[c].start
            for e in range(t, t + p.row[c].count):
                word |= p.row[below + p.pool[e]].word
            p.row[c].word = word


@inner
def _local_words(p, s, first):
    """The words of the rays from the first on for the block."""
    for r in range(first, p.n[0]):
        word = np.uint64(0)
        for j in range(p.state[N_UNITS]):
            i = p.units[j]
            sign = p.ray_words[r, s.column + (i >> 5)] >> np.uint64(i & 31)
            if sign & _ONE:
                word |= _ONE << np.uint64(j)
            elif (sign >> _UP) & _ONE:
                word |= _ONE << (np.uint64(j) + MINUS)
            else:
                word |= _ONE << (np.uint64(j) + ZERO)
        p.row[r].word = word


@inner
def _end_block(p, s):
    """Note the signs of the block's units on the cells."""
    top = len(p.n) - 1
    for i in range(p.n[top]):
        word = p.row[p.base[top] + i].word
        for j in range(p.state[N_UNITS]):
            u = p.units[j]
            c, b = s.column + (u >> 5), np.uint64(u & 31)
            plus, minus = (word >> np.uint64(j)) & _ONE, (word >> (np.uint64(j) + MINUS)) & _ONE
            both = (_ONE << b) | (_ONE << (b + _UP))
            p.cell_words[i, c] = (p.cell_words[i, c] & ~both) | (plus << b) | (minus << (b + _UP))


@inner
def _collect(p):
    """Find the cones that the unit crosses, from the cells down, and tell whether there is room to split them.

    Those of a dimension are found among all, in the order in which they are stored, or as facets if these are few.
    """
    D, j = len(p.n), np.uint64(p.state[J])
    row, pool, crossed = p.row, p.pool, p.crossed
    both = (_ONE << j) | (_ONE << (j + MINUS))
    tick = p.state[TICK] = p.state[TICK] + 1
    enough, above, extra, entries = True, 0, 0, p.n[D - 1]
    for k in range(D - 1, 0, -1):
        base, m = p.base[k] & SPAN, 0
        if _SCANNED * entries >= p.n[k]:
            for i in range(p.n[k]):
                if row[base + i].word & both == both:
                    row[base + i].mark = tick
                    crossed[base + m] = i
                    m += 1
        else:
            for z in range(p.n_crossed[k + 1]):
                c = p.base[k + 1] + crossed[p.base[k + 1] + z]
                t = (p.pool_base[k + 1] & SPAN) + row[c].start
                for e in range(t, t + row[c].count):
                    g = base + pool[e]
                    if row[g].word & both == both and row[g].mark != tick:
                        row[g].mark = tick
                        crossed[base + m] = pool[e]
                        m += 1
        entries = 0
        for z in range(m):
            entries += row[base + crossed[base + z]].count
        p.n_crossed[k] = m
        p.wanted[0, k] = p.n[k] + m + extra
        p.wanted[1, k] = p.used[k] + 2 * entries + 4 * m + above
        enough = enough and p.wanted[0, k] <= p.cap[k] and p.wanted[1, k] <= p.pool_cap[k]
        above, extra = entries, m  # F0 has at most as many facets as F
    p.wanted[0, 0] = p.n[0] + extra
    return enough and p.wanted[0, 0] <= p.cap[0] and wanted_forms(p) <= len(p.values)


@inner
def _split(p):
    """Split the crossed cones; the new rays are the last ones, in the order of the crossed edges."""
    D, tick, j = len(p.n), p.state[TICK], np.uint64(p.state[J])
    plus, minus, zero = _ONE << j, _ONE << (j + MINUS), _ONE << (j + ZERO)
    both, live = plus | minus, 0
    row, pool, crossed, shared, form = p.row, p.pool, p.crossed, p.shared, p.form
    r, m, base, used = p.state[RAYS], p.n[1], p.base[1] & SPAN, p.used[1]
    pool_base, form_base, width = p.pool_base[1] & SPAN, p.form_base[1], D - 2
    for q in range(p.n_crossed[1]):
        i = crossed[base + q]
        c, new = base + i, base + m
        t = pool_base + row[c].start
        a, b = pool[t], pool[t + 1]
        if row[a].word & minus:
            a, b = b, a
        pool[t] = a
        pool[t + 1] = r
        pool[pool_base + used] = r
        pool[pool_base + used + 1] = b
        row[new].start = used
        row[new].count = 2
        row[new].word = row[b].word | row[r].word
        row[c].word = row[a].word | row[r].word
        row[new].slot = row[c].slot
        row[new].mark = row[r].mark = 0
        shared[new] = shared[r] = shared[c]
        for z in range(width):
            form[form_base + m * width + z] = form[form_base + i * width + z]
        row[c].minus = m
        row[c].zero = r
        used += 2
        m += 1
        r += 1
    live += 2 * (m - p.n[1])
    p.n[1], p.used[1] = m, used
    for k in range(2, D):
        base, one, two, width = p.base[k] & SPAN, p.base[k - 1] & SPAN, p.base[k - 2] & SPAN, D - 1 - k
        pool_base, pool_one = p.pool_base[k] & SPAN, p.pool_base[k - 1] & SPAN
        pool_zero = pool_one + p.used[k - 1]
        form_base, form_one = p.form_base[k], p.form_base[k - 1]
        m, z, to_minus = p.n[k], p.n[k - 1], p.pool_base[k] + p.used[k]
        stop = p.n_crossed[k]
        for q in range(stop):
            if q + 6 < stop:
                prefetch(row, base + crossed[base + q + 6])
            if q + 4 < stop:
                prefetch(pool, pool_base + row[base + crossed[base + q + 4]].start)
            if q + 2 < stop:
                c = base + crossed[base + q + 2]
                for e in range(pool_base + row[c].start, pool_base + row[c].start + row[c].count):
                    prefetch(row, one + pool[e])
            i = crossed[base + q]
            c = base + i
            t, n, slot, mine = pool_base + row[c].start, row[c].count, row[c].slot, shared[c]
            end, word_zero = pool_zero, np.uint64(0)
            # F- comes to the pool's end; F+, at most as long until h = 0 is added, overwrites F as it is read
            at_minus, at_plus, word_minus, word_plus = to_minus, t, np.uint64(0), np.uint64(0)
            for e in range(t, t + n):
                g = pool[e]
                word = row[one + g].word
                if row[one + g].mark == tick:
                    h, o = np.uint32(row[one + g].minus), np.uint32(row[one + g].zero)
                    pool[end] = o
                    end += 1
                    word_zero |= row[two + o].word
                    pool[at_plus] = g
                    at_plus += 1
                    word_plus |= word
                    pool[at_minus] = h
                    at_minus += 1
                    word_minus |= row[one + h].word
                elif word & plus:
                    pool[at_plus] = g
                    at_plus += 1
                    word_plus |= word
                    if word & zero:
                        y = pool_one + row[one + g].start
                        for x in range(y, y + row[one + g].count):
                            h = pool[x]
                            if not row[two + h].word & both:
                                pool[end] = h
                                end += 1
                                word_zero |= row[two + h].word
                else:
                    pool[at_minus] = g
                    at_minus += 1
                    word_minus |= word
            pool[at_minus] = z
            n_zero, n_minus, n_plus = end - pool_zero, at_minus + 1 - to_minus, at_plus + 1 - t
            new = one + z  # F0
            row[new].start = pool_zero - pool_one
            row[new].count = n_zero
            row[new].word = word_zero
            row[new].slot = slot
            row[new].mark = 0
            shared[new] = mine
            pool_zero = end
            for x in range(width):
                form[form_one + z * (width + 1) + x] = form[form_base + i * width + x]
            form[form_one + z * (width + 1) + width] = p.form_of[slot, 0]
            new = base + m  # F-
            row[new].start = to_minus - pool_base
            row[new].count = n_minus
            row[new].word = word_minus | word_zero
            row[new].slot = slot
            row[new].mark = 0
            shared[new] = mine
            to_minus += n_minus
            for x in range(width):
                form[form_base + m * width + x] = form[form_base + i * width + x]
            if n_plus > n:  # F+ moves to the end
                for x in range(n):
                    pool[to_minus + x] = pool[t + x]
                t = to_minus
                to_minus += n_plus
            pool[t + n_plus - 1] = z
            row[c].start = t - pool_base
            row[c].count = n_plus
            row[c].word = word_plus | word_zero
            row[c].minus = m
            row[c].zero = z
            live += n_zero + n_minus + n_plus - n
            m += 1
            z += 1
        p.n[k], p.n[k - 1] = m, z
        p.used[k], p.used[k - 1] = to_minus - pool_base, pool_zero - pool_one
    base = p.base[D - 1]
    for q in range(p.n_crossed[D - 1]):
        i = crossed[base + q]
        m = row[base + i].minus
        p.following[m] = p.following[i]
        p.following[i] = m
        for c in range(p.cell_words.shape[1]):
            p.cell_words[m, c] = p.cell_words[i, c]
    p.state[LIVE] += live
