"""Exact recomputation: the bounds of its integers, and the memory that it takes."""

import subprocess
import sys
from itertools import product

from hypothesis import given, settings

from tests.oracles.fraction_network import relu_layers
from tests.refinement import strategies
from tests.refinement.test_coordinates import triples
from troppoly.cellwise.cell_network import CellNetwork
from troppoly.cellwise.lowering import lowered


@settings(max_examples=40)
@given(strategies.networks(strategies.MIXED, dimensions=(1, 2), most_units=6))
def test_bounds_hold_for_the_forms_of_all_patterns_of_signs(network):
    """Also for the patterns that no point has: the forms are multiplied out in Python's integers."""
    layers = relu_layers(*network)
    d = len(layers[0][0][0])
    integral = lowered(triples(layers))
    forms = [[[int(i == j) for j in range(d + 1)] for i in range(d + 1)]]  # for every pattern, of every unit
    t = forms[0][-1]
    for layer, bits in zip(integral, CellNetwork(integral).form_bits, strict=True):
        found = []
        for before in forms:
            rows = [
                [sum(int(w) * f[j] for w, f in zip(row, before, strict=True)) + int(b) * t[j] for j in range(d + 1)]
                for row, b in zip(layer.weight, layer.bias, strict=True)
            ]
            assert all(sum(map(abs, row)) < 2**bits for row in rows)
            for mask in product((0, 1), repeat=len(rows)):
                found.append([[m * v for v in row] for m, row in zip(mask, rows, strict=True)])
        forms = found


CHILD = """
import resource
import numpy as np
import troppoly as tp

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

def wave(m, n, k=1):
    return np.sin(1.7 * k * np.arange(1, m * n + 1)).reshape(m, n)

sizes = {sizes}
weights = [wave(b, a, k) for k, (a, b) in enumerate(zip(sizes, sizes[1:]), 1)]
biases = [np.cos(0.9 * k * np.arange(1, b + 1)) / 4 for k, b in enumerate(sizes[1:], 1)]
complex_ = tp.canonical_complex(tp.Network.from_arrays(weights, biases))
before = peak()
complex_.complex.rays.homogeneous(np.arange(complex_.complex.n_cones(1)))
print(peak() - before)
"""


def growth(sizes):
    """The megabytes that the exact rays take beyond the refinement."""
    command = [sys.executable, "-c", CHILD.format(sizes=sizes)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_peak_memory_of_rays_in_many_dimensions():
    assert growth([9, 11, 1]) < 150  # the products of all minors at once would take 370


def test_peak_memory_of_rays_whose_integers_differ_in_size():
    assert growth([3, 9, 9, 9, 1]) < 70
