"""A network on cells: the one class for what is affine where the signs of all units are known.

*Bounds.*  On a cell the form of unit i of layer l is sum_j N_ij f_j + beta_i t, f_j zero or the form of unit j of the
layer before, so by induction its absolute sum is at most

    A_i(l) = sum_j |N_ij| A_j(l - 1) + |beta_i|,    A_j(0) = 1,

and its value at y at most A_i(l) max |y_i|.  One residue that is not 0 proves that an integer is not 0, and those
modulo ``exact.modular.n_moduli(b)`` primes determine an integer below 2^b.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, partial

import numpy as np
from gmpy2 import mpz

from troppoly.cellwise.arithmetic import FloatArray, Floats, Passing, Residues, masked
from troppoly.cellwise.lowering import IntegerLayer, lowered
from troppoly.cellwise.sign_words import Masks, SignWords, Words
from troppoly.exact import modular
from troppoly.exact.products import Weights
from troppoly.network import Layer

__all__ = ["CellNetwork", "chunks"]

_CHUNK = 2**22  # residues held at once


def chunks(n_cells: int, cost: int) -> Iterator[slice]:
    """Yield slices of the cells such that ``cost`` numbers for each of them fit in memory.

    >>> list(chunks(3, 2**21))
    [slice(0, 2, None), slice(2, 3, None)]
    """
    step = max(1, _CHUNK // max(cost, 1))
    for start in range(0, n_cells, step):
        yield slice(start, min(start + step, n_cells))


class CellNetwork:
    """Integer layers, with their floats and residues, made when asked for; the layers are, too, if given by a call.

    >>> from troppoly.network import Network
    >>> roof = CellNetwork.of(Network.from_arrays([[[1], [-1]], [[2, 3]]]).layers)
    >>> roof.maps([np.array([[True, False], [False, True]]), np.ones((2, 1), dtype=bool)], 1)[0, :, 0]
    array([[ 2.,  0.],
           [-3.,  0.]])
    """

    def __init__(self, layers: tuple[IntegerLayer, ...] | partial[tuple[IntegerLayer, ...]]) -> None:
        self._layers = layers
        self._weights: dict[int, tuple[Weights, FloatArray]] = {}  # modulo the most primes so far

    @classmethod
    def of(cls, layers: Sequence[Layer], first_column: int = 0) -> CellNetwork:
        """Return the network on cells, outputs included, which reads the sign words from a column on."""
        return cls(partial(lowered, [(layer.weight, layer.bias, layer.rectified) for layer in layers], first_column))

    @cached_property
    def layers(self) -> tuple[IntegerLayer, ...]:
        """The layers."""
        return self._layers() if isinstance(self._layers, partial) else self._layers

    @property
    def width(self) -> int:
        """The most units of a layer."""
        return max((layer.n_units for layer in self.layers), default=1)

    @property
    def n_coordinates(self) -> int:
        """What the first layer reads."""
        return self.layers[0].n_inputs if self.layers else 0

    @cached_property
    def floats(self) -> Floats | None:
        """The network in floats, or None if it leaves their range."""
        return Floats.of(self.layers)

    @cached_property
    def form_bits(self) -> tuple[int, ...]:
        """For every layer, bits b such that the absolute sums of its forms are below 2^b."""
        bounds, result = np.full(self.n_coordinates, mpz(1), dtype=object), []
        for layer in self.layers:
            bounds = layer.weight.absolute_times(bounds) + abs(layer.bias)
            result.append(int(max(bounds, default=mpz(0)).bit_length()))
        return tuple(result)

    @cached_property
    def sensitivity_bits(self) -> int:
        """Bits b such that the derivatives of the outputs by all units are below 2^b."""
        sizes = [
            layer.weight.absolute_times(np.full(layer.n_inputs, mpz(1))) + abs(layer.bias) for layer in self.layers
        ]
        return sum(int(max(size).bit_length()) for size in sizes)

    def residues(self, count: int) -> Residues:
        """Return the arithmetic modulo the first ``count`` primes."""
        return Residues(partial(self._residues, count))

    def _residues(self, count: int, layer: int) -> tuple[Weights, FloatArray]:
        known = self._weights.get(layer)
        if known is None or len(known[1]) < count:
            single = self.layers[layer]
            more = max(count, 0 if known is None else 3 * len(known[1]) // 2)  # so they are seldom rebuilt
            known = single.weight.residue_weights(more), modular.residues(single.bias[None, :], more)
            self._weights[layer] = known
        weight, bias = known
        return weight[:count], bias[:count]

    def active(self, words: Words) -> SignWords:
        """Return the masks of the units that pass their value on, from (m, W) sign words."""
        return SignWords(words, tuple(layer.places for layer in self.layers))

    def cost(self, count: int) -> int:
        """Return how many numbers the computation of the outputs on a cell holds."""
        return count * self.width * max(self.n_coordinates, self.layers[-1].n_units)

    def maps(self, active: Masks, count: int, passing: Passing | None = None) -> FloatArray:
        """Return the residues (count, cells, outputs, D) of the outputs on cells with these active units."""
        last, m, n = len(self.layers) - 1, self.layers[-1].n_units, len(active[0])
        units = np.tile(np.arange(m), n)
        found = self.residues(count).pull(last, units, passing or masked(active, m))
        return found.reshape(count, n, m, -1)
