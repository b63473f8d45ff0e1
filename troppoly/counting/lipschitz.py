"""The exact Lipschitz constant: the largest norm of the matrix of an affine map (see ``geometry.lipschitz``)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import Norm, checked
from troppoly.complex.topology import connected_components
from troppoly.counting.measure import Measure, Tally
from troppoly.counting.parts import FinishedPart
from troppoly.counting.wall_matching import lexicographic
from troppoly.refinement.refinement import Refinement
from troppoly.regions.affine_maps import MapsBySigns

__all__ = ["Lipschitz"]


@checked
@dataclass(frozen=True, slots=True)
class Lipschitz(Measure):
    """The Lipschitz constant in the 1- or the infinity-norm, and a point inside of a cell where it is attained.

    Of several such cells it is the one with the least sign word; :func:`troppoly.cell_at` makes it.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]])
    >>> found = tp.census(net, measures=[Lipschitz()])["lipschitz"]
    >>> found["constant"], tp.cell_at(net, found["point"]).affine_map[0].tolist()
    (mpq(2,1), [[mpq(2,1)]])
    """

    norm: Norm = inf
    name: ClassVar[str] = "lipschitz"

    def of_part(self, part: FinishedPart) -> Tally:
        """Return the largest norm, with the word of the cell and a point."""
        complex_, signs = part.canonical.complex, part.canonical.signs
        maps, walls = MapsBySigns(part.canonical.cellwise, signs), complex_.walls
        same = maps.equal(walls.first, walls.second)
        least = connected_components(complex_.n_cells, walls.first[same], walls.second[same])
        chosen, places = np.unique(least, return_inverse=True)
        norms = np.abs(maps.exact(chosen)[:, :, :-1]).sum(axis=1 if self.norm == 1 else 2).max(axis=1)
        best = norms.max()
        cells = np.flatnonzero((norms == best).astype(bool)[places])
        cell = cells[lexicographic(signs.words[cells])[0]]
        point = complex_.cells[int(cell)].interior_point()
        return {"constant": str(best), "word": signs.words[cell].tolist(), "point": list(map(str, point))}

    def joined(self, one: Tally, other: Tally, whole: Refinement) -> Tally:
        """Return that of the larger norm; of equal ones, that of the smaller word."""
        return min(one, other, key=lambda tally: (-mpq(tally["constant"]), tally["word"]))

    def answer(self, tally: Tally, whole: Refinement) -> dict[str, Any]:
        """Return the constant and the point."""
        return {"constant": mpq(tally["constant"]), "point": tuple(map(mpq, tally["point"]))}
