"""The demonstration: a trained classifier of wines, taken apart exactly."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import click
import numpy as np

from troppoly.cli.analysis import load, monomials_of, report_regions, write_analysis
from troppoly.cli.console import show, working
from troppoly.errors import InputError
from troppoly.plotting.planar_regions import check_picture_file, overview, save_figure
from troppoly.regions import LinearRegions

__all__ = ["run"]

MARKERS = (("o", "#d55e00"), ("s", "#ffffff"), ("^", "#f0a3c8"))  # shape and color for every cultivar


def run(folder: Path) -> None:
    """Analyze the network that comes with the package and write its regions and a picture to a folder."""
    picture, exact = folder / "wine.png", folder / "wine.json"
    check_picture_file(picture)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: this folder cannot be made: {error.strerror}.") from error
    with as_file(files("troppoly.cli") / "data") as data:
        network = load(data / "wine.npz")
        points = np.loadtxt(data / "wine.csv", delimiter=",", skiprows=1)
    regions = report_regions("wine.npz", network)
    monomials = monomials_of(regions.canonical)
    show(monomials.table())
    write_analysis(regions, monomials, exact)
    with working(f"Drawing {picture.name}"):
        save_figure(draw(regions, points), picture)
    click.echo(f"\nWrote {exact} (everything, exactly) and {picture}.")


def draw(regions: LinearRegions, points: np.ndarray[Any, np.dtype[np.float64]]) -> Any:
    """Return a figure of the regions: all of them, and the part of the plane where the data are."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    (xmin, ymin), (xmax, ymax) = low - 0.12 * (high - low), high + 0.12 * (high - low)
    figure = overview(regions, window=(xmin, xmax, ymin, ymax))
    whole, part = figure.axes
    for cultivar, (marker, color) in enumerate(MARKERS):
        x, y = points[points[:, 2] == cultivar, :2].T
        style = {"marker": marker, "c": color, "edgecolors": "#10202c", "linewidths": 0.7}
        part.scatter(x, y, s=28, label=f"cultivar {cultivar}", zorder=3, **style)
    part.legend(loc="upper right", framealpha=0.95)
    part.set_title(f"the part in the frame, with the {len(points)} wines")
    for ax in (whole, part):
        ax.set(xlabel="flavanoids", ylabel="color intensity")
    return figure
