"""Volumes and centroids from the face lattice, against Sage's, against triangles and boxes by hand."""

from fractions import Fraction
from itertools import combinations, product
from math import comb, factorial

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.seeds import cases
from troppoly import TropicalPolynomial, UnboundedError, linear_regions
from troppoly.complex.volume import centroids, exterior_product, squared_volumes, volume_vectors, volumes
from troppoly.passagemath import polyhedron, to_mpq

COORDINATES = st.integers(-4, 4)


@st.composite
def polytopes(draw, most=4):
    """Vertices of a full-dimensional polytope in R^1 to R^most: a simplex and further points."""
    d = draw(st.integers(1, most))
    corner = draw(st.lists(COORDINATES, min_size=d, max_size=d))
    simplex = [corner] + [[c + (i == j) * draw(st.integers(1, 3)) for j, c in enumerate(corner)] for i in range(d)]
    point = st.lists(st.fractions(-4, 4, max_denominator=5), min_size=d, max_size=d)
    return simplex + draw(st.lists(point, max_size=5))


def complex_of(vertices):
    """The complex with the one cell conv(vertices), and that cell as a Sage polyhedron."""
    d = len(vertices[0])
    cell = polyhedron(vertices, ambient_dim=d)
    return linear_regions(TropicalPolynomial({(0,) * d: 0}), domain=cell).complex, cell


@given(polytopes())
@settings(max_examples=cases(20, 40))
def test_volume_and_centroid_of_a_polytope_are_those_of_sage(vertices):
    complex_, cell = complex_of(vertices)
    assert volumes(complex_).tolist() == [to_mpq(cell.volume(measure="ambient"))]
    assert centroids(complex_)[0].tolist() == [to_mpq(x) for x in cell.centroid()]


@given(polytopes(), st.data())
@settings(max_examples=30)
def test_volumes_of_the_cells_of_a_polynomial_add_up_to_the_domain_s(vertices, data):
    d = len(vertices[0])
    exponents = st.tuples(*[st.integers(-3, 3)] * d)
    terms = data.draw(st.dictionaries(exponents, st.fractions(-5, 5, max_denominator=3), min_size=1, max_size=6))
    domain = polyhedron(vertices, ambient_dim=d)
    complex_ = linear_regions(TropicalPolynomial(terms), domain=domain).complex
    parts = volumes(complex_)
    assert sum(parts) == to_mpq(domain.volume(measure="ambient"))
    moments = (centroids(complex_) * parts[:, None]).sum(axis=0)
    assert (moments / sum(parts)).tolist() == [to_mpq(x) for x in domain.centroid()]


@given(polytopes())
@settings(max_examples=cases(12, 30))
def test_squares_of_facet_volumes_are_those_of_sage(vertices):
    complex_, _cell = complex_of(vertices)
    d = complex_.ambient_dimension
    faces = complex_.faces(d - 1)
    found = squared_volumes(complex_, d - 1, faces.ids)
    # Sage measures in an orthogonal basis of the affine hull that is not normalized: Gram determinants.
    for value, face in zip(found, faces, strict=True):
        assert value == squared_volume_by_triangulation(face.polyhedron())


def squared_volume_by_triangulation(polytope):
    """(sum of simplex volumes)^2; parallel simplices: volumes are rational multiples of the first."""
    if polytope.dim() == 0:
        return 1
    simplices = [[polytope.vertices()[i].vector() for i in cell] for cell in polytope.triangulate()]
    grams = []
    for first, *rest in simplices:
        edges = [v - first for v in rest]
        n = len(edges)
        gram = [[Fraction(int((a * b).numerator()), int((a * b).denominator())) for b in edges] for a in edges]
        grams.append(determinant(gram) / factorial(n) ** 2)
    # sqrt(g) = sqrt(g_0) r with r^2 = g / g_0 a rational square
    ratios = [g / grams[0] for g in grams]
    roots = [Fraction(isqrt_exact(r.numerator), isqrt_exact(r.denominator)) for r in ratios]
    return mpq(grams[0] * sum(roots) ** 2)


def isqrt_exact(n):
    from math import isqrt

    root = isqrt(n)
    assert root * root == n
    return root


def determinant(rows):
    if not rows:
        return Fraction(1)
    return sum(
        (-1) ** j * rows[0][j] * determinant([row[:j] + row[j + 1 :] for row in rows[1:]]) for j in range(len(rows))
    )


@given(st.integers(1, 5), st.data())
@settings(max_examples=40)
def test_exterior_products_of_vectors_are_their_minors(d, data):
    k = data.draw(st.integers(1, d))
    rows = data.draw(st.lists(st.lists(COORDINATES, min_size=d, max_size=d), min_size=k, max_size=k))
    vector = np.array([[mpq(1)]], dtype=object)
    for i, row in enumerate(reversed(rows)):
        vector = exterior_product(np.array([row], dtype=object), vector, i)
    minors = [determinant([[Fraction(r[j]) for j in subset] for r in rows]) for subset in combinations(range(d), k)]
    assert vector.shape == (1, comb(d, k))
    assert vector[0].tolist() == minors


def test_a_box_in_five_dimensions():
    complex_, _ = complex_of(list(product((0, 2), repeat=5)))
    assert volumes(complex_).tolist() == [32]
    assert centroids(complex_).tolist() == [[1] * 5]
    assert set(squared_volumes(complex_, 3, complex_.faces(3).ids)) == {64}


def test_volume_vectors_are_projections_to_coordinate_planes():
    complex_, _ = complex_of([(0, 0, 0), (1, 0, 0), (0, 2, 0), (0, 0, 3)])
    # the triangle with normal (6, 3, 2); the coordinates (01), (02), (12) of (b - a) ^ (c - a)
    ids = complex_.faces(2).ids
    assert [2, -3, 6] in [row.tolist() for row in volume_vectors(complex_, 2, ids)]


def test_order_and_repetition_of_the_faces_are_kept():
    complex_, _ = complex_of([(0, 0), (3, 0), (0, 4)])
    edges = complex_.faces(1).ids
    once = squared_volumes(complex_, 1, edges)
    assert sorted(once) == [9, 16, 25]
    again = squared_volumes(complex_, 1, [edges[2], edges[0], edges[2]])
    assert again.tolist() == [once[2], once[0], once[2]]
    assert volumes(complex_, []).tolist() == []


def test_vertices_have_measure_one():
    complex_, _ = complex_of([(0,), (1,)])
    assert squared_volumes(complex_, 0, [0, 1]).tolist() == [1, 1]


def test_unbounded_cells_have_no_volume():
    complex_ = linear_regions(TropicalPolynomial({(0,): 0, (1,): 0})).complex
    with pytest.raises(UnboundedError, match="unbounded"):
        volumes(complex_)


def test_cells_with_a_line_have_no_volume():
    complex_ = linear_regions(TropicalPolynomial({(0, 0): 0, (1, 0): 0, (2, 0): -1})).complex
    with pytest.raises(UnboundedError, match="line"):
        centroids(complex_)
