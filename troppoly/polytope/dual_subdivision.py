"""The dual subdivision of the Newton polytope.

The projections of the bounded faces of the lifted polyhedron P along the last coordinate subdivide the Newton polytope
New(f) = conv{a_i} (a regular subdivision; De Loera, Rambau, Santos 2010, Triangulations, Section 2.2.3).  It is dual to
the normal complex: the face F of dimension j belongs to the polyhedron of dimension d - j of the points at which
exactly the monomials on F are maximal, and inclusions are reversed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.errors import InputError
from troppoly.passagemath import polyhedron
from troppoly.polytope.normal_fan import NormalComplex

__all__ = ["DualSubdivision"]


@dataclass(frozen=True, repr=False)
class DualSubdivision:
    """The regular subdivision of a Newton polytope that is dual to a normal complex.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> f = TropicalPolynomial({(0, 0): 0, (1, 0): 0, (0, 1): 0, (1, 1): 1})
    >>> subdivision = f.dual_subdivision()
    >>> subdivision, subdivision.faces(2)
    (Dual subdivision of dimension 2 with f-vector (4, 5, 2), ((0, 2, 3), (0, 1, 3)))
    >>> [cell.volume() for cell in subdivision.polyhedra(2)]
    [1/2, 1/2]
    """

    normal: NormalComplex

    @property
    def dimension(self) -> int:
        """The dimension of the Newton polytope."""
        complex_ = self.normal.complex
        return complex_.ambient_dimension - complex_.lineality_dimension

    @property
    def points(self) -> tuple[tuple[mpq, ...], ...]:
        """The vertices of the subdivision: the exponents of the vertex monomials."""
        return tuple(vertex[:-1] for vertex in self.normal.vertices)

    @cached_property
    def _faces(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        complex_ = self.normal.complex
        levels = [[{i} for i in range(complex_.n_cells)]]  # of the cones, from the cells downwards, the cells around
        for k in range(complex_.cone_dimension, 1, -1):
            lower: list[set[int]] = [set() for _ in range(complex_.n_cones(k - 1))]
            for upper, cells in enumerate(levels[-1]):
                for face in complex_.facets[k - 2][upper]:
                    lower[face] |= cells
            levels.append(lower)
        finite = [~mask for mask in reversed(complex_.faces_at_infinity)]
        return tuple(
            tuple(tuple(sorted(level[i])) for i in np.flatnonzero(mask))
            for level, mask in zip(levels, finite, strict=True)
        )

    @checked
    def faces(self, dimension: int) -> tuple[tuple[int, ...], ...]:
        """Return the faces of dimension j, in the order of their duals of dimension d - j, as indices of ``points``.

        Raises InputError unless 0 <= j <= dimension.
        """
        if not 0 <= dimension <= self.dimension:
            raise InputError(f"A subdivision of dimension {self.dimension} has no face of dimension {dimension}.")
        return self._faces[dimension]

    def polyhedra(self, dimension: int) -> tuple[Any, ...]:
        """Return the faces of the given dimension as passagemath polytopes; order and errors of :meth:`faces`."""
        points, d = self.points, self.normal.complex.ambient_dimension
        return tuple(polyhedron([points[i] for i in face], ambient_dim=d) for face in self.faces(dimension))

    def f_vector(self) -> tuple[int, ...]:
        """Return the numbers of faces by dimension, from the vertices to the maximal cells."""
        return tuple(map(len, self._faces))

    def __repr__(self) -> str:
        return f"Dual subdivision of dimension {self.dimension} with f-vector {self.f_vector()}"
