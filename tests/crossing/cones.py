"""Polyhedral cones in plain Python integers, by the double description method; imports the standard library only.

A *cone* is relatively open: all combinations of its rays with positive and of its lines with any coefficients.  The
points (x, t), t > 0, of a cone stand for the points x / t of a polyhedron, so a cone all of whose generators lie in
t = 0 has none.  What is computed is computed by definition: a cone is cut by a linear form into the parts where
it is positive, zero and negative.
"""

from fractions import Fraction
from itertools import combinations, pairwise
from math import gcd, lcm
from typing import NamedTuple


class Cone(NamedTuple):
    """``forms`` are positive on the cone, ``equations`` zero; the rays are extreme modulo the lines."""

    rays: tuple
    lines: tuple
    forms: tuple
    equations: tuple


def dot(form, vector):
    return sum(a * v for a, v in zip(form, vector, strict=True))


def primitive(vector):
    """The positive multiple with coprime integers of a vector of rationals."""
    scale = lcm(*(Fraction(v).denominator for v in vector))
    integers = [int(v * scale) for v in vector]
    common = gcd(*integers) or 1
    return tuple(v // common for v in integers)


def half_space(d):
    """The points (x, t), t > 0, that is R^d."""
    unit = [tuple(int(i == j) for j in range(d + 1)) for i in range(d + 1)]
    return Cone((unit[d],), tuple(unit[:d]), (unit[d],), ())


def cut(cone, form):
    """The nonempty parts {sign: cone} on which a form is positive (1), zero (0) and negative (-1)."""
    form = primitive(form)
    minus = tuple(-a for a in form)
    line = next((v for v in cone.lines if dot(form, v)), None)
    if line is not None:
        if dot(form, line) < 0:
            line = tuple(-v for v in line)
        height = dot(form, line)

        def flattened(v):
            return primitive([height * a - dot(form, v) * b for a, b in zip(v, line, strict=True)])

        lines = tuple(flattened(v) for v in cone.lines if dot(form, v) == 0 or flattened(v) != (0,) * len(v))
        rays = tuple(flattened(r) for r in cone.rays)
        return {
            1: Cone((*rays, line), lines, (*cone.forms, form), cone.equations),
            0: Cone(rays, lines, cone.forms, (*cone.equations, form)),
            -1: Cone((*rays, tuple(-v for v in line)), lines, (*cone.forms, minus), cone.equations),
        }
    values = [dot(form, r) for r in cone.rays]
    if not any(values):
        return {0: cone}
    if min(values) >= 0:
        return {1: cone._replace(forms=(*cone.forms, form))}
    if max(values) <= 0:
        return {-1: cone._replace(forms=(*cone.forms, minus))}
    tight = [frozenset(i for i, f in enumerate(cone.forms) if dot(f, r) == 0) for r in cone.rays]
    born = []
    for i, j in combinations(range(len(values)), 2):
        if values[i] * values[j] < 0:
            common = tight[i] & tight[j]
            if not any(common <= tight[k] for k in range(len(values)) if k not in (i, j)):
                a, b = abs(values[j]), abs(values[i])
                pairs = zip(cone.rays[i], cone.rays[j], strict=True)
                born.append(primitive([a * u + b * v for u, v in pairs]))

    def side(sign):
        return tuple(r for r, v in zip(cone.rays, values, strict=True) if sign * v > 0)

    flat = (*(r for r, v in zip(cone.rays, values, strict=True) if v == 0), *born)
    return {
        1: Cone((*side(1), *flat), cone.lines, (*cone.forms, form), cone.equations),
        0: Cone(flat, cone.lines, cone.forms, (*cone.equations, form)),
        -1: Cone((*side(-1), *flat), cone.lines, (*cone.forms, minus), cone.equations),
    }


def inner(cone):
    """A vector of the cone itself: the sum of its rays (all with t >= 0, one with t > 0)."""
    return tuple(map(sum, zip(*cone.rays, strict=True)))


def point(vector):
    """The point x / t."""
    *x, t = vector
    return tuple(Fraction(v, t) for v in x)


def rank(rows):
    """The rank of a matrix of rationals, by elimination."""
    return len(echelon(rows))


def echelon(rows):
    """The rows of the reduced echelon form, each with its pivot."""
    result = []
    for row in rows:
        row = [Fraction(v) for v in row]
        for pivot, other in result:
            row = [v - row[pivot] * w for v, w in zip(row, other, strict=True)]
        pivot = next((i for i, v in enumerate(row) if v), None)
        if pivot is not None:
            row = [v / row[pivot] for v in row]
            result = [
                (p, [v - other[pivot] * w for v, w in zip(other, row, strict=True)]) for p, other in result
            ]
            result.append((pivot, row))
    return result


def modulo(vector, lines):
    """The representative of a vector modulo the span of lines that is zero at their pivots."""
    row = [Fraction(v) for v in vector]
    for pivot, line in echelon(lines):
        row = [v - row[pivot] * w for v, w in zip(row, line, strict=True)]
    return tuple(row)


def dimension(cone):
    """The dimension of the polyhedron."""
    return rank((*cone.rays, *cone.lines)) - 1


def vertices(cone):
    """The vertices of the polyhedron, representatives modulo its lines."""
    return frozenset(modulo(point(r), [v[:-1] for v in cone.lines]) for r in cone.rays if r[-1])


def directions(cone):
    """The extreme directions at infinity, primitive, representatives modulo the lines."""
    lines = [v[:-1] for v in cone.lines]
    return frozenset(primitive(modulo(r[:-1], lines)) for r in cone.rays if not r[-1])


def is_bounded(cone):
    return not cone.lines and all(r[-1] for r in cone.rays)


def closure_contains(cone, vector):
    """Whether the closure of the cone contains (x, t)."""
    return all(dot(f, vector) >= 0 for f in cone.forms) and all(dot(e, vector) == 0 for e in cone.equations)


def volume(cone):
    """The volume of a bounded full-dimensional polyhedron in one or two dimensions."""
    points = sorted(vertices(cone))
    if len(points[0]) == 1:
        return points[-1][0] - points[0][0]
    return sum((triangle(p) for p in triangles(points)), Fraction(0))


def triangles(points):
    """The triangles of a convex polygon at its least vertex, by the slopes of the others from there."""
    first, *rest = sorted(points)

    def slope(p):
        x, y = p[0] - first[0], p[1] - first[1]
        return (1, Fraction(0), y) if x == 0 else (0, y / x, x)

    rest.sort(key=slope)
    return [(first, p, q) for p, q in pairwise(rest)]


def triangle(corners):
    """The area of a triangle."""
    p, q, r = corners
    return abs((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])) / 2


def centroid(cone):
    """The centre of mass of a bounded full-dimensional polyhedron in one or two dimensions."""
    points = sorted(vertices(cone))
    if len(points[0]) == 1:
        return ((points[0][0] + points[-1][0]) / 2,)
    parts = triangles(points)
    total = sum(map(triangle, parts))
    return tuple(sum(triangle(t) * sum(p[i] for p in t) / 3 for t in parts) / total for i in range(2))


def least_height(cone, forms):
    """The least r with (x, r) over the points x of the closed polyhedron and r >= all forms (a, b)(x, 1).

    By all vertices of the polyhedron of the (x, r), which lies above the polyhedron.
    """
    lifted = half_space(len(forms[0]))
    for e in cone.equations:
        lifted = cut(lifted, (*e[:-1], 0, e[-1]))[0]
    for f in cone.forms:
        lifted = cut(lifted, (*f[:-1], 0, f[-1]))[1]
    for *a, b in forms:
        lifted = cut(lifted, (*(-v for v in a), 1, -b))[1]
    return min(point(r)[-1] for r in lifted.rays if r[-1])
