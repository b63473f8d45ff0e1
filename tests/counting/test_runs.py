"""The census of a network in every way to run it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from time import sleep
from typing import Any

import numpy as np
import pytest

import troppoly as tp
from tests.cli.test_command import failure, run, save
from tests.counting.test_directory import KILLS
from troppoly.counting import driver, processes
from troppoly.counting.directory import RunDirectory
from troppoly.counting.measures import MEASURES
from troppoly.counting.work import Work
from troppoly.network import load_network


def random_layers(*widths: int) -> list[tuple[Any, Any]]:
    rng = np.random.default_rng(7)
    return [(rng.normal(size=(m, n)), rng.normal(size=m)) for n, m in pairwise(widths)]


LAYERS = random_layers(2, 12, 12, 1)
NET = tp.Network.from_arrays(*zip(*LAYERS, strict=True))
SMALL: dict[str, Any] = {"part_bytes": 2000, "parts_per_task": 3, "measures": ["linear_regions", "lipschitz"]}


@cache
def expected() -> tp.Census:
    return tp.census(NET, **SMALL)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "run"
    assert tp.census(NET, directory=folder, **SMALL) == expected()
    return folder


@pytest.fixture
def finished(model: Path, tmp_path: Path) -> Path:
    """The directory of a run, copied."""
    return Path(shutil.copytree(model, tmp_path / "run"))


def test_small_parts_are_many() -> None:
    assert expected().n_parts > 20
    assert expected().n_linear_regions == len(tp.linear_regions(NET))


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_on_this_machine(workers: int, tmp_path: Path) -> None:
    assert tp.census(NET, workers=workers, directory=tmp_path / "run", **SMALL) == expected()
    assert tp.census(NET, workers=workers, directory=tmp_path / "run", **SMALL) == expected()


def test_on_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    slots, run_child, done = processes.Processes.slots, processes._Child.run, []

    def when_ready(engine: Any, left: float) -> int:
        n = slots(engine, left)
        while not all(child.ready for child in engine.children):
            sleep(0.01)
        return n

    def counted(child: Any, task: Any, *more: Any) -> Any:
        done.append(task)
        return run_child(child, task, *more)

    monkeypatch.setattr(driver, "_PATIENCE", 0.0)
    monkeypatch.setattr(processes.Processes, "slots", when_ready)
    monkeypatch.setattr(processes._Child, "run", counted)
    assert tp.census(NET, workers=2, **SMALL) == expected()
    assert done


def test_counts_alone_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "_PATIENCE", 0.0)
    monkeypatch.setattr("troppoly.counting.processes._Child", None)
    sizes = {name: SMALL[name] for name in ("part_bytes", "parts_per_task")}
    assert tp.census(NET, workers=2, **sizes).f_vector == expected().f_vector


def test_on_a_cluster(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(2, processes=False, dashboard_address=None, silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert tp.census(NET, client=client, directory=tmp_path / "run", **SMALL) == expected()
        with pytest.raises(tp.InputError, match="give one of these"):
            tp.census(NET, client=client, workers=2)
    assert tp.census(NET, directory=tmp_path / "run", **SMALL) == expected()


def test_half_a_run_is_gone_on_with(finished: Path) -> None:
    for file in sorted((finished / "tasks").iterdir())[::2]:
        file.unlink()
    assert tp.census(NET, directory=finished, **SMALL) == expected()


OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "network": ("network, layers, 0, weight, 0, 0: '[-0-9/.]+' there, '[-0-9/.]+' here", {}),
    "domain": (r"domain: \[\] there, \[.*\] here", {"domain": [(0, 1), (0, 1)]}),
    "measures": (
        r"measures: \['LinearRegions\(\)', 'Lipschitz\(norm=inf\)'\] there, \['Volumes\(bits=10, exact=4096\)'\] here",
        {"measures": ["volumes"]},
    ),
    "parts": ("part_bytes: 2000 there, 3000 here", {"part_bytes": 3000}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_run_is_refused(name: str, finished: Path) -> None:
    said, options = OTHERS[name]
    network = tp.Network.from_arrays(*zip((LAYERS[0][0] + 1, LAYERS[0][1]), *LAYERS[1:], strict=True))
    with pytest.raises(tp.InputError, match=f"belongs to another run, which differs in its {said}"):
        tp.census(network if name == "network" else NET, directory=finished, **SMALL | options)


def test_another_name_of_a_layer_is_the_same_run(finished: Path) -> None:
    assert tp.census(tp.Network(NET.layers, ("a", "b", "c")), directory=finished, **SMALL).f_vector


def test_what_is_refused_makes_no_directory(tmp_path: Path) -> None:
    with pytest.raises(tp.TroppolyError):
        tp.census(NET, [(1, 0), (0, 1)], directory=tmp_path / "run")
    assert os.listdir(tmp_path) == []


def test_killed_at_random_moments(tmp_path: Path) -> None:
    program = (
        "import sys, troppoly as tp\n"
        "from tests.counting.test_runs import NET, SMALL\n"
        "print('begin', flush=True)\n"
        "tp.census(NET, directory=sys.argv[1], **SMALL)\n"
    )
    random, folder = Random(KILLS), tmp_path / "run"
    for _ in range(max(1, KILLS // 3)):
        command = [sys.executable, "-c", program, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            sleep(0.3 * random.random())
            process.kill()
    assert tp.census(NET, directory=folder, **SMALL) == expected()


class TestCommand:
    @pytest.fixture
    def network(self, tmp_path: Path) -> Path:
        return save(tmp_path / "net.npz", *((a.tolist(), b.tolist()) for a, b in LAYERS))

    def test_the_table_and_the_file(self, network: Path, tmp_path: Path) -> None:
        exact = tmp_path / "census.json"
        more = ["--measure", "linear_regions", "--measure", "lipschitz", "--json", exact]
        result = run("census", network, "--workers", 1, *more)
        assert (result.returncode, result.stderr) == (0, "")
        assert re.search(rf"^cells +{expected().n_cells} *$", result.stdout, re.MULTILINE)
        assert re.search(rf"^linear regions +{expected().n_linear_regions} *$", result.stdout, re.MULTILINE)
        found = json.loads(exact.read_text())
        assert tuple(found["f_vector"]) == expected().f_vector
        assert found["lipschitz"]["constant"] == str(expected()["lipschitz"]["constant"])

    @pytest.mark.parametrize("box", ["-1:1/2", "-1:0.5, -1:0.5"])
    def test_a_domain_and_a_directory(self, box: str, network: Path, tmp_path: Path) -> None:
        expected = tp.census(NET, [(-1, "1/2")] * 2)
        for _ in range(2):
            result = run("census", network, "--domain", box, "--directory", tmp_path / "run")
            assert (result.returncode, result.stderr) == (0, "")
            assert f"({', '.join(map(str, expected.f_vector))})" in result.stdout
        assert "run, which differs in its domain" in failure("census", network, "--directory", tmp_path / "run")

    def test_failures(self, network: Path, tmp_path: Path) -> None:
        assert "the names are linear_regions, " in failure("census", network, "--measure", "regions")
        for box in ("1", "0:1,0:1,0:1", "0:1:2", "0:"):
            assert "--domain" in failure("census", network, "--domain", box)
        assert "box without interior" in failure("census", network, "--domain", "1:0")
        assert "thesis" in failure("census", network, "--directory", self.other(tmp_path))
        assert "no scheduler answers" in failure("census", network, "--scheduler", "nonsense")

    def other(self, folder: Path) -> Path:
        (folder / "other").mkdir()
        (folder / "other" / "thesis.tex").touch()
        return folder / "other"

    def test_the_help_names_all_measures(self) -> None:
        text = " ".join(run("census", "--help").stdout.split())
        assert ", ".join(MEASURES) in text

    def test_an_interruption_says_how_to_go_on(self, tmp_path: Path) -> None:
        layers = random_layers(3, 60, 60, 60, 60, 1)  # more than there is time for
        network, folder = save(tmp_path / "large.npz", *((a.tolist(), b.tolist()) for a, b in layers)), tmp_path / "run"
        command = [sys.executable, "-c", "from troppoly.cli import main; main()", "census", str(network)]
        process = subprocess.Popen(
            [*command, "--directory", str(folder)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        while not (folder / "tasks" / "root.npz").exists():
            sleep(0.01)
        sleep(0.2)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, output) == (130, "")
        said = r"troppoly: Interrupted after [0-9,]+ parts with [0-9,]+ cells; the same command goes on from there\.\n"
        assert re.fullmatch(said, errors)
        directory = RunDirectory(folder, Work.of(load_network(network)))  # and it does
        todo, done = [()], 0
        while todo:
            result = directory.read(todo.pop())
            if result is not None:
                todo, done = [*todo, *result.children], done + 1
        assert done == len(list((folder / "tasks").glob("*.npz")))

    def test_an_interruption_of_what_is_not_kept(self, network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(*arguments: Any, progress: Any, **options: Any) -> None:
            progress(3, 1000, 4, 0.5)
            raise KeyboardInterrupt

        monkeypatch.setattr("troppoly.cli.census.census", interrupted)
        monkeypatch.setattr(os, "_exit", sys.exit)
        result = run("census", network)
        said = "troppoly: Interrupted after 3 parts with 1,000 cells; with --directory they would have been kept.\n"
        assert result == (130, "", said)
