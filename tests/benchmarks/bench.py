"""The benchmark of the refinement engine: ``python tests/benchmarks/bench.py [--quick]``, or ``nox -s bench``.

Every network is measured in a process of its own, with one BLAS thread, and its published counts are checked: a count
that differs ends the run with an error.  Rates are cells per second of processor time, over all processes of a program;
on an idle machine that is the time which passes for a program that has only one.  The peers answer in the same run,
each in a virtual environment of its own.  The tables are printed, and written with the plot to a folder.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from growth import plot_growth
from networks import CASES, GROWTH, QUICK_GROWTH, Case
from peers import PEERS, Peer, PeerAnswer, ask, environment
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
ENVIRONMENT = os.environ | THREADS

console = Console(width=max(Console().width, 118))


class CountError(Exception):
    """A count differs from the published one."""


@click.command()
@click.option("--quick", is_flag=True, help="Small networks only, the peers for 20 seconds at most, to 10^5 cells.")
@click.option("--peers/--no-peers", default=True, help="Whether to ask the peers.")
@click.option("--limit", type=float, help="The peers' time limit for a network, in seconds. [120, quick: 20]")
@click.option("--output", type=click.Path(path_type=Path), default=Path(".benchmarks"), show_default=True)
def main(quick: bool, peers: bool, limit: float | None, output: Path) -> None:
    """Measure the refinement engine, and its peers beside it."""
    output.mkdir(parents=True, exist_ok=True)
    cases = [case for case in CASES if case.quick or not quick]
    families = QUICK_GROWTH if quick else GROWTH
    limit = limit or (20.0 if quick else 120.0)
    machine = describe_machine()
    for line in machine.values():
        console.print(line, highlight=False)
    write_networks(output, {case.name for case in cases} | {n for names in families.values() for n in names})

    results = {}
    table = engine_table()
    for case in cases:
        with console.status(case.name):
            results[case.name] = measure(output, case.name, 0.5 if quick else 3.0)
        check(case, results[case.name])
        table.add_row(*engine_row(case, results[case.name]))
    console.print(table)
    busy = max(found["seconds"] / found["cpu_seconds"] for found in results.values())
    if busy > 1.2:
        console.print(f"The machine was busy: there passed up to {busy:.1f} times the CPU seconds that were used.")

    answers: dict[str, dict[str, Any]] = {}
    if peers:
        table = peer_table()
        for peer in PEERS:
            answers[peer.name] = compare(peer, cases, results, output, limit, table)
        console.print(table)
        for peer in PEERS:
            console.print(f"{peer.requirement} computes {peer.computes}.", highlight=False)

    growth = {}
    for family, names in families.items():
        with console.status(family):
            growth[family] = [measure(output, name, 0.5 if quick else 3.0) for name in names]
    picture = output / "cost-per-cell.png"
    plot_growth(growth, f"{machine['processor']}; {machine['software']}", picture)
    console.print(growth_table(growth))

    report = {"machine": machine, "engine": results, "peers": answers, "growth": growth}
    numbers = output / "benchmarks.json"
    numbers.write_text(json.dumps(report, indent=1))
    console.print(f"Written: {numbers} and {picture}", highlight=False)


def describe_machine() -> dict[str, str]:
    """The lines of the header."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    kernel = os.environ.get("OPENBLAS_CORETYPE")
    packages = ", ".join(f"{name} {version(name)}" for name in ("troppoly", "numpy", "gmpy2"))
    return {
        "processor": f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "software": f"Python {platform.python_version()}, {packages}",
        "threads": "One process, one BLAS thread" + (f" (OPENBLAS_CORETYPE={kernel})" if kernel else ""),
        "load": f"Load average at the start: {os.getloadavg()[0]:.1f}",
    }


def write_networks(output: Path, names: set[str]) -> None:
    """Write the networks' archives, in another process: this one stays small, and what it holds would
    count in the peak of the processes that it starts."""
    subprocess.run([sys.executable, str(HERE / "networks.py"), str(output), *sorted(names)], check=True)


def measure(output: Path, name: str, seconds: float, box: int | None = None) -> dict[str, Any]:
    """Return what measure.py finds."""
    command = [sys.executable, str(HERE / "measure.py"), str(output / f"{name}.npz"), "--seconds", str(seconds)]
    command += [] if box is None else ["--box", str(box)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=ENVIRONMENT)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def check(case: Case, found: dict[str, Any]) -> None:
    """Raise CountError unless the counts are the published ones and the Euler characteristic is (-1)^d."""
    for what, expected, value in (
        ("cells", case.cells, found["cells"]),
        ("vertices", case.vertices, found["f_vector"][0]),
        ("directions at infinity", case.at_infinity, found["at_infinity"]),
        ("as its Euler characteristic", (-1) ** case.n_inputs, found["euler_characteristic"]),
    ):
        if expected is not None and value != expected:
            raise CountError(f"{case.name} has {expected} {what}; troppoly says {value}.")


def engine_table() -> Table:
    table = Table(title="Canonical complexes over all of R^d, exact; the least of several times")
    table.add_column("network")
    for heading in (
        "cells",
        "vertices",
        "faces",
        "seconds",
        "CPU s",
        "cells/CPU s",
        "bytes/cell",
        "peak MB",
        "published",
    ):
        table.add_column(heading, justify="right")
    return table


def engine_row(case: Case, found: dict[str, Any]) -> tuple[str, ...]:
    cells = found["cells"]
    return (
        case.name,
        f"{cells:,}",
        f"{found['f_vector'][0]:,}",
        f"{sum(found['f_vector']):,}",
        f"{found['seconds']:.3f}",
        f"{found['cpu_seconds']:.3f}",
        f"{cells / found['cpu_seconds']:,.0f}",
        f"{found['held_bytes'] / cells:,.0f}",
        f"{found['peak_bytes'] / 1e6:,.0f} ({found['start_bytes'] / 1e6:,.0f})",
        "agrees" if case.cells is not None else "-",
    )


def peer_table() -> Table:
    table = Table(title="Peers in floating point, in the same run")
    for heading in ("network", "peer"):
        table.add_column(heading)
    for heading in ("cells", "exact count", "seconds", "CPU s", "cells/CPU s", "troppoly's ÷ peer's"):
        table.add_column(heading, justify="right")
    table.add_column("remarks")
    return table


def compare(
    peer: Peer, cases: list[Case], results: dict[str, Any], output: Path, limit: float, table: Table
) -> dict[str, Any]:
    """Ask a peer for the networks that it takes, in order of size; add rows to the table, return the answers."""
    with console.status(f"the environment of {peer.name}"):
        python = environment(peer, output / "environments")
    if isinstance(python, str):
        table.add_row("all", peer.name, *[""] * 6, python)
        return {"all": {"words": python}}
    answers: dict[str, Any] = {}
    for case in sorted(filter(peer.takes, cases), key=lambda case: int(results[case.name]["cells"])):
        mine = results[case.name]
        if peer.box is not None:
            mine = measure(output, case.name, 0.5, peer.box)
        with console.status(f"{peer.name}, {case.name}"):
            answer = ask(peer, python, case, limit, ENVIRONMENT)
        answers[case.name] = {"troppoly": mine, "peer": asdict(answer)}
        table.add_row(*peer_row(peer, case, mine, answer))
        if answer.timed_out:
            table.add_row("larger ones", peer.name, *[""] * 6, "not asked")
            break
    return answers


def peer_row(peer: Peer, case: Case, mine: dict[str, Any], answer: PeerAnswer) -> tuple[str, ...]:
    exact = f"{mine['cells']:,}"
    if answer.cells is None:
        return case.name, peer.name, "", exact, *[""] * 4, answer.words
    rate = answer.cells / answer.cpu_seconds
    remarks = ["count agrees" if answer.cells == mine["cells"] else "COUNT DIFFERS", answer.words]
    return (
        case.name,
        peer.name,
        f"{answer.cells:,}",
        exact,
        f"{answer.seconds:.4f}",
        f"{answer.cpu_seconds:.4f}",
        f"{rate:,.0f}",
        f"{mine['cells'] / mine['cpu_seconds'] / rate:.3g}",
        ", ".join(filter(None, remarks)),
    )


def growth_table(growth: dict[str, list[dict[str, Any]]]) -> Table:
    table = Table(title="Processor time per cell, in µs (cells)")
    for family in growth:
        table.add_column(family, justify="right")
    for rows in zip(*growth.values(), strict=True):
        table.add_row(*(f"{1e6 * row['cpu_seconds'] / row['cells']:.1f} ({row['cells']:,})" for row in rows))
    return table


if __name__ == "__main__":
    try:
        main.main(standalone_mode=False)
    except CountError as error:
        console.print(f"A count is wrong: {error}", style="bold red")
        sys.exit(1)
