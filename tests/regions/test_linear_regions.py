"""Linear regions against brute force: exact maps, classes connected through facets, volumes."""

from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings

from tests.oracles.fraction_network import evaluate, relu_layers
from tests.oracles.sign_faces import sign_faces, sign_vector
from tests.refinement import strategies
from troppoly.errors import ShapeError, UnboundedError, UnsupportedError
from troppoly.network import Network
from troppoly.passagemath import polyhedron
from troppoly.polynomial import TropicalPolynomial
from troppoly.regions import linear_regions


def fractions(values):
    return tuple(Fraction(int(v.numerator), int(v.denominator)) for v in values)


def joint(affine_map):
    """(matrix, vector) as rows (a_1, ..., a_d, c)."""
    matrix, vector = affine_map
    return tuple((*fractions(row), *fractions([c])) for row, c in zip(matrix, vector, strict=True))


def classes(faces, d):
    """The sign vectors of cells, in classes with one map that are connected through facets."""
    cells = [signs for signs, face in faces.items() if face.dimension == d]
    parent = {signs: signs for signs in cells}

    def root(signs):
        while parent[signs] != signs:
            signs = parent[signs]
        return signs

    for face in faces.values():
        if face.dimension != d - 1:
            continue
        sides = [c for c in cells if faces[c].closure.contains(face.closure)]
        if len(sides) == 2 and faces[sides[0]].affine_map == faces[sides[1]].affine_map:
            parent[root(sides[0])] = root(sides[1])
    result = defaultdict(set)
    for signs in cells:
        result[root(signs)].add(signs)
    return {frozenset(c) for c in result.values()}


def check(weights, biases):
    layers = relu_layers(weights, biases)
    regions = linear_regions(Network.from_arrays(weights, biases))
    faces = sign_faces(layers)
    found = set()
    for region in regions:
        members = frozenset(sign_vector(layers, cell.interior_point()) for cell in region.cells)
        assert {faces[signs].affine_map for signs in members} == {joint(region.affine_map)}
        assert sign_vector(layers, region.interior_point()) in members
        assert region.is_bounded() == all(faces[signs].closure.is_bounded() for signs in members)
        found.add(members)
    assert found == classes(faces, len(weights[0][0]))
    assert len(found) == len(regions) == regions.n_bounded + regions.n_unbounded
    assert len(regions.cells) == regions.n_cells == sum(len(members) for members in found)
    return regions


# few different maps, so that classes are large
MERGING = strategies.st.sampled_from([0, 0, 1, -1])


@settings(max_examples=100)
@given(strategies.networks(dimensions=(1, 2, 3), most_units=6))
def test_regions_are_those_of_brute_force(network):
    check(*network)


@settings(max_examples=80)
@given(strategies.networks(MERGING, dimensions=(1, 2), most_units=7))
def test_regions_of_several_cells(network):
    check(*network)


@settings(max_examples=25)
@given(strategies.networks(strategies.EXTREME, dimensions=(1, 2), most_units=5))
def test_regions_of_extreme_weights(network):
    check(*network)


@settings(max_examples=40)
@given(strategies.networks(dimensions=(1, 2, 3), most_units=6))
def test_maps_agree_on_facets_and_with_the_network(network):
    layers = relu_layers(*network)
    regions = linear_regions(Network.from_arrays(*network))
    for cell in regions.cells:
        rows = joint(cell.affine_map)
        points = [cell.interior_point(), *cell.vertices(), *(facet.interior_point() for facet in cell.facets())]
        for point in points:
            x = fractions(point)
            assert [sum(a * v for a, v in zip(row[:-1], x, strict=True)) + row[-1] for row in rows] == evaluate(
                layers, x
            )


def test_a_unit_without_outgoing_weight_merges():
    regions = check([[[1], [1]], [[1, 0]]], [[0, -1], [0]])
    assert (len(regions), len(regions.cells)) == (2, 3)


def test_units_that_cancel_merge():
    """The same hyperplane twice with opposite weights, and a path that a dead layer cuts."""
    assert len(check([[[1], [2]], [[2, -1]]], [[0, 0], [0]])) == 1
    assert len(check([[[1], [1]], [[1, 0], [0, -1]], [[1, 1]]], [[0, -1], [0, -1], [0]])) == 2


@pytest.mark.parametrize("seed", range(8))
def test_maps_whose_equality_floats_do_not_see_merge(seed):
    """Equal units whose weights have the sum 0 exactly, but not when added in floats."""
    values = np.random.default_rng(seed).standard_normal(9)
    weights = [*values.tolist(), -sum(map(Fraction, values.tolist()))]
    regions = check([[[1, 1]] * 10 + [[1, -1]], [[*weights, 1]]], [[0.1] * 10 + [0], [0]])
    assert (len(regions), len(regions.cells)) == (2, 4)


def test_a_region_that_is_not_convex():
    """max(0, min(x, y)) is zero on the complement of a quadrant."""
    # min(x, y) = y - max(y - x, 0) = y+ - y- - (y - x)+
    regions = check([[[0, 1], [0, -1], [-1, 1]], [[1, -1, -1]], [[1]]], [[0, 0, 0], [0], [0]])
    zero = [r for r in regions if not any(v for row in joint(r.affine_map) for v in row)]
    assert len(regions) == 3
    assert len(zero) == 1
    union = {point: any(p.contains(point) for p in zero[0].polyhedra()) for point in [(2, -1), (-1, 2), ("1/2", "1/2")]}
    assert union == {(2, -1): True, (-1, 2): True, ("1/2", "1/2"): False}


def test_equal_maps_that_do_not_touch_are_two_regions():
    """A hat is zero on both sides of it."""
    bump = check([[[1], [1], [1]], [[1, -2, 1]]], [[1, 0, -1], [0]])
    assert len(bump) == 4
    assert [joint(r.affine_map) for r in bump].count(((Fraction(0), Fraction(0)),)) == 2


def test_volume_and_boundedness():
    domain = polyhedron([(-1, -1), (1, -1), (-1, 1), (1, 1)], ambient_dim=2)
    network = Network.from_arrays([[[1, 1], [1, -1]], [[1, 1]]], [[0, 0], [0]])
    regions = linear_regions(network, domain=domain)
    assert regions.n_bounded == len(regions) == 4
    assert [region.volume() for region in regions] == [mpq(1)] * 4
    whole = linear_regions(network)
    assert whole.n_bounded == 0
    with pytest.raises(UnboundedError, match="is unbounded"):
        whole[0].volume()


def test_an_exact_volume():
    """The triangle x, y >= 0, 3 x + 7 y <= 1."""
    network = Network.from_arrays([[[1, 0], [0, 1], [-3, -7]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    bounded = [r for r in linear_regions(network) if r.is_bounded()]
    assert [r.volume() for r in bounded] == [mpq(1, 42)]


def test_sequence_habits():
    network = Network.from_arrays([[[1], [1]], [[1, -1]]], [[0, -1], [0]])
    regions = linear_regions(network)
    assert len(list(regions)) == len(regions) == len(regions[:]) == 3
    assert regions[-1].index == 2
    assert regions.cells[-1].index == 2
    assert [cell.index for cell in regions.cells[1:]] == [1, 2]
    for i in (3, -4):
        with pytest.raises(IndexError):
            regions[i]
        with pytest.raises(IndexError):
            regions.cells[i]
    for cell in regions.cells:
        assert cell.index in [c.index for c in cell.region.cells]
    assert regions.function is network
    assert regions.certificate.total > 0


def test_the_activation_of_a_cell_and_what_has_none():
    network = Network.from_arrays([[[1], [-1]], [[-1, -1]], [[1]]], [[0, 0], [1], [0]])
    for cell in linear_regions(network).cells:
        signs = [int(s) for layer in cell.activation for s in layer]
        assert tuple(signs) == sign_vector(
            relu_layers([[[1], [-1]], [[-1, -1]], [[1]]], [[0, 0], [1], [0]]), cell.interior_point()
        )
    polynomial = linear_regions(TropicalPolynomial({(1,): 0, (0,): 0}))
    assert polynomial.certificate is None
    with pytest.raises(UnsupportedError, match="canonical complex"):
        _ = polynomial.cells[0].activation


def test_a_constant_network_has_one_region():
    regions = check([[[0, 0]], [[1]]], [[-1], [5]])
    assert len(regions) == 1
    assert joint(regions[0].affine_map) == ((0, 0, 5),)
    assert regions.n_unbounded == 1


def test_several_outputs_are_compared_together():
    weights, biases = [[[1], [1]], [[1, 0], [0, 1]]], [[0, -1], [0, 0]]
    assert len(check(weights, biases)) == 3
    assert len(check([weights[0], [[1, 0]]], [biases[0], [0]])) == 2


def test_a_network_of_many_cells_has_regions_without_any_exact_comparison_wrong():
    """Two hidden layers whose second one has a unit that nothing reads: exactly its walls are merged away."""
    generator = np.random.default_rng(5)
    weights = [generator.standard_normal((8, 2)), generator.standard_normal((5, 8)), generator.standard_normal((1, 5))]
    biases = [generator.standard_normal(8), generator.standard_normal(5), [0.0]]
    full = linear_regions(Network.from_arrays(weights, biases))
    weights[2] = weights[2].copy()
    weights[2][0, 4] = 0
    merged = linear_regions(Network.from_arrays(weights, biases))
    without = linear_regions(
        Network.from_arrays([weights[0], weights[1][:4], weights[2][:, :4]], [biases[0], biases[1][:4], biases[2]])
    )
    assert len(merged.cells) == len(full.cells)
    assert len(merged) == len(without)


def test_domains_are_refused_as_in_the_complex():
    with pytest.raises(ShapeError, match="lives on R\\^1"):
        linear_regions(Network.from_arrays([[[1]], [[1]]]), domain=polyhedron([(0, 0)], ambient_dim=2))


def test_what_there_is_not():
    regions = linear_regions(Network.from_arrays([[[1], [-1]], [[1, 1]]]))
    assert [regions[-1], regions.cells[-2].index] == [regions[1], 0]
    with pytest.raises(IndexError, match="There is no linear region 2 among 2 linear regions"):
        regions[2]
    with pytest.raises(IndexError, match="There is no cell -3 among 2 cells"):
        regions.cells[-3]
