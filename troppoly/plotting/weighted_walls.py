"""Divisors in the plane: where a function bends upwards and where downwards."""

from __future__ import annotations

from typing import Any

import numpy as np

from troppoly.arguments import checked
from troppoly.divisors import Divisor
from troppoly.plotting.axes import MAX_WIDTH, draw_lines, line_legend, wall_width
from troppoly.plotting.coloring import ACCENT, CATEGORIES, FAINT
from troppoly.plotting.view import View
from troppoly.plotting.windows import Window

__all__ = ["plot_divisor"]

_SIGNS = ((1, "positive", CATEGORIES[4]), (-1, "negative", ACCENT))


@checked
def plot_divisor(divisor: Divisor, *, ax: Any = None, window: Window | None = None) -> Any:
    """Draw the divisor of a function of two variables: positive walls blue, negative ones orange.

    The area of a line grows with the length |w n| of the jump of the gradient; walls of weight 0 are faint and dotted.

    Raises InputError for another number of variables.

    >>> import troppoly as tp
    >>> x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    >>> ax = plot_divisor(tp.divisor((x + 0) / (x + y + 1)))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['positive', 'negative']
    """
    view = View.of(divisor.complex, window)
    ax = view.axes(ax)
    signs = np.sign(divisor.weights[view.walls.ids]).astype(np.int64)
    draw_lines(ax, view.walls.take(signs == 0).segments, linestyles=":", colors=[FAINT])
    jumps = divisor.space.forms[:, :-1] * divisor.weights[:, None]
    lengths = np.hypot(*jumps.astype(np.float64).T)
    sizes = (lengths / (lengths.max(initial=0) or 1))[view.walls.ids]
    scale, shown = max(0.4, wall_width(len(view.cells)) / MAX_WIDTH), {}
    for sign, name, color in _SIGNS:
        if (signs == sign).any():
            widths = scale * (0.8 + 2.4 * np.sqrt(sizes[signs == sign]))
            draw_lines(ax, view.walls.take(signs == sign).segments, colors=[color], linewidths=widths)
            shown[name] = color, 2
    line_legend(ax, shown)
    return ax
