"""Products of rows of activations with sparse weights, in floats and in residues.

The weights of a layer are a NumPy array where they are many, and :class:`SparseWeights` where they are few, as in a
convolution.  Only products of nonzero weights are computed, and summed unit by unit: error bounds count nonzero weights
only, and infinities meet no zeros.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.exact import modular
from troppoly.exact.pattern import Pattern

__all__ = ["SparseWeights", "Weights"]

FloatArray = NDArray[np.float64]


class SparseWeights:
    """The transposes of k sparse (m, n) matrices with one pattern, as right factors: in place of a (k, n, m) array.

    ``values`` are their (k, entries), unit by unit.  If these are residues modulo the first k primes (``modular``), the
    products in long sums are reduced, so that :func:`troppoly.exact.modular.matmul` can reduce the sums.

    >>> pattern = Pattern((3, 2), np.arange(4), np.array([1, 0, 1]))
    >>> weights = SparseWeights(pattern, np.array([[2.0, 3.0, 4.0]]))
    >>> np.array([[1.0, 10.0]]) @ weights, weights[..., [2]]
    (array([[20.,  3., 40.]]), array([[[0.],
            [4.]]]))
    """

    __array_ufunc__ = None  # products with arrays on the left are __rmatmul__
    __slots__ = ("_modular", "_pattern", "_values")

    def __init__(self, pattern: Pattern, values: FloatArray, modular: bool = False) -> None:
        self._pattern, self._values, self._modular = pattern, values, modular

    def __rmatmul__(self, a: FloatArray) -> FloatArray:
        """Return the products (k, ..., m) with rows (k, ..., n); inputs that are zero in all rows cost nothing."""
        k, pattern = len(self._values), self._pattern
        left = np.ascontiguousarray(a.reshape(k, -1, a.shape[-1]).transpose(0, 2, 1))
        result = np.zeros((k, pattern.shape[0], left.shape[2]))
        cost = k * left.shape[2]
        for part, units, starts in pattern.few(np.any(left, axis=(0, 2)), cost) or pattern.blocks(cost):
            products = left.take(pattern.columns[part], axis=1)
            products *= self._values[:, part, None]
            if self._modular and np.diff(starts, append=products.shape[1]).max(initial=0) > modular.INNER:
                products = modular.reduce(products)
            if len(units):
                result[:, units] = np.add.reduceat(products, starts, axis=1)
        return np.ascontiguousarray(result.transpose(0, 2, 1)).reshape(*a.shape[:-1], pattern.shape[0])

    @property
    def mT(self) -> SparseWeights:
        """The transposes."""
        pattern, order = self._pattern.transposed
        return SparseWeights(pattern, self._values[:, order], self._modular)

    def __getitem__(self, key: Any) -> Any:
        """Return the first weights, ``[:count]``, or the (k, n, len(units)) array ``[..., units]`` of columns."""
        if isinstance(key, slice):
            return SparseWeights(self._pattern, self._values[key], self._modular)
        units = np.asarray(key[1], dtype=np.intp)
        positions = self._pattern.positions(units)
        result = np.zeros((len(self._values), self._pattern.shape[1], len(units)))
        places = np.repeat(np.arange(len(units)), self._pattern.lengths[units])
        result[:, self._pattern.columns[positions], places] = self._values[:, positions]
        return result


Weights = FloatArray | SparseWeights
