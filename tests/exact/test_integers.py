"""Integers as machine words and as ``mpz``: the same numbers, whatever their size; matrices of either are the same."""

import pickle
from fractions import Fraction
from itertools import pairwise
from math import gcd

import numpy as np
import pytest
from gmpy2 import mpq, mpz
from hypothesis import given
from hypothesis import strategies as st

from troppoly.exact import DenseMatrix, RationalMatrix, SparseMatrix, modular
from troppoly.exact.integers import as_mpz, as_words, concatenated, gcds, integer_array, times

EDGE = st.sampled_from([0, 1, -1, 2**31, 2**61, 2**62 - 1, -(2**62) + 1, 2**62, -(2**62), 2**63, 10**30])
INTEGERS = st.one_of(st.integers(-9, 9), EDGE, st.integers(-(2**64), 2**64))
FLOATS = st.one_of(
    st.integers(-3, 3).map(float),
    st.floats(-4, 4, width=32),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([5e-324, -5e-324, 2.0**-1022, 1e300, -1e300, 1e-300, 2.0**53 + 2, 2.0**62, 2.0**61, 0.1]),
)


def arrays(values):
    """The integers as an array of words, if they fit, and as one of ``mpz``."""
    both = [integer_array(values), np.array([*map(mpz, values), None], dtype=object)[:-1]]
    assert (both[0].dtype == object) == any(abs(value) >= 2**62 for value in values)
    return both


@given(st.lists(INTEGERS, max_size=5), st.data())
def test_words_and_mpz_are_the_same_integers(values, data):
    factors = data.draw(st.lists(INTEGERS, min_size=len(values), max_size=len(values)))
    bounds = np.array(sorted([0, len(values), *data.draw(st.lists(st.integers(0, len(values)), max_size=3))]))
    for one in arrays(values):
        words = as_words(one)
        assert (words is None) == any(abs(value) >= 2**62 for value in values)
        assert words is None or (words.dtype == np.int64 and words.tolist() == values)
        assert all(isinstance(value, type(mpz())) for value in as_mpz(one))
        assert as_mpz(one).tolist() == values
        found = gcds(one, bounds).tolist()
        assert found == [gcd(*values[i:j]) for i, j in pairwise(bounds)]
        for other in arrays(factors):
            assert times(one, other).tolist() == [a * b for a, b in zip(values, factors, strict=True)]
            assert concatenated([one, other]).tolist() == values + factors
        for factor in factors:
            assert times(one, factor).tolist() == times(one, mpz(factor)).tolist() == [a * factor for a in values]


@st.composite
def tables(draw, entries=FLOATS):
    m, n = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    return draw(st.lists(st.lists(entries, min_size=n, max_size=n), min_size=m, max_size=m))


@given(tables())
def test_matrices_read_from_arrays_are_those_of_fractions(table):
    """The oracle reads the entries one by one, as fractions."""
    array, exact = RationalMatrix.of(np.array(table)), RationalMatrix.of([[Fraction(v) for v in row] for row in table])
    assert array == exact
    assert hash(array) == hash(exact)
    assert array.denominator == exact.denominator
    assert all(isinstance(value, type(mpz())) for value in array.numerators.flat)
    assert array.to_floats().tolist() == exact.to_floats().tolist() == table
    assert (array.nonzero() == exact.nonzero()).all()
    assert (modular.residues(array.stored, 2) == modular.residues(exact.numerators, 2)).all()
    for one in (array, array.sparse()):
        assert one.T == exact.T
        assert one.hstack(exact) == exact.hstack(one) == exact.hstack(exact)
        assert one.vstack(one) == exact.vstack(exact)
        assert one + exact == 2 * exact
        assert (one - one).n_nonzero == 0
        assert one @ one.T == exact @ exact.T
        assert one * "1/3" == exact * "1/3"
        assert abs(one) == one.positive_part() + one.negative_part()
        assert -one == -exact
        assert one.take_rows([0]).row(0) == exact.row(0)
        assert pickle.loads(pickle.dumps(one)) == exact
        assert one.sparse().dense() == exact


@given(tables(INTEGERS), st.one_of(st.integers(1, 99), st.sampled_from([2**70, 2**1073, 2**53 + 1, 2**31 * 3])))
def test_quotients_of_integers_are_rounded_correctly(table, denominator):
    flat = [v for row in table for v in row]
    for numerators in arrays(flat):
        matrix = DenseMatrix(numerators.reshape(1, -1), denominator)
        assert matrix[0].tolist() == [mpq(v, denominator) for v in flat]
        assert matrix.to_floats()[0].tolist() == [v / denominator for v in flat]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.uint64])
def test_extreme_integers_of_numpy(dtype):
    limits = np.iinfo(dtype)
    matrix = RationalMatrix.of(np.array([[limits.min, limits.max]], dtype=dtype))
    assert matrix[0].tolist() == [limits.min, limits.max]
    assert (-matrix)[0].tolist() == [-limits.min, -limits.max]
    assert (matrix + matrix)[0].tolist() == [2 * limits.min, 2 * limits.max]
    assert abs(matrix)[0, 0] == -limits.min


def test_sums_of_words_do_not_overflow():
    large = SparseMatrix.from_triples([0] * 8, [0] * 8, np.full(8, 2**62 - 1), (1, 1))
    assert large[0, 0] == 8 * (2**62 - 1)
