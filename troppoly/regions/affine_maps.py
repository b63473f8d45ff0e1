"""The affine maps of a function on the cells of its complex, and whether neighbours share one.

For explicit tropical polynomials the maps are given.  For a network the map of a cell is a product of
masked weight matrices, so two cells have the same map without any computation if they have the same
*effective* active units: those whose path to the output is not cut by an inactive or zero weight.
Where the effective units differ, the maps are compared in floats with their error bounds
(``complex.bounds``), which decides that they differ; where it does not, they are compared exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import Mask, Words
from troppoly.complex.bounds import floored, relative_bound
from troppoly.complex.canonical import CanonicalComplex, whole
from troppoly.complex.homogeneous import HomogeneousLayer
from troppoly.complex.recompute import ResidueNetwork
from troppoly.exact import ObjectArray, modular
from troppoly.exact.products import float_columns, float_transpose_product

__all__ = ["AffineMaps", "ExplicitMaps", "NetworkMaps"]

FloatArray = NDArray[np.float64]

_CHUNK = 2**21


class AffineMaps(Protocol):
    """The affine maps x -> A x + b on the cells of a complex."""

    def exact(self, cells: NDArray[Any]) -> ObjectArray:
        """Return the (len(cells), outputs, d + 1) array of the rational matrices (A | b)."""

    def equal(self, first: NDArray[Any], second: NDArray[Any]) -> Mask:
        """Return for every i whether the cells first[i] and second[i] have the same map."""


@dataclass(frozen=True, slots=True, eq=False)
class ExplicitMaps:
    """Maps that are given as a (cells, outputs, d + 1) array of rationals."""

    maps: ObjectArray

    def exact(self, cells: NDArray[Any]) -> ObjectArray:
        """Return the maps of ``cells``."""
        return self.maps[np.asarray(cells, dtype=np.int64)]

    def equal(self, first: NDArray[Any], second: NDArray[Any]) -> Mask:
        """Compare entry by entry."""
        return np.asarray(np.all(self.maps[first] == self.maps[second], axis=(1, 2)))


class NetworkMaps:
    """The maps of a network on the cells of its canonical complex."""

    def __init__(self, complex: CanonicalComplex) -> None:
        self._layers = whole(complex).integer_layers()
        self._words = complex.signs.words
        self._residues = ResidueNetwork(self._layers)

    def exact(self, cells: NDArray[Any]) -> ObjectArray:
        """Return the (len(cells), outputs, d + 1) array of the rational matrices (A | b)."""
        integers = self._integers(np.asarray(cells, dtype=np.int64))
        for output, scale in enumerate(self._layers[-1].scales):
            integers[:, output] = integers[:, output] * (1 / scale)
        return integers

    def _integers(self, cells: NDArray[np.int64]) -> ObjectArray:
        """The maps of ``cells``, each output times its scale."""
        last = len(self._layers) - 1
        m, D = self._layers[-1].n_units, self._layers[0].weight.shape[1]
        count = modular.n_moduli(self._residues.form_bits[last])
        result = np.empty((len(cells), m, D), dtype=object)
        width = max(layer.n_units for layer in self._layers)
        step = max(1, _CHUNK // (count * m * max(width, D)))
        for start in range(0, len(cells), step):
            words = self._words[cells[start : start + step]]
            n = len(words)
            units = np.tile(np.arange(m), n)
            found = self._residues.pull_back(last, units, np.repeat(words, m, axis=0), count)
            result[start : start + n] = modular.integers(found).reshape(n, m, D)
        return result

    def equal(self, first: NDArray[Any], second: NDArray[Any]) -> Mask:
        """Compare by effective units, then in floats, then exactly."""
        if self._layers[-1].floats is None:
            return self._equal_exactly(first, second)
        values, magnitudes, effective = self._pulled_back()
        result = (effective[first] == effective[second]).all(axis=1)
        bound = relative_bound(sum(layer.floats.operations for layer in self._layers if layer.floats))
        with np.errstate(all="ignore"):
            gap = np.abs(values[first] - values[second])
            # the last factor covers the rounding of this difference and of this sum
            error = bound * (magnitudes[first] + magnitudes[second]) * (1 + 2.0**-20)
            differ = (gap > error).any(axis=1)
        doubtful = np.flatnonzero(~(result | differ))
        if len(doubtful):
            result[doubtful] = self._equal_exactly(first[doubtful], second[doubtful])
        return np.asarray(result)

    def _equal_exactly(self, first: NDArray[Any], second: NDArray[Any]) -> Mask:
        cells, places = np.unique(np.concatenate([first, second]), return_inverse=True)
        maps = self._integers(cells.astype(np.int64))
        one, other = places[: len(first)], places[len(first) :]
        return np.asarray(np.all(maps[one] == maps[other], axis=(1, 2)))

    def _pulled_back(self) -> tuple[FloatArray, FloatArray, Words]:
        """For all cells: the maps in floats, their magnitudes, and the packed effective units."""
        n, m = len(self._words), self._layers[-1].n_units
        width = max(layer.n_units for layer in self._layers)
        step = max(1, _CHUNK // (m * width))
        parts = [
            _pull_back_outputs(self._layers, self._words[start : start + step]) for start in range(0, n, step)
        ]
        values, magnitudes, effective = (np.concatenate(part) for part in zip(*parts, strict=True))
        return values, magnitudes, effective


def _pull_back_outputs(
    layers: tuple[HomogeneousLayer, ...], words: Words
) -> tuple[FloatArray, FloatArray, NDArray[Any]]:
    """The (cells, outputs * (d + 1)) maps and magnitudes, and the (cells, bytes) effective units."""
    n, m = len(words), layers[-1].n_units
    last = layers[-1].floats
    assert last is not None
    g = np.broadcast_to(float_columns(last.weight, range(m)).T, (n, m, last.weight.shape[0]))
    g_magnitude = np.broadcast_to(float_columns(last.magnitude, range(m)).T, g.shape)
    t = np.broadcast_to(last.bias, (n, m))
    t_magnitude = np.broadcast_to(last.bias_magnitude, (n, m))
    effective = [np.zeros((n, 0), dtype=np.uint8)]
    with np.errstate(all="ignore"):
        for layer in reversed(layers[:-1]):
            floats = layer.floats
            assert floats is not None
            active = layer.places.active(words)[:, None, :]
            g = np.where(active, g, 0.0)
            g_magnitude = np.where(active, g_magnitude, 0.0)
            effective.append(np.packbits((g_magnitude != 0).any(axis=1), axis=1))
            t = t + g @ floats.bias
            t_magnitude = floored(t_magnitude + g_magnitude @ floats.bias_magnitude)
            g = float_transpose_product(g, floats.weight)
            g_magnitude = floored(float_transpose_product(g_magnitude, floats.magnitude))
    values = np.concatenate([g[..., :-1], (g[..., -1] + t)[..., None]], axis=2)
    magnitudes = np.concatenate(
        [g_magnitude[..., :-1], (g_magnitude[..., -1] + t_magnitude)[..., None]], axis=2
    )
    return values.reshape(n, -1), magnitudes.reshape(n, -1), np.concatenate(effective, axis=1)
