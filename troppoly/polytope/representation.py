"""The two representations of a passagemath ``Polyhedron`` as exact matrices.

V-representation: the vertices.  H-representation: integer rows (b, a) that mean b + <a, z> >= 0
(facets) or b + <a, z> = 0 (the affine hull), in the order of passagemath.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from troppoly.exact import ObjectArray, RationalMatrix
from troppoly.passagemath import to_mpq

__all__ = ["equation_rows", "facet_rows", "ray_matrix", "vertex_matrix"]


def vertex_matrix(polyhedron: Any) -> RationalMatrix:
    """Return the (n, d) matrix whose rows are the vertices."""
    return _matrix(polyhedron.vertices_list(), polyhedron.ambient_dim())


def ray_matrix(polyhedron: Any) -> RationalMatrix:
    """Return the (n, d) matrix whose rows span the extreme rays of the recession cone."""
    return _matrix(polyhedron.rays_list(), polyhedron.ambient_dim())


def facet_rows(polyhedron: Any) -> ObjectArray:
    """Return the facets as an (m, 1 + d) integer array of rows (b, a): b + <a, z> >= 0."""
    return _matrix(polyhedron.inequalities_list(), polyhedron.ambient_dim() + 1).numerators


def equation_rows(polyhedron: Any) -> ObjectArray:
    """Return equations of the affine hull as an integer array of rows (b, a): b + <a, z> = 0."""
    return _matrix(polyhedron.equations_list(), polyhedron.ambient_dim() + 1).numerators


def _matrix(rows: Sequence[Sequence[Any]], width: int) -> RationalMatrix:
    values = np.fromiter((to_mpq(v) for row in rows for v in row), dtype=object, count=len(rows) * width)
    return RationalMatrix.from_rationals(values.reshape(len(rows), width))
