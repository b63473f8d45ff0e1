"""Rational numbers that come with a proof."""

from __future__ import annotations

from functools import total_ordering
from typing import Any

from gmpy2 import mpq

from troppoly.errors import InputError
from troppoly.exact.scalar import rational

__all__ = ["CertifiedNumber"]


@total_ordering
class CertifiedNumber:
    """A result that is an exact rational number, its attribute ``value``, together with what proves it.

    It compares and converts as that number.

    >>> class Half(CertifiedNumber):
    ...     value = mpq(1, 2)
    >>> Half() == "1/2", Half() < 1, float(Half()), mpq(Half())
    (True, True, 0.5, mpq(1,2))
    """

    __slots__ = ()

    value: mpq

    def __eq__(self, other: object) -> bool:
        number = _number(other)
        return NotImplemented if number is None else bool(self.value == number)

    def __lt__(self, other: object) -> bool:
        number = _number(other)
        return NotImplemented if number is None else bool(self.value < number)

    def __hash__(self) -> int:
        return hash(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __mpq__(self) -> mpq:
        return self.value

    @property
    def numerator(self) -> Any:
        """The numerator of the value."""
        return self.value.numerator

    @property
    def denominator(self) -> Any:
        """The denominator of the value, positive."""
        return self.value.denominator


def _number(other: object) -> mpq | None:
    """The other side of a comparison, if it is a number."""
    if isinstance(other, CertifiedNumber):
        return other.value
    try:
        return rational(other)
    except InputError:
        return None
