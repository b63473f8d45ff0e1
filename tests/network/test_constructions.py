"""Networks with known numbers of linear regions."""

from fractions import Fraction
from itertools import combinations, pairwise, product
from math import comb, prod

import numpy as np
import pytest

from troppoly.equivalence import equivalent
from troppoly.errors import InputError, ShapeError
from troppoly.network import Network, maximum_of_five, maxout, simple_maxout, tent_map
from troppoly.network.constructions import maxout_region_bound
from troppoly.passagemath import polyhedron
from troppoly.polynomial import TropicalPolynomial
from troppoly.regions import linear_regions, regions_by_polytopes


@pytest.mark.parametrize(("k", "expected"), [(1, 4), (2, 6), (3, 10), (4, 18), (5, 34), (6, 66), (7, 130)])
def test_tents_have_two_to_the_k_pieces_on_the_interval(k, expected):
    net = tent_map(k)
    assert net.widths == (1, *[3] * k, 1)
    assert len(linear_regions(net)) == expected
    interval = polyhedron([(0,), (1,)], ambient_dim=1)
    regions = linear_regions(net, domain=interval)
    assert len(regions) == 2**k
    assert {abs(region.affine_map[0][0, 0]) for region in regions} == {2**k}


def test_tents_have_the_values_of_the_iteration():
    def tent(x):
        return max(Fraction(0), min(2 * x, 2 - 2 * x))

    for x in map(Fraction, ("-1", "0", "1/3", "2/7", "5/8", "1", "3/2")):
        value = x
        for k in range(1, 6):
            value = tent(value)
            assert tent_map(k)((x,)) == (value,)
    with pytest.raises(InputError, match="0 tent maps"):
        tent_map(0)


@pytest.mark.parametrize(
    ("n", "ranks", "expected"),
    [(2, [3] * 3, 19), (2, [3] * 5, 51), (3, [3] * 5, 131), (2, [4, 2, 3], 18), (1, [3, 2], 4), (3, [2] * 3, 8)],
)
def test_simple_maxout_layers_attain_the_bound(n, ranks, expected):
    net = simple_maxout(n, ranks)
    assert maxout_region_bound(n, ranks) == expected
    regions = linear_regions(net)
    assert len(regions) == len(regions.cells) == expected


def test_the_bound_is_a_sum_of_elementary_symmetric_polynomials():
    for n in range(4):
        for ranks in ([2], [3, 4], [2, 5, 3], [1, 1], [4, 4, 4, 2]):
            sums = sum(prod(k - 1 for k in chosen) for j in range(n + 1) for chosen in combinations(ranks, j))
            assert maxout_region_bound(n, ranks) == sums


@pytest.mark.parametrize("seed", range(6))
def test_random_maxout_layers_do_not_exceed_it(seed):
    generator = np.random.default_rng(seed)
    n, ranks = [(2, [3, 3, 3]), (2, [2, 4]), (3, [3, 2, 2]), (1, [4, 4]), (2, [3] * 5), (3, [3] * 3)][seed]
    weights = [generator.integers(-3, 4, (k, n)) / 2 for k in ranks]
    biases = [generator.integers(-3, 4, k) / 2 for k in ranks]
    net = maxout(weights, biases)
    x = [Fraction(int(v), 3) for v in generator.integers(-9, 9, n)]
    for value, weight, bias in zip(net(x), weights, biases, strict=True):
        rows = zip(weight.tolist(), bias.tolist(), strict=True)
        assert value == max(sum((Fraction(w) * v for w, v in zip(row, x, strict=True)), Fraction(b)) for row, b in rows)
    regions = linear_regions(net)
    assert len(regions) <= maxout_region_bound(n, ranks)
    assert len(regions) == len(regions_by_polytopes(net))


def test_shapes_of_maxout_layers_are_checked():
    with pytest.raises(ShapeError, match=r"biases\[0\] has 1 entry where 2 are needed"):
        maxout([[[1], [2]]], [[0]])
    with pytest.raises(ShapeError, match=r"biases\[0\] has 1 entry"):  # three rows and three biases in all
        maxout([[[1], [2]], [[3]]], [[0], [100, 1]])
    with pytest.raises(ShapeError, match=r"weights\[1\] has shape \(0, 0\)"):
        maxout([[[1]], []], [[0], []])
    with pytest.raises(ShapeError, match="not 0 and 0 of them"):
        maxout([], [])
    with pytest.raises(InputError, match="no maxout layer"):
        simple_maxout(2, [3, 0])


def serra_bound(widths):
    """The bound of Serra, Tjandraatmadja and Ramalingam (2018), Theorem 1, for widths [n_0, n_1, ..., n_L].

    Sum over (j_1, ..., j_L) of prod binom(n_l, j_l), j_l <= min(n_0, n_1 - j_1, ..., n_(l-1) - j_(l-1), n_l).
    """

    def total(layers, limit):
        if not layers:
            return 1
        n, *rest = layers
        return sum(comb(n, j) * total(rest, min(limit, n - j)) for j in range(min(limit, n) + 1))

    return total(widths[1:], widths[0])


@pytest.mark.parametrize(("widths", "bound"), [([3, 2, 2, 1], 11), ([3, 3, 2, 1], 26)])
def test_random_networks_do_not_exceed_the_bound_of_serra(widths, bound):
    assert serra_bound(widths[:-1]) == bound  # the output layer is affine
    for seed in range(12):
        generator = np.random.default_rng(seed)
        weights = [generator.integers(-4, 5, (m, n)) / 4 for n, m in pairwise(widths)]
        biases = [generator.integers(-4, 5, m) / 4 for m in widths[1:]]
        assert len(linear_regions(Network.from_arrays(weights, biases))) <= bound


def test_the_maximum_of_five_numbers_has_two_hidden_layers():
    """Against the maximum itself: proved by the complex of the difference, and at points with ties."""
    net = maximum_of_five()
    assert [int(layer.rectified.sum()) for layer in net.layers] == [8, 11, 0]
    assert equivalent(net, TropicalPolynomial({tuple(int(i == j) for i in range(5)): 0 for j in range(5)}))
    for x in product([-1, 0, 2], repeat=5):
        assert net(x) == (max(x),)
