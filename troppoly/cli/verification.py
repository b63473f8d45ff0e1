"""The command that decides whether a network has a property."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from troppoly.cli.analysis import load
from troppoly.cli.console import heading, show, show_counts, working, write_document
from troppoly.network.json_values import texts
from troppoly.properties import Verdict, read_vnnlib, verify

__all__ = ["report_verdict"]


def report_verdict(network: Path, property: Path, seconds: float | None, json_file: Path | None) -> str:
    """Print whether a network has a property, and the exact point that shows the contrary; return the status."""
    function = load(network)
    wanted = read_vnnlib(property)
    with working("Dividing the domain"):
        found = verify(function, wanted, seconds=seconds)
    said: dict[str, Any] = {"property": property.name, "verdict": found.status}
    if found.status == "holds":
        said["unsafe sets"] = f"{len(wanted.unsafe):,}"
        said["parts closed"] = f"{sum(map(len, found.proof)):,}"
    show_counts(said, heading(network.name, function))
    if found.point is not None:
        show("An input, and its outputs, which are unsafe:")
        for values in (found.point, found.outputs or ()):
            click.echo("\t".join(texts(values)))
    write_document(json_file, lambda: verdict_document(found))
    return found.status


def verdict_document(found: Verdict) -> dict[str, Any]:
    """Return a verdict for JSON, with the point or the proof; numbers are strings, as they are exact."""
    proof = [
        [
            {
                "steps": [[kind, i, str(where), sign] for kind, i, where, sign in closed.steps],
                "output": closed.output,
                "bound": closed.bound,
                "multipliers": None if closed.multipliers is None else texts(closed.multipliers),
            }
            for closed in case
        ]
        for case in found.proof
    ]
    return {
        "verdict": found.status,
        "point": None if found.point is None else texts(found.point),
        "outputs": None if found.outputs is None else texts(found.outputs),
        "unsafe": [[texts(row) for row in matrix.to_rationals()] for matrix in found.statement.unsafe],
        "proof": proof,
    }
