"""The Hoffman constant of a matrix in the infinity norm, exact and with a certificate.

**Definition** (Hoffman 1952).  H(A) is the least H such that for all b with {x : A x <= b} not empty, and all u,

    dist_inf(u, {x : A x <= b}) <= H max_i (<a_i, u> - b_i)_+ .

**Characterization** (Pena, Vera and Zuluaga, New characterizations of Hoffman constants for systems of linear
constraints, Math. Program. 187 (2021), Proposition 2).  A set J of rows is *A-surjective* if A_J R^n + R^J_+ = R^J,
or equally (Gordan): no v >= 0, v != 0 has A_J^T v = 0; or equally: some x has A_J x < 0.  H(A) is the maximum over
the A-surjective J of

    H_J = 1 / min {|A_J^T v|_1 : v >= 0, sum v = 1} = min {|x|_inf : A_J x <= -1},

two linear programs dual to each other.  By the second form, J <= K implies H_J <= H_K.  If no J is surjective (no rows
but zero ones), the system is void or infeasible, and H(A) = 0.

**Rows that do not matter.**  A zero row lies in no surjective set.  If c >= 1 and a and c a are rows, then A_J x <= -1
implies <c a, x> <= -1 for J containing a: adding c a to J keeps J surjective and H_J unchanged, and replacing a by c a
does not increase H_J.  So of the rows in one direction the shortest is *kept*.

**Algorithm** (ibid., section 3.2).  A family F of surjective sets, each with its x, and I of others, each with its v,
grow until every set of rows lies in a member of F or contains one of I.  The search splits {J : K <= J <= L}: if L is
not surjective, the support i_1, ..., i_r of its v joins I, and a surjective J misses a first i_s: K grows by
i_1, ..., i_(s-1), and L loses i_s.  It is given up when it has cost as much as the ratios of minors of which H(A) is
the greatest (:mod:`troppoly.hoffman.ratios`): with many rows in few columns, I is large.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from gmpy2 import mpq

from troppoly.exact import CertifiedNumber, RationalMatrix
from troppoly.exact.linear import lines
from troppoly.exact.linear_program import Optimum, Unbounded, maximize
from troppoly.hoffman.ratios import exceeds, greatest_ratio, n_ratios

__all__ = ["HoffmanConstant", "kept_rows", "matrix_constant", "solve_program"]

Rows = tuple[int, ...]
Vector = tuple[mpq, ...]

_FEW = 16  # linear programs are always solved before ratios are tried
_RATIOS = 2**19  # steps of the ratios that cost as much as a linear program


@dataclass(frozen=True, eq=False)
class HoffmanConstant(CertifiedNumber):
    """A Hoffman constant with its proof.

    ``value`` is H_J for the surjective J = ``rows``, and ``multipliers`` v >= 0, sum v = 1, have |A_J^T v|_1 = 1 /
    value.  Every set of the rows that are ``kept`` lies in a key J of ``surjective``, whose x has A_J x <= -1 and
    |x|_inf <= value, or contains a key J of ``circuits``, whose v > 0 has A_J^T v = 0; or, ``by_ratios``, no ratio of
    minors is greater.

    >>> import troppoly as tp
    >>> tp.hoffman_constant([[1, 0], [0, 2]])
    Hoffman constant 1, attained by rows (0, 1)
    """

    matrix: RationalMatrix
    value: mpq
    rows: Rows
    multipliers: Vector
    kept: Rows
    surjective: Mapping[Rows, Vector]
    circuits: Mapping[Rows, Vector]
    by_ratios: bool = False

    def check(self) -> bool:
        """Return whether the proof holds; it is multiplied out exactly, without linear programs."""
        return (
            self.kept == kept_rows(self.matrix)
            and all(self._is_surjective(J, x) for J, x in self.surjective.items())
            and all(J and min(v) > 0 and not any(self._combination(J, v)) for J, v in self.circuits.items())
            and self._is_greatest()
            and self._is_attained()
        )

    def _combination(self, J: Rows, v: Vector) -> Vector:
        """A_J^T v."""
        return self.matrix.take_rows(J).T.apply(v)

    def _is_surjective(self, J: Rows, x: Vector) -> bool:
        """Whether A_J x <= -1 and |x|_inf <= value."""
        return max(self.matrix.take_rows(J).apply(x), default=-1) <= -1 and max(map(abs, x), default=0) <= self.value

    def _is_greatest(self) -> bool:
        """Whether no ratio is greater, or every set of kept rows lies in a surjective set or contains a circuit."""
        if self.by_ratios:
            return not exceeds(self.matrix.take_rows(self.kept), self.value)
        surjective, circuits = (list(map(_bits, family)) for family in (self.surjective, self.circuits))
        pending = [(0, _bits(self.kept))]
        while pending:
            low, high = pending.pop()
            if not any(high & s == high for s in surjective):
                circuit = _narrowest(circuits, low, high)
                if circuit is None:
                    return False
                pending.extend(_without(circuit, low, high))
        return True

    def _is_attained(self) -> bool:
        """Whether |A_J^T v|_1 is 1 / value for the attaining set."""
        if not self.rows:
            return self.value == 0 and not self.kept
        size = sum(map(abs, self._combination(self.rows, self.multipliers)))
        return (
            any(set(self.rows) <= set(J) for J in self.surjective)
            and min(self.multipliers) >= 0
            and sum(self.multipliers) == 1
            and bool(self.value * size == 1)
        )

    def __repr__(self) -> str:
        rows = f"rows {self.rows}" if len(self.rows) < 20 else f"{len(self.rows)} rows"
        return f"Hoffman constant {self.value}, attained by {rows}"


def matrix_constant(A: RationalMatrix) -> HoffmanConstant:
    """Return the Hoffman constant of a matrix with its proof.

    >>> matrix_constant(RationalMatrix.of([["1/3"], [-5]])).check()
    True
    """
    kept = kept_rows(A)
    surjective: dict[int, tuple[Vector, dict[int, mpq]]] = {}
    circuits: dict[int, dict[int, mpq]] = {}
    pending = [(0, _bits(kept))]
    limit = max(_FEW, n_ratios(len(kept), A.shape[1]) * 2 ** min(len(kept), A.shape[1]) // _RATIOS)
    by_ratios = False
    while pending and not by_ratios:
        low, high = pending.pop()
        if any(high & s == high for s in surjective):
            continue
        circuit = _narrowest(circuits, low, high)
        if circuit is None:
            x, v = solve_program(A, _members(high))
            if x is not None:
                surjective[_attained(A, kept, x)] = x, v
                continue
            circuit = _bits(v)
            circuits[circuit] = v
        pending.extend(_without(circuit, low, high))
        by_ratios = len(surjective) + len(circuits) > limit
    if by_ratios:
        _, rows = greatest_ratio(A.take_rows(kept))
        x, v = solve_program(A, tuple(kept[i] for i in rows))
        assert x is not None  # the rows are independent
        surjective, circuits = {_attained(A, kept, x): (x, v)}, {}
    values = {s: sum(v.values(), mpq(0)) for s, (_, v) in surjective.items()}  # H_J, by duality
    best = max(values, key=values.__getitem__)
    return HoffmanConstant(
        matrix=A,
        value=values[best],
        rows=_members(best),
        multipliers=_weights(surjective[best][1], best),
        kept=kept,
        surjective={_members(s): x for s, (x, _) in surjective.items()},
        circuits={_members(c): _weights(v, c) for c, v in circuits.items()},
        by_ratios=by_ratios,
    )


def kept_rows(matrix: RationalMatrix) -> Rows:
    """Return the rows that matter: of those in one direction the first of the shortest, and no zero row.

    >>> kept_rows(RationalMatrix.of([[0, 0], [2, 2], [1, 1], [1, 1], [-1, -1]]))
    (2, 4)
    """
    lengths = [(abs(factor), i, (line, factor > 0)) for i, (line, factor) in enumerate(lines(matrix)) if factor]
    shortest = {direction: i for _, i, direction in sorted(lengths, reverse=True)}
    return tuple(sorted(shortest.values()))


def solve_program(matrix: RationalMatrix, J: Rows) -> tuple[Vector | None, dict[int, mpq]]:
    """Return an x with |x|_inf least among those with A_J x <= -1, and positive multipliers of rows, with sum H_J.

    If there is none, the multipliers v have A_J^T v = 0.

    >>> solve_program(RationalMatrix.of([[1, 0], [-1, 0], [1, 1]]), (1, 2))
    ((mpq(1,1), mpq(-2,1)), {1: mpq(1,1), 2: mpq(1,1)})
    """
    n = matrix.shape[1]
    if not J:
        return (mpq(0),) * n, {}
    walls = np.block([[np.eye(n, dtype=int)], [-np.eye(n, dtype=int)]])  # the variables are (x, R), |x_i| <= R
    program = RationalMatrix.of(np.column_stack([walls, np.full(2 * n, -1)]), columns=n + 1)
    program = program.vstack(matrix.take_rows(J).hstack(RationalMatrix.zeros(len(J), 1)))
    outcome = maximize((mpq(0),) * n + (mpq(-1),), program, [mpq(0)] * (2 * n) + [mpq(-1)] * len(J))
    assert not isinstance(outcome, Unbounded)  # R >= 0
    multipliers = {j: y for j, y in zip(J, outcome.multipliers[2 * n :], strict=True) if y}
    return outcome.point[:-1] if isinstance(outcome, Optimum) else None, multipliers


def _attained(matrix: RationalMatrix, kept: Rows, x: Vector) -> int:
    """The kept rows a with <a, x> <= -1."""
    values = matrix.apply(x)
    return _bits(j for j in kept if values[j] <= -1)


def _weights(multipliers: dict[int, mpq], rows: int) -> Vector:
    """The multipliers of the rows, with sum 1."""
    total = sum(multipliers.values())
    return tuple(multipliers.get(j, mpq(0)) / total for j in _members(rows))


def _bits(rows: Iterable[int]) -> int:
    """A set of rows as the bits of an integer."""
    return sum(1 << int(j) for j in rows)


def _members(bits: int) -> Rows:
    """The set of rows, in ascending order."""
    return tuple(j for j in range(bits.bit_length()) if bits >> j & 1)


def _narrowest(circuits: Iterable[int], low: int, high: int) -> int | None:
    """Of the circuits in ``high`` the one with the fewest members outside ``low``, or None."""
    return min((c for c in circuits if high & c == c), key=lambda c: (c & ~low).bit_count(), default=None)


def _without(circuit: int, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Split {J : low <= J <= high, J does not contain the circuit} by the first member that J misses."""
    for j in _members(circuit & ~low):
        yield low, high & ~(1 << j)
        low |= 1 << j
