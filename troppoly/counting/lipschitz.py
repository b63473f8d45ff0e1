"""The exact Lipschitz constant: the largest norm of the matrix of an affine map (see ``geometry.lipschitz``)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from operator import itemgetter
from typing import Any, ClassVar

import numpy as np
from gmpy2 import mpq, mpz

from troppoly.arguments import NormOrTwo, checked
from troppoly.complex.topology import connected_components
from troppoly.counting.measure import Measure, Tally
from troppoly.counting.parts import FinishedPart
from troppoly.counting.wall_matching import lexicographic
from troppoly.exact.scalar import ObjectArray
from troppoly.geometry.spectral_norms import SpectralNorm, greatest_norm
from troppoly.refinement.refinement import Refinement
from troppoly.regions.affine_maps import NetworkMaps

__all__ = ["Lipschitz"]


@checked
@dataclass(frozen=True, slots=True)
class Lipschitz(Measure):
    """The Lipschitz constant in the 1-, the 2- or the infinity-norm, and a point inside of a cell where it is attained.

    Of several such cells it is the one with the least sign word; :func:`troppoly.cell_at` makes it.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]])
    >>> found = tp.census(net, measures=[Lipschitz()])["lipschitz"]
    >>> found["constant"], tp.cell_at(net, found["point"]).affine_map[0].tolist()
    (mpq(2,1), [[mpq(2,1)]])
    >>> tp.census(tp.Network.from_arrays([[[1, 2]], [[1]]]), measures=[Lipschitz(2)])["lipschitz"]["constant"]
    sqrt(5)
    """

    norm: NormOrTwo = inf
    name: ClassVar[str] = "lipschitz"

    def of_part(self, part: FinishedPart) -> Tally:
        """Return the largest norm, with the word of the cell and a point."""
        complex_, signs = part.canonical.complex, part.canonical.signs
        maps, walls = NetworkMaps(part.canonical.cellwise, signs), complex_.walls
        same = maps.equal(walls.first, walls.second)
        least = connected_components(complex_.n_cells, walls.first[same], walls.second[same])
        chosen, places = np.unique(least, return_inverse=True)
        best, greatest = self._greatest(maps.exact(chosen)[:, :, :-1])
        cells = np.flatnonzero(np.isin(places, best))
        cell = cells[lexicographic(signs.words[cells])[0]]
        point = complex_.cells[int(cell)].interior_point()
        constant = list(map(str, greatest.polynomial)) if isinstance(greatest, SpectralNorm) else str(greatest)
        return {"constant": constant, "word": signs.words[cell].tolist(), "point": list(map(str, point))}

    def joined(self, one: Tally, other: Tally, whole: Refinement) -> Tally:
        """Return that of the larger norm; of equal ones, that of the smaller word."""
        first, second = _constant(one), _constant(other)
        if first == second:
            return min(one, other, key=itemgetter("word"))
        return one if first > second else other

    def answer(self, tally: Tally, whole: Refinement) -> dict[str, Any]:
        """Return the constant and the point."""
        return {"constant": _constant(tally), "point": tuple(map(mpq, tally["point"]))}

    def _greatest(self, matrices: ObjectArray) -> tuple[Any, mpq | SpectralNorm]:
        """Which of some matrices have the greatest norm, and that norm."""
        if self.norm == 2:
            return greatest_norm(matrices)
        norms = np.abs(matrices).sum(axis=1 if self.norm == 1 else 2).max(axis=1)
        return np.flatnonzero((norms == norms.max()).astype(bool)), norms.max()


def _constant(tally: Tally) -> mpq | SpectralNorm:
    """The constant, which is a number or the polynomial of a spectral norm."""
    constant = tally["constant"]
    return SpectralNorm(tuple(map(mpz, constant))) if isinstance(constant, list) else mpq(constant)
