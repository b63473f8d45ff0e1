"""Diameters and inscribed balls in the 1- and the infinity-norm, where they are rational (Euclidean ones are not)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import inf
from typing import NamedTuple

from gmpy2 import mpq

from troppoly.exact import RationalMatrix
from troppoly.exact.linear_program import Optimum, maximize

__all__ = ["Ball", "diameter", "distance_to_hyperplane", "dual_norm", "inscribed_ball", "norm_of"]

Vector = Sequence[mpq]


class Ball(NamedTuple):
    """The ball {x : |x - center| <= radius} in the norm that was asked for."""

    center: tuple[mpq, ...]
    radius: mpq


def norm_of(vector: Iterable[mpq], norm: float) -> mpq:
    """Return the 1- or infinity-norm of a vector."""
    sizes = map(abs, vector)
    return sum(sizes, mpq(0)) if norm == 1 else max(sizes, default=mpq(0))


def dual_norm(norm: float) -> float:
    """Return the norm of linear forms on the space with the given norm: 1 and infinity are dual, 2 is to itself."""
    return 2 if norm == 2 else inf if norm == 1 else 1


def distance_to_hyperplane(form: Vector, point: Vector, norm: float) -> mpq:
    """Return the distance of a point to the hyperplane <a, x> + b = 0 of a form (a, b): |<a, x> + b| / |a|*."""
    *a, b = form
    return abs(sum((v * x for v, x in zip(a, point, strict=True)), mpq(b))) / norm_of(a, dual_norm(norm))


def diameter(points: Sequence[Vector], norm: float) -> mpq:
    """Return the diameter of a union of polytopes with these vertices: that of the vertices, for a norm is convex."""
    if norm == inf:  # the widest of the coordinates
        return max(max(values) - min(values) for values in zip(*points, strict=True))
    gaps = ((a - b for a, b in zip(p, q, strict=True)) for p, q in combinations(points, 2))
    return max((norm_of(gap, norm) for gap in gaps), default=mpq(0))


def inscribed_ball(forms: RationalMatrix, norm: float) -> Ball | None:
    """Return a largest ball in the nonempty {x : <a, x> + b >= 0 for the rows (a, b)}, or None if there is none.

    It contains the ball of radius r at c iff <a, c> + b >= r |a| for all rows, |a| the dual norm.
    """
    d = forms.shape[1] - 1
    dual = dual_norm(norm)
    matrix = RationalMatrix.of([[*-row[:d], norm_of(row[:d], dual)] for row in forms] + [[0] * d + [-1]])
    best = maximize([0] * d + [1], matrix, [row[d] for row in forms] + [0])
    return Ball(best.point[:d], best.point[d]) if isinstance(best, Optimum) else None
