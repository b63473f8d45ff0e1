"""Tables on standard output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from troppoly.cli.analysis import Analysis, Monomials
from troppoly.network import LargeCount, Network
from troppoly.network.large_counts import in_short
from troppoly.polynomial import TropicalMap

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

__all__ = ["MONOMIALS", "heading", "print_monomials", "print_regions", "print_terms", "show", "table"]

MONOMIALS = "monomials of the tropical rational map"


def print_regions(name: str, analysis: Analysis) -> None:
    """Print the counts of regions."""
    from rich.table import Table

    regions = analysis.regions
    counts = Table(box=None, show_header=False, pad_edge=False)
    counts.add_column(style="bold", no_wrap=True)
    counts.add_column(no_wrap=True)
    counts.add_row("cells", f"{len(regions.cells):,}")
    counts.add_row("linear regions", f"{len(regions):,}")
    counts.add_row("  bounded", f"{regions.n_bounded:,}")
    counts.add_row("  unbounded", f"{regions.n_unbounded:,}")
    counts.add_row("f-vector", "(" + ", ".join(map(str, regions.f_vector())) + ")")
    counts.add_row("seconds", f"{analysis.seconds:.3f}")
    show(heading(name, analysis.network), counts, "")


def print_terms(tropical_map: TropicalMap) -> None:
    """Print every monomial in a line: output, side, exponents and coefficient, separated by tabs."""
    for output, rational in enumerate(tropical_map.components):
        for side, polynomial in (("numerator", rational.numerator), ("denominator", rational.denominator)):
            for exponent, coefficient in polynomial.terms.items():
                click.echo("\t".join(map(str, (output, side, *exponent, coefficient))))


def heading(name: str, network: Network) -> str:
    """Return the name and the widths of a network, as rich text."""
    from rich.markup import escape

    return f"[bold]{escape(name)}[/bold]  {'-'.join(map(str, network.widths))}\n"


def table(columns: Sequence[str], left: Sequence[str], title: str = "", caption: str | None = None) -> Table:
    """Return an empty table; all columns but those of ``left`` are numbers."""
    from rich.table import Table

    options: dict[str, Any] = {"title": title or None, "caption": caption}
    result = Table(box=None, pad_edge=False, title_justify="left", title_style="bold", **options)
    result.caption_justify = "left"
    for column in columns:
        result.add_column(column, justify="left" if column in left else "right", no_wrap=True)
    return result


def print_monomials(monomials: Monomials) -> None:
    """Print the table of formal, irredundant and redundant monomials."""
    columns = ("output", "side", "formal", "irredundant", "redundant")
    rows = table(columns, ["side"], MONOMIALS, f"{monomials.seconds:.3f} seconds")
    for output, (rational, formal) in enumerate(
        zip(monomials.tropical_map.components, monomials.formal_counts, strict=True)
    ):
        sides = (("numerator", rational.numerator), ("denominator", rational.denominator))
        for (side, polynomial), count in zip(sides, formal, strict=True):
            kept = len(polynomial.terms)
            # What is beyond the digits that are known is the same number without those that are kept.
            redundant = count if isinstance(count, LargeCount) else count - kept
            rows.add_row(str(output), side, in_short(count), f"{kept:,}", in_short(redundant))
    show(rows)


def show(*parts: RenderableType) -> None:
    """Print on standard output; a table keeps its width where the output is no terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=120)
    for part in parts:
        console.print(part)
