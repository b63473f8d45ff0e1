"""What the command line computes: the linear regions and the monomials of a network, with the times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from troppoly.export import document, write_json
from troppoly.network import Network, load_network
from troppoly.network.formal import formal_monomial_counts, tropicalize_formal
from troppoly.polynomial import TropicalMap
from troppoly.regions import LinearRegions, linear_regions

__all__ = ["Analysis", "Monomials", "analyse", "load", "tropical_map_of", "write_analysis"]


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
    """Return the network in a file, showing that work is going on."""
    with progress(f"Reading {path.name}"):
        return load_network(path)


def analyse(network: Network) -> Analysis:
    """Compute the linear regions and the monomials."""
    with progress("Refining the linear regions"):
        start = perf_counter()
        regions = linear_regions(network)
        len(regions)  # the classes of cells are made when asked for, and belong to the time
        seconds = perf_counter() - start
    return Analysis(network, regions, seconds, tropical_map_of(network))


def tropical_map_of(network: Network) -> Monomials:
    """Compute the irredundant tropical rational map and the formal counts."""
    with progress("Separating the redundant monomials"):
        start = perf_counter()
        tropical_map, counts = tropicalize_formal(network), formal_monomial_counts(network)
        return Monomials(tropical_map, counts, perf_counter() - start)


def write_analysis(analysis: Analysis, path: Path) -> None:
    """Write an analysis as JSON (:mod:`troppoly.export.json_format`)."""
    with progress(f"Writing {path.name}"):
        monomials = analysis.monomials
        write_json(document(analysis.regions, monomials.tropical_map, monomials.formal_counts), path)


@contextmanager
def progress(task: str) -> Iterator[None]:
    """Show a spinner, the task and the elapsed time on a terminal's standard error."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        bar.add_task(task, total=None)
        yield
