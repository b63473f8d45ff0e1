"""Tables on standard output, and the progress on a terminal's standard error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rich.progress
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from troppoly.errors import BudgetError, InputError
from troppoly.network import Network
from troppoly.refinement.refinement import Progress
from troppoly.writing import write_text

__all__ = ["MONOMIALS", "display", "heading", "progress", "show", "show_counts", "table", "working", "write_document"]

MONOMIALS = "monomials of the tropical rational map"


def heading(name: str, network: Network) -> str:
    """Return the name and the widths of a network, as rich text."""
    return f"[bold]{escape(name)}[/bold]  {'-'.join(map(str, network.widths))}\n"


def table(columns: Sequence[str], left: Sequence[str], title: str | None = None, caption: str | None = None) -> Table:
    """Return an empty table; all columns but those of ``left`` are numbers."""
    result = Table(box=None, pad_edge=False, title=title, title_justify="left", title_style="bold", caption=caption)
    result.caption_justify = "left"
    for column in columns:
        result.add_column(column, justify="left" if column in left else "right", no_wrap=True)
    return result


def show(*parts: RenderableType) -> None:
    """Print on standard output; a table keeps its width where the output is not a terminal."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 120
    for part in parts:
        console.print(part)


def show_counts(counts: Mapping[str, Any], title: str) -> None:
    """Print names and values in two columns, long values in several lines."""
    rows = table(("name", "count"), ["name", "count"])
    rows.show_header, rows.columns[0].style = False, "bold"
    rows.columns[0].min_width, rows.columns[1].no_wrap = max(map(len, counts)), False
    for name, value in counts.items():
        rows.add_row(name, str(value))
    show(title, rows, "")


def write_document(path: Path | None, document: Callable[[], Any]) -> None:
    """Write a JSON document, which is made then, if there is a file to write to."""
    if path is not None:
        with working(f"Writing {path.name}"):
            write_text(json.dumps(document(), separators=(",", ":")) + "\n", path)


@contextmanager
def progress(task: str, max_cells: int | None = None) -> Iterator[Progress]:
    """Show how many units are done and how many cells there are; an interruption and InputError say so, too."""
    text, cells = TextColumn("{task.description}", markup=False), TextColumn("units, {task.fields[cells]:,} cells")
    with display(text, BarColumn(), MofNCompleteColumn(), cells) as bar:
        number = bar.add_task(task, total=None, cells=1)
        reached = ""

        def report(done: int, units: int, cells: int) -> None:
            nonlocal reached
            reached = f"Interrupted after {done:,} of {units:,} units, which make {cells:,} cells."
            bar.update(number, completed=done, total=units, cells=cells)

        try:
            yield report
        except KeyboardInterrupt as interruption:
            raise KeyboardInterrupt(reached) from interruption
        except BudgetError as error:
            if max_cells is None:
                raise
            raise InputError(f"There are more than {max_cells:,} cells (--max-cells).") from error


@contextmanager
def working(task: str) -> Iterator[None]:
    """Show a task and its elapsed time."""
    with display(SpinnerColumn(), TextColumn("{task.description}", markup=False)) as bar:
        bar.add_task(task, total=None)
        yield


def display(*columns: Any) -> rich.progress.Progress:
    """Return a line of these columns and the elapsed time, which is shown on a terminal only."""
    console = Console(stderr=True)
    off = not console.is_terminal
    return rich.progress.Progress(*columns, TimeElapsedColumn(), console=console, transient=True, disable=off)
