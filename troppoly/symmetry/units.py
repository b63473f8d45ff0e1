"""Linear symmetries of a network that permute its units, and hence the cells of its canonical complex.

That f(g x) = f(x) for all x does not make the canonical complex invariant under g: walls that cancel in f
need not be where g puts them.  It is enough that g permutes the units:

*Lemma.*  Let g be invertible, and let there be in every layer before the last rectified one a bijection p
of units and factors c_i != 0, positive for rectified units, with z_i(g x) = c_i z_p(i)(x) for all x; in
the last layer with rectified units let this hold for the rectified ones, with factors c_i != 0 of any sign.
Then g^-1 maps the canonical complex to itself.

*Proof.*  The complex is determined by the signs of the rectified units on the points of R^d, up to their
order and a change of sign of all values of a unit.  The sign of unit i at g x is that of unit p(i) at x,
up to such a change.  QED

The condition is decided formally, layer by layer: the rows of a layer, read in terms of the units before
it and permuted and scaled with them, are the rows of the layer again, up to their order and factors.
Units with equal rows up to a factor are taken as one, and constant units go into the biases before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.equivalence.parallel import Sharing
from troppoly.errors import ShapeError
from troppoly.exact import ObjectArray, RationalMatrix
from troppoly.exact.linear import lines
from troppoly.network import Layer, Network

__all__ = ["permutes_units"]


@checked
def permutes_units(network: Network, g: Any) -> bool:
    """Return whether the invertible (d, d) matrix ``g`` permutes the units of a network up to factors.

    If so, g is a symmetry of the canonical complex (see the module's introduction).  If not, it may still
    be one; networks with maxima that are computed in steps (``max_groups``) are never said to be symmetric.

    Raises ShapeError if the matrix has another shape.

    >>> net = Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, 2, 3]]])
    >>> permutes_units(net, [[0, 1], [1, 0]]), permutes_units(net, [[1, 0], [0, -1]])
    (True, False)
    """
    d = network.n_inputs
    matrix = RationalMatrix.of(g, "matrix of the symmetry", columns=d)
    if matrix.shape[0] != d:
        raise ShapeError(f"The matrix of the symmetry has shape {matrix.shape}, not {(d, d)}.")
    if network.max_groups:
        return False
    depth = max((i for i, layer in enumerate(network.layers) if layer.rectified.any()), default=-1)
    layers = list(network.layers)
    for index in range(depth + 1):
        layer = layers[index]
        if index == depth:
            chosen = layer.rectified
            layer = Layer(layer.weight.take_rows(chosen), layer.bias.take_rows(chosen), layer.rectified[chosen])
            return _images(layer, matrix, either_sign=True) is not None
        sharing = Sharing.of(layer)
        if not sharing.kept:
            return True  # the later units are constant, and there are no walls
        layer, layers[index + 1] = sharing.apply(layer, layers[index + 1])
        images = _images(layer, matrix, either_sign=False)
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
