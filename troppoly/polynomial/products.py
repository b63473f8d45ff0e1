"""Irredundant sums and products of many tropical polynomials.

The formal product of k polynomials has up to the product of their numbers of monomials.  The
vertices of the Minkowski sum of their lifted polytopes, which are the monomials of the same
function without redundancy, are found without it (:mod:`troppoly.polytope.support`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gmpy2 import lcm

from troppoly.errors import InputError, ShapeError
from troppoly.exact import RationalMatrix, rational_vector
from troppoly.polynomial.polynomial import TropicalPolynomial
from troppoly.polytope.support import hull_of_sum

__all__ = ["pruned_product", "pruned_sum"]


def pruned_product(
    factors: Sequence[TropicalPolynomial], powers: Sequence[Any] | None = None
) -> TropicalPolynomial:
    """Return f_1**q_1 * ... * f_k**q_k, the function q_1 f_1 + ... + q_k f_k, without redundancy.

    ``powers`` are k rationals q_i >= 0, by default all 1.  Raises InputError for no factors or a
    negative power and ShapeError for unequal numbers of variables.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> pruned_product([x + 0, x + 1], [2, "1/2"])
    max(1/2, 5/2*x0, 2*x0 + 1/2)
    """
    if not factors:
        raise InputError("A product needs at least one factor.")
    _require_same_variables(factors)
    exact = rational_vector([1] * len(factors) if powers is None else powers, "powers", len(factors))
    if any(q < 0 for q in exact):
        raise InputError(f"A tropical polynomial has no negative power {min(exact)}.")
    summands = [q * f.lifted_points for f, q in zip(factors, exact, strict=True) if q]
    if not summands:
        return TropicalPolynomial.constant(0, factors[0].n_variables)
    return TropicalPolynomial.from_lifted_polytope(hull_of_sum(summands))


def pruned_sum(summands: Sequence[TropicalPolynomial]) -> TropicalPolynomial:
    """Return f_1 + ... + f_k, the function max(f_1, ..., f_k), without redundancy.

    Raises InputError for no summands and ShapeError for unequal numbers of variables.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> pruned_sum([x + 0, x * -1, x * x])
    max(0, 2*x0)
    """
    if not summands:
        raise InputError("A tropical sum needs at least one summand.")
    _require_same_variables(summands)
    matrices = [f.lifted_points for f in summands]
    common = lcm(*(m.denominator for m in matrices))
    rows = np.concatenate([m.numerators * (common // m.denominator) for m in matrices])
    return TropicalPolynomial.from_lifted_polytope(hull_of_sum([RationalMatrix(rows, common)]))


def _require_same_variables(polynomials: Sequence[TropicalPolynomial]) -> None:
    numbers = sorted({f.n_variables for f in polynomials})
    if len(numbers) > 1:
        raise ShapeError(f"The polynomials have unequal numbers of variables {numbers}.")
