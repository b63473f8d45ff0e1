"""Sampled counts against the exact ones that they approach from below."""

from itertools import pairwise

import numpy as np
import pytest

from troppoly.errors import InputError, ShapeError
from troppoly.network import Network
from troppoly.regions import linear_regions
from troppoly.sampling import (
    SampledRegions,
    random_points_in_ball,
    random_points_in_box,
    sampled_activation_patterns_float,
    sampled_jacobians_float,
    sampled_torch_jacobians_float,
)


def random_network(seed, shape):
    generator = np.random.default_rng(seed)
    weights = [generator.standard_normal((b, a)) for a, b in pairwise(shape)]
    return Network.from_arrays(weights, [generator.standard_normal(b) for b in shape[1:]])


@pytest.mark.parametrize(("seed", "shape"), [(0, [2, 6, 1]), (1, [2, 3, 3, 2]), (2, [3, 4, 1]), (3, [1, 8, 1])])
def test_many_points_meet_all_regions(seed, shape):
    net = random_network(seed, shape)
    exact = linear_regions(net)
    near, far = (
        random_points_in_box(shape[0], 40_000, 3.0, seed),
        random_points_in_ball(shape[0], 40_000, 300.0, seed),
    )
    points = np.concatenate([near, far])
    patterns, jacobians = sampled_activation_patterns_float(net, points), sampled_jacobians_float(net, points)
    matrices = {tuple(region.affine_map[0].ravel()) for region in exact}
    assert patterns.n_distinct <= len(exact.cells)
    assert jacobians.n_distinct <= len(matrices)
    assert patterns.coverage(len(exact.cells))[-1] > 0.8
    assert jacobians.coverage(len(matrices))[-1] > 0.8


def test_batches_do_not_matter():
    net, points = random_network(5, [3, 5, 5, 2]), random_points_in_box(3, 1000, 2.0, 0)
    for sample in (sampled_activation_patterns_float, sampled_jacobians_float):
        whole = sample(net, points).labels
        assert np.array_equal(whole, sample(net, points, batch_size=77).labels)
        assert whole[0] == 0


def test_equal_jacobians_of_different_patterns():
    """The second unit is twice the first and cancels it."""
    net, points = Network.from_arrays([[[1], [2]], [[2, -1]]]), [[-1.0], [1.0]]
    assert sampled_activation_patterns_float(net, points).n_distinct == 2
    assert sampled_jacobians_float(net, points).n_distinct == 1


def test_networks_without_units():
    net = Network.from_arrays([[[1, 1]]])
    assert sampled_activation_patterns_float(net, np.zeros((3, 2))).n_distinct == 1
    assert sampled_jacobians_float(net, np.zeros((3, 2))).n_distinct == 1


def test_seeds_and_shapes_of_points():
    assert np.array_equal(random_points_in_box(2, 5, 1.0, 7), random_points_in_box(2, 5, 1.0, 7))
    assert not np.array_equal(random_points_in_ball(2, 5, 1.0, 7), random_points_in_ball(2, 5, 1.0, 8))
    ball = random_points_in_ball(4, 20_000, 2.0, 0)
    inner = np.count_nonzero(np.linalg.norm(ball, axis=1) < 1) / len(ball)
    assert inner == pytest.approx(2.0**-4, rel=0.15)  # volumes of balls
    box = random_points_in_box(4, 20_000, 2.0, 0)
    assert np.abs(box).max() <= 2
    assert np.abs(box.mean(axis=0)).max() < 0.1
    with pytest.raises(ShapeError):
        sampled_activation_patterns_float(Network.from_arrays([[[1, 1]]]), [[1.0]])


def test_curve():
    sampled = SampledRegions(np.array([0, 0, 1, 2, 1]))
    assert sampled.curve().tolist() == [1, 1, 2, 3, 3]
    assert sampled.coverage(6).tolist() == [1 / 6, 1 / 6, 2 / 6, 0.5, 0.5]
    assert (sampled.n_points, sampled.n_distinct) == (5, 3)
    with pytest.raises(InputError):
        sampled.coverage(0)


def test_torch_jacobians():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(2, 6), torch.nn.ReLU(), torch.nn.Linear(6, 2)).double()
    points = random_points_in_box(2, 2000, 3.0, 0)
    expected = sampled_jacobians_float(Network.from_torch(module), points)
    assert np.array_equal(sampled_torch_jacobians_float(module, points, batch_size=300).labels, expected.labels)
    with pytest.raises(InputError, match=r"A torch\.nn\.Module is needed, not a Network"):
        sampled_torch_jacobians_float(Network.from_torch(module), points)
