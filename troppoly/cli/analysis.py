"""What the command line computes: the linear regions and the monomials of a network, with the times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from troppoly.complex import CanonicalComplex, canonical_complex, tropical_map
from troppoly.complex.refinement import Progress
from troppoly.errors import BudgetError, InputError
from troppoly.export import RegionsDocument, write_json
from troppoly.network import Network, formal_monomial_counts, load_network
from troppoly.polynomial import TropicalMap
from troppoly.regions import LinearRegions, regions_by_refinement

__all__ = [
    "Analysis",
    "Monomials",
    "analyse",
    "load",
    "monomials_of",
    "progress",
    "within",
    "working",
    "write_analysis",
]

REFINING = "Refining the linear regions"


@dataclass(frozen=True, slots=True)
class Monomials:
    """The irredundant tropical rational map and the formal counts, one pair per output."""

    tropical_map: TropicalMap
    formal_counts: tuple[tuple[int, int], ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """The linear regions of a network and its monomials, and the seconds that each took."""

    network: Network
    regions: LinearRegions
    regions_seconds: float
    monomials: Monomials


def load(path: Path) -> Network:
    """Return the network in a file; see :func:`troppoly.load_network`."""
    with working(f"Reading {path.name}"):
        return load_network(path)


def analyse(network: Network, max_cells: int | None = None) -> Analysis:
    """Compute the linear regions, and read the monomials off them.

    Raises InputError before there are more than ``max_cells`` cells.
    """
    start = perf_counter()
    with within(max_cells), progress(REFINING) as report:
        regions = regions_by_refinement(network, max_cells=max_cells, progress=report)
        len(regions)  # the classes of cells are made when asked for, and belong to the time
    seconds = perf_counter() - start
    assert isinstance(regions.complex, CanonicalComplex)
    return Analysis(network, regions, seconds, _read_off(regions.complex, perf_counter()))


def monomials_of(network: Network, max_cells: int | None = None) -> Monomials:
    """Compute the irredundant tropical rational map and the formal counts.

    Raises InputError before there are more than ``max_cells`` cells.
    """
    start = perf_counter()
    with within(max_cells), progress(REFINING) as report:
        complex = canonical_complex(network, max_cells=max_cells, progress=report)
    return _read_off(complex, start)


def _read_off(complex: CanonicalComplex, start: float) -> Monomials:
    with working("Separating the redundant monomials"):
        irredundant, counts = tropical_map(complex), formal_monomial_counts(complex.network)
    return Monomials(irredundant, counts, perf_counter() - start)


def write_analysis(analysis: Analysis, path: Path) -> None:
    """Write an analysis as JSON (:mod:`troppoly.export.json_format`)."""
    with working(f"Writing {path.name}"):
        monomials = analysis.monomials
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

        def report(done: int, units: int, cells: int) -> None:
            display.update(number, completed=done, total=units, cells=cells)

        yield report


@contextmanager
def working(task: str) -> Iterator[None]:
    """Show a task and its elapsed time, on a terminal's standard error."""
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    with _display(
        SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    ) as display:
        display.add_task(task, total=None)
        yield


def _display(*columns: Any) -> Any:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
