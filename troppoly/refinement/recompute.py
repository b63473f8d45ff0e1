"""The exact path: rays and signs in integer arithmetic, where floating-point bounds do not decide.

All of it modulo enough primes to determine the integers (``exact.modular``): a minor is at most the product of the
absolute sums of its rows.  Rays are computed in chunks, with as many primes as the largest ray of a chunk asks for: no
array has more than 2^22 numbers (or what one ray needs).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.arithmetic import FloatArray, masked
from troppoly.cellwise.cell_network import CellNetwork
from troppoly.cellwise.sign_words import Words
from troppoly.exact import modular
from troppoly.exact.scalar import ObjectArray
from troppoly.refinement.minors import cross_product_residues, n_numbers, without_coordinates

__all__ = ["NetworkLayer", "Recomputation"]

Places = NDArray[np.intp]

_CHUNK = 2**22  # residues held at once


Ids = NDArray[np.int32]
NetworkLayer = tuple[CellNetwork, int]
"""A layer of a network, whose units are refined by at once: first the facets of the domain, then the layers."""


class Recomputation:
    """Exact rays and signs for the stages of a refinement.

    A form is given by its ``recipe``, (stage, unit), or (-1, coordinate), and the ``words`` of a cell on which the
    unit is this form.
    """

    def __init__(self, stages: Sequence[NetworkLayer], recipe: Ids, words: Words) -> None:
        self._stages, self._recipe, self._words = stages, recipe, words

    def rays(self, forms: Ids, signs: NDArray[np.int8]) -> ObjectArray:
        """Return the (m, D) integer coordinates, of known signs (m, D), of the rays cut out by (m, D-1) forms."""
        result = np.empty(signs.shape, dtype=object)
        for rows, count in self._chunks(forms, 0):
            result[rows] = modular.integers(self._rays(forms[rows], signs[rows], count))
        return result

    def signs(
        self, stage: int, units: Places, rays: Places, forms: Ids, signs: NDArray[np.int8], words: Words
    ) -> NDArray[np.int8]:
        """Return the signs of ``units[i]`` of a stage at ray ``rays[i]`` of those with these forms, signs and words."""
        net, layer = self._stages[stage]
        result = np.empty(len(units), dtype=np.int8)
        for pairs, count in self._chunks(forms[rays], net.form_bits[layer]):
            distinct, places = np.unique(rays[pairs], return_inverse=True)
            y = self._rays(forms[distinct], signs[distinct], count)
            active = net.active(words[distinct])
            z = net.residues(count).single_values(layer, units[pairs], places, y, active)
            result[pairs] = np.sign(modular.integers(z)).astype(np.int8)
        return result

    def _chunks(self, forms: Ids, bits: int) -> Iterator[tuple[slice, int]]:
        """Slices of rays that fit in memory, and how many primes numbers with ``bits`` more than coordinates need."""
        width = max(network.width for network, _ in self._stages)
        sizes = self._sizes(forms) + bits
        cost = max(forms.shape[1] * width, n_numbers(forms.shape[1] + 1))
        start = 0
        while start < len(sizes):
            limit = _CHUNK // (cost * modular.n_moduli(int(sizes[start])))
            counts = modular.n_moduli(np.maximum.accumulate(sizes[start : start + max(1, limit)]))
            fitting = counts * cost * np.arange(1, len(counts) + 1) <= _CHUNK  # true for the first ones
            stop = start + max(1, int(np.count_nonzero(fitting)))
            yield slice(start, stop), int(counts[stop - start - 1])
            start = stop

    def _sizes(self, forms: Ids) -> NDArray[np.int64]:
        """Bounds of the binary logarithms of the coordinates of (m, D-1) rays."""
        of_stages = [network.form_bits[layer] for network, layer in self._stages]
        bits = np.array([*of_stages, 0], dtype=np.int64)[self._recipe[:, 0]]  # 0 for coordinates, stage -1
        return np.asarray(sum((bits[column] for column in forms.T), np.zeros(len(forms), dtype=np.int64)))

    def _rays(self, forms: Ids, signs: NDArray[np.int8], count: int) -> FloatArray:
        """The (count, m, D) residues of rays."""
        distinct = np.unique(forms)
        table = self._form_residues(distinct, count, signs.shape[1])
        y = np.zeros((count, *signs.shape))
        for rows, others, axes in without_coordinates(forms, signs.shape[1]):
            entries = np.searchsorted(distinct, others)
            y[:, rows[:, None], axes] = cross_product_residues(table[:, entries[:, :, None], axes[:, None, :]])
        known = np.argmax(signs != 0, axis=1)
        rows = np.arange(len(forms))
        found = np.sign(modular.integers(y[:, rows, known])).astype(np.int8)
        flip = found != signs[rows, known]
        y[:, flip] = modular.reduce(-y[:, flip])
        return y

    def _form_residues(self, ids: Ids, count: int, D: int) -> FloatArray:
        """The (count, len(ids), D) residues of forms."""
        recipe, words = self._recipe[ids], self._words[ids]
        result = np.zeros((count, len(ids), D))
        coordinates = np.flatnonzero(recipe[:, 0] < 0)
        result[:, coordinates, recipe[coordinates, 1]] = 1.0
        for stage in set(recipe[:, 0].tolist()) - {-1}:
            mine = np.flatnonzero(recipe[:, 0] == stage)
            net, layer = self._stages[stage]
            passing = masked(net.active(words[mine]))
            result[:, mine] = net.residues(count).pull(layer, recipe[mine, 1], passing)
        return result
