"""Walks in the face lattice of a complex, for many faces at once: facets, rays, lowest rays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.complex.polyhedral_complex import Incidence, PolyhedralComplex

__all__ = ["facets_of", "lowest_rays", "ray_lists"]

Ids = NDArray[np.intp]


def lowest_rays(complex: PolyhedralComplex, top: int) -> list[Ids]:
    """Return for every cone dimension up to ``top`` the lowest number of a ray of every cone.

    A facet of a cone contains the lowest ray of the cone if and only if it has the same lowest ray.
    """
    result = [np.arange(complex.n_cones(1))]
    for incidence in complex.facets[: top - 1]:
        result.append(np.minimum.reduceat(result[-1][incidence.indices], incidence.indptr[:-1]))
    return result


def facets_of(complex: PolyhedralComplex, k: int, cones: Any) -> tuple[Ids, Ids]:
    """Return the facets of cones of dimension k, one list after another, after the positions of their owners.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> fan = TropicalPolynomial({(1,): 0, (0,): 0}).normal_complex().complex
    >>> facets_of(fan, 2, [1])[0]
    array([0, 0])
    """
    cones = np.asarray(cones, dtype=np.intp)
    incidence = complex.facets[k - 2]
    counts = np.diff(incidence.indptr)[cones]
    owners = np.repeat(np.arange(len(cones)), counts)
    offsets = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    return owners, incidence.indices[incidence.indptr[cones][owners] + offsets].astype(np.intp)


def ray_lists(complex: PolyhedralComplex, k: int, cones: Any) -> Incidence:
    """Return for each of the given cones of dimension k its rays, in ascending order.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> fan = TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0}).normal_complex().complex
    >>> np.diff(ray_lists(fan, 3, [0, 1, 2]).indptr)  # a vertex and two directions at infinity each
    array([3, 3, 3])
    """
    faces = np.asarray(cones, dtype=np.intp)
    owners = np.arange(len(faces))
    for j in range(k, 1, -1):
        positions, facets = facets_of(complex, j, faces)
        n = complex.n_cones(j - 1)
        keys = np.unique(owners[positions] * n + facets)
        owners, faces = keys // n, keys % n
    bounds = np.searchsorted(owners, np.arange(len(cones) + 1))
    return Incidence(bounds.astype(np.int64), faces.astype(np.int32))
