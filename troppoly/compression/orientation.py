"""Which units of a layer to turn around, so that the affine part beside them has the least rank.

A rectified unit can be turned around, u max(z, 0) = u z + u max(-z, 0), which adds the matrix u v of rank one
to the linear part Lambda of what the next layer reads (z = v a + c).  So n units with distinct hyperplanes and
an affine part take n + rank(Lambda_S) units, where identity units pass the affine part on, and

    Lambda_S = Lambda + sum of u_i v_i over the turned units i in S.

*This is the minimum of one hidden layer.*  Let f be a function on a full-dimensional convex domain (on R^d, if
nothing else is said), that some network of one hidden layer computes.  The gradient of f jumps across a
hyperplane H by one matrix u_H v_H all along H, and H is one of the n hyperplanes if and only if u_H != 0.  Any
such network has a rectified unit on each of them, and the difference of its sum of n such units, one on each, from f
is affine, with the linear part Lambda_S for their orientations S.  Each other unit (an identity unit, one that has
no wall in the domain, or a second one on a hyperplane, max(-z, 0) = max(z, 0) - z) adds a matrix of rank one to
it, two on a new hyperplane whose walls cancel add one as well, and n is the number of the units that are left.
So there are at least n + min_S rank(Lambda_S) units, and that many suffice.  For one output the last term is 0 or 1:
it is 0 if and only if -Lambda is a subset sum of the u_i v_i.

*The search.*  Residues modulo a prime p show what cannot be: if Lambda_S = 0 then any linear functionals of it are
zero modulo p, and rank(Lambda_S) is at least the rank of the residues of P Lambda_S Q for any P, Q.  (1) Rank 0 is a
system of linear equations for the 0/1 vector of S.  It is reduced; what it does not determine is found by meeting
in the middle (Horowitz, Sahni, J. ACM 21, 1974), for up to 40 units.  (2) Other ranks: all S, if they are
few.  (3) Else one unit after another, as long as the rank decreases, which proves no minimum except rank 1
where (1) excluded 0.  What is found is confirmed exactly.
"""

from __future__ import annotations

import numpy as np
from gmpy2 import gcd, mpz
from numpy.typing import NDArray

from troppoly.exact import ObjectArray, RationalMatrix, modular
from troppoly.exact.linear import rank

__all__ = ["best_flips", "modular_rank"]

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_PRIMES = tuple(map(int, modular.moduli(2)))
_PRIME = _PRIMES[0]
_UNDETERMINED = 40  # units for which two halves are listed
_TRIED = 64  # subsets that are checked exactly
_ALL = 2**21  # entries of the matrices of all subsets


def best_flips(columns: RationalMatrix, rows: RationalMatrix, affine: RationalMatrix) -> tuple[Mask, bool]:
    """Return which units to turn around, and whether the rank is then proved to be least.

    ``columns`` (m, n) and ``rows`` (n, d) are those of the units, ``affine`` is the (m, d) matrix Lambda.  Of
    several S with the least rank one is taken for which the affine part is spanned by rows of units, as
    far as these were compared.

    >>> one, rows = RationalMatrix.of([[1, 1]]), RationalMatrix.identity(2)
    >>> best_flips(one, rows, RationalMatrix.of([[-1, -1]]))
    (array([ True,  True]), True)
    """
    n = columns.shape[1]
    start, least = np.zeros(n, dtype=bool), modular_rank(affine)
    if not n or not affine.nonzero().any():
        return start, True
    generator = np.random.default_rng(0)
    residues = _residues(columns, rows, affine)
    solutions, decided = _vanishing(*residues, generator)
    for solution in solutions:
        if not _moved(columns, rows, affine, solution).nonzero().any():
            return solution, True
    u, v, target = (x[0] for x in residues)
    q, k = min(affine.shape[0], least + 1), min(affine.shape[1], least + 2)
    left = generator.integers(0, _PRIME, (q, affine.shape[0]))
    right = generator.integers(0, _PRIME, (affine.shape[1], k))
    v = _product(v, right)
    terms = _product(left, u).T[:, :, None] * v[:, None, :] % _PRIME
    target = _product(_product(left, target), right)
    if n < 21 and 2**n * q * k <= _ALL:
        chosen, bound = _best_of_all(terms, target, v)
    else:
        chosen, bound = _descent(terms, target, least), int(decided)
    return chosen, rank(_moved(columns, rows, affine, chosen)) == bound


def modular_rank(matrix: RationalMatrix) -> int:
    """Return the rank modulo a prime, without common factors of rows and columns; it is at most the rank.

    >>> modular_rank(RationalMatrix.of([[1, 2], [2, 4]]))
    1
    """
    numerators = matrix.numerators.copy()
    _divide_rows(numerators)
    _divide_rows(numerators.T)
    return int(_ranks(_residue(numerators, 1))[0])


def _moved(columns: RationalMatrix, rows: RationalMatrix, affine: RationalMatrix, chosen: Mask) -> RationalMatrix:
    return affine + columns.take_columns(chosen) @ rows.take_rows(chosen)


def _residues(
    columns: RationalMatrix, rows: RationalMatrix, affine: RationalMatrix
) -> tuple[Integers, Integers, Integers]:
    """Residues, for two primes, of U, V and L, where L + (sum of U_i V_i over S) is Lambda_S with its rows and columns scaled.

    They are scaled so that no prime divides a number just because all others of a row or a column have it as a factor, too.
    """
    u, v = columns.numerators * affine.denominator, rows.numerators.copy()
    target = affine.numerators * (columns.denominator * rows.denominator)
    for i, row in enumerate(v):
        factor = max(gcd(*row), mpz(1))
        row //= factor
        u[:, i] *= factor
    _divide_rows(u, target)
    _divide_rows(v.T, target.T)
    return _residue(u, 2), _residue(v, 2), _residue(target, 2)


def _divide_rows(*parts: ObjectArray) -> None:
    """Divide the rows of the matrix that consists of these parts by their common factors, in place."""
    for rows in zip(*parts, strict=True):
        factor = gcd(*(entry for row in rows for entry in row))
        for row in rows:
            row //= max(factor, mpz(1))


def _residue(matrix: ObjectArray, count: int) -> Integers:
    """The residues from 0 to p - 1 of a matrix of integers."""
    return np.asarray(modular.canonical(modular.residues(matrix, count)), dtype=np.int64)


def _product(a: Integers, b: Integers, prime: int = 0) -> Integers:
    """The product of matrices of residues modulo the first or the second prime."""
    p = _PRIMES[prime]
    parts = [a[:, i : i + 2**18] @ b[i : i + 2**18] % p for i in range(0, a.shape[1], 2**18)]
    return np.asarray(sum(parts) % p, dtype=np.int64)


def _ranks(matrices: Integers) -> Integers:
    """The ranks modulo the prime of a stack of matrices, by elimination without division."""
    a, n = matrices.copy(), len(matrices)
    each, free = np.arange(n), np.ones(matrices.shape[:2], dtype=bool)
    for column in range(a.shape[2]):
        usable = free & (a[:, :, column] != 0)
        found, row = usable.any(axis=1), usable.argmax(axis=1)
        if not found.any():
            continue
        free[each[found], row[found]] = False
        pivot = a[each, row]
        other = np.where(found[:, None], a[:, :, column], 0)
        scale = np.where(found, pivot[:, column], 1)
        a = (a * scale[:, None, None] - other[:, :, None] * pivot[:, None, :]) % _PRIME
    return np.asarray(np.count_nonzero(~free, axis=1))


def _vanishing(u: Integers, v: Integers, target: Integers, generator: np.random.Generator) -> tuple[list[Mask], bool]:
    """Subsets for which the residues of Lambda_S vanish, and whether it is proved that there is no such S."""
    (m, n), d = u.shape[1:], v.shape[2]
    count = min(m * d, n) + 8
    left, right = (generator.integers(0, min(_PRIMES), (count, m)), generator.integers(0, min(_PRIMES), (d, count)))

    def equations(i: int) -> Integers:
        """Linear functionals of Lambda_S, on the terms of the units and, negative, on Lambda."""
        p = _PRIMES[i]
        terms = _product(left, u[i], i) * _product(v[i], right, i).T % p
        sums = (_product(left, target[i], i) * right.T % p).sum(axis=1)
        return np.asarray(np.column_stack([terms, -sums]) % p, dtype=np.int64)

    system, pivots = _echelon(equations(0))
    if n in pivots:
        return [], True
    result = np.zeros(n, dtype=bool)
    certain = np.count_nonzero(system[:, :-1], axis=1) == 1
    for row, pivot in zip(system[certain], np.array(pivots)[certain], strict=True):
        if row[-1] > 1:
            return [], True
        result[pivot] = row[-1]
    # All others are undetermined: also those whose terms are divisible by the prime.
    undetermined = np.setdiff1d(np.arange(n), np.array(pivots)[certain])
    if not len(undetermined):
        return [result], False
    if len(undetermined) > _UNDETERMINED:
        return [], False
    half = len(undetermined) // 2
    keys: Integers = np.zeros(2**half, dtype=np.int64)
    rest: Integers = np.zeros(2 ** (len(undetermined) - half), dtype=np.int64)
    for i, p in enumerate(_PRIMES):
        one = equations(i)[0]
        wanted = one[-1] - one[:-1] @ result
        keys = keys * p + _subset_sums(one[undetermined[:half]], p)
        rest = rest * p + (wanted - _subset_sums(one[undetermined[half:]], p)) % p
    _, first, second = np.intersect1d(keys, rest, return_indices=True)
    found = []
    for a, b in zip(first[:_TRIED], second[:_TRIED], strict=True):
        subset = result.copy()
        subset[undetermined] = (a | b << half) >> np.arange(len(undetermined)) & 1
        found.append(subset)
    return found, not len(first)


def _echelon(matrix: Integers) -> tuple[Integers, list[int]]:
    """The nonzero rows of the reduced row echelon form, and the pivot columns."""
    a, pivots = matrix.copy(), list[int]()
    for column in range(a.shape[1]):
        r = len(pivots)
        below = np.flatnonzero(a[r:, column])
        if not len(below):
            continue
        a[[r, r + below[0]]] = a[[r + below[0], r]]
        a[r] = a[r] * pow(int(a[r, column]), -1, _PRIME) % _PRIME
        other = a[:, column].copy()
        other[r] = 0
        a = (a - other[:, None] * a[r]) % _PRIME
        pivots.append(column)
    return a[: len(pivots)], pivots


def _subset_sums(numbers: Integers, p: int) -> Integers:
    """The sums modulo p of all subsets: bit i of the position tells whether number i is in."""
    sums: Integers = np.zeros(1, dtype=np.int64)
    for number in numbers:
        sums = np.concatenate([sums, (sums + number) % p])
    return sums


def _best_of_all(terms: Integers, target: Integers, v: Integers) -> tuple[Mask, int]:
    """The subset of least rank, and this rank; of those one with most rows v in the row space, and the fewest units."""
    n, q, k = terms.shape
    subsets: Integers = np.arange(2**n, dtype=np.int64)[:, None] >> np.arange(n) & 1
    matrices: Integers = np.asarray(
        (target + (subsets @ terms.reshape(n, -1)).reshape(-1, q, k)) % _PRIME, dtype=np.int64
    )
    ranks = _ranks(matrices)
    least = int(ranks.min())
    best = np.flatnonzero(ranks == least)
    best = best[np.argsort(subsets[best].sum(axis=1), kind="stable")][: 2**10 // n + 1]
    with_row = np.concatenate([np.repeat(matrices[best], n, axis=0), np.tile(v, (len(best), 1))[:, None]], axis=1)
    spanned = np.count_nonzero(_ranks(with_row).reshape(-1, n) == least, axis=1)
    return subsets[best[np.minimum(spanned, least).argmax()]].astype(bool), least


def _descent(terms: Integers, target: Integers, least: int) -> Mask:
    """Turn one unit after another as long as the rank decreases."""
    chosen, current = np.zeros(len(terms), dtype=bool), least
    while current > 0 and terms.size * current <= 2**26:
        signs: Integers = np.where(chosen, -1, 1)[:, None, None].astype(np.int64)
        ranks = _ranks((target + signs * terms) % _PRIME)
        i = int(ranks.argmin())
        if ranks[i] >= current:
            break
        target, current = (target + signs[i] * terms[i]) % _PRIME, int(ranks[i])
        chosen[i] = ~chosen[i]
    return chosen
