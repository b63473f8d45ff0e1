"""Coordinates in which the cells of a network have as few dimensions as they can.

A network reads its inputs through its first layer alone, so all its cells are preimages under an affine map

    u = M x + m,    M of rank r = rank W_1, of shape (r, d),

of the cells of a network that reads u.  As the map is onto, an identity of forms in u is one of forms in x, and the
reverse; so facets, redundancies and their multipliers are found in R^r: in 64 dimensions for 784 inputs and 64 units.
There are three such maps:

- u = x, where the first layer determines its inputs (r = d);
- u = W_1 x + b_1, where its units are independent (r is their number): then its forms are the coordinates, and those of
  the second layer have the numbers of the network itself;
- u_P + the combinations of the other inputs that the first layer cannot tell from inputs P, which are as independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.cellwise.cell_network import CellNetwork
from troppoly.exact import RationalMatrix, modular, rank
from troppoly.exact.linear import rank_bound, row_basis, solve
from troppoly.exact.numerators import over_common_denominator
from troppoly.exact.scalar import ObjectArray
from troppoly.network import Layer, Network

__all__ = ["Chart", "chart_of", "homogeneous", "objects"]

Vector = tuple[mpq, ...]


def objects(values: Sequence[Any]) -> ObjectArray:
    """Return the array of some numbers (``numpy.array`` would ask each of them whether it is a sequence).

    >>> objects((mpq(1, 2), mpq(3)))
    array([mpq(1,2), mpq(3,1)], dtype=object)
    """
    return np.fromiter(values, dtype=object, count=len(values))


def homogeneous(point: Any) -> ObjectArray:
    """Return the integer vector (p, q), q > 0, with p / q the given rational vector.

    >>> homogeneous((mpq(1, 2), mpq(-1, 3)))
    array([mpz(3), mpz(-2), mpz(6)], dtype=object)
    """
    numerators, denominator = over_common_denominator(objects(point))
    return objects([*numerators, denominator])


@dataclass(frozen=True, eq=False)
class Chart:
    """The map u = ``matrix`` x + ``vector`` (a column), and the network of u on cells.

    ``columns`` are as many inputs as there are coordinates, on which the matrix is invertible.
    """

    matrix: RationalMatrix
    vector: RationalMatrix
    columns: NDArray[np.intp]
    cells: CellNetwork

    @property
    def dimension(self) -> int:
        """The number r of coordinates."""
        return self.matrix.shape[0]

    @property
    def is_trivial(self) -> bool:
        """Whether u = x."""
        return self.matrix.shape[0] == self.matrix.shape[1]

    def place(self, x: Vector) -> Vector:
        """Return the coordinates u of a point."""
        if self.is_trivial:
            return x
        return tuple(a + b for a, b in zip(self.matrix.apply(x), self.vector[:, 0], strict=True))

    def moved(self, x: Vector, step: Vector) -> Vector:
        """Return a point whose coordinates are those of x plus ``step``; it differs from x in ``columns`` only."""
        column = RationalMatrix.from_rationals(objects(step).reshape(-1, 1))
        change = solve(self.matrix.take_columns(self.columns), column)[:, 0]
        moved = list(x)
        for place, value in zip(self.columns, change, strict=True):
            moved[place] += value
        return tuple(moved)

    def line(self) -> Vector:
        """Return a direction along which the coordinates do not change, if u = x is not the chart."""
        free = next(j for j in range(self.matrix.shape[1]) if j not in self.columns)
        unit = tuple(mpq(j == free) for j in range(self.matrix.shape[1]))
        return self.moved(unit, tuple(-v for v in self.matrix[:, free]))

    def pulled(self, forms: RationalMatrix) -> RationalMatrix:
        """Return forms (a, b) in u as forms in x."""
        if self.is_trivial:
            return forms
        linear = forms.take_columns(range(self.dimension))
        return (linear @ self.matrix).hstack(linear @ self.vector + forms.take_columns([self.dimension])).dense()

    @cached_property
    def directions(self) -> ObjectArray:
        """The (d, r + 1) integer vectors of the directions of the inputs, up to positive factors, with t = 0."""
        columns = self.matrix.T.dense()
        return np.concatenate([columns.entries, np.zeros((len(columns), 1), dtype=object)], axis=1)

    @cached_property
    def float_lift(self) -> NDArray[np.float64]:
        """The pseudoinverse of the matrix in floats, which proposes points."""
        return np.asarray(np.linalg.pinv(self.matrix.to_floats()), dtype=np.float64)


_recent: list[tuple[Network, Chart]] = []
_KEPT = 8


def chart_of(network: Network) -> Chart:
    """Return the chart of a network; those of the last few networks are kept (hashing one takes as long as a chart)."""
    for known, chart in _recent:
        if known is network:
            return chart
    chart = _chart(network)
    _recent.insert(0, (network, chart))
    del _recent[_KEPT:]
    return chart


def _chart(network: Network) -> Chart:
    """The chart of a network."""
    first, rest = network.layers[0], network.layers[1:]
    weight, bias = first.weight.dense(), first.bias.dense()
    n, d = weight.shape
    smaller = min(n, d)
    r = rank_bound(weight, smaller)
    if r < smaller:
        r = rank(weight)
    if r == d:
        zero = RationalMatrix.zeros(d, 1)
        return Chart(RationalMatrix.identity(d), zero, np.arange(d), CellNetwork.of(network.layers))
    if r == n:
        residues = modular.residues(weight.numerators, 1)[0].astype(np.int64)
        pivots = modular.echelon(residues)[1]
        columns = np.array(pivots if len(pivots) == r else row_basis(weight.T), dtype=np.intp)
        own = Layer(RationalMatrix.identity(n), RationalMatrix.zeros(n, 1), first.rectified)
        return Chart(weight, bias, columns, CellNetwork.of((own, *rest)))
    columns = np.array(row_basis(weight.T) or [0], dtype=np.intp)
    part = weight.take_columns(columns)
    rows = row_basis(part)
    # if nothing is read, there is one coordinate for the arrays' sake
    unit = RationalMatrix.identity(d).take_rows([0])
    matrix = solve(part.take_rows(rows), weight.take_rows(rows)) if rows else unit
    own = Layer(part, bias, first.rectified)
    return Chart(matrix, RationalMatrix.zeros(len(columns), 1), columns, CellNetwork.of((own, *rest)))
