"""Numbers of regions of hyperplane arrangements: Zaslavsky's theorem.

An *arrangement* is a finite set of affine hyperplanes in R^d; its *flats* are the nonempty intersections X of some of
them, R^d among them.  Their Moebius function is mu(R^d) = 1 and mu(X) = -sum of mu(Y) over the flats Y that contain X
properly; the *characteristic polynomial* is  chi(q) = sum_X mu(X) q^dim(X).

*Theorem* (Zaslavsky 1975).  The arrangement has (-1)^d chi(-1) regions, and (-1)^r chi(1) of them are bounded modulo
the lineality space, where r is the rank of the normals.

*The cone.*  If an offset is not 0, the affine hyperplanes are the linear ones <a_i, x> + b_i t = 0 cut at t = 1.  With
the hyperplane t = 0 they form the *cone*, whose characteristic polynomial is (q - 1) chi(q) (Stanley, Proposition 2.6).

References: Zaslavsky, Facing up to arrangements, Memoirs AMS 154 (1975); Stanley, An introduction to
hyperplane arrangements, 2007, Theorem 2.5; Stanley, Enumerative Combinatorics 1, Corollary 3.9.3.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import comb
from typing import Any

import numpy as np

from troppoly.arguments import Natural, checked
from troppoly.bounds.whitney import whitney_numbers
from troppoly.errors import BudgetError, InputError, shown
from troppoly.exact import RationalMatrix, rational_vector

__all__ = ["CharacteristicPolynomial", "characteristic_polynomial", "generic_regions"]


@checked
def generic_regions(m: Natural, d: Natural) -> int:
    """Return sum_{j <= d} C(m, j), the number of regions of m hyperplanes in general position in R^d.

    No arrangement of m hyperplanes has more.

    >>> generic_regions(4, 2)
    11
    """
    return sum(comb(m, j) for j in range(d + 1))


@checked
@dataclass(frozen=True, slots=True)
class CharacteristicPolynomial:
    """The polynomial sum_k coefficients[k] q^k of an arrangement in R^d, with d + 1 exact coefficients.

    >>> p = CharacteristicPolynomial((2, -3, 1))  # of three lines through a point
    >>> p, p(2), p.n_regions
    (CharacteristicPolynomial(coefficients=(2, -3, 1)), 0, 6)
    """

    coefficients: tuple[int, ...]

    @checked
    def __call__(self, q: int) -> int:
        """Return the value at an integer."""
        return sum(c * q**k for k, c in enumerate(self.coefficients))

    @property
    def n_regions(self) -> int:
        """The number of regions, by Zaslavsky's theorem."""
        return abs(self(-1))

    @property
    def n_relatively_bounded(self) -> int:
        """The number of regions that are bounded modulo the lineality space."""
        return abs(self(1))

    def __repr__(self) -> str:
        return f"CharacteristicPolynomial(coefficients={shown(self.coefficients)})"

    def __str__(self) -> str:
        terms = [
            f"{'-' if c < 0 else '+'} {abs(c) if abs(c) > 1 or not k else ''}{('', 'q')[k] if k < 2 else f'q^{k}'}"
            for k, c in reversed(list(enumerate(self.coefficients)))
            if c
        ]
        return " ".join(terms).removeprefix("+ ")


@checked
def characteristic_polynomial(
    normals: Any, offsets: Sequence[Any] | None = None, *, max_memory: int | None = None
) -> CharacteristicPolynomial:
    """Return the characteristic polynomial of the hyperplanes <a_i, x> + b_i = 0, exactly.

    ``normals`` is the (m, d) matrix of the a_i and ``offsets`` the m numbers b_i, by default 0; a hyperplane may be
    given several times.  All flats are listed but those of the two least dimensions; if an arrangement is found to have
    many linear symmetries, it is one flat or a few of each orbit.

    Raises InputError if a normal is zero, ShapeError if the shapes do not fit, and BudgetError if the flats need more
    than ``max_memory`` bytes (by default the machine's memory); its ``partial`` is the tuple of the leading
    coefficients, of q^d, q^(d - 1), ..., that were found before.

    >>> print(characteristic_polynomial([[1, -1, 0], [0, 1, -1], [1, 0, -1]]))  # the braid arrangement of S_3
    q^3 - 3q^2 + 2q
    """
    matrix = RationalMatrix.of(normals, "matrix of normals")
    m, d = matrix.shape
    shifts = rational_vector([0] * m if offsets is None else offsets, "vector of offsets", length=m)
    if len(zero := np.flatnonzero(~matrix.T.nonzero_columns())):
        raise InputError(f"The row {zero[0]} of the matrix of normals is zero, which is no hyperplane.")
    is_cone = any(shifts)
    if is_cone:
        matrix = matrix.hstack(RationalMatrix.of([(b,) for b in shifts]))
        matrix = matrix.vstack(RationalMatrix.of([[0] * d + [1]]))
    if max_memory is None:
        max_memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    numbers: list[int] = []  # of Whitney: the coefficients of q^d, q^(d - 1), ...
    try:
        for number in whitney_numbers(matrix, max_memory):
            numbers.append(number)
    except BudgetError as error:
        raise BudgetError(str(error), tuple(accumulate(numbers) if is_cone else numbers)) from None
    if is_cone:
        numbers = list(accumulate(numbers))[:-1]
    return CharacteristicPolynomial((*[0] * (d + 1 - len(numbers)), *reversed(numbers)))
