r"""Operator norms of rational matrices in the 2-norm: algebraic numbers, compared exactly, with rational bounds.

The norm of A is the square root of the largest eigenvalue s of the smaller of A A^T and A^T A, which has the same
eigenvalues but for zeros.  Its characteristic polynomial has rational coefficients and only real roots, none negative,
and s is the largest root of one of its irreducible factors, the minimal polynomial p of s.

**Comparison.**  Let all roots s_i of p be real and its leading coefficient be positive.  *No root is greater than c iff
p(x + c) has no negative coefficient*: if none is, p(x + c) is a product of x + (c - s_i) with c - s_i >= 0; conversely
a polynomial without negative coefficients, not 0, has no positive root.  So is decided, without eigenvectors, whether
c I - A A^T is positive semidefinite.  Different irreducible polynomials have no root in common.  And *no norm is a / b
for a sum b of several c sqrt(n), c > 0, no product of two n a square*: b^2 is irrational, so some other signs of the
roots give it a conjugate, which is smaller; then a^2 / b^2 is not the largest root of its minimal polynomial.

**Bounds.**  For x > s, the largest of the n roots, p'(x) / p(x) = sum 1 / (x - s_i), so

    1 / (x - s) <= p'(x) / p(x) <= n / (x - s),    x - n p(x) / p'(x) <= s <= x - p(x) / p'(x).

The right side is the next x, rounded up: Newton's method, which converges from above, in the end quadratically, as s is
a simple root.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import fmpz_poly
from gmpy2 import gcd, mpq, mpz

from troppoly.arguments import Natural, checked
from troppoly.errors import InputError
from troppoly.exact import AlgebraicNumber, Radical, RationalMatrix, rational
from troppoly.exact.numerators import nearest_floats, over_common_denominator, to_flint
from troppoly.exact.scalar import ObjectArray, decimals

__all__ = ["SpectralNorm", "greatest_norm"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SpectralNorm(AlgebraicNumber):
    """The operator norm of a rational matrix in the 2-norm: the square root of the largest root of ``polynomial``.

    That is p_0 + ... + p_n x^n, given by its coprime integers p_0, ..., p_n with p_n > 0, irreducible, with real roots
    only.

    >>> golden = SpectralNorm.of([[1, 1], [0, 1]])
    >>> golden.polynomial, float(golden), golden < "1.619"
    ((mpz(1), mpz(-3), mpz(1)), 1.618033988749895, True)
    >>> SpectralNorm.of([[1, 2]]), SpectralNorm.of([[3, 4]]) == 5
    (sqrt(5), True)
    """

    polynomial: tuple[mpz, ...]

    @classmethod
    def of(cls, matrix: Any) -> SpectralNorm:
        """Return the norm of a matrix; raises the errors of :meth:`troppoly.RationalMatrix.of`."""
        entries = RationalMatrix.of(matrix).dense()
        return cls._of_factors(_characteristic(entries.numerators), entries.denominator)

    @classmethod
    def _of_factors(cls, polynomial: fmpz_poly, denominator: mpz) -> SpectralNorm:
        """The greatest of the square roots of the roots of a polynomial, over a denominator."""
        norms = []
        for factor, _ in polynomial.factor()[1]:
            coefficients = [mpz(int(c)) * denominator ** (2 * k) for k, c in enumerate(factor.coeffs())]
            common = gcd(*coefficients)
            norms.append(cls(tuple(c // common for c in coefficients)))
        return max(norms, default=cls((mpz(0), mpz(1))))  # a matrix without entries

    def square(self) -> mpq | None:
        """Return the square if it is rational, else None."""
        return mpq(-self.polynomial[0], self.polynomial[1]) if len(self.polynomial) == 2 else None

    def rational(self) -> mpq | None:
        """Return the number as a rational one, or None if it is irrational."""
        square = self.square()
        return None if square is None else Radical.root(square).rational()

    @checked
    def bounds(self, bits: Natural = 64) -> tuple[mpq, mpq]:
        """Return rationals below and above the number (or equal to it), whose quotient is at most 1 + 2^-bits.

        >>> low, high = SpectralNorm.of([[1, 1], [0, 1]]).bounds(100)
        >>> low * (low - 1) < 1 < high * (high - 1), high / low - 1 < mpq(1, 2**100)
        (True, True)
        """
        low, high = self._square_bounds(bits + 2)
        return Radical.root(low).bounds(bits + 2)[0], Radical.root(high).bounds(bits + 2)[1]

    def _square_bounds(self, bits: int) -> tuple[mpq, mpq]:
        """Rationals below and above the square, whose quotient is at most 1 + 2^-bits."""
        square, p = self.square(), self.polynomial
        if square is not None:
            return square, square
        derivative = [k * c for k, c in enumerate(p)][1:]
        high = mpq(-p[-2], p[-1])  # the sum of the roots
        while True:
            step = _value(p, high) / _value(derivative, high)
            low, following = high - (len(p) - 1) * step, high - step
            if (following - low) * 2**bits <= low:
                return low, following
            unit = mpq(2) ** (bits + 8 + len(p) - following.numerator.bit_length() + following.denominator.bit_length())
            high = -(-following * unit // 1) / unit

    def _minus(self, other: object) -> int | None:
        """The sign of the difference to a number."""
        if isinstance(other, SpectralNorm) and self.polynomial == other.polynomial:
            return 0
        try:
            square = other.square() if isinstance(other, AlgebraicNumber) else (value := rational(other)) * abs(value)
        except InputError:
            return None
        if square is not None:
            return _compared(fmpz_poly(list(map(int, self.polynomial))), square)
        assert isinstance(other, AlgebraicNumber)
        bits = 64
        while True:  # they differ
            (low, high), (least, greatest) = self._square_bounds(bits), other._square_bounds(bits)
            if low > greatest or high < least:
                return 1 if low > greatest else -1
            bits *= 2

    def __hash__(self) -> int:
        square = self.square()
        return hash(self.polynomial if square is None else Radical.root(square))

    def __repr__(self) -> str:
        square = self.square()
        if square is not None and len(text := str(Radical.root(square))) <= 60:
            return text
        return f"{decimals(self.bounds(80)[0], 12)} (the square has degree {len(self.polynomial) - 1})"


def greatest_norm(matrices: ObjectArray) -> tuple[list[int], SpectralNorm]:
    """Return which of some matrices, given as an (n, k, d) array of rationals, have the greatest norm, and that norm.

    Floats propose it.  The norm of no other is greater by the sums of the squares of entries, which are traces, or by
    characteristic polynomials.

    >>> greatest_norm(np.array([[[mpq(1), mpq(2)]], [[mpq(-2), mpq(1)]], [[mpq(0), mpq(1)]]]))
    ([0, 1], sqrt(5))
    """
    numerators, denominator = over_common_denominator(matrices)
    traces = (numerators * numerators).sum(axis=(1, 2))
    best = int(np.argmax(_float_norms(nearest_floats(numerators, denominator))))
    greatest = proposed = SpectralNorm._of_factors(_characteristic(numerators[best]), denominator)
    bound = greatest._square_bounds(64)[0] * denominator**2
    found: list[int] = []
    for i in np.flatnonzero((traces >= bound).astype(bool)).tolist():
        polynomial = _characteristic(numerators[i])
        if i != best and _compared(polynomial, bound) < 0:
            continue
        norm = proposed if i == best else SpectralNorm._of_factors(polynomial, denominator)
        if norm > greatest:
            found, greatest, bound = [], norm, norm._square_bounds(64)[0] * denominator**2
        if norm == greatest:
            found.append(i)
    return found, greatest


def _float_norms(matrices: Any) -> Any:
    """The norms nearly, 0 where they are beyond the range of floats."""
    finite = np.isfinite(matrices).all(axis=(1, 2))
    return np.where(finite, np.linalg.norm(np.where(finite[:, None, None], matrices, 0), 2, axis=(1, 2)), 0)


def _characteristic(matrix: ObjectArray) -> fmpz_poly:
    """The characteristic polynomial of the smaller of A A^T and A^T A for an integer matrix."""
    flint = to_flint(matrix)
    return (flint * flint.transpose() if matrix.shape[0] <= matrix.shape[1] else flint.transpose() * flint).charpoly()


def _compared(polynomial: fmpz_poly, c: mpq) -> int:
    """The sign of s - c for the largest root s of a polynomial with real roots only."""
    degree, a, b = polynomial.degree(), int(c.numerator), int(c.denominator)
    scaled = fmpz_poly([int(p) * b ** (degree - k) for k, p in enumerate(polynomial.coeffs())])  # b^n p(x / b)
    shifted = scaled(fmpz_poly([a, 1])).coeffs()
    return 1 if min(shifted) < 0 else -(shifted[0] != 0)


def _value(polynomial: Any, x: mpq) -> mpq:
    return sum((c * x**k for k, c in enumerate(polynomial)), mpq(0))
