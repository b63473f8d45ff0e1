"""Connected components of graphs, and homology of regular cell complexes over the field with two elements.

Over GF(2) the boundary of a cell of dimension k is the sum of its facets, so the face lattice is all that is needed:
b_k = dim ker(boundary_k) - rank(boundary_(k+1)).

**Collapses.**  If a face G lies in exactly one face F of one dimension more, then F is maximal (between G and any
H > F there is a second face), and removing both is an elementary collapse, which preserves the homotopy type
(Whitehead 1939, Simplicial spaces, nuclei and m-groups).  This is done first, for all free faces at once.

**Elimination.**  Columns of what remains are added to later ones with the same lowest entry (Edelsbrunner, Letscher and
Zomorodian 2002, Topological persistence and simplification), from the highest dimension down: a face that is the
lowest entry of a reduced column is the lowest term of a boundary, so its own column reduces to zero and is skipped
(Chen and Kerber 2011, Persistent homology computation with a twist).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.complex.face_lattice import Incidence

__all__ = ["betti_numbers", "collapse", "connected_components"]

Entries = NDArray[np.integer[Any]]


def connected_components(n: int, first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.int64]:
    """Return for every vertex of the graph on 0, ..., n - 1 with edges (first, second) the least one of its component.

    Every round hooks the larger root of an edge's two components to the smaller one, then shortens all paths to the
    roots (Shiloach and Vishkin 1982, An O(log n) parallel connectivity algorithm, J. Algorithms 3).
    """
    parent = np.arange(n)
    while True:
        a, b = parent[first], parent[second]
        low, high = np.minimum(a, b), np.maximum(a, b)
        if np.array_equal(low, high):
            return parent
        np.minimum.at(parent, high, low)
        while not np.array_equal(parent, parent[parent]):
            parent = parent[parent]


def betti_numbers(counts: Sequence[int], boundaries: Sequence[Incidence]) -> tuple[int, ...]:
    """Return (b_0, ..., b_n) of a regular cell complex with ``counts[k]`` cells of dimension k.

    ``boundaries[k - 1]`` lists the facets of every cell of dimension k.
    """
    alive = collapse(counts, [(incidence.owners, incidence.indices) for incidence in boundaries])
    ranks = [0] * (len(counts) + 1)  # ranks[k] of the boundary of the cells of dimension k
    lowest: dict[int, set[int]] = {}
    for k in range(len(counts) - 1, 0, -1):
        columns = [set(boundaries[k - 1][j].tolist()) for j in np.flatnonzero(alive[k]).tolist() if j not in lowest]
        lowest = {}  # the nonzero columns after reduction, by their lowest (greatest) entries
        for column in columns:
            while column and (other := lowest.setdefault(max(column), column)) is not column:
                column = column ^ other
        ranks[k] = len(lowest)
    return tuple(int(np.count_nonzero(mask)) - ranks[k] - ranks[k + 1] for k, mask in enumerate(alive))


def collapse(counts: Sequence[int], boundaries: Sequence[tuple[Entries, Entries]]) -> list[NDArray[np.bool_]]:
    """Return which cells are left when there is no free face any more.

    ``boundaries[k - 1]`` has pairs of a cell of dimension k and one in its boundary.
    """
    alive, pairs = [np.ones(n, dtype=bool) for n in counts], list(boundaries)
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
