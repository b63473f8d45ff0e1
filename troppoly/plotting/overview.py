"""A figure of linear regions in two views, and its file."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from troppoly.arguments import checked
from troppoly.errors import InputError, require
from troppoly.plotting.plane import PlanePicture
from troppoly.plotting.regions import plot_regions
from troppoly.plotting.windows import Window, central_window, window_of
from troppoly.regions.linear_regions import LinearRegions
from troppoly.writing import whole_file

__all__ = ["check_picture_file", "overview", "save_figure", "save_picture"]


@checked
def overview(regions: LinearRegions, window: Window | None = None) -> Any:
    """Return a Matplotlib figure of linear regions of the plane or the line: with every vertex, and a part.

    The part is marked in the whole; by default it is the one where most vertices are
    (:func:`troppoly.plotting.central_window`), and left out if that is the whole.

    Raises what :func:`plot_regions` raises.

    >>> import troppoly as tp
    >>> f = tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})
    >>> [ax.get_title() for ax in overview(tp.linear_regions(f)).axes]
    ['3 linear regions, every vertex']
    >>> len(overview(tp.linear_regions(f), window=(0, 1, 0, 1)).axes)
    2
    """
    d = 1 if regions.complex.ambient_dimension == 1 else 2
    vertices = PlanePicture.of(regions.complex, window, dimension=d).rounded.vertices
    every = window_of(vertices, d)
    part = central_window(vertices) if window is None else window
    new_figure = require("matplotlib.figure", extra="plot").Figure
    if window is None and part == every:
        figure = new_figure(figsize=(7, 6.4), layout="constrained")
        views = [figure.subplots()]
    else:
        figure = new_figure(figsize=(13, 6.4), layout="constrained")
        views = list(figure.subplots(1, 2))
        plot_regions(regions, ax=views[1], window=part)
        views[1].set_title("the part in the frame")
    plot_regions(regions, ax=views[0], window=every)
    views[0].set_title(f"{len(regions):,} linear region{'' if len(regions) == 1 else 's'}, every vertex")
    if len(views) == 2:
        (xmin, xmax), (ymin, ymax) = views[1].get_xlim(), views[1].get_ylim()
        frame = (xmin, ymin, xmax - xmin, ymax - ymin)
        views[0].indicate_inset(frame, inset_ax=views[1], edgecolor="#d55e00", alpha=1.0, linewidth=1.4)
    return figure


@checked
def check_picture_file(path: str | PathLike[str]) -> None:
    """Check that Matplotlib is there and can write a picture with this suffix.

    Raises MissingDependencyError or InputError.
    """
    figure = require("matplotlib.figure", extra="plot").Figure()
    supported = sorted(figure.canvas.get_supported_filetypes())
    suffix = Path(path).suffix.removeprefix(".").lower()
    if suffix not in supported:
        endings = ", ".join("." + name for name in supported)
        raise InputError(f"{path}: the name of a picture must end in one of {endings}.")


@checked
def save_picture(regions: LinearRegions, path: str | PathLike[str], window: Window | None = None) -> None:
    """Write the :func:`overview` of linear regions to a file.

    Raises what :func:`plot_regions` raises, InputError for a suffix that is no picture format, and
    OSError if the file cannot be written.
    """
    check_picture_file(path)
    save_figure(overview(regions, window), path)


@checked
def save_figure(figure: Any, path: str | PathLike[str]) -> None:
    """Write a figure to a file, whole or not at all; the suffix is the format.

    Raises OSError if the file cannot be written.
    """
    with whole_file(path) as stream:
        figure.savefig(stream, dpi=160, format=Path(path).suffix.removeprefix(".").lower())
