"""Linear algebra over the rationals against its definitions, and Sage's echelon forms."""

from fractions import Fraction
from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exact.strategies import matrix, rows
from troppoly.errors import InputError, ShapeError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import inverse, kernel, rank, row_basis, solve
from troppoly.passagemath import load


def sage_matrix(table, n):
    field = load("sage.rings.rational_field").QQ
    return load("sage.matrix.constructor").matrix(field, len(table), n, [field(v) for row in table for v in row])


@st.composite
def low_rank(draw):
    """A product of random matrices through a space of small dimension."""
    m, n, r = draw(st.integers(0, 5)), draw(st.integers(1, 5)), draw(st.integers(0, 3))
    left, right = draw(rows(m, r)), draw(rows(r, n))
    table = [[sum((a * b[j] for a, b in zip(row, right, strict=True)), Fraction(0)) for j in range(n)] for row in left]
    return table, n


@given(low_rank())
def test_rank_kernel_and_row_basis(case):
    table, n = case
    A = matrix(table, n)
    expected = sage_matrix(table, n)
    assert rank(A) == expected.rank()
    basis = row_basis(A)
    assert basis == list(expected.pivot_rows())  # the first rows that are independent
    K = kernel(A)
    assert K.shape == (n - expected.rank(), n)
    assert RationalMatrix.zeros(len(table), K.shape[0]) == A @ K.T
    assert rank(K) == K.shape[0]
    assert K.denominator == 1
    assert all(gcd(*(int(v) for v in row)) == 1 for row in K.numerators)


@given(st.data())
def test_solve_and_inverse(data):
    n, k = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    a, b = data.draw(rows(n, n)), data.draw(rows(n, k))
    A, B = matrix(a), matrix(b)
    if sage_matrix(a, n).is_invertible():
        assert A @ solve(A, B) == B
        assert inverse(A) @ A == A @ inverse(A) == RationalMatrix.identity(n)
    else:
        with pytest.raises(InputError, match="singular"):
            solve(A, B)


def test_hilbert_matrix():
    """Known inverse with large entries: (-1)^(i+j) (i+j-1) C(n+i-1, n-j) C(n+j-1, n-i) C(i+j-2, i-1)^2."""
    H = RationalMatrix.of([[Fraction(1, i + j + 1) for j in range(8)] for i in range(8)])
    assert inverse(H)[0, 0] == 64
    assert inverse(H)[7, 7] == 176679360
    assert inverse(H) @ H == RationalMatrix.identity(8)


def test_shapes():
    with pytest.raises(ShapeError):
        inverse(RationalMatrix.zeros(2, 3))
    with pytest.raises(ShapeError):
        solve(RationalMatrix.identity(2), RationalMatrix.zeros(3, 1))
    assert kernel(RationalMatrix.zeros(0, 2)) == RationalMatrix.identity(2)
    assert rank(RationalMatrix.zeros(3, 3)) == 0
    assert np.array_equal(row_basis(RationalMatrix.zeros(3, 3)), [])
