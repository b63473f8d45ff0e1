"""Counts from the chamber against tabulated numbers and against enumeration without symmetry.

Numbers of regions: the resonance arrangement (OEIS A034997), threshold functions (A000609), whose orbits
under signed permutations are Muroga's numbers of classes of self-dual threshold functions (A001532).
"""

from itertools import combinations, product
from math import comb, factorial

import numpy as np
import pytest

from troppoly.errors import InputError, ShapeError
from troppoly.exact import RationalMatrix
from troppoly.network import Network
from troppoly.network.constructions import hyperplane_arrangement, maxout
from troppoly.polynomial import TropicalPolynomial
from troppoly.refinement import canonical_complex
from troppoly.regions import linear_regions
from troppoly.symmetry import (
    FiniteGroup,
    ReflectionGroup,
    cell_orbits,
    chamber_cells,
    chamber_regions,
    fan_chamber_cells,
    hyperoctahedral_group,
    region_orbits,
    symmetric_group,
)


def resonance(n):
    """All sums of some coordinates of the points of R^(n+1) with coordinate sum 0, once up to sign."""
    m = n + 1
    return [[m * v - sum(s) for v in s] for s in product((0, 1), repeat=m) if s[0] and not all(s)]


def zero_one(n):
    return [list(v) for v in product((0, 1), repeat=n) if any(v)]


def threshold(n):
    return [[1, *s] for s in product((1, -1), repeat=n)]


def braid(n):
    return [[int(k == i) - int(k == j) for k in range(n)] for i, j in combinations(range(n), 2)]


@pytest.mark.parametrize(("n", "regions"), list(enumerate([6, 32, 370, 11292, 1066044, 347326352], 2)))
def test_resonance(n, regions):
    orbits = fan_chamber_cells(hyperplane_arrangement(resonance(n)), symmetric_group(n + 1))
    assert orbits.n_total == regions


@pytest.mark.parametrize(
    ("n", "regions", "classes"),
    [(2, 14, 2), (3, 104, 3), (4, 1882, 7), (5, 94572, 21), (6, 15028134, 135), (7, 8378070864, 2470)],
)
def test_threshold_functions(n, regions, classes):
    orbits = fan_chamber_cells(hyperplane_arrangement(threshold(n)), hyperoctahedral_group(n + 1))
    assert (orbits.n_total, orbits.n_orbits) == (regions, classes)


@pytest.mark.parametrize("n", range(2, 7))
def test_braid(n):
    """The walls are the mirrors, so the chamber is one cell with a trivial stabilizer."""
    for count in (chamber_cells, fan_chamber_cells):
        if n > 2 or count is chamber_cells:
            orbits = count(hyperplane_arrangement(braid(n)), symmetric_group(n))
            assert (orbits.n_orbits, orbits.n_total, orbits.stabilizer(0)) == (1, factorial(n), ())


@pytest.mark.parametrize("n", range(2, 9))
def test_deep_sets_layer(n):
    """alpha I + gamma 1 1^T has n independent hyperplanes; a region is the set of its active units."""
    generator = np.random.default_rng(n)
    alpha, gamma = generator.standard_normal(2)
    weight = alpha * np.eye(n) + gamma * np.ones((n, n))
    net, group = Network.from_arrays([weight, np.eye(n)]), symmetric_group(n)
    cells = chamber_cells(net, group)
    assert cells.n_total == 2**n
    assert cells.n_orbits_by_size() == {
        size: sum(comb(n, k) == size for k in range(n + 1)) for size in sorted({comb(n, k) for k in range(n + 1)})
    }
    regions = chamber_regions(net, group, group.reflections())
    assert (regions.n_total, regions.n_orbits) == (2**n, n + 1)


def deep_sets(generator, n, depth, *, pooled):
    """Equivariant layers with biases; small integers make them degenerate."""
    weights, biases = [], []
    for _ in range(depth):
        alpha, gamma, beta = (int(v) for v in generator.integers(-3, 4, 3))
        weights.append(alpha * np.eye(n, dtype=int) + gamma * np.ones((n, n), dtype=int))
        biases.append([beta] * n)
    return Network.from_arrays([*weights, np.ones((1, n), dtype=int) if pooled else np.eye(n)], [*biases, None])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("n", "depth"), [(2, 3), (3, 2), (4, 1)])
def test_deep_networks_against_enumeration(seed, n, depth):
    generator = np.random.default_rng(seed)
    net, group = deep_sets(generator, n, depth, pooled=bool(seed % 2)), symmetric_group(n)
    whole = linear_regions(net)
    cells = chamber_cells(net, group)
    assert cells.n_total == whole.n_cells
    assert cells.f_vector() == whole.f_vector()
    outputs = None if seed % 2 else group.reflections()
    regions = chamber_regions(net, group, outputs)
    assert regions.n_total == len(whole)
    by_matrices = FiniteGroup.generated_by(group.reflections())
    assert sorted(cells.orbit_sizes) == sorted(cell_orbits(whole.complex, by_matrices).sizes)
    assert sorted(regions.orbit_sizes) == sorted(region_orbits(whole, by_matrices).sizes)


F4 = ReflectionGroup(RationalMatrix.of([[0, 1, -1, 0], [0, 0, 1, -1], [0, 0, 0, 1], ["1/2", "-1/2", "-1/2", "-1/2"]]))
G2 = ReflectionGroup(RationalMatrix.of([[1, -1, 0], [-1, 2, -1]]))


def orbit_of(group, *rows):
    """Rows (a, b) under the group, once up to sign."""
    found = set()
    for *normal, offset in rows:
        for g in FiniteGroup.generated_by(group.reflections()).elements:
            image = tuple(g.apply(RationalMatrix.of([normal]).row(0)))
            if (tuple(-v for v in image), -offset) not in found:
                found.add((image, offset))
    return [normal for normal, _ in sorted(found)], [offset for _, offset in sorted(found)]


@pytest.mark.parametrize(
    ("group", "rows"),
    [
        (G2, [(3, 1, 0, 2)]),
        (G2, [(1, 1, 1, 0), (1, 0, 0, -1), (1, -1, 0, 0)]),
        (symmetric_group(3), [(1, 1, 0, 1), (1, -1, 0, 1)]),
        (hyperoctahedral_group(3), [(1, 0, 0, 1), (1, 1, 1, 0)]),
        (hyperoctahedral_group(2), [(1, 2, 3), (1, 0, 0)]),
        (ReflectionGroup(RationalMatrix.of([[0, 1, -1]])), [(1, 1, 0, 1), (2, 1, 3, 0)]),
    ],
)
def test_affine_arrangements_against_enumeration(group, rows):
    net = hyperplane_arrangement(*orbit_of(group, *rows))
    whole = canonical_complex(net)
    orbits = chamber_cells(net, group)
    assert orbits.n_total == whole.n_cells
    assert orbits.f_vector() == whole.f_vector()
    by_matrices = FiniteGroup.generated_by(group.reflections())
    assert sorted(orbits.orbit_sizes) == sorted(cell_orbits(whole.complex, by_matrices).sizes)


@pytest.mark.parametrize(
    ("group", "normals"),
    [
        (symmetric_group(4), resonance(3)),
        (hyperoctahedral_group(4), threshold(3)),
        (hyperoctahedral_group(3), np.eye(3, dtype=int).tolist()),
        (F4, orbit_of(F4, (1, 0, 0, 0, 0))[0]),
        (F4, orbit_of(F4, (1, 1, 0, 0, 0))[0]),
        (symmetric_group(3), [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]]),
        (hyperoctahedral_group(3), orbit_of(hyperoctahedral_group(3), (1, 0, 0, 0))[0]),
    ],
)
def test_fans_against_enumeration(group, normals):
    """The slice, the chamber, and the whole space."""
    net = hyperplane_arrangement(normals)
    whole = canonical_complex(net)
    for orbits in (fan_chamber_cells(net, group), chamber_cells(net, group)):
        assert orbits.n_total == whole.n_cells
        assert orbits.f_vector() == whole.f_vector()


def test_zero_one_normals_with_the_smaller_group():
    """S_n instead of S_(n+1); the group fixes a direction in which the units change."""
    net = hyperplane_arrangement(zero_one(4))
    assert chamber_cells(net, symmetric_group(4)).n_total == 370
    with pytest.raises(InputError, match="direction that the group fixes"):
        fan_chamber_cells(net, symmetric_group(4))


def test_a_network_without_walls():
    orbits = chamber_cells(Network.from_arrays([[[1, 1]]]), symmetric_group(2))
    assert (orbits.n_total, orbits.stabilizer(0), orbits.f_vector()) == (1, (0,), (0, 0, 1))


@pytest.mark.parametrize("n", [2, 3, 4])
def test_order_statistics(n):
    """Tropical polynomials that are symmetric: the maximum, and the sum of the two largest numbers."""
    largest = TropicalPolynomial({tuple(int(i == j) for j in range(n)): 0 for i in range(n)})
    orbits = chamber_regions(largest, symmetric_group(n))
    assert (orbits.n_total, orbits.n_orbits) == (n, 1)
    pairs = TropicalPolynomial({tuple(int(j in pair) for j in range(n)): 0 for pair in combinations(range(n), 2)})
    assert chamber_regions(pairs, symmetric_group(n)).n_total == comb(n, 2)


def test_regions_that_are_not_convex():
    """min(|x|, |y|, 1), whose region of value 1 has four components, and min(max(|x|, |y|), 1), where it has one."""
    one = TropicalPolynomial({(0, 0): 1})
    x, y = TropicalPolynomial({(1, 0): 0, (-1, 0): 0}), TropicalPolynomial({(0, 1): 0, (0, -1): 0})
    smallest = (x * y * one) / (x * y + x * one + y * one)
    capped = ((x + y) * one) / (x + y + one)
    for function, expected in ((smallest, 4 + 2 * 4), (capped, 1 + 4)):
        orbits = chamber_regions(function, hyperoctahedral_group(2))
        assert orbits.n_total == len(linear_regions(function)) == expected


def test_maxima_declared_in_steps_have_regions_but_no_proven_cells():
    net = maxout([np.eye(3)], [[0, 0, 0]])
    assert chamber_regions(net, symmetric_group(3)).n_total == 3
    with pytest.raises(InputError, match="does not permute"):
        chamber_cells(net, symmetric_group(3))


def test_refusals():
    net = hyperplane_arrangement([[1, 0], [0, 1]], [0, 1])
    with pytest.raises(InputError, match="does not permute"):
        chamber_cells(net, symmetric_group(2))
    with pytest.raises(InputError, match="not equivariant"):
        chamber_regions(net, symmetric_group(2))
    with pytest.raises(ShapeError):
        chamber_cells(net, symmetric_group(3))
    with pytest.raises(ShapeError):
        chamber_regions(net, symmetric_group(3))
    with pytest.raises(ShapeError):
        chamber_regions(net, symmetric_group(2), [[[1]], [[1]]])
    shifted = hyperplane_arrangement([[1, 0], [0, 1]], [1, 1])
    with pytest.raises(InputError, match="bias"):
        fan_chamber_cells(shifted, symmetric_group(2))
    with pytest.raises(InputError, match="rank 1"):
        fan_chamber_cells(hyperplane_arrangement([[1, -1]]), symmetric_group(2))
