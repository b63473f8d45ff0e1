"""Tasks on the cores of this machine: on threads, and in a long run in other processes, too.

A run begins on as many threads as there are workers: compiled code and the long loops of NumPy let others go on, and
threads are there at once. Exact arithmetic holds the interpreter's lock, so if much is left, all threads but one get a
process, which takes seconds to load what it needs; from then on a thread hands its tasks to a process that is free.
These are plain interpreters that import troppoly, not a pool of ``multiprocessing``, which would import the main
program again, and with it run every script a second time that does not guard against it.

A process that dies costs its task, and is started again when it has the next one.  Processes end with the one that
started them, however that ends: they see that their connection is closed, between two parts or two tasks.

What is to be done is anything with a method ``run(task, report, stopped)`` whose answers are no tuples; tasks are
hashable.  If another process cannot know it, for a part of it is defined in the main program, it stays with threads.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from math import inf
from multiprocessing.connection import Connection, Pipe
from queue import Empty, SimpleQueue
from subprocess import DEVNULL, Popen
from threading import Event
from time import monotonic
from traceback import format_exception
from typing import Any, Protocol

from troppoly.counting.division import Stopped
from troppoly.counting.running import LostError

__all__ = ["Processes", "serve"]

Report = Callable[[int, int], None]

_PROGRAM = "import sys; from troppoly.counting.processes import serve; serve(int(sys.argv[1]))"


class Work(Protocol):
    """What tasks are parts of."""

    def run(self, task: Any, report: Report, stopped: Callable[[], bool]) -> Any:
        """Do a task; ``report`` numbers that are done meanwhile, and raise Stopped where ``stopped()`` is true."""


class Processes:
    """``workers`` threads, and after ``patience`` seconds processes if ten times as many are left.

    See ``running.Engine``.
    """

    def __init__(self, work: Work, workers: int, patience: float) -> None:
        self.reports = dict[Any, tuple[int, int]]()
        self.children = list[_Child]()
        self._work, self._workers, self._missing = work, workers, workers - 1
        self._begun, self._patience = monotonic(), patience
        self._stopped, self._free = Event(), SimpleQueue[_Child]()
        self._pool, self._running = ThreadPoolExecutor(workers), set[Future[Any]]()

    def slots(self, left: float = inf) -> int:
        """Return the number of workers; start the processes if so many seconds are left."""
        if self._missing and monotonic() - self._begun >= self._patience and left >= 10 * self._patience:
            message = _pickled(self._work)
            if message is not None:
                self.children += [_Child(message, self._stopped) for _ in range(self._missing)]
            for child in self.children:
                self._submit(self._start, child)
            self._missing = 0
        return self._workers

    def submit(self, task: Hashable) -> Future[Any]:
        """Begin a task on the next thread that is free."""
        return self._submit(self._run, task)

    def result(self, future: Future[Any]) -> Any:
        """Return the result of a task that is done; LostError if its process died."""
        return future.result()

    def close(self) -> None:
        """End the processes, and the tasks of threads before their next part; give these a moment."""
        self._stopped.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        for child in self.children:
            child.kill()
        wait(set(self._running), timeout=1)

    def _submit(self, function: Any, *arguments: Any) -> Future[Any]:
        future = self._pool.submit(function, *arguments)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return future

    def _start(self, child: _Child) -> None:
        with suppress(EOFError, OSError):  # it is started again when it has a task
            child.start()
        self._free.put(child)

    def _run(self, task: Hashable) -> Any:
        def report(cells: int, parts: int) -> None:
            self.reports[task] = cells, parts

        try:
            child = self._free.get_nowait()
        except Empty:
            child = None
        try:
            return (child or self._work).run(task, report, self._stopped.is_set)
        finally:
            if child is not None:
                self._free.put(child)
            self.reports.pop(task, None)


class _Child:
    """A process that does tasks."""

    def __init__(self, message: bytes, stopped: Event) -> None:
        self.process: Popen[bytes] | None = None
        self.ready = False
        self._message, self._stopped = message, stopped

    def start(self) -> None:
        """Start a process, in place of one that has ended; return when it is ready."""
        self.ready, (self._connection, other) = False, Pipe()
        with other:
            self.process = Popen(
                [sys.executable, "-c", _PROGRAM, str(other.fileno())],
                stdin=DEVNULL,
                pass_fds=[other.fileno()],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
                start_new_session=True,  # the keys that interrupt this process are not for that one
            )
        if self._stopped.is_set():
            self.kill()
        self._connection.send_bytes(self._message)
        self._connection.recv()
        self.ready = True

    def kill(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def run(self, task: Hashable, report: Report, stopped: Any) -> Any:
        """Do a task in the process; raises LostError if it dies of that."""
        try:
            if self.process is None or self.process.poll() is not None:
                self.start()
            self._connection.send(task)
            while isinstance(answer := self._connection.recv(), tuple):
                report(*answer)
        except (EOFError, OSError) as error:
            self.kill()
            status = None if self.process is None else self.process.returncode
            raise LostError(
                f"the status of the process is {status} (-9 if memory runs out: use fewer workers)."
            ) from error
        if isinstance(answer, Exception):
            raise answer
        return answer


def serve(descriptor: int) -> None:
    """Do the tasks that come over a connection, until it is closed."""
    connection = Connection(descriptor)
    with suppress(EOFError, OSError, Stopped):
        work = connection.recv()
        connection.send("ready")
        while True:
            task = connection.recv()
            try:
                answer = work.run(task, lambda *numbers: connection.send(numbers), connection.poll)
            except Stopped:
                raise
            except Exception as error:
                error.add_note("".join(format_exception(error)))
                answer = error
            connection.send(answer)


def _pickled(work: Work) -> bytes | None:
    """The work for another process, or None if there is something in it that this cannot know."""
    try:
        message = pickle.dumps(work)
    except (pickle.PicklingError, AttributeError, TypeError):
        return None
    return None if b"__main__" in message else message
