"""Sparse matrices against the dense ones with the same entries."""

import numpy as np
import pytest
from gmpy2 import mpq, mpz
from hypothesis import given
from hypothesis import strategies as st

from troppoly.errors import BudgetError, ShapeError
from troppoly.exact import RationalMatrix, SparseMatrix, economical, modular
from troppoly.exact.products import (
    SparseFloats,
    SparseResidues,
    float_transpose_product,
    residue_columns,
    residue_product,
    residue_transpose,
    residue_weights,
)

ENTRIES = st.one_of(st.just(0), st.just(0), st.fractions(-3, 3, max_denominator=4))


@st.composite
def matrices(draw, rows=None, columns=None):
    m = draw(st.integers(0, 5)) if rows is None else rows
    n = draw(st.integers(1, 5)) if columns is None else columns
    rows = [[draw(ENTRIES) for _ in range(n)] for _ in range(m)]
    return RationalMatrix.of(rows, columns=n)


def assert_same(sparse, dense):
    assert isinstance(sparse, SparseMatrix)
    assert sparse == dense
    assert dense == sparse
    assert hash(sparse) == hash(dense)
    assert sparse.dense() == dense
    assert SparseMatrix.of_matrix(dense) == sparse
    assert all(entry != 0 for entry in sparse.entries)


@given(matrices(), st.data())
def test_sparse_matrices_are_those_with_the_same_entries(a, data):
    m, n = a.shape
    b = data.draw(matrices(m, n))
    c = data.draw(matrices(n))
    A, B, C = (SparseMatrix.of_matrix(matrix) for matrix in (a, b, c))
    factor = data.draw(ENTRIES)
    assert_same(A, a)
    assert_same(A.T, a.T)
    assert_same(A @ C, a @ c)
    assert A @ c == a @ c == a @ C
    assert_same(A + B, a + b)
    assert A + b == a + B == a + b
    assert_same(A - B, a - b)
    assert_same(-A, -a)
    assert_same(factor * A, factor * a)
    assert_same(A.positive_part(), a.positive_part())
    assert_same(A.negative_part(), a.negative_part())
    assert_same(A.hstack(B), a.hstack(b))
    assert_same(A.vstack(B), a.vstack(b))
    assert a.hstack(B) == A.hstack(b) == a.hstack(b)
    assert a.vstack(B) == A.vstack(b) == a.vstack(b)
    assert (A == B) == (a == b)


@given(matrices(), st.data())
def test_parts_and_conversions(a, data):
    m, n = a.shape
    A = SparseMatrix.of_matrix(a)
    rows = data.draw(st.lists(st.integers(0, m - 1), max_size=4) if m else st.just([]))
    columns = data.draw(st.lists(st.integers(0, n - 1), max_size=4))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=m, max_size=m)), dtype=bool)
    assert_same(A.take_rows(rows), RationalMatrix.of([a.row(i) for i in rows], columns=n))
    assert_same(A.take_rows(mask), a.take_rows(mask))
    assert_same(A.take_columns(columns), a.T.take_rows(np.array(columns, dtype=int)).T)
    assert_same(A.widened(n + 2), a.hstack(RationalMatrix.zeros(m, 2)))
    x = data.draw(st.lists(st.fractions(max_denominator=9).map(mpq), min_size=n, max_size=n))
    assert A.apply(x) == a.apply(x)
    assert np.array_equal(A.to_floats(), a.to_floats())
    assert np.array_equal(A.nonzero(), a.nonzero())
    assert np.array_equal(A.to_rationals(), a.to_rationals())
    assert all(A.row(i) == a.row(i) for i in range(m))
    assert all(A.entry(i, j) == a.entry(i, j) for i in range(m) for j in range(n))
    sizes = np.arange(A.shape[1]).astype(object)
    assert list(A.absolute_times(sizes)) == [
        sum(abs(v) * size for v, size in zip(row, sizes, strict=True)) for row in a.numerators
    ]


@given(matrices(3, 4), st.data())
def test_scaling(a, data):
    A = SparseMatrix.of_matrix(a)
    column, row = data.draw(matrices(3, 1)), data.draw(matrices(1, 4))
    expected = [[a.entry(i, j) * column.entry(i, 0) for j in range(4)] for i in range(3)]
    assert_same(A.scale_rows(column), RationalMatrix.of(expected))
    if row.nonzero().all():
        expected = [[a.entry(i, j) * row.entry(0, j) for j in range(4)] for i in range(3)]
        assert_same(A.scale_columns(row), RationalMatrix.of(expected))
    primitive, factors = A.primitive_rows()
    assert all(factor > 0 for factor in factors)
    assert primitive.scale_rows(RationalMatrix.of([[1 / f] for f in factors])) == A
    assert primitive.denominator == 1


def test_shapes_and_sizes_are_checked():
    with pytest.raises(ShapeError, match="no product"):
        SparseMatrix.identity(2) @ SparseMatrix.identity(3)
    with pytest.raises(ShapeError, match="no sum"):
        SparseMatrix.identity(2) + SparseMatrix.zeros(2, 3)
    with pytest.raises(ShapeError, match="side by side"):
        SparseMatrix.identity(2).hstack(SparseMatrix.identity(3))
    with pytest.raises(ShapeError, match="above each other"):
        SparseMatrix.identity(2).vstack(SparseMatrix.identity(3))
    with pytest.raises(ShapeError, match="takes 2 entries"):
        SparseMatrix.identity(2).apply([mpq(1)])
    with pytest.raises(BudgetError, match="too large to be written out"):
        SparseMatrix.identity(10**6).dense()
    assert (SparseMatrix.identity(10**6) @ SparseMatrix.identity(10**6)).n_nonzero == 10**6


def test_matrices_are_sparse_where_that_is_smaller():
    assert isinstance(economical(RationalMatrix.identity(64)), SparseMatrix)
    assert not isinstance(economical(RationalMatrix.of(np.ones((64, 64)))), SparseMatrix)
    assert not isinstance(economical(SparseMatrix.identity(63)), SparseMatrix)


@given(matrices(4, 5), st.data())
def test_products_with_rows_are_those_of_arrays(a, data):
    A = SparseMatrix.of_matrix(a)
    dense = a.to_floats().T
    sparse = SparseFloats.of_transpose(A, A.nonzero_floats())
    integers = st.integers(-8, 8).map(float)
    rows = np.array(data.draw(st.lists(integers, min_size=10, max_size=10))).reshape(2, 5)
    back = np.array(data.draw(st.lists(integers, min_size=8, max_size=8))).reshape(2, 1, 4)
    assert np.allclose(rows @ sparse, rows @ dense, rtol=1e-12)
    assert np.allclose(float_transpose_product(back, sparse), back @ dense.T, rtol=1e-12)
    assert np.array_equal(sparse.columns([3, 1]), dense[:, [3, 1]])


def test_infinities_meet_no_zeros():
    sparse = SparseFloats.of_transpose(SparseMatrix.selection([0, 1], 3), np.ones(2))
    assert (np.array([[1.0, 2.0, np.inf]]) @ sparse).tolist() == [[1.0, 2.0]]


@given(matrices(4, 5), st.data())
def test_residues_of_products_are_those_of_arrays(a, data):
    count = 3
    dense = residue_weights(a.numerators, count)
    sparse = residue_weights(SparseMatrix.of_matrix(RationalMatrix(a.numerators)), count)
    assert isinstance(sparse, SparseResidues)
    large = st.integers(-(2**60), 2**60)
    rows = np.array([*data.draw(st.lists(large, min_size=10, max_size=10)), 0], dtype=object)[:-1]
    left = modular.residues(rows.reshape(2, 5), count)
    back = modular.residues(rows[:8].reshape(2, 4), count)
    assert_congruent(residue_product(left, sparse), residue_product(left, dense))
    transposes = residue_transpose(sparse), residue_transpose(dense)
    assert_congruent(*(residue_product(back, weight) for weight in transposes))
    assert np.array_equal(residue_columns(sparse, [2, 0]), residue_columns(dense, [2, 0]))
    assert_congruent(residue_product(left[:2], sparse.first(2)), residue_product(left[:2], dense[:2]))


def test_long_sums_of_residues_are_exact():
    n = 5000
    matrix = SparseMatrix.from_triples([0] * n, range(n), [mpz(2**40 + 1)] * n, (1, n))
    left = modular.residues(np.array([[2**41 + 3] * n], dtype=object), 6)
    found = modular.integers(residue_product(left, residue_weights(matrix, 6)))
    assert found[0, 0] == n * (2**40 + 1) * (2**41 + 3)


def assert_congruent(one, two):
    assert np.array_equal(modular.canonical(np.asarray(one)), modular.canonical(np.asarray(two)))
