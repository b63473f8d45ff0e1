from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

import troppoly as tp
from tests.oracles.polyhedral_distance import polyhedral_distance
from tests.seeds import cases
from troppoly.errors import InputError, ShapeError
from troppoly.geometry.distances import distance
from troppoly.passagemath import polyhedron

numbers = st.fractions(-4, 4, max_denominator=3).map(lambda v: mpq(v.numerator, v.denominator))
norms = st.sampled_from([1, inf])


@st.composite
def polyhedra_and_points(draw):
    """Polytopes, cones, and polyhedra with lines, of any dimension."""
    d = draw(st.integers(1, 3))
    vector = st.lists(numbers, min_size=d, max_size=d)
    generators = [draw(st.lists(vector, min_size=least, max_size=most)) for least, most in ((1, 5), (0, 2), (0, 1))]
    rays, lines = ([v for v in vectors if any(v)] for vectors in generators[1:])
    return polyhedron(generators[0], rays, lines, ambient_dim=d), draw(vector)


@settings(max_examples=cases(40, 80))
@given(polyhedra_and_points(), norms)
def test_equals_the_oracle_and_is_proved(case, norm):
    target, point = case
    found = distance(target, point, norm)
    assert found.check()
    assert found.value == polyhedral_distance(target, point, norm)
    assert target.contains([tp.passagemath.to_sage_rational(v) for v in found.point])


def test_known_distances():
    square = polyhedron([(1, 1), (3, 1), (1, 3), (3, 3)], ambient_dim=2)
    assert distance(square, (0, 0)).value == 1
    assert distance(square, (0, 0), norm=1).value == 2
    assert distance(square, (0, 0), norm=1).point == (1, 1)
    assert distance(square, (2, 2)).value == 0
    assert distance(square, (3, 3), norm=1).value == 0
    line = polyhedron([(0, 1)], lines=[(1, 2)], ambient_dim=2)
    assert distance(line, (0, 0)).value == mpq(1, 3)
    assert distance(line, (0, 0), norm=1).value == mpq(1, 2)


def test_cells_faces_and_regions():
    regions = tp.linear_regions(tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]], [[-1, -2], [0]]))
    point = (-1, mpq(-1, 2))
    for norm in (1, inf):
        for region in regions:
            values = [polyhedral_distance(p, point, norm) for p in region.polyhedra()]
            assert distance(region, point, norm).value == min(values)
            assert [distance(cell, point, norm).value for cell in region.cells] == values
    (vertex,) = regions.complex.faces(0)
    assert distance(vertex, (0, 0)).value == 2
    assert distance(vertex, (0, 0), 1).point == (1, 2)


def test_region_of_several_cells_names_the_nearest():
    """max(x, 0) + max(-x, 0) + max(x - 2, 0) - ... : the middle region is split by a hidden kink."""
    regions = tp.linear_regions(tp.Network.from_arrays([[[1], [1], [1]], [[1, 1, -1]]], [[0, -2, -2], [0]]))
    region = next(r for r in regions if len(r.cells) == 2)
    found = distance(region, [-1])
    assert found.value == 1
    assert region.cells[found.polyhedron].polyhedron().contains([0])
    assert found.check()


def test_wrong_arguments():
    square = polyhedron([(0, 0), (1, 1)], ambient_dim=2)
    with pytest.raises(InputError, match="norm"):
        distance(square, (0, 0), norm=2)
    with pytest.raises(ShapeError, match="point"):
        distance(square, (0, 0, 0))
    with pytest.raises(InputError, match="empty"):
        distance(polyhedron(ambient_dim=2), (0, 0))
    with pytest.raises(InputError, match="list"):
        distance([(0, 0)], (0, 0))


def test_proofs_that_were_tampered_with_do_not_hold():
    found = distance(polyhedron([(1, 0), (2, 3)], rays=[(1, 0)], ambient_dim=2), (0, 1))
    assert found.check()
    assert not replace(found, value=found.value + 1).check()
    assert not replace(found, point=(mpq(2), mpq(2))).check()
    assert not replace(found, functional=(mpq(2), mpq(0))).check()
    assert not replace(found, functional=(mpq(0), mpq(0))).check()
    weights, stretches, lines = found.coefficients
    assert not replace(found, coefficients=(tuple(2 * w for w in weights), stretches, lines)).check()
