"""The normal complex of a lifted polyhedron: its normal fan cut at height 1.

For a face F of P = conv{(a_i, c_i)} + cone{(0, ..., 0, -1)} in R^(d+1) let

    N_F = {(x, t) : <(x, t), z> is maximal over P at every z in F}.

These cones form a fan, the normal fan, whose support is the half-space t >= 0, and dim N_F = d + 1 - dim F.  Cut at
t = 1, the cone of a vertex (a_i, c_i) is the region where the monomial i of the tropical polynomial is the maximum.  If
the recession cone of P has further rays (-a, -b), the support is the homogenized polyhedron of all x with
<a, x> + b >= 0 for these, and the complex is that of f on this domain.  In a ``PolyhedralComplex``:

- rays: outer normals of the facets of P (t = 0 for the vertical facets);
- cones of dimension k modulo lineality: faces of P of dimension dim P - k, those at infinity being the unbounded ones;
- lineality: the directions orthogonal to all a_i - a_j, not zero if P is not full-dimensional.

The face lattice is built from the vertex-facet incidences alone, downwards from the maximal cones: the facets of a cone
are the maximal ones among its proper intersections with the cones of the other vertices and with the boundary of the
support, t = 0 included (Kaibel and Pfetsch 2002, Computing the face lattice of a polytope from its vertex-facet
incidences).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.complex.face_lattice import Incidence
from troppoly.complex.polyhedral_complex import ExactRays, PolyhedralComplex
from troppoly.errors import InputError
from troppoly.exact import DenseMatrix
from troppoly.exact.linear import modulo
from troppoly.passagemath import Polyhedron, equation_rows, facet_rows, ray_matrix, vertex_matrix
from troppoly.polytope.upper_hull import incidence

__all__ = ["NormalComplex", "normal_complex"]


@dataclass(frozen=True, slots=True)
class NormalComplex:
    """A normal complex with, for every cell in order, the vertex (a, c) of P it belongs to.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> f = TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})
    >>> normal = f.normal_complex()
    >>> normal.complex, len(normal.vertices)
    (Polyhedral complex of R^2 with f-vector (1, 3, 3), 3)
    """

    complex: PolyhedralComplex
    vertices: tuple[tuple[mpq, ...], ...]

    def __repr__(self) -> str:
        return f"Normal complex of R^{self.complex.ambient_dimension} with f-vector {self.complex.f_vector()}"


@checked
def normal_complex(lifted: Polyhedron) -> NormalComplex:
    """Return the normal fan of a lifted polyhedron in R^(d+1), cut at height 1.

    ``lifted`` may have been restricted to a domain by :func:`troppoly.polytope.restrict_to_domain`.
    Raises InputError if it has no vertex or its recession cone lacks the ray of (0, ..., 0, -1).

    >>> from troppoly.polytope import lifted_polyhedron
    >>> normal = normal_complex(lifted_polyhedron([(0,), (1,), (2,)], [0, 0, -4]))
    >>> normal.complex.f_vector(), normal.vertices[1]
    ((2, 3), (mpq(1,1), mpq(0,1)))
    """
    vertices, facets, equations = vertex_matrix(lifted), facet_rows(lifted), equation_rows(lifted)
    contains_ray = not ((facets[:, -1] > 0).any() or (equations[:, -1] != 0).any())
    if lifted.is_empty() or lifted.lines_list() or not contains_ray:
        raise InputError("A lifted polyhedron has a vertex and contains the ray of (0, ..., 0, -1).")
    d = vertices.shape[1] - 1
    lineality = DenseMatrix(equations[:, 1 : d + 1])
    rays = modulo(-facets[:, 1:], lineality)
    on = incidence(vertices, facets)
    boundary = (ray_matrix(lifted).numerators @ facets[:, 1:].T == 0).astype(bool)
    lattice = _face_lattice(on, boundary, dimension=lifted.dim())
    complex_ = PolyhedralComplex(ambient_dimension=d, lineality=lineality, rays=ExactRays(rays), facets=lattice)
    return NormalComplex(complex_, tuple(map(tuple, vertices)))


def _face_lattice(on: NDArray[np.bool_], boundary: NDArray[np.bool_], dimension: int) -> tuple[Incidence, ...]:
    """The facets of the cones of dimensions 2, ..., ``dimension`` of the normal fan.

    ``on`` tells which vertices of P (rows; the maximal cones) lie on which facets of P (columns; the rays), and
    ``boundary`` which rays of P (rows; walls of the support) are parallel to which facets.
    """
    # A cone is the set of its rays, as the bits of an integer; atoms are what cones are cut with.
    atoms = [sum(1 << position for position in np.flatnonzero(row).tolist()) for row in (*on, *boundary)]
    atoms_of_ray = [np.flatnonzero(column).tolist() for column in np.concatenate((on, boundary)).T]
    cones = atoms[: len(on)]
    levels = []
    for k in range(dimension, 1, -1):
        # The cones of dimension 1 are the rays themselves, in the order of the columns.
        ids = {1 << ray: ray for ray in range(on.shape[1])} if k == 2 else {}
        lists = []
        for cone in cones:
            nearby = {atom for ray in _positions(cone) for atom in atoms_of_ray[ray]}
            faces = _maximal({cone & atoms[atom] for atom in nearby} - {cone})
            lists.append([ids.setdefault(face, len(ids)) for face in faces])
        indices = np.array([face for faces in lists for face in faces], dtype=np.int32)
        levels.append(Incidence(np.cumsum([0, *map(len, lists)], dtype=np.int64), indices))
        cones = list(ids)
    return tuple(reversed(levels))


def _maximal(sets: set[int]) -> list[int]:
    """The sets (of bits) that no other one contains, in a fixed order."""
    kept: list[int] = []
    kept_with: dict[int, list[int]] = {}
    for candidate in sorted(sets, key=lambda s: (-s.bit_count(), s)):
        # A set that contains the candidate contains its lowest element.
        lowest = candidate & -candidate
        if any(candidate & other == candidate for other in kept_with.get(lowest, ())):
            continue
        kept.append(candidate)
        for ray in _positions(candidate):
            kept_with.setdefault(1 << ray, []).append(candidate)
    return kept


def _positions(bits: int) -> list[int]:
    result = []
    while bits:
        lowest = bits & -bits
        result.append(lowest.bit_length() - 1)
        bits ^= lowest
    return result
