"""Injective and surjective maps: by pairs of cells, by monotony on the line, by ranks, and by known maps."""

import random
from fractions import Fraction

import pytest

import troppoly as tp
from tests.crossing.case import program_of
from tests.crossing.dynamics import check_injectivity, check_surjectivity
from tests.crossing.piecewise import Complex
from troppoly.exact.linear import solve
from troppoly.geometry import Surjectivity, injectivity, is_homeomorphism, surjectivity


def random_net(rng, widths, entries=(-2, -1, 0, 1, 1, 2)):
    pairs = list(zip(widths[1:], widths, strict=False))
    weights = [[[rng.choice(entries) for _ in range(n)] for _ in range(m)] for m, n in pairs]
    return tp.Network.from_arrays(weights, [[rng.choice(entries) for _ in range(m)] for m, _ in pairs])


@pytest.mark.parametrize("widths", [(1, 2, 2), (2, 2, 2), (2, 3, 2), (1, 3, 1), (2, 2, 3), (2, 3, 1)])
def test_against_brute_force(widths):
    rng = random.Random(str(widths))
    for _ in range(3):
        net = random_net(rng, widths)
        cells = Complex(program_of(net), net.n_inputs).cells
        check_injectivity(injectivity(net), program_of(net), cells, net.n_inputs)
        if net.n_outputs < 3:
            check_surjectivity(surjectivity(net), cells, net.n_inputs)


def residual(rng, d, n, scale):
    """x + scale B max(A x + b, 0): a homeomorphism if the scale is small."""
    inner = [[rng.choice([-2, -1, 1, 2]) for _ in range(d)] for _ in range(n)]
    passed = [[int(i == j) for j in range(d)] for i in range(d)]
    outer = [[scale * rng.choice([-2, -1, 1, 2]) for _ in range(n)] for _ in range(d)]
    first = tp.Layer(
        tp.RationalMatrix.of(inner + passed),
        tp.RationalMatrix.of([[rng.choice([-1, 0, 1])] for _ in range(n)] + [[0]] * d),
        [True] * n + [False] * d,
    )
    joint = [row + unit for row, unit in zip(outer, passed, strict=True)]
    return tp.Network((first, tp.Layer.of(joint)))


@pytest.mark.parametrize("seed", range(4))
def test_maps_near_the_identity(seed):
    """They are homeomorphisms if what is added has a Lipschitz constant below 1; others by cells."""
    rng = random.Random(seed)
    small, large = residual(rng, 2, 3, Fraction(1, 25)), residual(rng, 2, 3, Fraction(1, 4))
    assert is_homeomorphism(small)
    assert surjectivity(small)
    cells = Complex(program_of(large), 2).cells
    check_injectivity(injectivity(large), program_of(large), cells, 2)
    check_surjectivity(surjectivity(large), cells, 2)


def test_the_distance_of_a_point_from_images_that_are_known():
    """The nearest point of a graph is at 0, or where two of x - u, x - v, -x - v are 0 or equal up to sign."""
    rng = random.Random(3)
    graph = tp.Network.from_arrays([[[1], [-1]], [[1, -1], [1, 1]]])  # (x, |x|)
    quadrant = tp.Layer.of([[2, 0], [1, 1]], [0, 1], rectified=True)
    plane = tp.TropicalMap([tp.TropicalPolynomial.variable(i, 2) for i in (0, 0)])  # (x, x)
    for _ in range(12):
        u, v = (Fraction(rng.randint(-9, 9), rng.randint(1, 3)) for _ in range(2))
        places = [0, u, v, -v, *((s * u + t * v) / 2 for s in (-1, 1) for t in (-1, 1))]
        assert Surjectivity(graph, (u, v)).gap() == min(max(abs(x - u), abs(abs(x) - v)) for x in places)
        assert Surjectivity(quadrant, (u, v)).gap() == max(0, -u, -v)
        assert Surjectivity(plane, (u, v)).gap() == abs(u - v) / 2
        constant = tp.Network.from_arrays([[[0, 0]]], [[u]])
        assert Surjectivity(constant, (v,)).gap() == abs(u - v)


def test_on_the_line_it_is_monotony():
    rng = random.Random(0)
    answers = set()
    for _ in range(30):
        net = random_net(rng, (1, 3, 1))
        slopes = [cell.affine_map[0][0, 0] for cell in tp.linear_regions(net).cells]
        ends = [net((x,))[0] - net((x - 1 if x < 0 else x + 1,))[0] for x in (-99, 99)]
        assert bool(injectivity(net)) == (min(slopes) > 0 or max(slopes) < 0)
        onto = surjectivity(net)
        assert bool(onto) == (ends[0] * ends[1] < 0)
        corners = [v for face in tp.linear_regions(net).complex.faces(0) for v in face.vertices()]
        assert onto.gap() == (None if onto else min(abs(net(v)[0] - onto.missed[0]) for v in corners or [(0,)]))
        answers.add((bool(injectivity(net)), bool(surjectivity(net))))
    assert answers == {(False, False), (False, True), (True, True)}


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 3), (3, 2)])
def test_affine_maps_by_rank(shape):
    rng = random.Random(str(shape))
    for _ in range(3):
        matrix = [[rng.choice([-1, 0, 1]) for _ in range(shape[1])] for _ in range(shape[0])]
        net, rank = tp.Network.from_arrays([matrix]), tp.exact.rank(tp.RationalMatrix.of(matrix))
        assert bool(injectivity(net)) == (rank == shape[1])
        assert bool(surjectivity(net)) == (rank == shape[0])
        assert bool(is_homeomorphism(net)) == (rank == shape[0] == shape[1])


def test_a_map_of_degree_two_is_coherently_oriented_but_not_injective():
    """The plane wound twice around the origin: every sector of 45 degrees goes to one of 90."""
    corners = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)]
    values = [(1, 0), (0, 1), (-1, 0), (0, -1)] * 2
    # a positively homogeneous function by its values at the corners: |.| of the four lines and a linear form
    normals = [(0, 1), (-1, 1), (1, 0), (1, 1)]
    rows = [[abs(a * x + b * y) for a, b in normals] for x, y in corners[:4]]
    outer = []
    for coordinate in range(2):
        assert all(values[i][coordinate] == values[i + 4][coordinate] for i in range(4))  # even: no linear part
        outer.append([row[0] for row in solved(rows, [values[i][coordinate] for i in range(4)])])
    signed = normals + [(-a, -b) for a, b in normals]
    net = tp.Network.from_arrays([signed, [row + row for row in outer]])
    assert [tuple(map(int, net(x))) for x in corners] == values
    assert surjectivity(net)
    one, other = injectivity(net).points
    assert one == tuple(-v for v in other)
    assert not is_homeomorphism(net)


def solved(matrix, right):
    """The solution of a linear system, by the library's exact linear algebra."""
    return solve(tp.RationalMatrix.of(matrix), tp.RationalMatrix.of([[v] for v in right])).tolist()


def test_layers_by_directed_spanning_sets():
    """Without biases: at every x the rows with positive products span (Puthawala et al., Theorem 2)."""
    rng = random.Random(1)
    answers = []
    for _ in range(10):
        rows = [[rng.choice([-2, -1, 1, 2]) for _ in range(2)] for _ in range(rng.choice([3, 4, 5, 6]))]
        layer = tp.Layer.of(rows, rectified=True)
        inner = [cell.interior_point() for cell in tp.linear_regions(tp.hyperplane_arrangement(rows)).cells]
        active = [[row for row in rows if row[0] * x + row[1] * y > 0] for x, y in inner]
        found = injectivity(layer)
        assert bool(found) == all(tp.exact.rank(tp.RationalMatrix.of(part, columns=2)) == 2 for part in active)
        answers.append(bool(found))
    assert 0 < sum(answers) < 10
    assert injectivity(tp.Layer.of([[1], [-1]], [-1, 2], rectified=True))  # (x - 1)+ and (2 - x)+


def test_domains_budgets_and_wrong_witnesses():
    absolute = tp.Network.from_arrays([[[1], [-1]], [[1, 1]]])
    assert injectivity(absolute, [(0, 5)])
    assert not injectivity(absolute, [(-1, 5)])
    spread = tp.Network.from_arrays([[[1], [-1]], [[1, 1], [1, -1]]])
    assert injectivity(spread)
    with pytest.raises(tp.BudgetError):
        injectivity(spread, max_programs=0)
    with pytest.raises(tp.BudgetError):
        surjectivity(absolute, max_programs=1)
    with pytest.raises(tp.InputError, match="two points"):
        tp.geometry.Injectivity(absolute, ((tp.rational(1),), (tp.rational(2),)))
