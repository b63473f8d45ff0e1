"""Certified rays and signs: floats where their error bounds decide, integers where they do not.

A new ray is born where a unit vanishes on an edge (a cone of dimension 2) between two rays at which it has opposite
signs.

**Known signs.** The edge lies in one cell of the complex so far, so the units of the layers before, and those of this
layer that are done, have one sign on its interior, the union of those at the ends.  All units of this layer are linear
on the edge: one with a union that is +, - or 0 has this sign at the new ray.  Only units with opposite signs at the
ends have to be evaluated: <form of the unit on a cell that contains the ray, ray>.

**At infinity**, on the walls of all units of the layer before that are active on a cell, all units are 0 by structure.

**Orientation.** The ray is cut out by D - 1 forms, and its coordinates are their signed minors, up to a common sign.
The coordinate hyperplanes are walls, so the signs of the coordinates are known in the same way; one that is not 0
fixes the orientation, and those that are 0 are set to 0, which is exact.

**Minors** of the first k rows come from those of the first k - 1 by Laplace expansion along row k, for all sets of k
columns: no divisions, and less than D 2^(D - 1) products.  Forms that are coordinates make zeros, and are left out with
their columns, so many inputs cost little where few hyperplanes are not coordinate hyperplanes.

**Bounds.** A form counts one rounding error (see ``floats``), a minor of k rows those of one of k - 1 rows and of a
form, a product, a sum of k terms and a floor: k + 2.  A sign takes those of the ray and the form, a product and a sum
of D terms.  By the theorem of ``cellwise.rounding_errors`` the sign of a value is certain if it exceeds gamma_(2n)
times its magnitude.
"""

from __future__ import annotations

from math import frexp, ldexp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.compiled import inner, lowest_bit, n_bits, prefetch
from troppoly.refinement.floats import TAU, UNIT
from troppoly.refinement.memory import arrays
from troppoly.refinement.part import COUNTERS, CURSOR, DOUBTS, FORMS, RAYS, SPAN, TICK, J, Part

__all__ = [
    "born",
    "enter_signs",
    "evaluate",
    "new_forms",
    "ray_operations",
    "renew",
    "room_for_rays",
    "rounded",
    "sign_operations",
]

_ONE = np.uint64(1)
_LOW = np.uint64(2**32 - 1)
_UP = np.uint64(32)


def ray_operations(D: int) -> int:
    """Return how many rounding errors a monomial of a ray takes up.

    >>> ray_operations(3)
    5
    """
    return sum(k + 2 for k in range(2, D)) + 1


def sign_operations(D: int) -> int:
    """Return how many rounding errors a monomial of a sign takes up.

    >>> sign_operations(3)
    10
    """
    return ray_operations(D) + D + 2


def room_for_rays(D: int, n_units: int) -> list[NDArray[Any]]:
    """Return room for the minors of a ray, and for the values of the units of a layer at it."""
    return arrays(((max(2 * n_units, 2 * (D * D + (1 << D))),), np.float64), ((3, D), np.int64))


@inner
def _clean(e, unit):
    """Whether a form has no error."""
    clean = True
    for k in range(len(e)):
        clean = clean and e[k, unit] == 0
    return clean


@inner
def evaluate(p, s, forms, doubts, numbers):
    """Compute the signs of all units of the layer at the rays from the cursor on; false if doubts are too many."""
    n, D, state, bound, f, e = len(s.units), p.y.shape[1], p.state, s.bound, forms.values, forms.bounds
    values, sizes = numbers[: f.shape[2]], numbers[f.shape[2] : 2 * f.shape[2]]
    words, checked, free, n_doubts = p.ray_words, 0, 0, state[DOUBTS]
    for r in range(state[CURSOR], p.n[0]):
        if n_doubts + n > len(doubts):
            break
        slot = p.row[r].slot
        first = True
        for k in range(D):
            y, size = p.y[r, k], p.magnitude[r, k]
            if size != 0 or first:
                _add_products(f[slot, k], e[k], y, size, first, values, sizes)
                first = False
        state[CURSOR] = r + 1
        exact = s.integral and p.exact[r]
        for c in range((n + 31) // 32):
            word, width = np.uint64(0), min(32, n - 32 * c)
            for b in range(width):
                value, size = values[s.units[32 * c + b]], bound * sizes[s.units[32 * c + b]]
                word |= (np.uint64(value > size) | (np.uint64(value < -size) << _UP)) << np.uint64(b)
            sure = (word | (word >> _UP)) & _LOW
            checked += width
            for b in range(width if exact or sure != (_ONE << np.uint64(width)) - _ONE else 0):
                u = s.units[32 * c + b]
                value, size = values[u], sizes[u]
                if exact and size < UNIT and _clean(e, u):
                    free += 1
                    if value != 0:
                        word |= _ONE << np.uint64(b if value > 0 else b + 32)
                elif (sure >> np.uint64(b)) & _ONE:
                    continue
                elif size == 0 or _is_silent(p, s, r):
                    free += 1
                else:
                    doubts[n_doubts, 0], doubts[n_doubts, 1] = r, 32 * c + b
                    n_doubts += 1
            words[r, s.column + c] = word
    state[COUNTERS] += checked - free - (n_doubts - state[DOUBTS])
    state[COUNTERS + 1] += free
    state[DOUBTS] = n_doubts
    return state[CURSOR] == p.n[0]


@inner
def _is_silent(p, s, r):
    """Whether t = 0 at a ray, where no unit of the layer before is positive: so all units are 0 there."""
    last = p.y.shape[1] - 1
    silent = len(s.passes) > 0 and p.y[r, last] == 0 and p.magnitude[r, last] == 0
    for b in s.passes:
        silent = silent and b >= 0 and not (p.ray_words[r, b >> 5] >> np.uint64(b & 31)) & _ONE
    return silent


@inner
def _add_products(f, e, y, size, first, values, sizes):
    """Add the products of a coordinate of all forms with that of a ray."""
    if first:
        for i in range(len(values)):
            values[i] = f[i] * y
            sizes[i] = (abs(f[i]) + e[i] * UNIT) * size
    else:
        for i in range(len(values)):
            values[i] += f[i] * y
            sizes[i] += (abs(f[i]) + e[i] * UNIT) * size


@inner
def renew(p, s, forms, doubts):
    """Compute the open signs of the new rays from the cursor on; false if there are too many doubts."""
    n, D, state, bound, f, e = len(s.units), p.y.shape[1], p.state, s.bound, forms.values, forms.bounds
    by_bound, free, opened, n_doubts = 0, 0, 0, state[DOUBTS]
    for r in range(state[CURSOR], p.n[0]):
        if n_doubts + n > len(doubts):
            break
        state[CURSOR] = r + 1
        slot = p.row[r].slot
        for c in range((n + 31) // 32):
            word = p.ray_words[r, s.column + c]
            mixed = word & (word >> _UP) & _LOW
            if not mixed:
                continue
            word &= ~(mixed | (mixed << _UP))
            for b in range(32):
                if not (mixed >> np.uint64(b)) & _ONE:
                    continue
                u, value, size = s.units[32 * c + b], 0.0, 0.0
                for k in range(D):
                    value += f[slot, k, u] * p.y[r, k]
                    size += (abs(f[slot, k, u]) + e[k, u] * UNIT) * p.magnitude[r, k]
                opened += 1
                if s.integral and p.exact[r] and size < UNIT and _clean(e, u):
                    free += 1
                    if value != 0:
                        word |= _ONE << np.uint64(b if value > 0 else b + 32)
                elif abs(value) > bound * size:
                    by_bound += 1
                    word |= _ONE << np.uint64(b if value > 0 else b + 32)
                elif size == 0:
                    free += 1
                else:
                    doubts[n_doubts, 0], doubts[n_doubts, 1] = r, 32 * c + b
                    n_doubts += 1
            p.ray_words[r, s.column + c] = word
    state[COUNTERS] += by_bound
    state[COUNTERS + 1] += free - opened
    state[DOUBTS] = n_doubts
    return state[CURSOR] == p.n[0]


@inner
def new_forms(p, s, forms):
    """Enter the forms of the next unit on the crossed cells in the table, one for each slot."""
    D, tick, top, m = p.y.shape[1], p.state[TICK], p.base[len(p.n) - 1], p.state[FORMS]
    unit, f, e = s.units[p.units[p.state[J]]], forms.values, forms.bounds
    for q in range(p.n_crossed[len(p.n) - 1]):
        cell = p.crossed[top + q]
        slot = p.row[top + cell].slot
        if p.form_of[slot, 1] == tick:
            continue
        p.form_of[slot, 0], p.form_of[slot, 1] = m, tick
        p.recipe[m, 0], p.recipe[m, 1] = s.number, unit
        for c in range(p.form_words.shape[1]):
            p.form_words[m, c] = p.cell_words[cell, c]
        clean = s.integral
        for k in range(D):
            value, error = f[slot, k, unit], e[k, unit]
            clean = clean and error == 0
            p.values[m, k], p.magnitudes[m, k] = value, abs(value) + error * UNIT
        p.exact_forms[m] = clean
        _normalize(p.values[m], p.magnitudes[m], clean)
        m += 1
    p.state[FORMS] = m


@inner
def _normalize(values, magnitudes, exact):
    """Scale by a positive factor: integers by their divisor, others by a power of 2.

    That is at least 2^-500, so that a magnitude of tau does not become zero, and at most 2^1000, which is a float.  A
    value below 2^-522 may lose bits, less than 2^-1074, which the tau covers that is added to its magnitude.
    """
    if exact:
        divisor = 0
        for k in range(len(values)):
            divisor = _gcd(divisor, abs(np.int64(values[k])))
        for k in range(len(values)):
            if divisor > 1:
                values[k] = np.float64(np.int64(values[k]) // divisor)
            magnitudes[k] = abs(values[k])
        return
    top = 0.0
    for k in range(len(values)):
        top = max(top, magnitudes[k])
    factor = ldexp(1.0, min(-min(frexp(top)[1], 500), 1000)) if 0 < top < np.inf else 1.0
    for k in range(len(values)):
        values[k] *= factor
        magnitudes[k] *= factor
        if magnitudes[k] > 0:
            magnitudes[k] += TAU


@inner
def _gcd(a, b):
    while b:
        a, b = b, a % b
    return a


@inner
def born(p, s, doubts, numbers, ids):
    """Append the rays on the crossed edges that are not yet there; false if there are too many doubts."""
    D, state = p.y.shape[1], p.state
    plain = p.form_words.shape[1]  # the column of the signs of the coordinates
    unit = p.units[state[J]]
    column, both = s.column + (unit >> 5), (_ONE | (_ONE << _UP)) << np.uint64(unit & 31)
    axes, others, is_axis = ids[0], ids[1], ids[2]
    size = 1 << D
    minors, bounds = numbers[:size], numbers[size : 2 * size]
    rows, sizes = numbers[2 * size : 2 * size + D * D], numbers[2 * size + D * D : 2 * size + 2 * D * D]
    while p.n[0] - state[RAYS] < p.n_crossed[1]:
        if state[DOUBTS] == len(doubts):
            return False
        r = p.n[0]
        p.n[0] = r + 1
        _ask_ahead(p, r - state[RAYS])
        i = p.crossed[p.base[1] + r - state[RAYS]]
        edge = p.base[1] + i
        slot = p.row[edge].slot
        t = p.pool_base[1] + p.row[edge].start
        one, other = p.pool[t], p.pool[t + 1]
        p.row[r].slot = slot
        for c in range(plain + 1):
            p.ray_words[r, c] = p.ray_words[one, c] | p.ray_words[other, c]
        p.ray_words[r, column] &= ~both
        state[COUNTERS + 1] += len(s.units)
        known = p.ray_words[r, plain]
        # the forms, without those that are coordinates
        for k in range(D):
            is_axis[k] = 1
        m, exact = 0, p.exact_forms[p.form_of[slot, 0]] != 0
        for z in range(D - 1):
            form = p.form_of[slot, 0] if z == D - 2 else p.form[p.form_base[1] + i * (D - 2) + z]
            p.form[r * (D - 1) + z] = form
            if form < D:
                is_axis[form] = 0
            else:
                others[m] = form
                m += 1
                exact = exact and p.exact_forms[form] != 0
        n = np.int64(0)
        for k in range(D):
            p.y[r, k] = p.magnitude[r, k] = 0.0
            if is_axis[k]:
                axes[n] = k
                n += 1
        for z in range(m):
            for k in range(n):
                rows[z * n + k], sizes[z * n + k] = p.values[others[z], axes[k]], p.magnitudes[others[z], axes[k]]
        _expand(rows, sizes, n, minors, bounds)
        largest, best = -1.0, 0
        for k in range(n):
            a = axes[k]
            value, size = minors[((1 << n) - 1) ^ (1 << k)], bounds[((1 << n) - 1) ^ (1 << k)]
            if not ((known | (known >> _UP)) >> np.uint64(a)) & _ONE:
                value = size = 0.0
            p.y[r, a], p.magnitude[r, a] = -value if k & 1 else value, size
            exact = exact and size < UNIT
            if abs(value) > largest:
                largest, best = abs(value), a
        sure = largest > s.ray_bound * p.magnitude[r, best] or (exact and largest > 0)
        if (p.y[r, best] > 0) != ((known >> np.uint64(best)) & _ONE == _ONE):
            for k in range(D):
                p.y[r, k] = -p.y[r, k]
        p.exact[r] = exact
        if sure:
            _normalize(p.y[r], p.magnitude[r], exact)
        else:
            doubts[state[DOUBTS], 0], doubts[state[DOUBTS], 1] = r, 0
            state[DOUBTS] += 1
            state[COUNTERS + 4] += 1
    return True


@inner
def _ask_ahead(p, q):
    """Ask for what rays on the next crossed edges are computed from: what leads to other things earlier (8, 4, 2)."""
    base, stop, D = p.base[1] & SPAN, p.n_crossed[1], p.y.shape[1]
    if q + 8 < stop:
        i = p.crossed[base + q + 8]
        prefetch(p.row, base + i)
        prefetch(p.form, p.form_base[1] + i * (D - 2))
    if q + 4 < stop:
        prefetch(p.pool, (p.pool_base[1] & SPAN) + p.row[base + p.crossed[base + q + 4]].start)
    if q + 2 < stop:
        i = p.crossed[base + q + 2]
        t = (p.pool_base[1] & SPAN) + p.row[base + i].start
        prefetch(p.ray_words, p.pool[t] * p.ray_words.shape[1])
        prefetch(p.ray_words, p.pool[t + 1] * p.ray_words.shape[1])
        for z in range(D - 2):
            form = p.form[p.form_base[1] + i * (D - 2) + z]
            prefetch(p.values, form * D)
            prefetch(p.magnitudes, form * D)


@inner
def _expand(rows, sizes, n, minors, bounds):
    """Compute the minors of the first rows of a (n - 1, n) matrix, by sets of columns as bits, and their magnitudes."""
    minors[0] = bounds[0] = 1.0
    for columns in range(1, (1 << n) - 1):
        left = np.uint64(columns)
        k = np.int64(n_bits(left))
        row, value, size, sign = (k - 1) * n, 0.0, 0.0, 1.0 if k & 1 else -1.0
        while left:
            c = np.int64(lowest_bit(left))
            left &= left - _ONE
            rest = columns ^ (1 << c)
            value += sign * (minors[rest] * rows[row + c])
            size += bounds[rest] * sizes[row + c]
            sign = -sign
        minors[columns] = value
        bounds[columns] = size + TAU if size > 0 and k > 1 else size


def enter_signs(part: Part, column: int, doubts: NDArray[np.int32], signs: NDArray[np.int8]) -> None:
    """Enter signs of units at rays, which have none yet."""
    units = doubts[:, 1].astype(np.uint64)
    bits = np.where(signs > 0, 1, np.where(signs < 0, 2**32, 0)).astype(np.uint64) << units % np.uint64(32)
    np.bitwise_or.at(part.ray_words, (doubts[:, 0], column + doubts[:, 1] // 32), bits)


def rounded(integers: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Integer rays as floats: without error if they are below 2^53, else rounded.

    Coordinates below 2^-400 of the largest may lose relative accuracy: then magnitudes are infinite and decide nothing.
    """
    y, magnitude = np.zeros(integers.shape), np.zeros(integers.shape)
    exact = np.zeros(len(integers), dtype=bool)
    for i, row in enumerate(integers):
        size = max(v.bit_length() for v in row)
        exact[i] = size <= 53
        y[i] = [int(v) / (1 if exact[i] else 1 << size) for v in row]
        small = not exact[i] and any(v != 0 and v.bit_length() < size - 400 for v in row)
        magnitude[i] = np.inf if small else np.abs(y[i])
    return y, magnitude, exact
