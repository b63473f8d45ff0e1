"""Closed forms, and properties of integrals; brute force on all kinds of functions is in ``tests/crossing``."""

import random
from fractions import Fraction
from itertools import pairwise, permutations
from math import factorial, prod

import numpy as np
import pytest
import sympy
from gmpy2 import mpq

import troppoly as tp
from tests.crossing.cones import cut, dot, half_space, measure, simplices
from tests.oracles.fraction_network import fraction
from troppoly.exact import Radical
from troppoly.integrals import (
    expected_gradient,
    integral,
    l1_distance,
    l1_norm,
    l2_distance,
    l2_norm,
    mean_squared_gradient,
    moment,
)
from troppoly.integrals.simplices import Simplices, integrals_of_positive_parts, integrals_of_products
from troppoly.passagemath import polyhedron


def variables(d):
    return [tp.TropicalPolynomial.variable(i, d) for i in range(d)]


def cube(d):
    return [(0, 1)] * d


def random_network(rng, d, outputs=1):
    widths = [d, rng.randint(1, 4), rng.randint(1, 3), outputs][: rng.choice([4, 4, 2])]
    widths[-1] = outputs
    pairs = list(zip(widths[1:], widths, strict=False))
    weights = [[[rng.choice([0, 1, -1, 2, "1/2", -3]) for _ in range(n)] for _ in range(m)] for m, n in pairs]
    return tp.Network.from_arrays(weights, [[rng.choice([0, 1, -1, "1/2"]) for _ in range(m)] for m, _ in pairs])


@pytest.mark.parametrize("d", [1, 2, 3])
def test_the_maximum_of_coordinates_of_a_cube(d):
    """It has the density d s^(d-1), and is each coordinate on a part of the same volume."""
    f = sum(variables(d), start=tp.TropicalPolynomial.zero(d))
    for k in range(5):
        assert moment(f, [0] * d, [k], cube(d)) == mpq(d, d + k)
    assert integral(f, cube(d)) == (mpq(d, d + 1),) == (l1_norm(f, cube(d)),)
    assert l2_norm(f, cube(d)) == Radical.root(mpq(d, d + 2))
    assert expected_gradient(f, cube(d)).tolist() == [[mpq(1, d)] * d]
    assert mean_squared_gradient(f, cube(d)) == (1,)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_tents(n):
    """All values are as frequent as others; the mean slope is 0, and its square is 4^n."""
    tent = tp.network.tent_map(n)
    for k in range(5):
        assert moment(tent, [0], [k], cube(1)) == mpq(1, k + 1)
    assert expected_gradient(tent, cube(1)).tolist() == [[0]]
    assert mean_squared_gradient(tent, cube(1)) == (4**n,)
    following = tp.network.tent_map(n + 1)  # not correlated with this one
    assert l2_distance(tent, following, cube(1)).square() == mpq(1, 6)


def test_the_mean_absolute_value_of_a_sum():
    """Of one, two and three numbers between -1 and 1."""
    for d, mean in ((1, mpq(1, 2)), (2, mpq(2, 3)), (3, mpq(13, 16))):
        assert l1_norm(tp.Network.from_arrays([[[1] * d]]), [(-1, 1)] * d) == mean * 2**d


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_monomials_over_the_standard_simplex(d):
    """Dirichlet: a_1! ... a_d! / (d + a_1 + ... + a_d)!."""
    body = polyhedron([[int(i == j) for j in range(d)] for i in range(-1, d)], ambient_dim=d)
    regions = tp.linear_regions(tp.TropicalPolynomial({(0,) * d: 1}), domain=body)
    for powers in ((0,) * d, (1,) * d, tuple(range(d)), (3,) + (0,) * (d - 1)):
        expected = mpq(prod(map(factorial, powers)), factorial(d + sum(powers)))
        assert moment(regions, powers, [7]) == expected


@pytest.mark.parametrize("seed", range(12))
def test_monomials_against_sympy(seed):
    """A polynomial over the cube by iterated antiderivatives, where the function is affine."""
    rng = random.Random(seed)
    d, m = rng.randint(1, 3), rng.randint(1, 2)
    rows, bias = [[rng.randint(-2, 2) for _ in range(d)] for _ in range(m)], [rng.randint(-2, 2) for _ in range(m)]
    inputs, outputs = [rng.randint(0, 2) for _ in range(d)], [rng.randint(0, 3) for _ in range(m)]
    x = sympy.symbols(f"x:{d}")
    forms = [sum(a * v for a, v in zip(row, x, strict=True)) + b for row, b in zip(rows, bias, strict=True)]
    value = prod(v**k for v, k in zip([*x, *forms], [*inputs, *outputs], strict=True))
    for v in x:
        value = sympy.integrate(sympy.expand(value), (v, -1, 2))
    found = moment(tp.Network.from_arrays([rows], [bias]), inputs, outputs, [(-1, 2)] * d)
    assert (int(found.numerator), int(found.denominator)) == tuple(map(int, sympy.fraction(value)))


@pytest.mark.parametrize("seed", range(40))
def test_positive_parts_are_those_of_the_part_that_is_cut_off(seed):
    """Random and equal values, zeros among them, at the vertices of a simplex of up to four dimensions."""
    rng = random.Random(seed)
    d = rng.randint(1, 4)
    values = [Fraction(rng.choice([0, 0, 1, 1, 2, -1, -1, rng.randint(-9, 9)])) for _ in range(d + 1)]
    simplex = half_space(d)
    for form in [(*(int(i == j) for j in range(d)), 0) for i in range(d)] + [(*[-1] * d, 1)]:
        simplex = cut(simplex, form)[1]
    form = (*(v - values[0] for v in values[1:]), values[0])
    part = cut(simplex, form).get(1)
    expected = Fraction(0)
    for corners in simplices(part) if part else ():
        expected += measure(corners) * sum(dot(form, (*p, 1)) for p in corners) / (d + 1)
    single = Simplices(np.arange(d + 1)[None], np.zeros(1, dtype=int), np.array([mpq(1)], dtype=object))
    at_rays = np.array([mpq(v) for v in values], dtype=object)
    (found,) = integrals_of_positive_parts(single, at_rays)
    assert fraction(found) == expected
    if len(set(values)) == d + 1:  # the divided difference by Lagrange's formula
        terms = [max(x, 0) ** (d + 1) / prod((x - y for y in values if y != x), start=Fraction(1)) for x in values]
        assert sum(terms) / factorial(d + 1) == expected
    opposite = integrals_of_positive_parts(single, -at_rays)[0]
    assert found - opposite == integrals_of_products(single, [at_rays], [1])[0]


@pytest.mark.parametrize("seed", range(8))
def test_linear_in_the_function_and_additive_in_the_domain(seed):
    rng = random.Random(seed)
    d = rng.randint(1, 2)
    f, g = random_network(rng, d, 2), random_network(rng, d, 2)
    box = [(-1, 2)] * d
    (a, b), (c, e) = integral(f, box), integral(g, box)
    last = f.layers[-1]
    bias = [3 * v + 1 for (v,) in last.bias.to_rationals()]
    combined = tp.Network((*f.layers[:-1], tp.Layer.of(last.weight * 3, bias)))
    assert integral(combined, box) == (3 * a + 3**d, 3 * b + 3**d)
    place = rng.choice([0, "1/3", 1])
    parts = [[(-1, place), *box[1:]], [(place, 2), *box[1:]]]
    assert tuple(map(sum, zip(*(integral(f, part) for part in parts), strict=True))) == (a, b)
    assert sum(l1_norm(f, part) for part in parts) == l1_norm(f, box)
    assert sum(l2_norm(f, part).square() for part in parts) == l2_norm(f, box).square()
    distance, square = l1_distance(f, g, box), l2_distance(f, g, box)
    assert distance >= abs(a - c) + abs(b - e)
    assert distance == l1_distance(g, f, box) <= l1_norm(f, box) + l1_norm(g, box)
    greatest = tp.maximum_difference(f, g, box).value
    assert Radical.root(distance**2 / (2 * 3**d)) <= square <= Radical.root(2 * 3**d * greatest**2)
    assert (distance == 0) == (square == 0) == bool(tp.equivalent(f, g, box))


@pytest.mark.parametrize("seed", range(8))
def test_substitution(seed):
    """The integral of f(A x + b) is that of f over the image, divided by |det A|."""
    rng = random.Random(seed)
    f = random_network(rng, 2)
    shear, b = tp.RationalMatrix.of([[2, rng.randint(-2, 2)], [0, "3/2"]]), [1, mpq(1, 2)]
    g, triangle = f.restrict(shear, b), [(0, 0), (1, 0), (0, 2)]
    image = [[u + v for u, v in zip(shear.apply(tuple(map(mpq, p))), b, strict=True)] for p in triangle]
    small, large = (polyhedron(points, ambient_dim=2) for points in (triangle, image))
    assert 3 * integral(g, small)[0] == integral(f, large)[0]
    assert 3 * l1_norm(g, small) == l1_norm(f, large)
    gradient, other = (expected_gradient(h, body)[0] for h, body in ((g, small), (f, large)))
    assert gradient.tolist() == (other @ shear.to_rationals()).tolist()


def test_a_symmetric_function():
    """Integrals over the parts of a cube where the coordinates have one order or another are equal."""
    x, y, z = variables(3)
    f = x * y + y * z + x * z + x**3 + y**3 + z**3
    parts = []
    for order in permutations(range(3)):
        chain = [[0, *(int(i == b) - int(i == a) for i in range(3))] for a, b in pairwise(order)]
        bounds = [[0, *(int(i == order[0]) for i in range(3))], [1, *(-int(i == order[2]) for i in range(3))]]
        parts.append(integral(f, polyhedron(inequalities=[*chain, *bounds], ambient_dim=3))[0])
    assert len(set(parts)) == 1
    assert sum(parts) == integral(f, cube(3))[0]


def test_distances_of_functions_of_other_kinds():
    x, y = variables(2)
    net = tp.to_network(x + y)
    assert l1_distance(x + y, net, cube(2)) == 0 == l2_distance(net, x + y, cube(2))
    assert l1_distance(x + y, (x * y) / (x + y), cube(2)) == mpq(1, 3)  # max - min
    assert l2_distance(x + y, (x * y) / (x + y), cube(2)) == Radical.root(mpq(1, 6))
    difference = tp.maximum_difference(x + y, (x * y) / (x + y), cube(2))
    assert l1_distance(x + y, (x * y) / (x + y), cube(2)) <= difference.value


def test_unbounded_domains_and_wrong_arguments_are_refused():
    x, y = variables(2)
    quadrant = polyhedron(inequalities=[(0, 1, 0), (0, 0, 1)], ambient_dim=2)
    strip = polyhedron(inequalities=[(0, 1, 0), (1, -1, 0)], ambient_dim=2)
    for function in (integral, l1_norm, l2_norm, expected_gradient, mean_squared_gradient):
        for domain in (None, quadrant, strip):
            with pytest.raises(tp.UnboundedError, match="bounded domain"):
                function(x + y, domain)
            with pytest.raises(tp.UnboundedError, match="bounded domain"):
                function(tp.linear_regions(tp.to_network(x + y), domain=domain))
    with pytest.raises(tp.UnboundedError):
        l1_distance(x, y, quadrant)
    with pytest.raises(tp.ShapeError, match="3 exponents of inputs where 2 are needed"):
        moment(x + y, (1, 1, 1), (1,), cube(2))
    with pytest.raises(tp.ShapeError, match="2 exponents of outputs where 1"):
        moment(x + y, (1, 1), (1, 1), cube(2))
    with pytest.raises(tp.InputError, match="nonnegative integers below 2\\^31; it contains -1"):
        moment(x + y, (1, -1), (1,), cube(2))
    with pytest.raises(tp.InputError, match="have their domain"):
        integral(tp.linear_regions(x + y, domain=cube(2)), cube(2))
    with pytest.raises(tp.ShapeError, match="inputs"):
        l2_distance(x, variables(3)[0], cube(2))
    with pytest.raises(tp.ShapeError, match=r"R\^3"):
        integral(x + y, cube(3))
    with pytest.raises(tp.EmptyDomainError):
        integral(x + y, [(0, 1), (1, 1)])
