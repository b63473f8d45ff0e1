"""Decision boundaries: sets of known topology, and the definition at exact points of every face."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.geometry.signed_distance import annulus, infinity_norm, torus
from tests.oracles import order_complex
from tests.oracles.fraction_network import evaluate, relu_layers
from tests.refinement.strategies import SMALL, networks
from tests.seeds import cases
from troppoly import BudgetError, InputError, Network
from troppoly.geometry import decision_boundary, level_set
from troppoly.geometry.boundaries import with_maximum
from troppoly.passagemath import polyhedron


def test_the_boundary_of_an_annulus_is_two_circles():
    boundary = level_set(annulus())
    assert boundary.subcomplex.betti_numbers() == (2, 2, 0)
    assert boundary.subcomplex.is_compact()
    assert [part.betti_numbers() for part in boundary.subcomplex.components()] == [(1, 1, 0)] * 2
    inside, outside = boundary.decided(1), boundary.decided(0)
    assert inside.betti_numbers() == (1, 1, 0)
    assert outside.betti_numbers() == (2, 1, 0)  # a disc, and the plane without a disc
    # every corner lies on the diagonals, where the faces of the squares end; the sides cross the axes
    assert sorted(v for face in boundary.subcomplex.faces(0) for v in face.vertices()) == sorted(
        (r * a, r * b) for r in (1, 3) for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)
    )


def test_the_zero_set_of_a_torus_network_is_a_torus():
    boundary = level_set(torus())
    surface = boundary.subcomplex
    assert surface.betti_numbers() == (1, 2, 1, 0)
    assert surface.euler_characteristic() == 0
    assert surface.is_compact()
    assert surface.dimension == 2
    assert boundary.decided(1).betti_numbers() == (1, 1, 0, 0)  # the solid torus
    assert boundary.decided(0).betti_numbers() == (1, 1, 1, 0)  # its complement, by Alexander duality


def test_parallel_levels_of_the_torus():
    net = torus()
    assert level_set(net, -1).subcomplex.betti_numbers() == (1, 1, 0, 0)  # the core, a closed curve
    assert level_set(net, -1).subcomplex.dimension == 1
    assert level_set(net, -2).subcomplex.is_empty()
    assert level_set(net, 3).subcomplex.betti_numbers()[0] == 1
    assert level_set(net, 4).subcomplex.betti_numbers() == (1, 0, 1, 0)  # the hole is closed: a sphere


@pytest.mark.parametrize("d", [2, 3])
def test_spheres(d):
    sphere = level_set(infinity_norm(d), 1).subcomplex
    assert sphere.betti_numbers() == (1,) + (0,) * (d - 2) + (1, 0)
    assert level_set(infinity_norm(d), 0).subcomplex.f_vector() == (1,) + (0,) * d  # it touches zero there


def test_a_cylinder_with_a_line_in_it():
    cylinder = infinity_norm(2).restrict([[1, 0, 0], [0, 1, 0]], [0, 0])
    boundary = level_set(cylinder, 1)
    assert boundary.regions.complex.lineality_dimension == 1
    assert boundary.subcomplex.betti_numbers() == (1, 1, 0, 0)
    assert not boundary.subcomplex.is_compact()
    assert boundary.subcomplex.f_vector()[0] == 0


def test_unbounded_boundaries():
    difference = Network.from_arrays([[[1, 0], [-1, 0], [0, 1], [0, -1]], [[-1, -1, 1, 1]]])  # |y| - |x|
    cross = level_set(difference, 0).subcomplex
    assert cross.f_vector() == (1, 4, 0)
    assert cross.betti_numbers() == (1, 0, 0)
    two = level_set(difference, 1).subcomplex
    assert two.betti_numbers() == (2, 0, 0)
    assert not two.is_compact()
    assert all(part.f_vector() == (1, 2, 0) for part in two.components())


def test_a_boundary_may_have_full_dimension():
    part = level_set(Network.from_arrays([[[1, 0]], [[1]]]), 0).subcomplex
    assert part.dimension == 2
    assert part.betti_numbers() == (1, 0, 0)


def test_an_affine_network_decides_across_one_hyperplane():
    boundary = decision_boundary(Network.from_arrays([[[1, 1], [0, 0]]], [[0, 1]]))
    assert boundary.subcomplex.f_vector() == (0, 1, 0)
    assert boundary.subcomplex.betti_numbers() == (1, 0, 0)


def test_equal_outputs_are_a_tie_everywhere():
    boundary = decision_boundary(Network.from_arrays([[[1], [1]]]))
    assert boundary.subcomplex.dimension == 1
    assert boundary.subcomplex.betti_numbers() == (1, 0)


def test_a_domain_cuts_the_boundary():
    square = polyhedron([(-2, -2), (2, -2), (-2, 2), (2, 2)], ambient_dim=2)
    boundary = level_set(annulus(), 0, domain=square)
    assert boundary.subcomplex.betti_numbers() == (1, 1, 0)
    half = polyhedron([(0, 0)], rays=[(1, 0), (0, 1), (0, -1)], ambient_dim=2)
    assert level_set(annulus(), 0, domain=half).subcomplex.betti_numbers() == (2, 0, 0)


@st.composite
def classifiers(draw):
    weights, biases = draw(networks(SMALL, dimensions=(1, 2, 3), most_units=5))
    n, width = draw(st.integers(2, 4)), len(weights[-1][0])
    row = st.lists(SMALL, min_size=width, max_size=width)
    weights[-1] = draw(st.lists(row, min_size=n, max_size=n))
    biases[-1] = draw(st.lists(SMALL, min_size=n, max_size=n))
    return weights, biases


@given(classifiers())
@settings(max_examples=cases(15, 40))
def test_the_maximal_outputs_are_right_on_every_face(arrays):
    layers = relu_layers(*arrays)
    boundary = decision_boundary(Network.from_arrays(*arrays))
    complex_ = boundary.regions.complex
    for dimension in range(complex_.lineality_dimension, complex_.ambient_dimension + 1):
        for face in complex_.faces(dimension):
            values = evaluate(layers, [f"{v.numerator}/{v.denominator}" for v in face.interior_point()])
            expected = [value == max(values) for value in values]
            assert boundary.maximal[face.cone_dimension - 1][face.index].tolist() == expected


@given(classifiers())
@settings(max_examples=40)
def test_betti_numbers_are_those_of_the_chains_of_all_faces(arrays):
    part = decision_boundary(Network.from_arrays(*arrays)).subcomplex
    assume(sum(part.f_vector()) <= 150)
    found = part.betti_numbers()
    assert found == order_complex.betti_numbers(part)
    assert found[0] == len(part.components())
    assert sum((-1) ** k * b for k, b in enumerate(found)) == part.euler_characteristic()


@given(classifiers(), st.data())
@settings(max_examples=30)
def test_the_network_with_its_maximum_is_the_same_function(arrays, data):
    net = Network.from_arrays(*arrays)
    x = data.draw(st.lists(SMALL, min_size=net.n_inputs, max_size=net.n_inputs))
    assert with_maximum(net)(x) == net(x)
    assert with_maximum(net).n_outputs == net.n_outputs


@given(classifiers())
@settings(max_examples=30)
def test_the_boundary_is_the_union_of_its_parts(arrays):
    boundary = decision_boundary(Network.from_arrays(*arrays))
    n = boundary.maximal[0].shape[1]
    pairs = [boundary.between(i, j) for i in range(n) for j in range(i)]
    union = pairs[0]
    for part in pairs[1:]:
        union = union.union(part)
    for mine, theirs in zip(union.members, boundary.subcomplex.members, strict=True):
        assert np.array_equal(mine, theirs)


def test_errors():
    one, two = Network.from_arrays([[[1]]]), Network.from_arrays([[[1], [2]]])
    with pytest.raises(InputError, match="level_set"):
        decision_boundary(one)
    with pytest.raises(InputError, match="one output"):
        level_set(two)
    with pytest.raises(InputError, match="not one of the 2 outputs"):
        decision_boundary(two).between(0, 2)
    with pytest.raises(InputError, match="not one of the 2 outputs"):
        decision_boundary(two).decided(-1)
    with pytest.raises(BudgetError):
        decision_boundary(Network.from_arrays(np.eye(4)[None]), max_cells=3)
