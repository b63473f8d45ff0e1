"""Exact rationals, matrices of them, and linear algebra."""

from troppoly.exact.matrix import ObjectArray, RationalMatrix
from troppoly.exact.scalar import rational, rational_vector

__all__ = ["ObjectArray", "RationalMatrix", "rational", "rational_vector"]
