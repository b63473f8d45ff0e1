"""The exact path: rays and signs in integer arithmetic, where floating-point bounds do not decide.

Forms are products of masked integer matrices, rays are their cross products, values are forward
passes; everything is computed modulo enough primes to determine the integers (``exact.modular``), the
number of primes following from the sizes of the weights.

*Bounds.*  On a cell the form of unit i of layer l is sum_j N_ij f_j + beta_i t, where f_j is zero or the
form of unit j of the layer before, so with A_i the bound of its absolute sum

    A_i(l) = sum_j |N_ij| A_j(l - 1) + |beta_i|,    A_j(0) = 1

by induction.  A minor is at most the product of the absolute sums of its rows, and the value of a unit
at a ray y is at most the absolute sum of its form times max |y_i|.

*Memory.*  Rays are computed in chunks, so that no array has more than 2^22 numbers (or what a single ray
needs) with as many primes as the largest ray of the chunk asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import Words
from troppoly.complex.forms import FormTable
from troppoly.complex.homogeneous import HomogeneousLayer
from troppoly.complex.minors import cross_product_residues, n_numbers, without_coordinates
from troppoly.exact import ObjectArray, SparseMatrix, modular
from troppoly.exact.products import (
    ResidueWeights,
    first_residues,
    residue_columns,
    residue_product,
    residue_transpose,
    residue_weights,
)

__all__ = ["Recomputation", "ResidueNetwork"]

FloatArray = NDArray[np.float64]
Ids = NDArray[np.int32]

_CHUNK = 2**22  # residues held at once


class ResidueNetwork:
    """A network of integer layers, evaluated modulo as many primes as are asked for."""

    def __init__(self, layers: tuple[HomogeneousLayer, ...]) -> None:
        self.layers = layers
        self.form_bits = tuple(_form_bits(layers))
        self._weights: dict[int, tuple[ResidueWeights, FloatArray]] = {}  # modulo the most primes so far

    def pull_back(self, layer: int, units: NDArray[Any], words: Words, count: int) -> FloatArray:
        """Return the residues (count, m, D) of the forms of ``units[i]`` on the cell with ``words[i]``."""
        weight, bias = self._residues(layer, count)
        g, t = residue_columns(weight, units).transpose(0, 2, 1), bias[:, 0, units]
        for index in reversed(range(layer)):
            weight, bias = self._residues(index, count)
            g = np.where(self.layers[index].places.active(words), g, 0.0)
            t = modular.reduce(t + modular.matmul(g, bias.transpose(0, 2, 1))[:, :, 0])
            g = residue_product(g, residue_transpose(weight))
        g = g.copy()
        g[:, :, -1] = modular.reduce(g[:, :, -1] + t)
        return g

    def forward(
        self, layer: int, units: NDArray[Any], y: FloatArray, words: Words, rays: NDArray[np.intp]
    ) -> FloatArray:
        """Return the residues (count, m) of the values of ``units[i]`` at the ray ``y[:, rays[i]]``."""
        count, a, t = len(y), y, y[:, :, -1:]
        for index in range(layer):
            weight, bias = self._residues(index, count)
            z = modular.reduce(residue_product(a, weight) + modular.reduce(t * bias))
            a = np.where(self.layers[index].places.active(words), z, 0.0)
        weight, bias = self._residues(layer, count)
        products = residue_columns(weight, units).transpose(0, 2, 1) * a[:, rays]
        sums = modular.reduce(products).sum(axis=2)
        return modular.reduce(sums + modular.reduce(t[:, rays, 0] * bias[:, 0, units]))

    def _residues(self, layer: int, count: int) -> tuple[ResidueWeights, FloatArray]:
        """The residues of weights, (count, inputs, units), and biases, (count, 1, units)."""
        known = self._weights.get(layer)
        if known is None or len(known[1]) < count:
            single = self.layers[layer]
            more = max(count, 0 if known is None else 3 * len(known[1]) // 2)  # so they are seldom rebuilt
            known = (
                residue_weights(single.weight, more),
                modular.residues(single.bias[None, :], more),
            )
            self._weights[layer] = known
        weight, bias = known
        return first_residues(weight, count), bias[:count]


class Recomputation:
    """Exact rays and signs for the networks of a refinement (tuples of integer layers)."""

    def __init__(self, networks: tuple[tuple[HomogeneousLayer, ...], ...], forms: FormTable) -> None:
        self._networks = tuple(ResidueNetwork(layers) for layers in networks)
        self._forms = forms

    def rays(self, forms: Ids, signs: NDArray[np.int8]) -> ObjectArray:
        """Return the (m, D) integer coordinates of the rays cut out by (m, D-1) forms.

        ``signs`` (m, D) are the known signs of the coordinates, which tell a ray from its negative.
        """
        result = np.empty(signs.shape, dtype=object)
        width = max((single.n_units for net in self._networks for single in net.layers), default=1)
        for rows, count in self._chunks(forms, 0, width):
            result[rows] = modular.integers(self._rays(forms[rows], signs[rows], count))
        return result

    def signs(
        self,
        network: int,
        layer: int,
        units: NDArray[np.intp],
        rays: NDArray[np.intp],
        forms: Ids,
        signs: NDArray[np.int8],
        words: Words,
    ) -> NDArray[np.int8]:
        """Return the signs of unit ``units[i]`` of a layer at the ray with number ``rays[i]``.

        ``forms``, ``signs`` and ``words`` are those of all rays.
        """
        net = self._networks[network]
        width = max(single.n_units for other in self._networks for single in other.layers)
        result = np.empty(len(units), dtype=np.int8)
        for pairs, count in self._chunks(forms[rays], net.form_bits[layer], width):
            distinct, places = np.unique(rays[pairs], return_inverse=True)
            y = self._rays(forms[distinct], signs[distinct], count)
            z = net.forward(layer, units[pairs], y, words[distinct], places)
            result[pairs] = np.sign(modular.integers(z)).astype(np.int8)
        return result

    def _chunks(self, forms: Ids, bits: int, width: int) -> Iterator[tuple[slice, int]]:
        """Slices of the rays that fit in memory, with the number of primes that their largest ray needs."""
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
        recipe = self._forms.recipe.view
        bits = np.zeros(len(recipe), dtype=np.int64)
        for index, network in enumerate(self._networks):
            mine = recipe[:, 0] == index
            bits[mine] = np.array(network.form_bits, dtype=np.int64)[recipe[mine, 1]]
        result = np.zeros(len(forms), dtype=np.int64)
        for column in forms.T:
            result += bits[column]
        return result

    def _rays(self, forms: Ids, signs: NDArray[np.int8], count: int) -> FloatArray:
        """The (count, m, D) residues of rays."""
        distinct = np.unique(forms)
        table = self._form_residues(distinct, count)
        y = np.zeros((count, *signs.shape))
        for rows, others, axes in without_coordinates(forms, signs.shape[1]):
            entries = np.searchsorted(distinct, others)
            y[:, rows[:, None], axes] = cross_product_residues(
                table[:, entries[:, :, None], axes[:, None, :]]
            )
        known = np.argmax(signs != 0, axis=1)
        rows = np.arange(len(forms))
        found = np.sign(modular.integers(y[:, rows, known])).astype(np.int8)
        flip = found != signs[rows, known]
        y[:, flip] = modular.reduce(-y[:, flip])
        return y

    def _form_residues(self, ids: Ids, count: int) -> FloatArray:
        """The (count, len(ids), D) residues of forms."""
        recipe, words = self._forms.recipe.view[ids], self._forms.words.view[ids]
        result = np.zeros((count, len(ids), self._forms.values.view.shape[1]))
        coordinates = np.flatnonzero(recipe[:, 0] < 0)
        result[:, coordinates, recipe[coordinates, 2]] = 1.0
        for network, layer in {(int(n), int(k)) for n, k, _ in recipe if n >= 0}:
            mine = np.flatnonzero((recipe[:, 0] == network) & (recipe[:, 1] == layer))
            result[:, mine] = self._networks[network].pull_back(layer, recipe[mine, 2], words[mine], count)
        return result


def _form_bits(layers: tuple[HomogeneousLayer, ...]) -> Iterator[int]:
    """For every layer, bits b such that the absolute sums of its forms are below 2^b."""
    bounds = np.full(layers[0].weight.shape[1] if layers else 0, mpz(1), dtype=object)
    for layer in layers:
        weight = layer.weight
        if isinstance(weight, SparseMatrix):
            bounds = weight.absolute_times(bounds)
        else:
            bounds = (np.abs(weight) @ bounds[:, None])[:, 0]
        bounds = bounds + np.abs(layer.bias)
        yield int(max(bounds, default=mpz(0)).bit_length())
