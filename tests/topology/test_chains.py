"""Homology over the integers: complexes with torsion by hand, divisors of minors, and a region in R^5 with Z/2."""

from itertools import combinations, pairwise, product
from math import gcd

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import troppoly as tp
from tests.complex.test_subcomplex import subcomplexes
from tests.crossing.cones import determinant
from troppoly.topology import Homology, homology
from troppoly.topology.chains import Boundary, Chains
from troppoly.topology.reduction import intervals

PLANE = [(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5), (0, 1, 5), (1, 2, 4), (2, 3, 5), (1, 3, 4), (2, 4, 5), (1, 3, 5)]
"""The projective plane with six vertices."""


def simplicial(facets):
    """The chains of a simplicial complex."""
    top = max(map(len, facets))
    cells = [sorted({s for f in facets for s in combinations(sorted(f), k)}) for k in range(1, top + 1)]
    boundaries = []
    for lower, upper in pairwise(cells):
        entries = [(i, lower.index(s[:j] + s[j + 1 :]), (-1) ** j) for i, s in enumerate(upper) for j in range(len(s))]
        boundaries.append(Boundary(*np.array(entries).T))
    return Chains(tuple(map(len, cells)), tuple(boundaries))


def grid(n, twisted):
    """A torus or a Klein bottle of n^2 squares, each cut in two."""

    def name(i, j):
        turns, i = divmod(i, n)
        return i * n + (-j % n if twisted and turns else j % n)

    squares = [(i, j) for i in range(n) for j in range(n)]
    corners = [[name(i, j), name(i + 1, j), name(i + 1, j + 1), name(i, j + 1)] for i, j in squares]
    return [t for a, b, c, d in corners for t in ((a, b, c), (a, c, d))]


@pytest.mark.parametrize(
    ("facets", "groups"),
    [
        (PLANE, "(Z, Z/2, 0)"),
        (grid(4, False), "(Z, Z^2, Z)"),
        (grid(4, True), "(Z, Z + Z/2, 0)"),
        (list(combinations(range(5), 4)), "(Z, 0, 0, Z)"),
        ([(0, 1), (2, 3), (1, 4), (0, 4)], "(Z^2, Z)"),
    ],
)
def test_known_spaces(facets, groups):
    chains = simplicial(facets)
    found = chains.homology(len(chains.counts))
    assert repr(found) == groups
    for p in (0, 2, 3):
        levels = [np.zeros(n, dtype=np.int64) for n in chains.counts]
        bars = list(intervals(chains, levels, p))
        assert found.betti_numbers(p) == tuple(sum(k == b[0] for b in bars) for k in range(len(chains.counts)))


@given(st.integers(1, 5), st.integers(1, 5), st.randoms(use_true_random=False))
@settings(max_examples=80)
def test_elementary_divisors(m, n, random):
    """The product of the first k is the greatest common divisor of all minors of size k."""
    matrix = [[random.choice([0, 1, -1]) for _ in range(n)] for _ in range(m)]
    entries = [(j, i, matrix[i][j]) for i in range(m) for j in range(n) if matrix[i][j]]
    chains = Chains((m, n), (Boundary(*np.array(entries, dtype=np.int64).reshape(-1, 3).T),))
    products = [1]
    for k in range(1, min(m, n) + 1):
        minors = product(combinations(matrix, k), combinations(range(n), k))
        products.append(
            gcd(*(int(determinant([[row[c] for c in columns] for row in rows])) for rows, columns in minors))
        )
    products = [p for p in products if p]
    divisors = [b // a for a, b in pairwise(products)]
    expected = Homology((m - len(divisors), n - len(divisors)), (tuple(t for t in divisors if t > 1), ()))
    assert chains.homology(2) == expected


@given(subcomplexes())
@settings(max_examples=40)
def test_boundaries_of_boundaries_are_zero(part):
    chains = Chains.of(part.complex)
    maps = []
    for k, (owners, entries, signs) in enumerate(chains.boundaries):
        matrix = np.zeros((chains.counts[k], chains.counts[k + 1]), dtype=int)
        matrix[entries, owners] = signs
        assert (signs**2 == 1).all()
        maps.append(matrix)
    assert all(not (a @ b).any() for a, b in pairwise(maps))


@given(subcomplexes())
@settings(max_examples=40)
def test_regions_of_space_have_no_torsion(part):
    found = homology(part)
    assert found.ranks == part.betti_numbers()
    assert not any(found.torsion)


def test_a_region_that_is_a_projective_plane():
    """{x : x_i > 0 for i in a face of the plane only} in the hyperplane where the six x_i have the sum 1."""
    rows = [[int(i == j) for j in range(5)] for i in range(5)] + [[-1] * 5]
    complex_ = tp.canonical_complex(tp.Network.from_arrays([rows, [[1] * 6]], [[0] * 5 + [1], [0]]))
    signs = complex_.activation()[0]
    masks = [np.zeros(complex_.n_cones(k), dtype=bool) for k in range(1, 7)]
    masks[-1] = np.array([any({*np.flatnonzero(s > 0).tolist()} <= {*f} for f in PLANE) for s in signs])
    found = homology(tp.geometry.Subcomplex.generated(complex_.complex, masks))
    assert repr(found) == "(Z, Z/2, 0, 0, 0, 0)"
    assert found.betti_numbers(2) == (1, 1, 1, 0, 0, 0)
    assert found.betti_numbers() == found.betti_numbers(3) == (1, 0, 0, 0, 0, 0)


def test_torsion_needs_a_prime_modulus():
    plane = Homology((1, 0, 0), ((), (2,), ()))
    for wrong in (1, 4, 9, 15):
        with pytest.raises(tp.InputError, match="prime"):
            plane.betti_numbers(wrong)
    assert plane.euler_characteristic() == 1
    assert not plane.is_zero()
    assert not Homology((0, 0), ((2,), ())).is_zero()
