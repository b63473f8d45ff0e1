"""Symmetries of arrangements against all permutations, and polynomials by orbits against those without."""

from itertools import combinations, count, permutations, product
from math import factorial

import numpy as np
import pytest
from gmpy2 import is_prime

from troppoly.bounds import characteristic_polynomial
from troppoly.bounds.automorphisms import angles, symmetries
from troppoly.bounds.flat_orbits import whitney_numbers_by_orbits
from troppoly.bounds.flats import Residues
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import direction, rank, row_basis


def spanning_lines(random, r, m):
    """Different lines that span R^r, many of them with a symmetry."""
    while True:
        rows = random.integers(-1, 2, (m, r)) * random.choice([1, 1, 1, 2])
        order = random.permutation(r)
        rows = np.concatenate([rows, rows[:, order]]) if random.random() < 0.7 else rows
        different = {tuple(direction(row)): direction(row) for row in rows.astype(object) if any(row)}
        if different and rank(RationalMatrix.of(list(different))) == r:
            return RationalMatrix.of(list(different))


def is_symmetry(matrix, permutation):
    """Whether for some signs a linear map sends the rows to the permuted ones."""
    rows = matrix.to_rationals()
    m, r = rows.shape
    for signs in product((1, -1), repeat=m - 1):
        image = rows[list(permutation)] * np.array((1, *signs), dtype=object)[:, None]
        if rank(RationalMatrix.of(np.concatenate([rows, image], axis=1).tolist())) == r:
            return True
    return False


@pytest.mark.parametrize("seed", range(30))
def test_all_symmetries_are_found(seed):
    random = np.random.default_rng(seed)
    r = int(random.integers(1, 4))
    choices = (spanning_lines(random, r, int(random.integers(r, 5))) for _ in count())
    matrix = next(lines for lines in choices if len(lines) <= 5)  # few permutations
    m = len(matrix)
    fixing, returning = symmetries(angles(matrix), row_basis(matrix))
    found = {tuple(np.argsort(p)[q].tolist()) for p in returning for q in fixing}
    assert len(found) == len(fixing) * len(returning)
    assert found == {p for p in permutations(range(m)) if is_symmetry(matrix, p)}
    assert fixing[0].tolist() == returning[0].tolist() == list(range(m))


def braid(n):
    return [[int(k == i) - int(k == j) for k in range(n)] for i, j in combinations(range(n), 2)]


@pytest.mark.parametrize(
    ("rows", "order"),
    [
        (np.eye(6, dtype=int).tolist(), factorial(6)),  # signs move no hyperplane
        ([row[:-1] for row in braid(4)], factorial(4)),
        ([row[:-1] for row in braid(7)], factorial(7)),
        ([v for v in product((0, 1), repeat=4) if any(v)], factorial(5)),
        ([(1, *v) for v in product((1, -1), repeat=5)], 2**5 * factorial(6)),
        ([(*row[:-1], 0, 0) for row in braid(4)] + [(0, 0, 0, *row[:-1]) for row in braid(3)], 24 * 6),
        ([(1, 2, 3), (4, 5, 7), (-3, 1, 1), (2, 2, 9)], 1),
    ],
)
def test_orders(rows, order):
    matrix = RationalMatrix.of(rows)
    assert symmetries(angles(matrix), row_basis(matrix)).order == order


def numbers_without_and_with(matrix):
    form = angles(matrix)
    found = symmetries(form, row_basis(matrix))
    residues = Residues.of(matrix.numerators, filter(is_prime, range(2**16 - 1, 2, -2)))
    plain = list(residues.whitney_numbers(2**30))
    whole = list(whitney_numbers_by_orbits(residues, form, found, 2**30))
    some = found._replace(fixing=found.fixing[:2], returning=found.returning[::2])  # no group
    return plain, whole, list(whitney_numbers_by_orbits(residues, form, some, 2**30))


@pytest.mark.parametrize("seed", range(60))
def test_masses(seed):
    """With all symmetries and with some of them, that are no group."""
    random = np.random.default_rng(seed)
    r = int(random.integers(1, 6))
    plain, whole, some = numbers_without_and_with(spanning_lines(random, r, r + int(random.integers(0, 4))))
    assert plain == whole == some


def test_affine_hyperplanes_with_symmetries():
    """The cone over the Shi arrangement, and a grid, whose polynomials are products."""
    rows = braid(5)
    shi = characteristic_polynomial(rows * 2, [0] * 10 + [-1] * 10)
    assert shi.n_regions == 6**4
    grid = characteristic_polynomial(np.eye(5, dtype=int).tolist() * 3, [k for k in (-1, 0, 1) for _ in range(5)])
    assert (grid.n_regions, grid.n_relatively_bounded) == (4**5, 2**5)
