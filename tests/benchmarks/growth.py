"""The cost per cell of growing networks of one family, as a log-log plot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["plot_growth"]


def plot_growth(families: dict[str, list[dict[str, Any]]], subtitle: str, path: Path) -> None:
    """Write a PNG: processor time and memory per cell against the number of cells."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import LogLocator, NullFormatter

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    for (family, rows), marker in zip(families.items(), "osD", strict=False):
        cells = [row["cells"] for row in rows]
        left.plot(cells, [1e6 * row["cpu_seconds"] / row["cells"] for row in rows], marker=marker, label=family)
        right.plot(cells, [row["held_bytes"] / row["cells"] for row in rows], marker=marker, label=family)
    for axes, title in ((left, "processor time per cell, µs"), (right, "bytes per cell, held by the refinement")):
        axes.set(xscale="log", yscale="log", xlabel="cells", title=title)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    left.set_ylim(1, 100)
    right.set_ylim(100, 10_000)
    figure.suptitle(f"Canonical complexes over all of R^d, exact\n{subtitle}", fontsize=10)
    figure.savefig(path, dpi=150)
    plt.close(figure)
