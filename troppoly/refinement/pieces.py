"""Refinement part by part: what a part goes through, how it is divided, and on which threads.

A part is taken through one layer after another until it is done, or takes up so much that it would leave the cache in
the end; then it is divided by a wall, and its halves go on from there (see ``division``).
What becomes of a part depends on nothing but the part, so neither the result nor its numbering depends on the number
of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from heapq import heappop, heappush
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.cellwise.rounding_errors import FloatArray, certain, relative_bound
from troppoly.cellwise.sign_words import Mask, Words, coordinate_signs
from troppoly.compiled import announce
from troppoly.errors import BudgetError
from troppoly.refinement.budget import Budget
from troppoly.refinement.division import best_wall, side_of, sides_of_cells, spread
from troppoly.refinement.floats import Forms, Stage, compose_all
from troppoly.refinement.gluing import Lattice
from troppoly.refinement.kernel import DIVIDE, DONE, RAY_DOUBTS, ROOM, refine
from troppoly.refinement.part import COUNTERS, DOUBTS, FORMS, LIMIT, RECORD, Part, grown, size_of
from troppoly.refinement.rays import enter_signs, ray_operations, room_for_rays, rounded, sign_operations
from troppoly.refinement.recompute import NetworkLayer, Recomputation
from troppoly.refinement.stages import first_forms, stage_of
from troppoly.refinement.start import orthants

__all__ = ["PART_BYTES", "Piece", "Program"]

Progress = Callable[[int, int, int], None]

PART_BYTES = 2**21
"""What a part in R^2 takes in the result in the end; in higher dimensions, with larger walls, up to 32 times more."""

FORM_BYTES = 2**24
"""The most that the forms of a layer on the cells of a part take."""

_EARLIEST = 32  # how much smaller a part may be that is divided since it will take too much
_SMALL = 2**16  # bytes below which a part is hardly ever divided
_SMALLEST = 2**18  # bytes that a part may have whatever the budget: the more parts, the more forms
_DOUBTS = 4096  # that Python is asked to decide at once
_UNBOUNDED = 2**62
_LEAST = 2**17  # bytes of the result for which there is room at once
_LARGE = 2**19  # bytes from which on a part gets the room that it will want, if its faces grow as in ``limits``
_WAITING = 256  # parts that may wait, with all that they hold, within the budget


@dataclass(slots=True)
class Piece:
    """A part on its way, with the ``forms`` of layer ``number`` on its slots, or of the one before if not ``current``.

    Halves have the forms in common.  ``path`` says on which sides of the walls it is, ``history`` are cells, bytes and
    most cones of one dimension after each unit, ``first`` is the number of the layer's first unit, and ``share`` is how
    much of the cells it was when ``begun`` units were done.
    """

    path: tuple[int, ...]
    number: int
    part: Part
    forms: Forms
    current: bool
    history: NDArray[np.int64]
    first: int = 0
    share: float = 1.0
    begun: int = 0

    def __lt__(self, other: Piece) -> bool:
        return self.path < other.path

    @property
    def done(self) -> int:
        """The number of units that are done."""
        return self.first + (int(self.part.state[RECORD]) if self.current else 0)

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Its arrays, some of which others may have, too."""
        return *self.part, *self.forms


class Program:
    """What all parts have in common: the layers, in floats and exactly; layer 0 are the facets of the domain.

    ``walls`` tells by which (column, bit) of the words of cells, the last column those of coordinates, parts may be
    divided.
    """

    def __init__(self, networks: Sequence[NetworkLayer], D: int, n_words: int, walls: Mask) -> None:
        announce(refine)
        self.networks, self.n_words, self.walls = networks, n_words, walls
        bounds = relative_bound(sign_operations(D)), relative_bound(ray_operations(D))
        self.stages = [
            stage_of(number, network, layer, number <= 1, *bounds) for number, (network, layer) in enumerate(networks)
        ]
        self.n_units = sum(len(stage.units) for stage in self.stages[1:])
        new = np.ones(self.n_units, int)
        if self.n_units:  # the coordinates are there from the beginning
            first = networks[1][0].layers[0]
            rows = first.weight.dense().stored[first.rectified] != 0
            new[: len(rows)] = rows.sum(axis=1) > 1
        self._limits = dict[int, NDArray[np.int64]]()
        self._later = (new.sum() - new.cumsum()).tolist()
        self.row_bytes = np.full(D + 1, 8, dtype=np.int64)  # of a cone of each dimension, and of a form, in the result
        self.row_bytes[0] = 4 * (D - 1) + D + 8 * n_words
        self.row_bytes[D - 1] += 8 * n_words
        self.row_bytes[D] += 8 * n_words

    def start(
        self, signs: NDArray[Any], budget: Budget, path: tuple[int, ...] = (), owners: NDArray[np.uint8] | None = None
    ) -> Piece:
        """Return the orthants with these signs of coordinates (0 for both), cut to the domain.

        Raises BudgetError if a facet of the domain makes too much.
        """
        part, stage = orthants(signs, self.n_words, owners), self.stages[0]
        forms = first_forms(self.networks[0][0])
        for facet in range(len(stage.units)):
            piece = Piece((), 0, part, forms, True, np.zeros((3, len(stage.units)), np.int64))
            self._run(piece, stage, facet + 1, np.full(len(stage.units), _UNBOUNDED))
            part = piece.part
            over = budget.exceeded(int(part.n[-1]), self.nbytes(part), int(part.n.max()))
            if over is not None:
                raise BudgetError(f"Facet {facet} of the domain would make {over}.")
            column, bit = divmod(facet, 32)
            beyond = part.cell_words[: part.n[-1], column] >> np.uint64(32 + bit) & np.uint64(1)
            part = side_of(part, spread(part, (1 - beyond).astype(np.uint8)), 1, 2.5)
        over = budget.exceeded(1, self.nbytes(part))
        if over is not None:
            raise BudgetError(f"The first layer alone has {over}.")
        part.state[LIMIT] = min(self.part_bytes, max(_SMALLEST, budget.memory // _WAITING))
        history = np.zeros((3, self.n_units), np.int64)
        return Piece(path, 1, part, forms, False, history, share=0.5 ** len(path))

    @property
    def part_bytes(self) -> int:
        """What a part takes at most in the result, if the budget allows it."""
        return PART_BYTES << min(5, comb(max(0, len(self.row_bytes) - 3), 2))

    def limits(self, limit: int) -> NDArray[np.int64]:
        """Return for each unit the bytes over which a part is divided before it, to take at most ``limit`` in the end.

        The faces of n hyperplanes in general position in R^d grow as n^d.  If those of the part do so, too, it is
        divided while it is small; if they grow faster, as those of deep networks may, later, at ``limit``.
        """
        found = self._limits.get(limit)
        if found is None:
            n, d = self.n_units, len(self.row_bytes) - 2
            least = max(1, limit // _EARLIEST, min(limit // 4, _SMALL))
            found = np.array([max(limit * (n - later) ** d // n**d, least) for later in self._later], np.int64)
            self._limits[limit] = found
        return found

    def nbytes(self, part: Part) -> int:
        """The bytes that a part takes in the result."""
        return int(size_of.py_func(part, self.row_bytes))

    def lattice(
        self, half: NDArray[np.bool_], limit: int, workers: int, budget: Budget, progress: Progress | None
    ) -> tuple[Lattice, NDArray[np.int64], str | None]:
        """Return the fan refined by the units before the limit, the ``history`` of all pieces, and None.

        If the budget is exceeded, what is returned is not whole, and a text says what is exceeded: the history counts
        the pieces up to the one that exceeds it, in the order of their paths, whatever else other threads have done.
        """
        result, history = Lattice(len(half), self.n_words), np.zeros((3, self.n_units), np.int64)
        report = progress or (lambda done, total, cells: None)
        work, cells, reported, uncounted = 0.0, 0, 0, list[tuple[tuple[int, ...], NDArray[np.int64]]]()
        for piece, done in self._pieces(self.start(half, budget), limit, workers):
            heappush(uncounted, (piece.path, piece.history))
            while done and uncounted and uncounted[0][0] <= piece.path:
                history += heappop(uncounted)[1]
            result.counters += piece.part.state[COUNTERS:]
            work += piece.share * (piece.done - piece.begun)
            if done:
                result.add(piece.part)
                rows = int(result.n.max())
                over = budget.exceeded(int(result.n[-1]), result.nbytes(self.row_bytes), rows) if limit else None
                if over is not None:
                    return result, history, over
            for step in range(reported, min(int(work), limit - 1) if piece.path else reported):
                reported, cells = step + 1, max(cells, int(history[0, step]))
                report(reported, self.n_units, cells)
            del piece  # what is done is not held any longer
        for step in range(reported, limit):
            cells = max(cells, int(history[0, step]))
            report(step + 1, self.n_units, cells)
        return result, history, None

    def _pieces(self, start: Piece, limit: int, workers: int) -> Iterator[tuple[Piece, bool]]:
        """Yield all pieces, and whether they are done or were divided; those that are done in the order of their paths.

        They are refined by the units before the limit.
        """
        waiting, running, done = [start], dict[Future[tuple[Piece, ...]], Piece](), list[Piece]()
        while waiting and (workers == 1 or len(waiting) == 1):  # no threads before there is something to share
            piece = heappop(waiting)
            halves = self.advance(piece, limit)
            yield piece, not halves
            for half in halves:
                heappush(waiting, half)
        if not waiting:
            return
        with ThreadPoolExecutor(workers) as pool:
            while waiting or running:
                # what is done waits for the first piece, outside of the budget: so it must not be much
                while waiting and len(running) < 2 * workers and (len(done) < 2 * workers or waiting[0] < done[0]):
                    piece = heappop(waiting)
                    running[pool.submit(self.advance, piece, limit)] = piece
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    piece, halves = running.pop(future), future.result()
                    if halves:
                        yield piece, False
                        for half in halves:
                            heappush(waiting, half)
                    else:
                        heappush(done, piece)
                first = min([*waiting[:1], *running.values()], default=None)
                while done and (first is None or done[0] < first):
                    yield heappop(done), True

    def advance(self, piece: Piece, limit: int) -> tuple[Piece, ...]:
        """Refine a piece by the units before the limit; return what it is divided into, or nothing if it is done."""
        least = 0
        while piece.number < len(self.stages) and piece.first < limit:
            stage = self.stages[piece.number]
            todo = min(len(stage.units), limit - piece.first)
            if not piece.current:
                halves = self._begin(piece, stage)
                if halves:
                    return halves
            limits = np.maximum(self.limits(int(piece.part.state[LIMIT])), least)
            if self._run(piece, stage, todo, limits) == DIVIDE:
                halves = self._divide(piece)
                if halves:
                    return halves
                least = 2 * self.nbytes(piece.part)  # without a wall it goes on
            else:
                piece.number, piece.current, piece.first = piece.number + 1, False, piece.first + todo
        return ()

    def _begin(self, piece: Piece, stage: Stage) -> tuple[Piece, ...]:
        """Compute the forms of a layer on the cells, or divide the piece if they would not stay in the cache."""
        part, before = piece.part, piece.forms
        if stage.single:
            piece.forms, piece.current = first_forms(self.networks[stage.number][0]), True
            return ()
        shape = int(part.n[-1]), len(part.n), len(stage.bias)
        halves = self._divide(piece) if 16 * int(np.prod(shape)) > FORM_BYTES else ()
        if halves:
            return halves
        piece.forms, piece.current = Forms(np.empty(shape), np.empty(shape), np.empty(shape[1:])), True
        room = np.empty_like(before.bounds), np.empty(shape[1:]), np.empty(before.bounds.shape[1] + 2, np.int64)
        compose_all(stage, part, before, piece.forms, *room)
        piece.part = part._replace(form_of=np.zeros((shape[0], 2), np.int32))
        return ()

    def _run(self, piece: Piece, stage: Stage, todo: int, limits: NDArray[np.int64]) -> int:
        """Take a piece through a layer, doing what the compiled code cannot; return DONE or DIVIDE."""
        doubts = np.empty((max(_DOUBTS, len(stage.units)), 2), np.int32)
        room = room_for_rays(len(piece.part.n), len(stage.bias))
        while True:
            part, forms = piece.part, piece.forms
            code = refine(part, stage, forms, doubts, piece.history, piece.first, todo, self.row_bytes, limits, *room)
            if code == ROOM:
                piece.part = grown(part, self._factor(piece))
            elif code in (DONE, DIVIDE):
                return int(code)
            else:
                self._decide(part, stage, code, doubts[: part.state[DOUBTS]])
                part.state[DOUBTS] = 0

    def _factor(self, piece: Piece) -> float:
        """How much more room a part gets: 8 times as much, and if it is large what it may take and want in the end."""
        size, n = self.nbytes(piece.part), self.n_units
        room = max(8.0 * size, _LEAST)
        if size > _LARGE and piece.number:
            room = max(room, 1.3 * size * (n / (n - self._later[piece.done])) ** (len(self.row_bytes) - 2))
        return float(max(2.0, min(1.6 * piece.part.state[LIMIT], room) / size))

    def _decide(self, part: Part, stage: Stage, code: int, doubts: NDArray[np.int32]) -> None:
        """Compute doubtful rays in integers, and doubtful signs by the layers in floats, else in integers."""
        n, D, rays = int(part.state[FORMS]), len(part.n), doubts[:, 0]
        exact = Recomputation(self.networks, part.recipe[:n], part.form_words[:n])
        forms = part.form[: part.n[0] * (D - 1)].reshape(int(part.n[0]), D - 1)[rays]
        signs = coordinate_signs(part.ray_words[rays, -1], D)
        if code == RAY_DOUBTS:
            part.y[rays], part.magnitude[rays], part.exact[rays] = rounded(exact.rays(forms, signs))
        else:
            words, units = part.ray_words[rays, :-1], stage.units[doubts[:, 1]]
            found, sure, free = self._by_layers(stage.number, part.y[rays], part.magnitude[rays], words, units)
            left = np.flatnonzero(~sure)
            if len(left):
                places = np.arange(len(left))
                found[left] = exact.signs(stage.number, units[left], places, forms[left], signs[left], words[left])
            enter_signs(part, stage.column, doubts, found)
            n_free = int(np.count_nonzero(free))
            part.state[COUNTERS + 1] += n_free
            part.state[COUNTERS + 2] += int(np.count_nonzero(sure)) - n_free
            part.state[COUNTERS + 3] += len(left)

    def _by_layers(
        self, number: int, y: FloatArray, magnitude: FloatArray, words: Words, units: NDArray[np.int64]
    ) -> tuple[NDArray[np.int8], Mask, Mask]:
        """Push rays through the layers in floats: signs of one unit at each, where they are certain, and exact zeros.

        A unit that is exactly zero at a ray passes no error on, which the form on a cell beside it does not know.
        """
        network, layer = self.networks[number]
        if network.floats is None:
            none = np.zeros(len(units), bool)
            return np.zeros(len(units), np.int8), none, none
        with np.errstate(all="ignore"):
            pushed = network.floats.values(layer, np.stack([y, magnitude]), network.active(words))
            values, sizes = pushed[:, np.arange(len(units)), units]
            operations = ray_operations(y.shape[1]) + sum(network.floats.operations[: layer + 1])
            sure = certain(values, sizes, relative_bound(operations))
        return np.sign(np.where(sure, values, 0)).astype(np.int8), sure, sizes == 0

    def _divide(self, piece: Piece) -> tuple[Piece, ...]:
        """Divide a piece by the wall that halves it best, or return nothing if there is none."""
        part, stage = piece.part, self.stages[piece.number if piece.current else piece.number - 1]
        wall = best_wall(part, self.walls, stage.column)
        if wall is None:
            return ()
        sides = spread(part, sides_of_cells(part, *wall))
        factor, result = self._factor(piece), []
        for side in (1, 2):
            half = side_of(part, sides, side, factor)
            history, share = np.zeros_like(piece.history), piece.share * half.n[-1] / part.n[-1]
            more = piece.current, history, piece.first, share, piece.done
            result.append(Piece((*piece.path, side), piece.number, half, piece.forms, *more))
        return tuple(result)
