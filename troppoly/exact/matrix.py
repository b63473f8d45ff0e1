"""Exact matrices: integer numerators over one common denominator, all of them or those that are not zero.

Products of such matrices are integer products; the denominators are multiplied once.  This is several times faster
than arithmetic on matrices of fractions, which reduces every term.  A convolution of a large image has few nonzero
weights in every row: products, sums and blocks of sparse matrices are sparse, and only ``numerators`` and what says
that it does write all entries out.
"""

# The abstract class documents the methods of both.
# ruff: noqa: D102

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, Self, cast, final

import numpy as np
from flint import fmpz_mat
from gmpy2 import gcd, lcm, mpq, mpz
from numpy.typing import NDArray

from troppoly.arguments import Natural, checked
from troppoly.errors import BudgetError, ShapeError
from troppoly.exact import modular
from troppoly.exact.pattern import Indices, Pattern
from troppoly.exact.products import SparseWeights, Weights
from troppoly.exact.reading import over_common_denominator, read_numbers
from troppoly.exact.scalar import ObjectArray, rational

__all__ = ["DenseMatrix", "RationalMatrix", "SparseMatrix", "from_flint", "to_flint"]

LARGEST_DENSE = 2**27
"""The most entries that a sparse matrix is written out with (a gigabyte of references)."""

_ZERO = mpz(0)


class RationalMatrix(ABC):
    """An immutable matrix of rationals, in lowest terms: a :class:`DenseMatrix` or a :class:`SparseMatrix`.

    It is ``numerators / denominator``: an (m, n) object array of ``mpz``, and a positive ``mpz`` that has no common factor
    with all of them.  Matrices with the same entries are equal, whatever their class.  Indexing, iteration and
    ``numpy.array(A)`` are those of the array of the exact entries (``mpq``).

    >>> A = RationalMatrix.of([[1, "1/2"], [0.25, 0]])
    >>> A.denominator, (A @ A)[0, 0], A[1].tolist()
    (mpz(4), mpq(9,8), [mpq(1,4), mpq(0,1)])
    """

    __slots__ = ("denominator", "entries", "shape")
    __array_ufunc__ = None  # an array on the left leaves the operation to the matrix

    shape: tuple[int, int]
    entries: ObjectArray
    denominator: mpz

    def _set(self, **values: Any) -> None:
        """Store the entries over the denominator in lowest terms, read-only, and other values."""
        entries, denominator = values["entries"], mpz(values["denominator"])
        common = denominator
        for entry in entries.flat:
            if common == 1:
                break
            common = gcd(common, entry)
        if common != 1:
            entries = entries // common
        elif entries.flags.writeable:
            entries = entries.copy()
        entries.flags.writeable = False
        for name, value in (values | {"entries": entries, "denominator": denominator // common}).items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("A RationalMatrix is immutable.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("A RationalMatrix is immutable.")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @classmethod
    @checked
    def of(cls, entries: Any, where: str = "matrix", columns: int | None = None) -> Self:
        """Return the exact matrix of a nested sequence, NumPy array, torch tensor or Sage matrix.

        ``columns`` is the number of columns that is needed (it also tells the width of a matrix
        without rows).  Raises ShapeError for ragged rows, a wrong number of axes or of columns,
        and NotFiniteError for NaN and infinities; the entry is named by its row and column.

        >>> RationalMatrix.of([[0.1]]).denominator == 2**55
        True
        >>> RationalMatrix.of([[1, 2], [3, float("inf")]], where="weight of layer '0'")
        Traceback (most recent call last):
        ...
        troppoly.errors.NotFiniteError: The weight of layer '0', entry (1, 1) is inf, which is not a rational number.
        """
        matrix = entries
        if not isinstance(entries, RationalMatrix):
            matrix = DenseMatrix(*read_numbers(entries, where, columns))
        if columns is not None and matrix.shape[1] != columns:
            raise ShapeError(f"The {where} has shape {matrix.shape} where {columns} columns are needed.")
        return cls._cast(matrix)

    @classmethod
    def from_rationals(cls, entries: ObjectArray) -> Self:
        """Return the matrix of an (m, n) object array of ``mpq``.

        >>> RationalMatrix.from_rationals(np.array([[mpq(1, 2), mpq(1, 3)]])).denominator
        mpz(6)
        """
        return cls._cast(DenseMatrix(*over_common_denominator(entries)))

    @classmethod
    @checked
    def zeros(cls, rows: Natural, columns: Natural) -> Self:
        """Return the zero matrix of the given shape.

        >>> RationalMatrix.zeros(0, 2).shape
        (0, 2)
        """
        return cls._cast(DenseMatrix(np.full((rows, columns), _ZERO, dtype=object)))

    @classmethod
    @checked
    def identity(cls, size: Natural) -> Self:
        """Return the identity matrix.

        >>> RationalMatrix.identity(2) @ RationalMatrix.of([[1, 2], [3, 4]])
        RationalMatrix([['1', '2'], ['3', '4']])
        """
        numerators = np.full((size, size), _ZERO, dtype=object)
        np.fill_diagonal(numerators, mpz(1))
        return cls._cast(DenseMatrix(numerators))

    @classmethod
    def _cast(cls, matrix: RationalMatrix) -> Self:
        """The matrix in the form that this class stores."""
        return cast("Self", matrix)

    @property
    @abstractmethod
    def numerators(self) -> ObjectArray:
        """The (m, n) array of all numerators, written out; BudgetError if there are too many."""

    @abstractmethod
    def _with(self, entries: ObjectArray, denominator: Any) -> Self:
        """The matrix with other entries in the same places."""

    @property
    @abstractmethod
    def T(self) -> Self:
        """The transpose."""

    @abstractmethod
    def dense(self) -> DenseMatrix:
        """Return the same matrix with all entries written out."""

    @abstractmethod
    def sparse(self) -> SparseMatrix:
        """Return the same matrix in sparse form."""

    @abstractmethod
    def take_rows(self, rows: Any) -> Self:
        """Return the matrix of the rows with the given indices (or boolean mask), in that order."""

    @abstractmethod
    def take_columns(self, columns: Any) -> Self:
        """Return the matrix of the columns with the given indices (or boolean mask), in that order."""

    @abstractmethod
    def entry(self, i: int, j: int) -> mpq:
        """Return the entry in row ``i`` and column ``j``."""

    @abstractmethod
    def to_floats(self) -> NDArray[np.float64]:
        """Return the nearest floats of the entries (infinite beyond the range of floats).

        >>> RationalMatrix.of([["1/3"]]).to_floats()
        array([[0.33333333]])
        """

    @abstractmethod
    def float_weights(self) -> Weights:
        """Return the transpose of the nearest floats, as the right factor of products with rows of floats."""

    @abstractmethod
    def residue_weights(self, count: int) -> Weights:
        """Return the residues (count, n, m) of the transpose of the numerators, modulo ``count`` primes."""

    @abstractmethod
    def nonzero(self) -> NDArray[np.bool_]:
        """Return the (m, n) boolean array of the entries that are not zero."""

    @abstractmethod
    def nonzero_columns(self) -> NDArray[np.bool_]:
        """Return for every column whether it has an entry that is not zero.

        >>> RationalMatrix.of([[0, 1], [0, 2]]).nonzero_columns()
        array([False,  True])
        """

    @abstractmethod
    def _times(self, numerators: ObjectArray) -> ObjectArray:
        """The numerators of the product with those of a dense matrix."""

    @property
    def n_nonzero(self) -> int:
        """The number of entries that are not zero."""
        return int(np.count_nonzero(self.entries))

    def economical(self) -> RationalMatrix:
        """Return the matrix in sparse form if it is large and mostly zero, else with all entries.

        >>> type(RationalMatrix.identity(100).economical()).__name__
        'SparseMatrix'
        """
        size = self.shape[0] * self.shape[1]
        return self.sparse() if size >= 4096 and 8 * self.n_nonzero <= size else self.dense()

    def nonzero_rows(self) -> Iterator[tuple[Indices, ObjectArray]]:
        """Yield for every row the columns and the numerators of its nonzero entries.

        >>> [(columns.tolist(), entries.tolist()) for columns, entries in RationalMatrix.of([[0, 3], [0, 0]]).nonzero_rows()]
        [([1], [mpz(3)]), ([], [])]
        """
        sparse = self.sparse()
        for start, stop in itertools.pairwise(sparse.indptr.tolist()):
            yield sparse.columns[start:stop], sparse.entries[start:stop]

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
        lengths = np.diff(right.indptr)[left.columns]
        positions = right.pattern.positions(left.columns)
        return SparseMatrix.from_triples(
            np.repeat(left.rows, lengths),
            right.columns[positions],
            np.repeat(left.entries, lengths) * right.entries[positions],
            (self.shape[0], other.shape[1]),
            denominator,
        )

    def __add__(self, other: RationalMatrix) -> RationalMatrix:
        if not isinstance(other, RationalMatrix):
            return NotImplemented
        if self.shape != other.shape:
            raise ShapeError(f"Matrices of shapes {self.shape} and {other.shape} have no sum.")
        if isinstance(self, DenseMatrix) or isinstance(other, DenseMatrix):
            common = lcm(self.denominator, other.denominator)
            one, two = (m.numerators * (common // m.denominator) for m in (self, other))
            return DenseMatrix(one + two, common)
        return _joined(self, other, (0, 0), self.shape)

    def __neg__(self) -> Self:
        return self._with(-self.entries, self.denominator)

    def __abs__(self) -> Self:
        return self._with(np.abs(self.entries), self.denominator)

    def __sub__(self, other: RationalMatrix) -> RationalMatrix:
        return self + (-other) if isinstance(other, RationalMatrix) else NotImplemented

    def __mul__(self, scalar: Any) -> Self:
        factor = rational(scalar, "scalar")
        return self._with(self.entries * factor.numerator, self.denominator * factor.denominator)

    __rmul__ = __mul__

    def positive_part(self) -> Self:
        """Return the entrywise maximum with zero, W+ of W = W+ - W-.

        >>> RationalMatrix.of([[1, -2]]).positive_part()
        RationalMatrix([['1', '0']])
        """
        return self._with(np.maximum(self.entries, _ZERO), self.denominator)

    def negative_part(self) -> Self:
        """Return the entrywise maximum of -W with zero, W- of W = W+ - W-.

        >>> RationalMatrix.of([[1, -2]]).negative_part()
        RationalMatrix([['0', '2']])
        """
        return (-self).positive_part()

    @checked
    def hstack(self, other: RationalMatrix) -> RationalMatrix:
        """Return the block matrix (A | B), which is sparse if a block is.

        >>> RationalMatrix.identity(1).hstack(RationalMatrix.of([["1/2"]]))
        RationalMatrix([['1', '1/2']])
        """
        return self._stacked(other, 1, "side by side")

    @checked
    def vstack(self, other: RationalMatrix) -> RationalMatrix:
        """Return the block matrix of A above B, which is sparse if a block is.

        >>> RationalMatrix.identity(1).vstack(RationalMatrix.of([["1/2"]]))
        RationalMatrix([['1'], ['1/2']])
        """
        return self._stacked(other, 0, "above each other")

    def _stacked(self, other: RationalMatrix, axis: int, how: str) -> RationalMatrix:
        if self.shape[1 - axis] != other.shape[1 - axis]:
            raise ShapeError(f"Blocks of shapes {self.shape} and {other.shape} do not stand {how}.")
        if isinstance(self, DenseMatrix) and isinstance(other, DenseMatrix):
            common = lcm(self.denominator, other.denominator)
            blocks = [m.entries * (common // m.denominator) for m in (self, other)]
            return DenseMatrix(np.concatenate(blocks, axis), common)
        (m, n), (p, q) = self.shape, other.shape
        return _joined(self, other, *(((m, 0), (m + p, n)) if axis == 0 else ((0, n), (m, n + q))))

    def apply(self, x: Sequence[mpq]) -> tuple[mpq, ...]:
        """Return the product with the vector ``x`` of exact rationals.

        >>> RationalMatrix.of([[1, 2]]).apply([mpq(1), mpq(1, 2)])
        (mpq(2,1),)
        """
        if len(x) != self.shape[1]:
            raise ShapeError(f"A matrix of shape {self.shape} takes {self.shape[1]} entries, not {len(x)}.")
        column, common = over_common_denominator(np.fromiter(x, dtype=object, count=len(x))[:, None])
        denominator = common * self.denominator
        return tuple(mpq(value, denominator) for value in self._times(column)[:, 0])

    def absolute_times(self, sizes: ObjectArray) -> ObjectArray:
        """Return the product of the absolute values of the numerators with a vector.

        >>> RationalMatrix.of([[1, -2]]).absolute_times(np.array([mpz(1), mpz(1)], dtype=object))
        array([mpz(3)], dtype=object)
        """
        return abs(self)._times(sizes[:, None])[:, 0]

    def row(self, i: int) -> tuple[mpq, ...]:
        """Return row ``i``.

        >>> RationalMatrix.of([[1, "1/2"]]).row(0)
        (mpq(1,1), mpq(1,2))
        """
        return tuple(self[i])

    def to_rationals(self) -> ObjectArray:
        """Return the entries as an (m, n) object array of ``mpq``."""
        entries: ObjectArray = self.dense()[:]
        return entries

    def _float_entries(self) -> NDArray[np.float64]:
        """The nearest floats of the stored entries; Python's integer division rounds correctly."""
        denominator = int(self.denominator)
        floats = (_nearest_float(int(value), denominator) for value in self.entries.flat)
        return np.fromiter(floats, dtype=np.float64, count=self.entries.size).reshape(self.entries.shape)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("The array of a RationalMatrix is always a copy.")
        if dtype is not None and np.dtype(dtype).kind == "f":
            return self.to_floats().astype(dtype)
        return self.to_rationals().astype(object if dtype is None else dtype)

    def tolist(self) -> list[list[mpq]]:
        """Return the rows as lists.

        >>> RationalMatrix.of([[1, "1/2"]]).tolist()
        [[mpq(1,1), mpq(1,2)]]
        """
        return cast("list[list[mpq]]", self.to_rationals().tolist())

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[ObjectArray]:
        return (self[i] for i in range(len(self)))

    @abstractmethod
    def __getitem__(self, key: Any) -> Any:
        """Return the entry, row or part that the array of the entries has there.

        >>> RationalMatrix.of([[1, 2], [3, 4]])[:, 1]
        array([mpq(2,1), mpq(4,1)], dtype=object)
        """

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RationalMatrix):
            return NotImplemented
        if self.shape != other.shape or self.denominator != other.denominator:
            return False
        if isinstance(self, DenseMatrix) and isinstance(other, DenseMatrix):
            return bool(np.all(self.entries == other.entries))
        one, two = self.sparse(), other.sparse()
        return one.pattern == two.pattern and bool(np.all(one.entries == two.entries))

    def __hash__(self) -> int:
        sparse = self.sparse()
        return hash((self.denominator, sparse.pattern, tuple(sparse.entries)))

    def __repr__(self) -> str:
        if self.shape[0] * self.shape[1] > 36:
            return f"RationalMatrix of shape {self.shape} with {self.n_nonzero} nonzero entries"
        return f"RationalMatrix({[[str(v) for v in row] for row in self.tolist()]})"


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
        self._set(shape=numerators.shape, entries=numerators, denominator=denominator)

    def __reduce__(self) -> Any:
        return DenseMatrix, (self.entries, self.denominator)

    def __getitem__(self, key: Any) -> Any:
        part = self.entries[key]
        if not isinstance(part, np.ndarray):
            return mpq(part, self.denominator)
        values = (mpq(value, self.denominator) for value in part.flat)
        return np.fromiter(values, dtype=object, count=part.size).reshape(part.shape)

    @classmethod
    def _cast(cls, matrix: RationalMatrix) -> DenseMatrix:
        return matrix.dense()

    @property
    def numerators(self) -> ObjectArray:
        return self.entries

    def _with(self, entries: ObjectArray, denominator: Any) -> DenseMatrix:
        return DenseMatrix(entries, denominator)

    @property
    def T(self) -> DenseMatrix:
        return DenseMatrix(self.entries.T, self.denominator)

    def dense(self) -> DenseMatrix:
        return self

    def sparse(self) -> SparseMatrix:
        rows, columns = np.nonzero(self.entries)
        pattern = Pattern.of_rows(self.shape, rows, columns)
        return SparseMatrix(pattern, self.entries[rows, columns], self.denominator)

    def take_rows(self, rows: Any) -> DenseMatrix:
        return DenseMatrix(self.entries[_indices(rows)], self.denominator)

    def take_columns(self, columns: Any) -> DenseMatrix:
        return DenseMatrix(self.entries[:, _indices(columns)], self.denominator)

    def entry(self, i: int, j: int) -> mpq:
        return mpq(self.entries[i, j], self.denominator)

    def to_floats(self) -> NDArray[np.float64]:
        return self._float_entries()

    def float_weights(self) -> Weights:
        return self.to_floats().T

    def residue_weights(self, count: int) -> Weights:
        return modular.residues(self.entries.T, count)

    def nonzero(self) -> NDArray[np.bool_]:
        return cast("NDArray[np.bool_]", self.entries.astype(bool))

    def nonzero_columns(self) -> NDArray[np.bool_]:
        return np.asarray(self.nonzero().any(axis=0))

    def _times(self, numerators: ObjectArray) -> ObjectArray:
        (m, n), p = self.shape, numerators.shape[1]
        if n == 0:
            return np.full((m, p), _ZERO, dtype=object)
        if m * n * p > 16 * (m * n + n * p + m * p):  # then the conversions are worth it
            return from_flint(to_flint(self.entries) * to_flint(numerators))
        return self.entries @ numerators


@final
class SparseMatrix(RationalMatrix):
    """A matrix of rationals of which only the entries that are not zero are stored.

    The nonzero numerators of row i are ``entries[indptr[i]:indptr[i + 1]]``, in the ``columns`` with the
    same positions, which ascend.

    >>> A = SparseMatrix.from_triples([0, 1, 1], [2, 0, 2], [mpz(3), mpz(-1), mpz(2)], (2, 3), denominator=2)
    >>> A == RationalMatrix.of([[0, 0, "3/2"], ["-1/2", 0, 1]]), (A @ A.T).to_floats()[1]
    (True, array([1.5 , 1.25]))
    """

    __slots__ = ("pattern",)

    pattern: Pattern

    def __init__(self, pattern: Pattern, entries: ObjectArray, denominator: Any = 1) -> None:
        self._set(shape=pattern.shape, pattern=pattern, entries=entries, denominator=denominator)

    def __reduce__(self) -> Any:
        return SparseMatrix, (self.pattern, self.entries, self.denominator)

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
        rows, columns = np.divmod(keys, max(shape[1], 1))
        pattern = Pattern.of_rows((int(shape[0]), int(shape[1])), rows, columns)
        return _without_zeros(pattern, entries, denominator)

    @classmethod
    @checked
    def zeros(cls, rows: Natural, columns: Natural) -> SparseMatrix:
        """Return the zero matrix of the given shape."""
        return cls.from_triples([], [], [], (rows, columns))

    @classmethod
    @checked
    def identity(cls, size: Natural) -> SparseMatrix:
        """Return the identity matrix."""
        return cls.selection(np.arange(size), size)

    @classmethod
    def selection(cls, columns: Any, n_columns: int, factors: Sequence[mpq] | None = None) -> SparseMatrix:
        """Return the matrix whose row i is 1 (or ``factors[i]``) in column ``columns[i]`` and 0 elsewhere.

        >>> SparseMatrix.selection([2, 0], 3)
        RationalMatrix([['0', '0', '1'], ['1', '0', '0']])
        """
        n = len(columns)
        if factors is None:
            return cls(Pattern((n, n_columns), np.arange(n + 1), columns), np.full(n, mpz(1), dtype=object))
        values: ObjectArray = np.empty(n, dtype=object)
        values[:] = factors
        entries, denominator = over_common_denominator(values)
        return cls.from_triples(np.arange(n), columns, entries, (n, n_columns), denominator)

    @classmethod
    def diagonal(cls, factors: Sequence[mpq]) -> SparseMatrix:
        """Return the square matrix with these numbers on its diagonal.

        >>> SparseMatrix.diagonal([mpq(2), mpq(0)])
        RationalMatrix([['2', '0'], ['0', '0']])
        """
        return cls.selection(np.arange(len(factors)), len(factors), factors)

    @classmethod
    def _cast(cls, matrix: RationalMatrix) -> SparseMatrix:
        return matrix.sparse()

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

    @property
    def numerators(self) -> ObjectArray:
        return self._scattered(self.entries, _ZERO, object)

    def _scattered(self, entries: NDArray[Any], zero: Any, dtype: Any) -> NDArray[Any]:
        """The (m, n) array with these entries, read-only."""
        if self.shape[0] * self.shape[1] > LARGEST_DENSE:
            raise BudgetError(f"A sparse matrix of shape {self.shape} is too large to be written out.")
        result = np.full(self.shape, zero, dtype=dtype)
        result[self.rows, self.columns] = entries
        result.flags.writeable = False
        return result

    def _with(self, entries: ObjectArray, denominator: Any) -> SparseMatrix:
        return _without_zeros(self.pattern, entries, denominator)

    @property
    def T(self) -> SparseMatrix:
        pattern, order = self.pattern.transposed
        return SparseMatrix(pattern, self.entries[order], self.denominator)

    def dense(self) -> DenseMatrix:
        return DenseMatrix(self.numerators, self.denominator)

    def sparse(self) -> SparseMatrix:
        return self

    def take_rows(self, rows: Any) -> SparseMatrix:
        chosen = np.arange(self.shape[0])[_indices(rows)]
        positions = self.pattern.positions(chosen)
        indptr = np.concatenate([[0], np.cumsum(np.diff(self.indptr)[chosen])])
        pattern = Pattern((len(chosen), self.shape[1]), indptr, self.columns[positions])
        return SparseMatrix(pattern, self.entries[positions], self.denominator)

    def take_columns(self, columns: Any) -> SparseMatrix:
        return self.T.take_rows(columns).T

    def entry(self, i: int, j: int) -> mpq:
        return self[i, j]

    def to_floats(self) -> NDArray[np.float64]:
        return self._scattered(self._float_entries(), 0.0, np.float64)

    def float_weights(self) -> Weights:
        return SparseWeights(self.pattern, self._float_entries()[None])

    def residue_weights(self, count: int) -> Weights:
        return SparseWeights(self.pattern, modular.residues(self.entries, count), modular=True)

    def nonzero(self) -> NDArray[np.bool_]:
        return self._scattered(np.ones(len(self.entries), dtype=bool), False, np.bool_)

    def nonzero_columns(self) -> NDArray[np.bool_]:
        return np.bincount(self.columns, minlength=self.shape[1]) > 0

    def _times(self, numerators: ObjectArray) -> ObjectArray:
        p = numerators.shape[1]
        result = np.full((self.shape[0], p), _ZERO, dtype=object)
        for part, filled, starts in self.pattern.blocks(p):
            products = self.entries[part, None] * numerators[self.columns[part]]
            if len(filled):
                result[filled] = np.add.reduceat(products, starts, axis=0)
        return result

    def widened(self, n_columns: int) -> SparseMatrix:
        """Return the block matrix (A | 0) with ``n_columns`` columns.

        >>> SparseMatrix.identity(1).widened(3)
        RationalMatrix([['1', '0', '0']])
        """
        pattern = Pattern((self.shape[0], n_columns), self.indptr, self.columns)
        return SparseMatrix(pattern, self.entries, self.denominator)


def to_flint(numerators: ObjectArray) -> fmpz_mat:
    """Return an (m, n) array of integers as a matrix of FLINT's."""
    return fmpz_mat(*numerators.shape, [int(v) for v in numerators.flat])


def from_flint(matrix: fmpz_mat) -> ObjectArray:
    """Return the entries of a matrix of FLINT's.

    >>> from_flint(fmpz_mat([[1, 2]]))
    array([[mpz(1), mpz(2)]], dtype=object)
    """
    entries = np.fromiter((mpz(int(v)) for v in matrix.entries()), dtype=object)
    return entries.reshape(matrix.nrows(), matrix.ncols())


def _indices(selection: Any) -> NDArray[Any]:
    """A selection of rows or columns: a mask, or indices (an empty list is one of indices)."""
    array = np.asarray(selection)
    return array if array.dtype == bool else array.astype(np.intp)


def _nearest_float(numerator: int, denominator: int) -> float:
    try:
        return numerator / denominator
    except OverflowError:
        return float("inf") if numerator > 0 else float("-inf")


def _without_zeros(pattern: Pattern, entries: ObjectArray, denominator: Any) -> SparseMatrix:
    """The sparse matrix with these entries, some of which may be zero."""
    kept = entries.astype(bool)
    if not kept.all():
        pattern = Pattern.of_rows(pattern.shape, pattern.rows[kept], pattern.columns[kept])
        entries = entries[kept]
    return SparseMatrix(pattern, entries, denominator)


def _joined(one: RationalMatrix, two: RationalMatrix, place: tuple[int, int], shape: tuple[int, int]) -> SparseMatrix:
    """The sum of two matrices in sparse form, the second moved to ``place``, in a matrix of this shape."""
    a, b, common = one.sparse(), two.sparse(), lcm(one.denominator, two.denominator)
    return SparseMatrix.from_triples(
        np.concatenate([a.rows, b.rows + place[0]]),
        np.concatenate([a.columns, b.columns + place[1]]),
        np.concatenate([m.entries * (common // m.denominator) for m in (a, b)]),
        shape,
        common,
    )
