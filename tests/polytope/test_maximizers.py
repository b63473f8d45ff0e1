"""Maximal points by rounding with a bound, against the maximum of exact integers."""

import numpy as np
import pytest
from gmpy2 import mpz
from hypothesis import given, settings
from hypothesis import strategies as st

from troppoly.polytope import support as module
from troppoly.polytope.support import maximizers


def array(rows):
    result = np.empty((len(rows), len(rows[0])), dtype=object)
    for i, row in enumerate(rows):
        result[i] = [mpz(v) for v in row]
    return result


def check(directions, points):
    best, values = maximizers(array(directions), array(points))
    for y, index, value in zip(directions, best, values, strict=True):
        expected = [sum(a * b for a, b in zip(y, s, strict=True)) for s in points]
        assert value == max(expected)
        assert index == expected.index(max(expected))


near = st.builds(lambda base, delta: base * 2**60 + delta, st.integers(-1, 1), st.integers(-2, 2))
integers = st.one_of(st.integers(-3, 3), near, st.integers(-(2**90), 2**90), st.integers(-(2**30), 2**30))
rows = st.integers(1, 4).flatmap(
    lambda k: st.tuples(*[st.lists(st.lists(integers, min_size=k, max_size=k), min_size=1, max_size=8)] * 2)
)


@settings(max_examples=300)
@given(rows)
def test_against_exact_integers(drawn):
    check(*drawn)


@pytest.mark.parametrize("scale", [1, 2**24, 2**26, 2**27, 2**53, 2**200])
@pytest.mark.parametrize("sign", [1, -1])
def test_values_that_differ_in_the_last_bit(scale, sign):
    """Around the sizes at which rounding begins."""
    points = [[sign * scale + delta, sign * scale - delta] for delta in (-1, 0, 1)]
    check([[1, 0], [0, 1], [scale, scale - 1], [1 - scale, -scale], [scale + 1, scale + 1]], points)


def test_entries_at_the_ends_of_their_bits():
    for bits in (25, 26, 27):
        extreme = [-(2**bits), 1 - 2**bits, 2**bits - 1, 2**bits]
        check([[a, b] for a in extreme for b in extreme], [[a, b] for a in extreme for b in extreme])


def test_all_points_tie():
    check([[0, 0], [1, 1]], [[i, -i] for i in range(50)])


def test_blocks(monkeypatch):
    monkeypatch.setattr(module, "_PAIRS", 7)
    generator = np.random.default_rng(0)
    check(generator.integers(-5, 6, (20, 2)).tolist(), generator.integers(-5, 6, (5, 2)).tolist())


def test_no_directions():
    best, values = maximizers(np.empty((0, 2), dtype=object), array([[1, 2]]))
    assert best.shape == values.shape == (0,)


def test_rounded_directions_at_the_bound():
    """The maximum has the smaller rounded value, by nearly the sum of both bounds.

    In units of 2^p the direction is (Y + e, -Y + e) with e just below 1.  The values of (s, s) and of
    (1 - s, -1 - s) are 2 e s and 2 Y - 2 e s, and with rounded directions they are 0 and 2 Y.
    """
    y, p = 2**24, 60
    e = 2**p - 1
    s = y // 2 + 10
    direction = [y * 2**p + e, -y * 2**p + e]
    check([direction], [[s, s], [1 - s, -1 - s]])
    check([direction], [[1 - s, -1 - s], [s, s]])


def test_rounded_points_at_the_bound():
    """(0 + f, 0 + f), with f just below 1 in units of 2^q, against (1, 1 - 2/t), exactly in these units."""
    t, q = 2**24, 60
    f = 2**q - 1
    largest = 2 ** (25 + q) - 1  # sets the unit of both coordinates
    points = [[f, f], [2**q, 2**q - 2 * (2**q // t)], [-largest, -largest]]
    check([[t, t]], points)
    check([[t, t]], points[::-1])
