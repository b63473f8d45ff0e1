"""Pushing points and pulling forms through a network whose active units are known.

A number is a stack of k floats: its residues modulo k primes, or a value and its magnitude in the sense of
``rounding_errors``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.lowering import IntegerLayer
from troppoly.cellwise.rounding_errors import LARGEST_WEIGHT, FloatArray, floored
from troppoly.cellwise.sign_words import Masks
from troppoly.exact import RationalMatrix, SparseMatrix, modular
from troppoly.exact.integers import IntegerArray
from troppoly.exact.products import SparseWeights, Weights

__all__ = ["Arithmetic", "FloatArray", "Floats", "Passing", "Residues", "masked"]

Passing = Callable[[int, FloatArray], FloatArray]
"""What forms (k, m, units) in the values of a layer are in its units before rectification."""

Powers = NDArray[np.int32]

_INTEGRAL = 53
"""Integers below 2^53 are floats (``rounding_errors.EXACT_LIMIT``)."""

_LOW = np.int32(-(2**30))
"""The power of 2 of zeros: by far less than any other."""


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

    def derivatives(self, last: int, active: Masks) -> Iterator[tuple[int, FloatArray]]:
        """Yield every layer before the last one, backwards, and the derivatives of the last one's units by its units.

        They have the shape (k, cells, units of the last layer, units), with one cell in place of all by the layer
        before the last one: these are weights.
        """
        weight, _ = self.layer(last)
        g = weight[..., np.arange(self.layer(last)[1].shape[2])].mT[:, None]
        for layer in reversed(range(last)):
            yield layer, g
            if layer:
                mask = active[layer][:, None]
                rows = np.where(mask, g, 0.0).reshape(len(g), -1, g.shape[3])
                g = self._product(rows, self.layer(layer)[0].mT).reshape(len(g), len(mask), g.shape[2], -1)

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
        numbers = [(_split(layer.weight.stored), _split(layer.constants)) for layer in layers]
        integral = all(powers.max(initial=0) <= _INTEGRAL for pair in numbers for _, powers in pair)
        parts, operations = [], []
        exponents = np.zeros(layers[0].n_inputs if layers else 0, dtype=np.int32)  # inputs are scaled by 2^-exponents
        for layer, ((mantissas, powers), (constants, shifts)) in zip(layers, numbers, strict=True):
            weight = layer.weight
            if not integral:
                powers = powers + weight.by_columns(exponents)
                exponents = _tops(weight, powers, shifts)
                powers, shifts = powers - weight.by_rows(exponents), shifts - exponents
                if min(_least(mantissas, powers), _least(constants, shifts)) < 1 - LARGEST_WEIGHT:
                    return None
            bias = np.ldexp(constants, shifts)
            parts.append((_weights(weight, np.ldexp(mantissas, powers)), np.array([[bias], [np.abs(bias)]])))
            operations.append(5 + _most_terms(weight, constants != 0))
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


def _weights(weight: RationalMatrix, values: FloatArray) -> Weights:
    """The transposed weights with given values of the stored entries, and their sizes.

    They are arrays unless that is much slower, or large.
    """
    m, n = weight.shape
    if isinstance(weight, SparseMatrix) and (32 * len(values) < m * n or m * n > 2**24):
        return SparseWeights(weight.pattern, np.stack([values, np.abs(values)]))
    result = np.empty((2, n, m))
    result[0] = weight.spread(values).T
    np.abs(result[0], out=result[1])
    return result


def _most_terms(weight: RationalMatrix, filled: NDArray[np.bool_]) -> int:
    """The most terms of a sum over a row or column, or over all biases, which are ``filled`` if they are not zero."""
    if not isinstance(weight, SparseMatrix):
        return max(weight.shape[0], weight.shape[1] + 1)
    lengths, widths = weight.pattern.lengths + filled, np.bincount(weight.columns, minlength=1)
    return int(max(np.count_nonzero(filled), lengths.max(initial=0), widths.max(initial=0)))


def _tops(weight: RationalMatrix, powers: Powers, shifts: Powers) -> Powers:
    """The greatest power of 2 in every row, its bias included; 0 in a row of zeros."""
    if isinstance(weight, SparseMatrix):
        tops, filled = shifts.copy(), np.flatnonzero(weight.pattern.lengths)
        if len(filled):
            tops[filled] = np.maximum(tops[filled], np.maximum.reduceat(powers, weight.indptr[filled]))
    else:
        tops = np.maximum(shifts, powers.max(axis=1, initial=_LOW))
    return np.where(tops > _LOW // 2, tops, 0)


def _least(mantissas: FloatArray, powers: Powers) -> int:
    """The least power of 2 of a number that is not 0, or 0."""
    return int(np.where(mantissas, powers, 0).min(initial=0))


def _split(values: IntegerArray) -> tuple[FloatArray, Powers]:
    """Integers, rounded correctly, as mantissas in [1/2, 1) times powers of two; 0 as 0 times the least power."""
    integers = values if values.dtype != object else np.array(list(map(int, values.flat)), object)
    try:
        mantissas, powers = np.frexp(integers.astype(np.float64))
    except OverflowError:
        powers = np.array([value.bit_length() for value in integers], dtype=np.int32)
        mantissas = np.array([v / (1 << size) for v, size in zip(integers, powers.tolist(), strict=True)])
    return mantissas.reshape(values.shape), np.where(mantissas, powers, _LOW).reshape(values.shape)
