"""The Whitney numbers of an arrangement of hyperplanes <a_i, x> = 0, with the symmetries that it has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
from gmpy2 import is_prime

from troppoly.bounds.automorphisms import Integers, Symmetries, angles, symmetries
from troppoly.bounds.flat_orbits import whitney_numbers_by_orbits
from troppoly.bounds.flats import BITS, Residues, UnluckyPrimes
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.linear import direction, row_basis
from troppoly.exact.scalar import ObjectArray

__all__ = ["whitney_numbers"]

_MOST_ROWS = 2**9  # of arrangements whose symmetries are looked for
_LEAST_RANK = 4  # of these
_LEAST_ORDER = 32  # of groups with which orbits are quicker


def whitney_numbers(normals: RationalMatrix, max_memory: int) -> Iterator[int]:
    """Yield the Whitney numbers w_0, ..., w_r of the linear hyperplanes with the given (m, d) normals, none zero.

    Raises BudgetError if the flats need more than ``max_memory`` bytes.

    >>> list(whitney_numbers(RationalMatrix.of([[1, 0], [0, 1], [1, 1]]), 2**20))
    [1, -3, 2]
    """
    rows = normals.numerators[:, row_basis(normals.T)]
    different = {tuple(line): line for line in map(direction, rows)}
    lines = np.array(list(different.values()), dtype=object).reshape(len(different), rows.shape[1])
    n_known, primes = 0, filter(is_prime, range(2**BITS - 1, 2, -2))
    form, group = _symmetries(lines)
    while True:
        try:
            residues = Residues.of(lines, primes)
            if group.order < _LEAST_ORDER:
                numbers = residues.whitney_numbers(max_memory)
            else:
                numbers = whitney_numbers_by_orbits(residues, form, group, max_memory)
            for number in islice(numbers, n_known, None):
                n_known += 1
                yield number
            return
        except UnluckyPrimes:
            continue


def _symmetries(lines: ObjectArray) -> tuple[Integers, Symmetries]:
    """The angles and symmetries of the (m, r) rows of rank r; none but the identity if few flats are to be kept."""
    m, r = lines.shape
    if r < _LEAST_RANK or m > _MOST_ROWS:
        identity = np.arange(m)[None]
        return np.zeros((m, m), dtype=np.int64), Symmetries(identity, identity)
    matrix = DenseMatrix(lines)
    form = angles(matrix)
    return form, symmetries(form, row_basis(matrix))
