"""Planted redundancy is found, the function stays the same, and compressing twice does nothing more."""

from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings

from tests.equivalence.test_decision import rewritten
from tests.oracles import rewrites
from tests.oracles.fraction_network import evaluate, fraction, relu_layers
from tests.refinement import strategies
from tests.seeds import cases
from troppoly.compression import compress
from troppoly.equivalence import as_network
from troppoly.errors import BudgetError, EmptyDomainError, InputError
from troppoly.exact import RationalMatrix, modular
from troppoly.network import Layer, Network
from troppoly.passagemath import polyhedron
from troppoly.polynomial import TropicalPolynomial


def hidden_units(network):
    return sum(network.widths[1:-1])


def same_on_grid(network, layers, domain=None):
    d = network.n_inputs
    grid = [Fraction(v, 3) for v in range(-9, 10, d)]
    for x in product(grid, repeat=d):
        if domain is None or domain.contains([mpq(v.numerator, v.denominator) for v in x]):
            assert [fraction(v) for v in network(x)] == evaluate(layers, x)


def check(layers, domain=None):
    """Compress, and check everything that must hold of every compression."""
    network = strategies.network_of_layers(layers)
    result = compress(network, domain)
    assert hidden_units(result.network) <= hidden_units(network)
    assert len(result.network.layers) <= len(network.layers)
    assert result.certificate.check()
    again = compress(result.network, domain)
    assert again.steps == ()
    assert again.network == result.network
    return result.network


@pytest.fixture
def base():
    """A generic network 2-3-2-1, without redundancy."""
    rng = np.random.default_rng(5)
    sizes = [2, 3, 2, 1]
    weights = [rng.integers(-9, 10, (n, m)).tolist() for m, n in pairwise(sizes)]
    weights[2] = [[4, -3]]
    biases = [[3, -5, 1], [-2, 7], [1]]
    layers = relu_layers(weights, biases)
    assert check(layers) == strategies.network_of_layers(layers)
    return layers


PLANTED = {
    "dead": lambda base: rewrites.with_unit(base, 1, [-1, -2, -3], Fraction(-1), [5]),
    "dead, sometimes zero": lambda base: rewrites.with_unit(base, 1, [-1, -2, -3], Fraction(0), [5]),
    "not read": lambda base: rewrites.with_unit(base, 0, [1, 2], Fraction(-1), [0, 0]),
    "constant": lambda base: rewrites.with_unit(
        rewrites.with_unit(base, 0, [0, 0], Fraction(5), [1, -1]), 0, [0, 0], Fraction(5), [-1, 1]
    ),
    "duplicate": lambda base: rewrites.split(base, 0, 1, Fraction(1, 3)),
    "proportional": lambda base: rewrites.split(base, 1, 0, Fraction(-2, 3), Fraction(7, 2)),
    "three proportional": lambda base: rewrites.split(
        rewrites.split(base, 0, 2, Fraction(1, 5), Fraction(2)), 0, 2, Fraction(9)
    ),
    "cancelling": lambda base: rewrites.with_cancelling_pair(base, 0, [1, 1], Fraction(2), [Fraction(3), Fraction(-1)]),
    "outputs passed on": lambda base: rewrites.with_passing_layer(rewrites.with_passing_layer(base)),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_planted(base, kind):
    layers = PLANTED[kind](base)
    smallest = check(layers)
    assert hidden_units(smallest) <= 5
    assert smallest.widths == (2, 3, 2, 1)
    same_on_grid(smallest, base)


def test_everything_at_once(base):
    layers = base
    for kind in ("duplicate", "cancelling", "not read"):
        layers = PLANTED[kind](layers)
    layers = rewrites.with_unit(layers, 1, [-1] * len(layers[1][0][0]), Fraction(-1), [5])
    layers = rewrites.with_passing_layer(layers)
    smallest = check(layers)
    assert smallest.widths == (2, 3, 2, 1)
    same_on_grid(smallest, base)


def test_always_active_units_become_identity_units():
    """h >= 0 in the first layer, so h_1 + h_2 + 1 is always active; |x| - 1 is left in the second layer."""
    layers = relu_layers([[[1], [-1]], [[1, 1], [1, 1], [2, 1]], [[1, 1, 1]]], [[0, 0], [1, -1, 3], [0]])
    smallest = check(layers)
    assert smallest.widths == (1, 2, 2, 1)
    assert smallest.layers[1].rectified.tolist() == [True, False]


def test_an_always_active_layer_is_multiplied_out():
    layers = relu_layers([[[1], [-1]], [[1, 1], [1, 2], [2, 1]], [[1, 1, 1]]], [[0, 0], [1, 0, 3], [0]])
    assert check(layers).widths == (1, 2, 1)


def test_the_difference_of_opposite_units_is_affine():
    """max(z, 0) - max(-z, 0) = z beside two other units: one identity unit is left, as z needs one."""
    weights = [[[1, 0], [0, 1], [1, 1], [-2, -2]], [[1, 1, 2, -1]]]
    smallest = check(relu_layers(weights, [[0, 0, 1, -2], [0]]))
    assert smallest.widths == (2, 3, 1)
    assert np.count_nonzero(smallest.layers[0].rectified) == 2
    alone = check(relu_layers([[[1, 3], [-1, -3]], [[1, -1]]], [[1, -1], [0]]))
    assert alone.widths == (2, 1)


def test_opposite_units_whose_linear_parts_cancel():
    """|x| + |y| + |x + y| with the affine parts x, y and -x - y: three units, no identity."""
    weights = [[[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1]], [[2, 1, 2, 1, 1, 2]]]
    smallest = check(relu_layers(weights, [[0] * 6, [0]]))
    assert smallest.widths == (2, 3, 1)
    assert smallest.layers[0].rectified.all()


def test_irreducible_networks_stay_as_they_are():
    absolute = Network.from_arrays([[[1], [-1]], [[1, 1]]])
    result = compress(absolute)
    assert result.network is absolute
    assert result.steps == ()


@pytest.mark.parametrize("row", [[-1, -1], [0, 0]])
def test_a_dead_layer_makes_a_constant(row):
    layers = relu_layers([[[1], [-1]], [row, row], [[3, 4]], [[1]]], [[0, 0], [-1, -2], [5], [-7]])
    smallest = check(layers)
    assert smallest.widths == (1, 1)
    assert smallest((3,)) == (-2,)


def test_a_constant_network_without_dead_units():
    """|x| - |x|, computed in different ways."""
    layers = relu_layers([[[1], [-1]], [[1, 1], [1, -1], [-1, 1]], [[1, -1, -1]]], [[0, 0], [0, 0, 0], [5]])
    smallest = check(layers)
    assert smallest.widths == (1, 1)
    assert smallest.layers[0] == Layer(RationalMatrix.of([[0]]), RationalMatrix.of([[5]]), [False])


def test_units_that_are_dead_or_active_on_a_domain_only():
    box = polyhedron([(0, 0), (1, 0), (0, 1), (1, 1)], ambient_dim=2)
    weights = [[[1, 1], [-1, -1], [2, -1], [1, -2]], [[1, 1, 1, -2]]]
    layers = relu_layers(weights, [[1, -1, 0, 0], [0]])  # active, dead, two walls
    assert check(layers).widths != (2, 3, 1)
    smallest = check(layers, box)
    assert smallest.widths == (2, 3, 1)
    assert np.count_nonzero(smallest.layers[0].rectified) == 2
    same_on_grid(smallest, layers, box)


def test_an_affine_function_on_a_domain():
    layers = relu_layers([[[1], [-1]], [[1, 1]]], [[0, 0], [0]])
    assert check(layers, polyhedron([(0,)], [(1,)], ambient_dim=1)).widths == (1, 1)


def test_units_that_are_dependent_as_functions_only():
    """max(h_1 - h_2, 0) is h_1 where h_1 = max(x, 0) and h_2 = max(-x, 0) are never both positive."""
    layers = relu_layers([[[1], [-1]], [[1, -1], [1, 2]], [[1, 1]]], [[0, 0], [0, 0], [0]])
    smallest = check(layers)
    assert smallest.widths == (1, 2, 1)


def test_a_unit_of_several_others():
    """On x >= 0, y >= 0 the third unit is the sum of the first two."""
    orthant = polyhedron([(0, 0)], [(1, 0), (0, 1)], ambient_dim=2)
    weights = [[[1, 0], [0, 1]], [[1, -1], [-1, 1], [1, 1], [2, -1]], [[1, 2, 3, 1]]]
    smallest = check(relu_layers(weights, [[0, 0], [0, 0, 0, 0], [0]]), orthant)
    assert hidden_units(smallest) <= 3


def test_a_unit_without_first_order_effect_that_is_needed():
    """max(max(x, 0) - max(2 x, 0) + max(-x, 0), 0) = max(-x, 0)."""
    layers = relu_layers([[[1], [2], [-1]], [[1, -1, 1]], [[1]]], [[0, 0, 0], [0], [0]])
    same_on_grid(check(layers), layers)


def test_a_unit_without_effect():
    """The first layer's third unit is positive only where the next unit is negative, with it or without."""
    weights = [[[1], [-1], [1]], [[-1, 1, -1], [-1, 2, 0]], [[1, 1]]]
    layers = relu_layers(weights, [[0, 0, -5], [1, 3], [0]])
    smallest = check(layers)
    assert hidden_units(smallest) <= 4
    same_on_grid(smallest, layers)


def test_names_and_numbers_of_the_steps():
    layers = relu_layers([[[1], [2], [0], [-1]], [[1, 1, 1, 1]]], [[0, 0, 1, 1], [0]])
    (step,) = compress(strategies.network_of_layers(layers)).steps
    assert (step.kind, step.layer, step.units) == ("merged or constant", "0", (1, 2))


def test_maxima_stay_if_nothing_is_redundant():
    f = as_network(TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0}))
    result = compress(f)
    assert result.certificate.check()
    assert hidden_units(result.network) <= hidden_units(f)


@settings(max_examples=cases(10, 20))
@given(strategies.networks(strategies.SMALL, dimensions=(1, 2), most_units=6))
def test_random_integer_networks(arrays):
    layers = relu_layers(*arrays)
    same_on_grid(check(layers), layers)


@settings(max_examples=cases(9, 18))
@given(strategies.layers_with_identities())
def test_random_networks_with_identity_units(layers):
    same_on_grid(check(layers), layers)


@settings(max_examples=cases(8, 15))
@given(strategies.networks(strategies.SMALL, dimensions=(2,), most_units=6))
def test_random_networks_on_a_triangle(arrays):
    triangle = polyhedron([(0, 0), (2, 1), (1, 2)], ambient_dim=2)
    layers = relu_layers(*arrays)
    same_on_grid(check(layers, triangle), layers, triangle)


@settings(max_examples=cases(12, 25))
@given(rewritten())
def test_rewrites_are_undone(pair):
    base, layers = pair
    assert hidden_units(check(layers)) <= sum(len(rows) for rows, _, _ in base[:-1])


def test_refused_input():
    net = Network.from_arrays([[[1], [2], [-1]], [[1, 1, 1]], [[1]]], [[0, 1, 2], [0], [0]])
    with pytest.raises(EmptyDomainError):
        compress(net, polyhedron([(1,)], ambient_dim=1))
    with pytest.raises(InputError):
        compress(net, "box")
    with pytest.raises(BudgetError):
        compress(net, max_cells=2)


def test_the_relation_that_saves_most_is_used_first():
    """x, y, 2x, -x, and p, -p with p = x + y - 1, of which only (p)+ - (-p)+ = p is read.

    (x)+ and (y)+ turned around, and one identity unit are 3 units."""
    network = Network.from_arrays(
        [
            [[1, 0], [0, 1], [2, 0], [-1, 0], [1, 1], [-1, -1]],
            [[-1, -1, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0], [1, -1, "1/2", 0, 1, -1]],
            [[5, 1, 1]],
        ],
        [[0, 0, 0, 0, -1, 1], [-1, 1, 0], [0]],
    )
    result = compress(network)
    assert result.network.widths == (2, 3, 2, 1)
    assert result.certificate.check()


def test_multiples_of_the_prime_of_the_search_are_numbers_as_others():
    p = int(modular.moduli(1)[0])
    weights = [[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 0, p, -p]]]  # max(x, 0) + p y
    assert check(relu_layers(weights, [[0] * 4, [0]])).widths == (2, 2, 1)
    weights = [[[1]], [[1]], [[p]]]  # p max(max(x, 0) + 1, 0), whose gradient jumps by p
    assert check(relu_layers(weights, [[0], [1], [0]])).widths[-2:] == (1, 1)
