"""The results of tasks, and the arrays that files hold of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.counting.measure import Tally
from troppoly.errors import FileFormatError, counted
from troppoly.values import Value

__all__ = ["Path", "TaskResult"]

Path = tuple[int, ...]
"""The sides 1 and 2 of walls, from the whole on."""


@dataclass(frozen=True, slots=True, eq=False)
class TaskResult(Value):
    """What a task gives: the paths of new tasks, and a tally for every measure.

    ``share`` is its part of the whole, as estimated when parts were divided; those of all tasks add up to 1.

    >>> import troppoly as tp
    >>> from troppoly.counting.work import Work
    >>> Work.of(tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])).run(())
    Result of the task (): 4 cells in 1 part, no new tasks
    """

    path: Path
    children: tuple[Path, ...]
    parts: int
    cells: int
    share: float
    tallies: dict[str, Tally] = field(hash=False)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the result as arrays of numbers, for a file that needs no pickle."""
        found: dict[str, NDArray[Any]] = {}
        text: dict[str, Any] = {
            "path": self.path, "children": self.children, "parts": self.parts, "cells": self.cells, "share": self.share,
            "tallies": {},
        }  # fmt: skip
        for measure, tally in self.tallies.items():
            text["tallies"][measure] = {k: v for k, v in tally.items() if not isinstance(v, np.ndarray)}
            found |= {f"{measure}/{k}": v for k, v in tally.items() if isinstance(v, np.ndarray)}
        return {"text": np.frombuffer(json.dumps(text).encode(), np.uint8), **found}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> TaskResult:
        """Return the result with these arrays; FileFormatError if they are not those of a result."""
        try:
            text = json.loads(arrays["text"].tobytes())
            tallies = text["tallies"]
            for name, array in arrays.items():
                if name != "text":
                    measure, _, key = name.partition("/")
                    tallies[measure][key] = array
            path, children = tuple(text["path"]), tuple(map(tuple, text["children"]))
            return cls(path, children, text["parts"], text["cells"], text["share"], tallies)
        except (KeyError, TypeError, ValueError) as error:
            raise FileFormatError("These arrays are not the result of a task.") from error

    def _content(self) -> tuple[Any, ...]:
        tallies = sorted((name, sorted(tally.items())) for name, tally in self.tallies.items())
        pairs = tuple((name, tuple(tally)) for name, tally in tallies)
        return self.path, self.children, self.parts, self.cells, self.share, pairs

    def __repr__(self) -> str:
        new = counted(len(self.children), "new task") if self.children else "no new tasks"
        return f"Result of the task {self.path}: {counted(self.cells, 'cell')} in {counted(self.parts, 'part')}, {new}"
