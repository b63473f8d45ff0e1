"""Exact scalars: every number that a user can hand over *is* a rational number.

A finite binary float is an integer times a power of two, so its conversion to a rational is lossless; NaN and the
infinities are not rationals and are refused.  So is a power of ten in a string whose exponent is beyond 10^6: a few
characters would stand for more digits than memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from functools import total_ordering
from math import inf, isinf
from numbers import Integral, Rational
from typing import Any

import numpy as np
from gmpy2 import is_finite, mpfr, mpq, mpz
from numpy.typing import NDArray

from troppoly.errors import InputError, NotFiniteError, ShapeError, counted, kind_of, needed, shown

__all__ = [
    "CertifiedNumber",
    "ObjectArray",
    "abbreviated",
    "decimals",
    "in_order",
    "latex",
    "nearest_float",
    "rational",
    "rational_vector",
    "total",
]

ObjectArray = NDArray[Any]
"""Arrays of dtype object, whose entries are ``mpz`` or ``mpq``."""

_EXACT = (int, type(mpz()), type(mpq()))

_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_TEXT = re.compile(
    rf"\s*([+-]?)(?=\.?[0-9])({_DIGITS})?(?:(?<=[0-9])/({_DIGITS})|(?:\.({_DIGITS})?)?(?:[eE]([+-]?{_DIGITS}))?)\s*"
)
"""p/q or p.r * 10^e in ASCII digits, as ``fractions.Fraction`` reads them."""

_LARGEST_POWER = 10**6  # is expanded


def rational(value: Any, where: str = "value") -> mpq:
    """Return ``value`` as an exact rational.

    Accepted are int, Fraction, strings such as ``"1/3"``, ``"0.5"`` or ``"-2e-3"`` of any length (read as decimal
    fractions, with exponents up to a million), gmpy2 numbers, Sage integers and rationals, Python and NumPy integers
    and floats (their exact binary value), and zero-dimensional arrays and tensors.

    Raises NotFiniteError for NaN and infinities and InputError for anything else; both name ``where``.

    >>> rational("1/3"), rational(0.1) == rational("0.1")
    (mpq(1,3), False)
    >>> rational(float("nan"), where="bias of layer 2, entry 5")
    Traceback (most recent call last):
    ...
    troppoly.errors.NotFiniteError: The bias of layer 2, entry 5 is nan, which is not a rational number.
    """
    if isinstance(value, _EXACT):
        return mpq(value)
    if isinstance(value, (float, np.floating, type(mpfr()))):
        if not (is_finite(value) if isinstance(value, type(mpfr())) else np.isfinite(value)):
            raise NotFiniteError(f"The {where} is {value}, which is not a rational number.")
        return mpq(*value.as_integer_ratio())
    if isinstance(value, str):
        return _from_text(value, where)
    # Sage registers its numbers as abstract ones, but their numerators are methods.
    if type(value).__module__.startswith("sage."):
        return _from_sage(value, where)
    if np.ma.is_masked(value) or isinstance(value, np.timedelta64):  # NumPy's integers of a kind
        raise InputError(f"The {where} is {'masked' if np.ma.is_masked(value) else 'a time'}, no number.")
    if isinstance(value, Integral):
        return mpq(int(value))
    if isinstance(value, Rational):
        return mpq(int(value.numerator), int(value.denominator))
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        item = value.item()
        if not hasattr(item, "item"):  # an array of objects may hold another array
            return rational(item, where)
    raise InputError(f"The {where} is of type {type(value).__name__}, which is not an exact number.")


def nearest_float(value: mpq) -> float:
    """Return a rational as a float, infinite beyond the range of floats.

    >>> nearest_float(mpq(1, 3)), nearest_float(-mpq(10) ** 400)
    (0.3333333333333333, -inf)
    """
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


def decimals(value: mpq, digits: int) -> str:
    """Return a rational in so many decimal digits, also beyond the range of floats.

    >>> decimals(mpq(7, 2), 6), *(decimals(mpq(10) ** k / 3, 3) for k in (0, 400, -400))
    ('3.5', '0.333', '3.33e+399', '3.33e-401')
    """
    number = nearest_float(value)
    return f"{number if 1e-300 < abs(number) < inf or not value else mpfr(value):.{digits}g}"


def _from_text(text: str, where: str) -> mpq:
    """The number in a string."""
    match = _TEXT.fullmatch(text)
    parts = (group.replace("_", "") for group in match.groups(default="")) if match else [""] * 5
    sign, whole, denominator, decimals, exponent = parts
    divisor = mpz(denominator or 1)
    if match is None or divisor == 0:
        raise InputError(f"The {where} is {shown(text)}, which is not a rational number.")
    power = mpz(exponent.lstrip("+") or 0)
    if abs(power) > _LARGEST_POWER:
        raise InputError(f"The {where} is {shown(text)}, a power of ten beyond 10^{_LARGEST_POWER}.")
    power -= len(decimals)
    result = mpq(mpz(whole + decimals), divisor)
    result = result / mpz(10) ** -power if power < 0 else result * mpz(10) ** power
    return -result if sign == "-" else result


def _from_sage(value: Any, where: str) -> mpq:
    """A Sage number whose numerator and denominator are integers (``int`` would truncate the square root of 2)."""
    try:
        numerator, denominator = value.numerator(), value.denominator()
    except (AttributeError, TypeError, ValueError):
        numerator = denominator = None
    if type(numerator).__module__ == type(denominator).__module__ == "sage.rings.integer":
        return mpq(int(numerator), int(denominator))
    kind = type(value).__name__
    raise InputError(f"The {where} is {shown(value)} of Sage type {kind}, which is not a rational number.")


def rational_vector(values: Iterable[Any], where: str = "vector", length: int | None = None) -> tuple[mpq, ...]:
    """Return the entries of ``values`` as exact rationals.

    Raises ShapeError if ``values`` is not a sequence of the given length, and the errors of :func:`rational`.

    >>> rational_vector([1, "1/2"])
    (mpq(1,1), mpq(1,2))
    """
    entries = tuple(rational(v, f"{where}, entry {i}") for i, v in enumerate(in_order(values, where)))
    if not (length is None or (isinstance(length, (int, np.integer)) and len(entries) == length)):
        raise ShapeError(f"The {where} has {counted(len(entries), 'entry')} where {needed(length)}.")
    return entries


def in_order(values: Iterable[Any], where: str) -> Iterable[Any]:
    """Return ``values`` if its entries come in an order that was meant: ShapeError for a set, mapping, text or scalar.

    >>> in_order({3, 1}, "point")
    Traceback (most recent call last):
    ...
    troppoly.errors.ShapeError: The point must be a sequence, not a set, whose order means nothing.
    """
    if isinstance(values, (Set, Mapping)):
        raise ShapeError(f"The {where} must be a sequence, not {kind_of(values)}, whose order means nothing.")
    # Vectors of Sage's iterate by index, without being registered as iterable.
    is_text = isinstance(values, (str, bytes, bytearray))
    indexed = hasattr(values, "__iter__") or hasattr(values, "__getitem__")
    if is_text or not indexed or getattr(values, "ndim", 1) == 0:
        raise ShapeError(f"The {where} must be a sequence, not {shown(values)}.")
    return values


def latex(value: mpq) -> str:
    """Return a rational in LaTeX."""
    numerator, denominator = abs(value.numerator), value.denominator
    fraction = str(numerator) if denominator == 1 else rf"\frac{{{numerator}}}{{{denominator}}}"
    return f"-{fraction}" if value < 0 else fraction


@total_ordering
class CertifiedNumber:
    """A result that is an exact rational number, its attribute ``value``, together with what proves it.

    It compares and converts as that number.

    >>> class Half(CertifiedNumber):
    ...     value = mpq(1, 2)
    >>> Half() == "1/2", Half() < 1, Half() < inf, float(Half()), mpq(Half())
    (True, True, True, 0.5, mpq(1,2))
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


def abbreviated(number: Any) -> str:
    """Return a number as text, rounded if it has thirty characters or more.

    >>> abbreviated(mpq(1, 3)), abbreviated(mpq(10**400, 3))
    ('1/3', 'about 3.33333e+399')
    """
    text = str(number)
    return text if len(text) < 30 else f"about {mpfr(number):.6g}"


def _number(other: object) -> mpq | float | None:
    """The other side of a comparison, if it is a number; infinite floats are."""
    if isinstance(other, float) and isinf(other):
        return other
    try:
        return other.value if isinstance(other, CertifiedNumber) else rational(other)
    except InputError:
        return None


def total(values: Iterable[mpq]) -> mpq:
    """Return the sum of rationals, by pairs: a sum of n that have no common denominators has n times their digits."""
    terms = list(values)
    while len(terms) > 1:
        pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs if len(terms) % 2 == 0 else [*pairs, terms[-1]]
    return terms[0] if terms else mpq(0)
