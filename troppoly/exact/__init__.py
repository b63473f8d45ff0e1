"""Exact rationals, matrices of them, and linear algebra."""

from troppoly.exact.certified import CertifiedNumber
from troppoly.exact.matrix import DenseMatrix, RationalMatrix, SparseMatrix
from troppoly.exact.scalar import ObjectArray, in_order, rational, rational_vector, whole_number

__all__ = [
    "CertifiedNumber",
    "DenseMatrix",
    "ObjectArray",
    "RationalMatrix",
    "SparseMatrix",
    "in_order",
    "rational",
    "rational_vector",
    "whole_number",
]
