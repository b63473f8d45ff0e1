"""Exploration: cells of a network around a point, found through facets.

The name of a cell is the word of its signs, so that a cell that is found again is known.  Cells are numbered as they
are found, and *expanded* in an order that is chosen: their facets and all neighbors are computed.  Any two cells are
connected through facets, so when all are expanded, they are the cells of the canonical complex.

*A domain* adds its inequalities to all cells, as units of the first layer that nothing reads and whose walls are not
crossed.  Any two cells that meet its interior are connected through facets that do, as it is convex.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Any, Literal

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import Natural, Positive, checked
from troppoly.errors import InputError, counted, require
from troppoly.exact import RationalMatrix, rational_vector
from troppoly.exact.linear_program import strict_solution
from troppoly.exact.scalar import ObjectArray
from troppoly.local.cells import LocalCell
from troppoly.local.charts import chart_of, homogeneous
from troppoly.local.geometry import signs_after
from troppoly.local.lifting import LiftedCell, rational_point
from troppoly.local.orders import ORDERS, Search, with_domain
from troppoly.network import Network
from troppoly.refinement.domain import domain_forms
from troppoly.values import Value

__all__ = ["Exploration", "explore"]

Vector = tuple[mpq, ...]


@checked
def explore(
    network: Network,
    point: Sequence[Any],
    *,
    order: Literal["steps", "distance", "walk"] = "steps",
    domain: Any = None,
    max_cells: Positive | None = 1000,
    seconds: float | None = None,
    seed: Natural = 0,
) -> Exploration:
    """Return at most ``max_cells`` cells of a network, found from that of a point through facets.

    Cells are expanded in an order: by the number of facets to be crossed (``"steps"``), by their exact distances to the
    point in the infinity-norm (``"distance"``), or as a random walk through facets, which depends on ``seed``, visits
    them (``"walk"``).  With a domain, a box or a polyhedron that contains the point, cells are those that meet its
    interior, and distances those of their parts in it.

    The search ends when another cell would be one too many, when ``seconds`` have passed, or when there are no more.
    Raises InputError for a point outside of the domain, and the errors of :func:`troppoly.linear_regions` for domains.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> found = explore(net, ("1/4", "1/4"))
    >>> len(found), found.complete, len(found.walls), found.distances.tolist()
    (7, True, 9, [0, 1, 1, 1, 2, 2, 2])
    >>> some = explore(net, ("1/4", "1/4"), max_cells=4)
    >>> some, len(some.resume(max_cells=5)), some.resume() == found
    (4 cells of Network 2-3-1 (ReLU), 1 of them expanded, 5, True)
    >>> [str(r) for r in explore(net, ("1/4", "1/5"), order="distance").radii]
    ['0', '1/5', '1/4', '1/4', '11/40', '3/4', '4/5']
    >>> explore(net, ("1/4", "1/5"), order="walk", max_cells=5).path, explore(net, (1, 1), domain=[(0, 2), (-1, 2)])
    ((0, 2), All 4 cells of Network 2-3-1 (ReLU) in the domain)
    """
    x = rational_vector(point, "point", network.n_inputs)
    forms = None if domain is None else domain_forms(domain, network.n_inputs)
    cut, inward = with_domain(network, forms), None if forms is None else _inward(forms, x)
    chart = chart_of(cut)
    start = homogeneous(chart.place(x))
    ways = [] if inward is None else [homogeneous((*chart.matrix.apply(inward), mpq(0)))[:-1]]
    n_domain = len(cut.layers[0].rectified) - len(network.layers[0].rectified)
    known = signs_after(cut, start, *ways)
    first = np.concatenate([known[0][: len(known[0]) - n_domain], *known[1:]])[None]
    none = np.zeros(0, dtype=np.intp)
    state = ORDERS[order].begin(seed)
    begun = Exploration(network, x, forms, order, first, none, none, (), (start,), state)
    return begun.resume(max_cells=max_cells, seconds=seconds)


def _inward(forms: RationalMatrix, x: Vector) -> Vector | None:
    """A direction from a point of a domain into its interior, or None from a point there."""
    linear, right = forms.take_columns(range(len(x))), forms[:, len(x)].tolist()
    heights = [a + b for a, b in zip(linear.apply(x), right, strict=True)]
    if min(heights, default=1) < 0:
        raise InputError("The point does not lie in the domain.")
    if all(heights):
        return None
    inside = strict_solution(-linear, right)
    assert inside is not None  # a domain has an interior
    return tuple(a - b for a, b in zip(inside, x, strict=True))


@dataclass(frozen=True, eq=False, repr=False)
class Exploration(Value, Sequence[LocalCell]):
    """Cells in the order in which they were found; a sequence of :class:`LocalCell`.

    ``signs`` are their (n, units) signs, ``found_from[i - 1]`` is the cell from which cell i >= 1 was found.  The cells
    ``expanded`` have been expanded, in this order, and ``neighbors[i]`` are those on the other sides of the facets of
    the i-th of them, in the order of the facets, but for those of the domain.

    >>> import troppoly as tp
    >>> found = tp.explore(tp.Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]]), [-5])
    >>> found, found[2].activation[0].tolist(), found.neighbors
    (All 3 cells of Network 1-2-1 (ReLU), [1, 1], ((1,), (0, 2), (1,)))
    """

    network: Network
    point: tuple[Any, ...] = field(compare=False)
    domain: RationalMatrix | None
    order: str
    signs: NDArray[np.int8]
    found_from: NDArray[np.intp]
    expanded: NDArray[np.intp]
    neighbors: tuple[tuple[int, ...], ...]
    _starts: tuple[ObjectArray, ...] = field(compare=False)
    _state: Any = field(compare=False)

    @checked
    def resume(self, *, max_cells: Positive | None = None, seconds: float | None = None) -> Exploration:
        """Return the exploration that goes on from here to other bounds; all of them are of the whole."""
        deadline = None if seconds is None else monotonic() + seconds
        search, order = self._search(), ORDERS[self.order](self._state, self.point)
        while deadline is None or monotonic() < deadline:
            i = order.next(search)
            if i is None or (i not in search.around and not search.expand(i, max_cells, order)):
                break
        rows = np.delete(np.array(search.signs), self._of_domain, axis=1)
        found_from, expanded = (np.array(list(each), dtype=np.intp) for each in (search.parents, search.around))
        fixed = self.network, self.point, self.domain, self.order
        neighbors, starts = tuple(search.around.values()), tuple(search.starts)
        return Exploration(*fixed, rows, found_from, expanded, neighbors, starts, tuple(order.state))

    @cached_property
    def _cut(self) -> Network:
        """The network with the forms of the domain as units."""
        return with_domain(self.network, self.domain)

    @cached_property
    def _of_domain(self) -> slice:
        """The columns of these units among all signs."""
        n, more = (int(network.layers[0].rectified.sum()) for network in (self.network, self._cut))
        return slice(n, more)

    def _search(self) -> Search:
        """All that is found, to go on from."""
        n, k = self._of_domain.start, self._of_domain.stop - self._of_domain.start
        search = Search(self._cut, k, list(np.insert(self.signs, [n] * k, 1, axis=1)))
        search.parents, search.starts = self.found_from.tolist(), list(self._starts)
        search.around = dict(zip(self.expanded.tolist(), self.neighbors, strict=True))
        return search

    @property
    def radii(self) -> tuple[mpq, ...]:
        """The distances of the expanded cells to the point, in ascending order, if they are expanded in that order.

        All other cells are at least as far as the last of these.  Raises InputError if they are not.
        """
        if self.order != "distance":
            raise InputError("The cells of this exploration are not in the order of their distances.")
        return tuple(self._state[i][0] for i in self.expanded.tolist())

    @property
    def path(self) -> tuple[int, ...]:
        """The cells that a random walk went through, one after another; InputError if there was none."""
        if self.order != "walk":
            raise InputError("This exploration is no random walk.")
        return tuple(self._state[1])

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
        """The (m, 2) pairs of cells that share a facet, as far as they are known."""
        pairs = set(enumerate(self.found_from.tolist(), start=1))
        for i, around in zip(self.expanded.tolist(), self.neighbors, strict=True):
            pairs |= {(i, j) for j in around}
        ascending = sorted({(min(pair), max(pair)) for pair in pairs})
        return np.array(ascending, dtype=np.intp).reshape(-1, 2)

    @cached_property
    def distances(self) -> NDArray[np.intp]:
        """The (n,) least numbers of facets to cross from the first cell, as far as walls are known."""
        around: list[list[int]] = [[] for _ in range(len(self))]
        for i, j in self.walls.tolist():
            around[i].append(j)
            around[j].append(i)
        result, reached = np.zeros(len(self), dtype=np.intp), {0: None}
        for i in (queue := [0]):
            for j in around[i]:
                if j not in reached:
                    reached[j] = None
                    result[j] = result[i] + 1
                    queue.append(j)
        return result

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

    def _cell(self, i: int) -> LocalCell:
        """The cell with a number, and a point of it: the center of its geometry, or the point of the search."""
        sizes = [int(layer.rectified.sum()) for layer in self.network.layers]
        signs = tuple(np.split(self.signs[i], np.cumsum(sizes)[:-1]))
        if i == 0:
            return LocalCell(self.network, signs, self.point)
        first = LiftedCell(self._search().geometry(0), self.point)
        return LocalCell(self.network, signs, first.at(rational_point(self._starts[i])))

    def __repr__(self) -> str:
        n, where = counted(len(self), "cell"), "" if self.domain is None else " in the domain"
        if self.complete:
            return f"{f'All {n}' if len(self) > 1 else 'The only cell'} of {self.network!r}{where}"
        return f"{n} of {self.network!r}, {self.n_expanded} of them expanded"
