"""Facets of cells, walls between them, and the layers whose units bend there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import ACTIVE, Place, Words
from troppoly.counting.measure import Measure, Tally
from troppoly.counting.parts import FinishedPart
from troppoly.counting.wall_matching import equal_rows, kept
from troppoly.refinement.refinement import Refinement

__all__ = ["Facets", "WallDepths"]


@dataclass(frozen=True, slots=True)
class Facets(Measure):
    """How many cells have how many facets, and the walls: the edges of the graph of cells.

    >>> import troppoly as tp
    >>> net = tp.hyperplane_arrangement([[1, 0], [0, 1], [1, 1]], [0, 0, -1])
    >>> found = tp.census(net, measures=[Facets()])["facets"]
    >>> found["cells_by_facets"], found["walls"], found["mean_degree"]
    ({2: 3, 3: 4}, 9, mpq(18,7))
    """

    name: ClassVar[str] = "facets"

    def of_part(self, part: FinishedPart) -> Tally:
        """Return the tally of a part."""
        complex_, n = part.canonical.complex, part.n_cells
        if complex_.cone_dimension == 1:
            return {"cells": np.array([n]), "walls": 0}
        cells, finite = complex_.facets[-1], ~complex_.faces_at_infinity[-2]
        per_cell = np.bincount(cells.owners[finite[cells.indices]], minlength=n)
        between = np.count_nonzero(part.shared[-2] & part.owned[-2] & finite)
        return {"cells": np.bincount(per_cell), "walls": len(complex_.walls.facets) + int(between)}

    def joined(self, one: Tally, other: Tally, whole: Refinement) -> Tally:
        """Return the sums."""
        cells = np.zeros(max(len(one["cells"]), len(other["cells"])), np.int64)
        for tally in (one, other):
            cells[: len(tally["cells"])] += tally["cells"]
        return {"cells": cells, "walls": one["walls"] + other["walls"]}

    def answer(self, tally: Tally, whole: Refinement) -> dict[str, Any]:
        """Return the numbers of cells by their numbers of facets, the walls, and the means."""
        cells = {k: n for k, n in enumerate(tally["cells"].tolist()) if n}
        n, facets = sum(cells.values()), sum(k * m for k, m in cells.items())
        means = {"mean_facets": mpq(facets, n), "mean_degree": mpq(2 * tally["walls"], n)}
        return {"cells_by_facets": cells, "walls": tally["walls"], **means}


@dataclass(frozen=True, slots=True)
class WallDepths(Measure):
    """How many walls bend in which layer: the first one with a unit whose signs on the two sides differ.

    Of a maximum only the last such unit counts, as those before do not matter on one of the sides.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [1]], [[1, -2]], [[1]]], [[0, -1], [0], [0]])
    >>> tp.census(net, measures=[WallDepths()])["depths"]
    {'walls_by_layer': {0: 2, 1: 1}}
    """

    name: ClassVar[str] = "depths"

    def of_part(self, part: FinishedPart) -> Tally:
        """Count the walls of a part, and keep those to other parts."""
        words, walls, shared = part.canonical.signs.words, part.canonical.complex.walls, part.shared_walls
        layers = _layers(words[walls.first], words[walls.second], part.refinement)
        return {"layers": layers, "walls": shared.words, "cells": words[shared.cells]}

    def joined(self, one: Tally, other: Tally, whole: Refinement) -> Tally:
        """Count the walls that both have."""
        first, second = equal_rows(one["walls"], other["walls"])
        left = kept(len(one["walls"]), first), kept(len(other["walls"]), second)
        layers = _layers(one["cells"][first], other["cells"][second], whole)
        tally = {"layers": one["layers"] + other["layers"] + layers}
        for name in ("walls", "cells"):
            tally[name] = np.concatenate([one[name][left[0]], other[name][left[1]]])
        return tally

    def answer(self, tally: Tally, whole: Refinement) -> dict[str, Any]:
        """Return the numbers of walls by layer."""
        return {"walls_by_layer": {k: n for k, n in enumerate(tally["layers"].tolist()) if n}}


def _layers(first: Words, second: Words, whole: Refinement) -> NDArray[np.int64]:
    """For every layer, how many of the pairs of neighbors differ in it, and in none before."""
    changed, counts = first ^ second, np.zeros(len(whole.places), np.int64)
    changed = (changed | (changed >> np.uint64(32))) & ACTIVE
    _keep_last_of_groups(changed, whole.groups)
    for layer, places in enumerate(whole.places):
        here = changed[:, places.columns].any(axis=1)
        counts[layer], changed = np.count_nonzero(here), changed[~here]
    return counts


def _keep_last_of_groups(changed: Words, groups: Sequence[Sequence[Place]]) -> None:
    for group in groups:
        later = np.zeros(len(changed), bool)
        for place in reversed(group):
            here = place.positive(changed)
            changed[later, place.column] &= ~place.both
            later |= here
