"""Redundancy and compression of sparse layers, with 4,000 units and of a convolution, in little memory."""

import subprocess
import sys

import numpy as np
import pytest
from gmpy2 import mpq, mpz

from tests.equivalence import test_wide_layers
from tests.equivalence.test_wide_layers import NARROW, WIDE
from troppoly import compress, redundancy_report
from troppoly.exact import RationalMatrix, SparseMatrix
from troppoly.network import Layer, Network

MANY = 2000  # units in pairs


def network(n):
    """The sparse network of the test of equivalence, with one wide layer that reads a wide one."""
    first, second, _, last = test_wide_layers.network(n).layers
    return Network((first, second, last))


def near_the_middle(report):
    """What is said of units that do not see the ends of a layer."""
    return {u for u in report.units if u.unit < NARROW - 4 and (u.other is None or u.other < NARROW - 4)}


def multiples(n):
    """The network 2-4-n-2 with max(p max(z, 0) - q max(-z, 0), 0) = p max(z, 0) for both coordinates z."""
    k = np.arange(n)
    plane = RationalMatrix.of([[1, 0], [-1, 0], [0, 1], [0, -1]])
    values = [mpz(i % 7 + 1) for i in k] + [mpz(-(i % 11) - 1) for i in k]
    rows = SparseMatrix.from_triples([*k, *k], [*(k % 2 * 2), *(k % 2 * 2 + 1)], values, (n, 4))
    last = SparseMatrix.from_triples([*(k % 3 % 2)], k, [mpz(i % 5 + 1) for i in k], (2, n))
    zeros = [RationalMatrix.zeros(m, 1) for m in (4, n, 2)]
    return Network(
        (
            Layer(plane, zeros[0], np.full(4, True)),
            Layer(rows, zeros[1], np.full(n, True)),
            Layer(last, zeros[2], np.full(2, False)),
        )
    )


def report_goes_through():
    wide, narrow = redundancy_report(network(WIDE)), redundancy_report(network(NARROW))
    assert near_the_middle(wide) == near_the_middle(narrow)
    assert wide.of_kind("dead")[: WIDE - 3] == tuple((0, k) for k in range(WIDE) if k not in (5, 6, 7))
    report = redundancy_report(multiples(MANY))
    found = [(u.unit, u.other, u.factor) for u in report.units if u.kind == "proportional" and u.layer == 1]
    assert found == [(k, k % 2, mpq(k % 7 + 1, k % 2 + 1)) for k in range(2, MANY)]


def compression_goes_through():
    wide, narrow = compress(network(WIDE)), compress(network(NARROW))
    assert wide.network.layers[:-1] == narrow.network.layers[:-1]
    assert wide.certificate.check()
    result = compress(multiples(MANY))
    assert result.network.widths == (2, 2, 2)
    assert result.certificate.check()
    sums = [
        [sum((k % 7 + 1) * (k % 5 + 1) for k in range(j, MANY, 2) if k % 3 % 2 == i) for j in (0, 1)] for i in (0, 1)
    ]
    assert result.network((1, 0)) == tuple(row[0] for row in sums)
    assert result.network((-3, 2)) == tuple(2 * row[1] for row in sums)
    assert result.rounded().network == result.network


def go_through():
    redundancy_report(network(NARROW))
    compress(network(NARROW)).certificate.check()
    test_wide_layers.limit_memory()
    report_goes_through()
    compression_goes_through()


def test_in_a_process_with_little_memory():
    code = "from tests.compression.test_wide_layers import go_through; go_through()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_convolution_with_channels_that_are_multiples():
    """Channel 1 is twice channel 0, on every pixel."""
    torch = pytest.importorskip("torch")
    generator, side = torch.Generator().manual_seed(1), 5
    first, second = torch.nn.Conv2d(1, 2, 3, padding=1), torch.nn.Conv2d(2, 1, 3, stride=2)
    with torch.no_grad():
        for parameter in (*first.parameters(), *second.parameters()):
            parameter.copy_(torch.randint(-9, 10, parameter.shape, generator=generator) / 8)
            if len(parameter) == 2:
                parameter[1] = 2 * parameter[0]
    modules = (first, torch.nn.ReLU(), second, torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(4, 1))
    net = Network.from_torch(torch.nn.Sequential(*modules), input_shape=(1, side, side))
    rows = np.random.default_rng(0).integers(-3, 4, (side**2, 3))
    net = net.restrict(rows[:, :2].tolist(), rows[:, 2].tolist())
    report, pixels = redundancy_report(net), side**2
    found = {u.unit: (u.other, u.factor) for u in report.units if u.kind == "proportional" and u.layer == 0}
    dead = {unit for layer, unit in report.of_kind("dead") if layer == 0}
    for k in set(range(pixels)) - dead:
        first, factor = found.get(k, (k, 1))
        assert found[pixels + k] == (first, 2 * factor)
    result = compress(net)
    assert result.certificate.check()
    assert result.network.widths[1] <= pixels
