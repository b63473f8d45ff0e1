from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.oracles.hoffman_subsets import by_minors, by_subsets
from tests.seeds import cases
from troppoly.errors import NotFiniteError, ShapeError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear_program import Infeasible, maximize
from troppoly.geometry.distances import distance
from troppoly.hoffman import hoffman_constant
from troppoly.passagemath import polyhedron

integers = st.integers(-2, 2)
fractions = st.fractions(-2, 2, max_denominator=5).map(lambda v: mpq(v.numerator, v.denominator))


@st.composite
def matrices(draw, max_rows=7, max_columns=4):
    """Small matrices, among them many with zero, repeated, opposite and dependent rows."""
    n, m = draw(st.integers(1, max_columns)), draw(st.integers(0, max_rows))
    entries = draw(st.sampled_from([integers, fractions]))
    rows = draw(st.lists(st.lists(entries, min_size=n, max_size=n), min_size=m, max_size=m))
    if m > 1 and draw(st.booleans()):
        rows[-1] = [draw(st.sampled_from([-1, 1, 2, mpq(1, 2)])) * a for a in rows[0]]
    return RationalMatrix.of(rows, columns=n)


def rows_of(matrix):
    return [matrix.row(i) for i in range(matrix.shape[0])]


@settings(max_examples=cases(40, 80))
@given(matrices())
def test_equals_the_greatest_ratio_of_minors_and_is_proved(matrix):
    constant = hoffman_constant(matrix)
    assert constant.value == by_minors(rows_of(matrix))
    assert constant.check()


@settings(max_examples=cases(20, 40))
@given(matrices(max_rows=5, max_columns=3))
def test_equals_brute_force_over_all_subsets(matrix):
    assert hoffman_constant(matrix).value == by_subsets(rows_of(matrix))


@pytest.mark.parametrize("n", range(1, 6))
def test_known_values(n):
    identity = np.eye(n, dtype=int)
    ones = np.ones((1, n), dtype=int)
    assert hoffman_constant(identity).value == 1
    assert hoffman_constant(np.vstack([identity, -identity])).value == 1
    # A single row a: the distance to a half-space is the residual divided by |a|_1.
    assert hoffman_constant(ones).value == mpq(1, n)
    assert hoffman_constant(np.diag(range(2, n + 2))).value == mpq(1, 2)
    # x >= 0, sum x <= 1: at worst x_i >= 1 for i > 0 and sum x <= -1, with x_0 = -n.
    assert hoffman_constant(np.vstack([-identity, ones])).value == n
    assert hoffman_constant(np.vstack([-identity, ones, -ones])).value == n
    # x_0 <= x_1 <= ... <= x_(n-1), with n - 1 steps of 1: centered, half of it.
    if n > 1:
        steps = identity[:-1] - identity[1:]
        assert hoffman_constant(steps).value == mpq(n - 1, 2)


def test_matrices_without_a_surjective_set():
    for matrix in ([], [[]], [[], []], [[0]], [[0, 0], [0, 0]], np.zeros((0, 3)), np.zeros((3, 0))):
        constant = hoffman_constant(matrix)
        assert constant.value == 0
        assert constant.rows == ()
        assert constant.check()


def test_what_is_no_matrix_is_refused():
    with pytest.raises(ShapeError):
        hoffman_constant([1, 2])
    with pytest.raises(ShapeError):
        hoffman_constant([[1, 2], [3]])
    with pytest.raises(NotFiniteError):
        hoffman_constant([[1.0, float("inf")]])


@settings(max_examples=cases(20, 40))
@given(matrices(), st.randoms(use_true_random=False), fractions)
def test_invariance(matrix, random, factor):
    value = hoffman_constant(matrix).value
    m, n = matrix.shape
    order, columns = random.sample(range(m), m), random.sample(range(n), n)
    signs = RationalMatrix.of(np.diag([random.choice([1, -1]) for _ in range(n)]))
    assert hoffman_constant(matrix.take_rows(order)).value == value
    assert hoffman_constant(matrix.take_columns(columns) @ signs).value == value
    if factor:
        assert hoffman_constant(factor * matrix).value == value / abs(factor)


@settings(max_examples=40)
@given(matrices())
def test_more_rows(matrix):
    """Zero rows, repeated and longer rows change nothing; no row makes the constant smaller."""
    value = hoffman_constant(matrix).value
    m, n = matrix.shape
    more = matrix.vstack(RationalMatrix.zeros(1, n)).vstack(mpq(3, 2) * matrix).vstack(matrix)
    constant = hoffman_constant(more)
    assert constant.value == value
    assert constant.check()
    if m:
        assert hoffman_constant(matrix.take_rows(range(m - 1))).value <= value


@settings(max_examples=cases(20, 40))
@given(matrices(), st.data())
def test_bound_of_the_definition(matrix, data):
    """dist(u, {A x <= b}) <= H max (A u - b)_+, for polyhedra that are not empty."""
    m, n = matrix.shape
    assume(m)
    b = data.draw(st.lists(fractions, min_size=m, max_size=m))
    u = data.draw(st.lists(fractions, min_size=n, max_size=n))
    assume(not isinstance(maximize([0] * n, matrix, b), Infeasible))
    inequalities = [(c, *(-a for a in row)) for row, c in zip(rows_of(matrix), b, strict=True)]
    P = polyhedron(inequalities=inequalities, ambient_dim=n)
    residual = max(0, *(x - c for x, c in zip(matrix.apply([mpq(x) for x in u]), b, strict=True)))
    assert distance(P, u).value <= hoffman_constant(matrix).value * residual


@settings(max_examples=cases(20, 40))
@given(matrices())
def test_bound_is_attained(matrix):
    """With b = -1 on the attaining rows and large elsewhere, the distance of 0 is H, and the residual is 1."""
    constant = hoffman_constant(matrix)
    assume(constant.rows)
    b = [-1 if j in constant.rows else 10**9 for j in range(matrix.shape[0])]
    P = polyhedron(
        inequalities=[(c, *(-a for a in row)) for row, c in zip(rows_of(matrix), b, strict=True)],
        ambient_dim=matrix.shape[1],
    )
    assert distance(P, [0] * matrix.shape[1]).value == constant.value


def test_floats_of_very_different_sizes():
    matrix = RationalMatrix.of([[1.0, 1e-30], [1e-30, 1e-30], [-1.0, 1e-200]])
    constant = hoffman_constant(matrix)
    assert constant.check()
    assert constant.value == by_minors(rows_of(matrix))


def test_proofs_that_were_tampered_with_do_not_hold():
    constant = hoffman_constant([[1, 0], [-1, 0], [1, 1], [0, -3]])
    assert constant.check()
    assert constant.circuits
    assert not replace(constant, value=constant.value / 2).check()
    assert not replace(constant, value=constant.value * 2).check()
    assert not replace(constant, circuits={}).check()
    assert not replace(constant, surjective=dict([*constant.surjective.items()][1:])).check()
    assert not replace(constant, kept=constant.kept[1:]).check()
    assert not replace(constant, multipliers=tuple(v / 2 for v in constant.multipliers)).check()
    J, v = next(iter(constant.circuits.items()))
    assert not replace(constant, circuits={**constant.circuits, J: (v[0] + 1, *v[1:])}).check()
    assert not replace(constant, surjective={**constant.surjective, (0, 1, 2, 3): (mpq(0), mpq(0))}).check()
