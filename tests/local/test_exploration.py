"""An exploration to the end finds the cells of the canonical complex, and their walls."""

from __future__ import annotations

import random
from itertools import pairwise
from math import inf

import numpy as np
import pytest
from gmpy2 import mpq

import troppoly as tp
from tests.local.networks import random_network, wide_network
from troppoly.geometry import distance
from troppoly.passagemath import polyhedron


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


@pytest.mark.parametrize("seed", range(9))
@pytest.mark.parametrize("order", ["distance", "walk"])
def test_all_cells_are_found_in_other_orders(seed, order):
    rng = random.Random(2100 + seed)
    network = random_network(rng)
    x = [rng.randint(-1, 1) for _ in range(network.n_inputs)]
    found = tp.explore(network, x, max_cells=None, order=order, seed=seed)
    assert_complete(found, network)
    half = tp.explore(network, x, max_cells=max(1, len(found) // 2), order=order, seed=seed)
    assert np.array_equal(half.signs, found.signs[: len(half)])
    assert half.resume() == found
    if order == "walk":
        walls = {frozenset(pair) for pair in found.walls.tolist()}
        assert all(frozenset(pair) in walls for pair in pairwise(found.path))
        assert list(dict.fromkeys(found.path)) == found.expanded.tolist()[: len(set(found.path))]
        return
    regions = tp.linear_regions(network)
    signs = np.concatenate(regions.canonical.activation(), axis=1)
    index = {row.tobytes(): i for i, row in enumerate(signs)}
    cells = [regions.cells[index[row.tobytes()]] for row in found.signs[found.expanded]]
    expected = [distance(cell, x, inf).value for cell in cells]
    assert list(found.radii) == expected == sorted(expected)


@pytest.mark.parametrize("seed", range(9))
def test_domains(seed):
    """All cells that meet a box inside, from a point inside, on its boundary and in a corner."""
    rng = random.Random(2200 + seed)
    network = random_network(rng)
    box = [(rng.randint(-2, 0), rng.choice([1, mpq(1, 2), 2])) for _ in range(network.n_inputs)]
    complex_ = tp.canonical_complex(network, domain=box)
    expected = {row.tobytes() for row in np.concatenate(complex_.activation(), axis=1)}
    middle = [mpq(low + high) / 2 for low, high in box]
    corner = [rng.choice(pair) for pair in box]
    for x, order in ((middle, "steps"), ([*middle[:-1], box[-1][0]], "walk"), (corner, "distance")):
        found = tp.explore(network, x, domain=box, order=order, max_cells=None)
        assert found.complete
        assert {row.tobytes() for row in found.signs} == expected
        assert len(found.walls) == len(complex_.complex.walls.first)
        cell = found[-1]
        assert cell.contains(cell.point)
        assert all(low <= v <= high for v, (low, high) in zip(cell.point, box, strict=True))


def test_domains_that_are_polyhedra_and_points_outside():
    network = wide_network([2, 6, 5, 1])
    triangle = polyhedron([(0, 0), (1, 0), (0, 1)], ambient_dim=2)
    found = tp.explore(network, (0, 0), domain=triangle)
    complex_ = tp.canonical_complex(network, domain=triangle)
    assert {row.tobytes() for row in found.signs} == {
        row.tobytes() for row in np.concatenate(complex_.activation(), axis=1)
    }
    assert tp.explore(network, (0, 0), domain=triangle, max_cells=2).resume() == found
    with pytest.raises(tp.InputError, match="does not lie in the domain"):
        tp.explore(network, (1, 1), domain=triangle)
    with pytest.raises(tp.InputError, match="no random walk"):
        _ = found.path
    with pytest.raises(tp.InputError, match="order of their distances"):
        _ = found.radii


def test_nothing_nearer_is_missed():
    """Random points nearer than the last radius lie in expanded cells."""
    network = wide_network([6, 24, 12, 2])
    found = tp.explore(network, [0] * 6, order="distance", max_cells=400)
    radius = float(found.radii[-1])
    assert list(found.radii) == sorted(found.radii)
    expanded = {found.signs[i].tobytes() for i in found.expanded}
    points = np.random.default_rng(0).uniform(-radius, radius, (300, 6)) * 0.999
    near = tp.data_regions(network, points)
    assert {cell.word for cell in near} <= expanded
    assert len(near) > 4
