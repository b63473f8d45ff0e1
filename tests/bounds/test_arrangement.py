"""Characteristic polynomials against known factorizations, Whitney's theorem, Sage and enumeration."""

from itertools import combinations, product
from math import comb, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.seeds import cases
from troppoly.bounds import CharacteristicPolynomial, characteristic_polynomial, generic_regions
from troppoly.errors import BudgetError, InputError, ShapeError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import rank
from troppoly.network.constructions import hyperplane_arrangement
from troppoly.refinement import canonical_complex


def expanded(roots):
    """The coefficients, constant term first, of the product of q - root."""
    result = [1]
    for root in roots:
        result = [a - root * b for a, b in zip([0, *result], [*result, 0], strict=True)]
    return tuple(result)


def braid(n):
    return [[int(k == i) - int(k == j) for k in range(n)] for i, j in combinations(range(n), 2)]


@pytest.mark.parametrize("n", range(2, 6))
def test_factorizations(n):
    assert characteristic_polynomial(braid(n)).coefficients == expanded(range(n))
    m = comb(n, 2)
    shi = characteristic_polynomial(braid(n) * 2, [0] * m + [-1] * m)
    assert shi.coefficients == expanded([0] + [n] * (n - 1))
    assert (shi.n_regions, shi.n_relatively_bounded) == ((n + 1) ** (n - 1), (n - 1) ** (n - 1))
    catalan = characteristic_polynomial(braid(n) * 3, [0] * m + [-1] * m + [1] * m)
    assert catalan.coefficients == expanded([0, *range(n + 1, 2 * n)])
    assert catalan.n_regions == factorial(n) * comb(2 * n, n) // (n + 1)


# Betti numbers of the resonance arrangement (OEIS A344494), computed by Kamiya, Takemura and Terao; Kuehne, The
# universality of the resonance arrangement and its Betti numbers; Brysiewicz, Eble and Kuehne.
RESONANCE = [
    (1,),
    (3, 2),
    (7, 15, 9),
    (15, 80, 170, 104),
    (31, 375, 2130, 5270, 3485),
    (63, 1652, 22435, 159460, 510524, 371909),
    (127, 7035, 215439, 3831835, 37769977, 169824305, 135677633),
]


@pytest.mark.parametrize("betti", RESONANCE)
def test_resonance(betti):
    chi = characteristic_polynomial([v for v in product((0, 1), repeat=len(betti)) if any(v)])
    assert chi.coefficients == tuple((-1) ** k * b for k, b in enumerate((1, *betti)))[::-1]
    assert chi.n_regions == 1 + sum(betti)


@pytest.mark.parametrize(("m", "d"), [(0, 3), (1, 1), (4, 2), (7, 3), (3, 5), (5, 0)])
def test_generic(m, d):
    assert generic_regions(m, d) == sum(comb(m, j) for j in range(d + 1))
    if m and d:
        points = [[s**j for j in range(d)] for s in range(1, m + 1)]
        chi = characteristic_polynomial(points, [s**d for s in range(1, m + 1)])
        assert chi.n_regions == generic_regions(m, d)
        assert (
            chi.n_relatively_bounded == (comb(m - 1, d) if m > d else 0 if m < d or d > 1 else chi.n_relatively_bounded)
            or m <= d
        )


rows = st.lists(st.tuples(*[st.integers(-2, 2)] * 4).filter(lambda row: any(row[:-1])), min_size=1, max_size=6)


def whitney(hyperplanes):
    """The sum over subsets with a common point of (-1)^size q^(d - rank)."""
    d = len(hyperplanes[0]) - 1
    result = [0] * (d + 1)
    for k in range(len(hyperplanes) + 1):
        for chosen in combinations(hyperplanes, k):
            normals = rank(RationalMatrix.of([row[:-1] for row in chosen], columns=d)) if chosen else 0
            if not chosen or rank(RationalMatrix.of(chosen)) == normals:
                result[d - normals] += (-1) ** k
    return tuple(result)


@given(rows)
@settings(max_examples=cases(25, 60))
def test_whitney_and_enumeration(hyperplanes):
    normals, offsets = [row[:-1] for row in hyperplanes], [row[-1] for row in hyperplanes]
    chi = characteristic_polynomial(normals, offsets)
    distinct = {tuple(np.array(row) * np.sign(next(v for v in row if v))) for row in hyperplanes}
    assert chi.coefficients == whitney(sorted({primitive(row) for row in distinct}))
    complex_ = canonical_complex(hyperplane_arrangement(normals, offsets))
    assert chi.n_regions == complex_.n_cells
    assert chi.n_relatively_bounded == np.count_nonzero(~complex_.complex.unbounded_faces[-1])


def primitive(row):
    return tuple(int(v) for v in row // np.gcd.reduce(row))


@pytest.mark.parametrize("prime", [65521, 65519, 65521 * 65519])
def test_minors_that_large_primes_divide(prime):
    """They are not zero, though they are modulo the primes that are tried first."""
    hyperplanes = [
        (1, 0, 0, 0),
        (1, prime, 2 * prime, 0),
        (0, 1, 1, 0),
        (1, 1, 1 + prime, 3),
        (1, 1, 1, 3),
        (0, 1, 0, 1),
    ]
    chi = characteristic_polynomial([row[:-1] for row in hyperplanes], [row[-1] for row in hyperplanes])
    assert chi.coefficients == whitney(hyperplanes)


def test_floats_in_general_position_and_not():
    random = np.random.default_rng(0)
    normals, offsets = random.normal(size=(12, 5)), random.normal(size=12)
    assert characteristic_polynomial(normals, offsets).n_regions == generic_regions(12, 5)
    assert characteristic_polynomial(normals * 1e-290, offsets * 1e-290).n_regions == generic_regions(12, 5)
    # n lines through one point: chi = (q - 1) (q - n + 1) q^3, and a repetition changes nothing.
    exact = RationalMatrix.of(random.integers(1, 100, (9, 2))) @ RationalMatrix.of(normals[:2])
    ratios = {tuple(primitive(np.array(row, dtype=object))) for row in exact.numerators}
    chi = characteristic_polynomial(exact.vstack(exact))
    assert chi.coefficients == (0, 0, 0, len(ratios) - 1, -len(ratios), 1)


def test_more_hyperplanes_than_bits_of_a_word():
    assert characteristic_polynomial([[1, s] for s in range(200)]).coefficients == (199, -200, 1)
    assert characteristic_polynomial([[1, s, s * s] for s in range(130)]).n_regions == 2 * generic_regions(129, 2)
    grid = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    chi = characteristic_polynomial([row for row in grid for _ in range(50)], list(range(50)) * 3)
    assert chi.coefficients == expanded([50] * 3)


def test_threshold_functions():
    """The numbers of threshold functions of up to 6 inputs (OEIS A000609)."""
    for n, regions in enumerate([4, 14, 104, 1882, 94572, 15028134], 1):
        chi = characteristic_polynomial([(1, *v) for v in product((0, 1), repeat=n)])
        assert chi.n_regions == regions
        assert chi.coefficients[-3:-1] == (comb(2**n, 2) if n > 1 else 1, -(2**n))  # no three are dependent


def test_budget():
    hyperplanes = np.random.default_rng(0).integers(-9, 10, (64, 7))
    with pytest.raises(BudgetError, match="codimension") as caught:
        characteristic_polynomial(hyperplanes, max_memory=20 * 2**20)
    assert caught.value.partial[:3] == (1, -64, comb(64, 2))
    with pytest.raises(BudgetError) as caught:
        characteristic_polynomial(braid(8), list(range(28)), max_memory=2**10)
    assert caught.value.partial == (1,)  # of the polynomial, not of the cone's
    with pytest.raises(BudgetError, match="codimension") as caught:
        characteristic_polynomial([v for v in product((0, 1), repeat=7) if any(v)], max_memory=2**18)
    assert caught.value.partial[:3] == (1, -127, 7035)  # with symmetries


def test_values_and_text():
    chi = CharacteristicPolynomial((0, 2, -3, 1))
    assert (chi(0), chi(3), chi(-1), str(chi)) == (0, 6, -6, "q^3 - 3q^2 + 2q")
    assert str(CharacteristicPolynomial((-1, 1))) == "q - 1"


def test_refusals():
    with pytest.raises(InputError):
        characteristic_polynomial([[0, 0]], [1])
    with pytest.raises(ShapeError):
        characteristic_polynomial([[1, 0]], [1, 2])
    with pytest.raises(InputError):
        generic_regions(-1, 2)
