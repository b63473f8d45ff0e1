"""Hundreds of tiny networks, generic and degenerate: what needs no complex, against the cells of the enumerated one."""

from __future__ import annotations

import random

import numpy as np
import pytest
from gmpy2 import mpq

import troppoly as tp
from tests.local.networks import random_network
from tests.seeds import seeds


def value(form, x):
    return sum((a * v for a, v in zip(form, x, strict=True)), mpq(0))


def cells_and_explorations(rng, net, box, cells):
    words = {np.concatenate(cell.activation).tobytes() for cell in cells}
    x = [low + mpq(rng.randint(1, 7), 8) * (high - low) for low, high in box]
    here = tp.cell_at(net, x)
    assert here.word in {np.concatenate(cell.activation).tobytes() for cell in cells.at(x)}
    found = tp.explore(net, x, domain=box, max_cells=None, workers=1)
    assert {row.tobytes() for row in found.signs} == words


def extrema(rng, net, box, cells):
    form = [mpq(rng.randint(-2, 2)) for _ in range(net.n_outputs)]
    values = [value(form, net(v)) for cell in cells for v in cell.vertices()]
    best, least = net.maximum(form, box), net.minimum(form, box)
    assert (best.value, least.value) == (max(values), min(values))
    assert value(form, net(best.point)) == best.value
    assert all(low <= v <= high for v, (low, high) in zip(best.point, box, strict=True))


def images_and_preimages(rng, net, box, cells):
    maps = sorted((*cell.affine_map[0].ravel(), *cell.affine_map[1]) for cell in cells)
    assert sorted((*p.affine_map[0].ravel(), *p.affine_map[1]) for p in net.image(box)) == maps
    x = [low + mpq(rng.randint(1, 7), 8) * (high - low) for low, high in box]
    near = [(v - mpq(rng.randint(0, 2), 4), v + mpq(rng.randint(0, 2), 4)) for v in net(x)]
    parts = net.preimage(near, box)
    assert any(contains(part, x) for part in parts)
    for v in [v for cell in cells for v in cell.vertices()][:6]:
        expected = all(low <= z <= high for z, (low, high) in zip(net(v), near, strict=True))
        assert any(contains(part, v) for part in parts) == expected


QUESTIONS = (cells_and_explorations, extrema, images_and_preimages)


@pytest.mark.parametrize("block", seeds(3, 12))
def test_answers_are_those_of_the_cells_for_ten_networks(block):
    for seed in range(10 * block, 10 * block + 10):
        rng = random.Random(9000 + seed)
        net = tp.Network(random_network(rng).layers)
        box = [(-rng.randint(0, 2), mpq(rng.randint(1, 5), 2)) for _ in range(net.n_inputs)]
        QUESTIONS[seed % 3](rng, net, box, tp.linear_regions(net, domain=box).cells)


def contains(piece, x):
    """Whether a piece of full dimension contains a point: the domain's coordinates are its own."""
    return all(value(row[:-1], x) + row[-1] >= 0 for row in piece.inequalities)
