"""Counts that are too large to be written out: brackets of the binary logarithm.

Beyond LARGEST_BITS bits a count n is known by two bounds lower <= log2(n) <= upper.  Sums and products increase with
both counts, so bounds follow from bounds,

    log2(m n) = log2(m) + log2(n),    log2(m + n) = M + log2(1 + 2^(-|log2(m) - log2(n)|)),  M the larger one,

in balls of FLINT's (Arb) with 256 bits, of which the lower end is ``lower`` and the upper end ``upper``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from math import prod

from flint import arb, ctx, fmpq
from gmpy2 import mpfr, mpq, mpz

from troppoly.arguments import checked
from troppoly.errors import BudgetError, InputError, shown

__all__ = ["LARGEST_BITS", "Count", "LargeCount", "in_short", "product_of_counts", "sum_of_counts"]

LARGEST_BITS = 2**20  # the most bits of a count that is written out


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
    @checked
    def of(cls, count: Count) -> LargeCount:
        """Return the bracket of a positive count; raises InputError for another one."""
        if isinstance(count, LargeCount):
            return count
        if count < 1:
            raise InputError(f"The count {shown(count)} is not positive.")
        return _bracket(lambda: arb(count).log_base(2))

    def bit_length(self) -> int:
        """Return the number of bits, floor(log2(n)) + 1; raises BudgetError if the bounds do not tell it."""
        if self.lower // 1 != self.upper // 1:
            raise BudgetError(f"The bounds of the count {self} do not tell its number of bits.")
        return int(self.lower // 1) + 1

    def __int__(self) -> int:
        raise BudgetError(f"The count {self} is known by its logarithm only, and not written out.")

    __index__ = __int__

    def __str__(self) -> str:
        log10 = _bracket(lambda x: x * arb(2).log() / arb.const_log10(), self)
        exponent = int(log10.lower // 1)
        if exponent < 10**15:
            first = _bracket(lambda x: 100 * arb(10) ** (x - exponent), log10)
            low, high = (int(bound + mpq(1, 2)) for bound in (first.lower, first.upper))  # hundredths
            if low == high:
                return f"{low / 100:.2f}e+{exponent}" if low < 1000 else f"1.00e+{exponent + 1}"
        return f"10^({mpfr(log10.lower):.6g})"

    def __repr__(self) -> str:
        return f"LargeCount({self})"


Count = LargeCount | int


def _bracket(function: Callable[..., arb], *brackets: LargeCount) -> LargeCount:
    """The bounds of an increasing function of numbers with known bounds."""
    with ctx.workprec(256):
        low, high = (
            function(*(arb(fmpq(int(bound.numerator), int(bound.denominator))) for bound in bounds))
            for bounds in ([b.lower for b in brackets], [b.upper for b in brackets])
        )
        ends = low.lower().fmpq(), high.upper().fmpq()
        return LargeCount(*(mpq(int(end.p), int(end.q)) for end in ends))


def product_of_counts(counts: list[Count]) -> Count:
    """Return the product of positive counts, exact up to LARGEST_BITS bits."""
    if all(isinstance(n, int) for n in counts) and sum(n.bit_length() for n in counts) <= LARGEST_BITS:
        return int(prod(map(mpz, counts), start=mpz(1)))
    return _bracket(lambda *logarithms: sum(logarithms, start=arb(0)), *map(LargeCount.of, counts))


def sum_of_counts(first: Count, second: Count) -> Count:
    """Return the sum of two positive counts, exact if both are.

    >>> sum_of_counts(product_of_counts([1 << 10**6, 1 << 10**6]), 1)
    LargeCount(9.80e+602059)
    """
    if isinstance(first, int) and isinstance(second, int):
        return first + second

    def log2_of_sum(x: arb, y: arb) -> arb:
        ln2 = arb.const_log2()
        return x.max(y) + (-abs(x - y) * ln2).exp().log1p() / ln2

    return _bracket(log2_of_sum, LargeCount.of(first), LargeCount.of(second))


def in_short(count: Count) -> str:
    """Return a count in full, or from 10^12 on its first three digits and its power of ten.

    >>> in_short(123456), in_short(2**100), in_short(LargeCount.of(2**100))
    ('123,456', '1.27e+30', '1.27e+30')
    """
    if isinstance(count, LargeCount):
        return str(count)
    return f"{count:,}" if count < 10**12 else f"{Decimal(count):.2e}"
