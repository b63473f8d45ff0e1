"""Convexity against the definition: a convex piecewise affine function is the maximum of its pieces."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import troppoly as tp
from tests.oracles.fraction_network import fraction
from tests.polynomial.strategies import integer_polynomials, polynomials, with_dimension
from tests.refinement.strategies import SMALL, networks
from tests.seeds import cases


def pieces_and_points(regions):
    cells = [(cell.affine_map, [fraction(v) for v in cell.interior_point()]) for cell in regions.cells]
    forms = [([fraction(a) for a in matrix[0]], fraction(vector[0])) for (matrix, vector), _ in cells]
    return forms, [x for _, x in cells]


def is_maximum(regions, sign):
    """Whether every piece is the greatest (or least) of all pieces inside its cell."""
    forms, points = pieces_and_points(regions)

    def value(form, x):
        return sign * (sum((a * v for a, v in zip(form[0], x, strict=True)), form[1]))

    return all(value(forms[i], x) == max(value(f, x) for f in forms) for i, x in enumerate(points))


def check(function, regions, evaluate):
    for decide, sign in ((tp.is_convex, 1), (tp.is_concave, -1)):
        answer = decide(function)
        assert bool(answer) == is_maximum(regions, sign)
        if answer:
            continue
        x, middle, y = answer.points
        assert middle == tuple((a + b) / 2 for a, b in zip(x, y, strict=True))
        assert answer.values == tuple(evaluate(p) for p in answer.points)
        assert sign * answer.values[1] > sign * (answer.values[0] + answer.values[2]) / 2
        assert sign * answer.wall.weight < 0


@given(networks(SMALL, dimensions=(1, 2, 3), most_units=5))
@settings(max_examples=cases(8, 20))
def test_networks(arrays):
    weights, biases = arrays
    net = tp.Network.from_arrays([*weights[:-1], weights[-1][:1]], [*biases[:-1], biases[-1][:1]])
    regions = tp.linear_regions(net)
    check(net, regions, lambda x: net(x)[0])
    check(regions, regions, lambda x: net(x)[0])


@given(with_dimension(integer_polynomials, integer_polynomials, dimensions=(1, 2)))
@settings(max_examples=cases(8, 20))
def test_rationals(pair):
    r = pair[0] / pair[1]
    check(r, tp.linear_regions(r), r)


@given(with_dimension(polynomials), st.integers(-2, 2))
@settings(max_examples=20)
def test_powers_of_polynomials(single, q):
    (f,) = single
    r = tp.TropicalRational.of(f, f.n_variables) ** q
    affine = len(f.prune()) == 1
    assert tp.is_convex(f)
    assert bool(tp.is_convex(r)) == (q >= 0 or affine)
    assert bool(tp.is_concave(r)) == (q <= 0 or affine)


def test_on_domains():
    net = tp.Network.from_arrays([[[1, 0], [1, 0]], [[1, -1]]], [[0, -1], [0]])  # convex for x <= 1, concave for x >= 0
    assert not tp.is_convex(net)
    assert not tp.is_concave(net)
    assert tp.is_convex(net, [(-1, 1), (0, 1)])
    assert tp.is_concave(net, [(0, 2), (0, 1)])
    answer = tp.is_convex(net, [(Fraction(9, 10), 2), (0, 1)])
    assert all(Fraction(9, 10) <= x[0] <= 2 and 0 <= x[1] <= 1 for x in answer.points)
    with pytest.raises(tp.InputError, match="their domain already"):
        tp.is_convex(tp.linear_regions(net), [(0, 1), (0, 1)])
    x = tp.TropicalPolynomial.variable(0, 1)
    with pytest.raises(tp.InputError, match="zero"):
        tp.is_convex(tp.TropicalPolynomial.zero(1))
    assert tp.is_convex(tp.TropicalMap([x / (x * 2)]))
