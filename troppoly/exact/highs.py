"""HiGHS, which solves linear programs in floats: it proposes, and others prove."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["solver_of"]

FloatArray = NDArray[np.float64]


def solver_of(
    cost: FloatArray,
    rows: FloatArray,
    between: tuple[FloatArray | float, FloatArray | float],
    box: tuple[FloatArray | float, FloatArray | float] = (-np.inf, np.inf),
) -> Any:
    """Return HiGHS with the program to minimize <cost, w>, where rows w and w are between two bounds each.

    >>> solver = solver_of(np.ones(2), np.eye(2), (np.array([1.0, 2.0]), np.inf))
    >>> _ = solver.run()
    >>> list(solver.getSolution().col_value)
    [1.0, 2.0]
    """
    highs = import_module("highspy")  # loads for a quarter of a second
    (m, n), entries = rows.shape, rows != 0
    program = highs.HighsLp()
    program.num_col_, program.num_row_ = n, m
    program.col_cost_ = cost
    program.col_lower_, program.col_upper_ = (np.full(n, bound) for bound in box)
    program.row_lower_, program.row_upper_ = (np.full(m, bound) for bound in between)
    program.a_matrix_.format_ = highs.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.append(0, np.cumsum(entries.sum(axis=1)))
    program.a_matrix_.index_ = np.nonzero(entries)[1]
    program.a_matrix_.value_ = rows[entries]
    solver = highs.Highs.__base__()  # Highs itself prints a banner
    for option, value in ("output_flag", False), ("presolve", "off"), ("simplex_iteration_limit", 100 * (m + n)):
        solver.setOptionValue(option, value)
    solver.passModel(program)
    return solver
