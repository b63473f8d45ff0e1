"""What the command line computes of one network: the linear regions and the monomials, with the times."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import click
from rich.table import Table

from troppoly.cli.console import MONOMIALS, heading, progress, show, show_counts, table, working
from troppoly.export import RegionsDocument, write_json
from troppoly.network import LargeCount, Network, formal_monomial_counts, load_network
from troppoly.network.large_counts import Count, in_short
from troppoly.polynomial import TropicalMap
from troppoly.refinement import CanonicalComplex, canonical_complex, tropical_map
from troppoly.regions import LinearRegions, linear_regions

__all__ = ["Monomials", "load", "monomials_of", "report_monomials", "report_regions", "write_analysis"]

REFINING = "Refining the linear regions"
SIDES = ("numerator", "denominator")


@dataclass(frozen=True, slots=True)
class Monomials:
    """The irredundant tropical rational map and the formal counts, one pair per output."""

    tropical_map: TropicalMap
    formal_counts: tuple[tuple[Count, Count], ...]
    seconds: float

    def table(self) -> Table:
        """Return the table of formal, irredundant and redundant monomials."""
        columns = ("output", "side", "formal", "irredundant", "redundant")
        rows = table(columns, ["side"], MONOMIALS, f"{self.seconds:.3f} seconds")
        for output, rational in enumerate(self.tropical_map.components):
            for side, count in zip(SIDES, self.formal_counts[output], strict=True):
                kept = len(getattr(rational, side).terms)
                # what is beyond the digits that are known is the same number without those that are kept
                redundant = count if isinstance(count, LargeCount) else count - kept
                rows.add_row(str(output), side, in_short(count), f"{kept:,}", in_short(redundant))
        return rows


def load(path: Path) -> Network:
    """Return the network in a file; see :func:`troppoly.load_network`."""
    with working(f"Reading {path.name}"):
        return load_network(path)


def report_regions(
    name: str, network: Network, max_cells: int | None = None, workers: int | None = None
) -> LinearRegions:
    """Compute the linear regions and print how many there are; raises InputError for too many cells."""
    start = perf_counter()
    with progress(REFINING, max_cells) as report:
        regions = linear_regions(network, max_cells=max_cells, workers=workers, progress=report)
        number = len(regions)  # the classes of cells are made when asked for, and belong to the time
    seconds = perf_counter() - start
    rows = {
        "cells": f"{len(regions.cells):,}",
        "linear regions": f"{number:,}",
        "  bounded": f"{regions.n_bounded:,}",
        "  unbounded": f"{regions.n_unbounded:,}",
        "f-vector": f"({', '.join(map(str, regions.f_vector()))})",
        "seconds": f"{seconds:.3f}",
    }
    show_counts(rows, heading(name, network))
    return regions


def monomials_of(complex: CanonicalComplex) -> Monomials:
    """Read the irredundant tropical rational map off a network's complex, and count the formal monomials."""
    start = perf_counter()
    with working("Separating the redundant monomials"):
        irredundant, counts = tropical_map(complex), formal_monomial_counts(complex.network)
    return Monomials(irredundant, counts, perf_counter() - start)


def report_monomials(network: Path, max_cells: int | None, workers: int | None, list_terms: bool) -> None:
    """Print the table of the monomials of a network, or every irredundant monomial in a line."""
    function = load(network)
    with progress(REFINING, max_cells) as report:
        complex_ = canonical_complex(function, max_cells=max_cells, workers=workers, progress=report)
    result = monomials_of(complex_)
    if not list_terms:
        show(heading(network.name, function), result.table())
        return
    for output, rational in enumerate(result.tropical_map.components):
        for side in SIDES:
            for exponent, coefficient in getattr(rational, side).terms.items():
                click.echo("\t".join(map(str, (output, side, *exponent, coefficient))))


def write_analysis(regions: LinearRegions, monomials: Monomials, path: Path) -> None:
    """Write everything as JSON (:mod:`troppoly.export.json_format`)."""
    with working(f"Writing {path.name}"):
        write_json(RegionsDocument(regions, monomials.tropical_map, monomials.formal_counts), path)
