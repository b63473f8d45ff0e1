"""Matrices of fractions, and the library's matrices of the same entries."""

from fractions import Fraction

from hypothesis import strategies as st

from troppoly.exact import RationalMatrix

FRACTIONS = st.one_of(st.integers(-3, 3).map(Fraction), st.fractions(min_value=-4, max_value=4, max_denominator=7))


def rows(m, n, entries=FRACTIONS):
    return st.lists(st.lists(entries, min_size=n, max_size=n), min_size=m, max_size=m)


def matrix(table, columns=None):
    return RationalMatrix.of(table, columns=columns)
