"""The normal complex against the regions of the monomials as intersections of half-spaces."""

from itertools import chain
from math import comb

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings

from tests.oracles import monomial_regions
from tests.polynomial.strategies import integer_polynomials, polynomials, with_dimension
from troppoly.errors import InputError
from troppoly.exact import RationalMatrix
from troppoly.passagemath import polyhedron
from troppoly.polynomial import TropicalPolynomial, pruned_product
from troppoly.polytope import normal_complex, restrict_to_domain


def vertex_regions(f):
    """The full-dimensional regions of the monomials, by exponent."""
    regions = {a: monomial_regions.region(f.terms, a) for a in f.exponents}
    return {a: region for a, region in regions.items() if region.dim() == f.n_variables}


def distinct_faces(regions, dimension):
    """All faces of the given dimension of some polyhedra, each once."""
    return {face.as_polyhedron() for region in regions for face in region.faces(dimension)}


def check(f):
    normal = f.normal_complex()
    complex_ = normal.complex
    d = f.n_variables
    regions = vertex_regions(f)

    # Cells are the regions, with their monomials.
    assert complex_.ambient_dimension == d
    assert complex_.n_cells == len(normal.vertices) == len(regions)
    for (*exponent, coefficient), cell in zip(normal.vertices, complex_.cells, strict=True):
        assert f.terms[tuple(exponent)] == coefficient
        assert cell.polyhedron() == regions[tuple(exponent)]
        assert cell.is_bounded() == regions[tuple(exponent)].is_compact()

    # Faces of every dimension are the faces of the regions, each once.
    for dimension in range(d + 1):
        faces = [face.polyhedron() for face in complex_.faces(dimension)]
        assert len(set(faces)) == len(faces)
        assert set(faces) == distinct_faces(regions.values(), dimension)
    assert complex_.euler_characteristic() == (-1) ** d

    # The facets of a face are the facets of its polyhedron.
    for face in chain(*(complex_.faces(dimension) for dimension in range(1, d + 1))):
        facets = {facet.polyhedron() for facet in face.facets()}
        assert facets == distinct_faces([face.polyhedron()], face.dimension - 1)

    # Every wall lies between two cells, and every other facet of a cell is at infinity.
    walls = complex_.walls
    expected = distinct_faces(regions.values(), d - 1) if d else set()
    assert len(walls.facets) == len(expected)


@settings(max_examples=25)
@given(with_dimension(integer_polynomials))
def test_degenerate_position(drawn):
    (f,) = drawn
    check(f)


@settings(max_examples=30)
@given(with_dimension(polynomials, dimensions=(1, 2)))
def test_arbitrary_rationals(drawn):
    (f,) = drawn
    check(f)


@pytest.mark.parametrize(
    ("terms", "f_vector", "lineality"),
    [
        ({(): 3}, (1,), 0),
        ({(5,): 3}, (0, 1), 1),
        ({(1, 2, 3): 0}, (0, 0, 0, 1), 3),
        ({(0, 0): 0, (1, 1): 0, (2, 2): 0}, (0, 1, 2), 1),
        ({(0, 0): 0, (1, 1): 1, (2, 2): 0}, (0, 2, 3), 1),
        ({(0, 0, 1): 0, (1, 0, 1): 0, (0, 1, 1): 0, (1, 1, 1): 0}, (0, 1, 4, 4), 1),
        ({(0, 0): 0, (1, 0): 0, (0, 1): 0, (1, 1): 1}, (2, 5, 4), 0),
        # The maximum of 6 forms +-x_i: the fan over the faces of a cube.
        ({(1, 0, 0): 0, (-1, 0, 0): 0, (0, 1, 0): 0, (0, -1, 0): 0, (0, 0, 1): 0, (0, 0, -1): 0}, (1, 8, 12, 6), 0),
        # The sum of |x_i|: the orthants.
        ({(i, j, k): 0 for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)}, (1, 6, 12, 8), 0),
    ],
)
def test_table(terms, f_vector, lineality):
    f = TropicalPolynomial(terms)
    complex_ = f.normal_complex().complex
    assert complex_.f_vector() == f_vector
    assert complex_.lineality_dimension == lineality
    check(f)


def test_representatives_modulo_lineality_are_orthogonal_to_it():
    complex_ = TropicalPolynomial({(0, 0): 0, (1, 1): 1, (2, 2): 0}).normal_complex().complex
    assert sorted(v.vertices() for v in complex_.faces(1)) == [((mpq(-1, 2), mpq(-1, 2)),), ((mpq(1, 2), mpq(1, 2)),)]


def test_faces_at_infinity_close_the_cells_of_the_plane():
    """Three half-planes' worth of regions meet the circle at infinity in three arcs and three points."""
    complex_ = TropicalPolynomial({(0, 0): 0, (1, 0): 0, (0, 1): 0}).normal_complex().complex
    assert [int(np.count_nonzero(mask)) for mask in complex_.faces_at_infinity] == [3, 3, 0]
    assert all(len(complex_.facets[-1][cell]) == 3 for cell in range(3))


def test_the_fan_and_its_boundary_have_the_euler_characteristics_of_balls():
    """A pointed fan that fills a half-space of R^(d+1) is a closed d-ball when cut by a sphere."""
    f = TropicalPolynomial({(i, j, k): -(i * i + j * j + k * k) for i in range(3) for j in range(3) for k in range(2)})
    complex_ = f.normal_complex().complex
    counts = [complex_.n_cones(k) for k in range(1, complex_.cone_dimension + 1)]
    infinite = [int(np.count_nonzero(mask)) for mask in complex_.faces_at_infinity]
    assert sum((-1) ** k * n for k, n in enumerate(counts)) == 1
    assert sum((-1) ** k * n for k, n in enumerate(infinite)) == 2  # a 2-sphere


def test_on_a_domain():
    """The square cut by its diagonal, and the half-line x >= 0 that the origin does not cut."""
    diagonal = TropicalPolynomial({(1, 0): 0, (0, 1): 0})
    square = RationalMatrix.of([[1, 0, 1], [-1, 0, 1], [0, 1, 1], [0, -1, 1]])
    complex_ = normal_complex(restrict_to_domain(diagonal.lifted_polytope(), square)).complex
    assert complex_.f_vector() == (4, 5, 2)
    assert {cell.polyhedron() for cell in complex_.cells} == {
        polyhedron(vertices=[(-1, -1), (1, 1), corner], ambient_dim=2) for corner in [(-1, 1), (1, -1)]
    }
    relu = TropicalPolynomial({(1,): 0, (0,): 0}).lifted_polytope()
    half_line = normal_complex(restrict_to_domain(relu, RationalMatrix.of([[1, 0]]))).complex
    assert half_line.f_vector() == (1, 1)


def test_larger_complex_in_dimension_four():
    """A generic arrangement of n hyperplanes: the numbers of faces by Zaslavsky's formula."""
    n, d = 7, 4
    lines = [TropicalPolynomial({tuple(t**k for k in range(d)): t**d + 1, (0,) * d: 0}) for t in range(1, n + 1)]
    expected = tuple(comb(n, d - k) * sum(comb(n - d + k, i) for i in range(k + 1)) for k in range(d + 1))
    assert pruned_product(lines).normal_complex().complex.f_vector() == expected


@pytest.mark.parametrize(
    "generators",
    [
        {},
        {"vertices": [(0, 0), (1, 0)]},
        {"vertices": [(0, 0), (1, 0), (0, 1)]},
        {"vertices": [(0, 0)], "rays": [(0, 1)]},
        {"vertices": [(0, 0)], "rays": [(0, -1)], "lines": [(1, 0)]},
    ],
)
def test_other_polyhedra_are_refused(generators):
    with pytest.raises(InputError, match=r"contains the ray of \(0, ..., 0, -1\)"):
        normal_complex(polyhedron(**generators, ambient_dim=2))
