"""The effective radius: how far from a point one must look to meet every linear region; and the Hoffman bounds of it.

**Definition** (Lezeau, Walker, Cao, Bhatia and Monod, Tropical Expressivity of Neural Networks, arXiv 2405.20174,
section 3.2).  The minimal effective radius of a piecewise linear f at p is the least R such that the closed ball
B(p, R) meets every linear region: the maximum over the regions of the minimum over their cells of the distance to p.

**Algorithm.**  The distance of p to a vertex of a region bounds that to the region from above.  After some vertices
that together touch all regions, those of the region with the largest bound are computed, and if its bound is still the
largest, a linear program gives its distance, until no bound is above the greatest distance found.  Far regions are few,
so few linear programs are solved: often one.

**Theorem** (ibid., Lemma 3.3 and Proposition 3.4).  For p / q and a point x, the effective radius in the infinity norm
is at most

    max over cells of H(A) max_i (<a_i, x> - b_i)_+  <=  H(p / q) max {p(x) - p'(x), q(x) - q'(x)},

where {A x <= b} are the systems of the cells, and p', q' the minima of the monomials of p and q.

*Proof.*  Every linear region contains a full-dimensional cell {A x <= b}, whose distance to x is at most
H(A) max_i (<a_i, x> - b_i)_+ by the definition of H(A).  On the cell of monomials i of p and k of q the latter is the
greatest of the p_j(x) - p_i(x) and q_j(x) - q_k(x), so at most the greater one of p(x) - p'(x) and q(x) - q'(x).  QED

Without redundant monomials every monomial is the one of a cell, so the second factor on the right is attained.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import Norm, checked
from troppoly.complex.face_lattice import ray_lists
from troppoly.complex.polyhedral_complex import Face
from troppoly.complex.shape import norm_of
from troppoly.exact import CertifiedNumber, rational_vector
from troppoly.geometry.distances import Distance, distance
from troppoly.hoffman.systems import Function, MapHoffmanConstant, hoffman_constant
from troppoly.regions import LinearRegion, LinearRegions
from troppoly.regions.dispatch import regions_of

__all__ = ["EffectiveRadius", "EffectiveRadiusBound", "effective_radius", "effective_radius_bound"]

Ids = NDArray[np.intp]

_BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class EffectiveRadius(CertifiedNumber):
    """An effective radius with its proof.

    ``distance`` is that of ``region``, and attains ``value``.  ``nearby`` has for every region one of its vertices (a
    ray of the complex) that is not farther away, or -1 where ``distances`` has the distance of the region.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> effective_radius(tp.linear_regions(net))
    Effective radius 1 in the inf-norm, attained by linear region 3
    """

    value: mpq
    norm: float
    center: tuple[mpq, ...]
    region: LinearRegion
    nearby: Ids
    distances: dict[int, Distance]

    @property
    def distance(self) -> Distance:
        """The distance of the farthest region, with its nearest point."""
        return self.distances[self.region.index]

    def check(self) -> bool:
        """Return whether the proof holds, on the vertices of the complex, multiplied out exactly.

        That no cell of the farthest region is nearer is proved by their distances, which are computed anew.
        """
        regions = self.region.regions
        ids = np.unique(self.nearby[self.nearby >= 0])
        nearest = {i: regions[i].cells[found.polyhedron] for i, found in self.distances.items()}
        return (
            self.distance.value == self.value
            and all(self._holds(found, nearest[i]) and found.value <= self.value for i, found in self.distances.items())
            and set(np.flatnonzero(self.nearby < 0).tolist()) <= set(self.distances)
            and self._vertices_belong()
            and all(size <= self.value for size in _distances_of_rays(regions, ids, self.center, self.norm))
            and all(
                self._holds(found, cell) and found.value >= self.value
                for cell in self.region.cells
                for found in [distance(cell, self.center, self.norm)]
            )
        )

    def _holds(self, found: Distance, cell: Face) -> bool:
        """Whether this is the distance of the center to the cell, in the norm."""
        generators = (cell.vertices(), cell.rays(), cell.lines())
        return (found.center, found.norm, found.generators) == (self.center, self.norm, generators) and found.check()

    def _vertices_belong(self) -> bool:
        """Whether every nearby vertex is a finite ray of a cell of its region."""
        regions = self.region.regions
        complex_ = regions.complex
        rays = ray_lists(complex_.facets, np.arange(complex_.n_cells))
        owners = regions.region_of_cell[rays.owners]
        found = self.nearby < 0
        found[owners[(rays.indices == self.nearby[owners]) & ~complex_.rays.at_infinity[rays.indices]]] = True
        return bool(found.all())

    def __repr__(self) -> str:
        return f"Effective radius {self.value} in the {self.norm}-norm, attained by linear region {self.region.index}"


@checked
def effective_radius(function: Any, center: Sequence[Any] | None = None, norm: Norm = inf) -> EffectiveRadius:
    """Return the least R such that the ball of radius R around a point meets every linear region.

    ``function`` is a network, tropical polynomial, rational function or map, or its ``LinearRegions`` (which may be
    those over a domain); ``center`` is the origin if it is not given.

    Raises ShapeError if the point lies in another space, and the errors of ``linear_regions``.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> f = TropicalPolynomial({(1,): 0, (2,): -3, (0,): 1})
    >>> effective_radius(f), effective_radius(f, center=[2]).value
    (Effective radius 3 in the inf-norm, attained by linear region 2, mpq(1,1))
    """
    regions = regions_of(function)
    p = _point(center, regions.complex.ambient_dimension)
    nearby = _vertex_of_every_region(regions)
    ids, places = np.unique(nearby, return_inverse=True)
    sizes = _distances_of_rays(regions, ids, p, norm)
    bounds: dict[int, mpq] = {i: sizes[place] for i, place in enumerate(places.tolist())}
    distances: dict[int, Distance] = {}
    complete: set[int] = set()
    radius = mpq(-1)
    while bounds := {i: bound for i, bound in bounds.items() if bound > radius}:
        far = heapq.nlargest(_BATCH, bounds, key=bounds.__getitem__)
        if far[0] in complete:
            distances[far[0]] = distance(regions[far[0]], p, norm)
            radius = max(radius, distances[far[0]].value)
            nearby[far[0]] = -1
            del bounds[far[0]]
            continue
        for i in far:
            ids = _vertices_of_region(regions[i])
            bounds[i], place = min(zip(_distances_of_rays(regions, ids, p, norm), range(len(ids)), strict=True))
            nearby[i] = ids[place]
        complete.update(far)
    farthest = next(i for i, found in distances.items() if found.value == radius)
    return EffectiveRadius(radius, norm, p, regions[farthest], nearby, distances)


@dataclass(frozen=True, slots=True)
class EffectiveRadiusBound:
    """Upper bounds of the effective radius in the infinity norm around ``center``.

    ``hoffman`` has the Hoffman constants of the cells, and ``residuals[i]`` is max_j (<a_j, x> - b_j)_+ for cell i.

    >>> import troppoly as tp
    >>> x = tp.TropicalPolynomial.variable(0, 1)
    >>> bound = effective_radius_bound((x + 0) * (x + 3), [1])
    >>> bound, bound.residuals
    (Effective radius at most 2 (cellwise), at most 2 (Hoffman bound), (mpq(2,1), mpq(0,1), mpq(1,1)))
    """

    center: tuple[mpq, ...]
    hoffman: MapHoffmanConstant
    residuals: tuple[mpq, ...]

    @property
    def value(self) -> mpq:
        """The bound of the proposition: the greatest Hoffman constant times the greatest residual."""
        return self.hoffman.value * max(self.residuals)

    @property
    def cellwise(self) -> mpq:
        """The smaller bound: the greatest product of a cell's Hoffman constant and residual."""
        return max(found.value * r for found, r in zip(self.hoffman.constants, self.residuals, strict=True))

    def __repr__(self) -> str:
        return f"Effective radius at most {self.cellwise} (cellwise), at most {self.value} (Hoffman bound)"


@checked
def effective_radius_bound(function: Function, center: Sequence[Any] | None = None) -> EffectiveRadiusBound:
    """Return the Hoffman bounds of the effective radius of a tropical polynomial, rational, map, network, or regions.

    ``center`` is the origin if it is not given.  Raises ShapeError if it lies in another space.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> effective_radius_bound(TropicalPolynomial({(1,): 0, (2,): -3, (0,): 1}))
    Effective radius at most 4 (cellwise), at most 4 (Hoffman bound)
    """
    hoffman = hoffman_constant(function)
    x = _point(center, hoffman.cells[0].matrix.shape[1])
    return EffectiveRadiusBound(x, hoffman, tuple(cell.residual(x) for cell in hoffman.cells))


def _point(center: Sequence[Any] | None, d: int) -> tuple[mpq, ...]:
    return rational_vector((0,) * d if center is None else center, "center", d)


def _vertex_of_every_region(regions: LinearRegions) -> Ids:
    """For every region its least vertex in a random order, in which those that are early serve all their regions."""
    complex_ = regions.complex
    infinite = complex_.rays.at_infinity
    n = len(infinite)
    order = np.random.default_rng(0).permutation(n)
    least = np.empty(n, dtype=np.intp)
    least[order] = np.arange(n)
    least[infinite] = n
    for incidence in complex_.facets:
        least = np.minimum.reduceat(least[incidence.indices], incidence.indptr[:-1])
    of_region = np.full(len(regions), n)
    np.minimum.at(of_region, regions.region_of_cell, least)
    return np.asarray(order[of_region], dtype=np.intp)


def _vertices_of_region(region: LinearRegion) -> Ids:
    """The rays of a region that are not at infinity."""
    complex_ = region.regions.complex
    rays = np.unique(ray_lists(complex_.facets, [cell.index for cell in region.cells]).indices)
    return np.asarray(rays[~complex_.rays.at_infinity[rays]], dtype=np.intp)


def _distances_of_rays(regions: LinearRegions, ids: Ids, p: tuple[mpq, ...], norm: float) -> list[mpq]:
    """The distances of p to the vertices with these numbers."""
    rows = regions.complex.rays.homogeneous(ids)
    return [norm_of((mpq(x, row[-1]) - c for x, c in zip(row[:-1], p, strict=True)), norm) for row in rows]
