"""Hyperplane arrangements with known numbers of regions, as networks with one hidden layer.

The integer weights make every vertex degenerate.  The numbers are theorems or tabulated; faces of all
dimensions are known for the braid and type B arrangements and for generic ones, and the small ones are
also counted by Sage.
"""

from functools import cache
from itertools import combinations, product
from math import comb, factorial

import numpy as np
import pytest

from tests.oracles.complex_invariants import assert_face_lattice, assert_whole_space
from troppoly.network import Network
from troppoly.passagemath import load
from troppoly.refinement.refinement import canonical_complex


def difference(n, i, j):
    return [int(k == i) - int(k == j) for k in range(n)]


def with_offsets(n, offsets):
    """The hyperplanes x_i - x_j = c for i < j and the given c."""
    return [(difference(n, i, j), -c) for i, j in combinations(range(n), 2) for c in offsets]


def resonance(n):
    """All nonzero 0/1 normals."""
    return [(list(v), 0) for v in product((0, 1), repeat=n) if any(v)]


def threshold(n):
    """Weights w and a threshold b, cut by w . x + b = 0 for all x in {0, 1}^n."""
    return [([*x, 1], 0) for x in product((0, 1), repeat=n)]


def type_b(n):
    pairs = [[int(k == i) + s * int(k == j) for k in range(n)] for i, j in combinations(range(n), 2) for s in (1, -1)]
    return [(row, 0) for row in [*pairs, *np.eye(n, dtype=int).tolist()]]


ARRANGEMENTS = {
    "braid": lambda n: with_offsets(n, [0]),
    "Shi": lambda n: with_offsets(n, [0, 1]),
    "Catalan": lambda n: with_offsets(n, [-1, 0, 1]),
    "Linial": lambda n: with_offsets(n, [1]),
    "resonance": resonance,
    "threshold": threshold,
    "type B": type_b,
}

REGIONS = {
    "braid": {n: factorial(n) for n in range(2, 7)},
    "Shi": {n: (n + 1) ** (n - 1) for n in range(2, 7)},
    "Catalan": {n: factorial(n) * comb(2 * n, n) // (n + 1) for n in range(2, 6)},
    "Linial": {2: 2, 3: 7, 4: 36, 5: 246},
    "resonance": {1: 2, 2: 6, 3: 32, 4: 370, 5: 11292},
    "threshold": {1: 4, 2: 14, 3: 104, 4: 1882},
    "type B": {n: 2**n * factorial(n) for n in range(1, 5)},
}

CASES = [(name, n) for name, counts in REGIONS.items() for n in counts]


@cache
def complex_of(name, n):
    hyperplanes = ARRANGEMENTS[name](n)
    return complex_of_hyperplanes(hyperplanes)


def complex_of_hyperplanes(hyperplanes):
    normals, offsets = zip(*hyperplanes, strict=True)
    network = Network.from_arrays([list(normals), [[1] * len(normals)]], [list(offsets), [0]])
    return canonical_complex(network).complex


@pytest.mark.parametrize(("name", "n"), CASES)
def test_regions(name, n):
    complex_ = complex_of(name, n)
    assert complex_.n_cells == REGIONS[name][n]
    assert_whole_space(complex_)
    if complex_.n_cells < 1000:
        assert_face_lattice(complex_)


@pytest.mark.parametrize(("name", "n"), [case for case in CASES if case[0] in {"braid", "Shi", "Catalan", "Linial"}])
def test_lineality(name, n):
    """All normals are orthogonal to (1, ..., 1)."""
    complex_ = complex_of(name, n)
    assert complex_.lineality_dimension == 1
    assert len(set(complex_.lineality.row(0))) == 1
    assert complex_.n_bounded_cells == 0


@pytest.mark.parametrize(
    ("name", "bounded"),
    [
        ("Shi", {n: (n - 1) ** (n - 1) for n in range(2, 6)}),
        ("Catalan", {n: factorial(n) * comb(2 * n - 2, n - 1) // n for n in range(2, 6)}),
    ],
)
def test_relatively_bounded_regions(name, bounded):
    """Cells that are bounded modulo lineality (Stanley, An introduction to hyperplane arrangements, 5.4)."""
    for n, expected in bounded.items():
        assert np.count_nonzero(~complex_of(name, n).unbounded_faces[-1]) == expected


def stirling(n, k):
    """Partitions of n things into k blocks."""
    return sum((-1) ** (k - i) * comb(k, i) * i**n for i in range(k + 1)) // factorial(k)


@pytest.mark.parametrize("n", range(2, 7))
def test_faces_of_the_braid_arrangement_are_ordered_set_partitions(n):
    expected = (0, *(factorial(k) * stirling(n, k) for k in range(1, n + 1)))
    assert complex_of("braid", n).f_vector() == expected


@pytest.mark.parametrize("n", range(1, 5))
def test_faces_of_type_b_are_signed_ordered_partitions(n):
    """A set of coordinates that are 0, and an ordered partition of the others, with signs."""
    expected = tuple(
        sum(comb(n, j) * 2**j * factorial(k) * stirling(j, k) for j in range(k, n + 1)) for k in range(n + 1)
    )
    assert complex_of("type B", n).f_vector() == expected


@pytest.mark.parametrize(("d", "n"), [(2, 6), (3, 5), (4, 4), (5, 3), (6, 2), (3, 9), (4, 7), (1, 6)])
def test_generic_arrangements(d, n):
    """Random hyperplanes; faces by Zaslavsky 1975 (Buck 1943 in general position)."""
    generator = np.random.default_rng(10 * d + n)
    hyperplanes = [
        (generator.integers(-9999, 9999, d).tolist(), int(generator.integers(-9999, 9999))) for _ in range(n)
    ]
    complex_ = complex_of_hyperplanes(hyperplanes)
    expected = tuple(
        comb(n, d - k) * sum(comb(n - d + k, i) for i in range(k + 1)) if n >= d - k else 0 for k in range(d + 1)
    )
    assert complex_.f_vector() == expected
    assert complex_.n_cells == sum(comb(n, i) for i in range(d + 1))
    assert complex_.n_bounded_cells == (comb(n - 1, d) if n > d else 0)


def sage_arrangement(hyperplanes):
    field = load("sage.rings.rational_field").QQ
    arrangements = load("sage.geometry.hyperplane_arrangement.arrangement").HyperplaneArrangements
    d = len(hyperplanes[0][0])
    space = arrangements(field, tuple(f"x{i}" for i in range(d)))
    return space([[offset, *normal] for normal, offset in hyperplanes])


SMALL = [("braid", 3), ("Shi", 3), ("Catalan", 3), ("Linial", 3), ("resonance", 3), ("threshold", 2), ("type B", 2)]


@pytest.mark.parametrize(("name", "n"), [*SMALL, ("braid", 4), ("Linial", 4), ("type B", 3), ("Shi", 4)])
def test_regions_by_sage(name, n):
    assert complex_of(name, n).n_cells == int(sage_arrangement(ARRANGEMENTS[name](n)).n_regions())


@pytest.mark.parametrize(("name", "n"), SMALL)
def test_faces_and_cells_by_sage(name, n):
    """Sage's closed faces by dimension, and its regions as polyhedra."""
    complex_ = complex_of(name, n)
    arrangement = sage_arrangement(ARRANGEMENTS[name](n))
    dimensions = [face.dim() for _, face in arrangement.closed_faces()]
    assert complex_.f_vector() == tuple(dimensions.count(k) for k in range(len(ARRANGEMENTS[name](n)[0][0]) + 1))
    regions = set(arrangement.regions())
    assert {cell.polyhedron() for cell in complex_.cells} == regions
    bounded = [cell.polyhedron().is_compact() for cell in complex_.cells]
    assert [cell.is_bounded() for cell in complex_.cells] == bounded
