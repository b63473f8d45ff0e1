r"""Closed subcomplexes of a polyhedral complex, and the homology of the sets that they cover.

A *closed subcomplex* X contains with every face all faces of it; |X|, the union of its faces, is a closed set, which
may be unbounded.

**Theorem.**  Let all faces of X have the lineality space L, and let B be the subcomplex of the faces of X that are
bounded modulo L.  Then |X| and |B| are homotopy equivalent: |X| ~ |B|.  So |X| has the Betti numbers of |B|, which are
computed from the face lattice.

*Proof.*  Dividing by L is a homotopy equivalence, so let L = 0; then every face is a pointed polyhedron.  For a poset P
let D(P) be the simplicial complex of its chains.

(1) |X| ~ D(F(X)), F(X) the poset of nonempty faces.  In the half-sphere {(x, t) : t >= 0} / R_{>0} the closures of the
faces of X, with their faces at infinity, form a finite regular cell complex K (of cross-sections of pointed cones), the
cells in t = 0 a subcomplex K', and |X| = |K| \ |K'|.  In the barycentric subdivision of K that of K' is a full
subcomplex, and its complement retracts to the full subcomplex on the other vertices, which is D(F(X)).

(2) The relative boundary of an unbounded pointed polyhedron F is contractible.  Seen from a point of the relative
interior, it is the sphere S of directions without the set C of those in the recession cone.  C is nonempty, convex and
in an open half-sphere, since F is pointed.  For c in C, moving all points of S \ C away from c along great circles
contracts S \ C to -c: were a later point in C, so would be all points between it and c.

(3) For every pointed polyhedron F the poset B(F) of its bounded faces has a contractible D(B(F)), by induction on
dim F.  If F is bounded, F is its greatest element.  Else B(F) lies in the poset P of proper nonempty faces of F.  For G
in P the elements of B(F) below G are B(G), contractible by induction, so D(B(F)) ~ D(P) (Quillen 1978, Homotopy
properties of the poset of nontrivial p-subgroups of a group, Proposition 1.6), and D(P) is contractible by (1), (2).

(4) By (3) and the same proposition for F(B) in F(X), whose part below a face G is B(G), D(F(B)) ~ D(F(X)); the former
is the barycentric subdivision of |B|.  QED

(Hirai 2006, A geometric study of the split decomposition, Discrete Comput. Geom. 36, proves more than (3).)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.complex.face_lattice import Incidence
from troppoly.complex.polyhedral_complex import Faces, PolyhedralComplex
from troppoly.complex.topology import betti_numbers, connected_components
from troppoly.errors import InputError
from troppoly.values import Value

__all__ = ["Subcomplex"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Subcomplex(Value):
    """A closed subcomplex: ``members[k - 1]`` tells which cones of dimension k = 1, ..., D belong to it.

    (See :class:`troppoly.PolyhedralComplex`; cones at infinity are not faces.)  The coordinate axes in the plane:

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> x, y = (TropicalPolynomial.variable(i, 2) for i in range(2))
    >>> plane = Subcomplex.of(((x + 0) * (y + 0)).normal_complex().complex)
    >>> axes = plane.skeleton(1)
    >>> plane, axes
    (Subcomplex of R^2 with f-vector (1, 4, 4), Subcomplex of R^2 with f-vector (1, 4, 0))
    >>> axes.bounded().f_vector(), axes.betti_numbers()
    ((1, 0, 0), (1, 0, 0))
    """

    complex: PolyhedralComplex
    members: tuple[Mask, ...]

    @classmethod
    def of(cls, complex: PolyhedralComplex) -> Subcomplex:
        """Return the subcomplex of all faces."""
        return cls(complex, tuple(np.ones(mask.shape, dtype=bool) for mask in complex.unbounded_faces))

    @classmethod
    def generated(cls, complex: PolyhedralComplex, masks: Sequence[Any]) -> Subcomplex:
        """Return the least closed subcomplex with the given cones (a mask per cone dimension)."""
        members = [np.array(mask, dtype=bool) for mask in masks]
        for k in range(complex.cone_dimension, 1, -1):
            incidence = complex.facets[k - 2]
            members[k - 2][incidence.indices[members[k - 1][incidence.owners]]] = True
        return cls(complex, tuple(members))

    @property
    def _finite(self) -> tuple[Mask, ...]:
        """The cones that stand for faces."""
        return tuple(mask & ~far for mask, far in zip(self.members, self.complex.faces_at_infinity, strict=True))

    def f_vector(self) -> tuple[int, ...]:
        """Return (f_0, ..., f_d): the numbers of faces by dimension."""
        counts = tuple(int(np.count_nonzero(mask)) for mask in self._finite)
        return (0,) * self.complex.lineality_dimension + counts

    @property
    def dimension(self) -> int:
        """The largest dimension of a face, or -1 if there is none."""
        return max((k for k, count in enumerate(self.f_vector()) if count), default=-1)

    def is_empty(self) -> bool:
        """Return whether there is no face."""
        return self.dimension == -1

    def faces(self, dimension: int) -> Faces:
        """Return the faces of a dimension; raises InputError unless it is one of 0, ..., d."""
        every = self.complex.faces(dimension)
        k = every.cone_dimension
        return Faces(self.complex, k, np.flatnonzero(self._finite[k - 1])) if k >= 1 else every

    @checked
    def skeleton(self, dimension: int) -> Subcomplex:
        """Return the subcomplex of the faces of at most the given dimension."""
        top = dimension + 1 - self.complex.lineality_dimension
        return Subcomplex(self.complex, tuple(mask & (k <= top) for k, mask in enumerate(self.members, start=1)))

    def bounded(self) -> Subcomplex:
        """Return the subcomplex of the faces that are bounded (modulo the lineality space)."""
        masks = zip(self.members, self.complex.unbounded_faces, strict=True)
        return Subcomplex(self.complex, tuple(mask & ~unbounded for mask, unbounded in masks))

    def union(self, other: Subcomplex) -> Subcomplex:
        """Return the union with another subcomplex; raises InputError if it is one of another complex."""
        if other.complex is not self.complex:
            raise InputError("Only subcomplexes of one complex have a union.")
        return Subcomplex(self.complex, tuple(a | b for a, b in zip(self.members, other.members, strict=True)))

    def is_compact(self) -> bool:
        """Return whether the set is bounded."""
        bounded = self.bounded().f_vector()
        return self.is_empty() or (not self.complex.lineality_dimension and bounded == self.f_vector())

    def euler_characteristic(self) -> int:
        """Return the alternating sum of the Betti numbers (that of the f-vector is with compact supports)."""
        return sum((-1) ** k * int(mask.sum()) for k, mask in enumerate(self.bounded()._finite))

    def betti_numbers(self) -> tuple[int, ...]:
        """Return (b_0, ..., b_d) of the closed set, over the field with two elements.

        In R^3 and below they are also the rational ones: there is no torsion (Alexander duality).
        """
        members = self.bounded()._finite
        boundaries = []
        for incidence, lower, upper in zip(self.complex.facets, members[:-1], members[1:], strict=True):
            owners, entries = incidence.take(np.flatnonzero(upper))
            starts = np.searchsorted(owners, np.arange(np.count_nonzero(upper) + 1))
            boundaries.append(Incidence(starts, (np.cumsum(lower) - 1)[entries].astype(np.int32)))
        numbers = betti_numbers([int(mask.sum()) for mask in members], boundaries)
        return numbers + (0,) * (self.complex.ambient_dimension + 1 - len(numbers))

    def components(self) -> tuple[Subcomplex, ...]:
        """Return the connected components, the one with the lowest vertex first."""
        # The vertices and bounded edges of a polyhedron without lines form a connected graph.
        n, facets = self.complex.n_cones(1), self.complex.facets
        edges = facets[0].indices.reshape(-1, 2)[self.bounded().members[1]] if facets else np.zeros((0, 2), dtype=int)
        root = connected_components(n, *edges.T)
        labels = [np.where(self._finite[0], root, n)]
        for incidence in facets:
            labels.append(np.minimum.reduceat(labels[-1][incidence.indices], incidence.indptr[:-1]))
        parts = np.unique(root[self._finite[0]])
        masks = ([mask & (label == r) for mask, label in zip(self._finite, labels, strict=True)] for r in parts)
        return tuple(Subcomplex.generated(self.complex, part) for part in masks)

    def __repr__(self) -> str:
        return f"Subcomplex of R^{self.complex.ambient_dimension} with f-vector {self.f_vector()}"
