"""The dual subdivision: a subdivision, dual to the normal complex, with known examples."""

import pytest
from hypothesis import given, settings

from tests.oracles import monomial_regions
from tests.polynomial.strategies import integer_polynomials, polynomials, with_dimension
from troppoly.errors import InputError
from troppoly.polynomial import TropicalPolynomial


def maximal_at(f, point):
    """The exponents of the vertex monomials that are maximal at the point, by definition."""
    terms = monomial_regions.fractions(f.terms)
    height = monomial_regions.value(f.terms, point)
    return {
        a
        for a, c in terms.items()
        if monomial_regions.monomial_value(a, c, point) == height
        and monomial_regions.region(f.terms, a).dim() == f.n_variables
    }


def check(f):
    subdivision = f.dual_subdivision()
    complex_ = f.normal_complex().complex
    d, dimension = f.n_variables, subdivision.dimension
    newton = f.newton_polytope()
    assert dimension == newton.dim()
    assert subdivision.f_vector() == tuple(reversed(complex_.f_vector()))[: dimension + 1]
    for j in range(dimension + 1):
        triples = zip(subdivision.faces(j), complex_.faces(d - j), subdivision.polyhedra(j), strict=True)
        for face, dual, polytope in triples:
            assert {subdivision.points[i] for i in face} == maximal_at(f, dual.interior_point())
            assert (polytope.dim(), polytope.n_vertices()) == (j, len(face))
    if dimension == d:
        assert sum(cell.volume() for cell in subdivision.polyhedra(d)) == newton.volume()


@settings(max_examples=40)
@given(with_dimension(integer_polynomials, dimensions=(1, 2)))
def test_degenerate_position(drawn):
    check(*drawn)


@settings(max_examples=20)
@given(with_dimension(polynomials, dimensions=(1, 2, 3)))
def test_arbitrary_rationals(drawn):
    check(*drawn)


def as_sets(polyhedra):
    return {frozenset(tuple(v) for v in p.vertices_list()) for p in polyhedra}


@pytest.mark.parametrize(
    ("terms", "cells"),
    [
        # A unimodular triangle and a square of side 2 that a heavy center cuts into four triangles.
        ({(0, 0): 0, (1, 0): 0, (0, 1): 0}, [[(0, 0), (1, 0), (0, 1)]]),
        (
            {(0, 0): 0, (2, 0): 0, (0, 2): 0, (2, 2): 0, (1, 1): 1},
            [[(0, 0), (2, 0), (1, 1)], [(2, 0), (2, 2), (1, 1)], [(2, 2), (0, 2), (1, 1)], [(0, 2), (0, 0), (1, 1)]],
        ),
        # The same with the center on the hull or below: nothing is cut.
        ({(0, 0): 0, (2, 0): 0, (0, 2): 0, (2, 2): 0, (1, 1): 0}, [[(0, 0), (2, 0), (0, 2), (2, 2)]]),
        # Two exponents in the plane: a segment, with lineality on the dual side.
        ({(0, 0): 0, (3, 1): 5}, [[(0, 0), (3, 1)]]),
        ({(1, 1): 5}, [[(1, 1)]]),
    ],
)
def test_table(terms, cells):
    subdivision = TropicalPolynomial(terms).dual_subdivision()
    assert as_sets(subdivision.polyhedra(subdivision.dimension)) == set(map(frozenset, cells))


def test_mixed_subdivision_of_two_squares():
    """Bernstein: the mixed cells of the product of f and g have the mixed volume of their polytopes."""
    f = TropicalPolynomial({(0, 0): 0, (1, 0): "1/7", (0, 1): "1/5", (1, 1): "1/3"})
    g = TropicalPolynomial({(0, 0): 0, (2, 0): "3/11", (0, 3): "4/13", (2, 3): "2/17"})
    p, q = f.newton_polytope(), g.newton_polytope()
    mixed_volume = (p + q).volume() - p.volume() - q.volume()
    assert mixed_volume == 1 * 3 + 1 * 2
    # A mixed cell is dual to a point where a wall of f crosses a wall of g.
    vertices = [v.vertices()[0] for v in (f * g).normal_complex().complex.faces(0)]
    mixed = [
        cell
        for cell, x in zip((f * g).dual_subdivision().polyhedra(2), vertices, strict=True)
        if len(maximal_at(f, x)) == 2 and len(maximal_at(g, x)) == 2
    ]
    assert sum(cell.volume() for cell in mixed) == mixed_volume


@pytest.mark.parametrize("dimension", [-1, 2])
def test_a_dimension_out_of_range(dimension):
    subdivision = TropicalPolynomial({(0, 0): 0, (1, 1): 0}).dual_subdivision()
    with pytest.raises(InputError, match=f"no face of dimension {dimension}"):
        subdivision.faces(dimension)
