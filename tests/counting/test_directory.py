"""The directory of a run: whatever happens to it, the census is the same in the end."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from time import sleep

import pytest

import troppoly as tp
from tests.counting.trees import Tree, run_here
from troppoly.counting.directory import RunDirectory
from troppoly.counting.processes import Processes
from troppoly.counting.running import results

TREE = Tree(1)
KILLS = int(os.environ.get("RUN_KILLS", "1"))
"""How often a process is killed in one test; the session ``runs`` of nox has 20."""

in_long_runs = pytest.mark.skipif(KILLS < 20, reason="takes seconds: the session runs of nox has it")


def files(folder: Path) -> list[Path]:
    return sorted((folder / "tasks").iterdir())


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "run"
    assert run_here(TREE, folder) == TREE.total()
    return folder


@pytest.fixture
def finished(model: Path, tmp_path: Path) -> Path:
    """The directory of a run, copied: files that are forced to the disk take their time."""
    return Path(shutil.copytree(model, tmp_path / "run"))


def test_files_are_one_for_a_task_and_say_what_is_left(finished: Path) -> None:
    assert sorted(os.listdir(finished)) == ["claims", "manifest.json", "tasks"]
    assert os.listdir(finished / "claims") == []
    directory, left, seen = RunDirectory(finished, TREE), [()], set()
    while left:
        result = directory.read(left.pop())
        left += result.children
        seen.add("".join(map(str, result.path)) or "root")
    assert seen == {file.stem for file in files(finished)}


def test_what_is_finished_is_not_done_again(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tree, "run", None)
    assert run_here(TREE, finished) == TREE.total()


@pytest.mark.parametrize("n", [0, 1, 10, 40])
def test_what_is_missing_is_done_and_nothing_else(n: int, finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in Random(n).sample(files(finished), n):
        file.unlink()
    done, run = [], Tree.run
    monkeypatch.setattr(Tree, "run", lambda *arguments: (done.append(arguments[1]), run(*arguments))[1])
    assert run_here(TREE, finished) == TREE.total()
    assert len(set(done)) == len(done) == n


def damage(file: Path, random: Random) -> str:
    content, kind = bytearray(file.read_bytes()), random.randrange(6)
    place = random.randrange(len(content))
    if kind == 0:
        del content[place:]
    elif kind < 4:
        content[place] ^= 1 << random.randrange(8)
    elif kind == 4:
        content[place : place + 20] = random.randbytes(20)
    else:
        content = bytearray(random.choice(files(file.parent.parent)).read_bytes())
    file.write_bytes(content)
    return f"{file.name} {kind} {place}"


@pytest.mark.parametrize("seed", range(8))
def test_damaged_files_are_found(seed: int, finished: Path, caplog: pytest.LogCaptureFixture) -> None:
    before, random = {file: file.read_bytes() for file in files(finished)}, Random(seed)
    said = [damage(file, random) for file in random.sample(files(finished), 12)]
    changed = {file.name for file in before if file.read_bytes() != before[file]}
    with caplog.at_level(logging.WARNING):
        assert run_here(TREE, finished) == TREE.total(), said
    told = {name for name in changed if any(f"/{name} " in record.getMessage() for record in caplog.records)}
    assert {file.name for file in before if file.read_bytes() != before[file]} == changed - told  # read all the same
    assert len(caplog.records) == len(told)
    assert len(told) > len(changed) // 2


def test_a_result_of_another_run_is_damage(finished: Path, tmp_path: Path) -> None:
    other = Tree(2)
    assert run_here(other, tmp_path / "other") == other.total()
    for file in files(tmp_path / "other"):
        if (finished / "tasks" / file.name).exists():
            (finished / "tasks" / file.name).write_bytes(file.read_bytes())
    assert run_here(TREE, finished) == TREE.total()


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        (Tree(2), "network, seed: 1 there, 2 here"),
        (Tree(1, depth=9), "network, layers, 0, 0: 8 there, 9 here"),
        (Tree(1, parts=4), "parts_per_task: 3 there, 4 here"),
    ],
)
def test_another_run_is_refused_with_the_difference(other: Tree, difference: str, finished: Path) -> None:
    before = {file: file.read_bytes() for file in files(finished)}
    with pytest.raises(tp.InputError, match=f"belongs to another run, which differs in its {difference}"):
        run_here(other, finished)
    assert before == {file: file.read_bytes() for file in files(finished)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[:-30], "not JSON, or it is damaged"),
        (lambda text: text.replace("[8,", "[9,"), "digest is not that"),
        (lambda text: "[]", "not the manifest of a census"),
        (lambda text: text.replace('"version":1', '"version":2'), "differs in its version: 2 there, 1 here"),
        (lambda text: json.dumps(json.loads(text) | {"format": "x"}), "not the manifest"),
    ],
)
def test_a_changed_manifest_is_refused(change: object, said: str, finished: Path) -> None:
    manifest = finished / "manifest.json"
    manifest.write_text(change(manifest.read_text()))  # type: ignore[operator]
    with pytest.raises(tp.InputError, match=said) as caught:
        run_here(TREE, finished)
    assert str(manifest) in str(caught.value)


def test_folders_of_something_else_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(tp.InputError, match=r"thesis\.tex.*no manifest"):
        RunDirectory(tmp_path, TREE)
    assert os.listdir(tmp_path) == ["thesis.tex"]
    for name in ("thesis.tex", "no/folder"):
        with pytest.raises(tp.InputError, match=name):
            RunDirectory(tmp_path / name, TREE)


@pytest.mark.parametrize("kind", ["folder", "folder with a file", "pipe", "dangling link", "link to itself"])
def test_what_is_no_file_is_named_before_anything_is_done(
    kind: str, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = files(finished)[-3]
    file.unlink()
    if kind.startswith("folder"):
        file.mkdir()
        if kind != "folder":
            (file / "thesis.tex").write_text("")
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to(file.name if "itself" in kind else "/no/such/file")
    with monkeypatch.context() as patch:
        patch.setattr(Tree, "run", None)
        with pytest.raises(tp.StoppedError, match=f"{file}: This is .*Remove it; then the same call goes on"):
            run_here(TREE, finished)
    if kind.startswith("folder"):
        shutil.rmtree(file)
    else:
        file.unlink()
    assert run_here(TREE, finished) == TREE.total()


def test_a_file_that_cannot_be_read(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    directory = RunDirectory(finished, TREE)  # type: ignore[arg-type]
    monkeypatch.setattr("troppoly.counting.directory.content_of", forbidden)
    with pytest.raises(tp.StoppedError, match=r"root\.npz: Permission denied\. Remove it"):
        directory.read(())


def test_links_to_files_of_tasks(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = files(finished)[-3]
    file.rename(tmp_path / "elsewhere.npz")
    file.symlink_to(tmp_path / "elsewhere.npz")
    monkeypatch.setattr(Tree, "run", None)
    assert run_here(TREE, finished) == TREE.total()


def test_what_killed_processes_left_behind_is_removed(finished: Path) -> None:
    old, new = (finished / "tasks" / f".troppoly-{name}" for name in ("old", "new"))
    for file in (old, new):
        file.write_text("half")
    os.utime(old, (0, 0))
    assert run_here(TREE, finished) == TREE.total()
    assert not old.exists()
    assert new.exists()  # perhaps another process writes it


def test_long_paths_have_short_names(tmp_path: Path) -> None:
    deep = Tree(1)
    directory = RunDirectory(tmp_path / "run", deep)  # type: ignore[arg-type]
    paths = [(1, 2) * 200, (2, 1) * 200]
    for path in paths:
        directory.write(deep.run(path))
    assert [directory.read(path).path for path in paths] == paths  # type: ignore[union-attr]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_disk_ends_the_run_and_keeps_what_is_there(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, left = os.fsync, [20]

    def full(descriptor: int) -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise OSError(code, os.strerror(code))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(tp.StoppedError, match=r"keeps [0-9]+ finished tasks; the same call goes on"):
        run_here(TREE, tmp_path / "run")
    monkeypatch.undo()
    whole = files(tmp_path / "run")
    assert 5 < len(whole) < 20
    assert all(RunDirectory(tmp_path / "run", TREE).read(path) for path in map(path_of, whole))  # type: ignore[arg-type]
    assert run_here(TREE, tmp_path / "run") == TREE.total()


def path_of(file: Path) -> tuple[int, ...]:
    return () if file.stem == "root" else tuple(map(int, file.stem))


def test_a_disk_without_room_for_one_file(tmp_path: Path) -> None:
    RunDirectory(tmp_path / "run", TREE)  # type: ignore[arg-type]
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limit[1]))
    try:
        with pytest.raises(tp.StoppedError, match=r"root\.npz: File too large\. The directory keeps 0 finished tasks"):
            run_here(TREE, tmp_path / "run")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert files(tmp_path / "run") == []
    assert run_here(TREE, tmp_path / "run") == TREE.total()


def start(folder: Path, seed: int, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.counting.trees", str(folder), str(seed), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_killed_at_random_moments(tmp_path: Path) -> None:
    random, folder = Random(KILLS), tmp_path / "run"
    for _ in range(KILLS):
        process, n = start(folder, 1, 0.05), len(files(folder)) if folder.exists() else 0
        while process.poll() is None and not ((folder / "tasks").exists() and len(files(folder)) > n):
            sleep(0.01)
        sleep(0.05 * random.random())  # a task takes as long
        process.kill()
        process.communicate()
    assert len(files(folder)) < 61
    assert run_here(TREE, folder) == TREE.total()


def test_two_processes_at_once(tmp_path: Path) -> None:
    process = start(tmp_path / "run", 1, 0.01)
    while not (tmp_path / "run" / "tasks").exists() or not files(tmp_path / "run"):
        sleep(0.01)
    assert run_here(Tree(1, seconds=0.01), tmp_path / "run") == TREE.total()
    assert process.communicate()[0] == "{} {}\n".format(*TREE.total())
    assert os.listdir(tmp_path / "run" / "claims") == []


def test_claims_choose_but_do_not_block(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first, second = (RunDirectory(folder, TREE) for _ in range(2))  # type: ignore[arg-type]
    assert first.claim((1,))
    assert not second.claim((1,))
    first.release((1,))
    assert second.claim((1,))
    second.close()
    assert first.claim(())  # and is stuck with it for ever
    assert run_here(TREE, folder) == TREE.total()


def test_file_systems_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*arguments: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert run_here(TREE, tmp_path / "run") == TREE.total()


def test_two_runs_of_one_process_share_the_tasks(tmp_path: Path) -> None:
    work = Tree(1, seconds=0.001)
    first, second = (
        results(Processes(work, 1, 1.0), RunDirectory(tmp_path / "run", work))  # type: ignore[arg-type]
        for _ in range(2)
    )
    found = [], []
    for one, other in zip(first, second, strict=True):
        found[0].append(one)
        found[1].append(other)
    assert sum(result.cells for result in found[0]) == sum(result.cells for result in found[1]) == TREE.total()[1]


def test_an_interruption_keeps_what_is_finished(tmp_path: Path) -> None:
    process = start(tmp_path / "run", 1, 0.02)
    while not (tmp_path / "run" / "tasks").exists() or len(files(tmp_path / "run")) < 3:
        sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == -signal.SIGINT
    assert run_here(TREE, tmp_path / "run") == TREE.total()
