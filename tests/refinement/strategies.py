"""Hypothesis strategies for small networks: weights as pairs (weights, biases) of nested lists."""

from itertools import pairwise

from hypothesis import strategies as st

from tests.oracles.fraction_network import relu_layers
from troppoly.exact import RationalMatrix
from troppoly.network import Layer, Network

SMALL = st.integers(-3, 3)
FLOATS = st.floats(-4, 4, width=32)
MIXED = st.one_of(st.just(0), st.sampled_from([-1, 1, 2, 0.1, -0.7]), FLOATS)
EXTREME = st.sampled_from([0, 1, -1, 3, 1e300, -1e300, 1e-300, -1e-300, 5e-324, -5e-324, 1e150, 2.0**-1022, 0.1])
HALF = st.floats(-8, 8, width=16)

_MOST_UNITS = {1: 14, 2: 9, 3: 7, 4: 6}  # so that brute force is quick


@st.composite
def matrices(draw, rows, columns, entries):
    """Rows of which some are repeated or proportional to one before."""
    result = []
    for _ in range(rows):
        kind = draw(st.integers(0, 7)) if result else 7
        if kind == 0:
            factor = draw(st.sampled_from([-2, -1, 1, 2, 0.5]))
            result.append([factor * v for v in draw(st.sampled_from(result))])
        else:
            result.append([draw(entries) for _ in range(columns)])
    return result


@st.composite
def networks(draw, entries=None, dimensions=(1, 2, 3, 4), most_units=None):
    """(weights, biases) with 1 to 3 hidden layers of 1 to 6 units."""
    d = draw(st.sampled_from(dimensions))
    depth = draw(st.integers(1, 3))
    entries = draw(st.sampled_from([SMALL, FLOATS, MIXED])) if entries is None else entries
    left = most_units or _MOST_UNITS[d]
    sizes = [d]
    for remaining in reversed(range(depth)):
        width = draw(st.integers(1, max(1, min(6, left - remaining))))
        left -= width
        sizes.append(width)
    sizes.append(draw(st.integers(1, 2)))
    joint = [draw(matrices(n, m + 1, entries)) for m, n in pairwise(sizes)]
    return [[row[:-1] for row in rows] for rows in joint], [[row[-1] for row in rows] for rows in joint]


@st.composite
def layers_with_identities(draw, dimensions=(1, 2, 3)):
    """Layers (weight, bias, rectified) of which any hidden units may only pass their value on."""
    weights, biases = draw(networks(SMALL, dimensions=dimensions, most_units=6))
    layers = relu_layers(weights, biases)
    return [(rows, bias, [r and draw(st.booleans()) for r in rectified]) for rows, bias, rectified in layers]


def network_of_layers(layers):
    """The library's network of (weight, bias, rectified) in fractions."""
    return Network(
        tuple(
            Layer(RationalMatrix.of(rows), RationalMatrix.of([[b] for b in bias]), rectified)
            for rows, bias, rectified in layers
        )
    )
