"""Maxima of coordinates: max-pooling layers, and support functions of sums of simplices.

For subsets I of {0, ..., n - 1} let Delta_I be the simplex of the unit vectors e_i with i in I.  Its support function
is x -> max_{i in I} x_i, so the support function of the Minkowski sum of some Delta_I is the sum of these maxima.  It
is linear on the normal cones of the vertices of the sum, which are the linear regions both of the sum of the maxima and
of the map x -> (max_{i in I} x_i)_I.  The faces of the complex of codimension k are the normal cones of the k-faces.

A *building set* contains all {i}, and with I, J that meet also their union.  The sum over a building set is a simple
polytope, the *nestohedron*, whose faces are known: its vertices are the maximal nested sets.

References: Postnikov, Permutohedra, associahedra, and beyond, Int. Math. Res. Not. 2009, Section 7; Escobar, Gallardo,
Gonzalez-Anaya, Gonzalez, Montufar and Morales, Enumeration of max-pooling responses with generalized permutohedra,
2022 (arXiv 2209.14978).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from troppoly.arguments import Natural, Positive, checked
from troppoly.circuit.circuit import Circuit, Wires, check_size, maximum
from troppoly.circuit.levels import arrange
from troppoly.errors import InputError
from troppoly.exact import RationalMatrix
from troppoly.network.network import Network

__all__ = ["associahedron", "cyclohedron", "max_pooling", "permutohedron", "sum_of_maxima"]

_MOST = 2**16  # numbers in all intervals


@checked
def max_pooling(n: Positive, window: Positive, stride: Positive = 1) -> Network:
    """Return the one-dimensional max-pooling layer on R^n: the maxima over windows of consecutive coordinates.

    They start at 0, ``stride``, 2 ``stride``, ..., as long as they fit.  Raises InputError unless one does.

    >>> max_pooling(4, 3)((2, 0, 5, 7))
    (mpq(5,1), mpq(7,1))
    """
    if window > n:
        raise InputError(f"No window of {window} with stride {stride} fits into {n} inputs.")
    check_size((n, window), "array of all windows")
    return Network(*arrange(_maxima(n, [range(i, i + window) for i in range(0, n - window + 1, stride)])))


@checked
def sum_of_maxima(n: Positive, subsets: Sequence[Sequence[Natural]]) -> Network:
    """Return x -> sum_I max_{i in I} x_i on R^n, the support function of the sum of the simplices Delta_I.

    Raises InputError unless there are subsets, of numbers below n, none of them empty.

    >>> sum_of_maxima(3, [[0, 1], [1, 2], [0, 1, 2]])((1, 5, 2))
    (mpq(15,1),)
    """
    check_size((n,), "array of all coordinates")
    maxima = _maxima(n, [sorted(set(subset)) for subset in subsets])
    return Network(*arrange(maxima.mapped(RationalMatrix.of([[1] * len(subsets)]), (1,))))


@checked
def associahedron(n: Positive) -> Network:
    """Return the support function of the associahedron of dimension n - 1 in R^n: the sum over all intervals.

    Its vertices, and the linear regions, are as many as the Catalan number C(2n, n) / (n + 1).

    >>> associahedron(3)((1, 0, 2))
    (mpq(8,1),)
    """
    check_size((n, n, n), "array of all intervals", _MOST)
    return sum_of_maxima(n, [range(i, j) for j in range(1, n + 1) for i in range(j)])


@checked
def cyclohedron(n: Positive) -> Network:
    """Return the support function of the cyclohedron of dimension n - 1 in R^n: the sum over cyclic intervals.

    Its vertices, and the linear regions, are C(2n - 2, n - 1) many.

    >>> cyclohedron(3)((1, 0, 2))
    (mpq(10,1),)
    """
    check_size((n, n, n), "array of all intervals", _MOST)
    cyclic = [[(i + k) % n for k in range(size)] for size in range(1, n) for i in range(n)]
    return sum_of_maxima(n, [*cyclic, range(n)])


@checked
def permutohedron(n: Positive) -> Network:
    """Return the support function of a permutohedron of dimension n - 1 in R^n, n > 1: the sum over all pairs.

    Its vertices, and the linear regions, are n! many.  The sum over all subsets has the same normal cones.  Raises
    InputError for n = 1, which has no pairs.

    >>> permutohedron(3)((1, 0, 2))
    (mpq(5,1),)
    """
    check_size((n, n), "array of all pairs")
    if n == 1:
        raise InputError("A permutohedron needs n > 1: one coordinate has no pairs.")
    return sum_of_maxima(n, list(combinations(range(n), 2)))


def _maxima(n: int, subsets: Sequence[Sequence[int]]) -> Wires:
    """The maxima of some coordinates each."""
    if not len(subsets) or any(not 0 < len(subset) <= n or max(subset) >= n for subset in subsets):
        raise InputError(f"The maxima need subsets of the {n} coordinates, at least one and none of them empty.")
    return maximum([np.array(subset) for subset in subsets], Circuit(n).inputs((n,)), (len(subsets),))
