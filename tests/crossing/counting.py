"""The question what a census says, with parts and tasks of random sizes."""

from collections import Counter
from math import ceil, inf

import troppoly as tp
from tests.crossing.case import fraction, fractions, program_of, question
from tests.crossing.cones import is_bounded
from tests.crossing.cones import volume as cone_volume
from tests.crossing.piecewise import convex_pieces
from troppoly.counting import DistinctMaps, Facets, LinearRegions, Lipschitz, Monomials, Volumes, WallDepths
from troppoly.geometry import SpectralNorm


def depths(case):
    """How many walls bend first in which layer, maxima as one step each."""
    skip = len(case.oracle.domain)
    layers = [layer for layer, (_, _, groups) in enumerate(case.program) for _ in groups]
    counts = Counter()
    for _, a, b in case.oracle.walls():
        pairs = zip(layers, a.label[skip:], b.label[skip:], strict=True)
        counts[next(layer for layer, one, other in pairs if one != other)] += 1
    return counts


def size_of_map(cell, norm):
    rows = [form[:-1] for form in cell.forms]
    return max(sum(map(abs, row)) for row in (rows if norm == inf else zip(*rows, strict=True)))


@question
def census(case, rng):
    """All counts and measures of a network, against the faces by brute force."""
    oracle, norm, exact = case.oracle, rng.choice([1, 2, inf]), rng.choice([0, 3, 4096])
    found = tp.census(
        case.function,
        case.polyhedron,
        measures=[
            LinearRegions(), DistinctMaps(), Monomials(), Volumes(3, exact), Lipschitz(norm), Facets(), WallDepths(),
        ],
        part_bytes=rng.choice([1, 300, 1000, 3000, None]),
        parts_per_task=rng.choice([1, 2, 7, 64]),
    )  # fmt: skip
    bounded = [cell for cell in oracle.cells if is_bounded(cell.cone)]
    assert found.f_vector == oracle.f_vector()
    assert (found.n_cells, found.n_bounded_cells) == (len(oracle.cells), len(bounded))
    regions = oracle.regions()
    finite = sum(all(is_bounded(cell.cone) for cell in region) for region in regions)
    assert found["linear_regions"] == {"linear_regions": len(regions), "bounded": finite}
    assert found["affine_maps"]["affine_maps"] == len({cell.forms for cell in oracle.cells})
    pieces = convex_pieces(case.layers, case.d, case.domain)
    assert found["monomials"]["numerators"] == tuple(len(numerator) for numerator, _ in pieces)
    assert found["monomials"]["denominators"] == tuple(len(denominator) for _, denominator in pieces)
    check_volumes(found["volumes"], sorted(cone_volume(cell.cone) for cell in bounded), exact)
    cell = oracle.at(fractions(found["lipschitz"]["point"]))
    assert cell.dimension == case.d
    if norm == 2:
        best = tp.lipschitz_constant(case.regions, 2).value  # which is another question
        assert found["lipschitz"]["constant"] == best == SpectralNorm.of([form[:-1] for form in cell.forms])
    else:
        assert fraction(found["lipschitz"]["constant"]) == max(size_of_map(cell, norm) for cell in oracle.cells)
        assert size_of_map(cell, norm) == fraction(found["lipschitz"]["constant"])
    facets = Counter(sum(f.dimension == case.d - 1 for f in oracle.below(cell)) for cell in oracle.cells)
    walls, n = len(oracle.walls()), len(oracle.cells)
    assert found["facets"] == {
        "cells_by_facets": facets,
        "walls": walls,
        "mean_facets": sum(k * m for k, m in facets.items()) / tp.rational(n),
        "mean_degree": 2 * walls / tp.rational(n),
    }
    assert sum(found["depths"]["walls_by_layer"].values()) == walls
    if not case.function.max_groups and case.program == program_of(case.function):
        assert found["depths"]["walls_by_layer"] == depths(case)


def check_volumes(found, volumes, exact):
    assert fraction(found["total"]) == sum(volumes)
    assert found["bounded"] == len(volumes)
    if volumes:
        assert (fraction(found["least"]), fraction(found["greatest"])) == (volumes[0], volumes[-1])
    for p, (lower, upper) in found["quantiles"].items():
        value = volumes[ceil(len(volumes) * fraction(tp.rational(p))) - 1]
        assert fraction(lower) <= value <= fraction(upper)
        assert upper <= lower * tp.rational("9/8")
        assert (lower == upper) == (len(volumes) <= exact)
