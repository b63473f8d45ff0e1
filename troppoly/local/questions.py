"""What a search asks about cells: what lies behind their facets, and how far they are; answered here, or elsewhere too.

An answer is a function of the network, of the signs of a cell and a point of it, and nothing else.  So those questions
that are likely to be asked next may be answered ahead, by other processes, and a search does not depend on it.

**Distances** are those in the infinity-norm, to the nearest of some points.  That of x to a cell is at least that to
each of the half-spaces which the cell lies in, and found by a linear program: the least t with |z_j| <= t such that
x + z lies in the cell.  Of several points those come first whose half-spaces are nearest, and when no other one can be
nearer, the rest need no program.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.complex.shape import norm_of
from troppoly.errors import StoppedError
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.linear_program import Optimum, maximize
from troppoly.exact.scalar import ObjectArray
from troppoly.local.charts import homogeneous, objects
from troppoly.local.geometry import CellGeometry
from troppoly.network import Network

__all__ = ["Answers", "Behind", "Question", "Questions", "Unit"]

Vector = tuple[mpq, ...]
Unit = tuple[int, int]

Question = tuple[str, bytes, tuple[Any, ...]]
"""What is asked ("behind", "half-spaces" or "distance"), the signs of a cell, and a point (p, q) of it."""

_AHEAD = 2  # questions for every process that are on their way

_PATIENCE = 1.0  # seconds before there are other processes


@dataclass(frozen=True, slots=True)
class Behind:
    """For the facets of a cell that may be crossed the signs behind them, a point of each, and how far its wall is."""

    rows: NDArray[np.int8]
    places: list[ObjectArray]
    walls: list[mpq]


@dataclass(frozen=True)
class Questions:
    """What answers depend on: a network, how many units of its first layer are a domain's, and points."""

    network: Network
    n_domain: int
    points: tuple[Vector, ...]

    def run(self, question: Question, report: Any = None, stopped: Any = None) -> Behind | mpq:
        """Answer a question."""
        kind, row, start = question
        geometry = self.geometry(np.frombuffer(row, dtype=np.int8), objects(start))
        if kind == "behind":
            return self._behind(geometry)
        bounds = [(self._to_half_spaces(geometry, x), i) for i, x in enumerate(self._columns)]
        if kind == "half-spaces":
            return min(bounds)[0]
        nearest: mpq | None = None
        for bound, i in sorted(bounds):
            if nearest is None or bound < nearest:
                found = bound and _distance(geometry, self.points[i])
                nearest = found if nearest is None else min(found, nearest)
        assert nearest is not None  # there are points
        return nearest

    @cached_property
    def _columns(self) -> list[ObjectArray]:
        return [homogeneous(x) for x in self.points]

    def geometry(self, row: NDArray[np.int8], start: ObjectArray) -> CellGeometry:
        """Return the geometry of the cell with these signs that contains a point."""
        sizes = [int(layer.rectified.sum()) for layer in self.network.layers]
        return CellGeometry(self.network, tuple(np.split(row, np.cumsum(sizes)[:-1])), start)

    def _behind(self, geometry: CellGeometry) -> Behind:
        facets = [i for i in geometry.facets if not self._is_boundary(geometry.inequalities.units[i])]
        rows = [np.concatenate(geometry.signs_behind(i)) for i in facets]
        gaps = [
            min((self._to_half_spaces(geometry, x, [i], -1) for x in self._columns), default=mpq(0)) for i in facets
        ]
        shape = len(rows), sum(map(len, geometry.signs))
        return Behind(np.array(rows, dtype=np.int8).reshape(shape), list(map(geometry.description.place, facets)), gaps)

    def _is_boundary(self, units: Sequence[Unit]) -> bool:
        """Whether the wall of these units is one of the domain."""
        first = len(self.network.layers[0].rectified) - self.n_domain
        return any(layer == 0 and unit >= first for layer, unit in units) if self.n_domain else False

    @staticmethod
    def _to_half_spaces(
        geometry: CellGeometry, y: ObjectArray, rows: Sequence[int] | None = None, sign: int = 1
    ) -> mpq:
        """The greatest distance from a point (p, q) to the half-spaces where some forms of a cell have a sign."""
        forms = geometry.inequalities.forms
        pulled = geometry.chart.pulled(DenseMatrix(forms if rows is None else forms[list(rows)])).dense().entries
        gaps = zip(-sign * (pulled @ y), pulled, strict=True)
        return max((mpq(gap, y[-1] * norm_of(row[:-1], 1)) for gap, row in gaps if gap > 0), default=mpq(0))


def _distance(geometry: CellGeometry, x: Vector) -> mpq:
    """The distance from x to a cell."""
    forms, d = geometry.chart.pulled(DenseMatrix(geometry.inequalities.forms)), len(x)
    heights = [row[:-1] @ np.array(x, dtype=object) + row[-1] for row in forms]
    unit, ones = RationalMatrix.identity(d), RationalMatrix.of([[-1]] * d)
    upper = (-forms.take_columns(range(d))).hstack(RationalMatrix.zeros(len(forms), 1))
    matrix = upper.vstack(unit.hstack(ones)).vstack((-unit).hstack(ones))
    best = maximize([0] * d + [-1], matrix, [*heights, *[mpq(0)] * (2 * d)])
    assert isinstance(best, Optimum)  # some point of the cell is nearest
    return -best.value


class Answers:
    """The answers to questions, by ``workers`` processes: this one alone until it lasts, see ``counting.processes``.

    What the census needs is not loaded before there is a search.
    """

    def __init__(self, questions: Questions, workers: int | None) -> None:
        from troppoly.counting.processes import Processes
        from troppoly.refinement.refinement import n_workers

        n = n_workers(workers)
        self._questions, self._engine = questions, Processes(questions, n, _PATIENCE) if n > 1 else None
        self._begun = dict[Question, Future[Any]]()

    def __enter__(self) -> Answers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._engine is not None:
            self._engine.close()

    @property
    def n_ahead(self) -> int:
        """How many questions should be on their way."""
        if self._engine is None:
            return 0
        self._engine.slots()
        ready = sum(child.ready for child in self._engine.children)
        return _AHEAD * (ready + 1) if ready else 0

    def begin(self, questions: Sequence[Question]) -> None:
        """Let questions be answered ahead."""
        assert self._engine is not None
        for question in questions:
            if question not in self._begun:
                self._begun[question] = self._engine.submit(question)

    def answer(self, question: Question) -> Any:
        """Return an answer; raises StoppedError if the processes that were asked have died again and again."""
        from troppoly.counting.running import ATTEMPTS, LostError

        for _ in range(ATTEMPTS):
            future = self._begun.pop(question, None)
            if self._engine is None or future is None:
                return self._questions.run(question)
            try:
                return self._engine.result(future)
            except LostError as error:
                lost = error
                self.begin([question])
        raise StoppedError(f"A cell was lost {ATTEMPTS} times: {lost}") from lost
