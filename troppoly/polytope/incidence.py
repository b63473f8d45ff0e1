"""Which points lie on which hyperplanes, exactly.

An integer that is not zero modulo a prime is not zero.  The values of n points at m hyperplanes
are therefore first computed modulo a prime in 64-bit arithmetic; only where the residue vanishes,
at the incidences and about once in 2^31 elsewhere, is the value computed in exact integers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from troppoly.exact import ObjectArray, RationalMatrix

__all__ = ["incidence"]

_PRIME = 2**31 - 1


def incidence(points: RationalMatrix, hyperplanes: ObjectArray) -> NDArray[np.bool_]:
    """Return the (n, m) array that is true where point i lies on hyperplane j.

    ``points`` is an (n, d) matrix and ``hyperplanes`` an (m, 1 + d) integer array of rows (b, a),
    which stand for b + <a, z> = 0.

    >>> from gmpy2 import mpz
    >>> line = np.array([[mpz(-1), mpz(3), mpz(0)]], dtype=object)
    >>> incidence(RationalMatrix.of([["1/3", 7], [1, 0]]), line)
    array([[ True],
           [False]])
    """
    n, d = points.shape
    homogeneous = np.empty((n, d + 1), dtype=object)
    homogeneous[:, 0] = points.denominator
    homogeneous[:, 1:] = points.numerators
    left, right = _residues(homogeneous), _residues(hyperplanes)
    residues = np.zeros((n, len(hyperplanes)), dtype=np.int64)
    for k in range(d + 1):
        # Both factors are below 2^31 and the sum so far is, so nothing exceeds 2^63.
        residues = (residues + np.multiply.outer(left[:, k], right[:, k])) % _PRIME
    result = residues == 0
    rows, columns = np.nonzero(result)
    values = np.sum(homogeneous[rows] * hyperplanes[columns], axis=1)
    result[rows, columns] = (values == 0).astype(bool)
    return np.asarray(result, dtype=np.bool_)


def _residues(integers: ObjectArray) -> NDArray[np.int64]:
    return np.asarray(integers % _PRIME, dtype=np.int64)
