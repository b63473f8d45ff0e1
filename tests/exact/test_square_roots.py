"""Sums of square roots against high precision, and zeros that are known."""

from __future__ import annotations

import random
from itertools import pairwise
from math import inf

import pytest
from gmpy2 import context, get_context, mpfr, mpq, mpz, sqrt

import troppoly as tp
from troppoly.exact.square_roots import Radical, signs_of_sums


def test_signs_are_those_of_high_precision_and_zeros_are_found():
    rng = random.Random(0)
    radicands = [mpz(n) for n in (1, 2, 3, 8, 12, 18, 50, 75, 98, 1, 10**40 + 2, 4 * (10**40 + 2), 0)]
    rows = [[mpq(rng.randint(-9, 9), rng.randint(1, 9)) for _ in radicands] for _ in range(40)]
    with context(get_context(), precision=600):
        expected = [
            1 if sum(mpfr(c) * sqrt(mpfr(n)) for c, n in zip(row, radicands, strict=True)) > 0 else -1 for row in rows
        ]
    zeros = [
        [0, 2, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 5],  # 2 sqrt 2 = sqrt 8
        [0, 3, 5, 1, 0, 0, -1, -1, 0, 0, -2, 1, 0],  # sqrt 75 = 5 sqrt 3, sqrt 50 = 5 sqrt 2
        [1, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0],
        [0] * 13,
    ]
    assert signs_of_sums([*rows, *zeros], radicands) == expected + [0] * 4


def test_what_nearly_is_zero():
    """sqrt(n + 1) - sqrt(n) - 1 / (2 sqrt(n)) is about -n^(-3/2) / 8."""
    n = mpz(10) ** 400
    assert signs_of_sums([[1, -1 - mpq(1, 2 * n)]], [n + 1, n]) == [-1]
    assert signs_of_sums([[1, -1 - mpq(1, 2 * n) + mpq(1, 8 * n**2)]], [n + 1, n]) == [1]


def test_order_and_bounds():
    numbers = [Radical.of(1, [(1, 2), (1, 3)]), *(Radical.of(1, [(1, n)]) for n in (9, 8, 7))]
    assert all(a < b for a, b in pairwise(numbers))
    assert all(-inf < number < inf for number in numbers)
    assert numbers[1] == "1/3"
    assert hash(numbers[1]) == hash(mpq(1, 3))
    first, second = Radical.of(2, [(1, 12)]), Radical.of("1/3", [("1/3", 3)])
    assert first == second
    assert hash(first) == hash(second)
    assert first != "0.577"
    for bits in (0, 1, 10, 200):
        low, high = numbers[0].bounds(bits)
        assert low < numbers[0] < high
        assert high <= low * (1 + mpq(1, 2**bits))
    with pytest.raises(TypeError):
        _ = numbers[0] < "a"
    for numerator, terms in (("a", [(1, 2)]), (1, [(-1, 2)]), (1, [(1, "1/2")]), (-1, [(1, 2)]), (1, [(0, 2)])):
        with pytest.raises(tp.InputError):
            Radical.of(numerator, terms)


def test_zero_and_roots():
    zero = Radical.of(0, [(5, 7)])
    assert zero == 0 == Radical.root(0)
    assert zero.bounds() == (0, 0)
    assert (hash(zero), str(zero), zero < Radical.root(2), float(zero)) == (hash(0), "0", True, 0.0)
    assert Radical.root("9/4") == "3/2"
    assert Radical.root(mpq(9, 8)).square() == mpq(9, 8)
    assert Radical.of(1, [(1, 2), (1, 3)]).square() is None
    with pytest.raises(tp.InputError, match="The square is -1; the square root of a negative"):
        Radical.root(-1)


def test_bounds_are_those_of_high_precision():
    rng = random.Random(1)
    for _ in range(20):
        terms = [(rng.randint(1, 5), rng.randint(1, 40)) for _ in range(3)]
        own = Radical.of(7, terms)
        assert (own.rational() is not None) == all(n in (1, 4, 9, 16, 25, 36) for _, n in terms)
        with context(get_context(), precision=300):
            exact = 7 / sum(c * sqrt(mpfr(n)) for c, n in terms)
            low, high = own.bounds(40)
            assert mpfr(low) <= exact <= mpfr(high)


def test_roots_beyond_the_range_of_floats_have_a_name():
    assert repr(Radical.root(2 * mpq(10) ** 1000)) == "1.41421356237e+500 (with 1 square root)"
    assert repr(Radical.root(2 / mpq(10) ** 1000)) == "1.41421356237e-500 (with 1 square root)"
    assert repr(Radical.root(1 / mpq(9) ** 1000)) == "about 7.56389e-478"
