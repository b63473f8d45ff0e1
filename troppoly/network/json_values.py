"""JSON values: exact numbers, vectors and matrices, written, and read from files that nobody vouches for.

A rational number is the string ``"p"`` or ``"p/q"`` in decimal digits; JSON's own numbers are integers
that count or number something.  Every reader checks the type of what it reads and names the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np
from gmpy2 import mpq

from troppoly.errors import FileFormatError
from troppoly.exact import RationalMatrix

__all__ = [
    "count_at",
    "entries_at",
    "flag_at",
    "matrix_at",
    "matrix_text",
    "member",
    "rational_at",
    "text_at",
    "texts",
    "vector_at",
]

T = TypeVar("T")

_RATIONAL = re.compile(r"-?[0-9]+(/[0-9]*[1-9][0-9]*)?", re.ASCII)


def texts(values: Iterable[Any]) -> list[str]:
    """Return exact numbers as strings.

    >>> texts([mpq(1, 3), mpq(-2)])
    ['1/3', '-2']
    """
    return [str(value) for value in values]


def matrix_text(matrix: RationalMatrix) -> list[list[str]]:
    """Return a matrix as the list of its rows.

    >>> matrix_text(RationalMatrix.of([[1, "1/2"]]))
    [['1', '1/2']]
    """
    return [texts(row) for row in matrix.to_rationals()]


def member(record: Any, name: str, where: str) -> Any:
    """Return the member ``name`` of a JSON object.

    Raises FileFormatError if ``record`` is no object or lacks the member.

    >>> member({"layers": []}, "weight", "layer 0")
    Traceback (most recent call last):
    ...
    troppoly.errors.FileFormatError: The layer 0 has no member 'weight'.
    """
    if not isinstance(record, dict):
        raise FileFormatError(f"The {where} is no JSON object.")
    if name not in record:
        raise FileFormatError(f"The {where} has no member {name!r}.")
    return record[name]


def entries_at(value: Any, where: str, read: Callable[[Any, str], T], length: int | None = None) -> list[T]:
    """Return a JSON array with every entry read by ``read(entry, where)``.

    Raises FileFormatError if ``value`` is no array, or not of the given length.
    """
    if not isinstance(value, list):
        raise FileFormatError(f"The {where} is no JSON array.")
    if length is not None and len(value) != length:
        raise FileFormatError(f"The {where} has {len(value)} entries where {length} are needed.")
    return [read(entry, f"{where}, entry {i}") for i, entry in enumerate(value)]


def rational_at(value: Any, where: str) -> mpq:
    """Return the rational number of a string ``"p"`` or ``"p/q"``.

    Raises FileFormatError for anything else; a power of ten is none, for it may be huge.

    >>> rational_at("-1/3", "bias")
    mpq(-1,3)
    >>> rational_at("1e999999999", "bias")
    Traceback (most recent call last):
    ...
    troppoly.errors.FileFormatError: The bias is no rational number as a string "p" or "p/q".
    """
    if not isinstance(value, str) or not _RATIONAL.fullmatch(value):
        raise FileFormatError(f'The {where} is no rational number as a string "p" or "p/q".')
    return mpq(value)


def count_at(value: Any, where: str) -> int:
    """Return a nonnegative integer.  Raises FileFormatError for anything else."""
    if type(value) is not int or value < 0:
        raise FileFormatError(f"The {where} is no nonnegative integer.")
    return value


def flag_at(value: Any, where: str) -> bool:
    """Return true or false.  Raises FileFormatError for anything else."""
    if not isinstance(value, bool):
        raise FileFormatError(f"The {where} is neither true nor false.")
    return value


def text_at(value: Any, where: str) -> str:
    """Return a string.  Raises FileFormatError for anything else."""
    if not isinstance(value, str):
        raise FileFormatError(f"The {where} is no string.")
    return value


def vector_at(value: Any, where: str, length: int | None = None) -> tuple[mpq, ...]:
    """Return an array of rational numbers.  Raises FileFormatError for anything else."""
    if (
        isinstance(value, list)
        and (length is None or len(value) == length)
        and all(isinstance(v, str) and _RATIONAL.fullmatch(v) for v in value)
    ):
        return tuple(map(mpq, value))  # the common case; what is false is named below
    return tuple(entries_at(value, where, rational_at, length))


def matrix_at(value: Any, where: str, columns: int | None = None) -> RationalMatrix:
    """Return the matrix of an array of rows.

    ``columns`` is the number of columns, that of the first row if it is None.  Raises FileFormatError
    for anything that is no matrix with so many columns.

    >>> matrix_at([["1", "2"], ["1/2", "0"]], "weight")
    RationalMatrix([['1', '2'], ['1/2', '0']])
    """
    if columns is None and isinstance(value, list) and value and isinstance(value[0], list):
        columns = len(value[0])
    rows = entries_at(value, where, lambda row, place: vector_at(row, place, columns))
    result = np.empty((len(rows), columns or 0), dtype=object)
    for i, row in enumerate(rows):
        result[i] = row
    return RationalMatrix.from_rationals(result)
