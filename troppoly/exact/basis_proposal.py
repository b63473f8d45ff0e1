"""An optimum of a linear program, proposed in floats by HiGHS: where exact arithmetic starts.

Nothing here is certain, and nothing depends on it but time: whoever asks decides exactly.
"""

from __future__ import annotations

from importlib import import_module

import numpy as np
from numpy.typing import NDArray

__all__ = ["proposed_optimum"]

FloatArray = NDArray[np.float64]


def proposed_optimum(
    objective: FloatArray, matrix: FloatArray, right: FloatArray
) -> tuple[FloatArray, tuple[int, ...]]:
    """Return a point that probably maximises <c, x> subject to A x <= b, and rows that are probably tight there.

    If there is no optimum, they belong to a proof of that.  Of numbers that are not finite nothing is proposed: 0 and no rows.

    >>> proposed_optimum(np.array([1.0]), np.array([[1.0], [2.0]]), np.array([3.0, 2.0]))
    (array([1.]), (1,))
    """
    m, n = matrix.shape
    scale = np.abs(matrix).max(axis=1, initial=0)
    scale[scale == 0] = 1.0
    with np.errstate(all="ignore"):
        matrix, right = matrix / scale[:, None], right / scale
    if not (m and n and np.isfinite(matrix).all() and np.isfinite(right).all() and np.isfinite(objective).all()):
        return np.zeros(n), ()
    highs = import_module("highspy")  # loads for a quarter of a second
    program = highs.HighsLp()
    program.num_col_, program.num_row_, program.sense_ = n, m, highs.ObjSense.kMaximize
    program.col_cost_ = objective
    program.col_lower_, program.col_upper_ = np.full(n, -np.inf), np.full(n, np.inf)
    program.row_lower_, program.row_upper_ = np.full(m, -np.inf), right
    program.a_matrix_.format_ = highs.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.arange(0, m * n + 1, n)
    program.a_matrix_.index_ = np.tile(np.arange(n), m)
    program.a_matrix_.value_ = matrix.reshape(-1)
    solver = highs.Highs.__base__()  # Highs itself prints a banner
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("presolve", "off")
    solver.setOptionValue("simplex_iteration_limit", 100 * (m + n))
    solver.passModel(program)
    solver.run()
    point = np.array(solver.getSolution().col_value, dtype=np.float64)
    status = solver.getBasis().row_status
    basic = highs.HighsBasisStatus.kBasic
    return point if len(point) == n else np.zeros(n), tuple(i for i, s in enumerate(status) if s != basic)
