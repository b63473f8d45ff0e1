"""The signs of all units at many points at once, and the class that the network gives them.

Floats decide, for all points together, by proven bounds (:mod:`troppoly.cellwise.rounding_errors`).  A point of which
they leave one sign open, because it is on a wall or too near to one, is decided alone, exactly.

A magnitude that is 0 proves that a value is 0, but not on which side of the wall the point is; only if it is also 0 at
(1, ..., 1), where no coordinate is, all monomials of the form are 0: then so is the unit on the whole cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.cellwise.cell_network import CellNetwork, chunks
from troppoly.cellwise.rounding_errors import FloatArray, certain, relative_bound
from troppoly.cellwise.sign_words import Mask
from troppoly.exact import DenseMatrix
from troppoly.exact.integers import as_mpz
from troppoly.exact.scalar import ObjectArray
from troppoly.local.charts import chart_of, homogeneous, objects
from troppoly.local.geometry import signs_after
from troppoly.local.germs import Signs, float_points, masks_of, normalized
from troppoly.network import Layer, Network

__all__ = ["Points", "predicted_classes", "signs_of_points"]


class Points:
    """The rows of an (n, d) matrix as homogeneous vectors: integers, and floats with magnitudes."""

    def __init__(self, matrix: DenseMatrix) -> None:
        self.matrix = matrix

    @cached_property
    def floats(self) -> FloatArray:
        """The (2, n, d + 1) values and magnitudes of (x, 1)."""
        ones = np.ones((2, len(self.matrix), 1))
        return np.concatenate([float_points(self.matrix.stored, self.matrix.denominator), ones], axis=2)

    def integers(self, i: int) -> ObjectArray:
        """Return the integer vector (p, q) with p / q the point i."""
        return objects([*as_mpz(self.matrix.stored[i]), self.matrix.denominator])

    def __getitem__(self, i: int) -> tuple[mpq, ...]:
        return self.matrix.row(i)

    def __len__(self) -> int:
        return len(self.matrix)


def signs_of_points(network: Network, cells: CellNetwork, points: Points) -> Signs:
    """Return for every layer the (points, rectified units) signs of the cells that :func:`troppoly.cell_at` finds."""
    signs, doubtful = list[NDArray[np.int8]](), np.zeros(len(points), dtype=bool)
    for index, layer in enumerate(cells.layers):
        found = np.zeros((len(points), layer.n_units), dtype=np.int8)
        if len(layer.rectified):
            found, open_ = _signs_by_floats(cells, index, points.floats, signs)
            doubtful |= open_[:, layer.rectified].any(axis=1)
        signs.append(found[:, layer.rectified])
    signs = list(normalized(tuple(signs), cells, network.max_groups))
    for i in np.flatnonzero(doubtful).tolist():
        exact = signs_after(network, homogeneous(chart_of(network).place(points[i])))
        for known, row in zip(signs, exact, strict=True):
            known[i] = row
    return tuple(signs)


def _signs_by_floats(
    cells: CellNetwork, layer: int, y: FloatArray, signs: Sequence[NDArray[np.int8]]
) -> tuple[NDArray[np.int8], Mask]:
    """The (points, units) signs of a layer inside the cells of points, and where they are open."""
    shape = y.shape[1], cells.layers[layer].n_units
    found, open_ = np.zeros(shape, dtype=np.int8), np.ones(shape, dtype=bool)
    floats = cells.floats
    if floats is None:
        return found, open_
    bound = relative_bound(sum(floats.operations[: layer + 1]) + 2)
    for part in chunks(len(found), 4 * max(cells.width, cells.n_coordinates)):
        masks = masks_of(cells, signs, part)
        with np.errstate(all="ignore"):
            values, magnitudes = floats.values(layer, y[:, part], masks)
            open_[part] = ~certain(values, magnitudes, bound) | (magnitudes == 0)
            found[part] = np.where(open_[part], 0, np.sign(values))
        rows = np.flatnonzero((magnitudes == 0).any(axis=1))
        if len(rows):
            ones = np.ones((2, len(rows), y.shape[2]))
            _, sizes = floats.values(layer, ones, [mask[rows] for mask in masks])
            open_[part][rows] &= sizes != 0
    return found, open_


def predicted_classes(network: Network, cells: CellNetwork, points: Points, signs: Signs) -> NDArray[np.intp]:
    """Return the class of every point: the first output that is greatest, or of one output whether it is positive.

    Floats propose a class, and certify that the other outputs are less: the differences of the last layer are units.
    """
    *hidden, last = network.layers
    single = network.n_outputs == 1
    with np.errstate(all="ignore"):
        values = network.evaluate_float(points.floats[0, :, :-1])
    result = np.asarray(values[:, 0] > 0 if single else values.argmax(axis=1), dtype=np.intp)
    for winner in np.unique(result).tolist():
        rows = np.flatnonzero(result == winner)
        weight, bias = last.weight, last.bias
        if not single:
            others = np.delete(np.arange(network.n_outputs), winner)
            mine = [winner] * len(others)
            weight = weight.take_rows(mine) - weight.take_rows(others)
            bias = bias.take_rows(mine) - bias.take_rows(others)
        margins = CellNetwork.of([*hidden, Layer(weight, bias, np.zeros(len(weight), dtype=bool))])
        found, open_ = _signs_by_floats(
            margins, len(hidden), points.floats[:, rows], tuple(s[rows] for s in signs[:-1])
        )
        wrong = found[:, 0] != (1 if winner else -1) if single else (found <= 0).any(axis=1)
        for i in rows[wrong | open_.any(axis=1)].tolist():
            exact = network(points[i])
            result[i] = int(exact[0] > 0) if single else exact.index(max(exact))
    return result
