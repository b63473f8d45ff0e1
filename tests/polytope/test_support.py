"""Hulls from support functions against passagemath's hull of all sums."""

from itertools import product

import numpy as np
import pytest
from gmpy2 import mpz
from hypothesis import given
from hypothesis import strategies as st

from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.passagemath import polyhedron
from troppoly.polytope import support
from troppoly.polytope.support import hull_of_sum


def hull_of_all_sums(summands):
    """The definition: every sum of points, handed to passagemath."""
    width = summands[0].shape[1]
    rows = [[s.row(i) for i in range(s.shape[0])] for s in summands]
    sums = [[sum(entries) for entries in zip(*chosen, strict=True)] for chosen in product(*rows)]
    return polyhedron(vertices=sums, rays=[[0] * (width - 1) + [-1]], ambient_dim=width)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("d", "sizes"), [(1, (40, 40)), (2, (300,)), (2, (8, 8, 8)), (3, (20, 20)), (0, (9,))])
def test_more_sums_than_are_formed(d, sizes, seed):
    generator = np.random.default_rng(seed)
    summands = [RationalMatrix.of(generator.uniform(-1, 1, (n, d + 1)).astype(np.float32)) for n in sizes]
    assert hull_of_sum(summands) == hull_of_all_sums(summands)


small_matrices = st.integers(1, 3).flatmap(
    lambda width: st.lists(
        st.lists(st.lists(st.integers(-2, 2), min_size=width, max_size=width), min_size=1, max_size=5).map(
            RationalMatrix.of
        ),
        min_size=1,
        max_size=3,
    )
)


@given(small_matrices)
def test_every_start_gives_the_same_hull(summands):
    """Degenerate sums, with the rounds from one point at a time instead of all sums at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(support, "_FEW", 0)
        patch.setattr(
            support, "_some_points", lambda _, integers: [tuple(sum(s[0] for s in integers[1:]) + integers[0][0])]
        )
        assert hull_of_sum(summands) == hull_of_all_sums(summands)


def test_floats_out_of_range_do_not_matter():
    """Coordinates beyond the range of floats: only the choice of the first points is made in floats."""
    huge = mpz(10) ** 400
    rows = np.array([[mpz(i), -mpz(i * i) * huge] for i in range(-150, 150)], dtype=object)
    assert hull_of_sum([DenseMatrix(rows)]).n_vertices() == 300
    assert hull_of_sum([DenseMatrix(rows, 3 * huge)]).n_vertices() == 300
