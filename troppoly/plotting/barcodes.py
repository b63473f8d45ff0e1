"""Barcodes: when the classes of homology of level sets are born, and when they die."""

from __future__ import annotations

from math import isinf
from typing import Any

from troppoly.arguments import checked
from troppoly.plotting.axes import chart_axes, line_legend
from troppoly.plotting.coloring import FAINT, LINES
from troppoly.topology import Barcode

__all__ = ["plot_barcode"]


@checked
def plot_barcode(barcode: Barcode, *, ax: Any = None) -> Any:
    """Draw the bars of :func:`troppoly.persistence` over the levels, the lowest degree below, with a color for each.

    Bars that are infinite go on to the frame, with an arrow; those that are too short to be seen are squares as high as
    the others.  Faint dotted lines are the levels of births and deaths.

    >>> import troppoly as tp
    >>> waves = tp.Network.from_arrays([[[1], [1], [1]], [[1, -2, 2]]], [[0, -1, -2], [0]])
    >>> ax = plot_barcode(tp.persistence(waves))
    >>> [text.get_text() for text in ax.get_legend().get_texts()], ax.get_xlabel()
    (['$H_0$'], 'level')
    """
    ax = chart_axes(ax, 6.4, 1.4 + 0.22 * min(len(barcode), 40))
    levels = sorted({float(level) for bar in barcode for level in bar[1:] if not isinf(level)})
    first, last = (levels[0], levels[-1]) if levels else (0.0, 0.0)
    margin = 0.12 * (last - first) or 1.0
    low, high = first - margin, last + margin
    for level in levels:
        ax.axvline(level, color=FAINT, linewidth=0.6, linestyle=":", zorder=0)
    names: dict[str, tuple[Any, float]] = {}
    for y, (degree, *ends) in enumerate(barcode):
        color = LINES[1 + degree % (len(LINES) - 1)]
        x = [min(max(float(end), low), high) for end in ends]
        ax.plot(x, [y, y], color=color, linewidth=3, marker="s", markersize=3, markeredgewidth=0)
        for end, at in zip(ends, x, strict=True):
            if isinf(end):
                ax.plot([at], [y], color=color, marker="<" if end < 0 else ">", markersize=6, clip_on=False)
        names[f"$H_{degree}$"] = color, 3
    ax.set(xlim=(low, high), ylim=(-0.8, max(len(barcode), 1) - 0.2), yticks=[], xlabel="level")
    ax.spines["left"].set_visible(False)
    line_legend(ax, names)
    return ax
