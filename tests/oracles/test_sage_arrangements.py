"""Hyperplane arrangements as products of tropical polynomials, against Sage and published numbers.

The hyperplane <a, x> = b is where the two monomials of max(<a, x>, b) are equal.  Cells of the normal
complex of the product over an arrangement are the regions of the arrangement.
"""

from itertools import combinations, product

import passagemath_polyhedra  # noqa: F401
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sage.geometry.hyperplane_arrangement.arrangement import HyperplaneArrangements
from sage.geometry.hyperplane_arrangement.library import hyperplane_arrangements
from sage.rings.rational_field import QQ

from troppoly.polynomial import TropicalPolynomial, pruned_product


def tropical_product(normals, offsets):
    """The irredundant product of the max(<a, x>, b)."""
    d = len(normals[0])
    return pruned_product(
        [TropicalPolynomial({tuple(a): 0}) + b for a, b in zip(normals, offsets, strict=True)]
        or [TropicalPolynomial.constant(0, d)]
    )


def sage_arrangement(normals, offsets):
    d = len(normals[0])
    space = HyperplaneArrangements(QQ, tuple(f"x{i}" for i in range(d)))
    # A hyperplane b + <a, x> = 0 is given as [a, b] to Sage.
    rows = [[list(a), -b] for a, b in zip(normals, offsets, strict=True)]
    return space(rows, signed=False)  # h and -h are one hyperplane


def differences(n, offsets):
    """The hyperplanes x_i - x_j = b for i < j."""
    pairs = combinations(range(n), 2)
    rows = [([int(k == i) - int(k == j) for k in range(n)], b) for i, j in pairs for b in offsets]
    return [a for a, _ in rows], [b for _, b in rows]


def nonzero_subsets(n):
    return [list(a) for a in product([0, 1], repeat=n) if any(a)]


FAMILIES = {
    "braid": lambda n: differences(n, [0]),
    "Shi": lambda n: differences(n, [0, 1]),
    "Catalan": lambda n: differences(n, [-1, 0, 1]),
    "Linial": lambda n: differences(n, [1]),
    "semiorder": lambda n: differences(n, [-1, 1]),
    "resonance": lambda n: (nonzero_subsets(n), [0] * (2**n - 1)),
    "threshold": lambda n: ([[*a, 1] for a in product([0, 1], repeat=n)], [0] * 2**n),
}

# n!; (n + 1)^(n - 1); n! times the Catalan number; A007889; A006531; A034997; A000609.
PUBLISHED = {
    "braid": {2: 2, 3: 6, 4: 24},
    "Shi": {2: 3, 3: 16, 4: 125},
    "Catalan": {2: 4, 3: 30},
    "Linial": {2: 2, 3: 7, 4: 36},
    "semiorder": {2: 3, 3: 19},
    "resonance": {1: 2, 2: 6, 3: 32},
    "threshold": {1: 4, 2: 14, 3: 104},
}

CASES = [(name, n) for name, numbers in PUBLISHED.items() for n in numbers]


@pytest.mark.parametrize(("name", "n"), CASES)
def test_numbers_of_regions(name, n):
    normals, offsets = FAMILIES[name](n)
    complex_ = tropical_product(normals, offsets).normal_complex().complex
    arrangement = sage_arrangement(normals, offsets)
    assert complex_.n_cells == PUBLISHED[name][n] == arrangement.n_regions()
    # The rest is checked modulo lineality, where regions can be bounded.
    rank = arrangement.rank()
    assert complex_.lineality_dimension == len(normals[0]) - rank
    assert complex_.euler_characteristic() == (-1) ** complex_.ambient_dimension


@pytest.mark.parametrize(
    ("name", "construct"),
    [
        ("Shi", hyperplane_arrangements.Shi),
        ("Catalan", hyperplane_arrangements.Catalan),
        ("Linial", hyperplane_arrangements.linial),
        ("semiorder", hyperplane_arrangements.semiorder),
    ],
)
@pytest.mark.parametrize("n", [2, 3])
def test_the_families_are_those_of_sage(name, construct, n):
    """The hyperplanes themselves, up to order and sign."""

    def hyperplanes(arrangement):
        rows = [tuple(h.coefficients()) for h in arrangement]  # h itself iterates forever
        return {max(row, tuple(-v for v in row)) for row in rows}

    assert hyperplanes(sage_arrangement(*FAMILIES[name](n))) == hyperplanes(construct(n))


@settings(max_examples=40)
@given(
    st.integers(1, 3).flatmap(
        lambda d: st.lists(
            st.tuples(st.lists(st.integers(-2, 2), min_size=d, max_size=d).filter(any), st.integers(-2, 2)),
            min_size=1,
            max_size=5,
        )
    )
)
def test_arbitrary_arrangements(rows):
    """Small integers: parallel, repeated and concurrent hyperplanes."""
    normals, offsets = [a for a, _ in rows], [b for _, b in rows]
    arrangement = sage_arrangement(normals, offsets)
    complex_ = tropical_product(normals, offsets).normal_complex().complex
    assert complex_.n_cells == arrangement.n_regions()
    essential = arrangement.rank() == len(normals[0])
    assert complex_.n_bounded_cells == (arrangement.n_bounded_regions() if essential else 0)
    assert {cell.polyhedron() for cell in complex_.cells} == {
        region.base_extend(QQ) for region in arrangement.regions()
    }
