"""Declared maxima: what is none is refused, and what is accepted changes no answer."""

import random
from fractions import Fraction
from itertools import product

import pytest

from tests.oracles.fraction_network import evaluate, expand, fraction
from tests.oracles.monomial_regions import status
from tests.seeds import seeds
from troppoly import InputError, Layer, Network, RationalMatrix, equivalent, linear_regions, maxout, tropicalize


def small_maxout(seed, ranks, n):
    r = random.Random(seed)
    weights = [[[r.randint(-2, 2) for _ in range(n)] for _ in range(k)] for k in ranks]
    return weights, [[r.randint(-2, 2) for _ in range(k)] for k in ranks]


def fraction_layers(network):
    rows = [[[fraction(w) for w in layer.weight.row(i)] for i in range(layer.n_outputs)] for layer in network.layers]
    biases = [[fraction(layer.bias[i, 0]) for i in range(layer.n_outputs)] for layer in network.layers]
    return [(w, b, layer.rectified.tolist()) for w, b, layer in zip(rows, biases, network.layers, strict=True)]


@pytest.mark.parametrize("seed", seeds(15, 30))
def test_the_tropical_map_of_a_maximum_is_that_of_the_formal_recursion(seed):
    """Its monomials are those of the expression written out that are maximal on a full-dimensional set."""
    ranks, n = [((3,), 1), ((3, 2), 2), ((4,), 1)][seed % 3]
    weights, biases = small_maxout(seed, ranks, n)
    net = maxout(weights, biases)
    assert any(len(group) > 1 for group in net.max_groups)
    for component, sides in zip(tropicalize(net).components, expand(fraction_layers(net)), strict=True):
        for polynomial, monomials in zip((component.numerator, component.denominator), sides, strict=True):
            terms = {}
            for exponent, c in monomials:
                terms[exponent] = max(c, terms.get(exponent, c))
            needed = {a: c for a, c in terms.items() if status(terms, a) == "vertex"}
            found = {tuple(map(fraction, a)): fraction(c) for a, c in polynomial.terms.items()}
            assert found == needed


@pytest.mark.parametrize("seed", seeds(15, 30))
def test_the_tropical_map_of_maxima_is_the_maxima(seed):
    ranks, n = random.Random(seed).choice([((3, 3), 2), ((5,), 2), ((2, 4, 3), 2), ((6, 3), 1), ((3, 3), 3)])
    weights, biases = small_maxout(seed, ranks, n)
    f = tropicalize(maxout(weights, biases))
    for x in product(range(-3, 4), repeat=n):
        expected = tuple(
            max(sum(w * v for w, v in zip(row, x, strict=True)) + b for row, b in zip(rows, shift, strict=True))
            for rows, shift in zip(weights, biases, strict=True)
        )
        assert f(x) == expected


def random_network(r, n, widths):
    """Layers with small integers, and identity units here and there."""
    layers = []
    for i, width in enumerate([*widths, 1]):
        weight = [[r.choice([-2, -1, 0, 0, 1, 1]) for _ in range(n)] for _ in range(width)]
        bias = [[r.randint(-1, 1)] for _ in range(width)]
        rectified = [i < len(widths) and r.random() < 0.7 for _ in range(width)]
        layers.append(Layer(RationalMatrix.of(weight), RationalMatrix.of(bias), rectified))
        n = width
    return layers


def test_groups_are_refused_or_change_nothing():
    """Every pair of units of small random networks, declared as a maximum: the regions stay what they are."""
    accepted = refused = 0
    for seed in range(150):
        r = random.Random(seed)
        layers = random_network(r, 2, [2, 2, 2][: r.randint(2, 3)])
        units = [(i, j) for i, layer in enumerate(layers) for j in range(layer.n_outputs) if layer.rectified[j]]
        plain = Network(layers)
        for first, second in product(units, repeat=2):
            if first[0] >= second[0]:
                continue
            try:
                declared = Network(layers, max_groups=((first, second),))
            except InputError:
                refused += 1
                continue
            accepted += 1
            assert len(linear_regions(declared)) == len(linear_regions(plain))
            assert tropicalize(declared) == tropicalize(plain)
            for region in linear_regions(declared):
                point = [fraction(x) for x in region.interior_point()]
                matrix, vector = region.affine_map
                assert evaluate(fraction_layers(plain), point) == [
                    sum((fraction(a) * x for a, x in zip(matrix[0], point, strict=True)), fraction(vector[0]))
                ]
    assert accepted >= 10
    assert refused >= 100


def layer(weight, bias, rectified):
    return Layer(RationalMatrix.of(weight), RationalMatrix.of([[b] for b in bias]), rectified)


def steps(read, factor=1):
    """max(0, x, y) by u_2 = x and u_3 = factor (y - max(x, 0)); the output is ``read`` of these units and y."""
    return (
        layer([[1, 0], [0, 1]], [0, 0], [True, False]),
        layer([[1, 0], [-factor, factor], [0, 1]], [0, 0, 0], [False, True, False]),
        layer([read], [0], [False]),
    )


GROUP = (((0, 0), (1, 1)),)


def test_scaled_steps_and_values_read_beside_the_maximum_are_accepted():
    for factor in (1, 2, Fraction(1, 3)):
        net = Network(steps([1, 1 / Fraction(factor), 5], factor), max_groups=GROUP)
        assert len(linear_regions(net)) == 3  # the maximum of 0, x and y, plus 5 y
        assert net((3, 1)) == (3 + 5,)


@pytest.mark.parametrize(
    ("layers", "where"),
    [
        (steps([2, 1, 0]), "unit 0 of layer 2"),  # the maximum plus max(x, 0) bends where y > x = 0
        (steps([1, 2, 0]), "unit 0 of layer 2"),
        (steps([1, 0, 0]), "unit 0 of layer 2"),
        (steps([1, -1, 0], factor=-1), "unit 1 of layer 1"),
        (steps([1, 1, 0], factor=0), "unit 1 of layer 1"),
    ],
)
def test_almost_maxima_are_refused(layers, where):
    with pytest.raises(InputError, match=f"do not compute a maximum: see {where}"):
        Network(layers, max_groups=GROUP)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ((((0, 5),),), "Unit 5 of layer 0.*does not exist"),
        ((((7, 0),),), "Unit 0 of layer 7.*does not exist"),
        ((((0, -1),),), "Unit -1 of layer 0.*does not exist"),
        ((((0, 1),),), "Unit 1 of layer 0.*is not rectified"),
        ((((1, 1), (0, 0)),), "ascending"),
        ((((0, 0),), ((0, 0), (1, 1))), "Unit 0 of layer 0.*in another maximum"),
        (((0, 0),), "must be a sequence of sequences; it contains a tuple"),
        (5, "must be a sequence of sequences, not 5"),
        ((((0.0, 0),),), "sequence of groups"),
    ],
)
def test_malformed_groups_are_refused(groups, message):
    with pytest.raises(InputError, match=message):
        Network(steps([1, 1, 0]), max_groups=groups)


def test_a_false_maximum_does_not_make_functions_equal():
    """(x - 1000)+ + ((x - 1000)+ + 1)+ is not the constant 1."""
    layers = (layer([[1]], [-1000], [True]), layer([[1], [1]], [0, 1], [False, True]), layer([[1, 1]], [0], [False]))
    with pytest.raises(InputError, match="max_groups"):
        Network(layers, max_groups=GROUP)
    assert len(linear_regions(Network(layers))) == 2
    assert not equivalent(Network(layers), Network.from_arrays([[[0]]], [[1]]))
