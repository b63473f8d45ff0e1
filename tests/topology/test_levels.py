"""Level sets against elder rules on graphs, duality of f and -f, known functions, and a network with torsion."""

from itertools import pairwise
from math import inf

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

import troppoly as tp
from tests.refinement.strategies import SMALL, networks
from tests.topology.test_chains import PLANE
from troppoly.equivalence.parallel import difference_network
from troppoly.topology import Bar, homology, sublevel_homology, superlevel_homology, superlevel_persistence


def elder_rule(heights, edges):
    """The bars of degree 0 of a graph with values at its vertices: of two classes that meet the younger one dies."""
    root, bars = {}, []

    def find(v):
        while root[v] != v:
            v = root[v]
        return v

    for v in sorted(heights, key=heights.__getitem__):
        root[v] = v
        for a, b in edges:
            if v in (a, b) and a in root and b in root:
                old, young = sorted((find(a), find(b)), key=lambda r: heights[r])
                if old != young:
                    bars.append((heights[young], heights[v]))
                    root[young] = old
    bars += [(heights[r], inf) for r in {find(v) for v in root}]
    return sorted((a, b) for a, b in bars if a < b)


def one_output(arrays):
    weights, biases = arrays
    return tp.Network.from_arrays([*weights[:-1], weights[-1][:1]], [*biases[:-1], biases[-1][:1]])


def along_a_line(net, domain):
    """The bars of a function of one variable, by its values and slopes."""
    regions = tp.linear_regions(net, domain)
    points = sorted(v[0] for face in regions.complex.faces(0) for v in face.vertices())
    if not points:
        slope = regions[0].affine_map[0][0, 0]
        return [(-inf if slope else net([0])[0], inf)]
    heights = {i: net([x])[0] for i, x in enumerate(points)}
    n = len(points)
    heights[-1], heights[n] = (net([x])[0] for x in (points[0] - 1, points[-1] + 1))
    for end, inner in ((-1, 0), (n, n - 1)):  # far away
        slope = 0 if domain else heights[end] - heights[inner]
        heights[end] = heights[inner] + (slope * inf if slope else 0)
    return elder_rule(heights, list(pairwise(range(-1, n + 1))))


@given(networks(SMALL, dimensions=(1,)), st.sampled_from([None, [(-1, 2)]]))
@settings(max_examples=40)
def test_on_a_line(arrays, domain):
    net = one_output(arrays)
    found = tp.persistence(net, domain)
    assert sorted((b, d) for _, b, d in found) == along_a_line(net, domain)
    assert {k for k, _, _ in found} == {0}


@given(networks(SMALL, dimensions=(2, 3), most_units=5))
@settings(max_examples=10)
def test_components_in_a_box(arrays):
    """The sublevel sets in a polytope have the components of those in its graph of vertices and edges."""
    net = one_output(arrays)
    regions = tp.linear_regions(net, [(-2, 1)] * net.n_inputs)
    heights = {v: net(v)[0] for face in regions.complex.faces(0) for v in face.vertices()}
    edges = [face.vertices() for face in regions.complex.faces(1)]
    found = tp.persistence(regions)
    assert sorted((b, d) for k, b, d in found if k == 0) == elder_rule(heights, edges)
    assert found == tp.persistence(net, [(-2, 1)] * net.n_inputs)
    assert sum(flat.homology.ranks[0] for flat in tp.critical_points(regions)) == len(found.of_degree(0))


@given(networks(SMALL, dimensions=(1, 2, 3), most_units=5), st.sampled_from([0, 2, 3]))
@settings(max_examples=40)
def test_duality_of_a_function_that_grows_everywhere(arrays, modulus):
    """Alexander duality: H_k of {f <= t} is that of degree d - 1 - k of {f > t} and a point at infinity."""
    net = one_output(arrays)
    d = net.n_inputs
    axes = [[s * int(i == j) for j in range(d)] for i in range(d) for s in (1, -1)]
    grown = difference_network(net, tp.Network.from_arrays([axes, [[-(10**4)] * (2 * d)]]))
    below = tp.persistence(grown, modulus=modulus)
    above = superlevel_persistence(grown, modulus=modulus)
    expected = [Bar(0, inf, -inf)]
    for k, birth, death in below:
        expected.append(Bar(d - 1 - k, death, birth) if death < inf else Bar(d - 1, inf, birth))
    assert sorted(above) == sorted(expected)


def test_a_saddle_of_the_plane():
    saddle = tp.Network.from_arrays([[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 1, -1, -1]]])  # |x| - |y|
    assert list(tp.persistence(saddle)) == [Bar(0, -inf, inf), Bar(0, -inf, 0)]
    (point,) = tp.critical_points(saddle)
    assert (point.index, point.value, point.vertices, point.dimension) == (1, 0, ((0, 0),), 0)
    assert tp.critical_points(saddle).at_infinity.ranks == (2, 0, 0)


def test_a_monkey_saddle():
    """Three valleys meet: a degenerate critical point; H is Z^2."""
    x = tp.TropicalPolynomial({(2, 0): 0, (-1, 2): 0, (-1, -2): 0})
    y = tp.TropicalPolynomial({(-2, 0): 0, (1, 2): 0, (1, -2): 0})
    (point,) = tp.critical_points(x / y)
    assert point.index is None
    assert repr(point.homology) == "(0, Z^2, 0)"
    assert repr(point) == "Critical point at the value 0"


def test_flat_sets():
    trough = tp.Network.from_arrays([[[1, 0], [-1, 0]], [[1, 1]]])  # |x| in the plane: flat is a line
    (line,) = tp.critical_points(trough)
    assert (line.index, line.dimension, line.subcomplex.f_vector()) == (0, 1, (0, 1, 0))
    step = tp.Network.from_arrays([[[1], [1]], [[1, -1]]], [[0, -1], [0]])  # 0, up to 1, constant
    low, *rest = tp.critical_points(step)
    assert (low.index, low.value, low.dimension, rest) == (0, 0, 1, [])
    (high,) = tp.critical_points(step).regular
    assert repr(high) == "Regular set of dimension 1 at the value 1"
    assert [flat.value for flat in tp.critical_points(step, form=[-1])] == [-1]


def test_functions_without_vertices():
    constant = tp.Network.from_arrays([[[0, 0]]], [[3]])
    (everything,) = tp.critical_points(constant)
    assert (everything.dimension, everything.value, everything.index) == (2, 3, 0)
    assert list(tp.persistence(constant)) == [Bar(0, 3, inf)]
    affine = tp.Network.from_arrays([[[1, 2]]])
    assert not tp.critical_points(affine)
    assert list(tp.persistence(affine)) == [Bar(0, -inf, inf)]
    assert sublevel_homology(affine, -100).ranks == (1, 0, 0)
    tilted = tp.TropicalMap([tp.TropicalPolynomial({(0, 1): 0, (1, 1): 0})])  # (x)+ + y, affine along y
    assert list(tp.persistence(tilted)) == [Bar(0, -inf, inf)]
    assert not tp.critical_points(tilted)
    assert superlevel_homology(tilted, "7/2").ranks == (1, 0, 0)


def test_a_corner_of_a_domain_may_be_critical():
    slope = tp.TropicalPolynomial({(1, 2): 0})
    assert not tp.critical_points(slope)
    (corner,) = tp.critical_points(slope, [(0, 1), (0, 1)])
    assert (corner.index, corner.vertices) == (0, ((0, 0),))
    assert len(tp.critical_points(slope, [(0, 1), (0, 1)]).regular) == 3


def test_spheres_around_points():
    """|x| in the 1-norm in R^3: {f >= t} is a sphere, and -f has a point of index 3."""
    axes = [[s * int(i == j) for j in range(3)] for i in range(3) for s in (1, -1)]
    norm = tp.Network.from_arrays([axes, [[1] * 6]])
    assert repr(superlevel_homology(norm, 1)) == "(Z, 0, Z, 0)"
    assert list(superlevel_persistence(norm)) == [Bar(0, inf, -inf), Bar(2, inf, 0)]
    assert [point.index for point in tp.critical_points(norm)] == [0]
    (top,) = tp.critical_points(norm, form=[-1])
    assert top.index == 3
    assert tp.persistence(norm).betti_numbers(mpq(1, 2)) == (1, 0, 0, 0)


def test_decision_regions():
    """|x| and 1: class 0 has two components, and {f_0 >= f_1} is a superlevel set of the difference."""
    net = tp.Network.from_arrays([[[1, 0], [-1, 0]], [[1, 1], [0, 0]]], [[0, 0], [0, 1]])
    boundary = tp.decision_boundary(net)
    assert homology(boundary.decided(0)).ranks == superlevel_homology(net, 0, form=[1, -1]).ranks == (2, 0, 0)
    assert homology(boundary.decided(1)) == sublevel_homology(net, 0, form=[1, -1])
    with pytest.raises(tp.ShapeError, match="2 outputs"):
        sublevel_homology(net, 0)
    with pytest.raises(tp.InputError, match="their domain already"):
        tp.persistence(tp.linear_regions(net), [(0, 1), (0, 1)], form=0)


def test_a_network_with_torsion():
    """min over the faces F of the projective plane of the sum over i not in F of (x_i)+, where the x_i have the sum 1.

    It is 0 iff the positive coordinates are in a face, so {f <= 0} is a union of convex sets whose nerve is that of the
    ten triangles: the projective plane.  Over Q it is a point.
    """
    rows = [[int(i == j) for j in range(5)] for i in range(5)] + [[-1] * 5]
    first = tp.Network.from_arrays([rows, [[1] * 6]], [[0] * 5 + [1], [0]]).layers[0]
    least = tp.maxout([[[-int(i not in face) for i in range(6)] for face in PLANE]], [[0] * 10])
    groups = tuple(tuple((layer + 1, unit) for layer, unit in group) for group in least.max_groups)
    net = tp.Network((first, *least.layers), max_groups=groups)
    assert repr(sublevel_homology(net, 0, form=[-1])) == "(Z, Z/2, 0, 0, 0, 0)"
    barcodes = {p: tp.persistence(net, form=[-1], modulus=p) for p in (0, 2, 3)}
    assert barcodes[2].betti_numbers(0) == (1, 1, 1, 0, 0, 0)
    assert barcodes[0].bars == barcodes[3].bars != barcodes[2].bars
    assert barcodes[0].betti_numbers(0) == (1, 0, 0, 0, 0, 0)
    found = tp.critical_points(net, form=[-1])
    assert repr(found[0].homology) == "(Z, Z/2, 0, 0, 0, 0)"
    assert sum(flat.homology.euler_characteristic() for flat in found) == 1
