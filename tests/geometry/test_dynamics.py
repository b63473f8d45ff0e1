"""Fixed points against all faces on which f(x) - x vanishes, and stability against eigenvalues."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import troppoly as tp
from tests.crossing.case import fractions, program_of
from tests.crossing.dynamics import check_fixed_sets
from troppoly.geometry import fixed_points


@st.composite
def maps(draw, most_units=3):
    d = draw(st.sampled_from([1, 2]))
    n = draw(st.integers(1, most_units))
    entries = st.sampled_from([-2, -1, 0, 1, 1, 2])
    weights = [
        [[draw(entries) for _ in range(d)] for _ in range(n)],
        [[draw(entries) for _ in range(n)] for _ in range(d)],
    ]
    return weights, [[draw(entries) for _ in range(n)], [draw(entries) for _ in range(d)]]


@given(maps())
@settings(max_examples=30)
def test_against_brute_force(arrays):
    net = tp.Network.from_arrays(*arrays)
    check_fixed_sets(fixed_points(net), program_of(net), net.n_inputs)


@given(maps(most_units=2))
@settings(max_examples=20)
def test_cycles_against_brute_force(arrays):
    """What is run twice is the iterate; with period 2 are also the fixed points."""
    net = tp.Network.from_arrays(*arrays)
    check_fixed_sets(fixed_points(net, period=2), program_of(net) * 2, net.n_inputs)


@given(st.lists(st.fractions(-2, 2, max_denominator=4), min_size=4, max_size=4))
@settings(max_examples=40)
def test_stability_in_the_plane(entries):
    """Both eigenvalues are inside of the unit circle iff |det| < 1 and |trace| < 1 + det."""
    a, b, c, d = entries
    determinant, trace = a * d - b * c, a + d
    found = fixed_points(tp.Network.from_arrays([[[a, b], [c, d]]], [[1, -1]]))
    if len(found) == 1 and found[0].dimension == 0:
        assert found[0].attracts == (abs(determinant) < 1 and abs(trace) < 1 + determinant)
    else:
        assert (a - 1) * (d - 1) == b * c


@pytest.mark.parametrize("seed", range(12))
def test_stability_in_higher_dimensions(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-4, 5, (4, 4)) / 8
    radius = max(abs(np.linalg.eigvals(matrix)))
    if abs(radius - 1) > 1e-6:
        (fixed,) = fixed_points(tp.Network.from_arrays([matrix], [[1, 2, 3, 4]]))
        assert fixed.attracts == (radius < 1)


@pytest.mark.parametrize("period", [1, 2, 3, 4])
def test_cycles_of_the_tent_map(period):
    """2^k points with t^k(x) = x: one on each of the 2^k pieces of [0, 1]."""
    found = fixed_points(tp.network.tent_map(1), [(0, 1)], period=period)
    assert len(found) == 2**period
    assert all(fixed.dimension == 0 and not fixed.attracts for fixed in found)
    for fixed in found:
        x = fixed.vertices[0]
        for _ in range(period):
            x = tp.network.tent_map(1)(x)
        assert x == fixed.vertices[0]


def test_larger_sets_and_what_is_refused():
    relu = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 0], [0, 1]]])  # fixes the quadrant
    (quadrant,) = fixed_points(relu)
    assert (quadrant.dimension, quadrant.attracts) == (2, None)
    assert sorted(map(fractions, quadrant.rays)) == [(0, 1), (1, 0)]
    assert fixed_points(tp.Network.from_arrays([[[1]]], [[1]])) == ()
    x = tp.TropicalPolynomial.variable(0, 1)
    bent = tp.TropicalMap([(x + 0) / x**2])  # -x for x > 0 and -2 x for x < 0
    (zero,) = fixed_points(bent)
    assert (zero.vertices, zero.attracts, len(zero.cells)) == (((0,),), None, 2)
    (twice,) = fixed_points(bent, period=2)  # 2 x
    assert twice.vertices == ((0,),)
    with pytest.raises(tp.ShapeError, match="R\\^2 to R\\^1"):
        fixed_points(tp.Network.from_arrays([[[1, 1]]]))
