"""A network of sparse layers with 4,000 units each goes through in little memory.

It reads a plane of which few units see anything: the others are constant, so its regions are those of the same network
with 24 units, and its values differ from that one's by a constant.
"""

import copy
import os
import pickle
import resource
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
from gmpy2 import mpq, mpz

from troppoly import Network, equivalent, formal_monomial_counts, linear_regions
from troppoly.exact import RationalMatrix, SparseMatrix
from troppoly.network import Layer
from troppoly.sampling import sampled_activation_patterns_float, sampled_jacobians_float

WIDE, NARROW = 4000, 24
MEMORY = 12 * WIDE**2
"""Bytes for one matrix of pointers or floats with a row and a column for every unit, but not for two."""


def banded(n, factor):
    """The layer z_k = -a_(k-1) + factor a_k + 2 a_(k+1) + b_k."""
    k = np.arange(n)
    rows, columns = np.concatenate([k, k[1:], k[:-1]]), np.concatenate([k, k[:-1], k[1:]])
    values = [mpz(factor)] * n + [mpz(-1)] * (n - 1) + [mpz(2)] * (n - 1)
    bias = RationalMatrix.of([[k % 5 - 1] for k in range(n)])
    return Layer(SparseMatrix.from_triples(rows, columns, values, (n, n)), bias, np.full(n, True))


def network(n):
    plane = SparseMatrix.from_triples([5, 6, 7], [0, 1, 0], [mpz(1), mpz(1), mpz(-1)], (n, 2))
    last = SparseMatrix.from_triples([0] * n, range(n), [mpz(k % 3 - 1) for k in range(n)], (1, n))
    zeros = RationalMatrix.zeros(n, 1)
    first = Layer(plane, zeros, np.full(n, True))
    return Network((first, banded(n, 1), banded(n, 1), Layer(last, RationalMatrix.zeros(1, 1), [False])))


def value(n, x, y):
    """The value of the network in Python's fractions, layer by layer."""
    a = [Fraction(0)] * n
    a[5:8] = max(x, 0), max(y, 0), max(-x, 0)
    for _ in range(2):
        padded = [0, *a, 0]
        a = [max(-padded[k] + padded[k + 1] + 2 * padded[k + 2] + k % 5 - 1, 0) for k in range(n)]
    return sum(v * (k % 3 - 1) for k, v in enumerate(a))


def with_half_units(net):
    """The same function, with the units of the first layer doubled."""
    first, second, *rest = net.layers
    return Network(
        (
            Layer(2 * first.weight, 2 * first.bias, first.rectified),
            Layer(mpq(1, 2) * second.weight, second.bias, second.rectified),
            *rest,
        )
    )


def limit_memory():
    """Allow so much more than what the process has when everything is loaded."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * os.sysconf("SC_PAGE_SIZE") + MEMORY,) * 2)


def goes_through(n):
    net = network(n)
    for x, y in ((Fraction(1), Fraction(1, 3)), (Fraction(-7, 2), Fraction(5))):
        assert net((mpq(x), mpq(y))) == (value(n, x, y),)
        assert np.allclose(net.evaluate_float([[float(x), float(y)]]), float(value(n, x, y)), rtol=1e-9)
    assert linear_regions(net).f_vector() == linear_regions(network(NARROW)).f_vector()
    assert len(formal_monomial_counts(net)) == 1
    same = copy.deepcopy(pickle.loads(pickle.dumps(net)))
    assert same == net
    assert hash(same) == hash(net)
    assert equivalent(net, with_half_units(net))
    assert not equivalent(net, Network((*net.layers[:-1], Layer(2 * net.layers[-1].weight, *last_of(net)))))
    assert sampled_activation_patterns_float(net, [[1.0, 2.0], [-1.0, 3.0]]).n_points == 2
    assert sampled_jacobians_float(net, [[1.0, 2.0]]).n_points == 1


def last_of(net):
    return net.layers[-1].bias, net.layers[-1].rectified


def go_through():
    goes_through(NARROW)
    limit_memory()
    goes_through(WIDE)


def test_in_a_process_with_little_memory():
    code = "from tests.equivalence.test_wide_layers import go_through; go_through()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
