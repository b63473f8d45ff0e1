"""Numbers of things that are too many for their number to be written out: brackets of the binary logarithm.

A formal monomial count has about width^depth digits.  Beyond LARGEST_BITS bits it is known by two bounds
lower <= log2(n) <= upper.  Sums and products of counts are monotone in both, so bounds follow from bounds:

    log2(m n) = log2(m) + log2(n),    log2(m + n) = M + log2(1 + 2^(-|log2(m) - log2(n)|)),  M the larger one.

Each operation is rounded downwards for ``lower`` and upwards for ``upper`` (MPFR's are correctly rounded), with
192 bits, so that even the first digits of n are known as long as its logarithm has less than some 150 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import prod
from typing import Any

import gmpy2
from gmpy2 import mpfr, mpq, mpz

from troppoly.errors import BudgetError

__all__ = ["LARGEST_BITS", "Count", "LargeCount", "in_short", "product_of_counts", "sum_of_counts"]

LARGEST_BITS = 2**20
"""The most bits of a count that is written out."""

_PRECISION = 192

_DOWN, _UP = (
    gmpy2.context(precision=_PRECISION, round=direction, emin=gmpy2.get_emin_min(), emax=gmpy2.get_emax_max())
    for direction in (gmpy2.RoundDown, gmpy2.RoundUp)
)


@dataclass(frozen=True, slots=True, repr=False)
class LargeCount:
    """A positive integer n that is not written out: ``lower`` <= log2(n) <= ``upper``, exact rationals.

    >>> n = LargeCount.of(10**40)
    >>> n, n.bit_length() == (10**40).bit_length(), n.upper - n.lower < mpq(1, 2**100)
    (LargeCount(1.00e+40), True, True)
    >>> int(n)
    Traceback (most recent call last):
    ...
    troppoly.errors.BudgetError: The count 1.00e+40 is known by its logarithm only, and not written out.
    """

    lower: mpq
    upper: mpq

    @classmethod
    def of(cls, count: Count) -> LargeCount:
        """Return the bracket of a positive count.

        With 2^s m <= n <= 2^s (m + 1) for the first bits m of n, log2(n) lies between s + log2(m) and
        s + log2(m + 1), and m + 1 is exact in 192 bits.
        """
        if isinstance(count, LargeCount):
            return count
        shift = max(0, count.bit_length() - _PRECISION + 2)
        first = mpz(count) >> shift
        last = first + (1 if shift else 0)
        return cls(mpq(_DOWN.add(_DOWN.log2(first), shift)), mpq(_UP.add(_UP.log2(last), shift)))

    def bit_length(self) -> int:
        """Return the number of bits of n, floor(log2(n)) + 1.

        Raises BudgetError if the bounds do not tell.
        """
        if self.lower // 1 != self.upper // 1:
            raise BudgetError(f"The bounds of the count {self} do not tell its number of bits.")
        return int(self.lower // 1) + 1

    def __int__(self) -> int:
        raise BudgetError(f"The count {self} is known by its logarithm only, and not written out.")

    __index__ = __int__

    def __str__(self) -> str:
        low, high = (
            context.mul(mpfr_of(bound, context), context.log10(mpz(2)))
            for bound, context in ((self.lower, _DOWN), (self.upper, _UP))
        )
        exponent = int(gmpy2.floor(low))
        if exponent < 10**15:
            digits = {
                Decimal(format(context.exp10(context.sub(bound, exponent)), ".12f")).quantize(Decimal("0.01"))
                for bound, context in ((low, _DOWN), (high, _UP))
            }
            if len(digits) == 1:
                first = digits.pop()
                return f"{first}e+{exponent}" if first < 10 else f"1.00e+{exponent + 1}"
        return f"10^({low:.6g})"

    def __repr__(self) -> str:
        return f"LargeCount({self})"


Count = int | LargeCount


def mpfr_of(value: mpq, context: Any) -> mpfr:
    """Return a rational rounded in the direction of a context."""
    return context.div(value.numerator, value.denominator)


def product_of_counts(counts: list[Count]) -> Count:
    """Return the product of positive counts, exact up to LARGEST_BITS bits.

    >>> product_of_counts([2, 3]), product_of_counts([1 << 10**6, 1 << 10**6])
    (6, LargeCount(9.80e+602059))
    """
    integers = [mpz(n) for n in counts if isinstance(n, int)]
    if len(integers) == len(counts) and sum(n.bit_length() for n in integers) <= LARGEST_BITS:
        return int(prod(integers, start=mpz(1)))
    brackets = [LargeCount.of(n) for n in counts]
    return LargeCount(_sum([b.lower for b in brackets], _DOWN), _sum([b.upper for b in brackets], _UP))


def sum_of_counts(first: Count, second: Count) -> Count:
    """Return the sum of two positive counts, exact if both are.

    >>> sum_of_counts(product_of_counts([1 << 10**6, 1 << 10**6]), 1)
    LargeCount(9.80e+602059)
    """
    if isinstance(first, int) and isinstance(second, int):
        return first + second
    one, other = LargeCount.of(first), LargeCount.of(second)
    return LargeCount(_log2_of_sum(one.lower, other.lower, _DOWN), _log2_of_sum(one.upper, other.upper, _UP))


def _sum(bounds: list[mpq], context: Any) -> mpq:
    total = mpfr(0)
    for bound in bounds:
        total = context.add(total, mpfr_of(bound, context))
    return mpq(total)


def _log2_of_sum(first: mpq, second: mpq, context: Any) -> mpq:
    """M + log2(1 + 2^(-|first - second|)), rounded in one direction."""
    small, large = sorted((first, second))
    power = context.exp2(mpfr_of(small - large, context))
    return mpq(context.add(mpfr_of(large, context), context.log2(context.add(1, power))))


def in_short(count: Count) -> str:
    """Return a count in full, or from 10^12 on its first three digits and its power of ten.

    >>> in_short(123456), in_short(2**100), in_short(LargeCount.of(2**100))
    ('123,456', '1.27e+30', '1.27e+30')
    """
    if isinstance(count, LargeCount):
        return str(count)
    return f"{count:,}" if count < 10**12 else f"{Decimal(count):.2e}"
