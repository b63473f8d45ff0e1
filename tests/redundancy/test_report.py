"""Reports on networks with known redundancy, and against brute force."""

from itertools import pairwise

from gmpy2 import mpq
from hypothesis import given, settings

from tests.oracles.fraction_network import expand, relu_layers
from tests.oracles.sign_faces import sign_faces
from tests.refinement import strategies
from troppoly.network import Network, formal_monomial_counts
from troppoly.passagemath import polyhedron
from troppoly.redundancy import redundancy_report


def kinds(report):
    return {(u.kind, u.layer, u.unit) for u in report.units}


def test_every_kind():
    net = Network.from_arrays(
        [[[1], [-1], [3]], [[-1, -1, 0], [1, 1, 0], [1, -1, 0]], [[1, 1, 1]]], [[0, 0, 0], [-1, 2, 0], [0]]
    )
    report = redundancy_report(net)
    assert kinds(report) == {("proportional", 0, 2), ("without effect", 0, 2), ("dead", 1, 0), ("always active", 1, 1)}
    (unit,) = [u for u in report.units if u.kind == "proportional"]
    assert (unit.other, unit.factor) == (0, mpq(3))


def test_a_domain_changes_the_kinds():
    net = Network.from_arrays([[[1], [-1]], [[1, 1]]])
    assert redundancy_report(net).units == ()
    half = redundancy_report(net, polyhedron([(0,)], [(1,)], ambient_dim=1))
    assert kinds(half) == {("always active", 0, 0), ("dead", 0, 1)}
    assert half.monomials[0].interior is None


def test_cancelling_pairs():
    same = redundancy_report(Network.from_arrays([[[1], [2], [-1]], [[2, -1, 1]]]))
    assert ("cancelling", 0, 1) in kinds(same)
    opposite = redundancy_report(Network.from_arrays([[[1], [-2], [3]], [[2, -1, 1]]]))
    assert ("cancelling", 0, 1) in kinds(opposite)
    neither = redundancy_report(Network.from_arrays([[[1], [-2]], [[2, 1]]]))
    assert neither.units == ()


def test_units_proportional_as_functions_only():
    """max(h_1 - h_2, 0) = h_1 and max(2 h_1 - 7 h_2, 0) = 2 h_1, as h_1 h_2 = 0."""
    net = Network.from_arrays([[[1], [-1]], [[1, -1], [2, -7]], [[1, 1]]])
    (unit,) = [u for u in redundancy_report(net).units if u.kind == "proportional"]
    assert (unit.layer, unit.unit, unit.other, unit.factor) == (1, 1, 0, mpq(2))


def test_monomials_of_the_absolute_value():
    """max(x, -x) = max(2 x, x, x, 0) - x formally: x twice, inside the segment from 0 to 2 x."""
    net = Network.from_arrays([[[1], [-1]], [[1, 1]]])
    numerator, denominator = redundancy_report(net).monomials
    counts = (numerator.formal, numerator.vertex, numerator.boundary, numerator.interior, numerator.repeated)
    assert counts == (4, 2, 1, 0, 1)
    assert (denominator.formal, denominator.vertex) == (1, 1)


def test_an_interior_monomial():
    """max(x, 0) + max(-x - 1, 0) = max(0, x, -x - 1, -1) up to the numerator's x: -1 is never attained."""
    net = Network.from_arrays([[[1], [-1]], [[1, 1]]], [[0, -1], [0]])
    numerator, _ = redundancy_report(net).monomials
    counts = (numerator.vertex, numerator.boundary, numerator.interior, numerator.repeated)
    assert counts == (3, 0, 1, 0)


@settings(max_examples=30)
@given(strategies.networks(strategies.SMALL, dimensions=(1, 2), most_units=4))
def test_monomials_add_up(arrays):
    net = Network.from_arrays(*arrays)
    formal = formal_monomial_counts(net)
    if max(max(pair) for pair in formal) > 200:
        return
    expanded = expand(relu_layers(*arrays))
    for counts in redundancy_report(net).monomials:
        points = expanded[counts.output][counts.part == "denominator"]
        assert counts.formal == len(points)
        assert counts.repeated == len(points) - len({(*a, c) for a, c in points})
        assert counts.formal == counts.vertex + counts.boundary + counts.interior + counts.repeated


@settings(max_examples=40)
@given(strategies.networks(strategies.SMALL, dimensions=(1, 2), most_units=6))
def test_dead_and_always_active_units_by_brute_force(arrays):
    layers = relu_layers(*arrays)
    signs = list(sign_faces(layers))
    found = kinds(redundancy_report(Network.from_arrays(*arrays)))
    bounds = [0]
    for rows, _, _ in layers[:-1]:
        bounds.append(bounds[-1] + len(rows))
    for index, (start, stop) in enumerate(pairwise(bounds)):
        for unit, position in enumerate(range(start, stop)):
            dead = all(face[position] <= 0 for face in signs)
            active = all(face[position] >= 0 for face in signs)
            assert (("dead", index, unit) in found) == dead
            assert (("always active", index, unit) in found) == (active and not dead)


def test_tables():
    report = redundancy_report(Network.from_arrays([[[1], [2], [-1]], [[1, 1, 1]]]))
    assert report.unit_rows() == [("layer", "unit", "kind", "of unit", "factor"), ("0", "1", "proportional", "0", "2")]
    assert report.monomial_rows()[0][2:4] == ("formal", "vertex")
    assert "<table>" in report._repr_html_()
