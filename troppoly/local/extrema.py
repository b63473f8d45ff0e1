"""Linear programs over one cell: whether it is bounded, its largest balls, the extrema of a linear form.

They are solved exactly, in the coordinates of the chart, where fewer are free; norms are those of x.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from gmpy2 import mpq, mpz

from troppoly.complex.shape import dual_norm, norm_of
from troppoly.exact import DenseMatrix, RationalMatrix, rank
from troppoly.exact.linear import combination, kernel
from troppoly.exact.linear_program import Optimum, maximize
from troppoly.local.geometry import CellGeometry

__all__ = ["Maximum", "ball_by_lengths", "ball_in", "direction_at_infinity", "facet_forms", "maximum_on"]

Vector = tuple[mpq, ...]


class Maximum(NamedTuple):
    """The place in the chart of a maximum, and the multipliers of facets that prove it, by their inequalities."""

    place: Vector
    multipliers: dict[int, mpq]


def facet_forms(geometry: CellGeometry) -> DenseMatrix:
    """Return the forms of the facets in the chart."""
    return DenseMatrix(geometry.inequalities.forms[list(geometry.facets)])


def direction_at_infinity(geometry: CellGeometry) -> Vector | None:
    """Return a direction x in which the cell goes on for ever, or None if it is bounded.

    Without lines in the cell, the slopes a_i of the facets are not all 0 along a ray, and at least 0: so their sum,
    with any positive weights, can be made 1, and it is 0 if there is no ray.
    """
    chart = geometry.chart
    if not chart.is_trivial:
        return chart.line()
    forms = facet_forms(geometry).take_columns(range(chart.dimension))
    if rank(forms) < chart.dimension:
        return kernel(forms).row(0)
    weights = [mpq(1, mpz(1) << int(max(map(abs, row)).bit_length())) for row in forms.entries]
    scaled = DenseMatrix.from_rationals(forms.to_rationals() * np.array(weights, dtype=object)[:, None])
    total = [sum(column) for column in scaled.T]
    best = maximize(total, (-scaled).vstack(RationalMatrix.of([total])), [mpq(0)] * len(forms) + [mpq(1)])
    assert isinstance(best, Optimum)  # 0 is feasible, and the last inequality bounds the objective
    return best.point if best.value else None


def ball_in(geometry: CellGeometry, norm: float) -> tuple[Vector, mpq] | None:
    """Return the place of the center and the radius of a largest ball, or None if there are balls of any radius."""
    forms = facet_forms(geometry)
    return ball_by_lengths(forms, [norm_of(row[:-1], dual_norm(norm)) for row in geometry.chart.pulled(forms)])


def ball_by_lengths(forms: DenseMatrix, lengths: Sequence[mpq]) -> tuple[Vector, mpq] | None:
    """Return c and the greatest r with <a, c> + b >= r |a| for all forms and their lengths |a|, None if it is infinite.

    The ball of radius r at c is in the cell iff this holds with the dual norms.  There are balls of any radius iff
    there are some in the recession cone, where b = 0: then also one of radius 1.
    """
    n = forms.shape[1] - 1
    rows = [[*(-v for v in row[:-1]), length] for row, length in zip(forms, lengths, strict=True)]
    matrix, objective = RationalMatrix.of([*rows, [0] * n + [-1], [0] * n + [1]]), [0] * n + [1]
    cone = maximize(objective, matrix, [mpq(0)] * (len(rows) + 1) + [mpq(1)])
    if isinstance(cone, Optimum) and cone.value:
        return None
    best = maximize(objective, matrix.take_rows(range(len(rows) + 1)), [row[-1] for row in forms] + [mpq(0)])
    assert isinstance(best, Optimum)  # there is a largest ball
    return best.point[:n], best.point[n]


def maximum_on(geometry: CellGeometry, form: Vector) -> Maximum | None:
    """Return the maximum of a linear form in x on the cell, or None if there is none.

    A form that is not one of the chart has no bounds, as it is not constant along a line in the cell.
    """
    matrix, row = geometry.chart.matrix.dense(), RationalMatrix.of([form]).dense()
    own = combination(matrix.entries, row.entries[0])
    if own is None:
        return None
    objective = [v * matrix.denominator / row.denominator for v in own]
    forms = facet_forms(geometry)
    best = maximize(objective, -forms.take_columns(np.arange(len(own))), [row[-1] for row in forms])
    if not isinstance(best, Optimum):
        return None
    return Maximum(best.point, {i: y for i, y in zip(geometry.facets, best.multipliers, strict=True) if y})
