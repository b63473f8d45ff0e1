r"""Exact volumes and centroids of the bounded faces of a complex, from its face lattice.

Let a be the lowest vertex (by its number) of a polytope F of dimension k.  F is the union of the pyramids with apex a
over the facets G of F with a not in G, and their interiors are disjoint: the pulling decomposition (Cohen and Hickey
1979, Two algorithms for determining volumes of convex polyhedra, J. ACM 26).

**Volume vectors.**  Over R^d x {1}, a simplex with vertices p_0, ..., p_k has the multivector p_0 ^ ... ^ p_k in the
exterior power of degree k + 1 of Q^(d+1).  Those of simplices in the affine hull of F are multiples of one of them, by
k! times the volumes, up to sign.  Let w(F) be the sum over the simplices of a triangulation of F, with the signs that
make the first nonzero coordinate (the same one for all) positive.  Then w(F) does not depend on the triangulation,
w(v) = v, and with such signs

    w(F) = sum over the facets G of F with a not in G of +- a ^ w(G).

So all volumes cost one exterior product per incidence of a face with a facet, and no triangulation is made.

The coordinates of w(F) that involve the last axis are, up to signs, those of (p_1 - p_0) ^ ... ^ (p_k - p_0): k! times
the volumes of the projections of F to the coordinate subspaces.  The sum of their squares is (k! vol F)^2 (Cauchy and
Binet), which is rational where vol F is not; for k = d there is one of them, d! vol F.

**Integers.**  A vertex is an integer ray (x, t), and all that is divided by is the product q(F) of the t of the
vertices of F.  So w(F) is kept as the integers q(F) w(F), and one fraction is reduced for every face asked for.
"""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.complex.face_lattice import lowest_rays, ray_lists
from troppoly.errors import UnboundedError
from troppoly.exact.scalar import ObjectArray

if TYPE_CHECKING:
    from troppoly.complex.polyhedral_complex import PolyhedralComplex

__all__ = ["centroids", "exterior_product", "squared_volumes", "volume_vectors", "volumes"]

Ids = NDArray[np.intp]


class _Pyramids(NamedTuple):
    """The pyramids of the faces of one dimension: the bases of the dimension below, the apexes, q(F) / (t q(G)).

    Those of face i start at ``starts[i]``.
    """

    starts: Ids
    bases: Ids
    apexes: ObjectArray
    factors: ObjectArray

    def vectors(self, k: int, of_bases: ObjectArray) -> ObjectArray:
        """The oriented multivectors q(F) a ^ w(G) of the pyramids, of dimension k, from those q(G) w(G)."""
        return _oriented(exterior_product(self.apexes, of_bases[self.bases], k) * self.factors[:, None])


def volumes(complex: PolyhedralComplex, cells: Any = None) -> ObjectArray:
    """Return the exact volumes (``mpq``) of bounded cells, by default of all cells.

    Raises UnboundedError if one of them is unbounded.
    """
    chosen = np.arange(complex.n_cells) if cells is None else cells
    d = complex.ambient_dimension
    return cast("ObjectArray", volume_vectors(complex, d, chosen)[:, 0] / mpz(factorial(d)))


def squared_volumes(complex: PolyhedralComplex, dimension: int, faces: Any) -> ObjectArray:
    """Return the squares of the Euclidean volumes of bounded faces of a dimension; else raises UnboundedError."""
    vectors = volume_vectors(complex, dimension, faces)
    return cast("ObjectArray", (vectors * vectors).sum(axis=1) / mpz(factorial(dimension) ** 2))


def volume_vectors(complex: PolyhedralComplex, dimension: int, faces: Any) -> ObjectArray:
    """Return the volumes, times k!, of the projections of bounded faces of dimension k to coordinate subspaces.

    The (len(faces), binomial(d, k)) coordinates belong to the k-subsets of the d axes in lexicographic order, and the
    first one of a row that is not zero is positive.  Raises UnboundedError if one of the faces is unbounded.
    """
    distinct, places = np.unique(np.asarray(faces, dtype=np.intp), return_inverse=True)
    vectors, steps, denominators = _decomposition(complex, dimension, distinct)
    for k, step in enumerate(steps, start=1):
        vectors = np.add.reduceat(step.vectors(k, vectors), step.starts, axis=0)
    d = complex.ambient_dimension
    finite = [i for i, subset in enumerate(combinations(range(d + 1), dimension + 1)) if subset[-1] == d]
    return _oriented(_quotients(vectors[:, finite], denominators))[places]


def centroids(complex: PolyhedralComplex, faces: Any = None, dimension: int | None = None) -> ObjectArray:
    """Return the (len(faces), d) exact centroids of bounded faces of a dimension, by default of all cells.

    That of a pyramid of dimension k with apex a over a base with centroid c is a + k / (k + 1) (c - a); that of a union
    is the mean, weighted by volume.

    Raises UnboundedError if one of the faces is unbounded.
    """
    chosen = np.arange(complex.n_cells) if faces is None else np.asarray(faces, dtype=np.intp)
    distinct, places = np.unique(chosen, return_inverse=True)
    dimension = complex.ambient_dimension if dimension is None else dimension
    vectors, steps, _ = _decomposition(complex, dimension, distinct)
    centers = _quotients(vectors[:, :-1], vectors[:, -1])
    for k, step in enumerate(steps, start=1):
        pyramids = step.vectors(k, vectors)
        weights = _first_nonzero(pyramids)  # proportional to the volumes, in every face
        apexes = _quotients(step.apexes[:, :-1], step.apexes[:, -1])
        moments = (apexes + mpq(k, k + 1) * (centers[step.bases] - apexes)) * weights
        centers = np.add.reduceat(moments, step.starts, axis=0) / np.add.reduceat(weights, step.starts, axis=0)
        vectors = np.add.reduceat(pyramids, step.starts, axis=0)
    return centers[places]


def exterior_product(vectors: ObjectArray, multivectors: ObjectArray, k: int) -> ObjectArray:
    """Return the exterior products v ^ w of (n, d) vectors and (n, binomial(d, k)) k-vectors.

    The coordinates of w belong to the k-subsets of the d axes in lexicographic order, those of the result to the
    (k + 1)-subsets:  (v ^ w)_I = sum over positions s of (-1)^s v_(I_s) w_(I without I_s).
    """
    n, d = vectors.shape
    place = {subset: i for i, subset in enumerate(combinations(range(d), k))}
    subsets = list(combinations(range(d), k + 1))
    result = np.zeros((len(subsets), n), dtype=object)
    for row, subset in zip(result, subsets, strict=True):
        for s, axis in enumerate(subset):
            term = vectors[:, axis] * multivectors[:, place[subset[:s] + subset[s + 1 :]]]
            if not s:
                row[:] = term
            elif s % 2:
                row -= term
            else:
                row += term
    return result.T


def _first_nonzero(vectors: ObjectArray) -> ObjectArray:
    """The first nonzero coordinate of every row (no row is zero), as a column."""
    return np.take_along_axis(vectors, np.argmax((vectors != 0).astype(bool), axis=1)[:, None], axis=1)


def _oriented(vectors: ObjectArray) -> ObjectArray:
    """The rows times +-1 with a positive first nonzero coordinate."""
    negative = (_first_nonzero(vectors)[:, 0] < 0).astype(bool)
    vectors[negative] = -vectors[negative]
    return vectors


def _quotients(rows: ObjectArray, denominators: ObjectArray) -> ObjectArray:
    """The rows of integers, divided."""
    return cast("ObjectArray", rows * np.array([mpq(1, t) for t in denominators], dtype=object)[:, None])


def _decomposition(
    complex: PolyhedralComplex, dimension: int, faces: Ids
) -> tuple[ObjectArray, list[_Pyramids], ObjectArray]:
    """The vertices (x, t) of bounded faces, given in ascending order, the steps of dimensions 1, 2, ..., and all q(F).

    Raises UnboundedError if a face is unbounded.
    """
    top = dimension + 1
    if complex.lineality_dimension:
        raise UnboundedError("Every face contains a line, so it is unbounded and has no finite volume.")
    unbounded = faces[complex.unbounded_faces[top - 1][faces]]
    if len(unbounded):
        raise UnboundedError(f"Face {unbounded[0]} of dimension {dimension} is unbounded and has no finite volume.")
    used = np.unique(ray_lists(complex.facets[: top - 1], faces).indices)
    rays = complex.rays.homogeneous(used)

    def products(k: int, faces: Ids) -> ObjectArray:
        lists = ray_lists(complex.facets[: k - 1], faces)
        return np.multiply.reduceat(rays[np.searchsorted(used, lists.indices), -1], lists.indptr[:-1])

    lowest = lowest_rays(complex.facets[: top - 1], complex.n_cones(1))
    steps, whole = [], products(top, faces)
    above = whole
    for k in range(top, 1, -1):
        owners, entries = complex.facets[k - 2].take(faces)
        apexes = lowest[k - 1][faces][owners]
        away = apexes != lowest[k - 2][entries]
        starts = np.searchsorted(owners[away], np.arange(len(faces)))
        faces, bases = np.unique(entries[away], return_inverse=True)
        at, below = rays[np.searchsorted(used, apexes[away])], products(k - 1, faces)
        steps.append(_Pyramids(starts, bases, at, above[owners[away]] // (below[bases] * at[:, -1])))
        above = below
    return rays[np.searchsorted(used, faces)], steps[::-1], whole
