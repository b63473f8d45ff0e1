"""The one door to Sage, opened when first needed: passagemath's ``Polyhedron``, as matrices, and its rationals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import Such
from troppoly.exact import RationalMatrix, rational
from troppoly.exact.scalar import ObjectArray

__all__ = ["Polyhedron", "equation_rows", "facet_rows", "load", "polyhedron", "ray_matrix", "to_mpq"]
__all__ += ["to_sage_rational", "vertex_matrix"]

Polyhedron = Annotated[Any, Such("a Polyhedron", lambda value: hasattr(value, "inequalities_list"))]
"""In annotations: a passagemath ``Polyhedron``, told by its methods, so that Sage need not be loaded."""


@cache
def load(name: str) -> Any:
    """Return the module ``name`` of Sage; imports run in a circle without ``passagemath_polyhedra`` before."""
    import passagemath_polyhedra  # noqa: F401

    return import_module(name)


def to_sage_rational(value: mpq) -> Any:
    """Return an exact rational as an element of Sage's rational field."""
    return load("sage.rings.rational").Rational(value)


def to_mpq(value: Any) -> mpq:
    """Return an integer or rational of Sage's as an exact rational."""
    return mpq(int(value.numerator()), int(value.denominator()))


def polyhedron(
    vertices: Iterable[Sequence[Any]] = (),
    rays: Iterable[Sequence[Any]] = (),
    lines: Iterable[Sequence[Any]] = (),
    inequalities: Iterable[Sequence[Any]] | None = None,
    *,
    ambient_dim: int,
) -> Any:
    """Return a passagemath ``Polyhedron`` over the rationals (backend PPL, exact).

    Either generators, or ``inequalities`` as rows (b, a_1, ..., a_n) for b + <a, x> >= 0.  Entries are what
    :func:`troppoly.rational` accepts: a float is its exact binary value, which it is not for Sage.

    >>> polyhedron(vertices=[(0, 0), (1, mpq(1, 2))], ambient_dim=2)
    A 1-dimensional polyhedron in QQ^2 defined as the convex hull of 2 vertices
    """
    field = load("sage.rings.rational_field").QQ
    generators = {"vertices": vertices, "rays": rays, "lines": lines}
    parts = generators if inequalities is None else {"ieqs": inequalities}
    exact = {name: [[field(rational(v)) for v in row] for row in rows] for name, rows in parts.items()}
    constructor = load("sage.geometry.polyhedron.constructor").Polyhedron
    return constructor(**exact, base_ring=field, ambient_dim=ambient_dim)


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
