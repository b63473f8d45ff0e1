"""Whether neighbors share an affine map, against the exact maps of all cells."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refinement import strategies
from troppoly.cellwise.cell_network import CellNetwork
from troppoly.cellwise.rounding_errors import relative_bound
from troppoly.network import Network
from troppoly.refinement.refinement import canonical_complex
from troppoly.regions.affine_maps import NetworkMaps


def check(network, domain=None):
    complex_ = canonical_complex(network, domain)
    maps, walls = NetworkMaps.of(complex_), complex_.complex.walls
    exact = maps.exact(np.arange(complex_.n_cells))
    expected = (exact[walls.first] == exact[walls.second]).all(axis=(1, 2))
    assert maps.equal(walls.first, walls.second).tolist() == expected.tolist()
    return expected


@settings(max_examples=40, deadline=None)
@given(strategies.networks())
def test_neighbors_of_networks(network):
    check(Network.from_arrays(*network))


@settings(max_examples=20, deadline=None)
@given(strategies.layers_with_identities())
def test_neighbors_with_units_that_pass_their_value_on(layers):
    check(strategies.network_of_layers(layers))


@settings(max_examples=15, deadline=None)
@given(strategies.networks(strategies.EXTREME, dimensions=(1, 2), most_units=4))
def test_neighbors_of_extreme_networks(network):
    check(Network.from_arrays(*network))


@pytest.mark.parametrize(
    ("last", "n_equal"),
    [
        ([[0, 1]], 2),  # the first unit is read by nobody
        ([[1, -1]], 0),
        ([[0, 0]], 4),  # constant
        ([[0, 0], [1, 0]], 2),
    ],
)
def test_weights_of_zero(last, n_equal):
    """(x)+ and (y)+ on the four quadrants."""
    assert np.count_nonzero(check(Network.from_arrays([[[1, 0], [0, 1]], last]))) == n_equal


@pytest.mark.parametrize(("rest", "n_equal"), [(0, 1), (1, 0)])
def test_units_whose_paths_cancel(rest, n_equal):
    """(x)+ is read by two units that are active, with weights 1 and -1, or that and 2^-70: floats cannot tell."""
    weights = [[[1]], [["1/3"], [f"-{2**70 - rest}/{3 * 2**70}"]], [[1, 1]]]
    assert np.count_nonzero(check(Network.from_arrays(weights, [[0], [10, 10], [0]]), [(-1, 1)])) == n_equal


@given(st.integers(0, 2**32))
def test_derivatives_are_those_of_the_integer_network(seed):
    """Products of masked weights in Python's integers; sparse layers and several outputs included."""
    generator = np.random.default_rng(seed)
    widths = [2, *generator.integers(1, 7, 3).tolist(), int(generator.integers(1, 4))]
    weights = [generator.normal(size=(n, m)) * (generator.random((n, m)) < 0.7) for m, n in pairwise(widths)]
    network = CellNetwork.of(Network.from_arrays(weights).layers)
    masks = [generator.random((5, n)) < 0.6 for n in widths[1:]]
    last, floats = len(weights) - 1, network.floats
    for layer, found in floats.derivatives(last, masks):
        bound = relative_bound(sum(floats.operations[layer + 1 :]))
        assert found.shape[1] in (1, 5)
        for cell in range(5):
            expected = network.layers[last].weight.numerators
            for index in range(last - 1, layer, -1):
                expected = np.where(masks[index][cell], expected, 0) @ network.layers[index].weight.numerators
            values, sizes = found[:, cell % found.shape[1]]
            assert (np.abs(values) <= sizes * (1 + bound)).all()
            assert ((np.abs(values) > bound * sizes) <= (np.sign(values) == np.sign(expected.astype(float)))).all()
            assert ((sizes == 0) <= (expected == 0)).all()
