"""Tropical polynomials: the formal algebra, and what it means for functions and polytopes."""

import copy
import io
import math
import operator
import pickle
from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
from gmpy2 import mpq, mpz
from hypothesis import given, settings
from hypothesis import strategies as st

import troppoly as tp
from tests.oracles import monomial_regions
from tests.polynomial.strategies import integer_polynomials, points, polynomials, rationals, with_dimension
from troppoly.errors import InputError, NotFiniteError, ShapeError
from troppoly.passagemath import polyhedron
from troppoly.polynomial import TropicalPolynomial, pruned_product, pruned_sum

X, Y = (TropicalPolynomial.variable(i, 2) for i in range(2))


# -- construction


def test_numbers_of_every_kind():
    f = TropicalPolynomial({(1, "1/3"): 0.5, (np.float32(0.1), Fraction(1, 7)): mpq(2, 3)})
    assert f.exponents == ((mpq(1), mpq(1, 3)), (mpq(Fraction(float(np.float32(0.1)))), mpq(1, 7)))
    assert f.coefficients == (mpq(1, 2), mpq(2, 3))
    assert f.n_variables == 2


def test_equal_exponents_are_one_monomial():
    f = TropicalPolynomial({(0.5,): 1, ("1/2",): 3, (Fraction(2, 4),): 2})
    assert f.terms == {(mpq(1, 2),): 3}


@pytest.mark.parametrize(
    ("terms", "error", "message"),
    [
        ({}, InputError, "at least one monomial"),
        ({(0, 0): 0, (0,): 0}, ShapeError, r"exponent \(0,\) has 1 entry where 2 are needed"),
        ({(0,): float("nan")}, NotFiniteError, r"coefficient of the monomial \(0,\) is nan"),
        ({(float("inf"),): 0}, NotFiniteError, "exponent .* entry 0 is inf"),
        ({(0,): "x"}, InputError, "'x', which is not a rational number"),
        ({3: 0}, ShapeError, "must be a sequence"),
    ],
)
def test_what_is_refused(terms, error, message):
    with pytest.raises(error, match=message):
        TropicalPolynomial(terms)


def test_named_polynomials():
    assert X.terms == {(1, 0): 0}
    assert TropicalPolynomial.constant("1/2", 2).terms == {(0, 0): mpq(1, 2)}
    assert TropicalPolynomial.affine([1, -2], 3).terms == {(1, -2): 3}
    with pytest.raises(InputError, match="no variable 2 among 2"):
        TropicalPolynomial.variable(2, 2)


# -- values


@settings(max_examples=50)
@given(with_dimension(polynomials, points))
def test_values(drawn):
    f, x = drawn
    assert f(x) == monomial_regions.value(f.terms, [Fraction(v) for v in x])


def test_value_of_a_constant_of_no_variables():
    assert TropicalPolynomial({(): "1/3"})(()) == mpq(1, 3)


@settings(max_examples=50)
@given(with_dimension(lambda d: polynomials(d, coefficients=st.integers(-9, 9)), points))
def test_float_values(drawn):
    f, x = drawn
    (value,) = f.evaluate_float([[float(v) for v in x]])
    scale = max(abs(float(monomial_regions.monomial_value(a, 0, x))) for a in f.exponents)
    largest = sum(abs(float(v)) for v in x) * max(abs(float(e)) for a in f.exponents for e in a)
    assert value == pytest.approx(float(f(x)), rel=1e-12, abs=1e-12 * (1 + scale + largest))


def test_float_values_of_many_points():
    f = TropicalPolynomial({(i, j): -i * j for i in range(40) for j in range(40)})
    x = np.random.default_rng(0).integers(-8, 8, (5000, 2))
    expected = (np.arange(40)[None, :, None] * x[:, :1, None] + np.arange(40) * x[:, 1:, None]) - np.outer(
        np.arange(40), np.arange(40)
    )
    assert (f.evaluate_float(x) == expected.reshape(5000, -1).max(axis=1)).all()


def test_no_points():
    assert X.evaluate_float(np.zeros((0, 2))).shape == (0,)


def test_points_of_another_dimension():
    with pytest.raises(ShapeError, match="point has 1 entry where 2 are needed"):
        X((1,))
    with pytest.raises(ShapeError, match=r"shape \(2,\) where \(N, 2\)"):
        X.evaluate_float([1, 2])


# -- the algebra on functions


@settings(max_examples=50)
@given(with_dimension(polynomials, polynomials, points), rationals, st.fractions(0, 5))
def test_the_algebra_is_that_of_functions(drawn, c, q):
    f, g, x = drawn
    assert (f + g)(x) == max(f(x), g(x))
    assert (f * g)(x) == f(x) + g(x)
    assert (f**q)(x) == q * f(x)
    assert (f / g)(x) == f(x) - g(x)
    c_exact = mpq(c.numerator, c.denominator) if isinstance(c, Fraction) else mpq(c)
    assert (f + c)(x) == (c_exact + f)(x) == max(f(x), c_exact)
    assert (f * c)(x) == (c_exact * f)(x) == f(x) + c_exact
    assert (f / c)(x) == f(x) - c_exact
    assert (c / f)(x) == c_exact - f(x)


@given(with_dimension(polynomials, polynomials, polynomials))
def test_the_semiring_laws_hold_formally(drawn):
    f, g, h = drawn
    assert f + g == g + f
    assert f * g == g * f
    assert (f + g) + h == f + (g + h)
    assert (f * g) * h == f * (g * h)
    assert f * (g + h) == f * g + f * h
    assert f + f == f
    assert f * 0 == f
    assert f**1 == f
    assert f**0 == TropicalPolynomial.constant(0, f.n_variables)


@settings(max_examples=30)
@given(with_dimension(polynomials, polynomials), st.fractions(0, 5), st.fractions(0, 5))
def test_powers(drawn, p, q):
    f, g = drawn
    assert (f**p) ** q == f ** (p * q)
    assert (f * g) ** q == f**q * g**q
    assert (f + g) ** q == f**q + g**q
    assert (f**p * f**q).equals(f ** (p + q))


def test_numpy_scalars_on_the_left():
    assert np.float64(2) * X == 2 * X
    assert np.int64(2) + X == X + 2
    assert np.float32(0.5) / X == TropicalPolynomial.constant("1/2", 2) / X


def test_sage_scalars():
    f = TropicalPolynomial({(0,): 0, (1,): 1})
    third = f.lifted_polytope().base_ring()(1) / 3
    assert f * third == f * "1/3"
    assert f(third.parent()(x) for x in [third]) == mpq(4, 3)


@pytest.mark.parametrize("other", [None, object(), [1], {}])
def test_operands_that_are_no_numbers(other):
    for operation in (lambda: X + other, lambda: other * X, lambda: X / other, lambda: other / X):
        with pytest.raises(TypeError):
            operation()


def test_what_the_algebra_refuses():
    with pytest.raises(InputError, match="no negative power -1"):
        X**-1
    with pytest.raises(ShapeError, match="2 and 1 variables"):
        X + TropicalPolynomial.variable(0, 1)
    with pytest.raises(NotFiniteError):
        X + float("inf")


def test_formal_equality_and_hash():
    f, g = (X + Y) * (X + Y), (X + Y) ** 2
    assert f != g
    assert f.equals(g)
    assert len({f, (Y + X) * (X + Y), g}) == 2
    assert X != 0
    assert len(f) == 3
    assert len(g) == 2


# -- the algebra on polytopes


@settings(max_examples=25)
@given(with_dimension(polynomials, integer_polynomials), st.fractions(0, 5))
def test_the_algebra_is_that_of_polytopes(drawn, q):
    f, g = drawn
    p_f, p_g = f.lifted_polytope(), g.lifted_polytope()
    assert (f * g).lifted_polytope() == p_f.minkowski_sum(p_g)
    assert (f + g).lifted_polytope() == p_f.convex_hull(p_g)
    dilation = p_f.base_ring()(q)
    if q:
        assert (f**q).lifted_polytope() == p_f.dilation(dilation)
    assert (f * g).newton_polytope() == f.newton_polytope().minkowski_sum(g.newton_polytope())
    assert (f + g).newton_polytope() == f.newton_polytope().convex_hull(g.newton_polytope())


@given(with_dimension(polynomials))
def test_polytopes_by_their_definition(drawn):
    (f,) = drawn
    d = f.n_variables
    lifted = [(*a, c) for a, c in f.terms.items()]
    assert f.lifted_polytope() == polyhedron(lifted, [(0,) * d + (-1,)], ambient_dim=d + 1)
    assert f.newton_polytope() == polyhedron(f.exponents, ambient_dim=d)
    assert TropicalPolynomial.from_lifted_polytope(f.lifted_polytope()) == f.prune()


# -- functions


@given(with_dimension(integer_polynomials, points))
def test_prune_keeps_the_function_and_the_vertices_only(drawn):
    f, x = drawn
    pruned = f.prune()
    assert pruned(x) == f(x)
    assert pruned.equals(f)
    assert set(pruned.monomial_status().values()) == {"vertex"}
    assert pruned.prune() is pruned
    kept = [a for a in f.exponents if monomial_regions.status(f.terms, a) == "vertex"]
    assert list(pruned.exponents) == kept
    assert set(f.redundant_monomials()) == set(f.exponents) - set(kept)


@given(with_dimension(integer_polynomials))
def test_no_vertex_monomial_can_be_left_out(drawn):
    (f,) = drawn
    pruned = f.prune()
    for left_out in pruned.exponents if len(pruned) > 1 else ():
        rest = TropicalPolynomial({a: c for a, c in pruned.terms.items() if a != left_out})
        x = monomial_regions.region(pruned.terms, left_out).representative_point()
        assert not rest.equals(f)
        assert rest(x) < f(x)


@settings(max_examples=60)
@given(with_dimension(integer_polynomials, integer_polynomials, dimensions=(1, 2)))
def test_equals_is_equality_of_functions(drawn):
    """f >= g if and only if every monomial of g is a redundant monomial of f + g, or one of f."""
    f, g = drawn
    grid = [[Fraction(v, 2) for v in x] for x in np.ndindex(*[25] * f.n_variables)]
    differ = any(f([v - 6 for v in x]) != g([v - 6 for v in x]) for x in grid)
    if differ:
        assert not f.equals(g)
    assert f.equals(g) == g.equals(f) == ((f + g).prune() == f.prune() == g.prune())


def test_equality_that_only_a_huge_point_disproves():
    f = TropicalPolynomial({(0,): 0, (1,): -(10**30)})
    assert not f.equals(0)
    assert f([10**30]) == 0
    assert (f + (f * 0)).equals(f)


def test_equality_that_only_a_tiny_difference_disproves():
    f = TropicalPolynomial({(0,): 0, (1,): Fraction(1, 10**50), (2,): 0})
    g = TropicalPolynomial({(0,): 0, (2,): 0})
    assert not f.equals(g)
    assert TropicalPolynomial({(0,): 0, (1,): Fraction(-1, 10**50), (2,): 0}).equals(g)


def test_equals_with_other_things():
    f = TropicalPolynomial({(0,): 3, (1,): 0})
    assert TropicalPolynomial.constant(3, 1).equals(3)
    assert f.equals((f * f) / f)
    with pytest.raises(InputError, match="needed, not a NoneType"):
        f.equals(None)
    with pytest.raises(ShapeError):
        f.equals(X)


# -- composition with affine maps


matrices = st.lists(st.lists(st.integers(-2, 2), min_size=2, max_size=2), min_size=3, max_size=3)


@given(polynomials(3), matrices, points(3), points(2))
def test_compose_affine(f, matrix, vector, u):
    image = [
        sum(a * Fraction(v) for a, v in zip(row, u, strict=True)) + b for row, b in zip(matrix, vector, strict=True)
    ]
    assert f.compose_affine(matrix, vector)(u) == f(image)


def test_compose_affine_merges_monomials():
    assert (X + Y * 2 + 0).compose_affine([[1], [1]], [0, 5]) == TropicalPolynomial({(1,): 7, (0,): 0})
    assert (X + Y).compose_affine(np.zeros((2, 0)), [1, 2]) == TropicalPolynomial({(): 2})


def test_compose_affine_shapes():
    with pytest.raises(ShapeError, match=r"shape \(1, 2\) where 2 rows"):
        X.compose_affine([[1, 2]], [0, 0])
    with pytest.raises(ShapeError, match="vector has 1 entry where 2"):
        X.compose_affine([[1], [2]], [0])


# -- in writing


def test_writing():
    f = TropicalPolynomial({(2, "-1/2"): "-1/3", (-1, 1): 0, (0, 0): "7/2"})
    assert repr(f) == "max(2*x0 - 1/2*x1 - 1/3, -x0 + x1, 7/2)"
    latex = r"\max\left(2 x_{0} - \frac{1}{2} x_{1} - \frac{1}{3}, -x_{0} + x_{1}, \frac{7}{2}\right)"
    assert f._latex_() == latex
    assert f._repr_latex_() == f"${latex}$"
    assert repr(TropicalPolynomial({(): 0})) == "max(0)"


def test_a_long_polynomial_is_summarized():
    long = TropicalPolynomial({(i,): 0 for i in range(20)})
    assert long._repr_latex_() is None
    assert repr(long) == "Tropical polynomial in 1 variable with 20 monomials"
    assert long._latex_().count(",") == 19


# -- zero and one


@given(with_dimension(polynomials, polynomials, polynomials, points))
def test_sums_and_products_from_zero_and_one(drawn):
    *fs, x = drawn
    zero, one = TropicalPolynomial.zero(len(x)), TropicalPolynomial.one(len(x))
    assert sum(fs, zero)(x) == max(f(x) for f in fs)
    assert math.prod(fs, start=one)(x) == sum((f(x) for f in fs), mpq(0))
    rationals_ = [f / fs[0] for f in fs]
    assert sum(rationals_, zero)(x) == max(r(x) for r in rationals_)
    assert math.prod(rationals_, start=one)(x) == sum((r(x) for r in rationals_), mpq(0))


@pytest.mark.parametrize("functions", [[X, Y], [X / Y, Y], [X], [X + 0, 3, Y / 1]])
def test_sums_and_products_from_the_numbers_are_refused(functions):
    sums = [sum, lambda fs: sum(fs, 0), lambda fs: reduce(operator.add, fs, 0)]
    products = [math.prod, lambda fs: reduce(operator.mul, fs, 1)]
    for function in sums + products:
        with pytest.raises(InputError, match="which is not the tropical"):
            function(functions)


def test_numpy_begins_with_the_first():
    assert np.array([X, Y]).sum() == X + Y
    assert np.array([X, Y]).prod() == X * Y


def test_zero_and_one_are_neutral():
    zero, one = TropicalPolynomial.zero(2), TropicalPolynomial.one(2)
    for f in (X + Y, zero, one):
        assert f + zero == zero + f == f * one == one * f == f.prune() == f
        assert f * zero == zero * f == zero
        assert pruned_sum([f, zero]) == pruned_product([f, one]) == f
        assert pruned_product([f, zero]) == zero
        assert pruned_product([f, zero], [1, 0]) == f
        assert f**0 == one
        assert (f / one).equals(f)
    assert zero**2 == zero
    assert zero != one
    assert zero != TropicalPolynomial.zero(1)
    assert not zero.equals(one)
    assert zero.equals(zero)
    assert (len(zero), repr(zero), zero._latex_()) == (0, "max()", r"-\infty")
    with pytest.raises(ShapeError):
        zero + TropicalPolynomial.zero(1)


def test_zero_is_no_function():
    zero = TropicalPolynomial.zero(2)
    calls = [
        lambda f: f((0, 0)),
        lambda f: f.evaluate_float([[0, 0]]),
        lambda f: f.lifted_polytope(),
        lambda f: f.newton_polytope(),
        lambda f: f.normal_complex(),
        lambda f: f.monomial_status(),
        lambda f: f.compose_affine([[1], [1]], [0, 0]),
        lambda f: f.compose([X, Y]),
        lambda f: X / f,
        lambda f: (f / X) ** -1,
        tp.linear_regions,
        lambda f: tp.linear_regions(f / X),
        tp.effective_radius,
        lambda f: tp.export.write_oscar(f, io.BytesIO()),
        lambda f: tp.export.write_polymake(f, io.BytesIO()),
        lambda f: tp.export.write_gfan([f], io.BytesIO()),
        lambda f: tp.export.write_macaulay2(f, io.BytesIO()),
        lambda f: f.to_sage(),
    ]
    for call in calls:
        with pytest.raises(InputError, match=r"zero|at least one summand"):
            call(zero)


# -- what it is as an object of Python's


def test_immutable():
    for name in ("terms", "n_variables", "anything"):
        with pytest.raises(AttributeError, match="cannot assign"):
            setattr(X, name, 1)
        with pytest.raises(AttributeError, match="cannot delete"):
            delattr(X, name)


@pytest.mark.parametrize("function", [X, X * Y + "1/3", TropicalPolynomial.zero(3), X / Y, tp.TropicalMap([X, Y / X])])
def test_copies(function):
    for copied in (copy.deepcopy(function), copy.copy(function), pickle.loads(pickle.dumps(function))):
        assert copied == function
        assert type(copied) is type(function)
        assert hash(copied) == hash(function)


@pytest.mark.parametrize("index", [0.5, True, "0", -1, 2, None, 10**50])
def test_what_is_no_variable(index):
    with pytest.raises(InputError):
        TropicalPolynomial.variable(index, 2)


def test_numpy_integers_count():
    assert TropicalPolynomial.variable(np.int32(1), np.uint8(2)) == Y


@pytest.mark.parametrize("terms", [[((1,), 0)], "x", None, {((1,), 0)}, {frozenset({1, 2}): 0}])
def test_what_are_no_terms(terms):
    with pytest.raises(InputError):
        TropicalPolynomial(terms)


def test_what_has_no_order_is_no_point_and_no_map():
    for call in (lambda: X({1, 2}), lambda: (X / Y)({1: 1, 2: 2}), lambda: tp.TropicalMap({X, Y})):
        with pytest.raises(ShapeError, match="whose order means nothing"):
            call()


@pytest.mark.parametrize("value", [True, np.True_, 2.0, np.float64(2), "2", None, -1, Fraction(2), [2]])
def test_what_is_no_number_of_variables(value):
    zero, one, constant = TropicalPolynomial.zero, TropicalPolynomial.one, TropicalPolynomial.constant
    for make in (zero, one, lambda n: constant(1, n), lambda n: TropicalPolynomial.variable(0, n)):
        with pytest.raises(InputError, match="nonnegative integer"):
            make(value)


@pytest.mark.parametrize("value", [2, np.int8(2), np.uint64(2), mpz(2), np.array(2)])
def test_what_is_one(value):
    assert type(TropicalPolynomial.zero(value).n_variables) is int
    assert TropicalPolynomial.variable(value - 1, value).n_variables == 2
