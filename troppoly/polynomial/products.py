"""Irredundant sums and products of many tropical polynomials.

The formal product of k polynomials has up to the product of their numbers of monomials.  The
vertices of the Minkowski sum of their lifted polytopes, which are the monomials of the same
function without redundancy, are found without it (:mod:`troppoly.polytope.support`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from gmpy2 import lcm

from troppoly.arguments import checked
from troppoly.errors import InputError, ShapeError, shown
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
    factors = _polynomials(factors, "factor")
    exact = rational_vector([1] * len(factors) if powers is None else powers, "powers", len(factors))
    if any(q < 0 for q in exact):
        raise InputError(f"A tropical polynomial has no negative power {min(exact)}.")
    if any(q and not f.terms for f, q in zip(factors, exact, strict=True)):
        return TropicalPolynomial.zero(factors[0].n_variables)
    summands = [q * f.lifted_points for f, q in zip(factors, exact, strict=True) if q]
    if not summands:
        return TropicalPolynomial.one(factors[0].n_variables)
    return TropicalPolynomial.from_lifted_polytope(hull_of_sum(summands))


@checked
def pruned_sum(summands: Sequence[TropicalPolynomial]) -> TropicalPolynomial:
    """Return f_1 + ... + f_k, the function max(f_1, ..., f_k), without redundancy.

    Raises InputError for no summands and ShapeError for unequal numbers of variables.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> pruned_sum([x + 0, x * -1, x * x])
    max(0, 2*x0)
    """
    summands = _polynomials(summands, "summand")
    matrices = [f.lifted_points for f in summands if f.terms]
    if not matrices:
        return TropicalPolynomial.zero(summands[0].n_variables)
    common = lcm(*(m.denominator for m in matrices))
    rows = np.concatenate([m.numerators * (common // m.denominator) for m in matrices])
    return TropicalPolynomial.from_lifted_polytope(hull_of_sum([DenseMatrix(rows, common)]))


def _polynomials(values: Sequence[Any], kind: str) -> tuple[TropicalPolynomial, ...]:
    """At least one polynomial, all in the same variables."""
    polynomials = tuple(values) if isinstance(values, Iterable) else ()
    if not polynomials:
        raise InputError(f"There must be at least one {kind}, and not {shown(values)}.")
    for i, f in enumerate(polynomials):
        if not isinstance(f, TropicalPolynomial):
            raise InputError(f"The {kind} {i} is {shown(f)}, no tropical polynomial.")
    numbers = sorted({f.n_variables for f in polynomials})
    if len(numbers) > 1:
        raise ShapeError(f"The polynomials have unequal numbers of variables {numbers}.")
    return polynomials
