"""The commands on one cell, on a segment, and on the cells around a point; points of any number of inputs."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from gmpy2 import mpq
from rich.progress import TextColumn

from troppoly.cli.analysis import load
from troppoly.cli.console import display, heading, show, show_counts, table, working, write_document
from troppoly.complex.shape import distance_to_hyperplane
from troppoly.errors import FileFormatError, InputError, ShapeError, counted
from troppoly.exact import rational, rational_vector
from troppoly.exact.scalar import decimals
from troppoly.local import Exploration, LocalCell, Segment, cell_at, explore, segment
from troppoly.network.json_values import texts

__all__ = ["read_box", "read_point", "read_points", "report_cell", "report_exploration", "report_segment"]

Vector = tuple[mpq, ...]
SHOWN = 40  # rows of a table


def read_box(text: str | None, d: int) -> list[tuple[mpq, ...]] | None:
    """Return a box: one interval LOW:HIGH for all coordinates, or one for each, with commas between; None if None."""
    if text is None:
        return None
    intervals = [tuple(interval.split(":")) for interval in text.split(",")]
    if any(len(interval) != 2 for interval in intervals) or len(intervals) not in (1, d):
        raise InputError(f"--domain {text}: write LOW:HIGH for all {d} coordinates, or {d} of these with commas.")
    box = [tuple(rational(number.strip(), "--domain") for number in interval) for interval in intervals]
    return box * d if len(box) == 1 else box


def read_points(text: str, length: int) -> list[Vector]:
    """Return the points that are one after another in a list of numbers; see :func:`read_point`."""
    numbers = read_point(text, None)
    if not numbers or len(numbers) % length:
        raise ShapeError(f"There are {counted(len(numbers), 'number')} where points of {length} are needed.")
    return [numbers[i : i + length] for i in range(0, len(numbers), length)]


def read_point(text: str, length: int | None) -> Vector:
    """Return a point from numbers with commas between, or from a file of them (.npy, or text)."""
    path = Path(text)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):
        is_file = False
    if is_file and path.suffix.lower() == ".npy":
        try:
            array = np.load(path, allow_pickle=False).ravel()
        except (ValueError, EOFError, AttributeError) as error:  # the last of an archive
            raise FileFormatError(f"{path}: this is no array of numbers.") from error
        return rational_vector(array, f"point in {path}", length)
    numbers = (path.read_text(errors="replace") if is_file else text).replace(",", " ").split()
    try:
        return rational_vector(numbers, f"point {text}" if is_file else "point", length)
    except InputError as error:
        if isinstance(error, ShapeError) or is_file or len(numbers) > 1 or not path.suffix:
            raise
        raise FileFormatError(f"{text}: There is no such file, and it is no number.") from error


def report_cell(network: Path, point: str, json_file: Path | None) -> None:
    """Print the cell of a point: its facets, and how far they are."""
    function = load(network)
    x = read_point(point, function.n_inputs)
    with working("Finding the facets"):
        cell = cell_at(function, x)
        bounded = cell.is_bounded()
    show_counts(
        {
            "rectified units": sum(map(len, cell.activation)),
            "active": sum(int((known > 0).sum()) for known in cell.activation),
            "inequalities": len(cell.units),
            "facets": len(cell.facets),
            "bounded": "yes" if bounded else "no",
            "the point lies on": counted(len(cell.walls), "wall") if cell.walls else "no wall",
        },
        heading(network.name, function),
    )
    distances = [(distance_to_hyperplane(facet.form, x, inf), facet) for facet in cell.facets]
    rows = table(("distance", "units behind which the cell ends"), ["units behind which the cell ends"])
    rows.title, rows.title_justify = "facets, by their distances in the infinity-norm", "left"
    for gap, facet in sorted(distances, key=lambda pair: pair[0])[:SHOWN]:
        rows.add_row(decimals(gap, 6), named(facet.units))
    show(rows, *rest(len(distances)))
    write_document(json_file, lambda: cell_document(cell))


def cell_document(cell: LocalCell) -> dict[str, Any]:
    """Return a cell for JSON, with its certificates; numbers are strings, as they are exact."""
    matrix, vector = cell.affine_map
    numbers = {facet.index: i for i, facet in enumerate(cell.facets)}
    facets = [{"units": f.units, "form": texts(f.form), "point": texts(f.point)} for f in cell.facets]
    redundant = [
        {
            "units": r.units,
            "form": texts(r.form),
            "multipliers": [[numbers[facet.index], str(y)] for facet, y in r.multipliers],
            "constant": str(r.constant),
        }
        for r in cell.redundant
    ]
    ray = cell.ray()
    return {
        "point": texts(cell.point),
        "activation": [known.tolist() for known in cell.activation],
        "matrix": [texts(row) for row in matrix],
        "vector": texts(vector),
        "facets": facets,
        "redundant": redundant,
        "walls": cell.walls,
        "ray": None if ray is None else texts(ray),
    }


def report_segment(network: Path, first: str, last: str, json_file: Path | None) -> None:
    """Print the breakpoints of a network between two points."""
    function = load(network)
    a, b = (read_point(text, function.n_inputs) for text in (first, last))
    with working("Cutting the segment"):
        way = segment(function, a, b)
        n = len(way)
    show_counts({"pieces": n, "breakpoints": n - 1}, heading(network.name, function))
    rows = table(("s", "units that bend"), ["units that bend"])
    for s, units in list(zip(way.breakpoints, way.units, strict=True))[:SHOWN]:
        rows.add_row(str(s) if len(str(s)) < 20 else decimals(s, 12), named(units))
    show(rows, *rest(n - 1))
    write_document(json_file, lambda: segment_document(way))


def segment_document(way: Segment) -> dict[str, Any]:
    """Return a segment for JSON: for every piece the slopes and constants of the outputs as functions of s."""
    maps = way.affine_maps
    return {
        "start": texts(way.start),
        "direction": texts(way.direction),
        "breakpoints": texts(way.breakpoints),
        "units": way.units,
        "slopes": [texts(piece[:, 0]) for piece in maps],
        "constants": [texts(piece[:, 1]) for piece in maps],
    }


def report_exploration(network: Path, *, points: str, box: str | None, json_file: Path | None, **options: Any) -> None:
    """Print how many cells there are around points, by their distances; the options are those of ``explore``."""
    function = load(network)
    x = read_points(points, function.n_inputs)
    cells = TextColumn("{task.fields[found]:,} cells, {task.completed:,} of them expanded")
    with display(TextColumn("Exploring:"), cells) as bar:
        number = bar.add_task("", total=None, found=len(x))
        options["progress"] = lambda n, expanded: bar.update(number, found=n, completed=expanded)
        found = explore(function, x, domain=read_box(box, function.n_inputs), **options)
    said = "yes: these are all cells" if found.complete else "no"
    counts = {"cells": f"{len(found):,}", "expanded": f"{found.n_expanded:,}", "complete": said}
    show_counts(counts | {"known walls": f"{len(found.walls):,}"}, heading(network.name, function))
    rows = table(("facets to cross", "cells"), [])
    for k, number in enumerate(np.bincount(found.distances).tolist()):
        rows.add_row(str(k), f"{number:,}")
    show(rows)
    write_document(json_file, lambda: exploration_document(found))


def exploration_document(found: Exploration) -> dict[str, Any]:
    """Return an exploration for JSON: the signs of the units on every cell as a text of +, - and 0."""
    return {
        "points": list(map(texts, found.points)),
        "complete": found.complete,
        "expanded": found.n_expanded,
        "cells": ["".join("0+-"[sign] for sign in row) for row in found.signs.tolist()],
        "walls": found.walls.tolist(),
        "distances": found.distances.tolist(),
    }


def named(units: Sequence[tuple[int, int]]) -> str:
    """Return the places of units in words."""
    return ", ".join(f"unit {unit} of layer {layer}" for layer, unit in units)


def rest(n: int) -> list[str]:
    """Return what is said of rows that are not shown."""
    return [f"and {n - SHOWN:,} more"] if n > SHOWN else []
