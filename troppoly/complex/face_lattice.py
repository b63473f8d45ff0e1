"""Walks in the face lattice of a complex, for many faces at once: facets, rays, lowest rays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from troppoly.values import Value

if TYPE_CHECKING:
    from troppoly.complex.polyhedral_complex import PolyhedralComplex

__all__ = ["Incidence", "facets_of", "lowest_rays", "ray_lists"]

Ids = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Incidence(Value):
    """Lists of faces, one after another: list i is ``indices[indptr[i]:indptr[i + 1]]``."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]

    def __getitem__(self, i: int | np.integer[Any]) -> NDArray[np.int32]:
        return self.indices[self.indptr[i] : self.indptr[i + 1]]

    @property
    def n_lists(self) -> int:
        """The number of lists."""
        return len(self.indptr) - 1

    @property
    def owners(self) -> NDArray[np.int64]:
        """For every entry of ``indices``, the index of its list."""
        return np.repeat(np.arange(self.n_lists), np.diff(self.indptr))

    def any_of(self, mask: Mask) -> Mask:
        """Return, for every list, whether ``mask`` is true at one of its entries.

        >>> Incidence(np.array([0, 2, 3]), np.array([0, 1, 1])).any_of(np.array([True, False]))
        array([ True, False])
        """
        hits = np.concatenate(([0], np.cumsum(mask[self.indices])))
        return np.asarray(hits[self.indptr[1:]] > hits[self.indptr[:-1]])


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
