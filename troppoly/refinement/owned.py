"""The faces of a part that it owns, counted in the part's own arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troppoly.compiled import compiled
from troppoly.refinement.part import Part

__all__ = ["owned_faces"]


def owned_faces(part: Part) -> NDArray[np.int64]:
    """Return for every cone dimension how many finite faces a part owns, and how many of these are bounded.

    The array has the shape (2, D); the bounded ones are those modulo the lineality space.

    >>> from troppoly.refinement.start import orthants
    >>> owned_faces(orthants(np.array([False, True, True]), 0))  # a half plane with a line across
    array([[1, 3, 2],
           [1, 0, 0]])
    """
    counts = np.zeros((2, len(part.n)), np.int64)
    _count(part, counts)
    return counts


@compiled
def _count(p, counts):
    """Mark every face by whether it has a vertex (1), and a ray at infinity (2), and count."""
    D = len(p.n)
    t = np.uint64(D - 1)
    for k in range(D):
        for i in range(p.n[k]):
            f = p.base[k] + i
            if k == 0:
                mark = 1 if (p.ray_words[i, -1] >> t) & np.uint64(1) else 2
            else:
                mark = 0
                s = p.pool_base[k] + p.row[f].start
                for e in range(s, s + p.row[f].count):
                    mark |= p.row[p.base[k - 1] + p.pool[e]].mark
            p.row[f].mark = mark
            if mark & 1 and not p.shared[f] & 2:
                counts[0, k] += 1
                if mark == 1:
                    counts[1, k] += 1
