"""Piecewise linear networks, exactly: their normal form, their files, their formal tropicalization."""

from troppoly.circuit.layer import Layer
from troppoly.network.constructions import (
    folding_network,
    hyperplane_arrangement,
    maximum_of_five,
    maxout,
    simple_maxout,
    tent_map,
    zonotope_tents,
)
from troppoly.network.files import load_network, save_npz
from troppoly.network.formal_recursion import (
    canonical_polynomial,
    formal_monomial_counts,
    neuron_polynomials,
    tropicalize_formal,
)
from troppoly.network.large_counts import LargeCount
from troppoly.network.nestohedra import associahedron, cyclohedron, max_pooling, permutohedron, sum_of_maxima
from troppoly.network.network import Network

__all__ = [
    "LargeCount",
    "Layer",
    "Network",
    "associahedron",
    "canonical_polynomial",
    "cyclohedron",
    "folding_network",
    "formal_monomial_counts",
    "hyperplane_arrangement",
    "load_network",
    "max_pooling",
    "maximum_of_five",
    "maxout",
    "neuron_polynomials",
    "permutohedron",
    "save_npz",
    "simple_maxout",
    "sum_of_maxima",
    "tent_map",
    "tropicalize_formal",
    "zonotope_tents",
]
