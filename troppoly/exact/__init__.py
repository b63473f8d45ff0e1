"""Exact rationals, matrices of them, and linear algebra."""

from troppoly.exact.linear import rank
from troppoly.exact.matrix import DenseMatrix, RationalMatrix, SparseMatrix
from troppoly.exact.scalar import CertifiedNumber, rational, rational_vector
from troppoly.exact.square_roots import AlgebraicNumber, Radical

__all__ = [
    "AlgebraicNumber",
    "CertifiedNumber",
    "DenseMatrix",
    "Radical",
    "RationalMatrix",
    "SparseMatrix",
    "rank",
    "rational",
    "rational_vector",
]
