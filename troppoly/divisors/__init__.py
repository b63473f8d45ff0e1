"""Divisors of piecewise linear functions: signed weights of walls, convexity, differences of convex functions."""

from troppoly.divisors.convexity import Convexity, is_concave, is_convex
from troppoly.divisors.decompositions import (
    DecompositionPolyhedron,
    Irreducibility,
    MinimalDecompositions,
    decomposition_polyhedron,
    minimal_decompositions,
)
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
]
