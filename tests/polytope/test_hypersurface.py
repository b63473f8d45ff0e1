"""Tropical hypersurfaces: walls, weights, and the balancing condition."""

from math import gcd

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import monomial_regions
from tests.polynomial.strategies import integer_polynomials, polynomials, with_dimension
from troppoly.polynomial import TropicalPolynomial
from troppoly.polytope.hypersurface import lattice_length


@given(st.lists(st.integers(-(10**30), 10**30), min_size=1, max_size=4), st.integers(1, 10**30))
def test_lattice_length(vector, denominator):
    assert lattice_length([mpq(v, denominator) for v in vector]) == mpq(gcd(*vector), denominator)


def test_lattice_length_of_zero():
    assert lattice_length([mpq(0), mpq(0)]) == lattice_length([]) == 0


def cross(u, v):
    return (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])


def primitive(vector):
    length = lattice_length(vector)
    return tuple(v / length for v in vector)


def outward_normal(wall, ridge):
    """A primitive normal of the wall whose orientation tells the side of the ridge that the wall is on.

    In the plane: the direction from the vertex, turned by a right angle.  In space: the cross
    product of the direction from the edge with the direction of the edge.
    """
    base, target = ridge.interior_point(), wall.face.interior_point()
    away = tuple(b - a for a, b in zip(base, target, strict=True))
    if len(away) == 2:
        return primitive((-away[1], away[0]))
    ends = [*ridge.vertices(), *ridge.rays(), *ridge.lines()]
    along = (
        ridge.rays()[0]
        if ridge.rays()
        else (ridge.lines()[0] if ridge.lines() else tuple(b - a for a, b in zip(*ends[:2], strict=True)))
    )
    return primitive(cross(away, along))


def check_balancing(f):
    """Around every face of codimension 2 the weighted primitive normals of the walls add up to zero.

    The weight is the lattice length of the difference of the two monomials' exponents; the vectors
    come from the geometry of the walls alone.
    """
    complex_ = f.normal_complex().complex
    walls = list(f.hypersurface())
    balanced = 0
    for ridge in complex_.faces(f.n_variables - 2):
        around = [wall for wall in walls if ridge in wall.face.facets()]
        assert len(around) >= 3
        normals = [outward_normal(wall, ridge) for wall in around]
        total = [sum(wall.weight * n[i] for wall, n in zip(around, normals, strict=True)) for i in range(f.n_variables)]
        assert total == [0] * f.n_variables
        balanced += 1
    return balanced


@settings(max_examples=40)
@given(with_dimension(integer_polynomials, dimensions=(2, 3)))
def test_balancing(drawn):
    (f,) = drawn
    check_balancing(f)
    assert all(wall.weight.denominator == 1 for wall in f.hypersurface())


@settings(max_examples=20)
@given(with_dimension(polynomials, dimensions=(2, 3)))
def test_balancing_with_rational_exponents(drawn):
    (f,) = drawn
    check_balancing(f)


def test_balancing_of_a_surface_with_many_edges():
    f = TropicalPolynomial(
        {(i, j, k): -(i * i + j * j + k * k + i * j) for i in range(3) for j in range(3) for k in range(3)}
    )
    assert check_balancing(f) > 20


@settings(max_examples=40)
@given(with_dimension(integer_polynomials))
def test_walls_are_where_two_monomials_are_maximal(drawn):
    (f,) = drawn
    pairs = set()
    for wall in f.hypersurface():
        pairs.add(frozenset(wall.exponents))
        x = wall.face.interior_point()
        top = monomial_regions.value(f.terms, x)
        for a in wall.exponents:
            assert monomial_regions.monomial_value(a, f.terms[a], x) == top
        assert wall.polyhedron().dim() == f.n_variables - 1
    # By definition: the pairs of monomials whose regions meet in dimension d - 1 (and are not repetitions).
    regions = {a: r for a in f.exponents if (r := monomial_regions.region(f.terms, a)).dim() == f.n_variables}
    expected = {
        frozenset((a, b))
        for a in regions
        for b in regions
        if a < b and (regions[a] & regions[b]).dim() == f.n_variables - 1
    }
    assert pairs == expected


@pytest.mark.parametrize("degree", [1, 2, 3, 4])
def test_a_smooth_plane_curve(degree):
    """A honeycomb curve: degree^2 vertices, genus (degree - 1 choose 2), degree ends each way."""
    terms = {(i, j): -(i * i + i * j + j * j) for i in range(degree + 1) for j in range(degree + 1 - i)}
    f = TropicalPolynomial(terms)
    curve = f.hypersurface()
    vertices, edges, regions = f.normal_complex().complex.f_vector()
    assert vertices == degree**2
    assert regions == (degree + 1) * (degree + 2) // 2
    assert len(curve) == edges == (3 * degree**2 + 3 * degree) // 2
    assert {wall.weight for wall in curve} == {1}
    ends = [wall for wall in curve if not wall.face.is_bounded()]
    assert len(ends) == 3 * degree
    n_bounded = f.normal_complex().complex.n_bounded_cells
    assert n_bounded == (degree - 1) * (degree - 2) // 2


@pytest.mark.parametrize("terms", [{(1, 2): 3}, {(): 0}, {(0, 0): 0, (1, 0): 0}])
def test_hypersurfaces_without_vertices(terms):
    f = TropicalPolynomial(terms)
    assert len(f.hypersurface()) == len(terms) - 1
    assert list(f.hypersurface()) == [f.hypersurface()[i] for i in range(len(terms) - 1)]


def test_weights_of_multiple_lines():
    f = TropicalPolynomial({(0, 0): 0, (6, 4): 0})
    assert [wall.weight for wall in f.hypersurface()] == [2]
    assert [wall.weight for wall in (f ** "1/4").hypersurface()] == [mpq(1, 2)]
    assert f.hypersurface()[:][0].dual_edge in {(6, 4), (-6, -4)}
