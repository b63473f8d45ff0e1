"""Matrices over a common denominator against the same formulas in fractions."""

from fractions import Fraction
from math import gcd

import numpy as np
import pytest
from gmpy2 import mpq, mpz
from hypothesis import given
from hypothesis import strategies as st

from tests.exact.strategies import matrix, rows
from troppoly.errors import InputError, NotFiniteError, ShapeError
from troppoly.exact import RationalMatrix
from troppoly.passagemath import load

SIZES = st.integers(1, 4)


def entries(A):
    return [[Fraction(int(v.numerator), int(v.denominator)) for v in row] for row in A.to_rationals()]


def product(a, b):
    return [
        [
            sum((x * y for x, y in zip(row, column, strict=True)), Fraction(0))
            for column in zip(*b, strict=True)
        ]
        for row in a
    ]


@given(st.data())
def test_arithmetic(data):
    m, n, k = (data.draw(SIZES) for _ in range(3))
    a, b, c = data.draw(rows(m, n)), data.draw(rows(m, n)), data.draw(rows(n, k))
    A, B, C = matrix(a), matrix(b), matrix(c)
    scalar = data.draw(st.fractions(max_denominator=9))
    assert entries(A) == a
    assert entries(A + B) == [[x + y for x, y in zip(r, s, strict=True)] for r, s in zip(a, b, strict=True)]
    assert entries(A - B) == [[x - y for x, y in zip(r, s, strict=True)] for r, s in zip(a, b, strict=True)]
    assert entries(A @ C) == product(a, c)
    assert entries(scalar * A) == [[scalar * x for x in row] for row in a]
    assert entries(-A) == [[-x for x in row] for row in a]
    assert entries(A.T) == [list(column) for column in zip(*a, strict=True)]
    assert entries(A.positive_part()) == [[max(x, Fraction(0)) for x in row] for row in a]
    assert entries(A.negative_part()) == [[max(-x, Fraction(0)) for x in row] for row in a]
    assert entries(A.hstack(B)) == [r + s for r, s in zip(a, b, strict=True)]
    assert entries(A.vstack(B)) == a + b
    assert A.nonzero().tolist() == [[x != 0 for x in row] for row in a]
    x = tuple(mpq(row[0]) for row in c)
    assert A.apply(x) == tuple(mpq(row[0]) for row in product(a, [[row[0]] for row in c]))


@given(st.data())
def test_lowest_terms_so_that_equal_matrices_are_equal(data):
    m, n = data.draw(SIZES), data.draw(SIZES)
    a = data.draw(rows(m, n))
    A = matrix(a)
    factor = data.draw(st.integers(1, 50))
    scaled = RationalMatrix(A.numerators * mpz(factor), A.denominator * factor)
    assert gcd(int(A.denominator), *(int(v) for v in A.numerators.flat)) == 1
    assert scaled == A
    assert hash(scaled) == hash(A)
    assert scaled.denominator == A.denominator
    assert matrix(a[:1], n) != A or m == 1


@given(st.data())
def test_parts(data):
    a = data.draw(rows(4, 3))
    A = matrix(a)
    chosen = data.draw(st.lists(st.integers(0, 3), max_size=4))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=3, max_size=3)))
    assert entries(A.take_rows(np.array(chosen, dtype=int))) == [a[i] for i in chosen]
    assert entries(A.take_columns(mask)) == [
        [v for v, keep in zip(row, mask, strict=True) if keep] for row in a
    ]
    assert A.row(2) == tuple(mpq(v) for v in a[2])
    assert A.entry(1, 2) == mpq(a[1][2])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6))
def test_arrays_of_floats_are_exact(values):
    A = RationalMatrix.of(np.array([values]))
    assert entries(A) == [[Fraction(v) for v in values]]
    assert RationalMatrix.of([values]) == A
    assert A.to_floats().tolist() == [values]


@pytest.mark.parametrize(
    "kind", [np.float16, np.float32, np.float64, np.longdouble, np.int8, np.uint64, object]
)
def test_kinds_of_arrays(kind):
    values = np.array([[3, 0], [5, 100]], dtype=kind)
    assert RationalMatrix.of(values) == RationalMatrix.of([[3, 0], [5, 100]])
    assert RationalMatrix.of(values[:, ::-1]) == RationalMatrix.of([[0, 3], [100, 5]])


def test_large_and_small_numbers():
    assert RationalMatrix.of(np.array([[2**64 - 1]], dtype=np.uint64)).entry(0, 0) == 2**64 - 1
    tiny = RationalMatrix.of(np.array([[5e-324, 1.7e308]]))
    assert tiny.entry(0, 0) == mpq(1, 2**1074)
    assert tiny.entry(0, 1) == mpq(1.7e308)
    assert RationalMatrix.of([[10**400, -(10**400), mpq(1, 10**400)]]).to_floats().tolist() == [
        [np.inf, -np.inf, 0]
    ]


def test_floats_are_the_nearest():
    third = mpq(1, 3)
    assert RationalMatrix.of([[third]]).to_floats()[0, 0] == 1 / 3
    halfway = mpq(2**53 + 1, 2**53)  # between 1 and the next float: to the even one
    assert RationalMatrix.of([[halfway]]).to_floats()[0, 0] == 1.0


def test_sage_matrices():
    sage = load("sage.matrix.constructor").matrix
    field = load("sage.rings.rational_field").QQ
    assert RationalMatrix.of(sage(field, [[1, field(1) / 2]])) == RationalMatrix.of([[1, "1/2"]])


def test_torch_tensors():
    torch = pytest.importorskip("torch", reason="PyTorch is an extra")
    values = torch.tensor([[0.1, -2.0]], requires_grad=True)
    assert RationalMatrix.of(values) == RationalMatrix.of(np.array([[0.1, -2.0]], dtype=np.float32))
    assert RationalMatrix.of(values.bfloat16()).entry(0, 0) == mpq(205, 2048)


def test_no_rows_and_no_columns():
    nothing = RationalMatrix.of([], columns=3)
    assert nothing.shape == (0, 3)
    assert (nothing @ RationalMatrix.zeros(3, 2)).shape == (0, 2)
    assert RationalMatrix.zeros(2, 0) @ RationalMatrix.zeros(0, 3) == RationalMatrix.zeros(2, 3)
    assert RationalMatrix.zeros(2, 0).apply(()) == (0, 0)
    assert nothing.vstack(RationalMatrix.identity(3)) == RationalMatrix.identity(3)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ([[1, 2], [3]], ShapeError, "row 1 has 1 entries, row 0 has 2"),
        ([1, 2], ShapeError, "a sequence of rows"),
        (np.zeros(3), ShapeError, "two axes"),
        (np.zeros((1, 1, 1)), ShapeError, "two axes"),
        (5, ShapeError, "a sequence of rows"),
        ([[1, float("nan")]], NotFiniteError, r"entry \(0, 1\) is nan"),
        (np.array([[1.0], [np.inf]]), NotFiniteError, r"entry \(1, 0\) is inf"),
        (np.array([[1j]]), InputError, r"entry \(0, 0\)"),
        ([["x"]], InputError, r"entry \(0, 0\)"),
    ],
)
def test_refusals(value, error, message):
    with pytest.raises(error, match=message):
        RationalMatrix.of(value)


def test_shapes_that_do_not_fit():
    A, B = RationalMatrix.zeros(2, 3), RationalMatrix.zeros(2, 2)
    for operation in (
        lambda: A + B,
        lambda: A - B,
        lambda: A @ B,
        lambda: A.vstack(B),
        lambda: A.hstack(RationalMatrix.zeros(3, 1)),
        lambda: A.apply((mpq(1),)),
        lambda: RationalMatrix.of([[1]], columns=2),
    ):
        with pytest.raises(ShapeError):
            operation()


def test_immutable_and_apart_from_its_source():
    source = np.array([[mpz(1), mpz(2)]], dtype=object)
    A = RationalMatrix(source)
    source[0, 0] = mpz(9)
    assert A.entry(0, 0) == 1
    with pytest.raises(ValueError, match="read-only"):
        A.numerators[0, 0] = mpz(5)
    with pytest.raises(AttributeError, match="immutable"):
        A.denominator = mpz(2)
