"""The affine maps of a function on the cells of its complex, and whether neighbors share one.

For explicit tropical polynomials the maps are given.  For a network they are products of masked weight matrices, so two
cells have the same map if they have the same *effective* active units: those from which a path to the output is not cut
by an inactive unit or a zero weight.  Where these differ, floats with error bounds may tell that the maps do; where
they do not, the maps are compared exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.cellwise.arithmetic import FloatArray, Floats, masked
from troppoly.cellwise.cell_network import chunks
from troppoly.cellwise.rounding_errors import relative_bound
from troppoly.cellwise.sign_words import Mask, SignWords
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


@checked
class NetworkMaps:
    """The maps of a network on the cells of its canonical complex, ``canonical``."""

    def __init__(self, complex: CanonicalComplex) -> None:
        self.canonical = complex
        self._network, self._signs = complex.cellwise, complex.signs

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
        floats, m = self._network.floats, self._network.layers[-1].n_units
        if floats is None:
            return self._equal_exactly(first, second)
        slices = chunks(len(self._signs.words), 2 * m * self._network.width)
        parts = [self._pulled_back(floats, self._signs.take(cells), m) for cells in slices]
        values, magnitudes, effective = (np.concatenate(part) for part in zip(*parts, strict=True))
        same = np.asarray((effective[first] == effective[second]).all(axis=1))
        bound = relative_bound(sum(floats.operations))
        with np.errstate(all="ignore"):
            gap = np.abs(values[first] - values[second])
            # the last factor covers the rounding of this difference and of this sum
            error = bound * (magnitudes[first] + magnitudes[second]) * (1 + 2.0**-20)
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
