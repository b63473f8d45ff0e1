"""The one door to Sage: passagemath's ``Polyhedron``, its two representations as matrices, and its rationals.

``passagemath_polyhedra`` must be imported before any module of ``sage``, or the import runs in a circle; and Sage takes
most of a second to load.  So both happen here, in :func:`load`, when an object of Sage's is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import Such
from troppoly.exact import ObjectArray, RationalMatrix, rational

__all__ = ["Polyhedron", "equation_rows", "facet_rows", "load", "polyhedron", "ray_matrix", "to_mpq"]
__all__ += ["to_sage_rational", "vertex_matrix"]

Polyhedron = Annotated[Any, Such("a Polyhedron", lambda value: hasattr(value, "inequalities_list"))]
"""In annotations: a passagemath ``Polyhedron``, told by its methods, so that Sage need not be loaded."""


@cache
def load(name: str) -> Any:
    """Return the module ``name`` of Sage, with passagemath prepared for it.

    >>> load("sage.rings.rational_field").QQ
    Rational Field
    """
    import passagemath_polyhedra  # noqa: F401

    return import_module(name)


def to_sage_rational(value: mpq) -> Any:
    """Return an exact rational as an element of Sage's rational field.

    >>> to_sage_rational(mpq(1, 3)).parent()
    Rational Field
    """
    return load("sage.rings.rational").Rational(value)


def to_mpq(value: Any) -> mpq:
    """Return an integer or rational of Sage's as an exact rational.

    >>> to_mpq(to_sage_rational(mpq(1, 3)))
    mpq(1,3)
    """
    return mpq(int(value.numerator()), int(value.denominator()))


def polyhedron(
    vertices: Iterable[Sequence[Any]] = (),
    rays: Iterable[Sequence[Any]] = (),
    lines: Iterable[Sequence[Any]] = (),
    inequalities: Iterable[Sequence[Any]] | None = None,
    equations: Iterable[Sequence[Any]] | None = None,
    *,
    ambient_dim: int,
) -> Any:
    """Return a passagemath ``Polyhedron`` over the rationals (backend PPL, exact).

    Either generators, or ``inequalities`` and ``equations`` as rows (b, a_1, ..., a_n) for b + <a, x> >= 0 and = 0.
    Entries are what :func:`troppoly.rational` accepts: a float is its exact binary value, which it is not for Sage.

    >>> polyhedron(vertices=[(0, 0), (1, mpq(1, 2))], ambient_dim=2)
    A 1-dimensional polyhedron in QQ^2 defined as the convex hull of 2 vertices
    """
    field = load("sage.rings.rational_field").QQ
    constructor = load("sage.geometry.polyhedron.constructor").Polyhedron

    def rows(table: Iterable[Sequence[Any]] | None) -> list[list[Any]]:
        return [[field(rational(v)) for v in row] for row in (() if table is None else table)]

    if inequalities is None and equations is None:
        parts = {"vertices": rows(vertices), "rays": rows(rays), "lines": rows(lines)}
    else:
        parts = {"ieqs": rows(inequalities), "eqns": rows(equations)}
    return constructor(**parts, base_ring=field, ambient_dim=ambient_dim)


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
