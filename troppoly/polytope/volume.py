r"""Exact volumes and centroids of the bounded faces of a complex, from its face lattice.

Let a be the lowest vertex of a polytope F of dimension k (lowest by its number).  F is the union of the
pyramids with apex a over the facets G of F that do not contain a, and their interiors are disjoint: the
pulling decomposition (Cohen and Hickey, Two algorithms for determining volumes of convex polyhedra,
J. ACM 26, 1979).  Going on in every G gives a triangulation, which may be large; but it is not needed.

The *volume vector* of F is the multivector w(F) in the k-th exterior power of Q^d with

    w(F) = k! vol(F) e_1 ^ ... ^ e_k     for an orthonormal basis e_1, ..., e_k of the direction of F,

up to its sign, which is fixed by asking that its first nonzero coordinate be positive.  For a pyramid over
G with apex a and any point g of G, k! times the volume is (k - 1)! vol(G) times the distance of a to the
affine hull of G, so its volume vector is +-(g - a) ^ w(G), and

    w(F) = sum over the facets G of F with a not in G of +-(g - a) ^ w(G).

All summands are multiples of the one vector that stands for the direction of F, so that their first
nonzero coordinates are at the same place, and the signs are those that make these positive.  Thus all
volumes cost one exterior product per incidence of a face with a facet, without any triangulation, and
everything is rational: the coordinates are the (signed) volumes, times k!, of the projections of F to the
coordinate subspaces, and the sum of their squares is (k! vol(F))^2 (the theorem of Pythagoras in exterior
powers, Cauchy and Binet), also where vol(F) itself is irrational.
"""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import Any, NamedTuple, cast

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.errors import UnboundedError
from troppoly.exact import ObjectArray
from troppoly.polytope.polyhedral_complex import PolyhedralComplex

__all__ = [
    "centroids",
    "exterior_product",
    "facets_of",
    "lowest_rays",
    "squared_volumes",
    "volume_vectors",
    "volumes",
]

Ids = NDArray[np.intp]


class _Pyramids(NamedTuple):
    """The pyramids that the faces of one dimension are decomposed into.

    Those of face i start at ``starts[i]``; pyramid j has face ``bases[j]`` of the dimension below as its
    base, its apex at ``apexes[j]``, and ``edges[j]`` leads from there to a vertex of the base.
    """

    starts: Ids
    bases: Ids
    apexes: ObjectArray
    edges: ObjectArray


def volumes(complex: PolyhedralComplex, cells: Any = None) -> ObjectArray:
    """Return the exact volumes of bounded cells, by default of all cells.

    ``cells`` is an array of numbers of cells; the result has as many entries (``mpq``).  Raises
    UnboundedError if one of the cells is unbounded.

    >>> from troppoly.passagemath import polyhedron
    >>> from troppoly.polynomial import TropicalPolynomial
    >>> from troppoly.regions import linear_regions
    >>> square = polyhedron([(0, 0), (1, 0), (0, 1), (1, 1)], ambient_dim=2)
    >>> f = TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): "1/2"})
    >>> sorted(volumes(linear_regions(f, domain=square).complex))
    [mpq(1,4), mpq(3,8), mpq(3,8)]
    """
    chosen = np.arange(complex.n_cells) if cells is None else np.asarray(cells, dtype=np.intp)
    d = complex.ambient_dimension
    return cast("ObjectArray", volume_vectors(complex, d, chosen)[:, 0] / mpz(factorial(d)))


def squared_volumes(complex: PolyhedralComplex, dimension: int, faces: Any) -> ObjectArray:
    """Return the squares of the k-dimensional volumes of bounded faces of dimension k.

    The volume is the Euclidean one; it need not be rational, but its square is.  ``faces`` are numbers of
    cones of dimension k + 1.  Raises UnboundedError if one of them is unbounded.
    """
    vectors = volume_vectors(complex, dimension, faces)
    return cast("ObjectArray", (vectors * vectors).sum(axis=1) / mpz(factorial(dimension) ** 2))


def volume_vectors(complex: PolyhedralComplex, dimension: int, faces: Any) -> ObjectArray:
    """Return the volume vectors of bounded faces of dimension k (see the module's introduction).

    The result has shape (len(faces), binomial(d, k)); the coordinates belong to the k-subsets of the d
    axes in lexicographic order, and the first one that is not zero is positive.

    Raises UnboundedError if one of the faces is unbounded.
    """
    distinct, places = np.unique(np.asarray(faces, dtype=np.intp), return_inverse=True)
    vertices, steps = _decomposition(complex, dimension, distinct)
    vectors = np.full((len(vertices), 1), mpq(1), dtype=object)
    for k, step in enumerate(steps):
        pyramids = _oriented(exterior_product(step.edges, vectors[step.bases], k))
        vectors = np.add.reduceat(pyramids, step.starts, axis=0)
    return vectors[places]


def centroids(complex: PolyhedralComplex, cells: Any = None) -> ObjectArray:
    """Return the (len(cells), d) exact centroids (centres of mass) of bounded cells.

    The centroid of a pyramid of dimension k with apex a over a base with centroid c is
    a + k / (k + 1) (c - a); that of a union is the mean, weighted by volume.

    Raises UnboundedError if one of the cells is unbounded.

    >>> from troppoly.passagemath import polyhedron
    >>> from troppoly.polynomial import TropicalPolynomial
    >>> from troppoly.regions import linear_regions
    >>> triangle = polyhedron([(0, 0), (1, 0), (0, 1)], ambient_dim=2)
    >>> centroids(linear_regions(TropicalPolynomial({(0, 0): 0}), domain=triangle).complex)
    array([[mpq(1,3), mpq(1,3)]], dtype=object)
    """
    chosen = np.arange(complex.n_cells) if cells is None else np.asarray(cells, dtype=np.intp)
    distinct, places = np.unique(chosen, return_inverse=True)
    centres, steps = _decomposition(complex, complex.ambient_dimension, distinct)
    vectors = np.full((len(centres), 1), mpq(1), dtype=object)
    for k, step in enumerate(steps):
        pyramids = _oriented(exterior_product(step.edges, vectors[step.bases], k))
        weights = _first_nonzero(pyramids)[:, None]  # proportional to the volumes, in every face
        means = step.apexes + mpq(k + 1, k + 2) * (centres[step.bases] - step.apexes)
        moments = np.add.reduceat(means * weights, step.starts, axis=0)
        centres = moments / np.add.reduceat(weights, step.starts, axis=0)
        vectors = np.add.reduceat(pyramids, step.starts, axis=0)
    return centres[places]


def exterior_product(vectors: ObjectArray, multivectors: ObjectArray, k: int) -> ObjectArray:
    """Return the exterior products v ^ w of (n, d) vectors and (n, binomial(d, k)) k-vectors.

    The coordinates of w belong to the k-subsets of the d axes in lexicographic order, those of the result
    to the (k + 1)-subsets:  (v ^ w)_I = sum over positions s of (-1)^s v_(I_s) w_(I without I_s).

    >>> exterior_product(np.array([[1, 2]], dtype=object), np.array([[3, 4]], dtype=object), 1)
    array([[-2]], dtype=object)
    """
    n, d = vectors.shape
    place = {subset: i for i, subset in enumerate(combinations(range(d), k))}
    columns = []
    for subset in combinations(range(d), k + 1):
        total: Any = 0
        for s, axis in enumerate(subset):
            term = vectors[:, axis] * multivectors[:, place[subset[:s] + subset[s + 1 :]]]
            total = total - term if s % 2 else total + term
        columns.append(total)
    result = np.empty((n, len(columns)), dtype=object)
    for i, column in enumerate(columns):
        result[:, i] = column
    return result


def _first_nonzero(vectors: ObjectArray) -> ObjectArray:
    """The first nonzero coordinate of every row (no row is zero)."""
    first = np.argmax((vectors != 0).astype(bool), axis=1)
    return cast("ObjectArray", vectors[np.arange(len(vectors)), first])


def _oriented(vectors: ObjectArray) -> ObjectArray:
    """The rows times +-1 with a positive first nonzero coordinate."""
    negative = (_first_nonzero(vectors) < 0).astype(bool)
    vectors[negative] = -vectors[negative]
    return vectors


def _decomposition(
    complex: PolyhedralComplex, dimension: int, faces: Ids
) -> tuple[ObjectArray, list[_Pyramids]]:
    """The points at the tips, and for the dimensions 1, 2, ... the pyramids that faces consist of.

    Raises UnboundedError if a face is unbounded.
    """
    top = dimension + 1
    if len(faces) and complex.lineality_dimension:
        raise UnboundedError("Every face contains a line, so it is unbounded and has no finite volume.")
    unbounded = faces[complex.unbounded_faces[top - 1][faces]]
    if len(unbounded):
        raise UnboundedError(
            f"Face {unbounded[0]} of dimension {dimension} is unbounded and has no finite volume."
        )
    lowest = lowest_rays(complex, top)
    plan = []
    for k in range(top, 1, -1):
        owners, entries = facets_of(complex, k, faces)
        apexes, tips = lowest[k - 1][faces][owners], lowest[k - 2][entries]
        away = apexes != tips  # the facets without the lowest vertex have another lowest vertex
        starts = np.searchsorted(owners[away], np.arange(len(faces)))
        bases, apexes, tips = entries[away], apexes[away], tips[away]
        faces = np.unique(bases)
        plan.append((starts, np.searchsorted(faces, bases), apexes, tips))
    used, points = _points(complex, [faces, *(ids for step in plan for ids in step[2:])])
    steps = []
    for starts, bases, apexes, tips in reversed(plan):
        at, to = points[np.searchsorted(used, apexes)], points[np.searchsorted(used, tips)]
        steps.append(_Pyramids(starts, bases, at, to - at))
    return points[np.searchsorted(used, faces)], steps


def lowest_rays(complex: PolyhedralComplex, top: int) -> list[Ids]:
    """Return for every cone dimension up to ``top`` the lowest number of a ray of every cone."""
    result = [np.arange(complex.n_cones(1))]
    for incidence in complex.facets[: top - 1]:
        result.append(np.minimum.reduceat(result[-1][incidence.indices], incidence.indptr[:-1]))
    return result


def facets_of(complex: PolyhedralComplex, k: int, faces: Ids) -> tuple[Ids, Ids]:
    """Return the facets of cones of dimension k, one list after another, after the positions of their owners.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> fan = TropicalPolynomial({(1,): 0, (0,): 0}).normal_complex().complex
    >>> facets_of(fan, 2, np.array([1]))[0]
    array([0, 0])
    """
    incidence = complex.facets[k - 2]
    counts = np.diff(incidence.indptr)[faces]
    owners = np.repeat(np.arange(len(faces)), counts)
    ends = np.cumsum(counts)
    offsets = np.arange(len(owners)) - np.repeat(ends - counts, counts)
    return owners, incidence.indices[incidence.indptr[faces][owners] + offsets].astype(np.intp)


def _points(complex: PolyhedralComplex, ids: list[Ids]) -> tuple[Ids, ObjectArray]:
    """The distinct rays in the arrays, and their points x / t."""
    used = np.unique(np.concatenate(ids))
    rows = complex.rays.homogeneous(used)
    points = np.empty((len(used), complex.ambient_dimension), dtype=object)
    for i, row in enumerate(rows):
        points[i] = [mpq(x, row[-1]) for x in row[:-1]]
    return used, points
