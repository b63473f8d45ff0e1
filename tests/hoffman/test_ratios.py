"""Ratios of minors against the search with linear programs, and known constants."""

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings

import troppoly.hoffman.constant as constant_module
from tests.hoffman.test_constant import matrices, rows_of
from tests.oracles.hoffman_subsets import by_subsets
from tests.seeds import cases
from troppoly.exact import RationalMatrix
from troppoly.hoffman import hoffman_constant
from troppoly.hoffman.ratios import exceeds, greatest_ratio


@settings(max_examples=cases(20, 40))
@given(matrices())
def test_the_search_finds_the_same(matrix):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constant_module, "_FEW", 10**9)
        constant = hoffman_constant(matrix)
    value, _ = greatest_ratio(matrix)
    assert constant.value == value
    assert not exceeds(matrix, value)
    assert not value or exceeds(matrix, value * (1 - mpq(1, 2**90)))


@settings(max_examples=cases(20, 40))
@given(matrices(max_rows=5, max_columns=3))
def test_proofs_by_ratios(matrix):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constant_module, "_FEW", 0)
        constant = hoffman_constant(matrix)
    assert constant.value == by_subsets(rows_of(matrix))
    assert constant.check()


def by_pairs(rows):
    """The greatest 1 / min |t a + (1 - t) b|_1 for pairs of independent rows in two columns, 0 <= t <= 1."""
    best = max(1 / (abs(a) + abs(b)) for a, b in rows)
    for i, (a, b) in enumerate(rows):
        for c, d in rows[:i]:
            if a * d != b * c:
                breaks = [q / (q - p) for p, q in ((a, c), (b, d)) if p != q]
                ts = [0, 1, *(t for t in breaks if 0 < t < 1)]
                best = max(best, 1 / min(abs(t * a + (1 - t) * c) + abs(t * b + (1 - t) * d) for t in ts))
    return best


@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e150])
def test_many_rows_in_two_columns(scale):
    matrix = RationalMatrix.of(np.random.default_rng(0).normal(size=(40, 2)) * scale)
    constant = hoffman_constant(matrix)
    assert constant.by_ratios
    assert constant.value == by_pairs(rows_of(matrix))
    assert constant.check()


def test_entries_beyond_the_range_of_floats():
    rows = [[mpq(10) ** (37 * (i % 20) - 350), mpq(i * i % 11 - 5, i + 1)] for i in range(24)]
    assert greatest_ratio(RationalMatrix.of(rows))[0] == by_pairs(rows)


def test_the_rows_of_a_simplex_among_many():
    """x_i >= 0 and sum x <= 1 have the constant n; what follows from them with small multipliers adds nothing."""
    n = 4
    simplex = RationalMatrix.of(np.vstack([-np.eye(n, dtype=int), np.ones((1, n), dtype=int)]))
    assert greatest_ratio(simplex)[0] == n
    assert greatest_ratio(simplex.vstack(-simplex)) == (n, greatest_ratio(simplex)[1])


def test_large_equality_systems_are_proved():
    rows = np.random.default_rng(1).integers(-3, 4, size=(15, 3))
    constant = hoffman_constant(np.vstack([rows, -rows]))
    assert constant.by_ratios
    assert constant.check()
    assert constant.value == hoffman_constant(np.vstack([rows, -rows, rows + rows])).value
