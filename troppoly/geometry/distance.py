"""Exact distances from a point to a polyhedron, in the infinity norm or the 1-norm, with a certificate.

For a polyhedron C = conv V + cone R + span L and a point p, by linear programming duality

    dist(p, C) = min {|x - p| : x in C} = max {min_c in C <y, c - p> : |y|* <= 1},

where |.|* is the dual norm (the 1-norm of the infinity norm, and conversely).  A y for which the inner minimum
is finite is at least 0 on R and vanishes on L, and the minimum is that over V, so the right side is the linear
program: maximize z over (y, z) with z <= <y, v - p> for v in V, <y, r> >= 0, <y, l> = 0 and |y|* <= 1.  Its
multipliers of the first three kinds are the coefficients of the nearest point as a combination of V, R and L.

A nearest point x in C and a functional y thus prove each other right: |x - p| is an upper and the minimum of
<y, c - p> a lower bound of the distance.  In these norms the nearest point need not be unique.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Any, NamedTuple

from gmpy2 import mpq

from troppoly.arguments import Norm, checked
from troppoly.complex.polyhedral_complex import Face
from troppoly.complex.shape import dual_norm, norm_of
from troppoly.errors import InputError
from troppoly.exact import CertifiedNumber, RationalMatrix, rational_vector
from troppoly.exact.linear_program import Optimum, maximize
from troppoly.passagemath import to_mpq
from troppoly.regions import LinearRegion

__all__ = ["Distance", "distance"]

Vector = tuple[mpq, ...]


class _Generators(NamedTuple):
    """A polyhedron as conv(vertices) + cone(rays) + span(lines)."""

    vertices: tuple[Vector, ...]
    rays: tuple[Vector, ...]
    lines: tuple[Vector, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Distance(CertifiedNumber):
    """The distance of ``center`` to a polyhedron, with a point of it and a functional that prove each other.

    ``point`` is the combination of ``vertices`` (coefficients at least 0, sum 1), ``rays`` (at least 0) and
    ``lines`` with the given ``coefficients``, and ``functional`` is the y of the module's introduction.  For a
    linear region, ``polyhedron`` is the number of its nearest cell among its cells.

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
    generators: tuple[tuple[Vector, ...], tuple[Vector, ...], tuple[Vector, ...]]
    coefficients: tuple[tuple[mpq, ...], tuple[mpq, ...], tuple[mpq, ...]]
    polyhedron: int = 0

    def check(self) -> bool:
        """Return whether point and functional prove the value, multiplied out exactly."""
        (vertices, rays, lines), (weights, stretches, _) = self.generators, self.coefficients
        y, p = self.functional, self.center
        everything = list(zip(chain(*self.generators), chain(*self.coefficients), strict=True))
        point = tuple(sum((c * g[i] for g, c in everything), mpq(0)) for i in range(len(p)))
        return (
            min((*weights, *stretches)) >= 0
            and sum(weights, mpq(0)) == 1
            and point == self.point
            and norm_of(_minus(point, p), self.norm) == self.value
            and norm_of(y, dual_norm(self.norm)) <= 1
            and all(_dot(y, _minus(v, p)) >= self.value for v in vertices)
            and all(_dot(y, r) >= 0 for r in rays)
            and not any(_dot(y, line) for line in lines)
        )

    def __repr__(self) -> str:
        point = ", ".join(str(v) for v in self.point)
        return f"Distance {self.value} in the {self.norm}-norm, attained at ({point})"


@checked
def distance(target: Any, point: Sequence[Any], norm: Norm = inf) -> Distance:
    """Return the distance of a point to a cell, a face, a linear region or a passagemath ``Polyhedron``.

    The distance to a linear region is the least one to its cells.

    Raises InputError for an empty polyhedron, or another kind of target,
    and ShapeError if the point lies in another space.

    >>> from troppoly.passagemath import polyhedron
    >>> triangle = polyhedron(vertices=[(1, 0), (2, 3), (4, 0)], ambient_dim=2)
    >>> distance(triangle, (0, 1))
    Distance 1 in the inf-norm, attained at (1, 0)
    >>> distance(triangle, (0, 1), norm=1).value
    mpq(4,3)
    """
    if isinstance(target, LinearRegion):
        candidates = [_generators_of_face(cell) for cell in target.cells]
        d = target.regions.complex.ambient_dimension
    elif isinstance(target, Face):
        candidates = [_generators_of_face(target)]
        d = target.complex.ambient_dimension
    elif hasattr(target, "vertices_list"):
        candidates = [_generators_of_polyhedron(target)]
        d = int(target.ambient_dim())
    else:
        raise InputError(
            "A distance is one to a cell, face, linear region or passagemath Polyhedron, "
            f"not to a {type(target).__name__}."
        )
    p = rational_vector(point, "point", d)
    best = _distance(candidates[0], p, norm, 0)
    for index, generators in enumerate(candidates[1:], start=1):
        if best.value == 0:
            break
        best = min(best, _distance(generators, p, norm, index), key=lambda found: found.value)
    return best


def _generators_of_face(face: Face) -> _Generators:
    return _Generators(face.vertices(), face.rays(), face.lines())


def _generators_of_polyhedron(polyhedron: Any) -> _Generators:
    """The generators of a passagemath ``Polyhedron``."""
    if polyhedron.is_empty():
        raise InputError("The empty polyhedron has no distance to a point.")
    lists = (polyhedron.vertices_list(), polyhedron.rays_list(), polyhedron.lines_list())
    return _Generators(*(tuple(tuple(to_mpq(v) for v in row) for row in rows) for rows in lists))


def _distance(generators: _Generators, p: Vector, norm: float, index: int) -> Distance:
    """The distance to one polyhedron, by the linear program of the module's introduction."""
    d = len(p)
    vertices, rays, lines = generators
    points = [_minus(v, p) for v in vertices]
    # The variables are y, z, and for the infinity norm also s with |y_i| <= s_i and sum s <= 1.
    extra = d if norm == inf else 0
    rows = [[*(-v for v in x), 1, *[0] * extra] for x in points]
    for direction in (*rays, *lines, *(tuple(-v for v in line) for line in lines)):
        rows.append([*(-v for v in direction), 0, *[0] * extra])
    right = [mpq(0)] * len(rows)
    for i in range(d):
        for sign in (1, -1):
            row = [mpq(0)] * (d + 1 + extra)
            row[i] = mpq(sign)
            if extra:
                row[d + 1 + i] = mpq(-1)
            rows.append(row)
            right.append(mpq(0 if extra else 1))
    if extra:
        rows.append([0] * (d + 1) + [1] * d)
        right.append(mpq(1))
    objective = [mpq(0)] * (d + 1 + extra)
    objective[d] = mpq(1)
    best = maximize(objective, RationalMatrix.of(rows, columns=d + 1 + extra), right)
    assert isinstance(best, Optimum)  # y = 0, z = 0 is feasible, and z <= max |v - p|
    n, k, m = len(vertices), len(rays), len(lines)
    weights, stretches = best.multipliers[:n], best.multipliers[n : n + k]
    plus, minus = best.multipliers[n + k : n + k + m], best.multipliers[n + k + m : n + k + 2 * m]
    along = tuple(a - b for a, b in zip(plus, minus, strict=True))
    nearest = [mpq(0)] * d
    for generator, c in zip(chain(*generators), (*weights, *stretches, *along), strict=True):
        if c:
            nearest = [a + c * g for a, g in zip(nearest, generator, strict=True)]
    return Distance(
        value=best.value,
        norm=norm,
        center=p,
        point=tuple(nearest),
        functional=best.point[:d],
        generators=(vertices, rays, lines),
        coefficients=(weights, stretches, along),
        polyhedron=index,
    )


def _minus(x: Vector, y: Vector) -> Vector:
    """x - y."""
    return tuple(a - b for a, b in zip(x, y, strict=True))


def _dot(x: Vector, y: Vector) -> mpq:
    """The inner product."""
    return sum((a * b for a, b in zip(x, y, strict=True)), mpq(0))
