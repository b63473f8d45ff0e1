"""Orbits of cells and regions, against the action of matrices on points of cells."""

import numpy as np
import pytest
from gmpy2 import mpq

from troppoly.errors import BudgetError, InputError, ShapeError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import inverse
from troppoly.network import Network
from troppoly.network.constructions import hyperplane_arrangement
from troppoly.polynomial import TropicalPolynomial
from troppoly.refinement import canonical_complex
from troppoly.regions import linear_regions
from troppoly.symmetry import FiniteGroup, cell_orbits, permutation_matrix, region_orbits, symmetric_group

TURN = [[0, -1], [1, 0]]


def test_closure():
    cycle, swap = permutation_matrix([1, 2, 3, 4, 0]), permutation_matrix([1, 0, 2, 3, 4])
    group = FiniteGroup.generated_by([cycle, swap])
    assert group.order == len(set(group.elements)) == 120
    assert group.elements[0] == RationalMatrix.identity(5)
    for element, (generator, before) in zip(group.elements[1:], group.steps[1:], strict=True):
        assert element == group.generators[generator] @ group.elements[before]
    shear = RationalMatrix.of([[1, "1/3"], [0, -1]])  # an involution that is not orthogonal
    assert FiniteGroup.generated_by([shear]).order == 2


def test_refused_groups():
    with pytest.raises(BudgetError):
        FiniteGroup.generated_by([[[2]]], max_order=50)
    with pytest.raises(BudgetError, match="more than max_order=0"):
        FiniteGroup.generated_by([[[-1]]], max_order=0)
    with pytest.raises(InputError):
        FiniteGroup.generated_by([])
    with pytest.raises(InputError, match="singular"):
        FiniteGroup.generated_by([[[0]]])
    with pytest.raises(ShapeError):
        FiniteGroup.generated_by([[[1]], TURN])
    with pytest.raises(ShapeError):
        FiniteGroup.generated_by([[[1, 0]]])
    with pytest.raises(InputError):
        permutation_matrix([0, 0])


@pytest.mark.parametrize(
    "generators",
    [
        [[[2]]],
        [[["1/3"]]],
        [[[0.6, -0.8], [0.8, 0.6]]],
        [[["3/5", "-4/5"], ["4/5", "3/5"]]],  # a rotation of infinite order
        [[[1, 1], [0, 1]]],
        [[[-1, 1], [0, -1]]],  # its trace is one of finite order, that of its square is not
        [[[-1, 0], [0, 1]], [[-1, 1], [0, 1]]],  # the infinite dihedral group: two reflections
        [[[1, 1], [0, 1]], [[1, 0], [1, 1]]],  # SL(2, Z)
        [[[0, 0, 0, -1], [1, 0, 0, 1], [0, 1, 0, -5], [0, 0, 1, 1]]],  # x^4 - x^3 + 5 x^2 - x + 1
        [(5 * np.eye(12, dtype=int)).tolist(), np.roll(np.eye(12, dtype=int), 1, axis=0).tolist()],
    ],
)
def test_infinite_groups_are_recognized(generators):
    with pytest.raises(BudgetError, match="infinite"):
        FiniteGroup.generated_by(generators)


@pytest.mark.parametrize(("n", "order"), [(1, 2), (2, 8), (3, 48), (4, 384)])
def test_signed_permutations_in_a_basis_with_all_small_denominators(n, order):
    """The order 2^n n! does not depend on the basis."""
    basis = np.eye(n, dtype=object) + np.triu(np.full((n, n), mpq(1, 105)), 1)
    change = RationalMatrix.of(basis.tolist())
    back = inverse(change)
    swap = [1, 0, *range(2, n)] if n > 1 else [0]
    sign = RationalMatrix.of(np.diag([-1] + [1] * (n - 1)))
    generators = [permutation_matrix([*range(1, n), 0]), permutation_matrix(swap), sign]
    group = FiniteGroup.generated_by([change @ g @ back for g in generators])
    assert group.order == order == len(set(group.elements))
    with pytest.raises(BudgetError, match=f"max_order={order - 1}"):
        FiniteGroup.generated_by(group.generators, max_order=order - 1)


def turned(rows):
    """Lines (a, b, c) and their images under all quarter turns."""
    found = []
    for a, b, c in rows:
        for image in ((a, b, c), (-b, a, c), (-a, -b, c), (b, -a, c)):
            if image not in found and tuple(-v for v in image) not in found:
                found.append(image)
    return hyperplane_arrangement([[a, b] for a, b, _ in found], [c for _, _, c in found])


def orbits_by_points(complex_, group, signs_at):
    """Orbits and stabilizers by where the interior points of cells go."""
    cells = {signs_at(cell.interior_point()): i for i, cell in enumerate(complex_.cells)}
    images = [[cells[signs_at(g.apply(cell.interior_point()))] for cell in complex_.cells] for g in group.elements]
    orbits = {frozenset(row[i] for row in images) for i in range(len(cells))}
    return orbits, images


@pytest.mark.parametrize("rows", [[(1, 0, 0)], [(1, 0, 1)], [(1, 2, 3), (1, 1, 0)], [(3, 1, 2), (1, 0, -1), (0, 1, 0)]])
def test_orbits_of_cells(rows):
    """Generators that are not reflections, on arrangements with vertices and without."""
    net, group = turned(rows), FiniteGroup.generated_by([TURN])
    complex_, layer = canonical_complex(net).complex, net.layers[0]

    def signs_at(x):
        return tuple((z + b > 0) for z, (b,) in zip(layer.weight.apply(x), layer.bias.to_rationals(), strict=True))

    result = cell_orbits(complex_, group)
    orbits, images = orbits_by_points(complex_, group, signs_at)
    assert {frozenset(np.flatnonzero(result.labels == k).tolist()) for k in range(result.n_orbits)} == orbits
    assert [int(v) for v in result.sizes] == [int(np.count_nonzero(result.labels == k)) for k in range(result.n_orbits)]
    for i in range(complex_.n_cells):
        expected = [g for g, row in zip(group.elements, images, strict=True) if row[i] == i]
        assert list(result.stabilizer(i)) == expected
        assert len(expected) * result.sizes[result.labels[i]] == group.order
    assert sorted(result.labels[result.representatives]) == list(range(result.n_orbits))


def test_lineality_and_deep_networks():
    """x -> |x_1 - x_2| and so on, composed; rays are compared modulo (1, 1, 1)."""
    differences = [[1, -1, 0], [-1, 1, 0], [0, 1, -1], [0, -1, 1], [1, 0, -1], [-1, 0, 1]]
    net = Network.from_arrays([differences, [[1] * 6, [2] * 6], [[1, 1]]], [None, [-2, -3], None])
    group = FiniteGroup.generated_by(symmetric_group(3).reflections())
    regions = linear_regions(net)
    result = region_orbits(regions, group)
    assert sum(result.sizes) == len(regions)
    assert all(size in (1, 2, 3, 6) for size in result.sizes)
    assert regions.complex.lineality_dimension == 1


def test_regions_on_the_polytope_route():
    f = TropicalPolynomial({(1, 0): 0, (0, 1): 0, (-1, 0): 0, (0, -1): 0, (0, 0): 1})
    result = region_orbits(linear_regions(f), FiniteGroup.generated_by([TURN]))
    assert sorted(result.sizes) == [1, 4]
    center = int(result.representatives[int(np.argmin(result.sizes))])
    assert len(result.stabilizer(center)) == 4


def test_refused_actions():
    complex_ = canonical_complex(hyperplane_arrangement([[1, 0], [0, 1]], [0, 1])).complex
    with pytest.raises(InputError, match="Generator 0 does not map"):
        cell_orbits(complex_, FiniteGroup.generated_by([TURN]))
    with pytest.raises(ShapeError):
        cell_orbits(complex_, FiniteGroup.generated_by([[[-1]]]))
    line = canonical_complex(hyperplane_arrangement([[1, 0]])).complex  # its lineality space is not invariant
    with pytest.raises(InputError):
        cell_orbits(line, FiniteGroup.generated_by([TURN]))
    same_rays = canonical_complex(hyperplane_arrangement([[1, 0], [0, 1]])).complex
    scaled = FiniteGroup.generated_by([[[0, 2], ["1/2", 0]]])  # permutes the quadrants without being orthogonal
    assert cell_orbits(same_rays, scaled).n_orbits == 3


def test_regions_that_are_torn():
    """x_1 >= 0 is one region of the first coordinate, but its cells go to different regions under a turn."""
    net = Network.from_arrays([[[1, 0], [0, 1]], [[1, 0]]])
    with pytest.raises(InputError, match="different ones"):
        region_orbits(linear_regions(net), FiniteGroup.generated_by([TURN]))
