"""What pictures of cells, segments and explorations show, against exact objects."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import troppoly as tp
from tests.local.networks import wide_network
from troppoly.plotting import plane_through, plot_cell_cut, plot_exploration, plot_facets, plot_segment

NETWORK = wide_network([5, 12, 8, 2])
POINTS = np.random.default_rng(0).normal(size=(3, 5))


def test_a_cut_is_the_cell_of_the_restricted_network():
    p, q, r = POINTS
    ax = plot_cell_cut(tp.cell_at(NETWORK, p), q, r)
    regions = tp.linear_regions(NETWORK.restrict(*plane_through(p, q, r)), domain=[(-4, 4), (-4, 4)])
    (own,) = regions.cells.at((0, 0))
    expected = np.array(sorted(tuple(map(float, v)) for v in own.vertices()))
    (polygon,) = [path.vertices[:-1] for path in ax.collections[0].get_paths()]
    assert np.allclose(np.array(sorted(map(tuple, polygon))), expected)
    assert plot_cell_cut(tp.cell_at(NETWORK, p)).get_xlabel() == "$u_1$"


def test_the_least_bar_is_the_margin():
    for norm in (1, float("inf")):
        bars = plot_facets(tp.cell_at(NETWORK, POINTS[0]), norm).patches
        margin = tp.data_regions(NETWORK, POINTS[:1]).margins(norm)[0].value
        assert bars[0].get_width() == pytest.approx(float(margin))
        assert all(a.get_width() <= b.get_width() for a, b in pairwise(bars))


def test_a_segment_has_the_values_of_the_network():
    way = tp.segment(NETWORK, *POINTS[:2])
    lines = plot_segment(way).lines[:2]
    for x in (0.0, 0.3, 1.0):
        expected = NETWORK.evaluate_float(POINTS[0] + x * (POINTS[1] - POINTS[0]))
        assert [np.interp(x, *line.get_data()) for line in lines] == pytest.approx(list(expected))
    assert len(plot_segment(tp.local.ray(NETWORK, POINTS[0], POINTS[1])).lines[0].get_xdata()) > 3


def test_an_exploration_has_a_node_for_every_cell():
    found = tp.explore(NETWORK, POINTS[0], max_cells=60, order="walk")
    ax = plot_exploration(found)
    nodes = {line.get_label(): line for line in ax.lines}
    assert len(nodes["expanded"].get_xdata()) == found.n_expanded
    assert len(nodes["found"].get_xdata()) == 60 - found.n_expanded
    assert len(nodes["walk"].get_xdata()) == len(found.paths[0])
    assert sum(len(lines.get_segments()) for lines in ax.collections) == len(found.walls)
    several = tp.explore(NETWORK, POINTS, max_cells=60, order="walk")
    ax = plot_exploration(several)
    assert len({line.get_label(): line for line in ax.lines}["first"].get_xdata()) == len(several.paths) > 1
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["walk", "found", "expanded", "first"]
    assert len(np.unique(np.concatenate([line.get_xydata() for line in ax.lines[-3:-1]]), axis=0)) == 60


def test_what_cannot_be_drawn_gets_a_sentence():
    plain = tp.cell_at(tp.Network.from_arrays([[[1, 2]]]), (0, 0))
    with pytest.raises(tp.InputError, match="no facets"):
        plot_facets(plain)
    with pytest.raises(tp.InputError, match="span a plane"):
        plot_cell_cut(plain, (1, 1), (2, 2))
