"""Distinct affine maps, and irredundant monomials of the tropical map: sets of residues that grow as parts come.

Forms are compared by their residues modulo so many primes that these determine them.  The sets are as large as what is
counted, so these two measures are not bounded in memory by the size of parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.cell_network import chunks
from troppoly.counting.measure import Measure, Tally
from troppoly.counting.parts import FinishedPart
from troppoly.exact import modular
from troppoly.refinement.refinement import Refinement
from troppoly.refinement.tropicalization import distinct_residues, distinct_rows, signed

__all__ = ["DistinctMaps", "Monomials"]


def _union(one: Tally, other: Tally) -> Tally:
    return {name: distinct_rows(np.concatenate([one[name], other[name]])) for name in one}


@dataclass(frozen=True, slots=True)
class DistinctMaps(Measure):
    """The number of distinct affine maps of a network on the cells.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [1]], [[1, -1]]], [[0, -1], [0]])
    >>> tp.census(net, measures=[DistinctMaps()])["affine_maps"]
    {'affine_maps': 3}
    """

    name: ClassVar[str] = "affine_maps"

    def of_part(self, part: FinishedPart) -> Tally:
        """Return the residues of the maps."""
        network, signs = part.canonical.cellwise, part.canonical.signs
        count = modular.n_moduli(network.form_bits[-1])
        found: NDArray[np.int32] = np.zeros((0, count * network.layers[-1].n_units * network.n_coordinates), np.int32)
        for cells in chunks(part.n_cells, network.cost(count)):
            maps = modular.canonical(network.maps(signs.take(cells), count))
            rows = np.moveaxis(maps, 0, 1).reshape(maps.shape[1], -1)
            found = distinct_rows(np.concatenate([found, rows]))
        return {"maps": found}

    def joined(self, one: Tally, other: Tally, whole: Refinement) -> Tally:
        """Return the union."""
        return _union(one, other)

    def answer(self, tally: Tally, whole: Refinement) -> dict[str, Any]:
        """Return the number of maps."""
        return {"affine_maps": len(tally["maps"])}


@dataclass(frozen=True, slots=True)
class Monomials(Measure):
    """For every output the numbers of monomials of the numerator and the denominator of the irredundant tropical map.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [1]], [[1, -1]]], [[0, -1], [0]])
    >>> tp.census(net, measures=[Monomials()])["monomials"]
    {'numerators': (2,), 'denominators': (2,)}
    """

    name: ClassVar[str] = "monomials"

    def of_part(self, part: FinishedPart) -> Tally:
        """Return the residues of the forms of numerators, then of denominators."""
        network, signs = part.canonical.cellwise, part.canonical.unmerged
        both, count = signed(network), modular.n_moduli(network.form_bits[-1])
        outputs = range(both.layers[-1].n_units)
        return {str(output): distinct_residues(both, count, output, signs) for output in outputs}

    def joined(self, one: Tally, other: Tally, whole: Refinement) -> Tally:
        """Return the unions."""
        return _union(one, other)

    def answer(self, tally: Tally, whole: Refinement) -> dict[str, Any]:
        """Return the numbers of monomials."""
        counts = [len(tally[str(output)]) for output in range(len(tally))]
        m = len(counts) // 2
        return {"numerators": tuple(counts[:m]), "denominators": tuple(counts[m:])}
