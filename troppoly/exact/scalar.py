"""Exact scalars: every number that a user can hand over *is* a rational number.

A finite binary float is an integer times a power of two, so its conversion to a rational is
lossless; NaN and the infinities are no rationals and are refused.  So is a power of ten in a string whose
exponent is beyond 10^6: a few characters would stand for more digits than memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from numbers import Integral, Rational
from operator import index
from typing import Any

import numpy as np
from gmpy2 import is_finite, mpfr, mpq, mpz
from numpy.typing import NDArray

from troppoly.errors import InputError, NotFiniteError, ShapeError, shown

__all__ = ["ObjectArray", "in_order", "rational", "rational_vector", "whole_number"]

ObjectArray = NDArray[Any]
"""Arrays of dtype object, whose entries are ``mpz`` or ``mpq``."""

_EXACT = (int, type(mpz()), type(mpq()))

_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_TEXT = re.compile(
    rf"\s*([+-]?)(?=\.?[0-9])({_DIGITS})?(?:(?<=[0-9])/({_DIGITS})|(?:\.({_DIGITS})?)?(?:[eE]([+-]?{_DIGITS}))?)\s*"
)

_LARGEST_POWER = 10**6
"""The largest exponent of a power of ten that is expanded."""


def rational(value: Any, where: str = "value") -> mpq:
    """Return ``value`` as an exact rational.

    Accepted are int, Fraction, strings such as ``"1/3"``, ``"0.5"`` or ``"-2e-3"`` of any length (read as
    decimal fractions, with exponents up to a million), gmpy2 numbers, Sage integers and rationals, Python and NumPy integers and floats (their exact
    binary value), and zero-dimensional arrays and tensors.

    Raises NotFiniteError for NaN and infinities and InputError for anything else; both name
    ``where``.

    >>> rational("1/3"), rational(0.1) == rational("0.1")
    (mpq(1,3), False)
    >>> rational(float("nan"), where="bias of layer 2, entry 5")
    Traceback (most recent call last):
    ...
    troppoly.errors.NotFiniteError: The bias of layer 2, entry 5 is nan, which is not a rational number.
    """
    if isinstance(value, _EXACT):
        return mpq(value)
    if isinstance(value, (float, np.floating)):
        if not np.isfinite(value):
            raise NotFiniteError(f"The {where} is {value}, which is not a rational number.")
        numerator, denominator = value.as_integer_ratio()
        return mpq(numerator, denominator)
    if isinstance(value, str):
        return _from_text(value, where)
    # Sage registers its numbers as abstract ones, but their numerators are methods.
    if type(value).__module__.startswith("sage."):
        return _from_sage(value, where)
    if isinstance(value, Integral):
        return mpq(int(value))
    if isinstance(value, Rational):
        return mpq(int(value.numerator), int(value.denominator))
    if isinstance(value, type(mpfr())):
        if not is_finite(value):
            raise NotFiniteError(f"The {where} is {value}, which is not a rational number.")
        return mpq(value)
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        return _from_array_scalar(value, where)
    raise InputError(f"The {where} is of type {type(value).__name__}, which is no exact number.")


def _from_text(text: str, where: str) -> mpq:
    """The number p/q or p.r * 10^e in ASCII digits, as ``fractions.Fraction`` reads it, but of any length."""
    match = _TEXT.fullmatch(text)
    sign, whole, denominator, decimals, exponent = match.groups(default="") if match else [""] * 5
    divisor = _integer(denominator or "1")
    if match is None or divisor == 0:
        raise InputError(f"The {where} is {shown(text)}, which is not a rational number.")
    if _integer(exponent.lstrip("+-")) > _LARGEST_POWER:
        raise InputError(f"The {where} is {shown(text)}, a power of ten beyond 10^{_LARGEST_POWER}.")
    decimals = decimals.replace("_", "")
    result = mpq(_integer(whole + decimals), divisor)
    power = (-1 if exponent.startswith("-") else 1) * int(_integer(exponent.lstrip("+-"))) - len(decimals)
    result = result / mpz(10) ** -power if power < 0 else result * mpz(10) ** power
    return -result if sign == "-" else result


def _integer(digits: str) -> mpz:
    return mpz(digits.replace("_", "") or "0")


def _from_array_scalar(value: Any, where: str) -> mpq:
    """The item of a zero-dimensional NumPy array or torch tensor."""
    item = value.item()
    if getattr(item, "ndim", None) == 0 and hasattr(item, "item"):
        raise InputError(f"The {where} is of type {type(value).__name__}, which is no exact number.")
    return rational(item, where)


def _from_sage(value: Any, where: str) -> mpq:
    """A Sage number whose numerator and denominator are Sage integers.

    (Other elements have numerators too, and ``int`` would truncate the square root of 2.)
    """
    try:
        numerator, denominator = value.numerator(), value.denominator()
    except (AttributeError, TypeError, ValueError):
        numerator = denominator = None
    if type(numerator).__module__ == type(denominator).__module__ == "sage.rings.integer":
        return mpq(int(numerator), int(denominator))
    raise InputError(
        f"The {where} is {shown(value)} of Sage type {type(value).__name__}, which is not a rational number."
    )


def rational_vector(values: Iterable[Any], where: str = "vector", length: int | None = None) -> tuple[mpq, ...]:
    """Return the entries of ``values`` as exact rationals.

    Raises ShapeError if ``values`` is no sequence or if ``length`` is given and differs, and
    the errors of :func:`rational` for an entry, which is named by its index.

    >>> rational_vector([1, "1/2"])
    (mpq(1,1), mpq(1,2))
    """
    entries = tuple(rational(v, f"{where}, entry {i}") for i, v in enumerate(in_order(values, where)))
    if length is not None and len(entries) != whole_number(length, "length"):
        raise ShapeError(f"The {where} has {len(entries)} entries where {length} are needed.")
    return entries


def in_order(values: Iterable[Any], where: str) -> Iterable[Any]:
    """Return ``values`` if its entries come in an order that was meant: not if it is a set or a mapping.

    Raises ShapeError, which names ``where``, for these and for text and what is no sequence.

    >>> in_order({3, 1}, "point")
    Traceback (most recent call last):
    ...
    troppoly.errors.ShapeError: The point must be a sequence, not a set, whose order means nothing.
    """
    if isinstance(values, (Set, Mapping)):
        kind = type(values).__name__
        raise ShapeError(f"The {where} must be a sequence, not a {kind}, whose order means nothing.")
    # Vectors of Sage's iterate by index, without being registered as iterable.
    is_text = isinstance(values, (str, bytes, bytearray))
    indexed = hasattr(values, "__iter__") or hasattr(values, "__getitem__")
    if is_text or not indexed or getattr(values, "ndim", 1) == 0:
        raise ShapeError(f"The {where} must be a sequence, not {shown(values)}.")
    return values


def whole_number(value: Any, where: str, least: int = 0) -> int:
    """Return an integer of at least ``least`` that counts or numbers something; True and 2.0 do not.

    Raises InputError, which names ``where``.

    >>> whole_number(np.int8(3), "number of variables")
    3
    >>> whole_number(True, "number of variables")
    Traceback (most recent call last):
    ...
    troppoly.errors.InputError: The number of variables is True, not an integer of at least 0.
    """
    try:
        number = None if isinstance(value, (bool, np.bool_)) else index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise InputError(f"The {where} is {shown(value)}, not an integer of at least {least}.")
    return number
