"""Parts of the plane: how a census takes a complex apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from troppoly.arguments import Positive, checked
from troppoly.errors import InputError
from troppoly.network import Network
from troppoly.plotting.axes import draw_lines
from troppoly.plotting.clipping import RoundedComplex
from troppoly.plotting.coloring import class_colors
from troppoly.plotting.view import View
from troppoly.plotting.windows import Window, central_window

__all__ = ["plot_parts"]

MOST = 200  # the parts beyond which colors would not be told apart


@checked
def plot_parts(network: Network, part_bytes: Positive, *, ax: Any = None, window: Window | None = None) -> Any:
    """Draw the parts into which :func:`troppoly.census` divides the plane, each in a color, and their cells.

    A part is divided when it is expected to take more than ``part_bytes`` in the end.  Thick lines are the walls by
    which parts are divided.

    Raises InputError for another number of inputs or more than 200 parts.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])
    >>> ax = plot_parts(net, 1)
    >>> len(set(map(tuple, ax.collections[0].get_facecolor())))
    1
    """
    from troppoly.counting.work import Work  # with numba, which takes a second to import

    if network.n_inputs != 2:
        raise InputError(f"This picture is one of a network of two inputs, but there are {network.n_inputs}.")
    work, paths, complexes = Work.of(network, part_bytes=part_bytes), list[tuple[int, ...]]([()]), []
    while paths:
        path = paths.pop()
        complexes += [part.canonical.complex for part in work.parts(path)]
        if len(complexes) > MOST:
            raise InputError(f"There are more than {MOST} parts: choose larger ones.")
        paths += work.run(path).children
    if window is None:
        window = central_window(np.concatenate([RoundedComplex.of(complex_).vertices for complex_ in complexes]))
    for complex_, color in zip(complexes, class_colors(len(complexes)), strict=True):
        view = View.of(complex_, window)
        ax = view.axes(ax, np.tile(color, (complex_.n_cells, 1)))
        draw_lines(ax, view.walls.segments, linewidths=0.3)
    return ax
