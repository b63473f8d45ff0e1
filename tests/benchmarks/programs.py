"""The programs that are measured, troppoly, its commit 0878852 and peers on PyPI: their environments and turns.

Each runs in a process of its own, with one BLAS thread (see ``answers``).  On one network they are asked in turn, round
after round, and the least times count, so that what else the machine does in the meantime meets all of them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

from networks import Case

__all__ = [
    "CENSUS",
    "COMMIT",
    "LOCAL",
    "OLD",
    "ONE_CORE",
    "PEERS",
    "RADIUS",
    "TWO_CORES",
    "Asking",
    "Program",
    "Session",
    "in_turn",
]

HERE = Path(__file__).parent
COMMIT = "0878852"
RADIUS = 1000
"""Half the side of the square that regioncam looks at."""
READY = 300.0
"""Seconds in which a program must be ready."""
THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")

Answer = dict[str, Any]
"""The numbers of a program, or {"words": why there are none}."""


@dataclass(frozen=True)
class Program:
    """A program, and the networks that it is asked for; ``requirements`` are installed from PyPI."""

    name: str
    script: str = "measure.py"
    requirements: tuple[str, ...] = ()
    commit: str = ""
    computes: str = ""
    workers: int = 1
    takes: Callable[[Case], bool] = lambda case: True

    def arguments(self, case: Case) -> list[str]:
        """What the script is told beside the archive of the network."""
        if self.requirements:
            return [str(RADIUS)]
        box = [] if case.box is None else ["--box", str(case.box)]
        return ["--workers", str(self.workers), *box]

    def environment(self, folder: Path) -> tuple[Path, dict[str, str]]:
        """Return the Python that runs the script, and its variables; raises ProgramError if there is none.

        A peer has a virtual environment in the folder.  The commit has its sources there, in front of the packages of
        this environment, which has all that it needs.
        """
        variables = os.environ | THREADS | {"NUMBA_NUM_THREADS": str(self.workers)}
        if self.commit:
            return Path(sys.executable), variables | {"PYTHONPATH": str(_sources(self.commit, folder))}
        if self.requirements:
            return _installed(self.requirements, folder), variables
        return Path(sys.executable), variables


ONE_CORE = Program("troppoly")
TWO_CORES = Program("troppoly, two cores", workers=2)
CENSUS = (
    Program("census, one worker", "measure_census.py", takes=lambda case: (case.cells or case.about) <= 5 * 10**7),
    Program("census, two workers", "measure_census.py", workers=2),
)
OLD = Program(f"commit {COMMIT}", commit=COMMIT)
PEERS = (
    Program(
        "regioncam",
        "peer_regioncam.py",
        ("regioncam==0.5.2",),
        computes=f"the polygons in the square [-{RADIUS}, {RADIUS}]^2, in single precision, without certificates; "
        "compiled (Rust), two inputs only",
        takes=lambda case: case.n_inputs == 2 and case.box is None,
    ),
    Program(
        "relucent",
        "peer_relucent.py",
        ("relucent==1.0.0", "torch==2.13.0"),
        computes="the cells, walked through from neighbor to neighbor with linear programs in floating point inside a "
        "large box; in general position only; by default with one process for every core",
        takes=lambda case: not case.is_arrangement and case.box is None,
    ),
)

VERIFY = Program("troppoly, verify", "measure_verify.py")

LOCAL = (
    Program("troppoly, local", "measure_local.py"),
    Program("relucent, local", "peer_relucent_local.py", ("relucent==1.0.0", "torch==2.13.0")),
)


class ProgramError(Exception):
    """A program cannot be installed, fails, or takes longer than its limit; the message says which."""


def _sources(commit: str, folder: Path) -> Path:
    """The package troppoly of a commit, by git."""
    path = folder / commit
    if not path.exists():
        found = subprocess.run(["git", "archive", commit, "troppoly"], cwd=HERE.parents[1], capture_output=True)
        if found.returncode:
            raise ProgramError(f"not in this repository: {_last_line(found.stderr.decode())}")
        path.mkdir(parents=True)
        subprocess.run(["tar", "-x", "-C", str(path)], input=found.stdout, check=True)
    return path


def _installed(requirements: tuple[str, ...], folder: Path) -> Path:
    """The Python of a virtual environment with some packages, made if it is missing."""
    path = folder / "-".join(requirements).replace("==", "-")
    if not path.exists():
        venv.create(path, with_pip=True)
        command = [str(path / "bin" / "python"), "-m", "pip", "install", "--quiet", *requirements]
        installed = subprocess.run(command, capture_output=True, text=True)
        if installed.returncode:
            shutil.rmtree(path)
            raise ProgramError(f"cannot be installed: {_last_line(installed.stderr)}")
    return path / "bin" / "python"


class Session:
    """A running program; a context that ends it."""

    def __init__(self, program: Program, case: Case, work: Path, limit: float, options: Iterable[str] = ()) -> None:
        python, variables = program.environment(work / "environments")
        archive = work / "networks" / f"{case.name}.npz"
        self.limit = READY
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            [str(python), str(HERE / program.script), str(archive), *program.arguments(case), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=variables,
            start_new_session=True,
        )
        try:
            self.ready = self._read()
            self.limit = limit
            package = self.ready.pop("package", "")
            if program.commit and not package.startswith(variables["PYTHONPATH"]):
                raise ProgramError(f"is not what runs: {package}")
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            if stream is not None and not stream.closed:
                with suppress(BrokenPipeError):
                    stream.close()

    def ask(self, seconds: float) -> Answer:
        """Return the answer of a turn of at least so many seconds."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # then nothing can be read, and the errors say why
            self.process.stdin.write(f"{seconds}\n")
            self.process.stdin.flush()
        return self._read()

    def _read(self) -> Answer:
        assert self.process.stdout is not None
        late: list[bool] = []

        def stop() -> None:
            late.append(True)
            os.killpg(self.process.pid, signal.SIGKILL)

        timer = Timer(self.limit, stop)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        if late:
            raise ProgramError(f"no answer in {self.limit:.0f} s")
        if not line:
            self.process.wait()
            self.errors.seek(0)
            raise ProgramError(_last_line(self.errors.read()))
        answer: Answer = json.loads(line)
        return answer


@dataclass(frozen=True)
class Asking:
    """How programs are asked: turns of so many seconds, rounds, at most so long for a network, and for an answer."""

    turn: float
    rounds: int
    budget: float
    limit: float
    peer_limit: float

    def of(self, program: Program) -> float:
        """The limit for an answer of a program."""
        return self.peer_limit if program.requirements else self.limit


def in_turn(programs: Iterable[Program], case: Case, work: Path, asking: Asking) -> dict[str, Answer]:
    """Return the answers of programs that are asked for a network in turn."""
    answers: dict[str, Answer] = {}
    begun = time.monotonic()
    with ExitStack() as stack:
        sessions: dict[str, Session] = {}
        for program in programs:
            try:
                sessions[program.name] = stack.enter_context(Session(program, case, work, asking.of(program)))
            except ProgramError as error:
                answers[program.name] = {"words": str(error)}
        for done in range(asking.rounds):
            for name, session in list(sessions.items()):
                if done and time.monotonic() - begun > asking.budget:
                    break
                try:
                    answer = session.ask(asking.turn)
                except ProgramError as error:
                    answers[name] = {"words": str(error)}
                    del sessions[name]
                    continue
                best = answers.setdefault(name, session.ready | answer | {"runs": 0})
                for key in ("seconds", "cpu_seconds"):
                    best[key] = min(best[key], answer[key])
                best["runs"] += answer["runs"]
    return answers


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "ended without a word"
