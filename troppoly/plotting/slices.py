"""Slices: the regions of a network of many inputs in the plane through three points.

The plane through p, q and r is {p + u_1 (q - p) + u_2 (r - p)}; restricted to it, a network with d inputs is one with
two, whose regions are the intersections of the regions with the plane.  The coordinates u are affine, so that angles
and lengths of the picture are those of R^d only if q - p and r - p are orthonormal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from troppoly.arguments import Positive, checked
from troppoly.errors import InputError, ShapeError
from troppoly.exact import RationalMatrix, rational_vector
from troppoly.exact.linear import rank
from troppoly.network import Network
from troppoly.plotting.axes import check_axes, literal, mark_triangle
from troppoly.plotting.planar_regions import plot_regions
from troppoly.plotting.windows import Window
from troppoly.regions import linear_regions

__all__ = ["label_slice", "plane_through", "plot_slice"]


@checked
def plane_through(p: Sequence[Any], q: Sequence[Any], r: Sequence[Any]) -> tuple[RationalMatrix, tuple[Any, ...]]:
    """Return (A, b) with A = (q - p | r - p) of shape (d, 2) and b = p: the plane {A u + b} through three points.

    Raises ShapeError if the points have different lengths and InputError if they are on one line.

    >>> A, b = plane_through([0, 0, 1], [2, 0, 1], [0, "1/2", 1])
    >>> A.T, b
    (RationalMatrix([['2', '0', '0'], ['0', '1/2', '0']]), (mpq(0,1), mpq(0,1), mpq(1,1)))
    """
    origin = rational_vector(p, "point p")
    rows = []
    for name, point in (("q", q), ("r", r)):
        exact = rational_vector(point, f"point {name}")
        if len(exact) != len(origin):
            raise ShapeError(f"The points p and {name} have {len(origin)} and {len(exact)} coordinates.")
        rows.append([a - b for a, b in zip(exact, origin, strict=True)])
    matrix = RationalMatrix.of(rows, columns=len(origin)).T
    if rank(matrix) < 2:
        raise InputError("The three points lie on one line, so they span no plane.")
    return matrix, origin


@checked
def plot_slice(
    network: Network,
    p: Sequence[Any],
    q: Sequence[Any],
    r: Sequence[Any],
    *,
    ax: Any = None,
    window: Window = (-1.0, 2.0, -1.0, 2.0),
    names: Sequence[str] = ("p", "q", "r"),
    max_cells: int | None = None,
    workers: Positive | None = None,
) -> Any:
    r"""Draw the linear regions of a network in the plane through three points, by default around their triangle.

    ``window`` is one of the coordinates u.  Of the three ``names``, letters with an index or not as in "e_1" are set
    in italics, and all other text is written as it is.  For other pictures of a slice, restrict the network:
    ``network.restrict(*plane_through(p, q, r))``, and use :func:`label_slice`.

    Raises the errors of :func:`plane_through`, ShapeError if the points do not lie in the input space, and
    BudgetError if there are more than ``max_cells`` cells in the plane, which is refined with ``workers`` as by
    :func:`troppoly.linear_regions`.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 1, 1]]])
    >>> ax = plot_slice(net, (1, 0, 0), (0, 1, 0), (0, 0, 1), names=("e_1", "e_2", "e_3"))
    >>> ax.get_title()
    'slice of $\\mathbb{R}^{3}$: $x$ = $e_1$ + $u_1$ ($e_2$ $-$ $e_1$) + $u_2$ ($e_3$ $-$ $e_1$)'
    """
    _symbols(names)
    regions = linear_regions(network.restrict(*plane_through(p, q, r)), max_cells=max_cells, workers=workers)
    return label_slice(plot_regions(regions, ax=ax, window=window), network.n_inputs, names)


@checked
def label_slice(ax: Any, dimension: int, names: Sequence[str] = ("p", "q", "r")) -> Any:
    """Mark the three points of a slice of R^d in axes of the coordinates u, name the plane, and return the axes.

    Raises InputError unless there are three names.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0, 2], [0, 1, 1]], [[1, 1]]])
    >>> restricted = net.restrict(*plane_through((0, 0, 0), (1, 0, 0), (0, 1, 0)))
    >>> ax = label_slice(tp.plotting.plot_layers(tp.linear_regions(restricted)), 3)
    >>> ax.get_xlabel(), [text.get_text() for text in ax.texts]
    ('$u_1$', ['$p$', '$q$', '$r$'])
    """
    check_axes(ax, given=True)
    p, q, r = symbols = _symbols(names)
    mark_triangle(ax, symbols)
    plane = f"$x$ = {p} + $u_1$ ({q} $-$ {p}) + $u_2$ ({r} $-$ {p})"
    ax.set(xlabel="$u_1$", ylabel="$u_2$")
    ax.set_title(rf"slice of $\mathbb{{R}}^{{{dimension}}}$: {plane}", wrap=True)
    return ax


def _symbols(names: Sequence[str]) -> list[str]:
    """Three letters as formulas, and other texts as they are."""
    if len(names) != 3:
        raise InputError(f"A slice has three points to name, p, q and r, not {names!r}.")
    return [f"${name}$" if re.fullmatch(r"[A-Za-z](_[A-Za-z0-9])?", str(name)) else literal(name) for name in names]
