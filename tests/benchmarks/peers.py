"""The floating-point peers on PyPI: their environments, and their answers within a time limit."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from networks import Case

__all__ = ["PEERS", "RADIUS", "Peer", "PeerAnswer", "ask"]

HERE = Path(__file__).parent
RADIUS = 1000
"""Half the side of the square that regioncam looks at."""


@dataclass(frozen=True)
class Peer:
    """A package, what it computes, and the networks that it is asked for."""

    name: str
    requirement: str
    computes: str
    arguments: tuple[str, ...]
    box: int | None
    takes: Callable[[Case], bool]


PEERS = (
    Peer(
        "relucent",
        "relucent==1.0.0",
        "the cells, walked through from neighbor to neighbor with linear programs in floating point "
        "inside a large box; in general position only; by default with one process for every core, and "
        "a verification at the end",
        (),
        None,
        lambda case: not case.name.startswith("threshold"),
    ),
    Peer(
        "regioncam",
        "regioncam==0.5.2",
        f"the polygons in the square [-{RADIUS}, {RADIUS}]^2, in single precision, without certificates; "
        "compiled (Rust), two inputs only; its count is compared with the exact one of that square",
        (str(RADIUS),),
        RADIUS,
        lambda case: case.n_inputs == 2,
    ),
)


@dataclass(frozen=True)
class PeerAnswer:
    """What a peer answered: its numbers, or in words why there are none."""

    cells: int | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    timed_out: bool = False
    words: str = ""


def environment(peer: Peer, folder: Path) -> Path | str:
    """Return the Python of the peer's virtual environment, made if it is missing, or why there is none."""
    path = folder / peer.name
    python = path / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    done = path / "installed"
    if not done.exists() or done.read_text() != peer.requirement:
        venv.create(path, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "torch==2.13.0", peer.requirement]
        installed = subprocess.run(command, capture_output=True, text=True)
        if installed.returncode:
            return f"cannot be installed: {_last_line(installed.stderr)}"
        done.write_text(peer.requirement)
    return python


def ask(peer: Peer, python: Path, case: Case, limit: float, threads: dict[str, str]) -> PeerAnswer:
    """Return the peer's answer for a network, or in words that it failed or took longer than the limit."""
    command = [str(python), str(HERE / f"peer_{peer.name}.py"), case.name, *peer.arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, env=threads)
    except subprocess.TimeoutExpired:
        return PeerAnswer(timed_out=True, words=f"no answer in {limit:.0f} s")
    if done.returncode:
        return PeerAnswer(words=f"fails: {_last_line(done.stderr)}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    words = "" if found.get("complete", True) else "says that it is incomplete"
    return PeerAnswer(found["cells"], found["seconds"], found["cpu_seconds"], words=words)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("WARNING")]
    return lines[-1].strip() if lines else "without a word"
