"""Bounds against published values, and networks between them."""

from itertools import pairwise, product
from math import comb, prod

import numpy as np
import pytest

from troppoly.bounds import (
    generic_regions,
    hanin_rolnick_estimate,
    maxout_region_bound,
    montufar_lower_bound,
    serra_upper_bound,
)
from troppoly.errors import InputError
from troppoly.network import Network
from troppoly.network.constructions import folding_network, zonotope_tents
from troppoly.passagemath import polyhedron
from troppoly.refinement import canonical_complex
from troppoly.regions import linear_regions


@pytest.mark.parametrize(
    ("n", "widths", "lower", "upper"), [(2, [4, 4], 44, 121), (2, [8, 8], 592, 1369), (1, [3], 4, 4), (2, [5], 16, 16)]
)
def test_values(n, widths, lower, upper):
    assert montufar_lower_bound(n, widths) == lower
    assert serra_upper_bound(n, widths) == upper


def test_narrow_layers():
    assert serra_upper_bound(3, [2, 2]) == 11
    assert serra_upper_bound(5, [1, 1, 1]) == 4  # an inactive unit ends everything
    with pytest.raises(InputError):
        montufar_lower_bound(3, [2, 2])


def serra_by_definition(n, widths):
    total = 0
    for j in product(*(range(width + 1) for width in widths)):
        limits = [
            min([n, *(w - i for w, i in zip(widths[:layer], j, strict=False)), widths[layer]])
            for layer in range(len(j))
        ]
        if all(i <= limit for i, limit in zip(j, limits, strict=True)):
            total += prod(comb(width, i) for width, i in zip(widths, j, strict=True))
    return total


@pytest.mark.parametrize(
    ("n", "widths"), [(2, [3, 3, 3]), (3, [2, 5, 2]), (4, [3, 1, 4]), (1, [2, 2, 2, 2]), (3, [6, 2, 3])]
)
def test_serra_by_definition(n, widths):
    assert serra_upper_bound(n, widths) == serra_by_definition(n, widths)


@pytest.mark.parametrize(("n", "m"), [(2, 5), (3, 3), (4, 2)])
def test_one_layer_is_the_generic_arrangement(n, m):
    assert serra_upper_bound(n, [m]) == generic_regions(m, n)


@pytest.mark.parametrize(("n", "units", "rank", "bound"), [(2, 3, 3, 19), (2, 5, 3, 51), (3, 5, 3, 131), (2, 4, 2, 11)])
def test_maxout(n, units, rank, bound):
    assert maxout_region_bound(n, [rank] * units) == bound


def test_maxout_units_have_arguments():
    with pytest.raises(InputError, match=r"no maxout layer with ranks \[3, 0\]"):
        maxout_region_bound(2, [3, 0])
    with pytest.raises(InputError, match="nonnegative"):
        maxout_region_bound(-1, [3])


@pytest.mark.parametrize(("n", "widths"), [(1, [3, 2]), (2, [4, 4]), (2, [5, 2, 3]), (2, [8, 8]), (3, [6, 4])])
def test_folding_networks_attain_the_lower_bound(n, widths):
    net = folding_network(n, widths)
    assert net.widths[1:-1] == tuple(widths)
    cube = polyhedron(vertices=list(product([0, 1], repeat=n)), ambient_dim=n)
    inside = canonical_complex(net, cube).n_cells
    assert inside == montufar_lower_bound(n, widths)
    assert inside <= canonical_complex(net).n_cells <= serra_upper_bound(n, widths)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("n", "widths"), [(2, [4, 4]), (3, [2, 2]), (2, [2, 3, 2])])
def test_random_networks_stay_below_the_upper_bound(n, widths, seed):
    generator = np.random.default_rng(seed)
    shape = [n, *widths, 1]
    weights = [generator.standard_normal((b, a)) for a, b in pairwise(shape)]
    net = Network.from_arrays(weights, [generator.standard_normal(b) for b in shape[1:]])
    assert canonical_complex(net).n_cells <= serra_upper_bound(n, widths)


@pytest.mark.parametrize(
    ("generators", "k"),
    [([[1, 0], [0, 1]], 1), ([[1, 0], [0, 1], [1, 2]], 3), ([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 2, 4]], 2)],
)
def test_zonotope_tents(generators, k):
    m, n = len(generators), len(generators[0])
    expected = 2 ** (k + 1) * sum(comb(m - 1, i) for i in range(n)) + 1
    assert len(linear_regions(zonotope_tents(generators, k))) == expected


def test_the_estimate_is_a_float():
    assert hanin_rolnick_estimate(2, [8, 8]) == 16**2 / 2
    assert hanin_rolnick_estimate(5, [2, 1]) == 8.0
    assert isinstance(hanin_rolnick_estimate(1, [1]), float)


@pytest.mark.parametrize("bound", [montufar_lower_bound, serra_upper_bound, hanin_rolnick_estimate])
@pytest.mark.parametrize(("n", "widths"), [(0, [1]), (1, []), (1, [0])])
def test_no_network(bound, n, widths):
    with pytest.raises(InputError):
        bound(n, widths)


def test_no_folding_network():
    with pytest.raises(InputError):
        folding_network(3, [2, 4])


def test_large_and_deep_networks():
    """A layer of one unit makes at most 2 regions of a line and of any space; all others of a point or line do so."""
    assert serra_upper_bound(2, [1] * 2000) == serra_upper_bound(1, [1] * 2000)
    assert serra_upper_bound(1, [1] * 2000) == 2001  # each layer breaks the one piece that is not constant
    assert serra_upper_bound(10**6, [3, 2]) == serra_upper_bound(3, [3, 2])
    with pytest.raises(InputError, match="beyond the range of floats"):
        hanin_rolnick_estimate(3000, [4000])
