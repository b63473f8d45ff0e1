"""Exact rationals, matrices of them, and linear algebra."""

from troppoly.exact.matrix import DenseMatrix, RationalMatrix, SparseMatrix
from troppoly.exact.scalar import CertifiedNumber, ObjectArray, rational, rational_vector

__all__ = ["CertifiedNumber", "DenseMatrix", "ObjectArray", "RationalMatrix", "SparseMatrix", "rational"]
__all__ += ["rational_vector"]
