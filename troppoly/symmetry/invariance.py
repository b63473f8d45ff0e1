"""Is a function invariant or equivariant under linear maps, and do these permute the units of a network?

f is *equivariant* under a pair of matrices (g, h) if f(g x) = h f(x) for all x, and *invariant* under g if h is the
identity.  These pairs are closed under products and, where g and h are invertible, inverses: generators of a group
decide for the group.  The canonical complex of an invariant function need not be invariant, as walls cancel in f.  It
is enough that g permutes the units:

*Lemma.*  Let g be invertible, and let there be in every layer before the last rectified one a bijection p of units and
factors c_i != 0, positive for rectified units, with z_i(g x) = c_i z_p(i)(x) for all x; in the last layer with
rectified units let this hold for the rectified ones, with c_i != 0 of any sign.  Then g^-1 maps the canonical complex
to itself.

*Proof.*  The signs of the rectified units determine the complex, up to their order and a change of all signs of a unit.
The sign of unit i at g x is that of unit p(i) at x, up to such a change.  QED

The condition is decided formally, layer by layer: with the units before permuted and scaled, the rows of a layer are
its rows again, up to order and factors.  Units with equal rows up to a factor are taken as one, and constant units go
into the biases before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.equivalence import Equivalence, as_network, equivalent
from troppoly.equivalence.parallel import PiecewiseLinear, Sharing
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import lines
from troppoly.exact.scalar import ObjectArray
from troppoly.network import Layer, Network
from troppoly.symmetry.finite_group import square_matrix

__all__ = ["equivariant", "invariant", "permutes_units"]


@checked
def invariant(function: PiecewiseLinear, generators: Sequence[Any], domain: Any = None) -> Equivalence:
    """Decide whether f(g x) = f(x) for all x and all ``generators`` g, (d, d) matrices.

    The answer is truthy, or carries a point x and the values f(g x) and f(x) for the first g that fails.  With a
    ``domain``, a full-dimensional passagemath ``Polyhedron`` or d pairs (low, high), only x in the domain count.

    Raises ShapeError if a matrix has another shape; the budget is that of :func:`troppoly.equivalence.equivalent`.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> f = TropicalPolynomial({(1, 0): 0, (0, 1): 0})          # max(x, y)
    >>> invariant(f, [[[0, 1], [1, 0]], [[-1, 0], [0, 1]]])
    Not equivalent: (0) and (1) at (1, 0)
    """
    return equivariant(function, [(g, None) for g in generators], domain)


@checked
def equivariant(function: PiecewiseLinear, generators: Sequence[tuple[Any, Any]], domain: Any = None) -> Equivalence:
    """Decide whether f(g x) = h f(x) for all x and all pairs (g, h) of ``generators``.

    g is a (d, d) matrix and h an (m, m) matrix for m outputs, or None for the identity.  The answer is that of
    :func:`invariant`, with the values f(g x) and h f(x).

    >>> swap = [[0, 1], [1, 0]]
    >>> relu = Network.from_arrays([[[2, 1], [1, 2]], [[1, 0], [0, 1]]])
    >>> equivariant(relu, [(swap, swap)]), equivariant(relu, [(swap, None)])
    (Equivalent, Not equivalent: (1, 2) and (2, 1) at (1, 0))
    """
    network = as_network(function)
    d, m, last = network.n_inputs, network.n_outputs, network.layers[-1]
    for i, (g, h) in enumerate(generators):
        image = network
        if h is not None:
            matrix = square_matrix(h, f"output matrix of generator {i}", m)
            layer = Layer(matrix @ last.weight, matrix @ last.bias, np.zeros(m, dtype=bool))
            image = Network((*network.layers[:-1], layer), max_groups=network.max_groups)
        moved = network.restrict(square_matrix(g, f"matrix of generator {i}", d), [0] * d)
        answer = equivalent(moved, image, domain)
        if not answer:
            return answer
    return Equivalence(None, None, 0)


@checked
def permutes_units(network: Network, g: Any) -> bool:
    """Return whether the invertible (d, d) matrix ``g`` permutes the units of a network up to factors.

    If so, g is a symmetry of the canonical complex, by the lemma.  If not, it may still be one; networks with maxima
    that are computed in steps (``max_groups``) are never said to be symmetric.

    Raises ShapeError if the matrix has another shape.

    >>> net = Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, 2, 3]]])
    >>> permutes_units(net, [[0, 1], [1, 0]]), permutes_units(net, [[1, 0], [0, -1]])
    (True, False)
    """
    matrix = square_matrix(g, "matrix of the symmetry", network.n_inputs)
    if network.max_groups:
        return False
    depth = max((i for i, layer in enumerate(network.layers) if layer.rectified.any()), default=-1)
    layers = list(network.layers)
    for index in range(depth + 1):
        layer, is_last = layers[index], index == depth
        if is_last:
            chosen = layer.rectified
            layer = Layer(layer.weight.take_rows(chosen), layer.bias.take_rows(chosen), layer.rectified[chosen])
        else:
            sharing = Sharing.of(layer)
            if not sharing.kept:
                return True  # the later units are constant, and there are no walls
            layer, layers[index + 1] = sharing.apply(layer, layers[index + 1])
        images = _images(layer, matrix, either_sign=is_last)
        if images is None:
            return False
        matrix = images
    return True


def _images(layer: Layer, matrix: RationalMatrix, *, either_sign: bool) -> RationalMatrix | None:
    """The matrix M with z(g x) = M z(x), if it is monomial, where the layer reads a(g x) = matrix a(x).

    The entries of M are positive in the rows of rectified units, unless ``either_sign``.
    """
    rows = layer.weight.hstack(layer.bias)
    images = (layer.weight @ matrix).hstack(layer.bias)

    def keyed(matrix: RationalMatrix) -> Iterator[tuple[tuple[Any, ...], mpq]]:
        for (line, factor), rectified in zip(lines(matrix), layer.rectified.tolist(), strict=True):
            fixed = rectified and not either_sign
            yield (rectified, fixed and factor < 0, line), abs(factor) if fixed else factor

    place = {key: (i, factor) for i, (key, factor) in enumerate(keyed(rows))}
    result: ObjectArray = np.full((len(images), len(rows)), mpq(0), dtype=object)
    for i, (key, factor) in enumerate(keyed(images)):
        if key not in place:
            return None
        j, unit = place[key]
        result[i, j] = factor / unit if unit else mpq(1)
    return RationalMatrix.from_rationals(result)
