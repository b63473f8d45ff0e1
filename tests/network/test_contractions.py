"""Affine operations and sorting against sums over indices and sorted lists, in fractions."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from troppoly.circuit.activations import clip, descending
from troppoly.circuit.affine_operators import transposed_convolution
from troppoly.circuit.circuit import Circuit
from troppoly.circuit.contractions import contraction, einsum_axes, interpolation, resampled
from troppoly.circuit.levels import arrange
from troppoly.circuit.windows import transposed_windows
from troppoly.errors import ShapeError
from troppoly.network.network import Network


def network(wires):
    layers, names, groups = arrange(wires.circuit, wires)
    return Network(layers, names, groups)


def inputs(*shape):
    return Circuit(int(np.prod(shape))).inputs(shape)


@pytest.mark.parametrize(
    ("equation", "one", "two"),
    [
        ("ij,jk->ik", (2, 3), (3, 2)),
        ("ij,jk", (2, 3), (3, 2)),
        ("ij,kj->ki", (2, 3), (4, 3)),
        ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2)),
        ("bij,bjk->bik", (2, 1, 3), (2, 3, 2)),
        ("ii,i->i", (3, 3), (3,)),
        ("ii,->", (3, 3), ()),
        ("a...,b...->ba...", (2, 3), (2, 3)),
        ("i,j->ji", (2,), (3,)),
        ("...,i->...i", (2, 2), (3,)),
    ],
)
def test_contractions_are_those_of_numpy(equation, one, two):
    generator = np.random.default_rng(0)
    x, constant = (generator.integers(-9, 10, shape) for shape in (one, two))
    axes, result = einsum_axes(equation, [one, two], "product")
    wires = contraction(inputs(*one), constant, *axes, result, "product")
    expected = np.einsum(equation, x, constant)
    assert wires.shape == expected.shape
    assert list(network(wires)(x.ravel().tolist())) == expected.ravel().tolist()


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", [(2, 3)]),
        ("ij->ij", [(2,)]),
        ("i->j", [(2,)]),
        ("i->ii", [(2,)]),
        ("i1->i", [(2, 2)]),
        ("i", [(2, 2)]),
        ("i...->i", [(2, 2)]),
    ],
)
def test_equations_that_do_not_fit_are_refused(equation, shapes):
    with pytest.raises(ShapeError, match="equation"):
        einsum_axes(equation, shapes, "product")


def test_lengths_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match="do not fit together"):
        contraction(inputs(2, 3), np.zeros((2, 2)), "ij", "jk", "ik", "product")


@given(st.data())
@settings(max_examples=30)
def test_transposed_convolutions_are_sums_over_windows(data):
    draw = data.draw
    groups, channels, per_group = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    n, kernel, stride, dilation = (draw(st.integers(1, 3)) for _ in range(4))
    before, length = draw(st.integers(-1, 2)), draw(st.integers(1, 9))
    generator = np.random.default_rng(draw(st.integers(0, 99)))
    weight = generator.integers(-9, 10, (groups * channels, per_group, kernel)) / 4
    bias, x = (generator.integers(-9, 10, groups * per_group), generator.integers(-9, 10, (groups * channels, n)))
    expected = [[Fraction(int(b))] * length for b in bias]
    for c, o, k, place in itertools.product(range(groups * channels), range(per_group), range(kernel), range(n)):
        at = place * stride + k * dilation - before
        if 0 <= at < length:
            expected[c // channels * per_group + o][at] += Fraction(weight[c, o, k]) * int(x[c, place])
    axes = [transposed_windows(length, n, kernel, stride, before, dilation, "conv")]
    wires = transposed_convolution(
        inputs(1, groups * channels, n), weight, bias, axes, (length,), groups, "conv", "weight", "bias"
    )
    assert list(network(wires)(x.ravel().tolist())) == [v for row in expected for v in row]


@pytest.mark.parametrize("mode", ["linear", "cubic"])
def test_interpolation_is_exact_on_polynomials_inside(mode):
    # linear interpolation has the values of linear functions, that of Keys with -1/2 those of quadratic ones
    def f(x):
        return 3 * x - 1 if mode == "linear" else x * x - x

    scale, n = mpq(3, 2), 12
    weights = interpolation(8, n, scale, "half_pixel", mode, "resize", mpq(-1, 2))
    places = [(o + mpq(1, 2)) / scale - mpq(1, 2) for o in range(n)]
    values = weights.apply([mpq(f(k)) for k in range(8)])
    inside = [o for o in range(n) if 1 <= places[o] <= 6]
    assert len(inside) > 6
    assert [values[o] for o in inside] == [f(places[o]) for o in inside]
    assert weights.apply([mpq(1)] * 8) == (1,) * n


def test_axes_are_resampled_one_by_one():
    nearest = interpolation(2, 4, mpq(2), "asymmetric", "floor", "resize")
    wires = resampled(inputs(1, 2), [None, nearest], "resize")
    assert network(wires)((3, 5)) == (3, 3, 5, 5)


@pytest.mark.parametrize("m", range(1, 10))
def test_descending_sorts(m):
    wires = descending(inputs(2, m, 2), 1)
    net = network(wires)
    for seed in range(20):
        x = np.random.default_rng(seed).integers(-4, 5, (2, m, 2))
        assert list(net(x.ravel().tolist())) == (-np.sort(-x, axis=1)).ravel().tolist()


def test_clipping_to_an_empty_interval_is_constant():
    assert network(clip(inputs(2), mpq(2), mpq(1)))((-5, 5)) == (1, 1)
