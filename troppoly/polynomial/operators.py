"""The operators of tropical functions: with numbers on either side, and what stands in no order with them refused."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

from troppoly.errors import InputError, NotFiniteError, ShapeError

__all__ = ["SHORT", "Operators"]

SHORT = 6
"""Up to so many monomials are written out."""


class Operators(ABC):
    """``f + g``, ``f * g`` and ``f / g`` of functions of one class in the same variables, or numbers.

    Python's ``sum`` and ``math.prod`` begin with the numbers 0 and 1, which are not the zero and the one of the
    semiring but other constants, so ``0 + f`` and ``1 * f`` are refused.
    """

    __slots__ = ()
    __array_ufunc__ = None  # NumPy scalars leave the operators to this class

    @abstractmethod
    def _operand(self, other: Any) -> Self:
        """``other`` as a function of this class in the same variables; InputError if it is not one."""

    @abstractmethod
    def _plus(self, other: Self) -> Self:
        """The maximum of the functions."""

    @abstractmethod
    def _times(self, other: Self) -> Self:
        """The sum of the functions."""

    @abstractmethod
    def _over(self, other: Self) -> Any:
        """The difference of the functions."""

    @abstractmethod
    def _latex_(self) -> str: ...

    def _coerced(self, other: object) -> Self | None:
        try:
            return self._operand(other)
        except (NotFiniteError, ShapeError):
            raise
        except InputError:
            return None

    def __add__(self, other: object) -> Self:
        g = self._coerced(other)
        return NotImplemented if g is None else self._plus(g)

    def __radd__(self, other: object) -> Self:
        _refuse(other, 0, "+", "sum()", "zero: sum(fs, TropicalPolynomial.zero(d))", "the maximum of f and 0")
        return self + other

    def __mul__(self, other: object) -> Self:
        g = self._coerced(other)
        return NotImplemented if g is None else self._times(g)

    def __rmul__(self, other: object) -> Self:
        neutral = "one: prod(fs, start=TropicalPolynomial.one(d))"
        _refuse(other, 1, "*", "prod()", neutral, "the function that is larger by 1")
        return self * other

    def __truediv__(self, other: object) -> Any:
        g = self._coerced(other)
        return NotImplemented if g is None else self._over(g)

    def __rtruediv__(self, other: object) -> Any:
        g = self._coerced(other)
        return NotImplemented if g is None else g / self

    def _repr_latex_(self) -> str | None:
        return f"${self._latex_()}$" if repr(self).startswith("max(") else None  # else notebooks show the repr


def _refuse(number: object, start: int, operator: str, function: str, neutral: str, meaning: str) -> None:
    """Refuse the Python integer that ``sum`` or ``math.prod`` begins with; every other number is a constant."""
    if type(number) is int and number == start:
        raise InputError(
            f"{start} {operator} f is refused, since {function} begins with the number {start}, which is not "
            f"the tropical {neutral} is right, and f {operator} {start} is {meaning}."
        )
