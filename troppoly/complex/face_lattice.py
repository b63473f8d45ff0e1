"""Lists of faces, and walks in a face lattice for many faces at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.values import Value

__all__ = ["Incidence", "lowest_rays", "ray_lists"]

Ids = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Incidence(Value):
    """Lists of faces, one after another: list i is ``indices[indptr[i]:indptr[i + 1]]``.

    >>> lists = Incidence(np.array([0, 2, 3]), np.array([0, 1, 1]))
    >>> lists[1], lists.owners, lists.take([1, 0])
    (array([1]), array([0, 0, 1]), (array([0, 1, 1]), array([1, 0, 1])))
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]

    def __getitem__(self, i: int | np.integer[Any]) -> NDArray[np.int32]:
        return self.indices[self.indptr[i] : self.indptr[i + 1]]

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        return (self[i] for i in range(self.n_lists))

    @property
    def n_lists(self) -> int:
        """The number of lists."""
        return len(self.indptr) - 1

    @property
    def owners(self) -> NDArray[np.int64]:
        """For every entry of ``indices``, the index of its list."""
        return np.repeat(np.arange(self.n_lists), np.diff(self.indptr))

    def take(self, lists: Any) -> tuple[Ids, Ids]:
        """Return for every entry of the chosen lists the position of its list among them, and the entry."""
        lists = np.asarray(lists, dtype=np.intp)
        counts = np.diff(self.indptr)[lists]
        owners = np.repeat(np.arange(len(lists)), counts)
        offsets = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
        return owners, self.indices[self.indptr[lists][owners] + offsets].astype(np.intp)

    def any_of(self, mask: Mask) -> Mask:
        """Return for every list whether ``mask`` is true at one of its entries."""
        hits = np.concatenate(([0], np.cumsum(mask[self.indices])))
        return np.asarray(hits[self.indptr[1:]] > hits[self.indptr[:-1]])


def lowest_rays(facets: Sequence[Incidence], n_rays: int) -> list[Ids]:
    """Return for k = 1, 2, ... the lowest ray of every cone of dimension k, whose facets ``facets[k - 2]`` lists.

    A facet of a cone contains the lowest ray of the cone iff it has the same lowest ray.
    """
    result = [np.arange(n_rays)]
    for incidence in facets:
        result.append(np.minimum.reduceat(result[-1][incidence.indices], incidence.indptr[:-1]))
    return result


def ray_lists(facets: Sequence[Incidence], cones: Any) -> Incidence:
    """Return for each of the given cones its rays in ascending order; ``facets[-1]`` lists the facets of its dimension.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> fan = TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0}).normal_complex().complex
    >>> np.diff(ray_lists(fan.facets, [0, 1, 2]).indptr)  # a vertex and two directions at infinity each
    array([3, 3, 3])
    """
    faces = np.asarray(cones, dtype=np.intp)
    owners = np.arange(len(faces))
    for incidence in reversed(facets):
        positions, lower = incidence.take(faces)
        n = int(lower.max(initial=0)) + 1
        keys = np.unique(owners[positions] * n + lower)
        owners, faces = keys // n, keys % n
    bounds = np.searchsorted(owners, np.arange(len(cones) + 1))
    return Incidence(bounds.astype(np.int64), faces.astype(np.int32))
