"""The canonical complex against all sign vectors by brute force, and against known counts."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.complex_invariants import assert_face_lattice, assert_is_canonical, assert_whole_space
from tests.oracles.fraction_network import relu_layers
from tests.oracles.sign_faces import sign_faces
from tests.refinement import strategies
from troppoly.network import Network
from troppoly.refinement.refinement import canonical_complex


def check(weights, biases, incidences=True):
    layers = relu_layers(weights, biases)
    complex_ = canonical_complex(Network.from_arrays(weights, biases))
    assert_is_canonical(complex_, layers, sign_faces(layers), incidences=incidences)
    return complex_


@settings(max_examples=80)
@given(strategies.networks())
def test_all_faces_are_those_of_brute_force(network):
    check(*network, incidences=False)


@settings(max_examples=60)
@given(strategies.networks(dimensions=(1, 2, 3), most_units=5))
def test_all_incidences_are_those_of_brute_force(network):
    check(*network)


@settings(max_examples=40)
@given(strategies.networks(strategies.EXTREME, dimensions=(1, 2, 3), most_units=5))
def test_extreme_weights(network):
    check(*network, incidences=False)


@settings(max_examples=25)
@given(strategies.networks(strategies.HALF, dimensions=(1, 2, 3), most_units=5), st.data())
def test_float16_networks(network, data):
    weights, biases = ([np.array(a, dtype=np.float16) for a in arrays] for arrays in network)
    complex_ = canonical_complex(Network.from_arrays(weights, biases))
    layers = relu_layers(*network)
    assert_is_canonical(complex_, layers, sign_faces(layers), incidences=False)


@settings(max_examples=80)
@given(strategies.layers_with_identities())
def test_units_that_pass_their_value_on_make_no_walls(layers):
    complex_ = canonical_complex(strategies.network_of_layers(layers))
    assert_is_canonical(complex_, layers, sign_faces(layers))


@pytest.mark.parametrize(
    ("weights", "biases", "f_vector"),
    [
        ([[[0, 0]], [[1]]], [[0], [0]], (0, 0, 1)),  # a zero row
        ([[[0, 0]], [[1]]], [[1], [0]], (0, 0, 1)),  # and one that is not zero at infinity
        ([[[1, 2]]], [[3]], (0, 0, 1)),  # no hidden layer
        ([[[1, 2], [1, 2]], [[1, 1]]], [[0, 0], [0]], (0, 1, 2)),  # equal units, lineality
        ([[[1, 2], [-2, -4]], [[1, 1]]], [[0, 0], [0]], (0, 1, 2)),  # opposite units
        ([[[1, 0], [0, 1], [1, 1]], [[1, 1, 1]]], None, (1, 6, 6)),  # biases zero: a central arrangement
        ([[[1], [1], [1]], [[1, 1, 1]]], [[0, 1, 2], [0]], (3, 4)),  # one input
        ([[[1], [-1]], [[-1, -1]], [[1]]], [[0, 0], [-1], [0]], (1, 2)),  # a dead layer
        ([[[1], [-1]], [[1, 1]], [[1]]], [[0, 0], [-1], [0]], (3, 4)),  # | |x| - 1 |
        ([[[1, 0], [1, 0], [1, 1]], [[0, 0, 0]], [[1]]], [[0, 1, 0], [1], [0]], (2, 7, 6)),  # constant
    ],
)
def test_degenerate_networks(weights, biases, f_vector):
    zeros = [[0] * len(rows) for rows in weights]
    assert check(weights, biases or zeros).f_vector() == f_vector


def _default_network(widths):
    """PyTorch's default initialization with seed 0; written by ``make_default_networks.py``."""
    with np.load(Path(__file__).with_name("default_networks.npz")) as arrays:
        name = "-".join(map(str, widths))
        return [[arrays[f"{name}/{kind}{i}"] for i in range(len(widths) - 1)] for kind in ("weight", "bias")]


# cells, vertices, directions at infinity
COUNTS = {
    (2, 8, 8, 1): (156, 136, 29),
    (2, 16, 16, 1): (572, 540, 62),
    (3, 8, 8, 1): (772, 611, 288),
    (2, 64, 64, 1): (8158, 8034, 246),
    (2, 64, 64, 64, 1): (20550, 20360, 378),
    (3, 16, 16, 1): (5028, 4480, 1022),
    (3, 32, 32, 1): (44230, 42106, 4116),
    (4, 16, 16, 1): (41280, 35766, 9956),
    (2, 4, 2, 1): (21, None, None),
    (2, 6, 4, 1): (58, None, None),
}


@pytest.mark.parametrize("widths", COUNTS)
def test_counts_of_default_initializations(widths):
    complex_ = canonical_complex(Network.from_arrays(*_default_network(widths)))
    cells, vertices, directions = COUNTS[widths]
    assert complex_.n_cells == cells
    if vertices is not None:
        assert complex_.f_vector()[0] == vertices
        assert complex_.complex.n_directions_at_infinity == directions
    assert_whole_space(complex_.complex)
    if cells < 1000:
        assert_face_lattice(complex_.complex)


@pytest.mark.parametrize("widths", [(2, 16, 16, 1), (2, 64, 64, 64, 1)])
def test_the_fixture_is_what_pytorch_draws(widths):
    torch = pytest.importorskip("torch", reason="PyTorch is an extra; only it can redraw its weights")
    torch.manual_seed(0)
    layers = [torch.nn.Linear(m, n) for m, n in pairwise(widths)]
    weights, biases = _default_network(widths)
    for layer, weight, bias in zip(layers, weights, biases, strict=True):
        assert np.array_equal(layer.weight.detach().numpy(), weight)
        assert np.array_equal(layer.bias.detach().numpy(), bias)


def _signs_by_replay(network, rays):
    """The signs of all rectified units at the homogeneous points (x, t), in rationals."""
    rows = []
    for *x, t in rays:
        a, signs = [mpq(v) for v in x], []
        for layer in network.layers:
            weight, bias = layer.weight.to_rationals(), layer.bias.to_rationals()
            z = [
                sum((w * v for w, v in zip(row, a, strict=True)), b[0] * t) for row, b in zip(weight, bias, strict=True)
            ]
            signs += [int(v > 0) - int(v < 0) for v, r in zip(z, layer.rectified, strict=True) if r]
            a = [max(v, mpq(0)) if r else v for v, r in zip(z, layer.rectified, strict=True)]
        rows.append(signs)
    return np.array(rows, dtype=np.int8)


def _concurrent():
    """Lines and planes through few points, in layers of small integers."""
    grid = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]]
    return [grid, [[1, -1, 0, 2, 0, -1, 1], [0, 1, -1, 0, 1, 1, -2], [1, 1, 1, -1, -1, 0, 0]], [[1, 1, 1]]], [
        [0, 0, 0, -1, -1, -1, -1],
        [0, -1, 0],
        [0],
    ]


@pytest.mark.parametrize(
    "arrays",
    [_default_network((2, 16, 16, 1)), _default_network((3, 8, 8, 1)), _concurrent()],
    ids=["2-16-16-1", "3-8-8-1", "concurrent"],
)
def test_every_sign_is_replayed(arrays):
    """All labels follow from exact signs at the rays, and no cone is crossed by any unit."""
    network = Network.from_arrays(*arrays)
    complex_ = canonical_complex(network)
    homogeneous = complex_.complex.rays.homogeneous(np.arange(len(complex_.complex.rays.at_infinity)))
    assert [int(row[-1]) == 0 for row in homogeneous] == complex_.complex.rays.at_infinity.tolist()
    assert all(row[-1] >= 0 for row in homogeneous)
    assert len({tuple(row) for row in homogeneous}) == len(homogeneous)
    signs = _signs_by_replay(network, homogeneous)
    positive, negative = signs > 0, signs < 0
    for incidence in complex_.complex.facets:
        positive = np.logical_or.reduceat(positive[incidence.indices], incidence.indptr[:-1], axis=0)
        negative = np.logical_or.reduceat(negative[incidence.indices], incidence.indptr[:-1], axis=0)
        assert not (positive & negative).any()
    labels = np.concatenate(complex_.activation(), axis=1)
    assert np.array_equal(labels, positive.astype(np.int8) - negative.astype(np.int8))
    assert len(np.unique(labels, axis=0)) == complex_.n_cells


def test_interior_points_have_the_activation_of_their_cell():
    network = Network.from_arrays(*_default_network((2, 64, 64, 1)))
    complex_ = canonical_complex(network)
    labels = np.concatenate(complex_.activation(), axis=1)
    some = range(0, complex_.n_cells, 97)
    points = [[*complex_.cells[i].interior_point(), mpq(1)] for i in some]
    assert np.array_equal(_signs_by_replay(network, points), labels[list(some)])


def test_restriction_to_a_plane_is_the_canonical_complex_of_the_composition():
    generator = np.random.default_rng(3)
    weights = [generator.integers(-4, 5, (6, 5)), generator.integers(-4, 5, (3, 6)), np.ones((1, 3), int)]
    biases = [generator.integers(-4, 5, 6), generator.integers(-4, 5, 3), [0]]
    matrix, vector = generator.integers(-2, 3, (5, 2)), generator.integers(-2, 3, 5)
    restricted = Network.from_arrays(weights, biases).restrict(matrix, vector)
    composed = [weights[0] @ matrix, *weights[1:]], [weights[0] @ vector + biases[0], *biases[1:]]
    layers = relu_layers(*([np.array(a).tolist() for a in arrays] for arrays in composed))
    assert_is_canonical(canonical_complex(restricted), layers, sign_faces(layers))
