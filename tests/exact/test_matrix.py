"""Numbers of every kind as entries of matrices."""

from fractions import Fraction

import numpy as np
import pytest
from gmpy2 import mpq, mpz
from hypothesis import given
from hypothesis import strategies as st

from troppoly.errors import InputError, NotFiniteError, ShapeError
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.passagemath import load


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6))
def test_arrays_of_floats_are_exact(values):
    A = RationalMatrix.of(np.array([values]))
    assert A.tolist() == [[Fraction(v) for v in values]]
    assert RationalMatrix.of([values]) == A
    assert A.to_floats().tolist() == [values]


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.longdouble, np.int8, np.uint64, object])
def test_kinds_of_arrays(kind):
    values = np.array([[3, 0], [5, 100]], dtype=kind)
    assert RationalMatrix.of(values) == RationalMatrix.of([[3, 0], [5, 100]])
    assert RationalMatrix.of(values[:, ::-1]) == RationalMatrix.of([[0, 3], [100, 5]])


def test_large_and_small_numbers():
    assert RationalMatrix.of(np.array([[2**64 - 1]], dtype=np.uint64))[0, 0] == 2**64 - 1
    tiny = RationalMatrix.of(np.array([[5e-324, 1.7e308]]))
    assert tiny[0, 0] == mpq(1, 2**1074)
    assert tiny[0, 1] == mpq(1.7e308)
    assert RationalMatrix.of([[10**400, -(10**400), mpq(1, 10**400)]]).to_floats().tolist() == [[np.inf, -np.inf, 0]]


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
    assert RationalMatrix.of(values.bfloat16())[0, 0] == mpq(205, 2048)


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
        ([[1, 2], [3]], ShapeError, "Row 1 of the matrix has 1 entry, row 0 has 2"),
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


def test_immutable_and_apart_from_its_source():
    source = np.array([[mpz(1), mpz(2)]], dtype=object)
    A = DenseMatrix(source)
    source[0, 0] = mpz(9)
    assert A[0, 0] == 1
