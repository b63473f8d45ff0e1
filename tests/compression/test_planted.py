"""Small networks in which redundancy is planted: compression comes back to their size, and to their function."""

import random
from fractions import Fraction
from itertools import pairwise

import pytest

from tests.complex.strategies import network_of_layers
from tests.oracles import rewrites
from tests.oracles.fraction_network import evaluate, fraction, relu_layers
from troppoly.compression import compress

KNOWN = {
    "both turned around": (
        ([[[1, 0], [0, 1], [1, 1], [-1, -1]], [[1, 1, -1, 1]]], [[0] * 4, [0]]),
        ([[[-1, 0], [0, -1]], [[1, 1]]], [[0, 0], [0]]),
    ),
    "a kink below a shift": (([[[1]], [[1]], [[1]]], [[0], [-3], [0]]), ([[[1]], [[1]]], [[-3], [0]])),
    "two kinks below a shift": (
        ([[[1], [1]], [[1, 1]], [[1]]], [[0, -1], [-5], [0]]),
        ([[[2]], [[1]]], [[-6], [0]]),
    ),
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
            layers = rewrites.split(
                layers, index, r.choice(rectified), Fraction(r.randint(-2, 2), 3), Fraction(2)
            )
        else:
            row = [Fraction(r.randint(-2, 2)) * (kind != "dead") for _ in rows[0]]
            columns = [Fraction(r.randint(-2, 2)) for _ in layers[index + 1][0]]
            layers = rewrites.with_cancelling_pair(layers, index, row, Fraction(-1), columns)
    return layers


@pytest.mark.parametrize("seed", range(30))
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
