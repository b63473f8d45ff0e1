"""Sums of square roots with rational coefficients, and rational numbers over them: exactly, with rational bounds.

**Signs.**  The floors of 2^k sqrt(n) bound a sum of c sqrt(n) within 2^-k times the sum of |c|, so its sign is found
with some k, unless it is 0.  That is decided without factors of n: sqrt(m) and sqrt(n) are rational multiples of each
other iff m n is a square, and then sqrt(n) = (sqrt(m n) / m) sqrt(m).  So every sum is one with radicands no two of
which have a square as product.  *These square roots are linearly independent over the rationals* (Besicovitch, On the
linear independence of fractional powers of integers, J. London Math. Soc. 15 (1940)): it is 0 iff all coefficients are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import total_ordering
from math import isinf
from typing import Any

from gmpy2 import gcd, is_square, isqrt, lcm, mpq, mpz

from troppoly.arguments import Natural, checked
from troppoly.errors import InputError, counted
from troppoly.exact.scalar import abbreviated, decimals, in_order, rational, rational_vector

__all__ = ["AlgebraicNumber", "Radical", "signs_of_sums"]

_FIRST_BITS = 64
_PRIMES = (2, 3, 5, 7, 11, 13)


def signs_of_sums(rows: Iterable[Sequence[mpq]], radicands: Sequence[mpz]) -> list[int]:
    """Return the signs of the sums of c_i sqrt(n_i) for rows of coefficients, n_i >= 0.

    >>> signs_of_sums([(1, 1, -1), (3, -1, 0), (2, 0, -1)], [mpz(2), mpz(18), mpz(8)])
    [1, 0, 0]
    """
    result: dict[int, int] = {}
    known = [_integers(row) for row in rows]
    bits = _FIRST_BITS
    while len(result) < len(known):
        roots = [isqrt(mpz(n) << (2 * bits)) for n in radicands]
        for i, row in enumerate(known):
            if i in result:
                continue
            low = sum(c * root for c, root in zip(row, roots, strict=True))
            error = sum(map(abs, row), mpz(0))
            if abs(low) > error:
                result[i] = 1 if low > 0 else -1
            elif bits == 4 * _FIRST_BITS and not _collected(zip(row, radicands, strict=True)):
                result[i] = 0
        bits *= 2
    return [result[i] for i in range(len(known))]


def _integers(row: Sequence[Any]) -> list[mpz]:
    """A positive multiple of a row of rationals."""
    scale = lcm(mpz(1), *(mpq(c).denominator for c in row))
    return [mpq(c).numerator * (scale // mpq(c).denominator) for c in row]


def _collected(terms: Iterable[tuple[Any, mpz]]) -> dict[mpz, mpq]:
    """The coefficients of a sum by radicands, no two of which have a square as product; those that are 0 left out."""
    result: dict[mpz, mpq] = {}
    for c, n in terms:
        if not (c and n):
            continue
        other = next((m for m in result if is_square(m * n)), None)
        if other is None:
            other = n
            for p in _PRIMES:
                while other % p**2 == 0:
                    other //= p**2
            other = mpz(1) if is_square(other) else other
        result[other] = result.get(other, mpq(0)) + mpq(c) * isqrt(other * n) / other
    return {n: c for n, c in result.items() if c}


@total_ordering
class AlgebraicNumber(ABC):
    """An exact real number, algebraic and not negative, with rational bounds as tight as asked.

    It compares exactly with rationals, floats (also infinite ones) and others of its kind, and converts to a float.

    >>> from math import inf
    >>> root = Radical.root(2)
    >>> isinstance(root, AlgebraicNumber), root.square(), root.rational() is None
    (True, mpq(2,1), True)
    >>> low, high = root.bounds(30)
    >>> low < root < high < 1.415 < inf, root > "1.414", float(root)
    (True, True, 1.4142135623730951)
    """

    __slots__ = ()

    @abstractmethod
    def square(self) -> mpq | None:
        """Return the square if it is rational, else None."""

    @abstractmethod
    def rational(self) -> mpq | None:
        """Return the number as a rational one, or None if it is irrational."""

    @abstractmethod
    def bounds(self, bits: Natural = 64) -> tuple[mpq, mpq]:
        """Return rationals below and above the number (or equal to it), whose quotient is at most 1 + 2^-bits."""

    @abstractmethod
    def _minus(self, other: object) -> int | None:
        """The sign of the difference to a number, None if it is none that can be compared."""

    def _square_bounds(self, bits: int) -> tuple[mpq, mpq]:
        """Rationals below and above the square (or equal to it), as tight as asked."""
        low, high = self.bounds(bits)
        return low**2, high**2

    def _order(self, other: object) -> int | None:
        if isinstance(other, float) and isinf(other):
            return -1 if other > 0 else 1
        return self._minus(other)

    def __eq__(self, other: object) -> bool:
        sign = self._order(other)
        return NotImplemented if sign is None else sign == 0

    def __lt__(self, other: object) -> bool:
        sign = self._order(other)
        return NotImplemented if sign is None else sign < 0

    @abstractmethod
    def __hash__(self) -> int: ...

    def __float__(self) -> float:
        return float(self.bounds(80)[0])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Radical(AlgebraicNumber):
    """The number ``numerator`` >= 0 over a sum of c sqrt(n), given as pairs (c, n), c > 0.

    >>> half_diagonal = Radical.of(1, [(1, 2)])
    >>> half_diagonal, float(half_diagonal), half_diagonal < "7072/10000"
    (sqrt(1/2), 0.7071067811865476, True)
    >>> Radical.of(2, [(1, 8)]) == half_diagonal, Radical.of(6, [(1, 4), (1, 16)]).rational()
    (True, mpq(1,1))
    """

    numerator: mpq
    terms: tuple[tuple[mpq, mpz], ...]

    @classmethod
    def of(cls, numerator: Any, terms: Iterable[Any]) -> Radical:
        """Return the number in a form where no two radicands have a square as product.

        Raises InputError if an entry is negative, a radicand no integer, or the sum zero.
        """
        pairs = [rational_vector(term, "term", 2) for term in in_order(terms, "terms")]
        top, collected = rational(numerator, "numerator"), _collected((c, n.numerator) for c, n in pairs)
        if any(c < 0 or n < 0 or n.denominator != 1 for c, n in pairs) or top < 0 or not collected:
            raise InputError("The sum must be positive, the radicands integers, and no number negative.")
        if not top:
            return cls(top, ((mpq(1), mpz(1)),))
        common = lcm(top.denominator, *(c.denominator for c in collected.values()))
        scale = mpq(common, gcd(*(v.numerator * (common // v.denominator) for v in (top, *collected.values()))))
        return cls(top * scale, tuple((c * scale, n) for n, c in collected.items()))

    @classmethod
    def root(cls, square: Any) -> Radical:
        """Return the square root of a rational number; InputError if it is negative.

        >>> Radical.root("8/9"), Radical.root("4/9").rational()
        (sqrt(8/9), mpq(2,3))
        """
        value = rational(square, "square")
        if value < 0:
            raise InputError(f"The square is {value}; the square root of a negative number is not real.")
        return cls.of(value.numerator, [(1, value.numerator * value.denominator or 1)])

    def square(self) -> mpq | None:
        """Return the square if it is rational, else None."""
        (c, n), *others = self.terms
        return None if others else self.numerator**2 / (c**2 * n)

    def rational(self) -> mpq | None:
        """Return the number as a rational one, or None if it is irrational."""
        return self.numerator / self.terms[0][0] if [n for _, n in self.terms] == [1] else None

    @checked
    def bounds(self, bits: Natural = 64) -> tuple[mpq, mpq]:
        """Return rationals below and above the number (or equal to it), whose quotient is at most 1 + 2^-bits.

        >>> low, high = Radical.of(1, [(1, 2)]).bounds(100)
        >>> 2 * low**2 < 1 < 2 * high**2, high / low - 1 < mpq(1, 2**100)
        (True, True)
        """
        exact, precision = self.rational(), bits + 2
        if exact is not None:
            return exact, exact
        while True:
            unit = mpz(1) << precision
            low = sum((c * isqrt(n * unit**2) for c, n in self.terms), mpq(0))
            high = low + sum((c for c, _ in self.terms), mpq(0))
            if (high - low) * 2**bits <= low:
                return self.numerator * unit / high, self.numerator * unit / low
            precision *= 2

    def _minus(self, other: object) -> int | None:
        """The sign of the difference to a number."""
        if isinstance(other, Radical):
            terms = [(other.numerator * c, n) for c, n in self.terms]
            terms = [(self.numerator * c, n) for c, n in other.terms] + [(-c, n) for c, n in terms]
        else:
            try:
                value = rational(other)
            except InputError:
                return None
            terms = [(self.numerator, mpz(1)), *((-value * c, n) for c, n in self.terms)]
        return signs_of_sums([[c for c, _ in terms]], [n for _, n in terms])[0]

    def __hash__(self) -> int:
        exact = self.rational()
        if exact is not None:
            return hash(exact)
        low, high = self.bounds(64)
        while (scaled := low * 2**20 // 1) != high * 2**20 // 1:
            low, high = self.bounds(2 * low.denominator.bit_length())
        return hash(int(scaled))

    def __repr__(self) -> str:
        exact, square = self.rational(), self.square()
        if exact is not None:
            return abbreviated(exact)
        roots = [(c, f"sqrt({n})" if n != 1 else "1") for c, n in self.terms]
        text = " + ".join(root if c == 1 else str(c) if root == "1" else f"{c} {root}" for c, root in roots)
        text = f"sqrt({square})" if square is not None else f"{self.numerator}/({text})"
        return (
            text
            if len(text) <= 60
            else f"{decimals(self.bounds(80)[0], 12)} (with {counted(len(self.terms), 'square root')})"
        )
