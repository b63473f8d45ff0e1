"""Vertex, boundary and interior, against the dimension of the region of each monomial."""

import pytest
from hypothesis import given

from tests.oracles import monomial_regions
from tests.polynomial.strategies import integer_polynomials, polynomials, with_dimension
from troppoly.errors import InputError, ShapeError
from troppoly.passagemath import polyhedron
from troppoly.polytope import lifted_points, lifted_polyhedron
from troppoly.polytope.upper_hull import upper_hull_status

V, B, INNER = "vertex", "boundary", "interior"


def status(exponents, coefficients):
    points = lifted_points(exponents, coefficients)
    return upper_hull_status(points, lifted_polyhedron(exponents, coefficients))


@pytest.mark.parametrize(
    ("exponents", "coefficients", "expected"),
    [
        pytest.param([(1, 2)], [5], [V], id="one monomial"),
        pytest.param([()], [5], [V], id="no variables"),
        pytest.param([(0,), (1,), (2,)], [0, 1, 2], [V, B, V], id="collinear lifted points"),
        pytest.param([(0,), (1,), (2,)], [0, 2, 2], [V, V, V], id="concave"),
        pytest.param([(0,), (1,), (2,)], [0, "0.99", 2], [V, INNER, V], id="just below"),
        pytest.param([(0, 0), (1, 1), (2, 2)], [0, 0, 0], [V, B, V], id="collinear exponents in the plane"),
        pytest.param([(0, 0), (1, 1), (2, 2)], [0, -1, 0], [V, INNER, V], id="collinear and below"),
        pytest.param([(0, 0), (1, 1), (2, 2)], [0, 1, 0], [V, V, V], id="collinear and above"),
        pytest.param(
            [(0, 0, 1), (1, 0, 1), (0, 1, 1), ("1/3", "1/3", 1), ("1/2", "1/2", 1), ("1/4", "1/4", 1)],
            [0, 3, 6, 3, "9/2", "9/4"],
            [V, V, V, B, B, B],
            id="a plane of exponents in space",
        ),
        pytest.param([(1,), (1,), (0,), (0,)], [2, 2, 0, -1], [V, V, V, INNER], id="repeated points and exponents"),
        pytest.param([(0,), (0,), (1,)], [0, -5, 0], [V, INNER, V], id="on a vertical facet only"),
        pytest.param([(0, 0), (2, 0), (0, 2), (2, 2), (1, 1), (1, 0)], [0] * 6, [V, V, V, V, B, B], id="flat square"),
    ],
)
def test_table(exponents, coefficients, expected):
    assert list(status(exponents, coefficients)) == expected


@given(with_dimension(integer_polynomials))
def test_against_the_regions_in_degenerate_position(drawn):
    (f,) = drawn
    expected = {a: monomial_regions.status(f.terms, a) for a in f.exponents}
    assert f.monomial_status() == expected


@given(with_dimension(polynomials, dimensions=(1, 2)))
def test_against_the_regions(drawn):
    (f,) = drawn
    assert f.monomial_status() == {a: monomial_regions.status(f.terms, a) for a in f.exponents}


def test_a_point_of_another_dimension():
    with pytest.raises(ShapeError, match=r"shape \(1, 3\) do not lie in R\^2"):
        upper_hull_status(lifted_points([(0, 0)], [0]), lifted_polyhedron([(0,)], [0]))


def test_a_polyhedron_that_is_not_lifted():
    with pytest.raises(InputError, match="one ray"):
        upper_hull_status(lifted_points([(0,)], [0]), polyhedron(vertices=[(0, 0)], ambient_dim=2))
