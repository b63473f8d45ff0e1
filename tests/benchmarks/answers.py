"""How a program that is measured answers, in a process of its own: lines of JSON, one for every question.

The first line says that it is ready.  Then every line that is read holds a number of seconds: the program computes
until these are over, at least once, and writes what it found and the least times, wall and processor.  So programs
can take turns, and what they import or compile is not measured.  Nothing but Python is imported.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["answer", "peak_bytes"]


def cpu_seconds() -> float:
    """The processor time of this process, and of those that it started and that have ended."""
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def peak_bytes(forget: bool = False) -> int:
    """The most memory that this process has had; with ``forget`` what it has now, and the peak is counted anew.

    On Linux ru_maxrss counts also what the process was before it became this program, so it is not used there.
    """
    status = Path("/proc/self/status")
    if status.exists():
        if forget:
            Path("/proc/self/clear_refs").write_text("5")
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return 1024 * int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def answer(ready: dict[str, Any], compute: Callable[[], Any], facts: Callable[[Any], dict[str, Any]]) -> None:
    """Write that the program is ready, and answer until nothing more is asked; the facts are of the first result."""
    _write(ready | {"start_bytes": peak_bytes(forget=True)})
    found: dict[str, Any] = {}
    for line in sys.stdin:
        wall: list[float] = []
        cpu: list[float] = []
        while not wall or sum(wall) < float(line):
            begun = time.perf_counter(), cpu_seconds()
            result = compute()
            wall.append(time.perf_counter() - begun[0])
            cpu.append(cpu_seconds() - begun[1])
            found = found or {"peak_bytes": peak_bytes()} | facts(result)
            del result
        _write(found | {"seconds": min(wall), "cpu_seconds": min(cpu), "runs": len(wall)})


def _write(values: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()
