"""The one normal form of a network on which exact arithmetic is done: homogeneous, with integers.

With (x, t) for x and b t for every bias b, a network is positively homogeneous on t >= 0.  A ReLU commutes with
positive factors, so every unit is scaled by the positive rational that makes its weights and bias primitive integers,
and the columns that read it are divided by that; signs do not change.

**Coordinates.**  Let (x, t) = R y with t the last coordinate of y, c the denominator of R, and S = c R, of integers.
Homogeneous of degree 1, the network at c (x, t) = S y is c times that at (x, t).  So N S in place of the weights N of
the first layer, and c times the biases of the later layers, yield every unit c times; later weights stay what they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from gmpy2 import gcd, lcm, mpq, mpz
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import LayerPlaces, Mask, layer_places
from troppoly.exact import DenseMatrix, RationalMatrix, SparseMatrix
from troppoly.exact.integers import IntegerArray, as_mpz, gcds, integer_array, times
from troppoly.exact.pattern import Pattern
from troppoly.exact.scalar import ObjectArray

__all__ = ["Affine", "IntegerLayer", "in_coordinates", "lowered", "of_forms"]

Affine = tuple[RationalMatrix, RationalMatrix, Mask]
"""The weight, the bias and the rectified units of a layer."""


@dataclass(frozen=True, eq=False)
class IntegerLayer:
    """z = N a + beta t with an integer matrix N = ``sparse``, of shape (units, inputs), and a vector ``constants``.

    ``places`` says which units are max(z, 0), and where their signs stand.  Unit i is ``scale / divisors[i]`` > 0 times
    that of the given network.
    """

    sparse: SparseMatrix
    constants: IntegerArray
    places: LayerPlaces
    scale: mpz
    divisors: IntegerArray

    @cached_property
    def weight(self) -> RationalMatrix:
        """N, sparse if it is large and mostly zero."""
        return self.sparse.economical()

    @cached_property
    def bias(self) -> ObjectArray:
        """beta, of shape (units,)."""
        return as_mpz(self.constants)

    @cached_property
    def joint(self) -> SparseMatrix:
        """The matrix (N | beta)."""
        return self.sparse.hstack(DenseMatrix(self.constants[:, None])).sparse()

    @cached_property
    def scales(self) -> ObjectArray:
        """For every unit, how many times it is that of the given network."""
        return np.fromiter((mpq(self.scale, v) for v in self.divisors.tolist()), dtype=object, count=self.n_units)

    @property
    def n_inputs(self) -> int:
        """The number of values that the layer reads."""
        return self.sparse.shape[1]

    @property
    def n_units(self) -> int:
        """The number of units."""
        return self.sparse.shape[0]

    @property
    def rectified(self) -> NDArray[np.intp]:
        """The rectified units."""
        return self.places.rectified


def lowered(
    layers: Sequence[Affine], first_column: int = 0, section: RationalMatrix | None = None
) -> tuple[IntegerLayer, ...]:
    """Return the integer layers of affine ones; the first reads (x, t), or y with (x, t) = section y.

    Their sign words are numbered from ``first_column`` on.  Weights and bias of a unit have no common divisor, unless
    there is a section.
    """
    result: list[IntegerLayer] = []
    places = layer_places([mask for _, _, mask in layers], first_column)
    for (weight, bias, _), place in zip(layers, places, strict=True):
        if not result:  # t is an input
            result.append(of_forms(weight.hstack(bias), place))
            continue
        sparse, before = weight.sparse(), result[-1]
        entries = times(sparse.stored, before.divisors[sparse.columns])
        constants, denominators = bias.dense().stored[:, 0], (sparse.denominator * before.scale, bias.denominator)
        result.append(_primitive(sparse.pattern, entries, constants, denominators, place))
    return tuple(result) if section is None else in_coordinates(result, section)


def of_forms(forms: RationalMatrix, places: LayerPlaces) -> IntegerLayer:
    """Return the layer whose units are forms in (x, t)."""
    sparse = forms.sparse()
    none = np.zeros(len(sparse), dtype=np.int64)
    return _primitive(sparse.pattern, sparse.stored, none, (sparse.denominator, mpz(1)), places)


def _primitive(
    pattern: Pattern, entries: IntegerArray, constants: IntegerArray, denominators: tuple[mpz, mpz], places: LayerPlaces
) -> IntegerLayer:
    """The layer of weights and constants over their denominators, with units times positive rationals.

    Over the least common denominator ``scale``, the divisor of a unit is that of its weights and its constant.  With
    the greatest common divisor ``inner`` of the entries of a row, these are entries / inner times an integer.
    """
    scale = int(lcm(*denominators))
    u, v = (scale // int(denominator) for denominator in denominators)
    inner = gcds(entries, pattern.indptr)
    rows = [(u * int(g), v * int(b)) for g, b in zip(inner.tolist(), constants.tolist(), strict=True)]
    divisors = [math.gcd(g, b) or scale for g, b in rows]
    common = math.gcd(scale, *divisors)
    factors = integer_array([g // divisor for (g, _), divisor in zip(rows, divisors, strict=True)])
    lengths = pattern.lengths
    entries = entries // np.repeat(inner, lengths) if (inner != 1).any() else entries
    if (factors != 1).any():
        entries = times(entries, np.repeat(factors, lengths))
    constants = integer_array([b // divisor for (_, b), divisor in zip(rows, divisors, strict=True)])
    reduced = integer_array([divisor // common for divisor in divisors])
    return IntegerLayer(SparseMatrix(pattern, entries), constants, places, mpz(scale // common), reduced)


def in_coordinates(layers: Sequence[IntegerLayer], section: RationalMatrix) -> tuple[IntegerLayer, ...]:
    """Return the layers that read y in place of (x, t) = section y, all their units scaled by one positive integer.

    >>> absolute = RationalMatrix.of([[2], [-2]]), RationalMatrix.of([[0], [0]]), np.array([True, True])
    >>> sum_ = RationalMatrix.of([[1, 1]]), RationalMatrix.of([[-1]]), np.array([False])
    >>> first, last = in_coordinates(lowered([absolute, sum_]), RationalMatrix.of([["1/3", 0], [0, 1]]))
    >>> first.weight, last.weight, last.bias
    (RationalMatrix([['1', '0'], ['-1', '0']]), RationalMatrix([['2', '2']]), array([mpz(-3)], dtype=object))
    """
    if not layers:
        return ()
    first, *later = layers
    product = first.weight @ DenseMatrix(section.numerators)
    common = gcd(section.denominator, *product.entries.ravel().tolist())
    factor = section.denominator // common
    sparse = (product if common == 1 else DenseMatrix(product.entries // common)).sparse()
    result = [IntegerLayer(sparse, first.constants, first.places, first.scale * factor, first.divisors)]
    for layer in later:
        constants = times(layer.constants, factor)
        result.append(IntegerLayer(layer.sparse, constants, layer.places, layer.scale * factor, layer.divisors))
    return tuple(result)
