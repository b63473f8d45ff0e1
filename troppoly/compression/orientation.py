"""Which units of a layer to turn around, so that the affine part beside them has the least rank.

A rectified unit is turned around by u max(z, 0) = u z + u max(-z, 0), z = v a + c, which adds u v to the linear part
Lambda of what the next layer reads.  So n units with distinct hyperplanes and an affine part take n + rank(Lambda_S)
units, where identity units pass the affine part on, and Lambda_S = Lambda + sum of u_i v_i over the turned i in S.

*This is the minimum of one hidden layer.*  Let some network of one hidden layer compute f on a full-dimensional convex
domain.  The gradient of f jumps across a hyperplane H by one matrix u_H v_H all along H, and H is one of the n
hyperplanes iff u_H != 0.  Any such network has a rectified unit on each of them; the sum of n of its units, one on
each, differs from f by an affine function with linear part Lambda_S, S their orientations.  Each other unit (an
identity unit, one without a wall in the domain, or a second one on a hyperplane, max(-z, 0) = max(z, 0) - z)
contributes rank one to it, and two on a new hyperplane whose walls cancel contribute one.  So there are at least
n + min_S rank(Lambda_S) units, and that many suffice.  For one output the last term is 0 iff -Lambda is a subset sum of
the u_i v_i, and else 1.

*The search.*  rank(Lambda_S) is at least the rank of P Lambda_S Q modulo a prime, for any P, Q.  (1) Rank 0 is a system
of linear equations for the 0/1 vector of S; what it does not determine is found by meeting in the middle (Horowitz,
Sahni, J. ACM 21, 1974), for up to 40 units.  (2) Other ranks: all S, if they are few.  (3) Else one unit after another
while the rank decreases, which proves no minimum but 1 where (1) excluded 0.  What is found is confirmed exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import Mask
from troppoly.exact import RationalMatrix, SparseMatrix, modular
from troppoly.exact.linear import primitive_rows, rank

__all__ = ["best_flips", "modular_rank"]

Integers = NDArray[np.int64]
Matrices = tuple[RationalMatrix, RationalMatrix, RationalMatrix]

_PRIMES = tuple(map(int, modular.moduli(2)))
_PRIME = _PRIMES[0]
_UNDETERMINED = 40  # units for which two halves are listed
_TRIED = 64  # subsets that are checked exactly
_ALL = 2**21  # entries of the matrices of all subsets
_LARGEST = 2**24  # entries of the system of equations, or of the matrices of all units


def best_flips(columns: RationalMatrix, rows: RationalMatrix, affine: RationalMatrix) -> tuple[Mask, bool]:
    """Return which units to turn around, and whether the rank is then proved to be least.

    ``columns`` (m, n) and ``rows`` (n, d) are those of the units, ``affine`` is Lambda.  Of the S of least rank that
    were compared one is preferred for which rows of units span the affine part.

    >>> one, rows = RationalMatrix.of([[1, 1]]), RationalMatrix.identity(2)
    >>> best_flips(one, rows, RationalMatrix.of([[-1, -1]]))
    (array([ True,  True]), True)
    """
    n = columns.shape[1]
    start = np.zeros(n, dtype=bool)
    if not n or not affine.n_nonzero:
        return start, True
    least, scaled, generator = modular_rank(affine), _scaled(columns, rows, affine), np.random.default_rng(0)

    def moved(chosen: Mask) -> RationalMatrix:
        return affine + columns.take_columns(chosen) @ rows.take_rows(chosen)

    (m, d), decided = affine.shape, False
    if (min(m * d, n) + 8) * n <= _LARGEST:
        solutions, decided = _vanishing(_equations(scaled, generator))
        for solution in solutions:
            if not moved(solution).n_nonzero:
                return solution, True
    q, k = min(m, least + 1), min(d, least + 2)
    if n * q * k > _LARGEST:
        return start, False
    u, v, (target,) = _projected(scaled, (q, k), generator, 1)
    terms = u[0].T[:, :, None] * v[0][:, None, :] % _PRIME
    if n < 21 and 2**n * q * k <= _ALL:
        chosen, bound = _best_of_all(terms, target, v[0])
    else:
        chosen, bound = _descent(terms, target, least), int(decided)
    return chosen, rank(moved(chosen)) == bound


def modular_rank(matrix: RationalMatrix) -> int:
    """Return the rank modulo a prime, without common factors of rows and columns; it is at most the rank."""
    filled = matrix.take_rows(matrix.T.nonzero_columns()).take_columns(matrix.nonzero_columns())
    scaled = primitive_rows(primitive_rows(filled)[0].T)[0]
    return len(modular.echelon(modular.residues(scaled.numerators, 1)[0].astype(np.int64))[1])


def _scaled(columns: RationalMatrix, rows: RationalMatrix, affine: RationalMatrix) -> Matrices:
    """Integers U, V, L: L + (sum of U_i V_i over S) is Lambda_S, rows and columns scaled to lose common factors."""
    (m, n), (v, factors) = columns.shape, primitive_rows(rows)
    joint, _ = primitive_rows((columns @ SparseMatrix.diagonal([1 / factor for factor in factors])).hstack(affine))
    u, target = joint.take_columns(np.arange(n)), joint.take_columns(np.arange(n, joint.shape[1]))
    joint = primitive_rows(v.vstack(target).T)[0].T
    return u, joint.take_rows(np.arange(n)), joint.take_rows(np.arange(n, n + m))


def _projected(
    matrices: Matrices, size: tuple[int, int], generator: np.random.Generator, count: int
) -> tuple[Integers, Integers, Integers]:
    """The residues of P U, V Q and P L Q for random P with q rows and Q with k columns, modulo the first primes."""
    (u, v, target), (q, k) = matrices, size
    left, right = (generator.integers(-(2**20), 2**20, shape) for shape in ((q, u.shape[0]), (k, v.shape[1])))

    def times(factors: Integers, matrix: RationalMatrix) -> NDArray[np.float64]:
        stack = np.broadcast_to(factors.astype(np.float64), (count, *factors.shape))
        return modular.matmul(stack, matrix.residue_weights(count))

    projected = times(left, target.T)
    both = modular.matmul(projected, np.broadcast_to(right.T.astype(np.float64), (count, *right.T.shape)))
    parts = (times(left, u.T), times(right, v).transpose(0, 2, 1), both)
    return tuple(modular.canonical(part).astype(np.int64) for part in parts)  # type: ignore[return-value]


def _equations(matrices: Matrices, generator: np.random.Generator) -> Integers:
    """Linear functionals (2, count, n + 1) of Lambda_S modulo two primes: of the terms of the units, and of -Lambda."""
    (m, n), d = matrices[0].shape, matrices[1].shape[1]
    size = min(m * d, n) + 8
    left, right, both = _projected(matrices, (size, size), generator, 2)
    terms = left * right.transpose(0, 2, 1)
    equations = np.concatenate([terms, -both.diagonal(axis1=1, axis2=2)[..., None]], axis=2)
    return np.asarray(equations % np.array(_PRIMES)[:, None, None])


def _vanishing(equations: Integers) -> tuple[list[Mask], bool]:
    """Subsets for which the residues of Lambda_S vanish, and whether it is proved that there is no such S."""
    n = equations.shape[2] - 1
    system, pivots = modular.echelon(equations[0])
    certain = np.count_nonzero(system[:, :-1], axis=1) == 1
    determined, values = np.array(pivots, dtype=np.intp)[certain], system[certain, -1]
    if n in pivots or (values > 1).any():
        return [], True
    result = np.zeros(n, dtype=bool)
    result[determined] = values
    undetermined = np.setdiff1d(np.arange(n), determined)  # also those whose terms are divisible by the prime
    if not len(undetermined):
        return [result], False
    if len(undetermined) > _UNDETERMINED:
        return [], False
    half = len(undetermined) // 2
    keys: Integers = np.zeros(1, dtype=np.int64)
    rest = keys
    for one, p in zip(equations[:, 0], _PRIMES, strict=True):
        wanted = one[-1] - one[:-1] @ result
        keys = keys * p + _subset_sums(one[undetermined[:half]], p)
        rest = rest * p + (wanted - _subset_sums(one[undetermined[half:]], p)) % p
    _, first, second = np.intersect1d(keys, rest, return_indices=True)
    found = np.repeat(result[None], min(_TRIED, len(first)), axis=0)
    subsets = first[:_TRIED] | second[:_TRIED] << half
    found[:, undetermined] = subsets[:, None] >> np.arange(len(undetermined)) & 1
    return list(found), not len(first)


def _subset_sums(numbers: Integers, p: int) -> Integers:
    """The sums modulo p of all subsets: bit i of the position tells whether number i is in."""
    sums: Integers = np.zeros(1, dtype=np.int64)
    for number in numbers:
        sums = np.concatenate([sums, (sums + number) % p])
    return sums


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


def _best_of_all(terms: Integers, target: Integers, v: Integers) -> tuple[Mask, int]:
    """The subset of least rank, and this rank; of those one with most rows v in the row space, and the fewest units."""
    n, q, k = terms.shape
    subsets: Integers = np.arange(2**n, dtype=np.int64)[:, None] >> np.arange(n) & 1
    matrices: Integers = (target + (subsets @ terms.reshape(n, -1)).reshape(-1, q, k)) % _PRIME
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
