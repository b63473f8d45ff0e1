"""Closed subcomplexes: homology of random ones against chains of faces, and of spaces with torsion by hand."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.oracles import order_complex
from tests.refinement.strategies import SMALL, networks
from troppoly import InputError, Network, TropicalPolynomial, canonical_complex
from troppoly.complex.face_lattice import Incidence
from troppoly.complex.topology import betti_numbers, connected_components
from troppoly.geometry import Subcomplex


def incidence(lists):
    ends = np.cumsum([len(entries) for entries in lists])
    return Incidence(np.concatenate(([0], ends)), np.array([i for entries in lists for i in entries], dtype=np.int32))


@st.composite
def subcomplexes(draw):
    complex_ = canonical_complex(
        Network.from_arrays(*draw(networks(SMALL, dimensions=(1, 2, 3), most_units=6)))
    ).complex
    masks = []
    for k in range(1, complex_.cone_dimension + 1):
        finite = ~complex_.faces_at_infinity[k - 1]
        chosen = draw(st.sets(st.integers(0, len(finite) - 1), max_size=8))
        masks.append(finite & np.isin(np.arange(len(finite)), list(chosen)))
    return Subcomplex.generated(complex_, masks)


@given(subcomplexes())
@settings(max_examples=80)
def test_homology_is_that_of_the_chains_of_all_faces(part):
    assume(sum(part.f_vector()) <= 120)
    assert part.betti_numbers() == order_complex.betti_numbers(part)


@given(subcomplexes())
@settings(max_examples=40)
def test_components_partition_the_faces(part):
    parts = part.components()
    assert len(parts) == part.betti_numbers()[0]
    counts = np.zeros(len(part.f_vector()), dtype=int)
    for one in parts:
        counts += one.f_vector()
        assert one.betti_numbers()[0] == 1
    assert tuple(counts.tolist()) == part.f_vector()


@given(networks(SMALL, dimensions=(1, 2, 3)))
@settings(max_examples=40)
def test_the_bounded_faces_of_a_complex_of_space_are_contractible(arrays):
    whole = Subcomplex.of(canonical_complex(Network.from_arrays(*arrays)).complex)
    point = (1,) + (0,) * whole.complex.ambient_dimension
    assert whole.betti_numbers() == point
    assert whole.euler_characteristic() == 1
    if not whole.complex.lineality_dimension:
        assert order_complex.betti_numbers(whole.skeleton(0))[0] == whole.f_vector()[0]
        assert whole.bounded().betti_numbers() == point


def test_the_tropical_line_and_its_complement_s_closure():
    line = Subcomplex.of(TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0}).normal_complex().complex).skeleton(1)
    assert line.f_vector() == (1, 3, 0)
    assert line.dimension == 1
    assert not line.is_compact()
    assert line.bounded().f_vector() == (1, 0, 0)
    assert line.bounded().is_compact()
    assert len(line.faces(1)) == 3
    assert line.betti_numbers() == (1, 0, 0)


def test_the_cycle_of_a_tropical_cubic():
    # an honeycomb cubic of genus one: one bounded cycle
    terms = {(i, j): -(i * i + i * j + j * j) for i in range(4) for j in range(4 - i)}
    curve = Subcomplex.of(TropicalPolynomial(terms).normal_complex().complex).skeleton(1)
    assert curve.f_vector() == (9, 18, 0)
    assert curve.betti_numbers() == (1, 1, 0)


def test_the_empty_subcomplex():
    complex_ = TropicalPolynomial({(1,): 0, (0,): 0}).normal_complex().complex
    empty = Subcomplex.of(complex_).skeleton(-1)
    assert empty.is_empty()
    assert empty.is_compact()
    assert empty.betti_numbers() == (0, 0)
    assert empty.components() == ()


def test_subcomplexes_of_different_complexes_have_no_union():
    one, other = (Subcomplex.of(TropicalPolynomial({(1,): 0, (0,): c}).normal_complex().complex) for c in (0, 1))
    with pytest.raises(InputError, match="one complex"):
        one.union(other)


def triangulated(triangles):
    """The counts and boundaries of a simplicial surface."""
    edges = sorted({e for a, b, c in triangles for e in ((a, b), (a, c), (b, c))})
    vertices = sorted({v for t in triangles for v in t})
    number = {e: i for i, e in enumerate(edges)}
    return [len(vertices), len(edges), len(triangles)], [
        incidence([[vertices.index(a), vertices.index(b)] for a, b in edges]),
        incidence([[number[a, b], number[a, c], number[b, c]] for a, b, c in triangles]),
    ]


def test_the_projective_plane_over_two_elements():
    six_vertices = [(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5), (0, 1, 5)]
    six_vertices += [(1, 2, 4), (2, 4, 5), (2, 3, 5), (1, 3, 5), (1, 3, 4)]
    assert betti_numbers(*triangulated(six_vertices)) == (1, 1, 1)


def test_the_seven_vertex_torus():
    torus = [tuple(sorted((v, (v + a) % 7, (v + 3) % 7))) for v in range(7) for a in (1, 2)]
    assert betti_numbers(*triangulated(torus)) == (1, 2, 1)


def test_a_sphere_collapses_to_a_point_without_one_triangle():
    sphere = [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)]
    assert betti_numbers(*triangulated(sphere)) == (1, 0, 1)
    assert betti_numbers(*triangulated(sphere[1:])) == (1, 0, 0)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_connected_components_by_closure(edges):
    first, second = np.array([e[0] for e in edges], dtype=int), np.array([e[1] for e in edges], dtype=int)
    sets = [{i} for i in range(10)]
    for a, b in edges:
        union = sets[a] | sets[b]
        for i in union:
            sets[i] = union
    assert connected_components(10, first, second).tolist() == [min(s) for s in sets]
