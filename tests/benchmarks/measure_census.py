"""Answer for troppoly: the census of one network, when asked (``answers``).

``measure_census.py NETWORK.npz [--box R] [--workers N]``.  The memory is the most that this process and those that it
starts have had together.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Event, Thread
from typing import Any

from answers import answer
from measure import warm_up

from troppoly.counting import Census, census
from troppoly.network import load_network

SAMPLING = 0.1
"""Seconds between two looks at the memory."""


def resident_bytes() -> int:
    """The memory of this process and its children, where /proc tells it; else 0."""
    children = (pid for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split())
    return sum(_resident_bytes(pid) for pid in ("self", *children))


def _resident_bytes(pid: str) -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):  # it has ended
        return 0


@contextmanager
def watched(peak: list[int]) -> Iterator[None]:
    """Raise the number to the most memory that there is meanwhile."""
    over = Event()

    def watch() -> None:
        while not over.wait(SAMPLING):
            peak[0] = max(peak[0], resident_bytes())

    thread = Thread(target=watch, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("network")
    parser.add_argument("--box", type=int)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    network, peak = load_network(arguments.network), [0]
    domain = None if arguments.box is None else [(-arguments.box, arguments.box)] * network.n_inputs

    def count() -> Census:
        with watched(peak):
            return census(network, domain, workers=arguments.workers)

    def facts(found: Census) -> dict[str, Any]:
        return {
            "cells": found.n_cells,
            "f_vector": found.f_vector,
            "euler_characteristic": found.euler_characteristic,
            "parts": found.n_parts,
            "signs": asdict(found.certificate),
            "peak_bytes": peak[0],
        }

    answer({"warm_up_seconds": warm_up(network.n_inputs, arguments.box, 1)}, count, facts)
