"""Exact sparse matrices: the nonzero numerators, row by row, over one common denominator.

A convolution of a large image has few nonzero weights in every row.  A :class:`SparseMatrix` *is* a
:class:`~troppoly.exact.matrix.RationalMatrix`, and equal to the one with the same entries; products, sums
and blocks of sparse matrices are sparse, and only ``numerators`` writes all entries out.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from gmpy2 import gcd, lcm, mpq, mpz
from numpy.typing import NDArray

from troppoly.errors import BudgetError, ShapeError
from troppoly.exact.matrix import ObjectArray, RationalMatrix
from troppoly.exact.scalar import rational

__all__ = ["SparseMatrix", "economical"]

Indices = NDArray[np.int64]

LARGEST_DENSE = 2**27
"""The most entries that a sparse matrix is written out with (a gigabyte of references)."""

_CHUNK = 2**22  # products held at once


class SparseMatrix(RationalMatrix):
    """An immutable matrix of rationals, of which only those that are not zero are stored.

    The nonzero numerators of row i are ``entries[indptr[i]:indptr[i + 1]]``, in the ``columns`` with the
    same positions, which ascend; they and ``denominator`` have no common factor.

    >>> A = SparseMatrix.from_triples([0, 1, 1], [2, 0, 2], [mpz(3), mpz(-1), mpz(2)], (2, 3), denominator=2)
    >>> A
    SparseMatrix of shape (2, 3) with 3 nonzero entries
    >>> A == RationalMatrix.of([[0, 0, "3/2"], ["-1/2", 0, 1]]), (A @ A.T).to_floats()[1]
    (True, array([1.5 , 1.25]))
    """

    __slots__ = ("_shape", "columns", "entries", "indptr")

    indptr: Indices
    columns: Indices
    entries: ObjectArray

    def __init__(
        self,
        shape: tuple[int, int],
        indptr: Indices,
        columns: Indices,
        entries: ObjectArray,
        denominator: Any = 1,
    ) -> None:
        common = mpz(denominator)
        for entry in entries:
            if common == 1:
                break
            common = gcd(common, entry)
        if common != 1:
            entries = entries // common
        for name, array in (("indptr", indptr), ("columns", columns), ("entries", entries)):
            array = array.view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        object.__setattr__(self, "_shape", (int(shape[0]), int(shape[1])))
        object.__setattr__(self, "denominator", mpz(denominator) // common)

    def __reduce__(self) -> Any:
        return SparseMatrix, (self.shape, self.indptr, self.columns, self.entries, self.denominator)

    @classmethod
    def from_triples(
        cls, rows: Any, columns: Any, values: Any, shape: tuple[int, int], denominator: Any = 1
    ) -> SparseMatrix:
        """Return the matrix with the sums of the ``values[k]`` in row ``rows[k]``, column ``columns[k]``.

        ``values`` is a sequence of ``mpz``, to be divided by ``denominator`` > 0.

        >>> SparseMatrix.from_triples([0, 0], [1, 1], [mpz(2), mpz(-2)], (1, 2)).n_nonzero
        0
        """
        rows, columns = np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)
        entries = np.empty(len(rows), dtype=object)
        entries[:] = values
        keys = rows * max(shape[1], 1) + columns
        if np.any(keys[1:] <= keys[:-1]):
            order = np.argsort(keys, kind="stable")
            keys, entries = keys[order], entries[order]
            starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
            if len(starts) < len(keys):
                keys, entries = keys[starts], np.add.reduceat(entries, starts)
        nonzero = (entries != 0).astype(bool)
        if not nonzero.all():
            keys, entries = keys[nonzero], entries[nonzero]
        rows, columns = np.divmod(keys, max(shape[1], 1))
        return cls(shape, _indptr(rows, shape[0]), columns, entries, denominator)

    @classmethod
    def of_matrix(cls, matrix: RationalMatrix) -> SparseMatrix:
        """Return a matrix in sparse form."""
        if isinstance(matrix, SparseMatrix):
            return matrix
        rows, columns = np.nonzero(matrix.nonzero())
        return cls(
            matrix.shape,
            _indptr(rows, matrix.shape[0]),
            columns.astype(np.int64),
            matrix.numerators[rows, columns],
            matrix.denominator,
        )

    @classmethod
    def zeros(cls, rows: int, columns: int) -> SparseMatrix:
        """Return the zero matrix of the given shape."""
        return cls.from_triples([], [], [], (rows, columns))

    @classmethod
    def identity(cls, size: int) -> SparseMatrix:
        """Return the identity matrix.

        >>> SparseMatrix.identity(2) == RationalMatrix.identity(2)
        True
        """
        return cls.selection(np.arange(size), size)

    @classmethod
    def selection(cls, columns: Any, n_columns: int) -> SparseMatrix:
        """Return the matrix whose row i is 1 in column ``columns[i]`` and 0 elsewhere.

        >>> SparseMatrix.selection([2, 0], 3).dense()
        RationalMatrix([['0', '0', '1'], ['1', '0', '0']])
        """
        columns = np.asarray(columns, dtype=np.int64)
        n = len(columns)
        return cls((n, n_columns), np.arange(n + 1), columns, np.full(n, mpz(1), dtype=object))

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and columns."""
        shape: tuple[int, int] = self._shape  # type: ignore[attr-defined]
        return shape

    @property
    def n_nonzero(self) -> int:
        """The number of entries that are not zero."""
        return len(self.entries)

    @property
    def rows(self) -> Indices:
        """The row of every nonzero entry."""
        return np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))

    @property
    def numerators(self) -> ObjectArray:  # type: ignore[override]
        """The (m, n) array of all numerators, written out.

        Raises BudgetError if there are too many.
        """
        m, n = self.shape
        if m * n > LARGEST_DENSE:
            raise BudgetError(f"A sparse matrix of shape {self.shape} is too large to be written out.")
        result = np.full((m, n), mpz(0), dtype=object)
        result[self.rows, self.columns] = self.entries
        result.flags.writeable = False
        return result

    def dense(self) -> RationalMatrix:
        """Return the same matrix with all entries written out."""
        return RationalMatrix(self.numerators, self.denominator)

    @property
    def T(self) -> SparseMatrix:
        """The transpose."""
        m, n = self.shape
        return SparseMatrix.from_triples(self.columns, self.rows, self.entries, (n, m), self.denominator)

    def __matmul__(self, other: RationalMatrix) -> RationalMatrix:
        if self.shape[1] != other.shape[0]:
            raise ShapeError(f"Matrices of shapes {self.shape} and {other.shape} have no product.")
        shape, denominator = (self.shape[0], other.shape[1]), self.denominator * other.denominator
        if not isinstance(other, SparseMatrix):
            return RationalMatrix(self._times_dense(other.numerators), denominator)
        lengths = np.diff(other.indptr)[self.columns]
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        positions = np.repeat(other.indptr[self.columns] - ends + lengths, lengths) + np.arange(total)
        return SparseMatrix.from_triples(
            np.repeat(self.rows, lengths),
            other.columns[positions],
            np.repeat(self.entries, lengths) * other.entries[positions],
            shape,
            denominator,
        )

    def __rmatmul__(self, other: RationalMatrix) -> RationalMatrix:
        return (self.T @ other.T).T

    def _times_dense(self, numerators: ObjectArray) -> ObjectArray:
        """The numerators of the product with a dense matrix, some rows at a time."""
        m, p = self.shape[0], numerators.shape[1]
        result = np.full((m, p), mpz(0), dtype=object)
        limit = max(1, _CHUNK // max(p, 1))
        start = 0
        while start < m:
            stop = max(start + 1, int(np.searchsorted(self.indptr, self.indptr[start] + limit, "right")) - 1)
            part = slice(self.indptr[start], self.indptr[stop])
            products = self.entries[part, None] * numerators[self.columns[part]]
            result[start:stop] = self._row_sums(products, start, stop)
            start = stop
        return result

    def _row_sums(self, values: ObjectArray, start: int, stop: int) -> ObjectArray:
        """The sums over each of the rows ``start`` to ``stop`` of values given for their entries."""
        result = np.full((stop - start, *values.shape[1:]), mpz(0), dtype=object)
        bounds = self.indptr[start : stop + 1] - self.indptr[start]
        filled = np.flatnonzero(bounds[1:] > bounds[:-1])
        if len(filled):
            result[filled] = np.add.reduceat(values, bounds[filled], axis=0)
        return result

    def __add__(self, other: RationalMatrix) -> RationalMatrix:
        if self.shape != other.shape:
            raise ShapeError(f"Matrices of shapes {self.shape} and {other.shape} have no sum.")
        if not isinstance(other, SparseMatrix):
            return self.dense() + other
        common = lcm(self.denominator, other.denominator)
        return SparseMatrix.from_triples(
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.columns, other.columns]),
            np.concatenate([m.entries * (common // m.denominator) for m in (self, other)]),
            self.shape,
            common,
        )

    def __radd__(self, other: RationalMatrix) -> RationalMatrix:
        return self + other

    def __neg__(self) -> SparseMatrix:
        return self._with(-self.entries, self.denominator)

    def __rmul__(self, scalar: Any) -> SparseMatrix:
        factor = rational(scalar, "scalar")
        if factor == 0:
            return SparseMatrix.zeros(*self.shape)
        return self._with(self.entries * factor.numerator, self.denominator * factor.denominator)

    def _with(self, entries: ObjectArray, denominator: Any) -> SparseMatrix:
        """The matrix with other nonzero entries in the same places."""
        return SparseMatrix(self.shape, self.indptr, self.columns, entries, denominator)

    def scale_rows(self, factors: RationalMatrix) -> SparseMatrix:
        """Return the matrix with row i multiplied by entry i of a column of factors.

        >>> SparseMatrix.identity(2).scale_rows(RationalMatrix.of([[2], [0]])).dense()
        RationalMatrix([['2', '0'], ['0', '0']])
        """
        return SparseMatrix.from_triples(
            self.rows,
            self.columns,
            self.entries * factors.numerators[self.rows, 0],
            self.shape,
            self.denominator * factors.denominator,
        )

    def scale_columns(self, factors: RationalMatrix) -> SparseMatrix:
        """Return the matrix with column j multiplied by entry j of a row of factors, none of them zero.

        >>> SparseMatrix.identity(2).scale_columns(RationalMatrix.of([[2, 3]])).dense()
        RationalMatrix([['2', '0'], ['0', '3']])
        """
        return self._with(
            self.entries * factors.numerators[0][self.columns], self.denominator * factors.denominator
        )

    def primitive_rows(self) -> tuple[SparseMatrix, list[mpq]]:
        """Return the rows scaled by positive factors to primitive integer vectors, and the factors.

        >>> SparseMatrix.of_matrix(RationalMatrix.of([["1/2", 1], [0, 0]])).primitive_rows()[1]
        [mpq(2,1), mpq(1,1)]
        """
        bounds = self.indptr.tolist()
        entries, factors = self.entries.copy(), []
        for start, stop in itertools.pairwise(bounds):
            divisor = gcd(*entries[start:stop]) if start < stop else self.denominator
            if divisor != 1 and start < stop:
                entries[start:stop] //= divisor
            factors.append(mpq(self.denominator, divisor))
        return self._with(entries, 1), factors

    def absolute_times(self, sizes: ObjectArray) -> ObjectArray:
        """Return the product of the absolute values of the numerators with a vector."""
        return self._row_sums(np.abs(self.entries) * sizes[self.columns], 0, self.shape[0])

    def positive_part(self) -> SparseMatrix:
        """Return the entrywise maximum with zero."""
        return self._filtered((self.entries > 0).astype(bool))

    def negative_part(self) -> SparseMatrix:
        """Return the entrywise maximum of -W with zero."""
        return (-self).positive_part()

    def _filtered(self, mask: NDArray[np.bool_]) -> SparseMatrix:
        """The matrix of some of the nonzero entries."""
        return SparseMatrix(
            self.shape,
            _indptr(self.rows[mask], self.shape[0]),
            self.columns[mask],
            self.entries[mask],
            self.denominator,
        )

    def take_rows(self, rows: Any) -> SparseMatrix:
        """Return the matrix of the rows with the given indices (or boolean mask), in that order."""
        chosen = np.arange(self.shape[0])[_index(rows)]
        lengths = np.diff(self.indptr)[chosen]
        indptr = np.concatenate([[0], np.cumsum(lengths)])
        positions = np.repeat(self.indptr[chosen] - indptr[:-1], lengths) + np.arange(indptr[-1])
        return SparseMatrix(
            (len(chosen), self.shape[1]),
            indptr,
            self.columns[positions],
            self.entries[positions],
            self.denominator,
        )

    def take_columns(self, columns: Any) -> SparseMatrix:
        """Return the matrix of the columns with the given indices (or boolean mask), in that order."""
        chosen = np.arange(self.shape[1])[_index(columns)]
        if len(chosen) != len(np.unique(chosen)):
            return self.T.take_rows(chosen).T
        place = np.full(self.shape[1], -1, dtype=np.int64)
        place[chosen] = np.arange(len(chosen))
        mask = place[self.columns] >= 0
        return SparseMatrix.from_triples(
            self.rows[mask],
            place[self.columns[mask]],
            self.entries[mask],
            (self.shape[0], len(chosen)),
            self.denominator,
        )

    def hstack(self, other: RationalMatrix) -> SparseMatrix:
        """Return the block matrix (A | B)."""
        if self.shape[0] != other.shape[0]:
            raise ShapeError(f"Blocks of shapes {self.shape} and {other.shape} do not stand side by side.")
        return self.widened(self.shape[1] + other.shape[1]) + _shifted(other, 0, self.shape[1])  # type: ignore[return-value]

    def vstack(self, other: RationalMatrix) -> SparseMatrix:
        """Return the block matrix of A above B."""
        if self.shape[1] != other.shape[1]:
            raise ShapeError(
                f"Blocks of shapes {self.shape} and {other.shape} do not stand above each other."
            )
        below = SparseMatrix.of_matrix(other)
        common = lcm(self.denominator, below.denominator)
        return SparseMatrix(
            (self.shape[0] + below.shape[0], self.shape[1]),
            np.concatenate([self.indptr, self.indptr[-1] + below.indptr[1:]]),
            np.concatenate([self.columns, below.columns]),
            np.concatenate([m.entries * (common // m.denominator) for m in (self, below)]),
            common,
        )

    def widened(self, n_columns: int) -> SparseMatrix:
        """Return the block matrix (A | 0) with ``n_columns`` columns.

        >>> SparseMatrix.identity(1).widened(3).dense()
        RationalMatrix([['1', '0', '0']])
        """
        return SparseMatrix(
            (self.shape[0], n_columns), self.indptr, self.columns, self.entries, self.denominator
        )

    def apply(self, x: Sequence[mpq]) -> tuple[mpq, ...]:
        """Return the product with the vector ``x`` of exact rationals."""
        if len(x) != self.shape[1]:
            raise ShapeError(f"A matrix of shape {self.shape} takes {self.shape[1]} entries, not {len(x)}.")
        common = lcm(mpz(1), *(v.denominator for v in x))
        column = np.empty((len(x), 1), dtype=object)
        for i, v in enumerate(x):
            column[i, 0] = v.numerator * (common // v.denominator)
        denominator = common * self.denominator
        return tuple(mpq(value, denominator) for value in self._times_dense(column)[:, 0])

    def entry(self, i: int, j: int) -> mpq:
        """Return the entry in row ``i`` and column ``j``."""
        start, stop = self.indptr[i], self.indptr[i + 1]
        place = start + int(np.searchsorted(self.columns[start:stop], j))
        found = place < stop and self.columns[place] == j
        return mpq(self.entries[place], self.denominator) if found else mpq(0)

    def row(self, i: int) -> tuple[mpq, ...]:
        """Return row ``i``."""
        result = [mpq(0)] * self.shape[1]
        part = slice(self.indptr[i], self.indptr[i + 1])
        for j, value in zip(self.columns[part], self.entries[part], strict=True):
            result[j] = mpq(value, self.denominator)
        return tuple(result)

    def nonzero_floats(self) -> NDArray[np.float64]:
        """Return the nearest floats of the nonzero entries."""
        column = RationalMatrix(self.entries[:, None], self.denominator)  # denominator stays: lowest terms
        return column.to_floats()[:, 0]

    def to_floats(self) -> NDArray[np.float64]:
        """Return the nearest floats of all entries."""
        result = np.zeros(self.shape)
        result[self.rows, self.columns] = self.nonzero_floats()
        return result

    def nonzero(self) -> NDArray[np.bool_]:
        """Return the (m, n) boolean array of the entries that are not zero."""
        result = np.zeros(self.shape, dtype=bool)
        result[self.rows, self.columns] = True
        return result

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RationalMatrix):
            return NotImplemented
        if self.shape != other.shape or self.denominator != other.denominator:
            return False
        same = SparseMatrix.of_matrix(other)
        return (
            bool(np.array_equal(self.indptr, same.indptr))
            and bool(np.array_equal(self.columns, same.columns))
            and bool(np.all(self.entries == same.entries))
        )

    def __hash__(self) -> int:
        return hash((self.shape, self.denominator, self.columns.tobytes(), tuple(self.entries)))

    def __repr__(self) -> str:
        return f"SparseMatrix of shape {self.shape} with {self.n_nonzero} nonzero entries"


def economical(matrix: RationalMatrix) -> RationalMatrix:
    """Return the matrix in sparse form if it is large and mostly zero, else with all entries.

    >>> type(economical(RationalMatrix.identity(100))).__name__, type(economical(SparseMatrix.identity(2))).__name__
    ('SparseMatrix', 'RationalMatrix')
    """
    m, n = matrix.shape
    large = m * n >= 4096
    if isinstance(matrix, SparseMatrix):
        return matrix if large and 8 * matrix.n_nonzero <= m * n else matrix.dense()
    if not large or 8 * int(np.count_nonzero(matrix.nonzero())) > m * n:
        return matrix
    return SparseMatrix.of_matrix(matrix)


def _index(places: Any) -> NDArray[Any]:
    """Indices or a boolean mask as an array (of integers, if it is empty)."""
    array = np.asarray(places)
    return array if array.dtype == bool else array.astype(np.int64)


def _indptr(rows: NDArray[Any], n_rows: int) -> Indices:
    """The bounds of the rows, for ascending row indices."""
    return np.searchsorted(rows, np.arange(n_rows + 1)).astype(np.int64)


def _shifted(matrix: RationalMatrix, below: int, right: int) -> SparseMatrix:
    """The matrix with zero rows above and zero columns to the left of it."""
    sparse = SparseMatrix.of_matrix(matrix)
    return SparseMatrix.from_triples(
        sparse.rows + below,
        sparse.columns + right,
        sparse.entries,
        (sparse.shape[0] + below, sparse.shape[1] + right),
        sparse.denominator,
    )
