"""Random networks for local geometry: generic, degenerate, with maxima, with lineality."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np

import troppoly as tp


def random_network(rng: random.Random) -> tp.Network:
    """A small network of a kind that is drawn, in one to three dimensions."""
    d = rng.choice([1, 2, 2, 3])
    kind = rng.randrange(7)
    if kind == 0:  # floats
        return _of(rng, [d, rng.randint(2, 5), rng.randint(1, 3), 1], lambda: rng.uniform(-1, 1))
    if kind == 1:  # small integers: many coincidences
        return _of(rng, [d, rng.randint(1, 4), rng.randint(1, 3), 2], lambda: rng.randint(-1, 1))
    if kind == 2:  # everything through the origin
        return _of(rng, [d, rng.randint(2, 4), rng.randint(1, 3), 1], lambda: rng.randint(-2, 2), lambda: 0)
    if kind == 3:  # one layer, repeated rows
        rows = [[rng.randint(-1, 1) for _ in range(d)] for _ in range(3)]
        return tp.Network.from_arrays(
            [[*rows, rows[0]], [[1, -1, 2, 1]]], [[rng.randint(-1, 1) for _ in range(4)], [0]]
        )
    if kind == 4:  # fewer units than inputs
        return _of(rng, [d + rng.randint(1, 2), rng.randint(1, d), rng.randint(1, 3), 1], lambda: rng.randint(-2, 2))
    if kind == 5:
        shapes = [rng.randint(2, 3) for _ in range(rng.randint(1, 2))]
        weights = [[[rng.randint(-2, 2) for _ in range(d)] for _ in range(k)] for k in shapes]
        return tp.maxout(weights, [[rng.randint(-1, 1) for _ in range(k)] for k in shapes])
    widths = [d, rng.randint(2, 3), 2, rng.randint(1, 2), 1]  # deep
    return _of(rng, widths, lambda: rng.choice([-2, -1, 0, 1, 1, 2, 0.5]))


def _of(rng, widths, weight, bias=None):
    pairs = list(pairwise(widths))
    weights = [[[weight() for _ in range(n)] for _ in range(m)] for n, m in pairs]
    biases = [[(bias or weight)() for _ in range(m)] for _, m in pairs]
    return tp.Network.from_arrays(weights, biases)


def wide_network(widths: list[int], seed: int = 0) -> tp.Network:
    """A network with the default initialization of PyTorch, in single precision."""
    generator = np.random.default_rng(seed)
    weights, biases = [], []
    for n, m in pairwise(widths):
        scale = np.float32(1 / np.sqrt(n))
        weights.append(generator.uniform(-1, 1, (m, n)).astype(np.float32) * scale)
        biases.append(generator.uniform(-1, 1, m).astype(np.float32) * scale)
    return tp.Network.from_arrays(weights, biases)
