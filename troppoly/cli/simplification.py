"""The commands on what a network does not need, and on whether two networks are one function."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from troppoly.cli.analysis import load, progress, within, working
from troppoly.cli.report import MONOMIALS, heading, show, table
from troppoly.compression import Compression
from troppoly.compression import compress as compress_network
from troppoly.equivalence import Equivalence, equivalent
from troppoly.errors import BudgetError, InputError
from troppoly.export import write_json
from troppoly.network import Network, save_npz
from troppoly.network.large_counts import in_short
from troppoly.redundancy import redundancy_report

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["check_network_file", "compare", "compress", "report_redundancy"]

REFINING = "Refining the regions of the network"


def check_network_file(path: Path) -> None:
    """Check before a long computation that a network can be written to a file of this name.

    Raises InputError otherwise.
    """
    if path.suffix.lower() not in (".npz", ".json"):
        raise InputError(f"{path}: The name must end in .npz (floats) or .json (exact rationals).")


def compare(first: Path, second: Path, max_cells: int | None) -> bool:
    """Print whether two networks are the same function, and if not, a point where they differ."""
    one, other = load(first), load(second)
    result = decide(one, other, max_cells)
    if result:
        click.echo(f"equal: the same function on R^{one.n_inputs}")
    else:
        assert result.point is not None
        assert result.values is not None
        click.echo("different")
        for name, numbers in (("point", result.point), ("first", result.values[0]), ("second", result.values[1])):
            click.echo("\t".join(map(str, (name, *numbers))))
    return bool(result)


def decide(one: Network, other: Network, max_cells: int | None) -> Equivalence:
    """Decide the equality of two networks, with a display of the progress."""
    with within(max_cells), progress("Refining the regions of the difference") as report:
        return equivalent(one, other, max_cells=max_cells, progress=report)


def compress(path: Path, output: Path, max_cells: int | None) -> None:
    """Write a smaller network of the same function, after the proof that it is the same.

    If the cells exceed a budget, what the steps so far reached is written: each of them has its proof.  Raises InputError if
    the weights are not doubles and the file is to hold such.
    """
    network = load(path)
    with within(max_cells), progress(REFINING) as report:
        try:
            result, over = compress_network(network, max_cells=max_cells, progress=report), None
        except BudgetError as error:
            if error.partial is None or not error.partial.steps:
                raise
            result, over = error.partial, error
    small = as_written(result, output)
    if not over and not decide(network, small, max_cells):
        raise AssertionError(f"the compressed network of {path} is another function")
    with working(f"Writing {output.name}"):
        if output.suffix.lower() == ".json":
            write_json(small, output)
        else:
            save_npz(small, output)
    if load(output) != small:
        raise AssertionError(f"{output} is not read back equal")
    print_compression(path.name, network, small, result)
    click.echo(f"\nWrote {output}: the same function on R^{network.n_inputs}, exactly.")
    if over:
        click.echo(f"There may be a smaller one. {over.__cause__ or over}")


def as_written(result: Compression, output: Path) -> Network:
    """Return the compressed network in the form that the file holds: exact, or rectified units and doubles.

    Raises InputError if a weight is no double.
    """
    if output.suffix.lower() == ".json":
        return result.network
    try:
        return Network.from_arrays(*result.rectified.to_arrays())
    except InputError as error:
        raise InputError(
            f"{output}: {error} To write the exact rational numbers, choose a name that ends in .json."
        ) from error


def print_compression(name: str, before: Network, after: Network, result: Compression) -> None:
    """Print the sizes of both networks and what was done, in steps by kind."""
    sizes = table(("", "widths", "rectified units", "weights not zero"), [""])
    for label, network in (("before", before), ("after", after)):
        sizes.add_row(label, *sizes_of(network))
    parts: list[RenderableType] = [heading(name, before), sizes]
    if result.steps:
        steps = table(("step", "units"), ["step"])
        units: Counter[str] = Counter()
        for step in result.steps:
            units[step.kind] += len(step.units)
        for kind, count in units.items():
            steps.add_row(kind, f"{count:,}" if count else "")
        parts += ["", steps]
    show(*parts)


def sizes_of(network: Network) -> tuple[str, str, str]:
    """Return the widths, the number of rectified units and that of weights and biases that are not zero."""
    rectified = sum(int(np.count_nonzero(layer.rectified)) for layer in network.layers)
    matrices = [matrix for layer in network.layers for matrix in (layer.weight, layer.bias)]
    weights = sum(int(np.count_nonzero(matrix.nonzero())) for matrix in matrices)
    return "-".join(map(str, network.widths)), f"{rectified:,}", f"{weights:,}"


def report_redundancy(path: Path, max_cells: int | None) -> None:
    """Print the redundant units of a network one by one, and the monomials of its outputs by kind."""
    network = load(path)
    with within(max_cells), progress(REFINING) as report:
        result = redundancy_report(network, max_cells=max_cells, progress=report)
    header, *rows = result.unit_rows()
    units = table(header, ["kind"], "redundant units")
    for row in rows:
        units.add_row(*row)
    counts = ("formal", "vertex", "boundary", "interior", "repeated")
    too_many = any(entry.boundary is None for entry in result.monomials)
    caption = "empty: the formal monomials are too many to be written out" if too_many else None
    monomials = table(("output", "side", *counts), ["side"], MONOMIALS, caption)
    for entry in result.monomials:
        values = (getattr(entry, name) for name in counts)
        monomials.add_row(
            str(entry.output), entry.part, *("" if value is None else in_short(value) for value in values)
        )
    show(heading(path.name, network), units if rows else "no redundant units", "", monomials)
