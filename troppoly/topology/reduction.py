"""Persistent homology of a filtered chain complex over a field, by reduction of the boundary matrix.

Columns, in the order in which their cells enter, are reduced by earlier ones with the same lowest entry, the cell of
the boundary that entered last (Edelsbrunner, Letscher and Zomorodian 2002, Topological persistence and simplification,
Discrete Comput. Geom. 28).  A column that stays nonzero kills the class that its lowest entry began; other cells begin
a class.  From the highest degree down, a cell that is such a lowest entry is known to begin a class, and its own column
is not reduced (Chen and Kerber 2011, Persistent homology computation with a twist).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.topology.chains import Chains

__all__ = ["intervals"]


def intervals(
    chains: Chains, levels: Sequence[NDArray[np.int64]], modulus: int
) -> Iterator[tuple[int, int, int | None]]:
    """Yield (degree, birth, death) of all intervals that are not empty, over the field of a prime modulus or Q (0).

    ``levels[k]`` says when the cells of degree k enter; death is None for what stays.
    """
    orders = [np.argsort(level, kind="stable") for level in levels]
    begun: set[int] = set()  # the positions of the cells that are known to begin a class
    for k in range(len(levels) - 1, -1, -1):
        here = levels[k][orders[k]].tolist()
        columns = _columns(chains, orders, k, modulus) if k else [{} for _ in here]
        reduced: dict[int, dict[int, Any]] = {}
        for position, column in enumerate(columns):
            if position in begun:
                continue
            while column and (other := reduced.get(lowest := max(column))) is not None:
                _cancel(column, other, lowest, modulus)
            if column:
                reduced[lowest] = column
                birth = int(levels[k - 1][orders[k - 1][lowest]])
                if birth < here[position]:
                    yield k - 1, birth, here[position]
            else:
                yield k, here[position], None
        begun = set(reduced)


def _columns(chains: Chains, orders: Sequence[NDArray[Any]], k: int, modulus: int) -> list[dict[int, Any]]:
    """The boundaries of the cells of degree k by position, in order."""
    owners, entries, signs = chains.boundaries[k - 1]
    places = [np.empty(len(order), dtype=np.int64) for order in orders[k - 1 : k + 1]]
    for place, order in zip(places, orders[k - 1 : k + 1], strict=True):
        place[order] = np.arange(len(order))
    result: list[dict[int, Any]] = [{} for _ in orders[k]]
    arrays = places[1][owners].tolist(), places[0][entries].tolist(), signs.tolist()
    for owner, entry, sign in zip(*arrays, strict=True):
        result[owner][entry] = sign % modulus if modulus else mpq(sign)
    return result


def _cancel(column: dict[int, Any], other: dict[int, Any], row: int, modulus: int) -> None:
    """Subtract the multiple of another column that has the same entry in a row."""
    factor = column[row] * pow(other[row], -1, modulus) % modulus if modulus else column[row] / other[row]
    for i, value in other.items():
        new = column.get(i, 0) - factor * value
        if modulus:
            new %= modulus
        if new:
            column[i] = new
        else:
            del column[i]
