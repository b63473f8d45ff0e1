"""A census says what the whole complex says, however it is divided."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import troppoly as tp
from tests.oracles.fraction_network import relu_layers
from tests.oracles.sign_faces import f_vector, sign_faces
from tests.refinement import strategies
from tests.refinement.test_coarsening import maximum
from tests.seeds import cases
from troppoly.counting.measures import MEASURES
from troppoly.geometry import CellWalls

BUDGETS = [1, 400, 3000, 2**15]
TASKS = [1, 2, 7, 64]


def answers(regions):
    """What all measures say, from the whole complex."""
    complex_, cells = regions.complex, range(regions.n_cells)
    volumes = sorted(regions.cells[int(i)].volume() for i in np.flatnonzero(complex_.bounded_cells))
    map_ = tp.tropical_map(regions.canonical)
    units = CellWalls(regions).units
    return {
        "linear_regions": {"linear_regions": len(regions), "bounded": regions.n_bounded},
        "affine_maps": {"affine_maps": len({tuple(m.ravel()) for m in regions.maps.exact(np.arange(len(cells)))})},
        "monomials": {
            "numerators": tuple(len(r.numerator) for r in map_),
            "denominators": tuple(len(r.denominator) for r in map_),
        },
        "volumes": {"total": sum(volumes), "bounded": len(volumes), "least": min(volumes, default=None)},
        "lipschitz": {"constant": tp.lipschitz_constant(regions).value},
        "facets": {
            "cells_by_facets": dict(Counter(len(regions.cells[i].facets()) for i in cells)),
            "walls": len(complex_.walls.facets),
        },
        "depths": {"walls_by_layer": dict(Counter(min(layer for layer, _ in wall) for wall in units))},
    }


def assert_same(network, domain=None, budgets=BUDGETS, tasks=TASKS):
    regions = tp.linear_regions(network, domain)
    expected = answers(regions)
    for part_bytes in budgets:
        for parts_per_task in tasks:
            sizes = {"part_bytes": part_bytes, "parts_per_task": parts_per_task}
            found = tp.census(network, domain, measures=list(MEASURES), **sizes)
            assert found.f_vector == regions.f_vector()
            assert found.n_cells == regions.n_cells
            assert found.n_bounded_cells == regions.complex.n_bounded_cells
            assert found.n_unbounded_cells == regions.n_cells - found.n_bounded_cells
            assert found.euler_characteristic == regions.complex.euler_characteristic()
            assert found.n_linear_regions == len(regions)
            for name, answer in expected.items():
                assert {key: found[name][key] for key in answer} == answer
            middle = tp.cell_at(network, found["lipschitz"]["point"]).affine_map[0]
            assert np.abs(middle).sum(axis=1).max() == found["lipschitz"]["constant"]
    return found


@settings(max_examples=12)
@given(strategies.networks(), st.sampled_from(BUDGETS), st.sampled_from(TASKS))
def test_networks(network, budget, tasks):
    assert_same(tp.Network.from_arrays(*network), None, [budget], [tasks])


@settings(max_examples=10)
@given(strategies.networks(strategies.SMALL), st.sampled_from(BUDGETS))
def test_spectral_norms(network, budget):
    net = tp.Network.from_arrays(*network)
    expected = tp.lipschitz_constant(tp.linear_regions(net), 2).value
    found, whole = (
        tp.census(net, measures=[tp.counting.Lipschitz(2)], part_bytes=size)["lipschitz"] for size in (budget, None)
    )
    assert found == whole  # also the point, though many cells have the same norm
    assert found["constant"] == expected
    assert tp.geometry.SpectralNorm.of(tp.cell_at(net, found["point"]).affine_map[0]) == expected


@settings(max_examples=cases(80, 200))
@given(strategies.networks(strategies.SMALL, (1, 2), 3), st.sampled_from([1, 2, 7]), st.sampled_from(TASKS))
def test_parts_of_a_few_cells(network, cells, tasks):
    """Hundreds of small and mostly degenerate networks, in parts that may have one, two or seven cells."""
    net = tp.Network.from_arrays(*network)
    regions = tp.linear_regions(net)
    sizes = {"part_bytes": cells * regions.canonical.nbytes // regions.n_cells, "parts_per_task": tasks}
    found = tp.census(net, measures=["linear_regions"], **sizes)
    assert (found.f_vector, found.n_bounded_cells) == (regions.f_vector(), regions.complex.n_bounded_cells)
    assert found["linear_regions"] == {"linear_regions": len(regions), "bounded": regions.n_bounded}


@settings(max_examples=4)
@given(strategies.networks(strategies.EXTREME, (1, 2), 4), st.sampled_from(BUDGETS), st.sampled_from(TASKS))
def test_extreme_weights(network, budget, tasks):
    net = tp.Network.from_arrays(*network)
    regions = tp.linear_regions(net)
    found = tp.census(net, measures=["linear_regions", "facets"], part_bytes=budget, parts_per_task=tasks)
    assert found.f_vector == regions.f_vector()
    assert found["linear_regions"] == {"linear_regions": len(regions), "bounded": regions.n_bounded}
    assert found["facets"]["walls"] == len(regions.complex.walls.facets)


@settings(max_examples=8)
@given(strategies.layers_with_identities(), st.sampled_from(BUDGETS), st.sampled_from(TASKS))
def test_units_that_pass_their_value_on(layers, budget, tasks):
    assert_same(strategies.network_of_layers(layers), None, [budget], [tasks])


@settings(max_examples=8)
@given(strategies.networks(strategies.SMALL, dimensions=(1, 2, 3)), st.data())
def test_the_volume_of_a_bounded_domain(network, data):
    d = len(network[0][0][0])
    box = [(low, low + data.draw(st.integers(1, 3))) for low in data.draw(st.tuples(*[st.integers(-3, 0)] * d))]
    sizes = [data.draw(st.sampled_from(BUDGETS))], [data.draw(st.sampled_from(TASKS))]
    found = assert_same(tp.Network.from_arrays(*network), box, *sizes)
    assert found["volumes"]["total"] == np.prod([high - low for low, high in box])
    assert found.n_unbounded_cells == 0
    assert found.euler_characteristic == 1


@settings(max_examples=8)
@given(st.data())
def test_maxima(data):
    d, k = data.draw(st.integers(1, 3)), data.draw(st.integers(2, 6))
    rows = data.draw(strategies.matrices(k, d + 1, strategies.SMALL))
    assert_same(maximum(rows), None, [data.draw(st.sampled_from(BUDGETS))], [data.draw(st.sampled_from(TASKS))])


@settings(max_examples=8)
@given(strategies.networks(strategies.SMALL, dimensions=(1, 2)), st.sampled_from(BUDGETS))
def test_faces_by_brute_force(network, budget):
    """The faces of all dimensions, from their definition."""
    weights, biases = network
    d = len(weights[0][0])
    faces = sign_faces(relu_layers(weights, biases))
    assert tp.census(tp.Network.from_arrays(weights, biases), part_bytes=budget).f_vector == f_vector(faces, d)
