"""Exact matrices: integer numerators over one common denominator, all of them or those that are not zero.

Products are integer products, several times faster than those of fractions, which reduce every term.  Products, sums
and blocks of sparse matrices are sparse, and only ``numerators`` and what says that it does write all entries out.
"""

# ruff: noqa: D102 - the abstract class documents the methods of both

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self, cast, final

import numpy as np
from gmpy2 import lcm, mpq, mpz
from numpy.typing import NDArray

from troppoly.arguments import Natural, checked
from troppoly.errors import BudgetError, ShapeError
from troppoly.exact import modular
from troppoly.exact.integers import IntegerArray, as_mpz, concatenated, gcds, times
from troppoly.exact.numerators import from_flint, nearest_floats, over_common_denominator, read_numbers, to_flint
from troppoly.exact.pattern import Indices, Pattern, summed
from troppoly.exact.products import SparseWeights, Weights
from troppoly.exact.scalar import ObjectArray
from troppoly.exact.stored import ZERO, StoredEntries

__all__ = ["DenseMatrix", "RationalMatrix", "SparseMatrix"]

LARGEST_DENSE = 2**27  # entries of a sparse matrix are written out: a gigabyte of references


class RationalMatrix(StoredEntries):
    r"""An immutable matrix of rationals, in lowest terms: a :class:`DenseMatrix` or a :class:`SparseMatrix`.

    It is ``numerators / denominator``: an (m, n) object array of ``mpz``, and a positive ``mpz`` that has no common
    factor with all of them.  ``entries`` are the numerators that are stored.  Matrices with the same entries are equal,
    whatever their class.  Indexing, iteration and ``numpy.array(A)`` are those of the array of the exact entries
    (``mpq``); ``A @ B``, ``A + B``, ``A - B``, ``-A``, ``abs(A)`` and ``q * A`` are matrices.

    >>> A = RationalMatrix.of([[1, "1/2"], [0.25, 0]])
    >>> A.denominator, (A @ A)[0, 0], A[1].tolist()
    (mpz(4), mpq(9,8), [mpq(1,4), mpq(0,1)])
    >>> print(A._latex_())
    \left(\begin{array}{rr} 1 & \frac{1}{2} \\ \frac{1}{4} & 0 \end{array}\right)
    """

    __slots__ = ()

    @classmethod
    @checked
    def of(cls, entries: Any, where: str = "matrix", columns: int | None = None) -> Self:
        """Return the exact matrix of a nested sequence, NumPy array, torch tensor or Sage matrix.

        ``columns`` is the number of columns that is needed, the width of a matrix without rows, too.  Raises ShapeError
        for ragged rows, a wrong number of axes or of columns, NotFiniteError for NaN and infinities, with their place.
        """
        matrix = entries
        if not isinstance(entries, RationalMatrix):
            matrix = DenseMatrix(*read_numbers(entries, where, columns))
        if columns is not None and matrix.shape[1] != columns:
            raise ShapeError(f"The {where} has shape {matrix.shape} where {columns} columns are needed.")
        return cast("Self", matrix) if cls is RationalMatrix else cls._cast(matrix)

    @classmethod
    def from_rationals(cls, entries: ObjectArray) -> Self:
        """Return the matrix of an (m, n) object array of ``mpq``."""
        return cls._cast(DenseMatrix(*over_common_denominator(entries)))

    @classmethod
    @checked
    def zeros(cls, rows: Natural, columns: Natural) -> Self:
        """Return the zero matrix of the given shape, dense unless this is the class of sparse matrices."""
        none = np.zeros(0, dtype=object)
        return cls._cast(SparseMatrix(Pattern((rows, columns), np.zeros(rows + 1, dtype=np.int64), none), none))

    @classmethod
    @checked
    def identity(cls, size: Natural) -> Self:
        """Return the identity matrix, dense unless this is the class of sparse matrices."""
        return cls._cast(SparseMatrix.selection(np.arange(size), size))

    @classmethod
    def _cast(cls, matrix: RationalMatrix) -> Self:
        """The matrix in the form that this class stores."""
        return cast("Self", matrix.sparse() if cls is SparseMatrix else matrix.dense())

    @property
    @abstractmethod
    def T(self) -> Self:
        """The transpose."""

    @abstractmethod
    def take_rows(self, rows: Any) -> Self:
        """Return the matrix of the rows with the given indices (or boolean mask), in that order."""

    @abstractmethod
    def take_columns(self, columns: Any) -> Self:
        """Return the matrix of the columns with the given indices (or boolean mask), in that order."""

    @abstractmethod
    def float_weights(self) -> Weights:
        """Return the transpose of the nearest floats, as the right factor of products with rows of floats."""

    @abstractmethod
    def residue_weights(self, count: int) -> Weights:
        """Return the residues (count, n, m) of the transpose of the numerators, modulo ``count`` primes."""

    def __matmul__(self, other: RationalMatrix) -> RationalMatrix:
        if not isinstance(other, RationalMatrix):
            return NotImplemented
        if self.shape[1] != other.shape[0]:
            raise ShapeError(f"Matrices of shapes {self.shape} and {other.shape} have no product.")
        denominator = self.denominator * other.denominator
        if isinstance(other, DenseMatrix):
            return DenseMatrix(self._times(other.entries), denominator)
        if isinstance(self, DenseMatrix):
            return DenseMatrix(other.T._times(self.entries.T).T, denominator)
        left, right = self.sparse(), other.sparse()
        lengths = right.pattern.lengths[left.columns]
        positions = right.pattern.positions(left.columns)
        return SparseMatrix.from_triples(
            np.repeat(left.rows, lengths),
            right.columns[positions],
            times(np.repeat(left.stored, lengths), right.stored[positions]),
            (self.shape[0], other.shape[1]),
            denominator,
        )

    def __add__(self, other: RationalMatrix) -> RationalMatrix:
        if not isinstance(other, RationalMatrix):
            return NotImplemented
        if self.shape != other.shape:
            raise ShapeError(f"Matrices of shapes {self.shape} and {other.shape} have no sum.")
        if isinstance(self, DenseMatrix) or isinstance(other, DenseMatrix):
            (one, two), denominator = _over_one_denominator(self.dense(), other.dense())
            return DenseMatrix(as_mpz(one) + as_mpz(two), denominator)
        return _joined(self, other, (0, 0), self.shape)

    def __sub__(self, other: RationalMatrix) -> RationalMatrix:
        return self + (-other) if isinstance(other, RationalMatrix) else NotImplemented

    @checked
    def hstack(self, other: RationalMatrix) -> RationalMatrix:
        """Return the block matrix (A | B), which is sparse if a block is."""
        return self._stacked(other, 1, "side by side")

    @checked
    def vstack(self, other: RationalMatrix) -> RationalMatrix:
        """Return the block matrix of A above B, which is sparse if a block is."""
        return self._stacked(other, 0, "above each other")

    def _stacked(self, other: RationalMatrix, axis: int, how: str) -> RationalMatrix:
        if self.shape[1 - axis] != other.shape[1 - axis]:
            raise ShapeError(f"Blocks of shapes {self.shape} and {other.shape} do not stand {how}.")
        if isinstance(self, DenseMatrix) and isinstance(other, DenseMatrix):
            blocks, denominator = _over_one_denominator(self, other)
            return DenseMatrix(concatenated(blocks, axis), denominator)
        (m, n), (p, q) = self.shape, other.shape
        return _joined(self, other, *(((m, 0), (m + p, n)) if axis == 0 else ((0, n), (m, n + q))))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RationalMatrix):
            return NotImplemented
        if self.shape != other.shape or self.denominator != other.denominator:
            return False
        if isinstance(self, DenseMatrix) and isinstance(other, DenseMatrix):
            return bool(np.all(self.stored == other.stored))
        one, two = self.sparse(), other.sparse()
        return one.pattern == two.pattern and bool(np.all(one.stored == two.stored))

    def __hash__(self) -> int:
        sparse = self.sparse()
        return hash((self.denominator, sparse.pattern, tuple(sparse.entries)))


@final
class DenseMatrix(RationalMatrix):
    """A matrix of rationals with all entries stored: ``numerators``, of shape (m, n), over ``denominator``.

    >>> DenseMatrix(np.array([[mpz(2), mpz(4)]], dtype=object), 6)
    RationalMatrix([['1/3', '2/3']])
    """

    __slots__ = ()

    def __init__(self, numerators: ObjectArray, denominator: Any = 1) -> None:
        if numerators.ndim != 2:
            raise ShapeError(f"A matrix has two axes, not the shape {numerators.shape}.")
        self._set(numerators, denominator, shape=numerators.shape)

    def __reduce__(self) -> Any:
        return DenseMatrix, (self.stored, self.denominator)

    def __getitem__(self, key: Any) -> Any:
        part = self.entries[key]
        if not isinstance(part, np.ndarray):
            return mpq(part, self.denominator)
        values = (mpq(value, self.denominator) for value in part.flat)
        return np.fromiter(values, dtype=object, count=part.size).reshape(part.shape)

    def dense(self) -> DenseMatrix:
        return self

    def sparse(self) -> SparseMatrix:
        (m, n), entries = self.shape, self.stored.reshape(-1)
        full = Pattern(self.shape, np.arange(m + 1) * n, np.arange(m * n) % max(n, 1))
        return SparseMatrix(*full.without_zeros(entries), self.denominator)

    def by_rows(self, values: NDArray[Any]) -> NDArray[Any]:
        return values[:, None]

    def by_columns(self, values: NDArray[Any]) -> NDArray[Any]:
        return values

    def row_gcds(self) -> IntegerArray:
        return gcds(self.stored.reshape(-1), np.arange(self.shape[0] + 1) * self.shape[1])

    def with_entries(self, entries: ObjectArray, denominator: Any) -> DenseMatrix:
        return DenseMatrix(entries, denominator)

    def spread(self, values: NDArray[Any]) -> NDArray[Any]:
        return values

    @property
    def T(self) -> DenseMatrix:
        return DenseMatrix(self.stored.T, self.denominator)

    def take_rows(self, rows: Any) -> DenseMatrix:
        return DenseMatrix(self.stored[_indices(rows)], self.denominator)

    def take_columns(self, columns: Any) -> DenseMatrix:
        return DenseMatrix(self.stored[:, _indices(columns)], self.denominator)

    def float_weights(self) -> Weights:
        return self.to_floats().T

    def residue_weights(self, count: int) -> Weights:
        return modular.residues(self.stored.T, count)

    def _times(self, numerators: ObjectArray) -> ObjectArray:
        (m, n), p = self.shape, numerators.shape[1]
        if n == 0:
            return np.full((m, p), ZERO, dtype=object)
        if m * n * p > 16 * (m * n + n * p + m * p):  # then the conversions are worth it
            return from_flint(to_flint(self.entries) * to_flint(numerators))
        return self.entries @ numerators


@final
class SparseMatrix(RationalMatrix):
    """A matrix of rationals of which only the entries that are not zero are stored.

    The nonzero numerators of row i are ``entries[indptr[i]:indptr[i + 1]]``, in ``columns`` that ascend.

    >>> A = SparseMatrix.from_triples([0, 1, 1], [2, 0, 2], [mpz(3), mpz(-1), mpz(2)], (2, 3), denominator=2)
    >>> A == RationalMatrix.of([[0, 0, "3/2"], ["-1/2", 0, 1]]), (A @ A.T).to_floats()[1]
    (True, array([1.5 , 1.25]))
    """

    __slots__ = ("pattern",)

    pattern: Pattern

    def __init__(self, pattern: Pattern, entries: ObjectArray, denominator: Any = 1) -> None:
        self._set(entries, denominator, shape=pattern.shape, pattern=pattern)

    def __reduce__(self) -> Any:
        return SparseMatrix, (self.pattern, self.stored, self.denominator)

    def __getitem__(self, key: Any) -> Any:
        first, *rest = key if isinstance(key, tuple) else (key,)
        if isinstance(first, (int, np.integer, slice)) and not isinstance(first, bool):
            rows = np.arange(len(self))[first]
            part = self.take_rows(np.atleast_1d(rows)).dense()
            return part[slice(None) if rows.ndim else 0, *rest]
        return self.dense()[key]

    @classmethod
    def from_triples(
        cls, rows: Any, columns: Any, values: Any, shape: tuple[int, int], denominator: Any = 1
    ) -> SparseMatrix:
        """Return the matrix with the sums of the ``values[k]`` in row ``rows[k]``, column ``columns[k]``.

        ``values`` is a sequence of ``mpz``, to be divided by ``denominator`` > 0.
        """
        return cls(*summed(rows, columns, values, shape), denominator)

    @classmethod
    def selection(cls, columns: Any, n_columns: int, factors: Sequence[mpq] | None = None) -> SparseMatrix:
        """Return the matrix whose row i is 1 (or ``factors[i]``) in column ``columns[i]`` and 0 elsewhere."""
        n = len(columns)
        one = cls(Pattern((n, n_columns), np.arange(n + 1), columns), np.full(n, mpz(1), dtype=object))
        if factors is None:
            return one
        return one.with_entries(*over_common_denominator(np.fromiter(factors, dtype=object, count=n)))

    @classmethod
    def diagonal(cls, factors: Sequence[mpq]) -> SparseMatrix:
        """Return the square matrix with these numbers on its diagonal."""
        return cls.selection(np.arange(len(factors)), len(factors), factors)

    @property
    def indptr(self) -> Indices:
        """The bounds of the rows in ``entries``."""
        return self.pattern.indptr

    @property
    def columns(self) -> Indices:
        """The column of every nonzero entry."""
        return self.pattern.columns

    @property
    def rows(self) -> Indices:
        """The row of every nonzero entry."""
        return self.pattern.rows

    def dense(self) -> DenseMatrix:
        return DenseMatrix(self.spread(self.stored), self.denominator)

    def sparse(self) -> SparseMatrix:
        return self

    def by_rows(self, values: NDArray[Any]) -> NDArray[Any]:
        return values.repeat(self.pattern.lengths)

    def by_columns(self, values: NDArray[Any]) -> NDArray[Any]:
        return values[self.columns]

    def row_gcds(self) -> IntegerArray:
        return gcds(self.stored, self.indptr)

    def with_entries(self, entries: ObjectArray, denominator: Any) -> SparseMatrix:
        return SparseMatrix(*self.pattern.without_zeros(entries), denominator)

    def spread(self, values: NDArray[Any]) -> NDArray[Any]:
        if self.shape[0] * self.shape[1] > LARGEST_DENSE:
            raise BudgetError(f"A sparse matrix of shape {self.shape} is too large to be written out.")
        result = np.full(self.shape, ZERO if values.dtype == object else 0, dtype=values.dtype)
        result[self.rows, self.columns] = values
        result.flags.writeable = False
        return result

    @property
    def T(self) -> SparseMatrix:
        pattern, order = self.pattern.transposed
        return SparseMatrix(pattern, self.stored[order], self.denominator)

    def take_rows(self, rows: Any) -> SparseMatrix:
        pattern, positions = self.pattern.take(np.arange(len(self))[_indices(rows)])
        return SparseMatrix(pattern, self.stored[positions], self.denominator)

    def take_columns(self, columns: Any) -> SparseMatrix:
        return self.T.take_rows(columns).T

    def widened(self, n_columns: int) -> SparseMatrix:
        """Return the block matrix (A | 0) with ``n_columns`` columns."""
        pattern = Pattern((self.shape[0], n_columns), self.indptr, self.columns)
        return SparseMatrix(pattern, self.stored, self.denominator)

    def nonzero_columns(self) -> NDArray[np.bool_]:
        return np.bincount(self.columns, minlength=self.shape[1]) > 0

    def float_weights(self) -> Weights:
        return SparseWeights(self.pattern, nearest_floats(self.stored, self.denominator)[None])

    def residue_weights(self, count: int) -> Weights:
        return SparseWeights(self.pattern, modular.residues(self.stored, count), modular=True)

    def _times(self, numerators: ObjectArray) -> ObjectArray:
        p = numerators.shape[1]
        result = np.full((self.shape[0], p), ZERO, dtype=object)
        for part, filled, starts in self.pattern.blocks(p):
            products = self.entries[part, None] * numerators[self.columns[part]]
            if len(filled):
                result[filled] = np.add.reduceat(products, starts, axis=0)
        return result


def _indices(selection: Any) -> NDArray[Any]:
    """A selection of rows or columns: a mask, or indices (an empty list is one of indices)."""
    array = np.asarray(selection)
    return array if array.dtype == bool else array.astype(np.intp)


def _over_one_denominator(one: RationalMatrix, two: RationalMatrix) -> tuple[tuple[IntegerArray, IntegerArray], mpz]:
    """The stored entries of two matrices over their common denominator, and it."""
    common = lcm(one.denominator, two.denominator)
    return (times(one.stored, common // one.denominator), times(two.stored, common // two.denominator)), common


def _joined(one: RationalMatrix, two: RationalMatrix, place: tuple[int, int], shape: tuple[int, int]) -> SparseMatrix:
    """The sum of two matrices in sparse form, the second moved to ``place``, in a matrix of this shape."""
    a, b = one.sparse(), two.sparse()
    values, denominator = _over_one_denominator(a, b)
    rows = np.concatenate([a.rows, b.rows + place[0]])
    columns = np.concatenate([a.columns, b.columns + place[1]])
    return SparseMatrix.from_triples(rows, columns, concatenated(values), shape, denominator)
