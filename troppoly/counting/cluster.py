"""Tasks on the workers of a Dask cluster, by a ``dask.distributed.Client``.

The network is sent once, and workers have it from each other; a task carries its path and the digest of the run.  The
scheduler knows the network and the paths, so it gives what a lost worker had to others, the network too; nothing else
is lost with a worker.  It gives up what several workers in turn were lost with; then that is asked again, a few times,
since it may be chance.  If the scheduler is lost, the run ends; what is in a directory stays.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any

import troppoly
from troppoly.counting.results import Path, TaskResult
from troppoly.counting.running import LostError
from troppoly.counting.work import Work
from troppoly.errors import InputError, StoppedError, UnsupportedError, require

__all__ = ["Cluster"]

_AHEAD = 16
"""Tasks that wait beside those that keep all threads busy twice: a cluster without workers grows by them."""


class Cluster:
    """The workers of a client; see ``running.Engine``."""

    def __init__(self, work: Work, client: Any) -> None:
        distributed = require("distributed", extra="distributed")
        if not isinstance(client, distributed.Client):
            raise InputError(f"The client must be a dask.distributed.Client, not a {type(client).__name__}.")
        self.reports = dict[Path, tuple[int, int]]()
        self._client, self._digest, self._version = client, work.digest, troppoly.__version__
        self._killed, self._lost = distributed.scheduler.KilledWorker, (CancelledError, OSError)
        self._send = lambda: client.submit(_received, work, pure=False)
        self._work = self._asked(self._send)
        self._executor = client.get_executor(pure=False)

    def slots(self, left: float) -> int:
        """Return twice the number of threads of all workers, and some."""
        if self._client.status != "running":  # a scheduler that comes back does not know its clients
            raise self._gone(self._client.status)
        threads: dict[str, int] = self._asked(self._client.nthreads)
        return 2 * sum(threads.values()) + _AHEAD

    def submit(self, path: Path) -> Future[TaskResult]:
        """Give a task to the scheduler."""
        task = _run, self._work, self._digest, self._version, path
        return self._asked(lambda: self._executor.submit(*task))  # type: ignore[no-any-return]

    def result(self, future: Future[TaskResult]) -> TaskResult:
        """Return the result of a task that is done; LostError if the scheduler has given it up, or the network."""
        try:
            return self._asked(future.result)  # type: ignore[no-any-return]
        except self._killed as error:
            if self._work.status == "error":
                self._work = self._asked(self._send)
            raise LostError(str(error)) from error

    def close(self) -> None:
        """Take back what is not done; workers notice between two parts."""
        with suppress(*self._lost):
            self._executor.shutdown(wait=False)
            self._work.release()

    def _asked(self, question: Callable[[], Any]) -> Any:
        """What the scheduler answers; raises StoppedError if it does not."""
        try:
            return question()
        except self._lost as error:
            raise self._gone(f"{type(error).__name__}: {error}") from error

    def _gone(self, said: str) -> StoppedError:
        return StoppedError(
            f"The cluster is gone ({said}). What is finished stays in the directory, if there is one: the same call "
            "goes on from there, with any client."
        )


def _received(work: Work) -> Work:
    """The work, on the worker that asks for it first."""
    return work


def _run(work: Work, digest: str, version: str, path: Path) -> TaskResult:
    """Do a task on a worker, unless it is taken back."""
    if (work.digest, troppoly.__version__) != (digest, version):
        raise UnsupportedError(f"A worker has troppoly {troppoly.__version__}, and the client {version}.")
    worker: Any = require("distributed", extra="distributed").get_worker()
    tasks, key = worker.state.tasks, worker.get_current_task()
    return work.run(path, None, lambda: key not in tasks or tasks[key].state == "cancelled")
