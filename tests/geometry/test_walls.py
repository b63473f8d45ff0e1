"""Walls and adjacency graphs against exact evaluation on both sides."""

from fractions import Fraction

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.fraction_network import fraction, relu_layers
from tests.refinement.strategies import FLOATS, SMALL, networks
from tests.seeds import cases
from troppoly import Network, TropicalPolynomial, linear_regions
from troppoly.geometry import CellWalls, cell_graph, region_graph
from troppoly.geometry.boundaries import with_maximum


def signs(layers, x):
    """The signs of all rectified units at x, by (layer, unit)."""
    values, result = [fraction(v) for v in x], {}
    for k, (weight, bias, rectified) in enumerate(layers):
        z = [sum((w * v for w, v in zip(row, values, strict=True)), b) for row, b in zip(weight, bias, strict=True)]
        result |= {(k, i): (v > 0) - (v < 0) for i, v in enumerate(z) if rectified[i]}
        values = [max(v, Fraction(0)) if r else v for v, r in zip(z, rectified, strict=True)]
    return result


@given(networks(st.one_of(SMALL, FLOATS), dimensions=(1, 2, 3), most_units=6))
@settings(max_examples=cases(20, 50))
def test_walls_are_where_units_change_sign(arrays):
    layers = relu_layers(*arrays)
    regions = linear_regions(Network.from_arrays(*arrays))
    for wall in CellWalls(regions):
        first, second = (regions.cells[i].interior_point() for i in wall.cells)
        one, other, here = (signs(layers, first), signs(layers, second), signs(layers, wall.face.interior_point()))
        assert wall.units == tuple(sorted(u for u in one if one[u] != other[u]))
        assert all(here[u] == 0 for u in wall.units)
        value = [sum(a * x for a, x in zip(wall.normal, p, strict=True)) + wall.offset for p in (first, second)]
        assert value[0] < 0 < value[1]
        assert all(
            sum(a * x for a, x in zip(wall.normal, v, strict=True)) + wall.offset == 0 for v in wall.face.vertices()
        )


@given(networks(SMALL, dimensions=(2,), most_units=7))
@settings(max_examples=40)
def test_squared_lengths_of_edges(arrays):
    for wall in CellWalls(linear_regions(Network.from_arrays(*arrays))):
        if not wall.face.is_bounded():
            assert wall.squared_measure is None
            continue
        p, q = wall.face.vertices()
        assert wall.squared_measure == sum((a - b) ** 2 for a, b in zip(p, q, strict=True))


def test_of_the_units_of_a_maximum_the_last_one_is_named():
    # max(x, y, 0): where y passes 0 or x, and where x passes 0
    net = with_maximum(Network.from_arrays([[[0, 0], [1, 0], [0, 1]]]))
    walls = CellWalls(linear_regions(net))
    assert sorted(wall.units for wall in walls) == [((0, 0),), ((1, 0),), ((1, 0),)]


def test_polynomials_have_walls_without_units():
    walls = CellWalls(linear_regions(TropicalPolynomial({(1,): 0, (0,): 0})))
    assert [(wall.units, wall.squared_measure) for wall in walls] == [((), 1)]


@given(networks(SMALL, dimensions=(1, 2, 3), most_units=6))
@settings(max_examples=cases(15, 30))
def test_graphs_join_what_shares_a_facet(arrays):
    regions = linear_regions(Network.from_arrays(*arrays))
    d = regions.complex.ambient_dimension
    graph = cell_graph(regions)
    assert graph.number_of_nodes() == regions.n_cells
    assert networkx.is_connected(graph)
    polyhedra = [cell.polyhedron() for cell in regions.cells[:9]]
    for i, p in enumerate(polyhedra):
        assert graph.nodes[i]["bounded"] == p.is_compact()
        for j, q in enumerate(polyhedra[:i]):
            assert graph.has_edge(i, j) == (p.intersection(q).dim() == d - 1)

    quotient = region_graph(regions)
    assert quotient.number_of_nodes() == len(regions)
    assert networkx.is_connected(quotient)
    assert sum(len(walls) for _, _, walls in quotient.edges.data("walls")) == sum(
        graph.nodes[a]["region"] != graph.nodes[b]["region"] for a, b in graph.edges
    )
    for a, b in quotient.edges:
        one, other = regions[a].affine_map, regions[b].affine_map
        assert not all((x == y).all() for x, y in zip(one, other, strict=True))


def test_a_single_cell():
    regions = linear_regions(Network.from_arrays([[[1, 2]]]))
    assert len(CellWalls(regions)) == 0
    assert CellWalls(regions).squared_measures == ()
    assert cell_graph(regions).number_of_edges() == 0
    assert len(CellWalls(regions).forms) == 0
