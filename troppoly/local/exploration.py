"""Exploration: the cells around a point, by breadth-first search through facets.

The name of a cell is the word of its signs, so that a cell that is found again is known.  Cells are numbered as they
are found, and *expanded* in this order: their facets and all neighbors are computed.  Any two cells are connected
through facets, so when all are expanded, they are the cells of the canonical complex.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import Positive, checked
from troppoly.errors import counted, require
from troppoly.exact import rational_vector
from troppoly.exact.scalar import ObjectArray
from troppoly.local.cells import LocalCell
from troppoly.local.charts import chart_of, homogeneous
from troppoly.local.geometry import CellGeometry, signs_after
from troppoly.local.germs import Signs
from troppoly.local.lifting import LiftedCell, rational_point
from troppoly.network import Network
from troppoly.values import Value

__all__ = ["Exploration", "explore"]


@checked
def explore(
    network: Network, point: Sequence[Any], *, max_cells: Positive | None = 1000, seconds: float | None = None
) -> Exploration:
    """Return at most ``max_cells`` cells of a network, those nearest to that of a point in steps through facets.

    The search ends when another cell would be one too many, when ``seconds`` have passed, or when there are no more.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> found = explore(net, ("1/4", "1/4"))
    >>> len(found), found.complete, len(found.walls), found.distances.tolist()
    (7, True, 9, [0, 1, 1, 1, 2, 2, 2])
    >>> some = explore(net, ("1/4", "1/4"), max_cells=4)
    >>> some, len(some.resume(max_cells=5)), some.resume() == found
    (4 cells of Network 2-3-1 (ReLU), 1 of them expanded, 5, True)
    """
    x = rational_vector(point, "point", network.n_inputs)
    start = homogeneous(chart_of(network).place(x))
    signs = signs_after(network, start)
    first = np.concatenate(signs)[None]
    none = np.zeros(0, dtype=np.intp)
    return Exploration(network, x, first, none[:0], (), (start,)).resume(max_cells=max_cells, seconds=seconds)


@dataclass(frozen=True, eq=False, repr=False)
class Exploration(Value, Sequence[LocalCell]):
    """Cells in the order in which they were found; a sequence of :class:`LocalCell`.

    ``signs`` are their (n, units) signs, ``found_from[i - 1]`` is the cell from which cell i >= 1 was found, and
    ``neighbors[i]`` are the cells on the other sides of the facets of the expanded cell i, in the order of the facets.

    >>> import troppoly as tp
    >>> found = tp.explore(tp.Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]]), [-5])
    >>> found, found[2].activation[0].tolist(), found.neighbors
    (All 3 cells of Network 1-2-1 (ReLU), [1, 1], ((1,), (0, 2), (1,)))
    """

    network: Network
    point: tuple[Any, ...] = field(compare=False)
    signs: NDArray[np.int8]
    found_from: NDArray[np.intp]
    neighbors: tuple[tuple[int, ...], ...]
    _starts: tuple[ObjectArray, ...] = field(compare=False)

    @checked
    def resume(self, *, max_cells: Positive | None = None, seconds: float | None = None) -> Exploration:
        """Return the exploration that goes on from here to other bounds; all of them are of the whole."""
        deadline = None if seconds is None else monotonic() + seconds
        signs, parents, starts = list(self.signs), self.found_from.tolist(), list(self._starts)
        number, neighbors = {row.tobytes(): i for i, row in enumerate(signs)}, list(self.neighbors)
        while len(neighbors) < len(signs) and (deadline is None or monotonic() < deadline):
            geometry, around = self._geometry(signs[len(neighbors)], starts[len(neighbors)]), list[int]()
            for facet in geometry.facets:
                row = np.concatenate(geometry.signs_behind(facet))
                index = number.get(row.tobytes(), len(signs))
                if index == len(signs):
                    if max_cells is not None and index >= max_cells:
                        break
                    number[row.tobytes()] = index
                    signs.append(row)
                    parents.append(len(neighbors))
                    starts.append(geometry.description.place(facet))
                around.append(index)
            else:
                neighbors.append(tuple(around))
                continue
            break
        found_from = np.array(parents, dtype=np.intp)
        return Exploration(self.network, self.point, np.array(signs), found_from, tuple(neighbors), tuple(starts))

    def _geometry(self, row: NDArray[np.int8], start: ObjectArray) -> CellGeometry:
        return CellGeometry(self.network, self._split(row), start)

    def _split(self, row: NDArray[np.int8]) -> Signs:
        """The signs of a cell, layer by layer."""
        sizes = [int(layer.rectified.sum()) for layer in self.network.layers]
        return tuple(np.split(row, np.cumsum(sizes)[:-1]))

    @property
    def n_expanded(self) -> int:
        """The number of cells whose neighbors have all been found."""
        return len(self.neighbors)

    @property
    def complete(self) -> bool:
        """Whether these are all cells of the network."""
        return self.n_expanded == len(self)

    @cached_property
    def walls(self) -> NDArray[np.intp]:
        """The (m, 2) pairs of cells that share a facet, as far as they are known: those of expanded cells."""
        pairs = {(min(i, j), max(i, j)) for i, around in enumerate(self.neighbors) for j in around}
        return np.array(sorted(pairs), dtype=np.intp).reshape(-1, 2)

    @cached_property
    def distances(self) -> NDArray[np.intp]:
        """The (n,) least numbers of facets to cross from the first cell."""
        result = np.zeros(len(self), dtype=np.intp)
        for i, parent in enumerate(self.found_from.tolist(), start=1):
            result[i] = result[parent] + 1
        return result

    def graph(self) -> Any:
        """Return the ``networkx.Graph`` of the cells, with an edge for every facet between expanded cells."""
        graph = require("networkx", extra="graph").Graph()
        graph.add_nodes_from(range(len(self)))
        graph.add_edges_from(self.walls.tolist())
        return graph

    def __len__(self) -> int:
        return len(self.signs)

    def __getitem__(self, i: Any) -> Any:
        numbers = range(len(self))[i]
        return [self._cell(j) for j in numbers] if isinstance(i, slice) else self._cell(numbers)

    def _cell(self, i: int) -> LocalCell:
        """The cell with a number, and a point of it: the center of its geometry, or the point of the search."""
        signs = self._split(self.signs[i])
        if i == 0:
            return LocalCell(self.network, signs, self.point)
        first = LiftedCell(CellGeometry(self.network, self._split(self.signs[0]), self._starts[0]), self.point)
        return LocalCell(self.network, signs, first.at(rational_point(self._starts[i])))

    def __repr__(self) -> str:
        n = counted(len(self), "cell")
        if self.complete:
            return f"All {n} of {self.network!r}" if len(self) > 1 else f"The only cell of {self.network!r}"
        return f"{n} of {self.network!r}, {self.n_expanded} of them expanded"
