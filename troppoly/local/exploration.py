"""Exploration: cells of a network around a point, or those of a data set, found through facets.

The name of a cell is the word of its signs, so that a cell that is found again is known.  Cells are numbered as they
are found, and *expanded* in an order that is chosen: their facets and all neighbors are computed.  Any two cells are
connected through facets, so when all are expanded, they are the cells of the canonical complex.

*A domain* adds its inequalities to all cells, as units of the first layer that nothing reads and whose walls are not
crossed.  Any two cells that meet its interior are connected through facets that do, as it is convex.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Any, Literal

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import Natural, Positive, Seconds, checked
from troppoly.cellwise.cell_network import CellNetwork
from troppoly.errors import InputError, ShapeError, counted, require
from troppoly.exact import RationalMatrix, rational_vector
from troppoly.exact.linear_program import strict_solution
from troppoly.exact.scalar import ObjectArray
from troppoly.geometry.tables import Table
from troppoly.local.cells import LocalCell, cell_at
from troppoly.local.charts import chart_of, homogeneous
from troppoly.local.geometry import signs_after
from troppoly.local.germs import Signs
from troppoly.local.lifting import LiftedCell, rational_point
from troppoly.local.maps import numbers_of_maps
from troppoly.local.orders import ORDERS, Search, with_domain
from troppoly.local.questions import Answers, Questions
from troppoly.network import Network
from troppoly.refinement.domain import domain_forms
from troppoly.values import Value, fixed_property

__all__ = ["Exploration", "Progress", "explore"]

Vector = tuple[mpq, ...]

Progress = Callable[[int, int], None]
"""What is called with the numbers of cells that are found, and expanded."""

_BREATH = 0.2  # seconds between two reports


@checked
def explore(
    network: Network,
    points: Sequence[Any],
    *,
    order: Literal["steps", "distance", "walk"] = "steps",
    domain: Any = None,
    max_cells: Positive | None = 1000,
    seconds: Seconds | None = None,
    seed: Natural = 0,
    workers: Positive | None = None,
    progress: Progress | None = None,
) -> Exploration:
    """Return at most ``max_cells`` cells of a network, found through facets from that of a point, or of many.

    ``points`` are one point, or an (n, d) array of them: then the search starts from all of their cells, also if these
    are more than ``max_cells``.  Cells are expanded in an order: by the number of facets to be crossed from the nearest
    of these cells (``"steps"``), by their exact distances to the nearest point in the infinity-norm (``"distance"``),
    or as random walks through facets visit them, one from each of these cells in turn, which depend on ``seed``
    (``"walk"``).  With a domain, a box or a polyhedron that contains the points, cells are those that meet its
    interior, and distances those of their parts in it.

    The search ends when another cell would be one too many, when ``seconds`` have passed, or when there are no more.
    It is shared by ``workers`` processes, by default one on each core, if it takes longer than a second; which cells it
    finds, and in which order, does not depend on them.  ``progress`` is called with the numbers of cells that are
    found, and expanded.  Raises InputError for a point outside of the domain, and the errors of
    :func:`troppoly.linear_regions` for domains.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> found = explore(net, ("1/4", "1/4"))
    >>> len(found), found.complete, len(found.walls), found.distances.tolist()
    (7, True, 9, [0, 1, 1, 1, 2, 2, 2])
    >>> explore(net, [("1/4", "1/4"), (-1, -1), ("1/3", "1/8")]).distances.tolist()
    [0, 0, 1, 1, 1, 2, 2]
    >>> some = explore(net, ("1/4", "1/4"), max_cells=4)
    >>> some, len(some.resume(max_cells=5)), some.resume() == found
    (4 cells of Network 2-3-1 (ReLU), 1 of them expanded, 5, True)
    >>> [str(r) for r in explore(net, ("1/4", "1/5"), order="distance").radii]
    ['0', '1/5', '1/4', '1/4', '11/40', '3/4', '4/5']
    >>> explore(net, ("1/4", "1/5"), order="walk", max_cells=5).paths, explore(net, (1, 1), domain=[(0, 2), (-1, 2)])
    (((0, 3),), All 4 cells of Network 2-3-1 (ReLU) in the domain)
    """
    given = _points(points, network.n_inputs)
    forms = None if domain is None else domain_forms(domain, network.n_inputs)
    cut = with_domain(network, forms)
    n_domain = len(cut.layers[0].rectified) - len(network.layers[0].rectified)
    chart, found, first = chart_of(cut), dict[bytes, int](), list[NDArray[np.int8]]()
    starts = list[ObjectArray]()
    for i, x in enumerate(given):
        name = "point" if len(given) == 1 else f"point {i}"
        inward, start = None if forms is None else _inward(forms, x, name), homogeneous(chart.place(x))
        ways = [] if inward is None else [homogeneous((*chart.matrix.apply(inward), mpq(0)))[:-1]]
        known = signs_after(cut, start, *ways)
        row = np.concatenate([known[0][: len(known[0]) - n_domain], *known[1:]])
        if found.setdefault(row.tobytes(), i) == i:
            first.append(row)
            starts.append(start)
    none = np.zeros(0, dtype=np.intp)
    state, parents = ORDERS[order].begin(len(first), seed), np.full(len(first), -1, dtype=np.intp)
    begun = Exploration(
        network, given, forms, order, np.array(first), parents, none, (), tuple(starts), tuple(found.values()), state
    )
    return begun.resume(max_cells=max_cells, seconds=seconds, workers=workers, progress=progress)


def _points(points: Any, d: int) -> tuple[Vector, ...]:
    """The points that one, or the rows of a matrix, are."""
    try:
        single = np.ndim(points) < 2
    except ValueError:  # rows of different lengths
        single = False
    if single and len(points):
        return (rational_vector(points, "point", d),)
    matrix = RationalMatrix.of(points, "points", d)
    if not len(matrix):
        raise ShapeError("There are no points to start from.")
    return tuple(map(matrix.dense().row, range(len(matrix))))


def _inward(forms: RationalMatrix, x: Vector, name: str) -> Vector | None:
    """A direction from a point of a domain into its interior, or None from a point there."""
    linear, right = forms.take_columns(range(len(x))), forms[:, len(x)].tolist()
    heights = [a + b for a, b in zip(linear.apply(x), right, strict=True)]
    if min(heights, default=1) < 0:
        raise InputError(f"The {name} does not lie in the domain.")
    if all(heights):
        return None
    inside = strict_solution(-linear, right)
    assert inside is not None  # a domain has an interior
    return tuple(a - b for a, b in zip(inside, x, strict=True))


@dataclass(frozen=True, eq=False, repr=False)
class Exploration(Value, Sequence[LocalCell]):
    """Cells in the order in which they were found; a sequence of :class:`LocalCell`.

    ``signs`` are their (n, units) signs, ``found_from[i]`` is the cell from which cell i was found, or -1 for the first
    cells, those of the points.  The cells ``expanded`` have been expanded, in this order, and ``neighbors[i]`` are
    those on the other sides of the facets of the i-th of them, in the order of the facets, but for those of the domain.

    >>> import troppoly as tp
    >>> found = tp.explore(tp.Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]]), [-5])
    >>> found, found[2].activation[0].tolist(), found.neighbors
    (All 3 cells of Network 1-2-1 (ReLU), [1, 1], ((1,), (0, 2), (1,)))
    >>> for row in found.table():
    ...     print(*row.values())
    0 None 0 True 1 0
    1 0 1 True 2 1
    2 1 2 True 1 2
    """

    network: Network
    points: tuple[Vector, ...] = field(compare=False)
    domain: RationalMatrix | None
    order: str
    signs: NDArray[np.int8]
    found_from: NDArray[np.intp]
    expanded: NDArray[np.intp]
    neighbors: tuple[tuple[int, ...], ...]
    _starts: tuple[ObjectArray, ...] = field(compare=False)
    _first: tuple[int, ...] = field(compare=False)
    _state: Any = field(compare=False)

    @checked
    def resume(
        self,
        *,
        max_cells: Positive | None = None,
        seconds: Seconds | None = None,
        workers: Positive | None = None,
        progress: Progress | None = None,
    ) -> Exploration:
        """Return the exploration that goes on from here to other bounds; all of them are of the whole."""
        order = ORDERS[self.order](self._state)
        points = self.points if self.order == "distance" else ()
        n = self._of_domain.stop - self._of_domain.start
        with Answers(Questions(self._cut, n, points), workers) as answers:
            search, begun = self._search(answers), monotonic()  # after what is compiled when it is first needed
            report = begun + _BREATH
            while seconds is None or monotonic() < begun + seconds:
                i = order.next(search)
                if i is None or (i not in search.around and not search.expand(i, max_cells, order)):
                    break
                if progress is not None and monotonic() >= report:
                    progress(len(search.signs), len(search.around))
                    report = monotonic() + _BREATH
        if progress is not None:
            progress(len(search.signs), len(search.around))
        rows = np.delete(np.array(search.signs), self._of_domain, axis=1)
        found_from, expanded = (np.array(list(each), dtype=np.intp) for each in (search.parents, search.around))
        fixed = self.network, self.points, self.domain, self.order
        neighbors, starts = tuple(search.around.values()), tuple(search.starts)
        return Exploration(*fixed, rows, found_from, expanded, neighbors, starts, self._first, tuple(order.state))

    @cached_property
    def _cut(self) -> Network:
        """The network with the forms of the domain as units."""
        return with_domain(self.network, self.domain)

    @cached_property
    def _of_domain(self) -> slice:
        """The columns of these units among all signs."""
        n, more = (int(network.layers[0].rectified.sum()) for network in (self.network, self._cut))
        return slice(n, more)

    def _search(self, answers: Answers) -> Search:
        """All that is found, to go on from."""
        n, k = self._of_domain.start, self._of_domain.stop - self._of_domain.start
        search = Search(answers, list(np.insert(self.signs, [n] * k, 1, axis=1)), self._starts)
        search.parents = self.found_from.tolist()
        search.around = dict(zip(self.expanded.tolist(), self.neighbors, strict=True))
        return search

    @property
    def radii(self) -> tuple[mpq, ...]:
        """The distances of the expanded cells to the points, in ascending order, if they are expanded in that order.

        All other cells are at least as far as the last of these.  Raises InputError if they are not.
        """
        if self.order != "distance":
            raise InputError("The cells of this exploration are not in the order of their distances.")
        return tuple(self._state[i][0] for i in self.expanded.tolist())

    @property
    def paths(self) -> tuple[tuple[int, ...], ...]:
        """The cells that each random walk went through, one after another; InputError if there was none."""
        if self.order != "walk":
            raise InputError("This exploration is no random walk.")
        return tuple(map(tuple, self._state[2:]))

    @property
    def n_expanded(self) -> int:
        """The number of cells whose neighbors have all been found."""
        return len(self.neighbors)

    @property
    def complete(self) -> bool:
        """Whether these are all cells of the network."""
        return self.n_expanded == len(self)

    @fixed_property
    def walls(self) -> NDArray[np.intp]:
        """The (m, 2) pairs of cells that share a facet, as far as they are known."""
        pairs = {(i, j) for i, j in enumerate(self.found_from.tolist()) if j >= 0}
        for i, around in zip(self.expanded.tolist(), self.neighbors, strict=True):
            pairs |= {(i, j) for j in around}
        ascending = sorted({(min(pair), max(pair)) for pair in pairs})
        return np.array(ascending, dtype=np.intp).reshape(-1, 2)

    @fixed_property
    def distances(self) -> NDArray[np.intp]:
        """The (n,) least numbers of facets to cross from the nearest of the first cells, as far as walls are known."""
        around: list[list[int]] = [[] for _ in range(len(self))]
        for i, j in self.walls.tolist():
            around[i].append(j)
            around[j].append(i)
        queue = np.flatnonzero(self.found_from < 0).tolist()
        result, reached = np.zeros(len(self), dtype=np.intp), set(queue)
        for i in queue:
            for j in around[i]:
                if j not in reached:
                    reached.add(j)
                    result[j] = result[i] + 1
                    queue.append(j)
        return result

    @fixed_property
    def map_of_cell(self) -> NDArray[np.intp]:
        """The (n,) numbers of the affine maps of the cells: equal if and only if these are."""
        return numbers_of_maps(CellNetwork.of(self.network.layers), self._split(self.signs))

    def table(self) -> Table:
        """Return a table of the cells.

        The columns are ``cell``, ``found_from`` (None for the first cells), ``distance`` (facets to cross),
        ``expanded``, ``neighbors`` (how many, None if it is not expanded) and ``map`` (the number of the affine map).
        """
        around = dict(zip(self.expanded.tolist(), map(len, self.neighbors), strict=True))
        columns: dict[str, Any] = {
            "cell": range(len(self)),
            "found_from": [None if i < 0 else i for i in self.found_from.tolist()],
            "distance": self.distances.tolist(),
            "expanded": [i in around for i in range(len(self))],
            "neighbors": [around.get(i) for i in range(len(self))],
            "map": self.map_of_cell.tolist(),
        }
        return Table({name: tuple(values) for name, values in columns.items()})

    @checked
    def coverage(self, points: Sequence[Any]) -> mpq:
        """Return the share of some points, rows of an (n, d) array, that lie in cells that are found.

        A point on walls counts for the cell that :func:`troppoly.cell_at` gives it.

        >>> import troppoly as tp
        >>> some = tp.explore(tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]]), (1, 1), max_cells=2)
        >>> some.coverage([(1, 1), (2, 3), (-1, 4), (0, -5)])
        mpq(3,4)
        """
        given, known = _points(points, self.network.n_inputs), {row.tobytes() for row in self.signs}
        return mpq(sum(cell_at(self.network, x).word in known for x in given), len(given))

    def graph(self) -> Any:
        """Return the ``networkx.Graph`` of the cells, with an edge for every facet that is known."""
        graph = require("networkx", extra="graph").Graph()
        graph.add_nodes_from(range(len(self)))
        graph.add_edges_from(self.walls.tolist())
        return graph

    def __len__(self) -> int:
        return len(self.signs)

    def __getitem__(self, i: Any) -> Any:
        numbers = range(len(self))[i]
        return [self._cell(j) for j in numbers] if isinstance(i, slice) else self._cell(numbers)

    @cached_property
    def _lifted(self) -> LiftedCell:
        """The first cell, from whose point the others are known by their coordinates in the chart."""
        questions = Questions(self._cut, self._of_domain.stop - self._of_domain.start, ())
        row = np.insert(self.signs[0], [self._of_domain.start] * questions.n_domain, 1)
        return LiftedCell(questions.geometry(row, self._starts[0]), self.points[0])

    def _split(self, rows: NDArray[np.int8]) -> Signs:
        """Signs layer by layer."""
        sizes = [int(layer.rectified.sum()) for layer in self.network.layers]
        return tuple(np.split(rows, np.cumsum(sizes)[:-1], axis=-1))

    def _cell(self, i: int) -> LocalCell:
        """The cell with a number, and a point of it: one of the first, or where the cell was found."""
        first = i < len(self._first)
        point = self.points[self._first[i]] if first else self._lifted.at(rational_point(self._starts[i]))
        return LocalCell(self.network, self._split(self.signs[i]), point)

    def __repr__(self) -> str:
        n, where = counted(len(self), "cell"), "" if self.domain is None else " in the domain"
        if self.complete:
            return f"{f'All {n}' if len(self) > 1 else 'The only cell'} of {self.network!r}{where}"
        return f"{n} of {self.network!r}, {self.n_expanded} of them expanded"
