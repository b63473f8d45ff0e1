from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

import troppoly.exact.linear_program as module
from tests.oracles.ppl_linear_program import maximum
from tests.seeds import cases
from troppoly.errors import InputError, ShapeError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear_program import Infeasible, Optimum, Unbounded, maximize, proposed_optimum

small = st.integers(-3, 3)
fractions = st.fractions(-3, 3, max_denominator=7).map(lambda v: mpq(v.numerator, v.denominator))
binary = st.floats(-2, 2).map(lambda v: mpq(*v.as_integer_ratio()))


@st.composite
def programs(draw, entries):
    n, m = draw(st.integers(0, 4)), draw(st.integers(0, 7))
    rows = draw(st.lists(st.lists(entries, min_size=n, max_size=n), min_size=m, max_size=m))
    objective = draw(st.lists(entries, min_size=n, max_size=n))
    right = draw(st.lists(entries, min_size=m, max_size=m))
    # Repeated rows and right sides of zero make degenerate programs.
    if m and draw(st.booleans()):
        rows, right = rows + rows[:2], right + right[:2]
    if draw(st.booleans()):
        right = [mpq(0)] * len(right)
    return objective, RationalMatrix.of(rows, columns=n), right


def outcome_of(answer):
    if isinstance(answer, Optimum):
        return answer.value
    return "infeasible" if isinstance(answer, Infeasible) else "unbounded"


@settings(max_examples=cases(60, 120))
@given(st.one_of(programs(small), programs(fractions), programs(binary)))
def test_answer_is_that_of_ppl_and_its_certificate_holds(program):
    objective, matrix, right = program
    answer = maximize(objective, matrix, right)
    assert answer.check()
    rows = [matrix.row(i) for i in range(matrix.shape[0])]
    assert outcome_of(answer) == maximum(objective, rows, right)


@settings(max_examples=60)
@given(programs(small), st.lists(st.integers(0, 6), max_size=5))
def test_answer_does_not_depend_on_the_proposal(program, proposal):
    objective, matrix, right = program
    expected = outcome_of(maximize(objective, matrix, right))
    proposal = tuple(i for i in proposal if i < len(matrix))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "proposed_optimum", lambda *_: (None, proposal))
        answer = maximize(objective, matrix, right)
    assert answer.check()
    assert outcome_of(answer) == expected


@settings(max_examples=cases(25, 50))
@given(programs(fractions))
def test_strong_duality(program):
    """The dual program, minimize <b, y> subject to y A = c, y >= 0, has the same value."""
    objective, matrix, right = program
    answer = maximize(objective, matrix, right)
    m = matrix.shape[0]
    columns = matrix.T
    dual = columns.vstack(-columns).vstack(-RationalMatrix.identity(m))
    dual_right = [*objective, *(-c for c in objective), *[mpq(0)] * m]
    other = maximize([-b for b in right], dual, dual_right)
    assert other.check()
    if isinstance(answer, Optimum):
        assert isinstance(other, Optimum)
        assert -other.value == answer.value
    elif isinstance(answer, Unbounded):
        assert isinstance(other, Infeasible)
    else:
        assert not isinstance(other, Optimum)


@pytest.mark.parametrize("n", range(1, 8))
def test_klee_minty_cubes(n):
    rows = [[2 * 2 ** (i - j) if j < i else int(i == j) for j in range(n)] for i in range(n)]
    rows += [[-int(i == j) for j in range(n)] for i in range(n)]
    right = [5 ** (i + 1) for i in range(n)] + [0] * n
    best = maximize([2 ** (n - 1 - i) for i in range(n)], RationalMatrix.of(rows), right)
    assert best.check()
    assert best.value == 5**n


def test_example_of_beale_on_which_the_simplex_method_cycles():
    rows = [["1/4", -60, "-1/25", 9], ["1/2", -90, "-1/50", 3], [0, 0, 1, 0]]
    rows += [[-int(i == j) for j in range(4)] for i in range(4)]
    best = maximize(["3/4", -150, "1/50", -6], RationalMatrix.of(rows), [0, 0, 1, 0, 0, 0, 0])
    assert best.check()
    assert best.value == mpq(1, 20)


def test_many_constraints_through_one_point():
    generator = np.random.default_rng(1)
    rows = generator.integers(-3, 4, (60, 4))
    matrix = RationalMatrix.of(np.vstack([rows, -rows]))
    best = maximize([int(v) for v in rows.sum(axis=0)], matrix, [0] * 120)
    assert best.check()
    assert best.value == 0


def test_numbers_beyond_the_range_of_floats():
    huge = mpq(10) ** 400
    answer = maximize([1, 0], RationalMatrix.of([[huge, 1], [1, -huge], [-1, 0], [0, -1]]), [1, 1, 0, 0])
    assert answer.check()
    assert answer.value == 1 / huge


def test_close_to_infeasible():
    tiny = mpq(1, 2**200)
    assert isinstance(maximize([0], RationalMatrix.of([[1], [-1]]), [0, -tiny]), Infeasible)
    best = maximize([1], RationalMatrix.of([[1], [-1]]), [tiny, 0])
    assert best.value == tiny


def test_certificates_that_were_tampered_with_do_not_hold():
    matrix = RationalMatrix.of([[1, 0], [0, 1], [-1, 0], [0, -1]])
    best = maximize([1, 1], matrix, [1, 1, 0, 0])
    assert best.check()
    assert not replace(best, point=(mpq(1), mpq(2))).check()
    assert not replace(best, multipliers=(mpq(1), mpq(1), mpq(1), mpq(0))).check()
    assert not replace(best, multipliers=(mpq(2), mpq(1), mpq(1), mpq(0))).check()
    none = maximize([1, 1], matrix, [1, 1, 0, -2])
    assert not replace(none, multipliers=tuple(-y for y in none.multipliers)).check()
    assert not replace(none, multipliers=(mpq(0),) * 4).check()
    free = maximize([1, 1], matrix.take_rows([1, 2, 3]), [1, 0, 0])
    assert free.check()
    assert not replace(free, ray=(mpq(1), mpq(1))).check()
    assert not replace(free, ray=(mpq(0), mpq(0))).check()


def test_lengths_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match="objective"):
        maximize([1], RationalMatrix.of([[1, 2]]), [0])
    with pytest.raises(ShapeError, match="right side"):
        maximize([1, 2], RationalMatrix.of([[1, 2]]), [0, 1])
    with pytest.raises(InputError, match="right side, entry 0"):
        maximize([1, 2], RationalMatrix.of([[1, 2]]), [float("nan")])


def test_proposal_is_optimal_on_a_well_conditioned_program():
    generator = np.random.default_rng(3)
    rows = generator.normal(size=(30, 4))
    objective = generator.normal(size=4) @ np.abs(rows[:4])
    rows = np.vstack([rows, np.eye(4), -np.eye(4)])
    right = np.ones(38)
    chosen = list(proposed_optimum(objective, rows, right)[1])
    point = np.linalg.solve(rows[chosen], right[chosen])
    best = maximize(objective.tolist(), RationalMatrix.of(rows), right.tolist())
    assert float(best.value) == pytest.approx(float(objective @ point), rel=1e-9)


@pytest.mark.parametrize("shift", [1, 10**25, mpq(1, 10**25)])
def test_lines_and_numbers_of_any_size_need_no_exact_method(monkeypatch, shift):
    """What HiGHS proposes is the answer, for polyhedra with lines and for large numbers, too."""
    monkeypatch.setattr(module, "_Dictionary", None)
    generator = np.random.default_rng(2)
    rows = np.hstack([generator.integers(-9, 10, (30, 5)), np.zeros((30, 3), dtype=int)])
    matrix = RationalMatrix.of(rows)
    inside = matrix.apply([mpq(int(v)) for v in generator.integers(-5, 6, 8)])
    right = [shift * (v + 1) for v in inside]
    objective = [shift * int(v) for v in rows[:3].sum(axis=0)]
    best = maximize(objective, matrix, right)
    assert best.check()
