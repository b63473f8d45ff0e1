r"""Weights on the walls of a complex: the balancing condition, and the function that bends by them.

A wall between the cells s and s' lies in a hyperplane <n, x> + b = 0 with n a *primitive* integer vector, which here
points from the first cell to the second.  A continuous function with the affine forms (A, c) on cells has for every
wall a rational weight w with

    (A', c') - (A, c) = w (n, b),

as the difference vanishes on the wall.

*Theorem.*  Let a complex cover R^d, or a convex domain.  Weights w are those of a continuous piecewise affine function
iff they are *balanced*: around every face of codimension 2 in the interior of the domain,

    sum over the walls around it of w n = 0,    all n pointing the same way around.

The function is determined by w up to an affine one.

*Proof.*  Going once around a face of codimension 2, the differences of the affine forms add up to zero.  Conversely,
walk from one cell through walls to another, adding w (n, b) (with the sign of the direction).  What is added does not
depend on the way: the domain without its faces of codimension 3 is simply connected, so every closed walk is a product
of walks around faces of codimension 2 and back, and w b sums to zero with w n as all forms vanish on the face.  QED

In the lattice the n around a face span a plane; turned by a right angle they are the primitive vectors of the walls
modulo the face, so this is the balancing condition of tropical geometry (Maclagan and Sturmfels 2015, Introduction to
Tropical Geometry, section 3.3).

**The same way around.**  Let p, p' be inner points of two walls around a face (as rays (x, 1)), with forms l, l' that
point the same way.  In the plane R^d modulo the face the walls are rays r, r', and l(p') is a positive multiple of
det(r, r'), l'(p) one of det(r', r): the signs are opposite.  If both are zero the walls are opposite (or equal), and
so are the forms.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from gmpy2 import gcd, mpq, mpz
from numpy.typing import NDArray

from troppoly.complex.face_lattice import ray_lists
from troppoly.complex.facets import inward_forms
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.exact import SparseMatrix
from troppoly.exact.scalar import ObjectArray

__all__ = ["WeightSpace"]

Ids = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class WeightSpace:
    """The walls of a complex with their forms, and the equations that weights have to satisfy.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> line = TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0}).normal_complex().complex
    >>> space = WeightSpace(line)
    >>> space.equations.shape, space.unbalanced(np.array([1, 1, 1])), len(space.unbalanced(np.array([1, 1, 2])))
    ((2, 3), array([], dtype=int64), 1)
    """

    complex: PolyhedralComplex

    @cached_property
    def integer_forms(self) -> ObjectArray:
        """The (walls, d + 1) primitive integer forms, positive on the second cell."""
        facets, _, second = self.complex.walls
        return inward_forms(self.complex, second, facets)

    @cached_property
    def forms(self) -> ObjectArray:
        """The (walls, d + 1) forms (n, b) with primitive integer n; b is rational."""
        n = len(self.integer_forms)
        divisors = np.fromiter((mpq(1, gcd(*row[:-1])) for row in self.integer_forms), dtype=object, count=n)
        return np.asarray(self.integer_forms * divisors[:, None])

    @cached_property
    def outer_facets(self) -> NDArray[np.bool_]:
        """Which cones of dimension D - 1 are facets of one cell only, that is of the domain, not at infinity."""
        n = self.complex.n_cones(self.complex.cone_dimension - 1)
        owners = np.bincount(self.complex.facets[-1].indices, minlength=n)
        return np.asarray((owners == 1) & ~self.complex.faces_at_infinity[-2])

    @property
    def covers_the_space(self) -> bool:
        """Whether the complex covers R^d."""
        return self.complex.cone_dimension == 1 or not self.outer_facets.any()

    @cached_property
    def _around(self) -> tuple[Ids, Ids, ObjectArray]:
        """Faces of codimension 2 inside of the domain (ascending), walls around them, and the n the same way around."""
        complex_, (facets, _, _) = self.complex, self.complex.walls
        D, none = complex_.cone_dimension, np.zeros(0, dtype=np.intp)
        if D < 3 or not len(facets):
            return none, none, np.zeros((0, complex_.ambient_dimension), dtype=object)
        outside = complex_.faces_at_infinity[D - 3].copy()
        outside[complex_.facets[-2].take(np.flatnonzero(self.outer_facets))[1]] = True
        walls, ridges = complex_.facets[-2].take(facets)
        inner = np.flatnonzero(~outside[ridges])
        inner = inner[np.argsort(ridges[inner], kind="stable")]
        walls, ridges = walls[inner], ridges[inner]
        first = np.searchsorted(ridges, ridges)  # the first wall around the face is what others are compared with
        forms, points = self.integer_forms, self._inner_points
        here, there = forms[walls], forms[walls[first]]
        one = (here * points[walls[first]]).sum(axis=1)
        other = (there * points[walls]).sum(axis=1)
        signs = -np.sign(one) * np.sign(other)
        parallel = np.flatnonzero(signs == 0)
        signs[parallel] = -np.sign((here[parallel] * there[parallel])[:, :-1].sum(axis=1))
        signs[first == np.arange(len(first))] = mpz(1)
        return ridges, walls, self.forms[walls, :-1] * signs[:, None]

    @property
    def _inner_points(self) -> ObjectArray:
        """For every wall the sum of its rays."""
        lists = ray_lists(self.complex.facets[:-1], self.complex.walls.facets)
        rays, places = np.unique(lists.indices, return_inverse=True)
        return np.add.reduceat(self.complex.rays.homogeneous(rays)[places], lists.indptr[:-1], axis=0)

    @cached_property
    def equations(self) -> SparseMatrix:
        """The matrix whose kernel are the balanced weights: d rows for every face of codimension 2, a column a wall."""
        ridges, walls, normals = self._around
        d = self.complex.ambient_dimension
        faces, places = np.unique(ridges, return_inverse=True)
        rows = (places[:, None] * d + np.arange(d)).ravel()
        columns = np.repeat(walls, d)
        values = [v.numerator for v in normals.ravel()]
        return SparseMatrix.from_triples(rows, columns, values, (d * len(faces), len(self.complex.walls.facets)))

    def unbalanced(self, weights: ObjectArray) -> Ids:
        """Return the faces of codimension 2 (cones of dimension D - 2) at which the weights are not balanced."""
        ridges, walls, normals = self._around
        if not len(ridges):
            return np.zeros(0, dtype=np.intp)
        faces, starts = np.unique(ridges, return_index=True)
        sums = np.add.reduceat(normals * np.asarray(weights, dtype=object)[walls, None], starts, axis=0)
        return np.asarray(faces[(sums != 0).any(axis=1)], dtype=np.intp)

    def weights(self, forms: ObjectArray) -> ObjectArray:
        """Return the weights of the continuous function with the (cells, d + 1) forms."""
        _, first, second = self.complex.walls
        jumps = forms[second] - forms[first]
        places = np.argmax((self.forms[:, :-1] != 0).astype(bool), axis=1) if len(first) else np.zeros(0, dtype=np.intp)
        walls = np.arange(len(first))
        return np.asarray(jumps[walls, places] / self.forms[walls, places])

    def function(self, weights: ObjectArray, cell: int, piece: ObjectArray) -> ObjectArray | None:
        """Return the (cells, d + 1) forms of the function with these weights and a given form on one cell.

        None if there is none, because the weights are not balanced.
        """
        _, first, second = self.complex.walls
        jumps = self.forms * np.asarray(weights, dtype=object)[:, None]
        neighbors: list[list[tuple[int, int, int]]] = [[] for _ in range(self.complex.n_cells)]
        for wall, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
            neighbors[a].append((b, wall, 1))
            neighbors[b].append((a, wall, -1))
        result = np.empty((self.complex.n_cells, self.complex.ambient_dimension + 1), dtype=object)
        result[cell] = piece
        known, waiting = {cell}, deque([cell])
        while waiting:
            here = waiting.popleft()
            for there, wall, sign in neighbors[here]:
                if there not in known:
                    known.add(there)
                    waiting.append(there)
                    result[there] = result[here] + sign * jumps[wall]
        return result if (result[second] - result[first] == jumps).all() else None
