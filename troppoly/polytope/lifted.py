"""Lifted Newton polytopes P = conv{(a_i, c_i)} + cone{(0, ..., 0, -1)} in R^(d+1), and their algebra.

They are passagemath polyhedra.  Their support function in the direction (x, 1) is the tropical polynomial
f(x) = max_i (<a_i, x> + c_i), so f and g are equal as functions exactly when their lifted polytopes are equal
(Rockafellar, Convex Analysis, Theorem 13.1), and

    P_{f*g} = P_f + P_g,   P_{f+g} = conv(P_f u P_g),   P_{f**q} = q P_f.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from troppoly.arguments import checked
from troppoly.errors import InputError, ShapeError
from troppoly.exact import RationalMatrix, rational, rational_vector
from troppoly.passagemath import Polyhedron, polyhedron, vertex_matrix
from troppoly.polytope.support import hull_of_sum

__all__ = ["dilation", "hull_of_union", "lifted_points", "lifted_polyhedron", "minkowski_sum", "restrict_to_domain"]


def lifted_points(exponents: Any, coefficients: Any) -> RationalMatrix:
    """Return the (n, d + 1) matrix of the points (a_i, c_i).

    Raises ShapeError unless ``exponents`` has shape (n, d) and ``coefficients`` length n, InputError for n = 0.

    >>> lifted_points([(1, 0), (0, 1)], [2, "1/2"])
    RationalMatrix([['1', '0', '2'], ['0', '1', '1/2']])
    """
    left = RationalMatrix.of(exponents, where="exponents")
    right = RationalMatrix.of([rational_vector(coefficients, "coefficients")]).T
    if len(left) != len(right):
        raise ShapeError(f"There are {len(left)} exponents and {len(right)} coefficients.")
    if len(left) == 0:
        raise InputError("A lifted polyhedron needs at least one point.")
    return left.hstack(right)


def lifted_polyhedron(exponents: Any, coefficients: Any) -> Any:
    """Return the lifted Newton polytope of the points (a_i, c_i); arguments and errors of :func:`lifted_points`.

    >>> lifted_polyhedron([(0,), (1,), (2,)], [0, -1, 0]).vertices()
    (A vertex at (0, 0), A vertex at (2, 0))
    """
    return hull_of_sum([lifted_points(exponents, coefficients)])


def require_lifted(lifted: Any) -> None:
    """Raise InputError unless the recession cone is the ray of (0, ..., 0, -1)."""
    rays = lifted.rays_list()
    if lifted.is_empty() or lifted.lines_list() or len(rays) != 1 or any(rays[0][:-1]) or not rays[0][-1] < 0:
        raise InputError("A lifted polyhedron has a vertex and the one ray (0, ..., 0, -1).")


@checked
def restrict_to_domain(lifted: Polyhedron, forms: RationalMatrix) -> Any:
    """Return the polyhedron of f on the domain {x : <a, x> + b >= 0 for the rows (a, b) of ``forms``}.

    The function that is 0 on the domain and infinite elsewhere is the supremum of <z, (x, 1)> over the cone of the
    (-a, -b), so adding it to f adds this cone to the lifted polyhedron.  Raises ShapeError if they do not fit.

    >>> restrict_to_domain(lifted_polyhedron([(0,), (1,)], [0, 0]), RationalMatrix.of([[1, 0]])).vertices()
    (A vertex at (1, 0),)
    """
    width = forms.shape[1]
    if lifted.ambient_dim() != width:
        raise ShapeError(f"The lifted polyhedron lies in R^{lifted.ambient_dim()} where R^{width} is needed.")
    return lifted + polyhedron(vertices=[(0,) * width], rays=(-forms).tolist(), ambient_dim=width)


@checked
def minkowski_sum(polyhedra: Sequence[Polyhedron]) -> Any:
    """Return the Minkowski sum of one or more lifted polyhedra, without forming all sums of their vertices.

    Raises InputError for no polyhedra or one that is not lifted, ShapeError for unequal dimensions.

    >>> P = lifted_polyhedron([(0,), (1,)], [0, 0])
    >>> minkowski_sum([P, P]).vertices()
    (A vertex at (0, 0), A vertex at (2, 0))
    """
    return hull_of_sum(_vertices(polyhedra))


@checked
def hull_of_union(polyhedra: Sequence[Polyhedron]) -> Any:
    """Return the convex hull of the union of one or more lifted polyhedra; errors of :func:`minkowski_sum`.

    >>> hull_of_union([lifted_polyhedron([(0,)], [0]), lifted_polyhedron([(1,)], [5])]).vertices()
    (A vertex at (0, 0), A vertex at (1, 5))
    """
    return hull_of_sum([reduce(RationalMatrix.vstack, _vertices(polyhedra))])


@checked
def dilation(polyhedron: Polyhedron, factor: Any) -> Any:
    """Return q P for a lifted polyhedron P and a rational factor q >= 0; 0 P is the ray of (0, ..., 0, -1).

    Raises InputError for a negative factor.

    >>> dilation(lifted_polyhedron([(0,), (1,)], [0, 1]), "1/2").vertices()
    (A vertex at (0, 0), A vertex at (1/2, 1/2))
    """
    q = rational(factor, "factor")
    if q < 0:
        raise InputError(f"A lifted polyhedron has no dilation by the negative factor {q}.")
    return hull_of_sum([q * vertices for vertices in _vertices([polyhedron])])


def _vertices(polyhedra: Sequence[Any]) -> list[RationalMatrix]:
    """The vertices of lifted polyhedra in one and the same space."""
    for lifted in polyhedra:
        require_lifted(lifted)
    dimensions = {lifted.ambient_dim() for lifted in polyhedra}
    if not dimensions:
        raise InputError("At least one lifted polyhedron is needed.")
    if len(dimensions) > 1:
        raise ShapeError(f"The lifted polyhedra have unequal ambient dimensions {sorted(dimensions)}.")
    return list(map(vertex_matrix, polyhedra))
