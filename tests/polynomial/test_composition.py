"""Composition, by substitution of exact values."""

import pytest
from hypothesis import given, settings

from tests.polynomial.strategies import integer_polynomials, points
from tests.polynomial.test_map import maps
from troppoly.errors import InputError, ShapeError
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational

X = TropicalPolynomial.variable(0, 1)


@settings(max_examples=50)
@given(integer_polynomials(2, max_size=4), integer_polynomials(2, max_size=3), maps(1, 2), points(1))
def test_substitution_in_functions(f, g, inner, u):
    image = inner(u)
    assert f.compose(inner)(u) == f(image)
    assert (f / g).compose(inner)(u) == f(image) - g(image)


@settings(max_examples=20)
@given(maps(2, 2), maps(1, 2), points(1))
def test_composition_of_maps(outer, inner, u):
    assert outer.compose(inner)(u) == outer(inner(u))


def test_the_result_is_irredundant():
    f = TropicalPolynomial({(i, -j): 0 for i in range(3) for j in range(3)})
    r = f.compose([X + 0, (X + 1) / (X + 2)])
    assert r == r.prune()


def test_relu_after_minus_relu_is_zero():
    relu = X + 0
    assert relu.compose([0 / relu]).equals(0)
    assert relu.compose([relu]).equals(relu)


def test_a_polynomial_with_nonnegative_exponents_of_polynomials_is_one():
    f = TropicalPolynomial({(2, 1): 0, (0, 3): 1})
    r = f.compose([X + 0, X * 2 + 1])
    assert len(r.denominator) == 1
    assert r.denominator == TropicalPolynomial.constant(0, 1)


def test_iterated_tent_map():
    """The n-th iterate of the tent map 1 - |2x - 1|, on [0, 1] with 2^n linear pieces."""
    tent = (X**2) / ((X**4) + 2) * 2  # 2 + 2x - max(4x, 2), which is min(2x, 2 - 2x) + ... at 0
    assert [tent([v]) for v in (0, "1/2", 1)] == [0, 1, 0]
    iterate = tent
    for n in (2, 3):
        iterate = tent.compose([iterate])
        assert [iterate([f"{i}/{2**n}"]) for i in range(2**n + 1)] == [i % 2 for i in range(2**n + 1)]


def test_errors():
    f = TropicalPolynomial.variable(0, 2)
    with pytest.raises(ShapeError, match=r"2 variables does not take a map to R\^1"):
        f.compose([X])
    with pytest.raises(InputError, match="a map or a sequence"):
        f.compose(X)
    with pytest.raises(ShapeError):
        TropicalMap([f]).compose(TropicalMap([TropicalRational.of(X, 1)]))
