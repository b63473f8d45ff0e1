"""The breakpoints of a network on a straight line, exactly: one layer after another, for all pieces at once.

On the line x(s) = a + s v every unit of the first layer is a form in (s, t).  Let the line be cut into intervals on
which all units of the first l layers have constant signs inside.  On each of them every unit of layer l + 1 is a form
p s + q t, so it changes its sign at most once, at s = -q / p, and does so inside if and only if its signs at the two
ends are opposite.  These points are the new cuts.  A unit that is zero at an end, but not on the interval, has the sign
of the other end.  The work is that of one pass of the network for each interval and layer.

The signs at the ends are certified in floats (:mod:`troppoly.cellwise.rounding_errors`), or computed from the forms,
and so are the cuts, always.  Points are integer vectors (s, t), t >= 0, so a ray ends at (1, 0).

**Maxima.**  Where a later unit of a maximum is positive, the sign of a unit does not matter, so cuts where nothing else
happens are dropped at the end: the signs that matter are equal before, at and behind them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.cellwise.cell_network import CellNetwork, chunks
from troppoly.cellwise.rounding_errors import FloatArray, certain, relative_bound
from troppoly.exact.scalar import ObjectArray, nearest_float
from troppoly.local.germs import Signs, forms_of_units, masks_of, normalized
from troppoly.network.maxima import MaxGroup

__all__ = ["CutLine", "cut_line"]


@dataclass(frozen=True, eq=False)
class CutLine:
    """The n + 1 points (s, t), ends included, between n intervals, and the signs of units at and between them.

    ``at[l]`` are the (n + 1, rectified units) signs at the points, ``inside[l]`` the (n, rectified units) ones between.
    """

    points: ObjectArray
    at: Signs
    inside: Signs


def cut_line(cells: CellNetwork, end: ObjectArray, groups: Sequence[MaxGroup]) -> CutLine:
    """Return how the units of a network on the line of (s, t) cut the way from s = 0 to ``end``, (1, 1) or (1, 0)."""
    points = np.array([[mpz(0), mpz(1)], list(end)], dtype=object)
    at, inside = list[NDArray[np.int8]](), list[NDArray[np.int8]]()
    for layer, own in enumerate(cells.layers):
        # units are continuous: their signs at a point are the same from both sides
        signs = _signs(cells, layer, inside, points)
        left, right = signs[:-1], signs[1:]
        interval, unit = np.nonzero(left.astype(int) * right < 0)
        roots = _roots(cells, layer, inside, interval, own.rectified[unit])
        cuts = sorted({(int(i), s) for i, s in zip(interval, roots, strict=True)})
        owners = np.array([i for i, _ in cuts], dtype=np.intp)
        sizes = 1 + np.bincount(owners, minlength=len(left))
        starts = np.concatenate([[0], np.cumsum(sizes)])  # where the old points are among the new ones
        places = {cut: int(owners[n]) + 1 + n for n, cut in enumerate(cuts)}

        at = [_with_cuts(known, between, owners, starts) for known, between in zip(at, inside, strict=True)]
        inside = [np.repeat(between, sizes, axis=0) for between in inside]
        new = np.array([[s.numerator, s.denominator] for _, s in cuts], dtype=object).reshape(-1, 2)
        points = _with_cuts(points, np.zeros((len(left), 2), dtype=object), owners, starts)
        points[list(places.values())] = new
        between = np.repeat(np.where(left != 0, left, right), sizes, axis=0)
        for i, u, s in zip(interval, unit, roots, strict=True):
            between[places[int(i), s] : starts[i + 1], u] = right[i, u]
        here = _with_cuts(signs, left, owners, starts)
        chosen = list(places.values())
        here[chosen] = between[chosen]
        for i, u, s in zip(interval, unit, roots, strict=True):
            here[places[int(i), s], u] = 0
        at.append(here)
        inside.append(between)
    return _without_what_does_not_matter(cells, CutLine(points, tuple(at), tuple(inside)), groups)


def _with_cuts(values: NDArray[Any], between: NDArray[Any], owners: NDArray[np.intp], starts: Any) -> NDArray[Any]:
    """Values at the old points, and at the cuts those of the intervals that they are in."""
    result = np.empty((starts[-1] + 1, *values.shape[1:]), dtype=values.dtype)
    result[starts] = values
    result[owners + 1 + np.arange(len(owners))] = between[owners]
    return result


def _forms(
    cells: CellNetwork, layer: int, inside: Sequence[NDArray[np.int8]], rows: NDArray[Any], units: NDArray[Any]
) -> ObjectArray:
    """The integer forms (p, q) of units on intervals."""
    result = np.empty((len(rows), 2), dtype=object)
    for part in chunks(len(rows), 64 * cells.width):
        result[part] = forms_of_units(cells, layer, units[part], masks_of(cells, inside[:layer], rows[part]))
    return result


def _signs(cells: CellNetwork, layer: int, inside: Sequence[NDArray[np.int8]], points: ObjectArray) -> NDArray[np.int8]:
    """The signs of the rectified units of a layer at all points, by the intervals behind them (before the last one)."""
    inside = [np.concatenate([between, between[-1:]]) for between in inside]
    units, floats = cells.layers[layer].rectified, cells.floats
    result = np.zeros((len(points), len(units)), dtype=np.int8)
    doubtful = np.ones(result.shape, dtype=bool)
    if floats is not None:
        bound = relative_bound(sum(floats.operations[: layer + 1]) + 2)
        y = _float_points(points)
        for part in chunks(len(points), 8 * cells.width):
            with np.errstate(all="ignore"):
                found = floats.values(layer, y[:, part], masks_of(cells, inside, part))[:, :, units]
                doubtful[part] = ~certain(found[0], found[1], bound)
                result[part] = np.sign(np.where(doubtful[part], 0, found[0]))
    rows, columns = np.nonzero(doubtful)
    if len(rows):
        forms = _forms(cells, layer, inside, rows, units[columns])
        values = (forms * points[rows]).sum(axis=1)
        result[rows, columns] = [int(v > 0) - int(v < 0) for v in values]
    return result


def _roots(
    cells: CellNetwork, layer: int, inside: Sequence[NDArray[np.int8]], rows: NDArray[Any], units: NDArray[Any]
) -> list[mpq]:
    """Where units vanish inside of intervals."""
    return [mpq(-q, p) for p, q in _forms(cells, layer, inside, rows, units)]


def _float_points(points: ObjectArray) -> FloatArray:
    """The points as values and sizes of the floats nearest to (s / t, 1), or (1, 0)."""
    values = np.array([[nearest_float(mpq(s, t)), 1.0] if t else [1.0, 0.0] for s, t in points])
    return np.stack([values, np.abs(values)])


def _without_what_does_not_matter(cells: CellNetwork, line: CutLine, groups: Sequence[MaxGroup]) -> CutLine:
    """Clear the signs of units of maxima that do not matter, and drop the cuts where nothing else happens."""
    if not groups:
        return line
    at, inside = (normalized(signs, cells, groups) for signs in (line.at, line.inside))
    here, between = (np.concatenate(signs, axis=1) for signs in (at, inside))
    same = (between[1:] == between[:-1]).all(axis=1) & (here[1:-1] == between[1:]).all(axis=1)
    kept = np.concatenate([[True], ~same])
    points = np.append(kept, True)
    return CutLine(line.points[points], tuple(a[points] for a in at), tuple(a[kept] for a in inside))
