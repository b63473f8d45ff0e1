"""Where the points of a data set are among the cells and affine maps of a network, exactly.

Every point is in the cell that :func:`troppoly.cell_at` finds.  Of cells that hold no points nothing is computed, so
there may be hundreds of inputs and thousands of points.  Cells with one affine map are parts of one linear region if a
way through facets joins them on which the map stays the same, perhaps through cells without points.  So the number of
linear regions that hold the points is at least that of different maps, and at most that of cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import Any, NamedTuple

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import NormOrTwo, Seconds, checked
from troppoly.cellwise.cell_network import CellNetwork
from troppoly.data.margins import margins_by_inequalities, margins_by_units
from troppoly.data.neighbors import nearest_cells, walls_between
from troppoly.data.signs import Points, predicted_classes, signs_of_points
from troppoly.errors import InputError, ShapeError, counted
from troppoly.exact import Radical, RationalMatrix
from troppoly.geometry.tables import Table
from troppoly.local.cells import LocalCell
from troppoly.local.germs import Signs
from troppoly.local.maps import numbers_of_maps
from troppoly.network import Network
from troppoly.values import Value, fixed_property

__all__ = ["DataRegions", "Margin", "data_regions"]

Unit = tuple[int, int]


class Margin(NamedTuple):
    """The distance of a point to what is outside of its cell, and the units (layer, unit) of the nearest walls.

    ``value`` is rational, in the 2-norm a :class:`troppoly.exact.Radical`, or None if the cell is the whole space.

    >>> import troppoly as tp
    >>> found = tp.data_regions(tp.Network.from_arrays([[[2, 1]], [[1]]]), [[1, 1]])
    >>> found.margins()[0], found.margins(2)[0].value
    (Margin(value=mpq(1,1), units=((0, 0),)), sqrt(9/5))
    """

    value: mpq | Radical | None
    units: tuple[Unit, ...]


@checked
def data_regions(network: Network, points: Any, labels: Any = None) -> DataRegions:
    """Return in which cells of a network the points of a data set are, given as an (n, d) array.

    ``labels`` are the numbers of their classes, from 0 on in the order of the outputs; a network of one output tells
    class 1, where it is positive, from class 0.  Raises ShapeError if the numbers of inputs or of labels are wrong,
    InputError for labels that are no classes, and the errors of :meth:`troppoly.RationalMatrix.of`.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, -1]]])
    >>> found = data_regions(net, [[1, 2], [3, 1], [-1, 2], ["1/2", 4]], labels=[0, 1, 0, 1])
    >>> found, found.counts.tolist(), found.walls.tolist()
    (4 points in 2 cells of Network 2-2-1 (ReLU), [3, 1], [[0, 1]])
    >>> [str(margin.value) for margin in found.margins()]
    ['1', '1', '1', '1/2']
    """
    matrix = RationalMatrix.of(points, "data", network.n_inputs).dense()
    if not len(matrix):
        raise ShapeError("The data has no points.")
    classes = None if labels is None else _classes(labels, len(matrix), max(2, network.n_outputs))
    signs = signs_of_points(network, CellNetwork.of(network.layers), Points(matrix))
    rows = np.concatenate(signs, axis=1)
    numbers: dict[bytes, int] = {}
    cell_of_point = np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in rows], dtype=np.intp)
    first = np.unique(cell_of_point, return_index=True)[1]
    return DataRegions(network, matrix, classes, cell_of_point, tuple(known[first] for known in signs))


def _classes(labels: Any, n: int, n_classes: int) -> NDArray[np.intp]:
    """Labels as numbers of classes."""
    try:
        array = np.asarray(labels)
    except ValueError:
        raise ShapeError("The labels are no sequence of numbers.") from None
    if array.shape != (n,):
        raise ShapeError(f"The labels have shape {array.shape} where {(n,)} is needed, one for each point.")
    if array.dtype.kind not in "biu" or array.min() < 0 or array.max() >= n_classes:
        raise InputError(f"Labels must be numbers of classes, integers from 0 to {n_classes - 1}.")
    return array.astype(np.intp)


@dataclass(frozen=True, eq=False, repr=False)
class DataRegions(Value, Sequence[LocalCell]):
    """The cells that hold points, in the order of their first ones: a sequence of :class:`troppoly.local.LocalCell`.

    Point i is in cell ``cell_of_point[i]``; ``signs`` are for every layer the (cells, units) signs of its rectified
    units, as in :class:`troppoly.local.LocalCell`.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, -1]]])
    >>> found = tp.data_regions(net, [[1, 2], [3, 1], [-1, 2], ["1/2", 4]], labels=[0, 1, 0, 1])
    >>> found[1], found.cell_of_point, found.predictions
    (Cell of Network 2-2-1 (ReLU) with 1 active of 2 units, array([0, 0, 1, 0]), array([0, 1, 0, 0]))
    >>> for row in found.table():
    ...     print(*row.values())
    0 3 0 1/2 1 1 1 1 2 2 0 0
    1 1 1 1 1 1 1 0 1 1 0 0
    """

    network: Network
    points: RationalMatrix
    labels: NDArray[np.intp] | None
    cell_of_point: NDArray[np.intp] = field(compare=False)
    signs: Signs = field(compare=False)

    @cached_property
    def _cells(self) -> CellNetwork:
        return CellNetwork.of(self.network.layers)

    @cached_property
    def _points(self) -> Points:
        return Points(self.points.dense())

    @cached_property
    def _first(self) -> list[int]:
        """The first point of every cell."""
        return list(map(int, np.unique(self.cell_of_point, return_index=True)[1]))

    @cached_property
    def _known_margins(self) -> dict[float, tuple[Margin, ...]]:
        return {}

    @property
    def counts(self) -> NDArray[np.intp]:
        """The (cells,) numbers of points."""
        return np.bincount(self.cell_of_point)

    @fixed_property
    def map_of_cell(self) -> NDArray[np.intp]:
        """The (cells,) numbers of their affine maps: equal if and only if these are."""
        return numbers_of_maps(self._cells, self.signs)

    @property
    def n_maps(self) -> int:
        """The number of different affine maps at the points."""
        return int(self.map_of_cell.max()) + 1

    @checked
    def margins(self, norm: NormOrTwo = inf) -> tuple[Margin, ...]:
        """Return for every point the radius of the largest ball around it in its cell, and which walls stop it."""
        known = self._known_margins
        if norm not in known:
            known[norm] = tuple(Margin(*found) for found in self._margins(norm))
        return known[norm]

    def _margins(self, norm: float) -> list[tuple[mpq | Radical | None, tuple[Unit, ...]]]:
        if not self.network.max_groups:
            return margins_by_units(self._cells, self.signs, self.cell_of_point, self._points, norm)
        result: dict[int, tuple[mpq | Radical | None, tuple[Unit, ...]]] = {}
        for i, cell in enumerate(self):
            own = np.flatnonzero(self.cell_of_point == i).tolist()
            found = margins_by_inequalities(cell, [self._points[k] for k in own], norm)
            result |= zip(own, found, strict=True)
        return [result[k] for k in range(len(result))]

    @fixed_property
    def walls(self) -> NDArray[np.intp]:
        """The (k, 2) pairs of these cells that share a facet."""
        return walls_between(self.network, self._cells, self.signs, [self._points[i] for i in self._first])

    @fixed_property
    def nearest(self) -> NDArray[np.intp]:
        """The (k, 3) triples of a cell, one of the others from which the fewest units tell it apart, and how many do.

        A way from one to the other crosses the wall of each of these units.
        """
        return nearest_cells(np.concatenate(self.signs, axis=1))

    @fixed_property
    def predictions(self) -> NDArray[np.intp]:
        """The (n,) classes that the network gives the points: the first of the greatest outputs, or of one its sign."""
        rows = tuple(known[self.cell_of_point] for known in self.signs)
        return predicted_classes(self.network, self._cells, self._points, rows)

    @fixed_property
    def class_of_cell(self) -> NDArray[np.intp]:
        """The (cells,) most frequent labels, the first of them if there are several; InputError without labels."""
        if self.labels is None:
            raise InputError("The data has no labels.")
        votes = np.zeros((len(self), int(self.labels.max()) + 1), dtype=np.intp)
        np.add.at(votes, (self.cell_of_point, self.labels), 1)
        return np.asarray(votes.argmax(axis=1))

    @checked
    def table(self, norm: NormOrTwo = inf) -> Table:
        """Return a table of the cells.

        The columns are ``cell``, ``points`` (how many), ``map`` (the number of the affine map), ``margin`` (the least
        one of the points), ``neighbors`` (how many of these cells share a facet with it), ``separation`` (the least
        number of units that tell it apart from another of these cells, or None) and ``nearest`` (how many cells are so
        near).  With labels there are also ``class`` (the most frequent label), ``agreeing`` (points of this class),
        ``correct`` (points that the network classifies as they are labeled), ``agreeing_neighbors`` and
        ``agreeing_nearest`` (cells of the same class).
        """
        n, least, nearest = len(self), list[mpq | Radical | None]([None] * len(self)), self.nearest
        for cell, margin in zip(self.cell_of_point.tolist(), self.margins(norm), strict=True):
            if margin.value is not None:
                least[cell] = margin.value if least[cell] is None else min(margin.value, least[cell])
        columns: dict[str, Any] = {
            "cell": range(n),
            "points": self.counts.tolist(),
            "map": self.map_of_cell.tolist(),
            "margin": least,
            "neighbors": _counts(self.walls, n),
            "separation": list(map(dict(nearest[:, ::2].tolist()).get, range(n))),
            "nearest": _counts(nearest[:, 0], n),
        }
        if self.labels is not None:
            own, of_points = self.class_of_cell, self.cell_of_point
            columns |= {
                "class": own.tolist(),
                "agreeing": _counts(of_points[own[of_points] == self.labels], n),
                "correct": _counts(of_points[self.predictions == self.labels], n),
                "agreeing_neighbors": _counts(self.walls[own[self.walls[:, 0]] == own[self.walls[:, 1]]], n),
                "agreeing_nearest": _counts(nearest[own[nearest[:, 0]] == own[nearest[:, 1]], 0], n),
            }
        return Table({name: tuple(values) for name, values in columns.items()})

    @checked
    def point_table(self, norm: NormOrTwo = inf) -> Table:
        """Return a table of the points.

        The columns are ``point``, ``cell``, ``margin``, ``units`` (those of the nearest walls) and ``prediction``, with
        labels also ``label`` and ``correct``.
        """
        values, units = zip(*self.margins(norm), strict=True)
        columns: dict[str, Any] = {
            "point": range(len(values)),
            "cell": self.cell_of_point.tolist(),
            "margin": values,
            "units": units,
            "prediction": self.predictions.tolist(),
        }
        if self.labels is not None:
            columns |= {"label": self.labels.tolist(), "correct": (self.predictions == self.labels).tolist()}
        return Table({name: tuple(values) for name, values in columns.items()})

    @checked
    def unit_tables(self, domain: Any = None, *, seconds: Seconds | None = None) -> tuple[Table, ...]:
        """Return for every layer with rectified units a table of these: what they do on a domain, proved, not sampled.

        The domain is that of ``network.unit_signs``, by default the least box around the points.  The columns are
        ``layer``, ``unit``, ``dead``, ``always_on`` and ``both``, of which one is true, or all are None for a unit that
        the time limit left (see :class:`troppoly.branching.UnitSigns`), and ``active``: the number of points in whose
        cells the unit is positive.

        >>> import troppoly as tp
        >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, -1, 1]]], [[0, 5, -9], [0]])
        >>> (table,) = tp.data_regions(net, [[1, 2], [3, 1], [-1, 2], ["1/2", 4]]).unit_tables()
        >>> for row in table:
        ...     print(*row.values())
        0 0 False False True 3
        0 1 False True False 4
        0 2 True False False 0
        """
        entries = self.points.to_rationals()
        box = list(zip(entries.min(axis=0).tolist(), entries.max(axis=0).tolist(), strict=True))
        found = self.network.unit_signs(box if domain is None else domain, seconds=seconds)
        kinds = {unit: kind for kind in ("dead", "always_on", "both") for unit in getattr(found, kind)}
        tables, counts = list[Table](), self.counts
        for index, (layer, known) in enumerate(zip(self.network.layers, self.signs, strict=True)):
            units = np.flatnonzero(layer.rectified).tolist()
            own = [kinds.get((index, unit)) for unit in units]
            columns: dict[str, Any] = {"layer": [index] * len(units), "unit": units}
            columns |= {kind: [k and k == kind for k in own] for kind in ("dead", "always_on", "both")}
            columns["active"] = (counts @ (known > 0)).tolist()
            if units:
                tables.append(Table({name: tuple(values) for name, values in columns.items()}))
        return tuple(tables)

    def __len__(self) -> int:
        return len(self.signs[0])

    def __getitem__(self, i: Any) -> Any:
        numbers = range(len(self))[i]
        return [self._cell(j) for j in numbers] if isinstance(i, slice) else self._cell(numbers)

    def _cell(self, i: int) -> LocalCell:
        return LocalCell(self.network, tuple(known[i] for known in self.signs), self._points[self._first[i]])

    def __repr__(self) -> str:
        n = counted(len(self.cell_of_point), "point")
        return f"{n} in {counted(len(self), 'cell')} of {self.network!r}"


def _counts(numbers: NDArray[np.intp], n: int) -> list[int]:
    """How often each of 0, ..., n - 1 occurs."""
    return list(map(int, np.bincount(numbers.ravel(), minlength=n)))
