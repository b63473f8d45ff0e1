"""Arrays of integers: ``int64`` where all are known to be below 2^62, else ``mpz``; nothing overflows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from gmpy2 import gcd, mpz
from numpy.typing import NDArray

from troppoly.exact.scalar import ObjectArray

__all__ = ["IntegerArray", "Words", "as_mpz", "as_words", "concatenated", "gcds", "in_words", "integer_array"]
__all__ += ["largest", "times"]

Words = NDArray[np.int64]
IntegerArray = ObjectArray | Words

_LIMIT = 2**62


def as_mpz(values: NDArray[Any]) -> ObjectArray:
    """Return the integers as ``mpz``.

    >>> as_mpz(np.array([3, -1]))
    array([mpz(3), mpz(-1)], dtype=object)
    """
    if values.dtype == object:
        return values
    return np.fromiter(map(mpz, values.ravel().tolist()), dtype=object, count=values.size).reshape(values.shape)


def as_words(values: IntegerArray) -> Words | None:
    """Return the integers as ``int64``, or None if one is 2^62 or more in absolute value."""
    if values.dtype != object:
        return values
    try:
        words = np.fromiter(map(int, values.ravel().tolist()), dtype=np.int64, count=values.size)
    except OverflowError:
        return None
    return words.reshape(values.shape) if np.all((words > -_LIMIT) & (words < _LIMIT)) else None


def integer_array(values: Sequence[int]) -> IntegerArray:
    """Return a list of Python's integers as words, or as ``mpz`` if one is too large."""
    if not values or (min(values) > -_LIMIT and max(values) < _LIMIT):
        return np.array(values, dtype=np.int64)
    return np.fromiter(map(mpz, values), dtype=object, count=len(values))


def in_words(values: NDArray[np.integer[Any]]) -> IntegerArray:
    """Return an array of NumPy's integers as words, or as ``mpz`` if they are too large."""
    if np.all((values > -_LIMIT) & (values < _LIMIT)):
        return values.astype(np.int64, copy=False)
    return as_mpz(values)


def largest(words: Words) -> int:
    """Return the largest absolute value."""
    return int(np.maximum.reduce(np.abs(words), axis=None)) if words.size else 0


def times(values: IntegerArray, factors: IntegerArray | int) -> IntegerArray:
    """Return the products of integers and factors, which broadcast.

    >>> times(np.array([3, 4]), 2**60), times(np.array([3, -4]), np.array([2, 2]))
    (array([mpz(3458764513820540928), mpz(4611686018427387904)], dtype=object), array([ 6, -8]))
    """
    if not isinstance(factors, np.ndarray):
        if factors == 1:
            return values
        if values.dtype != object and abs(factors) < _LIMIT and largest(values) * abs(int(factors)) < _LIMIT:
            return np.asarray(values * int(factors))
        return np.asarray(as_mpz(values) * mpz(factors))
    if values.dtype != object and factors.dtype != object and largest(values) * largest(factors) < _LIMIT:
        return np.asarray(values * factors)
    return np.asarray(as_mpz(values) * as_mpz(factors))


def concatenated(arrays: Sequence[IntegerArray], axis: int = 0) -> IntegerArray:
    """Return the arrays one after another along an axis."""
    if any(array.dtype == object for array in arrays):
        arrays = [as_mpz(array) for array in arrays]
    return np.concatenate(arrays, axis)


def gcds(values: IntegerArray, bounds: NDArray[np.integer[Any]]) -> IntegerArray:
    """Return the greatest common divisors of ``values[bounds[i]:bounds[i + 1]]``, 0 where there are none.

    >>> gcds(np.array([4, -6, 9]), np.array([0, 2, 2, 3]))
    array([2, 0, 9])
    """
    if values.dtype == object:
        entries, places = values.tolist(), bounds.tolist()
        found = (gcd(*entries[i:j]) for i, j in pairwise(places))
        return np.fromiter(found, dtype=object, count=len(bounds) - 1)
    result, starts = np.zeros(len(bounds) - 1, dtype=np.int64), bounds[:-1]
    filled = starts < bounds[1:]
    if len(values):
        result[filled] = np.abs(np.gcd.reduceat(values, starts[filled]))  # of one entry it is the entry
    return result
