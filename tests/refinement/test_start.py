"""What a refinement starts with: refused by ranks alone, and no larger than later layers read."""

import numpy as np
import pytest

from tests.oracles.complex_invariants import assert_is_canonical
from tests.oracles.sign_faces import sign_faces
from tests.refinement.strategies import network_of_layers
from troppoly.errors import BudgetError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import rank, rank_bound
from troppoly.network import Network
from troppoly.refinement.refinement import canonical_complex


@pytest.mark.parametrize("seed", range(20))
def test_ranks_of_products_modulo_a_prime(seed):
    """Products of integer matrices with r rows between them: the rank is at most r, and r but by accident."""
    generator = np.random.default_rng(seed)
    m, r, n = generator.integers(1, 9, 3)
    product = generator.integers(-9, 10, (m, r)) @ generator.integers(-9, 10, (r, n))
    matrix = RationalMatrix.of(product / 64)
    expected = np.linalg.matrix_rank(product)  # small integers: far from every lower rank
    assert rank(matrix) == expected
    for limit in (0, 1, 3, 20):
        assert rank_bound(matrix, limit) == min(expected, limit)


def test_a_multiple_of_the_prime_only_lowers_the_bound():
    assert rank_bound(RationalMatrix.of([[4194301, 0], [0, 1]]), 2) == 1


@pytest.mark.parametrize("limit", [{"max_cells": 10**6}, {"max_memory": 10**9}, {}])
def test_wide_layers_are_refused_without_exact_linear_algebra(limit):
    """200 dense floats in 784 inputs: the bases of rows that were chosen before took minutes."""
    weight = np.random.default_rng(0).standard_normal((200, 784))
    with pytest.raises(BudgetError, match="The first layer alone has at least") as info:
        canonical_complex(Network.from_arrays([weight, np.ones((1, 200))]), **limit)
    assert info.value.partial is None


def layers(n, unit_rows, kinks):
    """The identity of R^n with some rectified units beside it, twice, and units that read all of these."""
    identity = [[int(i == j) for j in range(n)] for i in range(n)]
    first = [*identity, *kinks]
    second = [[int(i == j) for j in range(len(first))] for i in range(len(first))]
    passed = [False] * n + [True] * len(kinks)
    last = [[1] * len(unit_rows)]
    return [
        (first, [0] * n + [1] * len(kinks), passed),
        (second, [1] * len(first), [False] * len(first)),
        (unit_rows, [-2] * len(unit_rows), [True] * len(unit_rows)),
        (last, [0], [False]),
    ]


def test_units_that_pass_their_values_on_to_few_units_cost_nothing():
    """In R^40 two units after identity layers have the cells of two hyperplanes."""
    rows = [[(-1) ** j * (i + j) for j in range(40)] for i in range(2)]
    complex_ = canonical_complex(network_of_layers(layers(40, rows, [])))
    assert complex_.f_vector() == (0,) * 38 + (1, 4, 4)
    assert complex_.complex.lineality_dimension == 38


def test_units_that_pass_their_values_on_beside_kinks():
    """Against all sign vectors, in R^3 with a kink that the next units read beside the identity."""
    made = layers(3, [[1, 2, 0, 3], [2, 4, 0, -1]], [[0, 1, 1]])
    complex_ = canonical_complex(network_of_layers(made))
    assert_is_canonical(complex_, made, sign_faces(made))


def test_orthants_are_refused_and_not_run_out_of_memory():
    """40 independent units: 3^40 cones whatever memory is allowed."""
    identity = np.eye(40, dtype=int)
    with pytest.raises(BudgetError):
        canonical_complex(Network.from_arrays([identity, identity[:1]]), max_memory=10**40)
