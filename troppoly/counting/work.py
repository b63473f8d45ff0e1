"""A census as tasks that know nothing of each other, and what their results are joined to.

Parts are divided by walls, so they are the leaves of a binary tree, and the *path* to a part, the sides 1 and 2 from
the root on, names it: what a part is, and how it is divided, depends on the network, the domain and the budget of a
part alone.  So anyone can make a part again by following its path, at the cost of about half a part for each step.

A *task* has the path of a part, too.  It does the part if it is small enough; else it divides it, and does what comes
of this, depth first, until it has done its number of leaves.  What is left then are new tasks.  The result of a task is
a function of the work and the path alone: of no clock, and no number of workers.  A task does at most 4^n leaves, n the
length of its path: so the first ones hand work over to others soon.

A start that is too large is divided before it is made (``refinement.beginnings``), so paths begin with signs of
coordinates then.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np

from troppoly.counting.counts import Counts
from troppoly.counting.division import Ask, Division, Node, Stopped
from troppoly.counting.measure import Joiner, Measure
from troppoly.counting.outcome import Census
from troppoly.counting.parts import FinishedPart
from troppoly.counting.results import Path, TaskResult
from troppoly.errors import InputError, TroppolyError
from troppoly.exact import RationalMatrix
from troppoly.network import Layer, Network
from troppoly.network.json_network import network_value
from troppoly.refinement.budget import Budget
from troppoly.refinement.certificate import Certificate
from troppoly.refinement.domain import domain_forms
from troppoly.refinement.owned import owned_faces
from troppoly.refinement.part import COUNTERS
from troppoly.refinement.refinement import Refinement
from troppoly.values import Value

__all__ = ["FORMAT", "PARTS_PER_TASK", "Stopped", "Work", "join"]

FORMAT = 2
"""The number of the format of results: it changes when what a measure gives changes."""

DIVISION = "6dd48a172c168d83"
"""The digest of how some networks are divided (``tests/counting/test_division.py``): a run that was begun with another
division does not go on with this one."""

PARTS_PER_TASK = 64
"""How many parts a task does at most, by default."""

_LARGEST = 2**24  # bytes of a part, by default: in high dimensions more would save walls, and leave the cache

_WAITING = 2**27  # bytes of the parts that wait; the others are made again when it is their turn


@dataclass(frozen=True, eq=False, repr=False)
class Work(Value):
    """What all tasks of a census have in common; it can be pickled.

    ``facets`` are forms that are nonnegative on the domain, ``part_bytes`` is what parts take at most.

    >>> import troppoly as tp
    >>> work = Work.of(tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]]), part_bytes=1)
    >>> first = work.run(())
    >>> first, work.run(first.children[0]).cells
    (Result of the task (): 1 cell in 1 part, 2 new tasks, 1)
    """

    network: Network
    facets: RationalMatrix
    measures: tuple[Measure, ...]
    part_bytes: int
    parts_per_task: int

    @classmethod
    def of(
        cls,
        network: Network,
        domain: Any = None,
        measures: Sequence[Measure] = (),
        part_bytes: int | None = None,
        parts_per_task: int = PARTS_PER_TASK,
    ) -> Work:
        """Return the work for a network on R^d or on a domain, with these measures beside the counts."""
        names = [measure.name for measure in measures]
        if len({*names, Counts.name}) <= len(names):
            raise InputError(f"The measures must have different names, not {', '.join(names)}.")
        facets = domain_forms(domain, network.n_inputs)
        work = cls(network, facets, tuple(measures), part_bytes or 0, parts_per_task)
        return work if part_bytes else replace(work, part_bytes=min(work.refinement.program.part_bytes, _LARGEST))

    @cached_property
    def refinement(self) -> Refinement:
        """What all parts have in common.  Raises BudgetError if the start is too large."""
        return Refinement(self.network, self.facets, Budget.of(None, None), divided=True)

    @cached_property
    def division(self) -> Division:
        """The tree of parts."""
        return Division(self.refinement, self.part_bytes)

    @cached_property
    def _kept(self) -> dict[Path, Node]:
        return {}

    def description(self) -> dict[str, Any]:
        """Return all that decides the results, as JSON has it."""
        network = Network(self.network.layers, max_groups=self.network.max_groups)  # names decide nothing
        return {
            "format_of_results": FORMAT,
            "division": DIVISION,
            "network": network_value(network),
            "domain": [list(map(str, row)) for row in self.facets.to_rationals()],
            "measures": list(map(repr, self.measures)),
            "part_bytes": self.part_bytes,
            "parts_per_task": self.parts_per_task,
        }

    @cached_property
    def digest(self) -> str:
        """The SHA-256 digest of all that decides the results."""
        return sha256(json.dumps(self.description(), sort_keys=True).encode()).hexdigest()

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def parts(self, path: Path) -> Iterator[FinishedPart]:
        """Yield the parts that a task does."""
        return (part for part, _ in self._parts(path, [], _never))

    def run(
        self, path: Path, report: Callable[[int, int], None] | None = None, stopped: Callable[[], bool] | None = None
    ) -> TaskResult:
        """Do a task.

        After every part ``report`` is called with the numbers of cells and parts so far; if ``stopped()`` is true
        between two parts, Stopped is raised.
        """
        measures = (Counts(), *self.measures)
        joiners = {measure.name: self.joiner(measure) for measure in measures}
        parts = cells = 0
        left: list[Node] = []
        share = 0.0
        for part, of_whole in self._parts(path, left, stopped or _never):
            share += of_whole
            for measure in measures:
                joiners[measure.name].add(measure.of_part(part))
            parts, cells = parts + 1, cells + part.n_cells
            if report is not None:
                report(cells, parts)
            del part
        tallies = {name: joiner.result() for name, joiner in joiners.items()}
        self._kept.update((node.path, node) for node in left if node.piece is not None)
        self._make_room(())
        return TaskResult(path, tuple(node.path for node in reversed(left)), parts, cells, share, tallies)

    def _make_room(self, stack: Sequence[Node]) -> None:
        """Let go of parts that wait, if they are too many: first tasks to come, then what is needed last.

        Tasks to come may be done by another process.
        """
        kept = list(self._kept.values())
        held = [(node, node.arrays) for node in (*kept, *stack)]
        holders = Counter(id(array) for _, arrays in held for array in arrays)
        over = sum({id(array): array.nbytes for _, arrays in held for array in arrays}.values()) - _WAITING
        for i, (node, arrays) in enumerate(held):
            if over <= 0:
                break
            holders.subtract(map(id, arrays))
            over -= sum(array.nbytes for array in arrays if not holders[id(array)])
            if i < len(kept):
                self._kept.pop(node.path, None)
            else:
                node.piece = None

    def joiner(self, measure: Measure) -> Joiner:
        """Return what joins tallies of a measure."""
        return Joiner(lambda one, other: measure.joined(one, other, self.refinement))

    def _parts(self, path: Path, left: list[Node], stopped: Ask) -> Iterator[tuple[FinishedPart, float]]:
        """Yield the parts that a task does, with their shares of the whole, and say what is left then."""
        refinement, leaves = self.refinement, min(self.parts_per_task, 4 ** min(len(path), 32))
        counters, parts = np.zeros(5, np.int64), 0
        stack = [self._kept.pop(path, None) or Node(path)]
        while stack and parts < leaves:
            if stopped():
                raise Stopped
            node = stack.pop()
            halves, piece = self.division.divided(node, stopped), node.piece
            if piece is not None:
                counters += piece.part.state[COUNTERS:]
            if piece is None or halves:
                stack += halves[::-1]
                self._make_room(stack[:-1])
            else:
                parts += 1
                yield FinishedPart(refinement, piece.part, piece.path, Certificate(*counters.tolist())), piece.share
                counters[:] = 0
            del node, piece, halves
        left += stack  # what is needed first is last

    def __repr__(self) -> str:
        names = [measure.name for measure in (Counts(), *self.measures)]
        return f"Work on {self.network!r}: {', '.join(names)}, parts of {self.part_bytes} bytes"


def join(work: Work, results: Iterable[TaskResult]) -> Census:
    """Return the census that all results of a work give, in whatever order they come.

    Raises InputError if a task is missing or comes twice, and TroppolyError if the Euler characteristic is not that of
    the domain: then faces were counted twice or missed.
    """
    measures = (Counts(), *work.measures)
    joiners = {measure.name: work.joiner(measure) for measure in measures}
    named, done, parts = set[Path]([()]), set[Path](), 0
    for result in results:
        if result.path in done:
            raise InputError(f"The task {result.path} was counted already.")
        done.add(result.path)
        named.update(result.children)
        parts += result.parts
        for name, joiner in joiners.items():
            joiner.add(result.tallies[name])
    if named != done:
        missing = min(named ^ done)
        raise InputError(f"The results are not those of all tasks: see the task {missing}.")
    answers = {m.name: m.answer(joiners[m.name].result(), work.refinement) for m in measures}
    census = Census(work.network, **answers.pop(Counts.name), n_parts=parts, answers=answers)
    if census.euler_characteristic != (expected := _euler_characteristic(work.network, work.facets)):
        raise TroppolyError(
            f"The faces {census.f_vector} have the Euler characteristic {census.euler_characteristic}, "
            f"but the domain has {expected}: this is an error of troppoly."
        )
    return census


def _euler_characteristic(network: Network, facets: RationalMatrix) -> int:
    """That of the domain (with compact supports), from its own faces."""
    d = network.n_inputs
    if not len(facets):
        return int((-1) ** d)
    zero = Layer(RationalMatrix.zeros(1, d), RationalMatrix.zeros(1, 1), np.zeros(1, dtype=bool))
    domain = Refinement(Network((zero,)), facets, Budget.of(None, None))
    counts = owned_faces(domain.program.start(domain.coordinates.half, domain.budget).part)[0]
    return sum((-1) ** k * n for k, n in enumerate(counts.tolist(), start=d + 1 - len(counts)))


def _never() -> bool:
    return False
