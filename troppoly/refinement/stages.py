"""What the compiled code is given: the layers of a network in floats, and the forms of the first one."""

from __future__ import annotations

import numpy as np

from troppoly.cellwise.cell_network import CellNetwork
from troppoly.cellwise.sign_words import pack
from troppoly.exact.integers import IntegerArray
from troppoly.exact.products import SparseWeights
from troppoly.refinement.floats import TAU, UNIT, Floats, Forms, Stage

__all__ = ["first_forms", "stage_of"]

_NONE, _NO_PLACES, _NO_VALUES = np.zeros((0, 0)), np.zeros(0, np.int64), np.zeros(0)


def stage_of(number: int, network: CellNetwork, layer: int, single: bool, bound: float, ray_bound: float) -> Stage:
    """Return a layer of a network as the compiled code reads it: without weights if it is ``single``."""
    own, floats = network.layers[layer], network.floats
    n0, n1 = own.n_inputs, own.n_units
    weight, rest, indptr, rows, entries, rests = _NONE, _NONE, _NO_PLACES, _NO_PLACES, _NO_VALUES, _NO_VALUES
    bias, bias_rest, passes, terms = np.full(n1, np.nan), _NO_VALUES, _NO_PLACES, 2 * n0 + 1
    first, masks, inputs = 0, np.zeros(0, np.uint64), _NO_PLACES
    if not single:
        weight, bias_rest, passes = np.full((n0, n1), np.nan), np.zeros(n1), np.full(n0, -1)
        before = network.layers[layer - 1].places
        inputs, first = before.rectified, before.columns.start
        passes[inputs] = np.arange(len(inputs)) + 32 * first
        all_bits = np.ones((1, len(inputs)), bool)
        masks = pack(all_bits, ~all_bits)[0]
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
    return Stage(
        number, weight, rest, indptr, rows, entries, rests, bias, bias_rest, passes, first, masks, inputs,
        own.rectified, own.places.columns.start, 24 * ((terms + 6) / UNIT) ** 2,
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


def first_forms(network: CellNetwork) -> Forms:
    """Return the forms of the first layer, on one slot, where t is the last coordinate, and an input.

    A weight is its float if it has at most 53 bits, else with its rest off by at most u^2 of it.
    """
    layer, shape = network.layers[0], (1, network.n_coordinates, network.layers[0].n_units)
    low, e = np.zeros(shape), np.zeros(shape[1:])
    if network.floats is None:
        return Forms(np.full(shape, np.nan), low, e + np.nan)
    f = np.ascontiguousarray(network.floats.layers[0][0][..., np.arange(layer.n_units)][:1])
    integers = layer.weight.dense().stored.T[None]
    long = np.abs(integers) >= 2**53
    if long.any():
        low[long] = _rests(integers[long], f[long])
        e[long[0]] = np.abs(f[long]) / UNIT**2 + TAU
    return Forms(f, low, e)
