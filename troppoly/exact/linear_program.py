"""Exact linear programs over the rationals, each answer with a certificate.

The program is the one of a polyhedron in H-representation,

    maximize <c, x>  subject to  A x <= b,      A an (m, n) matrix, x free,

and exactly one of the following holds (Farkas; strong duality), each with a proof that ``check()`` multiplies out:

- it has an *optimum* x: then multipliers y >= 0 exist with y A = c and <y, b> = <c, x>;
- it is *infeasible*: then multipliers y >= 0 exist with y A = 0 and <y, b> < 0;
- it is *unbounded*: then a point x with A x <= b and a ray r with A r <= 0, <c, r> > 0 exist.

**Algorithm.**  HiGHS proposes independent tight rows A_J in floats.  If A_J x = b_J has a feasible solution x that is 0
where HiGHS's is, and y A_J = c one with y >= 0, all exactly, they are an optimum with its proof.  (There are n rows J,
or fewer if the polyhedron contains lines.)  Else an exact method starts from them.  A
dictionary expresses the slacks s = b - A x, the x and the objective z as affine functions of n of the slacks (the
cobasis), in integers over one positive denominator, the determinant of the cobasis, so that every division in a pivot
is exact (Edmonds 1967; Bareiss 1968).  The free x enter the basis first, against the slacks of the proposed rows.  Then
the least-index criss-cross method takes the least slack that is negative in the basis or improves z in the cobasis, and
exchanges it for the least one that mends its sign.  It needs no feasible start, and usually it has nothing to do.

**Termination** (Terlaky 1985, Wang 1987; Fukuda and Terlaky, Criss-cross methods, Math. Program. 79 (1997)).
Suppose it cycles.  Let k be the greatest index that moves, and take a dictionary D where k enters the basis and a D'
where it leaves.  If both times it was the first choice: z = zeta + sum c_j s_j in D, with c_k > 0 and c_j <= 0 for
j < k, and at the basic solution of D' s_k < 0 and s_j >= 0 for j < k; indices beyond k do not move, so of c_j and s_j
one is 0.  Hence zeta' < zeta.  In D' c'_k = 0 and c'_j <= 0 for j < k, and at the basic solution of D s_j >= 0 for
j < k.  Hence zeta <= zeta', a contradiction.  If k was a second choice, the row or the column of the first choice,
which has the same signs, takes the place of the objective or of the basic solution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.errors import InputError
from troppoly.exact import modular
from troppoly.exact.highs import solver_of
from troppoly.exact.linear import combination, primitive_rows, solve
from troppoly.exact.matrix import RationalMatrix
from troppoly.exact.scalar import ObjectArray, rational_vector

__all__ = ["Infeasible", "LinearProgram", "Optimum", "Unbounded", "maximize", "proposed_optimum"]
__all__ += ["strict_solution"]

_LEAST, _LARGEST = 1e-6, 1e15  # HiGHS takes numbers beyond 10^20 for infinite, and those below 10^-7 for 0

FloatArray = NDArray[np.float64]
Vector = tuple[mpq, ...]


def _dot(x: Sequence[mpq], y: Sequence[mpq]) -> mpq:
    """The inner product."""
    return sum((a * b for a, b in zip(x, y, strict=True)), mpq(0))


@dataclass(frozen=True, slots=True)
class LinearProgram:
    """Maximize <c, x> subject to A x <= b."""

    objective: Vector
    matrix: RationalMatrix
    right: Vector

    def is_feasible(self, x: Vector) -> bool:
        """Return whether A x <= b."""
        return all(a <= b for a, b in zip(self.matrix.apply(x), self.right, strict=True))


@dataclass(frozen=True, slots=True)
class Optimum:
    """An optimal point, and multipliers of the constraints that prove it."""

    program: LinearProgram
    point: Vector
    multipliers: Vector

    @property
    def value(self) -> mpq:
        """The optimal value."""
        return _dot(self.program.objective, self.point)

    def check(self) -> bool:
        """Return whether A x <= b, y >= 0, y A = c and <y, b> = <c, x>."""
        return (
            self.program.is_feasible(self.point)
            and min(self.multipliers, default=0) >= 0
            and self.program.matrix.T.apply(self.multipliers) == self.program.objective
            and _dot(self.multipliers, self.program.right) == self.value
        )


@dataclass(frozen=True, slots=True)
class Infeasible:
    """Multipliers that prove that no point satisfies the constraints (Farkas)."""

    program: LinearProgram
    multipliers: Vector

    def check(self) -> bool:
        """Return whether y >= 0, y A = 0 and <y, b> < 0."""
        return (
            min(self.multipliers, default=0) >= 0
            and not any(self.program.matrix.T.apply(self.multipliers))
            and _dot(self.multipliers, self.program.right) < 0
        )


@dataclass(frozen=True, slots=True)
class Unbounded:
    """A feasible point, and a direction in which the objective grows for ever."""

    program: LinearProgram
    point: Vector
    ray: Vector

    def check(self) -> bool:
        """Return whether A x <= b, A r <= 0 and <c, r> > 0."""
        return (
            self.program.is_feasible(self.point)
            and max(self.program.matrix.apply(self.ray), default=0) <= 0
            and _dot(self.program.objective, self.ray) > 0
        )


def maximize(
    objective: Sequence[mpq], matrix: RationalMatrix, right: Sequence[mpq]
) -> Optimum | Infeasible | Unbounded:
    """Maximize <c, x> over the polyhedron A x <= b, exactly and with a certificate.

    ``objective`` has length n, ``matrix`` shape (m, n), ``right`` length m.
    Raises ShapeError if the lengths do not fit, and the errors of ``rational_vector``.

    >>> A = RationalMatrix.of([[1, 2], [-1, 0], [0, -1]])
    >>> best = maximize([1, 1], A, [2, 0, 0])
    >>> best.value, best.point, best.multipliers, best.check()
    (mpq(2,1), (mpq(2,1), mpq(0,1)), (mpq(1,1), mpq(0,1), mpq(1,1)), True)
    >>> maximize([1], RationalMatrix.of([[1], [-1]]), [0, -1]).multipliers
    (mpq(1,1), mpq(1,1))
    """
    m, n = matrix.shape
    program = LinearProgram(rational_vector(objective, "objective", n), matrix, rational_vector(right, "right side", m))
    c, b = (_column(v).to_floats()[:, 0] for v in (program.objective, program.right))
    point, proposal = proposed_optimum(c, matrix.to_floats(), b)
    return _optimum_at(program, point, proposal) or _Dictionary(program, proposal).solve()


def strict_solution(matrix: RationalMatrix, right: Sequence[mpq]) -> Vector | None:
    """Return an x with A x < b, or None if there is none: the greatest t <= 1 with A x + t <= b decides.

    >>> strict_solution(RationalMatrix.of([[1], [-1]]), [mpq(2), mpq(0)])
    (mpq(1,1),)
    """
    m, n = matrix.shape
    program = matrix.hstack(RationalMatrix.of([[1]] * m, columns=1)).vstack(RationalMatrix.of([[0] * n + [1]]))
    best = maximize([0] * n + [1], program, [*right, mpq(1)])
    assert isinstance(best, Optimum)  # x = 0 and a small t are feasible
    return best.point[:n] if best.value > 0 else None


def proposed_optimum(
    objective: FloatArray, matrix: FloatArray, right: FloatArray
) -> tuple[FloatArray, tuple[int, ...]]:
    """Return a point that probably maximizes <c, x> subject to A x <= b, and rows that are probably tight there.

    HiGHS finds them in floats.  If there is no optimum, they belong to a proof of that.  If numbers are not finite,
    they are 0 and no rows.
    """
    m, n = matrix.shape
    scale = np.abs(matrix).max(axis=1, initial=0)
    scale[scale == 0] = 1.0
    with np.errstate(all="ignore"):
        matrix, right = matrix / scale[:, None], right / scale
        objective = objective / (np.abs(objective).max(initial=0) or 1.0)
        size = np.abs(right).max(initial=0) or 1.0
        size = 1.0 if _LEAST < size < _LARGEST else size
        right = right / size
    if not (m and n and np.isfinite(matrix).all() and np.isfinite(right).all() and np.isfinite(objective).all()):
        return np.zeros(n), ()
    highs, solver = import_module("highspy"), solver_of(objective, matrix, (-np.inf, right))
    solver.changeObjectiveSense(highs.ObjSense.kMaximize)
    solver.run()
    point = np.array(solver.getSolution().col_value, dtype=np.float64)
    basic = highs.HighsBasisStatus.kBasic
    tight = tuple(i for i, status in enumerate(solver.getBasis().row_status) if status != basic)
    with np.errstate(over="ignore"):
        return point * size if len(point) == n else np.zeros(n), tight


def _column(values: Sequence[mpq]) -> RationalMatrix:
    return RationalMatrix.from_rationals(np.array(values, dtype=object).reshape(-1, 1))


def _optimum_at(program: LinearProgram, near: FloatArray, rows: Sequence[int]) -> Optimum | None:
    """The optimum where independent rows are tight, and what is 0 near it is, or None if there is none."""
    m, n = program.matrix.shape
    if not 0 < len(rows) <= n:
        return None
    tight = program.matrix.take_rows(rows).dense()
    objective = _column(program.objective).dense()
    dual = combination(tight.entries, objective.entries[:, 0])
    if dual is None or min(dual) < 0:
        return None
    point = _solution(tight, _column([program.right[i] for i in rows]), np.flatnonzero(near))
    if point is None or not program.is_feasible(point):
        return None
    factor = mpq(tight.denominator, objective.denominator)
    multipliers = {i: y * factor for i, y in zip(rows, dual, strict=True)}
    return Optimum(program, point, tuple(multipliers.get(i, mpq(0)) for i in range(m)))


def _solution(matrix: RationalMatrix, right: RationalMatrix, columns: NDArray[np.intp]) -> Vector | None:
    """A solution x of A x = b for independent rows, which is 0 but in as many of the columns, or None."""
    k, n = matrix.shape
    if k < n:
        part = matrix.take_columns(columns).dense()
        pivots = modular.echelon(modular.residues(part.entries, 1)[0].astype(np.int64))[1] if len(columns) else []
        if len(pivots) < k:
            return None
        columns = columns[pivots]
    else:
        columns = np.arange(n)
    try:
        found = solve(matrix.take_columns(columns), right)[:, 0]
    except InputError:  # they are dependent
        return None
    values = dict(zip(columns.tolist(), found, strict=True))
    return tuple(values.get(j, mpq(0)) for j in range(n))


class _Dictionary:
    """``table[i, j] / denominator`` is the coefficient of variable ``cobasis[j]`` in the variable ``basis[i]``.

    Variables are x_0, ..., x_(n-1) and the slacks n, ..., n + m - 1; the last row is the objective, the last column the
    constant.
    """

    def __init__(self, program: LinearProgram, proposal: Sequence[int]) -> None:
        self.program = program
        m, self.n = program.matrix.shape
        # Slack i of the table is scale[i] times b_i - <a_i, x>, an integer form without common factor.
        rows, self.scale = primitive_rows(program.matrix.hstack(_column(program.right)))
        last = _column([*program.objective, mpq(0)]).T
        self.table = np.concatenate([rows.numerators, last.numerators])
        self.table[:m, : self.n] *= -1
        self.objective_scale = last.denominator
        self.denominator = mpz(1)
        self.basis = list(range(self.n, self.n + m))
        self.cobasis = list(range(self.n))
        self.enter_free_variables(proposal)

    def pivot(self, r: int, s: int) -> None:
        """Exchange basic variable r and cobasic variable s."""
        table, d = self.table, self.denominator
        p = table[r, s]
        row, column = table[r].copy(), table[:, s].copy()
        table *= p
        table -= np.multiply.outer(column, row)
        table //= d
        table[:, s] = column
        table[r] = -row
        table[r, s] = d
        if p < 0:
            np.negative(table, out=table)
            p = -p
        self.denominator = p
        self.basis[r], self.cobasis[s] = self.cobasis[s], self.basis[r]

    def enter_free_variables(self, proposal: Sequence[int]) -> None:
        """Bring the x into the basis, against slacks of the proposed cobasis where possible."""
        preferred = {self.n + i for i in proposal}
        for s in range(self.n):
            slacks = [r for r, v in enumerate(self.basis) if v >= self.n and self.table[r, s] != 0]
            if slacks:
                self.pivot(min(slacks, key=lambda r: (self.basis[r] not in preferred, self.basis[r])), s)

    def solve(self) -> Optimum | Infeasible | Unbounded:
        """Run the criss-cross method."""
        n, last = self.n, self.table[-1]
        for s, variable in enumerate(self.cobasis):
            if variable < n and last[s] != 0:  # a direction of the lineality space
                return self._unbounded(s, 1 if last[s] > 0 else -1)
        end = n + len(self.scale)
        while True:
            infeasible = {v: r for r, v in enumerate(self.basis) if v >= n and self.table[r, -1] < 0}
            improving = {v: s for s, v in enumerate(self.cobasis) if v >= n and last[s] > 0}
            first = min(min(infeasible, default=end), min(improving, default=end))
            if first == end:
                multipliers = tuple(y / self.objective_scale for y in self._multipliers(last))
                return Optimum(self.program, self._values(-1), multipliers)
            # Any row or column without a repair is a proof, so all are looked at, not only the first.
            for v, r in infeasible.items():
                entering = {w: s for s, w in enumerate(self.cobasis) if w >= n and self.table[r, s] > 0}
                if not entering:
                    return Infeasible(self.program, self._multipliers(self.table[r], v))
                if v == first:
                    pivot = r, entering[min(entering)]
            for v, s in improving.items():
                leaving = {w: r for r, w in enumerate(self.basis) if w >= n and self.table[r, s] < 0}
                if not leaving:
                    return self._unbounded(s, 1)
                if v == first:
                    pivot = leaving[min(leaving)], s
            self.pivot(*pivot)

    def _multipliers(self, row: ObjectArray, basic: int | None = None) -> Vector:
        """Minus the coefficients of a row at the slacks of the program (and 1 at the row's own)."""
        found = {v: -mpq(row[s], self.denominator) for s, v in enumerate(self.cobasis)} | {basic: mpq(1)}
        return tuple(found.get(v, mpq(0)) * factor for v, factor in enumerate(self.scale, self.n))

    def _values(self, column: int) -> Vector:
        """The coefficients of the x in a column."""
        found = {v: mpq(self.table[r, column], self.denominator) for r, v in enumerate(self.basis)}
        return tuple(found.get(v, mpq(0)) for v in range(self.n))

    def _unbounded(self, s: int, sign: int) -> Infeasible | Unbounded:
        """A ray along cobasic variable s: then a feasible point decides."""
        ray = list(self._values(s))
        if self.cobasis[s] < self.n:
            ray[self.cobasis[s]] = mpq(1)
        feasible = maximize((mpq(0),) * self.n, self.program.matrix, self.program.right)
        if isinstance(feasible, Infeasible):
            return Infeasible(self.program, feasible.multipliers)
        return Unbounded(self.program, feasible.point, tuple(sign * v for v in ray))
