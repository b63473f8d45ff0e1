"""How many cells, regions and monomials a network has over its training."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from troppoly.arguments import checked
from troppoly.errors import InputError, require
from troppoly.geometry.tables import Table
from troppoly.plotting.axes import check_axes, literal
from troppoly.plotting.palette import LINES

__all__ = ["plot_training"]

STYLES = tuple(zip(LINES, "os^DvPX", ("-", "-", "--", "-.", ":", "-", "--"), strict=True))


@checked
def plot_training(table: Table, columns: Sequence[str] = ("cells", "regions", "bounded"), *, ax: Any = None) -> Any:
    """Draw columns of the table of :func:`troppoly.geometry.track` over its epochs, and return the Matplotlib axes.

    Every column is a line with its name at the end; a column of tuples, as the numbers of monomials
    by output, is one line for every entry.  Epochs that are no numbers are equally spaced.  The
    vertical axis starts at 0.

    Raises InputError if the table has no rows or no such column, and MissingDependencyError without
    Matplotlib.

    >>> table = Table({"epoch": (0, 10, 20), "cells": (5, 9, 14), "numerator": ((3, 4), (5, 4), (8, 6))})
    >>> ax = plot_training(table, ["cells", "numerator"])
    >>> [line.get_label() for line in ax.lines]
    ['cells', 'numerator 0', 'numerator 1']
    """
    check_axes(ax, space=False)
    if not len(table):
        raise InputError("The table has no rows.")
    epochs = table["epoch"]
    if ax is None:
        figure = require("matplotlib.figure", extra="plot").Figure(figsize=(7.6, 4.6), layout="constrained")
        ax = figure.subplots()
    numeric = all(isinstance(epoch, Real) for epoch in epochs)
    x = [float(epoch) for epoch in epochs] if numeric else list(range(len(epochs)))
    lines: list[tuple[str, list[float]]] = []
    for name in columns:
        column = table[name]
        if isinstance(column[0], tuple):
            rows = zip(*column, strict=True)
            lines += [(f"{name} {i}", [float(value) for value in row]) for i, row in enumerate(rows)]
        else:
            lines.append((name, [float(value) for value in column]))
    for i, (name, values) in enumerate(lines):
        colour, marker, dash = STYLES[i % len(STYLES)]
        style = {"color": colour, "marker": marker, "linestyle": dash}
        ax.plot(x, values, label=name, markersize=5, linewidth=1.7, clip_on=False, zorder=3, **style)
    ax.set_ylim(bottom=0)
    _name_ends(ax, x[-1], lines)
    ax.set(xlabel="epoch", ylabel="count")
    if not numeric:
        ax.set_xticks(x, [literal(epoch) for epoch in epochs])
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color="#dde3e7", linewidth=0.7)
    return ax


def _name_ends(ax: Any, x: float, lines: Sequence[tuple[str, list[float]]]) -> None:
    """Write the names of the lines at their ends, apart from each other."""
    low, high = ax.get_ylim()
    gap = 0.055 * (high - low)
    height = -np.inf
    for i in sorted(range(len(lines)), key=lambda i: (lines[i][1][-1], -i)):
        name, values = lines[i]
        height = max(values[-1], height + gap)
        style = {"textcoords": "offset points", "va": "center", "color": STYLES[i % len(STYLES)][0]}
        ax.annotate(literal(name), (x, height), (9, 0), annotation_clip=False, **style)
