"""Images, preimages, extrema and signs of units by branching, against the enumerated complex, cell by cell."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest
from gmpy2 import mpq

import troppoly as tp
from tests.local.networks import random_network
from tests.seeds import seeds
from troppoly.branching.domains import forms_of_domain, on_affine_hull
from troppoly.branching.nodes import Branching
from troppoly.branching.search import Clock, greatest
from troppoly.passagemath import polyhedron


def shape(p):
    """A polyhedron as a key: its vertices, rays and lines are unique if it has no lines."""
    if p.lines_list():
        return frozenset(map(tuple, p.equations_list())), frozenset(map(tuple, p.inequalities_list()))
    return frozenset(map(tuple, p.vertices_list())), frozenset(map(tuple, p.rays_list()))


def affine_image(p, matrix, vector):
    """The image of a polyhedron, by the matrices of Sage."""
    n = len(vector)

    def moved(rows, t):
        points = [[mpq(int(v.numerator()), int(v.denominator())) for v in row] for row in rows]
        found = [[m @ np.array(x, dtype=object) + t * b for m, b in zip(matrix, vector, strict=True)] for x in points]
        return [v for v in found if t or any(v)]

    return polyhedron(moved(p.vertices_list(), 1), moved(p.rays_list(), 0), moved(p.lines_list(), 0), ambient_dim=n)


def random_domain(rng, d, kind):
    """None, a box, a simplex, or an unbounded polyhedron, all with interior points."""
    if kind == 0:
        return None
    if kind == 1:
        return [(-rng.randint(1, 3), mpq(rng.randint(1, 7), 2)) for _ in range(d)]
    simplex = [[rng.randint(-4, 0)] * d] + [[3 * (i == j) - mpq(1, 3) for j in range(d)] for i in range(d)]
    if kind == 2:
        return polyhedron(simplex, ambient_dim=d)
    return polyhedron(simplex, rays=[[rng.randint(1, 2), *(rng.randint(-2, 2) for _ in range(d - 1))]], ambient_dim=d)


def network_and_domain(seed):
    rng = random.Random(seed)
    net = random_network(rng)
    net = tp.Network(net.layers)  # each unit of a maximum on its own
    return rng, net, random_domain(rng, net.n_inputs, seed % 4)


@pytest.mark.parametrize("seed", seeds(6, 12))
def test_images_are_those_of_the_cells(seed):
    rng, net, domain = network_and_domain(seed)
    cells = tp.linear_regions(net, domain=domain).cells
    pieces = net.image(domain)
    assert Counter(shape(piece.polyhedron()) for piece in pieces) == Counter(shape(c.polyhedron()) for c in cells)
    expected = {shape(cell.polyhedron()): cell for cell in cells}
    for piece in rng.sample(pieces, min(5, len(pieces))):
        cell = expected[shape(piece.polyhedron())]
        matrix, vector = cell.affine_map
        assert piece.image() == affine_image(cell.polyhedron(), matrix, vector)
        assert [(m == n).all() for m, n in zip(piece.affine_map, (matrix, vector), strict=True)] == [True, True]
        assert tuple(matrix @ np.array(piece.point, dtype=object) + vector) == net(piece.point)
        for own, signs in zip(piece.activation, cell.activation, strict=False):
            assert set(zip(own[: len(signs)] > 0, signs > 0, strict=False)) <= {(True, True), (False, False)}


@pytest.mark.parametrize("seed", seeds(6, 12))
def test_preimages_are_those_in_the_cells(seed):
    rng, net, domain = network_and_domain(seed)
    cells, n = tp.linear_regions(net, domain=domain).cells, net.n_outputs
    x = [mpq(rng.randint(-3, 3), 2) for _ in range(net.n_inputs)]
    y = net(x)
    target = rng.choice(
        [
            [(v - rng.randint(0, 1), v + rng.randint(0, 2)) for v in y],
            polyhedron([y], rays=[[1, *(rng.randint(-1, 1) for _ in range(n - 1))]], ambient_dim=n),
            polyhedron([y, [v + 1 for v in y]], ambient_dim=n),
        ]
    )
    goal = polyhedron(_corners(target), ambient_dim=n) if isinstance(target, list) else target
    expected = set()
    for cell in cells:
        matrix, vector = cell.affine_map
        rows = [
            (b + sum(a * c for a, c in zip(_exact(row), vector, strict=True)), *(_exact(row) @ matrix))
            for b, row in _rows(goal)
        ]
        part = cell.polyhedron().intersection(polyhedron(inequalities=rows, ambient_dim=net.n_inputs))
        if not part.is_empty():
            expected.add(shape(part))
    pieces = net.preimage(target, domain)
    assert {shape(piece.polyhedron()) for piece in pieces} == expected
    assert all(goal.contains([_sage(v) for v in net(piece.point)]) for piece in pieces)


def _corners(box):
    corners = [[]]
    for low, high in box:
        corners = [[*c, v] for c in corners for v in (low, high)]
    return corners


def _exact(row):
    return np.array([mpq(int(v.numerator()), int(v.denominator())) for v in row], dtype=object)


def _rows(p):
    for b, *row in p.inequalities_list():
        yield _exact([b])[0], row
    for b, *row in p.equations_list():
        yield _exact([b])[0], row
        yield -_exact([b])[0], [-v for v in row]


def _sage(v):
    from troppoly.passagemath import to_sage_rational

    return to_sage_rational(v)


@pytest.mark.parametrize("seed", seeds(8, 15))
def test_extrema_are_those_at_the_vertices(seed):
    rng, net, domain = network_and_domain(seed)
    form = [mpq(rng.randint(-2, 2)) for _ in range(net.n_outputs)]
    values, grows = [], False
    for cell in tp.linear_regions(net, domain=domain).cells:
        found = affine_image(cell.polyhedron(), *cell.affine_map)
        values += [sum(c * v for c, v in zip(form, _exact(p), strict=True)) for p in found.vertices_list()]
        directions = [_exact(r) for r in (*found.rays_list(), *found.lines_list())]
        directions += [-_exact(r) for r in found.lines_list()]
        grows |= any(sum(c * v for c, v in zip(form, r, strict=True)) > 0 for r in directions)
    best = net.maximum(form, domain)
    assert best.is_bounded == (not grows)
    inside = polyhedron(inequalities=[[1] + [0] * net.n_inputs], ambient_dim=net.n_inputs)
    if domain is not None:
        inside = polyhedron(_corners(domain), ambient_dim=net.n_inputs) if isinstance(domain, list) else domain
    assert inside.contains([_sage(v) for v in best.point])

    def value(s):
        x = best.point if best.ray is None else [p + s * r for p, r in zip(best.point, best.ray, strict=True)]
        return sum(c * v for c, v in zip(form, net(x), strict=True))

    if grows:
        assert value(2) - value(1) == value(1) - value(0) > 0
        assert inside.contains([_sage(p + 5 * r) for p, r in zip(best.point, best.ray, strict=True)])
        with pytest.raises(tp.UnboundedError):
            _ = best.value
    else:
        assert best.value == value(0) == max(values)
        assert net.minimum([-v for v in form], domain).value == -best.value


@pytest.mark.parametrize("seed", seeds(6, 8))
def test_signs_of_units_are_those_on_the_cells(seed):
    _, net, domain = network_and_domain(seed)
    seen: dict[tuple[int, int], set[int]] = {}
    for cell in tp.linear_regions(net, domain=domain).cells:
        for layer, signs in enumerate(cell.activation):
            for unit, sign in zip(np.flatnonzero(net.layers[layer].rectified).tolist(), signs.tolist(), strict=True):
                seen.setdefault((layer, unit), set()).add(sign)
    found = net.unit_signs(domain)
    assert found.unknown == ()
    assert set(found.both) == {unit for unit, signs in seen.items() if {1, -1} <= signs}
    assert set(found.dead) == {unit for unit, signs in seen.items() if 1 not in signs}
    assert set(found.always_on) == {unit for unit, signs in seen.items() if 1 in signs and -1 not in signs}


@pytest.mark.parametrize("seed", seeds(4, 8))
def test_domains_of_lower_dimension_are_their_affine_hulls(seed):
    rng = random.Random(seed)
    net = tp.Network(random_network(rng).layers)
    d = net.n_inputs
    a, b = ([mpq(rng.randint(-6, 6), 2) for _ in range(d)] for _ in range(2))
    form = [mpq(rng.randint(-2, 2)) for _ in range(net.n_outputs)]
    way = tp.segment(net, a, b)
    ends = [a, *(way.point(s) for s in way.breakpoints), b]
    values = [sum(c * v for c, v in zip(form, net(x), strict=True)) for x in ends]
    domain = polyhedron([a, b], ambient_dim=d)
    assert net.maximum(form, domain).value == max(values)
    assert net.minimum(form, domain).value == min(values)
    lengths = sum(shape(piece.polyhedron()) != shape(domain) for piece in net.image(domain))
    assert len(net.image(domain)) == (len(ends) - 1 if a != b else 1)
    assert lengths in (0, len(ends) - 1)
    point = [(v, v) for v in a]
    assert net.maximum(form, point).value == values[0]
    (piece,) = net.image(point)
    assert piece.image().vertices_list() == [[_sage(v) for v in net(a)]]
    assert len(net.preimage([(v, v) for v in net(a)], point)) == 1
    assert net.preimage([(v + 1, v + 2) for v in net(a)], point) == ()
    # one input held fixed: the network of the others
    if d > 1:
        others = net.restrict([[int(i == j + 1) for j in range(d - 1)] for i in range(d)], [a[0]] + [0] * (d - 1))
        box = [(-2, 1)] * (d - 1)
        assert net.maximum(form, [(a[0], a[0]), *box]).value == others.maximum(form, box).value
        assert len(net.image([(a[0], a[0]), *box])) == len(tp.linear_regions(others, domain=box).cells)


def test_empty_domains_and_other_spaces_are_refused():
    net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    with pytest.raises(tp.EmptyDomainError):
        net.maximum(0, [(1, 0), (0, 1)])
    with pytest.raises(tp.EmptyDomainError):
        net.image(polyhedron(inequalities=[(-1, 0, 0)], ambient_dim=2))
    with pytest.raises(tp.ShapeError):
        net.minimum(0, [(0, 1)])
    with pytest.raises(tp.ShapeError):
        net.preimage([(0, 1), (0, 1)])
    with pytest.raises(tp.InputError, match="no output 1"):
        net.maximum(1)
    assert net.preimage(polyhedron(inequalities=[(-1, 0)], ambient_dim=1)) == ()
    assert len(net.preimage(polyhedron(inequalities=[(1, 0)], ambient_dim=1))) == 4
    with pytest.raises(tp.BudgetError):
        net.maximum(0, [(-1, 1), (-1, 1)], seconds=0)


@pytest.mark.parametrize("scale", [2.0**1023, 10**400], ids=["2^1023", "10^400"])
@pytest.mark.parametrize("seed", range(2))
def test_boxes_beyond_the_range_of_floats(scale, seed):
    """Without biases f(s x) = s f(x) for s > 0, so extrema scale, and signs stay."""
    generator = np.random.default_rng(seed)
    network = tp.Network.from_arrays([generator.integers(-3, 4, shape).tolist() for shape in ((3, 2), (2, 3), (1, 2))])
    small, large = [(-1, 1), (-1, 1)], [(-mpq(scale), mpq(scale))] * 2
    for one, other in ((network.maximum, network.maximum), (network.minimum, network.minimum)):
        found = other(0, large)
        assert found.value == mpq(scale) * one(0, small).value == network(found.point)[0]
        assert "inf" not in repr(found)
    for kind in ("dead", "always_on", "both"):
        assert getattr(network.unit_signs(large), kind) == getattr(network.unit_signs(small), kind)


def test_trying_units_saves_most_parts(monkeypatch):
    """Ten inputs are too many for halves: there are units only to divide by."""
    entries, rng = range(-3, 4), random.Random(0)
    shapes = [(8, 10), (5, 8), (1, 5)]
    weights = [[[rng.choice(entries) for _ in range(n)] for _ in range(m)] for m, n in shapes]
    net = tp.Network.from_arrays(weights, [[rng.choice(entries) for _ in range(m)] for m in (8, 5)] + [[0]])
    box = on_affine_hull(forms_of_domain([(-1, 1)] * 10, 10))
    tried = greatest(Branching(net.layers, box), Clock(None))
    monkeypatch.setattr(Branching, "tried", lambda self, part, bounds: bounds.balance[part.done])
    plain = greatest(Branching(net.layers, box), Clock(None))
    assert tried.value == plain.value == net(tried.point)[0] == net(plain.point)[0]
    assert 2 * tried.n_parts < plain.n_parts


def test_inputs_are_not_halved_where_there_are_no_bounds():
    """Floats do not hold these weights: 2^20 parts would be undecided as the whole is."""
    big, rows = 10**300, [[-1, 0], [1, 1], [-1, 1], [1, -1], [-1, 2], [-2, 1]]
    weights = [[[big, -2, -1]], [[big], [2]], rows, [[-1, 1, 1, 1, 2, big]]]
    net = tp.Network.from_arrays(weights, [[0], [1, 2], [-2, 2, -big, 0, 0, 0], [big]])
    box = [(0, 1), (-1, 3), (-1, -1)]
    found = net.maximum(0, box, seconds=60)
    whole = tp.linear_regions(net, domain=[*box[:2], (-1, 0)])
    corners = [v for cell in whole.cells for v in cell.vertices() if v[2] == -1]
    assert found.value == max(net(v)[0] for v in corners) == net(found.point)[0]
