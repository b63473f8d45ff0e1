"""Networks of tropical functions: the same function, of the depth and with the units of binary trees."""

from math import ceil, log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import troppoly as tp
from tests.polynomial.strategies import points, polynomials, with_dimension
from tests.seeds import cases
from troppoly.network.maximum_trees import tree_network


def check(f, components):
    net = tree_network(f)
    sides = {side.prune() for r in components for side in (r.numerator, r.denominator)}
    depth = max(ceil(log2(len(side))) for side in sides)
    assert len(net.layers) == depth + 1
    assert all(layer.rectified.any() for layer in net.layers[:-1])
    assert sum(int(layer.rectified.sum()) for layer in net.layers) <= sum(len(side) - 1 for side in sides)
    assert tp.equivalent(f, net)
    return net


@given(with_dimension(polynomials, points))
@settings(max_examples=cases(20, 50))
def test_polynomials(pair):
    f, x = pair
    net = check(f, [tp.TropicalRational.of(f, f.n_variables)])
    assert net(x) == (f(x),)


@given(with_dimension(polynomials, polynomials, polynomials, points, dimensions=(1, 2)), st.booleans())
@settings(max_examples=cases(10, 30))
def test_rationals_and_maps(parts, repeat):
    f, g, h, x = parts
    r, s = f / g, h / (f if repeat else g)
    check(r, [r])
    net = check(tp.TropicalMap([r, s]), [r, s])
    assert net(x) == (r(x), s(x))


@pytest.mark.parametrize("n", range(1, 10))
def test_the_largest_of_n_numbers(n):
    """ceil(log2(n + 1)) hidden layers for the maximum of n numbers and 0 (Arora, Basu, Mianjy, Mukherjee 2018)."""
    f = tp.TropicalPolynomial({tuple(int(i == j) for i in range(n)): 0 for j in range(n + 1)})
    net = tree_network(f)
    assert len(net.layers) - 1 == ceil(log2(n + 1))
    assert sum(int(layer.rectified.sum()) for layer in net.layers) == n
    assert net([i - 3 for i in range(n)]) == (max(0, n - 4),)
