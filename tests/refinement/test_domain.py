"""Domains: against brute force with the domain's facets, and against cutting the cells of the whole space."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.complex_invariants import assert_is_canonical
from tests.oracles.fraction_network import relu_layers
from tests.oracles.sign_faces import sign_faces
from tests.refinement import strategies
from troppoly.equivalence import equivalent, maximum_difference
from troppoly.errors import BudgetError, EmptyDomainError, InputError, NotFiniteError, ShapeError
from troppoly.network import Network
from troppoly.passagemath import polyhedron
from troppoly.refinement.refinement import canonical_complex

DOMAINS = {
    1: [
        polyhedron([(-1,), (2,)], ambient_dim=1),
        polyhedron([(0,)], rays=[(1,)], ambient_dim=1),
        polyhedron(lines=[(1,)], vertices=[(0,)], ambient_dim=1),
    ],
    2: [
        polyhedron([(0, 0), (2, 0), (0, 2), (2, 2)], ambient_dim=2),  # a box with facets through the origin
        polyhedron([(-2, -1), (3, "1/2"), (0, 3)], ambient_dim=2),  # a triangle
        polyhedron([(0, 0)], rays=[(1, 0), (1, 2)], ambient_dim=2),  # a cone
        polyhedron([(1, 0), (0, 1)], rays=[(1, 0), (0, 1)], ambient_dim=2),  # unbounded with two vertices
        polyhedron([(-1, 0), (1, 0)], lines=[(1, 1)], ambient_dim=2),  # a strip
        polyhedron([(0, 0)], rays=[(1, -1)], lines=[(1, 1)], ambient_dim=2),  # a half-space
        polyhedron([(0, 0)], lines=[(1, 0), (0, 1)], ambient_dim=2),  # the plane
        polyhedron([(0, 2), (1, 1), (2, 0), (2, -2), (0, -1), (-1, 0), (-1, 1)], ambient_dim=2),
    ],
    3: [
        polyhedron([(0, 0, 0), (2, 0, 0), (0, 2, 0), (0, 0, 2)], ambient_dim=3),
        polyhedron([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], ambient_dim=3),
        polyhedron([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)], lines=[(1, 1, 1)], ambient_dim=3),
        polyhedron([(0, 0, 1)], rays=[(1, 0, 0), (0, 1, 0), (1, 1, 1), (0, 0, 1)], ambient_dim=3),
    ],
}


def forms(domain):
    """Its facets as (a_1, ..., a_d, b) with <a, x> + b >= 0."""
    rows = [[*map(str, row[1:]), str(row[0])] for row in domain.inequalities_list()]
    return [row for row in rows if any(v != "0" for v in row[:-1])]


def check(weights, biases, domain, incidences=False):
    layers = relu_layers(weights, biases)
    complex_ = canonical_complex(Network.from_arrays(weights, biases), domain)
    facets = forms(domain)
    assert_is_canonical(complex_, layers, sign_faces(layers, facets), facets, incidences)
    return complex_


@settings(max_examples=80)
@given(st.data())
def test_all_faces_over_a_domain(data):
    d = data.draw(st.sampled_from([1, 2, 2, 3]))
    network = data.draw(strategies.networks(dimensions=(d,), most_units=6 if d < 3 else 4))
    check(*network, data.draw(st.sampled_from(DOMAINS[d])))


@settings(max_examples=25)
@given(strategies.networks(strategies.SMALL, dimensions=(2,), most_units=5), st.data())
def test_domains_whose_facets_are_hyperplanes_of_units(network, data):
    """Half-spaces of first-layer units, on either side, as far as their intersection has an interior."""
    weights, biases = network
    rows = [[b, *row] for row, b in zip(weights[0], biases[0], strict=True) if any(row)]
    rows = [[s * v for v in row] for row in rows if (s := data.draw(st.sampled_from([1, -1, 0])))]
    domain = polyhedron(inequalities=rows, ambient_dim=2)
    if domain.dim() == 2:
        check(weights, biases, domain, incidences=True)


@settings(max_examples=25)
@given(strategies.networks(dimensions=(2,), most_units=6), st.sampled_from(DOMAINS[2]))
def test_cells_are_those_of_the_whole_space_cut_with_the_domain(network, domain):
    network = Network.from_arrays(*network)
    cut = [cell.polyhedron() & domain for cell in canonical_complex(network).cells]
    expected = {p for p in cut if p.dim() == 2}
    found = [cell.polyhedron() for cell in canonical_complex(network, domain).cells]
    assert len(found) == len(expected)
    assert set(found) == expected


@pytest.mark.parametrize("n", [0, 1, 3, 20])
def test_a_cell_that_is_crossed_though_none_of_its_facets_is(n):
    """The octahedron cut by z = 0, through four of its vertices, after n planes above."""
    domain = polyhedron([[sign * (i == k) for i in range(3)] for k in range(3) for sign in (1, -1)], ambient_dim=3)
    biases = [f"-{i}/{n + 1}" for i in range(1, n + 1)]
    network = Network.from_arrays([[[0, 0, 1]] * (n + 1), [[1] * (n + 1)]], [[*biases, 0], [0]])
    expected = 6 + 4 * n, 12 + 8 * n, 8 + 1 + 5 * n, 2 + n
    assert canonical_complex(network, domain).f_vector() == expected


def test_more_facets_than_bits_in_a_word():
    """A polygon with 40 facets around the corner of an absolute value."""
    points = [(x, x * x) for x in range(-20, 20)]
    domain = polyhedron(points, ambient_dim=2)
    assert len(forms(domain)) == 40
    complex_ = check([[[1, 0], [0, 1]], [[1, 1]]], [[0, -7], [0]], domain)
    assert complex_.f_vector() == (40 + 3 + 1, 44 + 3, 4)  # two chords that cross: 3 new ends, (0, 0) is a vertex


@pytest.mark.parametrize("d", [1, 2, 3])
def test_boxes_by_their_bounds_are_boxes_by_their_vertices(d):
    bounds = [("-1/2", 1.5), (-1, 2), (0, 3)][:d]
    weights = [[[1, -2, 3][:d], [2, 1, -1][:d]], [[1, 1]]]
    network = Network.from_arrays(weights, [[0.25, -1], [0]])
    box = polyhedron(list(product(*bounds)), ambient_dim=d)
    found, expected = canonical_complex(network, bounds), canonical_complex(network, box)
    assert found.f_vector() == expected.f_vector()
    assert {cell.polyhedron() for cell in found.cells} == {cell.polyhedron() for cell in expected.cells}
    other = Network.from_arrays([weights[0][:1], [[1]]], [[0.25], [0]])
    assert bool(equivalent(network, other, bounds)) == bool(equivalent(network, other, box))
    assert equivalent(network, network, bounds)
    assert maximum_difference(network, other, bounds).value == maximum_difference(network, other, box).value


def test_boxes_in_many_inputs():
    """A cube of R^8, halved; the 3^30 faces of one of R^30 are refused at once."""
    plane = Network.from_arrays([[[1] * 8], [[1]]])
    halves = canonical_complex(plane, [(-1, 1)] * 8)
    assert halves.n_cells == 2
    assert halves.complex.euler_characteristic() == 1  # of a ball
    assert halves.f_vector()[0] == 2**8  # the vertices with sum 0 are among those of the cube
    for budget in ({}, {"max_memory": 10**9}):
        with pytest.raises(BudgetError, match="The domain alone has 205891132094649 faces"):
            canonical_complex(Network.from_arrays([[[1] * 30], [[1]]]), [(0, 1)] * 30, **budget)


@pytest.mark.parametrize(
    ("domain", "error", "message"),
    [
        (polyhedron(ambient_dim=2), EmptyDomainError, "is empty"),
        (polyhedron([(0, 0), (1, 1)], ambient_dim=2), EmptyDomainError, "dimension 1 in R\\^2"),
        (polyhedron([(0, 0)], lines=[(1, 1)], ambient_dim=2), EmptyDomainError, "dimension 1 in R\\^2"),
        (polyhedron([(0,), (1,)], ambient_dim=1), ShapeError, "lies in R\\^1, the function lives on R\\^2"),
        ([(0, 1)] * 3, ShapeError, "box in R\\^3, the function lives on R\\^2"),
        ([(0, 1), (1, 1)], EmptyDomainError, "from 1 to 1 in coordinate 1"),
        ([(0, 1), (1, 0)], EmptyDomainError, "from 1 to 0"),
        ([(0, 1), (1,)], ShapeError, "box"),
        ([(0, float("inf")), (0, 1)], NotFiniteError, "box"),
        ("box", InputError, "must be a passagemath Polyhedron, or a box as pairs .*, not a str"),
    ],
)
def test_refusals(domain, error, message):
    with pytest.raises(error, match=message):
        canonical_complex(Network.from_arrays([[[1, 0]], [[1]]]), domain)
