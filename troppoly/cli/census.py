"""The command that counts large complexes: its domain, its line of progress, and its table."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

import click
from rich.progress import BarColumn, TextColumn

from troppoly.cli.analysis import load
from troppoly.cli.console import display, heading, show_counts, working
from troppoly.cli.local_geometry import read_box
from troppoly.counting import Census, census
from troppoly.errors import InputError, require
from troppoly.exact.scalar import abbreviated
from troppoly.network import Network
from troppoly.writing import write_text

__all__ = ["report_census"]

SHOWN = 6
"""The most entries of an answer that the table has; --json has them all."""


def report_census(
    path: Path, *, box: str | None, scheduler: str | None, directory: Path | None, json_file: Path | None, **more: Any
) -> None:
    """Count the complex of a network, with the ``measures`` and ``workers`` of a census, and print what there is."""
    network = load(path)
    domain = read_box(box, network.n_inputs)
    meter = Meter()
    try:
        with client_of(scheduler) as client, meter.shown():
            found = census(network, domain, client=client, directory=directory, progress=meter.update, **more)
    except KeyboardInterrupt:
        interrupted(meter, directory)
    show_census(path.name, network, found)
    if json_file is not None:
        with working(f"Writing {json_file.name}"):
            write_text(found.to_json() + "\n", json_file)


@contextmanager
def client_of(address: str | None) -> Iterator[Any]:
    """Give the client of a Dask scheduler, or None; raises InputError if nobody answers there."""
    if address is None:
        yield None
        return
    distributed = require("distributed", extra="distributed")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what is lost is said in a sentence
    try:
        with working(f"Connecting with {address}"):
            client = distributed.Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"--scheduler {address}: no scheduler answers ({error}).") from error
    with client:
        yield client


class Meter:
    """What has been done, how fast, and how long the rest will take if it goes on like this."""

    def __init__(self) -> None:
        self.parts, self.cells = 0, 0
        self._display: Any = None
        self._start: tuple[float, int, float] | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show it on a terminal."""
        text = TextColumn("{task.description}", markup=False)
        with display(text, BarColumn(), TextColumn("{task.fields[said]}")) as self._display:
            self._display.add_task("Counting", total=None, said="")
            yield

    def update(self, parts: int, cells: int, n_open: int, share: float) -> None:
        """Take what a census says of its progress."""
        self.parts, self.cells, now = parts, cells, monotonic()
        if self._start is None:  # what a directory had is not what is done a second
            self._start = now, cells, share
        begun, before, done = self._start
        seconds = now - begun
        said = f"{parts:,} parts, {cells:,} cells"
        if seconds and share > done:
            left = timedelta(seconds=round(seconds * (1 - share) / (share - done)))
            said += f", {(cells - before) / seconds:,.0f} a second, {left} left"
        task = self._display.task_ids[0]
        self._display.update(task, completed=share, total=1.0, said=said)


def interrupted(meter: Meter, directory: Path | None) -> None:
    """Say how to go on, and end at once: a part that is refined at this moment is not waited for."""
    kept = "the same command goes on from there" if directory else "with --directory they would have been kept"
    click.echo(f"troppoly: Interrupted after {meter.parts:,} parts with {meter.cells:,} cells; {kept}.", err=True)
    sys.stdout.flush()
    os._exit(130)


def show_census(name: str, network: Network, found: Census) -> None:
    """Print the table of a census."""
    rows = {
        "cells": f"{found.n_cells:,}",
        "  bounded": f"{found.n_bounded_cells:,}",
        "  unbounded": f"{found.n_unbounded_cells:,}",
        "f-vector": f"({', '.join(map(str, found.f_vector))})",
        "Euler characteristic": f"{found.euler_characteristic}",
        "parts": f"{found.n_parts:,}",
    }
    for measure, answer in found.answers.items():
        entries = answer if isinstance(answer, Mapping) else {"": answer}
        for key, value in entries.items():
            label = key if measure in key else f"{measure} {key}"
            rows[label.replace("_", " ")] = short(value)
    show_counts(rows, heading(name, network))


def short(value: Any) -> str:
    """Return an answer as text that fits into a line."""
    if isinstance(value, int):
        return f"{value:,}"
    if not isinstance(value, (Mapping, tuple, list)):
        return abbreviated(value)
    if isinstance(value, Mapping):
        return listed(f"{key}: {short(entry)}" for key, entry in value.items())
    return f"({listed(map(short, value))})"


def listed(entries: Iterable[str]) -> str:
    """Return the first of some texts, with commas between."""
    first = list(islice(entries, SHOWN + 1))
    return ", ".join([*first[:SHOWN], *["..."] * (len(first) > SHOWN)])
