"""Piecewise linear networks, exactly: their normal form, their files, their formal tropicalisation."""

from troppoly.circuit.layer import Layer
from troppoly.network.constructions import maxout, maxout_region_bound, simple_maxout, tent_map
from troppoly.network.files import load_network
from troppoly.network.formal import (
    canonical_polynomial,
    formal_monomial_counts,
    neuron_polynomials,
    tropicalize_formal,
)
from troppoly.network.large_counts import LargeCount, in_short
from troppoly.network.network import Network
from troppoly.network.npz import save_npz

__all__ = [
    "LargeCount",
    "Layer",
    "Network",
    "canonical_polynomial",
    "formal_monomial_counts",
    "in_short",
    "load_network",
    "maxout",
    "maxout_region_bound",
    "neuron_polynomials",
    "save_npz",
    "simple_maxout",
    "tent_map",
    "tropicalize_formal",
]
