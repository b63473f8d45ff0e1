"""The numbers of linear regions by every definition, against brute force over all faces."""

from fractions import Fraction

import pytest
from hypothesis import given, settings

import troppoly as tp
from tests.crossing.case import program_of
from tests.crossing.definitions import region_counts_of
from tests.refinement.strategies import SMALL, networks


@given(networks(SMALL, dimensions=(1, 2), most_units=5))
@settings(max_examples=60)
def test_against_brute_force(arrays):
    net = tp.Network.from_arrays(*arrays)
    found = tp.region_counts(net).table["regions"]
    assert found == region_counts_of(program_of(net), net.n_inputs)
    assert list(found) == sorted(found, reverse=True)
    assert found[2] == len(tp.linear_regions(net))


def test_a_network_on_which_all_differ():
    """Found by search among networks with weights from -2 to 2."""
    weights = [[[-2, -1], [0, 1], [-2, -2], [2, -1], [1, 0]], [[-1, -2, -1, 1, 0]]]
    net = tp.Network.from_arrays(weights, [[-2, 2, 1, -2, 0], [0]])
    counts = tp.region_counts(net)
    assert counts.table["regions"] == (14, 13, 10, 9, 8)
    assert region_counts_of(program_of(net), 2) == (14, 13, 10, 9, 8)


def test_maxima_count_unit_by_unit():
    """max(0, x, y): three regions; as units (x)+ and (y - (x)+)+ it has four patterns."""
    net = tp.maxout([[[0, 0], [1, 0], [0, 1]]], [[0, 0, 0]])
    assert len(tp.linear_regions(net).cells) == 3
    assert tp.region_counts(net).table["regions"] == (4, 4, 3, 3, 3)


def test_on_a_domain_and_as_a_table():
    net = tp.Network.from_arrays([[[1], [-1]], [[1, 1]]])
    counts = tp.region_counts(net, [(0, 1)])
    assert counts.table["regions"] == (2, 1, 1, 1, 1)  # at 0 no unit is active
    assert counts.to_pandas()["definition"].tolist()[-1] == "affine"
    assert "<td>open connected</td>" in counts._repr_html_()
    assert tp.region_counts(net, [(Fraction(1, 2), 1)]).activation == 1
    with pytest.raises(tp.BudgetError):
        tp.region_counts(net, max_cells=1)
