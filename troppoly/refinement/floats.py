"""The forms of units on cells, composed layer by layer in floats with running error bounds.

On a cell of the complex of the layers before, unit i of a layer is the linear form f_i = sum_j w_ij f_j + b_i t, the
sum over the units j of the layer before that pass their value on there.  Every coordinate of every form is an
unevaluated sum of two floats, f~ + l, with |l| <= u |f~|, and for all cells of a part there is one bound E of its
error: |f~ + l - f| <= E.

*Theorem.*  Let F_j be the largest |f~_j| on the part, S_i = sum_j |w_ij| F_j + |b_i| over the units that pass their
value on somewhere in it, and n the number of terms of the sum.  The sum s starts with a power of two,
4 S_i < sigma <= 8 S_i, which is subtracted at the end, and all rounding errors are added up in c, with w_ij l_j and the
rests of the weights (Dot2 of Ogita, Rump and Oishi, Accurate sum and dot product, SIAM J. Sci. Comput. 26, 2005; as no
product is larger than s, the error of s + p takes Dekker's three operations).  Then s - sigma + c is off by at most
E_i = sum_j |w_ij| E_j + kappa S_i, with kappa = 24 ((n + 6) u)^2.

*Proof.*  |sum_j w_ij (f~_j + l_j) - sum_j w_ij f_j| <= sum_j |w_ij| E_j; the rest is rounding.  A product is
w f = p + e, and a sum s + p = s' + q, without error.  The terms of c are q + e + w l and r f, with
|q| <= u |s'| < 11 u S, |e| <= u |p|, |l| <= u |f| and a rest r of the weight, |r| <= u |w|: less than 11 u (n + 1) S in
all, as the sum of all |w f| is at most S.  Each passes through at most 2n + 4 roundings, which costs less than
22 ((n + 2) u)^2 S; neglected are r l and what the weight's two floats leave, at most 2 u^2 S; the rest up to
24 (n + 6)^2 covers the factors 1 + u.  s - sigma is exact, as sigma / 2 < s < 2 sigma, and its sum with c is split into
a float and its rest without error.  QED

*From cell to cell.*  Where other units pass their value on, their terms are added or subtracted.  This is a sum again,
of all terms on the way, some of which cancel.  The way is taken only if no unit changes twice on it: so the sum has at
most twice as many terms, for which kappa is taken, and twice the S counts (no sum is larger than that, and splits on
the way are exact); what cancels is the same number, so that E_j counts once.

The bounds are computed in floats, too, all terms positive: they come out too small by a factor of at least 1 -
gamma_(n+3), and are multiplied by 1 + 2^-30; sigma has more room than that.  tau = 2^-500 is added for each term that
is not exactly zero, to kappa S, for what may underflow (see ``cellwise.rounding_errors``): so E = 0 means that
f~ + l = f, and f~ = E = 0 that f = 0 by design.  If all weights are integers, and so are forms without error,
E_i < kappa 2^48 means that all sums are integers below 2^53, and then E_i = 0.

If S_i >= 2^1020, E_i is infinite; else sigma and all sums are finite.  So a form that is not finite and is passed on
has a bound that is not finite, and so have all that read it, be the weight 0.

Where only the rounded form f~ is used, its *magnitude* M = |f~| + E / u has |f~ - f| <= u M and |f| <= (1 + u) M: it
counts as one rounding error.
"""

from __future__ import annotations

from math import frexp, ldexp
from typing import NamedTuple

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from troppoly.compiled import compiled, inner, n_bits

__all__ = ["TAU", "UNIT", "Forms", "Stage", "compose_all"]

TAU = 2.0**-500
UNIT = 2.0**53
"""1 / u."""

_LARGEST = 2.0**1020  # of S

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

_ONE = np.uint64(1)


class Forms(NamedTuple):
    """The forms of a layer on slots: floats and rests of shape (slots, D, units), and bounds (D, units) for all."""

    values: Floats
    rests: Floats
    bounds: Floats


class Stage(NamedTuple):
    """A layer as the compiled code reads it: with (inputs, units) weights, or columns of them if it is sparse."""

    number: int
    weight: Floats
    rest: Floats  # of the weights that are rounded
    indptr: Ints
    rows: Ints
    entries: Floats
    rests: Floats
    bias: Floats
    bias_rest: Floats
    passes: Ints  # the bit of each input in the sign words, or -1 if it passes its value on always
    before: int  # the column from which on they stand
    masks: Words  # of each column, where they do
    inputs: Ints  # at which bits
    units: Ints  # the rectified units
    column: int  # of their signs
    kappa: float
    integral: bool
    single: bool  # the forms are the same on all cells
    bound: float  # of signs, relative to their magnitude
    ray_bound: float


@intrinsic
def _fma(context, a, b, c):
    """A b + c, rounded once."""

    def generate(_, builder, signature, arguments):
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


@compiled
def compose_all(s, p, before, forms, room, start, active):
    """Compose the forms of a layer on all cells of a part, from those of the layer before on its slots.

    ``room`` is as large as the bounds of those and of these, and ``active`` has room for two inputs more than there
    are.  Where slots have many cells, from one cell on they come from those on the other side of a facet.
    """
    top, row, queue = len(p.n) - 1, p.row, p.crossed[p.base[len(p.n) - 1] :]
    first = p.base[top]
    (f0, l0, e0), (f1, l1, e1) = before, forms
    chains = _find_largest(p, f0, room) * 2 <= p.n[top] and top > 0 and len(s.indptr) == 0
    _bound(s, p, e0, e1, room, start, active, 2.0 if chains else 1.0)
    if chains:
        _find_neighbors(p)
    for i in range(p.n[top]):
        row[first + i].minus = -1  # by how many units it differs from the first cell of the slot, if it is done
    for root in range(p.n[top]):
        if row[first + root].minus >= 0:
            continue
        slot, words = row[first + root].slot, p.cell_words[root]
        _compose(s, words, f0[slot], l0[slot], f1[root], l1[root], start, active)
        queue[0], row[first + root].minus, n, q = root, 0, 1, 0
        while chains and q < n:
            i = queue[q]
            q += 1
            t = p.pool_base[top] + row[first + i].start
            for z in range(t, t + row[first + i].count):
                facet = p.base[top - 1] + p.pool[z]
                c = row[facet].zero if row[facet].minus == i else row[facet].minus
                if c < 0 or row[first + c].minus >= 0 or row[first + c].slot != slot:
                    continue
                distance = _distance(s, p.cell_words[c], words)
                if distance == row[first + i].minus + _distance(s, p.cell_words[c], p.cell_words[i]):
                    _derive(s, p.cell_words[c], p.cell_words[i], f0[slot], l0[slot], f1[i], l1[i], f1[c], l1[c])
                    queue[n], row[first + c].minus = c, distance
                    n += 1


@inner
def _find_largest(p, f0, g):
    """Find the largest of the forms on the slots of cells, and return how many slots these are."""
    g[:], n_slots = 0.0, 0
    for i in range(p.n[len(p.n) - 1]):
        slot = p.row[p.base[len(p.n) - 1] + i].slot
        if p.form_of[slot, 1] >= 0:
            p.form_of[slot, 1] = -1
            n_slots += 1
            for k in range(g.shape[0]):
                for j in range(g.shape[1]):
                    size = abs(f0[slot, k, j])
                    g[k, j] = size if size > g[k, j] else g[k, j]
    for i in range(p.n[len(p.n) - 1]):
        p.form_of[p.row[p.base[len(p.n) - 1] + i].slot, 1] = 0
    return n_slots


@inner
def _bound(s, p, e0, e1, g, start, active, times):
    """Compute the bounds, from those of the layer before and the largest of its forms.

    ``start`` becomes the sums S, which the bounds count so many ``times``, and then the powers of two.
    """
    (D, n), cells, tiny = e1.shape, p.n[len(p.n) - 1], TAU / s.kappa
    for j in range(len(s.passes)):
        b, active[j] = s.passes[j], 0
        for i in range(cells):
            if b < 0 or (p.cell_words[i, b >> 5] >> np.uint64(b & 31)) & _ONE:
                active[j] = 1
                break
    for k in range(D):
        clean = s.integral
        for i in range(n):
            e1[k, i], start[k, i] = 0.0, abs(s.bias[i]) if k == D - 1 else 0.0
        for j in range(g.shape[1]):
            error, size = e0[k, j], g[k, j]
            if not active[j] or (error == 0 and size == 0):
                continue
            clean = clean and error == 0
            if len(s.indptr) == 0:
                for i in range(n):
                    w = abs(s.weight[j, i])
                    e1[k, i] += w * error
                    start[k, i] += w * size + (tiny if w != 0 else 0.0)
            else:
                for z in range(s.indptr[j], s.indptr[j + 1]):
                    e1[k, s.rows[z]] += abs(s.entries[z]) * error
                    start[k, s.rows[z]] += abs(s.entries[z]) * size + tiny
        for i in range(n):
            if start[k, i] >= _LARGEST:
                start[k, i] = np.inf
            e1[k, i] += times * s.kappa * start[k, i]
            start[k, i] = ldexp(1.0, frexp(start[k, i])[1] + 2) if 0 < start[k, i] < np.inf else 0.0
            if clean and e1[k, i] < s.kappa * 2.0**48:
                e1[k, i] = 0.0
            elif e1[k, i] != 0:
                e1[k, i] *= 1 + 2.0**-30


@inner
def _compose(s, words, f0, l0, f1, l1, start, active):
    """Compose the forms of a layer on a cell."""
    (D, n), m, long = f1.shape, 0, len(s.rest) > 0 or len(s.rests) > 0
    for j in range(len(s.passes)):
        b = s.passes[j]
        if b < 0 or (words[b >> 5] >> np.uint64(b & 31)) & _ONE:
            active[m] = j
            m += 1
    active[m] = active[m + 1] = 0
    for k in range(D):
        f, low = f1[k], l1[k]
        for i in range(n):
            f[i], low[i] = start[k, i], 0.0
        for i in range(n if k == D - 1 else 0):
            f[i], low[i] = _add_small(f[i], s.bias_rest[i], s.bias[i], 1.0, 0.0)
        if len(s.indptr) == 0:
            for z in range(0, m, 3):
                _add_three(s, active[z : z + 3], min(3, m - z), f0[k], l0[k], f, low)
            for z in range(m if long else 0):
                j = active[z]
                for i in range(n if f0[k, j] != 0 else 0):
                    low[i] += s.rest[j, i] * f0[k, j]
        else:
            for z in range(m):
                j = active[z]
                for e in range(s.indptr[j], s.indptr[j + 1] if f0[k, j] != 0 else s.indptr[j]):
                    i, rest = s.rows[e], s.rests[e] if long else 0.0
                    f[i], low[i] = _add_small(f[i], low[i], s.entries[e], f0[k, j], l0[k, j])
                    low[i] += rest * f0[k, j]
        for i in range(n):
            f[i], low[i] = _split(f[i] - start[k, i], low[i])


@inner
def _add_three(s, inputs, m, f0, l0, f, low):
    """Add the multiples of the first m of three forms: three at once, as sums are read and written again."""
    a, b, c = inputs[0], inputs[1], inputs[2]
    x, u = f0[a], l0[a]
    y, v = (f0[b], l0[b]) if m > 1 else (0.0, 0.0)
    z, w = (f0[c], l0[c]) if m > 2 else (0.0, 0.0)
    if x == 0 and y == 0 and z == 0:
        return
    one, two, three = s.weight[a], s.weight[b], s.weight[c]
    for i in range(len(f)):
        high, rest = _add_small(f[i], low[i], one[i], x, u)
        high, rest = _add_small(high, rest, two[i], y, v)
        f[i], low[i] = _add_small(high, rest, three[i], z, w)


@inner
def _derive(s, words, others, f0, l0, f, low, f1, l1):
    """Compose the forms on a cell from those on another one, where other units pass their value on."""
    (D, n), long, done = f1.shape, len(s.rest) > 0, False
    for column in range(len(s.masks)):
        word = words[s.before + column]
        differing = (word ^ others[s.before + column]) & s.masks[column]
        for b in range(32 if differing else 0):
            if not (differing >> np.uint64(b)) & _ONE:
                continue
            j, sign = s.inputs[32 * column + b], 1.0 if (word >> np.uint64(b)) & _ONE else -1.0
            for k in range(D):
                x, y, w, new, more = sign * f0[k, j], sign * l0[k, j], s.weight[j], f1[k], l1[k]
                old, rest = (new, more) if done else (f[k], low[k])
                for i in range(n):
                    high, c = _add(old[i], rest[i], w[i], x, y)
                    new[i], more[i] = _split(high, c + s.rest[j, i] * x if long else c)
            done = True
    for k in range(0 if done else D):
        for i in range(n):
            f1[k, i], l1[k, i] = f[k, i], low[k, i]


@inner
def _add(s, c, w, f, low):
    """Add w (f + low) to s + c."""
    p = w * f
    e = _fma(w, low, _fma(w, f, -p))
    new = s + p
    z = new - s
    q = (s - (new - z)) + (p - z)
    return new, c + (q + e)


@inner
def _add_small(s, c, w, f, low):
    """Add w (f + low) to s + c, where the product is at most s."""
    p = w * f
    e = _fma(w, low, _fma(w, f, -p))
    new = s + p
    return new, c + ((p - (new - s)) + e)


@inner
def _split(s, c):
    """Split a sum into a float and its rest."""
    high = s + c
    z = high - s
    return high, (s - (high - z)) + (c - z)


@inner
def _distance(s, words, others):
    """How many units of the layer before pass their value on in one of two cells only."""
    n = 0
    for column in range(len(s.masks)):
        n += np.int64(n_bits((words[s.before + column] ^ others[s.before + column]) & s.masks[column]))
    return n


@inner
def _find_neighbors(p):
    """Say by ``minus`` and ``zero`` of facets of cells which these are, or -1."""
    top = len(p.n) - 1
    for i in range(p.n[top - 1]):
        p.row[p.base[top - 1] + i].minus = p.row[p.base[top - 1] + i].zero = -1
    for i in range(p.n[top]):
        t = p.pool_base[top] + p.row[p.base[top] + i].start
        for z in range(t, t + p.row[p.base[top] + i].count):
            facet = p.base[top - 1] + p.pool[z]
            p.row[facet].zero = p.row[facet].minus
            p.row[facet].minus = i
