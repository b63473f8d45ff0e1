"""Homogenized integer networks: the same signs, primitive rows, positive scales."""

from fractions import Fraction
from math import gcd

import numpy as np
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.fraction_network import relu_layers
from tests.refinement import strategies
from troppoly.cellwise.lowering import lowered
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import rank
from troppoly.network import Network
from troppoly.refinement.coordinates import choose_coordinates


def triples(layers):
    return [
        (RationalMatrix.of(rows), RationalMatrix.of([[b] for b in bias]), np.array(rectified))
        for rows, bias, rectified in layers
    ]


@settings(max_examples=80)
@given(strategies.networks(st.one_of(strategies.SMALL, strategies.FLOATS, strategies.EXTREME)), st.data())
def test_integer_networks_have_the_units_times_their_scales(network, data):
    layers = relu_layers(*network)
    d = len(network[0][0][0])
    point = [data.draw(st.fractions(-5, 5, max_denominator=9)) for _ in range(d)]
    a, b = [*point, Fraction(1)], point
    for i, (layer, (weight, bias, rectified)) in enumerate(zip(lowered(triples(layers), 3), layers, strict=True)):
        z = [
            sum(int(w) * v for w, v in zip(row, a, strict=True)) + int(c)
            for row, c in zip(layer.weight, layer.bias, strict=True)
        ]
        y = [sum((w * v for w, v in zip(row, b, strict=True)), c) for row, c in zip(weight, bias, strict=True)]
        assert all(scale > 0 for scale in layer.scales)
        assert [mpq(v) for v in z] == [scale * mpq(v) for scale, v in zip(layer.scales, y, strict=True)]
        for row, c in zip(layer.weight, layer.bias, strict=True):
            assert gcd(*(int(v) for v in row), int(c)) in (0, 1)
        a, b = ([max(v, 0) if r else v for v, r in zip(u, rectified, strict=True)] for u in (z, y))
        assert layer.places.columns.stop - layer.places.columns.start == (0 if i == len(layers) - 1 else 1)
    assert layer.places.columns.stop == 3 + len(layers) - 1


@settings(max_examples=40)
@given(strategies.networks(st.one_of(strategies.SMALL, strategies.FLOATS, strategies.EXTREME)))
def test_arrays_and_rationals_have_the_same_integer_networks(network):
    """Floats read as machine words, against the same numbers read one by one."""
    made = [
        lowered([(layer.weight, layer.bias, layer.rectified) for layer in Network.from_arrays(*given).layers])
        for given in ([[np.array(a, dtype=float) for a in kind] for kind in network], network)
    ]
    for one, other in zip(*made, strict=True):
        assert one.weight == other.weight
        assert one.joint == other.joint
        assert one.bias.tolist() == other.bias.tolist()
        assert one.scales.tolist() == other.scales.tolist()


@settings(max_examples=15)
@given(strategies.networks(st.one_of(strategies.SMALL, strategies.FLOATS, strategies.EXTREME)), st.data())
def test_networks_in_coordinates(network, data):
    """At y the units are as many times those at (x, t) = R y as their scales say."""
    layers = relu_layers(*network)
    d = len(network[0][0][0])
    first = RationalMatrix.of(network[0][0]).hstack(RationalMatrix.of([[b] for b in network[1][0]]))
    section = choose_coordinates(first.take_rows([]), first, first.take_rows([])).section
    moved = lowered(triples(layers), 0, section)
    y = [data.draw(st.fractions(-5, 5, max_denominator=9)) for _ in range(section.shape[1] - 1)] + [Fraction(1)]
    x = [Fraction(int(v.numerator), int(v.denominator)) for v in section.apply([mpq(v) for v in y])]
    assert x[d] == 1
    a, b = y, x[:d]
    for layer, (weight, bias, rectified) in zip(moved, layers, strict=True):
        rows = zip(layer.weight, layer.bias, strict=True)
        z = [sum(int(w) * v for w, v in zip(row, a, strict=True)) + int(c) for row, c in rows]
        u = [sum((w * v for w, v in zip(row, b, strict=True)), c) for row, c in zip(weight, bias, strict=True)]
        assert [mpq(v) for v in z] == [scale * mpq(v) for scale, v in zip(layer.scales, u, strict=True)]
        a, b = ([max(v, 0) if r else v for v, r in zip(values, rectified, strict=True)] for values in (z, u))


@settings(max_examples=60)
@given(st.data())
def test_coordinates(data):
    """Y R = 1, Y vanishes on the lineality space, and every form is a combination of rows of Y."""
    d = data.draw(st.integers(1, 4))
    entries = st.sampled_from([strategies.SMALL, strategies.FLOATS, strategies.EXTREME])
    facets, walls, others = (
        RationalMatrix.of(
            data.draw(strategies.matrices(data.draw(st.integers(0, 4)), d + 1, data.draw(entries))), columns=d + 1
        )
        for _ in range(3)
    )
    chosen = choose_coordinates(facets, walls, others)
    D = chosen.dimension
    assert chosen.forms @ chosen.section == RationalMatrix.identity(D)
    everything = facets.vstack(walls).vstack(others)
    assert rank(everything.take_columns(np.arange(d))) + 1 == D
    assert chosen.lineality.shape == (d + 1 - D, d)
    lifted = chosen.lineality.hstack(RationalMatrix.zeros(d + 1 - D, 1))
    assert chosen.forms @ lifted.T == RationalMatrix.zeros(D, d + 1 - D)
    assert everything @ chosen.section @ chosen.forms == everything
    assert np.count_nonzero(chosen.half) == rank(facets.take_columns(np.arange(d))) + 1
    both = facets.vstack(walls).take_columns(np.arange(d))
    assert np.count_nonzero(chosen.artificial) == D - 1 - rank(both)


def test_words_of_wide_layers():
    layers = [([[Fraction(i), Fraction(1)] for i in range(70)], [Fraction(0)] * 70, [True] * 69 + [False])]
    layers.append(([[Fraction(1)] * 70], [Fraction(0)], [False]))
    first, last = lowered(triples(layers))
    assert (first.places.columns, last.places.columns) == (slice(0, 3), slice(3, 3))
    assert first.rectified.tolist() == list(range(69))
