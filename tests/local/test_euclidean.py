"""The largest Euclidean ball in a cell, against balls that are known, and against a convex program in floats."""

from __future__ import annotations

import random

import numpy as np
import pytest
from gmpy2 import mpq
from scipy.optimize import linprog

import troppoly as tp
from tests.local.networks import random_network, wide_network
from troppoly.exact.square_roots import Radical
from troppoly.local import euclidean


def cell_of(rows, heights, point):
    return tp.cell_at(tp.Network.from_arrays([rows, [[1] * len(rows)]], [heights, [0]]), point)


def in_floats(cell):
    forms = np.array([facet.form for facet in cell.facets], dtype=float)
    lengths = np.linalg.norm(forms[:, :-1], axis=1)
    forms, lengths = forms / lengths[:, None], np.ones(len(forms))
    d = forms.shape[1] - 1
    return linprog(
        np.append(np.zeros(d), -1),
        np.column_stack([-forms[:, :-1], lengths]),
        forms[:, -1],
        bounds=[(None, None)] * (d + 1),
    )


@pytest.mark.parametrize(
    ("rows", "heights", "radius"),
    [
        ([[1, 0], [0, 1], [-1, -1]], [0, 0, 1], Radical.of(1, [(2, 1), (1, 2)])),
        ([[3, 4], [-3, -4]], [0, 5], mpq(1, 2)),  # a strip: all lengths are rational
        ([[1, 1], [-1, -1], [1, 0]], [0, 1, 0], Radical.of(1, [(2, 2)])),  # a half strip: the center is not unique
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, -1, -1]], [0, 0, 0, 1], Radical.of(1, [(3, 1), (1, 3)])),
        (  # a cube, all of whose facets are touched, and a corner that is cut off and just touched
            [[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0], [0, -1, 0], [0, 0, -1], [1, 1, 0]],
            [1, 1, 1, 1, 1, 1, 5],
            1,
        ),
        ([[1, 2], [-1, 2], [1, -2], [-1, -2]], [2, 2, 2, 2], Radical.of(2, [(1, 5)])),  # a rhomb: four, of which two do
    ],
)
def test_known_balls(rows, heights, radius):
    cell = cell_of(rows, heights, [mpq(1, 8)] * len(rows[0]))
    ball = cell.euclidean_ball()
    assert ball.radius == radius
    assert ball.check(200)


@pytest.mark.parametrize("seed", range(25))
def test_random_cells(seed):
    rng = random.Random(4000 + seed)
    network = random_network(rng)
    cell = tp.cell_at(network, [rng.uniform(-2, 2) for _ in range(network.n_inputs)])
    expected = in_floats(cell) if cell.facets else None
    try:
        ball = cell.euclidean_ball()
    except tp.UnboundedError:
        assert expected is None or expected.status == 3
        return
    assert float(ball.radius) == pytest.approx(-expected.fun, rel=1e-6)
    assert ball.check()
    assert cell.contains(ball.approximation(20).center)


def test_proposals_that_are_wrong_are_repaired(monkeypatch):
    """Without HiGHS the exact programs find the tight rows."""
    cell = cell_of([[1, 0], [0, 1], [-1, -1], [-1, 0]], [0, 0, 1, 1], ["1/8", "1/8"])
    rhomb = cell_of([[1, 2], [-1, 2], [1, -2], [-1, -2]], [2, 2, 2, 2], [0, 0])
    expected = [each.euclidean_ball().radius for each in (cell, rhomb)]
    monkeypatch.setattr(euclidean, "proposed_optimum", lambda c, *_: (np.zeros(len(c)), ()))
    assert [each.euclidean_ball().radius for each in (cell, rhomb)] == expected


def test_many_inputs():
    network = wide_network([8, 48, 16, 2])
    cell = tp.cell_at(network, np.zeros(8))
    ball = cell.euclidean_ball()
    assert len(ball.multipliers) == 9
    assert ball.check()
    assert float(ball.radius) == pytest.approx(-in_floats(cell).fun, rel=1e-6)
