"""Polyhedral complexes as arrays: the square with a diagonal, a fan with lineality, and their faces."""

import numpy as np
import pytest
from gmpy2 import mpq, mpz

from tests.oracles.complex_invariants import assert_face_lattice, assert_whole_space
from troppoly.complex.face_lattice import Incidence
from troppoly.complex.polyhedral_complex import ExactRays, PolyhedralComplex
from troppoly.errors import InputError
from troppoly.exact import RationalMatrix
from troppoly.passagemath import polyhedron


def incidence(lists):
    return Incidence(
        np.cumsum([0] + [len(entries) for entries in lists]),
        np.array([i for entries in lists for i in entries], np.int32),
    )


def objects(rows):
    result = np.empty((len(rows), len(rows[0])), dtype=object)
    for i, row in enumerate(rows):
        result[i] = [mpz(v) for v in row]
    return result


@pytest.fixture(scope="module")
def square():
    """[0, 1/2]^2, cut along the diagonal from the origin: 4 vertices, 5 edges, 2 triangles."""
    rays = ExactRays(objects([[0, 0, 1], [1, 0, 2], [0, 1, 2], [1, 1, 2]]))
    edges = incidence([[0, 1], [1, 3], [0, 3], [0, 2], [2, 3]])
    return PolyhedralComplex(2, RationalMatrix.zeros(0, 2), rays, (edges, incidence([[0, 1, 2], [2, 3, 4]])))


@pytest.fixture(scope="module")
def corner():
    """The axes of the plane, times a line in the direction (1, 1, 1): 4 cells of R^3."""
    rays = ExactRays(objects([[1, 0, 0, 0], [0, 1, 0, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]]))
    quarters = [[0, 1], [1, 2], [2, 3], [3, 0]]
    edges = incidence([*quarters, *([i, 4] for i in range(4))])
    cells = incidence([[i, 4 + a, 4 + b] for i, (a, b) in enumerate(quarters)])
    return PolyhedralComplex(3, RationalMatrix.of([[1, 1, 1]]), rays, (edges, cells))


def test_the_square(square):
    assert_face_lattice(square)
    assert square.f_vector() == (4, 5, 2)
    assert square.euler_characteristic() == 1  # of a polytope
    assert square.n_cells == square.n_bounded_cells == 2
    assert square.n_directions_at_infinity == square.lineality_dimension == 0
    assert square.cone_dimension == 3
    assert [w.tolist() for w in square.walls] == [[2], [0], [1]]
    assert (square.neighbors(0), square.neighbors(1)) == ((1,), (0,))
    assert square.rays_of(3, 1).tolist() == [0, 2, 3]
    half = mpq(1, 2)
    assert square.cells[0].vertices() == ((0, 0), (half, 0), (half, half))
    assert square.cells[0].rays() == square.cells[0].lines() == ()
    assert square.cells[0].interior_point() == (mpq(1, 3), mpq(1, 6))
    assert square.cells[1].polyhedron() == polyhedron([(0, 0), (0, half), (half, half)], ambient_dim=2)
    assert [face.interior_point() for face in square.faces(0)] == [(0, 0), (half, 0), (0, half), (half, half)]
    assert [facet.index for facet in square.cells[0].facets()] == [0, 1, 2]
    assert square.faces(0)[0].facets() == ()
    assert all(face.is_bounded() and face.dimension == 1 for face in square.faces(1))
    assert repr(square) == "Polyhedral complex of R^2 with f-vector (4, 5, 2)"
    assert repr(square.cells[1]) == "Face 1 of dimension 2, bounded"


def test_the_corner_with_a_line(corner):
    assert_face_lattice(corner)
    assert_whole_space(corner)
    assert corner.f_vector() == (0, 1, 4, 4)
    assert corner.n_bounded_cells == 0
    assert corner.n_directions_at_infinity == 4
    assert corner.faces(0)[:].ids.tolist() == []
    assert len(corner.faces(1)) == 1
    cell = corner.cells[0]
    assert cell.lines() == ((1, 1, 1),)
    assert cell.vertices() == ((0, 0, 0),)
    assert set(cell.rays()) == {(1, 0, 0), (0, 1, 0)}
    assert cell.interior_point() == (1, 1, 0)
    assert not cell.is_bounded()
    assert cell.polyhedron() == polyhedron(inequalities=[[0, 1, 0, -1], [0, 0, 1, -1]], ambient_dim=3)  # x >= z, y >= z
    assert sorted(f.index for f in cell.facets()) == [4, 5]  # the face at infinity is none
    assert corner.neighbors(0) == (1, 3)
    assert len(corner.walls.facets) == 4


def test_faces_are_sequences(square):
    edges = square.faces(1)
    assert len(edges) == len(list(edges)) == 5
    assert edges[-1] == edges[4]
    assert [edge.index for edge in edges[1:3]] == [1, 2]
    with pytest.raises(IndexError):
        edges[5]


@pytest.mark.parametrize("dimension", [-1, 3])
def test_dimensions_that_no_face_has(square, dimension):
    with pytest.raises(InputError, match=f"no dimension {dimension}"):
        square.faces(dimension)


def test_one_cell_without_facets():
    """R^2 itself: the fan modulo lineality is one ray."""
    rays = ExactRays(objects([[0, 0, 1]]))
    plane = PolyhedralComplex(2, RationalMatrix.identity(2), rays, ())
    assert_whole_space(plane)
    assert plane.f_vector() == (0, 0, 1)
    assert plane.n_bounded_cells == 0
    assert len(plane.walls.facets) == 0
    assert plane.cells[0].polyhedron() == polyhedron([(0, 0)], lines=[(1, 0), (0, 1)], ambient_dim=2)
    assert plane.cells[0].interior_point() == (0, 0)


def test_incidences():
    lists = incidence([[0, 1], [2], [0, 2]])
    assert lists.n_lists == 3
    assert lists[2].tolist() == [0, 2]
    assert lists.owners.tolist() == [0, 0, 1, 2, 2]
    assert lists.any_of(np.array([False, True, False])).tolist() == [True, False, False]
    assert lists.any_of(np.array([False, False, True])).tolist() == [False, True, True]
