"""Polyhedral complexes as arrays: the face lattice of a fan in one dimension more.

A polyhedron {x : A x + b >= 0} in R^d is the slice t = 1 of the cone {(x, t) : A x + b t >= 0, t >= 0}.  A complex that
covers R^d (or a polyhedral domain) thus becomes a fan in the half-space t >= 0 of R^(d+1): a ray (x, t) with t > 0 is
the vertex x / t, one with t = 0 a direction at infinity.  A cone with a ray with t > 0 stands for a polyhedron of one
dimension less; the other cones are the faces at infinity.

All polyhedra of a complex have the same lineality space L, and the fan is kept modulo L: its cones are pointed, of
dimensions 1, ..., D with D = d + 1 - dim L, and one of dimension k stands for a polyhedron of dimension k - 1 + dim L.
A *wall* is a facet that two cells share; a cone at infinity of dimension D - 1 is a facet of one cell, so it is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import Any, NamedTuple, Protocol

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import Norm, checked
from troppoly.complex.face_lattice import Incidence
from troppoly.complex.facets import facets_of_cells, inward_forms
from troppoly.complex.shape import Ball, diameter, inscribed_ball
from troppoly.complex.volume import centroids, volumes
from troppoly.errors import InputError, UnboundedError, counted
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.scalar import ObjectArray
from troppoly.passagemath import polyhedron
from troppoly.values import Value, fixed_property

__all__ = ["ExactRays", "Face", "Faces", "PolyhedralComplex", "Rays", "Walls"]

Ids = NDArray[np.int32]
Mask = NDArray[np.bool_]


class Rays(Protocol):
    """The rays of a fan: which are at infinity, and their coordinates when asked for."""

    @property
    def at_infinity(self) -> Mask:
        """The (n,) array that is true where t = 0."""

    def homogeneous(self, ids: Any) -> ObjectArray:
        """Return the (len(ids), d + 1) integer coordinates (x, t) of the rays ``ids``."""


@dataclass(frozen=True, slots=True, eq=False)
class ExactRays(Value):
    """Rays that are given by their (n, d + 1) integer coordinates (x, t)."""

    coordinates: ObjectArray

    @property
    def at_infinity(self) -> Mask:
        """Where t = 0."""
        return np.asarray(self.coordinates[:, -1] == 0, dtype=bool)

    def homogeneous(self, ids: Any) -> ObjectArray:
        """Return the coordinates of the rays ``ids``."""
        return self.coordinates[np.asarray(ids, dtype=np.int64)]


class Walls(NamedTuple):
    """The facets that two cells share: ``facets[i]`` lies between ``first[i]`` and ``second[i]``."""

    facets: Ids
    first: Ids
    second: Ids


@dataclass(frozen=True, eq=False)
class PolyhedralComplex(Value):
    """A polyhedral complex that covers R^d or a full-dimensional polyhedral domain.

    ``facets[k - 2]`` lists for every cone of dimension k = 2, ..., D its facets; the rows of ``lineality`` are a basis
    of the common lineality space, modulo which the coordinates of the rays are representatives.  Equal complexes have
    the same faces in the same order.  The subdivision of the real line at 0:

    >>> rays = ExactRays(RationalMatrix.of([[-1, 0], [0, 1], [1, 0]]).numerators)
    >>> edges = Incidence(np.array([0, 2, 4]), np.array([0, 1, 1, 2], dtype=np.int32))
    >>> line = PolyhedralComplex(1, RationalMatrix.zeros(0, 1), rays, (edges,))
    >>> line.f_vector(), line.n_bounded_cells, line.cells[0].interior_point()
    ((1, 2), 0, (mpq(-1,1),))
    """

    ambient_dimension: int
    lineality: RationalMatrix
    rays: Rays
    facets: tuple[Incidence, ...]

    @property
    def cone_dimension(self) -> int:
        """D, the dimension of the cones that stand for cells, modulo lineality."""
        return len(self.facets) + 1

    @property
    def lineality_dimension(self) -> int:
        """The dimension of the lineality space that all faces have in common."""
        return self.lineality.shape[0]

    @cached_property
    def _rays_at_infinity(self) -> Mask:
        return self.rays.at_infinity

    @fixed_property
    def faces_at_infinity(self) -> tuple[Mask, ...]:
        """For every cone dimension k = 1, ..., D, which cones have all their rays at infinity."""
        return tuple(~mask for mask in self._with_one_of(~self._rays_at_infinity))

    @fixed_property
    def unbounded_faces(self) -> tuple[Mask, ...]:
        """For every cone dimension k = 1, ..., D, which cones have a ray at infinity."""
        return tuple(self._with_one_of(self._rays_at_infinity))

    def _with_one_of(self, rays: Mask) -> list[Mask]:
        """For every cone dimension, which cones have one of the rays."""
        result = [rays]
        for incidence in self.facets:
            result.append(incidence.any_of(result[-1]))
        return result

    @property
    def homogeneous_rays(self) -> ObjectArray:
        """The (n, d + 1) integer coordinates (x, t) of all rays."""
        return self.rays.homogeneous(np.arange(self.n_cones(1)))

    @property
    def homogeneous_lines(self) -> RationalMatrix:
        """The basis of the lineality space as the (l, d + 1) matrix of rows (x, 0)."""
        return self.lineality.hstack(RationalMatrix.zeros(self.lineality_dimension, 1))

    @property
    def bounded_cells(self) -> Mask:
        """Which cells are bounded."""
        return ~self.unbounded_faces[-1] & (self.lineality_dimension == 0)

    @property
    def n_cells(self) -> int:
        """The number of cells (the full-dimensional polyhedra)."""
        return self.n_cones(self.cone_dimension)

    def n_cones(self, k: int) -> int:
        """Return the number of cones of dimension k, those at infinity included."""
        return len(self._rays_at_infinity) if k == 1 else self.facets[k - 2].n_lists

    def f_vector(self) -> tuple[int, ...]:
        """Return (f_0, ..., f_d): the numbers of faces of the complex by dimension."""
        finite = tuple(int(np.count_nonzero(~mask)) for mask in self.faces_at_infinity)
        return (0,) * self.lineality_dimension + finite

    def euler_characteristic(self) -> int:
        """Return the sum of (-1)^dim over all faces, (-1)^d for a complex that covers R^d (compact supports)."""
        return sum((-1) ** k * count for k, count in enumerate(self.f_vector()))

    @property
    def n_bounded_cells(self) -> int:
        """The number of bounded cells."""
        return int(np.count_nonzero(self.bounded_cells))

    @property
    def n_directions_at_infinity(self) -> int:
        """The number of rays at infinity, modulo lineality."""
        return int(np.count_nonzero(self._rays_at_infinity))

    @fixed_property
    def walls(self) -> Walls:
        """The pairs of cells that share a facet, with that facet (a cone of dimension D - 1)."""
        none = np.zeros(0, dtype=np.int32)
        if self.cone_dimension == 1:
            return Walls(none, none, none)
        cells = self.facets[-1]
        owners = cells.owners.astype(np.int32)
        first, last = np.full((2, self.n_cones(self.cone_dimension - 1)), -1, dtype=np.int32)
        first[cells.indices[::-1]], last[cells.indices] = owners[::-1], owners  # the last value that is assigned stays
        facets = np.flatnonzero(first != last)
        return Walls(facets.astype(np.int32), first[facets], last[facets])

    @checked
    def neighbors(self, cell: int) -> tuple[int, ...]:
        """Return the cells that share a facet with ``cell``, ascending; InputError if there is no such cell."""
        if not 0 <= cell < self.n_cells:
            raise InputError(f"The cells are 0, ..., {self.n_cells - 1}, not {cell}.")
        first, second = self.walls.first, self.walls.second
        return tuple(sorted([*second[first == cell].tolist(), *first[second == cell].tolist()]))

    def rays_of(self, k: int, index: int) -> Ids:
        """Return the rays of the cone ``index`` of dimension k, in ascending order."""
        faces = np.array([index], dtype=np.int32)
        for incidence in reversed(self.facets[: k - 1]):
            faces = np.unique(np.concatenate([incidence[i] for i in faces]))
        return faces

    @property
    def cells(self) -> Faces:
        """The cells, in the order of the arrays."""
        return Faces(self, self.cone_dimension, np.arange(self.n_cells))

    @checked
    def faces(self, dimension: int) -> Faces:
        """Return the faces of a dimension; raises InputError unless it is one of 0, ..., d."""
        if not 0 <= dimension <= self.ambient_dimension:
            raise InputError(f"A face of a complex of R^{self.ambient_dimension} has no dimension {dimension}.")
        k = dimension + 1 - self.lineality_dimension
        finite = ~self.faces_at_infinity[k - 1] if k >= 1 else np.zeros(0, dtype=bool)
        return Faces(self, k, np.flatnonzero(finite))

    def __repr__(self) -> str:
        return f"Polyhedral complex of R^{self.ambient_dimension} with f-vector {self.f_vector()}"


@dataclass(frozen=True, slots=True, eq=False)
class Faces(Value, Sequence["Face"]):
    """The faces of one dimension, made when asked for."""

    complex: PolyhedralComplex
    cone_dimension: int
    ids: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return Faces(self.complex, self.cone_dimension, self.ids[i])
        return Face(self.complex, self.cone_dimension, int(self.ids[i]))

    def __repr__(self) -> str:
        n, dimension = len(self), self.cone_dimension - 1 + self.complex.lineality_dimension
        return f"{counted(n, 'face')} of dimension {dimension} in R^{self.complex.ambient_dimension}"


@dataclass(frozen=True, slots=True)
class Face:
    """A closed face of a complex: the cone ``index`` of dimension ``cone_dimension``.

    Norms are the 1- and the infinity-norm, in which everything is rational.  What is infinite raises UnboundedError.

    >>> import troppoly as tp
    >>> triangle = tp.TropicalPolynomial({(0, 0): 0, (3, 0): 0, (0, 3): 0}).newton_polytope()
    >>> face = tp.linear_regions(tp.TropicalPolynomial({(1, 1): 0}), domain=triangle).complex.cells[0]
    >>> face.volume(), face.centroid(), face.diameter(1), face.diameter()
    (mpq(9,2), (mpq(1,1), mpq(1,1)), mpq(6,1), mpq(3,1))
    >>> face.inscribed_ball(), face.inscribed_ball(1).radius
    (Ball(center=(mpq(3,4), mpq(3,4)), radius=mpq(3,4)), mpq(1,1))
    """

    complex: PolyhedralComplex = field(hash=False)
    cone_dimension: int
    index: int

    @property
    def dimension(self) -> int:
        """The dimension of the polyhedron."""
        return self.cone_dimension - 1 + self.complex.lineality_dimension

    def _generators(self, at_infinity: bool) -> ObjectArray:
        ids = self.complex.rays_of(self.cone_dimension, self.index)
        chosen = ids[self.complex._rays_at_infinity[ids] == at_infinity]
        return self.complex.rays.homogeneous(chosen)

    def vertices(self) -> tuple[tuple[mpq, ...], ...]:
        """Return the vertices, exact (representatives modulo the lineality space)."""
        return tuple(tuple(mpq(x, row[-1]) for x in row[:-1]) for row in self._generators(at_infinity=False))

    def rays(self) -> tuple[tuple[mpq, ...], ...]:
        """Return integer vectors that span the extreme rays of the recession cone, modulo lineality."""
        return tuple(tuple(mpq(x) for x in row[:-1]) for row in self._generators(at_infinity=True))

    def lines(self) -> tuple[tuple[mpq, ...], ...]:
        """Return a basis of the lineality space."""
        return tuple(map(tuple, self.complex.lineality.tolist()))

    def polyhedron(self) -> Any:
        """Return the face as a passagemath ``Polyhedron`` over the rationals."""
        return polyhedron(self.vertices(), self.rays(), self.lines(), ambient_dim=self.complex.ambient_dimension)

    def interior_point(self) -> tuple[mpq, ...]:
        """Return an exact point of the relative interior: the mean of the vertices plus the sum of the extreme rays.

        Rays are first divided by their largest coordinate, in absolute value: as primitive integer vectors they have
        dozens of digits where weights are floats, and the point would be that far away.

        >>> import troppoly as tp
        >>> cells = tp.TropicalPolynomial({(5, 0): 0, (0, 3): 0, (0, 0): 0}).normal_complex().complex.cells
        >>> sorted(cell.interior_point() for cell in cells)
        [(mpq(-1,1), mpq(-1,1)), (mpq(-2,5), mpq(1,1)), (mpq(3,5), mpq(0,1))]
        """
        generators = (self.vertices(), self.rays())
        vertices, rays = (np.array(g, dtype=object).reshape(-1, self.complex.ambient_dimension) for g in generators)
        rays = rays / abs(rays).max(axis=1, initial=1)[:, None]
        return tuple(vertices.sum(axis=0) / len(vertices) + rays.sum(axis=0))

    def is_bounded(self) -> bool:
        """Return whether the face is a polytope."""
        unbounded = self.complex.unbounded_faces[self.cone_dimension - 1][self.index]
        return not (unbounded or self.complex.lineality_dimension)

    def volume(self) -> mpq:
        """Return the exact volume of a cell; InputError for lower faces, whose volume need not be rational."""
        self._check_cell()
        volume: mpq = volumes(self.complex, [self.index])[0]
        return volume

    def inequalities(self) -> RationalMatrix:
        """Return the irredundant description of a cell: <a, x> + b >= 0 for the rows (a, b), primitive integer vectors.

        They are in the order of :meth:`facets`.  Raises InputError for a face of lower dimension.

        >>> import troppoly as tp
        >>> half_lines = tp.TropicalPolynomial({(1,): 0, (0,): -2}).normal_complex().complex.cells
        >>> sorted(cell.inequalities().tolist() for cell in half_lines)
        [[[mpq(-1,1), mpq(-2,1)]], [[mpq(1,1), mpq(2,1)]]]
        """
        self._check_cell()
        owners, facets = facets_of_cells(self.complex, [self.index])
        return DenseMatrix(inward_forms(self.complex, np.full(len(owners), self.index), facets))

    def _check_cell(self) -> None:
        if self.dimension < self.complex.ambient_dimension:
            raise InputError(f"{self} is not a cell, which has dimension {self.complex.ambient_dimension}.")

    def centroid(self) -> tuple[mpq, ...]:
        """Return the center of mass with respect to the volume of the face's dimension."""
        return tuple(centroids(self.complex, [self.index], self.dimension)[0])

    @checked
    def diameter(self, norm: Norm = inf) -> mpq:
        """Return the largest distance of two points; UnboundedError if there is none."""
        if not self.is_bounded():
            raise UnboundedError(f"{self} has no finite diameter.")
        return diameter(self.vertices(), norm)

    @checked
    def inscribed_ball(self, norm: Norm = inf) -> Ball:
        """Return a largest ball in the face; its radius is the *inradius*, its center need not be unique.

        In a face that is not a cell the largest balls are its points.  Raises UnboundedError if there is no largest.
        """
        if self.dimension < self.complex.ambient_dimension:
            return Ball(self.interior_point(), mpq(0))
        ball = inscribed_ball(self.inequalities(), norm)
        if ball is None:
            raise UnboundedError(f"{self} contains balls of any radius.")
        return ball

    def facets(self) -> tuple[Face, ...]:
        """Return the facets of the face."""
        k = self.cone_dimension
        lower = self.complex.facets[k - 2][self.index] if k > 1 else ()
        return tuple(Face(self.complex, k - 1, int(i)) for i in lower if not self.complex.faces_at_infinity[k - 2][i])

    def __repr__(self) -> str:
        kind = "bounded" if self.is_bounded() else "unbounded"
        return f"{type(self).__name__} {self.index} of dimension {self.dimension}, {kind}"
