"""Pushing points and pulling forms through a network whose active units are known.

A number is a stack of k floats: its residues modulo k primes, or a value and its magnitude in the sense of
``rounding_errors``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from troppoly.cellwise.lowering import IntegerLayer
from troppoly.cellwise.rounding_errors import EXACT_LIMIT, LARGEST_WEIGHT, FloatArray, floored
from troppoly.cellwise.sign_words import Masks
from troppoly.exact import SparseMatrix, modular
from troppoly.exact.products import SparseWeights, Weights
from troppoly.exact.scalar import ObjectArray

__all__ = ["Arithmetic", "FloatArray", "Floats", "Passing", "Residues", "masked"]

Passing = Callable[[int, FloatArray], FloatArray]
"""What forms (k, m, units) in the values of a layer are in its units before rectification."""


def masked(active: Masks, rows: int = 1) -> Passing:
    """Return the rule that units pass their value on where they are active; each cell has several rows."""

    def passing(layer: int, g: FloatArray) -> FloatArray:
        mask = active[layer]
        cells = g.reshape(len(g), len(mask), rows, g.shape[2])
        return np.where(mask[:, None], cells, 0.0).reshape(g.shape)

    return passing


class Arithmetic(ABC):
    """The network in stacks of numbers: ``layer(i)`` are its (k, inputs, units) weights and (k, 1, units) biases."""

    def __init__(self, layer: Callable[[int], tuple[Weights, FloatArray]]) -> None:
        self.layer = layer

    def push(self, layer: int, y: FloatArray, active: Masks) -> FloatArray:
        """Return what a layer reads, of shape (k, m, inputs), at points y = (x, t) of shape (k, m, D)."""
        a = y
        for index in range(layer):
            a = np.where(active[index], self._affine(index, a, y[..., -1:]), 0.0)
        return a

    def values(self, layer: int, y: FloatArray, active: Masks) -> FloatArray:
        """Return the (k, m, units) values of a layer before rectification at points y of shape (k, m, D)."""
        return self._affine(layer, self.push(layer, y, active), y[..., -1:])

    def pull(self, layer: int, units: Any, passing: Passing) -> FloatArray:
        """Return the (k, m, D) forms in (x, t) of ``units[i]`` of a layer on cells."""
        g, t = self._rows(layer, units)
        for index in reversed(range(layer)):
            g, t = self._back(index, passing(index, g), t)
        g = g.copy()
        g[..., -1] = self._sum(g[..., -1], t)
        return g

    def _back(self, layer: int, g: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The forms (k, m, units) and (k, m) in the units of a layer, as forms in what it reads."""
        weight, bias = self.layer(layer)
        return self._product(g, weight.mT), self._sum(t, self._product(g, bias.mT)[:, :, 0])

    def _rows(self, layer: int, units: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
        """The weights (k, m, inputs) and biases (k, m) of units."""
        weight, bias = self.layer(layer)
        distinct, places = np.unique(units, return_inverse=True)
        return weight[..., distinct].transpose(0, 2, 1)[:, places], bias[:, 0, units]

    @abstractmethod
    def _affine(self, layer: int, a: FloatArray, t: FloatArray) -> FloatArray:
        """The values (k, m, units) of a layer at (k, m, inputs) and (k, m, 1)."""

    @abstractmethod
    def _product(self, a: FloatArray, b: Any) -> FloatArray:
        """The products of matrices."""

    @abstractmethod
    def _sum(self, one: FloatArray, other: FloatArray) -> FloatArray:
        """The sums."""


class Residues(Arithmetic):
    """Residues modulo primes."""

    def _affine(self, layer: int, a: FloatArray, t: FloatArray) -> FloatArray:
        weight, bias = self.layer(layer)
        return self._sum(modular.matmul(a, weight), t * bias)

    def _product(self, a: FloatArray, b: Any) -> FloatArray:
        return modular.matmul(a, b)

    def _sum(self, one: FloatArray, other: FloatArray) -> FloatArray:
        return modular.reduce(one + other)

    def single_values(
        self, layer: int, units: NDArray[Any], points: NDArray[Any], y: FloatArray, active: Masks
    ) -> FloatArray:
        """Return the (k, m) values of ``units[i]`` at ``y[:, points[i]]``."""
        weights, biases = self._rows(layer, units)
        products = modular.reduce(weights * self.push(layer, y, active)[:, points])
        return modular.reduce(products.sum(axis=2) + modular.reduce(y[:, points, -1] * biases))


class Floats(Arithmetic):
    """Values and magnitudes in floats, of the integer weights if all are below 2^53 (``integral``).

    Else weights are rounded, and units scaled by powers of two.  ``operations[k]`` bounds the rounding errors of a
    monomial in layer k, forwards or backwards: a sum over a row or column, a weight, its product, the bias, the floor.
    """

    def __init__(
        self, layers: Sequence[tuple[Weights, FloatArray]], operations: tuple[int, ...], integral: bool
    ) -> None:
        super().__init__(layers.__getitem__)
        self.layers, self.operations, self.integral = layers, operations, integral

    @classmethod
    def of(cls, layers: Sequence[IntegerLayer]) -> Floats | None:
        """Return the network in floats, or None if it leaves the range that the error bounds need."""
        limit = mpz(EXACT_LIMIT)
        integral = all(abs(entry) < limit for layer in layers for entry in layer.joint.entries)
        parts, operations = [], []
        exponents = np.zeros(layers[0].n_inputs + 1 if layers else 0, dtype=np.int64)
        for joint in (layer.joint for layer in layers):
            mantissas, powers = _split(joint.entries)
            rows, columns, m = joint.rows, joint.columns, joint.shape[0]
            if not integral:
                powers += exponents[columns]
                tops = np.zeros(m, dtype=np.int64)
                filled = np.flatnonzero(np.diff(joint.indptr))
                if len(filled):
                    tops[filled] = np.maximum.reduceat(powers, joint.indptr[filled])
                exponents = np.append(tops, 0)
                powers -= tops[rows]
                if np.any(np.abs(powers) > LARGEST_WEIGHT - 1):
                    return None
            parts.append(_weights(joint, np.ldexp(mantissas, powers)))
            operations.append(5 + max(int(np.bincount(p, minlength=1).max()) for p in (rows, columns)))
        return cls(parts, tuple(operations), integral)

    def _affine(self, layer: int, a: FloatArray, t: FloatArray) -> FloatArray:
        weight, bias = self.layer(layer)
        return _floored(a @ weight + t * bias)

    def _product(self, a: FloatArray, b: Any) -> FloatArray:
        return _floored(a @ b)

    def _sum(self, one: FloatArray, other: FloatArray) -> FloatArray:
        return one + other


def _floored(pairs: FloatArray) -> FloatArray:
    """The floor of the magnitudes."""
    pairs[1] = floored(pairs[1])
    return pairs


def _weights(joint: SparseMatrix, values: FloatArray) -> tuple[Weights, FloatArray]:
    """The transposed weights and biases with given values of the nonzero entries, and their sizes.

    They are arrays unless that is much slower, or large.
    """
    m, n = joint.shape[0], joint.shape[1] - 1
    inside, pairs = joint.columns < n, np.stack([values, np.abs(values)])
    bias = np.zeros((2, 1, m))
    bias[:, 0, joint.rows[~inside]] = pairs[:, ~inside]
    if m * n >= 4096 and (32 * np.count_nonzero(inside) < m * n or m * n > 2**24):
        return SparseWeights(joint.take_columns(range(n)).pattern, pairs[:, inside]), bias
    result = np.zeros((2, n, m))
    result[:, joint.columns[inside], joint.rows[inside]] = pairs[:, inside]
    return result, bias


def _split(values: ObjectArray) -> tuple[FloatArray, NDArray[np.int64]]:
    """Nonzero integers as correctly rounded mantissas in [1/2, 1] times powers of two."""
    powers = np.array([entry.bit_length() for entry in values], dtype=np.int64)
    mantissas = [int(entry) / (1 << size) for entry, size in zip(values, powers.tolist(), strict=True)]  # rounded once
    return np.array(mantissas, dtype=np.float64), powers
