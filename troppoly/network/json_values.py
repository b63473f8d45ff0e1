"""JSON values: exact numbers, vectors and matrices, written, and read from files that nobody vouches for.

A rational number is the string ``"p"`` or ``"p/q"`` in decimal digits; JSON's own numbers are integers that count or
number something.  Readers check the type of what they read and raise FileFormatError, naming the place ``where``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.errors import FileFormatError, counted, needed
from troppoly.exact import RationalMatrix

__all__ = ["count_at", "entries_at", "flag_at", "matrix_at", "member", "rational_at", "text_at", "texts", "vector_at"]

_RATIONAL = re.compile(r"-?[0-9]+(/[0-9]*[1-9][0-9]*)?", re.ASCII)


def texts(values: Iterable[Any]) -> list[str]:
    """Return exact numbers as strings."""
    return [str(value) for value in values]


def member(record: Any, name: str, where: str) -> Any:
    """Return the member ``name`` of a JSON object."""
    if not isinstance(record, dict):
        raise FileFormatError(f"The {where} is not a JSON object.")
    if name not in record:
        raise FileFormatError(f"The {where} has no member {name!r}.")
    return record[name]


def entries_at(
    value: Any, where: str, read: Callable[[Any, str], Any] | None = None, length: int | None = None
) -> list[Any]:
    """Return a JSON array, perhaps of a given length, with every entry read by ``read(entry, where)``."""
    if not isinstance(value, list):
        raise FileFormatError(f"The {where} is not a JSON array.")
    if length is not None and len(value) != length:
        raise FileFormatError(f"The {where} has {counted(len(value), 'entry')} where {needed(length)}.")
    return value if read is None else [read(entry, f"{where}, entry {i}") for i, entry in enumerate(value)]


def rational_at(value: Any, where: str) -> mpq:
    """Return the rational number of a string ``"p"`` or ``"p/q"``; a power of ten is none, for it may be huge.

    >>> rational_at("1e999999999", "bias")
    Traceback (most recent call last):
    ...
    troppoly.errors.FileFormatError: The bias is not a rational number as a string "p" or "p/q".
    """
    if not isinstance(value, str) or not _RATIONAL.fullmatch(value):
        raise FileFormatError(f'The {where} is not a rational number as a string "p" or "p/q".')
    return mpq(value)


def _reader(fits: Callable[[Any], bool], what: str) -> Callable[[Any, str], Any]:
    """The reader of what fits, as it is."""

    def read(value: Any, where: str) -> Any:
        if not fits(value):
            raise FileFormatError(f"The {where} is not {what}.")
        return value

    return read


count_at = _reader(lambda value: type(value) is int and value >= 0, "a nonnegative integer")
flag_at = _reader(lambda value: isinstance(value, bool), "true or false")
text_at = _reader(lambda value: isinstance(value, str), "a string")


def vector_at(value: Any, where: str, length: int | None = None) -> tuple[mpq, ...]:
    """Return an array of rational numbers."""
    entries = entries_at(value, where, length=length)
    if all(isinstance(entry, str) and _RATIONAL.fullmatch(entry) for entry in entries):
        return tuple(map(mpq, entries))  # the common case, in which no place is written
    return tuple(entries_at(entries, where, rational_at))


def matrix_at(value: Any, where: str, columns: int | None = None) -> RationalMatrix:
    """Return the matrix of an array of rows, with ``columns`` columns or as many as the first row has."""
    if columns is None and isinstance(value, list) and value and isinstance(value[0], list):
        columns = len(value[0])
    rows = entries_at(value, where, lambda row, place: vector_at(row, place, columns))
    return RationalMatrix.from_rationals(np.array(rows, dtype=object).reshape(len(rows), columns or 0))
