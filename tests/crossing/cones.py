"""Polyhedral cones in plain Python integers, by the double description method; imports the standard library only.

A *cone* is relatively open: all combinations of its rays with positive and of its lines with any coefficients.  The
points (x, t), t > 0, of a cone stand for the points x / t of a polyhedron, so a cone all of whose generators lie in
t = 0 has none.  What is computed is computed by definition: a cone is cut by a linear form into the parts where
it is positive, zero and negative.
"""

from fractions import Fraction
from itertools import combinations
from math import factorial, gcd, lcm
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
            result = [(p, [v - other[pivot] * w for v, w in zip(other, row, strict=True)]) for p, other in result]
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


def determinant(matrix):
    """By Laplace expansion along the first row."""
    if not matrix:
        return Fraction(1)
    return sum(
        (-1) ** j * a * determinant([row[:j] + row[j + 1 :] for row in matrix[1:]])
        for j, a in enumerate(matrix[0])
        if a
    )


def simplices(cone):
    """The closure of a bounded polyhedron, cut into simplices: from a vertex to those of the facets without it."""
    return [[point(r) for r in rays] for rays in _triangulated(cone.rays, cone.forms)]


def _triangulated(rays, forms):
    if rank(rays) == len(rays):
        return [rays]
    apex, tight = rays[0], {tuple(r for r in rays if dot(f, r) == 0) for f in forms}
    facets = [rs for rs in tight if apex not in rs and rank(rs) == rank(rays) - 1]
    return [(apex, *simplex) for facet in facets for simplex in _triangulated(facet, forms)]


def measure(simplex, *normals):
    """The volume of a simplex, or of its product with one more vector."""
    edges = [[a - b for a, b in zip(p, simplex[0], strict=True)] for p in simplex[1:]]
    return abs(determinant([*edges, *map(list, normals)])) / factorial(len(edges))


def volume(cone):
    """The volume of a bounded full-dimensional polyhedron."""
    return sum(map(measure, simplices(cone)), Fraction(0))


def squared_measure(facet, normal):
    """The squared volume, of dimension d - 1, of a bounded polyhedron in a hyperplane with a normal vector."""
    return sum(measure(s, normal) for s in simplices(facet)) ** 2 / dot(normal, normal)


def centroid(cone):
    """The center of mass of a bounded full-dimensional polyhedron."""
    total, d = volume(cone), len(cone.rays[0]) - 1
    return tuple(sum(measure(s) * sum(p[i] for p in s) / (d + 1) for s in simplices(cone)) / total for i in range(d))


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
