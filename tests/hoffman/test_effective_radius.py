from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from gmpy2 import mpq

import troppoly as tp
from tests.hoffman.test_systems import random_polynomial
from tests.oracles.polyhedral_distance import polyhedral_distance
from troppoly.errors import InputError, ShapeError
from troppoly.hoffman import effective_radius, effective_radius_bound
from troppoly.passagemath import polyhedron


def by_definition(regions, center, norm):
    return max(min(polyhedral_distance(p, center, norm) for p in region.polyhedra()) for region in regions)


def random_network(seed, *widths, integral=False):
    generator = np.random.default_rng(seed)
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    if integral:
        weights = [generator.integers(-2, 3, shape) for shape in shapes]
        biases = [generator.integers(-2, 3, shape[0]) for shape in shapes]
    else:
        weights = [generator.normal(size=shape) for shape in shapes]
        biases = [generator.normal(size=shape[0]) for shape in shapes]
    return tp.Network.from_arrays(weights, biases)


@pytest.mark.parametrize("norm", [1, inf])
@pytest.mark.parametrize("integral", [True, False])
@pytest.mark.parametrize("widths", [(1, 4, 1), (2, 4, 1), (2, 3, 3, 1), (3, 3, 2)])
def test_networks(widths, integral, norm):
    regions = tp.linear_regions(random_network(7, *widths, integral=integral))
    center = [mpq(k + 1, 3) for k in range(widths[0])]
    for p in (None, center):
        found = effective_radius(regions, p, norm)
        assert found.check()
        assert found.value == by_definition(regions, p or [0] * widths[0], norm)
        assert found.distance.value == found.value


@pytest.mark.parametrize("seed", range(5))
def test_polynomials_and_bounds(seed):
    generator = np.random.default_rng(seed)
    f = random_polynomial(generator, 5, 2) / random_polynomial(generator, 4, 2)
    center = generator.integers(-3, 4, 2).tolist()
    radius, bound = effective_radius(f, center), effective_radius_bound(f, center)
    assert radius.check()
    assert radius.value == by_definition(tp.linear_regions(f), center, inf)
    assert radius.value <= bound.cellwise <= bound.value
    # The second factor of the bound, as in the proposition.
    spreads = []
    for p in (f.numerator.prune(), f.denominator.prune()):
        values = [c + sum(a * x for a, x in zip(e, center, strict=True)) for e, c in p.terms.items()]
        spreads.append(max(values) - min(values))
    assert max(bound.residuals) == max(spreads)


def test_bound_of_a_network():
    net = random_network(3, 2, 3, 1, integral=True)
    assert effective_radius(net).value <= effective_radius_bound(net).cellwise


def test_threshold_is_sharp():
    """A box of the effective radius meets all regions, one that is smaller does not."""
    regions = tp.linear_regions(random_network(1, 2, 5, 1))
    radius = effective_radius(regions).value
    for r, expected in ((radius, True), (radius * mpq(99, 100), False)):
        box = polyhedron([(r, r), (r, -r), (-r, r), (-r, -r)], ambient_dim=2)
        met = [any(not p.intersection(box).is_empty() for p in region.polyhedra()) for region in regions]
        assert all(met) == expected


def test_one_region_and_lineality():
    x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    assert effective_radius(x * y).value == 0
    # max(x + y, 3): the half-plane x + y >= 3 is at distance 3 / 2, or 3 in the 1-norm.
    f = x * y + 3
    assert effective_radius(f).value == mpq(3, 2)
    assert effective_radius(f, norm=1).value == 3
    assert effective_radius(f, [3, 0]).value == 0
    assert effective_radius(f, [4, 1], norm=1).value == 2


def test_domain_and_center_outside_of_it():
    x = tp.TropicalPolynomial.variable(0, 1)
    segment = polyhedron([(-1,), (5,)], ambient_dim=1)
    regions = tp.linear_regions(x + 2, domain=segment)
    assert effective_radius(regions).value == 2
    assert effective_radius(regions, [-3]).value == 5
    assert effective_radius(regions, [7]).value == 5


def test_wrong_arguments():
    x = tp.TropicalPolynomial.variable(0, 1)
    with pytest.raises(InputError, match="norm"):
        effective_radius(x, norm=2)
    with pytest.raises(ShapeError, match="center"):
        effective_radius(x, [0, 0])
    with pytest.raises(ShapeError, match="center"):
        effective_radius_bound(x, [0, 0])


def test_proofs_that_were_tampered_with_do_not_hold():
    found = effective_radius(random_network(2, 2, 4, 1))
    assert found.check()
    assert not replace(found, value=found.value / 2).check()
    assert not replace(found, nearby=np.full_like(found.nearby, -1)).check()
    assert not replace(found, nearby=np.roll(found.nearby, 1)).check()


def test_a_farther_cell_of_the_region_is_no_proof():
    """The region x > 0 has the cells [0, 1] and [1, oo), which are 5 and 6 away from -5."""
    regions = tp.linear_regions(tp.Network.from_arrays([[[1], [1]], [[1, 0]]], [[0, -1], [0]]))
    found = effective_radius(regions, [-5])
    assert (found.value, found.check()) == (5, True)
    (number,) = (i for i, cell in enumerate(found.region.cells) if cell.vertices() == ((1,),))
    away = replace(tp.geometry.distance(found.region.cells[number], [-5]), polyhedron=number)
    assert (away.value, away.check()) == (6, True)
    index = found.region.index
    assert not replace(found, value=mpq(6), distances={**found.distances, index: away}).check()
    elsewhere = tp.geometry.distance(found.region, [-6])  # 6 away from another center
    assert not replace(found, value=mpq(6), distances={**found.distances, index: elsewhere}).check()
