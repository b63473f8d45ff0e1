"""The exact path: rays and signs in integer arithmetic, where floating-point bounds do not decide.

Forms are products of masked integer matrices, rays are their cross products, values are forward
passes; everything is computed modulo enough primes to determine the integers (``exact.modular``), the
number of primes following from the sizes of the weights:  with s_k the largest absolute row sum of
layer k (bias included), a form of layer l has absolute sum at most s_1 ... s_l; a minor is at most
the product of the absolute sums of its rows; and the value of a unit of layer l at a ray y is at most
s_1 ... s_l max |y_i|.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from troppoly.complex.forms import FormTable, active_units
from troppoly.complex.homogeneous import HomogeneousLayer
from troppoly.complex.minors import cross_product_residues
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
Words = NDArray[np.uint64]
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
            g = np.where(active_units(self.layers[index], words), g, 0.0)
            t = modular.reduce(t + modular.matmul(g, bias.transpose(0, 2, 1))[:, :, 0])
            g = residue_product(g, residue_transpose(weight))
        g = g.copy()
        g[:, :, -1] = modular.reduce(g[:, :, -1] + t)
        return g

    def forward(self, layer: int, units: NDArray[Any], y: FloatArray, words: Words) -> FloatArray:
        """Return the residues (count, m) of the values of ``units[i]`` at the ray ``y[:, i]``."""
        count, a, t = len(y), y, y[:, :, -1:]
        for index in range(layer):
            weight, bias = self._residues(index, count)
            z = modular.reduce(residue_product(a, weight) + modular.reduce(t * bias))
            a = np.where(active_units(self.layers[index], words), z, 0.0)
        weight, bias = self._residues(layer, count)
        products = modular.reduce(a * residue_columns(weight, units).transpose(0, 2, 1)).sum(axis=2)
        return modular.reduce(products + modular.reduce(t[:, :, 0] * bias[:, 0, units]))

    def _residues(self, layer: int, count: int) -> tuple[ResidueWeights, FloatArray]:
        """The residues of weights, (count, inputs, units), and biases, (count, 1, units)."""
        known = self._weights.get(layer)
        if known is None or len(known[1]) < count:
            single = self.layers[layer]
            known = (
                residue_weights(single.weight, count),
                modular.residues(single.bias[None, :], count),
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
        for rows, count in self._chunks(forms, 0, 1):
            result[rows] = modular.integers(self._rays(forms[rows], signs[rows], count))
        return result

    def signs(
        self,
        network: int,
        layer: int,
        units: NDArray[np.intp],
        forms: Ids,
        signs: NDArray[np.int8],
        words: Words,
    ) -> NDArray[np.int8]:
        """Return the signs of unit ``units[i]`` of a layer at the ray given by row i of the others."""
        net = self._networks[network]
        width = max(single.n_units for single in net.layers)
        result = np.empty(len(units), dtype=np.int8)
        for rows, count in self._chunks(forms, net.form_bits[layer], width):
            y = self._rays(forms[rows], signs[rows], count)
            z = net.forward(layer, units[rows], y, words[rows])
            result[rows] = np.sign(modular.integers(z)).astype(np.int8)
        return result

    def _chunks(self, forms: Ids, bits: int, width: int) -> Iterator[tuple[slice, int]]:
        """Slices of the rays that fit in memory, with the number of primes that they need."""
        sizes = self._sizes(forms).sum(axis=1, initial=0) + bits
        start = 0
        while start < len(forms):
            count = modular.n_moduli(int(sizes[start]))
            stop = start + max(1, _CHUNK // (count * max(width, forms.shape[1] ** 2, 1)))
            yield slice(start, stop), modular.n_moduli(int(sizes[start:stop].max()))
            start = stop

    def _sizes(self, forms: Ids) -> NDArray[np.int64]:
        """Bounds of the binary logarithms of the absolute sums of the forms."""
        recipe = self._forms.recipe.view[forms]
        result = np.zeros(forms.shape, dtype=np.int64)
        for index, network in enumerate(self._networks):
            mine = recipe[..., 0] == index
            result[mine] = np.array(network.form_bits, dtype=np.int64)[recipe[..., 1][mine]]
        return result

    def _rays(self, forms: Ids, signs: NDArray[np.int8], count: int) -> FloatArray:
        """The (count, m, D) residues of rays."""
        distinct, places = np.unique(forms, return_inverse=True)
        table = self._form_residues(distinct, count)
        y = cross_product_residues(table[:, places.reshape(forms.shape)])
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
    """For every layer, bits b such that the absolute sum of its forms is below 2^b."""
    total = 0
    for layer in layers:
        sums = _absolute_row_sums(layer.weight) + np.abs(layer.bias)
        total += mpz(max(sums, default=mpz(0))).bit_length()
        # a row sum may be 0 where t alone survives the masks, so a layer never shrinks the bound
        yield total


def _absolute_row_sums(weight: ObjectArray | SparseMatrix) -> ObjectArray:
    """The sums of the absolute values of the entries in every row."""
    if isinstance(weight, SparseMatrix):
        return weight.absolute_row_sums()
    return np.asarray(np.abs(weight).sum(axis=1))
