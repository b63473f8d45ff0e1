"""Exact matrices: integer numerators over one common denominator.

Products of such matrices are integer products; the denominators are multiplied once.  This is
several times faster than arithmetic on matrices of fractions, which reduces every term.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from gmpy2 import gcd, lcm, mpq, mpz
from numpy.typing import NDArray

from troppoly.arguments import Natural, checked
from troppoly.errors import NotFiniteError, ShapeError
from troppoly.exact.scalar import in_order, rational

__all__ = ["RationalMatrix"]

ObjectArray = NDArray[Any]
"""Arrays of dtype object, whose entries are ``mpz`` or ``mpq``."""

_ZERO = mpz(0)


class RationalMatrix:
    """An immutable matrix of rationals ``numerators / denominator`` in lowest terms.

    ``numerators`` is an (m, n) object array of ``mpz`` and ``denominator`` a positive ``mpz``,
    with no common factor of all numerators and the denominator, so that equal matrices have equal
    representations.

    >>> A = RationalMatrix.of([[1, "1/2"], [0.25, 0]])
    >>> A.denominator, (A @ A).entry(0, 0)
    (mpz(4), mpq(9,8))
    """

    __slots__ = ("denominator", "numerators")

    numerators: ObjectArray
    denominator: mpz

    def __init__(self, numerators: ObjectArray, denominator: Any = 1) -> None:
        if numerators.ndim != 2:
            raise ShapeError(f"A matrix has two axes, not the shape {numerators.shape}.")
        common = mpz(denominator)
        for entry in numerators.flat:
            if common == 1:
                break
            common = gcd(common, entry)
        if common != 1:
            numerators = numerators // common
        elif numerators.flags.writeable:
            numerators = numerators.copy()
        numerators.flags.writeable = False
        object.__setattr__(self, "numerators", numerators)
        object.__setattr__(self, "denominator", mpz(denominator) // common)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("A RationalMatrix is immutable.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("A RationalMatrix is immutable.")

    @classmethod
    @checked
    def of(cls, entries: Any, where: str = "matrix", columns: int | None = None) -> RationalMatrix:
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
        if isinstance(entries, RationalMatrix):
            matrix = entries
        else:
            if hasattr(entries, "detach"):
                entries = _tensor_to_array(entries)
            if isinstance(entries, np.ndarray) and entries.dtype.kind in "fiu":
                matrix = _from_numeric_array(entries, where)
            else:
                matrix = _from_rows(entries, where, columns)
        if columns is not None and matrix.shape[1] != columns:
            raise ShapeError(f"The {where} has shape {matrix.shape} where {columns} columns are needed.")
        return matrix

    @classmethod
    def from_rationals(cls, entries: ObjectArray) -> RationalMatrix:
        """Return the matrix of an (m, n) object array of ``mpq``.

        >>> RationalMatrix.from_rationals(np.array([[mpq(1, 2), mpq(1, 3)]])).denominator
        mpz(6)
        """
        common = mpz(1)
        for entry in entries.flat:
            common = lcm(common, entry.denominator)
        numerators = np.empty(entries.shape, dtype=object)
        flat = numerators.reshape(-1)
        for position, entry in enumerate(entries.flat):
            flat[position] = entry.numerator * (common // entry.denominator)
        return cls(numerators, common)

    @classmethod
    @checked
    def zeros(cls, rows: Natural, columns: Natural) -> RationalMatrix:
        """Return the zero matrix of the given shape.

        >>> RationalMatrix.zeros(0, 2).shape
        (0, 2)
        """
        return cls(np.full((rows, columns), _ZERO, dtype=object))

    @classmethod
    @checked
    def identity(cls, size: Natural) -> RationalMatrix:
        """Return the identity matrix.

        >>> RationalMatrix.identity(2) @ RationalMatrix.of([[1, 2], [3, 4]])
        RationalMatrix([['1', '2'], ['3', '4']])
        """
        numerators = np.full((size, size), _ZERO, dtype=object)
        for i in range(size):
            numerators[i, i] = mpz(1)
        return cls(numerators)

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and columns."""
        return cast("tuple[int, int]", self.numerators.shape)

    @property
    def T(self) -> RationalMatrix:
        """The transpose."""
        return RationalMatrix(self.numerators.T, self.denominator)

    def __matmul__(self, other: RationalMatrix) -> RationalMatrix:
        if self.shape[1] != other.shape[0]:
            raise ShapeError(f"Matrices of shapes {self.shape} and {other.shape} have no product.")
        if self.shape[1] == 0:
            return RationalMatrix.zeros(self.shape[0], other.shape[1])
        return RationalMatrix(self.numerators @ other.numerators, self.denominator * other.denominator)

    def __add__(self, other: RationalMatrix) -> RationalMatrix:
        if self.shape != other.shape:
            raise ShapeError(f"Matrices of shapes {self.shape} and {other.shape} have no sum.")
        common = lcm(self.denominator, other.denominator)
        return RationalMatrix(
            self.numerators * (common // self.denominator) + other.numerators * (common // other.denominator),
            common,
        )

    def __neg__(self) -> RationalMatrix:
        return RationalMatrix(-self.numerators, self.denominator)

    def __sub__(self, other: RationalMatrix) -> RationalMatrix:
        return self + (-other)

    def __rmul__(self, scalar: Any) -> RationalMatrix:
        factor = rational(scalar, "scalar")
        return RationalMatrix(self.numerators * factor.numerator, self.denominator * factor.denominator)

    def positive_part(self) -> RationalMatrix:
        """Return the entrywise maximum with zero, W+ of W = W+ - W-.

        >>> RationalMatrix.of([[1, -2]]).positive_part()
        RationalMatrix([['1', '0']])
        """
        return RationalMatrix(np.where(self.numerators > 0, self.numerators, _ZERO), self.denominator)

    def negative_part(self) -> RationalMatrix:
        """Return the entrywise maximum of -W with zero, W- of W = W+ - W-.

        >>> RationalMatrix.of([[1, -2]]).negative_part()
        RationalMatrix([['0', '2']])
        """
        return (-self).positive_part()

    def take_rows(self, rows: Any) -> RationalMatrix:
        """Return the matrix of the rows with the given indices (or boolean mask), in that order."""
        return RationalMatrix(self.numerators[_indices(rows), :], self.denominator)

    def take_columns(self, columns: Any) -> RationalMatrix:
        """Return the matrix of the columns with the given indices (or boolean mask), in that order."""
        return RationalMatrix(self.numerators[:, _indices(columns)], self.denominator)

    @checked
    def hstack(self, other: RationalMatrix) -> RationalMatrix:
        """Return the block matrix (A | B).

        >>> RationalMatrix.identity(1).hstack(RationalMatrix.of([["1/2"]]))
        RationalMatrix([['1', '1/2']])
        """
        if self.shape[0] != other.shape[0]:
            raise ShapeError(f"Blocks of shapes {self.shape} and {other.shape} do not stand side by side.")
        common = lcm(self.denominator, other.denominator)
        blocks = [m.numerators * (common // m.denominator) for m in (self, other)]
        return RationalMatrix(np.concatenate(blocks, axis=1), common)

    @checked
    def vstack(self, other: RationalMatrix) -> RationalMatrix:
        """Return the block matrix of A above B.

        >>> RationalMatrix.identity(1).vstack(RationalMatrix.of([["1/2"]]))
        RationalMatrix([['1'], ['1/2']])
        """
        if self.shape[1] != other.shape[1]:
            raise ShapeError(
                f"Blocks of shapes {self.shape} and {other.shape} do not stand above each other."
            )
        return self.T.hstack(other.T).T

    def apply(self, x: Sequence[mpq]) -> tuple[mpq, ...]:
        """Return the product with the vector ``x`` of exact rationals.

        >>> RationalMatrix.of([[1, 2]]).apply([mpq(1), mpq(1, 2)])
        (mpq(2,1),)
        """
        if len(x) != self.shape[1]:
            raise ShapeError(f"A matrix of shape {self.shape} takes {self.shape[1]} entries, not {len(x)}.")
        if not x:
            return (mpq(0),) * self.shape[0]
        common = lcm(*(v.denominator for v in x))
        column = np.empty(len(x), dtype=object)
        for i, v in enumerate(x):
            column[i] = v.numerator * (common // v.denominator)
        denominator = common * self.denominator
        return tuple(mpq(value, denominator) for value in self.numerators @ column)

    def entry(self, i: int, j: int) -> mpq:
        """Return the entry in row ``i`` and column ``j``."""
        return mpq(self.numerators[i, j], self.denominator)

    def row(self, i: int) -> tuple[mpq, ...]:
        """Return row ``i``.

        >>> RationalMatrix.of([[1, "1/2"]]).row(0)
        (mpq(1,1), mpq(1,2))
        """
        return tuple(mpq(v, self.denominator) for v in self.numerators[i])

    def to_rationals(self) -> ObjectArray:
        """Return the entries as an (m, n) object array of ``mpq``."""
        result = np.empty(self.shape, dtype=object)
        flat = result.reshape(-1)
        for position, value in enumerate(self.numerators.flat):
            flat[position] = mpq(value, self.denominator)
        return result

    def to_floats(self) -> NDArray[np.float64]:
        """Return the nearest floats of the entries (infinite beyond the range of floats).

        >>> RationalMatrix.of([["1/3"]]).to_floats()
        array([[0.33333333]])
        """
        result = np.empty(self.shape)
        flat = result.reshape(-1)
        denominator = int(self.denominator)
        for position, value in enumerate(self.numerators.flat):
            flat[position] = _nearest_float(int(value), denominator)
        return result

    def nonzero(self) -> NDArray[np.bool_]:
        """Return the (m, n) boolean array of the entries that are not zero."""
        return cast("NDArray[np.bool_]", (self.numerators != 0).astype(bool))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RationalMatrix):
            return NotImplemented
        return (
            self.shape == other.shape
            and self.denominator == other.denominator
            and bool(np.all(self.numerators == other.numerators))
        )

    def __reduce__(self) -> tuple[type[RationalMatrix], tuple[ObjectArray, mpz]]:
        return RationalMatrix, (self.numerators, self.denominator)

    def __hash__(self) -> int:
        _, columns = rows_and_columns = np.nonzero(self.nonzero())  # what sparse matrices hash, too
        entries = tuple(self.numerators[rows_and_columns])
        return hash((self.shape, self.denominator, columns.astype(np.int64).tobytes(), entries))

    def __repr__(self) -> str:
        if self.numerators.size > 36:
            return f"RationalMatrix of shape {self.shape}"
        rows = [[str(mpq(v, self.denominator)) for v in row] for row in self.numerators]
        return f"RationalMatrix({rows})"


def _indices(selection: Any) -> NDArray[Any]:
    """A selection of rows or columns: a mask, or indices (an empty list is one of indices)."""
    array = np.asarray(selection)
    return array if array.dtype == bool else array.astype(np.intp)


def _nearest_float(numerator: int, denominator: int) -> float:
    """Numerator / denominator correctly rounded; Python's integer division is."""
    try:
        return numerator / denominator
    except OverflowError:
        return float("inf") if numerator > 0 else float("-inf")


def _tensor_to_array(tensor: Any) -> NDArray[Any]:
    """A torch tensor as a NumPy array of the same values (bfloat16 by way of float32, lossless)."""
    tensor = tensor.detach().cpu()
    if str(tensor.dtype) == "torch.bfloat16":
        tensor = tensor.float()
    return cast("NDArray[Any]", tensor.numpy())


def _from_numeric_array(entries: NDArray[Any], where: str) -> RationalMatrix:
    """Floats as mantissa times a power of two, over the least power of two that is needed."""
    if entries.ndim != 2:
        raise ShapeError(f"The {where} has shape {entries.shape} where a matrix (two axes) is needed.")
    numerators = np.empty(entries.shape, dtype=object)
    flat = numerators.reshape(-1)
    if entries.dtype.kind in "iu":
        for position, value in enumerate(entries.ravel().tolist()):
            flat[position] = mpz(value)
        return RationalMatrix(numerators)
    if entries.dtype.itemsize > 8:
        return _from_rows([list(row) for row in entries], where, entries.shape[1])
    finite = np.isfinite(entries)
    if not finite.all():
        i, j = np.argwhere(~finite)[0]
        raise NotFiniteError(
            f"The {where}, entry ({i}, {j}) is {entries[i, j]}, which is not a rational number."
        )
    mantissas, exponents = np.frexp(entries.astype(np.float64).ravel())
    integers = np.ldexp(mantissas, 53).astype(np.int64)
    shifts = exponents.astype(np.int64) - 53
    low = min(0, int(shifts.min(initial=0)))
    for position, (value, shift) in enumerate(zip(integers.tolist(), shifts.tolist(), strict=True)):
        flat[position] = mpz(value) << (shift - low) if value else _ZERO
    return RationalMatrix(numerators, mpz(1) << -low)


def _from_rows(entries: Any, where: str, columns: int | None) -> RationalMatrix:
    """A nested sequence, entry by entry."""
    try:
        rows = [list(in_order(row, where)) for row in in_order(entries, where)]
    except (TypeError, ShapeError) as error:
        raise ShapeError(f"The {where} must be a matrix: a sequence of rows of numbers.") from error
    width = len(rows[0]) if rows else (columns or 0)
    result = np.empty((len(rows), width), dtype=object)
    for i, row in enumerate(rows):
        if len(row) != width:
            raise ShapeError(f"The {where} is ragged: row {i} has {len(row)} entries, row 0 has {width}.")
        for j, value in enumerate(row):
            result[i, j] = rational(value, f"{where}, entry ({i}, {j})")
    return RationalMatrix.from_rationals(result)
