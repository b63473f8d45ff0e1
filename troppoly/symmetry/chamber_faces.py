"""Faces of a complex with a reflection group, counted from the fundamental chamber alone.

Let W be a finite reflection group with simple reflections s_i, mirrors H_i and chamber C (see
``reflection_group``).  Let K be a polyhedral complex that covers R^d and is mapped to itself by W, and let
K|C be its restriction to C: its faces are the intersections of faces of K with faces of C.
Faces are relatively open here.

*Theorem.*  Every face of K has an image under W whose relative interior G meets C.  For such a G let
I(G) be the set of those i for which H_i meets G and C in a common point.  Then the stabiliser of G is W_I(G),
the dimension of G is the largest of the faces of K|C in G, and G is the only one in its orbit whose relative
interior meets C.  So K has  sum_G |W| / |W_I(G)|  faces of dimension k, over these G of dimension k.

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

Two faces of K|C lie in the same face of K if and only if all units have the same signs on them.

Reference for the facts on W: Humphreys, Reflection Groups and Coxeter Groups, Cambridge 1990, 1.12.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from troppoly.complex import CanonicalComplex
from troppoly.complex.canonical import RefinedRays
from troppoly.symmetry.orbit_sizes import orbit_sizes
from troppoly.symmetry.reflection_group import ReflectionGroup

__all__ = ["Chamber", "MirrorFacets", "f_vector_of_orbits", "mirror_facets"]

Mask = NDArray[np.bool_]
Words = NDArray[np.uint64]

_SHIFT = np.uint64(32)


@dataclass(frozen=True, slots=True, eq=False)
class Chamber:
    """A canonical complex over a chamber, or over a slice of it that meets every face but the lowest.

    ``mirror_bits[i]`` is the position of simple mirror i among the facets of the domain.
    """

    complex: CanonicalComplex
    mirror_bits: tuple[int, ...]
    is_slice: bool

    def labels(self) -> Iterator[tuple[Words, Mask]]:
        """Yield for the cones of dimension 1, ..., D their signs, and in which mirrors they lie.

        These are an (n, W) array of sign words of the network's units, and an (n, r) array.
        """
        rays = self.complex.rays
        assert isinstance(rays, RefinedRays)
        words = rays.words
        n_domain = -(-len(self.mirror_bits) // 32)
        for incidence in (None, *self.complex.facets):
            if incidence is not None:
                words = np.bitwise_or.reduceat(words[incidence.indices], incidence.indptr[:-1], axis=0)
            touched = words[:, :n_domain] | (words[:, :n_domain] >> _SHIFT)
            bits = [touched[:, b // 32] >> np.uint64(b % 32) & np.uint64(1) for b in self.mirror_bits]
            yield words[:, n_domain:], np.stack(bits, axis=1) == 0


class MirrorFacets(NamedTuple):
    """The facets of cells that lie in mirrors: facet i is one of ``cells[i]`` and lies in ``mirrors[i]``.

    ``in_no_wall[i]`` says that the signs of all units on it are those on the cell.
    """

    cells: NDArray[np.int64]
    mirrors: NDArray[np.int64]
    in_no_wall: Mask


def mirror_facets(chamber: Chamber) -> MirrorFacets:
    """Return the facets of the cells over a chamber that lie in its mirrors."""
    *_, (facet_signs, in_mirror), (cell_signs, _) = chamber.labels()
    incidence = chamber.complex.facets[-1]
    on_boundary = np.asarray(in_mirror.any(axis=1))
    entries = np.flatnonzero(on_boundary[incidence.indices])
    cells, facets = incidence.owners[entries], incidence.indices[entries]
    in_no_wall = np.asarray((cell_signs[cells] == facet_signs[facets]).all(axis=1))
    return MirrorFacets(cells, in_mirror[facets].argmax(axis=1), in_no_wall)


def f_vector_of_orbits(group: ReflectionGroup, chamber: Chamber) -> tuple[int, ...]:
    """Return the numbers of faces of the full complex on R^d by dimension."""
    complex_, d = chamber.complex, group.dimension
    lowest = d - group.rank + 1 if chamber.is_slice else complex_.lineality_dimension
    signs, mirrors, dimensions = [], [], []
    for k, (words, in_mirror) in enumerate(chamber.labels()):
        finite = ~complex_.faces_at_infinity[k]
        signs.append(words[finite])
        mirrors.append(in_mirror[finite])
        dimensions.append(np.full(np.count_nonzero(finite), lowest + k))
    if chamber.is_slice:  # the points that the group fixes
        signs.append(np.zeros((1, signs[0].shape[1]), dtype=np.uint64))
        mirrors.append(np.ones((1, group.rank), dtype=bool))
        dimensions.append(np.array([d - group.rank]))
    stacked = np.concatenate(signs)
    stacked = np.hstack([stacked, np.zeros((len(stacked), 1), dtype=np.uint64)])  # there may be no unit
    keys = stacked.view([("", "V", stacked.shape[1] * 8)]).ravel()
    _, classes = np.unique(keys, return_inverse=True)
    n = int(classes.max()) + 1
    in_mirror, dimension = np.zeros((n, group.rank), dtype=bool), np.zeros(n, dtype=np.int64)
    np.logical_or.at(in_mirror, classes, np.concatenate(mirrors))
    np.maximum.at(dimension, classes, np.concatenate(dimensions))
    result = [0] * (d + 1)
    for k, size in zip(dimension.tolist(), orbit_sizes(group, in_mirror), strict=True):
        result[k] += size
    return tuple(result)
