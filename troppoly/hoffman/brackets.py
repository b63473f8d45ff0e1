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

from typing import Any

import numpy as np
from flint import arb, ctx, fmpq
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import Natural, checked
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.linear import rank
from troppoly.exact.numerators import to_flint
from troppoly.hoffman.constant import kept_rows, solve_program
from troppoly.hoffman.ratios import subsets

__all__ = ["lower_hoffman_constant", "upper_hoffman_constant"]

_PRECISION = 64  # bits of the upper bound
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
    """Return sqrt(r) / s >= H(A) as a rational, rounded up by a factor below 1 + 2^-30.

    r is the rank of A, and s the least singular value of all A_J with J a basis of the row space among the rows of A.
    s^2 is the least eigenvalue of a matrix A_J A_J^T: a root, isolated by FLINT in balls, of its characteristic
    polynomial.  It is computed unless a pseudo-inverse in floats, with a bound of its error, shows that it is not less
    than one before.  All C(m, r) bases are visited, for m rows without zero rows and without multiples of others.

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
    scale = max(abs(v) for v in rows.numerators.flat)
    floats = DenseMatrix(rows.numerators, scale).to_floats()
    least: mpq | None = None  # a lower bound of the eigenvalues of the Gram matrices so far
    with ctx.workprec(_PRECISION):
        for sets in subsets(len(rows), r):
            bounds = _singular_value_bounds(floats[sets])
            for i in np.argsort(bounds, kind="stable"):
                if least is not None and (mpq(float(bounds[i])) * scale) ** 2 >= least:
                    break
                polynomial = to_flint(gram[np.ix_(sets[i], sets[i])]).charpoly()
                if polynomial[0]:  # else the rows are dependent
                    found = min(_exact(root.real.lower()) for root, _ in polynomial.complex_roots())
                    least = found if least is None else min(least, found)
        assert least is not None
        square = r * rows.denominator**2 / least
        return _exact(arb(fmpq(int(square.numerator), int(square.denominator))).sqrt().upper())


def _exact(value: arb) -> mpq:
    """A ball without radius as a number."""
    mantissa, exponent = value.man_exp()
    return mpq(int(mantissa)) * mpq(2) ** int(exponent)


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
