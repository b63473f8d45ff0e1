"""Tropical hypersurfaces: where the maximum is attained at least twice.

The hypersurface of f is the union of the walls between the cells of its normal complex.  A wall between the cells of
the monomials a and b is orthogonal to the edge a - b of the dual subdivision; its weight is the lattice length of that
edge.  So the hypersurface is balanced: around every face of codimension 2, the edges of the dual polygon add up to zero
(Maclagan and Sturmfels 2015, Introduction to Tropical Geometry, Proposition 3.3.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gmpy2 import gcd, lcm, mpq

from troppoly.complex.polyhedral_complex import Face
from troppoly.errors import counted
from troppoly.polytope.normal_fan import NormalComplex

__all__ = ["TropicalHypersurface", "Wall", "lattice_length"]


def lattice_length(vector: Sequence[mpq]) -> mpq:
    """Return the q >= 0 for which ``vector`` is q times a primitive integer vector; 0 for the vector 0.

    >>> lattice_length([mpq(4), mpq(-6)]), lattice_length([mpq(1, 2), mpq(1, 3)])
    (mpq(2,1), mpq(1,6))
    """
    common = lcm(1, *(entry.denominator for entry in vector))
    return mpq(gcd(*((entry * common).numerator for entry in vector)), common)


@dataclass(frozen=True, slots=True, repr=False)
class Wall:
    """A maximal cell of a tropical hypersurface: a face of the normal complex, and the two monomials maximal on it."""

    face: Face
    exponents: tuple[tuple[mpq, ...], tuple[mpq, ...]]

    @property
    def dual_edge(self) -> tuple[mpq, ...]:
        """The difference of the exponents, second minus first: a normal vector of the wall."""
        first, second = self.exponents
        return tuple(b - a for a, b in zip(first, second, strict=True))

    @property
    def weight(self) -> mpq:
        """The lattice length of the dual edge: an integer where the exponents are integers."""
        return lattice_length(self.dual_edge)

    def polyhedron(self) -> Any:
        """Return the wall as a passagemath ``Polyhedron`` over the rationals."""
        return self.face.polyhedron()

    def __repr__(self) -> str:
        return f"Wall of dimension {self.face.dimension} and weight {self.weight}"


@dataclass(frozen=True, slots=True, repr=False)
class TropicalHypersurface(Sequence["Wall"]):
    """The hypersurface of a tropical polynomial: the sequence of its maximal cells, empty where it is affine.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> line = TropicalPolynomial({(2, 0): 0, (0, 2): 0, (0, 0): 0}).hypersurface()
    >>> line, line[0].weight
    (Tropical hypersurface in R^2 with 3 walls, mpq(2,1))
    """

    normal: NormalComplex

    @property
    def ambient_dimension(self) -> int:
        """The dimension d of the space R^d it lies in."""
        return self.normal.complex.ambient_dimension

    def __len__(self) -> int:
        return len(self.normal.complex.walls.facets)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return tuple(self[j] for j in range(*i.indices(len(self))))
        complex_, vertices = self.normal.complex, self.normal.vertices
        facets, first, second = complex_.walls
        face = Face(complex_, complex_.cone_dimension - 1, int(facets[i]))
        return Wall(face, (vertices[first[i]][:-1], vertices[second[i]][:-1]))

    def __repr__(self) -> str:
        n = len(self)
        return f"Tropical hypersurface in R^{self.ambient_dimension} with {counted(n, 'wall')}"
