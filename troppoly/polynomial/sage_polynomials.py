"""Conversion from and to the tropical polynomials of Sage.

Sage's have nonnegative integer exponents, over a max-plus or min-plus semiring.  The latter is carried over to max-plus
by the isomorphism c -> -c: the polynomial p of min-plus becomes f with f(x) = -p(-x).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gmpy2 import mpq

from troppoly.errors import InputError, kind_of
from troppoly.exact import rational
from troppoly.exact.scalar import abbreviated
from troppoly.passagemath import load, to_sage_rational

__all__ = ["from_sage", "to_sage"]


def to_sage(terms: Mapping[tuple[mpq, ...], mpq], d: int) -> Any:
    """Return the polynomial with these terms over Sage's max-plus semiring of the rationals, in x0, ..., x(d-1).

    It is univariate for d = 1.  Raises InputError unless all exponents are nonnegative integers, below 2^31.

    >>> to_sage({(mpq(1), mpq(0)): mpq(2), (mpq(0), mpq(0)): mpq(1, 2)}, 2)
    2*x0 + 1/2
    """
    if not terms:
        raise InputError("The tropical zero is -infinity everywhere, no function with values in R.")
    for exponent in terms:
        if any(not 0 <= a < 2**31 or a.denominator != 1 for a in exponent):
            text = ", ".join(map(abbreviated, exponent))
            raise InputError(
                f"Sage's tropical polynomials have nonnegative integer exponents below 2^31, not ({text})."
            )
    field = load("sage.rings.rational_field").QQ
    semiring = load("sage.rings.semirings.tropical_semiring").TropicalSemiring(field, use_min=False)
    construct = load("sage.rings.polynomial.polynomial_ring_constructor").PolynomialRing
    ring = construct(semiring, "x0") if d == 1 else construct(semiring, d, "x")
    return ring({int(a[0]) if d == 1 else tuple(map(int, a)): semiring(to_sage_rational(c)) for a, c in terms.items()})


def from_sage(polynomial: Any) -> dict[Any, mpq]:
    """Return the terms of the max-plus polynomial of a univariate or multivariate tropical polynomial of Sage's.

    Raises InputError if the argument is not a tropical polynomial of Sage's, or its zero, the constant infinity; and
    the errors of :func:`troppoly.exact.rational` for coefficients that are not rational.

    >>> from_sage(to_sage({(mpq(1),): mpq(2)}, 1))
    {(1,): mpq(2,1)}
    """
    univariate = load("sage.rings.semirings.tropical_polynomial").TropicalPolynomial
    if not isinstance(polynomial, (univariate, load("sage.rings.semirings.tropical_mpolynomial").TropicalMPolynomial)):
        raise InputError(f"A tropical polynomial of Sage's is needed, not {kind_of(polynomial)}.")
    semiring = polynomial.parent().base()
    # Of 0 and 1, the tropical sum is the one that the convention selects.
    sign = -1 if (semiring(0) + semiring(1)).lift() == 0 else 1
    terms: dict[Any, mpq] = {}
    for key, coefficient in polynomial.monomial_coefficients().items():
        if coefficient != semiring.zero():
            exponent = (key,) if isinstance(polynomial, univariate) else tuple(key)
            terms[tuple(map(int, exponent))] = sign * rational(coefficient.lift(), "coefficient")
    if not terms:
        raise InputError("The zero of a tropical polynomial semiring is infinite, no function with real values.")
    return terms
