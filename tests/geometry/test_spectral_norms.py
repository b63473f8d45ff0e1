"""Spectral norms against positive semidefinite matrices by principal minors, SymPy's roots, and floats."""

import random
from fractions import Fraction
from itertools import combinations
from math import inf, isclose, nan, sqrt

import numpy as np
import pytest
import sympy
from gmpy2 import context, get_context, mpfr, mpq
from gmpy2 import sqrt as root

import troppoly as tp
from tests.crossing.cones import determinant
from tests.oracles.fraction_network import fraction
from troppoly.exact import Radical
from troppoly.geometry import SpectralNorm
from troppoly.geometry.spectral_norms import greatest_norm


def gram(rows):
    return [[sum(a * b for a, b in zip(r, s, strict=True)) for s in rows] for r in rows]


def at_most(rows, square):
    """Whether the norm of a matrix is at most the root: c I - A A^T has no negative principal minor."""
    n = len(rows)
    matrix = [[square * (i == j) - v for j, v in enumerate(row)] for i, row in enumerate(gram(rows))]
    chosen = (subset for k in range(1, n + 1) for subset in combinations(range(n), k))
    return all(determinant([[matrix[i][j] for j in subset] for i in subset]) >= 0 for subset in chosen)


def random_matrix(rng, m, d):
    return [[Fraction(rng.randint(-3, 3), rng.choice([1, 1, 2, 3])) for _ in range(d)] for _ in range(m)]


@pytest.mark.parametrize("seed", range(60))
def test_bounds_hold_and_are_tight(seed):
    rng = random.Random(seed)
    rows = random_matrix(rng, rng.randint(1, 4), rng.randint(1, 4))
    norm = SpectralNorm.of(rows)
    assert norm == SpectralNorm.of(list(zip(*rows, strict=True)))
    if norm.square() is not None:
        square = fraction(norm.square())
        assert norm.bounds()[0] ** 2 <= norm.square() <= norm.bounds()[1] ** 2
        assert at_most(rows, square)
        assert not square or not at_most(rows, square * Fraction(10**20 - 1, 10**20))
        return
    for bits in (0, 5, 70):
        low, high = norm.bounds(bits)
        assert at_most(rows, fraction(high) ** 2)
        assert not at_most(rows, fraction(low) ** 2)
        assert high <= low * (1 + mpq(1, 2**bits))
        assert low < norm < high
    values = np.array(rows, dtype=float)
    assert isclose(float(norm), np.linalg.norm(values, 2), rel_tol=1e-13)


@pytest.mark.parametrize("seed", range(12))
def test_the_polynomial_is_that_of_sympy(seed):
    rng = random.Random(100 + seed)
    rows = random_matrix(rng, 3, rng.randint(2, 4))
    x = sympy.Symbol("x")
    factors = sympy.Matrix(gram(rows)).charpoly(x).as_expr().factor()
    found = sympy.Poly([int(c) for c in reversed(SpectralNorm.of(rows).polynomial)], x)
    greatest = max(sympy.real_roots(factors, x), key=lambda root: root.evalf(40))
    assert found == sympy.Poly(sympy.minimal_polynomial(greatest, x), x).clear_denoms()[1].primitive()[1]


def test_order_equality_and_hash():
    golden = SpectralNorm.of([[1, 1], [0, 1]])
    assert golden == SpectralNorm.of([[1, 0], [-1, 1]]) == SpectralNorm((1, -3, 1))
    assert hash(golden) == hash(SpectralNorm.of([[1, 0], [-1, 1]]))
    assert SpectralNorm.of([[1, 1]]) == Radical.root(2)
    assert Radical.root(2) < golden < Radical.root(3)
    assert hash(SpectralNorm.of([[1, 1]])) == hash(Radical.root(2))
    assert SpectralNorm.of([[3, 4]]) == 5 == SpectralNorm.of([[3, 0], [0, 5]])
    assert hash(SpectralNorm.of([[3, 4]])) == hash(5)
    assert SpectralNorm.of([[0, 0]]) == 0 < golden
    assert -inf < -2 < golden < inf
    assert golden not in (inf, -inf)
    assert golden != -1.618033988749895
    tiny = mpq(1, 2**200)
    near = SpectralNorm.of([[1, 1], [0, 1 + tiny]])
    assert golden < near < golden.bounds(190)[1] * (1 + tiny * 2**20)
    assert near != golden
    with pytest.raises(TypeError):
        _ = golden < "a"
    with pytest.raises(TypeError):
        _ = golden < nan
    with pytest.raises(tp.TroppolyError):
        SpectralNorm.of([[1, float("nan")]])


def test_order_among_all_algebraic_numbers():
    """Also of numbers over sums of square roots, against 120 digits of the formulas."""
    rng, numbers = random.Random(7), []
    with context(get_context(), precision=400):
        for _ in range(25):
            terms = [(rng.randint(1, 3), rng.choice((1, 2, 3, 8, 12))) for _ in range(rng.randint(1, 3))]
            top = rng.randint(0, 5)
            numbers.append((Radical.of(top, terms), top / sum(c * root(mpfr(n)) for c, n in terms)))
            (a, b), (c, d) = ((rng.randint(-2, 2), rng.randint(-2, 2)) for _ in range(2))
            trace, det = a * a + b * b + c * c + d * d, a * d - b * c
            numbers.append((SpectralNorm.of([[a, b], [c, d]]), root((trace + root(mpfr(trace**2 - 4 * det**2))) / 2)))
        for (one, x), (other, y) in combinations(numbers, 2):
            sign = 0 if abs(x - y) < mpfr(2) ** -300 else (1 if x > y else -1)
            assert (one < other, one == other, one > other) == (sign < 0, sign == 0, sign > 0)
            assert sign or hash(one) == hash(other)
    norm, two = SpectralNorm.of([[1, 1], [0, 1]]), Radical.root(2)
    rests = [5 / v - w for v, w in zip(norm.bounds(400), two.bounds(400), strict=True)]  # 5 / (r + sqrt 2) nearly is it
    assert Radical.of(5, [(rests[0], 1), (1, 2)]) < norm < Radical.of(5, [(rests[1], 1), (1, 2)])


def test_clusters_and_numbers_beyond_floats():
    """Singular values 1, 1 + 2^-100, ..., in a basis that is not orthogonal, and entries of 10^400."""
    tiny = mpq(1, 2**100)
    norm = SpectralNorm.of([[1, tiny, 0], [0, 1, tiny], [0, 0, 1]])
    low, high = norm.bounds(150)
    assert 1 < low < norm < high < 1 + tiny
    huge = mpq(10) ** 400
    assert huge < SpectralNorm.of([[huge, huge], [0, 1]]) < 2 * huge
    assert greatest_norm(np.array([[[1 / huge, 0]], [[huge, 1]], [[huge, -1]], [[0, huge]]]) * mpq(1))[0] == [1, 2]


@pytest.mark.parametrize("seed", range(40))
def test_the_greatest_of_many(seed):
    """Many matrices have equal norms: signs and orders of rows and columns change."""
    rng = random.Random(200 + seed)
    m, d, chosen = rng.randint(1, 3), rng.randint(1, 3), []
    for rows in [random_matrix(rng, m, d) for _ in range(4)]:
        for _ in range(3):
            mixed = [[(-1) ** rng.randint(0, 1) * v for v in row] if d == 1 else row[:] for row in rows]
            chosen.append([[mpq(v) for v in row] for row in rng.sample(mixed, m)])
    chosen = [chosen[i] for i in rng.sample(range(len(chosen)), len(chosen))]
    norms = [SpectralNorm.of(rows) for rows in chosen]
    found, greatest = greatest_norm(np.array(chosen, dtype=object))
    assert greatest == max(norms)
    assert found == [i for i, norm in enumerate(norms) if norm == greatest]


def test_the_norms_bound_each_other():
    """|A|_2^2 <= |A|_1 |A|_inf on all regions, and the constant is that of the worst of them."""
    net = tp.Network.from_arrays([[[1, 2], [3, -1], [1, 1]], [[1, -1, 2], [0, 1, 2]]], [[0, 1, -1], [0, 0]])
    regions = tp.linear_regions(net)
    norms = [tp.geometry.jacobian_norms(regions, p) for p in (1, 2, inf)]
    for one, two, infinity in zip(*norms, strict=True):
        assert two <= Radical.root(one * infinity)
        assert float(two) <= sqrt(one * infinity) * (1 + 1e-12)
    best = tp.lipschitz_constant(regions, 2)
    assert best.value == max(norms[1]) == norms[1][best.region.index]


def test_norms_beyond_the_range_of_floats_have_a_name():
    """10^400 times the golden ratio."""
    big = 10**400
    assert repr(SpectralNorm.of([[big, big], [0, big]])) == "1.61803398875e+400 (the square has degree 2)"
