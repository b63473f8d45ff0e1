"""Numbers of regions of hyperplane arrangements: Zaslavsky's theorem.

An *arrangement* is a finite set of affine hyperplanes in R^d; its *flats* are the nonempty intersections X
of some of them, R^d among them, ordered by reverse inclusion.  Their Moebius function is mu(R^d) = 1 and
mu(X) = -sum of mu(Y) over the flats Y that contain X properly; the *characteristic polynomial* is

    chi(q) = sum_X mu(X) q^dim(X).

*Theorem* (Zaslavsky 1975).  The arrangement has (-1)^d chi(-1) regions, and (-1)^r chi(1) of them are
bounded modulo the lineality space, where r is the rank of the normals.

*Computation.*  The flats are found from R^d downwards: the hyperplanes that do not contain X cut it in
parallel or intersecting hyperplanes of X, each of which is a flat covered by X.  Let H be a hyperplane that
contains X.  The flats above X form a geometric lattice, so Weisner's theorem reads

    mu(X) = - sum of mu(Y) over the flats Y that cover X from above, dim Y = dim X + 1, and do not lie in H.

References: Zaslavsky, Facing up to arrangements, Memoirs AMS 154 (1975); Stanley, An introduction to
hyperplane arrangements, 2007, Theorem 2.5; Stanley, Enumerative Combinatorics 1, Corollary 3.9.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from gmpy2 import mpz

from troppoly.errors import InputError
from troppoly.exact import ObjectArray, RationalMatrix, rational_vector
from troppoly.exact.linear import primitive

__all__ = ["CharacteristicPolynomial", "characteristic_polynomial", "generic_regions"]


def generic_regions(m: int, d: int) -> int:
    """Return sum_{j <= d} C(m, j), the number of regions of m hyperplanes in general position in R^d.

    No arrangement of m hyperplanes has more.  Raises InputError for negative numbers.

    >>> generic_regions(4, 2)
    11
    """
    if m < 0 or d < 0:
        raise InputError(f"There are no {m} hyperplanes in R^{d}.")
    return sum(comb(m, j) for j in range(d + 1))


@dataclass(frozen=True, slots=True)
class CharacteristicPolynomial:
    """The polynomial sum_k coefficients[k] q^k of an arrangement in R^d, with d + 1 exact coefficients."""

    coefficients: tuple[int, ...]

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

    def __str__(self) -> str:
        terms = [
            f"{'-' if c < 0 else '+'} {abs(c) if abs(c) > 1 or not k else ''}{('', 'q')[k] if k < 2 else f'q^{k}'}"
            for k, c in reversed(list(enumerate(self.coefficients)))
            if c
        ]
        return " ".join(terms).removeprefix("+ ")


def characteristic_polynomial(normals: Any, offsets: Sequence[Any] | None = None) -> CharacteristicPolynomial:
    """Return the characteristic polynomial of the hyperplanes <a_i, x> + b_i = 0, exactly.

    ``normals`` is the (m, d) matrix of the a_i and ``offsets`` the m numbers b_i, by default 0; a hyperplane
    may be given several times.  The cost is that of listing all flats.

    Raises InputError if a normal is zero, and ShapeError if the shapes do not fit.

    The braid arrangement of S_3, and the Shi arrangement, with q (q - 1) (q - 2) and q (q - 3)^2:

    >>> braid = [[1, -1, 0], [0, 1, -1], [1, 0, -1]]
    >>> print(characteristic_polynomial(braid), characteristic_polynomial(braid).n_regions)
    q^3 - 3q^2 + 2q 6
    >>> print(characteristic_polynomial(braid * 2, [0] * 3 + [-1] * 3))
    q^3 - 6q^2 + 9q
    """
    matrix = RationalMatrix.of(normals, "matrix of normals")
    m, d = matrix.shape
    shifts = rational_vector([0] * m if offsets is None else offsets, "offsets", length=m)
    joint = matrix.hstack(RationalMatrix.of([(b,) for b in shifts], "offsets", columns=1))
    if not matrix.nonzero().any(axis=1).all():
        raise InputError("A hyperplane has a normal that is not zero.")
    coefficients = [0] * (d + 1)
    flats: dict[int, tuple[ObjectArray, int]] = {0: (joint.numerators, 1)}  # hyperplanes: restrictions, mu
    for dimension in range(d, -1, -1):
        coefficients[dimension] = sum(mu for _, mu in flats.values())
        below: dict[int, tuple[ObjectArray, int]] = {}
        for mask, (rows, mu) in flats.items():
            for cut in _cuts(rows):
                hyperplanes = mask | sum(1 << i for i in cut)
                if hyperplanes not in below:
                    below[hyperplanes] = (_restricted(rows, cut[0]), 0)
                if not mask & (hyperplanes & -hyperplanes):  # the first hyperplane through the new flat
                    restricted, value = below[hyperplanes]
                    below[hyperplanes] = (restricted, value - mu)
        flats = below
    return CharacteristicPolynomial(tuple(coefficients))


def _cuts(rows: ObjectArray) -> list[list[int]]:
    """The classes of affine forms on a flat that vanish on the same hyperplane of it."""
    classes: dict[tuple[mpz, ...], list[int]] = {}
    for i, row in enumerate(rows):
        pivot = next((entry for entry in row[:-1] if entry != 0), None)
        if pivot is not None:
            reduced = primitive(row)
            classes.setdefault(tuple(reduced if pivot > 0 else -reduced), []).append(i)
    return list(classes.values())


def _restricted(rows: ObjectArray, index: int) -> ObjectArray:
    """The forms on the zero set of one of them, a coordinate on which it depends being eliminated."""
    form = rows[index]
    pivot = next(j for j, entry in enumerate(form[:-1]) if entry != 0)
    reduced = rows * form[pivot] - np.outer(rows[:, pivot], form)
    for i, row in enumerate(reduced):
        reduced[i] = primitive(row)
    return np.delete(reduced, pivot, axis=1)
