"""A network along a segment is its restriction to the line, refined as a network of one input."""

from __future__ import annotations

import random

import numpy as np
import pytest
from gmpy2 import mpq

import troppoly as tp
from tests.local.networks import random_network, wide_network
from tests.seeds import seeds
from troppoly.local import path, ray


def restricted(network, a, direction, stop):
    """The breakpoints and the maps from left to right of the network of one input, on [0, stop]."""
    line = network.restrict([[v] for v in direction], a)
    domain = [(0, stop)] if stop else None
    regions = tp.linear_regions(line, domain=domain)
    points = sorted(v[0] for v in (face.vertices()[0] for face in regions.complex.faces(0)))
    cells = sorted(regions.cells, key=lambda cell: cell.interior_point())
    return points, cells


@pytest.mark.parametrize("seed", seeds(20, 40))
def test_a_segment_is_a_restriction(seed):
    rng = random.Random(seed)
    network = random_network(rng)
    d = network.n_inputs
    a, b = ([rng.choice([rng.randint(-2, 2), rng.uniform(-3, 3)]) for _ in range(d)] for _ in range(2))
    if a == b:
        b[0] += 1
    way = tp.segment(network, a, b)
    points, cells = restricted(network, way.start, way.direction, 1)
    assert way.breakpoints == tuple(s for s in points if 0 < s < 1)
    assert len(way) == len(cells)
    for piece, cell in zip(way, cells, strict=True):
        assert [m.tolist() for m in piece.affine_map] == [m.tolist() for m in cell.affine_map]
        assert all(np.array_equal(x, y) for x, y in zip(piece.activation, cell.activation, strict=False))
        middle = way.point((piece.start + piece.stop) / 2)
        assert piece.cell.contains(middle)
        slope, constant = piece.affine_map
        for s in (piece.start, piece.stop):
            assert tuple(slope[:, 0] * s + constant) == network(way.point(s))
    for s, units, before, behind in zip(way.breakpoints, way.units, way, way[1:], strict=False):
        assert units
        for layer, unit in units:
            column = np.searchsorted(network.layers[layer].rectified.nonzero()[0], unit)
            assert before.activation[layer][column] != behind.activation[layer][column]
        assert before.stop == behind.start == s
    back = tp.segment(network, b, a)
    assert back.breakpoints == tuple(1 - s for s in reversed(way.breakpoints))
    assert back.units == way.units[::-1]


@pytest.mark.parametrize("seed", range(20))
def test_rays_are_restrictions(seed):
    rng = random.Random(seed)
    network = random_network(rng)
    a, v = ([rng.randint(-2, 2) for _ in range(network.n_inputs)] for _ in range(2))
    v[0] = v[0] or 1
    way = ray(network, a, v)
    points, cells = restricted(network, a, v, None)
    assert way.breakpoints == tuple(s for s in points if s > 0)
    assert [m.tolist() for m in way[-1].affine_map] == [m.tolist() for m in cells[-1].affine_map]
    assert way[-1].stop is None
    assert way[-1].cell.contains(way.point(way[-1].start + 1))


def test_without_floats(monkeypatch):
    """All signs are computed in integers."""
    network = wide_network([3, 8, 8, 2])
    expected = tp.segment(network, (-2, 0, 1), (2, 1, -1))
    monkeypatch.setattr("troppoly.cellwise.cell_network.CellNetwork.floats", None)
    found = tp.segment(network, (-2, 0, 1), (2, 1, -1))
    assert (found.breakpoints, found.units) == (expected.breakpoints, expected.units)


def test_breakpoints_closer_than_floats_tell():
    tiny = mpq(1, 2**90)
    network = tp.Network.from_arrays(
        [[[1], [1], [1]], [[1, -1, 0], [1, -2, 1]], [[1, 1]]], [[-1, -1 - tiny, -2], [0, 0], [0]]
    )
    way = tp.segment(network, [0], [4])
    assert way.breakpoints[:2] == (mpq(1, 4), (1 + tiny) / 4)


def test_a_segment_of_one_point():
    way = tp.segment(wide_network([3, 8, 8, 2]), (1, 2, 3), (1, 2, 3))
    assert (len(way), way.breakpoints) == (1, ())


def test_many_units():
    network = wide_network([784, 150, 150, 10])
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, 784))
    way = tp.segment(network, a, b)
    assert len(way) > 50
    assert sum(map(len, way.units)) == len(way.breakpoints)
    piece = way[len(way) // 2]
    x = way.point((piece.start + piece.stop) / 2)
    slope, constant = piece.affine_map
    assert tuple(slope[:, 0] * (piece.start + piece.stop) / 2 + constant) == network(x)


def test_paths():
    network = wide_network([3, 6, 6, 1])
    points = [(-3, 0, 0), (3, 1, 0), (0, -2, 5)]
    first, second = path(network, points)
    assert first == tp.segment(network, *points[:2])
    assert second == tp.segment(network, *points[1:])
    with pytest.raises(tp.InputError, match="at least two points"):
        path(network, points[:1])
