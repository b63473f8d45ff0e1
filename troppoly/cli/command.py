"""The commands and their options, and the way from errors to exit statuses."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from troppoly import __version__
from troppoly.errors import InputError, TroppolyError

__all__ = ["main", "troppoly"]

NETWORK = click.argument("network", type=click.Path(path_type=Path))
FILE = click.Path(path_type=Path)
MAX_CELLS = click.option(
    "--max-cells", type=click.IntRange(min=1), metavar="N", help="Stop before there are more than N cells."
)
DOMAIN = click.option(
    "--domain",
    "box",
    metavar="BOX",
    help="Stay in a box: LOW:HIGH for every coordinate, or one for each, with commas between.",
)
WORKERS = click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Refine in N threads; by default one on each core."
)
PROCESSES = click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Work in N processes; by default one on each core."
)
JSON = click.option("--json", "json_file", type=FILE, metavar="FILE", help="Write everything exactly.")
NUMBERS = {"ignore_unknown_options": True}  # numbers may be negative


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="troppoly", message="%(prog)s %(version)s")
def troppoly() -> None:
    """Exact tropical geometry of piecewise-linear neural networks.

    NETWORK is a file: .pt, .pth or .ckpt (a PyTorch state dict of linear layers, ReLU between),
    .safetensors, .npz (arrays weight_0, bias_0, weight_1, ...), .onnx (piecewise linear operators), .nnet or
    .json (written by troppoly).  All results are exact and hold on the whole input space.
    """


@troppoly.command()
@NETWORK
@click.option("--plot", type=FILE, metavar="FILE", help="Draw the regions (one or two inputs): .png, .pdf, .svg, ...")
@click.option(
    "--window",
    type=float,
    nargs=4,
    metavar="XMIN XMAX YMIN YMAX",
    help="The part of the plane for the picture's second view; by default that of most vertices.",
)
@JSON
@MAX_CELLS
@WORKERS
def regions(
    network: Path,
    plot: Path | None,
    window: tuple[float, float, float, float] | None,
    json_file: Path | None,
    max_cells: int | None,
    workers: int | None,
) -> None:
    """Count the cells, linear regions and monomials of NETWORK.

    A cell is a full-dimensional set on which the signs of all units are constant; a linear region is
    a union of cells that are connected through facets and have the same affine map.  A monomial is
    redundant if it is not needed for the function; the formal ones are those of the network
    written out.
    """
    from troppoly.cli.analysis import load, monomials_of, report_regions, write_analysis
    from troppoly.cli.console import show
    from troppoly.plotting.planar_regions import check_picture_file, overview, save_figure
    from troppoly.plotting.windows import check_window

    if window is not None:
        check_window(window)
        if plot is None:
            raise click.UsageError("--window is a part of the picture: it needs --plot FILE.")
    check_json([network], json_file)
    check_outputs([network], [path for path in (plot, json_file) if path is not None])
    function = load(network)
    if plot is not None:
        check_picture_file(plot)
        if function.n_inputs > 2:
            raise InputError(f"--plot draws networks with one or two inputs, and {network} has {function.n_inputs}.")
        if window is not None and function.n_inputs != 2:
            raise InputError(f"--window is a part of the plane, and {network} has one input.")
    found = report_regions(network.name, function, max_cells, workers)
    try:
        if plot is not None:
            save_figure(overview(found, window), plot)
        result = monomials_of(found.canonical)
        show(result.table())
        if json_file is not None:
            write_analysis(found, result, json_file)
    except KeyboardInterrupt as interruption:
        said = "Interrupted: the table of regions is complete, the rest is missing."
        raise KeyboardInterrupt(said) from interruption


@troppoly.command()
@NETWORK
@click.option("--list", "list_terms", is_flag=True, help="Print every irredundant monomial, one a line, exactly.")
@MAX_CELLS
@WORKERS
def monomials(network: Path, list_terms: bool, max_cells: int | None, workers: int | None) -> None:
    """Count the irredundant monomials of NETWORK.

    Output i of its tropical rational map is the difference of two tropical polynomials, its
    numerator and its denominator; a monomial <a, x> + c is redundant if the polynomial is the same
    function without it.  A line of --list is the output, the side, the exponents a_1 ... a_d and
    the coefficient c, separated by tabs.
    """
    from troppoly.cli.analysis import report_monomials

    report_monomials(network, max_cells, workers, list_terms)


@troppoly.command()
@NETWORK
@MAX_CELLS
@WORKERS
def redundancy(network: Path, max_cells: int | None, workers: int | None) -> None:
    """List what NETWORK does not need: units, and monomials.

    A unit is dead if it is never positive, always active if it is never negative, proportional or
    cancelling if another unit of its layer can do its work, and without effect if the outputs do not
    depend on it where it is active.  A monomial of the network written out is needed if it is a vertex of
    the lifted Newton polytope; the others are on its boundary, interior, or repeated.  Layers, units and
    outputs are numbered from 0.
    """
    from troppoly.cli.simplification import report_redundancy

    report_redundancy(network, max_cells, workers)


@troppoly.command()
@NETWORK
@click.option(
    "--output",
    type=FILE,
    required=True,
    metavar="FILE",
    help="Where to write the smaller network: .npz (floats), or .json (exact rational numbers).",
)
@MAX_CELLS
@WORKERS
def compress(network: Path, output: Path, max_cells: int | None, workers: int | None) -> None:
    """Write a smaller network that is the same function as NETWORK.

    Before it is written, its equality with NETWORK is decided exactly, independently of the steps that led
    to it.
    """
    from troppoly.cli.simplification import compress as run

    if output.suffix.lower() not in (".npz", ".json"):
        raise InputError(f"{output}: The name must end in .npz (floats) or .json (exact rationals).")
    check_outputs([network], [output])
    run(network, output, max_cells, workers)


@troppoly.command()
@click.argument("first", type=FILE)
@click.argument("second", type=FILE)
@MAX_CELLS
@WORKERS
def equivalent(first: Path, second: Path, max_cells: int | None, workers: int | None) -> int:
    """Decide whether two networks are the same function.

    The exit status is 0 if they are and 1 if they are not; then an exact point is printed at which they
    differ, and the values of both there, in lines of numbers separated by tabs.  Errors end with status 2.
    """
    from troppoly.cli.simplification import compare

    return 0 if compare(first, second, max_cells, workers) else 1


@troppoly.command(context_settings=NUMBERS)
@NETWORK
@click.argument("point")
@JSON
def cell(network: Path, point: str, json_file: Path | None) -> None:
    """Find the cell of NETWORK that contains POINT, and its facets.

    POINT is numbers with commas between ("1/2,-0.3"), or a file of them: .npy, or text.  If it lies on walls,
    the cell is the one behind a small step along the first coordinate, then the second, and so on.  There may be
    hundreds of inputs.
    """
    from troppoly.cli.local_geometry import report_cell

    check_json([network], json_file)
    report_cell(network, point, json_file)


@troppoly.command(context_settings=NUMBERS)
@NETWORK
@click.argument("first")
@click.argument("last")
@JSON
def segment(network: Path, first: str, last: str, json_file: Path | None) -> None:
    """Cut a segment where units of NETWORK bend.

    It is the segment from FIRST to LAST, and a breakpoint s is the point FIRST + s (LAST - FIRST).  Points are
    numbers with commas between, or files of them: .npy, or text.
    """
    from troppoly.cli.local_geometry import report_segment

    check_json([network], json_file)
    report_segment(network, first, last, json_file)


@troppoly.command(context_settings=NUMBERS)
@NETWORK
@click.argument("points")
@DOMAIN
@click.option("--max-cells", type=click.IntRange(min=1), default=1000, show_default=True, metavar="N", help="At most.")
@click.option("--seconds", type=click.FloatRange(min=0), metavar="T", help="Stop after T seconds.")
@click.option(
    "--order",
    type=click.Choice(("steps", "distance", "walk")),
    default="steps",
    show_default=True,
    help="The nearest ones by facets to cross, by exact distance, or as random walks visit them.",
)
@PROCESSES
@JSON
def explore(network: Path, json_file: Path | None, **options: Any) -> None:
    """Find the cells of NETWORK around POINTS, through facets.

    POINTS are the coordinates of one point, or of several one after another: numbers with commas between, or a file
    of them: .npy, or text.
    """
    from troppoly.cli.local_geometry import report_exploration

    check_json([network], json_file)
    report_exploration(network, json_file=json_file, **options)


@troppoly.command()
@NETWORK
@click.argument("property", type=FILE)
@click.option("--time-limit", type=click.FloatRange(min=0), metavar="T", help="Give up after T seconds.")
@JSON
def verify(network: Path, property: Path, time_limit: float | None, json_file: Path | None) -> int:
    """Decide whether NETWORK has the PROPERTY in a VNN-LIB file.

    The exit status is 0 if it holds; 1 if it is violated: then an exact input is printed, and the outputs there, in
    lines of numbers separated by tabs; and 3 if the time limit came first.  Errors end with status 2.  NETWORK may
    be a .nnet file, too.
    """
    from troppoly.cli.verification import report_verdict

    check_json([network, property], json_file)
    return {"holds": 0, "violated": 1, "unknown": 3}[report_verdict(network, property, time_limit, json_file)]


@troppoly.command()
@NETWORK
@DOMAIN
@click.option(
    "--measure",
    "measures",
    multiple=True,
    metavar="NAME",
    help="Ask for more: linear_regions, affine_maps, monomials, volumes, lipschitz, facets, depths; "
    "the option may be repeated.",
)
@WORKERS
@click.option("--scheduler", metavar="ADDRESS", help="Work on the Dask cluster with this scheduler, tcp://...:8786.")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="RUN",
    help="Keep what is finished in a folder; the same command goes on from there.",
)
@JSON
def census(network: Path, json_file: Path | None, **options: Any) -> None:
    """Count the cells of NETWORK, however many there are.

    The complex is never held in memory, but taken apart into pieces that are counted one by one, on the cores of this
    machine or on a cluster.  With --directory nothing that is finished is lost: after an interruption, or whatever
    else, the same command goes on.
    """
    from troppoly.cli.census import report_census

    check_json([network], json_file)
    report_census(network, json_file=json_file, **options)


@troppoly.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("troppoly-demo"),
    show_default=True,
    metavar="FOLDER",
    help="The folder to write into.",
)
def demo(output: Path) -> None:
    """Take apart a trained classifier of wines that comes along.

    A trained network with two inputs (flavanoids and color intensity of 178 Italian wines) and
    three outputs (cultivars): its cells, linear regions and monomials, exactly, and a picture.
    """
    from troppoly.cli.demo import run

    run(output)


def check_json(inputs: Sequence[Path], path: Path | None) -> None:
    """Check that a JSON file can be written, and its name; raises InputError."""
    if path is not None:
        if path.suffix.lower() != ".json" and not is_device(path):
            raise InputError(f"{path}: the name must end in .json, or it could not be read back.")
        check_outputs(inputs, [path])


def check_outputs(inputs: Sequence[Path], outputs: Sequence[Path]) -> None:
    """Check that the results of a long computation can be written, each to a file of its own; raises InputError."""
    for i, path in enumerate(outputs):
        folder, device = Path(os.path.realpath(path)).parent, is_device(path)
        if path.is_dir():
            raise InputError(f"{path}: this is a folder, not a file to write to.")
        if not folder.is_dir():
            raise InputError(f"{path}: there is no folder {folder} to write it into.")
        if not all(os.access(p, os.W_OK) for p in ([path] if device else [folder, path]) if p.exists()):
            raise InputError(f"{path}: this cannot be written to: permission denied.")
        for other, role in [(p, "is read from") for p in inputs] + [(p, "is written to") for p in outputs[:i]]:
            linked = path.exists() and other.exists() and path.samefile(other)
            if not device and (linked or os.path.realpath(path) == os.path.realpath(other)):
                raise InputError(f"{path}: this file {role} already; nothing is written over it.")


def is_device(path: Path) -> bool:
    """Return whether there is a device or a pipe, which keeps nothing, under a name."""
    return path.exists() and not path.is_file() and not path.is_dir()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; every failure is one sentence on standard error."""
    try:
        status = troppoly.main(arguments, prog_name="troppoly", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        status = 2
    except click.ClickException as error:
        status = failed(error.format_message())
    except (click.Abort, KeyboardInterrupt) as interruption:
        said = str(interruption) or str(interruption.__cause__ or "")  # click raises its own from ours
        status = failed(said or "Interrupted.", 130)
    except TroppolyError as error:
        status = failed(str(error))
    except BrokenPipeError:
        # the reader of our output left, as in `troppoly ... | head`; nothing is to be flushed to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except OSError as error:
        status = failed(f"{error.filename or 'input or output'}: {error.strerror or error}.")
    except MemoryError:
        status = failed("There is not enough memory for this network.")
    sys.exit(status if isinstance(status, int) else 0)


def failed(message: str, status: int = 2) -> int:
    """Print a message on standard error and return the exit status."""
    click.echo(f"troppoly: {' '.join(message.split())}", err=True)
    return status
