"""The benchmark of the refinement engine: ``python tests/benchmarks/bench.py [--quick]``, or ``nox -s bench``.

It has seven parts: a *table* of networks with what other programs need for them, *flat* (does the time per cell grow
with the number of cells?), *depth* (does it grow with the number of layers, and how are signs settled?), *torus* (a
deep trained network), *local* (cells around a point, with many inputs), *verify* (properties), and *growth* (the
census of networks with up to ``--largest`` cells).  Counts are checked: one that differs from what is known, or among
our programs, ends the run.  The numbers are written after every network, to ``benchmarks.json`` in a folder, and in the
end as tables (``results.md``) and plots; what the file has of other parts stays, so that parts can be measured one by
one.
"""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click
from networks import DEPTH, FLAT, GROWTH, LOCAL, TABLE, TORUS, VERIFY, Case
from programs import CENSUS, OLD, ONE_CORE, PEERS, RADIUS, TWO_CORES, Answer, Asking, Program, Session, in_turn
from programs import LOCAL as LOCAL_PROGRAMS
from programs import VERIFY as VERIFY_PROGRAM
from report import PARTS, tables, time, write_report
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
OURS = (ONE_CORE, TWO_CORES, OLD)
COUNTED = (*OURS, *CENSUS)

console = Console(width=max(Console().width, 118), highlight=False)


class CountError(Exception):
    """A count differs from what is known."""


@click.command()
@click.option("--quick", is_flag=True, help="Small networks only, in less than two minutes.")
@click.option("--part", "parts", multiple=True, type=click.Choice(tuple(PARTS)), help="Only this part; repeatable.")
@click.option("--peers/--no-peers", default=True, show_default=True, help="Whether to ask programs of others.")
@click.option("--old/--no-old", default=True, show_default=True, help=f"Whether to ask {OLD.name}.")
@click.option("--rounds", type=int, help="How often every program is asked for a network.  [7, quick: 2]")
@click.option("--budget", type=float, help="Seconds for a network, after which no round begins.  [120, quick: 5]")
@click.option("--limit", type=float, help="Seconds for one answer.  [900, quick: 30]")
@click.option("--peer-limit", type=float, help="Seconds for one answer of others.  [60, quick: 10]")
@click.option("--largest", type=int, default=10**7, show_default=True, help="The most cells in the part growth.")
@click.option("--work", type=click.Path(path_type=Path), default=Path(".benchmarks"), show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="The folder for numbers and plots.  [that of --work]")
def main(
    quick: bool,
    parts: tuple[str, ...],
    peers: bool,
    old: bool,
    largest: int,
    work: Path,
    output: Path | None,
    **given: Any,
) -> None:
    """Measure the refinement engine, and other programs beside it."""
    work, output = work.resolve(), (output or work).resolve()
    for folder in (work / "networks", output):
        folder.mkdir(parents=True, exist_ok=True)
    defaults = {"rounds": 2, "budget": 5, "limit": 30, "peer_limit": 10}
    defaults = defaults if quick else {"rounds": 7, "budget": 120, "limit": 900, "peer_limit": 60}
    asking = Asking(turn=0.1 if quick else 0.5, **{key: given[key] or value for key, value in defaults.items()})
    wanted = {OLD: old, **dict.fromkeys((*PEERS, LOCAL_PROGRAMS[1]), peers)}
    numbers = output / "benchmarks.json"
    report = json.loads(numbers.read_text()) if numbers.exists() else {}
    for part in parts or PARTS:
        plan = [(series, case) for series, case in networks(part) if case.quick or not quick]
        if part == "growth":
            plan = [(series, case) for series, case in plan if (case.cells or case.about) <= largest]
        write_networks(work / "networks", [case.name for _, case in plan])
        report[part] = {
            "command": shlex.join(["python", "tests/benchmarks/bench.py", *sys.argv[1:]]),
            "date": datetime.now().astimezone().isoformat(" ", timespec="minutes"),
            "machine": machine(),
            "results": [],
        }
        for result in measured(part, plan, [p for p in programs(part) if wanted.get(p, True)], work, asking):
            report[part]["results"].append(result)
            numbers.write_text(json.dumps(report, indent=1))
        show(part, report[part])
    written = write_report(report, output)
    console.print("Written: " + ", ".join(str(path) for path in (numbers, *written)), soft_wrap=True)


def networks(part: str) -> Iterator[tuple[str, Case]]:
    """The networks of a part, each with the series that it belongs to, from small to large."""
    plain = {"table": TABLE, "torus": TORUS, "local": LOCAL, "verify": VERIFY, "growth": GROWTH}
    if part in plain:
        for case in plain[part]:
            yield f"{case.n_inputs} inputs", case
    else:
        for series, cases in (FLAT if part == "flat" else DEPTH).items():
            for case in cases:
                yield series, case


def programs(part: str) -> tuple[Program, ...]:
    """The programs that are asked in a part."""
    plain = {"table": (*OURS, *PEERS), "flat": (ONE_CORE,), "depth": (ONE_CORE, OLD), "torus": OURS}
    return {**plain, "local": LOCAL_PROGRAMS, "verify": (VERIFY_PROGRAM,), "growth": CENSUS}[part]


def measured(
    part: str, plan: list[tuple[str, Case]], programs: list[Program], work: Path, asking: Asking
) -> Iterator[dict[str, Any]]:
    """Yield the result of every network; a program that was late is not asked for larger ones of the series."""
    late: set[tuple[str, str]] = set()
    for series, case in plan:
        asked = [p for p in programs if p.takes(case) and (p.name, series) not in late]
        if not asked:
            continue
        with console.status(f"{part}: {case.name}"):
            answers = in_turn(asked, case, work, asking)
            if "cells" in answers.get("regioncam", {}):
                with Session(ONE_CORE, replace(case, box=RADIUS), work, asking.limit) as session:
                    answers["regioncam"]["exact"] = session.ask(0)["cells"]
            if case.betti_numbers is not None:
                with Session(ONE_CORE, case, work, asking.limit, ["--surface"]) as session:
                    answers[ONE_CORE.name]["betti_numbers"] = session.ready["betti_numbers"]
        late |= {(name, series) for name, answer in answers.items() if answer.get("words", "").startswith("no answer")}
        check(case, answers)
        told = "; ".join(f"{name}: {a.get('words') or time(a['seconds'])}" for name, a in answers.items())
        console.print(f"{part}, {case.name}: {told}", soft_wrap=True)
        yield {"series": series, "name": case.name, "box": case.box, "answers": answers}


def write_networks(folder: Path, names: list[str]) -> None:
    """Write the networks' archives, in another process, so that this one stays without PyTorch."""
    subprocess.run([sys.executable, str(HERE / "networks.py"), str(folder), *dict.fromkeys(names)], check=True)


def check(case: Case, answers: dict[str, Answer]) -> None:
    """Raise CountError unless our counts are the known ones and agree, and the Euler characteristic is right."""
    ours = {program.name: answers.get(program.name, {}) for program in COUNTED}
    complete = {name: answer for name, answer in ours.items() if "cells" in answer}
    f_vector = next((answer["f_vector"] for answer in complete.values()), None)
    for name, answer in complete.items():
        for what, known, value in (
            ("cells", case.cells, answer["cells"]),
            ("vertices", case.vertices, answer["f_vector"][0]),
            ("directions at infinity", case.at_infinity, answer.get("at_infinity")),
            ("as its f-vector", f_vector, answer["f_vector"]),
            ("as its Euler characteristic", 1 if case.box else (-1) ** case.n_inputs, answer["euler_characteristic"]),
            ("as Betti numbers of its surface", case.betti_numbers, _trimmed(answer.get("betti_numbers"))),
        ):
            if known is not None and value is not None and value != known:
                raise CountError(f"{case.name} has {known} {what}; {name} says {value}.")


def _trimmed(betti_numbers: list[int] | None) -> tuple[int, ...] | None:
    """Betti numbers up to the last that is not zero."""
    if betti_numbers is None:
        return None
    return tuple(betti_numbers[: max((i + 1 for i, b in enumerate(betti_numbers) if b), default=0)])


def machine() -> dict[str, str]:
    """What the numbers depend on."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    git = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    commit = subprocess.run(git, cwd=HERE, capture_output=True, text=True).stdout.strip()
    return {
        "processor": f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "software": f"Python {platform.python_version()}, {', '.join(filter(None, map(_package, PACKAGES)))}",
        "commit": commit,
        "load": f"{os.getloadavg()[0]:.1f}",
    }


PACKAGES = ("troppoly", "numpy", "numba", "gmpy2", "python-flint")


def _package(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return ""


def show(part: str, record: dict[str, Any]) -> None:
    """Print the tables of a part."""
    for table in tables(part, record["results"]):
        shown = Table(title=table.title, caption=table.note)
        for i, heading in enumerate(table.headings):
            shown.add_column(heading, justify="right" if i else "left", no_wrap=not i)
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)


if __name__ == "__main__":
    try:
        main.main(standalone_mode=False)
    except CountError as error:
        console.print(f"A count is wrong: {error}", style="bold red")
        sys.exit(1)
