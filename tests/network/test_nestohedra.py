"""Sums of maxima of coordinates against published numbers, nested sets, and Minkowski sums of simplices."""

from functools import reduce
from itertools import combinations
from math import comb, factorial
from operator import add

import numpy as np
import pytest

from troppoly.errors import InputError
from troppoly.network import associahedron, cyclohedron, max_pooling, permutohedron, sum_of_maxima
from troppoly.passagemath import polyhedron
from troppoly.regions import linear_regions


def fan(net):
    """The numbers of cones by codimension, of vertices, edges, ... of the polytope."""
    regions = linear_regions(net)
    assert len(regions) == len(regions.cells) == regions.f_vector()[-1]
    return regions.f_vector()[:0:-1]


@pytest.mark.parametrize(
    ("family", "vertices"),
    [
        (associahedron, lambda n: comb(2 * n, n) // (n + 1)),  # 14 and 132 for n = 4, 6
        (cyclohedron, lambda n: comb(2 * n - 2, n - 1)),  # 20 and 252
        (permutohedron, factorial),  # 24 and 720
    ],
)
def test_vertices(family, vertices):
    for n in (2, 3, 4, 5, 6):
        assert fan(family(n))[0] == vertices(n)


def test_faces():
    """Of associahedra by Kirkman and Cayley, of cyclohedra by Simion, of permutohedra by chains of subsets."""
    for n in (3, 4, 5):
        edges_up = range(n)
        kirkman = [comb(n - 1, k) * comb(n + 1 + k, k) // (k + 1) for k in edges_up]
        assert fan(associahedron(n)) == tuple(kirkman[::-1])
        simion = [comb(n - 1, k) * comb(n - 1 + k, k) for k in edges_up]
        assert fan(cyclohedron(n)) == tuple(simion[::-1])
    assert fan(permutohedron(4)) == (24, 36, 14, 1)
    assert fan(permutohedron(5)) == (120, 240, 150, 30, 1)


@pytest.mark.parametrize(("n", "regions"), [(3, 3), (4, 7), (5, 16), (6, 36), (7, 81), (8, 182)])
def test_max_pooling(n, regions):
    """Window 3 and stride 1: Escobar and others, 2022."""
    layer = linear_regions(max_pooling(n, 3))
    windows = sum_of_maxima(n, [range(i, i + 3) for i in range(n - 2)])
    assert len(layer) == len(layer.cells) == regions == fan(windows)[0]


def test_disjoint_windows():
    """A product of simplices."""
    assert len(linear_regions(max_pooling(6, 2, 2))) == 8
    assert len(linear_regions(max_pooling(7, 3, 3))) == 9
    assert len(linear_regions(max_pooling(3, 1))) == 1


def building_set(random, n):
    """The least one with some subsets and all of {0, ..., n - 1}."""
    sets = {frozenset([i]) for i in range(n)} | {frozenset(range(n))}
    sets |= {frozenset(np.flatnonzero(random.random(n) < 0.5).tolist()) for _ in range(3)} - {frozenset()}
    while more := {a | b for a, b in combinations(sets, 2) if a & b} - sets:
        sets |= more
    return sets


def nested_sets(building, n):
    """Their number by size, from the definition, Postnikov 7.3, without the whole set."""
    proper = sorted((b for b in building if len(b) < n), key=sorted)

    def nested(chosen):
        if any(a & b and not (a <= b or b <= a) for a, b in combinations(chosen, 2)):
            return False
        return not any(
            frozenset().union(*some) in building
            for size in range(2, len(chosen) + 1)
            for some in combinations(chosen, size)
            if not any(a & b for a, b in combinations(some, 2))
        )

    found, level = [1], [()]
    while level := [(*c, b) for c in level for b in proper if (not c or sorted(c[-1]) < sorted(b)) and nested((*c, b))]:
        found.append(len(level))
    return tuple(found)


@pytest.mark.parametrize("seed", range(40))
def test_random_nestohedra_are_simple_with_faces_from_nested_sets(seed):
    random = np.random.default_rng(seed)
    n = int(random.integers(2, 5))
    building = building_set(random, n)
    assert fan(sum_of_maxima(n, [sorted(b) for b in building])) == nested_sets(building, n)[::-1]


@pytest.mark.parametrize("seed", range(10))
def test_any_subsets_against_the_minkowski_sum(seed):
    random = np.random.default_rng(seed)
    n = int(random.integers(2, 5))
    subsets = [random.permutation(n)[: random.integers(1, n + 1)].tolist() for _ in range(int(random.integers(1, 5)))]
    net = sum_of_maxima(n, subsets)
    units = np.eye(n, dtype=int)
    simplices = [polyhedron([tuple(units[i].tolist()) for i in subset], ambient_dim=n) for subset in subsets]
    total = reduce(add, simplices)
    corners = {tuple(map(int, v)) for v in total.vertices_list()}
    assert {tuple(map(int, region.affine_map[0][0])) for region in linear_regions(net)} == corners
    x = random.integers(-9, 10, n).tolist()
    assert net(x)[0] == max(sum(a * b for a, b in zip(v, x, strict=True)) for v in corners)


def test_refusals():
    for call in (
        lambda: max_pooling(2, 3),
        lambda: sum_of_maxima(2, []),
        lambda: sum_of_maxima(2, [[]]),
        lambda: sum_of_maxima(2, [[0, 2]]),
        lambda: permutohedron(1),
    ):
        with pytest.raises(InputError):
            call()
