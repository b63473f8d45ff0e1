"""What the command line computes: the linear regions and the monomials of a network, with the times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from troppoly.errors import BudgetError, InputError
from troppoly.export import RegionsDocument, write_json
from troppoly.network import Network, formal_monomial_counts, load_network
from troppoly.network.large_counts import Count
from troppoly.polynomial import TropicalMap
from troppoly.refinement import CanonicalComplex, canonical_complex, tropical_map
from troppoly.refinement.refinement import Progress
from troppoly.regions import LinearRegions, regions_by_refinement

__all__ = [
    "Analysis",
    "Monomials",
    "analyse",
    "complex_of",
    "interruptions_say",
    "load",
    "monomials_of",
    "progress",
    "within",
    "working",
    "write_analysis",
]

REFINING = "Refining the linear regions"


@dataclass(frozen=True, slots=True)
class Analysis:
    """The linear regions of a network, and the seconds that they took."""

    network: Network
    regions: LinearRegions
    seconds: float


@dataclass(frozen=True, slots=True)
class Monomials:
    """The irredundant tropical rational map and the formal counts, one pair per output."""

    tropical_map: TropicalMap
    formal_counts: tuple[tuple[Count, Count], ...]
    seconds: float


def load(path: Path) -> Network:
    """Return the network in a file; see :func:`troppoly.load_network`."""
    with working(f"Reading {path.name}"):
        return load_network(path)


def analyse(network: Network, max_cells: int | None = None) -> Analysis:
    """Compute the linear regions.

    Raises InputError before there are more than ``max_cells`` cells.
    """
    start = perf_counter()
    with within(max_cells), progress(REFINING) as report:
        regions = regions_by_refinement(network, max_cells=max_cells, progress=report)
        len(regions)  # the classes of cells are made when asked for, and belong to the time
    return Analysis(network, regions, perf_counter() - start)


def complex_of(network: Network, max_cells: int | None = None) -> CanonicalComplex:
    """Compute the canonical complex.

    Raises InputError before there are more than ``max_cells`` cells.
    """
    with within(max_cells), progress(REFINING) as report:
        return canonical_complex(network, max_cells=max_cells, progress=report)


def monomials_of(complex: CanonicalComplex) -> Monomials:
    """Read the irredundant tropical rational map off a network's complex, and count the formal monomials."""
    start = perf_counter()
    with working("Separating the redundant monomials"):
        irredundant, counts = tropical_map(complex), formal_monomial_counts(complex.network)
    return Monomials(irredundant, counts, perf_counter() - start)


def write_analysis(analysis: Analysis, monomials: Monomials, path: Path) -> None:
    """Write an analysis as JSON (:mod:`troppoly.export.json_format`)."""
    with working(f"Writing {path.name}"):
        write_json(RegionsDocument(analysis.regions, monomials.tropical_map, monomials.formal_counts), path)


@contextmanager
def within(max_cells: int | None) -> Iterator[None]:
    """Say that there are too many cells in terms of the option."""
    try:
        yield
    except BudgetError as error:
        if max_cells is None:
            raise
        raise InputError(f"There are more than {max_cells:,} cells (--max-cells).") from error


@contextmanager
def progress(task: str) -> Iterator[Progress]:
    """Show how many units are done and how many cells there are, on a terminal's standard error."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("units, {task.fields[cells]:,} cells"),
        TimeElapsedColumn(),
    )
    with _display(*columns) as display:
        number = display.add_task(task, total=None, cells=1)
        reached = ""

        def report(done: int, units: int, cells: int) -> None:
            nonlocal reached
            reached = f"Interrupted after {done:,} of {units:,} units, which make {cells:,} cells."
            display.update(number, completed=done, total=units, cells=cells)

        with interruptions_say(lambda: reached):
            yield report


@contextmanager
def interruptions_say(text: Callable[[], str]) -> Iterator[None]:
    """Let an interruption in the body say what was done before it."""
    try:
        yield
    except KeyboardInterrupt as interruption:
        raise KeyboardInterrupt(text()) from interruption


@contextmanager
def working(task: str) -> Iterator[None]:
    """Show a task and its elapsed time, on a terminal's standard error."""
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    with _display(SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()) as display:
        display.add_task(task, total=None)
        yield


def _display(*columns: Any) -> Any:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
