"""Points of data are in the cells of ``cell_at``; margins and neighbors by definition, by brute force."""

from __future__ import annotations

import random
from math import inf

import numpy as np
import pytest
from gmpy2 import mpq

import troppoly as tp
from tests.local.networks import random_network, wide_network
from troppoly.data.margins import margins_by_inequalities
from troppoly.local import wall_forms


def margin_by_definition(cell, x, norm):
    """The least value over the dual norm of all units' forms, made from the weights; for the 2-norm their squares."""
    found, power = [], 2 if norm == 2 else 1
    for unit, (*a, b) in wall_forms(cell):
        length = max(map(abs, a)) if norm == 1 else sum(abs(v) ** power for v in a)
        if length:
            value = sum((p * q for p, q in zip(a, x, strict=True)), mpq(0)) + b
            found.append((value**power / length, unit))
    least = min((value for value, _ in found), default=None)
    units = tuple(sorted({unit for value, unit in found if value == least}))
    return least if norm != 2 or least is None else tp.exact.Radical.root(least), units


def check(found, points, walls=True):
    network = found.network
    cells = [tp.cell_at(network, x) for x in points]
    assert [found[i] for i in found.cell_of_point] == cells
    assert len(found) == len(set(cells))
    assert found.counts.sum() == len(points)
    for norm in (1, 2, inf):
        for x, cell, margin in zip(points, cells, found.margins(norm), strict=True):
            assert margin == margin_by_definition(cell, list(map(tp.rational, x)), norm)
    maps = [tuple(map(tuple, np.column_stack(cell.affine_map).tolist())) for cell in found]
    assert found.map_of_cell.tolist() == [list(dict.fromkeys(maps)).index(each) for each in maps]
    outputs = [network(x) for x in points]
    assert found.predictions.tolist() == [int(y[0] > 0) if len(y) == 1 else y.index(max(y)) for y in outputs]
    if walls:
        own = list(found)
        pairs = {(i, own.index(b)) for i, a in enumerate(own) for b in a.neighbors if b in own}
        assert found.walls.tolist() == [list(pair) for pair in sorted(pairs) if pair[0] < pair[1]]


@pytest.mark.parametrize("seed", range(16))
def test_small_networks(seed):
    rng = random.Random(3000 + seed)
    network = random_network(rng)
    points = [[rng.choice([rng.randint(-2, 2), rng.uniform(-2, 2)]) for _ in range(network.n_inputs)] for _ in range(9)]
    check(tp.data_regions(network, points), points)


@pytest.mark.parametrize("seed", range(6))
def test_without_floats(seed, monkeypatch):
    """All signs, and all margins, are computed in integers."""
    monkeypatch.setattr("troppoly.cellwise.cell_network.CellNetwork.floats", None)
    rng = random.Random(3100 + seed)
    network = random_network(rng)
    points = [[rng.randint(-2, 2) for _ in range(network.n_inputs)] for _ in range(4)]
    check(tp.data_regions(network, points), points, walls=False)


@pytest.mark.parametrize("widths", [[20, 12, 8, 3], [784, 10, 6, 4]])
def test_many_inputs_of_pruned_networks_with_points_on_walls(widths):
    generator = np.random.default_rng(0)
    network = wide_network(widths)
    first, second, last = network.layers
    weight = np.array(second.weight, dtype=float)
    weight[0] = 0
    weight[1, ::2] = 0
    layers = [np.array(first.weight, dtype=float), weight, np.array(last.weight, dtype=float)]
    biases = [np.zeros(widths[1]), [0, 0, *range(1, widths[2] - 1)], np.zeros(widths[3])]
    network = tp.Network.from_arrays(layers, biases)
    points = generator.integers(0, 256, (12, widths[0])) / 256
    points[generator.random(points.shape) < 0.4] = 0
    points[-1] = 0  # on all walls of the first layer
    found = tp.data_regions(network, points)
    assert [found[i] for i in found.cell_of_point] == [tp.cell_at(network, x) for x in points]
    for i, cell in enumerate(found[:4]):
        rows = np.flatnonzero(found.cell_of_point == i)
        for norm in (2, inf):
            expected = margins_by_inequalities(cell, [found.points.row(k) for k in rows], norm)
            assert [tuple(found.margins(norm)[k]) for k in rows] == expected


def test_margins_nearer_than_floats_tell():
    """Two walls whose distances differ by 2^-90, and a point that is 2^-80 from a wall."""
    tiny, less = mpq(1, 2**80), mpq(1, 2**90)
    network = tp.Network.from_arrays([[[1], [1], [1], [-1]], [[1] * 4]], [[0, 1, 2, 3 + less], [0]])
    margins = tp.data_regions(network, [[1], [tiny], [1 + less]]).margins()
    assert margins == ((1, ((0, 0),)), (tiny, ((0, 0),)), (1 + less, ((0, 0),)))
    assert tp.data_regions(network, [[1 + mpq(1, 2) + less / 2]]).margins()[0].units == ((0, 0), (0, 3))


def test_which_wall_is_nearest_depends_on_the_norm():
    """The forms (3, 4) and (5, 0) have the 2-norm 5, the 1-norms 7 and 5, and the infinity-norms 4 and 5."""
    net = tp.Network.from_arrays([[[3, 4], [5, 0]], [[1, 1]]], [[5, "49/10"], [0]])
    found = tp.data_regions(net, [[0, 0]])
    assert found.margins(2)[0] == ("49/50", ((0, 1),))
    assert found.margins(1)[0] == (mpq(49, 50), ((0, 1),))
    assert found.margins()[0] == (mpq(5, 7), ((0, 0),))
    assert found.table(2)["margin"] == ("49/50",) == found.point_table(2)["margin"]
    with pytest.raises(tp.InputError, match=r"must be 1, 2 or math\.inf, not 3"):
        found.margins(3)


def test_numbers_beyond_the_range_of_floats():
    huge = mpq(10) ** 400
    network = tp.Network.from_arrays([[[1, 0], [1, 1]], [[1, -1]], [[1]]], [[0, 0], [0], [0]])
    points = [[1 / huge, 0], [-1 / huge, 1 / huge**2], [huge, -huge - 1]]
    check(tp.data_regions(network, points), points)


def test_labels_and_tables():
    network = wide_network([3, 8, 3])
    points = np.random.default_rng(0).normal(size=(60, 3))
    labels = np.arange(60) % 3
    found = tp.data_regions(network, points, labels)
    cells, rows = found.table(), found.point_table()
    assert sum(cells["points"]) == len(rows) == 60
    assert sum(cells["correct"]) == sum(rows["correct"]) == (found.predictions == labels).sum()
    for cell in cells:
        own = [row for row in rows if row["cell"] == cell["cell"]]
        assert cell["points"] == len(own)
        assert cell["margin"] == min(row["margin"] for row in own)
        counts = [sum(row["label"] == k for row in own) for k in range(3)]
        assert cell["agreeing"] == max(counts) == counts[cell["class"]]
        near = [b if a == cell["cell"] else a for a, b in found.walls.tolist() if cell["cell"] in (a, b)]
        assert cell["neighbors"] == len(near)
        assert cell["agreeing_neighbors"] == sum(cells["class"][k] == cell["class"] for k in near)
        words = [np.concatenate(other.activation) for other in found]
        apart = [(words[cell["cell"]] != word).sum() for word in words]
        near = [k for k, gap in enumerate(apart) if gap and gap == min(filter(None, apart))]
        assert (cell["separation"], cell["nearest"]) == (min(filter(None, apart)), len(near))
        assert cell["agreeing_nearest"] == sum(cells["class"][k] == cell["class"] for k in near)
    assert len(found.walls) > 3
    assert cells.to_pandas().shape == (len(found), 12)
    assert "class" not in tp.data_regions(network, points).table().columns
    with pytest.raises(tp.InputError, match="no labels"):
        _ = tp.data_regions(network, points).class_of_cell


def test_a_cell_that_is_the_whole_space():
    found = tp.data_regions(tp.Network.from_arrays([[[1, 2]]], [[-1]]), [[1, 2], [0, 0]])
    assert found.margins() == ((None, ()), (None, ()))
    assert found.table()["margin"] == (None,)
    assert found.predictions.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("points", "labels", "message"),
    [
        ([[1, 2, 3]], None, "2 columns are needed"),
        (np.zeros((0, 2)), None, "no points"),
        ([[1, 2]], [0, 1], "one for each point"),
        ([[1, 2]], [2], "integers from 0 to 1"),
        ([[1, 2]], ["a"], "numbers of classes"),
    ],
)
def test_wrong_data_is_refused(points, labels, message):
    with pytest.raises(tp.TroppolyError, match=message):
        tp.data_regions(wide_network([2, 3, 1]), points, labels)


def test_cells_that_one_unit_tells_apart_need_not_be_neighbors():
    """Between x < -1 and x > 1, with |x| - 1 > 0, only the unit x changes its sign in the end."""
    network = tp.Network.from_arrays([[[1], [1]], [[2, -1]], [[1]]], [[0, 10], [9], [0]])
    found = tp.data_regions(network, [[-2], [2], ["-1/2"], ["1/2"]])
    assert found.nearest[:2].tolist() == [[0, 1, 1], [0, 2, 1]]
    assert found.walls.tolist() == [[0, 2], [1, 3], [2, 3]]


@pytest.mark.parametrize("seed", range(40))
def test_tables_of_units_are_those_of_the_enumerated_cells(seed):
    """On the least box around the points, also if it is flat, and on a larger one."""
    rng = random.Random(8000 + seed)
    network = tp.Network(random_network(rng).layers)
    d = network.n_inputs
    points = [[mpq(rng.randint(-4, 4), 2) for _ in range(d)] for _ in range(rng.randint(1, 6))]
    found = tp.data_regions(network, points)
    ends = [(min(column), max(column)) for column in zip(*points, strict=True)]
    wider = [(low - 1, high + 1) for low, high in ends]
    for domain, box in ((None, ends), (wider, wider)):
        tables = found.unit_tables(domain)
        free = [i for i, (low, high) in enumerate(box) if low < high]
        matrix = [[int(i == j) for j in free] for i in range(d)]
        offset = [0 if low < high else low for low, high in box]
        seen: dict[tuple[int, int], set[int]] = {}
        if free:
            part = network.restrict(matrix, offset)
            cells = tp.linear_regions(part, domain=[box[i] for i in free]).cells
            activations = [cell.activation for cell in cells]
        else:
            values, x = [], tuple(offset)
            for layer in network.layers:
                z = [a + b for a, b in zip(layer.weight.apply(x), layer.bias[:, 0], strict=True)]
                values.append(np.array([(v > 0) - (v < 0) for v in z])[layer.rectified])
                x = layer(x)
            activations = [values]
        for activation in activations:
            for layer, signs in enumerate(activation):
                for unit, sign in zip(np.flatnonzero(network.layers[layer].rectified).tolist(), signs, strict=True):
                    seen.setdefault((layer, unit), set()).add(int(sign))
        rows = [row for table in tables for row in table]
        assert {(row["layer"], row["unit"]) for row in rows} == set(seen)
        for row in rows:
            signs = seen[row["layer"], row["unit"]]
            assert row["dead"] == (1 not in signs)
            assert row["both"] == ({1, -1} <= signs)
            assert row["always_on"] == (1 in signs and -1 not in signs)
            assert row["active"] == sum(cell.activation[row["layer"]][_column(network, row)] > 0 for cell in _of(found))
    assert {row["both"] for table in found.unit_tables(seconds=0) for row in table} <= {True, False, None}


def _column(network, row):
    return int(np.searchsorted(np.flatnonzero(network.layers[row["layer"]].rectified), row["unit"]))


def _of(found):
    """The cell of every point."""
    return [found[i] for i in found.cell_of_point]
