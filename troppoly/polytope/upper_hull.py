"""Which lifted points are vertices of the upper hull, which lie on it, and which below.

A monomial is a *vertex* if (a_i, c_i) is a vertex of the lifted polyhedron P: it is the maximum on
a full-dimensional region.  It is a *boundary* monomial if (a_i, c_i) lies on the upper hull and is
no vertex: it attains the maximum only on a set of lower dimension.  It is *interior* if (a_i, c_i)
lies strictly below the upper hull: it never attains the maximum.

The upper hull is the union of the bounded faces of P, or of the facets whose outer normal (x, t)
has t > 0; a point on a vertical facet alone is below it.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from troppoly.errors import ShapeError
from troppoly.exact import RationalMatrix
from troppoly.polytope.incidence import incidence
from troppoly.polytope.lifted import require_lifted
from troppoly.polytope.representation import facet_rows, vertex_matrix

__all__ = ["MonomialStatus", "upper_hull_status", "vertex_mask"]

MonomialStatus = Literal["vertex", "boundary", "interior"]


def upper_hull_status(points: RationalMatrix, lifted: Any) -> tuple[MonomialStatus, ...]:
    """Return the status of each row of ``points`` in their lifted polyhedron ``lifted``.

    ``points`` is an (n, d + 1) matrix of points (a_i, c_i) of ``lifted``.  The status belongs to
    the point: equal rows have equal status.  Raises ShapeError if the dimensions differ and
    InputError if ``lifted`` is no lifted polyhedron.

    >>> from troppoly.polytope import lifted_points, lifted_polyhedron
    >>> exponents, coefficients = [(0,), (1,), (2,), (1,)], [0, 1, 2, 0]
    >>> P = lifted_polyhedron(exponents, coefficients)
    >>> upper_hull_status(lifted_points(exponents, coefficients), P)
    ('vertex', 'boundary', 'vertex', 'interior')
    """
    is_vertex = vertex_mask(points, lifted)
    facets = facet_rows(lifted)
    upper = facets[np.array([row[-1] != 0 for row in facets], dtype=bool)]
    on_hull = [bool(row.any()) for row in incidence(points, upper)]
    return tuple(
        "vertex" if vertex else "boundary" if on else "interior" for vertex, on in zip(is_vertex, on_hull, strict=True)
    )


def vertex_mask(points: RationalMatrix, lifted: Any) -> tuple[bool, ...]:
    """Return for each row of ``points`` whether it is a vertex of ``lifted``.

    Arguments and errors as for :func:`upper_hull_status`.

    >>> from troppoly.polytope import lifted_points, lifted_polyhedron
    >>> vertex_mask(lifted_points([(0,), (1,)], [0, 5]), lifted_polyhedron([(0,), (1,)], [1, 5]))
    (False, True)
    """
    require_lifted(lifted)
    n, width = points.shape
    if width != lifted.ambient_dim():
        raise ShapeError(f"Points of shape {points.shape} do not lie in R^{lifted.ambient_dim()}.")
    matrix = vertex_matrix(lifted)
    vertices = {matrix.row(i) for i in range(matrix.shape[0])}
    return tuple(points.row(i) in vertices for i in range(n))
