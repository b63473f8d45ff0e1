"""An exploration to the end finds the cells of the canonical complex, and their walls."""

from __future__ import annotations

import random
from concurrent.futures import Future
from itertools import pairwise
from math import inf
from time import sleep
from types import SimpleNamespace

import numpy as np
import pytest
from gmpy2 import mpq

import troppoly as tp
from tests.local.networks import random_network, wide_network
from tests.seeds import seeds
from troppoly.counting import processes, running
from troppoly.geometry import distance
from troppoly.local import exploration, questions
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


@pytest.mark.parametrize("seed", seeds(8, 20))
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
    found = tp.explore(network, np.random.default_rng(0).normal(size=64), max_cells=60, workers=1)
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
        (path,) = found.paths
        assert all(frozenset(pair) in walls for pair in pairwise(path))
        assert list(dict.fromkeys(path)) == found.expanded.tolist()[: len(set(path))]
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
    with pytest.raises(tp.InputError, match="point 1 does not lie in the domain"):
        tp.explore(network, [(0, 0), (1, 1)], domain=triangle)
    with pytest.raises(tp.InputError, match="must be 'steps' or 'distance' or 'walk', not 'far'"):
        tp.explore(network, (0, 0), order="far")
    with pytest.raises(tp.InputError, match="no random walk"):
        _ = found.paths
    with pytest.raises(tp.InputError, match="order of their distances"):
        _ = found.radii


def test_nothing_nearer_is_missed():
    """Random points nearer than the last radius lie in expanded cells."""
    network = wide_network([6, 24, 12, 2])
    found = tp.explore(network, [0] * 6, order="distance", max_cells=400, workers=1)
    radius = float(found.radii[-1])
    assert list(found.radii) == sorted(found.radii)
    expanded = {found.signs[i].tobytes() for i in found.expanded}
    points = np.random.default_rng(0).uniform(-radius, radius, (300, 6)) * 0.999
    near = tp.data_regions(network, points)
    assert {cell.word for cell in near} <= expanded
    assert len(near) > 4


@pytest.mark.parametrize("seed", seeds(10, 24))
def test_from_several_points_all_cells_are_found(seed):
    """Cells in the order of their least numbers of facets to the starts, or of their least distances to the points."""
    rng = random.Random(2300 + seed)
    network = random_network(rng)
    points = [[mpq(rng.randint(-4, 4), 2) for _ in range(network.n_inputs)] for _ in range(rng.randint(1, 4))]
    order = rng.choice(["steps", "distance", "walk"])
    found = tp.explore(network, points, max_cells=None, order=order, seed=seed, workers=1)
    firsts = list(dict.fromkeys(tp.cell_at(network, x).word for x in points))
    assert_complete(found, network)
    assert [row.tobytes() for row in found.signs[: len(firsts)]] == firsts
    assert (found.found_from < 0).tolist() == [i < len(firsts) for i in range(len(found))]
    assert all(cell.contains(cell.point) for cell in found)
    assert found.coverage(points) == 1
    alone = [tp.explore(network, x, max_cells=None, workers=1) for x in points]
    steps = [dict(zip((row.tobytes() for row in e.signs), e.distances.tolist(), strict=True)) for e in alone]
    assert found.distances.tolist() == [min(each[row.tobytes()] for each in steps) for row in found.signs]
    if order == "steps":
        assert found.distances.tolist() == sorted(found.distances)
    if order == "distance":
        radii = [tp.explore(network, x, max_cells=None, order=order, workers=1) for x in points]
        of_cell = [{e.signs[i].tobytes(): r for i, r in zip(e.expanded, e.radii, strict=True)} for e in radii]
        nearest = [min(each[found.signs[i].tobytes()] for each in of_cell) for i in found.expanded]
        assert list(found.radii) == nearest == sorted(nearest)
    if order == "walk":
        assert [path[0] for path in found.paths] == list(range(len(firsts)))
    part = tp.explore(network, points, max_cells=max(len(firsts), len(found) // 2), order=order, seed=seed, workers=1)
    assert part.resume(workers=1) == found


class Ahead:
    """What answers questions, always more of them than are asked, and loses every fifth."""

    def __init__(self, work, workers, patience):
        self.work, self.n = work, 0
        self.children = [SimpleNamespace(ready=True)] * (workers - 1)

    def slots(self):
        return 1 + len(self.children)

    def submit(self, task):
        self.n += 1
        future = Future()
        future.set_result(None if self.n % 5 == 0 else self.work.run(task))
        return future

    def result(self, future):
        if future.result() is None:
            raise running.LostError
        return future.result()

    def close(self):
        self.work = None


@pytest.mark.parametrize("order", ["steps", "distance", "walk"])
def test_questions_that_are_answered_ahead_change_nothing(order, monkeypatch):
    network, points, reports = wide_network([5, 8, 6, 2]), np.random.default_rng(0).normal(size=(3, 5)), []
    one = tp.explore(network, points, max_cells=150, order=order, workers=1)
    monkeypatch.setattr(processes, "Processes", Ahead)
    monkeypatch.setattr(exploration, "_BREATH", 0)
    two = tp.explore(
        network, points, max_cells=150, order=order, workers=3, progress=lambda *numbers: reports.append(numbers)
    )
    assert one == two
    assert one.expanded.tolist() == two.expanded.tolist()
    assert reports[-1] == (len(two), two.n_expanded)
    assert reports == sorted(reports)
    assert len(reports) > 3
    assert one.resume(max_cells=170, workers=1) == two.resume(max_cells=170, workers=3)


def test_a_process_that_dies_changes_nothing(monkeypatch):
    network, killed = wide_network([5, 8, 6, 2]), []
    one = tp.explore(network, [0] * 5, max_cells=60, workers=1)
    submit, slots = processes.Processes.submit, processes.Processes.slots

    def ready(engine):
        while not (slots(engine) and engine.children[0].ready):
            sleep(0.01)
        return 2

    def killing(engine, task):
        if not killed:
            engine.children[0].process.kill()
            killed.append(task)
        return submit(engine, task)

    monkeypatch.setattr(questions, "_PATIENCE", 0.0)
    monkeypatch.setattr(processes.Processes, "slots", ready)
    monkeypatch.setattr(processes.Processes, "submit", killing)
    assert tp.explore(network, [0] * 5, max_cells=60, workers=2) == one
    assert killed


def test_processes_that_always_die_end_the_search(monkeypatch):
    class Lost(Ahead):
        def result(self, future):
            raise running.LostError("it died.")

    monkeypatch.setattr(processes, "Processes", Lost)
    with pytest.raises(tp.StoppedError, match="lost 3 times: it died"):
        tp.explore(wide_network([2, 5, 4, 1]), (0, 0), workers=2)


def test_what_is_no_list_of_points_is_refused():
    network = wide_network([2, 5, 4, 1])
    for points in ([[0, 1], [2]], [[0, 1, 2]], np.zeros((0, 2)), [], [[[0, 1]]]):
        with pytest.raises(tp.InputError):
            tp.explore(network, points)


@pytest.mark.parametrize("scale", [2.0**1023, 10**400], ids=["2^1023", "10^400"])
def test_points_at_the_end_of_the_range_of_floats(scale):
    """Without biases cells are cones: the distances of cells from s x are s times those from x."""
    rows = np.random.default_rng(2).integers(-3, 4, (5, 2)).tolist()
    network = tp.Network.from_arrays([rows, [[1, -1, 1, 1, -1], [0, 1, 1, -1, 1]], [[1, 1]]])
    near, s = [mpq(v) for v in (1, "-3/4")], mpq(scale)
    one, other = (tp.explore(network, [t * v for v in near], order="distance", workers=1) for t in (mpq(1), s))
    assert len(other) == tp.linear_regions(network).n_cells
    assert sorted(other.radii) == sorted(s * radius for radius in one.radii)
    for cell in other:
        assert tp.cell_at(network, cell.interior_point()) == cell
