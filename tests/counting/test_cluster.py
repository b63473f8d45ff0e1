"""Runs on a Dask cluster, whose workers and scheduler are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import sleep
from typing import Any

import pytest

import troppoly as tp
from tests.cli.test_command import failure, run, save
from tests.counting.test_directory import KILLS, files, in_long_runs
from tests.counting.trees import Tree, run_here, run_on_cluster
from troppoly.counting import cluster as cluster_module
from troppoly.counting.cluster import Cluster
from troppoly.counting.running import results

distributed = pytest.importorskip("distributed")
TREE = Tree(1)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Two workers, each a process with one thread, that a nanny starts again when they die."""
    with (
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_the_result_is_that_of_threads(client: Any, tmp_path: Path) -> None:
    assert run_on_cluster(TREE, client, tmp_path / "run") == TREE.total()
    assert run_here(TREE, tmp_path / "run") == TREE.total()


def test_nothing_is_left_on_the_workers(client: Any) -> None:
    assert run_on_cluster(TREE, client) == TREE.total()
    for _ in range(100):
        if not any(client.has_what().values()) and not client.processing().get("x"):
            break
        sleep(0.05)
    assert not any(client.has_what().values())


def test_lost_workers_cost_their_tasks_only(client: Any) -> None:
    work, over, killed, random = Tree(1, seconds=0.02), Event(), [], Random(1)

    def kill() -> None:
        known = set[int]()  # a nanny gives up what dies while it starts
        while not over.wait(0.5 + random.random()) and len(killed) < KILLS:
            client.cluster.scale(2)  # in place of nannies that have given up
            workers = set(client.run(os.getpid, on_error="ignore").values())
            for worker in sorted(workers & known)[:1]:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
                    killed.append(worker)
            known = workers

    killer = Thread(target=kill)
    killer.start()
    try:
        while len(killed) < KILLS and killer.is_alive():
            assert run_on_cluster(work, client) == work.total()
    finally:
        over.set()
        killer.join()
    assert len(killed) == KILLS


def test_what_is_taken_back_stops_between_parts(client: Any) -> None:
    slow = Tree(1, parts=10**6, seconds=0.05)  # one task, of 6 seconds
    engine, said = Cluster(slow, client), []  # type: ignore[arg-type]

    def ask() -> None:
        with pytest.raises(tp.StoppedError) as caught:
            list(results(engine))
        said.append(str(caught.value))

    thread = Thread(target=ask)
    thread.start()
    while not any(client.processing().values()):
        sleep(0.01)
    sleep(0.3)
    engine.close()
    for _ in range(40):
        if not any(client.run(running).values()):
            break
        sleep(0.05)
    assert not any(client.run(running).values())
    thread.join()
    assert said


def running(dask_worker: Any) -> int:
    """The number of tasks that a worker runs."""
    return len(dask_worker.active_threads)


def test_a_worker_of_another_version(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module.troppoly, "__version__", "77")
    with pytest.raises(tp.UnsupportedError, match=r"A worker has troppoly [0-9.]+, and the client 77"):
        run_on_cluster(TREE, client)


def test_a_task_that_fails(client: Any) -> None:
    with pytest.raises(TypeError, match="not supported between"):
        run_on_cluster(Tree(1, depth="x"), client)  # type: ignore[arg-type]


@pytest.mark.parametrize("client", [None, 3, "tcp://127.0.0.1:8786"])
def test_what_is_no_client(client: Any) -> None:
    with pytest.raises(tp.InputError, match=r"must be a dask\.distributed\.Client, not"):
        Cluster(TREE, client)  # type: ignore[arg-type]


@contextmanager
def scheduler() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler and a worker, each a process of its own; gives the scheduler's address and process."""
    program = (
        "import asyncio, sys, distributed\n"
        "async def main(address):\n"
        "    if address:\n"
        "        server = await distributed.Worker(address, nthreads=1)\n"
        "    else:\n"
        "        server = await distributed.Scheduler(host='127.0.0.1', port=0, dashboard=False)\n"
        "    print(server.address, flush=True)\n"
        "    await server.finished()\n"
        "asyncio.run(main(sys.argv[1]))\n"
    )
    processes = []

    def begin(address: str) -> str:
        command = [sys.executable, "-c", program, address]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=os.getcwd())
        processes.append(process)
        assert process.stdout is not None
        return process.stdout.readline().decode().strip()

    try:
        address = begin("")
        begin(address)
        yield address, processes[0]
    finally:
        for process in reversed(processes):
            process.kill()
            process.communicate()


@in_long_runs
def test_the_command_line(tmp_path: Path) -> None:
    network = save(tmp_path / "net.npz", ([[1, 0], [0, 1], [-1, -1]], [0, 0, 1]), ([[1, 1, 1]], [0]))
    with scheduler() as (address, _):
        result = run("census", network, "--scheduler", address, "--directory", tmp_path / "run")
        assert (result.returncode, result.stderr) == (0, "")
        assert "(3, 9, 7)" in result.stdout
        assert "give one of these" in failure("census", network, "--scheduler", address, "--workers", 2)


def test_a_lost_scheduler_ends_the_run_and_keeps_what_is_there(tmp_path: Path) -> None:
    work, random = Tree(1, seconds=0.01), Random(KILLS)
    for _ in range(max(1, KILLS // 3)):
        with scheduler() as (address, process), distributed.Client(address, timeout=30) as client:
            n = len(files(tmp_path / "run")) if (tmp_path / "run").exists() else 0

            def kill(process: Any = process, enough: int = n + 3) -> None:
                while not (tmp_path / "run" / "tasks").exists() or len(files(tmp_path / "run")) < enough:
                    sleep(0.01)
                sleep(0.2 * random.random())
                process.kill()

            killer = Thread(target=kill)
            killer.start()
            with pytest.raises(tp.StoppedError, match="The cluster is gone"):
                run_on_cluster(work, client, tmp_path / "run")
            killer.join()
            assert len(files(tmp_path / "run")) >= n + 3
    assert run_here(TREE, tmp_path / "run") == TREE.total()
