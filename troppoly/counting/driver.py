"""The census of a network: what is to be done, where it is done, and what comes of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from math import inf
from typing import Any

from troppoly.arguments import Positive, checked
from troppoly.counting.cluster import Cluster
from troppoly.counting.directory import RunDirectory
from troppoly.counting.measure import Measure
from troppoly.counting.measures import of_name
from troppoly.counting.outcome import Census
from troppoly.counting.processes import Processes
from troppoly.counting.running import Progress, results
from troppoly.counting.work import PARTS_PER_TASK, Work, join
from troppoly.errors import InputError
from troppoly.network import Network
from troppoly.refinement.refinement import n_workers

__all__ = ["census"]

_PATIENCE = 6.0
"""Seconds before there are other processes for measures, which compute in Python: one takes three to begin."""


@checked
def census(
    network: Network,
    domain: Any = None,
    *,
    measures: Sequence[str | Measure] = (),
    workers: Positive | None = None,
    client: Any = None,
    directory: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    part_bytes: Positive | None = None,
    parts_per_task: Positive = PARTS_PER_TASK,
) -> Census:
    """Return the counts of the canonical complex of a network over R^d, or over a domain, without holding the complex.

    The domain is that of :func:`troppoly.canonical_complex`.  ``measures`` are names, or instances of
    :class:`troppoly.counting.Measure`.  Parts are divided when it is expected that they take more than
    ``part_bytes`` in the end; a task does at most ``parts_per_task`` of them.

    Tasks are done by ``workers`` threads, by default one on each core, which get processes of their own if there are
    measures and it takes long; or by the workers of ``client``, a ``dask.distributed.Client``.  The census does not
    depend on who does them, nor on who fails meanwhile.  Every result is kept in a file of ``directory``, if there is
    one: whatever happens, the same call goes on from there, and several processes may work in one directory.
    ``progress`` is called with the numbers of parts and cells that are done, of tasks that are open, and the share of
    the work that is done, as far as it can be estimated.

    Raises InputError if the directory belongs to another run, BudgetError before anything is done if the domain has too
    many faces, as a cube in R^20 has, and StoppedError if the disk is full or the cluster gone.

    >>> import troppoly as tp
    >>> tp.census(tp.hyperplane_arrangement([[1, 0], [0, 1], [1, 1]], [0, 0, -1])).f_vector
    (3, 9, 7)
    """
    if client is not None and workers is not None:
        raise InputError("Tasks are done by workers of this machine or by those of a client: give one of these.")
    work = Work.of(network, domain, [of_name(measure) for measure in measures], part_bytes, parts_per_task)
    work.refinement  # noqa: B018  (before there are threads; and what is refused is refused before the directory is made)
    run = None if directory is None else RunDirectory(directory, work)
    patience = _PATIENCE if work.measures else inf  # counts are compiled, so threads do not wait for each other
    engine = Processes(work, n_workers(workers), patience) if client is None else Cluster(work, client)
    with closing(results(engine, run, progress)) as found:
        return join(work, found)
