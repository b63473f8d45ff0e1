"""The Hoffman constant in the infinity norm from below, by samples, and from above, by singular values.

**Lemma.**  H(A) is the maximum of H_J over the *linearly independent* sets J of rows.

*Proof.*  These are A-surjective, so H(A) is at least that.  Let J be A-surjective with H_J = H(A), and among all
v >= 0 with sum v = 1, |A_J^T v|_1 = 1 / H_J take one of least support S.  Suppose A_S^T w = 0, w != 0, and
sum w >= 0 (else take -w).  If w >= 0, S is not surjective, though S is in J; so w has a negative entry, there is a
largest s > 0 with v + s w >= 0, and its support is smaller.  Divided by its sum 1 + s sum w >= 1 it is feasible, with
value at most 1 / H_J, hence optimal: a contradiction.  So the rows of S are independent, and
H_S >= 1 / |A_S^T v|_1 = H(A).  QED

**Theorem.**  For A of rank r, H(A) <= sqrt(r) / s, where s is the least singular value of all A_J with J a basis of the
row space among the rows of A.

*Proof.*  For J independent, v >= 0 and sum v = 1: |A_J^T v|_1 >= |A_J^T v|_2 >= s_min(A_J) |v|_2
>= s_min(A_J) / sqrt(|J|).  J lies in a basis, whose least singular value is not larger, and |J| <= r.  QED

The factor sqrt(r) is needed: the rows (1, 1) and (1, -1) have singular values sqrt(2), but H = 1.  In the Euclidean
norm (|v|_2 = 1 in place of sum v = 1) the bound is 1 / s (Guler, Hoffman and Rothblum, Approximations to solutions to
systems of linear inequalities, SIAM J. Matrix Anal. Appl. 16 (1995)).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from typing import Any

import numpy as np
from gmpy2 import isqrt, mpq, mpz
from numpy.typing import NDArray

from troppoly.arguments import Natural, checked
from troppoly.exact import DenseMatrix, ObjectArray, RationalMatrix
from troppoly.exact.linear import primitive, rank
from troppoly.hoffman.constant import kept_rows, solve_program

__all__ = ["lower_hoffman_constant", "upper_hoffman_constant"]

_CHUNK = 2**14
_PRECISION = 32  # bits of the upper bound
_SLACK = 1 + 2.0**-30  # covers the rounding of norms of up to 2^20 floats


@checked
def lower_hoffman_constant(matrix: Any, samples: Natural = 100, seed: Natural = 0) -> mpq:
    """Return the greatest H_J of ``samples`` random surjective sets J, a lower bound of H(A).

    A sample starts with all rows, and as long as they are not A-surjective loses a random row of a circuit.  Exact;
    it does not decrease with ``samples``, for the same seed.

    Raises the errors of ``RationalMatrix.of``.

    >>> lower_hoffman_constant([[1, 0], [-1, 0], [1, 1]])
    mpq(2,1)
    """
    A = RationalMatrix.of(matrix)
    kept = frozenset(kept_rows(A))
    random = np.random.default_rng(seed)
    circuits: list[frozenset[int]] = []
    values: dict[frozenset[int], mpq] = {}
    for _ in range(samples):
        J = kept
        while J not in values:
            circuit = next((c for c in circuits if c <= J), None)
            if circuit is None:
                point, multipliers = solve_program(A, tuple(sorted(J)))
                if point is not None:
                    values[J] = sum(multipliers.values(), mpq(0))
                    break
                circuit = frozenset(multipliers)
                circuits.append(circuit)
            J -= {sorted(circuit)[int(random.integers(len(circuit)))]}
    return max(values.values(), default=mpq(0))


@checked
def upper_hoffman_constant(matrix: Any) -> mpq:
    """Return sqrt(r) / s >= H(A) of the theorem above as a rational, rounded up by a factor below 1 + 2^-30.

    s^2 >= mu iff A_J A_J^T - mu is positive semidefinite for all J, which is decided in integers, except for those J
    where a pseudo-inverse in floats with a proven bound of its error shows that s is larger.  All C(m, r) bases are
    visited, for m rows without zero rows and without multiples of others.

    Raises the errors of ``RationalMatrix.of``.

    >>> float(upper_hoffman_constant([[1, 0], [0, 1]]))
    1.414213562...
    """
    A = RationalMatrix.of(matrix)
    rows = A.take_rows(kept_rows(A))
    r = rank(rows)
    if not r:
        return mpq(0)
    gram = rows.numerators @ rows.numerators.T
    square: mpq | None = None  # the least certified lower bound of a squared singular value so far
    for J, certified in _by_size_of_inverse(rows, r):
        if square is not None and certified * certified * rows.denominator**2 >= square:
            continue
        G = gram[np.ix_(J, J)]
        if square is not None and _is_positive_definite(G, square):
            continue
        bound = _least_eigenvalue(G)
        if bound is not None:
            square = bound if square is None else min(square, bound)
    assert square is not None
    return _root_above(r * rows.denominator**2 / square)


def _by_size_of_inverse(rows: RationalMatrix, r: int) -> Iterator[tuple[NDArray[np.intp], mpq]]:
    """All r-sets of rows, each with a lower bound of its least singular value (0 if unknown), in a chunk ascending."""
    scale = max(abs(v) for v in rows.numerators.flat)
    floats = DenseMatrix(rows.numerators, scale).to_floats()
    sets = combinations(range(rows.shape[0]), r)
    while chunk := list(islice(sets, _CHUNK)):
        J = np.array(chunk, dtype=np.intp)
        bounds = _singular_value_bounds(floats[J])
        for i in np.argsort(bounds, kind="stable"):
            yield J[i], mpq(float(bounds[i])) * mpq(scale, rows.denominator)


def _singular_value_bounds(F: NDArray[np.float64]) -> NDArray[np.float64]:
    """Certified lower bounds of the least singular values of (N, r, n) matrices A with |A - F| <= u entrywise.

    u = 2^-53 and |F| <= 1.  For any (n, r) matrix B, let E = A B - 1 with |E|_F <= e < 1.  Then for all x
    |B|_F |A^T x|_2 >= |B^T A^T x|_2 = |x + E^T x|_2 >= (1 - e) |x|_2: the least singular value of A is at least
    (1 - e) / |B|_F.  Here B is an approximate pseudo-inverse of F; with P the computed F B,
    |P - F B| <= gamma_n |F| |B| (Higham, section 3.5), hence |E| <= |P - 1| + gamma_(n + 2) (|F| + 1) |B| entrywise.
    """
    n = F.shape[2]
    result = np.zeros(len(F))
    with np.errstate(all="ignore"):
        gram = F @ F.transpose(0, 2, 1)
        regular = np.flatnonzero(np.linalg.det(gram) != 0)
        F = F[regular]
        B = F.transpose(0, 2, 1) @ np.linalg.inv(gram[regular])
        error = np.abs(F @ B - np.eye(F.shape[1]))
        error += 2 * (n + 4) * 2.0**-53 * ((np.abs(F) + 1) @ np.abs(B)) + 2.0**-900
        e = np.sqrt((error**2).sum(axis=(1, 2))) * _SLACK
        size = np.sqrt((B**2).sum(axis=(1, 2))) * _SLACK + 2.0**-500
        bounds = (1 - e) / size * (2 - _SLACK)
    result[regular] = np.where((e < 0.5) & np.isfinite(size), bounds, 0.0)
    return result


def _is_positive_definite(G: ObjectArray, mu: mpq) -> bool:
    """Whether the symmetric integer matrix G minus mu has positive leading minors (Sylvester)."""
    S = G * mu.denominator
    S[np.diag_indices(len(G))] -= mu.numerator
    for k in range(len(S)):
        if S[k, k] <= 0:
            return False
        rest = S[k + 1 :, k + 1 :] * S[k, k] - np.multiply.outer(S[k + 1 :, k], S[k, k + 1 :])
        S[k + 1 :, k + 1 :] = primitive(rest.reshape(-1)).reshape(rest.shape)
    return True


def _least_eigenvalue(G: ObjectArray) -> mpq | None:
    """A lower bound of the least eigenvalue, less than 2^-_PRECISION relatively below it, or None if it is 0.

    It is below every diagonal entry, and found bit by bit.
    """
    if not _is_positive_definite(G, mpq(0)):
        return None
    bound, step = mpq(0), mpq(2) ** mpz(min(np.diag(G))).bit_length()  # the step exceeds it
    while step > bound / 2**_PRECISION or not bound:
        step /= 2
        if _is_positive_definite(G, bound + step):
            bound += step
    return bound


def _root_above(value: mpq) -> mpq:
    """A rational that is at least sqrt(value), and larger by a factor of at most 1 + 2^-_PRECISION."""
    shift = max(0, 2 * _PRECISION + value.denominator.bit_length() - value.numerator.bit_length())
    shift += shift % 2
    scaled = -((-value.numerator << shift) // value.denominator)  # rounded up
    root = isqrt(scaled)
    return mpq(root + (root * root < scaled), mpz(1) << (shift // 2))
