"""Divisors of piecewise linear functions: signed weights of walls, convexity, convex differences, shallow networks."""

from troppoly.divisors.convexity import Convexity, is_concave, is_convex
from troppoly.divisors.decompositions import (
    DecompositionPolyhedron,
    Irreducibility,
    MinimalDecompositions,
    decomposition_polyhedron,
    minimal_decompositions,
)
from troppoly.divisors.shallow import shallow_network, to_network
from troppoly.divisors.weighted_walls import Divisor, DivisorWall, divisor

__all__ = [
    "Convexity",
    "DecompositionPolyhedron",
    "Divisor",
    "DivisorWall",
    "Irreducibility",
    "MinimalDecompositions",
    "decomposition_polyhedron",
    "divisor",
    "is_concave",
    "is_convex",
    "minimal_decompositions",
    "shallow_network",
    "to_network",
]
