"""Lipschitz constants against the Jacobians of all cells in fractions, and against slopes of segments."""

from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.fraction_network import evaluate, fraction, relu_layers
from tests.refinement.strategies import FLOATS, SMALL, networks
from troppoly import InputError, Network, TropicalPolynomial, linear_regions
from troppoly.geometry import jacobian_norms, lipschitz_constant
from troppoly.passagemath import polyhedron


def jacobian(layers, x):
    """Rows of the Jacobian at a point where no rectified unit is zero unless it is zero around it."""
    values = [fraction(v) for v in x]
    rows = [[int(i == j) for j in range(len(values))] for i in range(len(values))]
    for weight, bias, rectified in layers:
        z = [sum((w * v for w, v in zip(r, values, strict=True)), b) for r, b in zip(weight, bias, strict=True)]
        on = [v > 0 or not r for v, r in zip(z, rectified, strict=True)]
        rows = [
            [sum(w * row[j] for w, row in zip(weight[i], rows, strict=True)) * on[i] for j in range(len(x))]
            for i in range(len(z))
        ]
        values = [v * o for v, o in zip(z, on, strict=True)]
    return rows


def norm(rows, p):
    columns = zip(*rows, strict=True)
    return max(sum(map(abs, line)) for line in (columns if p == 1 else rows))


@given(networks(st.one_of(SMALL, FLOATS), dimensions=(1, 2, 3), most_units=6), st.sampled_from([1, inf]))
@settings(max_examples=40)
def test_brute_force_over_all_cells(arrays, p):
    layers = relu_layers(*arrays)
    regions = linear_regions(Network.from_arrays(*arrays))
    best = lipschitz_constant(regions, p)
    assert best.value == max(norm(jacobian(layers, cell.interior_point()), p) for cell in regions.cells)
    assert best.value == norm(jacobian(layers, best.region.interior_point()), p)
    norms = jacobian_norms(regions, p)
    assert list(norms) == [norm(jacobian(layers, region.interior_point()), p) for region in regions]


@given(networks(SMALL, dimensions=(1, 2)), st.data())
@settings(max_examples=40)
def test_no_segment_is_steeper(arrays, data):
    layers = relu_layers(*arrays)
    regions = linear_regions(Network.from_arrays(*arrays))
    d = regions.complex.ambient_dimension
    x, y = (data.draw(st.lists(st.fractions(-9, 9, max_denominator=7), min_size=d, max_size=d)) for _ in range(2))
    rise = [abs(a - b) for a, b in zip(evaluate(layers, x), evaluate(layers, y), strict=True)]
    run = [abs(a - b) for a, b in zip(x, y, strict=True)]
    assert max(rise) <= fraction(lipschitz_constant(regions, inf).value) * max(run)
    assert sum(rise) <= fraction(lipschitz_constant(regions, 1).value) * sum(run)


def test_on_a_domain_only_its_cells_count():
    hinge = Network.from_arrays([[[1], [-1]], [[5, 1]]])  # slope 5 right of 0, and -1 left of it
    left = polyhedron([(-2,), (-1,)], ambient_dim=1)
    assert lipschitz_constant(linear_regions(hinge)).value == 5
    assert lipschitz_constant(linear_regions(hinge, domain=left)).value == 1


def test_polynomials_too():
    f = TropicalPolynomial({(2, -1): 0, (0, 1): 0})
    assert lipschitz_constant(linear_regions(f), inf).value == 3
    assert lipschitz_constant(linear_regions(f), 1).value == 2


def test_other_norms_are_refused():
    regions = linear_regions(TropicalPolynomial({(1,): 0}))
    for function in (jacobian_norms, lipschitz_constant):
        with pytest.raises(InputError, match=r"The argument 'norm' of .* must be 1, 2 or math\.inf, not 3"):
            function(regions, 3)
