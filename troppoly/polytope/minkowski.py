"""The algebra of lifted polyhedra: Minkowski sums, hulls of unions, dilations.

These are the product, the sum and the powers of tropical polynomials:

    P_{f*g} = P_f + P_g,   P_{f+g} = conv(P_f u P_g),   P_{f**q} = q P_f.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

from troppoly.errors import InputError, ShapeError
from troppoly.exact import RationalMatrix, rational
from troppoly.polytope.lifted import require_lifted
from troppoly.polytope.representation import vertex_matrix
from troppoly.polytope.support import hull_of_sum

__all__ = ["dilation", "hull_of_union", "minkowski_sum"]


def minkowski_sum(polyhedra: Iterable[Any]) -> Any:
    """Return the Minkowski sum of one or more lifted polyhedra.

    The sums of their vertices are not all formed (see :mod:`troppoly.polytope.support`).
    Raises InputError for no polyhedra or one that is not lifted, ShapeError for unequal dimensions.

    >>> from troppoly.polytope import lifted_polyhedron
    >>> P = lifted_polyhedron([(0,), (1,)], [0, 0])
    >>> minkowski_sum([P, P]).vertices()
    (A vertex at (0, 0), A vertex at (2, 0))
    """
    return hull_of_sum(_vertices(polyhedra))


def hull_of_union(polyhedra: Iterable[Any]) -> Any:
    """Return the convex hull of the union of one or more lifted polyhedra.

    Errors as for :func:`minkowski_sum`.

    >>> from troppoly.polytope import lifted_polyhedron
    >>> hull_of_union([lifted_polyhedron([(0,)], [0]), lifted_polyhedron([(1,)], [5])]).vertices()
    (A vertex at (0, 0), A vertex at (1, 5))
    """
    return hull_of_sum([reduce(RationalMatrix.vstack, _vertices(polyhedra))])


def dilation(polyhedron: Any, factor: Any) -> Any:
    """Return q P for a lifted polyhedron P and a rational factor q >= 0.

    Its vertices are q times those of P; 0 P is the ray of (0, ..., 0, -1), the lifted polyhedron
    of the constant 0.  Raises InputError for a negative factor.

    >>> from troppoly.polytope import lifted_polyhedron
    >>> dilation(lifted_polyhedron([(0,), (1,)], [0, 1]), "1/2").vertices()
    (A vertex at (0, 0), A vertex at (1/2, 1/2))
    """
    q = rational(factor, "factor")
    if q < 0:
        raise InputError(f"A lifted polyhedron has no dilation by the negative factor {q}.")
    (vertices,) = _vertices([polyhedron])
    return hull_of_sum([q * vertices])


def _vertices(polyhedra: Iterable[Any]) -> list[RationalMatrix]:
    """The vertices of lifted polyhedra in one and the same space."""
    result = []
    for polyhedron in polyhedra:
        require_lifted(polyhedron)
        result.append(vertex_matrix(polyhedron))
    if not result:
        raise InputError("At least one lifted polyhedron is needed.")
    dimensions = {vertices.shape[1] for vertices in result}
    if len(dimensions) > 1:
        raise ShapeError(f"The lifted polyhedra have unequal ambient dimensions {sorted(dimensions)}.")
    return result
