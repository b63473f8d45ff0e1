"""Values that hold arrays: equal if their contents are, and hashed alike; and arrays that are computed once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import fields
from functools import cached_property, wraps
from typing import Any, TypeVar

import numpy as np

__all__ = ["Value", "fixed_property"]

T = TypeVar("T")


class fixed_property(cached_property[T]):
    """A cached property that is an array, or a tuple of arrays, read-only: what is written to it would stay.

    >>> class Powers:
    ...     squares = fixed_property(lambda self: np.arange(4) ** 2)
    >>> Powers().squares[0] = 1
    Traceback (most recent call last):
    ...
    ValueError: assignment destination is read-only
    """

    def __init__(self, function: Callable[[Any], T]) -> None:
        @wraps(function)
        def fixed(owner: Any) -> T:
            value = function(owner)
            for array in value if isinstance(value, tuple) else (value,):
                if isinstance(array, np.ndarray):
                    array.flags.writeable = False
            return value

        super().__init__(fixed)


class Value:
    """A frozen dataclass, made with ``eq=False``, whose fields may be arrays, or tuples of them; it hashes shapes."""

    __slots__ = ()

    def _content(self) -> tuple[Any, ...]:
        return tuple(getattr(self, field.name) for field in fields(self) if field.compare)  # type: ignore[arg-type]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self is other or _equal(self._content(), other._content())

    def __hash__(self) -> int:
        return hash((type(self).__name__, _outline(self._content())))


def _equal(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return np.array_equal(first, second)
    if isinstance(first, (tuple, list)) and type(first) is type(second):
        return len(first) == len(second) and all(map(_equal, first, second))
    return first is second or bool(first == second)


def _outline(value: Any) -> Hashable:
    """What equal values have in common, and can be hashed."""
    if isinstance(value, (tuple, list)):
        return tuple(map(_outline, value))
    if isinstance(value, np.ndarray):
        return tuple(value.shape)
    return value if isinstance(value, Hashable) else type(value).__name__
