"""Diameters and inscribed balls: by hand, by Sage's vertices of the lifted program, and as theorems."""

from itertools import product
from math import inf

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refinement.strategies import SMALL, networks
from tests.seeds import cases
from troppoly import InputError, Network, TropicalPolynomial, UnboundedError, linear_regions
from troppoly.passagemath import polyhedron, to_mpq, to_sage_rational


def cell_of(vertices):
    d = len(vertices[0])
    domain = polyhedron(vertices, ambient_dim=d)
    return linear_regions(TropicalPolynomial({(0,) * d: 0}), domain=domain).cells[0]


def test_a_box():
    box = cell_of(list(product((0, 2), (0, 4), (0, 6))))
    assert box.diameter(inf) == 6
    assert box.diameter(1) == 12
    assert box.inscribed_ball(inf).radius == 1
    assert box.inscribed_ball(1).radius == 1
    assert box.centroid() == (1, 2, 3)


def test_a_cross_polytope():
    cross = cell_of([(1, 0), (-1, 0), (0, 1), (0, -1)])
    assert cross.diameter(inf) == 2
    assert cross.diameter(1) == 2
    assert cross.inscribed_ball(1) == ((0, 0), 1)
    assert cross.inscribed_ball(inf) == ((0, 0), mpq(1, 2))


def sage_inradius(cell, norm):
    """The largest r with (x, r) in the lifted polyhedron, from its vertices."""
    rows = []
    for b, *a in cell.polyhedron().inequalities_list():
        a = [to_mpq(v) for v in a]
        size = max(map(abs, a)) if norm == 1 else sum(map(abs, a))
        rows.append([to_mpq(b), *a, -size])
    d = cell.complex.ambient_dimension
    lifted = polyhedron(inequalities=[*rows, [0] * (d + 1) + [1]], ambient_dim=d + 1)
    if any(row[-1] > 0 for row in lifted.rays_list() + lifted.lines_list()):
        return None
    return max(to_mpq(v[-1]) for v in lifted.vertices_list())


@given(networks(SMALL, dimensions=(1, 2, 3), most_units=5), st.sampled_from([1, inf]))
@settings(max_examples=cases(15, 30))
def test_inradii_are_those_of_sage_and_balls_lie_in_their_cells(arrays, norm):
    for cell in linear_regions(Network.from_arrays(*arrays)).cells[:4]:
        expected = sage_inradius(cell, norm)
        if expected is None:
            with pytest.raises(UnboundedError, match="any radius"):
                cell.inscribed_ball(norm)
            continue
        center, radius = cell.inscribed_ball(norm)
        assert radius == expected
        d = len(center)
        if norm == 1:
            corners = [[s * radius * (i == j) for j in range(d)] for i in range(d) for s in (1, -1)]
        else:
            corners = product((radius, -radius), repeat=d)
        inside = cell.polyhedron()
        for corner in corners:
            assert inside.contains([to_sage_rational(c + v) for c, v in zip(center, corner, strict=True)])


@given(networks(SMALL, dimensions=(1, 2, 3), most_units=6))
@settings(max_examples=30)
def test_diameters_of_regions_are_attained_and_not_exceeded(arrays):
    for region in linear_regions(Network.from_arrays(*arrays))[:8]:
        if not region.is_bounded():
            with pytest.raises(UnboundedError):
                region.diameter()
            continue
        points = [[to_mpq(x) for x in v] for p in region.polyhedra() for v in p.vertices_list()]
        gaps = [[abs(a - b) for a, b in zip(p, q, strict=True)] for p in points for q in points]
        assert region.diameter(1) == max(map(sum, gaps))
        assert region.diameter(inf) == max(map(max, gaps))


def test_the_centroid_of_a_region_of_two_cells():
    # (x)+ - (x)+ + y is linear, though the line x = 0 cuts the square into two cells
    net = Network.from_arrays([[[1, 0], [1, 0], [0, 1]], [[1, -1, 1]]])
    box = polyhedron(list(product((-1, 3), (1, 2))), ambient_dim=2)
    region = linear_regions(net, domain=box)[0]
    assert len(region.cells) == 2
    assert region.centroid() == (1, mpq(3, 2))


def test_faces_of_lower_dimension_of_a_box():
    """The faces of a product of intervals are boxes: the centroid is the middle, and no ball of R^3 fits in."""
    box = cell_of(list(product((0, 2), (0, 4), (0, 6)))).complex
    for dimension, count in ((0, 8), (1, 12), (2, 6)):
        faces = box.faces(dimension)
        assert len(faces) == count
        for face in faces:
            corners = face.vertices()
            assert face.centroid() == tuple(sum(xs) / mpq(len(corners)) for xs in zip(*corners, strict=True))
            center, radius = face.inscribed_ball()
            assert radius == 0
            assert face.polyhedron().contains([to_sage_rational(x) for x in center])


def test_the_centroid_of_a_triangle_in_space_is_not_that_of_its_corners_boundary():
    """A pyramid over a quadrilateral: its base by two triangles, weighted by area, in plain fractions."""
    base = [(0, 0, 0), (4, 0, 0), (2, 1, 1), (0, 2, 2)]  # the corner (2, 1, 1) lies on an edge's line: a triangle
    cell = cell_of([*base, (0, 0, 5)])
    bottom = next(f for f in cell.complex.faces(2) if (0, 0, 5) not in f.vertices() and (4, 0, 0) in f.vertices())
    assert bottom.centroid() == (mpq(4, 3), mpq(2, 3), mpq(2, 3))
    other = cell_of([(0, 0, 0), (4, 0, 0), (2, 2, 2), (0, 2, 2), (0, 0, 5)])  # now a trapezoid, 4 below and 2 above
    bottom = next(f for f in other.complex.faces(2) if len(f.vertices()) == 4)
    assert bottom.centroid() == (mpq(14, 9), mpq(8, 9), mpq(8, 9))  # height 2: (h / 3) (4 + 2 * 2) / (4 + 2)


def test_other_norms_are_refused():
    with pytest.raises(InputError, match="norm"):
        cell_of([(0,), (1,)]).diameter(2)
    with pytest.raises(InputError, match="norm"):
        cell_of([(0,), (1,)]).inscribed_ball(3)
