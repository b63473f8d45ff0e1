"""Is a function invariant or equivariant under linear maps?  Decided exactly.

A function f is *equivariant* under a pair of matrices (g, h) if f(g x) = h f(x) for all x, and
*invariant* under g if h is the identity.  The pairs under which f is equivariant are closed under products
and, where g and h are invertible, inverses; so generators of a group decide for the group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from troppoly.arguments import checked
from troppoly.equivalence import Equivalence, PiecewiseLinear, as_network, equivalent
from troppoly.errors import ShapeError
from troppoly.exact import RationalMatrix
from troppoly.network import Layer, Network

__all__ = ["equivariant", "invariant"]


@checked
def invariant(function: PiecewiseLinear, generators: Sequence[Any], domain: Any = None) -> Equivalence:
    """Decide whether f(g x) = f(x) for all x and all ``generators`` g, (d, d) matrices.

    ``function`` is a network, tropical polynomial, rational function or map.  The answer is truthy, or
    carries a point x and the values f(g x) and f(x) for the first g that fails.  With a ``domain``, a
    full-dimensional passagemath ``Polyhedron`` or d pairs (low, high), only x in the domain count.

    Raises ShapeError if a matrix has another shape; the budget is that of
    :func:`troppoly.equivalence.equivalent`.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> f = TropicalPolynomial({(1, 0): 0, (0, 1): 0})          # max(x, y)
    >>> invariant(f, [[[0, 1], [1, 0]]])
    Equivalent
    >>> invariant(f, [[[0, 1], [1, 0]], [[-1, 0], [0, 1]]])
    Not equivalent: (0) and (1) at (1, 0)
    """
    return equivariant(function, [(g, None) for g in generators], domain)


@checked
def equivariant(function: PiecewiseLinear, generators: Sequence[tuple[Any, Any]], domain: Any = None) -> Equivalence:
    """Decide whether f(g x) = h f(x) for all x and all pairs (g, h) of ``generators``.

    g is a (d, d) matrix and h an (m, m) matrix for m outputs, or None for the identity.  The answer is
    that of :func:`invariant`, with the values f(g x) and h f(x).

    >>> swap = [[0, 1], [1, 0]]
    >>> relu = Network.from_arrays([[[2, 1], [1, 2]], [[1, 0], [0, 1]]])
    >>> equivariant(relu, [(swap, swap)])
    Equivalent
    >>> equivariant(relu, [(swap, None)])
    Not equivalent: (1, 2) and (2, 1) at (1, 0)
    """
    network = as_network(function)
    for i, (g, h) in enumerate(generators):
        d = network.n_inputs
        matrix = RationalMatrix.of(g, f"matrix of generator {i}", columns=d)
        if matrix.shape[0] != d:
            raise ShapeError(f"The matrix of generator {i} has shape {matrix.shape}, not {(d, d)}.")
        answer = equivalent(network.restrict(matrix, [0] * d), _followed_by(h, network, i), domain)
        if not answer:
            return answer
    return Equivalence(None, None, 0)


def _followed_by(h: Any, network: Network, i: int) -> Network:
    """The network x -> h network(x)."""
    if h is None:
        return network
    m = network.n_outputs
    matrix = RationalMatrix.of(h, f"output matrix of generator {i}", columns=m)
    if matrix.shape[0] != m:
        raise ShapeError(f"The output matrix of generator {i} has shape {matrix.shape}, not {(m, m)}.")
    last = network.layers[-1]
    layer = Layer(matrix @ last.weight, matrix @ last.bias, np.zeros(m, dtype=bool))
    return Network((*network.layers[:-1], layer), max_groups=network.max_groups)
