"""The mean number of neighbors of a cell, 2 f_(d-1) / f_d, against 2 d.

*Arrangements.*  The regions of hyperplanes in R^d have at most 2 d neighbors in the mean (Fukuda, Saito, Tamura and
Tokuyama, Bounding the number of k-faces in arrangements of hyperplanes, Discrete Appl. Math. 31 (1991)).

*Every network with d <= 2 inputs.*  A unit that cuts c of the cells adds c cells, c walls in them, and a wall for each
wall that it cuts.  In the plane a wall that is cut in two has both signs on it, so it lies between two cells that are
cut; and of each of these, a line cuts at most two walls in their relative interiors.  So at most c walls are cut, and
f_1 <= 2 f_2 stays true; f_0 <= f_1 on the line alike.

*Not every deep network with d >= 3.*  The walls in which a unit cuts the cells are polygons on a bent surface, for
d = 3, and the walls that it cuts are their common edges.  If four polygons meet in each vertex of a closed surface, F
polygons have 2 F - 2 chi edges, more than 2 F if the Euler characteristic chi is negative; and units with parallel
surfaces bring the mean near to 2 + 2 (2 F - 2 chi) / F.  Let z have slopes 1 and -1 in turn, bending at integers.  The
level sets of z(x_1) + z(x_2) + z(x_3) near the middle value cut hexagons from unit cubes, so the mean tends to 8.
The bound 2 d for all fully connected networks of Characterizing the discrete geometry of ReLU networks, ICLR 2026
(arXiv 2606.07728), does not hold for these: the counts here are exact.
"""

from fractions import Fraction

import numpy as np
import pytest

from troppoly.geometry import cell_graph
from troppoly.network import Network, hyperplane_arrangement
from troppoly.refinement import canonical_complex
from troppoly.regions import linear_regions


def mean_degree(net):
    *_, walls, cells = canonical_complex(net).complex.f_vector()
    return Fraction(2 * walls, cells)


@pytest.mark.parametrize("seed", range(60))
def test_arrangements(seed):
    random = np.random.default_rng(seed)
    d, m = int(random.integers(1, 5)), int(random.integers(1, 9))
    normals = [row if any(row) else [1] * d for row in random.integers(-1, 2, (m, d)).tolist()]
    assert mean_degree(hyperplane_arrangement(normals, random.integers(-1, 2, m).tolist())) <= 2 * d
    assert mean_degree(hyperplane_arrangement(random.normal(size=(m, d)), random.normal(size=m))) <= 2 * d


@pytest.mark.parametrize("seed", range(60))
def test_deep_networks_in_the_plane(seed):
    random = np.random.default_rng(seed)
    d = int(random.integers(1, 3))
    widths = [d, *random.integers(1, 6, int(random.integers(1, 4))).tolist(), 1]
    shapes = list(zip(widths[1:], widths, strict=False))
    small = [random.integers(-2, 3, shape).tolist() for shape in shapes]
    assert mean_degree(Network.from_arrays(small, [random.integers(-1, 2, m) for m in widths[1:]])) <= 2 * d
    normal = [random.normal(size=shape) for shape in shapes]
    assert mean_degree(Network.from_arrays(normal, [random.normal(size=m) for m in widths[1:]])) <= 2 * d


def test_the_mean_is_that_of_the_graph():
    net = hyperplane_arrangement([[1, 0], [0, 1], [1, 1]], [0, 0, -1])
    graph = cell_graph(linear_regions(net))
    assert Fraction(2 * graph.number_of_edges(), graph.number_of_nodes()) == mean_degree(net) == Fraction(18, 7)


def hexagons(m, k, noise=0):
    """k parallel level sets of the sum of three zigzags that bend at 0, ..., m - 1 and are 0 before."""
    random = np.random.default_rng(0)
    normals = np.repeat(np.eye(3, dtype=int), m, axis=0)
    zigzag = [1, *(2 * (-1) ** j for j in range(1, m))]
    levels = [Fraction(-3, 2) + Fraction(2 * s - k + 1, 4 * k) for s in range(k)]
    arrays = [normals, np.array([zigzag * 3] * k)], [-np.tile(np.arange(m), 3), np.array([float(v) for v in levels])]
    weights, biases = ([a + noise * random.normal(size=a.shape) for a in part] for part in arrays)
    return Network.from_arrays([*weights, [[1] * k]], [*biases, [0]])


def test_more_than_twice_the_dimension():
    """3 inputs, 18 and 6 units; and nearly the same network, in general position."""
    complex_ = canonical_complex(hexagons(6, 6)).complex
    assert complex_.f_vector() == (2322, 7398, 7362, 2287)
    assert mean_degree(hexagons(6, 6)) == Fraction(2 * 7362, 2287) > 6
    assert mean_degree(hexagons(8, 8)) == Fraction(2 * 21400, 6361)
    assert mean_degree(hexagons(8, 8, noise=1e-6)) > 6
