"""The plots of the benchmark, on logarithmic axes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from programs import CENSUS, OLD, ONE_CORE, PEERS

__all__ = ["PLOTS"]

Result = dict[str, Any]

INK, QUIET = "#1f2430", "#8a8f9c"
BLUE, ORANGE, GREEN, VIOLET = "#2f6db5", "#d9722e", "#3a9a68", "#8a5fb0"
EARLY = ("by_bound", "by_structure")
"""The stages that settle nearly all signs."""

STYLE = {
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e6eb",
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.8,
    "lines.markersize": 5.5,
    "legend.frameon": False,
    "figure.dpi": 150,
}


def plot_table(results: list[Result], path: Path) -> None:
    """The processor time per cell of every program, a line for every network."""
    shown = [result for result in results if "cells" in result["answers"].get(ONE_CORE.name, {})]
    with _figure(path, 1, 1, (9, 1.4 + 0.33 * len(shown))) as [[axes]]:
        for name, color, marker in (
            (ONE_CORE.name, BLUE, "o"),
            (OLD.name, ORANGE, "s"),
            (PEERS[0].name, VIOLET, "D"),
            (PEERS[1].name, GREEN, "^"),
        ):
            found = [(i, result["answers"].get(name, {})) for i, result in enumerate(shown)]
            points = [(_cost(answer), i) for i, answer in found if "cells" in answer]
            if points:
                style = {"color": color, "markeredgecolor": "white", "zorder": 4 if name == ONE_CORE.name else 3}
                axes.plot(*zip(*points, strict=True), marker, label=name, markersize=9, **style)
        names = [f"{r['name']}   {r['answers'][ONE_CORE.name]['cells']:>9,}" for r in shown]
        axes.set_yticks(range(len(shown)), names, family="monospace", fontsize=9)
        axes.tick_params(axis="y", length=0)
        axes.set(xscale="log", xlabel="CPU time per cell, µs; one core", ylim=(len(shown) - 0.5, -0.5))
        _plain(axes.xaxis, (1,))
        axes.spines["left"].set_visible(False)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=4)
        axes.text(-0.006, 1.01, "network, cells", transform=axes.transAxes, ha="right", va="bottom", color=QUIET)


def plot_flat(results: list[Result], path: Path) -> None:
    """Processor time and memory per cell against the number of cells, for growing networks."""
    with _figure(path, 1, 2, (10.5, 4.4)) as [[left, right]]:
        for (series, rows), color, marker in zip(_series(results), (BLUE, ORANGE, GREEN, VIOLET), "osD^", strict=False):
            found = [row["answers"][ONE_CORE.name] for row in rows]
            cells = [a["cells"] for a in found]
            style = {"marker": marker, "color": color, "label": series}
            left.plot(cells, [_cost(a) for a in found], **style)
            right.plot(cells, [a["returned_bytes"] / a["cells"] for a in found], **style)
            peaks = [(a["peak_bytes"] - a["start_bytes"]) / a["cells"] for a in found]
            right.plot(cells, peaks, marker=marker, color=color, linestyle=":", alpha=0.6)
        for axes, title, ylabel in (
            (left, "CPU time per cell, one core", "µs"),
            (right, "memory per cell: result (solid) and peak (dotted)", "bytes"),
        ):
            axes.set(title=title, xlabel="cells", ylabel=ylabel, xscale="log", yscale="log", xlim=(7e3, 3.5e6))
            _plain(axes.xaxis, (1,))
            _plain(axes.yaxis)
            axes.legend(loc="upper right")
            low, high = axes.get_ylim()
            axes.set_ylim(low / 1.3, high * 2)  # room for the legend


def plot_depth(results: list[Result], path: Path) -> None:
    """Processor time per cell, and the share of signs at each late stage, against the number of hidden layers."""
    kinds = {"he": "random weights (He)", "trained": "trained weights"}
    with _figure(path, 2, 2, (10.5, 7.2), sharex=True, sharey="row") as axes:
        for (series, rows), color in zip(_series(results), (BLUE, ORANGE, BLUE, ORANGE), strict=False):
            kind, _, family = series.partition("-")
            upper, lower = (line[list(kinds).index(kind)] for line in axes)
            for name, line, marker in ((ONE_CORE.name, "-", "o"), (OLD.name, ":", "s")):
                found = [(_depth(row), row["answers"].get(name, {})) for row in rows]
                points = [(depth, _cost(a)) for depth, a in found if "cells" in a]
                if points:
                    label = f"{family}, {name}"
                    alpha = 1 if name == ONE_CORE.name else 0.7
                    upper.plot(*zip(*points, strict=True), line, marker=marker, color=color, label=label, alpha=alpha)
            _shares(lower, rows, family, color)
        for (upper, lower), title in zip(zip(*axes, strict=True), kinds.values(), strict=True):
            upper.set(title=f"CPU time per cell, µs: {title}", yscale="log")
            lower.set(title=f"share of signs settled late: {title}", xlabel="hidden layers of 16 units")
            lower.set(xscale="log", yscale="log", xlim=(1.8, 17.8), ylim=(1e-7, 1))
            lower.axhline(1e-3, color=INK, linewidth=0.8, linestyle=(0, (6, 4)), label="one in 1,000")
            if len(lower.lines) == 1:
                lower.text(0.5, 0.25, "none: all signs are settled\nby structure or bounds", transform=lower.transAxes)
            lower.set_xticks([2, 4, 8, 16], ["2", "4", "8", "16"])
            lower.minorticks_off()
            _plain(upper.yaxis)
            upper.legend(loc="upper left")
            lower.legend(loc="upper left")
        low, high = axes[0][0].get_ylim()
        axes[0][0].set_ylim(low / 1.3, high * 3)  # room for the legend


def plot_growth(results: list[Result], path: Path) -> None:
    """Cells a second and memory of all processes against the number of cells."""
    with _figure(path, 1, 2, (10.5, 4.2)) as [[left, right]]:
        for series, color in zip(dict.fromkeys(str(row["series"]) for row in results), (BLUE, ORANGE), strict=False):
            for program, line, marker in zip(CENSUS, ("-", ":"), "os", strict=True):
                rows = [row["answers"].get(program.name, {}) for row in results if row["series"] == series]
                found = [answer for answer in rows if "cells" in answer]
                style = {
                    "linestyle": line,
                    "marker": marker,
                    "color": color,
                    "label": f"{series}, {program.name.split(', ')[1]}",
                }
                cells = [a["cells"] for a in found]
                left.plot(cells, [a["cells"] / a["seconds"] for a in found], **style)
                right.plot(cells, [a["peak_bytes"] / 2**20 for a in found], **style)
        for axes, title in ((left, "cells a second"), (right, "memory of all processes, MB")):
            axes.set(title=title, xlabel="cells", xscale="log", ylim=(0, 1.4 * axes.get_ylim()[1]))
            _plain(axes.xaxis, (1,))
            axes.legend(fontsize=8, ncols=2)


def _shares(axes: Any, rows: list[Result], family: str, color: str) -> None:
    """Draw the shares of the late stages; those that are zero lie on no logarithmic axis."""
    signs = [(_depth(row), row["answers"][ONE_CORE.name]["signs"]) for row in rows]
    stages = [stage for stage in signs[0][1] if stage not in EARLY]
    for stage, marker in zip(reversed(stages), "oD^v", strict=False):
        points = [(depth, found[stage] / sum(found.values())) for depth, found in signs if found[stage]]
        if points:
            label = f"{family}, {stage.replace('_', ' ')}"
            axes.plot(*zip(*points, strict=True), marker=marker, color=color, label=label)


def _series(results: list[Result]) -> Iterable[tuple[str, list[Result]]]:
    """The series with the results that troppoly has."""
    for series, rows in groupby(results, key=lambda result: str(result["series"])):
        complete = [row for row in rows if "cells" in row["answers"].get(ONE_CORE.name, {})]
        if complete:
            yield series, complete


def _depth(row: Result) -> int:
    return int(row["name"].split("x")[1].split("-")[0])


def _cost(answer: dict[str, Any]) -> float:
    """Microseconds of processor time per cell."""
    return float(1e6 * answer["cpu_seconds"] / answer["cells"])


def _plain(axis: Any, digits: tuple[int, ...] = (1, 2, 5)) -> None:
    """Label a logarithmic axis with numbers that begin with these digits."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=digits))
    axis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}")
    axis.set_minor_formatter(NullFormatter())


@contextmanager
def _figure(path: Path, rows: int, columns: int, size: tuple[float, float], **options: Any) -> Iterator[Any]:
    """The rows of axes of a figure, which is written as PNG in the end."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    with mpl.rc_context(STYLE):
        figure, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False, **options)
        yield axes
        figure.savefig(path)
        plt.close(figure)


PLOTS: dict[str, Callable[[list[Result], Path], None]] = {
    "table": plot_table,
    "flat": plot_flat,
    "depth": plot_depth,
    "growth": plot_growth,
}
"""The plot of every part that has one."""
