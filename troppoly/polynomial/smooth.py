"""Smooth tropical hypersurfaces of every degree: honeycombs.

A tropical hypersurface of degree d in R^n is *smooth* if its dual subdivision is unimodular: all lattice points of the
simplex {a >= 0, a_1 + ... + a_n <= d} are vertices, and every cell is a simplex of volume 1/n!.

*Construction.*  In the coordinates y_i = a_1 + ... + a_i, with y_0 = 0, give the lattice point a the coefficient
-h(a) with h = sum_{i < j} (y_j - y_i)^2.  The hyperplanes y_j - y_i = k with integers k cut R^n in *alcoves*, simplices
of volume 1/n! with lattice points as vertices, and {0 <= y_1 <= ... <= y_n <= d}, the simplex, is a union of them.

*Proof that the alcoves are the cells.*  Let g be the convex function, affine between integers, with g(k) = k^2, and
H = sum_{i < j} g(y_j - y_i).  It is convex, affine on alcoves and not across their walls, and H = h on lattice points.
So H lies below every average of values of h; and on an alcove it is the average of the values at the vertices.

*Numbers.*  The regions are the C(n + d, n) lattice points, and the vertices the d^n simplices.  A unimodular
triangulation of the simplex has the f-vector of every other, as its h-vector comes from the Ehrhart polynomial
C(n + t d, n).  The curves of degree d are honeycombs: hexagons, cut off by unbounded regions.

References: Maclagan and Sturmfels, Introduction to tropical geometry, 2015, Section 4.5; Lam and Postnikov, Alcoved
polytopes I, Discrete Comput. Geom. 38 (2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement, pairwise
from math import comb

from troppoly.arguments import Positive, checked
from troppoly.errors import UnsupportedError
from troppoly.polynomial.polynomial import TropicalPolynomial

__all__ = ["honeycomb"]

_MOST = 2**20  # monomials


@checked
def honeycomb(n: Positive, degree: Positive) -> TropicalPolynomial:
    """Return a tropical polynomial in n > 0 variables, of degree d > 0, whose hypersurface is smooth.

    Raises UnsupportedError if it has more than 2^20 monomials.

    >>> honeycomb(1, 2), honeycomb(3, 2).normal_complex().complex.f_vector()
    (max(0, x0 - 1, 2*x0 - 4), (8, 24, 25, 10))
    """
    if n * degree > _MOST or comb(n + degree, n) > _MOST:
        raise UnsupportedError(f"A honeycomb of degree {degree} in {n} variables has more than {_MOST} monomials.")
    terms: dict[Sequence[int], int] = {}
    for sums in combinations_with_replacement(range(degree + 1), n):
        levels = (0, *sums)
        exponent = tuple(b - a for a, b in pairwise(levels))
        terms[exponent] = sum(sums) ** 2 - (n + 1) * sum(y * y for y in sums)  # which is -h
    return TropicalPolynomial(terms)
