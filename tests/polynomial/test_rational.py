"""Tropical rational functions."""

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.polynomial.strategies import integer_polynomials, points, polynomials, with_dimension
from troppoly.errors import InputError, ShapeError
from troppoly.polynomial import TropicalPolynomial, TropicalRational

X = TropicalPolynomial.variable(0, 1)


def rationals_in(d):
    return st.builds(TropicalRational, polynomials(d, max_size=4), integer_polynomials(d, max_size=4))


@given(with_dimension(rationals_in, rationals_in, points), st.fractions(-5, 5))
def test_the_algebra_is_that_of_functions(drawn, q):
    r, s, x = drawn
    c = mpq(q.numerator, q.denominator)
    assert r(x) == r.numerator(x) - r.denominator(x)
    assert (r + s)(x) == max(r(x), s(x))
    assert (r * s)(x) == r(x) + s(x)
    assert (r / s)(x) == r(x) - s(x)
    assert (r**q)(x) == c * r(x)
    assert (r + q)(x) == (q + r)(x) == max(r(x), c)
    assert (q / r)(x) == c - r(x)
    assert r.prune()(x) == r(x)


@given(with_dimension(rationals_in, polynomials, points))
def test_polynomials_on_either_side(drawn):
    r, f, x = drawn
    assert (f + r)(x) == (r + f)(x) == max(r(x), f(x))
    assert (f * r)(x) == (r * f)(x) == r(x) + f(x)
    assert (f / r)(x) == f(x) - r(x)
    assert (r / f)(x) == r(x) - f(x)


@settings(max_examples=50)
@given(with_dimension(rationals_in, integer_polynomials, integer_polynomials, dimensions=(1, 2)))
def test_equals_after_extension_by_a_common_factor(drawn):
    r, f, h = drawn
    extended = TropicalRational(r.numerator * f, r.denominator * f)
    assert extended.equals(r)
    assert (r * r).equals(r**2)
    assert (r / r).equals(0)
    # r + h differs from r as soon as h exceeds r somewhere: at infinity or not at all.
    assert (r + h).equals(r) == (r.numerator + h * r.denominator).equals(r.numerator)


def test_a_common_denominator_is_kept():
    r, s = (X + 1) / (X + 0), (X + 5) / (X + 0)
    assert (r + s).denominator == X + 0
    assert (r + s).numerator == X + 5


def test_formal_equality_and_hash():
    r, s = (X * X) / X, X / 0
    assert r != s
    assert r.equals(s)
    assert len({r, (X**2) / X, s}) == 2


def test_absolute_value():
    absolute = X / 0 + 0 / X
    assert [absolute([v]) for v in (-3, 0, "1/2")] == [3, 0, mpq(1, 2)]
    assert absolute.equals((X**2 + 0) / X)
    assert not absolute.equals(X)
    assert (absolute.evaluate_float([[-3], [0.5]]) == [3, 0.5]).all()


def test_errors():
    with pytest.raises(ShapeError, match="1 variable and the denominator 2"):
        TropicalRational(X, TropicalPolynomial.variable(0, 2))
    with pytest.raises(InputError, match="not a tropical polynomial"):
        TropicalRational(X, 3)
    with pytest.raises(ShapeError, match="2 variables stands where one of 1"):
        (X / 0) + TropicalPolynomial.variable(0, 2)
    with pytest.raises(InputError):
        (X / 0).equals(None)
    for operation in (lambda r: r + None, lambda r: r * "x", lambda r: [] / r, lambda r: r / []):
        with pytest.raises(TypeError):
            operation(X / 0)


@given(with_dimension(rationals_in, dimensions=(2,)), points(1))
def test_compose_affine(drawn, u):
    (r,) = drawn
    image = [2 * u[0] + 1, -u[0]]
    assert r.compose_affine([[2], [-1]], [1, 0])(u) == r(image)


def test_writing():
    r = (X + 0) / (X * "1/2")
    assert repr(r) == "max(x0, 0) - max(x0 + 1/2)"
    latex = r"\max\left(x_{0}, 0\right) - \max\left(x_{0} + \frac{1}{2}\right)"
    assert (r._latex_(), r._repr_latex_()) == (latex, f"${latex}$")
    long = TropicalPolynomial({(i,): 0 for i in range(20)})
    assert repr(long / X) == "Tropical rational function in 1 variable with 20 and 1 monomials"
    assert (X / long)._repr_latex_() is None
