"""Numbers over one common denominator in the places of a matrix, and what is done with them entry by entry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from gmpy2 import gcd, mpq, mpz
from numpy.typing import NDArray

from troppoly.errors import ShapeError
from troppoly.exact.integers import IntegerArray, Words, as_mpz, as_words, times
from troppoly.exact.numerators import nearest_floats, over_common_denominator
from troppoly.exact.pattern import Indices
from troppoly.exact.scalar import ObjectArray, latex, rational

if TYPE_CHECKING:
    from troppoly.exact.matrix import DenseMatrix, RationalMatrix, SparseMatrix

__all__ = ["ZERO", "StoredEntries"]

ZERO = mpz(0)

_SHORT = 36  # entries are written out


class StoredEntries(ABC):
    """What matrices store, ``entries`` over ``denominator``, in lowest terms and for ever.

    They are stored as they are given, as ``mpz`` or as ``int64`` below 2^62 (:mod:`troppoly.exact.integers`), and the
    other form is made when asked for.
    """

    __slots__ = ("_mpz", "_words", "denominator", "shape")
    __array_ufunc__ = None  # an array on the left leaves the operation to the matrix

    shape: tuple[int, int]
    denominator: mpz
    _mpz: ObjectArray | None
    _words: Words | bool  # False: they do not fit; True: not known yet

    def _set(self, given: IntegerArray, denominator: Any, **values: Any) -> None:
        """Store the entries over the denominator in lowest terms, read-only, and other values."""
        entries, common = given, mpz(denominator)
        if common == 1:
            pass
        elif entries.dtype != object:
            common = gcd(common, int(np.gcd.reduce(entries.reshape(-1))))
            entries = entries // int(common) if 1 < common < 2**63 else entries  # else all are 0
        else:
            for entry in entries.flat:
                if common == 1:
                    break
                common = gcd(common, entry)
            entries = entries // common if common != 1 else entries
        if entries is given and entries.flags.writeable:
            entries = entries.copy()
        entries.flags.writeable = False
        values["_mpz"], values["_words"] = (entries, True) if entries.dtype == object else (None, entries)
        values["denominator"] = mpz(denominator) // common
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("A RationalMatrix is immutable.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("A RationalMatrix is immutable.")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @abstractmethod
    def with_entries(self, entries: ObjectArray, denominator: Any) -> Self:
        """The matrix with other entries in the same places."""

    @abstractmethod
    def spread(self, values: NDArray[Any]) -> NDArray[Any]:
        """The (m, n) array of what belongs to the stored entries, read-only; BudgetError if it is too large."""

    @abstractmethod
    def by_rows(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the value of its row for every stored entry, to broadcast with them."""

    @abstractmethod
    def by_columns(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the value of its column for every stored entry, to broadcast with them."""

    @abstractmethod
    def row_gcds(self) -> IntegerArray:
        """Return the greatest common divisors of the numerators of every row, 0 of a row of zeros."""

    @abstractmethod
    def _times(self, numerators: ObjectArray) -> ObjectArray:
        """The numerators of the product with those of a dense matrix."""

    @abstractmethod
    def __getitem__(self, key: Any) -> Any:
        """Return the entry, row or part that the array of the entries has there."""

    @abstractmethod
    def dense(self) -> DenseMatrix:
        """Return the same matrix with all entries written out; BudgetError if there are too many."""

    @abstractmethod
    def sparse(self) -> SparseMatrix:
        """Return the same matrix in sparse form."""

    @property
    def entries(self) -> ObjectArray:
        """The stored numerators, ``mpz``."""
        if self._mpz is None:
            entries = as_mpz(self.stored)
            entries.flags.writeable = False
            object.__setattr__(self, "_mpz", entries)
            return entries
        return self._mpz

    @property
    def words(self) -> Words | None:
        """The stored numerators as machine words, or None if one is 2^62 or more in absolute value."""
        if self._words is True:
            words = as_words(self.entries)
            if words is not None:
                words.flags.writeable = False
            object.__setattr__(self, "_words", False if words is None else words)
            return words
        return None if self._words is False else self._words

    @property
    def stored(self) -> IntegerArray:
        """The stored numerators, as words if they fit."""
        words = self.words
        return self.entries if words is None else words

    @property
    def numerators(self) -> ObjectArray:
        """The (m, n) array of all numerators, written out; BudgetError if there are too many."""
        return self.spread(self.entries)

    def to_rationals(self) -> ObjectArray:
        """Return the entries as an (m, n) object array of ``mpq``."""
        return cast("ObjectArray", self.dense()[:])

    def to_floats(self) -> NDArray[np.float64]:
        """Return the nearest floats of the entries (infinite beyond the range of floats)."""
        return self.spread(nearest_floats(self.stored, self.denominator))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("The array of a RationalMatrix is always a copy.")
        if dtype is not None and np.dtype(dtype).kind == "f":
            return self.to_floats().astype(dtype)
        return self.to_rationals().astype(object if dtype is None else dtype)

    def tolist(self) -> list[list[mpq]]:
        """Return the rows as lists."""
        return cast("list[list[mpq]]", self.to_rationals().tolist())

    def row(self, i: int) -> tuple[mpq, ...]:
        """Return row ``i``."""
        return tuple(self[i])

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[ObjectArray]:
        return (self[i] for i in range(len(self)))

    @property
    def n_nonzero(self) -> int:
        """The number of entries that are not zero."""
        return int(np.count_nonzero(self.stored))

    def nonzero(self) -> NDArray[np.bool_]:
        """Return the (m, n) boolean array of the entries that are not zero."""
        return self.spread(self.stored.astype(bool))

    def nonzero_columns(self) -> NDArray[np.bool_]:
        """Return for every column whether it has an entry that is not zero."""
        return np.asarray(self.nonzero().any(axis=0))

    def nonzero_rows(self) -> Iterator[tuple[Indices, ObjectArray]]:
        """Yield for every row the columns and the numerators of its nonzero entries."""
        sparse = self.sparse()
        for start, stop in pairwise(sparse.indptr.tolist()):
            yield sparse.columns[start:stop], sparse.entries[start:stop]

    def economical(self) -> RationalMatrix:
        """Return the matrix in sparse form if it is large and mostly zero, else with all entries."""
        size = self.shape[0] * self.shape[1]
        return self.sparse() if size >= 4096 and 8 * self.n_nonzero <= size else self.dense()

    def __neg__(self) -> Self:
        return self.with_entries(-self.stored, self.denominator)

    def __abs__(self) -> Self:
        return self.with_entries(np.abs(self.stored), self.denominator)

    def __mul__(self, scalar: Any) -> Self:
        factor = rational(scalar, "scalar")
        return self.with_entries(times(self.stored, factor.numerator), self.denominator * factor.denominator)

    __rmul__ = __mul__

    def positive_part(self) -> Self:
        """Return the entrywise maximum with zero, W+ of W = W+ - W-."""
        return self.with_entries(np.maximum(self.stored, 0 if self.stored.dtype != object else ZERO), self.denominator)

    def negative_part(self) -> Self:
        """Return the entrywise maximum of -W with zero, W- of W = W+ - W-."""
        return (-self).positive_part()

    def apply(self, x: Sequence[mpq]) -> tuple[mpq, ...]:
        """Return the product with a vector of exact rationals; ShapeError if its length does not fit."""
        if len(x) != self.shape[1]:
            raise ShapeError(f"A matrix of shape {self.shape} takes {self.shape[1]} entries, not {len(x)}.")
        column, common = over_common_denominator(np.fromiter(x, dtype=object, count=len(x))[:, None])
        denominator = common * self.denominator
        return tuple(mpq(value, denominator) for value in self._times(column)[:, 0])

    def absolute_times(self, sizes: ObjectArray) -> ObjectArray:
        """Return the product of the absolute values of the numerators with a vector."""
        return abs(self)._times(sizes[:, None])[:, 0]

    def __repr__(self) -> str:
        if self.shape[0] * self.shape[1] > _SHORT:
            return f"RationalMatrix of shape {self.shape} with {self.n_nonzero} nonzero entries"
        return f"RationalMatrix({[[str(v) for v in row] for row in self.tolist()]})"

    def _latex_(self) -> str:
        rows = r" \\ ".join(" & ".join(map(latex, row)) for row in self.tolist())
        return rf"\left(\begin{{array}}{{{'r' * self.shape[1]}}} {rows} \end{{array}}\right)"

    def _repr_latex_(self) -> str | None:
        return f"${self._latex_()}$" if self.shape[0] * self.shape[1] <= _SHORT else None
