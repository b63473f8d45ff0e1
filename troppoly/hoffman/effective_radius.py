"""The effective radius: how far from a point one must look to meet every linear region.

**Definition** (Lezeau, Walker, Cao, Bhatia and Monod, Tropical Expressivity of Neural Networks, arXiv 2405.20174,
section 3.2).  The minimal effective radius of a piecewise linear f at p is the least R such that the closed ball
B(p, R) meets every linear region: the maximum over the linear regions of their distances to p, each of which is the
minimum over its cells.

**Algorithm.**  The distance of p to any vertex of a region is an upper bound of that to the region.  First some
vertices that together touch all regions are computed.  Then the region with the largest bound is treated: its
other vertices are computed, and if its bound is still the largest, a linear program gives its distance.  It ends when
no bound is above the greatest distance found.  Far regions are few, so few linear programs are solved: often one.
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
from troppoly.geometry.distance import Distance, distance
from troppoly.regions import LinearRegion, LinearRegions, linear_regions

__all__ = ["EffectiveRadius", "effective_radius"]

Ids = NDArray[np.intp]

_BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class EffectiveRadius(CertifiedNumber):
    """An effective radius with its proof.

    ``distance`` is the one of ``region``, and attains ``value``.  For every region, ``nearby`` has a point of it that
    is not farther away: the number of a vertex (a ray of the complex), or -1 where ``distances`` has the distance
    of the region itself.

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
        return (
            self.distance.value == self.value
            and all(self._holds(found) and found.value <= self.value for found in self.distances.values())
            and all(
                found.generators == _generators(regions[i].cells[found.polyhedron])
                for i, found in self.distances.items()
            )
            and set(np.flatnonzero(self.nearby < 0).tolist()) <= set(self.distances)
            and self._vertices_belong()
            and all(size <= self.value for size in _distances_of_rays(regions, ids, self.center, self.norm))
            and all(self._is_far(cell) for cell in self.region.cells)
        )

    def _holds(self, found: Distance) -> bool:
        """Whether this is a distance of the center, in the norm."""
        return found.center == self.center and found.norm == self.norm and found.check()

    def _is_far(self, cell: Face) -> bool:
        """Whether the distance of a cell is at least the radius."""
        found = distance(cell, self.center, self.norm)
        return self._holds(found) and found.generators == _generators(cell) and found.value >= self.value

    def _vertices_belong(self) -> bool:
        """Whether every nearby vertex is a finite ray of a cell of its region."""
        regions = self.region.regions
        complex_ = regions.complex
        rays = ray_lists(complex_, complex_.cone_dimension, np.arange(complex_.n_cells))
        owners = regions.region_of_cell[rays.owners]
        found = np.zeros(len(regions), dtype=bool)
        found[owners[(rays.indices == self.nearby[owners]) & ~complex_.rays.at_infinity[rays.indices]]] = True
        return bool(np.all(found | (self.nearby < 0)))

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
    >>> effective_radius(f)
    Effective radius 3 in the inf-norm, attained by linear region 2
    >>> effective_radius(f, center=[2]).value
    mpq(1,1)
    """
    regions = function if isinstance(function, LinearRegions) else linear_regions(function)
    d = regions.complex.ambient_dimension
    p = rational_vector((0,) * d if center is None else center, "center", d)
    nearby = _vertex_of_every_region(regions)
    ids, places = np.unique(nearby, return_inverse=True)
    sizes = _distances_of_rays(regions, ids, p, norm)
    bounds: dict[int, mpq] = {i: sizes[place] for i, place in enumerate(places.tolist())}
    distances: dict[int, Distance] = {}
    complete: set[int] = set()
    radius = mpq(-1)
    while bounds:
        bounds = {i: bound for i, bound in bounds.items() if bound > radius}
        far = heapq.nlargest(_BATCH, bounds, key=bounds.__getitem__)
        if far and far[0] in complete:
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


def _vertex_of_every_region(regions: LinearRegions) -> Ids:
    """For every region one of its vertices, the same ones for many regions.

    It is the least vertex in a fixed arbitrary order: then the ones that are early in it serve all their regions.
    """
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
    cells = [cell.index for cell in region.cells]
    rays = np.unique(ray_lists(complex_, complex_.cone_dimension, cells).indices)
    return np.asarray(rays[~complex_.rays.at_infinity[rays]], dtype=np.intp)


def _distances_of_rays(regions: LinearRegions, ids: Ids, p: tuple[mpq, ...], norm: float) -> list[mpq]:
    """The distances of p to the vertices with these numbers."""
    rows = regions.complex.rays.homogeneous(ids)
    return [norm_of(tuple(mpq(x, row[-1]) - c for x, c in zip(row[:-1], p, strict=True)), norm) for row in rows]


def _generators(cell: Face) -> Any:
    """The vertices, rays and lines of a cell."""
    return (cell.vertices(), cell.rays(), cell.lines())
