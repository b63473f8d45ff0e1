"""The one normal form of a network on which exact arithmetic is done: homogeneous, with primitive integers.

With (x, t) for x and b t for every bias b, a network is positively homogeneous on t >= 0.  A ReLU commutes with
positive factors, so every unit is scaled by the positive rational that makes its weights and bias primitive integers,
and the columns that read it are divided by that; signs do not change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.cellwise.sign_words import LayerPlaces, Mask, layer_places
from troppoly.exact import RationalMatrix, SparseMatrix
from troppoly.exact.linear import primitive_rows
from troppoly.exact.scalar import ObjectArray

__all__ = ["Affine", "IntegerLayer", "lowered"]

Affine = tuple[RationalMatrix, RationalMatrix, Mask]
"""The weight, the bias and the rectified units of a layer."""


@dataclass(frozen=True, eq=False)
class IntegerLayer:
    """z = N a + beta t with the integer matrix ``joint`` = (N | beta), of shape (units, inputs + 1).

    ``places`` says which units are max(z, 0), and where their signs stand.  Unit i is ``scales[i]`` > 0 times that of
    the given network.
    """

    joint: SparseMatrix
    places: LayerPlaces
    scales: ObjectArray

    @cached_property
    def weight(self) -> RationalMatrix:
        """N, sparse if it is large and mostly zero."""
        return self.joint.take_columns(range(self.n_inputs)).economical()

    @cached_property
    def bias(self) -> ObjectArray:
        """beta, of shape (units,)."""
        return self.joint.take_columns([self.n_inputs]).numerators[:, 0]

    @property
    def n_inputs(self) -> int:
        """The number of values that the layer reads."""
        return self.joint.shape[1] - 1

    @property
    def n_units(self) -> int:
        """The number of units."""
        return self.joint.shape[0]

    @property
    def rectified(self) -> NDArray[np.intp]:
        """The rectified units."""
        return self.places.rectified


def lowered(
    layers: Sequence[Affine], first_column: int = 0, section: RationalMatrix | None = None
) -> tuple[IntegerLayer, ...]:
    """Return the integer layers of affine ones; the first reads (x, t), or y with (x, t) = section y.

    Their sign words are numbered from ``first_column`` on.
    """
    result: list[IntegerLayer] = []
    places = layer_places([mask for _, _, mask in layers], first_column)
    for (weight, bias, _), place in zip(layers, places, strict=True):
        rows = weight.hstack(bias).sparse()
        if result:
            rows = (rows @ SparseMatrix.diagonal([*(1 / result[-1].scales), mpq(1)])).sparse()
        else:
            rows = rows if section is None else (rows @ section).sparse()
            rows = rows.widened(rows.shape[1] + 1)  # t is an input
        rows, factors = primitive_rows(rows)
        result.append(IntegerLayer(rows, place, np.array([*factors, None], dtype=object)[:-1]))
    return tuple(result)
