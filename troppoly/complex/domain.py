"""Polyhedral domains: the facets of a full-dimensional polyhedron as linear forms on (x, t)."""

from __future__ import annotations

from typing import Any

from troppoly.errors import EmptyDomainError, InputError, ShapeError
from troppoly.exact import RationalMatrix

__all__ = ["domain_forms"]


def domain_forms(domain: Any, d: int) -> RationalMatrix:
    """Return the (facets, d + 1) matrix of forms <a, x> + b t that are nonnegative on the domain.

    ``domain`` is a passagemath ``Polyhedron`` in R^d, or None for R^d, which has no facets.

    Raises InputError if it is no polyhedron, ShapeError if it lies in another space, and
    EmptyDomainError if it is empty or not full-dimensional.

    >>> from troppoly.passagemath import polyhedron
    >>> domain_forms(polyhedron([(0,)], rays=[(1,)], ambient_dim=1), 1)
    RationalMatrix([['1', '0']])
    """
    if domain is None:
        return RationalMatrix.zeros(0, d + 1)
    if not hasattr(domain, "inequalities_list"):
        raise InputError(f"A domain must be a passagemath Polyhedron, not a {type(domain).__name__}.")
    if domain.ambient_dim() != d:
        raise ShapeError(f"The domain lies in R^{domain.ambient_dim()}, the function lives on R^{d}.")
    if domain.is_empty():
        raise EmptyDomainError("The domain is empty.")
    if domain.dim() < d:
        raise EmptyDomainError(
            f"The domain has dimension {domain.dim()} in R^{d}; restrict the function to its affine hull first."
        )
    rows = [[*row[1:], row[0]] for row in domain.inequalities_list()]
    rows = [row for row in rows if any(row[:-1])]  # R^d itself has the inequality 1 >= 0
    return RationalMatrix.of(rows, "domain", columns=d + 1)
