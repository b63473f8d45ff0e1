"""Products of rows of activations with sparse weight matrices, in floats and in residues.

The weights of a layer are a NumPy array where they are many, and one of the classes here where they
are few, as in a convolution.  The products are those of the nonzero weights, gathered and summed unit
by unit; what is not there is not computed with, so that error bounds count nonzero weights only, and
infinities meet no zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.exact import modular
from troppoly.exact.sparse import SparseMatrix

__all__ = [
    "FloatWeights",
    "ResidueWeights",
    "SparseFloats",
    "SparseResidues",
    "first_residues",
    "float_columns",
    "float_transpose_product",
    "residue_columns",
    "residue_product",
    "residue_transpose",
    "residue_weights",
]

FloatArray = NDArray[np.float64]
Indices = NDArray[np.int64]

_CHUNK = 2**21  # products held at once
_EXACT_TERMS = 2**10  # products of two residues, which are below 2^42, that sum up to less than 2^53 - 2^22


@dataclass(frozen=True, slots=True, eq=False)
class _Pattern:
    """The places of the nonzero entries of an (n, k) matrix, column by column.

    Column j has the entries at the positions ``indptr[j]`` to ``indptr[j + 1]``, in the rows ``rows``.
    """

    shape: tuple[int, int]
    indptr: Indices
    rows: Indices

    def blocks(self, cost: int) -> Iterator[tuple[slice, slice, Indices, Indices]]:
        """Yield ranges of columns with few entries: columns, positions, columns that are not empty, starts.

        ``cost`` is the number of products for an entry.
        """
        limit, start, k = max(1, _CHUNK // max(cost, 1)), 0, self.shape[1]
        while start < k:
            stop = int(np.searchsorted(self.indptr, self.indptr[start] + limit, side="right")) - 1
            stop = min(max(stop, start + 1), k)
            bounds = self.indptr[start : stop + 1] - self.indptr[start]
            filled = np.flatnonzero(bounds[1:] > bounds[:-1])
            positions = slice(int(self.indptr[start]), int(self.indptr[stop]))
            yield slice(start, stop), positions, start + filled, bounds[filled]
            start = stop

    def entries(self, columns: Indices) -> tuple[Indices, Indices, Indices]:
        """Return the rows, positions and columns of the entries in some columns, by ascending rows."""
        lengths = np.diff(self.indptr)[columns]
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        positions = np.repeat(self.indptr[columns] - ends + lengths, lengths) + np.arange(total)
        order = np.argsort(self.rows[positions], kind="stable")
        positions = positions[order]
        return self.rows[positions], positions, np.repeat(columns, lengths)[order]

    def transposed(self) -> tuple[_Pattern, Indices]:
        """Return the places in the transpose, and the order of the entries there."""
        n, k = self.shape
        order = np.argsort(self.rows, kind="stable")
        columns = np.repeat(np.arange(k), np.diff(self.indptr))
        indptr = np.searchsorted(self.rows[order], np.arange(n + 1)).astype(np.int64)
        return _Pattern((k, n), indptr, columns[order]), order


class SparseFloats:
    """A sparse (n, k) matrix of floats, as the right factor of products ``a @ matrix``.

    >>> matrix = SparseFloats.of_transpose(SparseMatrix.selection([1, 0, 1], 2), np.array([2.0, 3.0, 4.0]))
    >>> np.array([[1.0, 10.0]]) @ matrix, matrix.columns([2])
    (array([[20.,  3., 40.]]), array([[0.],
           [4.]]))
    """

    __array_ufunc__ = None  # products with arrays on the left are __rmatmul__
    __slots__ = ("_pattern", "_values")

    def __init__(self, pattern: _Pattern, values: FloatArray) -> None:
        self._pattern, self._values = pattern, values

    @classmethod
    def of_transpose(cls, matrix: SparseMatrix, values: FloatArray) -> SparseFloats:
        """Return the transpose of a (k, n) matrix, with other values for its nonzero entries."""
        k, n = matrix.shape
        return cls(_Pattern((n, k), matrix.indptr, matrix.columns), values)

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and columns."""
        return self._pattern.shape

    def __rmatmul__(self, a: FloatArray) -> FloatArray:
        flat = np.ascontiguousarray(a.reshape(-1, a.shape[-1]).T)
        result = np.zeros((self.shape[1], flat.shape[1]))
        for _, positions, filled, starts in self._pattern.blocks(flat.shape[1]):
            products = flat[self._pattern.rows[positions]]
            products *= self._values[positions, None]
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
        step = max(1, _CHUNK // (len(flat) * max(1, int(np.diff(self._pattern.indptr).max(initial=1)))))
        for start in range(0, len(used), step):
            rows, positions, columns = self._pattern.entries(used[start : start + step])
            bounds = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
            products = flat.T[columns] * self._values[positions, None]
            if len(rows):
                result[rows[bounds]] += np.add.reduceat(products, bounds, axis=0)
        return np.ascontiguousarray(result.T).reshape(*g.shape[:-1], self.shape[0])

    def columns(self, columns: Any) -> FloatArray:
        """Return the (n, len(columns)) array of some columns."""
        result = np.zeros((self.shape[0], len(columns)))
        for j, column in enumerate(columns):
            part = slice(self._pattern.indptr[column], self._pattern.indptr[column + 1])
            result[self._pattern.rows[part], j] = self._values[part]
        return result


class SparseResidues:
    """The residues (count, n, k) of a sparse integer matrix, as the right factor of products."""

    __slots__ = ("_pattern", "_transpose", "_values")

    def __init__(self, pattern: _Pattern, values: FloatArray) -> None:
        self._pattern, self._values = pattern, values
        self._transpose: SparseResidues | None = None

    @classmethod
    def of_transpose(cls, matrix: SparseMatrix, count: int) -> SparseResidues:
        """Return the residues of the transpose of a (k, n) matrix of integers."""
        k, n = matrix.shape
        return cls(_Pattern((n, k), matrix.indptr, matrix.columns), modular.residues(matrix.entries, count))

    @property
    def shape(self) -> tuple[int, int, int]:
        """The numbers of primes, rows and columns."""
        return (len(self._values), *self._pattern.shape)

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
        for columns, positions, filled, starts in self._pattern.blocks(count * m):
            products = left[:, self._pattern.rows[positions]] * self._values[:, positions, None]
            lengths = np.diff(self._pattern.indptr[columns.start : columns.stop + 1])
            if lengths.max(initial=0) > _EXACT_TERMS:
                products = modular.reduce(products)
            if len(filled):
                result[:, filled] = modular.reduce(np.add.reduceat(products, starts, axis=1))
        return result.transpose(0, 2, 1)

    def columns(self, columns: Any) -> FloatArray:
        """Return the (count, n, len(columns)) array of some columns."""
        result = np.zeros((*self.shape[:2], len(columns)))
        for j, column in enumerate(columns):
            part = slice(self._pattern.indptr[column], self._pattern.indptr[column + 1])
            result[:, self._pattern.rows[part], j] = self._values[:, part]
        return result


FloatWeights = FloatArray | SparseFloats
ResidueWeights = FloatArray | SparseResidues


def float_columns(weight: FloatWeights, columns: Any) -> FloatArray:
    """Return the (n, len(columns)) array of some columns of weights."""
    return weight.columns(columns) if isinstance(weight, SparseFloats) else weight[:, columns]


def float_transpose_product(g: FloatArray, weight: FloatWeights) -> FloatArray:
    """Return the product of rows with the transpose of weights."""
    return weight.times_transpose(g) if isinstance(weight, SparseFloats) else g @ weight.T


def residue_weights(matrix: NDArray[Any] | SparseMatrix, count: int) -> ResidueWeights:
    """Return the residues (count, n, k) of the transpose of a (k, n) matrix of integers."""
    if isinstance(matrix, SparseMatrix):
        return SparseResidues.of_transpose(matrix, count)
    return modular.residues(matrix.T, count)


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
