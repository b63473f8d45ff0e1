"""Exact scalars: every accepted number is taken without loss, everything else is refused by name."""

from decimal import Decimal
from fractions import Fraction

import gmpy2
import numpy as np
import pytest
from gmpy2 import mpq, mpz
from hypothesis import given
from hypothesis import strategies as st

from troppoly.errors import InputError, NotFiniteError, ShapeError
from troppoly.exact import RationalMatrix, rational, rational_vector
from troppoly.exact.numerators import float_points
from troppoly.exact.scalar import decimals, nearest_float, total
from troppoly.passagemath import load


def fraction(value):
    return Fraction(int(value.numerator), int(value.denominator))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_their_exact_binary_value(x):
    assert fraction(rational(x)) == Fraction(x)
    assert fraction(rational(np.float64(x))) == Fraction(x)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_float32(x):
    assert fraction(rational(np.float32(x))) == Fraction(x)


@given(st.floats(width=16, allow_nan=False, allow_infinity=False))
def test_float16(x):
    assert fraction(rational(np.float16(x))) == Fraction(x)


@given(st.fractions())
def test_rationals_of_all_libraries(x):
    sage = load("sage.rings.rational").Rational((x.numerator, x.denominator))
    for value in (x, str(x), mpq(x), sage):
        result = rational(value)
        assert type(result) is type(mpq())
        assert fraction(result) == x


@given(st.integers(-(2**70), 2**70))
def test_integers_of_all_libraries(n):
    for value in (n, str(n), mpz(n), load("sage.rings.integer").Integer(n)):
        assert rational(value) == n
    assert rational(np.int64(n % 2**63)) == n % 2**63
    assert rational(np.uint64(n % 2**64)) == n % 2**64


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.1", Fraction(1, 10)),
        ("-1e-3", Fraction(-1, 1000)),
        (gmpy2.mpfr("0.1", 100), Fraction(*gmpy2.mpfr("0.1", 100).as_integer_ratio())),
        (np.array(0.1), Fraction(0.1)),
        (np.array(3), Fraction(3)),
        (np.longdouble(1) / 3, Fraction(*(np.longdouble(1) / 3).as_integer_ratio())),
        (True, Fraction(1)),
        (5e-324, Fraction(1, 2**1074)),
    ],
)
def test_other_numbers(value, expected):
    assert fraction(rational(value)) == expected


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), -np.inf, np.float32("nan"), np.float16("inf"), gmpy2.mpfr("nan"), np.array(np.nan)],
)
def test_numbers_that_are_not_finite_are_refused_by_name(value):
    with pytest.raises(NotFiniteError, match="The bias of layer 2, entry 5 is"):
        rational(value, where="bias of layer 2, entry 5")


@pytest.mark.parametrize(
    "value", ["", "x", "1/0", "nan", "inf", None, 1j, [1], np.array([1.0]), object(), Decimal("0.1"), b"1"]
)
def test_anything_else_is_refused_by_name(value):
    with pytest.raises(InputError, match="The weight is"):
        rational(value, where="weight")


@pytest.mark.parametrize(
    "value", [np.ma.masked, np.ma.array(3.0, mask=True), np.timedelta64(5), np.timedelta64(5, "D")]
)
def test_what_is_masked_or_a_time_is_refused(value):
    with pytest.raises(InputError, match=r"weight is (masked|a time)"):
        rational(value, where="weight")


def test_a_masked_entry_of_an_array_is_no_number():
    for kind in (float, int, np.float16, object):
        array = np.ma.array([[1, 2], [3, 4]], dtype=kind)
        assert RationalMatrix.of(array) == RationalMatrix.of([[1, 2], [3, 4]])
        array[1, 0] = np.ma.masked
        with pytest.raises(InputError, match="weight, entry \\(1, 0\\) is masked"):
            RationalMatrix.of(array, "weight")
        with pytest.raises(InputError, match="entry 0 is masked"):
            rational_vector(array[1])


def test_floats_of_points_are_of_real_numbers():
    """NumPy makes floats of all of these: of what is behind a mask, of real parts and of times."""
    masked = np.ma.array([1.0, 2.0], mask=[0, 1])
    times = np.array([[1, 2]], dtype="m8[s]")
    dates = np.array([[1, 2]], dtype="M8[s]")
    for points in (masked, [masked], [[[masked]]], [[1.0, np.ma.masked]], [[1, 2j]], np.eye(2) * 1j, times, dates):
        with pytest.raises(InputError, match="real numbers"):
            float_points(points)
    assert float_points([masked[:1], (2,)]).tolist() == [[1], [2]]
    assert float_points([[2**70, mpq(1, 3)], [Fraction(1, 2), True]]).tolist() == [[2.0**70, 1 / 3], [0.5, 1]]


def test_points_may_be_tensors():
    torch = pytest.importorskip("torch")
    for dtype in (torch.bfloat16, torch.float16, torch.float64):
        assert float_points(torch.tensor([[0.5, -2.0]], dtype=dtype, requires_grad=True)).tolist() == [[0.5, -2]]


def read(text, reader):
    try:
        return Fraction(reader(text))
    except (ValueError, ZeroDivisionError):
        return None


@given(st.from_regex(r"\s?[+-]?[0-9_]{0,4}[/.]?[0-9_]{0,4}([eE][+-]?[0-9_]{0,3})?\s?", fullmatch=True))
def test_strings_are_read_as_fractions_are(text):
    assert read(text, lambda t: fraction(rational(t))) == read(text, Fraction)


@pytest.mark.parametrize("n", [4299, 4300, 4301, 10**5])
def test_strings_of_any_length(n):
    big = mpz(10) ** n
    assert rational("1" + "0" * n) == big
    assert rational("-1/1" + "0" * n) == mpq(-1, big)
    assert rational("." + "0" * (n - 1) + "1") == mpq(1, big)
    assert rational(f"1e-{n}") == mpq(1, big)
    assert rational("0." + "3" * n) == mpq((big - 1) // 3, big)


@pytest.mark.parametrize("text", ["1e1000001", "-1E-1000000000000", "0e9" + "9" * 5000, ".1e9999999"])
def test_powers_of_ten_beyond_memory_are_refused(text):
    with pytest.raises(InputError, match=r"The weight is .*power of ten beyond"):
        rational(text, where="weight")


@pytest.mark.parametrize("value", ["1" * 5000 + "x", "1/" + "0" * 5000, "x" * 10**5, [0] * 10**5])
def test_messages_hold_no_whole_number(value):
    with pytest.raises(InputError) as caught:
        rational_vector([value])
    assert len(str(caught.value)) < 200


def test_sage_elements_that_are_no_rationals_are_refused():
    """int() of a polynomial over floats truncates its constant term; no such thing may be taken."""
    reals = load("sage.rings.real_double").RDF
    polynomials = load("sage.rings.polynomial.polynomial_ring_constructor").PolynomialRing
    for value in (polynomials(reals, "x")(1.5), reals(1.5), load("sage.rings.infinity").infinity):
        with pytest.raises(InputError, match="not a rational number"):
            rational(value)


def test_torch_scalars():
    torch = pytest.importorskip("torch", reason="PyTorch is an extra")
    assert fraction(rational(torch.tensor(0.1))) == Fraction(float(np.float32(0.1)))
    assert fraction(rational(torch.tensor(0.1, dtype=torch.bfloat16))) == Fraction(205, 2048)
    assert rational(torch.tensor(7)) == 7


def test_vectors():
    assert rational_vector(v for v in (1, "1/2", 0.25)) == (mpq(1), mpq(1, 2), mpq(1, 4))
    assert rational_vector(np.array([0.5, 2])) == (mpq(1, 2), mpq(2))
    with pytest.raises(ShapeError, match="has 2 entries where 3 are needed"):
        rational_vector([1, 2], "point", length=3)
    with pytest.raises(ShapeError, match="must be a sequence"):
        rational_vector("12")
    for value in (3, np.array(3), b"12", bytearray(b"12"), None):
        with pytest.raises(ShapeError, match="must be a sequence"):
            rational_vector(value)
    with pytest.raises(NotFiniteError, match="point, entry 1 is nan"):
        rational_vector([1, float("nan")], "point")


@pytest.mark.parametrize("value", [{3, 1}, frozenset({1}), {1: 2}, {1: 2}.keys(), {1: 2}.items()])
def test_what_has_no_order_is_no_vector_and_no_matrix(value):
    with pytest.raises(ShapeError, match="The point must be a sequence, not a"):
        rational_vector(value, "point")
    for matrix in ([value], {(1, 2)}, {(1, 2): 3}):
        with pytest.raises(ShapeError, match="The weight is not a sequence of rows"):
            RationalMatrix.of(matrix, "weight")


@given(st.lists(st.fractions(max_denominator=99), max_size=9))
def test_totals(values):
    assert fraction(total(map(rational, values))) == sum(values)


@given(st.fractions())
def test_texts_of_floats(value):
    assert decimals(mpq(value), 6) == f"{float(value):.6g}"


@pytest.mark.parametrize("power", [308, 309, 400, 5000])
@pytest.mark.parametrize("sign", [1, -1])
def test_beyond_the_range_of_floats(power, sign):
    value = sign * mpq(25, 8) * mpq(10) ** power
    assert nearest_float(value) == sign * float("inf")
    assert decimals(value, 4) == f"{3.125 * sign}e+{power}"
