"""Minkowski sums, hulls of unions and dilations, against passagemath's own."""

import pytest
from hypothesis import given, settings

from tests.polynomial.strategies import integer_polynomials, polynomials, with_dimension
from troppoly.errors import InputError, ShapeError
from troppoly.passagemath import polyhedron
from troppoly.polytope import dilation, hull_of_union, lifted_polyhedron, minkowski_sum


@settings(max_examples=50)
@given(with_dimension(polynomials, integer_polynomials, integer_polynomials))
def test_against_passagemath(drawn):
    p, q, r = (f.lifted_polytope() for f in drawn)
    assert minkowski_sum([p, q]) == p.minkowski_sum(q)
    assert minkowski_sum([p, q, r]) == p.minkowski_sum(q).minkowski_sum(r)
    assert hull_of_union([p, q, r]) == p.convex_hull(q).convex_hull(r)
    assert dilation(p, "2/3") == p.dilation(p.base_ring()(2) / 3)


def test_the_segment_and_the_square():
    horizontal = lifted_polyhedron([(0, 0), (1, 0)], [0, 0])
    vertical = lifted_polyhedron([(0, 0), (0, 1)], [0, 0])
    square = lifted_polyhedron([(0, 0), (1, 0), (0, 1), (1, 1)], [0, 0, 0, 0])
    assert minkowski_sum([horizontal, vertical]) == square


def test_dilation_by_zero():
    ray = polyhedron(vertices=[(0, 0)], rays=[(0, -1)], ambient_dim=2)
    assert dilation(lifted_polyhedron([(3,), (5,)], [1, 2]), 0) == ray


def test_errors():
    line, plane = lifted_polyhedron([(0,)], [0]), lifted_polyhedron([(0, 0)], [0])
    with pytest.raises(ShapeError, match=r"unequal ambient dimensions \[2, 3\]"):
        minkowski_sum([line, plane])
    with pytest.raises(InputError, match="At least one"):
        hull_of_union([])
    with pytest.raises(InputError, match="negative factor -1"):
        dilation(line, -1)
    with pytest.raises(InputError, match="one ray"):
        minkowski_sum([polyhedron(vertices=[(0, 0)], ambient_dim=2)])
