"""Compressed networks as torch modules and as rounded floats."""

from fractions import Fraction

import numpy as np
import pytest
from gmpy2 import mpq

from tests.oracles.fraction_network import evaluate, fraction, relu_layers
from troppoly.compression import compress
from troppoly.errors import InputError
from troppoly.network import Network
from troppoly.passagemath import polyhedron


def box(low, high):
    return polyhedron([(low, low), (high, low), (low, high), (high, high)], ambient_dim=2)


def test_exact_floats_become_a_module():
    torch = pytest.importorskip("torch")
    net = Network.from_arrays([[[1], [2], [-1]], [[0.5, 1.5, -3]]], [[0, 0, 0.25], [1]])
    module = compress(net).to_torch()
    x = torch.tensor([[-2.0], [0.0], [3.0]])
    assert [list(p.shape) for p in module.parameters()] == [[2, 1], [2], [1, 2], [1]]
    expected = [[float(net((int(v),))[0])] for v in (-2, 0, 3)]
    assert module(x).tolist() == expected


def test_always_active_units_need_one_unit():
    pytest.importorskip("torch")
    net = Network.from_arrays([[[1], [-1]], [[3, 2], [1, 1]], [[1, 1]]], [[0, 0], [1, -1], [0]])
    result = compress(net)
    assert not result.network.layers[1].rectified.all()
    assert result.rectified().layers[1].rectified.all()
    assert result.rectified().widths == (1, 2, 2, 1)
    assert len(list(result.to_torch())) == 5


@pytest.mark.parametrize("sign", [1, -1])
def test_bounded_identity_units_are_shifted(sign):
    """On the box, z = max(x + y, ...) - ... is between -4 and 4, so max(z + 4, 0) - 4 is z."""
    net = Network.from_arrays([[[1, 0], [1, 1], [-1, -1]], [[1, sign, -sign]]], [[0, 0, 0], [0]])
    result = compress(net, box(-2, 2))
    assert result.network.widths == result.rectified().widths == (2, 2, 1)
    assert result.rectified().layers[0].rectified.all()
    layers = relu_layers([[[1, 0], [1, 1], [-1, -1]], [[1, sign, -sign]]], [[0, 0, 0], [0]])
    for x in [(-2, -2), (-2, 2), (2, 2), (0, Fraction(1, 3)), (-1, 1)]:
        assert [fraction(v) for v in result.rectified()(x)] == evaluate(layers, x)


def test_unbounded_identity_units_are_two_units():
    torch = pytest.importorskip("torch")
    net = Network.from_arrays([[[1, 0], [1, 1], [-1, -1]], [[1, 1, -1]]])
    module = compress(net).to_torch()
    points = torch.tensor([[1.0, -5.0], [-2.0, 3.0], [0.0, 0.0]])
    assert module(points).flatten().tolist() == [-3.0, 1.0, 0.0]


def test_half_spaces_bound_one_side():
    half = polyhedron([(0, 0)], [(1, 0), (0, 1), (0, -1)], ambient_dim=2)
    net = Network.from_arrays([[[0, 1], [1, 0], [-1, 0]], [[1, 1, -1]]])
    result = compress(net, half)
    assert result.rectified().layers[0].rectified.all()
    assert result.rectified()((3, -1)) == (3,)


def test_rounding_is_listed_and_bounded():
    """Multiples by 3 and by 1/3 of units with weights 1/3: what was rounded, and the largest effect."""
    net = Network.from_arrays([[[1, 0], [0, 1]], [["1/3", 1]]])
    result = compress(net, box(-1, 1))
    assert result.network is net
    with pytest.raises(InputError, match="1/3"):
        result.to_torch()
    rounding = result.rounded()
    (entry,) = rounding.changed
    nearest = mpq(*(1 / 3).as_integer_ratio())
    assert (entry.row, entry.column, entry.exact, entry.rounded) == (0, 0, mpq(1, 3), nearest)
    assert rounding.bound.value == mpq(1, 3) - nearest
    assert rounding.bound.point[0] == 1
    assert rounding.network.layers[1].weight[0, 0] == nearest


def test_nothing_rounded_and_unbounded_domains():
    exact = compress(Network.from_arrays([[[1.5]]])).rounded()
    assert (exact.changed, exact.bound) == ((), None)
    assert "nothing rounded" in repr(exact)
    unbounded = compress(Network.from_arrays([[["1/3"]]])).rounded()
    assert len(unbounded.changed) == 1
    assert unbounded.bound is None
    assert np.isclose(unbounded.network.evaluate_float([3.0]), 1.0)


def test_an_identity_unit_beside_a_rectified_one_is_one_unit():
    """3 max(-2x - 2y + 1, 0) + x + y + 5, with max(x, 0) and max(y, 0): three units, and one for x + y."""
    layers = relu_layers([[[-2, -2], [1, 0], [0, 1], [1, 1], [-1, -1]], [[3, 1, 5, 1, -1]]], [[1, 0, 0, 0, 0], [5]])
    net = Network.from_arrays(*zip(*((w, b) for w, b, _ in layers), strict=True))
    result = compress(net)
    assert result.network.widths == result.rectified().widths == (2, 4, 1)
    assert not result.network.layers[0].rectified.all()
    assert result.rectified().layers[0].rectified.all()
    for x in [(-2, -2), (-2, 2), (2, 2), (0, Fraction(1, 3)), (-1, 1)]:
        assert [fraction(v) for v in result.rectified()(x)] == evaluate(layers, x)
