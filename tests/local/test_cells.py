"""The cell at a point is the enumerated one, on random and degenerate networks; certificates hold."""

from __future__ import annotations

import random
from math import inf

import numpy as np
import pytest
from gmpy2 import mpq

import troppoly as tp
from tests.local.certificates import certificates_hold
from tests.local.networks import random_network, wide_network
from tests.seeds import seeds
from troppoly.local import cells_at, check_facet, check_redundant, local_cell
from troppoly.local.facets import _Search
from troppoly.local.programs import FloatPrograms


class Enumerated:
    """The cells of a network by their signs."""

    def __init__(self, network):
        self.regions = tp.linear_regions(network)
        signs = np.concatenate(self.regions.canonical.activation(), axis=1)
        self.index = {row.tobytes(): i for i, row in enumerate(signs)}

    def __call__(self, cell):
        return self.regions.cells[self.index[cell.word]]


def check_cell(cell, own, enumerated):
    """Everything that is said of a local cell, against the enumerated cell."""
    assert [m.tolist() for m in cell.affine_map] == [m.tolist() for m in own.affine_map]
    facets = {tuple(row) for row in own.inequalities().numerators}
    assert {facet.form for facet in cell.facets} == facets
    assert len(cell.facets) == len(facets)
    assert len(cell.facets) + len(cell.redundant) == len(cell.units)
    assert cell.is_bounded() == own.is_bounded()
    forms = own.inequalities()
    if not cell.is_bounded():
        ray = cell.ray()
        assert any(ray)
        assert all(sum((a * v for a, v in zip(row, ray, strict=False)), mpq(0)) >= 0 for row in forms)
    assert cell.polyhedron() == own.polyhedron()
    x = cell.interior_point()
    assert all(sum((a * v for a, v in zip(row, x, strict=False)), row[-1]) > 0 for row in forms)
    assert all(map(check_facet, cell.facets))
    assert all(map(check_redundant, cell.redundant))
    neighbors = {enumerated(neighbor).index for neighbor in cell.neighbors}
    assert neighbors == set(enumerated.regions.complex.neighbors(own.index))
    assert len(neighbors) == len(cell.neighbors)


def check_measures(cell, own):
    for norm in (1, inf):
        try:
            expected = own.inscribed_ball(norm).radius
        except tp.UnboundedError:
            with pytest.raises(tp.UnboundedError):
                cell.inscribed_ball(norm)
            continue
        ball = cell.inscribed_ball(norm)
        assert ball.radius == expected
        assert cell.contains(ball.center)
    form = [1, -2, 3, 1, 1][: cell.dimension]
    heights = [sum((a * v for a, v in zip(form, x, strict=True)), mpq(0)) for x in own.vertices()]
    slopes = [sum((a * v for a, v in zip(form, r, strict=True)), mpq(0)) for r in own.rays()]
    lines = [sum((a * v for a, v in zip(form, r, strict=True)), mpq(0)) for r in own.lines()]
    for sign, of_cell, of_list in ((1, cell.maximum, max), (-1, cell.minimum, min)):
        if any(lines) or any(sign * s > 0 for s in slopes):
            with pytest.raises(tp.UnboundedError):
                of_cell(form)
        else:
            best = of_cell(form)
            assert best.value == of_list(heights)
            assert best.check()


@pytest.mark.parametrize("seed", seeds(10, 22))
def test_a_cell_is_the_enumerated_one(seed):
    rng = random.Random(seed)
    network = random_network(rng)
    enumerated = Enumerated(network)
    regions = enumerated.regions
    d = network.n_inputs
    points = [[rng.choice([rng.randint(-2, 2), rng.uniform(-2, 2)]) for _ in range(d)]]
    points += regions.cells[rng.randrange(len(regions.cells))].vertices()[:1]
    points.append([0] * d)
    for x in points:
        cell = tp.cell_at(network, x)
        own = enumerated(cell)
        assert cell.contains(x)
        assert own.index in {c.index for c in regions.cells.at(x)}
        check_cell(cell, own, enumerated)
        check_measures(cell, own)
        around = cells_at(network, x)
        assert around[0] == cell
        assert sorted(enumerated(c).index for c in around) == [c.index for c in regions.cells.at(x)]
        assert (cell.face_dimension == d) == (len(around) == 1)
        assert bool(cell.walls) == (len(around) > 1)


@pytest.mark.parametrize("seed", range(12))
def test_what_floats_do_not_tell_is_decided_exactly(seed, monkeypatch):
    """Rays that floats never certify, and multipliers that are never proposed."""
    monkeypatch.setattr(_Search, "shoot", lambda *_: [])
    monkeypatch.setattr(_Search, "prove", lambda *_: False)
    rng = random.Random(1000 + seed)
    network = random_network(rng)
    enumerated = Enumerated(network)
    cell = tp.cell_at(network, [rng.randint(-1, 1) for _ in range(network.n_inputs)])
    check_cell(cell, enumerated(cell), enumerated)


def test_proposals_that_are_wrong_do_no_harm(monkeypatch):
    minimize = FloatPrograms.minimize

    def wrong(self, i):
        value, step, support = minimize(self, i)
        return -value, -step, support[1:]

    monkeypatch.setattr(FloatPrograms, "minimize", wrong)
    for seed in range(8):
        rng = random.Random(seed)
        network = random_network(rng)
        enumerated = Enumerated(network)
        cell = tp.cell_at(network, [rng.uniform(-1, 1) for _ in range(network.n_inputs)])
        check_cell(cell, enumerated(cell), enumerated)


def test_cells_thinner_than_floats_tell():
    """Between x = 1 and x = 1 + 2^-80, with a redundant unit that is off by 2^-200 only."""
    tiny, less = mpq(1, 2**80), mpq(1, 2**200)
    rows = [[1, 0], [-1, 0], [0, 1], [1, 1], [1, 1]]
    network = tp.Network.from_arrays([rows, [[1] * 5]], [[-1, 1 + tiny, 0, -1, less - 1], [0]])
    cell = tp.cell_at(network, (1 + tiny / 2, 1))
    assert [facet.units for facet in cell.facets] == [((0, 0),), ((0, 1),), ((0, 2),)]
    assert [inequality.constant for inequality in cell.redundant] == [0, less * 2**200]
    assert all(map(check_facet, cell.facets))
    assert all(map(check_redundant, cell.redundant))
    assert cell.minimum((1, 0)).value == 1
    assert cell.maximum((1, 0)).value == 1 + tiny
    assert cell.inscribed_ball().radius == tiny / 2


@pytest.mark.parametrize("widths", [[64, 32, 32, 10], [12, 16, 16, 3], [784, 12, 8, 10]])
def test_many_inputs(widths):
    network = wide_network(widths)
    x = np.random.default_rng(1).normal(size=widths[0])
    cell = tp.cell_at(network, x)
    matrix, vector = cell.affine_map
    exact = cell.point
    values = [sum((a * v for a, v in zip(row, exact, strict=True)), b) for row, b in zip(matrix, vector, strict=True)]
    assert tuple(values) == network(x)
    assert len(cell.facets) + len(cell.redundant) == sum(widths[1:-1])
    assert all(map(check_facet, cell.facets[:2]))
    assert all(map(check_redundant, cell.redundant[:2]))
    facet = cell.facets[-1]
    neighbor = cell.neighbor(facet)
    assert neighbor.contains(facet.point)
    assert not cell.contains(neighbor.interior_point())
    assert cell in [neighbor.neighbor(f) for f in neighbor.facets if f.units == facet.units]


def test_a_cell_that_is_the_whole_space():
    network = tp.Network.from_arrays([[[0, 0], [0, 0]], [[1, 1]]], [[1, 0], [0]])
    cell = tp.cell_at(network, (3, 4))
    assert cell.facets == ()
    assert [r.multipliers for r in cell.redundant] == [()]
    assert cell.activation[0].tolist() == [1, 0]
    assert cell.affine_map[1].tolist() == [1]
    assert not cell.is_bounded()
    assert cell.maximum((0, 0)).value == 0
    assert cell.polyhedron().n_lines() == 2
    assert tp.cell_at(tp.Network.from_arrays([[[1, 2]]]), (0, 0)).facets == ()


def test_the_first_cell_around_a_point_in_lexicographic_order():
    network = tp.Network.from_arrays([[[1, 0], [0, 1], [1, -1]], [[1, 1, 1]]])
    assert tp.cell_at(network, (0, 0)).activation[0].tolist() == [1, 1, 1]
    assert tp.cell_at(network, (0, 0)).walls == ((0, 0), (0, 1), (0, 2))
    assert tp.cell_at(network, (0, 0)).face_dimension == 0
    assert tp.cell_at(network, (0, 1)).activation[0].tolist() == [1, 1, -1]


def test_certificates_that_were_tampered_with_do_not_hold(monkeypatch):
    cell = tp.cell_at(wide_network([3, 6, 6, 1]), (0, 0, 0))
    facet, redundant = cell.facets[0], cell.redundant[0]
    assert check_facet(facet)
    assert check_redundant(redundant)
    (first, y), *rest = redundant.multipliers
    for multipliers in [((first, y / 2), *rest), ((first, -y), *rest), tuple(rest)]:
        monkeypatch.setattr(type(redundant), "multipliers", multipliers)
        assert not check_redundant(redundant)
    for point in [cell.interior_point(), cell.neighbor(facet).interior_point(), cell.facets[1].point]:
        monkeypatch.setattr(type(facet), "point", point)
        assert not check_facet(facet)


def hidden_layers(network):
    return [(np.array(layer.weight), np.array(layer.bias)[:, 0]) for layer in network.layers[:-1]]


def test_certificates_of_many_networks_hold_by_the_weights_alone():
    """Small and degenerate ones, at points on walls and elsewhere; and not by other weights."""
    count = 0
    for seed in range(160):
        rng = random.Random(9000 + seed)
        network = random_network(rng)
        if not all(layer.rectified.all() for layer in network.layers[:-1]):
            continue
        cell = tp.cell_at(network, [rng.choice([0, rng.randint(-2, 2), rng.uniform(-2, 2)])] * network.n_inputs)
        layers = hidden_layers(network)
        assert certificates_hold(layers, cell)
        if cell.facets:
            count += 1
            layer, unit = cell.facets[-1].units[0]
            layers[layer][1][unit] += 1
            assert not certificates_hold(layers, cell)
    assert count > 100


def test_a_facet_of_another_cell_is_refused():
    cell = tp.cell_at(wide_network([3, 6, 6, 1]), (0, 0, 0))
    with pytest.raises(tp.InputError, match="another cell"):
        cell.neighbor(cell.neighbors[0].facets[0])
    with pytest.raises(tp.InputError, match="does not lie"):
        cell.through(cell.neighbors[0].interior_point())


HUGE = mpq(10) ** 400


@pytest.mark.parametrize(
    ("weights", "biases"),
    [
        ([[[HUGE, 1], [1, HUGE], [1, 1]], [[1, 1, 1], [1, -1, 2]], [[1, 1]]], [[1, 2, 3], [-HUGE, 1], [0]]),
        ([[[1 / HUGE, 1], [1, 1 / HUGE], [1, 1]], [[1, 1, 1]]], [[1 / HUGE, 2, 3], [0]]),
        ([[[1, 0], [0, 1], [1, 1]], [[1, 1, 1]]], [[HUGE, HUGE, -3 * HUGE], [0]]),
    ],
)
def test_numbers_beyond_the_range_of_floats(weights, biases):
    network = tp.Network.from_arrays(weights, biases)
    enumerated = Enumerated(network)
    for x in [(0, 0), (1, 2), (7 * HUGE, -HUGE * HUGE)]:
        cell = tp.cell_at(network, x)
        check_cell(cell, enumerated(cell), enumerated)
    assert len(tp.explore(network, (0, 0))) == len(enumerated.index)


@pytest.mark.parametrize("seed", range(8))
def test_enumerated_cells_are_local_ones(seed):
    rng = random.Random(5000 + seed)
    network = random_network(rng)
    box = [(-1, 2)] * network.n_inputs
    for regions in (tp.linear_regions(network), tp.linear_regions(network, domain=box)):
        for cell in regions.cells[:12]:
            own = local_cell(cell)
            assert own == tp.cell_at(network, cell.interior_point())
            assert [m.tolist() for m in own.affine_map] == [m.tolist() for m in cell.affine_map]


def test_cells_of_other_functions_are_refused():
    with pytest.raises(tp.UnsupportedError, match="not one of a network"):
        local_cell(tp.linear_regions(tp.TropicalPolynomial({(1,): 0, (0,): 1})).cells[0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", ["5e-324", "1e300"])
def test_floats_that_propose_points_may_overflow_in_silence(size):
    net = tp.Network.from_arrays([[[size] * 3], [[1]]], [[1], [0]])
    cell = tp.cell_at(net, [1, 1, 1])
    (facet,) = cell.facets
    assert mpq(size) * sum(facet.point) == -1
    assert cell.contains(cell.interior_point())
