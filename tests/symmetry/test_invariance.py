"""Invariance and equivariance: of the function, and of the units."""

import numpy as np
import pytest

from troppoly.errors import ShapeError
from troppoly.network import Network
from troppoly.network.constructions import hyperplane_arrangement
from troppoly.polynomial import TropicalMap, TropicalPolynomial
from troppoly.symmetry import equivariant, invariant, permutation_matrix, permutes_units, symmetric_group

SWAP = [[0, 1], [1, 0]]


@pytest.mark.parametrize("n", [2, 3, 4])
def test_deep_sets_are_equivariant_and_their_sums_invariant(n):
    generator = np.random.default_rng(n)
    weights = [
        alpha * np.eye(n) - gamma * np.ones((n, n)) for alpha, gamma in generator.uniform([1, 0], [2, 0.2], (2, 2))
    ]
    group = symmetric_group(n).reflections()
    net = Network.from_arrays([*weights, np.eye(n)])
    assert equivariant(net, [(g, g) for g in group])
    assert not invariant(net, group)
    assert invariant(Network.from_arrays([*weights, np.ones((1, n))]), group)
    assert all(permutes_units(net, g) for g in group)
    perturbed = weights[0].copy()
    perturbed[0, 0] = np.nextafter(perturbed[0, 0], 9)  # one unit in the last place
    broken = Network.from_arrays([perturbed, weights[1], np.ones((1, n))])
    answer = invariant(broken, group)
    assert not answer
    assert any(broken(g.apply(answer.point)) != broken(answer.point) for g in group)
    assert not all(permutes_units(broken, g) for g in group)


def test_counterexamples_are_exact():
    f = TropicalPolynomial({(1, 0): 0, (0, 2): 0, (0, 0): 0})
    answer = invariant(f, [SWAP])
    x, y = answer.point
    assert answer.values == ((f((y, x)),), (f((x, y)),))
    assert answer.values[0] != answer.values[1]


def test_invariance_that_units_do_not_show():
    """max(x, y) = x + max(y - x, 0), and walls that cancel."""
    maximum = Network.from_arrays([[[-1, 1], [1, 0], [-1, 0]], [[1, 1, -1]]])
    assert invariant(maximum, [SWAP])
    assert not permutes_units(maximum, SWAP)  # the wall x = 0, where (x)+ - (-x)+ is linear
    cancelling = Network.from_arrays([[[1, 0], [2, 0]], [[2, -1]]])
    assert invariant(cancelling, [SWAP])
    assert not permutes_units(cancelling, SWAP)


def test_equivariance_with_other_matrices():
    """The pair of (max(x, y), min(x, y)) goes to minus its reverse under -1."""
    x, y = TropicalPolynomial.variable(0, 2), TropicalPolynomial.variable(1, 2)
    pair = TropicalMap([(x + y) / TropicalPolynomial.constant(0, 2), (x * y) / (x + y)])
    minus = [[-1, 0], [0, -1]]
    assert equivariant(pair, [(minus, [[0, -1], [-1, 0]]), (SWAP, None)])
    assert not equivariant(pair, [(minus, minus)])
    twice = [[2, 0], [0, 2]]
    assert equivariant(pair, [(twice, twice)])


def test_invariance_on_a_domain():
    from troppoly.passagemath import polyhedron

    relu = TropicalPolynomial({(1, 0): 0, (0, 0): 0})
    mirror = [[1, 0], [0, -1]]
    assert invariant(relu, [mirror])
    assert not invariant(relu, [SWAP])
    assert invariant(relu, [SWAP], domain=polyhedron([(0, 0)], [(-1, 0), (0, -1)], ambient_dim=2))


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [([[0, 1], [1, 0]], True), ([[-1, 0], [0, -1]], True), ([[-1, 0], [0, 1]], False), ([[3, 0], [0, 3]], True)],
)
def test_hyperplanes_up_to_orientation(matrix, expected):
    """In the last layer of rectified units, signs of units may change."""
    assert permutes_units(hyperplane_arrangement([[1, 0], [0, 1], [1, 1]]), matrix) is expected
    assert not permutes_units(hyperplane_arrangement([[1, 0], [0, 1], [1, 1]], [0, 0, 1]), [[-1, 0], [0, -1]])


def test_units_with_factors_repeated_units_and_constants():
    first = [[2, 0], [0, 3], [1, 0], [0, 0]]
    net = Network.from_arrays([first, [[3, 2, 0, 1], [1, 1, 1, 0]], [[1, 1]]], [[0, 0, 0, 5], [-1, 0], None])
    # units of the second layer: 6 (x)+ + 6 (y)+ + 4 and 3 (x)+ + 3 (y)+
    assert permutes_units(net, SWAP)
    other = Network.from_arrays([first, [[3, 2, 0, 1], [1, 1, 2, 0]], [[1, 1]]], [[0, 0, 0, 5], [-1, 0], None])
    assert not permutes_units(other, SWAP)


def test_shapes():
    net = hyperplane_arrangement([[1, 0]])
    for check in (lambda g: invariant(net, [g]), lambda g: permutes_units(net, g)):
        with pytest.raises(ShapeError):
            check([[1]])
        with pytest.raises(ShapeError):
            check(permutation_matrix([0, 1]).take_rows([0]))
    with pytest.raises(ShapeError, match="output matrix"):
        equivariant(net, [(SWAP, SWAP)])
