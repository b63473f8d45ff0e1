"""The forms of units on cells, composed layer by layer in floats with running error bounds.

On a cell of the complex of the layers before, unit i of a layer is the linear form f_i = sum_j w_ij f_j + b_i t, the
sum over the units j of the layer before that pass their value on there.  Every coordinate of every form is an
unevaluated sum of two floats, f~ + l, with |l| <= u |f~| and a bound E of its error: |f~ + l - f| <= E.

*Theorem.*  Let g_j = E_j + kappa |f~_j| with kappa = ((n + 6) u)^2, n the number of terms of the sum.  If in addition
to the sum s of the products the sum c of all rounding errors is computed (Dot2 of Ogita, Rump and Oishi, Accurate sum
and dot product, SIAM J. Sci. Comput. 26, 2005, with w_ij l_j and the rests of the weights added to c) then s + c is off
by at most E_i = sum_j |w_ij| g_j + kappa |b_i|.

*Proof.*  |sum_j w_ij (f~_j + l_j) - f_i| <= sum_j |w_ij| E_j.  A product is w f = p + e, and a sum s + p = s' + q,
without error.  The terms of c are t = q + e + w l + r f with |q| <= u |s'|, |e| <= u |p|, |l| <= u |f| and a rest r of
the weight, |r| <= u |w|: at most u (1 + u)^n (n + 3) P in all, with P = sum_j |w_ij f~_j|.  Each passes through at most
n + 4 roundings, which costs gamma_(n+4) u (1 + u)^n (n + 3) P; neglected are r l and what the weight's two floats
leave, at most 2 u^2 P; (n + 4)(n + 3) + 3 < (n + 5)^2, and the rest up to (n + 6)^2 covers the factors 1 + u.  s + c is
then split into a float and its rest without error.  QED

*From cell to cell.*  Where other units pass their value on, their terms are added or subtracted.  This is a sum again,
of all terms on the way, some of which cancel; the theorem holds for it with n the number of all these terms, at most
twice the number of units and 1.

The bounds are computed in floats, too, all terms positive: they come out too small by a factor of at least 1 -
gamma_(n+3), and are multiplied by 1 + 2^-30.  tau = 2^-500 is added where something is not exactly zero, for what may
underflow (see ``cellwise.rounding_errors``); so E = 0 means that f~ + l = f, and f~ = E = 0 that f = 0 by structure.
If all weights are integers, and so are forms without error, E_i < kappa 2^52 means that all sums are integers below
2^53, and then E_i = 0.

Where only the rounded form f~ is used, its *magnitude* M = |f~| + E / u has |f~ - f| <= u M and |f| <= (1 + u) M: it
counts as one rounding error.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from troppoly.cellwise.cell_network import CellNetwork
from troppoly.compiled import compiled, inner
from troppoly.exact.integers import IntegerArray
from troppoly.exact.products import SparseWeights

__all__ = ["UNIT", "Stage", "compose_all", "first_forms", "stage_of"]

TAU = 2.0**-500
UNIT = 2.0**53
"""1 / u."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NONE, _NO_PLACES, _NO_VALUES = np.zeros((0, 0)), np.zeros(0, np.int64), np.zeros(0)


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


@inner
def compose(s, words, f0, l0, e0, f1, l1, e1):
    """Compose the (D, units) forms f1 + l1 with bounds e1 of a layer on a cell, from those of the layer before."""
    D, n = f1.shape
    inexact = np.uint64(0)  # the coordinates to which something comes that is
    f1[:], l1[:], e1[:] = 0.0, 0.0, 0.0
    for j in range(len(s.passes)):
        b = s.passes[j]
        if b < 0 or (words[b >> 5] >> np.uint64(b & 31)) & np.uint64(1):
            inexact |= _add_input(s, j, 1.0, f0, l0, e0, f1, l1, e1)
    for i in range(n):
        e1[D - 1, i] += abs(s.bias[i]) * s.kappa
        _add(f1, l1, D - 1, i, s.bias[i], s.bias_rest[i], 1.0, 0.0)
    for k in range(D):
        if s.integral and not (inexact >> np.uint64(k)) & np.uint64(1):
            for i in range(n):
                if e1[k, i] < s.kappa * 2.0**52:
                    e1[k, i] = 0.0
    _finish(f1, l1, e1)


@inner
def _derive(s, words, other, f0, l0, e0, f, low, e, f1, l1, e1):
    """Compose the forms on a cell from those on another one, where other units pass their value on."""
    for k in range(f.shape[0]):
        for i in range(f.shape[1]):
            f1[k, i], l1[k, i], e1[k, i] = f[k, i], low[k, i], e[k, i]
    for j in range(len(s.passes)):
        b = s.passes[j]
        if b >= 0 and ((words[b >> 5] ^ other[b >> 5]) >> np.uint64(b & 31)) & np.uint64(1):
            sign = 1.0 if (words[b >> 5] >> np.uint64(b & 31)) & np.uint64(1) else -1.0
            _add_input(s, j, sign, f0, l0, e0, f1, l1, e1)
    _finish(f1, l1, e1)


@inner
def _add_input(s, j, sign, f0, l0, e0, f1, l1, e1):
    """Add the multiples of form j of the layer before, or subtract them; return the coordinates that have an error."""
    D, n = f1.shape
    inexact, has_rest = np.uint64(0), len(s.rest) > 0 or len(s.rests) > 0
    for k in range(D):
        f, low = sign * f0[k, j], sign * l0[k, j]
        g = e0[k, j] + s.kappa * abs(f)
        if e0[k, j] != 0:
            inexact |= np.uint64(1) << np.uint64(k)
        if g == 0:
            continue
        if len(s.indptr) == 0:
            for i in range(n):
                _add(f1, l1, k, i, s.weight[j, i], s.rest[j, i] if has_rest else 0.0, f, low)
            for i in range(n):
                e1[k, i] += abs(s.weight[j, i]) * g
        else:
            for z in range(s.indptr[j], s.indptr[j + 1]):
                i, w = s.rows[z], s.entries[z]
                _add(f1, l1, k, i, w, s.rests[z] if has_rest else 0.0, f, low)
                e1[k, i] += abs(w) * g
    return inexact


@inner
def _finish(f1, l1, e1):
    """Split the sums into floats and their rests, and round the bounds up."""
    D, n = f1.shape
    for k in range(D):
        for i in range(n):
            s1, c1 = f1[k, i], l1[k, i]
            high = s1 + c1
            z = high - s1
            f1[k, i], l1[k, i] = high, (s1 - (high - z)) + (c1 - z)
            if e1[k, i] > 0:
                e1[k, i] = e1[k, i] * (1 + 2.0**-30) + TAU


@inner
def _add(s, c, k, i, w, rest, f, low):
    """Add (w + rest) (f + low) to s + c."""
    p = w * f
    e = _fma(w, f, -p)
    old = s[k, i]
    new = old + p
    z = new - old
    q = (old - (new - z)) + (p - z)
    s[k, i] = new
    c[k, i] += q + (e + (w * low + rest * f))


@compiled
def compose_all(s, p, f0, l0, e0, f1, l1, e1):
    """Compose the forms of a layer on all cells of a part, from those of the layer before on its slots.

    From one cell of a slot on they come from those on the other side of a facet.
    """
    top, row, queue = len(p.n) - 1, p.row, p.crossed[p.base[len(p.n) - 1] :]
    first = p.base[top]
    chains = top > 0 and len(s.indptr) == 0 and not s.integral
    if chains:
        _find_neighbors(p)
    for i in range(p.n[top]):
        row[first + i].minus = -1  # how many terms were added, if it is done
    for root in range(p.n[top]):
        if row[first + root].minus >= 0:
            continue
        slot = row[first + root].slot
        compose(s, p.cell_words[root], f0[slot], l0[slot], e0[slot], f1[root], l1[root], e1[root])
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
                differing, active = _count(s, p.cell_words[c], p.cell_words[i])
                length = row[first + i].minus + differing
                if length > len(s.passes) or differing >= active:
                    continue
                _derive(
                    s, p.cell_words[c], p.cell_words[i], f0[slot], l0[slot], e0[slot],
                    f1[i], l1[i], e1[i], f1[c], l1[c], e1[c],
                )  # fmt: skip
                queue[n], row[first + c].minus = c, length
                n += 1


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


@inner
def _count(s, words, others):
    """Count the units of the layer before that pass their value on in one of two cells only, and in the first."""
    differing, active = 0, 0
    for b in s.passes:
        if b >= 0:
            word = words[b >> 5] >> np.uint64(b & 31)
            active += np.int64(word & np.uint64(1))
            differing += np.int64((word ^ (others[b >> 5] >> np.uint64(b & 31))) & np.uint64(1))
    return differing, active


def stage_of(number: int, network: CellNetwork, layer: int, single: bool, bound: float, ray_bound: float) -> Stage:
    """Return a layer of a network as the compiled code reads it: without weights if it is ``single``."""
    own, floats = network.layers[layer], network.floats
    n0, n1 = own.n_inputs, own.n_units
    weight, rest, indptr, rows, entries, rests = _NONE, _NONE, _NO_PLACES, _NO_PLACES, _NO_VALUES, _NO_VALUES
    bias, bias_rest, passes, terms = np.full(n1, np.nan), _NO_VALUES, _NO_PLACES, 2 * n0 + 1
    if not single:
        weight, bias_rest, passes = np.full((n0, n1), np.nan), np.zeros(n1), np.full(n0, -1)
        before = network.layers[layer - 1].places
        passes[before.rectified] = np.arange(len(before.rectified)) + 32 * before.columns.start
    if floats is not None and not single:
        weights, biases = floats.layers[layer]
        bias, with_rests = biases[0, 0], not floats.integral
        if with_rests:
            bias_rest = _rests(own.constants, bias)
        if isinstance(weights, SparseWeights):
            pattern = own.weight.sparse().pattern
            transposed, order = pattern.transposed
            indptr, rows = np.array(transposed.indptr), np.array(transposed.columns)
            weight, entries, terms = _NONE, weights._values[0, order], int(pattern.lengths.max(initial=0)) + 1
            left = _rests(own.weight.stored[order], entries) if with_rests else _NO_VALUES
            rests = left if left.any() else rests
        else:
            weight = weights[0]
            left = _rests(own.weight.dense().stored.T, weight) if with_rests else _NONE
            rest = np.ascontiguousarray(left) if left.any() else rest
    kappa = (terms + 6) / UNIT
    return Stage(
        number, weight, rest, indptr, rows, entries, rests, bias, bias_rest, passes,
        own.rectified, own.places.columns.start, kappa * kappa,
        floats is not None and floats.integral, single, bound, ray_bound,
    )  # fmt: skip


def _rests(integers: IntegerArray, rounded: Floats) -> Floats:
    """What floats, these integers rounded and times powers of two, leave of the integers times the same powers."""
    if integers.dtype != object:
        floats = integers.astype(np.float64)
        left = (integers - floats.astype(np.int64)).astype(np.float64)
        if not left.any():
            return left
    else:
        pairs = [(v, v.bit_length()) for v in map(int, integers.flat)]
        heads = [v / (1 << size) for v, size in pairs]  # rounded once
        tails = zip(pairs, heads, strict=True)
        left = np.array([(v - (int(head * 2.0**53) << size >> 53)) / (1 << size) for (v, size), head in tails])
        floats = np.array(heads).reshape(rounded.shape)
    return np.asarray(np.ldexp(left.reshape(rounded.shape), np.frexp(rounded)[1] - np.frexp(floats)[1]))


def first_forms(network: CellNetwork) -> tuple[Floats, Floats, Floats]:
    """The (1, D, units) forms of the first layer, with rests and bounds, where t is the last coordinate and an input.

    A weight is its float if it has at most 53 bits, else with its rest off by at most u^2 of it.
    """
    layer, shape = network.layers[0], (1, network.n_coordinates, network.layers[0].n_units)
    low, e = np.zeros((2, *shape))
    if network.floats is None:
        e += np.nan
        return e, low, e
    f = np.ascontiguousarray(network.floats.layers[0][0][..., np.arange(layer.n_units)][:1])
    integers = layer.weight.dense().stored.T[None]
    long = np.abs(integers) >= 2**53
    if long.any():
        low[long] = _rests(integers[long], f[long])
        e[long] = np.abs(f[long]) / UNIT**2 + TAU
    return f, low, e
