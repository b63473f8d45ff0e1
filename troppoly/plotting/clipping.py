"""Edges and polygons of a complex, cut off at a window exactly and rounded last.

A face is the slice t = 1 of a cone in the half-space t >= 0 of R^(d+1), and a window is an
intersection of half-spaces <a, x> + b t >= 0.  Polygons are cut with one half-space after another (I. E.
Sutherland, G. W. Hodgman, "Reentrant polygon clipping", Comm. ACM 17 (1974)) in the homogeneous
coordinates (x, t), where a direction at infinity (x, 0) is a corner as any other (J. F. Blinn,
M. E. Newell, "Clipping using homogeneous coordinates", SIGGRAPH 1978).  So an unbounded face needs
no artificial corners: what comes out is its intersection with the window.

Which corners a polygon has and their cyclic order are combinatorial, and read off the face lattice.
The coordinates are rounded once, at the end: a wall far away that crosses the window is as thin as
every other, and a coordinate that no float can hold does no harm.  It costs little, since rounding is
monotone: if a rounded coordinate is less than a bound, which is a float, so is the exact one.  So floats tell
which faces lie inside of the window and which beyond one of its sides, and only the others, those
that cross its boundary or touch it, are cut in integers.

All faces are treated at once, as rings one after another in flat arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.exact import ObjectArray, RationalMatrix
from troppoly.exact.linear import row_basis, solve
from troppoly.plotting.windows import Window, intervals

__all__ = ["ClippedFaces", "RoundedComplex"]

Floats: TypeAlias = NDArray[np.float64]
Ids: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class ClippedFaces:
    """The faces that meet the interior of a window, cut off at it.

    ``ids`` are the numbers of their cones in the complex; the corners of face i, in cyclic order (the two
    ends of an edge), are the rows ``indptr[i]``, ..., ``indptr[i + 1] - 1`` of ``points`` (N, d).
    """

    ids: Ids
    points: Floats
    indptr: Ids

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def polygons(self) -> list[Floats]:
        """The (corners, d) arrays, one for every face."""
        return np.split(self.points, self.indptr[1:-1]) if len(self) else []

    @property
    def owners(self) -> Ids:
        """For every row of ``points`` the position of its face in ``ids``."""
        return np.repeat(np.arange(len(self)), np.diff(self.indptr))

    def take(self, chosen: Any) -> ClippedFaces:
        """Return the faces where an (n,) mask is true.

        >>> segments = ClippedFaces(np.array([4, 9]), np.eye(4), np.array([0, 2, 4]))
        >>> segments.take([False, True]).points
        array([[0., 0., 1., 0.],
               [0., 0., 0., 1.]])
        """
        positions = np.flatnonzero(chosen)
        counts = np.diff(self.indptr)[positions]
        bounds = np.concatenate([[0], np.cumsum(counts)])
        rows = np.arange(bounds[-1]) + np.repeat(self.indptr[positions] - bounds[:-1], counts)
        return ClippedFaces(self.ids[positions], self.points[rows], bounds)

    def areas_and_centroids(self) -> tuple[Floats, Floats]:
        """Return the (n,) areas and (n, d) centroids of polygons, by their triangles at a corner."""
        owners, start = self.owners, self.points[self.indptr[:-1]]
        first = self.points - start[owners]
        scale = np.abs(first).max(initial=1e-300)  # (the fourth power of a coordinate may be no float)
        first /= scale
        second = np.roll(first, -1, axis=0)  # the triangles at a ring's end have a corner twice
        second[self.indptr[1:] - 1] = 0.0
        squares = (first**2).sum(axis=1) * (second**2).sum(axis=1) - (first * second).sum(axis=1) ** 2
        areas: Floats = np.sqrt(np.maximum(squares, 0.0)) / 2
        total = np.bincount(owners, areas, len(self)).astype(float)
        moments = np.stack(
            [np.bincount(owners, areas * column, len(self)) for column in (first + second).T / 3], axis=1
        )
        with np.errstate(over="ignore"):
            return total * scale**2, start + scale * moments / np.where(total > 0, total, 1.0)[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class RoundedComplex:
    """A complex with its rays, exact and in floating point.

    ``exact`` (n, d + 1) are integers (x, t), orthogonal to the lineality space.  ``rays`` (n, d + 1) are
    (x / t, 1) for a vertex, infinite if that is beyond the range of floats, and (x / max |x_i|, 0) for a
    direction at infinity, correctly rounded.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})
    >>> plane = RoundedComplex.of(f.normal_complex().complex)
    >>> plane.vertices, [len(polygon) for polygon in plane.faces(2, (-1, 1, -1, 1)).polygons]
    (array([[0., 0.]]), [4, 4, 4])
    """

    complex: PolyhedralComplex
    exact: ObjectArray
    rays: Floats

    @classmethod
    def of(cls, complex: PolyhedralComplex) -> RoundedComplex:
        """Return the complex with rounded coordinates."""
        at_infinity = np.asarray(complex.rays.at_infinity)
        exact = complex.rays.homogeneous(np.arange(len(at_infinity)))
        if complex.lineality_dimension:
            lines = complex.lineality
            shadow = lines.T @ solve(lines @ lines.T, lines)
            projection = RationalMatrix.identity(len(shadow.numerators)) - shadow
            exact = np.column_stack([exact[:, :-1] @ projection.numerators.T, exact[:, -1] * projection.denominator])
        x = exact[:, :-1]
        scale = np.where(at_infinity, np.abs(x).max(axis=1, initial=1), exact[:, -1])
        points = np.asarray(x / scale[:, None], dtype=float)
        return cls(complex, exact, np.column_stack([points, ~at_infinity]))

    @property
    def vertices(self) -> Floats:
        """The (n, d) vertices (representatives modulo lineality)."""
        return self.rays[self.rays[:, -1] == 1, :-1]

    def faces(self, dimension: int, window: Window, members: Any = None) -> ClippedFaces:
        """Return the faces of dimension 1 or 2 that meet the interior of a window, cut off at it.

        ``members`` is a mask of the cones of dimension ``dimension`` + 1 - l to take, by default all.
        """
        k = dimension + 1 - self.complex.lineality_dimension
        box = intervals(window)
        if k < 1 or k > self.complex.cone_dimension:
            return ClippedFaces(np.zeros(0, np.intp), np.zeros((0, len(box))), np.zeros(1, np.intp))
        chosen = ~self.complex.faces_at_infinity[k - 1]
        if members is not None:
            chosen = chosen & members
        ids = np.flatnonzero(chosen)
        owners, corners = self._rings(k, ids)
        bounds = RationalMatrix.of(box)  # floats are rational
        low, high = bounds.numerators.T
        inside, beyond = np.zeros((2, len(ids)), dtype=bool)
        if len(ids) and not self.complex.lineality_dimension:
            sides, starts = self._sides(box)[corners], np.flatnonzero(np.diff(owners, prepend=-1))
            inside = np.minimum.reduceat(sides, starts).min(axis=1) > 0
            beyond = np.maximum.reduceat(sides, starts).min(axis=1) < 0
        cut, kept = ~(inside | beyond)[owners], inside[owners]
        exact_owners, exact = owners[cut], self.exact[corners[cut]]
        for line, pivot in self._lines():
            exact_owners, exact = _swept(
                exact_owners, exact, line, pivot, (low[pivot], high[pivot], bounds.denominator)
            )
        for axis in range(len(box)):
            for bound, sign in ((low[axis], 1), (high[axis], -1)):
                form = np.full(len(box) + 1, mpz(0), dtype=object)
                form[[axis, -1]] = sign * bounds.denominator, -sign * bound
                exact_owners, exact = _cut(exact_owners, exact, form, closed=dimension == 2)
        owners = np.concatenate([owners[kept], exact_owners])
        points = np.concatenate([self.rays[corners[kept], :-1], np.asarray(exact[:, :-1] / exact[:, -1:], dtype=float)])
        order = np.argsort(owners, kind="stable")
        met, starts = np.unique(owners[order], return_index=True)
        return ClippedFaces(ids[met], points[order], np.append(starts, len(points)))

    def _sides(self, box: Floats) -> NDArray[np.int8]:
        """The (n, 2 d) signs of the rays on the sides of a box, > 0 within: 0 also where rounding hides the sign."""
        x, finite = self.rays[:, :-1], self.rays[:, -1:] == 1
        low, high = np.where(finite[:, :, None], box, 0.0).transpose(2, 0, 1)
        within, outside = np.column_stack([x > low, x < high]), np.column_stack([x < low, x > high])
        return np.asarray(within, dtype=np.int8) - np.asarray(outside, dtype=np.int8)

    def _lines(self) -> list[tuple[ObjectArray, int]]:
        """A basis of the lineality space, of integer vectors that are positive at a pivot where all others are 0."""
        lineality = self.complex.lineality
        pivots = row_basis(lineality.T)
        return list(zip(solve(lineality.take_columns(pivots), lineality).numerators, pivots, strict=True))

    def _rings(self, k: int, ids: Ids) -> tuple[Ids, Ids]:
        """The rays of cones of dimension k <= 3 in cyclic order, after the positions of their owners."""
        if k == 1:
            return np.arange(len(ids)), ids
        ends = self.complex.facets[0].indices.reshape(-1, 2).astype(np.intp)
        if k == 2:
            return np.repeat(np.arange(len(ids)), 2), ends[ids].ravel()
        owners, edges = self.complex.facets[1].take(ids)
        rays = ends[edges].ravel()  # half-edge 2 e + s is the end s of the edge e of one polygon
        order = np.argsort(np.repeat(owners, 2) * len(self.rays) + rays, kind="stable")
        partner = np.empty_like(order)  # the other half-edge of the polygon at the same ray
        partner[order[::2]], partner[order[1::2]] = order[1::2], order[::2]
        counts = np.bincount(owners, minlength=len(ids))
        starts = np.cumsum(counts) - counts
        result = np.empty(len(edges), dtype=np.intp)
        half = 2 * starts
        for step in range(int(counts.max(initial=0))):
            left = np.flatnonzero(counts > step)
            result[starts[left] + step] = rays[half[left]]
            half[left] = partner[half[left] ^ 1]
        return owners, result


def _swept(
    owners: Ids, points: ObjectArray, line: ObjectArray, pivot: int, bounds: tuple[Any, Any, Any]
) -> tuple[Ids, ObjectArray]:
    """The rings around what points, segments and chains sweep out along a line, between bounds of x_pivot.

    The bounds are (low, high, common denominator).
    """
    low, high, denominator = bounds
    t, scale = points[:, -1], denominator * line[pivot]
    direction = np.append(line, mpz(0))
    n = np.arange(len(points))
    order = np.lexsort((np.concatenate([n, len(n) + n[::-1]]), np.concatenate([owners, owners])))
    moved = [
        scale * points + (bound * t - denominator * points[:, pivot])[:, None] * direction for bound in (low, high)
    ]
    return np.repeat(owners, 2), np.concatenate(moved)[order]


def _cut(owners: Ids, points: ObjectArray, form: ObjectArray, closed: bool) -> tuple[Ids, ObjectArray]:
    """The parts of rings (chains, unless ``closed``) where a form is >= 0; none where it is nowhere > 0."""
    if not len(owners):
        return owners, points
    values = points @ form
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    ends = np.append(starts[1:], len(owners)) - 1
    following = np.arange(1, len(owners) + 1)
    following[ends] = starts if closed else ends
    inside = np.repeat(np.maximum.reduceat(values, starts) > 0, ends - starts + 1)
    keep = inside & (values >= 0)
    signs = np.sign(values).astype(np.int8)
    crossing = np.flatnonzero(inside & (signs * signs[following] < 0))
    counts = keep.astype(np.intp)
    counts[crossing] += 1
    places = np.cumsum(counts) - counts
    result = np.empty((int(counts.sum()), points.shape[1]), dtype=object)
    result[places[keep]] = points[keep]
    other = following[crossing]
    a, b = np.abs(values[crossing])[:, None], np.abs(values[other])[:, None]
    result[places[crossing] + keep[crossing]] = b * points[crossing] + a * points[other]
    return np.repeat(owners, counts), result
