"""Tropical rational functions: differences f - g of tropical polynomials, as pairs (f, g)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import Natural, checked
from troppoly.errors import InputError, NotFiniteError, ShapeError, shown
from troppoly.exact import in_order, rational
from troppoly.polynomial.composition import substituted
from troppoly.polynomial.polynomial import TropicalPolynomial, refuse_classical_start
from troppoly.polynomial.products import pruned_product

__all__ = ["TropicalRational", "components_of"]


@dataclass(frozen=True, slots=True, repr=False)
class TropicalRational:
    """The tropical rational function f / g, that is x -> f(x) - g(x) on R^d.

    ``r + s`` is max(r, s), ``r * s`` is r + s, ``r / s`` is r - s and ``r ** q`` is q r, for any
    rational q.  Polynomials and numbers may stand for r or s.  The algebra is formal, on numerators
    and denominators; ``==`` compares these, and :meth:`equals` compares the functions.

    Raises ShapeError if the numbers of variables differ, InputError if an argument is no polynomial or the
    denominator is the tropical zero, which nothing is divided by.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> absolute = (x**2 + 0) / x
    >>> absolute
    max(2*x0, 0) - max(x0)
    >>> absolute([-3]), absolute.equals((x / 0) + (0 / x)), absolute == (x / 0) + (0 / x)
    (mpq(3,1), True, True)
    """

    numerator: TropicalPolynomial
    denominator: TropicalPolynomial

    __array_ufunc__ = None  # NumPy scalars leave the operators to this class.

    def __post_init__(self) -> None:
        for polynomial in (self.numerator, self.denominator):
            if not isinstance(polynomial, TropicalPolynomial):
                raise InputError(f"{shown(polynomial)} is no tropical polynomial.")
        if not self.denominator.terms:
            raise InputError("Nothing is divided by the tropical zero.")
        if self.numerator.n_variables != self.denominator.n_variables:
            raise ShapeError(
                f"The numerator has {self.numerator.n_variables} variables and the denominator "
                f"{self.denominator.n_variables}."
            )

    @classmethod
    @checked
    def of(cls, value: Any, n_variables: Natural) -> TropicalRational:
        """Return a tropical rational, a polynomial or a number as a tropical rational.

        Raises ShapeError if it is not in ``n_variables`` variables, InputError if it is none of them.

        >>> TropicalRational.of(5, n_variables=2)
        max(5) - max(0)
        """
        if not isinstance(value, TropicalRational):
            if not isinstance(value, TropicalPolynomial):
                value = TropicalPolynomial.constant(value, n_variables)
            value = cls(value, TropicalPolynomial.constant(0, value.n_variables))
        if value.n_variables != n_variables:
            raise ShapeError(
                f"A function of {value.n_variables} variables stands where one of {n_variables} is needed."
            )
        result: TropicalRational = value
        return result

    def _coerce(self, other: object) -> TropicalRational | None:
        try:
            return self.of(other, self.n_variables)
        except (NotFiniteError, ShapeError):
            raise
        except InputError:
            return None

    @property
    def n_variables(self) -> int:
        """The number d of variables."""
        return self.numerator.n_variables

    # -- values

    def __call__(self, x: Sequence[Any]) -> mpq:
        """Return the exact value at the point ``x`` of d numbers; raises ShapeError for another length."""
        return self.numerator(x) - self.denominator(x)

    def evaluate_float(self, points: Any) -> NDArray[np.float64]:
        """Return the values at the rows of an (N, d) array in floating point, as an (N,) array."""
        return self.numerator.evaluate_float(points) - self.denominator.evaluate_float(points)

    # -- algebra

    def __add__(self, other: object) -> TropicalRational:
        s = self._coerce(other)
        if s is None:
            return NotImplemented
        if self.denominator == s.denominator:
            return TropicalRational(self.numerator + s.numerator, self.denominator)
        return TropicalRational(
            self.numerator * s.denominator + s.numerator * self.denominator, self.denominator * s.denominator
        )

    def __radd__(self, other: object) -> TropicalRational:
        refuse_classical_start(other, 0)
        return self + other

    def __mul__(self, other: object) -> TropicalRational:
        s = self._coerce(other)
        if s is None:
            return NotImplemented
        return TropicalRational(self.numerator * s.numerator, self.denominator * s.denominator)

    def __rmul__(self, other: object) -> TropicalRational:
        refuse_classical_start(other, 1)
        return self * other

    def __truediv__(self, other: object) -> TropicalRational:
        s = self._coerce(other)
        if s is None:
            return NotImplemented
        return TropicalRational(self.numerator * s.denominator, self.denominator * s.numerator)

    def __rtruediv__(self, other: object) -> TropicalRational:
        s = self._coerce(other)
        return NotImplemented if s is None else s / self

    def __pow__(self, power: object) -> TropicalRational:
        """Return q r, for any rational q."""
        q = rational(power, "power")
        if q < 0:
            return TropicalRational(self.denominator**-q, self.numerator**-q)
        return TropicalRational(self.numerator**q, self.denominator**q)

    def compose_affine(self, matrix: Any, vector: Sequence[Any]) -> TropicalRational:
        """Return u -> r(A u + b), for A of shape (d, m) and b of length d.

        Raises ShapeError if the shapes do not fit.

        >>> x = TropicalPolynomial.variable(0, 1)
        >>> ((x + 0) / x).compose_affine([[2]], [1])
        max(2*x0 + 1, 0) - max(2*x0 + 1)
        """
        return TropicalRational(
            self.numerator.compose_affine(matrix, vector), self.denominator.compose_affine(matrix, vector)
        )

    def compose(self, inner: Any) -> TropicalRational:
        """Return the function u -> r(s_0(u), ..., s_{d-1}(u)), with irredundant numerator and denominator.

        ``inner`` is a map to R^d or a sequence of d tropical rationals or polynomials.  Raises ShapeError if there
        are not d of them.

        >>> relu = TropicalRational.of(TropicalPolynomial.variable(0, 1) + 0, 1)
        >>> relu.compose([0 / relu])
        max(0, x0) - max(0, x0)
        """
        if isinstance(inner, (TropicalPolynomial, TropicalRational)):
            raise InputError("The inner functions must be a map or a sequence, not a single function.")
        functions = components_of(inner)
        if len(functions) != self.n_variables:
            raise ShapeError(f"A function of {self.n_variables} variables does not take a map to R^{len(functions)}.")
        numerator, denominator = (substituted(f, functions) for f in (self.numerator, self.denominator))
        return TropicalRational(
            pruned_product([numerator[0], denominator[1]]), pruned_product([numerator[1], denominator[0]])
        )

    # -- the function

    def prune(self) -> TropicalRational:
        """Return the same function with numerator and denominator pruned, each on its own.

        Common tropical factors of both are not cancelled.
        """
        return TropicalRational(self.numerator.prune(), self.denominator.prune())

    def equals(self, other: Any) -> bool:
        """Return whether ``other`` is the same function on R^d, decided exactly.

        f/g and h/k are equal functions exactly when the polynomials f*k and h*g are.  Raises
        ShapeError if the numbers of variables differ, and InputError if ``other`` is no tropical
        rational, polynomial or number.

        >>> x = TropicalPolynomial.variable(0, 1)
        >>> ((x * x) / x).equals(x), (x / 0).equals(x + 0)
        (True, False)
        """
        s = self.of(other, self.n_variables)
        left = pruned_product([self.numerator, s.denominator])
        return left == pruned_product([s.numerator, self.denominator])

    # -- in writing

    def __repr__(self) -> str:
        numerator, denominator = repr(self.numerator), repr(self.denominator)
        if numerator.startswith("max(") and denominator.startswith("max("):
            return f"{numerator} - {denominator}"
        plural = "" if self.n_variables == 1 else "s"
        return (
            f"Tropical rational function in {self.n_variables} variable{plural} with "
            f"{len(self.numerator)} and {len(self.denominator)} monomials"
        )

    def _latex_(self) -> str:
        return f"{self.numerator._latex_()} - {self.denominator._latex_()}"

    def _repr_latex_(self) -> str | None:
        return f"${self._latex_()}$" if repr(self).startswith("max(") else None


def components_of(functions: Sequence[Any]) -> tuple[TropicalRational, ...]:
    """Return tropical rationals and polynomials, one or more on the same space, as tropical rationals."""
    entries = tuple(in_order(functions, "components"))
    if not entries:
        raise InputError("A tropical map needs at least one component.")
    for i, entry in enumerate(entries):
        if not isinstance(entry, (TropicalRational, TropicalPolynomial)):
            raise InputError(f"Component {i} is no tropical rational or polynomial, but {shown(entry)}.")
    return tuple(TropicalRational.of(r, entries[0].n_variables) for r in entries)
