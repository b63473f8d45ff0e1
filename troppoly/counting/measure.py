"""Measures: what is asked of all cells of a complex, part by part.

A :class:`Measure` says what a part gives (a *tally*), how the tallies of two disjoint sets of parts are joined, and
what is said in the end.  Joining is to be associative and commutative as far as the answer goes, so that it does not
depend on how the complex was divided, nor on the order in which parts are done.  A tally is a dictionary of what a file
can hold: integers, strings, lists of these, and arrays.

For example, the number of cells on which all three units of the first layer are active:

>>> import troppoly as tp
>>> class Busy(Measure):
...     name = "busy"
...
...     def of_part(self, part):
...         active = part.canonical.signs[0].sum(axis=1)
...         return {"cells": int((active == 3).sum())}
...
...     def joined(self, one, other, whole):
...         return {"cells": one["cells"] + other["cells"]}
>>> tp.census(tp.hyperplane_arrangement([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), measures=[Busy()])["busy"]
{'cells': 1}
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from troppoly.counting.parts import FinishedPart
from troppoly.refinement.refinement import Refinement

__all__ = ["Joiner", "Measure", "Tally"]

Tally = dict[str, Any]
"""Integers, strings, lists of these, and arrays, by name."""


class Measure(ABC):
    """What is asked of all cells; see :mod:`troppoly.counting.measure` for one in ten lines.

    Two measures are the same if their reprs are, so a measure with options is a frozen dataclass.  ``whole`` has what
    all parts have in common: ``whole.network`` and its layers on cells, ``whole.cellwise``.

    >>> from troppoly.counting import LinearRegions
    >>> LinearRegions(), LinearRegions.name
    (LinearRegions(), 'linear_regions')
    """

    __slots__ = ()

    name: ClassVar[str]

    @abstractmethod
    def of_part(self, part: FinishedPart) -> Tally:
        """Return the tally of a part."""

    @abstractmethod
    def joined(self, one: Tally, other: Tally, whole: Refinement) -> Tally:
        """Return the tally of two sets of parts from those of each."""

    def answer(self, tally: Tally, whole: Refinement) -> Any:
        """Return what is said in the end, a value that can be compared; by default the tally."""
        return tally

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Joiner:
    """Joins tallies one by one, those of like many parts with each other, so that each is joined a few times only.

    >>> sums = Joiner(lambda one, other: {"n": one["n"] + other["n"]})
    >>> for n in range(10):
    ...     sums.add({"n": n})
    >>> sums.result()
    {'n': 45}
    """

    def __init__(self, join: Callable[[Tally, Tally], Tally]) -> None:
        self._join = join
        self._waiting: list[tuple[int, Tally]] = []

    def add(self, tally: Tally) -> None:
        """Take one more."""
        size = 1
        while self._waiting and self._waiting[-1][0] == size:
            tally = self._join(self._waiting.pop()[1], tally)
            size *= 2
        self._waiting.append((size, tally))

    def result(self) -> Tally:
        """Return what all give that were taken."""
        *others, (_, tally) = self._waiting
        for _, other in reversed(others):
            tally = self._join(other, tally)
        return tally
