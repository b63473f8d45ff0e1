"""Which of some cells of a network share a facet, and which the fewest units tell apart.

If B lies behind a facet of A, a unit that is not zero on A has another sign on B only if it is zero on the facet: then
its form on A is a multiple of that of the facet.  So where no unit is zero on A, and no two forms are multiples of each
other, A and B differ by one unit.  The segment from a point of A to one of B crosses its wall once, and where it does,
it shows that the wall is a facet of both if all other forms of A are positive.  If not, and for cells of which the rest
is not known, the facets of A are computed, and the signs behind them.

Forms whose values at two points p and q are v_i, w_i modulo a prime with v_i w_j != v_j w_i are no multiples.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.cellwise.cell_network import CellNetwork, chunks
from troppoly.exact import modular
from troppoly.exact.scalar import ObjectArray
from troppoly.local.charts import chart_of, homogeneous
from troppoly.local.geometry import CellGeometry
from troppoly.local.germs import Signs, masks_of
from troppoly.network import Network

__all__ = ["nearest_cells", "walls_between"]

_PRIME = int(modular.moduli(1)[0])


def walls_between(
    network: Network, cells: CellNetwork, signs: Signs, points: list[tuple[mpq, ...]]
) -> NDArray[np.intp]:
    """Return the (k, 2) pairs of cells, given by their (cells, units) signs and a point of each, that share a facet."""
    rows = np.concatenate(signs, axis=1)
    chart, numbers = chart_of(network), {row.tobytes(): i for i, row in enumerate(rows)}

    @cache
    def cell(i: int) -> CellGeometry:
        return CellGeometry(network, tuple(known[i] for known in signs), homogeneous(chart.place(points[i])))

    @cache
    def behind(i: int) -> set[int]:
        found = (np.concatenate(cell(i).signs_behind(facet)).tobytes() for facet in cell(i).facets)
        return {numbers[word] for word in found if word in numbers}

    pairs, unclear = set(), _unclear(network, cells, signs)
    for i in np.flatnonzero(unclear).tolist():
        pairs |= {(min(i, j), max(i, j)) for j in behind(i)}
    for part in chunks(len(rows), 4 * len(rows)):
        for first, j in np.argwhere(_differing(rows, part) == 1).tolist():
            i = first + part.start
            if i < j and not unclear[i] and not unclear[j]:
                column = int(np.flatnonzero(rows[i] != rows[j])[0])
                if _facet_is_crossed(cell(i), column, cell(j).start) or j in behind(i):
                    pairs.add((i, j))
    return np.array(sorted(pairs), dtype=np.intp).reshape(-1, 2)


def _facet_is_crossed(cell: CellGeometry, column: int, y: ObjectArray) -> bool:
    """Whether the segment to y leaves the cell through the wall of a unit, and there through no other."""
    forms, x = cell.inequalities.forms, cell.start
    units = [(layer, unit) for layer, own in enumerate(cell.chart.cells.layers) for unit in own.rectified]
    wall = next(i for i, own in enumerate(cell.inequalities.units) if units[column] in own)
    crossing = x * -(forms[wall] @ y) + y * (forms[wall] @ x)
    return bool(crossing[-1] > 0 and (np.delete(forms, wall, axis=0) @ crossing > 0).all())


def nearest_cells(rows: NDArray[np.int8]) -> NDArray[np.intp]:
    """Return for every cell those others from which the fewest units tell it apart, as triples: both, and the number.

    >>> nearest_cells(np.array([[1, 0], [1, 1], [-1, 1]], dtype=np.int8)).tolist()
    [[0, 1, 1], [1, 0, 1], [1, 2, 1], [2, 1, 1]]
    """
    result, n = [np.zeros((0, 3), dtype=np.intp)], len(rows)
    for part in chunks(n, 4 * n) if n > 1 else ():
        counts = _differing(rows, part)
        counts[np.arange(len(counts)), np.arange(part.start, part.stop)] = rows.shape[1] + 1
        first, second = np.nonzero(counts == counts.min(axis=1, keepdims=True))
        result.append(np.stack([first + part.start, second, counts[first, second]], axis=1))
    return np.concatenate(result)


def _differing(rows: NDArray[np.int8], part: slice) -> NDArray[np.intp]:
    """The (part, cells) numbers of units that have different signs on cells of a part and on all cells."""
    same = sum((rows[part] == s).astype(np.float32) @ (rows == s).astype(np.float32).T for s in (-1, 0, 1))
    return np.asarray(rows.shape[1] - same, dtype=np.intp)


def _unclear(network: Network, cells: CellNetwork, signs: Signs) -> NDArray[np.bool_]:
    """Which cells may share a facet with others from which several units tell them apart."""
    rows = np.concatenate(signs, axis=1)
    n, units = rows.shape
    result = np.asarray((rows == 0).any(axis=1) | bool(network.max_groups), dtype=bool)
    rest = np.flatnonzero(~result)
    for part in chunks(len(rest) if n > 1 else 0, 4 * max(units**2, cells.width)):
        result[rest[part]] = _has_multiples(cells, signs, rest[part])
    return result


def _has_multiples(cells: CellNetwork, signs: Signs, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether two units may be multiples of each other on cells."""
    residues, generator = cells.residues(1), np.random.default_rng(0)
    values = []
    for _ in range(2):
        y = generator.integers(0, _PRIME // 2, (1, 1, cells.n_coordinates)).astype(np.float64)
        y = np.broadcast_to(y, (1, len(rows), cells.n_coordinates))
        at_y = [
            residues.values(layer, y, masks_of(cells, signs[:layer], rows))[0][:, own.rectified]
            for layer, own in enumerate(cells.layers)
            if len(own.rectified)
        ]
        values.append(np.concatenate(at_y, axis=1).astype(np.int64) % _PRIME)
    v, w = values
    products = v[:, :, None] * w[:, None, :] % _PRIME
    alike = products == products.transpose(0, 2, 1)
    return np.asarray(alike.sum(axis=(1, 2)) > v.shape[1], dtype=bool)  # each is alike itself
