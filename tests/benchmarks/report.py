"""The numbers of the benchmark as tables and plots: ``python tests/benchmarks/report.py FOLDER``.

It reads ``benchmarks.json`` of a folder and writes the plots there, and ``results.md``: the tables, each with the
command that made it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plots import PLOTS
from programs import CENSUS, LOCAL, OLD, ONE_CORE, PEERS, TWO_CORES, VERIFY

__all__ = ["PARTS", "Table", "tables", "write_report"]

Answer = dict[str, Any]
Result = dict[str, Any]

PARTS = {
    "table": "Networks, and other programs",
    "flat": "Time per cell against cells",
    "depth": "Time per cell against depth",
    "torus": "A deep signed distance",
    "local": "Many inputs, one cell at a time",
    "verify": "Properties",
    "growth": "Censuses, to a hundred million cells",
}


@dataclass(frozen=True)
class Table:
    """A table of text."""

    title: str
    note: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]


def tables(part: str, results: list[Result]) -> list[Table]:
    """The tables of a part."""
    makers: dict[str, tuple[Callable[[list[Result]], Table], ...]] = {
        "table": (_engine, _beside_old, _beside_peers),
        "flat": (_flat,),
        "depth": (_depth,),
        "torus": (_engine, _depth, _beside_old),
        "local": (_local,),
        "verify": (_verify,),
        "growth": (_growth,),
    }
    found = [maker(results) for maker in makers[part]]
    return [table for table in found if table.rows]


def _of(results: Iterable[Result], *names: str) -> Iterable[tuple[Result, list[Answer]]]:
    """The results in which all these programs gave numbers, with their answers."""
    for result in results:
        answers = [result["answers"].get(name, {}) for name in names]
        if all("cells" in answer for answer in answers):
            yield result, answers


def _engine(results: list[Result]) -> Table:
    rows = []
    for result, (one,) in _of(results, ONE_CORE.name):
        cells, two = one["cells"], result["answers"].get(TWO_CORES.name, {})
        rows.append(
            (
                _name(result),
                f"{cells:,}",
                f"{sum(one['f_vector']):,}",
                time(one["seconds"]),
                time(one["cpu_seconds"]),
                time(one["cpu_seconds"] / cells),
                time(two["seconds"]) if "seconds" in two else two.get("words", ""),
                f"{one['seconds'] / two['seconds']:.2f}" if "seconds" in two else "",
                *_memory(one),
            )
        )
    note = "Least times. " + MEMORY
    headings = ("cells", "faces", "time", "CPU", "CPU/cell", "two cores", "gain", "bytes/cell", "peak")
    return Table("troppoly on one core and on two", note, ("network", *headings), rows)


def _flat(results: list[Result]) -> Table:
    first: dict[str, float] = {}
    rows = []
    for result, (answer,) in _of(results, ONE_CORE.name):
        cost = answer["cpu_seconds"] / answer["cells"]
        growth = cost / first.setdefault(result["series"], cost)
        times = time(answer["seconds"]), time(answer["cpu_seconds"]), time(cost), f"{growth:.2f}"
        rows.append((_name(result), f"{answer['cells']:,}", *times, *_memory(answer)))
    note = f"Least times of one core; “growth” is CPU/cell over that of the first row with as many inputs. {MEMORY}"
    headings = ("cells", "time", "CPU", "CPU/cell", "growth", "bytes/cell", "peak")
    return Table("Networks that become wider", note, ("network", *headings), rows)


MEMORY = (
    "“bytes/cell” are those of all arrays of the result, and “peak” is the most memory that the process took more than "
    "before it began, over these."
)


def _memory(answer: Answer) -> tuple[str, str]:
    used, returned = answer["peak_bytes"] - answer["start_bytes"], answer["returned_bytes"]
    return f"{returned / answer['cells']:,.0f}", f"{used / returned:.2f}"


def _beside_old(results: list[Result]) -> Table:
    rows = [
        (
            _name(result),
            f"{new['cells']:,}",
            time(new["seconds"]),
            time(old["seconds"]),
            f"{old['seconds'] / new['seconds']:.2f}",
            time(new["cpu_seconds"]),
            time(old["cpu_seconds"]),
            f"{old['cpu_seconds'] / new['cpu_seconds']:.2f}",
            f"{new['returned_bytes'] / old['returned_bytes']:.2f}",
        )
        for result, (new, old) in _of(results, ONE_CORE.name, OLD.name)
    ]
    note = "Asked in turn, one core.  “gain” is the earlier time over today's; “memory” today's bytes over the earlier."
    headings = ("cells", "time", "earlier", "gain", "CPU", "earlier", "gain", "memory")
    return Table(f"troppoly and its {OLD.name}", note, ("network", *headings), rows)


def _beside_peers(results: list[Result]) -> Table:
    rows = []
    for result, (mine,) in _of(results, ONE_CORE.name):
        for peer in PEERS:
            answer = result["answers"].get(peer.name)
            if answer is None:
                continue
            if "words" in answer:
                rows.append((_name(result), peer.name, f"{mine['cells']:,}", "", answer["words"], *[""] * 5))
                continue
            exact = answer.get("exact", mine["cells"])
            remark = "agrees" if answer["cells"] == exact else "DIFFERS"
            rows.append(
                (
                    _name(result),
                    peer.name,
                    f"{exact:,}",
                    f"{answer['cells']:,}",
                    time(answer["seconds"]),
                    time(mine["seconds"]),
                    f"{answer['seconds'] / mine['seconds']:.3g}",
                    time(answer["cpu_seconds"]),
                    f"{answer['cpu_seconds'] / mine['cpu_seconds']:.3g}",
                    remark + ("" if answer.get("complete", True) else ", says that it is incomplete"),
                )
            )
    note = " ".join(f"{peer.requirements[0]} computes {peer.computes}." for peer in PEERS)
    note += (
        " The count of regioncam is compared with the exact one of its square, troppoly's time is that of the plane."
    )
    headings = ("peer", "cells", "peer's", "time", "troppoly's", "ratio", "peer's CPU", "ratio", "count")
    return Table("troppoly and peers in floating point, in the same run", note, ("network", *headings), rows)


def _depth(results: list[Result]) -> Table:
    found = list(_of(results, ONE_CORE.name))
    stages = tuple(dict.fromkeys(stage for _, (answer,) in found for stage in answer["signs"]))
    first: dict[str, float] = {}
    rows = []
    for result, (answer,) in found:
        cost, old = answer["cpu_seconds"] / answer["cells"], result["answers"].get(OLD.name, {})
        total = sum(answer["signs"].values())
        rows.append(
            (
                _name(result),
                f"{answer['cells']:,}",
                time(cost),
                f"{cost / first.setdefault(result['series'], cost):.2f}",
                time(old["cpu_seconds"] / old["cells"]) if "cells" in old else old.get("words", ""),
                f"{total / answer['cells']:.1f}",
                *(percent(answer["signs"].get(stage, 0) / max(total, 1)) for stage in stages),
            )
        )
    note = "CPU time of one core; “growth” over the first row of the series; the share of signs settled at each stage."
    headings = ("cells", "CPU/cell", "growth", OLD.name, "signs/cell", *(s.replace("_", " ") for s in stages))
    return Table("Cost per cell, and how signs are settled", note, ("network", *headings), rows)


def _local(results: list[Result]) -> Table:
    rows = []
    for result, (mine,) in _of(results, LOCAL[0].name):
        cost, peer = mine["cpu_seconds"] / mine["cells"], result["answers"].get(LOCAL[1].name, {})
        beside = (peer.get("words", ""), "")
        if "cells" in peer:
            theirs = peer["cpu_seconds"] / peer["cells"]
            beside = (time(theirs), f"{theirs / cost:.3g}")
        rows.append(
            (
                _name(result),
                f"{mine['facets']} in {time(mine['facets_seconds'])}",
                f"{mine['pieces']} in {time(mine['segment_seconds'])}",
                f"{mine['found']:,} in {time(mine['seconds'])}",
                str(mine["cells"]),
                time(cost),
                f"{3600 / cost:,.0f}",
                *beside,
            )
        )
    note = (
        "Facets of a cell, with certificates; the pieces of a segment through it; and cells around it. Of those "
        "“expanded” all facets and neighbors were computed, and the CPU time is divided by their number. relucent "
        "expands ten, in floating point inside of a large box, in one process."
    )
    headings = ("facets", "pieces", "cells found", "expanded", "CPU each", "an hour", "relucent's CPU each", "ratio")
    return Table("Cells around a point, one core", note, ("network", *headings), rows)


def _verify(results: list[Result]) -> Table:
    rows = []
    for result, (mine,) in _of(results, VERIFY.name):
        said = (mine["verdicts"].count(status) for status in ("holds", "violated"))
        counts = mine["parts"], *(mine["programs"].get(kind, 0) for kind in ("floats", "exact"))
        numbers = (f"{n:,}" for n in (*said, *counts))
        rows.append((result["name"], str(result["box"]), *numbers, time(mine["cpu_seconds"])))
    note = (
        "Five properties, “output j is nowhere at least as great as all others”, in a cube around a point, decided "
        "one after another: how many hold, with the parts of the cube that prove it, and how many are violated, at an "
        "exact point. Linear programs in floats only propose; in five dimensions bounds on halved cubes may need none."
    )
    headings = ("half side", "hold", "violated", "parts closed", "programs in floats", "exact programs", "CPU")
    return Table("Properties of a random network with the shape of ACAS Xu's", note, ("network", *headings), rows)


def _growth(results: list[Result]) -> Table:
    rows = []
    for result in results:
        for program in CENSUS:
            answer = result["answers"].get(program.name, {})
            if "cells" not in answer:
                continue
            numbers = f"{answer['cells']:,}", f"{sum(answer['f_vector']):,}", f"{answer['parts']:,}"
            speed = f"{answer['cells'] / answer['seconds']:,.0f}"
            memory = f"{answer['peak_bytes'] / 2**20:,.0f} MB"
            times = time(answer["seconds"]), time(answer["cpu_seconds"])
            rows.append((_name(result), str(program.workers), *numbers, *times, speed, memory))
    note = (
        "Nothing but counts is kept. The memory is the most that a census takes, in all its processes together if it "
        "has more than one, shared pages counted in each of them."
    )
    headings = ("workers", "cells", "faces", "parts", "time", "CPU", "cells a second", "memory")
    return Table("The census of networks that become wider, and of a trained one", note, ("network", *headings), rows)


def _name(result: Result) -> str:
    return result["name"] + (f" in [-{result['box']}, {result['box']}]^d" if result["box"] else "")


def time(seconds: float) -> str:
    """Three digits, in a unit in which there are not many."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:,.0f} {unit}" if seconds >= 100 * size else f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def percent(share: float) -> str:
    """Three digits, so that a share of one in a million is no zero."""
    return f"{100 * share:.3g} %" if share else "0"


def write_report(report: dict[str, Any], folder: Path) -> list[Path]:
    """Write results.md and the plots; return the files."""
    text = []
    written = [folder / "results.md"]
    for part, title in PARTS.items():
        if part not in report:
            continue
        record = report[part]
        machine = record["machine"]
        text.append(f"## {title}\n\n```sh\n{record['command']}\n```\n")
        text.append(
            f"{record['date']}, commit {machine['commit']}. {machine['processor']}; {machine['software']}; "
            f"load average at the start {machine['load']}.\n"
        )
        if part in PLOTS:
            picture = folder / f"{part}.png"
            PLOTS[part](record["results"], picture)
            written.append(picture)
            text.append(f"![{title}]({picture.name})\n")
        text += [_markdown(table) for table in tables(part, record["results"])]
    written[0].write_text("\n".join(text))
    return written


def _markdown(table: Table) -> str:
    lines = [f"**{table.title}.** {table.note}", ""]
    lines += ["| " + " | ".join(table.headings) + " |", "|---|" + "---:|" * (len(table.headings) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in table.rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for path in write_report(json.loads((folder / "benchmarks.json").read_text()), folder):
        sys.stdout.write(f"{path}\n")
