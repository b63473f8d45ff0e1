"""Functional dimensions against derivatives in fractions, known values, and small changes of the parameters."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import troppoly as tp
from tests.crossing.cones import rank
from tests.crossing.parameters import check_directions, gradient, smooth_points
from tests.crossing.piecewise import rectifier
from tests.oracles.fraction_network import relu_layers
from tests.refinement.strategies import FLOATS, SMALL, networks


@given(networks(st.one_of(SMALL, FLOATS), dimensions=(1, 2), most_units=4))
@settings(max_examples=40)
def test_against_fractions(arrays):
    net, layers = tp.Network.from_arrays(*arrays), relu_layers(*arrays)
    points = smooth_points(layers, [rectifier(*layer) for layer in layers], net.n_inputs)
    if not points:
        with pytest.raises(tp.InputError, match="smooth"):
            tp.functional_dimension(net)
        return
    found = tp.functional_dimension(net)
    assert int(found) == rank([row for x in points for row in gradient(layers, x)]) <= found.bound
    check_directions(found, layers, points)


@pytest.mark.parametrize(("d", "n"), [(1, 1), (1, 4), (2, 3), (2, 5), (3, 4)])
def test_one_hidden_layer_in_general_position(d, n):
    """n hyperplanes with weights, d + 1 numbers each, and a constant: the bound of Grigsby et al. is attained."""
    weights = [[[(i + 1) ** j for j in range(d)] for i in range(n)], [[2 * i + 1 for i in range(n)]]]
    found = tp.functional_dimension(tp.Network.from_arrays(weights, [[3 * i * i - 2 for i in range(n)], [1]]))
    assert int(found) == n * (d + 1) + 1 == found.bound == found.n_parameters - n
    assert len(found.hidden) == 0


@pytest.mark.parametrize("seed", range(80))
def test_one_hidden_layer_with_any_coincidences(seed):
    """The derivatives are 1, max(z, 0) for a unit z with the weight v, and for v != 0 all affine functions where z > 0.

    Modulo affine functions those of different hyperplanes are independent: d + 1 for each with some v != 0, 1 for each
    other one.  Affine are 1, the z for which max(z, 0) and max(-z, 0) are there, and all if both signs have v != 0.
    """
    rng = random.Random(seed)
    d, n = rng.choice([(1, 5), (2, 4), (3, 3)])
    units = [[rng.choice((-1, 0, 1)) for _ in range(d + 1)] for _ in range(n)]
    units = [z if any(z[:d]) else [1] * (d + 1) for z in units]
    outer = [rng.choice((-1, 0, 1, 2)) for _ in range(n)]
    net = tp.Network.from_arrays([[z[:d] for z in units], [outer]], [[z[d] for z in units], [1]])
    weighted = {}  # for a hyperplane and a side of it whether a unit there has a weight that is not 0
    for z, v in zip(units, outer, strict=True):
        weighted[tuple(z)] = weighted.get(tuple(z), False) or v != 0
    hyperplanes = {max(z, tuple(-a for a in z)) for z in weighted}
    expected, affine = 0, [(0,) * d + (1,)]
    for z in hyperplanes:
        sides = [weighted[side] for side in (z, tuple(-a for a in z)) if side in weighted]
        expected += d + 1 if any(sides) else 1
        if len(sides) == 2:
            affine += [tuple(int(i == j) for j in range(d + 1)) for i in range(d + 1)] if all(sides) else [z]
    assert int(tp.functional_dimension(net)) == expected + rank(affine)


def test_it_varies_over_the_parameters():
    """The same architecture 1-1-1-1: in general 4 of 6 parameters; where the second unit is dead only the constant."""

    def dimension(w, b):
        return int(tp.functional_dimension(tp.Network.from_arrays([[[1]], [[w]], [[1]]], [[0], [b], [0]])))

    assert dimension(-1, -1) == 1  # (-(x)+ - 1)+ = 0
    assert dimension(1, 1) == 3  # ((x)+ + 1)+ bends once
    assert dimension(1, -1) == 3  # ((x)+ - 1)+ = (x - 1)+, bends once, too
    assert dimension(-1, 1) == 4  # (1 - (x)+)+ bends twice


def test_batches():
    net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1], [1, -1]]], [[1, 1], [0, 0]])
    assert int(tp.functional_dimension(net, [(1, 1)])) == 2
    assert int(tp.functional_dimension(net, [(-2, -2), (-3, -5)])) == 2  # the biases of the outputs
    everywhere = tp.functional_dimension(net)
    assert int(tp.functional_dimension(net, [(x, y) for x in (-3, "1/2", 2) for y in (-3, "1/3", 5)])) == int(
        everywhere
    )
    assert everywhere.rank == 10 == everywhere.bound
    with pytest.raises(tp.InputError, match="point 1 a unit of layer '0' is zero"):
        tp.functional_dimension(net, [(0, 0), (-1, 0)])
    with pytest.raises(tp.InputError, match="at least one"):
        tp.functional_dimension(net, [])
    with pytest.raises(tp.ShapeError):
        tp.functional_dimension(net, [(1, 2, 3)])
    with pytest.raises(tp.BudgetError):
        tp.functional_dimension(net, max_cells=2)


def test_affine_networks_and_identity_units():
    affine = tp.functional_dimension(tp.Network.from_arrays([[[1, 2], [0, 1]]]))
    assert (int(affine), affine.n_parameters, len(affine.scaling)) == (6, 6, 0)
    # x -> x by an identity unit: two parameters of the function, of four
    layers = (tp.Layer.of([[1]]), tp.Layer.of([[1]]))
    found = tp.functional_dimension(tp.Network(layers))
    assert (int(found), len(found.scaling), len(found.hidden)) == (2, 1, 1)
