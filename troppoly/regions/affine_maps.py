"""The affine maps of a function on the cells of its complex, and whether neighbors share one.

For explicit tropical polynomials the maps are given.  For a network they are products of masked weight matrices, so two
cells have the same map if they have the same *effective* active units: those from which a path to the output is not cut
by an inactive unit or a zero weight.  Where these differ, floats with error bounds may tell that the maps do; where
they do not, the maps are compared exactly.

**One unit.**  Most neighbors differ in one active unit u only.  Then their maps differ by (dz / du) f_u, where f_u is
the form of the unit, positive on one of the cells and so not 0, and dz / du are the derivatives of the outputs, the
same on both: the maps are equal if and only if all of these are 0.  They are sums over the paths from u to the outputs:
weights for the last hidden layer, and one product with a masked matrix more for every layer before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.cellwise.arithmetic import FloatArray, Floats, masked
from troppoly.cellwise.cell_network import CellNetwork, chunks
from troppoly.cellwise.rounding_errors import relative_bound
from troppoly.cellwise.sign_words import ACTIVE, Mask, SignWords, Words
from troppoly.exact import modular
from troppoly.exact.scalar import ObjectArray
from troppoly.refinement.canonical import CanonicalComplex

__all__ = ["AffineMaps", "ExplicitMaps", "NetworkMaps"]


@dataclass(frozen=True, slots=True, eq=False)
class ExplicitMaps:
    """Maps x -> A x + b that are given as a (cells, outputs, d + 1) array of rationals (A | b)."""

    maps: ObjectArray
    canonical: ClassVar[None] = None

    def exact(self, cells: NDArray[Any]) -> ObjectArray:
        """Return the maps of ``cells``."""
        return self.maps[np.asarray(cells, dtype=np.int64)]

    def equal(self, first: NDArray[Any], second: NDArray[Any]) -> Mask:
        """Return for every i whether the cells first[i] and second[i] have the same map."""
        return np.asarray(np.all(self.maps[first] == self.maps[second], axis=(1, 2)))


class NetworkMaps:
    """The maps of a network on cells with these signs; ``canonical`` is its complex, if the cells are those of it."""

    def __init__(self, network: CellNetwork, signs: SignWords, canonical: CanonicalComplex | None = None) -> None:
        self._network, self._signs, self.canonical = network, signs, canonical

    @classmethod
    @checked
    def of(cls, complex: CanonicalComplex) -> NetworkMaps:
        """Return the maps on the cells of a canonical complex."""
        return cls(complex.cellwise, complex.signs, complex)

    def exact(self, cells: NDArray[Any]) -> ObjectArray:
        """Return the (len(cells), outputs, d + 1) array of the rational matrices (A | b) of ``cells``."""
        maps = self._integers(np.asarray(cells, dtype=np.int64))
        maps *= 1 / self._network.layers[-1].scales[:, None]
        return maps

    def _integers(self, cells: NDArray[np.int64]) -> ObjectArray:
        """The maps of ``cells``, each output times its scale."""
        network = self._network
        count = modular.n_moduli(network.form_bits[-1])
        result = np.empty((len(cells), network.layers[-1].n_units, network.n_coordinates), dtype=object)
        for part in chunks(len(cells), network.cost(count)):
            result[part] = modular.integers(network.maps(self._signs.take(cells[part]), count))
        return result

    def equal(self, first: NDArray[Any], second: NDArray[Any]) -> Mask:
        """Return for every i whether the cells first[i] and second[i] have the same map."""
        words, floats = self._signs.words, self._network.floats
        changed = (words[first] ^ words[second]) & ACTIVE
        counts = np.bitwise_count(changed).sum(axis=1)
        same, known = np.asarray(counts == 0), counts == 0
        single = np.flatnonzero(counts == 1)
        if floats is not None and len(single):
            same[single], known[single] = self._by_derivatives(floats, first[single], changed[single])
        rest = np.flatnonzero(~known)
        if len(rest):
            compared = self._equal_exactly if floats is None else partial(self._compared, floats)
            same[rest] = compared(first[rest], second[rest])
        return same

    def _by_derivatives(self, floats: Floats, cells: NDArray[Any], changed: Words) -> tuple[Mask, Mask]:
        """Whether the maps stay the same where the one unit of these words is switched, and whether that is known."""
        signs, last = self._signs, len(self._network.layers) - 1
        same, known = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
        columns = changed.argmax(axis=1)
        bits = np.bitwise_count(changed[np.arange(len(cells)), columns] - np.uint64(1))
        for part in chunks(len(signs.words), self._network.cost(2)):
            mine = np.flatnonzero((cells >= part.start) & (cells < part.stop))
            if not len(mine):
                continue
            active = signs.take(part)
            for layer, derivatives in floats.derivatives(last, active):
                place = signs.layers[layer]
                walls = mine[(columns[mine] >= place.columns.start) & (columns[mine] < place.columns.stop)]
                units = place.rectified[32 * (columns[walls] - place.columns.start) + bits[walls]]
                rows = (cells[walls] - part.start) % derivatives.shape[1]  # all the same by the last hidden layer
                values, magnitudes = derivatives.transpose(0, 1, 3, 2)[:, rows, units]
                with np.errstate(all="ignore"):
                    bound = relative_bound(sum(floats.operations[layer + 1 :]))
                    differ = (np.abs(values) > bound * magnitudes).any(axis=1)
                same[walls] = (magnitudes == 0).all(axis=1)
                known[walls] = same[walls] | differ
        return same, known

    def _compared(self, floats: Floats, first: NDArray[Any], second: NDArray[Any]) -> Mask:
        """Whether cells have the same map, by the maps pulled back."""
        cells, places = np.unique(np.stack([first, second]), return_inverse=True)
        one, other = places.reshape(2, -1)
        m = self._network.layers[-1].n_units
        slices = chunks(len(cells), 2 * m * self._network.width)
        parts = [self._pulled_back(floats, self._signs.take(cells[part]), m) for part in slices]
        values, magnitudes, effective = (np.concatenate(part) for part in zip(*parts, strict=True))
        same = np.asarray((effective[one] == effective[other]).all(axis=1))
        bound = relative_bound(sum(floats.operations))
        with np.errstate(all="ignore"):
            gap = np.abs(values[one] - values[other])
            # the last factor covers the rounding of this difference and of this sum
            error = bound * (magnitudes[one] + magnitudes[other]) * (1 + 2.0**-20)
            doubtful = np.flatnonzero(~(same | (gap > error).any(axis=1)))
        if len(doubtful):
            same[doubtful] = self._equal_exactly(first[doubtful], second[doubtful])
        return same

    def _equal_exactly(self, first: NDArray[Any], second: NDArray[Any]) -> Mask:
        cells, places = np.unique(np.stack([first, second]), return_inverse=True)
        one, other = self._integers(cells)[places.reshape(2, -1)]
        return np.asarray(np.all(one == other, axis=(1, 2)))

    def _pulled_back(self, floats: Floats, signs: SignWords, m: int) -> tuple[NDArray[Any], ...]:
        """On cells with these signs: the maps in floats, their magnitudes, and the packed effective units."""
        n, through = len(signs.words), masked(signs, m)
        effective = [np.zeros((n, 0), dtype=np.uint8)]

        def passing(layer: int, g: FloatArray) -> FloatArray:
            g = through(layer, g)
            effective.append(np.packbits((g[1] != 0).reshape(n, m, -1).any(axis=1), axis=1))
            return g

        with np.errstate(all="ignore"):
            forms = floats.pull(len(self._network.layers) - 1, np.tile(np.arange(m), n), passing)
        return (*forms.reshape(2, n, -1), np.concatenate(effective, axis=1))


AffineMaps = ExplicitMaps | NetworkMaps
