"""The least rank over all ways to turn units around, against all subsets in plain fractions."""

import random
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from tests.oracles.fraction_network import fraction
from troppoly.compression.orientation import best_flips
from troppoly.exact import RationalMatrix
from troppoly.exact.modular import moduli


def rank(rows):
    rows, result = [list(row) for row in rows], 0
    for column in range(len(rows[0])):
        pivot = next((i for i in range(result, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[result], rows[pivot] = rows[pivot], rows[result]
        for i in range(result + 1, len(rows)):
            factor = rows[i][column] / rows[result][column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[result], strict=True)]
        result += 1
    return result


def turned(columns, rows, affine, flips):
    """Lambda_S, as a list of rows."""
    return [
        [
            entry + sum((u[o] * v[k] for u, v, s in zip(columns, rows, flips, strict=True) if s), Fraction(0))
            for k, entry in enumerate(line)
        ]
        for o, line in enumerate(affine)
    ]


def flips_of(columns, rows, affine):
    transposed = [[u[o] for u in columns] for o in range(len(affine))]
    flips, proved = best_flips(*map(RationalMatrix.of, (transposed, rows, affine)))
    return flips.tolist(), proved


@pytest.mark.parametrize("seed", range(40))
def test_all_subsets(seed):
    r = random.Random(seed)
    n, m, d = r.randint(1, 6), r.randint(1, 3), r.randint(1, 3)

    def vectors(count, length):
        return [[Fraction(r.randint(-3, 3), r.choice([1, 1, 2, 3])) for _ in range(length)] for _ in range(count)]

    columns, rows = vectors(n, m), vectors(n, d)
    planted = [r.random() < 0.5 for _ in range(n)]
    affine = [[-x for x in line] for line in turned(columns, rows, [[Fraction(0)] * d] * m, planted)]
    if seed % 2:
        u, v = vectors(2, max(m, d))
        affine = [[x + u[o] * v[k] for k, x in enumerate(line)] for o, line in enumerate(affine)]
    flips, proved = flips_of(columns, rows, affine)
    least = min(rank(turned(columns, rows, affine, s)) for s in product([False, True], repeat=n))
    assert proved
    assert rank(turned(columns, rows, affine, flips)) == least <= seed % 2


@pytest.mark.parametrize("entries", ["small", "large"])
def test_a_subset_sum_of_forty_numbers(entries):
    """In one dimension the equations determine nothing; the two halves have a million sums each."""
    r = random.Random(1)
    numbers = [[Fraction(r.randint(1, 9 if entries == "small" else 2**38))] for _ in range(34)]
    wanted = -sum(v for (v,), s in zip(numbers, r.choices([False, True], k=34), strict=True) if s)
    one = [[Fraction(1)]] * 34
    flips, proved = flips_of(one, numbers, [[wanted]])
    assert proved
    assert turned(one, numbers, [[wanted]], flips) == [[0]]
    assert flips_of(one, numbers, [[Fraction(1)]])[1]  # all numbers are positive, so rank 1 is the least


def test_many_units_are_determined_by_the_equations():
    r = np.random.default_rng(0)
    columns, rows = r.integers(-99, 99, (60, 8)), r.integers(-99, 99, (60, 9))
    planted = r.random(60) < 0.5
    affine = -(columns[planted].T @ rows[planted])
    flips, proved = best_flips(*map(RationalMatrix.of, (columns.T, rows, affine)))
    assert proved
    assert flips.tolist() == planted.tolist()


def test_no_proof_where_too_much_is_left_open():
    """With 60 units in one dimension neither all subsets nor their halves are listed."""
    r = random.Random(0)
    numbers = [[2 * r.randint(1, 2**70)] for _ in range(60)]
    flips, proved = best_flips(*map(RationalMatrix.of, ([[1] * 60], numbers, [[1]])))
    assert (sum(flips), proved) == (0, False)


def test_a_row_of_a_unit_is_preferred():
    """(-x)+ + x + (-y)+ + y, times 2 and 1: of the affine parts 2x + y, y, 2x and 0 with S, the rank decides."""
    columns, rows = [[Fraction(1)], [Fraction(1)]], [[Fraction(-1), Fraction(0)], [Fraction(0), Fraction(-1)]]
    flips, proved = flips_of(columns, rows, [[Fraction(3), Fraction(1)]])
    assert proved
    assert flips == [False, True]
    assert [fraction(x) for x in turned(columns, rows, [[Fraction(3), Fraction(1)]], flips)[0]] == [3, 0]


@pytest.mark.parametrize("n", [5, 24])
@pytest.mark.parametrize("place", [0, 1])
def test_a_term_that_a_prime_divides(n, place):
    """A term that is 0 modulo the prime of a computation may be the one to turn around."""
    r = random.Random(place)
    numbers = [[Fraction(r.randrange(2**38))] for _ in range(n - 1)]
    numbers.append([Fraction(int(moduli(2)[place]))])
    wanted = -sum(v for (v,) in numbers[-3:])
    one = [[Fraction(1)]] * n
    flips, proved = flips_of(one, numbers, [[wanted]])
    assert proved
    assert turned(one, numbers, [[wanted]], flips) == [[0]]
