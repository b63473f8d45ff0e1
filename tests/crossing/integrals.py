"""The question of integrals over a bounded domain, by Fubini's theorem on every cell.

The points of a polygon with first coordinate c have an integral F(c).  Between the first coordinates of neighboring
vertices it is a polynomial, so that few values tell it, and so is what is integrated along the second coordinate.
"""

from fractions import Fraction
from functools import cache
from itertools import pairwise

import pytest

import troppoly as tp
from tests.crossing.case import fraction, fractions, question
from tests.crossing.cones import dot, is_bounded, vertices, volume
from tests.crossing.piecewise import Complex, evaluate, side_by_side, step
from tests.crossing.sources import matrix, network_case, vector
from troppoly.passagemath import polyhedron


def over(oracle, integrand, degree):
    """The integrals over a complex in R^1 or R^2 of the values of integrand(x, f(x)), polynomials of some degree."""
    return [sum(column) for column in zip(*(over_cell(cell, integrand, degree) for cell in oracle.cells), strict=True)]


def over_cell(cell, integrand, degree):
    places = sorted({v[0] for v in vertices(cell.cone)})
    result = []
    for (c,), weight in rule(places, degree + len(next(iter(vertices(cell.cone))))):
        points = [((c,), weight)]
        if len(cell.cone.forms[0]) == 3:
            slices = [(b, a * c + e) for a, b, e in cell.cone.forms if b]
            low, high = ([Fraction(-e) / b for b, e in slices if s * b > 0] for s in (1, -1))
            points = [((c, y), weight * w) for (y,), w in rule((max(low), min(high)), degree + 1)]
        for x, w in points:
            values = [dot(form, (*x, 1)) for form in cell.forms]
            result.append([w * v for v in integrand(x, values)])
    return [sum(column) for column in zip(*result, strict=True)]


def rule(places, n):
    """Points and weights whose sums are integrals of piecewise polynomials of degree less than n, with these breaks."""
    for a, b in pairwise(places):
        for i, weight in enumerate(weights(n)):
            yield (a + (b - a) * Fraction(i + 1, n + 1),), (b - a) * weight


@cache
def weights(n):
    """The integrals over [0, 1] of the Lagrange polynomials of the points i / (n + 1), 0 < i <= n."""
    points, result = [Fraction(i, n + 1) for i in range(1, n + 1)], []
    for c in points:
        polynomial = [Fraction(1)]
        for other in points:
            if other != c:
                shifted = [0, *polynomial]
                constant = [-other * v for v in polynomial] + [0]
                polynomial = [(p + q) / (c - other) for p, q in zip(shifted, constant, strict=True)]
        result.append(sum(v / (k + 1) for k, v in enumerate(polynomial)))
    return result


def with_absolute_values(program):
    """The program of (f, |f|)."""
    m = len(program[-1][2])
    rows = [[s * int(i == j) for j in range(m)] for s in (1, -1) for i in range(m)]
    return [*program, step(rows, [0] * (2 * m), [*((i,) for i in range(m)), *((i, i + m) for i in range(m))])]


def bounded_domain(case, rng):
    """The forms of the domain if it is bounded, else of a box, or of a simplex."""
    if case.domain and all(is_bounded(cell.cone) for cell in case.oracle.cells):
        return case.domain
    d = case.d
    low = [(*(int(i == j) for j in range(d)), rng.choice([1, 2])) for i in range(d)]
    high = [(*(-int(i == j) for j in range(d)), Fraction(rng.choice([1, 3]), 2)) for i in range(d)]
    return tuple([*low, *high] if rng.random() < 0.6 else [*low, (*[-1] * d, rng.choice([1, 2]))])


@question
def integrals(case, rng):
    """Integrals, moments, norms and mean gradients, and the distances from a network of one unit."""
    domain, d, m = bounded_domain(case, rng), case.d, case.n_outputs
    body = polyhedron(inequalities=[(c, *a) for *a, c in domain], ambient_dim=d)
    if not case.domain:
        with pytest.raises(tp.UnboundedError):
            tp.integrals.integral(case.function)
    regions = tp.linear_regions(case.function, domain=body)
    integral = tp.integrals.integral(case.function, body)
    assert integral == tp.integrals.integral(regions)
    cells = Complex(case.program, d, domain).cells
    sizes = [volume(cell.cone) for cell in cells]
    for j, rows in enumerate(tp.integrals.expected_gradient(regions)):
        gradients = [cell.forms[j][:-1] for cell in cells]
        mean = [sum(s * g[i] for s, g in zip(sizes, gradients, strict=True)) / sum(sizes) for i in range(d)]
        assert list(map(fraction, rows)) == mean
        square = sum(s * dot(g, g) for s, g in zip(sizes, gradients, strict=True)) / sum(sizes)
        assert fraction(tp.integrals.mean_squared_gradient(regions)[j]) == square
    if d == 3:  # the mean of an affine function over a cell is its value at the centroid
        values = [evaluate(case.program, fractions(cell.centroid())) for cell in regions.cells]
        volumes = [fraction(v) for v in (cell.volume() for cell in regions.cells)]
        expected = [sum(v * y[j] for v, y in zip(volumes, values, strict=True)) for j in range(m)]
        assert fractions(integral) == tuple(expected)
        return
    powers = [0] * (d + m)
    for _ in range(4):
        powers[rng.randrange(d + m)] += 1

    def integrand(x, values):
        y, absolute = values[:m], values[m:]
        monomial = Fraction(1)
        for base, power in zip([*x, *y], powers, strict=True):
            monomial *= Fraction(base) ** power
        return [*y, sum(absolute), sum(v * v for v in y), monomial]

    found = over(Complex(with_absolute_values(case.program), d, domain), integrand, 4)
    assert fractions(integral) == tuple(found[:m])
    assert fraction(tp.integrals.l1_norm(regions)) == found[m]
    assert fraction(tp.integrals.l2_norm(regions).square()) == found[m + 1]
    assert fraction(tp.integrals.moment(regions, powers[:d], powers[d:])) == found[m + 2]
    if len(cells) > 4:
        return
    other = network_case([matrix(rng, 1, d), matrix(rng, m, 1)], [vector(rng, 1), vector(rng, m)])
    gap = Complex(with_absolute_values(side_by_side(case.program, other.program)), d, domain)
    found = over(gap, lambda x, y: [sum(y[m:]), sum(v * v for v in y[:m])], 2)
    assert fraction(tp.integrals.l1_distance(case.function, other.function, body)) == found[0]
    assert fraction(tp.integrals.l2_distance(other.function, case.function, body).square()) == found[1]
