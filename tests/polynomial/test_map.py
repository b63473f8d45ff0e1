"""Tropical rational maps."""

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.polynomial.strategies import points, polynomials
from troppoly.errors import InputError, ShapeError
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational

X, Y = (TropicalPolynomial.variable(i, 2) for i in range(2))


def maps(d, m):
    component = st.builds(TropicalRational, polynomials(d, max_size=3), polynomials(d, max_size=2))
    return st.lists(component, min_size=m, max_size=m).map(TropicalMap)


@settings(max_examples=40)
@given(maps(2, 3), points(2))
def test_a_map_is_its_components(m, x):
    assert m(x) == tuple(r(x) for r in m.components)
    assert (len(m), m.n_outputs, m.n_variables) == (3, 3, 2)
    assert list(m) == [m[0], m[1], m[2]]
    assert m[1:] == m.components[1:]
    assert m.prune()(x) == m(x)
    assert m.prune().equals(m)
    assert m.monomial_counts() == tuple((len(r.numerator), len(r.denominator)) for r in m)


def test_polynomials_as_components():
    m = TropicalMap([X + Y, X / Y])
    assert m[0] == (X + Y) / 0
    assert m((3, "1/2")) == (3, mpq(5, 2))
    assert (m.evaluate_float([[3, 0.5], [0, 1]]) == [[3, 2.5], [1, -1]]).all()


def test_affine():
    m = TropicalMap.affine([[1, -1], [0, "1/2"]], [3, 0])
    assert m((1, 2)) == (2, 1)
    assert m.monomial_counts() == ((1, 1), (1, 1))
    with pytest.raises(ShapeError, match="vector has 1 entry where 2"):
        TropicalMap.affine([[1], [2]], [0])


def test_equality():
    m, n = TropicalMap([X + Y]), TropicalMap([((X + Y) * X) / X])
    assert m != n
    assert m.equals(n)
    assert len({m, TropicalMap([Y + X]), n}) == 2
    assert not m.equals(TropicalMap([X]))
    with pytest.raises(ShapeError, match="1 and 2 components"):
        m.equals(TropicalMap([X, Y]))
    with pytest.raises(InputError, match="A tropical map is needed, not a TropicalPolynomial"):
        m.equals(X)


def test_compose_affine():
    m = TropicalMap([X, Y + 0]).compose_affine([[2], [1]], [1, -1])
    assert m((3,)) == (7, 2)


def test_what_is_refused():
    with pytest.raises(InputError, match="at least one component"):
        TropicalMap([])
    with pytest.raises(InputError, match="Component 1 is not a tropical"):
        TropicalMap([X, 3])
    with pytest.raises(ShapeError):
        TropicalMap([X, TropicalPolynomial.variable(0, 1)])


def test_writing():
    m = TropicalMap([X + Y, X / Y])
    assert repr(m) == "Tropical rational map R^2 -> R^2 with (2, 1), (1, 1) monomials"
    assert repr(TropicalMap([X] * 5)).endswith("with (1, 1), (1, 1), (1, 1), (1, 1), ... monomials")
    assert m._latex_().startswith(r"\left(\max\left(x_{0}, x_{1}\right) - \max\left(0\right),\; ")
    assert m._repr_html_().count("<tr>") == 3
