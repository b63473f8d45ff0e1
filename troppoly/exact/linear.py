"""Exact linear algebra over the rationals, by FLINT (:mod:`flint`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import nmod_mat
from gmpy2 import gcd, mpq, mpz

from troppoly.arguments import checked
from troppoly.errors import InputError, ShapeError
from troppoly.exact import modular
from troppoly.exact.matrix import DenseMatrix, RationalMatrix, SparseMatrix
from troppoly.exact.numerators import from_flint, to_flint
from troppoly.exact.scalar import ObjectArray

__all__ = ["Line", "combination", "direction", "inverse", "kernel", "lines", "modulo", "primitive", "primitive_rows"]
__all__ += ["rank", "rank_bound", "row_basis", "solve"]

_PRIME = int(modular.moduli(1)[0])
_SEVERAL = 2**16  # residues that are reduced at once

Line = tuple[Any, ...]
"""What names a line through 0: its coordinates that are not zero, up to a factor, and their places."""


def primitive(row: ObjectArray) -> ObjectArray:
    """Return the integer vector ``row`` divided by the greatest common divisor of its entries.

    >>> primitive(np.array([mpz(4), mpz(-6)], dtype=object))
    array([mpz(2), mpz(-3)], dtype=object)
    """
    divisor = gcd(*row) if len(row) else mpz(0)
    return row if divisor in (0, 1) else row // divisor


def direction(row: ObjectArray) -> ObjectArray:
    """Return the primitive multiple of an integer vector whose first entry that is not 0 is positive."""
    reduced = primitive(row)
    return -reduced if next((v for v in reduced if v), 0) < 0 else reduced


def primitive_rows(matrix: RationalMatrix) -> tuple[SparseMatrix, list[mpq]]:
    """Return the rows scaled by positive factors to primitive integer vectors, and the factors.

    >>> primitive_rows(RationalMatrix.of([["1/2", 1], [0, 0]]))[1]
    [mpq(2,1), mpq(1,1)]
    """
    sparse = matrix.sparse()
    parts, factors = [sparse.entries[:0]], []
    for _, entries in sparse.nonzero_rows():
        divisor = gcd(*entries) or sparse.denominator
        parts.append(entries // divisor)
        factors.append(mpq(sparse.denominator, divisor))
    return SparseMatrix(sparse.pattern, np.concatenate(parts)), factors


def lines(matrix: RationalMatrix) -> list[tuple[Line, mpq]]:
    """Return for every row the line that it spans, and the factor that it is of the direction of that line.

    Lines are equal where rows are multiples of each other; a factor is 0 where the row is.

    >>> (one, p), (other, q) = lines(RationalMatrix.of([[0, 1, 2], [0, "-1/2", -1]]))
    >>> one == other, p, q
    (True, mpq(1,1), mpq(-1,2))
    """
    result: list[tuple[Line, mpq]] = []
    for columns, entries in matrix.nonzero_rows():
        factor = gcd(*entries) if len(entries) and entries[0] > 0 else -gcd(*entries)
        key = (columns.tobytes(), *(v // factor for v in entries))
        result.append((key, mpq(factor, matrix.denominator)))
    return result


def _reduced_rows(numerators: ObjectArray) -> tuple[ObjectArray, list[int]]:
    """The nonzero rows of the reduced echelon form, with equal positive integers as pivots, and the pivot columns."""
    reduced, denominator, count = to_flint(numerators).rref()
    rows = from_flint(reduced)[:count] * (1 if denominator > 0 else -1)
    return rows, [int(np.argmax(row != 0)) for row in rows]


@checked
def rank(matrix: RationalMatrix) -> int:
    """Return the rank of a matrix.

    >>> rank(RationalMatrix.of([[1, "1/3"], [3, 1]])), rank(RationalMatrix.of([[1, 1 / 3], [3, 1]]))
    (1, 2)
    """
    return int(to_flint(matrix.numerators).rank())


def rank_bound(matrix: RationalMatrix, limit: int) -> int:
    """Return a number that is at most the rank, and nearly always the rank, or ``limit`` if that is less.

    It is the rank of some rows modulo a prime: a minor that is not zero modulo a prime is not zero.

    >>> rank_bound(RationalMatrix.of([[1, 2], [2, 4], [0, 1]]), 5), rank_bound(RationalMatrix.identity(9), 5)
    (2, 5)
    """
    if isinstance(matrix, SparseMatrix):
        matrix = matrix.take_columns(matrix.nonzero_columns())
    (m, n), limit = matrix.shape, min(limit, *matrix.shape)
    rank, rows, start = 0, list[int](), 0  # of an echelon form
    while rank < limit and start < m:
        stop = min(start + (max(limit, _SEVERAL // n) if start else limit), m)
        rows += _residues(matrix if stop - start == m else matrix.take_rows(np.arange(start, stop)))
        reduced, rank = nmod_mat(len(rows) // n, n, rows, _PRIME).rref()
        rows, start = [int(v) for v in reduced.entries()[: rank * n]] if rank < limit and stop < m else [], stop
    return min(rank, limit)


def _residues(matrix: RationalMatrix) -> list[int]:
    """The numerators modulo a prime, row by row."""
    numerators = matrix.dense().stored
    if numerators.dtype != object:
        return list((numerators % _PRIME).ravel().tolist())
    return [int(v % _PRIME) for v in numerators.ravel().tolist()]


def row_basis(matrix: RationalMatrix) -> list[int]:
    """Return the indices of the first rows that form a basis of the row space."""
    least = min(matrix.shape)
    if rank_bound(matrix.take_rows(range(least)), least) == least:
        return list(range(least))
    filled = np.flatnonzero(matrix.T.nonzero_columns())
    part = matrix.take_rows(filled).take_columns(matrix.nonzero_columns())
    return [int(filled[i]) for i in _reduced_rows(part.numerators.T)[1]]


def kernel(matrix: RationalMatrix) -> RationalMatrix:
    """Return a basis of {x : A x = 0} as the rows of a (k, n) matrix of primitive integers."""
    rows, pivots = _reduced_rows(matrix.numerators)
    n = matrix.shape[1]
    free = [j for j in range(n) if j not in set(pivots)]
    basis = np.full((len(free), n), mpz(0), dtype=object)
    for vector, j in zip(basis, free, strict=True):
        vector[j] = rows[0, pivots[0]] if pivots else mpz(1)
        vector[pivots] = -rows[:, j]
        vector[:] = primitive(vector)
    return DenseMatrix(basis)


def inverse(matrix: RationalMatrix) -> RationalMatrix:
    """Return the inverse; raises ShapeError if the matrix is not square and InputError if it is singular."""
    m, n = matrix.shape
    if m != n:
        raise ShapeError(f"A matrix of shape {matrix.shape} is not square.")
    if not n:
        return matrix
    try:
        numerators, denominator = to_flint(matrix.dense().stored).inv().numer_denom()
    except ZeroDivisionError:
        raise InputError("The matrix is singular.") from None
    return DenseMatrix(from_flint(numerators) * matrix.denominator, mpz(int(denominator)))


def modulo(rays: ObjectArray, lines: RationalMatrix) -> ObjectArray:
    """Return the integer rays (x, t), x projected orthogonally along the span of independent lines, as primitive ones.

    So two of them are equal if and only if the rays are the same modulo the lines.

    >>> modulo(RationalMatrix.of([[2, 0, 0], [5, 3, 2]]).numerators, RationalMatrix.of([[1, 1]])).astype(int)
    array([[ 1, -1,  0],
           [ 1, -1,  2]])
    """
    x = DenseMatrix(rays[:, :-1])
    across = x - x @ lines.T @ inverse(lines @ lines.T) @ lines
    joint = np.append(across.numerators, rays[:, -1:] * across.denominator, axis=1)
    return primitive_rows(DenseMatrix(joint))[0].numerators


def solve(matrix: RationalMatrix, right: RationalMatrix) -> RationalMatrix:
    """Return the X with A X = B; ShapeError unless A is square and B fits, InputError if A is singular."""
    m, n = matrix.shape
    if m != n or right.shape[0] != n:
        raise ShapeError(f"Shapes {matrix.shape} and {right.shape} are not a square system.")
    if not (n and right.shape[1]):
        return RationalMatrix.zeros(*right.shape)
    try:
        numerators, denominator = to_flint(matrix.numerators).solve(to_flint(right.numerators)).numer_denom()
    except ZeroDivisionError:
        raise InputError("The matrix is singular.") from None
    return DenseMatrix(from_flint(numerators) * matrix.denominator, mpz(int(denominator)) * right.denominator)


def combination(rows: ObjectArray, target: ObjectArray) -> tuple[mpq, ...] | None:
    """Return the y with y A = c for the (k, n) integer rows A and the (n,) integers c.

    None is returned if there is no such y, or if the rows are dependent: A A^T is invertible iff they are not, and then
    y A A^T = c A^T has one solution, which is multiplied out.

    >>> rows = RationalMatrix.of([[1, 1, 0], [0, 2, 0]]).numerators
    >>> combination(rows, np.array([mpz(3), mpz(4), mpz(0)], dtype=object))
    (mpq(3,1), mpq(1,2))
    """
    k, n = rows.shape
    if not k or k > n:
        return None if k or target.any() else ()
    columns, right = to_flint(rows.T), to_flint(target[:, None])
    try:
        if k == n:
            numerators, denominator = columns.solve(right).numer_denom()
        else:
            transposed = columns.transpose()
            numerators, denominator = (transposed * columns).solve(transposed * right).numer_denom()
    except ZeroDivisionError:
        return None
    if columns * numerators != right * denominator:
        return None
    q = mpz(int(denominator))
    return tuple(mpq(v, q) for v in from_flint(numerators)[:, 0])
