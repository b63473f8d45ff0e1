"""The commands on what a network does not need, and on whether two networks are one function."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click
import numpy as np

from troppoly.cli.analysis import load
from troppoly.cli.console import MONOMIALS, heading, progress, show, table, working
from troppoly.compression import Compression
from troppoly.compression import compress as compress_network
from troppoly.equivalence import Equivalence, equivalent
from troppoly.errors import BudgetError, InputError
from troppoly.export import write_json
from troppoly.network import Network, save_npz
from troppoly.redundancy import redundancy_report

__all__ = ["compare", "compress", "report_redundancy"]

REFINING = "Refining the regions of the network"


def compare(first: Path, second: Path, max_cells: int | None, workers: int | None) -> bool:
    """Print whether two networks are the same function, and if not, a point where they differ."""
    one, other = load(first), load(second)
    result = decide(one, other, max_cells, workers)
    if result.point is None or result.values is None:
        click.echo(f"equal: the same function on R^{one.n_inputs}")
        return True
    click.echo("different")
    for name, numbers in (("point", result.point), ("first", result.values[0]), ("second", result.values[1])):
        click.echo("\t".join(map(str, (name, *numbers))))
    return False


def decide(one: Network, other: Network, max_cells: int | None, workers: int | None) -> Equivalence:
    """Decide the equality of two networks, with a display of the progress."""
    with progress("Refining the regions of the difference", max_cells) as report:
        return equivalent(one, other, max_cells=max_cells, workers=workers, progress=report)


def compress(path: Path, output: Path, max_cells: int | None, workers: int | None) -> None:
    """Write a smaller network of the same function, after the proof that it is the same.

    If the cells exceed a budget, what the steps so far reached is written: each of them has its proof.
    """
    network = load(path)
    with progress(REFINING, max_cells) as report:
        try:
            result, over = compress_network(network, max_cells=max_cells, workers=workers, progress=report), None
        except BudgetError as error:
            if error.partial is None or not error.partial.steps:
                raise
            result, over = error.partial, error
    exact = output.suffix.lower() == ".json"
    small = result.network if exact else in_floats(result, output)
    if not over and not decide(network, small, max_cells, workers):
        raise AssertionError(f"the compressed network of {path} is another function")
    with working(f"Writing {output.name}"):
        (write_json if exact else save_npz)(small, output)
    if load(output) != small:
        raise AssertionError(f"{output} is not read back equal")
    print_compression(path.name, network, small, result)
    click.echo(f"\nWrote {output}: the same function on R^{network.n_inputs}, exactly.")
    if over:
        click.echo(f"There may be a smaller one. {over.__cause__ or over}")


def in_floats(result: Compression, output: Path) -> Network:
    """Return the compressed network of rectified units and doubles; raises InputError if a weight is not a double."""
    try:
        return Network.from_arrays(*result.rectified().to_arrays())
    except InputError as error:
        said = f"{output}: {error} To write the exact rational numbers, choose a name that ends in .json."
        raise InputError(said) from error


def print_compression(name: str, before: Network, after: Network, result: Compression) -> None:
    """Print the sizes of both networks and what was done, in steps by kind."""
    sizes = table(("", "widths", "rectified units", "weights not zero"), [""])
    for label, network in (("before", before), ("after", after)):
        rectified = sum(int(np.count_nonzero(layer.rectified)) for layer in network.layers)
        matrices = [matrix for layer in network.layers for matrix in (layer.weight, layer.bias)]
        weights = sum(int(np.count_nonzero(matrix.nonzero())) for matrix in matrices)
        sizes.add_row(label, "-".join(map(str, network.widths)), f"{rectified:,}", f"{weights:,}")
    show(heading(name, before), sizes)
    if result.steps:
        steps, units = table(("step", "units"), ["step"]), Counter[str]()
        for step in result.steps:
            units[step.kind] += len(step.units)
        for kind, count in units.items():
            steps.add_row(kind, f"{count:,}" if count else "")
        show("", steps)


def report_redundancy(path: Path, max_cells: int | None, workers: int | None) -> None:
    """Print the redundant units of a network one by one, and the monomials of its outputs by kind."""
    network = load(path)
    with progress(REFINING, max_cells) as report:
        result = redundancy_report(network, max_cells=max_cells, workers=workers, progress=report)
    too_many = any(entry.boundary is None for entry in result.monomials)
    caption = "empty: the formal monomials are too many to be written out" if too_many else None
    (header, *unit_rows), (counts, *monomial_rows) = result.unit_rows(), result.monomial_rows()
    units = table(header, ["kind"], "redundant units")
    monomials = table(("output", "side", *counts[2:]), ["side"], MONOMIALS, caption)
    for filled, rows in ((units, unit_rows), (monomials, monomial_rows)):
        for row in rows:
            filled.add_row(*row)
    show(heading(path.name, network), units if unit_rows else "no redundant units", "", monomials)
