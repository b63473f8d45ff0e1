"""The one normal form of a network on which exact arithmetic is done: homogeneous, with integers.

With (x, t) for x and b t for every bias b, a network is positively homogeneous on t >= 0.  A ReLU commutes with
positive factors, so every unit is scaled by the positive rational that makes its weights and bias primitive integers,
and the columns that read it are divided by that; signs do not change.

**Coordinates.**  If (x, t) = R y with t the last coordinate of y, the first layer reads y with N R in place of its
weights N; with the denominator c of that, all its units come c times, so later weights are hardly longer for that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from gmpy2 import lcm, mpq, mpz
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import LayerPlaces, Mask, layer_places
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.integers import IntegerArray, as_mpz, integer_array, times
from troppoly.exact.scalar import ObjectArray

__all__ = ["Affine", "IntegerLayer", "lowered", "of_forms"]

Affine = tuple[RationalMatrix, RationalMatrix, Mask]
"""The weight, the bias and the rectified units of a layer."""


@dataclass(frozen=True, eq=False)
class IntegerLayer:
    """z = N a + beta t with an integer matrix N = ``weight``, of shape (units, inputs), and a vector ``constants``.

    N is sparse if it is large and mostly zero.  ``places`` says which units are max(z, 0), and where their signs stand.
    Unit i is ``scale / divisors[i]`` > 0 times that of the given network.
    """

    weight: RationalMatrix
    constants: IntegerArray
    places: LayerPlaces
    scale: mpz
    divisors: IntegerArray

    @cached_property
    def bias(self) -> ObjectArray:
        """beta, of shape (units,)."""
        return as_mpz(self.constants)

    @property
    def joint(self) -> RationalMatrix:
        """The matrix (N | beta)."""
        return self.weight.hstack(DenseMatrix(self.constants[:, None]))

    @cached_property
    def scales(self) -> ObjectArray:
        """For every unit, how many times it is that of the given network."""
        return np.fromiter((mpq(self.scale, v) for v in self.divisors.tolist()), dtype=object, count=self.n_units)

    @property
    def n_inputs(self) -> int:
        """The number of values that the layer reads."""
        return self.weight.shape[1]

    @property
    def n_units(self) -> int:
        """The number of units."""
        return self.weight.shape[0]

    @property
    def rectified(self) -> NDArray[np.intp]:
        """The rectified units."""
        return self.places.rectified


def lowered(
    layers: Sequence[Affine], first_column: int = 0, section: RationalMatrix | None = None
) -> tuple[IntegerLayer, ...]:
    """Return the integer layers of affine ones; the first reads (x, t), or y with (x, t) = section y.

    Their sign words are numbered from ``first_column`` on.  Weights and bias of a unit have no common divisor,
    but for the first layer if there is a section.

    >>> absolute = RationalMatrix.of([[2], [-2]]), RationalMatrix.of([[0], [0]]), np.array([True, True])
    >>> sum_ = RationalMatrix.of([[1, 1]]), RationalMatrix.of([[-1]]), np.array([False])
    >>> first, last = lowered([absolute, sum_], section=RationalMatrix.of([["1/3", 0], [0, 1]]))
    >>> first.weight, last.weight, last.bias
    (RationalMatrix([['1', '0'], ['-1', '0']]), RationalMatrix([['2', '2']]), array([mpz(-3)], dtype=object))
    """
    result: list[IntegerLayer] = []
    places = layer_places([mask for _, _, mask in layers], first_column)
    for (weight, bias, _), place in zip(layers, places, strict=True):
        if not result:  # t is an input
            first = of_forms(weight.hstack(bias), place)
            if section is not None:
                product = first.weight @ section
                moved, scale = product.with_entries(product.stored, 1).economical(), first.scale * product.denominator
                first = IntegerLayer(moved, first.constants, place, scale, first.divisors)
            result.append(first)
            continue
        matrix, before = weight.economical(), result[-1]
        entries = times(matrix.stored, matrix.by_columns(before.divisors))
        constants, denominators = bias.dense().stored[:, 0], (matrix.denominator * before.scale, bias.denominator)
        result.append(_primitive(matrix.with_entries(entries, 1), constants, denominators, place))
    return tuple(result)


def of_forms(forms: RationalMatrix, places: LayerPlaces) -> IntegerLayer:
    """Return the layer whose units are forms in (x, t)."""
    none = np.zeros(len(forms), dtype=np.int64)
    return _primitive(forms.economical(), none, (forms.denominator, mpz(1)), places)


def _primitive(
    weight: RationalMatrix, constants: IntegerArray, denominators: tuple[mpz, mpz], places: LayerPlaces
) -> IntegerLayer:
    """The layer of the numerators of weights and constants over these denominators, with units times rationals > 0.

    Over the least common denominator ``scale``, the divisor of a unit is that of its weights and its constant.  With
    the greatest common divisor ``inner`` of the entries of a row, these are entries / inner times an integer.
    """
    scale = int(lcm(*denominators))
    u, v = (scale // int(denominator) for denominator in denominators)
    entries, inner = weight.stored, weight.row_gcds()
    rows = [(u * int(g), v * int(b)) for g, b in zip(inner.tolist(), constants.tolist(), strict=True)]
    divisors = [math.gcd(g, b) or scale for g, b in rows]
    common = math.gcd(scale, *divisors)
    if (inner != 1).any():
        entries = entries // weight.by_rows(np.where(inner == 0, 1, inner))
    factors = integer_array([g // divisor for (g, _), divisor in zip(rows, divisors, strict=True)])
    primitive = weight.with_entries(times(entries, weight.by_rows(factors)), 1)
    constants = integer_array([b // divisor for (_, b), divisor in zip(rows, divisors, strict=True)])
    reduced = integer_array([divisor // common for divisor in divisors])
    return IntegerLayer(primitive, constants, places, mpz(scale // common), reduced)
