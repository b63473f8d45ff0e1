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

from troppoly.arguments import checked
from troppoly.errors import InputError, ShapeError
from troppoly.exact import DenseMatrix, rational_vector
from troppoly.polynomial.polynomial import TropicalPolynomial
from troppoly.polytope.support import hull_of_sum

__all__ = ["pruned_product", "pruned_sum"]


@checked
def pruned_product(factors: Sequence[TropicalPolynomial], powers: Sequence[Any] | None = None) -> TropicalPolynomial:
    """Return f_1**q_1 * ... * f_k**q_k, the function q_1 f_1 + ... + q_k f_k, without redundancy.

    ``powers`` are k rationals q_i >= 0, by default all 1.  Raises InputError for no factors or a
    negative power and ShapeError for unequal numbers of variables.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> pruned_product([x + 0, x + 1], [2, "1/2"])
    max(1/2, 5/2*x0, 2*x0 + 1/2)
    """
    d = _n_variables(factors, "factor")
    exact = rational_vector([1] * len(factors) if powers is None else powers, "powers", len(factors))
    if any(q < 0 for q in exact):
        raise InputError(f"A tropical polynomial has no negative power {min(exact)}.")
    used = [(q, f) for q, f in zip(exact, factors, strict=True) if q]
    if not all(f.terms for _, f in used):
        return TropicalPolynomial.zero(d)
    if not used:
        return TropicalPolynomial.one(d)
    return TropicalPolynomial.from_lifted_polytope(hull_of_sum([q * f.lifted_points for q, f in used]))


@checked
def pruned_sum(summands: Sequence[TropicalPolynomial]) -> TropicalPolynomial:
    """Return f_1 + ... + f_k, the function max(f_1, ..., f_k), without redundancy.

    Raises InputError for no summands and ShapeError for unequal numbers of variables.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> pruned_sum([x + 0, x * -1, x * x])
    max(0, 2*x0)
    """
    d = _n_variables(summands, "summand")
    matrices = [f.lifted_points for f in summands if f.terms]
    if not matrices:
        return TropicalPolynomial.zero(d)
    common = lcm(*(m.denominator for m in matrices))
    rows = np.concatenate([m.numerators * (common // m.denominator) for m in matrices])
    return TropicalPolynomial.from_lifted_polytope(hull_of_sum([DenseMatrix(rows, common)]))


def _n_variables(polynomials: Sequence[TropicalPolynomial], kind: str) -> int:
    """The number of variables of at least one polynomial."""
    numbers = {f.n_variables for f in polynomials}
    if not numbers:
        raise InputError(f"There must be at least one {kind}.")
    if len(numbers) > 1:
        raise ShapeError(f"The polynomials have unequal numbers of variables {sorted(numbers)}.")
    return numbers.pop()
