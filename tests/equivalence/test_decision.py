"""Equivalence against brute force over all sign vectors, rewrites, and differences that hide."""

from fractions import Fraction
from itertools import pairwise, permutations, product

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import rewrites
from tests.oracles.fraction_network import evaluate, relu_layers
from tests.oracles.sign_faces import sign_faces
from tests.refinement import strategies
from tests.seeds import cases
from troppoly.equivalence import equivalent
from troppoly.errors import BudgetError, EmptyDomainError, InputError, ShapeError
from troppoly.network import Network
from troppoly.passagemath import polyhedron
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational
from troppoly.refinement import tropicalize

relu = Network.from_arrays([[[1]], [[1]]])
absolute = Network.from_arrays([[[1], [-1]], [[1, 1]]])


def network(layers):
    return strategies.network_of_layers(layers)


def fractions(values):
    return [Fraction(int(v.numerator), int(v.denominator)) for v in values]


def assert_counterexample(result, one, other):
    """The point is one where the networks differ, by exact evaluation outside the library."""
    assert not result
    x = fractions(result.point)
    expected = evaluate(one, x), evaluate(other, x)
    assert expected[0] != expected[1]
    assert tuple(fractions(v) for v in result.values) == expected


def are_equal(one, other):
    """Whether all affine pieces of the difference are zero."""
    d = len(one[0][0][0])
    faces = sign_faces(rewrites.difference(one, other)).values()
    return not any(any(any(row) for row in f.affine_map) for f in faces if f.dimension == d)


@settings(max_examples=cases(40, 80))
@given(strategies.networks(strategies.SMALL, dimensions=(1, 2), most_units=4), st.data())
def test_pairs_against_brute_force(first, data):
    weights, biases = first
    one = relu_layers(*first)
    changed = [[list(row) for row in rows] for rows in weights], [list(b) for b in biases]
    kind = data.draw(st.sampled_from(["weight", "bias"]))
    layer = data.draw(st.integers(0, len(weights) - 1))
    row = data.draw(st.integers(0, len(weights[layer]) - 1))
    if kind == "weight":
        changed[0][layer][row][data.draw(st.integers(0, len(weights[layer][row]) - 1))] += data.draw(st.integers(-1, 2))
    else:
        changed[1][layer][row] += data.draw(st.integers(-1, 2))
    other = relu_layers(*changed)
    result = equivalent(network(one), network(other))
    assert bool(result) == are_equal(one, other)
    if not result:
        assert_counterexample(result, one, other)


@st.composite
def rewritten(draw):
    """Layers, and others of the same function."""
    layers = relu_layers(*draw(strategies.networks(dimensions=(1, 2, 3), most_units=5)))
    other = layers
    for _ in range(draw(st.integers(1, 4))):
        index = draw(st.integers(0, len(other) - 2))
        n, m = len(other[index][0]), len(other[index + 1][0])
        unit = draw(st.integers(0, n - 1))
        factor = Fraction(draw(st.integers(1, 9)), draw(st.integers(1, 9)))
        numbers = [Fraction(v) for v in draw(st.lists(st.integers(-3, 3), min_size=9, max_size=9))]
        width = len(other[index][0][0])
        row, columns = (numbers * 3)[:width], (numbers * 3)[1 : m + 1]
        kind = draw(st.sampled_from(["permute", "scale", "split", "pair", "pass", "zero"]))
        if kind == "permute":
            other = rewrites.permuted(other, index, draw(st.permutations(range(n))))
        elif kind == "scale":
            other = rewrites.scaled(other, index, unit, factor)
        elif kind == "split":
            other = rewrites.split(other, index, unit, Fraction(draw(st.integers(-2, 2)), 3), factor)
        elif kind == "pair":
            other = rewrites.with_cancelling_pair(other, index, row, numbers[0], columns)
        elif kind == "pass":
            other = rewrites.with_passing_layer(other)
        else:
            other = rewrites.with_unit(other, index, row, numbers[0], [Fraction(0)] * m)
    return layers, other


@settings(max_examples=cases(50, 100))
@given(rewritten())
def test_rewritten_networks_are_equivalent(pair):
    one, other = pair
    assert equivalent(network(one), network(other))


@settings(max_examples=60)
@given(rewritten(), st.data())
def test_a_changed_weight_of_a_rewritten_network(pair, data):
    one, other = pair
    other = rewrites.copied(other)
    rows = other[data.draw(st.integers(0, len(other) - 1))][0]
    row = rows[data.draw(st.integers(0, len(rows) - 1))]
    row[data.draw(st.integers(0, len(row) - 1))] += Fraction(1, 7)
    result = equivalent(network(one), network(other))
    d = len(one[0][0][0])
    grid = [Fraction(v, 2) for v in range(-4, 5)]
    if result:
        assert all(evaluate(one, x) == evaluate(other, x) for x in product(grid, repeat=d))
    else:
        assert_counterexample(result, one, other)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_permuted_and_scaled_units_need_no_cells(order):
    layers = relu_layers([[[1, 2], [3, -1], [0, 1]], [[1, 1, -2], [1, 0, 5]], [[2, -1]]], [[1, 0, 2], [3, 4], [0]])
    other = rewrites.scaled(rewrites.permuted(layers, 0, order), 0, 1, Fraction(2, 3))
    result = equivalent(network(layers), network(rewrites.permuted(other, 1, (1, 0))))
    assert result
    assert result.n_cells == 0


def test_architectures_for_the_absolute_value():
    deeper = Network.from_arrays([[[1], [-1]], [[1, 1]], [[1]]])
    other = Network.from_arrays([[[1], [1], [-1]], [[2, -1, 1]]])
    polynomial = TropicalPolynomial({(1,): 0, (-1,): 0})
    functions = [absolute, deeper, other, polynomial, polynomial / TropicalPolynomial.constant(0, 1)]
    assert all(equivalent(f, g) for f in functions for g in functions)
    assert not equivalent(absolute, relu)


def test_architectures_for_the_maximum():
    difference = Network.from_arrays([[[1, -1], [0, 1], [0, -1]], [[1, 1, -1]]])
    halves = Network.from_arrays([[[1, 1], [-1, -1], [1, -1], [-1, 1]], [["1/2", "-1/2", "1/2", "1/2"]]])
    polynomial = TropicalPolynomial({(1, 0): 0, (0, 1): 0})
    redundant = TropicalPolynomial({(1, 0): 0, (0, 1): 0, ("1/2", "1/2"): -3})
    for f, g in product([difference, halves, polynomial, redundant], repeat=2):
        assert equivalent(f, g)


def test_maps_with_many_outputs():
    x, y = (TropicalPolynomial.variable(i, 2) for i in range(2))
    assert equivalent(TropicalMap([x + y, x]), TropicalMap([y + x, (x + y) * x / (y + x)]))
    result = equivalent(TropicalMap([x + y, x]), TropicalMap([x + y, y]))
    px, py = result.point
    assert result.values == ((max(px, py), px), (max(px, py), py))


@pytest.mark.parametrize("at", ["0", "1/3", 12345])
def test_a_difference_in_one_tiny_cell(at):
    """A bump of width 2^-59 that the sampled points do not meet."""
    e, at = Fraction(1, 2**60), Fraction(at) + Fraction(1, 97)
    bumped = Network.from_arrays(
        [[[1], [1], [1], [1], [-1]], [[1, -2, 1, 1, 1]]], [[-at, -at - e, -at - 2 * e, 0, 0], [0]]
    )
    result = equivalent(absolute, bumped)
    assert not result
    assert at < Fraction(int(result.point[0].numerator), int(result.point[0].denominator)) < at + 2 * e
    assert result.values[0] != result.values[1]


def test_a_tiny_bump_in_the_plane():
    e = Fraction(1, 2**60)
    # min(bump(x), bump(y)) = bump(x) - (bump(x) - bump(y))+
    offsets = [-Fraction(1, 7) - k * e for k in range(3)] * 2
    second = [[1, -2, 1, 0, 0, 0], [1, -2, 1, -1, 2, -1]]
    net = Network.from_arrays([[[1, 0]] * 3 + [[0, 1]] * 3, second, [[1, -1]]], [offsets, [0, 0], [0]])
    zero = Network.from_arrays([[[0, 0]]])
    result = equivalent(net, zero)
    assert not result
    assert all(mpq(1, 7) < v < mpq(1, 7) + 2 * mpq(e.numerator, e.denominator) for v in result.point)


@pytest.mark.parametrize("start", [10**3, 10**30])
def test_a_difference_at_infinity_only(start):
    """Equal at all vertices of both complexes and of their refinement; different far out."""
    one = Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    other = Network.from_arrays([[[1, 0], [0, 1], [1, 0]], [[1, 1, 1]]], [[0, 0, -start], [0]])
    result = equivalent(one, other)
    assert not result
    assert result.point[0] > start
    assert result.values[1][0] - result.values[0][0] == result.point[0] - start


def test_equal_at_all_vertices_of_one_complex():
    """f = |x| + |y| and f + a bump between its vertices, which are zeros of the bump; on a box, too."""
    f = [[[1, 0], [-1, 0], [0, 1], [0, -1]], [0, 0, 0, 0]]
    plain = Network.from_arrays([f[0], [[1, 1, 1, 1]]], [f[1], [0]])
    tent = [[1, 0]] * 3
    other = Network.from_arrays([f[0] + tent, [[1, 1, 1, 1, 1, -2, 1]]], [[*f[1], "-1/4", "-1/2", "-3/4"], [0]])
    box = polyhedron([(-1, -1), (1, -1), (-1, 1), (1, 1)], ambient_dim=2)
    for x in product([-1, 0, 1], repeat=2):  # all vertices of the complex of f on the box
        assert plain(x) == other(x)
    for domain in (None, box):
        result = equivalent(plain, other, domain)
        assert not result
        assert mpq(1, 4) < result.point[0] < mpq(3, 4)


def test_domains():
    half = polyhedron([(0,)], [(1,)], ambient_dim=1)
    assert equivalent(absolute, relu, half)
    assert equivalent(absolute, relu, polyhedron([(0,), ("1/3",)], ambient_dim=1))
    result = equivalent(absolute, relu, polyhedron([("-1/1000",), (5,)], ambient_dim=1))
    assert not result
    assert mpq(-1, 1000) <= result.point[0] < 0


def test_affine_and_constant_networks():
    constant = Network.from_arrays([[[0, 0]], [[3]]], [[2], [1]])
    assert equivalent(constant, Network.from_arrays([[[0, 0]]], [[7]]))
    result = equivalent(constant, Network.from_arrays([[[0, 0]]], [[8]]))
    assert result.values == ((mpq(7),), (mpq(8),))


def test_small_differences_of_large_weights():
    big = Network.from_arrays([[[2.0**500], [-(2.0**500)]], [[2.0**-500, -(2.0**-500)]]])
    identity = Network.from_arrays([[[1]]])
    assert equivalent(big, identity)
    assert not equivalent(big, Network.from_arrays([[[1]]], [[2.0**-1000]]))


def test_refused_input():
    plane = Network.from_arrays([[[1, 1]]])
    with pytest.raises(ShapeError, match="1 and 2 inputs"):
        equivalent(relu, plane)
    with pytest.raises(ShapeError, match="1 and 2 outputs"):
        equivalent(plane, Network.from_arrays([[[1, 0], [0, 1]]]))
    with pytest.raises(InputError, match="not a str"):
        equivalent(plane, "x")
    with pytest.raises(EmptyDomainError):
        equivalent(relu, absolute, polyhedron([(1,)], ambient_dim=1))
    with pytest.raises(InputError):
        equivalent(relu, absolute, domain="(0, 1)")


def test_a_budget():
    one = Network.from_arrays([[[k] for k in range(1, 9)], [[1] * 8]], [list(range(8)), [0]])
    other = Network.from_arrays([[[k] for k in range(1, 9)], [[1] * 8], [[1]]], [list(range(8)), [5], [-5]])
    with pytest.raises(BudgetError):
        equivalent(one, other, max_cells=3)


def random_network(widths, seed):
    random = np.random.default_rng(seed)
    weights = [random.normal(size=(n, m)) for m, n in pairwise(widths)]
    return Network.from_arrays(weights, [random.normal(size=n) for n in widths[1:]])


@pytest.mark.parametrize("widths", [(1, 4, 3, 1), (2, 4, 3, 2), (3, 4, 3, 1)])
def test_networks_and_their_tropical_maps_in_other_forms(widths):
    """Equal by the algebra: redundant monomials, common factors, and scaled pairs change no function."""
    net = random_network(widths, 0)
    d = widths[0]
    x = TropicalPolynomial.variable(0, d)
    canonical = tropicalize(net)
    (a, c), (b, e) = list(canonical[0].numerator.terms.items())[:2]
    below = TropicalPolynomial.affine([(p + q) / 2 for p, q in zip(a, b, strict=True)], (c + e) / 2 - 1)
    first = TropicalRational(canonical[0].numerator + below, canonical[0].denominator)
    others = [
        TropicalMap([first, *canonical[1:]]),
        TropicalMap([TropicalRational(x * r.numerator, x * r.denominator) for r in canonical]),
    ]
    if d < 3:
        others.append(
            TropicalMap([TropicalRational((x + 1) * r.numerator, (x + 1) * r.denominator) for r in canonical])
        )
    for other in (canonical, *others):
        assert equivalent(net, other)
        assert equivalent(other, net)
        assert equivalent(canonical, other)
    for other in others:
        lifted = TropicalMap([r * TropicalPolynomial.constant(mpq(1, 2**90), d) for r in other])
        for one, two in ((net, lifted), (lifted, canonical)):
            result = equivalent(one, two)
            assert not result
            first, second = result.values
            assert first == net(result.point) or second == net(result.point)
            assert first != second


def test_a_bump_far_from_all_simple_points():
    """The irredundant maps differ, so the complex of the difference finds a point."""
    x = TropicalPolynomial.variable(0, 1)
    hat = (x * -(10**6) + 0) / (x * -(10**6 + 1) + 0)  # 0, then a ramp of height 1 from 10^6
    zero = TropicalPolynomial.constant(0, 1)
    result = equivalent(hat, zero)
    assert not result
    assert result.values[0] == (hat(result.point),) != result.values[1]


def test_one_object_is_equivalent_to_itself_at_once():
    net = random_network((2, 300, 300, 1), 1)
    result = equivalent(net, net)
    assert result
    assert result.n_cells == 0
    with pytest.raises(InputError):
        equivalent("net", "net")
