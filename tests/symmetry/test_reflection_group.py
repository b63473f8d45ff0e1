"""Orders against closure of the generated matrix groups, and of the classification; chambers as fundamental domains."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from gmpy2 import mpq

from troppoly.errors import InputError
from troppoly.exact import RationalMatrix
from troppoly.symmetry import FiniteGroup, ReflectionGroup, hyperoctahedral_group, symmetric_group

F4 = [[0, 1, -1, 0], [0, 0, 1, -1], [0, 0, 0, 1], ["1/2", "-1/2", "-1/2", "-1/2"]]
G2 = [[1, -1, 0], [-1, 2, -1]]
D4 = [[1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1], [0, 0, 1, 1]]
E8 = [
    *[[int(k == i) - int(k == i + 1) for k in range(8)] for i in range(1, 7)],
    [0] * 6 + [1, 1],
    ["1/2"] + ["-1/2"] * 6 + ["1/2"],
]
PRODUCT = [[1, -1, 0, 0], [0, 0, 3, 0], [0, 0, 0, "1/7"]]


@pytest.mark.parametrize(
    ("roots", "order"), [(F4, 1152), (G2, 12), (D4, 192), (E8, 696729600), (PRODUCT, 8), ([[5]], 2)]
)
def test_orders_of_the_classification(roots, order):
    assert ReflectionGroup(RationalMatrix.of(roots)).order == order


@pytest.mark.parametrize("n", range(2, 9))
def test_orders_of_permutations(n):
    assert symmetric_group(n).order == factorial(n)
    assert hyperoctahedral_group(n).order == 2**n * factorial(n)


@pytest.mark.parametrize("roots", [F4, G2, D4, PRODUCT], ids=["F4", "G2", "D4", "product"])
def test_parabolic_orders_by_closure(roots):
    group = ReflectionGroup(RationalMatrix.of(roots))
    reflections = group.reflections()
    for k in range(1, min(group.rank, 3) + 1):
        for chosen in combinations(range(group.rank), k):
            closure = FiniteGroup.generated_by([reflections[i] for i in chosen])
            assert group.parabolic_order(chosen) == closure.order
    assert group.parabolic_order([]) == 1


def test_every_orbit_meets_the_chamber_once():
    group = ReflectionGroup(RationalMatrix.of(F4))
    closure = FiniteGroup.generated_by(group.reflections())
    generator = np.random.default_rng(0)
    for _ in range(5):
        x = [mpq(int(v)) for v in generator.integers(-3, 4, 4)]
        orbit = {g.apply(x) for g in closure.elements}
        assert sum(all(v >= 0 for v in group.roots.apply(y)) for y in orbit) == 1


def test_reflections_are_involutions_that_negate_the_root():
    group = ReflectionGroup(RationalMatrix.of(F4))
    for i, s in enumerate(group.reflections()):
        assert s @ s == RationalMatrix.identity(4)
        assert s.apply(group.roots.row(i)) == tuple(-v for v in group.roots.row(i))


def test_fundamental_weights_span_the_chamber():
    group = hyperoctahedral_group(3)
    rays = {tuple(map(int, ray)) for ray in group.chamber().rays_list()}
    assert rays == {(1, 0, 0), (1, 1, 0), (1, 1, 1)}
    assert group.roots @ group.fundamental_weights().T == RationalMatrix.identity(3)


@pytest.mark.parametrize(
    "roots", [[[1, 0], [1, 1]], [[1, 0], [-1, 3]], [[1, 0], [2, 0]], [[1, 0], [-1, 0]], [[0, 0]], [[1, 0], [-5, 1]]]
)
def test_no_simple_roots(roots):
    with pytest.raises(InputError):
        ReflectionGroup(RationalMatrix.of(roots))


def test_no_reflections():
    with pytest.raises(InputError):
        symmetric_group(1)
    with pytest.raises(InputError):
        hyperoctahedral_group(0)
