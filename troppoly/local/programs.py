"""Proposals: what linear programs over the inequalities of one cell probably have as answers, by HiGHS in floats.

One program is kept, of which rows are switched on and the objective is changed, so that each starts where the last one
ended.  Coordinates have their origin inside the cell, and are scaled so that its nearest walls are at distance 1.
Nothing here is proved.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from troppoly.exact.highs import solver_of

__all__ = ["FloatPrograms", "largest_ball"]

FloatArray = NDArray[np.float64]

_TIGHT = 1e-9


class FloatPrograms:
    """Minimize f_i over the active inequalities f_j >= 0 and f_i >= -1, where f_j = <rows[j], w> + heights[j]."""

    def __init__(self, rows: FloatArray, heights: FloatArray) -> None:
        lengths = np.linalg.norm(rows, axis=1)
        lengths[lengths == 0] = 1.0
        self.rows, distances = rows / lengths[:, None], heights / lengths
        self.unit = float(distances.min()) or 1.0
        self.heights = distances / self.unit
        self.active = np.zeros(len(rows), dtype=bool)
        n = rows.shape[1]
        self.solver = solver_of(np.zeros(n), self.rows, (-np.inf, np.inf))
        self.columns = np.arange(n, dtype=np.int32)

    def activate(self, rows: Iterable[int]) -> None:
        """Switch inequalities on."""
        for i in rows:
            self.active[i] = True
            self.solver.changeRowBounds(i, -self.heights[i], np.inf)

    def minimize(self, i: int) -> tuple[float, FloatArray, list[int]]:
        """Return the minimum of f_i, -0.0 or less if it is negative, a minimizer, and the rows that prove it."""
        self.solver.changeColsCost(len(self.columns), self.columns, self.rows[i])
        self.solver.changeRowBounds(i, -self.heights[i] - 1, np.inf)
        self.solver.run()
        low = -self.heights[i] if self.active[i] else -np.inf
        solution = self.solver.getSolution()
        w, duals = np.array(solution.col_value), np.array(solution.row_dual)
        self.solver.changeRowBounds(i, low, np.inf)
        support = np.flatnonzero(self.active & (duals > _TIGHT)).tolist()
        return float(self.rows[i] @ w + self.heights[i]) + _TIGHT, w, support


def largest_ball(rows: FloatArray, heights: FloatArray, cap: float) -> tuple[FloatArray, float]:
    """Return center and radius, at most ``cap``, of a large ball in {<rows[j], w> + heights[j] >= 0}, |rows[j]| = 1."""
    m, n = rows.shape
    matrix = np.vstack([np.hstack([rows, -np.ones((m, 1))]), np.append(np.zeros(n), -1.0)])
    solver = solver_of(np.append(np.zeros(n), -1.0), matrix, (np.append(-heights, -cap), np.inf))
    solver.run()
    solution = np.array(solver.getSolution().col_value)
    return (solution[:n], float(solution[n])) if len(solution) else (np.zeros(n), 0.0)
