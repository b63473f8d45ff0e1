r"""Networks of tropical polynomials, rational functions and maps: maxima in binary trees.

max(z_1, ..., z_k) is the maximum of two numbers, max(a, b) = a + max(b - a, 0), in a tree of depth ceil(log2 k) whose
k - 1 inner nodes are one rectified unit each; beside them identity units pass on what later layers read. The numerators
and denominators of all components are made at the same time, each of them once and from its irredundant monomials, and
a difference is an affine function of them.  So with k the most monomials of any of them the network has ceil(log2 k)
hidden layers, and none if the function is affine.

References: Arora, Basu, Mianjy and Mukherjee, Understanding deep neural networks with rectified linear units, ICLR
2018, Theorem 2.1; Hertrich, Basu, Di Summa and Skutella, Towards lower bounds on the depth of ReLU neural networks,
SIAM J. Discrete Math. 37 (2023).
"""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from troppoly.circuit.circuit import Circuit, Wires
from troppoly.circuit.levels import arrange
from troppoly.exact import RationalMatrix, SparseMatrix
from troppoly.network.network import Network
from troppoly.polynomial.map import TropicalFunction, as_map, distinct_sides

__all__ = ["tree_network"]


def tree_network(function: TropicalFunction) -> Network:
    """Return a network of a tropical polynomial, rational function or map, of depth ceil(log2 k).

    ``k`` is the most irredundant monomials of a numerator or denominator.  Raises InputError for the tropical zero.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> x, y = (TropicalPolynomial.variable(i, 2) for i in range(2))
    >>> net = tree_network((x + y + x * y + 0) / (x + 1))
    >>> net((5, -2)), len(net.layers) - 1, sum(int(layer.rectified.sum()) for layer in net.layers)
    ((mpq(0,1),), 2, 4)
    """
    polynomials, plus, minus = distinct_sides(as_map(function))
    points = [f.lifted_points for f in polynomials]
    rows, d = reduce(RationalMatrix.vstack, points), function.n_variables
    forms = Circuit(d).inputs((d,)).mapped(rows.take_columns(range(d)), (len(rows),), rows.take_columns([d]))
    maxima = _maxima(forms, np.repeat(np.arange(len(points)), [len(p) for p in points]))
    signs = SparseMatrix.selection(plus, len(points)) - SparseMatrix.selection(minus, len(points))
    return Network(*arrange(maxima.mapped(signs, (len(plus),))))


def _maxima(values: Wires, owners: NDArray[np.intp]) -> Wires:
    """The maxima of the entries with equal owners 0, 0, ..., 1, ..., in trees; one entry for every owner."""
    while (owners[1:] == owners[:-1]).any():
        place = np.arange(len(owners)) - np.searchsorted(owners, owners)  # in the list of the owner
        left = np.flatnonzero(place % 2 == 0)
        paired = np.isin(left + 1, np.flatnonzero(place % 2))
        kept = values.picked(left)
        gap = values.picked(left[paired] + 1) - values.picked(left[paired])
        increase = gap.rectified()
        spread: RationalMatrix = SparseMatrix.selection(np.flatnonzero(paired), len(left)).T
        values, owners = kept + increase.mapped(spread, kept.shape), owners[left]
    return values
