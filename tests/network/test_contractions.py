"""Affine operations and sorting against sums over indices and sorted lists, in fractions."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from troppoly.circuit.activations import clip, descending
from troppoly.circuit.affine_operators import Kernel
from troppoly.circuit.circuit import Circuit
from troppoly.circuit.contractions import einsum_axes, interpolation
from troppoly.circuit.image_windows import spaced_windows
from troppoly.circuit.levels import arrange
from troppoly.errors import ShapeError
from troppoly.exact import RationalMatrix
from troppoly.network.network import Network


def network(wires):
    layers, names, groups = arrange(wires)
    return Network(layers, names, groups)


def inputs(*shape):
    return Circuit(int(np.prod(shape))).inputs(shape)


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
    windows = spaced_windows(length, n, kernel, stride, (before, 0), dilation, "conv")
    wires = Kernel(weight, bias, groups, "conv", "conv").transposed(inputs(1, groups * channels, n), windows)
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


@pytest.mark.parametrize("m", range(1, 10))
def test_descending_sorts(m):
    net = network(descending(inputs(2, m)))
    for seed in range(20):
        x = np.random.default_rng(seed).integers(-4, 5, (2, m))
        assert list(net(x.ravel().tolist())) == (-np.sort(-x, axis=1)).ravel().tolist()


def test_clipping_to_an_empty_interval_is_constant():
    x = inputs(2)
    low, high = ((x * 0).shifted(RationalMatrix.of([[bound]] * 2)) for bound in (2, 1))
    assert network(clip(x, low, high))((-5, 5)) == (1, 1)
