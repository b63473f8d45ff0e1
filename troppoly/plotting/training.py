"""How many cells, regions and monomials a network has over its training."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from numbers import Real
from typing import Any

import numpy as np

from troppoly.arguments import checked
from troppoly.errors import InputError
from troppoly.geometry.tables import Table
from troppoly.plotting.axes import chart_axes, literal
from troppoly.plotting.coloring import LINES

__all__ = ["plot_training"]

STYLES = tuple(zip(LINES, "os^DvPX", ("-", "-", "--", "-.", ":", "-", "--"), strict=True))


@checked
def plot_training(table: Table, columns: Sequence[str] = ("cells", "regions", "bounded"), *, ax: Any = None) -> Any:
    """Draw columns of the table of :func:`troppoly.geometry.track` over its epochs.

    Every column is a line with its name at the end; a column of tuples, as the numbers of monomials by output, is one
    line for every entry.  Epochs that are not numbers are equally spaced.

    Raises InputError if the table has no rows or no such column.

    >>> from troppoly.geometry import Table
    >>> table = Table({"epoch": (0, 10, 20), "cells": (5, 9, 14), "numerator": ((3, 4), (5, 4), (8, 6))})
    >>> [line.get_label() for line in plot_training(table, ["cells", "numerator"]).lines]
    ['cells', 'numerator 0', 'numerator 1']
    """
    if not len(table):
        raise InputError("The table has no rows.")
    epochs = table["epoch"]
    ax = chart_axes(ax, 7.6, 4.6)
    numeric = all(isinstance(epoch, Real) for epoch in epochs)
    x = [float(epoch) for epoch in epochs] if numeric else list(range(len(epochs)))
    lines: dict[str, list[float]] = {}
    for name in columns:
        several = isinstance(table[name][0], tuple)
        for i, column in enumerate(zip(*table[name], strict=True) if several else [table[name]]):
            lines[f"{name} {i}" if several else name] = [float(value) for value in column]
    styles = dict(zip(lines, cycle(STYLES), strict=False))
    for name, values in lines.items():
        color, marker, dash = styles[name]
        style = {"color": color, "marker": marker, "linestyle": dash, "markersize": 5, "linewidth": 1.7}
        ax.plot(x, values, label=name, clip_on=False, zorder=3, **style)
    ax.set_ylim(bottom=0)
    low, high = ax.get_ylim()
    height = -np.inf
    order = list(reversed(lines))
    order.sort(key=lambda name: lines[name][-1])
    for name in order:  # at their ends, apart from each other
        height = max(lines[name][-1], height + 0.055 * (high - low))
        style = {"textcoords": "offset points", "va": "center", "color": styles[name][0], "annotation_clip": False}
        ax.annotate(literal(name), (x[-1], height), (9, 0), **style)
    ax.set(xlabel="epoch", ylabel="count")
    if not numeric:
        ax.set_xticks(x, [literal(epoch) for epoch in epochs])
    ax.grid(axis="y", color="#dde3e7", linewidth=0.7)
    return ax
