"""The census of a network: all tasks, one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from troppoly.arguments import Positive, checked
from troppoly.counting.measure import Measure
from troppoly.counting.measures import of_name
from troppoly.counting.outcome import Census
from troppoly.counting.results import TaskResult
from troppoly.counting.work import PARTS_PER_TASK, Work, join
from troppoly.network import Network

__all__ = ["census"]


@checked
def census(
    network: Network,
    domain: Any = None,
    *,
    measures: Sequence[str | Measure] = (),
    part_bytes: Positive | None = None,
    parts_per_task: Positive = PARTS_PER_TASK,
) -> Census:
    """Return the counts of the canonical complex of a network over R^d, or over a domain, without holding the complex.

    The domain is that of :func:`troppoly.canonical_complex`.  ``measures`` are names, or instances of
    :class:`troppoly.counting.Measure`.  Parts are divided where they take more than ``part_bytes``; a task does at
    most ``parts_per_task`` of them.

    >>> import troppoly as tp
    >>> tp.census(tp.hyperplane_arrangement([[1, 0], [0, 1], [1, 1]], [0, 0, -1])).f_vector
    (3, 9, 7)
    """
    work = Work.of(network, domain, [of_name(measure) for measure in measures], part_bytes, parts_per_task)
    return join(work, _results(work))


def _results(work: Work) -> Iterator[TaskResult]:
    waiting: list[tuple[int, ...]] = [()]
    while waiting:
        result = work.run(waiting.pop())
        waiting += result.children[::-1]
        yield result
