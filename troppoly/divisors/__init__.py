"""Divisors of piecewise linear functions: signed weights of walls, convexity, differences of convex functions."""

from troppoly.divisors.convexity import Convexity, is_concave, is_convex
from troppoly.divisors.weighted_walls import Divisor, DivisorWall, divisor

__all__ = ["Convexity", "Divisor", "DivisorWall", "divisor", "is_concave", "is_convex"]
