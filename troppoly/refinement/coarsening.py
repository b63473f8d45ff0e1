"""From a refinement to the canonical complex: merging faces between which there is no true wall.

The refinement may have walls that the canonical complex does not have:

- max(z_1, ..., z_k) is computed as m_1 = z_1, m_i = m_(i-1) + max(z_i - m_(i-1), 0), with a rectified unit u_i for
  i >= 2.  The sign of u_i matters only where u_j <= 0 for all j > i: elsewhere z_i is not the maximum.
- Where the rectified units of the first layer do not depend on all directions, units that only pass their value on
  serve as coordinates, and their hyperplanes are not walls.

The *label* of a face is the signs on its relative interior of all units that matter there, of the facets of the domain,
and of t.  Given the label the network is affine, unit by unit, so the points with one label form a relatively open
polyhedron, and these are the relatively open faces of the canonical complex.  So its faces are the classes of faces of
the refinement with equal labels; the dimension of a class is the largest of its members; and one of dimension k has as
facets the classes of dimension k - 1 that contain a facet of a member of dimension k.  (The interior of such a facet G
lies in the class itself or in a proper face of it, of dimension at least dim G = k - 1, hence in a facet.)

**Lineality.**  The lineality space L is the class on which all signs are 0, spanned by the rays in it, as a pointed
cone is by its rays.  So a face of dimension dim L + 1 is spanned by L and one ray of the refinement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import Place, Words, unions
from troppoly.complex.face_lattice import Incidence

__all__ = ["Coarsening", "clear_what_does_not_matter", "coarsen"]


class Coarsening(NamedTuple):
    """The classes of faces, as the arrays of a complex modulo the lineality space, which the rays ``lines`` span.

    ``rays`` lists one ray of the refinement for every class of dimension 1, ``words`` are the labels of the cells, and
    ``members`` lists for the classes of every dimension a cone of the refinement of this dimension.
    """

    rays: NDArray[np.intp]
    facets: tuple[Incidence, ...]
    words: Words
    lines: NDArray[np.intp]
    members: tuple[NDArray[np.intp], ...]


def coarsen(
    ray_words: Words, at_infinity: NDArray[np.bool_], facets: Sequence[Incidence], groups: Sequence[Sequence[Place]]
) -> Coarsening:
    """Merge the faces of a fan by their labels; ``groups`` are for every maximum the places of u_2, ..., u_k."""
    finite = (~at_infinity).astype(np.uint64)[:, None]
    labels = [np.concatenate([ray_words, finite], axis=1)]
    for incidence in facets:
        labels.append(unions(labels[-1], incidence))
    for words in labels:
        clear_what_does_not_matter(words, groups)

    D = len(labels)
    stacked = np.ascontiguousarray(np.concatenate(labels[::-1]))  # the highest dimension first
    keys = stacked.view([("", "V", stacked.shape[1] * 8)]).ravel()
    _, first, classes = np.unique(keys, return_index=True, return_inverse=True)
    sizes = [len(words) for words in labels[::-1]]
    dimension = D - np.searchsorted(np.cumsum(sizes), first, side="right")
    of_level = np.split(classes, np.cumsum(sizes)[:-1])[::-1]

    zero = np.flatnonzero(~stacked[first].any(axis=1))
    lowest = int(dimension[zero[0]]) if len(zero) else 0  # the dimension of the lineality space
    lines = np.flatnonzero(of_level[0] == zero[0]) if len(zero) else np.zeros(0, dtype=np.intp)
    number = np.zeros(len(first), dtype=np.int64)  # of a class among those of its dimension
    for k in range(1, D + 1):
        mine = np.flatnonzero(dimension == k)
        number[mine] = np.arange(len(mine))
    merged = []
    for k in range(lowest + 2, D + 1):
        incidence = facets[k - 2]
        owners, entries = of_level[k - 1][incidence.owners], of_level[k - 2][incidence.indices]
        walls = (dimension[owners] == k) & (dimension[entries] == k - 1)
        pairs = np.unique(np.stack([number[owners[walls]], number[entries[walls]]]), axis=1)
        bounds = np.searchsorted(pairs[0], np.arange(np.count_nonzero(dimension == k) + 1))
        merged.append(Incidence(bounds.astype(np.int64), pairs[1].astype(np.int32)))
    rays = np.zeros(int(np.count_nonzero(dimension == lowest + 1)), dtype=np.intp)
    members = np.flatnonzero(dimension[of_level[0]] == lowest + 1)
    rays[number[of_level[0][members]]] = members
    starts = dict(zip(range(D, 0, -1), np.cumsum([0, *sizes]).tolist(), strict=False))
    chosen = tuple(first[dimension == k] - starts[k] for k in range(lowest + 1, D + 1))
    return Coarsening(rays, tuple(merged), stacked[first[dimension == D]][:, :-1], lines, chosen)


def clear_what_does_not_matter(words: Words, groups: Sequence[Sequence[Place]]) -> None:
    """Clear the signs of the units of a maximum that come before one that is positive."""
    for group in groups:
        beaten = np.zeros(len(words), dtype=bool)
        for place in reversed(group):
            words[beaten, place.column] &= ~place.both
            beaten |= place.positive(words)
