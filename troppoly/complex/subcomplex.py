r"""Closed subcomplexes of a polyhedral complex, and the homology of the sets that they cover.

A *closed subcomplex* X contains with every face all faces of it; |X| is the union of its faces, a closed
set, which may be unbounded.

**Theorem.**  Let X be a finite closed subcomplex of a polyhedral complex all of whose faces have the
lineality space L, and let B be the subcomplex of the faces that are bounded modulo L.  Then |X| and |B|
have the same homotopy type.

*Proof.*  Dividing by L is a homotopy equivalence, so let L = 0; then every face is a pointed polyhedron.
For a poset P let D(P) be the simplicial complex of its chains.

(1) |X| is homotopy equivalent to D(F(X)), F(X) the poset of nonempty faces.  In the half-sphere
{(x, t) : t >= 0} / R_{>0} the closures of the faces of X, with their faces at infinity, form a finite regular cell
complex K (the cells are cross-sections of pointed cones), the cells in t = 0 form a subcomplex K', and
|X| = |K| \ |K'|.  In the barycentric subdivision of K that of K' is a full subcomplex, and the complement of
a full subcomplex retracts to the full subcomplex on the other vertices, which is D(F(X)).

(2) If F is an unbounded pointed polyhedron of dimension k >= 1, its relative boundary is contractible.
Seen from a point of the relative interior of F, it is the sphere S of directions without the set C of
those in the recession cone.  C is nonempty, and convex and in an open half-sphere, since F is pointed.
For c in C, moving all points of S \ C away from c along great circles contracts S \ C to -c: were a later
point in C, so would be all points between it and c.

(3) For every pointed polyhedron F the poset B(F) of its bounded faces has a contractible D(B(F)), by
induction on k = dim F.  If F is bounded, F is its greatest element.  Else B(F) lies in the poset P of proper
nonempty faces of F.  For G in P the elements of B(F) below G are B(G), contractible by induction, so D(B(F)) and
D(P) are homotopy equivalent (Quillen 1978, Homotopy properties of the poset of nontrivial p-subgroups of
a group, Proposition 1.6), and D(P) is contractible by (1) and (2).

(4) By (3) and the same proposition for F(B) in F(X), whose part below a face G is B(G), D(F(B)) and
D(F(X)) are homotopy equivalent; the former is the barycentric subdivision of |B|.  QED

So the Betti numbers of |X| are those of a compact polyhedral complex, computed from its face lattice.
(That the bounded faces of a polyhedron form a contractible set is well known: Hirai 2006, A geometric study of the
split decomposition, Discrete Comput. Geom. 36, proves more.)  In particular the bounded faces of a complex
that covers R^d form a contractible set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.complex.components import connected_components
from troppoly.complex.face_lattice import Incidence
from troppoly.complex.homology import betti_numbers
from troppoly.complex.polyhedral_complex import Faces, PolyhedralComplex
from troppoly.errors import InputError
from troppoly.values import Value

__all__ = ["Subcomplex"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Subcomplex(Value):
    """A closed subcomplex: ``members[k - 1]`` tells which cones of dimension k = 1, ..., D belong to it.

    (For the cones see :class:`troppoly.refinement.PolyhedralComplex`; those at infinity do not count as
    faces.)

    The coordinate axes in the plane, as a tropical hypersurface:

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
        n = range(1, complex.cone_dimension + 1)
        return cls(complex, tuple(np.ones(complex.n_cones(k), dtype=bool) for k in n))

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
        at_infinity = self.complex.faces_at_infinity
        return tuple(mask & ~far for mask, far in zip(self.members, at_infinity, strict=True))

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
        """Return the faces of the given dimension.

        Raises InputError if ``dimension`` is not between 0 and d.
        """
        every = self.complex.faces(dimension)
        k = every.cone_dimension
        return Faces(self.complex, k, np.flatnonzero(self._finite[k - 1])) if k >= 1 else every

    def skeleton(self, dimension: int) -> Subcomplex:
        """Return the subcomplex of the faces of at most the given dimension."""
        top = dimension + 1 - self.complex.lineality_dimension
        return Subcomplex(self.complex, tuple(mask & (k <= top) for k, mask in enumerate(self.members, start=1)))

    def bounded(self) -> Subcomplex:
        """Return the subcomplex of the faces that are bounded (modulo the lineality space)."""
        unbounded = self.complex.unbounded_faces
        return Subcomplex(self.complex, tuple(mask & ~far for mask, far in zip(self.members, unbounded, strict=True)))

    def union(self, other: Subcomplex) -> Subcomplex:
        """Return the union with another subcomplex of the same complex.

        Raises InputError if it is one of another complex.
        """
        if other.complex is not self.complex:
            raise InputError("Only subcomplexes of one complex have a union.")
        pairs = zip(self.members, other.members, strict=True)
        return Subcomplex(self.complex, tuple(a | b for a, b in pairs))

    def is_compact(self) -> bool:
        """Return whether the set is bounded."""
        bounded = self.bounded().f_vector()
        return self.is_empty() or (not self.complex.lineality_dimension and bounded == self.f_vector())

    def euler_characteristic(self) -> int:
        """Return the Euler characteristic of the closed set, the alternating sum of its Betti numbers.

        It is that of the bounded faces modulo lineality (see the module's introduction).  The alternating
        sum of the f-vector is the other one, with compact supports.
        """
        return sum((-1) ** k * int(mask.sum()) for k, mask in enumerate(self.bounded()._finite))

    def betti_numbers(self) -> tuple[int, ...]:
        """Return (b_0, ..., b_d) of the closed set, over the field with two elements.

        b_0 is the number of connected components, b_1 the number of independent closed curves that do not
        bound, b_2 the number of cavities, and so on.  For a subset of R^3 these are also the rational
        Betti numbers: the homology of a compact polyhedron in R^3 has no torsion (Alexander duality).
        """
        d = self.complex.ambient_dimension
        members = self.bounded()._finite
        counts = [int(mask.sum()) for mask in members]
        boundaries = [
            _restricted(incidence, upper, lower)
            for incidence, lower, upper in zip(self.complex.facets, members[:-1], members[1:], strict=True)
        ]
        numbers = betti_numbers(counts, boundaries)
        return numbers + (0,) * (d + 1 - len(numbers))

    def components(self) -> tuple[Subcomplex, ...]:
        """Return the connected components, the one with the lowest vertex first."""
        # (a face is connected, and so are its facets through it; every face has a finite ray)
        label = np.arange(self.complex.n_cones(1))
        edges = []
        level = [np.where(self._finite[0], label, -1)]
        for incidence, mask in zip(self.complex.facets, self._finite[1:], strict=True):
            representative = np.full(incidence.n_lists, -1)
            owners, lower = incidence.owners, level[-1][incidence.indices]
            ok = mask[owners] & (lower >= 0)
            owners, lower = owners[ok], lower[ok]
            representative[owners] = lower
            edges.append(np.stack([representative[owners], lower]))
            level.append(representative)
        pairs = np.concatenate([*edges, np.zeros((2, 0), dtype=np.intp)], axis=1)
        root = connected_components(len(label), pairs[0], pairs[1])
        labels = [np.where(found >= 0, root[found], -1) for found in level]
        return tuple(
            Subcomplex.generated(self.complex, [found == r for found in labels])
            for r in np.unique(labels[0][labels[0] >= 0])
        )

    def __repr__(self) -> str:
        return f"Subcomplex of R^{self.complex.ambient_dimension} with f-vector {self.f_vector()}"


def _restricted(incidence: Incidence, upper: Mask, lower: Mask) -> Incidence:
    """The lists of the faces in ``upper``, all of whose entries are in ``lower``, both renumbered."""
    numbers = np.cumsum(lower) - 1
    ends = np.cumsum(np.diff(incidence.indptr)[upper])
    entries = incidence.indices[upper[incidence.owners]]
    return Incidence(np.concatenate(([0], ends)).astype(np.int64), numbers[entries].astype(np.int32))
