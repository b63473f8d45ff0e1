from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hoffman.test_constant import matrices
from troppoly.errors import InputError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import rank
from troppoly.hoffman import hoffman_constant, lower_hoffman_constant, upper_hoffman_constant


@settings(max_examples=30)
@given(matrices(), st.integers(0, 5))
def test_lower_is_at_most_exact_is_at_most_upper(matrix, samples):
    value = hoffman_constant(matrix).value
    assert lower_hoffman_constant(matrix, samples) <= value <= upper_hoffman_constant(matrix)


@pytest.mark.parametrize("seed", range(6))
def test_many_samples_reach_the_constant_and_fewer_are_not_above_more(seed):
    matrix = np.random.default_rng(seed).integers(-3, 4, (7, 3))
    values = [lower_hoffman_constant(matrix, samples, seed) for samples in (0, 1, 2, 5, 200)]
    assert values == sorted(values)
    assert values[0] == 0
    assert values[-1] == hoffman_constant(matrix).value


@pytest.mark.parametrize("seed", range(8))
def test_upper_bound_is_the_singular_value_that_it_is_defined_by(seed):
    generator = np.random.default_rng(seed)
    m, n = (8, 3) if seed % 2 else (6, 5)
    matrix = generator.normal(size=(m, n)) if seed < 4 else generator.integers(-2, 3, (m, n)).astype(float)
    kept = np.unique(matrix[np.abs(matrix).sum(axis=1) > 0], axis=0)
    r = np.linalg.matrix_rank(kept)
    bases = [list(J) for J in combinations(range(len(kept)), int(r)) if rank(RationalMatrix.of(kept[list(J)])) == r]
    expected = max(np.sqrt(r) / np.linalg.svd(kept[J], compute_uv=False)[-1] for J in bases)
    # Longer rows of a direction that is there already are left out, which can only make it smaller.
    found = float(upper_hoffman_constant(matrix))
    assert found <= expected * (1 + 1e-9)
    if seed < 4:
        assert found == pytest.approx(expected, rel=1e-8)


def is_at_most_least_singular_value(s: mpq, rows: list[list[mpq]]) -> bool:
    """For two rows: the least eigenvalue of the Gram matrix [[a, b], [b, c]] is at least s^2."""
    a, b, c = (
        sum((x * y for x, y in zip(u, v, strict=True)), mpq(0))
        for u, v in ((rows[0], rows[0]), (rows[0], rows[1]), (rows[1], rows[1]))
    )
    return min(a, c) >= s * s and (a - s * s) * (c - s * s) >= b * b


@pytest.mark.parametrize("bits", [10, 26, 27, 52, 60, 200, 1500])
def test_rows_so_close_to_dependent_that_floats_do_not_see_it(bits):
    epsilon = mpq(1, 2**bits)
    rows = [[mpq(1), mpq(1)], [mpq(1), 1 + epsilon]]
    upper = upper_hoffman_constant(rows)
    assert upper >= hoffman_constant(rows).value
    # upper >= sqrt(2) / s_min > upper (1 - 2^-30), with both sides squared to stay rational.
    floor = mpq(14142135623730950488, 10**19)
    assert is_at_most_least_singular_value(floor / upper, rows)
    assert not is_at_most_least_singular_value((floor + mpq(1, 10**18)) / (upper * (1 - mpq(1, 2**30))), rows)


def test_the_bound_without_the_root_of_the_rank_does_not_hold():
    """Rows (1, 1), (1, -1): all singular values are sqrt(2), but H = 1."""
    rows = [[1, 1], [1, -1]]
    assert hoffman_constant(rows).value == 1
    assert 1 <= upper_hoffman_constant(rows) < 1 + mpq(1, 2**30)


def test_rows_of_very_different_lengths():
    for scale in (mpq(1), mpq(2) ** 600, mpq(1, 2**600)):
        rows = [[scale, 0], [0, scale / 2**80], [scale, scale]]
        value = hoffman_constant(rows).value
        assert lower_hoffman_constant(rows) == value <= upper_hoffman_constant(rows)


def test_matrices_without_a_surjective_set_and_wrong_arguments():
    for matrix in ([], [[]], [[0, 0]], np.zeros((0, 2))):
        assert lower_hoffman_constant(matrix) == 0 == upper_hoffman_constant(matrix)
    with pytest.raises(InputError, match="samples"):
        lower_hoffman_constant([[1]], samples=-1)
