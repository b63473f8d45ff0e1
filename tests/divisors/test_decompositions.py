"""Decomposition polyhedra against vertices enumerated in fractions, and cases with a unique minimal decomposition."""

import random
from functools import reduce
from itertools import combinations
from math import comb
from operator import add, mul

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import assume, given, settings

import troppoly as tp
from tests.crossing.cones import echelon
from tests.oracles.fraction_network import fraction
from tests.polynomial.strategies import integer_polynomials, with_dimension
from tests.refinement.strategies import SMALL, networks
from tests.seeds import seeds


def kernel(rows, n):
    """A basis of the vectors that all rows annihilate."""
    reduced = echelon(rows)
    free = [j for j in range(n) if j not in {p for p, _ in reduced}]
    basis = []
    for j in free:
        vector = [fraction(0)] * n
        vector[j] = fraction(1)
        for pivot, row in reduced:
            vector[pivot] = -row[j]
        basis.append(vector)
    return basis


def vertices_by_enumeration(found):
    """The points of the polyhedron at which as many independent constraints are tight as there are coordinates."""
    places = [int(i) for i in np.flatnonzero(found.support)]
    lower = [fraction(found.lower[i]) for i in places]
    equations = found.space.equations.take_columns(places).to_rationals()
    basis = kernel([[fraction(v) for v in row] for row in equations], len(places))
    k, result = len(basis), set()
    columns = list(zip(*basis, strict=True)) if basis else [()] * len(places)
    for chosen in combinations(range(len(places)), k):
        system = echelon([[*columns[j], lower[j]] for j in chosen])
        if [p for p, _ in system] == list(range(k)):
            point = [row[-1] for _, row in sorted(system)]
            w = [sum((c * v for c, v in zip(point, column, strict=True)), fraction(0)) for column in columns]
            if all(v >= low for v, low in zip(w, lower, strict=True)):
                result.add(tuple(w))
    return result


def check(function, found):
    """Vertices, decompositions, proofs; minimal ones are those that no other vertex is better than."""
    space = found.polyhedron
    places = np.flatnonzero(space.support)
    vertices = {tuple(fraction(w[i]) for i in places) for w in space.vertices}
    assert all(not w[~space.support].any() for w in space.vertices)
    if comb(len(places), space.n_parameters) <= 2000:
        assert vertices == vertices_by_enumeration(space)
    sizes = {}
    for w in space.vertices:
        r = space.decomposition(w)
        assert tp.equivalent(r, function)
        assert (len(r.numerator.prune()), len(r.denominator.prune())) == (len(r.numerator), len(r.denominator))
        sizes[tuple(w)] = (len(r.numerator), len(r.denominator))
        proof = space.irreducibility(w)
        assert proof
        assert proof.check()
    for face in (face for faces in space.bounded_faces for face in faces):
        assert space.irreducibility(sum(space.vertices[i] for i in face) / len(face))
    for pair in combinations(range(min(len(space.vertices), 5)), 2):
        joint = any(set(pair) <= set(face) for faces in space.bounded_faces for face in faces)
        assert bool(space.irreducibility(sum(space.vertices[i] for i in pair) / mpq(2))) == joint
    best = {s for s in sizes.values() if not any(t != s and t[0] <= s[0] and t[1] <= s[1] for t in sizes.values())}
    assert set(found.sizes) == best
    assert len(found) == sum(s in best for s in sizes.values())
    assert list(found.sizes) == sorted(found.sizes, key=sum)
    least = space.irreducible_point()
    assert space.contains(least)
    assert space.irreducibility(least).check()
    convex = least * 2 - space._bends  # the weights of g + h
    both = space.irreducibility(least + convex)
    assert both.check()
    assert bool(both) == (not convex.any())


@given(with_dimension(integer_polynomials, integer_polynomials, dimensions=(1, 2)))
@settings(max_examples=12)
def test_rationals(pair):
    f, g = (p.prune() for p in pair)
    assume(len(f) * len(g) <= 12)
    found = tp.minimal_decompositions(f / g)
    check(f / g, found)
    assert found.given_size == (len(f), len(g))


@given(networks(SMALL, dimensions=(1, 2), most_units=4))
@settings(max_examples=8)
def test_networks(arrays):
    weights, biases = arrays
    net = tp.Network.from_arrays([*weights[:-1], weights[-1][:1]], [*biases[:-1], biases[-1][:1]])
    found = tp.minimal_decompositions(net)
    check(net, found)
    numerator, denominator = tp.tropicalize(net)[0].numerator, tp.tropicalize(net)[0].denominator
    assert found.given_size == (len(numerator), len(denominator))
    if found.polyhedron.support.all():  # then the network's own pair is a decomposition on this complex
        assert any(s[0] <= len(numerator) and s[1] <= len(denominator) for s in found.sizes)


@given(with_dimension(integer_polynomials, dimensions=(1, 2, 3)))
@settings(max_examples=12)
def test_a_convex_function_is_its_own(single):
    """D_P(f) is f plus the cone of convex functions, which has one vertex."""
    (f,) = single
    found = tp.minimal_decompositions(f)
    assert found.sizes == ((len(f.prune()), 1),)
    assert len(found.polyhedron.vertices) == 1


@pytest.mark.parametrize("seed", seeds(40, 100))
def test_on_the_line_all_that_bends_upwards_is_the_numerator(seed):
    """All weights are balanced there: one vertex, the positive part."""
    rng = random.Random(seed)
    sides = [{(rng.randint(-4, 4),): mpq(rng.randint(-9, 9), rng.randint(1, 2)) for _ in range(5)} for _ in range(2)]
    f, g = map(tp.TropicalPolynomial, sides)
    signs = [wall.weight > 0 for wall in tp.divisor(f / g)]
    found = tp.minimal_decompositions(f / g)
    assert found.sizes == ((1 + sum(signs), 1 + len(signs) - sum(signs)),)
    assert found.polyhedron.bounded_faces == (((0,),),)
    assert found.given_size == (len(f.prune()), len(g.prune()))
    assert all(found[0]((t,)) == f((t,)) - g((t,)) for t in range(-5, 6))


@pytest.mark.parametrize(("n", "k"), [(3, 1), (3, 2), (3, 3), (4, 2), (4, 3)])
def test_order_statistics(n, k):
    """The k-th largest of n numbers is the sum of the k largest minus that of the k - 1 largest, and only that."""

    def largest(j):
        chosen = combinations(range(n), j)
        return tp.TropicalPolynomial({tuple(int(i in c) for i in range(n)): 0 for c in chosen})

    statistic = (largest(k) * largest(2)) / (largest(k - 1) * largest(2))
    found = tp.minimal_decompositions(statistic)
    assert len(found.polyhedron.vertices) == 1
    assert found.sizes == ((comb(n, k), comb(n, k - 1)),)
    assert statistic(range(n)) == n - k
    divisor = tp.divisor(statistic)
    assert (found.weights[0] == divisor.positive.weights).all()  # which is balanced


def test_one_hidden_layer():
    """The units with positive and with negative weights, as the weights are constant along whole lines."""
    weights = [[[1, 0], [0, 1], [1, 1], [1, -2]], [[2, -1, -3, 1]]]
    net = tp.Network.from_arrays(weights, [[0, -1, 2, 5], [0]])
    found = tp.minimal_decompositions(net)
    assert len(found.polyhedron.vertices) == 1
    positive = tp.Network.from_arrays([[weights[0][0], weights[0][3]], [[2, 1]]], [[0, 5], [0]])
    assert not tp.divisor(found[0].numerator / 0 / tp.tropicalize(positive)[0])  # they differ by an affine function
    assert found.sizes == ((4, 4),)


@pytest.mark.parametrize(("n", "expected"), [(3, 4), (4, 11)])
def test_set_functions_on_the_braid_fan(n, expected):
    """Functions affine on all orders of coordinates are those of set functions: 2^n - 1 values, n of them linear."""
    axes = [tp.TropicalPolynomial.variable(i, n) for i in range(n)]
    found = tp.decomposition_polyhedron(reduce(add, axes), braid(n))
    assert found.n_parameters == 2**n - 1 - n == expected
    assert found.dimension == found.n_parameters


def subsets(n):
    return [frozenset(c) for k in range(n + 1) for c in combinations(range(n), k)]


def braid(n):
    axes = [tp.TropicalPolynomial.variable(i, n) for i in range(n)]
    return reduce(lambda f, g: (f * g).prune(), (x + y for x, y in combinations(axes, 2)))


def is_submodular(values):
    return all(values[s] + values[t] >= values[s | t] + values[s & t] for s, t in combinations(values, 2))


@pytest.mark.parametrize(
    ("n", "seed"), [(n, seed) for n, seeds in ((2, 20), (3, 120), (4, 4)) for seed in range(seeds)]
)
def test_submodular_functions_are_the_convex_ones(n, seed):
    """The extension of a set function, F(S) at the sum of the units of S, is convex iff F is submodular (Lovasz 1983).

    So the decompositions on the braid fan are those of set functions as differences of submodular ones.
    """
    rng = random.Random(f"{n} {seed}")
    a = {s: rng.choice([0, 0, 1, 2, -1] if seed % 2 else [0, 0, 0, 1, 1, 2]) for s in subsets(n) if s}
    maxima = {s: tp.TropicalPolynomial({tuple(int(i == j) for i in range(n)): 0 for j in s}) for s in a}
    one = tp.TropicalPolynomial.one(n)
    f, g = (reduce(mul, (maxima[s] ** abs(c) for s, c in a.items() if sign * c > 0), one).prune() for sign in (1, -1))
    f = f / g

    def values(function):
        return {s: function([int(i in s) for i in range(n)]) for s in subsets(n)}

    given = values(f)
    assert given == {s: sum(c for t, c in a.items() if s & t) for s in subsets(n)}
    assert bool(tp.is_convex(f)) == is_submodular(given)
    if n == 3 and seed % 6 == 0:
        found = tp.minimal_decompositions(f, braid(n))
        assert (len(found[0].denominator) == 1) == is_submodular(given)
        for r in found:
            first, second = values(r.numerator), values(r.denominator)
            assert is_submodular(first)
            assert is_submodular(second)
            assert all(first[s] - second[s] == given[s] for s in given)


def test_several_minimal_decompositions():
    weights = [[[3, -1], [-2, 3], [1, 2], [2, -2]], [[1, 3, -2, 1], [-1, 1, 2, -2]], [[1, -2]]]
    for seed in range(40):
        biases = [[(seed * 7 + i * 5) % 5 - 2 for i in range(4)], [(seed * 3 + i) % 5 - 2 for i in range(2)], [0]]
        found = tp.minimal_decompositions(tp.Network.from_arrays(weights, biases))
        if len(set(found.sizes)) > 1:
            break
    else:
        pytest.fail("None was found.")
    assert all(found.certificate(i).check() for i in range(len(found)))
    assert all(tp.equivalent(found[0], r) for r in found)


def test_what_is_refused():
    x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    with pytest.raises(tp.InputError, match="not affine on the cells"):
        tp.decomposition_polyhedron(x + 0, x + y)
    with pytest.raises(tp.ShapeError, match="lies in"):
        tp.decomposition_polyhedron(x + 0, tp.TropicalPolynomial.variable(0, 1))
    with pytest.raises(tp.InputError, match="domain"):
        tp.decomposition_polyhedron(tp.linear_regions(x + 0, domain=[(-1, 1), (0, 1)]), x + 0)
    space = tp.decomposition_polyhedron(x + 0)
    with pytest.raises(tp.InputError, match="not those of a decomposition"):
        space.decomposition(space.vertices[0] * 0)
    on_a_box = tp.minimal_decompositions(tp.linear_regions((x + 0) / (x + y), domain=[(-1, 1), (0, 1)]))
    assert all(r((a, b)) == max(a, 0) - max(a, b) for r in on_a_box for a in (-1, 0, 1) for b in (0, 1))
