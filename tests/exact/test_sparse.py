"""What sparse matrices alone do, and their products with rows of floats and of residues."""

import copy
import pickle
from math import gcd

import numpy as np
import pytest
from gmpy2 import mpq, mpz
from hypothesis import given
from hypothesis import strategies as st

from troppoly.errors import BudgetError
from troppoly.exact import RationalMatrix, SparseMatrix, modular
from troppoly.exact.linear import primitive_rows
from troppoly.exact.products import SparseWeights

ENTRIES = st.one_of(st.just(0), st.just(0), st.fractions(-3, 3, max_denominator=4))


@st.composite
def matrices(draw, rows=None, columns=None):
    m = draw(st.integers(0, 5)) if rows is None else rows
    n = draw(st.integers(1, 5)) if columns is None else columns
    rows = [[draw(ENTRIES) for _ in range(n)] for _ in range(m)]
    return RationalMatrix.of(rows, columns=n)


@given(matrices(3, 4))
def test_primitive_rows(a):
    primitive, factors = primitive_rows(a)
    assert all(factor > 0 for factor in factors)
    assert SparseMatrix.diagonal([1 / f for f in factors]) @ primitive == a
    assert primitive.denominator == 1
    assert all(gcd(*(int(v) for v in row)) in (0, 1) for row in primitive.numerators)


def test_selections_and_diagonals():
    assert SparseMatrix.selection([1, 1], 2, [mpq(1, 2), mpq(0)]).tolist() == [[0, mpq(1, 2)], [0, 0]]
    assert SparseMatrix.diagonal([mpq(2), mpq(0)]).tolist() == [[2, 0], [0, 0]]
    assert SparseMatrix.diagonal([]).shape == (0, 0)


def test_large_matrices_are_not_written_out():
    n = 10**6
    A = SparseMatrix.identity(n)
    with pytest.raises(BudgetError, match="too large to be written out"):
        A.dense()
    with pytest.raises(BudgetError, match="too large to be written out"):
        A.to_floats()
    assert (A @ A).n_nonzero == n
    assert A[n - 1, n - 1] == 1
    assert copy.deepcopy(pickle.loads(pickle.dumps(A))) == A == 2 * A - A.T


def test_matrices_are_sparse_where_that_is_smaller():
    assert isinstance(RationalMatrix.identity(64).economical(), SparseMatrix)
    assert not isinstance(RationalMatrix.of(np.ones((64, 64))).economical(), SparseMatrix)
    assert not isinstance(SparseMatrix.identity(63).economical(), SparseMatrix)


@given(matrices(4, 5), st.data())
def test_products_with_rows_are_those_of_arrays(a, data):
    dense = a.to_floats().T
    sparse = a.sparse().float_weights()
    integers = st.integers(-8, 8).map(float)
    rows = np.array(data.draw(st.lists(integers, min_size=10, max_size=10))).reshape(2, 5)
    back = np.array(data.draw(st.lists(integers, min_size=8, max_size=8))).reshape(2, 1, 4)
    assert np.allclose(rows @ sparse, rows @ dense, rtol=1e-12)
    assert np.allclose(back @ sparse.mT, back @ dense.T, rtol=1e-12)
    assert np.array_equal(sparse[..., [3, 1]][0], dense[:, [3, 1]])


def test_infinities_meet_no_zeros():
    sparse = SparseMatrix.selection([0, 1], 3).float_weights()
    assert (np.array([[1.0, 2.0, np.inf]]) @ sparse).tolist() == [[1.0, 2.0]]


@given(matrices(4, 5), st.data())
def test_residues_of_products_are_those_of_arrays(a, data):
    count = 3
    dense = a.residue_weights(count)
    sparse = a.sparse().residue_weights(count)
    assert isinstance(sparse, SparseWeights)
    large = st.integers(-(2**60), 2**60)
    rows = np.array([*data.draw(st.lists(large, min_size=10, max_size=10)), 0], dtype=object)[:-1]
    left = modular.residues(rows.reshape(2, 5), count)
    back = modular.residues(rows[:8].reshape(2, 4), count)
    assert_congruent(modular.matmul(left, sparse), modular.matmul(left, dense))
    assert_congruent(modular.matmul(back, sparse.mT), modular.matmul(back, dense.mT))
    assert np.array_equal(sparse[..., [2, 0]], dense[..., [2, 0]])
    assert_congruent(modular.matmul(left[:2], sparse[:2]), modular.matmul(left[:2], dense[:2]))


def test_long_sums_of_residues_are_exact():
    n = 5000
    matrix = SparseMatrix.from_triples([0] * n, range(n), [mpz(2**40 + 1)] * n, (1, n))
    left = modular.residues(np.array([[2**41 + 3] * n], dtype=object), 6)
    found = modular.integers(modular.matmul(left, matrix.residue_weights(6)))
    assert found[0, 0] == n * (2**40 + 1) * (2**41 + 3)


def assert_congruent(one, two):
    assert np.array_equal(modular.canonical(np.asarray(one)), modular.canonical(np.asarray(two)))
