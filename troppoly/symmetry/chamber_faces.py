"""Faces of a complex with a reflection group, counted from the fundamental chamber alone.

Let W be a finite reflection group with simple reflections s_i, mirrors H_i and chamber C (see
``reflection_group``).  Let K be a polyhedral complex that covers R^d and is mapped to itself by W, and let
K|C be its restriction to C: its faces are the intersections of faces of K with faces of C. Faces are
relatively open here.

*Theorem.*  Every face of K has an image under W whose relative interior G meets C.  For such a G let I(G)
be the set of those i for which H_i meets G and C in a common point.  Then the stabiliser of G is W_I(G),
the dimension of G is the largest of the faces of K|C in G, and G is the only one in its orbit whose
relative interior meets C.  So K has  sum_G |W| / |W_I(G)|  faces of dimension k, over these G of dimension
k.

*Proof.*  The first claim holds since C meets every orbit of points.  Let G be as said, y a point of G and C,
and S the stabiliser of G.

(1) A mirror H that meets G has its reflection in S: the reflection fixes a point of G, so it maps the
face G to a face that meets G.  (2) If a point z of G is not in C, there is an i with <a_i, z> < 0 <= <a_i, y>, so
H_i meets the segment from y to z, which lies in G; by (1) s_i is in S, and s_i z is closer than z to a chosen
interior point of C.  As S is finite, every z in G has an image v z in C with v in S.

Uniqueness: let w G meet C as well, in w z.  By (2), v z is in C for some v in S.  Both lie in one orbit, of
which C contains one point only; so w z = v z lies in G, and w G = G.

Stabiliser: let p be the mean of the S-orbit of a point of G; p lies in G and is fixed by S.  By (1) a mirror
that meets G contains p, so by the argument of (2) p is in C.  What fixes p maps G to itself, so S is the
stabiliser of p, which is W_J with J = {i : p in H_i}.  If i is in J, then H_i meets G and C in p; if H_i meets G, it
contains p.  So J = I(G).

Dimension: near p, the chambers are the w C with p in w C, that is w^-1 p = p, that is w in S.  So G is near p the
union of the w (G and C) with w in S, which all have the same dimension.  QED

*Finding the faces.*  Two faces of K|C lie in the same face of K if and only if all units have the same
signs on them.  Among the faces of K|C in G exactly one, the relative interior of G and C, has the dimension
of G, and the others are faces of it: it is the one that is not a facet of another.  And for i in I(G), G or
a facet of this face that lies in G is in H_i: the reflection s_i maps U = aff(G) to itself, so a_i is
orthogonal to U, and G lies in H_i, or parallel to U.  Those of the second kind are independent, so near p,
where G and C is given in U by <a_i, x> >= 0 for these i, each of them makes a facet.

Reference for the facts on W: Humphreys, Reflection Groups and Coxeter Groups, Cambridge 1990, 1.12.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import Mask, Place, Words, unions
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.refinement import CanonicalComplex
from troppoly.symmetry.orbit_sizes import orbit_sizes
from troppoly.symmetry.reflection_group import ReflectionGroup
from troppoly.values import Value

__all__ = ["Chamber", "MirrorFacets", "f_vector_of_orbits", "mirror_facets"]


@dataclass(frozen=True, slots=True, eq=False)
class Chamber(Value):
    """A canonical complex over a chamber, or over a slice of it that meets every face but the lowest.

    ``mirror_bits[i]`` is the position of simple mirror i among the facets of the domain.
    """

    canonical: CanonicalComplex
    mirror_bits: tuple[int, ...]
    is_slice: bool

    @property
    def complex(self) -> PolyhedralComplex:
        """The complex without its labels."""
        return self.canonical.complex

    @property
    def columns(self) -> range:
        """The columns of the sign words that belong to the network's units; the domain's come before."""
        return range(self.canonical.signs.layers[0].columns.start, self.canonical.signs.words.shape[1])

    def words(self, column: int) -> Iterator[Words]:
        """Yield for the cones of dimension 1, ..., D the words of one column, the unions of those of their rays."""
        words = self.canonical.ray_signs.words[:, column]
        yield words
        for incidence in self.complex.facets:
            words = unions(words, incidence)
            yield words

    def in_mirrors(self) -> list[Mask]:
        """Return for the cones of dimension 1, ..., D the (n, r) array that tells in which mirrors they lie."""
        result = [np.zeros((self.complex.n_cones(k + 1), len(self.mirror_bits)), dtype=bool) for k in range(self.depth)]
        for column in range(self.columns.start):
            for words, mask in zip(self.words(column), result, strict=True):
                for i, bit in enumerate(self.mirror_bits):
                    if bit // 32 == column:
                        mask[:, i] = (words & Place(column, bit % 32).both) == 0
        return result

    @property
    def depth(self) -> int:
        """D."""
        return self.complex.cone_dimension


class MirrorFacets(NamedTuple):
    """The facets of cells that lie in mirrors: facet i is one of ``cells[i]`` and lies in ``mirrors[i]``.

    ``in_no_wall[i]`` says that the signs of all units on it are those on the cell.
    """

    cells: NDArray[np.int64]
    mirrors: NDArray[np.int64]
    in_no_wall: Mask


def mirror_facets(chamber: Chamber) -> MirrorFacets:
    """Return the facets of the cells over a chamber that lie in its mirrors."""
    in_mirror = chamber.in_mirrors()[-2]
    incidence = chamber.complex.facets[-1]
    on_boundary = np.asarray(in_mirror.any(axis=1))
    entries = np.flatnonzero(on_boundary[incidence.indices])
    cells, facets = incidence.owners[entries], incidence.indices[entries]
    in_no_wall = np.ones(len(entries), dtype=bool)
    for column in chamber.columns:
        of_facets, of_cells = deque(chamber.words(column), maxlen=2)
        in_no_wall &= of_facets[facets] == of_cells[cells]
    return MirrorFacets(cells, in_mirror[facets].argmax(axis=1), in_no_wall)


def f_vector_of_orbits(group: ReflectionGroup, chamber: Chamber) -> tuple[int, ...]:
    """Return the numbers of faces of the full complex on R^d by dimension."""
    complex_, d, D = chamber.complex, group.dimension, chamber.depth
    in_mirror, finite = chamber.in_mirrors(), [~mask for mask in complex_.faces_at_infinity]
    same = [finite[k][incidence.indices] for k, incidence in enumerate(complex_.facets)]
    zero = np.ones(complex_.n_cones(1), dtype=bool)
    for column in chamber.columns:
        levels = list(chamber.words(column))
        zero &= levels[0] == 0
        for k, incidence in enumerate(complex_.facets):
            same[k] &= levels[k][incidence.indices] == levels[k + 1][incidence.owners]
    result = [0] * (d + 1)
    lowest = d - group.rank + 1 if chamber.is_slice else complex_.lineality_dimension
    if chamber.is_slice:  # below the rays are the points that the group fixes, in all mirrors
        in_mirror[0][zero] = True
        result[d - group.rank] += int(not zero.any())
    for k in range(D):
        counted, mirrors = finite[k], in_mirror[k].copy()
        if k < D - 1:
            counted[complex_.facets[k].indices[same[k]]] = False
        if k > 0:
            owners, faces = (complex_.facets[k - 1].owners[same[k - 1]], complex_.facets[k - 1].indices[same[k - 1]])
            for i in range(group.rank):
                mirrors[owners[in_mirror[k - 1][faces, i]], i] = True
        result[lowest + k] += sum(orbit_sizes(group, mirrors[counted]))
    return tuple(result)
