"""A work that costs nothing: a random binary tree of parts, in place of the refinement of a network."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from time import sleep
from typing import Any

from troppoly.counting.cluster import Cluster
from troppoly.counting.directory import RunDirectory
from troppoly.counting.processes import Processes
from troppoly.counting.results import TaskResult
from troppoly.counting.running import results
from troppoly.counting.work import Stopped

Path = tuple[int, ...]


@dataclass(frozen=True)
class Tree:
    """A part is divided or not, and has its cells, by the digest of its path."""

    seed: int = 0
    depth: int = 8
    parts: int = 3
    seconds: float = 0.0

    def description(self) -> dict[str, Any]:
        return {"network": {"seed": self.seed, "layers": [[self.depth, "1/2"]]}, "parts_per_task": self.parts}

    @property
    def measures(self) -> tuple[()]:
        return ()

    @property
    def digest(self) -> str:
        return sha256(repr(self.description()).encode()).hexdigest()

    def number(self, path: Path) -> int:
        return int.from_bytes(sha256(f"{self.seed} {path}".encode()).digest()[:4], "big")

    def is_divided(self, path: Path) -> bool:
        return len(path) < self.depth and self.number(path) % 8 > 0

    def run(
        self, path: Path, report: Callable[[int, int], None] | None = None, stopped: Callable[[], bool] | None = None
    ) -> TaskResult:
        waiting, cells, leaves = [path], 0, list[Path]()
        while waiting and len(leaves) < self.parts:
            if stopped is not None and stopped():
                raise Stopped
            here = waiting.pop()
            if self.is_divided(here):
                waiting += [(*here, 2), (*here, 1)]
                continue
            sleep(self.seconds)
            leaves.append(here)
            cells += self.number(here) % 100
            if report is not None:
                report(cells, len(leaves))
        share = sum(2.0 ** -len(leaf) for leaf in leaves)
        return TaskResult(path, tuple(waiting), len(leaves), cells, share, {"leaves": {"n": len(leaves)}})

    def leaves(self, path: Path = ()) -> list[Path]:
        """All parts, by the definition."""
        if not self.is_divided(path):
            return [path]
        return [*self.leaves((*path, 1)), *self.leaves((*path, 2))]

    def total(self) -> tuple[int, int]:
        """The numbers of parts and cells."""
        leaves = self.leaves()
        return len(leaves), sum(self.number(path) % 100 for path in leaves)


def total(found: Iterable[TaskResult]) -> tuple[int, int]:
    """The numbers of parts and cells, added up; each task comes once."""
    found = list(found)
    assert len({result.path for result in found}) == len(found)
    return sum(result.parts for result in found), sum(result.cells for result in found)


def run_here(work: Tree, folder: Any = None, progress: Any = None) -> tuple[int, int]:
    directory = None if folder is None else RunDirectory(folder, work)  # type: ignore[arg-type]
    return total(results(Processes(work, 2, 1.0), directory, progress))  # type: ignore[arg-type]


def run_on_cluster(work: Tree, client: Any, folder: Any = None) -> tuple[int, int]:
    directory = None if folder is None else RunDirectory(folder, work)  # type: ignore[arg-type]
    return total(results(Cluster(work, client), directory))  # type: ignore[arg-type]


if __name__ == "__main__":  # python -m tests.counting.trees FOLDER SEED SECONDS [SCHEDULER]
    _folder, _seed, _seconds, *_address = sys.argv[1:]
    _work = Tree(int(_seed), seconds=float(_seconds))
    if _address:
        from distributed import Client

        _found = run_on_cluster(_work, Client(_address[0], timeout=30), _folder)
    else:
        _found = run_here(_work, _folder)
    sys.stdout.write("{} {}\n".format(*_found))
