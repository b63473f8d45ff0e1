"""Homology of regular cell complexes over the field with two elements.

In a regular cell complex the boundary of a cell of dimension k is, over GF(2), the sum of its facets, so the
face lattice is all that is needed: b_k = dim ker(boundary_k) - rank(boundary_(k+1)).

**Collapses.**  If a face G lies in exactly one face F of one dimension more, then F is maximal (between G
and any H > F there is a second face), and removing both is an elementary collapse, which preserves the
homotopy type (Whitehead 1939, Simplicial spaces, nuclei and m-groups).  This is done first, for all free
faces at once; what remains is reduced by Gaussian elimination.

**Elimination.**  Columns are added to later ones with the same lowest entry (Edelsbrunner, Letscher and
Zomorodian 2002, Topological persistence and simplification), from the highest dimension down: a face
that is a lowest entry of a reduced column of one dimension more is the lowest term of a boundary, so its own column reduces to
zero and is skipped (Chen and Kerber 2011, Persistent homology computation with a twist).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from troppoly.complex.face_lattice import Incidence

__all__ = ["betti_numbers"]

Mask = NDArray[np.bool_]


def betti_numbers(counts: Sequence[int], boundaries: Sequence[Incidence]) -> tuple[int, ...]:
    """Return (b_0, ..., b_n) of a regular cell complex with ``counts[k]`` cells of dimension k.

    ``boundaries[k - 1]`` lists the facets of every cell of dimension k.

    A circle of two edges:

    >>> circle = Incidence(np.array([0, 2, 4]), np.array([0, 1, 0, 1], dtype=np.int32))
    >>> betti_numbers([2, 2], [circle])
    (1, 1)
    """
    alive = _collapse(counts, boundaries)
    sizes = [int(np.count_nonzero(mask)) for mask in alive]
    ranks = [0] * (len(counts) + 1)  # ranks[k] of the boundary of the cells of dimension k
    lowest: set[int] = set()
    for k in range(len(counts) - 1, 0, -1):
        wanted = [j for j in np.flatnonzero(alive[k]).tolist() if j not in lowest]
        lowest = _lowest_entries([boundaries[k - 1][j].tolist() for j in wanted])
        ranks[k] = len(lowest)
    return tuple(n - ranks[k] - ranks[k + 1] for k, n in enumerate(sizes))


def _collapse(counts: Sequence[int], boundaries: Sequence[Incidence]) -> list[Mask]:
    """Which cells are left when there is no free face any more."""
    alive = [np.ones(n, dtype=bool) for n in counts]
    pairs = [(incidence.owners, incidence.indices) for incidence in boundaries]
    changed = True
    while changed:
        changed = False
        for k in range(len(counts) - 1, 0, -1):
            owners, entries = pairs[k - 1]
            left = alive[k][owners] & alive[k - 1][entries]
            pairs[k - 1] = owners, entries = owners[left], entries[left]
            free = np.bincount(entries, minlength=counts[k - 1])[entries] == 1
            cells, first = np.unique(owners[free], return_index=True)
            alive[k][cells] = False
            alive[k - 1][entries[free][first]] = False
            changed |= len(cells) > 0
    return alive


def _lowest_entries(columns: Sequence[Sequence[int]]) -> set[int]:
    """The lowest (greatest) entries of the nonzero columns after reduction; their number is the rank."""
    reduced: dict[int, set[int]] = {}
    for entries in columns:
        column = set(entries)
        while column:
            pivot = max(column)
            other = reduced.get(pivot)
            if other is None:
                reduced[pivot] = column
                break
            column = column ^ other
    return set(reduced)
