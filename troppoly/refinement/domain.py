"""Polyhedral domains: the facets of a full-dimensional polyhedron as linear forms on (x, t).

A domain is a passagemath ``Polyhedron``, or a box as d pairs (low, high): a box in d inputs has 2^d vertices, which
are never made from these.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.errors import EmptyDomainError, InputError, ShapeError
from troppoly.exact import RationalMatrix
from troppoly.passagemath import to_mpq

__all__ = ["domain_forms", "is_bounded", "middle", "vertices"]

Point = tuple[mpq, ...]


def domain_forms(domain: Any, d: int) -> RationalMatrix:
    """Return the (facets, d + 1) matrix of forms <a, x> + b t that are nonnegative on the domain.

    ``domain`` is a passagemath ``Polyhedron`` in R^d, a box as d pairs (low, high), or None for R^d, which
    has no facets.

    Raises InputError if it is neither, ShapeError if it lies in another space, and
    EmptyDomainError if it is empty or not full-dimensional.

    >>> domain_forms([(0, "1/2")], 1)
    RationalMatrix([['1', '0'], ['-1', '1/2']])
    >>> from troppoly.passagemath import polyhedron
    >>> domain_forms(polyhedron([(0,)], rays=[(1,)], ambient_dim=1), 1)
    RationalMatrix([['1', '0']])
    """
    if domain is None:
        return RationalMatrix.zeros(0, d + 1)
    if _is_box(domain):
        return _box_forms(_box(domain), d)
    if not hasattr(domain, "inequalities_list"):
        raise InputError(
            f"A domain must be a passagemath Polyhedron, or a box as pairs (low, high), not a {type(domain).__name__}."
        )
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


def is_bounded(domain: Any) -> bool:
    """Return whether a domain, which is not None, is bounded.

    >>> is_bounded([(0, 1)])
    True
    """
    return _is_box(domain) or bool(domain.is_compact())


def vertices(domain: Any) -> Iterator[Point]:
    """Yield the vertices of a domain, one by one.

    >>> [tuple(map(int, v)) for v in vertices([(0, 1), (2, 3)])]
    [(0, 2), (1, 2), (0, 3), (1, 3)]
    """
    if not _is_box(domain):
        yield from (tuple(to_mpq(v) for v in vertex) for vertex in domain.vertices_list())
        return
    bounds = _box(domain)
    for number in range(2 ** bounds.shape[0]):
        yield tuple(bounds[i, number >> i & 1] for i in range(bounds.shape[0]))


def middle(domain: Any) -> Point | None:
    """Return the center of a box, or the mean of the vertices of a polyhedron, which may have none."""
    points = list(vertices(domain)) if not _is_box(domain) else [*islice(vertices(domain), 1), _highest(domain)]
    if not points:
        return None
    return tuple(sum(column, mpq(0)) / len(points) for column in zip(*points, strict=True))


def _is_box(domain: Any) -> bool:
    """Whether a domain is given by pairs."""
    return isinstance(domain, (list, tuple, np.ndarray))


def _box(domain: Any) -> RationalMatrix:
    """The (d, 2) matrix of the bounds of a box."""
    return RationalMatrix.of(domain, "box", columns=2)


def _highest(domain: Any) -> Point:
    """The vertex of a box with the largest coordinates."""
    bounds = _box(domain)
    return tuple(bounds[i, 1] for i in range(bounds.shape[0]))


def _box_forms(bounds: RationalMatrix, d: int) -> RationalMatrix:
    """The forms x_i - low_i t and high_i t - x_i."""
    if bounds.shape[0] != d:
        raise ShapeError(f"The domain is a box in R^{bounds.shape[0]}, the function lives on R^{d}.")
    rows = []
    for i in range(d):
        low, high = bounds.row(i)
        if low >= high:
            raise EmptyDomainError(f"The domain is a box without interior: from {low} to {high} in coordinate {i}.")
        unit = [mpq(int(i == j)) for j in range(d)]
        rows += [[*unit, -low], [*(-v for v in unit), high]]
    return RationalMatrix.of(rows, "domain", columns=d + 1)
