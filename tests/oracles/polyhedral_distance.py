"""Distances from a point to a polyhedron by vertex enumeration in one dimension more, through Sage."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import inf
from typing import Any

from gmpy2 import mpq

from troppoly.passagemath import load, to_mpq, to_sage_rational

__all__ = ["polyhedral_distance"]


def polyhedral_distance(polyhedron: Any, point: Sequence[Any], norm: float) -> mpq:
    """The least r of the polyhedron of all (x, r) with x in P and |x - p| <= r.

    A ball of the 1-norm is cut out by all 2^d sign vectors, one of the infinity norm by the coordinates.
    """
    field = load("sage.rings.rational_field").QQ
    constructor = load("sage.geometry.polyhedron.constructor").Polyhedron
    d = len(point)
    p = [to_sage_rational(mpq(v)) for v in point]
    if norm == inf:
        signs = [[s * int(i == j) for j in range(d)] for i in range(d) for s in (1, -1)]
    else:
        signs = [list(s) for s in product((1, -1), repeat=d)]
    cone = [[sum((s * c for s, c in zip(row, p, strict=True)), field(0)), *(-s for s in row), 1] for row in signs]
    inequalities = [[*row, 0] for row in polyhedron.inequalities_list()] + cone
    equations = [[*row, 0] for row in polyhedron.equations_list()]
    both = constructor(ieqs=inequalities, eqns=equations, base_ring=field)
    return min(to_mpq(vertex[d]) for vertex in both.vertices_list())
