"""Every class of matrices does what the same formulas in Python's fractions and NumPy's arrays of objects do."""

import copy
import itertools
import operator
import pickle
from fractions import Fraction
from math import gcd

import numpy as np
import pytest
from gmpy2 import mpq, mpz
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exact.strategies import rows
from troppoly.errors import NotFiniteError, ShapeError
from troppoly.exact import DenseMatrix, RationalMatrix, SparseMatrix, modular

CLASSES = (DenseMatrix, SparseMatrix)
ENTRIES = st.one_of(st.just(Fraction(0)), st.fractions(-3, 3, max_denominator=4))
SIZES = st.integers(0, 4)
few = settings(max_examples=30)
every_class = pytest.mark.parametrize("kind", CLASSES)
every_pair = pytest.mark.parametrize(("kind", "other"), [*itertools.product(CLASSES, CLASSES)])


def array(table, n):
    """The exact entries of rows of fractions."""
    result = np.empty((len(table), n), dtype=object)
    for place, value in zip(np.ndindex(result.shape), itertools.chain(*table), strict=True):
        result[place] = mpq(value)
    return result


def product(a, b):
    table = [[sum((x * y for x, y in zip(row, c, strict=True)), mpq(0)) for c in b.T] for row in a]
    return array(table, b.shape[1])


def assert_same(matrix, expected):
    """The matrix has the expected entries, stored in the one way that is possible."""
    expected = np.asarray(expected)
    assert matrix.shape == expected.shape
    assert matrix.tolist() == expected.tolist()
    assert gcd(int(matrix.denominator), *(int(v) for v in matrix.numerators.flat)) == 1
    assert matrix.n_nonzero == np.count_nonzero(expected)
    for kind in CLASSES:
        same = kind.from_rationals(expected)
        assert type(same) is kind
        assert matrix == same
        assert hash(matrix) == hash(same)
        assert repr(matrix) == repr(same)
    if isinstance(matrix, SparseMatrix):
        assert all(entry != 0 for entry in matrix.entries)


@every_pair
@few
@given(data=st.data())
def test_arithmetic(kind, other, data):
    m, n, k = (data.draw(SIZES) for _ in range(3))
    a, b, c = (array(data.draw(rows(*shape, ENTRIES)), shape[1]) for shape in ((m, n), (m, n), (n, k)))
    A, B, C = kind.of(a), other.of(b), other.of(c, columns=k)
    assert_same(A, a)
    assert_same(A + B, a + b)
    assert_same(A - B, a - b)
    assert_same(A @ C, product(a, c))
    assert_same(A.hstack(B), np.concatenate([a, b], axis=1))
    assert_same(A.vstack(B), np.concatenate([a, b]))
    assert (A == B) == (a.tolist() == b.tolist())
    if isinstance(A, SparseMatrix) and isinstance(B, SparseMatrix):
        assert all(isinstance(X, SparseMatrix) for X in (A + B, A - B, A @ C))
    if isinstance(A, SparseMatrix) or isinstance(B, SparseMatrix):
        assert isinstance(A.hstack(B), SparseMatrix)


@every_class
@few
@given(data=st.data())
def test_one_matrix(kind, data):
    m, n = data.draw(SIZES), data.draw(SIZES)
    a = array(data.draw(rows(m, n, ENTRIES)), n)
    A, factor = kind.of(a), mpq(data.draw(ENTRIES))
    results = {
        "minus": (-A, -a),
        "multiple": (factor * A, factor * a),
        "multiple from the right": (A * factor, a * factor),
        "absolute values": (abs(A), np.abs(a)),
        "positive part": (A.positive_part(), np.where(a > 0, a, mpq(0))),
        "negative part": (A.negative_part(), np.where(a < 0, -a, mpq(0))),
        "transpose": (A.T, a.T),
        "pickle": (pickle.loads(pickle.dumps(A)), a),
        "deep copy": (copy.deepcopy([A])[0], a),
        "of itself": (kind.of(A), a),
    }
    for result, expected in results.values():
        assert type(result) is kind
        assert_same(result, expected)
    for conversion in CLASSES:
        assert type(conversion.of(A)) is conversion
        assert_same(conversion.of(A), a)
    assert_same(A.economical(), a)
    x = tuple(mpq(v) for v in data.draw(st.lists(ENTRIES, min_size=n, max_size=n)))
    assert A.apply(x) == tuple(product(a, array([[v] for v in x], 1))[:, 0])
    assert A.nonzero().tolist() == (a != 0).tolist()
    assert A.nonzero_columns().tolist() == [any(column) for column in a.T]
    assert A.to_floats().tolist() == [[float(Fraction(v.numerator, v.denominator)) for v in row] for row in a]


@every_class
@few
@given(data=st.data())
def test_it_is_indexed_as_the_array_of_its_entries(kind, data):
    m, n = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    a = array(data.draw(rows(m, n, ENTRIES)), n)
    A = kind.of(a)
    row, column = data.draw(st.integers(-m, m - 1)), data.draw(st.integers(-n, n - 1))
    slices = data.draw(st.tuples(st.slices(m), st.slices(n)))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=m, max_size=m)))
    chosen = data.draw(st.lists(st.integers(-m, m - 1), max_size=3))
    indices = np.array(chosen, dtype=int)
    keys = [row, np.int64(row), slices[0], slices, (row, slices[1]), (slices[0], column), (row, indices % n)]
    keys += [
        mask,
        indices,
        (mask, column),
        (indices, indices % n),
        (indices, slices[1]),
        ...,
        (..., column),
        (None, row),
    ]
    for key in keys:
        part = A[key]
        assert part.dtype == object
        assert part.tolist() == a[key].tolist()
    assert A[row, column] == a[row, column]
    assert A.row(row) == tuple(a[row])
    assert_same(A.take_rows(mask), a[mask])
    assert_same(A.take_rows(chosen), a[indices])
    assert_same(A.take_columns(indices % n), a[:, indices % n])
    assert len(A) == m
    assert [entries.tolist() for entries in A] == a.tolist() == A.tolist() == np.array(A).tolist()
    assert np.array(A).dtype == object
    assert np.asarray(A, dtype=float).tolist() == A.to_floats().tolist()
    for wrong in (m, -m - 1, (0, n)):
        with pytest.raises(IndexError):
            A[wrong]


@every_class
def test_constructors(kind):
    for constructor in (kind, RationalMatrix):
        assert_same(constructor.zeros(2, 3), array([[0] * 3] * 2, 3))
        assert_same(constructor.identity(2), array([[1, 0], [0, 1]], 2))
        assert_same(constructor.of([[0.5, "1/3"]]), array([[Fraction(1, 2), Fraction(1, 3)]], 2))
        assert constructor.of([], columns=3).shape == (0, 3)
        with pytest.raises(NotFiniteError, match=r"entry \(0, 1\) is nan"):
            constructor.of([[1, float("nan")]])
        with pytest.raises(ShapeError, match="2 columns are needed"):
            constructor.of(kind.identity(3), columns=2)
    assert RationalMatrix.of(kind.identity(2)) == kind.identity(2)
    assert isinstance(RationalMatrix.zeros(100, 100), DenseMatrix)


@every_pair
def test_shapes_that_do_not_fit(kind, other):
    A, B = kind.zeros(2, 3), other.zeros(3, 2)
    for operation, words in (
        (lambda: A + B, "no sum"),
        (lambda: A - B, "no sum"),
        (lambda: A @ other.zeros(2, 2), "no product"),
        (lambda: A.vstack(B), "above each other"),
        (lambda: A.hstack(B), "side by side"),
        (lambda: A.apply((mpq(1),)), "takes 3 entries"),
    ):
        with pytest.raises(ShapeError, match=words):
            operation()


@every_class
def test_what_is_no_matrix_is_refused_by_operators(kind):
    A = kind.identity(2)
    for operation in (operator.add, operator.sub, operator.matmul):
        for left, right in ((A, np.eye(2)), (np.eye(2), A), (A, 3)):
            with pytest.raises(TypeError):  # Python and NumPy word it
                operation(left, right)
    assert np.eye(2).tolist() != A
    with pytest.raises(ValueError, match="always a copy"):
        np.array(A, copy=False)


@every_class
def test_it_is_immutable(kind):
    A = kind.identity(2)
    with pytest.raises(ValueError, match="read-only"):
        A.numerators[0, 0] = mpz(5)
    with pytest.raises(ValueError, match="read-only"):
        A.entries[(0,) * A.entries.ndim] = mpz(5)
    for change in (lambda: setattr(A, "denominator", mpz(2)), lambda: delattr(A, "entries")):
        with pytest.raises(AttributeError, match="immutable"):
            change()


@every_class
@few
@given(rows(3, 4, ENTRIES), st.lists(st.integers(-8, 8), min_size=8, max_size=8))
def test_floats_and_residues_are_those_of_the_transpose(kind, table, left):
    A = kind.of(table)
    floats, points = A.to_floats().T, np.array(left, dtype=float).reshape(2, 4)
    assert np.allclose(points @ A.float_weights(), points @ floats, rtol=1e-12, atol=1e-12)
    weights = A.residue_weights(2)
    assert np.array_equal(modular.integers(weights[..., range(3)]), A.numerators.T)


@every_pair
def test_large_products(kind, other):
    """Entries of the product of many numbers of 200 bits, in Python's integers."""
    random = np.random.default_rng(0)
    a, b = ([[int.from_bytes(random.bytes(25), "big") - 2**199 for _ in range(40)] for _ in range(40)] for _ in "ab")
    C = kind.of(a) @ other.of(b)
    for i, j in random.integers(40, size=(9, 2)):
        assert C[i, j] == sum(a[i][k] * b[k][j] for k in range(40))
