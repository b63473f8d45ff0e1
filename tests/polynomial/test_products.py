"""Irredundant sums and products of many polynomials, against the formal ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.polynomial.strategies import integer_polynomials, polynomials, with_dimension
from troppoly.errors import InputError, ShapeError
from troppoly.polynomial import TropicalPolynomial, pruned_product, pruned_sum

X = TropicalPolynomial.variable(0, 1)


@settings(max_examples=50)
@given(with_dimension(polynomials, integer_polynomials, integer_polynomials), st.fractions(0, 3))
def test_against_the_formal_algebra(drawn, q):
    f, g, h = drawn
    assert pruned_product([f, g, h], [1, q, 2]) == (f * g**q * h**2).prune()
    assert pruned_product([f, g]) == (f * g).prune()
    assert pruned_sum([f, g, h]) == (f + g + h).prune()


@pytest.mark.parametrize("seed", range(3))
def test_large_products(seed):
    """More formal monomials (30 * 30) than are handed to one hull."""
    generator = np.random.default_rng(seed)
    f, g = (
        TropicalPolynomial({tuple(a): c for *a, c in generator.integers(-(2**20), 2**20, (30, 3)).tolist()})
        for _ in range(2)
    )
    assert pruned_product([f, g]) == (f * g).prune()


def test_a_generic_zonotope():
    """n segments in general position in the plane: 1 + n + n(n - 1)/2 regions."""
    n = 20
    lines = [TropicalPolynomial({(t, t * t): t**3, (0, 0): 0}) for t in range(1, n + 1)]
    assert len(pruned_product(lines)) == 1 + n + n * (n - 1) // 2


def test_trivial_powers():
    assert pruned_product([X, X + 0], [0, 0]) == TropicalPolynomial.constant(0, 1)
    assert pruned_product([X]) == X


def test_errors():
    with pytest.raises(InputError, match="at least one factor"):
        pruned_product([])
    with pytest.raises(InputError, match="at least one summand"):
        pruned_sum([])
    with pytest.raises(InputError, match="no negative power -1"):
        pruned_product([X], [-1])
    with pytest.raises(ShapeError, match="powers has 2 entries where 1"):
        pruned_product([X], [1, 1])
    with pytest.raises(ShapeError, match=r"unequal numbers of variables \[1, 2\]"):
        pruned_sum([X, TropicalPolynomial.variable(0, 2)])
