"""Each way to certify a sign is forced, and the counts in the certificate say so."""

from fractions import Fraction

import numpy as np
from gmpy2 import mpz

from tests.oracles.complex_invariants import assert_is_canonical
from tests.oracles.fraction_network import relu_layers
from tests.oracles.sign_faces import sign_faces
from tests.refinement.strategies import network_of_layers
from troppoly.cellwise.rounding_errors import certain, relative_bound
from troppoly.network import Network
from troppoly.refinement.rays import rounded
from troppoly.refinement.refinement import canonical_complex


def refine(weights, biases):
    layers = relu_layers(weights, biases)
    complex_ = canonical_complex(network_of_layers(layers))
    assert_is_canonical(complex_, layers, sign_faces(layers))
    return complex_.certificate


GENERIC = [[0.3, 0.7], [-0.2, 0.9], [1.1, -0.4], [0.6, 0.8]], [0.1, -0.3, 0.7, 0.9]


def test_generic_floats_are_decided_by_their_bounds():
    certificate = refine([GENERIC[0], [[0.3, -0.9, 0.7, 0.2]], [[1]]], [GENERIC[1], [-0.1], [0]])
    assert certificate.by_bound > 0
    assert certificate.recomputed == certificate.rays_recomputed == 0


def test_small_integers_are_exact_by_structure():
    certificate = refine([[[1, 0], [0, 1], [1, 1], [1, -1]], [[1, 1, -1, 2]], [[1]]], [[0, 0, 0, -1], [-1], [0]])
    assert certificate.by_structure > 0
    assert certificate.by_bound == certificate.recomputed == certificate.rays_recomputed == 0


def test_coincidences_of_floats_are_recomputed():
    """Three lines of floats through each of two points: only one of these can be the coordinates' origin."""
    rows = [[0.3, 0.7], [-0.2, 0.9], [1.1, -0.4], [0.6, 0.8], [0.123, 0.456], [-0.3, 0.77]]
    points = [(0.1, 0.7)] * 3 + [(-0.3, 0.9)] * 3
    biases = [
        -sum((Fraction(a) * Fraction(x) for a, x in zip(row, point, strict=True)), Fraction(0))
        for row, point in zip(rows, points, strict=True)
    ]
    certificate = refine([rows, [[1] * 6]], [biases, [0]])
    assert certificate.recomputed > 0


def test_a_unit_that_vanishes_at_a_vertex_of_floats_is_recomputed():
    """The second layer's unit vanishes where two lines meet, but on neither of them."""
    weights = [[[0.1, 0.7], [0.3, 0.2]], [[Fraction(1, 3), Fraction(1, 7)]], [[1]]]
    weights[0].append([Fraction(0.1) + Fraction(0.3), Fraction(0.7) + Fraction(0.2)])
    biases = [[0.5, 0.9, Fraction(0.5) + Fraction(0.9) + 1], [Fraction(-1, 5)], [0]]
    weights[1][0].append(Fraction(1, 5))  # 1/5 (h + k + 1) - 1/5 at h = k = 0
    weights[0][0] = [Fraction(v) for v in weights[0][0]]
    certificate = refine(weights, biases)
    assert certificate.recomputed > 0
    assert certificate.by_bound > 0


def test_rays_of_nearly_parallel_lines_are_recomputed():
    """Lines that differ in the last of 70 bits cross at a point whose minors cancel in floats.

    The first two lines are as far from parallel as lines can be, so they become the coordinates.
    """
    n = 2**70
    rows = [[1, 1], [1, -1], [n, 1], [n, 2]]
    certificate = refine([rows, [[1, 1, 1, 1]]], [[0, 0, n, n + 1], [0]])
    assert certificate.rays_recomputed > 0


def test_without_floats_every_sign_is_recomputed():
    weights = [[[1e300, 1e-300], [1e-300, 1e300], [1.0, 1.0]], [[1e-300, 1e300, 1.0]], [[1]]]
    certificate = refine(weights, [[1e300, 5e-324, 1.0], [-1e300], [0]])
    assert certificate.by_bound == 0
    assert certificate.recomputed > 0
    assert certificate.rays_recomputed > 0


def test_integer_rays_whose_coordinates_lie_far_apart_decide_nothing_in_floats():
    """1 / 2^1100 would underflow to what looks like an exact zero."""
    rows = np.empty((3, 2), dtype=object)
    rows[:] = [[mpz(2) ** 1100, mpz(1)], [mpz(2) ** 60 + 1, mpz(-3)], [mpz(2) ** 53 - 1, mpz(0)]]
    y, magnitude, exact = rounded(rows)
    assert np.isinf(magnitude[0]).all()
    assert not certain(y[:1], magnitude[:1], relative_bound(1)).any()
    assert exact.tolist() == [False, False, True]
    assert y[2].tolist() == [2.0**53 - 1, 0]
    assert [
        abs(Fraction(v) * 2**61 - int(w)) <= abs(int(w)) * Fraction(1, 2**53)
        for v, w in zip(y[1], rows[1], strict=True)
    ] == [True] * 2


def test_every_ray_has_every_sign_once():
    complex_ = canonical_complex(Network.from_arrays([np.eye(2, dtype=int).tolist(), [[1, 1]]]))
    certificate = complex_.certificate
    assert certificate.total == 5 * 2  # rays +-e_1, +-e_2 at infinity, the origin; two units
    assert certificate.by_structure == certificate.total
