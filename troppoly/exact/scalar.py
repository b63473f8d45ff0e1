"""Exact scalars: every number that a user can hand over *is* a rational number.

A finite binary float is an integer times a power of two, so its conversion to a rational is
lossless; NaN and the infinities are no rationals and are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sized
from fractions import Fraction
from numbers import Integral, Rational
from typing import Any

import numpy as np
from gmpy2 import is_finite, mpfr, mpq, mpz

from troppoly.errors import InputError, NotFiniteError, ShapeError

__all__ = ["rational", "rational_vector"]

_EXACT = (int, type(mpz()), type(mpq()))


def rational(value: Any, where: str = "value") -> mpq:
    """Return ``value`` as an exact rational.

    Accepted are int, Fraction, strings such as ``"1/3"`` or ``"0.5"`` (read as decimal fractions),
    gmpy2 numbers, Sage integers and rationals, Python and NumPy integers and floats (their exact
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
        try:
            return mpq(Fraction(value))
        except (ValueError, ZeroDivisionError):
            raise InputError(f"The {where} is {value!r}, which is not a rational number.") from None
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
        f"The {where} is {value} of Sage type {type(value).__name__}, which is not a rational number."
    )


def rational_vector(
    values: Iterable[Any], where: str = "vector", length: int | None = None
) -> tuple[mpq, ...]:
    """Return the entries of ``values`` as exact rationals.

    Raises ShapeError if ``values`` is no sequence or if ``length`` is given and differs, and
    the errors of :func:`rational` for an entry, which is named by its index.

    >>> rational_vector([1, "1/2"])
    (mpq(1,1), mpq(1,2))
    """
    # Vectors of Sage's have a length and iterate by index, without being registered as iterable.
    if isinstance(values, (str, bytes)) or not isinstance(values, (Iterable, Sized)):
        raise ShapeError(f"The {where} must be a sequence of numbers, not {values!r}.")
    entries = tuple(rational(v, f"{where}, entry {i}") for i, v in enumerate(values))
    if length is not None and len(entries) != length:
        raise ShapeError(f"The {where} has {len(entries)} entries where {length} are needed.")
    return entries
