"""Which lifted points are vertices of the upper hull, which lie on it, and which below.

A monomial is a *vertex* if (a_i, c_i) is a vertex of the lifted polyhedron P: it is the maximum on a full-dimensional
region.  It is a *boundary* monomial if (a_i, c_i) lies on the upper hull and is not a vertex: it attains the maximum on
a set of lower dimension.  It is *interior* if (a_i, c_i) lies strictly below the upper hull: it never does.

The upper hull is the union of the facets whose outer normal (x, t) has t > 0; a point on a vertical facet alone is not
on it.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import ShapeError
from troppoly.exact import RationalMatrix, modular
from troppoly.exact.scalar import ObjectArray
from troppoly.passagemath import facet_rows, vertex_matrix
from troppoly.polytope.lifted import require_lifted

__all__ = ["MonomialStatus", "incidence", "upper_hull_status"]

MonomialStatus = Literal["vertex", "boundary", "interior"]


def upper_hull_status(points: RationalMatrix, lifted: Any) -> tuple[MonomialStatus, ...]:
    """Return the status of each row of ``points`` in their lifted polyhedron ``lifted``.

    ``points`` is an (n, d + 1) matrix of points (a_i, c_i) of ``lifted``; equal rows have equal status.
    Raises ShapeError if the dimensions differ and InputError if ``lifted`` is not a lifted polyhedron.
    """
    require_lifted(lifted)
    if points.shape[1] != lifted.ambient_dim():
        raise ShapeError(f"Points of shape {points.shape} do not lie in R^{lifted.ambient_dim()}.")
    vertices, facets = set(map(tuple, vertex_matrix(lifted))), facet_rows(lifted)
    pairs = zip(points, incidence(points, facets[facets[:, -1] != 0]), strict=True)
    return tuple("vertex" if tuple(z) in vertices else "boundary" if on.any() else "interior" for z, on in pairs)


def incidence(points: RationalMatrix, hyperplanes: ObjectArray) -> NDArray[np.bool_]:
    """Return the (n, m) array that is true where point i lies on hyperplane j.

    ``points`` is an (n, d) matrix and ``hyperplanes`` an (m, 1 + d) integer array of rows (b, a), which stand for
    b + <a, z> = 0.  An integer that is not zero modulo a prime is not zero: only where the residue vanishes is the
    value computed.
    """
    homogeneous = np.insert(points.numerators, 0, points.denominator, axis=1)
    result = modular.matmul(modular.residues(homogeneous, 1), modular.residues(hyperplanes.T, 1))[0] == 0
    rows, columns = np.nonzero(result)
    result[rows, columns] = np.sum(homogeneous[rows] * hyperplanes[columns], axis=1) == 0
    return np.asarray(result, dtype=np.bool_)
