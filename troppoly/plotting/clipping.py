"""Edges and polygons of a complex, cut off at a window exactly and rounded last.

A face is the slice t = 1 of a cone in the half-space t >= 0 of R^(d+1), and a window is an intersection of
half-spaces <a, x> + b t >= 0.  Polygons are cut with one half-space after another (I. E. Sutherland, G. W. Hodgman,
"Reentrant polygon clipping", Comm. ACM 17 (1974)) in the homogeneous coordinates (x, t), where a direction at
infinity (x, 0) is a corner as any other (J. F. Blinn, M. E. Newell, "Clipping using homogeneous coordinates",
SIGGRAPH 1978).  So an unbounded face needs no artificial corners.  Which corners a polygon has and their cyclic order
are combinatorial, and read off the face lattice.

The coordinates are rounded once, at the end: a wall far away that crosses the window is as thin as every other, and a
coordinate that no float can hold does no harm.  Rounding is monotone: if a rounded coordinate is less than a bound,
which is a float, so is the exact one.  So floats tell which faces lie inside of the window and which beyond one of
its sides, and only the others, which cross its boundary or touch it, are cut in integers.

All faces are treated at once, as rings one after another in flat arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import modulo, row_basis, solve
from troppoly.exact.scalar import ObjectArray
from troppoly.plotting.windows import Window, intervals

Floats: TypeAlias = NDArray[np.float64]
Ids: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class ClippedFaces:
    """Faces, cut off at a window: corners in cyclic order (the two ends of an edge).

    ``ids`` are numbers of faces; the corners of face i are the rows ``indptr[i]``, ..., ``indptr[i + 1] - 1`` of
    ``points`` (N, d).
    """

    ids: Ids
    points: Floats
    indptr: Ids

    @classmethod
    def of(cls, polygons: list[Floats], dimension: int) -> ClippedFaces:
        """Return the faces with the given (corners, d) arrays."""
        bounds = np.cumsum([0, *map(len, polygons)])
        return cls(np.arange(len(polygons)), np.concatenate([np.zeros((0, dimension)), *polygons]), bounds)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def polygons(self) -> list[Floats]:
        """The (corners, d) arrays, one for every face."""
        return np.split(self.points, self.indptr[1:-1]) if len(self) else []

    @property
    def segments(self) -> Floats:
        """The (n, 2, d) ends of edges."""
        return self.points.reshape(-1, 2, self.points.shape[1])

    @property
    def owners(self) -> Ids:
        """For every row of ``points`` the position of its face in ``ids``."""
        return np.repeat(np.arange(len(self)), np.diff(self.indptr))

    def take(self, chosen: Any) -> ClippedFaces:
        """Return the faces where an (n,) mask is true."""
        chosen = np.asarray(chosen, dtype=bool)
        bounds = np.append(0, np.cumsum(np.diff(self.indptr)[chosen]))
        return ClippedFaces(self.ids[chosen], self.points[chosen[self.owners]], bounds)

    def fan(self) -> tuple[Floats, Floats, Floats]:
        """Return the sizes of polygons, and per row the sides from the first corner to it and the next, in sizes."""
        owners, ends = self.owners, self.indptr[1:] - 1
        first = self.points - self.points[self.indptr[:-1]][owners]
        size = np.maximum.reduceat(np.abs(first).max(axis=1), self.indptr[:-1])
        size = np.where(size > 0, size, 1.0)  # (the fourth power of a coordinate may not be a float)
        first /= size[owners][:, None]
        second = np.roll(first, -1, axis=0)
        second[ends] = 0.0
        return size, first, second

    def areas_and_centroids(self) -> tuple[Floats, Floats]:
        """Return the (n,) areas and (n, d) centroids of polygons."""
        size, first, second = self.fan()
        squares = (first**2).sum(axis=1) * (second**2).sum(axis=1) - (first * second).sum(axis=1) ** 2
        areas = np.sqrt(np.maximum(squares, 0.0)) / 2
        total = np.add.reduceat(areas, self.indptr[:-1])
        moments = np.add.reduceat(areas[:, None] * (first + second) / 3, self.indptr[:-1])
        middles = size[:, None] * moments / np.where(total > 0, total, 1.0)[:, None]
        with np.errstate(over="ignore"):
            return total * size**2, self.points[self.indptr[:-1]] + middles

    def unit_normals(self) -> Floats:
        """Return the (n, 3) unit normals of polygons of space."""
        _, first, second = self.fan()
        normals = np.add.reduceat(np.cross(first, second), self.indptr[:-1])
        return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300))


@dataclass(frozen=True, slots=True, eq=False)
class RoundedComplex:
    """A complex with its rays, exact and in floating point.

    ``exact`` (n, d + 1) are integers (x, t), orthogonal to the lineality space.  ``rays`` (n, d + 1) are (x / t, 1)
    for a vertex, infinite if that is beyond the range of floats, and (x / max |x_i|, 0) for a direction at infinity.
    """

    complex: PolyhedralComplex
    exact: ObjectArray
    rays: Floats

    @classmethod
    def of(cls, complex: PolyhedralComplex) -> RoundedComplex:
        """Return the complex with rounded coordinates."""
        at_infinity = np.asarray(complex.rays.at_infinity)
        exact = complex.homogeneous_rays
        if complex.lineality_dimension:
            exact = modulo(exact, complex.lineality)
        x = exact[:, :-1]
        scale = np.where(at_infinity, np.abs(x).max(axis=1, initial=1), exact[:, -1])
        return cls(complex, exact, np.column_stack([np.asarray(x / scale[:, None], dtype=float), ~at_infinity]))

    @property
    def vertices(self) -> Floats:
        """The (n, d) vertices (representatives modulo lineality)."""
        return self.rays[self.rays[:, -1] == 1, :-1]

    def faces(self, dimension: int, window: Window, members: Any = True) -> ClippedFaces:
        """Return the faces of dimension 1 or 2 that meet the interior of a window, cut off at it.

        ``members`` is a mask of the cones of dimension ``dimension`` + 1 - l to take, by default all.
        """
        k = dimension + 1 - self.complex.lineality_dimension
        box = intervals(window)
        if k < 1 or k > self.complex.cone_dimension:
            return ClippedFaces.of([], len(box))
        ids = np.flatnonzero(~self.complex.faces_at_infinity[k - 1] & members)
        owners, corners = self._rings(k, ids)
        inside, beyond = np.zeros((2, len(ids)), dtype=bool)
        if len(ids) and not self.complex.lineality_dimension:
            x, starts = self.rays[:, :-1], np.flatnonzero(np.diff(owners, prepend=-1))
            low, high = np.where(self.rays[:, -1:, None] == 1, box, 0.0).transpose(2, 0, 1)
            # the signs on the sides, > 0 within; 0 also where rounding hides the sign
            sides = np.hstack([x > low, x < high]).astype(np.int8) - np.hstack([x < low, x > high])
            inside = np.minimum.reduceat(sides[corners], starts).min(axis=1) > 0
            beyond = np.maximum.reduceat(sides[corners], starts).min(axis=1) < 0
        cut, kept = ~(inside | beyond)[owners], inside[owners]
        bounds = RationalMatrix.of(box)  # floats are rational
        exact_owners, exact = self._swept(owners[cut], self.exact[corners[cut]], bounds)
        for axis, (low, high) in enumerate(bounds.numerators):
            for bound, sign in ((low, 1), (high, -1)):
                form = np.full(len(box) + 1, mpz(0), dtype=object)
                form[[axis, -1]] = sign * bounds.denominator, -sign * bound
                exact_owners, exact = _cut(exact_owners, exact, form, closed=dimension == 2)
        owners = np.concatenate([owners[kept], exact_owners])
        points = np.concatenate([self.rays[corners[kept], :-1], np.asarray(exact[:, :-1] / exact[:, -1:], dtype=float)])
        order = np.argsort(owners, kind="stable")
        met, starts = np.unique(owners[order], return_index=True)
        return ClippedFaces(ids[met], points[order], np.append(starts, len(points)))

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

    def _swept(self, owners: Ids, points: ObjectArray, bounds: RationalMatrix) -> tuple[Ids, ObjectArray]:
        """The rings around what points, segments and chains sweep out along the lineality space, between bounds."""
        lineality = self.complex.lineality
        pivots = row_basis(lineality.T)
        # a basis of integer vectors that are positive at a pivot, where all others are 0
        lines = solve(lineality.take_columns(pivots), lineality).numerators
        for line, pivot in zip(lines, pivots, strict=True):
            t, scale, direction = points[:, -1:], bounds.denominator * line[pivot], np.append(line, mpz(0))
            x = bounds.denominator * points[:, pivot, None]
            moved = [scale * points + (bound * t - x) * direction for bound in bounds.numerators[pivot]]
            n = np.arange(len(points))
            order = np.lexsort((np.concatenate([n, len(n) + n[::-1]]), np.concatenate([owners, owners])))
            owners, points = np.repeat(owners, 2), np.concatenate(moved)[order]
        return owners, points


def around(corners: NDArray[Any]) -> NDArray[Any]:
    """Return the (n, d) corners of a convex polygon (over the plane) in cyclic order."""
    offsets = np.asarray(corners[:, :2], dtype=float)
    offsets = offsets - offsets.mean(axis=0)
    return corners[np.argsort(np.arctan2(offsets[:, 1], offsets[:, 0]))]


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
