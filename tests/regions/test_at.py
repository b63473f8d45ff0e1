"""The cells and the linear regions that contain a point, told by Sage's polyhedra."""

import random
from itertools import product

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refinement.strategies import SMALL, networks
from troppoly import Network, ShapeError, linear_regions, maxout, tropicalize
from troppoly.passagemath import polyhedron, to_sage_rational


@given(
    networks(SMALL, dimensions=(1, 2, 3), most_units=6), st.lists(st.fractions(-3, 3, max_denominator=2), min_size=3)
)
@settings(max_examples=12)
def test_the_cells_at_a_point_are_those_whose_polyhedra_contain_it(arrays, numbers):
    """Sage's polyhedra tell, on R^d and on a domain, at a random point and at vertices."""
    net = Network.from_arrays(*arrays)
    d = net.n_inputs
    box = polyhedron(list(product((-1, 2), repeat=d)), ambient_dim=d)
    for regions in (linear_regions(net), linear_regions(net, domain=box)):
        polyhedra = [cell.polyhedron() for cell in regions.cells]
        for point in (numbers[:d], *regions.cells[0].vertices()):
            x = [to_sage_rational(mpq(v)) for v in point]
            inside = [i for i, cell in enumerate(polyhedra) if cell.contains(x)]
            assert [c.index for c in regions.cells.at(point)] == inside
            assert [r.index for r in regions.at(point)] == sorted({int(regions.region_of_cell[i]) for i in inside})


@pytest.mark.parametrize("seed", range(4))
def test_the_regions_at_a_point_of_maxima_and_polynomials(seed):
    """Merged cells, and complexes without a network: the regions of which a polyhedron contains the point."""
    r = random.Random(seed)
    rows = [[[r.randint(-2, 2) for _ in range(2)] for _ in range(3)] for _ in range(2)]
    net = maxout(rows, [[r.randint(-1, 1) for _ in range(3)] for _ in range(2)])
    for regions in (linear_regions(net), linear_regions(tropicalize(net))):
        polyhedra = [region.polyhedra() for region in regions]
        for x in product(range(-2, 3), repeat=2):
            inside = [i for i, cells in enumerate(polyhedra) if any(cell.contains(x) for cell in cells)]
            assert [reg.index for reg in regions.at(x)] == inside


def test_the_point_of_at_is_checked():
    regions = linear_regions(Network.from_arrays([[[1, 0]], [[1]]]))
    with pytest.raises(ShapeError, match="2 are needed"):
        regions.at((1,))
    with pytest.raises(ShapeError, match="sequence"):
        regions.cells.at(5)
