"""Starts that are divided by signs of coordinates before they are made."""

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import troppoly as tp
from tests.counting.test_counting import assert_same
from tests.refinement import strategies
from tests.refinement.test_coarsening import maximum
from troppoly.counting.work import Work
from troppoly.errors import BudgetError
from troppoly.exact import RationalMatrix
from troppoly.refinement.beginnings import Beginnings


def random_network(*widths):
    generator, shapes = np.random.default_rng(11), list(zip(widths[1:], widths, strict=False))
    values = [v for v in range(-9, 10) if v]
    return tp.Network.from_arrays(
        [generator.choice(values, shape) for shape in shapes], [generator.choice(values, n) for n, _ in shapes]
    )


@pytest.mark.parametrize("part_bytes", [2000, 10**4, None])
def test_eight_hyperplanes_in_general_position(part_bytes):
    """A cross of 8 lines times R^12: binom(8, j) 2^j faces of dimension 12 + j."""
    net = random_network(20, 8, 1)
    found = tp.census(net, part_bytes=part_bytes, measures=["linear_regions", "facets"])
    assert found.f_vector == (0,) * 12 + tuple(comb(8, j) * 2**j for j in range(9))
    assert found.n_linear_regions == 256
    assert found["facets"] == {"cells_by_facets": {8: 256}, "walls": 1024, "mean_facets": 8, "mean_degree": 8}
    assert found.n_bounded_cells == 0


@pytest.mark.parametrize("part_bytes", [30000, 10**6])
def test_twenty_inputs_and_two_layers(part_bytes):
    net = random_network(20, 6, 3, 1)
    regions = tp.linear_regions(net)
    found = tp.census(net, part_bytes=part_bytes, measures=["linear_regions"])
    assert (found.f_vector, found.n_linear_regions) == (regions.f_vector(), len(regions))


def test_a_start_over_the_budget():
    """Thirteen coordinates of both signs are 3.2 million cones, but the first part has a few thousand."""
    work = Work.of(random_network(20, 13, 1), part_bytes=2**22)
    part = next(work.parts(()))
    free = 13 - len(part.path)
    assert 0 < free < 13
    assert set(part.path) == {1}
    assert part.n_cells == 2**free
    assert part.face_counts[0].sum() == 3**free * 2 ** len(part.path)  # it owns the faces on the walls of side 1


@settings(max_examples=6)
@given(strategies.networks(strategies.SMALL, dimensions=(1, 2)), st.data())
def test_domains_that_touch_hyperplanes(network, data):
    """Bounds at 0 and biases 0: domains often touch coordinate hyperplanes, and lie on one side."""
    weights, biases = network
    d = len(weights[0][0])
    biases[0] = [0] * len(biases[0])
    box = [data.draw(st.sampled_from([(0, 1), (-1, 0), (-1, 2)])) for _ in range(d)]
    assert_same(tp.Network.from_arrays(weights, biases), box, [1, 600], [2])


@pytest.mark.parametrize("seed", range(3))
def test_a_triangle_that_touches_many_lines(seed):
    """A cone with apex 0 and lines through 0: some meet its interior, some its boundary, some only the apex."""
    rows = np.random.default_rng(seed).integers(-2, 3, (7, 2))
    net = tp.hyperplane_arrangement(rows)
    triangle = tp.passagemath.polyhedron([(0, 0), (1, 0), (1, 1)], ambient_dim=2)
    assert_same(net, triangle, [1, 300], [2])


def test_signs_with_an_empty_side_are_not_divided():
    """y_0 + y_1 <= -t leaves three of four quadrants."""
    facets = RationalMatrix.of([[-1, -1, -1]])
    beginnings = Beginnings(np.array([False, False, True]), facets, np.full(4, 8), 1)
    found, waiting = [], [()]
    while waiting:
        orthants = beginnings.at(waiting.pop())
        if orthants.small:
            found.append((orthants.path, orthants.signs.tolist(), orthants.owners.tolist()))
        else:
            waiting += [(*orthants.path, side) for side in (1, 2)]
    assert sorted(found) == [
        ((1, 1), [-1, -1, 1], [1, 1, 0]),
        ((1, 2), [-1, 1, 1], [1, 3, 0]),
        ((2,), [1, -1, 1], [3, 0, 0]),
    ]


def test_an_orthant_that_is_too_large_is_refused():
    with pytest.raises(BudgetError, match="An orthant of the first layer alone has"):
        tp.census(random_network(200, 120, 1))


def test_a_cube_with_too_many_faces_is_refused_at_once(tmp_path):
    """Each of the 3^20 faces contains one of the complex: no division helps, and there are other ways."""
    said = r"The domain alone has 3486784401 faces .*Network\.restrict.* \(troppoly\.cell_at, troppoly\.explore\)\."
    with pytest.raises(BudgetError, match=said):
        tp.census(random_network(20, 4, 1), [(-1, 1)] * 20, directory=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_maxima_are_not_divided_by_coordinates():
    """The coordinates need not be walls: refused as by the complex, before anything is done."""
    rows = np.eye(25, 26, dtype=int).tolist()
    with pytest.raises(BudgetError, match="The first layer alone has at least"):
        tp.census(maximum(rows))


def test_all_orthants_of_three_coordinates():
    """Every sign vector of coordinates once, with one owner of every face."""
    beginnings = Beginnings(np.array([False] * 3 + [True]), RationalMatrix.zeros(0, 4), np.full(5, 8), 1)
    found = [beginnings.at(path) for path in product((1, 2), repeat=3)]
    assert sorted(tuple(o.signs[:3]) for o in found) == sorted(product((-1, 1), repeat=3))
    for zeros in product((False, True), repeat=3):
        owned = [o for o in found if all(o.owners[i] < 2 for i in range(3) if zeros[i])]
        assert len(owned) == 2 ** (3 - sum(zeros))
