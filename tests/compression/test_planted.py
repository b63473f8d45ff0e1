"""Small networks in which redundancy is planted: compression comes back to their size, and to their function."""

import random
from fractions import Fraction
from itertools import pairwise
from math import prod

import numpy as np
import pytest

from tests.oracles import rewrites
from tests.oracles.fraction_network import evaluate, fraction, relu_layers
from tests.refinement.strategies import network_of_layers
from tests.seeds import seeds
from troppoly.compression import compress
from troppoly.errors import BudgetError
from troppoly.exact.modular import moduli
from troppoly.network import Network
from troppoly.passagemath import polyhedron

KNOWN = {
    "both turned around": (
        ([[[1, 0], [0, 1], [1, 1], [-1, -1]], [[1, 1, -1, 1]]], [[0] * 4, [0]]),
        ([[[-1, 0], [0, -1]], [[1, 1]]], [[0, 0], [0]]),
    ),
    "a kink below a shift": (([[[1]], [[1]], [[1]]], [[0], [-3], [0]]), ([[[1]], [[1]]], [[-3], [0]])),
    "two kinks below a shift": (([[[1], [1]], [[1, 1]], [[1]]], [[0, -1], [-5], [0]]), ([[[2]], [[1]]], [[-6], [0]])),
    "one kink is hidden and two are made": (
        ([[[1], [-1]], [[1, 1]], [[1]]], [[0, 0], [-3], [0]]),
        ([[[1], [-1]], [[1, 1]]], [[-3, -3], [0]]),
    ),
}


def size(layers):
    return sum(len(bias) for _, bias, _ in layers[:-1])


def check(layers, small, seed=0):
    """Compress; the function is that of the small network, and the size is at most its size."""
    network, known = network_of_layers(layers), network_of_layers(small)
    result = compress(network)
    assert sum(result.network.widths[1:-1]) <= size(small)
    assert result.certificate.check()
    assert compress(result.network).steps == ()
    r = random.Random(seed)
    for _ in range(12):
        x = [Fraction(r.randint(-30, 30), r.randint(1, 4)) for _ in range(network.n_inputs)]
        assert [fraction(v) for v in result.network(tuple(map(str, x)))] == evaluate(small, x)
    again = compress(known)
    assert sum(result.network.widths[1:-1]) <= sum(again.network.widths[1:-1])
    return result


@pytest.mark.parametrize("name", KNOWN)
def test_known_smaller_networks(name):
    given, small = (relu_layers(*arrays) for arrays in KNOWN[name])
    result = check(given, small)
    assert result.certificate.fewest_units


def random_layers(r, sizes):
    weights = [[[r.randint(-3, 3) for _ in range(m)] for _ in range(n)] for m, n in pairwise(sizes)]
    return relu_layers(weights, [[r.randint(-3, 3) for _ in range(n)] for n in sizes[1:]])


def leaky(layers, slope):
    """Every unit max(z, 0) - slope max(-z, 0), as two units."""
    layers = rewrites.copied(layers)
    for (rows, bias, flags), (readers, _, _) in pairwise(layers):
        rows += [[-w for w in row] for row in rows]
        bias += [-b for b in bias]
        flags += flags
        for reader in readers:
            reader += [-slope * u for u in reader]
    return layers


def with_identities(layers):
    """The inputs are passed on by identity units of all hidden layers, and added to the outputs."""
    layers = rewrites.copied(layers)
    d = len(layers[0][0][0])
    unit = [[Fraction(int(i == j)) for j in range(d)] for i in range(d)]
    for index, (rows, bias, flags) in enumerate(layers):
        for row in rows:
            row += [Fraction(int(index == len(layers) - 1))] * d if index else []
        if index < len(layers) - 1:
            before = len(rows[0]) - d
            rows += [[Fraction(0)] * before + line for line in unit] if index else unit
            bias += [Fraction(0)] * d
            flags += [False] * d
    return layers


def planted(r, layers):
    for _ in range(2):
        index = r.randrange(len(layers) - 1)
        rows, bias, flags = layers[index]
        rectified = [i for i, flag in enumerate(flags) if flag]
        kind = r.choice(["turn", "turn", "delay", "twin", "dead", "cancel"])
        if kind == "turn":
            chosen = r.sample(rectified, r.randint(1, min(3, len(rectified))))
            layers = rewrites.turned(layers, index, chosen, as_identity=r.random() < 0.3)
        elif kind == "delay":
            layers = rewrites.delayed(layers, index, [Fraction(r.randint(0, 3)) for _ in bias])
        elif kind == "twin":
            layers = rewrites.split(layers, index, r.choice(rectified), Fraction(r.randint(-2, 2), 3), Fraction(2))
        else:
            row = [Fraction(r.randint(-2, 2)) * (kind != "dead") for _ in rows[0]]
            columns = [Fraction(r.randint(-2, 2)) for _ in layers[index + 1][0]]
            layers = rewrites.with_cancelling_pair(layers, index, row, Fraction(-1), columns)
    return layers


@pytest.mark.parametrize("seed", seeds(12, 30))
def test_random_networks(seed):
    r = random.Random(seed)
    hidden = [r.randint(1, 3) for _ in range(r.choice([1, 1, 2]))]
    small = random_layers(r, [r.randint(1, 3), *hidden, r.choice([1, 1, 2])])
    check(planted(r, small), small, seed)


@pytest.mark.parametrize("seed", range(10))
def test_leaky_units(seed):
    r = random.Random(seed)
    small = leaky(random_layers(r, [2, r.randint(1, 2), 1]), Fraction(1, 4))
    check(planted(r, small), small, seed)


@pytest.mark.parametrize("seed", range(10))
def test_residual_networks(seed):
    r = random.Random(seed)
    small = with_identities(random_layers(r, [r.randint(1, 2), 2, 1]))
    check(planted(r, small), small, seed)


def test_a_kink_that_is_moved_to_another():
    """(x - 1)+ is seen for x > 3 only, by (x+ + (x - 1)+ - 5)+, and is x+ - 1 there; (x+ - y+ + 1)+ needs its layer."""
    weights = [[[1, 0], [1, 0], [0, 1]], [[1, 1, 0], [1, 0, -1]], [[1, 1]]]
    small = relu_layers([[[1, 0], [0, 1]], [[2, 0], [1, -1]], [[1, 1]]], [[0, 0], [-6, 1], [0]])
    check(relu_layers(weights, [[0, -1, 0], [-5, 1], [0]]), small)


def test_bends_that_end_are_no_hyperplanes():
    """max(x, y, 0) as max(max(x, y), 0): its three half-lines lie on lines that a network of one layer bends along."""
    layers = relu_layers([[[1, -1], [0, 1], [0, -1]], [[1, 1, -1]], [[1]]], [[0] * 3, [0], [0]])
    result = check(layers, layers)
    assert len(result.network.layers) == 3
    assert not result.certificate.fewest_units


def test_one_hidden_layer_takes_no_cells():
    """784-64-10 with 32 units planted twice, and as many turned around."""
    r = np.random.default_rng(0)
    rows, columns = r.normal(size=(32, 784)), r.integers(-9, 9, (10, 64))
    twice = compress(Network.from_arrays([np.vstack([rows, 2 * rows]), columns]))
    assert twice.network.widths == (784, 32, 10)
    assert twice.certificate.fewest_units
    some = r.random(32) < 0.5
    whole = r.integers(-9, 9, (32, 784))
    passed = (columns[:, :32] * some) @ whole
    first = np.vstack([np.where(some[:, None], -whole, whole), passed, -passed])
    last = np.hstack([columns[:, :32], np.eye(10, dtype=int), -np.eye(10, dtype=int)])
    turned = compress(Network.from_arrays([first, last]), max_cells=1)
    assert turned.network.widths == (784, 32, 10)
    assert turned.certificate.fewest_units
    x = r.integers(-9, 9, 784)
    assert turned.network(x.tolist()) == tuple((columns[:, :32] @ np.maximum(whole @ x, 0)).tolist())


def test_formal_steps_are_kept_when_the_cells_are_too_many():
    rows = np.random.default_rng(0).integers(-9, 9, (32, 784))
    network = Network.from_arrays(
        [np.vstack([rows, 2 * rows]), np.ones((3, 64)), np.ones((1, 3))], [None, [1, 2, 3], None]
    )
    with pytest.raises(BudgetError) as caught:
        compress(network, max_cells=1000)
    result = caught.value.partial
    assert result.network.widths == (784, 32, 3, 1)
    assert result.certificate.stopped
    assert not result.certificate.fewest_units
    x = (rows[0] - 2 * rows[5]).tolist()
    assert result.network(x) == network(x)


def test_fewest_units_on_a_domain():
    """On x > 0 the function x+ + (x - 1)+ has one bend, and x takes one more unit."""
    half = polyhedron([(0,)], [(1,)], ambient_dim=1)
    result = compress(Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]]), half)
    assert result.network.widths == (1, 2, 1)
    assert result.certificate.fewest_units


@pytest.mark.parametrize("primes", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("weights", "biases", "widths"),
    [
        ([[[1], [1]], [[1, -1]], [[1]]], [[0, -1], [0], [0]], (1, 2, 1)),  # x between 0 and 1
        ([[[1]], [[1]], [[1]]], [[0], [-3], [0]], (1, 1, 1)),  # (x - 3)+
        ([[[1], [-1]], [[1, 1]], [[1]]], [[0, 0], [-3], [0]], (1, 2, 1)),  # (|x| - 3)+
        ([[[1], [1]], [[2, 2]]], [[0, -2], [0]], (1, 2, 1)),
    ],
)
def test_all_weights_times_the_primes_that_are_computed_with(primes, weights, biases, widths):
    """The function is p^k times what it was, and all of its slopes and bends are 0 modulo these primes."""
    p = prod(int(p) for p in moduli(primes))
    scaled = [[[p * w for w in row] for row in matrix] for matrix in weights]
    offsets = [[p ** (i + 1) * b for b in bias] for i, bias in enumerate(biases)]
    result = compress(Network.from_arrays(scaled, offsets))
    assert result.network.widths == widths
    assert result.certificate.fewest_units
