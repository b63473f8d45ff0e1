"""The search for cells through facets, and the orders in which it goes on.

**By distance.**  Let r(C) be the distance from x to a cell C in the infinity-norm, or to its part in the domain.  If
always a cell of least r among those found is expanded next, cells are expanded in ascending r, and no other cell is
nearer than the last one.  *Proof.*  Let p be the point of C nearest to x.  All points of the segment from x to p are in
balls of radius at most r(C).  A segment near it, from a point inside of the first cell to one inside of C, meets no
face of codimension 2, so it goes through facets from cell to cell; if it is near enough, all of these meet the segment
from x to p, hence their r is at most r(C).  QED

A linear program finds r(C), but only if C could be next: until then lower bounds do, first the distance to the wall
through which it was found (C lies behind it), then the greatest distance to one of the half-spaces that C lies in.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.complex.shape import norm_of
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.linear_program import Optimum, maximize
from troppoly.exact.scalar import ObjectArray
from troppoly.local.geometry import CellGeometry
from troppoly.local.germs import Signs
from troppoly.network import Layer, Network

__all__ = ["ORDERS", "Order", "Search", "with_domain"]

Vector = tuple[mpq, ...]

_STEPS_AT_ONCE = 1000


def with_domain(network: Network, forms: RationalMatrix | None) -> Network:
    """Return the network with forms (a, b), at least 0 on a domain, as more units of its first layer, not read."""
    if forms is None or len(network.layers) == 1:
        return network
    first, second, *rest = network.layers
    n, k = network.n_inputs, len(forms)
    joined = Layer(
        first.weight.vstack(forms.take_columns(range(n))),
        first.bias.vstack(forms.take_columns([n])),
        np.append(first.rectified, np.ones(k, dtype=bool)),
    )
    reading = Layer(second.weight.hstack(RationalMatrix.zeros(len(second.weight), k)), second.bias, second.rectified)
    return Network((joined, reading, *rest), max_groups=network.max_groups)


class Search:
    """Cells of a network by their (units,) signs, with a point (u, t) of each; cells do not grow beyond a domain.

    ``parents[i]`` is the cell from which cell i + 1 was found, and ``around[i]`` are the cells around the expanded i.
    """

    def __init__(self, network: Network, n_domain: int, signs: Sequence[NDArray[np.int8]]) -> None:
        self.network, self.n_domain = network, n_domain
        self.sizes = [int(layer.rectified.sum()) for layer in network.layers]
        self.signs = list(signs)
        self.number = {row.tobytes(): i for i, row in enumerate(self.signs)}
        self.parents, self.starts = list[int](), list[ObjectArray]()
        self.around: dict[int, tuple[int, ...]] = {}

    def split(self, row: NDArray[np.int8]) -> Signs:
        """Return the signs of a cell layer by layer."""
        return tuple(np.split(row, np.cumsum(self.sizes)[:-1]))

    def geometry(self, i: int) -> CellGeometry:
        """Return the geometry of a cell."""
        return CellGeometry(self.network, self.split(self.signs[i]), self.starts[i])

    def is_boundary(self, units: Sequence[tuple[int, int]]) -> bool:
        """Return whether the wall of these units is one of the domain."""
        first = len(self.network.layers[0].rectified) - self.n_domain
        return any(layer == 0 and unit >= first for layer, unit in units) if self.n_domain else False

    def expand(self, i: int, max_cells: int | None, order: Order) -> bool:
        """Find the cells around a cell, and return whether there was room for all of them."""
        geometry, around = self.geometry(i), list[int]()
        for facet in geometry.facets:
            if self.is_boundary(geometry.inequalities.units[facet]):
                continue
            row = np.concatenate(geometry.signs_behind(facet))
            index = self.number.get(row.tobytes(), len(self.signs))
            if index == len(self.signs):
                if max_cells is not None and index >= max_cells:
                    return False
                self.number[row.tobytes()] = index
                self.signs.append(row)
                self.parents.append(i)
                self.starts.append(geometry.description.place(facet))
                order.found(geometry, facet)
            around.append(index)
        self.around[i] = tuple(around)
        return True


class Order(Protocol):
    """What decides which cell is expanded next; ``state`` is all that it knows, for going on later."""

    state: Any

    @staticmethod
    def begin(seed: int) -> Any:
        """Return the state of a search that has the first cell."""

    def found(self, geometry: CellGeometry, facet: int) -> None:
        """Note that another cell was found behind a facet."""

    def next(self, search: Search) -> int | None:
        """Return the next cell to expand, or None if there is none."""


class Steps:
    """In the order in which the cells were found: those nearest by facets first."""

    def __init__(self, state: Any, x: Vector) -> None:
        self.state = state

    @staticmethod
    def begin(seed: int) -> tuple[()]:
        """There is nothing to know."""
        return ()

    def found(self, geometry: CellGeometry, facet: int) -> None:
        """Cells are in order."""

    def next(self, search: Search) -> int | None:
        """Return the first cell that is not expanded."""
        return len(search.around) if len(search.around) < len(search.signs) else None


class Nearest:
    """By distance; the state are for every cell a lower bound and how many programs made it, 2 for the distance."""

    def __init__(self, state: Any, x: Vector) -> None:
        self.state, self.x = list(state), x
        self.heap = [(bound, i) for i, (bound, _) in enumerate(self.state)]
        heapq.heapify(self.heap)

    @staticmethod
    def begin(seed: int) -> tuple[tuple[mpq, int], ...]:
        """The first cell contains the point."""
        return ((mpq(0), 2),)

    def found(self, geometry: CellGeometry, facet: int) -> None:
        """Note the distance to the wall of the facet."""
        bound = _distance_to_half_spaces(geometry, [facet], -1, self.x)
        heapq.heappush(self.heap, (bound, len(self.state)))
        self.state.append((bound, 0))

    def next(self, search: Search) -> int | None:
        """Return the nearest cell of those that are found and not expanded."""
        while self.heap:
            bound, i = self.heap[0]
            level = self.state[i][1]
            if i in search.around:
                heapq.heappop(self.heap)
                continue
            if level == 2:
                return i
            geometry = search.geometry(i)
            if level == 0:
                bound = _distance_to_half_spaces(geometry, range(len(geometry.inequalities)), 1, self.x)
            else:
                bound = _distance(geometry, self.x)
            self.state[i] = bound, level + 1 if bound else 2
            heapq.heapreplace(self.heap, (bound, i))
        return None


class Walk:
    """As a random walk visits them; the state is its seed and the cells that it went through."""

    def __init__(self, state: Any, x: Vector) -> None:
        seed, path = state
        self.state: tuple[int, list[int]] = seed, list(path)

    @staticmethod
    def begin(seed: int) -> tuple[int, tuple[int, ...]]:
        """The walk starts in the first cell."""
        return seed, (0,)

    def found(self, geometry: CellGeometry, facet: int) -> None:
        """Cells are found again where the walk goes."""

    def next(self, search: Search) -> int | None:
        """Return the next cell of the walk that is not expanded, or the cell where it is after many steps."""
        seed, path = self.state
        for _ in range(_STEPS_AT_ONCE):
            if len(search.around) == len(search.signs):
                return None
            if path[-1] not in search.around:
                break
            around = search.around[path[-1]]
            path.append(around[int(np.random.default_rng((seed, len(path))).integers(len(around)))])
        return path[-1]


ORDERS: dict[str, type[Steps] | type[Nearest] | type[Walk]] = {"steps": Steps, "distance": Nearest, "walk": Walk}


def _distance_to_half_spaces(geometry: CellGeometry, rows: Sequence[int], sign: int, x: Vector) -> mpq:
    """The greatest distance from x to the half-spaces where some forms of a cell have a sign."""
    forms = geometry.chart.pulled(DenseMatrix(geometry.inequalities.forms[list(rows)]))
    gaps = [(-sign * (row[:-1] @ np.array(x, dtype=object) + row[-1]), norm_of(row[:-1], 1)) for row in forms]
    return max((gap / length for gap, length in gaps if gap > 0), default=mpq(0))


def _distance(geometry: CellGeometry, x: Vector) -> mpq:
    """The distance from x to a cell: the least t with |z_j| <= t and f(x + z) >= 0 for all forms f."""
    forms, d = geometry.chart.pulled(DenseMatrix(geometry.inequalities.forms)), len(x)
    heights = [row[:-1] @ np.array(x, dtype=object) + row[-1] for row in forms]
    unit, ones = RationalMatrix.identity(d), RationalMatrix.of([[-1]] * d)
    upper = (-forms.take_columns(range(d))).hstack(RationalMatrix.zeros(len(forms), 1))
    matrix = upper.vstack(unit.hstack(ones)).vstack((-unit).hstack(ones))
    best = maximize([0] * d + [-1], matrix, [*heights, *[mpq(0)] * (2 * d)])
    assert isinstance(best, Optimum)  # some point of the cell is nearest
    return -best.value
