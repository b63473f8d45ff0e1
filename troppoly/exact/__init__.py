"""Exact rationals, matrices of them, and linear algebra."""

from troppoly.exact.certified import CertifiedNumber
from troppoly.exact.matrix import ObjectArray, RationalMatrix
from troppoly.exact.scalar import in_order, rational, rational_vector, whole_number
from troppoly.exact.sparse import SparseMatrix, economical

__all__ = [
    "CertifiedNumber",
    "ObjectArray",
    "RationalMatrix",
    "SparseMatrix",
    "economical",
    "in_order",
    "rational",
    "rational_vector",
    "whole_number",
]
