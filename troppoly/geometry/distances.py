"""Exact distances from a point to a polyhedron, in the infinity norm or the 1-norm, with a certificate.

For a polyhedron C = conv V + cone R + span L and a point p, by linear programming duality

    dist(p, C) = min {|x - p| : x in C} = max {min_c in C <y, c - p> : |y|* <= 1},

where |.|* is the dual norm (the 1-norm of the infinity norm, and conversely).  A y for which the inner minimum is
finite is at least 0 on R and vanishes on L, and the minimum is that over V, so the right side is the linear program:
maximize z over (y, z) with z <= <y, v - p> for v in V, <y, r> >= 0, <y, l> = 0 and |y|* <= 1.  Its multipliers of the
first three kinds are the coefficients of the nearest point as a combination of V, R and L.

A nearest point x and a functional y thus prove each other right: |x - p| is an upper and the minimum of <y, c - p> a
lower bound of the distance.  In these norms the nearest point need not be unique.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import Norm, checked
from troppoly.complex.polyhedral_complex import Face
from troppoly.complex.shape import dual_norm, norm_of
from troppoly.errors import InputError
from troppoly.exact import CertifiedNumber, RationalMatrix, rational_vector
from troppoly.exact.linear_program import Optimum, maximize
from troppoly.passagemath import Polyhedron, to_mpq
from troppoly.regions import LinearRegion

__all__ = ["Distance", "distance"]

Vector = tuple[mpq, ...]
Generators = tuple[tuple[Vector, ...], tuple[Vector, ...], tuple[Vector, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Distance(CertifiedNumber):
    """The distance of ``center`` to a polyhedron, with a point of it and a functional that prove each other.

    ``point`` is the combination of the ``generators``, vertices (coefficients at least 0, sum 1), rays (at least 0) and
    lines, with the given ``coefficients``, and ``functional`` is the y of the module's text.  For a linear region, the
    least distance to its cells, ``polyhedron`` is the number of the nearest one among them.

    >>> import troppoly as tp
    >>> square = tp.linear_regions(tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]]), domain=[(0, 1), (0, 1)])
    >>> d = tp.geometry.distance(square[0], (3, "1/2"))
    >>> d, d.check()
    (Distance 2 in the inf-norm, attained at (1, 1), True)
    """

    value: mpq
    norm: float
    center: Vector
    point: Vector
    functional: Vector
    generators: Generators
    coefficients: tuple[Vector, Vector, Vector]
    polyhedron: int = 0

    def check(self) -> bool:
        """Return whether point and functional prove the value, multiplied out exactly."""
        n, k = len(self.generators[0]), len(self.generators[1])
        generators, coefficients = (_array(chain(*parts)) for parts in (self.generators, self.coefficients))
        y, p = _array(self.functional), _array(self.center)
        point, heights = coefficients @ generators, generators @ y
        return bool(
            min(coefficients[: n + k]) >= 0
            and sum(coefficients[:n]) == 1
            and tuple(point) == self.point
            and norm_of(point - p, self.norm) == self.value
            and norm_of(y, dual_norm(self.norm)) <= 1
            and min(heights[:n]) - y @ p >= self.value
            and min(heights[n : n + k], default=0) >= 0
            and not any(heights[n + k :])
        )

    def __repr__(self) -> str:
        return f"Distance {self.value} in the {self.norm}-norm, attained at ({', '.join(map(str, self.point))})"


@checked
def distance(target: Face | LinearRegion | Polyhedron, point: Sequence[Any], norm: Norm = inf) -> Distance:
    """Return the distance of a point to a cell, a face, a linear region or a passagemath ``Polyhedron``.

    Raises InputError for an empty polyhedron and ShapeError if the point lies in another space.

    >>> from troppoly.passagemath import polyhedron
    >>> triangle = polyhedron(vertices=[(1, 0), (2, 3), (4, 0)], ambient_dim=2)
    >>> distance(triangle, (0, 1))
    Distance 1 in the inf-norm, attained at (1, 0)
    >>> distance(triangle, (0, 1), norm=1).value
    mpq(4,3)
    """
    parts = target.cells if isinstance(target, LinearRegion) else (target,)
    d = parts[0].complex.ambient_dimension if isinstance(parts[0], Face) else int(parts[0].ambient_dim())
    p = rational_vector(point, "point", d)
    best = _distance(_generators(parts[0]), p, norm, 0)
    for index, part in enumerate(parts[1:], start=1):
        if best.value:
            best = min(best, _distance(_generators(part), p, norm, index))
    return best


def _generators(part: Any) -> Generators:
    """The vertices, rays and lines of a face or a passagemath ``Polyhedron``."""
    if isinstance(part, Face):
        return part.vertices(), part.rays(), part.lines()
    if part.is_empty():
        raise InputError("The empty polyhedron has no distance to a point.")
    lists = (part.vertices_list(), part.rays_list(), part.lines_list())
    vertices, rays, lines = (tuple(tuple(map(to_mpq, row)) for row in rows) for rows in lists)
    return vertices, rays, lines


def _distance(generators: Generators, p: Vector, norm: float, index: int) -> Distance:
    """The distance to one polyhedron, by the linear program of the module's introduction."""
    d, (n, k, m) = len(p), map(len, generators)
    gaps = _array(chain(*generators))
    gaps[:n] -= _array(p)
    # The variables are y, z, and for the infinity norm also s with |y_i| <= s_i and sum s <= 1.
    size = 2 * d + 1 if norm == inf else d + 1
    rows = np.zeros((n + k + 2 * m + 2 * d + (norm == inf), size), dtype=object)
    rows[: n + k + m, :d], rows[n + k + m : n + k + 2 * m, :d], rows[:n, d] = -gaps, gaps[n + k :], 1
    ball = rows[n + k + 2 * m :]
    ball[:d, :d], ball[d : 2 * d, :d] = np.eye(d, dtype=int), -np.eye(d, dtype=int)
    if norm == inf:
        ball[: 2 * d, d + 1 :] = -np.tile(np.eye(d, dtype=int), (2, 1))
        ball[2 * d :, d + 1 :] = 1
    right = [0] * (n + k + 2 * m) + ([0] * (2 * d) + [1] if norm == inf else [1] * (2 * d))
    best = maximize([int(i == d) for i in range(size)], RationalMatrix.of(rows), right)
    assert isinstance(best, Optimum)  # y = 0, z = 0 is feasible, and z <= max |v - p|
    of_vertices, of_rays, plus, minus, _ = np.split(_array(best.multipliers), np.cumsum([n, k, m, m]))
    coefficients = (tuple(of_vertices), tuple(of_rays), tuple(plus - minus))
    point = _array(chain(*coefficients)) @ _array(chain(*generators))
    return Distance(best.value, norm, p, tuple(point), best.point[:d], generators, coefficients, index)


def _array(values: Any) -> Any:
    """An array of exact numbers."""
    return np.array(list(values), dtype=object)
