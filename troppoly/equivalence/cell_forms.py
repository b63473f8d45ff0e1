"""The affine maps of a network and of its units on cells, in exact integers modulo primes.

Let every unit of a network be affine on every cell of a complex.  Write layer k over its common
denominator d_k,  z_k = (N_k a_(k-1) + beta_k t) / d_k  in homogeneous coordinates (x, t).  With
D_k = d_1 ... d_k the integers  D_k z_k = N_k (D_(k-1) a_(k-1)) + D_(k-1) beta_k t  are those of a
network with integer weights, so on a cell each unit is an integer vector of length d + 1 over D_k.

Vectors are computed modulo primes (``exact.modular``), which answers both questions that are asked:
a residue that is not zero *proves* that the integer is not zero, already for one prime; and if the
residues are zero for so many primes that their product exceeds twice a bound of the integer, then it
*is* zero.  The bounds: B_0 = 1 bounds the absolute sums of the rows of the identity, and

    B_k = max_i ( sum_j |N_k|_ij B_(k-1) + D_(k-1) |beta_k|_i )

those of the vectors of layer k.  No floating-point comparison takes part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import Masks
from troppoly.complex.canonical import CanonicalComplex, whole
from troppoly.exact import modular
from troppoly.network import Layer

__all__ = ["IntegerNetwork", "Masks", "active_units", "chunks"]

FloatArray = NDArray[np.float64]

_CHUNK = 2**22  # residues held at once


def active_units(complex_: CanonicalComplex, cells: Any = slice(None)) -> list[NDArray[np.bool_]]:
    """Return which units pass their value on, on cells of a canonical complex: see ``Masks``.

    >>> from troppoly.network import Network
    >>> from troppoly.complex import canonical_complex
    >>> complex_ = canonical_complex(Network.from_arrays([[[1]], [[2]]]))
    >>> sorted(active_units(complex_)[0].ravel().tolist())
    [False, True]
    """
    return list(whole(complex_).signs.take(cells))


def chunks(n_cells: int, cost: int) -> Iterator[slice]:
    """Yield slices of the cells such that ``cost`` numbers for each of them fit in memory.

    >>> list(chunks(3, 2**21))
    [slice(0, 2, None), slice(2, 3, None)]
    """
    step = max(1, _CHUNK // max(cost, 1))
    for start in range(0, n_cells, step):
        yield slice(start, min(start + step, n_cells))


class IntegerNetwork:
    """A network over common denominators, evaluated modulo primes.

    ``scales[k]`` is D_(k+1), and ``bits[k]`` is such that the vectors of the units of layer k, times
    that, have absolute sum below 2^bits.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = tuple(layers)
        self.n_coordinates = self.layers[0].n_inputs + 1
        weights, biases, scales, bits = [], [], [], []
        scale, bound = mpz(1), mpz(1)
        for layer in self.layers:
            joint = layer.weight.hstack(layer.bias)
            numerators = joint.numerators
            weight, bias = numerators[:, :-1], numerators[:, -1] * scale
            bound = max(np.abs(weight).sum(axis=1) * bound + np.abs(bias))
            scale *= joint.denominator
            weights.append(weight)
            biases.append(bias)
            scales.append(scale)
            bits.append(int(bound.bit_length()))
        self._weights, self._biases = weights, biases
        self.scales, self.bits = tuple(scales), tuple(bits)
        self._residues: dict[tuple[int, int], tuple[FloatArray, FloatArray]] = {}

    def residues(self, layer: int, count: int) -> tuple[FloatArray, FloatArray]:
        """Return N of shape (count, units, inputs) and D beta of shape (count, units, 1)."""
        if (layer, count) not in self._residues:
            self._residues[layer, count] = (
                modular.residues(self._weights[layer], count),
                modular.residues(self._biases[layer][:, None], count),
            )
        return self._residues[layer, count]

    def cost(self, count: int) -> int:
        """Return how many numbers the computation of a cell holds."""
        width = max(layer.n_outputs for layer in self.layers)
        return count * width * max(self.n_coordinates, self.layers[-1].n_outputs)

    def outputs(self, masks: Masks, count: int) -> FloatArray:
        """Return the residues (count, cells, outputs, d + 1) of the maps of the last layer."""
        n, m = len(masks[0]), self.layers[-1].n_outputs
        weight, bias = self.residues(len(self.layers) - 1, count)
        g = np.broadcast_to(weight[:, None], (count, n, *weight.shape[1:]))
        t = np.broadcast_to(bias[:, None], (count, n, m, 1))
        for index in reversed(range(len(self.layers) - 1)):
            weight, bias = self.residues(index, count)
            g = np.where(masks[index][None, :, None, :], g, 0.0).reshape(count, n * m, -1)
            t = modular.reduce(t + modular.matmul(g, bias).reshape(count, n, m, 1))
            g = modular.matmul(g, weight).reshape(count, n, m, -1)
        return np.concatenate([g, t], axis=3)

    def units(self, layer: int, masks: Masks, count: int) -> FloatArray:
        """Return the residues (count, units, cells, d + 1) of the values of a layer after rectification.

        For the layer -1, these are the inputs x_1, ..., x_d.
        """
        n, D = (len(masks[0]), self.n_coordinates)
        identity = np.broadcast_to(np.eye(D)[None, :-1, None, :], (count, D - 1, n, D))
        a: FloatArray = identity.reshape(count, D - 1, n * D)
        for index in range(layer + 1):
            weight, bias = self.residues(index, count)
            a = modular.matmul(weight, a).reshape(count, -1, n, D)
            a[..., -1] = modular.reduce(a[..., -1] + bias)
            a = np.where(masks[index].T[None, :, :, None], a, 0.0).reshape(count, -1, n * D)
        return a.reshape(count, -1, n, D)

    def values(self, layer: int, points: FloatArray, masks: Masks) -> FloatArray:
        """Return the residues (count, units, points) of a layer before rectification at points.

        ``points`` (count, n, d + 1) are the residues of homogeneous integer coordinates, and row i of
        the masks is that of a cell which contains point i.
        """
        count = len(points)
        a, t = points[:, :, :-1].transpose(0, 2, 1), points[:, None, :, -1]
        for index in range(layer + 1):
            weight, bias = self.residues(index, count)
            z = modular.reduce(modular.matmul(weight, a) + modular.reduce(bias * t))
            a = np.where(masks[index].T[None], z, 0.0)
        return z

    def sensitivities(self, masks: Masks, count: int) -> Iterator[tuple[int, FloatArray]]:
        """Yield for every hidden layer, last first, the derivatives of the outputs by its units.

        They have shape (count, cells, outputs, units), times scales[-1] / scales[layer].
        """
        n, m = len(masks[0]), self.layers[-1].n_outputs
        weight, _ = self.residues(len(self.layers) - 1, count)
        g = np.broadcast_to(weight[:, None], (count, n, *weight.shape[1:]))
        for index in reversed(range(len(self.layers) - 1)):
            yield index, g
            g = np.where(masks[index][None, :, None, :], g, 0.0).reshape(count, n * m, -1)
            g = modular.matmul(g, self.residues(index, count)[0]).reshape(count, n, m, -1)

    def sensitivity_bits(self) -> int:
        """Return b such that all derivatives, as integers, are below 2^b."""
        total = 0
        for weight in self._weights:
            total += int(max(np.abs(weight).sum(axis=1)).bit_length())
        return total
