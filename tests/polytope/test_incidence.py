"""The modular zero test."""

import numpy as np
import pytest
from gmpy2 import mpq, mpz
from hypothesis import given
from hypothesis import strategies as st

from troppoly.exact import DenseMatrix, RationalMatrix, modular
from troppoly.polytope.upper_hull import incidence

PRIME = int(modular.moduli(1)[0])


def hyperplane(*row):
    return np.array([[mpz(v) for v in row]], dtype=object)


@pytest.mark.parametrize("value", [PRIME, -PRIME, PRIME**2, PRIME * 2**80])
def test_a_multiple_of_the_prime_is_not_zero(value):
    assert not incidence(RationalMatrix.of([[value]]), hyperplane(0, 1))[0, 0]
    assert incidence(RationalMatrix.of([[value]]), hyperplane(-value, 1))[0, 0]


def test_a_denominator_that_is_the_prime():
    points = RationalMatrix.of([[mpq(1, PRIME)], [mpq(2, PRIME)]])
    assert incidence(points, hyperplane(-1, PRIME)).tolist() == [[True], [False]]


def test_residues_at_their_largest():
    points = RationalMatrix.of([[PRIME - 1, 1 - PRIME]])
    assert incidence(points, hyperplane(0, PRIME - 1, PRIME - 1))[0, 0]
    assert not incidence(points, hyperplane(0, PRIME - 1, 1 - PRIME))[0, 0]


@pytest.mark.parametrize(("n", "m"), [(0, 1), (1, 0), (0, 0)])
def test_no_points_or_no_hyperplanes(n, m):
    assert incidence(RationalMatrix.zeros(n, 2), np.zeros((m, 3), dtype=object)).shape == (n, m)


@given(
    st.lists(st.lists(st.integers(-3, 3), min_size=2, max_size=2), min_size=1, max_size=6),
    st.lists(st.lists(st.integers(-3, 3), min_size=3, max_size=3), min_size=1, max_size=6),
    st.integers(1, 5),
)
def test_against_the_definition(points, rows, denominator):
    matrix = DenseMatrix(np.array([[mpz(v) for v in p] for p in points], dtype=object), denominator)
    planes = np.array([[mpz(v) for v in row] for row in rows], dtype=object)
    expected = [[b * denominator + a[0] * p[0] + a[1] * p[1] == 0 for b, *a in rows] for p in points]
    assert incidence(matrix, planes).tolist() == expected
