"""Products of rows of activations with sparse weight matrices, in floats and in residues.

The weights of a layer are a NumPy array where they are many, and one of the classes here where they
are few, as in a convolution.  The products are those of the nonzero weights, gathered and summed unit
by unit; what is not there is not computed with, so that error bounds count nonzero weights only, and
infinities meet no zeros.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.exact import modular
from troppoly.exact.pattern import Pattern

__all__ = [
    "FloatWeights",
    "ResidueWeights",
    "SparseFloats",
    "SparseResidues",
    "first_residues",
    "float_columns",
    "residue_columns",
    "residue_product",
    "residue_transpose",
]

FloatArray = NDArray[np.float64]

_CHUNK = 2**21  # products held at once
_EXACT_TERMS = 2**10  # products of two residues, which are below 2^42, that sum up to less than 2^53 - 2^22


class SparseFloats:
    """The transpose of a sparse (k, n) matrix of floats, as the right factor of products ``a @ matrix``.

    ``pattern`` and ``values`` are those of the matrix: the weights of k units, unit by unit.

    >>> matrix = SparseFloats(Pattern((3, 2), np.arange(4), np.array([1, 0, 1])), np.array([2.0, 3.0, 4.0]))
    >>> np.array([[1.0, 10.0]]) @ matrix, matrix.columns([2])
    (array([[20.,  3., 40.]]), array([[0.],
           [4.]]))
    """

    __array_ufunc__ = None  # products with arrays on the left are __rmatmul__
    __slots__ = ("_pattern", "_values")

    def __init__(self, pattern: Pattern, values: FloatArray) -> None:
        self._pattern, self._values = pattern, values

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and columns."""
        return self._pattern.shape[::-1]

    def __rmatmul__(self, a: FloatArray) -> FloatArray:
        flat = np.ascontiguousarray(a.reshape(-1, a.shape[-1]).T)
        result = np.zeros((self.shape[1], flat.shape[1]))
        for part, filled, starts in self._pattern.blocks(flat.shape[1]):
            products = flat[self._pattern.columns[part]]
            products *= self._values[part, None]
            if len(filled):
                result[filled] = np.add.reduceat(products, starts, axis=0)
        return np.ascontiguousarray(result.T).reshape(*a.shape[:-1], self.shape[1])

    def times_transpose(self, g: FloatArray) -> FloatArray:
        """Return ``g`` (..., k) times the transpose; columns of g that are zero cost nothing.

        A row of g that depends on few units, such as the form of a unit of a convolution, is multiplied
        with the weights of these units only.
        """
        flat = g.reshape(-1, g.shape[-1])
        result = np.zeros((self.shape[0], len(flat)))
        used = np.flatnonzero((flat != 0).any(axis=0))
        lengths = np.diff(self._pattern.indptr)
        step = max(1, _CHUNK // (len(flat) * max(1, int(lengths.max(initial=1)))))
        for start in range(0, len(used), step):
            units = used[start : start + step]
            positions = self._pattern.positions(units)
            owners = np.repeat(units, lengths[units])
            order = np.argsort(self._pattern.columns[positions], kind="stable")
            positions, owners = positions[order], owners[order]
            inputs = self._pattern.columns[positions]
            bounds = np.flatnonzero(np.concatenate([[True], inputs[1:] != inputs[:-1]]))
            products = flat.T[owners] * self._values[positions, None]
            if len(inputs):
                result[inputs[bounds]] += np.add.reduceat(products, bounds, axis=0)
        return np.ascontiguousarray(result.T).reshape(*g.shape[:-1], self.shape[0])

    def columns(self, columns: Any) -> FloatArray:
        """Return the (n, len(columns)) array of some columns."""
        return _columns(self._pattern, self._values, columns)


class SparseResidues:
    """The residues (count, n, k) of the transpose of a sparse (k, n) matrix of integers, as a right factor."""

    __slots__ = ("_pattern", "_transpose", "_values")

    def __init__(self, pattern: Pattern, values: FloatArray) -> None:
        self._pattern, self._values = pattern, values
        self._transpose: SparseResidues | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """The numbers of primes, rows and columns."""
        return (len(self._values), *self._pattern.shape[::-1])

    def first(self, count: int) -> SparseResidues:
        """Return the residues modulo the first primes."""
        result = SparseResidues(self._pattern, self._values[:count])
        if self._transpose is not None:
            result._transpose = SparseResidues(self._transpose._pattern, self._transpose._values[:count])
        return result

    @property
    def T(self) -> SparseResidues:
        """The transpose."""
        if self._transpose is None:
            pattern, order = self._pattern.transposed()
            self._transpose = SparseResidues(pattern, self._values[:, order])
        return self._transpose

    def times(self, a: FloatArray) -> FloatArray:
        """Return the residues (count, m, k) of the products of a stack of matrices (count, m, n) with it."""
        count, m, _ = a.shape
        left = np.ascontiguousarray(a.transpose(0, 2, 1))
        result = np.zeros((count, self.shape[2], m))
        for part, filled, starts in self._pattern.blocks(count * m):
            products = left[:, self._pattern.columns[part]] * self._values[:, part, None]
            if np.diff(starts, append=products.shape[1]).max(initial=0) > _EXACT_TERMS:
                products = modular.reduce(products)
            if len(filled):
                result[:, filled] = modular.reduce(np.add.reduceat(products, starts, axis=1))
        return result.transpose(0, 2, 1)

    def columns(self, columns: Any) -> FloatArray:
        """Return the (count, n, len(columns)) array of some columns."""
        return _columns(self._pattern, self._values, columns)


def _columns(pattern: Pattern, values: FloatArray, columns: Any) -> FloatArray:
    """Some columns of the transpose of a matrix with these values, or of several such matrices."""
    units = np.asarray(columns, dtype=np.intp)
    positions = pattern.positions(units)
    result = np.zeros((*values.shape[:-1], pattern.shape[1], len(units)))
    places = np.repeat(np.arange(len(units)), np.diff(pattern.indptr)[units])
    result[..., pattern.columns[positions], places] = values[..., positions]
    return result


FloatWeights = FloatArray | SparseFloats
ResidueWeights = FloatArray | SparseResidues


def float_columns(weight: FloatWeights, columns: Any) -> FloatArray:
    """Return the (n, len(columns)) array of some columns of weights."""
    return weight.columns(columns) if isinstance(weight, SparseFloats) else weight[:, columns]


def first_residues(weight: ResidueWeights, count: int) -> ResidueWeights:
    """Return the residues modulo the first ``count`` primes only."""
    return weight.first(count) if isinstance(weight, SparseResidues) else weight[:count]


def residue_product(a: FloatArray, weight: ResidueWeights) -> FloatArray:
    """Return the residues (count, m, k) of the products of (count, m, n) with weights (count, n, k)."""
    return weight.times(a) if isinstance(weight, SparseResidues) else modular.matmul(a, weight)


def residue_columns(weight: ResidueWeights, columns: Any) -> FloatArray:
    """Return the (count, n, len(columns)) array of some columns of weights."""
    return weight.columns(columns) if isinstance(weight, SparseResidues) else weight[:, :, columns]


def residue_transpose(weight: ResidueWeights) -> ResidueWeights:
    """Return the residues of the transpose."""
    return weight.T if isinstance(weight, SparseResidues) else weight.transpose(0, 2, 1)
