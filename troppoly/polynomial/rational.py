r"""Tropical rational functions: differences f - g of tropical polynomials, as pairs (f, g).

*Composition.*  Let f = max_i (<a_i, x> + c_i) and substitute x_j = F_j - G_j with polynomials F_j, G_j.  With
M_j = max(0, max_i a_ij) and L_j = min(0, min_i a_ij), f(F - G) = N - D for the polynomials

    D = sum_j (M_j G_j - L_j F_j)  and  N = max_i ( c_i + sum_j ((a_ij - L_j) F_j + (M_j - a_ij) G_j) ),

as all factors a_ij - L_j, M_j - a_ij, M_j, -L_j are nonnegative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import Natural, checked
from troppoly.errors import InputError, ShapeError, counted, shown
from troppoly.exact import rational
from troppoly.exact.scalar import in_order
from troppoly.polynomial.operators import Operators
from troppoly.polynomial.polynomial import TropicalPolynomial, pruned_product, pruned_sum

__all__ = ["TropicalRational", "components_of"]


@dataclass(frozen=True, slots=True, repr=False)
class TropicalRational(Operators):
    """The tropical rational function f / g, that is x -> f(x) - g(x) on R^d.

    ``r + s`` is max(r, s), ``r * s`` is r + s, ``r / s`` is r - s and ``r ** q`` is q r, for any rational q.
    Polynomials and numbers may stand for r or s.  The algebra is formal, on numerators and denominators; ``==``
    compares these, and :meth:`equals` the functions.

    Raises ShapeError if the numbers of variables differ, InputError if the denominator is the tropical zero.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> absolute = (x**2 + 0) / x
    >>> absolute
    max(2*x0, 0) - max(x0)
    >>> absolute([-3]), absolute.equals((x / 0) + (0 / x)), absolute == (x / 0) + (0 / x)
    (mpq(3,1), True, True)
    """

    numerator: TropicalPolynomial
    denominator: TropicalPolynomial

    def __post_init__(self) -> None:
        for polynomial in (self.numerator, self.denominator):
            if not isinstance(polynomial, TropicalPolynomial):
                raise InputError(f"{shown(polynomial)} is not a tropical polynomial.")
        if not self.denominator.terms:
            raise InputError("Nothing is divided by the tropical zero.")
        n, m = self.numerator.n_variables, self.denominator.n_variables
        if n != m:
            raise ShapeError(f"The numerator has {counted(n, 'variable')} and the denominator {m}.")

    @classmethod
    @checked
    def of(cls, value: Any, n_variables: Natural) -> TropicalRational:
        """Return a tropical rational, a polynomial or a number as a tropical rational.

        Raises ShapeError if it is not in ``n_variables`` variables, InputError if it is none of them.
        """
        if not isinstance(value, TropicalRational):
            if not isinstance(value, TropicalPolynomial):
                value = TropicalPolynomial.constant(value, n_variables)
            value = cls(value, TropicalPolynomial.one(value.n_variables))
        if value.n_variables != n_variables:
            n = counted(value.n_variables, "variable")
            raise ShapeError(f"A function of {n} stands where one of {n_variables} is needed.")
        result: TropicalRational = value
        return result

    @property
    def n_variables(self) -> int:
        """The number d of variables."""
        return self.numerator.n_variables

    def __call__(self, x: Sequence[Any]) -> mpq:
        """Return the exact value at the point ``x`` of d numbers; raises ShapeError for another length."""
        return self.numerator(x) - self.denominator(x)

    def evaluate_float(self, points: Any) -> NDArray[np.float64]:
        """Return the values at the rows of an (N, d) array in floating point, as an (N,) array."""
        return self.numerator.evaluate_float(points) - self.denominator.evaluate_float(points)

    def _operand(self, other: Any) -> TropicalRational:
        return self.of(other, self.n_variables)

    def _plus(self, other: TropicalRational) -> TropicalRational:
        (f, g), (h, k) = (self.numerator, self.denominator), (other.numerator, other.denominator)
        return TropicalRational(f + h, g) if g == k else TropicalRational(f * k + h * g, g * k)

    def _times(self, other: TropicalRational) -> TropicalRational:
        return TropicalRational(self.numerator * other.numerator, self.denominator * other.denominator)

    def _over(self, other: TropicalRational) -> TropicalRational:
        return TropicalRational(self.numerator * other.denominator, self.denominator * other.numerator)

    def __pow__(self, power: object) -> TropicalRational:
        """Return q r, for any rational q."""
        q = rational(power, "power")
        if q < 0:
            return TropicalRational(self.denominator**-q, self.numerator**-q)
        return TropicalRational(self.numerator**q, self.denominator**q)

    def compose_affine(self, matrix: Any, vector: Sequence[Any]) -> TropicalRational:
        """Return u -> r(A u + b), for A of shape (d, m) and b of length d; raises ShapeError if they do not fit."""
        f, g = (part.compose_affine(matrix, vector) for part in (self.numerator, self.denominator))
        return TropicalRational(f, g)

    def compose(self, inner: Any) -> TropicalRational:
        """Return the function u -> r(s_0(u), ..., s_{d-1}(u)), with irredundant numerator and denominator.

        ``inner`` is a map to R^d or a sequence of d tropical rationals or polynomials.  Raises ShapeError if there
        are not d of them, and InputError for a single function.
        """
        if isinstance(inner, Operators):
            raise InputError("The inner functions must be a map or a sequence, not a single function.")
        functions = components_of(inner)
        if len(functions) != self.n_variables:
            n = counted(self.n_variables, "variable")
            raise ShapeError(f"A function of {n} does not take a map to R^{len(functions)}.")
        (f, g), (h, k) = (_substituted(part, functions) for part in (self.numerator, self.denominator))
        return TropicalRational(pruned_product([f, k]), pruned_product([g, h]))

    def prune(self) -> TropicalRational:
        """Return the same function with numerator and denominator pruned; common factors are not canceled."""
        return TropicalRational(self.numerator.prune(), self.denominator.prune())

    def equals(self, other: Any) -> bool:
        """Return whether a rational, polynomial or number is the same function on R^d, decided exactly.

        f/g and h/k are equal functions exactly when the polynomials f*k and h*g are.  Raises InputError for anything
        else, and ShapeError for one in other variables.
        """
        s = self._operand(other)
        left = pruned_product([self.numerator, s.denominator])
        return left == pruned_product([s.numerator, self.denominator])

    def __repr__(self) -> str:
        numerator, denominator = repr(self.numerator), repr(self.denominator)
        if numerator.startswith("max(") and denominator.startswith("max("):
            return f"{numerator} - {denominator}"
        counts = f"{len(self.numerator)} and {len(self.denominator)} monomials"
        return f"Tropical rational function in {counted(self.n_variables, 'variable')} with {counts}"

    def _latex_(self) -> str:
        return f"{self.numerator._latex_()} - {self.denominator._latex_()}"


def components_of(functions: Sequence[Any]) -> tuple[TropicalRational, ...]:
    """Return tropical rationals and polynomials, one or more on the same space, as tropical rationals."""
    entries = tuple(in_order(functions, "components"))
    if not entries:
        raise InputError("A tropical map needs at least one component.")
    for i, entry in enumerate(entries):
        if not isinstance(entry, Operators):
            raise InputError(f"Component {i} is not a tropical rational or polynomial, but {shown(entry)}.")
    return tuple(TropicalRational.of(r, entries[0].n_variables) for r in entries)


def _substituted(
    outer: TropicalPolynomial, inner: Sequence[TropicalRational]
) -> tuple[TropicalPolynomial, TropicalPolynomial]:
    """The irredundant N and D of f(F - G)."""
    factors = [*(r.numerator for r in inner), *(r.denominator for r in inner)]
    high = [max(mpq(0), *column) for column in zip(*outer.exponents, strict=True)]
    low = [min(mpq(0), *column) for column in zip(*outer.exponents, strict=True)]
    monomials = []
    for exponent, c in outer.terms.items():
        powers = [a - b for a, b in zip((*exponent, *high), (*low, *exponent), strict=True)]
        monomials.append(c * pruned_product(factors, powers))
    return pruned_sum(monomials), pruned_product(factors, [*(-b for b in low), *high])
