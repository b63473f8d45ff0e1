r"""Exact volumes and centroids of the bounded faces of a complex, from its face lattice.

Let a be the lowest vertex of a polytope F of dimension k (lowest by its number).  F is the union of the
pyramids with apex a over the facets G of F that do not contain a, and their interiors are disjoint: the
pulling decomposition (Cohen and Hickey, Two algorithms for determining volumes of convex polyhedra,
J. ACM 26, 1979).  Going on in every G gives a triangulation, which may be large; but it is not needed.

**Volume vectors.**  Over R^d x {1}, a simplex with vertices p_0, ..., p_k has the multivector
p_0 ^ ... ^ p_k in the exterior power of degree k + 1 of Q^(d+1).  All simplices in the affine hull of F have
multiples of one multivector, by k! times their volume, up to the sign.  Let w(F) be the sum of those of the
simplices of a triangulation of F, with signs that make their first nonzero coordinate positive (it is the same
one for all of them).  Then w(F) does not depend on the triangulation, w(v) = v, and

    w(F) = sum over the facets G of F with a not in G of +- a ^ w(G),

again with positive first nonzero coordinates.  So all volumes cost one exterior product per incidence of a face
with a facet, without any triangulation.

The coordinates of w(F) that involve the last axis are, up to signs, those of (p_1 - p_0) ^ ... ^ (p_k - p_0) in
the k-th exterior power of Q^d: k! times the volumes of the projections of F to the coordinate subspaces.  The
sum of their squares is (k! vol(F))^2 (Cauchy and Binet), which is rational where vol(F) is not; for k = d there is
one of them, d! vol(F).

**Integers.**  A vertex is an integer ray (x, t), and all that is divided by is the product q(F) of the t of the vertices
of F.  So w(F) is kept as integers q(F) w(F), and there is one fraction to reduce for every face that is asked for.
"""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.complex.face_lattice import facets_of, lowest_rays, ray_lists
from troppoly.errors import UnboundedError
from troppoly.exact import ObjectArray

if TYPE_CHECKING:
    from troppoly.complex.polyhedral_complex import PolyhedralComplex

__all__ = ["centroids", "exterior_product", "squared_volumes", "volume_vectors", "volumes"]

Ids = NDArray[np.intp]


class _Pyramids(NamedTuple):
    """The pyramids that the faces of one dimension are decomposed into.

    Those of face i start at ``starts[i]``; pyramid j has face ``bases[j]`` of the dimension below as its base and the
    ray ``apexes[j]`` = (x, t) as its apex; ``factors[j]`` is q(F) / (t q(G)).
    """

    starts: Ids
    bases: Ids
    apexes: ObjectArray
    factors: ObjectArray


class _Decomposition(NamedTuple):
    """The vertices at the tips (x, t), the steps of dimensions 1, 2, ..., and q(F) of the faces asked for."""

    vertices: ObjectArray
    steps: list[_Pyramids]
    denominators: ObjectArray


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
    chosen = np.arange(complex.n_cells) if cells is None else cells
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
    """Return the volumes, times k!, of the projections of bounded faces of dimension k to coordinate subspaces.

    The result has shape (len(faces), binomial(d, k)).  Row i is the multivector (p_1 - p_0) ^ ... ^ (p_k - p_0) of a
    simplex in the affine hull of face i that has the same volume; the coordinates belong to the k-subsets of the d
    axes in lexicographic order, and the first one that is not zero is positive.

    Raises UnboundedError if one of the faces is unbounded.
    """
    distinct, places = np.unique(np.asarray(faces, dtype=np.intp), return_inverse=True)
    vectors, steps, denominators = _decomposition(complex, dimension, distinct)
    for k, step in enumerate(steps, start=1):
        vectors = np.add.reduceat(_pyramids(step, vectors, k), step.starts, axis=0)
    d = complex.ambient_dimension
    finite = [i for i, subset in enumerate(combinations(range(d + 1), dimension + 1)) if subset[-1] == d]
    vectors = vectors[:, finite]
    for row, denominator in zip(vectors, denominators, strict=True):
        row[:] = [mpq(entry, denominator) for entry in row]
    return (_oriented(vectors) if len(vectors) else vectors)[places]


def centroids(complex: PolyhedralComplex, faces: Any = None, dimension: int | None = None) -> ObjectArray:
    """Return the (len(faces), d) exact centroids (centres of mass) of bounded faces of a dimension, by default all cells.

    The centroid of a pyramid of dimension k with apex a over a base with centroid c is
    a + k / (k + 1) (c - a); that of a union is the mean, weighted by volume.

    Raises UnboundedError if one of the faces is unbounded.

    >>> from troppoly.passagemath import polyhedron
    >>> from troppoly.polynomial import TropicalPolynomial
    >>> from troppoly.regions import linear_regions
    >>> triangle = polyhedron([(0, 0), (1, 0), (0, 1)], ambient_dim=2)
    >>> centroids(linear_regions(TropicalPolynomial({(0, 0): 0}), domain=triangle).complex)
    array([[mpq(1,3), mpq(1,3)]], dtype=object)
    """
    chosen = np.arange(complex.n_cells) if faces is None else np.asarray(faces, dtype=np.intp)
    distinct, places = np.unique(chosen, return_inverse=True)
    k = complex.ambient_dimension if dimension is None else dimension
    vectors, steps, _ = _decomposition(complex, k, distinct)
    centres = _points(vectors)
    for k, step in enumerate(steps, start=1):
        pyramids = _pyramids(step, vectors, k)
        weights = _first_nonzero(pyramids)[:, None]  # proportional to the volumes, in every face
        apexes = _points(step.apexes)
        means = apexes + mpq(k, k + 1) * (centres[step.bases] - apexes)
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


def _pyramids(step: _Pyramids, vectors: ObjectArray, k: int) -> ObjectArray:
    """The oriented multivectors q(F) a ^ w(G) of pyramids of dimension k, from those q(G) w(G) of the bases."""
    return _oriented(exterior_product(step.apexes, vectors[step.bases], k) * step.factors[:, None])


def _first_nonzero(vectors: ObjectArray) -> ObjectArray:
    """The first nonzero coordinate of every row (no row is zero)."""
    first = np.argmax((vectors != 0).astype(bool), axis=1)
    return cast("ObjectArray", vectors[np.arange(len(vectors)), first])


def _oriented(vectors: ObjectArray) -> ObjectArray:
    """The rows times +-1 with a positive first nonzero coordinate."""
    negative = (_first_nonzero(vectors) < 0).astype(bool)
    vectors[negative] = -vectors[negative]
    return vectors


def _decomposition(complex: PolyhedralComplex, dimension: int, faces: Ids) -> _Decomposition:
    """Decompose bounded faces, given in ascending order; raises UnboundedError if one is unbounded."""
    top = dimension + 1
    if len(faces) and complex.lineality_dimension:
        raise UnboundedError("Every face contains a line, so it is unbounded and has no finite volume.")
    unbounded = faces[complex.unbounded_faces[top - 1][faces]]
    if len(unbounded):
        raise UnboundedError(f"Face {unbounded[0]} of dimension {dimension} is unbounded and has no finite volume.")
    lowest = lowest_rays(complex, top)
    levels, plan = [faces], []
    for k in range(top, 1, -1):
        owners, entries = facets_of(complex, k, faces)
        apexes = lowest[k - 1][faces][owners]
        away = apexes != lowest[k - 2][entries]
        starts = np.searchsorted(owners[away], np.arange(len(faces)))
        plan.append((starts, owners[away], entries[away], apexes[away]))
        faces = np.unique(entries[away])
        levels.append(faces)
    lists = [ray_lists(complex, top - i, level) for i, level in enumerate(levels)]
    used = np.unique(lists[0].indices)
    rays = complex.rays.homogeneous(used)
    products = [
        np.multiply.reduceat(rays[np.searchsorted(used, rows.indices), -1], rows.indptr[:-1])
        if rows.n_lists
        else np.zeros(0, dtype=object)
        for rows in lists
    ]
    steps = []
    for i, (starts, owners, entries, apexes) in enumerate(plan):
        bases, at = np.searchsorted(levels[i + 1], entries), rays[np.searchsorted(used, apexes)]
        steps.append(_Pyramids(starts, bases, at, products[i][owners] // (products[i + 1][bases] * at[:, -1])))
    vertices = rays[np.searchsorted(used, levels[-1])]
    return _Decomposition(vertices, steps[::-1], products[0])


def _points(rays: ObjectArray) -> ObjectArray:
    """The points x / t of rays (x, t)."""
    points = np.empty((len(rays), rays.shape[1] - 1), dtype=object)
    for point, row in zip(points, rays, strict=True):
        point[:] = [mpq(x, row[-1]) for x in row[:-1]]
    return points
