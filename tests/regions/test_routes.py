"""The refinement route against the polytope route: Minkowski sums and normal complexes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refinement import strategies
from tests.refinement.test_domain import DOMAINS
from tests.regions.test_linear_regions import joint
from troppoly.network import Network
from troppoly.regions import linear_regions, regions_by_polytopes


def assert_same(first, second):
    assert first.f_vector() == second.f_vector()
    assert len(first) == len(second)
    assert (first.n_bounded, first.n_unbounded) == (second.n_bounded, second.n_unbounded)
    maps = [{cell.polyhedron(): joint(cell.affine_map) for cell in regions.cells} for regions in (first, second)]
    assert maps[0] == maps[1]
    sizes = [sorted(len(region.cells) for region in regions) for regions in (first, second)]
    assert sizes[0] == sizes[1]


@settings(max_examples=100)
@given(strategies.networks(most_units=5))
def test_both_routes_agree(network):
    network = Network.from_arrays(*network)
    assert_same(linear_regions(network), regions_by_polytopes(network))


@settings(max_examples=30)
@given(strategies.layers_with_identities())
def test_both_routes_agree_with_identity_units(layers):
    network = strategies.network_of_layers(layers)
    assert_same(linear_regions(network), regions_by_polytopes(network))


@settings(max_examples=30)
@given(st.data())
def test_both_routes_agree_on_domains(data):
    d = data.draw(st.sampled_from([1, 2]))
    network = Network.from_arrays(*data.draw(strategies.networks(dimensions=(d,), most_units=4)))
    domain = data.draw(st.sampled_from(DOMAINS[d]))
    assert_same(linear_regions(network, domain=domain), regions_by_polytopes(network, domain))
