"""The numbers of linear regions by every definition, against brute force over all faces."""

import random
from fractions import Fraction
from itertools import combinations_with_replacement

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


def test_the_smallest_network_on_which_all_differ():
    """tutorials/which-region.md proves that no network of four units, or of one input, is an example."""
    weights = [[[-1, 0], [0, 1], [1, -1], [1, 1], [1, 1]], [[1, 1, -1, 1, 0]]]
    net = tp.Network.from_arrays(weights, [[0, 0, 0, 1, 0], [0]])
    assert tp.region_counts(net).table["regions"] == (13, 12, 10, 9, 8)
    assert region_counts_of(program_of(net), 2) == (13, 12, 10, 9, 8)


@pytest.mark.parametrize("k", [2, 3])
def test_networks_with_one_last_unit_and_independent_first_ones(k):
    """All of them: inputs are scaled such that weights are 0 and +-1, and permuted."""
    identity = [[int(i == j) for j in range(k)] for i in range(k)]
    for row in combinations_with_replacement((-1, 0, 1), k):
        for b in (-1, 0, 1):
            net = tp.Network.from_arrays([identity, [row], [[1]]], [[0] * k, [b], [0]])
            counts = tp.region_counts(net)
            assert counts.open_connected == counts.closed_connected


@pytest.mark.parametrize("widths", [(2, 4, 1), (2, 3, 1, 1), (2, 2, 2, 1), (2, 2, 1, 1, 1)])
def test_no_network_of_four_units(widths):
    """Two first units that are coordinates; of the others small numbers."""
    rng, coincide = random.Random(str(widths)), 0
    for _ in range(40):
        pairs = list(zip(widths[1:], widths, strict=False))
        weights = [[[rng.choice((-2, -1, 1, 1, 2)) for _ in range(n)] for _ in range(m)] for m, n in pairs]
        biases = [[rng.choice((-1, 0, 0, 1)) for _ in range(m)] for m, _ in pairs]
        weights[0][:2], biases[0][:2] = [[1, 0], [0, 1]], [0, 0]
        counts = tp.region_counts(tp.Network.from_arrays(weights, biases))
        assert len(set(counts.table["regions"])) < 5
        coincide += counts.open_connected == counts.closed_connected
    assert coincide == 40 or widths[1] > 2


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
