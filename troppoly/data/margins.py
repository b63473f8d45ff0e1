"""How far points are from the walls of their cells, exactly, without facets.

Let the cell of x be {f >= 0 for f in F}, f(y) = <a, y> + b.  The ball of radius r around x lies in it if and only if
f(x) >= r |a|* for all f, with the dual norm: so the largest ball, and the distance to what is outside of the cell, is

    margin(x) = min {f(x) / |a|* : f in F, a != 0}.

Redundant inequalities do no harm.  No unit changes its sign, and the network is one affine map, within the margin.  In
the 2-norm, which is its own dual, the quotients are square roots of rationals f(x)^2 / |a|^2, which are compared.

**Which one.**  Values of units at points, and their forms on cells, are computed in floats with errors at most e and
e_j (:mod:`troppoly.cellwise.rounding_errors`).  The norm of (a~_j) is off by at most that of (e_j), and its own sum of
n terms by n + 8 more rounding errors, so the quotients lie in intervals.  Those which may be the least are computed.
The 2-norm is m sqrt(sum (a_j / m)^2), m the largest |a_j|, so that no square overflows, or underflows where it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.cellwise.arithmetic import masked
from troppoly.cellwise.cell_network import CellNetwork, chunks
from troppoly.cellwise.rounding_errors import FloatArray, relative_bound
from troppoly.complex.shape import dual_norm, norm_of
from troppoly.data.signs import Points
from troppoly.exact import Radical
from troppoly.exact.scalar import ObjectArray
from troppoly.local.cells import LocalCell
from troppoly.local.germs import Signs, forms_of_units, masks_of

__all__ = ["Margin", "margins_by_inequalities", "margins_by_units"]

Unit = tuple[int, int]
Margin = tuple[mpq | Radical | None, tuple[Unit, ...]]
"""A margin, None if the cell is the whole space, and the units of the nearest walls."""

_SLACK = 1 + 2.0**-40  # more than the rounding of a few operations


def margins_by_inequalities(cell: LocalCell, points: Sequence[tuple[mpq, ...]], norm: float) -> list[Margin]:
    """Return the margins of points of one cell, from all of its inequalities."""
    forms = list(cell.inequalities)
    lengths = [_length(row, norm) for row in forms]
    result: list[Margin] = []
    for x in points:
        found: list[tuple[mpq, tuple[Unit, ...]]] = []
        for row, length, units in zip(forms, lengths, cell.units, strict=True):
            if length:
                found.append((_power(row[:-1] @ np.array(x, dtype=object) + row[-1], norm) / length, units))
        result.append(_least(found, norm))
    return result


def _length(form: ObjectArray, norm: float) -> mpq:
    """The dual norm of the linear part of a form, or for the 2-norm its square."""
    return (form[:-1] ** 2).sum() if norm == 2 else norm_of(form[:-1], dual_norm(norm))


def _power(value: mpq, norm: float) -> mpq:
    """The absolute value, or for the 2-norm the square."""
    return value**2 if norm == 2 else abs(value)


def _least(found: Sequence[tuple[mpq, tuple[Unit, ...]]], norm: float) -> Margin:
    least = min((value for value, _ in found), default=None)
    units = tuple(sorted({unit for value, units in found if value == least for unit in units}))
    return Radical.root(least) if norm == 2 and least is not None else least, units


def margins_by_units(
    cells: CellNetwork, signs: Signs, cell_of_point: NDArray[np.intp], points: Points, norm: float
) -> list[Margin]:
    """Return the margins of points whose cells have these (cells, units) signs; the network has no maxima."""
    n, low, high = len(points), list[FloatArray](), list[FloatArray]()
    for layer, known in enumerate(signs):
        if known.shape[1]:
            bounds = _quotients(cells, layer, signs, cell_of_point, points, norm)
            low.append(bounds[0])
            high.append(bounds[1])
    columns = [(layer, int(unit)) for layer, own in enumerate(cells.layers) for unit in own.rectified]
    if not columns:
        return [(None, ())] * n
    lower, upper = np.concatenate(low, axis=1), np.concatenate(high, axis=1)
    chosen = np.isfinite(lower) & (lower <= upper.min(axis=1, keepdims=True) * _SLACK)
    found: list[list[tuple[mpq, tuple[Unit, ...]]]] = [[] for _ in range(n)]
    for i, column, value in _exact(cells, signs, cell_of_point, points, norm, chosen):
        found[i].append((value, (columns[column],)))
    return [_least(each, norm) for each in found]


def _quotients(
    cells: CellNetwork, layer: int, signs: Signs, cell_of_point: NDArray[np.intp], points: Points, norm: float
) -> tuple[FloatArray, FloatArray]:
    """Bounds of |f(x)| / |a|* for points and the rectified units of a layer; infinite where there is no wall."""
    units, floats = cells.layers[layer].rectified, cells.floats
    low, high = np.zeros((2, len(points), len(units)))
    high[:] = inf
    constant = signs[layer] == 0
    if floats is not None:
        n_operations = sum(floats.operations[: layer + 1]) + 2
        short, long = _lengths(cells, layer, signs, norm)
        bound = relative_bound(n_operations)
        for part in chunks(len(points), 4 * max(cells.width, cells.n_coordinates)):
            own = cell_of_point[part]
            with np.errstate(all="ignore"):
                values, magnitudes = floats.values(layer, points.floats[:, part], masks_of(cells, signs[:layer], own))
                sizes, errors = np.abs(values[:, units]), bound * magnitudes[:, units]
                low[part] = np.maximum(sizes - errors, 0) / (long[own] * _SLACK)
                high[part] = (sizes + errors) * _SLACK / short[own]
        constant |= long == 0
        high[np.isnan(high)] = inf
        low[np.isnan(low)] = 0
    low[constant[cell_of_point]] = high[constant[cell_of_point]] = inf
    return low, high


def _lengths(cells: CellNetwork, layer: int, signs: Signs, norm: float) -> tuple[FloatArray, FloatArray]:
    """Lower and upper bounds of the dual norms of the linear parts of the rectified units of a layer, on all cells."""
    units, floats, dual = cells.layers[layer].rectified, cells.floats, dual_norm(norm)
    assert floats is not None
    m = len(signs[layer]) if layer else 1  # forms of the first layer are the same on all cells
    short, long = np.zeros((2, m, len(units)))
    bound = relative_bound(sum(floats.operations[: layer + 1]) + cells.n_coordinates + 8)
    for part in chunks(m, 2 * len(units) * max(cells.width, cells.n_coordinates)):
        masks = masks_of(cells, signs[:layer], part)
        rows = part.stop - part.start
        with np.errstate(all="ignore"):
            forms = floats.pull(layer, np.tile(units, rows), masked(masks, len(units)))[..., :-1]
            values, sizes = (_norm(each, dual).reshape(rows, -1) for each in np.abs(forms))
            short[part] = np.maximum(values - bound * sizes * _SLACK, 0)
            long[part] = values + bound * sizes * _SLACK
    shape = len(signs[layer]), len(units)
    return np.broadcast_to(short, shape), np.broadcast_to(long, shape)


def _norm(values: FloatArray, norm: float) -> FloatArray:
    """The norms of rows of nonnegative floats."""
    if norm == 1:
        return np.asarray(values.sum(axis=-1))
    greatest = np.asarray(values.max(axis=-1, initial=0))
    if norm == inf:
        return greatest
    quotients = values / np.where(greatest > 0, greatest, 1)[..., None]
    return np.asarray(greatest * np.sqrt((quotients**2).sum(axis=-1)))


def _exact(
    cells: CellNetwork,
    signs: Signs,
    cell_of_point: NDArray[np.intp],
    points: Points,
    norm: float,
    chosen: NDArray[np.bool_],
) -> Iterator[tuple[int, int, mpq]]:
    """Yield the chosen points and columns of units, with the quotients or squares, but where there is no wall."""
    first = 0
    for layer, own in enumerate(cells.layers):
        block = chosen[:, first : first + len(own.rectified)]
        rows, columns = np.nonzero(block)
        if len(rows):
            owners = cell_of_point[rows] if layer else np.zeros(len(rows), dtype=np.intp)
            pairs, places = np.unique(np.stack([owners, columns]), axis=1, return_inverse=True)
            order = np.argsort(places.ravel(), kind="stable")
            ends = np.searchsorted(places.ravel()[order], np.arange(pairs.shape[1] + 1))
            for part in chunks(pairs.shape[1], 64 * max(cells.width, cells.n_coordinates)):
                masks = masks_of(cells, signs[:layer], pairs[0, part])
                forms = forms_of_units(cells, layer, own.rectified[pairs[1, part]], masks)
                for k, form in enumerate(forms, start=part.start):
                    length = _length(form, norm)
                    for j in order[ends[k] : ends[k + 1]] if length else ():
                        y = points.integers(int(rows[j]))
                        yield int(rows[j]), first + int(columns[j]), _power(mpq(form @ y, y[-1]), norm) / length
        first += len(own.rectified)
