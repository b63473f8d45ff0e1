"""Lifted Newton polytopes: P = conv{(a_i, c_i)} + cone{(0, ..., 0, -1)} in R^(d+1).

They are passagemath polyhedra.  Their support function in the direction (x, 1) is the tropical
polynomial f(x) = max_i (<a_i, x> + c_i), so f and g are equal as functions exactly when their
lifted polytopes are equal (Rockafellar, Convex Analysis, Theorem 13.1).
"""

from __future__ import annotations

from typing import Any

from troppoly.arguments import checked
from troppoly.errors import InputError, ShapeError
from troppoly.exact import RationalMatrix, rational_vector
from troppoly.passagemath import Polyhedron, polyhedron
from troppoly.polytope.support import hull_of_sum

__all__ = ["lifted_points", "lifted_polyhedron", "require_lifted", "restrict_to_domain"]


def lifted_points(exponents: Any, coefficients: Any) -> RationalMatrix:
    """Return the (n, d + 1) matrix of the points (a_i, c_i).

    ``exponents`` is an (n, d) matrix of numbers and ``coefficients`` a sequence of n numbers.
    Raises ShapeError if their lengths differ and InputError if there is no point.

    >>> lifted_points([(1, 0), (0, 1)], [2, "1/2"])
    RationalMatrix([['1', '0', '2'], ['0', '1', '1/2']])
    """
    left = RationalMatrix.of(exponents, where="exponents")
    right = RationalMatrix.of([[c] for c in rational_vector(coefficients, "coefficients")], columns=1)
    if left.shape[0] != right.shape[0]:
        raise ShapeError(f"There are {left.shape[0]} exponents and {right.shape[0]} coefficients.")
    if left.shape[0] == 0:
        raise InputError("A lifted polyhedron needs at least one point.")
    return left.hstack(right)


@checked
def lifted_polyhedron(exponents: Any, coefficients: Any) -> Any:
    """Return the lifted Newton polytope of the points (a_i, c_i) as a passagemath ``Polyhedron``.

    Arguments and errors as for :func:`lifted_points`.

    >>> lifted_polyhedron([(0,), (1,), (2,)], [0, -1, 0]).vertices()
    (A vertex at (0, 0), A vertex at (2, 0))
    """
    return hull_of_sum([lifted_points(exponents, coefficients)])


def require_lifted(lifted: Any) -> None:
    """Raise InputError unless the recession cone is the ray of (0, ..., 0, -1).

    >>> from troppoly.passagemath import Polyhedron, polyhedron
    >>> require_lifted(polyhedron(vertices=[(0, 0)], ambient_dim=2))
    Traceback (most recent call last):
    ...
    troppoly.errors.InputError: A lifted polyhedron has a vertex and the one ray (0, ..., 0, -1).
    """
    rays = lifted.rays_list()
    if (
        lifted.is_empty()
        or lifted.lines_list()
        or len(rays) != 1
        or any(value != 0 for value in rays[0][:-1])
        or not rays[0][-1] < 0
    ):
        raise InputError("A lifted polyhedron has a vertex and the one ray (0, ..., 0, -1).")


@checked
def restrict_to_domain(lifted: Polyhedron, forms: RationalMatrix) -> Any:
    """Return the polyhedron of f on the domain {x : <a, x> + b >= 0 for the rows (a, b) of ``forms``}.

    Raises ShapeError if they do not fit.

    The function that is 0 on the domain and infinite elsewhere is the supremum of <z, (x, 1)> over
    the cone of the (-a, -b), so adding it to f adds this cone to the lifted polyhedron.

    >>> on_half_line = restrict_to_domain(
    ...     lifted_polyhedron([(0,), (1,)], [0, 0]), RationalMatrix.of([[1, 0]])
    ... )
    >>> on_half_line.vertices()
    (A vertex at (1, 0),)
    """
    if lifted.ambient_dim() != forms.shape[1]:
        raise ShapeError(
            f"The lifted polyhedron lies in R^{lifted.ambient_dim()}, the forms have {forms.shape[1]} entries."
        )
    return lifted + polyhedron(
        vertices=[(0,) * forms.shape[1]], rays=(-forms).to_rationals().tolist(), ambient_dim=forms.shape[1]
    )
