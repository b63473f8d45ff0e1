"""Which lifted points are vertices of P = conv{(a_i, c_i)} + cone{(0, ..., 0, -1)}, without its facets.

(a_i, c_i) is a vertex of P if and only if some x has <a_i, x> + c_i > <a_j, x> + c_j for all j != i, and by the theorem
of Farkas it is not if and only if it lies on or below a convex combination of other points.  Both have short proofs:

- a point x in floats at which i is the greatest by more than the rounding errors, or exactly;
- d + 1 points J whose exponents are affinely independent, where a_i has barycentric coordinates lambda >= 0 with
  sum_j lambda_j c_j >= c_i.  The same J proves it for many points at once, and J need not be vertices.

**Algorithm** (Clarkson, More output-sensitive geometric algorithms, FOCS 1994).  Points that are greatest in random
directions are vertices.  For any other point i the largest t <= 1 is sought with <a_j - a_i, x> + c_j - c_i + t <= 0
for the j of a small working set, in floats.  If i is the greatest at the x found, it is a vertex; if t > 0, the points
that are greater join the set.  Else the rows that are tight give J.  Where floats decide nothing, the linear program is
solved exactly.  Every step adds a point to the working set or decides on i, so this ends; with few vertices the
programs are small and few.
"""

from __future__ import annotations

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.errors import InputError
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.linear import inverse, row_basis
from troppoly.exact.linear_program import proposed_optimum, strict_solution
from troppoly.exact.numerators import over_common_denominator
from troppoly.exact.scalar import ObjectArray

__all__ = ["are_vertices"]

_BLOCK = 2**21  # pairs of a direction and a point are looked at at a time
_DIRECTIONS = 256


def are_vertices(points: RationalMatrix) -> NDArray[np.bool_]:
    """Return for each of the (n, d + 1) points (a_i, c_i), with distinct exponents a_i, whether it is a vertex of P."""
    integers = points.numerators - points.numerators[:1]
    exponents = integers[:, :-1]
    independent = row_basis(DenseMatrix(exponents.T))  # coordinates on the affine hull of the exponents
    return _Search(np.concatenate([exponents[:, independent], integers[:, -1:]], axis=1)).run()


class _Search:
    """What is decided of the (n, d + 1) integer points, whose exponents span R^d.

    ``floats`` are the points with every coordinate scaled to the largest absolute value 1.
    """

    def __init__(self, points: ObjectArray) -> None:
        self.points = points
        n = len(points)
        scales = [max(max(abs(v) for v in column), 1) for column in points.T]
        columns = [DenseMatrix(points[:, [j]], scale).to_floats() for j, scale in enumerate(scales)]
        self.floats = np.concatenate(columns, axis=1)
        self.is_vertex = np.zeros(n, dtype=bool)
        self.is_open = np.ones(n, dtype=bool)
        self.random = np.random.default_rng(0)

    def run(self) -> NDArray[np.bool_]:
        """Decide on all points."""
        while self.find_vertices() > _DIRECTIONS // 8:
            pass
        for i in range(len(self.points)):
            self.decide(i)
        return self.is_vertex

    def find_vertices(self) -> int:
        """Find vertices by random directions, and return how many are new."""
        before = np.count_nonzero(self.is_vertex)
        d = self.floats.shape[1] - 1
        x = self.random.standard_normal((_DIRECTIONS, d)) * np.exp(2 * self.random.standard_normal((_DIRECTIONS, 1)))
        step = max(1, _BLOCK // len(self.points))
        for start in range(0, _DIRECTIONS, step):
            values, errors = self.values(x[start : start + step])
            rows, best = np.arange(len(values)), values.argmax(axis=1)
            heights = values[rows, best]
            values[rows, best] = -np.inf
            found = best[heights - values.max(axis=1) > 2 * errors]  # certainly the only greatest ones
            self.is_vertex[found], self.is_open[found] = True, False
        return int(np.count_nonzero(self.is_vertex) - before)

    def values(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The (rows, n) values <a_i, x> + c_i of the scaled points in floats, and a bound of the errors in every row.

        The coordinates are rounded and at most 1 in absolute value.  So the error of a value is at most
        (d + 3) 2^-52 (sum_k |x_k| + 1), twice what is proved by Higham, Accuracy and Stability, section 3.1.
        """
        values = x @ self.floats[:, :-1].T + self.floats[:, -1]
        return values, (x.shape[1] + 4) * 2.0**-52 * (np.abs(x).sum(axis=1) + 1)

    def decide(self, i: int) -> None:
        """Decide whether point i is a vertex, and perhaps on others with the same proof."""
        work = self.neighbors(i)
        while self.is_open[i]:
            x, height, tight = self.proposed_witness(i, work)
            with np.errstate(all="ignore"):
                values, errors = self.values(x[None])
                greater = ~(values[0] - values[0, i] < -2 * errors[0])  # so that NaN proves nothing
            greater[i] = False
            if greater.any():
                greater[work] = False
                if height <= 0 or not greater.any():
                    self.close_below(tight)
                    witness = self.witness(i, work) if self.is_open[i] else None
                    if witness is None:
                        self.is_open[i] = False
                        return
                    heights = self.points @ witness
                    greater = np.asarray(heights >= heights[i], dtype=bool)
                    greater[i] = False
            if not greater.any():
                self.is_vertex[i], self.is_open[i] = True, False
            candidates = np.flatnonzero(greater)
            most = candidates[np.argsort(-values[0, candidates])[: self.points.shape[1]]]
            work = [*work, *most.tolist()]

    def neighbors(self, i: int) -> list[int]:
        """A few vertices that are close to point i, or points that may be vertices if most points are."""
        n_vertices, n_open = np.count_nonzero(self.is_vertex), np.count_nonzero(self.is_open)
        few = 2 * n_vertices < len(self.points) - n_open
        known = np.flatnonzero(self.is_vertex if few else self.is_vertex | self.is_open)
        known = known[known != i]
        distances = ((self.floats[known] - self.floats[i]) ** 2).sum(axis=1)
        return [int(j) for j in known[np.argsort(distances)[: 2 * self.points.shape[1]]]]

    def proposed_witness(self, i: int, work: list[int]) -> tuple[NDArray[np.float64], float, list[int]]:
        """An x where i is probably greater by t than the working set, t, and the members where it is by t only."""
        width = self.points.shape[1]
        rows = np.zeros((len(work) + 1, width))
        rows[:-1, :-1] = self.floats[work, :-1] - self.floats[i, :-1]
        rows[:, -1] = 1
        right = np.append(self.floats[i, -1] - self.floats[work, -1], 1.0)
        solution, tight = proposed_optimum(np.append(np.zeros(width - 1), 1.0), rows, right)
        return solution[:-1], float(solution[-1]), [work[j] for j in tight if j < len(work)]

    def witness(self, i: int, work: list[int]) -> ObjectArray | None:
        """A positive multiple of an (x, 1) where i is greater than the working set, or None if there is none."""
        rows = self.points[work] - self.points[i]
        x = strict_solution(DenseMatrix(rows[:, :-1]), list(map(mpq, -rows[:, -1])))
        return None if x is None else over_common_denominator(np.array([*x, mpq(1)], dtype=object))[0]

    def close_below(self, J: list[int]) -> None:
        """Decide that the points on or below the simplex of the points J, but these, are not vertices."""
        width = self.points.shape[1]
        if len(J) != width:
            return
        ids = np.flatnonzero(self.is_open)
        ids = ids[~np.isin(ids, J)]
        corners = _homogeneous(self.points[J])
        try:
            barycentric = inverse(DenseMatrix(corners))
        except InputError:  # the exponents are dependent
            return
        # Floats only choose the points for which it is worth while: others get a proof of their own.
        floats, proposed = self.floats[ids].copy(), self.floats[J].copy()
        heights = floats[:, -1].copy()
        floats[:, -1] = proposed[:, -1] = 1.0
        with np.errstate(all="ignore"):
            inverted = np.linalg.pinv(proposed)
            near = (floats @ inverted > -1e-6).all(axis=1)
            near &= floats @ inverted @ self.floats[J, -1] - heights > -1e-6
        ids = ids[near]
        coordinates = _homogeneous(self.points[ids]) @ barycentric.numerators
        below = coordinates @ self.points[J, -1] >= self.points[ids, -1] * barycentric.denominator
        inside = (coordinates >= 0).all(axis=1)
        self.is_open[ids[(below & inside).astype(bool)]] = False


def _homogeneous(points: ObjectArray) -> ObjectArray:
    """The points (a, 1)."""
    result = points.copy()
    result[:, -1] = 1
    return result
