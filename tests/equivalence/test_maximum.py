"""The largest difference against exact grids and against the breakpoints of functions of one variable."""

from fractions import Fraction
from itertools import product

import pytest
from gmpy2 import mpq
from hypothesis import assume, given, settings

from tests.oracles.fraction_network import evaluate, fraction, relu_layers
from tests.refinement import strategies
from troppoly.equivalence import maximum_difference
from troppoly.errors import ShapeError, UnboundedError
from troppoly.network import Network
from troppoly.passagemath import polyhedron

box = polyhedron([(-2, -2), (2, -2), (-2, 2), (2, 2)], ambient_dim=2)


@settings(max_examples=40)
@given(
    strategies.networks(strategies.SMALL, dimensions=(2,), most_units=5),
    strategies.networks(strategies.SMALL, dimensions=(2,), most_units=5),
)
def test_no_grid_point_exceeds_the_bound_and_it_is_attained(first, second):
    one, other = relu_layers(*first), relu_layers(*second)
    assume(len(one[-1][0]) == len(other[-1][0]))
    bound = maximum_difference(Network.from_arrays(*first), Network.from_arrays(*second), box)
    grid = [Fraction(v, 3) for v in range(-6, 7)]
    found = max(
        abs(a - b) for x in product(grid, repeat=2) for a, b in zip(evaluate(one, x), evaluate(other, x), strict=True)
    )
    assert found <= fraction(bound.value)
    x = [fraction(v) for v in bound.point]
    assert all(-2 <= v <= 2 for v in x)
    gap = abs(evaluate(one, x)[bound.output] - evaluate(other, x)[bound.output])
    assert gap == fraction(bound.value)


def test_a_known_maximum():
    """max(x, 0) - x / 2 on [-1, 3]: |x| / 2, so 3/2 at 3."""
    interval = polyhedron([(-1,), (3,)], ambient_dim=1)
    bound = maximum_difference(Network.from_arrays([[[1]], [[1]]]), Network.from_arrays([[["1/2"]]]), interval)
    assert (bound.value, bound.point, bound.output) == (mpq(3, 2), (mpq(3),), 0)
    assert bound.values == ((mpq(3),), (mpq(3, 2),))


def test_a_maximum_inside():
    """A tent with its top at 1/3 against zero."""
    tent = Network.from_arrays([[[1], [1], [1]], [[1, -2, 1]]], [[0, "-1/3", "-2/3"], [0]])
    bound = maximum_difference(tent, Network.from_arrays([[[0]]]), polyhedron([(-5,), (5,)], ambient_dim=1))
    assert (bound.value, bound.point) == (mpq(1, 3), (mpq(1, 3),))


def test_equal_networks_differ_by_zero():
    net = Network.from_arrays([[[1, 2], [3, 4]], [[1, 1]]])
    bound = maximum_difference(net, net, box)
    assert bound.value == 0
    assert bound.values[0] == bound.values[1]


def test_refused_domains():
    net = Network.from_arrays([[[1]]])
    with pytest.raises(UnboundedError):
        maximum_difference(net, net, None)
    with pytest.raises(UnboundedError):
        maximum_difference(net, net, polyhedron([(0,)], [(1,)], ambient_dim=1))
    with pytest.raises(ShapeError):
        maximum_difference(net, net, box)
