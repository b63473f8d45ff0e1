r"""The derivatives of a network by all of its parameters, on cells and at points.

The parameters are all entries of the weights and biases: as many as a fully connected network of these widths has.
Where the active units are constant, the output o is a polynomial in them, and with (x, t) for (x, 1)

    d F_o / d W_ij = B_oi <phi_j, (x, t)>,    d F_o / d b_i = B_oi t,

with the form phi_j of input j of the layer (0 if that unit is inactive) and the derivative B_oi of F_o by unit i before
rectification (0 if it is inactive).  On a cell F is affine in (x, t), so the rows are these for all o and coordinates.

Units are scaled by positive factors s_i so that weights and biases are integers (:mod:`troppoly.cellwise.lowering`),
W'_ij = s_i W_ij / s_j and b'_i = s_i b_i.  Rows and columns are multiplied by positive numbers: ranks are the same, and
a direction u of the given parameters is u' = u s_i / s_j of the scaled ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.cellwise.lowering import lowered
from troppoly.exact import modular
from troppoly.exact.scalar import ObjectArray
from troppoly.network import Network

__all__ = ["Derivatives"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Derivatives:
    """The integer layers (W' | b') of a network; the first one reads (x, t) and has no bias.

    ``factors`` are the numbers s_i / s_j, or s_i, of all parameters, in the order layer, unit, input, bias.
    """

    layers: tuple[ObjectArray, ...]
    factors: ObjectArray

    @classmethod
    def of(cls, network: Network) -> Derivatives:
        """Scale the units of a network."""
        scaled = lowered([(layer.weight, layer.bias, layer.rectified) for layer in network.layers])
        matrices, factors = [], []
        before = np.array([mpq(1)] * (network.n_inputs + 1), dtype=object)
        for index, layer in enumerate(scaled):
            joint = layer.joint.numerators
            matrices.append(joint if index else joint[:, :-1])
            factors.append(np.multiply.outer(layer.scales, 1 / before).ravel())
            before = np.append(layer.scales, mpq(1))
        return cls(tuple(matrices), np.concatenate(factors))

    def rows(self, active: Sequence[Array], points: Array) -> ObjectArray:
        """Return the exact derivatives, of shape (cells, k, outputs, parameters).

        ``active`` are for every layer the (cells, units) masks, ``points`` the (cells, k, d + 1) vectors (x, t) at
        which the forms are evaluated: all unit vectors give the coefficients.
        """
        masks = [np.where(mask, mpz(1), mpz(0)) for mask in active]
        return self._rows(self.layers, masks, points, None)

    def residues(self, active: Sequence[Array], points: Array, prime: int) -> Array:
        """Return the derivatives modulo the prime with this number."""
        p = int(modular.moduli(prime + 1)[prime])
        layers = [modular.residues(layer, prime + 1)[prime].astype(np.int64) % p for layer in self.layers]
        reduced = modular.residues(points, prime + 1)[prime].astype(np.int64) % p
        return self._rows(layers, [mask.astype(np.int64) for mask in active], reduced, p)

    def _rows(self, layers: Sequence[Array], masks: Sequence[Array], points: Array, p: int | None) -> Array:
        def reduced(values: Array) -> Array:
            return values if p is None else values % p

        values = [points]  # what the layers read, with t last
        for layer, mask in zip(layers[:-1], masks, strict=False):
            z = reduced(values[-1] @ layer.T) * mask[:, None]
            values.append(np.concatenate([z, points[:, :, -1:]], axis=2))
        n, m = len(points), len(layers[-1])
        back = np.broadcast_to(np.eye(m, dtype=np.int64) * (mpz(1) if p is None else 1), (n, m, m))
        parts: list[Array] = []
        for index in reversed(range(len(layers))):
            part = reduced(back[:, None, :, :, None] * values[index][:, :, None, None, :])
            parts.append(part.reshape(*part.shape[:3], -1))
            if index:
                back = reduced(back @ layers[index][:, :-1]) * masks[index - 1][:, None]
        return np.concatenate(parts[::-1], axis=3)
