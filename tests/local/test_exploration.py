"""An exploration to the end finds the cells of the canonical complex, and their walls."""

from __future__ import annotations

import random

import numpy as np
import pytest

import troppoly as tp
from tests.local.networks import random_network, wide_network


def assert_complete(found, network):
    complex_ = tp.canonical_complex(network)
    signs = np.concatenate(complex_.activation(), axis=1)
    order = {row.tobytes(): i for i, row in enumerate(signs)}
    numbers = [order[row.tobytes()] for row in found.signs]
    assert found.complete
    assert sorted(numbers) == list(range(complex_.n_cells))
    walls = {frozenset(pair) for pair in zip(complex_.complex.walls.first, complex_.complex.walls.second, strict=True)}
    assert {frozenset({numbers[i], numbers[j]}) for i, j in found.walls} == walls


@pytest.mark.parametrize("seed", range(20))
def test_all_cells_are_found(seed):
    rng = random.Random(2000 + seed)
    network = random_network(rng)
    found = tp.explore(network, [rng.randint(-1, 1) for _ in range(network.n_inputs)], max_cells=None)
    assert_complete(found, network)
    cell = found[rng.randrange(len(found))]
    assert cell.contains(cell.point)
    assert len(cell.facets) == len(found.neighbors[list(found).index(cell)])


def test_budgets_and_going_on():
    network = wide_network([2, 5, 4, 1])
    whole = tp.explore(network, (0, 0), max_cells=None)
    assert_complete(whole, network)
    part = tp.explore(network, (0, 0), max_cells=7)
    assert (len(part), part.complete) == (7, False)
    assert np.array_equal(part.signs, whole.signs[:7])
    assert part.resume(max_cells=30).resume() == whole
    assert tp.explore(network, (0, 0), max_cells=len(whole)).complete
    assert not tp.explore(network, (0, 0), max_cells=len(whole) - 1).complete
    none = tp.explore(network, (0, 0), seconds=0)
    assert (len(none), none.n_expanded) == (1, 0)
    assert none.resume(max_cells=7) == part


def test_distances_are_those_of_the_graph():
    networkx = pytest.importorskip("networkx")
    found = tp.explore(wide_network([2, 6, 5, 1]), (0, 0), max_cells=None)
    lengths = networkx.single_source_shortest_path_length(found.graph(), 0)
    assert found.distances.tolist() == [lengths[i] for i in range(len(found))]
    assert (np.diff(found.distances) >= 0).all()


def test_many_inputs():
    network = wide_network([64, 16, 12, 4])
    found = tp.explore(network, np.random.default_rng(0).normal(size=64), max_cells=60)
    assert len(found) == 60
    cell = found[50]
    assert cell.contains(cell.point)
    assert cell.network(cell.point) == tuple(
        sum(row * np.array(cell.point, dtype=object)) + b for row, b in zip(*cell.affine_map, strict=True)
    )


def test_the_only_cell():
    found = tp.explore(tp.Network.from_arrays([[[1, 2]]]), (0, 0))
    assert (len(found), found.complete, found.walls.shape, repr(found)[:8]) == (1, True, (0, 2), "The only")
