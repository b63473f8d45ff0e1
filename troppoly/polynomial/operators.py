"""Operators of tropical functions, with numbers on either side, and polynomials written as maxima of affine forms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from gmpy2 import mpq

from troppoly.errors import InputError, NotFiniteError, ShapeError
from troppoly.exact.scalar import latex

__all__ = ["SHORT", "Operators", "latex_maximum", "maximum"]

Terms = Mapping[tuple[mpq, ...], mpq]

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


def maximum(terms: Terms) -> str:
    """Return the maximum of the affine forms in plain text.

    >>> maximum({(mpq(2), mpq(-1)): mpq(1, 2), (mpq(0), mpq(0)): mpq(0)})
    'max(2*x0 - x1 + 1/2, 0)'
    """
    return f"max({', '.join(_affine_forms(terms, str, '*', 'x{}'))})"


def latex_maximum(terms: Terms) -> str:
    r"""Return the maximum of the affine forms in LaTeX."""
    forms = ", ".join(_affine_forms(terms, latex, " ", "x_{{{}}}"))
    return rf"\max\left({forms}\right)" if terms else r"-\infty"


def _affine_forms(terms: Terms, number: Callable[[mpq], str], times: str, variable: str) -> Iterator[str]:
    """The <a, x> + c; summands that are zero are left out."""
    for exponent, coefficient in terms.items():
        factors = [number(abs(a)) + times if abs(a) != 1 else "" for a in exponent]
        products = [factor + variable.format(i) for i, factor in enumerate(factors)]
        summands = zip([*exponent, coefficient], [*products, number(abs(coefficient))], strict=True)
        text = "".join((" - " if value < 0 else " + ") + absolute for value, absolute in summands if value)
        yield ("-" if text.startswith(" - ") else "") + text[3:] or "0"
