"""Exact rationals, matrices of them, and linear algebra."""

from troppoly.exact.certified import CertifiedNumber
from troppoly.exact.matrix import ObjectArray, RationalMatrix
from troppoly.exact.scalar import rational, rational_vector
from troppoly.exact.sparse import SparseMatrix, economical

__all__ = [
    "CertifiedNumber",
    "ObjectArray",
    "RationalMatrix",
    "SparseMatrix",
    "economical",
    "rational",
    "rational_vector",
]
