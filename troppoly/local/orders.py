"""The search for cells through facets, and the orders in which it goes on.

**By distance.**  Let r(C) be the distance from the nearest of some points to a cell C in the infinity-norm, or to its
part in the domain.  If always a cell of least r among those found is expanded next, cells are expanded in ascending r,
and no other cell is nearer than the last one.  *Proof.*  Let p be the point of C nearest to one of the points, x.  All
points of the segment from x to p are in balls of radius at most r(C).  A segment near it, from a point inside of the
cell of x to one inside of C, meets no face of codimension 2, so it goes through facets from cell to cell; if it is near
enough, all of these meet the segment from x to p, hence their r is at most r(C).  QED

A linear program finds r(C), but only if C could be next: until then lower bounds do, first the distance to the wall
through which it was found (C lies behind it), then that of the nearest point to the half-spaces that C lies in.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Protocol

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.exact import RationalMatrix
from troppoly.exact.scalar import ObjectArray
from troppoly.local.questions import Answers, Question
from troppoly.network import Layer, Network

__all__ = ["ORDERS", "Order", "Search", "with_domain"]

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
    """Cells of a network by their (units,) signs, with a point (p, q) of each; cells do not grow beyond a domain.

    ``parents[i]`` is the cell from which cell i was found, -1 if it is one of the first, and ``around[i]`` are the
    cells around the expanded i.
    """

    def __init__(self, answers: Answers, signs: Sequence[NDArray[np.int8]], starts: Sequence[ObjectArray]) -> None:
        self.answers, self.signs, self.starts = answers, list(signs), list(starts)
        self.number = {row.tobytes(): i for i, row in enumerate(self.signs)}
        self.parents = [-1] * len(self.signs)
        self.around: dict[int, tuple[int, ...]] = {}

    def ask(self, kind: str, i: int, order: Order) -> Any:
        """Ask about a cell, and ahead what the order is likely to ask next."""
        if n := self.answers.n_ahead:
            likely = order.likely(self)
            self.answers.begin([self._question(kind, i), *(self._question(*next_) for next_ in islice(likely, n))])
        return self.answers.answer(self._question(kind, i))

    def _question(self, kind: str, i: int) -> Question:
        return kind, self.signs[i].tobytes(), tuple(self.starts[i])

    def expand(self, i: int, max_cells: int | None, order: Order) -> bool:
        """Find the cells around a cell, and return whether there was room for all of them."""
        around, behind = list[int](), self.ask("behind", i, order)
        for row, place, gap in zip(behind.rows, behind.places, behind.walls, strict=True):
            index = self.number.get(row.tobytes(), len(self.signs))
            if index == len(self.signs):
                if max_cells is not None and index >= max_cells:
                    return False
                self.number[row.tobytes()] = index
                self.signs.append(row)
                self.parents.append(i)
                self.starts.append(place)
                order.found(gap)
            around.append(index)
        self.around[i] = tuple(around)
        return True


class Order(Protocol):
    """What decides which cell is expanded next; ``state`` is all that it knows, for going on later."""

    state: Any

    @staticmethod
    def begin(n: int, seed: int) -> Any:
        """Return the state of a search that has its first n cells."""

    def found(self, gap: mpq) -> None:
        """Note that another cell was found behind a facet, and the distance of its wall."""

    def next(self, search: Search) -> int | None:
        """Return the next cell to expand, or None if there is none."""

    def likely(self, search: Search) -> Iterable[tuple[str, int]]:
        """Yield what may be asked next of which cells."""


class Steps:
    """In the order in which the cells were found: those nearest by facets first."""

    def __init__(self, state: Any) -> None:
        self.state = state

    @staticmethod
    def begin(n: int, seed: int) -> tuple[()]:
        """There is nothing to know."""
        return ()

    def found(self, gap: mpq) -> None:
        """Cells are in order."""

    def next(self, search: Search) -> int | None:
        """Return the first cell that is not expanded."""
        return len(search.around) if len(search.around) < len(search.signs) else None

    def likely(self, search: Search) -> Iterable[tuple[str, int]]:
        """Yield the cells in order."""
        return (("behind", i) for i in range(len(search.around), len(search.signs)))


class Nearest:
    """By distance; the state are for every cell a lower bound and how many questions made it, 2 for the distance."""

    def __init__(self, state: Any) -> None:
        self.state = list(state)
        self.heap = [(bound, i) for i, (bound, _) in enumerate(self.state)]
        heapq.heapify(self.heap)

    @staticmethod
    def begin(n: int, seed: int) -> tuple[tuple[mpq, int], ...]:
        """The first cells contain points."""
        return ((mpq(0), 2),) * n

    def found(self, gap: mpq) -> None:
        """The distance is at least that of the wall."""
        heapq.heappush(self.heap, (gap, len(self.state)))
        self.state.append((gap, 0))

    def next(self, search: Search) -> int | None:
        """Return the nearest cell of those that are found and not expanded."""
        while self.heap:
            i, level = self.heap[0][1], self.state[self.heap[0][1]][1]
            if i in search.around:
                heapq.heappop(self.heap)
                continue
            if level == 2:
                return i
            bound = search.ask(_LEVELS[level], i, self)
            self.state[i] = bound, level + 1 if bound else 2
            heapq.heapreplace(self.heap, (bound, i))
        return None

    def likely(self, search: Search) -> Iterable[tuple[str, int]]:
        """Yield what is asked next of the nearest: these are at the front of a heap, more or less."""
        front = sorted(self.heap[: 4 * search.answers.n_ahead])
        return ((_LEVELS[self.state[i][1]], i) for _, i in front if i not in search.around)


_LEVELS = ("half-spaces", "distance", "behind")


class Walk:
    """As random walks visit them, one from each of the first cells, in turn; the state are a seed and their ways."""

    def __init__(self, state: Any) -> None:
        seed, turn, *paths = state
        self.state: list[Any] = [seed, turn, *map(list, paths)]

    @staticmethod
    def begin(n: int, seed: int) -> tuple[Any, ...]:
        """The walks start in the first cells."""
        return seed, 0, *((i,) for i in range(n))

    def found(self, gap: mpq) -> None:
        """Cells are found again where the walks go."""

    def next(self, search: Search) -> int | None:
        """Return the next cell of a walk that is not expanded, or the cell where one is after many steps."""
        seed, turn, *paths = self.state
        for _ in range(_STEPS_AT_ONCE):
            if len(search.around) == len(search.signs):
                return None
            path = paths[turn]
            if path[-1] not in search.around:
                break
            around = search.around[path[-1]]
            if around:
                path.append(around[int(np.random.default_rng((seed, turn, len(path))).integers(len(around)))])
            self.state[1] = turn = (turn + 1) % len(paths)
        return int(paths[turn][-1])

    def likely(self, search: Search) -> Iterable[tuple[str, int]]:
        """Yield where the walks are."""
        _, turn, *paths = self.state
        ends = (path[-1] for path in (*paths[turn:], *paths[:turn]))
        return (("behind", i) for i in ends if i not in search.around)


ORDERS: dict[str, type[Steps] | type[Nearest] | type[Walk]] = {"steps": Steps, "distance": Nearest, "walk": Walk}
