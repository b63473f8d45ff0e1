"""Bounds of units and outputs in floats, against exact values at points of the box."""

from __future__ import annotations

import random

import numpy as np
import pytest
from gmpy2 import mpq, mpz

from tests.local.networks import random_network
from troppoly.branching.cut_boxes import CutBox
from troppoly.branching.domains import Box, on_affine_hull, outward, smaller_box
from troppoly.branching.relaxation import Relaxation
from troppoly.exact import RationalMatrix
from troppoly.exact.linear_program import Optimum, maximize


def affine(network, factors=None):
    """The layers with weights, and perhaps the biases, times factors."""
    factors = factors or [1] * len(network.layers)
    return [(x.weight * c, x.bias * c, x.rectified) for x, c in zip(network.layers, factors, strict=True)]


def exact_values(layers, x):
    """The pre-activations of all layers at a point."""
    result = []
    for weight, bias, rectified in layers:
        z = [a + b for a, b in zip(weight.apply(x), bias[:, 0], strict=True)]
        result.append(z)
        x = tuple(max(v, mpq(0)) if r else v for v, r in zip(z, rectified, strict=True))
    return result


@pytest.mark.parametrize("seed", range(40))
def test_bounds_hold_at_points(seed):
    rng = random.Random(seed)
    net = random_network(rng)
    powers = [rng.choice([0, 0, 0, 60, -60, 200, -200]) for _ in net.layers]
    layers = affine(net, [mpq(2) ** power for power in powers])
    relaxation, d = Relaxation(layers), net.n_inputs
    center = [mpq(rng.randint(-20, 20), rng.choice([3, 7])) for _ in range(d)]
    size = mpq(2) ** rng.randint(-40, 3)
    box = Box(tuple(c - size for c in center), tuple(c + rng.choice([1, 3]) * size for c in center))
    found = relaxation.bounds(outward(box.low, -1), outward(box.high, 1), relaxation.unknown())
    ends = list(zip(box.low, box.high, strict=True))
    points = [tuple(rng.choice(pair) for pair in ends) for _ in range(6)]
    points += [tuple(a + mpq(rng.randint(0, 8), 8) * (b - a) for a, b in ends) for _ in range(6)]
    for x in points:
        values = exact_values(layers, x)
        for z, signs, (_, _, rectified) in zip(values, found.signs, layers, strict=True):
            for v, sign, is_rectified in zip(z, signs, rectified, strict=True):
                assert not is_rectified or sign * v >= 0
        for v, low, high in zip(values[-1], found.low, found.high, strict=True):
            assert low == -np.inf or mpq(float(low)) <= v
            assert high == np.inf or v <= mpq(float(high))


def test_bounds_of_a_small_box_are_close():
    rng = random.Random(1)
    for _ in range(10):
        layers = affine(random_network(rng))
        d = layers[0][0].shape[1]
        x = tuple(mpq(rng.randint(-9, 9), 4) for _ in range(d))
        relaxation = Relaxation(layers)
        found = relaxation.bounds(outward(x, -1), outward(x, 1), relaxation.unknown())
        for v, low, high in zip(exact_values(layers, x)[-1], found.low, found.high, strict=True):
            assert v - mpq(1, 10**9) < mpq(float(low)) <= v <= mpq(float(high)) < v + mpq(1, 10**9)


def test_signs_that_are_known_are_used():
    net = [(RationalMatrix.of([[1]]), RationalMatrix.of([[0]]), np.array([True]))]
    net.append((RationalMatrix.of([[1]]), RationalMatrix.of([[0]]), np.array([False])))
    box = np.array([-2.0]), np.array([2.0])
    for sign, low, high in ((0, -1e-9, 2.1), (-1, -1e-9, 1e-9), (1, -2.1, 2.1)):
        found = Relaxation(net).bounds(*box, (np.array([sign], dtype=np.int8), np.array([1], dtype=np.int8)))
        assert low <= found.low[0] <= found.high[0] <= high


@pytest.mark.parametrize("scale", [mpq(2) ** 500, mpq(2) ** -500, mpq(1, 2) ** 1100])
def test_numbers_beyond_the_range_of_the_proof_bound_nothing(scale):
    net = random_network(random.Random(0))
    relaxation = Relaxation(affine(net, [scale] * len(net.layers)))
    found = relaxation.bounds(-np.ones(net.n_inputs), np.ones(net.n_inputs), relaxation.unknown())
    assert (found.low == -np.inf).all()
    assert (found.high == np.inf).all()
    assert all(
        (signs[rectified] == 0).all() for signs, rectified in zip(found.signs, relaxation.rectified, strict=True)
    )


@pytest.mark.parametrize("seed", range(10))
def test_smaller_boxes_contain_the_part(seed):
    rng = random.Random(seed)
    d = rng.randint(1, 3)
    rows = [[rng.randint(-3, 3) for _ in range(d)] + [rng.randint(1, 3)] for _ in range(4)]
    sides = [[s * (i == j) for j in range(d)] + [2] for i in range(d) for s in (1, -1)]
    flat = on_affine_hull(RationalMatrix.of([*rows, *sides]))
    box = smaller_box(flat.box, flat.cuts)
    for _ in range(200):
        x = [mpq(rng.randint(-8, 8), 4) for _ in range(d)]
        if all(sum(a * v for a, v in zip(row, [*x, 1], strict=True)) >= 0 for row in rows):
            assert all(a <= v <= b for a, v, b in zip(box.low, x, box.high, strict=True))
    triangle = on_affine_hull(RationalMatrix.of([[1, 0, 0], [0, 1, 0], [-1, -1, 1], [-1, 0, 9], [0, -1, 9]]))
    assert smaller_box(triangle.box, triangle.cuts).high[0] < mpq(10001, 10000)


@pytest.mark.parametrize("seed", range(150))
def test_bounds_on_boxes_with_cuts_hold_and_are_about_the_least_values(seed):
    """Against exact linear programs, also where cuts have huge numbers or leave a sliver."""
    rng = random.Random(seed)
    k, m = rng.randint(1, 5), rng.randint(1, 6)
    low = [mpq(rng.randint(-9, 9), 7) for _ in range(k)]
    box = Box(tuple(low), tuple(v + mpq(rng.randint(1, 9), 3) for v in low))
    inside = [a + mpq(rng.randint(1, 9), 10) * (b - a) for a, b in zip(box.low, box.high, strict=True)]
    cuts = []
    for _ in range(m):
        a = [mpq(rng.randint(-9, 9)) * rng.choice([1, 1, 10**30, mpq(1, 3)]) for _ in range(k)]
        if any(a):
            slack = rng.choice([mpq(1), mpq(1, 10), mpq(1, 10**25)])
            cuts.append([*a, slack - sum(v * x for v, x in zip(a, inside, strict=True))])
    exact = RationalMatrix.of(cuts, columns=k + 1).dense()
    rows = [row * 1 for row in exact.entries]
    form = [mpq(rng.randint(-5, 5)) for _ in range(k)]
    system = RationalMatrix.of([*rows, *box.forms()], columns=k + 1)
    best = maximize([-v for v in form], -system.take_columns(range(k)), [row[-1] for row in system])
    assert isinstance(best, Optimum)
    p = np.array(form, dtype=np.float64)
    found = CutBox(outward(box.low, -1), outward(box.high, 1), rows).least(p, 0.5, float(np.abs(p).sum() * 20 + 1))
    if found is None:
        assert not any(form)
        return
    assert mpq(found.bound) <= mpq(1, 2) - best.value
    if found.bound < float(mpq(1, 2) - best.value) - 1e-6:
        assert max(map(abs, exact.entries.ravel())) > 10**20  # where HiGHS is lost, bounds are right but weak
    assert all(y >= 0 for y in found.multipliers)
    total = np.array([*form, mpq(1, 2)], dtype=object)
    for y, row in zip(found.multipliers, rows, strict=True):
        total = total - y * row
    ends = (a if c > 0 else b for c, a, b in zip(total, box.low, box.high, strict=False))
    least = sum((c * end for c, end in zip(total, ends, strict=False)), total[-1])
    assert least >= mpq(found.bound)
    assert least <= mpq(1, 2) - best.value


def test_boxes_in_which_underflow_counts_bound_nothing():
    """The tiny entry of the cut is 0 as a float, but not at 2^900."""
    ends = np.array([1.0, 2.0**900])
    cut = np.array([mpz(2) ** 1080, mpz(-1), mpz(0)], dtype=object)
    assert CutBox(np.zeros(2), ends, [cut]).least(np.array([1.0, 0.0]), 0.0, 1.0) is None
    assert CutBox(np.zeros(2), np.ones(2), [cut]).least(np.array([1.0, 0.0]), 0.0, 1.0) is not None
