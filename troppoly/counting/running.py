"""The running of a census: all open tasks, on the cores of this machine or on the workers of a cluster.

A task names its children; a run is over when every task that was named has its result.  Which tasks there are, and what
they give, is a function of the work alone, and results are joined in any order; so neither the number of workers, nor
their speed, nor what is lost on the way has any influence on the census.

Tasks begin in the order of their paths, depth first, so that few are open, and those whose results belong together come
one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from heapq import heapify, heappop, heappush
from time import monotonic
from typing import Protocol

from troppoly.counting.directory import RunDirectory
from troppoly.counting.results import Path, TaskResult
from troppoly.errors import StoppedError

__all__ = ["Engine", "LostError", "Progress", "results"]

Progress = Callable[[int, int, int, float], None]
"""What is called with the numbers of parts, cells and open tasks, and the share of the work that is done."""

_BREATH = 0.2
"""Seconds between two reports."""


ATTEMPTS = 3
"""How often a task may be lost."""


class LostError(Exception):
    """A task is to be done again, for what did it is gone."""


class Engine(Protocol):
    """What tasks run on."""

    reports: dict[Path, tuple[int, int]]
    """What running tasks have done: cells and parts."""

    def slots(self, left: float) -> int:
        """Return how many tasks may be running or waiting there; called again and again, so it sees what is lost.

        ``left`` are the seconds that the run will take, as far as that can be estimated, and 0 before.
        """

    def submit(self, path: Path) -> Future[TaskResult]:
        """Begin a task."""

    def result(self, future: Future[TaskResult]) -> TaskResult:
        """Return the result of a task that is done; raises LostError if it is to be done again."""

    def close(self) -> None:
        """Stop what is still running."""


def results(
    engine: Engine, directory: RunDirectory | None = None, progress: Progress | None = None
) -> Generator[TaskResult]:
    """Yield the results of all tasks, each when it is there; what a directory has is read first."""
    run = _Run(engine, directory, progress)
    try:
        yield from run.read()
        while run.todo or run.running:
            yield from run.advance()
        run.report()
    finally:
        engine.close()
        if directory is not None:
            directory.close()


class _Run:
    """The tasks that are open: those ``todo`` in the order of their paths, so that neighbors come together."""

    def __init__(self, engine: Engine, directory: RunDirectory | None, progress: Progress | None) -> None:
        self.engine, self.directory, self.progress = engine, directory, progress
        self.todo: list[Path] = [()]
        self.running: dict[Future[TaskResult], Path] = {}
        self.losses: dict[Path, int] = {}
        self.parts, self.cells, self.share, self.reported = 0, 0, 0.0, (-1, -1)
        self.begun, self.read_share = monotonic(), 0.0

    def read(self) -> Iterator[TaskResult]:
        """Yield what the directory has; what is left is to be done."""
        left = list[Path]()
        while self.directory is not None and self.todo:
            path = heappop(self.todo)
            result = self.directory.read(path)
            if result is None:
                left.append(path)
            else:
                self._add(result)
                yield result
        self.todo += left
        heapify(self.todo)
        self.begun, self.read_share = monotonic(), self.share

    def advance(self) -> Iterator[TaskResult]:
        """Begin what there is room for, and yield what is finished next, unless a moment passes before."""
        share = self._now()[2]
        done = share - self.read_share
        slots = self.engine.slots((monotonic() - self.begun) * (1 - share) / done if done > 0 else 0.0)
        while self.todo and len(self.running) < slots:
            path = self._next()
            result = None if self.directory is None else self.directory.read(path)
            if result is None:
                self.running[self.engine.submit(path)] = path
            else:  # another process has done it
                yield self._finished(path, result)
        self.report()
        for future in wait(self.running, _BREATH, FIRST_COMPLETED).done:
            path = self.running.pop(future)
            try:
                result = self.engine.result(future)
            except LostError as error:
                self._lost(path, error)
                continue
            if self.directory is not None:
                self.directory.write(result)
            yield self._finished(path, result)

    def _lost(self, path: Path, error: LostError) -> None:
        """Put a task back; raises StoppedError if it was lost too often."""
        self.losses[path] = self.losses.get(path, 0) + 1
        if self.losses[path] >= ATTEMPTS:
            raise StoppedError(f"The task {path} was lost {ATTEMPTS} times: {error}") from error
        if self.directory is not None:
            self.directory.release(path)
        heappush(self.todo, path)

    def _next(self) -> Path:
        """Take the first task from the heap that no other process is at; if there is none, the first."""
        others = list[Path]()
        path = heappop(self.todo)
        while self.directory is not None and not self.directory.claim(path):
            others.append(path)
            if not self.todo:
                path = others.pop(0)
                break
            path = heappop(self.todo)
        for other in others:
            heappush(self.todo, other)
        return path

    def _finished(self, path: Path, result: TaskResult) -> TaskResult:
        if self.directory is not None:
            self.directory.release(path)
        self._add(result)
        return result

    def _add(self, result: TaskResult) -> None:
        self.parts += result.parts
        self.cells += result.cells
        self.share += result.share
        for child in result.children:
            heappush(self.todo, child)

    def _now(self) -> tuple[int, int, float]:
        """The parts, cells and share that are done, with what running tasks have done of theirs."""
        now = list(self.engine.reports.values())
        cells, parts = self.cells + sum(cells for cells, _ in now), self.parts + sum(parts for _, parts in now)
        return parts, cells, self.share * cells / self.cells if self.cells else 0.0

    def report(self) -> None:
        """Tell the progress, if there is any."""
        if self.progress is None:
            return
        parts, cells, share = self._now()
        if self.reported == (cells, parts):
            return
        self.reported = cells, parts
        n_open = len(self.todo) + len(self.running)
        self.progress(parts, cells, n_open, min(share, 0.999) if n_open else 1.0)
