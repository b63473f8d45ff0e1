"""Proposals: what linear programs over the inequalities of one cell probably have as answers, by HiGHS in floats.

One program is kept, of which rows are switched on and the objective is changed, so that each starts where the last one
ended.  Coordinates have their origin inside the cell, and are scaled so that its nearest walls are at distance 1.
Nothing here is proved.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
        self.solver = _solver(np.zeros(n), self.rows, np.full(len(rows), -np.inf))
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
    solver = _solver(np.append(np.zeros(n), -1.0), matrix, np.append(-heights, -cap))
    solver.run()
    solution = np.array(solver.getSolution().col_value)
    return (solution[:n], float(solution[n])) if len(solution) else (np.zeros(n), 0.0)


def _solver(cost: FloatArray, rows: FloatArray, lower: FloatArray) -> Any:
    """HiGHS with the program to minimize <cost, w> subject to rows w >= lower, w free."""
    highs = import_module("highspy")
    m, n = rows.shape
    program = highs.HighsLp()
    program.num_col_, program.num_row_ = n, m
    program.col_cost_ = cost
    program.col_lower_, program.col_upper_ = np.full(n, -np.inf), np.full(n, np.inf)
    program.row_lower_, program.row_upper_ = lower, np.full(m, np.inf)
    entries = rows != 0
    program.a_matrix_.format_ = highs.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.append(0, np.cumsum(entries.sum(axis=1)))
    program.a_matrix_.index_ = np.nonzero(entries)[1]
    program.a_matrix_.value_ = rows[entries]
    solver = highs.Highs.__base__()  # Highs itself prints a banner
    for option, value in ("output_flag", False), ("presolve", "off"), ("simplex_iteration_limit", 100 * (m + n)):
        solver.setOptionValue(option, value)
    solver.passModel(program)
    return solver
