"""Tasks on several processes and threads of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import random
from threading import Barrier, Event, Thread
from time import monotonic, sleep
from typing import Any
from unittest import mock

import pytest

import troppoly as tp
from tests.counting.test_directory import KILLS, in_long_runs
from tests.counting.trees import Tree, run_here, total
from troppoly.counting import running
from troppoly.counting.processes import Processes
from troppoly.counting.running import results

TREE = Tree(1)


def results_with_children(work: Tree, workers: int) -> tuple[Processes, Iterator[Any]]:
    """A run that has begun when all processes are ready."""
    engine = Processes(work, workers, 0.0)  # type: ignore[arg-type]
    assert engine.slots() == workers
    while not all(child.ready for child in engine.children):
        sleep(0.01)
    return engine, results(engine)


def test_threads_begin_at_once_and_short_runs_have_nothing_else() -> None:
    waiting, begun = TREE.run(()).children[:3], Barrier(3)

    @dataclass(frozen=True)
    class Together(Tree):
        """Three tasks go on when all of them have begun."""

        def run(self, path: Any, report: Any = None, stopped: Any = None) -> Any:
            if path in waiting:
                begun.wait(30)
            return super().run(path, report, stopped)

    work = Together(1)
    engine = Processes(work, 3, 60.0)  # type: ignore[arg-type]
    assert total(results(engine)) == work.total()
    assert engine.children == []


def test_runs_that_are_nearly_done_start_no_process() -> None:
    engine = Processes(TREE, 2, 0.001)  # type: ignore[arg-type]
    sleep(0.01)
    assert (engine.slots(0.005), engine.children) == (2, [])
    assert (engine.slots(1.0), len(engine.children)) == (2, 1)
    engine.close()


def test_processes_share_the_tasks_and_end_with_the_run() -> None:
    work = Tree(1, seconds=0.005)
    engine, run = results_with_children(work, 2)
    (child,) = engine.children
    with mock.patch.object(child, "run", side_effect=child.run) as of_child:
        found = list(run)
    assert total(found) == work.total()
    assert 0 < of_child.call_count < len(found)
    assert child.process.poll() == -signal.SIGKILL  # type: ignore[union-attr]


def test_a_lost_process_costs_its_task_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ATTEMPTS", 100)  # by chance it may be the same task
    work, killed = Tree(1, depth=9, seconds=0.01), 0

    def kill(child: Any, over: Event) -> None:
        nonlocal killed
        while killed < KILLS and not over.wait(0.2 * random()):
            if child.ready:
                child.ready = False
                child.process.send_signal(signal.SIGKILL)
                killed += 1

    while killed < KILLS:
        engine, run = results_with_children(work, 2)
        over = Event()
        killer = Thread(target=kill, args=(engine.children[0], over))
        killer.start()
        assert total(run) == work.total()
        over.set()
        killer.join()


@dataclass(frozen=True)
class Deadly(Tree):
    """Some tasks end the process that does them, unless that is the first one."""

    first: int = os.getpid()

    def run(self, path: Any, report: Any = None, stopped: Any = None) -> Any:
        if len(path) > 3 and os.getpid() != self.first:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().run(path, report, stopped)


@in_long_runs
def test_a_task_that_ends_every_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ATTEMPTS", 2)
    _, run = results_with_children(Deadly(1, seconds=0.01), 2)
    with pytest.raises(tp.StoppedError, match=r"The task \([12, ]+\) was lost 2 times: .*-9"):
        list(run)


@dataclass(frozen=True)
class Failing(Tree):
    """Some tasks fail."""

    error: type[Exception] = OSError

    def run(self, path: Any, report: Any = None, stopped: Any = None) -> Any:
        if len(path) > 3:
            raise self.error("a bad measure")
        return super().run(path, report, stopped)


@pytest.mark.parametrize("error", [OSError, tp.InputError])
def test_an_error_of_a_task_is_that_of_the_run(error: type[Exception]) -> None:
    with pytest.raises(error, match="a bad measure"):
        list(results(Processes(Failing(1, error=error), 1, 60.0)))  # type: ignore[arg-type]


def test_an_error_in_another_process_has_its_traceback() -> None:
    engine, _ = results_with_children(Failing(1), 2)
    try:
        child = engine.children[0]
        with pytest.raises(OSError, match="a bad measure") as caught:
            child.run((1, 1, 1, 1), lambda *numbers: None, lambda: False)
        assert "in run" in caught.value.__notes__[0]
        assert child.run((), lambda *numbers: None, lambda: False).path == ()  # and it goes on
    finally:
        engine.close()


def test_what_another_process_cannot_know_is_done_by_threads() -> None:
    @dataclass(frozen=True)
    class Local(Tree):
        """A work that cannot be pickled."""

    work = Local(1, seconds=0.002)
    engine, run = results_with_children(work, 3)  # type: ignore[arg-type]
    assert total(run) == work.total()
    assert engine.children == []


def test_a_script_that_guards_nothing() -> None:
    program = (
        "from tests.counting.test_processes import results_with_children\n"
        "from tests.counting.trees import Tree, total\n"
        "print('once', *total(results_with_children(Tree(1), 2)[1]))\n"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join([os.getcwd(), *sys.path])}
    ran = subprocess.run([sys.executable, "-"], input=program, capture_output=True, text=True, env=env)
    assert (ran.stdout, ran.stderr) == ("once {} {}\n".format(*TREE.total()), "")


def test_processes_end_with_the_one_that_started_them() -> None:
    program = (
        "import time\n"
        "from tests.counting.test_processes import results_with_children\n"
        "from tests.counting.trees import Tree\n"
        "engine, _ = results_with_children(Tree(1, parts=10**6, seconds=0.05), 2)\n"
        "engine.submit(()), engine.submit(())\n"
        "print(engine.children[0].process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.kill()
    process.communicate()
    end = monotonic() + 30
    while Path(f"/proc/{child}").exists() and monotonic() < end:
        sleep(0.02)
    assert not Path(f"/proc/{child}").exists()


@in_long_runs
def test_a_run_that_is_left_stops() -> None:
    engine, run = results_with_children(Tree(1, depth=14, seconds=0.05), 2)
    next(run)
    begun = monotonic()
    run.close()  # type: ignore[attr-defined]
    assert monotonic() - begun < 10  # the whole takes minutes
    assert engine.children[0].process.poll() is not None  # type: ignore[union-attr]


def test_the_progress_ends_with_the_whole() -> None:
    said: list[tuple[int, int, int, float]] = []
    assert run_here(TREE, progress=lambda *numbers: said.append(numbers)) == TREE.total()
    assert said[-1] == (*TREE.total(), 0, 1.0)
    assert [numbers[0] for numbers in said] == sorted(numbers[0] for numbers in said)
    assert all(0 <= numbers[3] < 1 for numbers in said[:-1])
