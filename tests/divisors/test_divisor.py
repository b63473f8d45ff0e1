"""Divisors against directional derivatives, Newton polytopes, and intersections with tropical lines."""

from fractions import Fraction

import numpy as np
import pytest
from gmpy2 import gcd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import troppoly as tp
from tests.oracles.fraction_network import evaluate, fraction, relu_layers
from tests.polynomial.strategies import integer_polynomials, polynomials, with_dimension
from tests.refinement.strategies import SMALL, networks
from tests.seeds import cases
from troppoly.divisors import Divisor


def derivative(monomials, x, v):
    """The derivative of a maximum at x in direction v: over the monomials that attain it."""
    values = [(sum((fraction(a) * t for a, t in zip(e, x, strict=True)), fraction(c)), e) for e, c in monomials]
    top = max(value for value, _ in values)
    return max(
        sum((fraction(a) * t for a, t in zip(e, v, strict=True)), Fraction(0)) for value, e in values if value == top
    )


def weight_at(monomials, wall):
    """The weight of a maximum at an inner point of a wall: f'(p; n) + f'(p; -n) = w <n, n>."""
    p, n = [fraction(v) for v in wall.face.interior_point()], [Fraction(int(v)) for v in wall.normal]
    sum_of_slopes = derivative(monomials, p, n) + derivative(monomials, p, [-v for v in n])
    return sum_of_slopes / sum(v * v for v in n)


def check_walls(found):
    for wall in found:
        assert wall.weight != 0
        assert gcd(*wall.normal) == 1
        for p in wall.face.vertices():
            assert sum(a * v for a, v in zip(wall.normal, p, strict=True)) + wall.offset == 0


@given(with_dimension(polynomials))
@settings(max_examples=25)
def test_the_divisor_of_a_polynomial_is_its_hypersurface(single):
    (f,) = single
    found = tp.divisor(f)
    hypersurface = {wall.face.interior_point(): wall.weight for wall in f.hypersurface()}
    assert {wall.face.interior_point(): wall.weight for wall in found} == hypersurface
    assert found.is_balanced()
    assert found.is_effective()
    check_walls(found)
    sums = [sum(e) for e in f.exponents]
    assert found.degree == max(sums) - sum(map(min, zip(*f.exponents, strict=True)))


@given(with_dimension(polynomials, polynomials, dimensions=(1, 2, 3)))
@settings(max_examples=cases(12, 25))
def test_the_divisor_of_a_quotient_is_the_difference(pair):
    f, g = pair
    found = tp.divisor(f / g)
    check_walls(found)
    parts = [list(p.terms.items()) for p in (f, g)]
    expected = {}
    for index in range(len(found.weights)):
        wall = tp.divisors.DivisorWall(found, index)
        expected[index] = weight_at(parts[0], wall) - weight_at(parts[1], wall)
    assert [fraction(w) for w in found.weights] == list(expected.values())
    assert found.is_balanced()
    assert found.degree == tp.divisor(f).degree - tp.divisor(g).degree
    difference = found.positive.weights - found.negative.weights
    assert (difference == found.weights).all()


@given(networks(SMALL, dimensions=(1, 2, 3), most_units=6), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_the_function_comes_back(arrays, random):
    weights, biases = arrays
    net = tp.Network.from_arrays([*weights[:-1], weights[-1][:1]], [*biases[:-1], biases[-1][:1]])
    regions = tp.linear_regions(net)
    found = tp.divisor(regions)
    check_walls(found)
    assert found.is_balanced()
    cell = random.randrange(regions.n_cells)
    matrix, vector = regions.cells[cell].affine_map
    forms = found.forms([*matrix[0], *vector], cell)
    layers = relu_layers([*weights[:-1], weights[-1][:1]], [*biases[:-1], biases[-1][:1]])
    for single, form in zip(regions.cells, forms, strict=True):
        x = single.interior_point()
        assert evaluate(layers, [fraction(v) for v in x]) == [fraction(form[:-1] @ np.array(x) + form[-1])]


@given(with_dimension(integer_polynomials, integer_polynomials, dimensions=(2, 3)), st.integers(0, 100))
@settings(max_examples=cases(12, 25))
def test_the_degree_counts_points_on_a_tropical_line(pair, seed):
    f, g = pair
    d = f.n_variables
    start = [Fraction(7919 * (i + 1) ** 3 + 31 * seed, 10007 + i) for i in range(d)]  # no wall is there
    r = f / g
    regions = tp.linear_regions(r)
    assume(len(regions.cells.at(start)) == 1)
    rays = [[-int(i == j) for i in range(d)] for j in range(d)] + [[1] * d]
    points = 0
    for ray in rays:
        along = r.compose_affine([[v] for v in ray], start)
        points += sum(
            wall.weight for wall in tp.divisor(along) if wall.face.vertices() and wall.face.vertices()[0][0] > 0
        )
    assert tp.divisor(regions).degree == points


@given(with_dimension(integer_polynomials, dimensions=(2, 3)))
@settings(max_examples=25)
def test_other_weights_are_not_balanced(single):
    found = tp.divisor(single[0])
    equations = found.space.equations
    assume(len(equations))
    changed = found.weights.copy()
    changed[int(equations.columns[0])] += 1
    assert not Divisor(found.complex, changed).is_balanced()
    with pytest.raises(tp.InputError, match="not balanced"):
        Divisor(found.complex, changed).forms()


def test_on_a_domain():
    x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    plane = tp.divisor(x + y + 0)
    assert (len(plane), plane.degree) == (3, 1)
    # the box leaves out the vertex and two walls
    square = tp.divisor(x + y + 0, domain=[(1, 2), (-2, 3)])
    assert [wall.weight for wall in square] == [1]
    assert square.is_balanced()
    with pytest.raises(tp.InputError, match="not on a domain"):
        _ = square.degree


def test_lines_and_affine_functions():
    x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    assert len(tp.divisor(x * y)) == 0
    assert tp.divisor(x * y).degree == 0
    line = tp.divisor((x**4 * y**2) + 3)  # lineality
    assert [wall.weight for wall in line] == [2]
    assert line.degree == 6
    assert not tp.divisor(tp.Network.from_arrays([[[1, 2]], [[0]]]))
    with pytest.raises(tp.InputError, match="negative"):
        tp.divisor(x / (x + y)).polynomial()
    with pytest.raises(tp.ShapeError, match="2 outputs"):
        tp.divisor(tp.TropicalMap([x, y]))
