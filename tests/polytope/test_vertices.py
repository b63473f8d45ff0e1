"""Vertices of lifted polytopes by linear programs, against those of the Parma Polyhedra Library and planted ones."""

from itertools import product

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

import troppoly.polytope.vertices as module
from troppoly.exact import RationalMatrix
from troppoly.polytope import lifted_polyhedron
from troppoly.polytope.upper_hull import upper_hull_status
from troppoly.polytope.vertices import are_vertices

small = st.integers(-2, 2)
fractions = st.fractions(-2, 2, max_denominator=5).map(lambda v: mpq(v.numerator, v.denominator))
wild = st.sampled_from([0, 1, -1, mpq(1, 2**200), mpq(10) ** 400, -(mpq(10) ** 400), 1 + mpq(1, 2**80), 0.1, 0.3])


@st.composite
def points(draw):
    d = draw(st.integers(1, 4))
    entries = draw(st.sampled_from([small, fractions, wild]))
    exponents = draw(
        st.lists(st.tuples(*[entries] * d), min_size=1, max_size=14, unique_by=lambda a: tuple(map(mpq, a)))
    )
    heights = draw(st.lists(entries, min_size=len(exponents), max_size=len(exponents)))
    if draw(st.booleans()):  # many on one plane
        heights = [mpq(a[0]) * 2 - 1 if i % 3 else c for i, (a, c) in enumerate(zip(exponents, heights, strict=True))]
    return exponents, heights


def by_hull(exponents, heights):
    rows = RationalMatrix.of([(*a, c) for a, c in zip(exponents, heights, strict=True)])
    return [status == "vertex" for status in upper_hull_status(rows, lifted_polyhedron(exponents, heights))]


def found(exponents, heights):
    return are_vertices(RationalMatrix.of([(*a, c) for a, c in zip(exponents, heights, strict=True)])).tolist()


@settings(max_examples=60, deadline=None)
@given(points())
def test_against_the_hull(drawn):
    assert found(*drawn) == by_hull(*drawn)


@settings(max_examples=30, deadline=None)
@given(points(), st.integers(0, 2**32 - 1))
def test_proposals_and_directions_do_not_matter(drawn, seed):
    """Neither a wrong proposal nor the lack of random directions changes the answer."""
    random = np.random.default_rng(seed)

    def wrong(objective, matrix, right):
        rows = random.permutation(len(matrix))[: matrix.shape[1]]
        return random.normal(size=len(objective)), tuple(int(i) for i in rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module._Search, "find_vertices", lambda self: 0)
        without = found(*drawn)
        patch.setattr(module, "proposed_optimum", wrong)
        misled = found(*drawn)
    assert without == misled == by_hull(*drawn)


@pytest.mark.parametrize("d", [2, 5, 9])
def test_planted_redundancy(d):
    """A strictly concave function has vertices only; midpoints, on the chord or below it, are none."""
    random = np.random.default_rng(d)
    a = np.unique(random.integers(-9, 10, size=(30, d)), axis=0)
    heights = -(a**2).sum(axis=1)
    pairs = random.permutation(len(a))[:20].reshape(10, 2)
    middles = [[mpq(int(x) + int(y), 2) for x, y in zip(a[i], a[j], strict=True)] for i, j in pairs]
    chords = [mpq(int(heights[i] + heights[j]), 2) - k % 2 for k, (i, j) in enumerate(pairs)]
    others = [(m, c) for m, c in zip(middles, chords, strict=True) if not any(list(row) == m for row in a.tolist())]
    exponents = [*a.tolist(), *(m for m, _ in others)]
    expected = [True] * len(a) + [False] * len(others)
    assert found(exponents, [*heights.tolist(), *(c for _, c in others)]) == expected


def test_all_lattice_points_of_a_triangle_on_one_plane():
    exponents = [(i, j) for i, j in product(range(41), repeat=2) if i + j <= 40]
    expected = [a in {(0, 0), (40, 0), (0, 40)} for a in exponents]
    assert found(exponents, [0] * len(exponents)) == expected
    assert found(exponents, [3 * i - j for i, j in exponents]) == expected


def test_gaps_far_below_the_precision_of_floats():
    for gap, is_vertex in [(mpq(1, 2**300), True), (0, False), (-mpq(1, 2**300), False)]:
        exponents = [(0, 0), (2, 0), (0, 2), ("2/3", "2/3")]
        assert found(exponents, [0, 0.1, 0.3, (mpq(0.1) + mpq(0.3)) / 3 + gap]) == [True] * 3 + [is_vertex]


def test_exponents_far_away():
    far = 10**30
    assert found([(far,), (far + 1,), (far + 2,)], [far, far + 1, far + 2]) == [True, False, True]


def test_many_random_monomials():
    random = np.random.default_rng(0)
    rows = random.normal(size=(3000, 3))
    mask = are_vertices(RationalMatrix.of(rows))
    hull = lifted_polyhedron(rows[mask, :2].tolist(), rows[mask, 2].tolist())
    assert len(hull.vertices_list()) == np.count_nonzero(mask)
    facets = np.array([[float(v) for v in row] for row in hull.inequalities_list()])
    assert (facets[:, 0] + rows[~mask] @ facets[:, 1:].T > 0).all()


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e308, 0.0])
def test_what_is_proposed_proves_nothing_where_floats_overflow(monkeypatch, number):
    def proposed(objective, matrix, right):
        return np.full(matrix.shape[1], number), tuple(range(matrix.shape[1]))

    points = RationalMatrix.of([[0, 0, 0], [2, 0, 0], [0, 2, 0], [2, 2, 0], [1, 1, 0], [1, 0, 1], [0, 1, -1]])
    monkeypatch.setattr(module, "proposed_optimum", proposed)
    monkeypatch.setattr(module, "_DIRECTIONS", 0)
    assert are_vertices(points).tolist() == [True, True, True, True, False, True, False]
