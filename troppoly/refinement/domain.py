"""Domains: full-dimensional passagemath ``Polyhedron`` objects, or boxes as d pairs (low, high)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.errors import EmptyDomainError, InputError, ShapeError, kind_of
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.scalar import ObjectArray
from troppoly.passagemath import to_mpq

__all__ = ["domain_forms", "is_bounded", "middle", "vertices"]

Point = tuple[mpq, ...]


def domain_forms(domain: Any, d: int) -> RationalMatrix:
    """Return the (facets, d + 1) matrix of forms <a, x> + b t that are nonnegative on the domain, or on R^d if None.

    Raises InputError if it is not a domain, ShapeError if it lies in another space, and EmptyDomainError if it is empty
    or not full-dimensional.

    >>> domain_forms([(0, "1/2")], 1)
    RationalMatrix([['1', '0'], ['-1', '1/2']])
    """
    if domain is None:
        return DenseMatrix(np.zeros((0, d + 1), dtype=np.int64))
    if _is_box(domain):
        return _box_forms(_box(domain).to_rationals(), d)
    if not hasattr(domain, "inequalities_list"):
        wanted = "a passagemath Polyhedron, or a box as pairs (low, high)"
        raise InputError(f"A domain must be {wanted}, not {kind_of(domain)}.")
    if domain.ambient_dim() != d:
        raise ShapeError(f"The domain lies in R^{domain.ambient_dim()}, the function lives on R^{d}.")
    if domain.is_empty():
        raise EmptyDomainError("The domain is empty.")
    if domain.dim() < d:
        raise EmptyDomainError(
            f"The domain has dimension {domain.dim()} in R^{d}; restrict the function to its affine hull first."
        )
    rows = [[*row[1:], row[0]] for row in domain.inequalities_list() if any(row[1:])]  # R^d itself has 1 >= 0
    return RationalMatrix.of(rows, "domain", columns=d + 1)


def is_bounded(domain: Any) -> bool:
    """Return whether a domain, which is not None, is bounded."""
    return _is_box(domain) or bool(domain.is_compact())


def vertices(domain: Any) -> Iterator[Point]:
    """Yield the vertices of a domain, one by one."""
    if _is_box(domain):
        yield from (point[::-1] for point in product(*reversed(list(_box(domain).to_rationals()))))
    else:
        yield from (tuple(map(to_mpq, vertex)) for vertex in domain.vertices_list())


def middle(domain: Any) -> Point | None:
    """Return the center of a box, or the mean of the vertices of a polyhedron if it has any."""
    points = list(_box(domain).to_rationals().T) if _is_box(domain) else list(vertices(domain))
    return tuple(sum(column, mpq(0)) / len(points) for column in zip(*points, strict=True)) if points else None


def _is_box(domain: Any) -> bool:
    return isinstance(domain, (list, tuple, np.ndarray))


def _box(domain: Any) -> RationalMatrix:
    """The (d, 2) matrix of the bounds of a box."""
    return RationalMatrix.of(domain, "box of pairs (low, high)", columns=2)


def _box_forms(bounds: ObjectArray, d: int) -> RationalMatrix:
    """The forms x_i - low_i t and high_i t - x_i."""
    if len(bounds) != d:
        raise ShapeError(f"The domain is a box in R^{len(bounds)}, the function lives on R^{d}.")
    for i, (low, high) in enumerate(bounds):
        if low >= high:
            raise EmptyDomainError(f"The domain is a box without interior: from {low} to {high} in coordinate {i}.")
    rows = np.zeros((2 * d, d + 1), dtype=object)
    rows[range(0, 2 * d, 2), range(d)], rows[range(1, 2 * d, 2), range(d)] = 1, -1
    rows[::2, d], rows[1::2, d] = -bounds[:, 0], bounds[:, 1]
    return RationalMatrix.of(rows, "domain", columns=d + 1)
