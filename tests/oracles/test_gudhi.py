"""GUDHI computes the barcodes of the same functions, by lower stars of barycentric subdivisions."""

from itertools import combinations
from math import inf
from random import Random

import pytest

import troppoly as tp
from tests.topology.test_chains import PLANE, grid
from tests.topology.test_chains import simplicial as chains_of
from troppoly.topology import Bar, superlevel_persistence

gudhi = pytest.importorskip("gudhi", reason="GUDHI is not installed: pip install gudhi")


def barcode(facets, heights, modulus):
    """The bars (degree, birth, death) of a function on a simplicial complex that is affine on simplices.

    Instead of the exact heights of vertices GUDHI is given their places in the order.
    """
    levels = sorted(set(heights.values()))
    place = {height: float(i) for i, height in enumerate(levels)}
    tree = gudhi.SimplexTree()
    for facet in facets:
        tree.insert(facet)
    for (vertex,) in [simplex for simplex, _ in tree.get_skeleton(0)]:
        tree.assign_filtration([vertex], place[heights[vertex]])
    for simplex, _ in tree.get_skeleton(tree.dimension()):
        tree.assign_filtration(simplex, max(place[heights[v]] for v in simplex))
    found = tree.persistence(homology_coeff_field=modulus, min_persistence=0, persistence_dim_max=True)
    return [(k, levels[int(b)], inf if d == inf else levels[int(d)]) for k, (b, d) in found]


def subdivision(regions, value):
    """The maximal chains of faces of a bounded complex, and the values at their barycenters."""
    d = regions.complex.ambient_dimension
    faces = [face.vertices() for k in range(d + 1) for face in regions.complex.faces(k)]
    corners, numbers = list(map(frozenset, faces)), {frozenset(face): i for i, face in enumerate(faces)}
    chains = [(numbers[frozenset(cell.vertices())],) for cell in regions.cells]
    for k in range(d - 1, -1, -1):
        lower = [numbers[frozenset(face.vertices())] for face in regions.complex.faces(k)]
        chains = [(i, *chain) for chain in chains for i in lower if corners[i] < corners[chain[0]]]
    values = {corner: value(corner) for face in faces for corner in face}
    return chains, {i: sum(values[corner] for corner in face) / len(face) for i, face in enumerate(faces)}


def random_network(rng, d):
    """Small integers, so that values and hyperplanes coincide."""
    widths = [d, *rng.choice([(1,), (3,), (4,), (2, 2)] if d == 3 else [(2,), (5,), (3, 2), (2, 2, 1)]), 1]
    entries = (-2, -1, -1, 0, 1, 1, 2)
    pairs = list(zip(widths[1:], widths, strict=False))
    weights = [[[rng.choice(entries) for _ in range(n)] for _ in range(m)] for m, n in pairs]
    return tp.Network.from_arrays(weights, [[rng.choice(entries) for _ in range(m)] for m, _ in pairs])


def beyond(level, levels):
    """Values at the walls of a large box are out of reach."""
    return -inf if level < levels[0] else inf if level > levels[-1] else level


@pytest.mark.parametrize(("d", "seed"), [(d, seed) for d, n in ((1, 50), (2, 50), (3, 10)) for seed in range(n)])
def test_networks(d, seed):
    """In a box, and on all of R^d, where a large box leaves the bars as they are."""
    rng = Random(f"{d} {seed}")
    net, modulus = random_network(rng, d), rng.choice([2, 3, 5])
    sides = [(rng.choice([-2, -1, 0]), rng.choice([1, 2, "5/2"])) for _ in range(d)]
    whole = tp.linear_regions(net)
    for box in (sides, [(-(10**6), 10**6)] * d):
        inside = tp.linear_regions(net, box)
        regions = inside if box is sides else whole
        levels = sorted({net(v)[0] for face in regions.complex.faces(0) for v in face.vertices()})  # bars end there
        if not levels:
            continue
        chains, heights = subdivision(inside, lambda x: net(x)[0])
        for sign, ours in ((1, tp.persistence), (-1, superlevel_persistence)):
            ends = sorted(sign * level for level in levels)
            found = barcode(chains, {i: sign * height for i, height in heights.items()}, modulus)
            found = [(k, beyond(birth, ends), beyond(death, ends)) for k, birth, death in found]
            expected = [Bar(k, sign * birth, sign * death) for k, birth, death in found if birth != death]
            assert sorted(ours(regions, modulus=modulus)) == sorted(expected)


@pytest.mark.parametrize("facets", [PLANE, grid(4, False), grid(4, True), list(combinations(range(6), 5))])
def test_closed_surfaces_and_a_sphere(facets):
    for modulus in (2, 3):
        tree = gudhi.SimplexTree()
        for facet in facets:
            tree.insert(facet)
        tree.compute_persistence(homology_coeff_field=modulus, persistence_dim_max=True)
        found = chains_of(facets)
        ours = found.homology(len(found.counts)).betti_numbers(modulus)
        assert [*tree.betti_numbers(), *[0] * len(ours)][: len(ours)] == list(ours)


@pytest.mark.parametrize("seed", range(60))
def test_sublevel_sets(seed):
    """They retract to the full subcomplex of the vertices that are not above the level."""
    rng = Random(seed)
    net = random_network(rng, 2)
    regions = tp.linear_regions(net, [(-3, 3), (-3, 3)])
    chains, heights = subdivision(regions, lambda x: net(x)[0])
    level = rng.choice(sorted(heights.values()))
    below = {i for i, height in heights.items() if height <= level}
    tree = gudhi.SimplexTree()
    for chain in chains:
        for size in range(1, len(chain) + 1):
            for part in combinations(chain, size):
                if set(part) <= below:
                    tree.insert(part)
    tree.compute_persistence(homology_coeff_field=2, persistence_dim_max=True)
    numbers = [*tree.betti_numbers(), 0, 0, 0][:3]
    assert numbers == list(tp.topology.sublevel_homology(regions, level).betti_numbers(2))
