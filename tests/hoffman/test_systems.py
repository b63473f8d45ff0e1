from __future__ import annotations

import numpy as np
import pytest
from gmpy2 import mpq
from sage.arith.misc import gcd

import troppoly as tp
from tests.oracles.hoffman_subsets import by_minors
from troppoly.errors import InputError
from troppoly.hoffman import cell_systems, hoffman_constant


def random_polynomial(generator, n_terms, d, bound=3):
    exponents = generator.integers(-bound, bound + 1, (n_terms, d))
    return tp.TropicalPolynomial({tuple(map(int, e)): int(generator.integers(-4, 5)) for e in exponents})


@pytest.mark.parametrize("seed", range(8))
def test_cells_are_those_of_the_common_refinement(seed):
    generator = np.random.default_rng(seed)
    d = 1 + seed % 3
    f = random_polynomial(generator, 5, d) / random_polynomial(generator, 4, d)
    cells, regions = cell_systems(f), tp.regions.regions_by_polytopes(f)
    assert len(cells) == regions.n_cells
    for cell in regions.cells:
        (inside,) = [system for system in cells if system.residual(cell.interior_point()) == 0]
        # The system cuts out the cell: its generators satisfy it.
        assert all(inside.residual(v) == 0 for v in cell.vertices())
        assert all(max(inside.matrix.apply(r), default=0) <= 0 for r in cell.rays())


@pytest.mark.parametrize("seed", range(6))
def test_constant_is_the_greatest_of_the_cells(seed):
    generator = np.random.default_rng(seed)
    f = random_polynomial(generator, 4, 2) / random_polynomial(generator, 3, 2)
    p, q = f.numerator.prune(), f.denominator.prune()
    winners = {cell.monomials for cell in cell_systems(f)}
    expected = []
    for a, b in winners:
        rows = [[x - y for x, y in zip(c, a, strict=True)] for c in p.exponents]
        rows += [[x - y for x, y in zip(c, b, strict=True)] for c in q.exponents]
        expected.append(by_minors(rows))
    constant = hoffman_constant(f)
    assert constant.value == max(expected)
    assert constant.constants[constant.cell].value == constant.value
    assert all(c.check() for c in constant.constants)


def test_known_constants():
    x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    assert hoffman_constant(x + y + 0).value == 1
    assert hoffman_constant(x).value == 0  # one cell, no inequality
    # Redundant monomials do not count, and positive factors divide the constant.
    assert hoffman_constant(x + y + 0 + tp.TropicalPolynomial({("1/2", "1/2"): -5})).value == 1
    assert hoffman_constant((x + y + 0) ** 4).value == mpq(1, 4)


def test_network_is_its_tropical_map():
    net = tp.Network.from_arrays([[[1, 2], [1, -1]], [[1, -1]]], [[0, 1], [0]])
    assert hoffman_constant(net).value == hoffman_constant(tp.tropicalize(net)).value


def test_map_of_several_outputs_refines_all():
    x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    both = tp.TropicalMap([(x + 0) / (y * 0), (y + 1) / (x * 0)])
    assert len(cell_systems(both)) == 4


def test_other_functions_are_refused():
    with pytest.raises(InputError, match="matrix"):
        hoffman_constant(1.0)
    with pytest.raises(InputError, match=r"a TropicalPolynomial, .* or a LinearRegion, not 1\.5"):
        cell_systems(1.5)
    with pytest.raises(InputError, match="cell"):
        hoffman_constant(tp.linear_regions(tp.TropicalPolynomial({(1,): 0, (0,): 0})).complex.faces(0)[0])


@pytest.mark.parametrize("seed", range(4))
def test_cells_and_regions_are_given_by_their_facets(seed):
    """Of a cell, the greatest ratio of minors of the normals that its polyhedron in Sage has, made primitive."""
    generator = np.random.default_rng(seed)
    regions = tp.linear_regions(random_polynomial(generator, 4, 2) / random_polynomial(generator, 3, 2))
    values = []
    for cell in regions.cells:
        normals = [h.A() / gcd(list(h.A())) for h in cell.polyhedron().inequalities()]
        values.append(by_minors([[mpq(int(a)) for a in normal] for normal in normals]))
        assert hoffman_constant(cell) == values[-1]
        assert hoffman_constant(cell).check()
    assert hoffman_constant(regions) == max(values)
    assert hoffman_constant(regions[0]) == max(values[cell.index] for cell in regions[0].cells)
