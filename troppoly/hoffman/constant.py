"""The Hoffman constant of a matrix in the infinity norm, exact and with a certificate.

**Definition** (Hoffman 1952).  H(A) is the least H such that for every b for which {x : A x <= b} is not
empty, and every point u,

    dist_inf(u, {x : A x <= b}) <= H max_i (<a_i, u> - b_i)_+ .

**Characterisation** (Pena, Vera and Zuluaga, New characterizations of Hoffman constants for systems of
linear constraints, Math. Program. 187 (2021), Proposition 2).  A set J of rows is *A-surjective* if
A_J R^n + R^J_+ = R^J; by Gordan's theorem that is: no v >= 0, v != 0 has A_J^T v = 0, or equally: some x has
A_J x < 0.  Then H(A) is the maximum over the A-surjective sets J of

    H_J = 1 / min {|A_J^T v|_1 : v >= 0, sum v = 1} = min {|x|_inf : A_J x <= -1},

two linear programs that are dual to each other.  H_J grows with J, as the second form shows.

**Rows that do not matter.**  A row that is zero lies in no surjective set.  A row c a with c >= 1 next to the row a
changes nothing: if A_J x <= -1 then also c <a, x> <= -1, so it may be added to every surjective J that
contains a without changing H_J, and a surjective J with c a in place of a has a smaller H_J than with
both.  So of the rows in one direction only the shortest is *kept*.

**Algorithm** (ibid., section 3.2).  Grow a family F of surjective sets, each with its x, and a family I of sets
that are not surjective, each with its v, until every set of rows is contained in a member of F or contains a
member of I.  The search splits {J : K <= J <= L}: if L is not surjective, the support i_1, ..., i_r of its v
is a member of I, and a surjective J misses a first i_s, so K grows by i_1, ..., i_(s-1) and L loses i_s.

The members of I are many if there are many rows in few columns: the search is given up when it has cost as much as computing
the ratios of minors of which H(A) is the greatest (:mod:`troppoly.hoffman.ratios`).

If no set is surjective (no rows, or only zero rows), the system is either void or infeasible, and H(A) = 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gmpy2 import gcd, mpq, mpz

from troppoly.arguments import checked
from troppoly.exact import CertifiedNumber, RationalMatrix
from troppoly.exact.linear_program import Optimum, Unbounded, maximize
from troppoly.hoffman.ratios import exceeds, greatest_ratio, n_ratios

__all__ = [
    "Circuit",
    "HoffmanConstant",
    "ProgramAnswer",
    "SurjectiveSet",
    "hoffman_constant",
    "kept_rows",
    "solve_program",
]

Vector = tuple[mpq, ...]

_FEW = 16  # linear programs are always solved before ratios are tried
_RATIOS = 2**19  # steps of the ratios that cost as much as a linear program


@dataclass(frozen=True, slots=True)
class SurjectiveSet:
    """Rows J that are A-surjective, since A_J x <= -1, so that H_J <= |x|_inf."""

    rows: tuple[int, ...]
    point: Vector

    @property
    def norm(self) -> mpq:
        """|x|_inf."""
        return max((abs(v) for v in self.point), default=mpq(0))


@dataclass(frozen=True, slots=True)
class Circuit:
    """Rows that are not A-surjective: multipliers v > 0 with A_J^T v = 0."""

    rows: tuple[int, ...]
    multipliers: Vector


@dataclass(frozen=True, eq=False)
class HoffmanConstant(CertifiedNumber):
    """A Hoffman constant with its proof.

    ``value`` is attained by the surjective set ``rows`` (all rows a with <a, x> <= -1 at the point x where
    its H_J is attained), with ``multipliers`` v >= 0, sum v = 1, |A_J^T v|_1 = 1 / value.  ``kept`` are the rows
    that matter, and every set of them lies in one of ``surjective`` or contains one of ``circuits``; or the value is the
    greatest ratio of minors, if it is found ``by_ratios`` (and then ``surjective`` is the attaining set, and ``circuits``
    is empty).

    >>> hoffman_constant([[1, 0], [0, 2]])
    Hoffman constant 1, attained by rows (0, 1)
    """

    matrix: RationalMatrix
    value: mpq
    rows: tuple[int, ...]
    multipliers: Vector
    kept: tuple[int, ...]
    surjective: tuple[SurjectiveSet, ...]
    circuits: tuple[Circuit, ...]
    by_ratios: bool = False

    @cached_property
    def _rows(self) -> tuple[Vector, ...]:
        return tuple(self.matrix.row(i) for i in range(self.matrix.shape[0]))

    def _combination(self, rows: tuple[int, ...], multipliers: Vector) -> Vector:
        """A_J^T v."""
        terms = [[v * a for a in self._rows[j]] for j, v in zip(rows, multipliers, strict=True)]
        return tuple(sum(column, mpq(0)) for column in zip(*terms, strict=True))

    def check(self) -> bool:
        """Return whether the proof holds; it is multiplied out exactly, without linear programs."""
        return (
            self._reduction_holds()
            and all(self._is_surjective(s) and s.norm <= self.value for s in self.surjective)
            and all(
                len(c.rows) > 0 and min(c.multipliers) > 0 and not any(self._combination(c.rows, c.multipliers))
                for c in self.circuits
            )
            and self._is_greatest()
            and self._is_attained()
        )

    def _reduction_holds(self) -> bool:
        """Whether every row that is not kept is zero or at least as long as a kept one of its direction."""
        shortest: dict[tuple[mpq, ...], mpq] = {}
        for i in self.kept:
            size = sum((abs(a) for a in self._rows[i]), mpq(0))
            if not size:
                return False
            shortest[tuple(a / size for a in self._rows[i])] = size
        for row in self._rows:
            size = sum((abs(a) for a in row), mpq(0))
            if size and not shortest.get(tuple(a / size for a in row), size + 1) <= size:
                return False
        return True

    def _is_surjective(self, claim: SurjectiveSet) -> bool:
        """Whether A_J x <= -1."""
        return all(
            sum((a * x for a, x in zip(self._rows[j], claim.point, strict=True)), mpq(0)) <= -1 for j in claim.rows
        )

    def _is_greatest(self) -> bool:
        """Whether no ratio is greater, or every set of kept rows lies in a surjective set or contains a circuit."""
        if self.by_ratios:
            return not exceeds(self.matrix.take_rows(list(self.kept)), self.value)
        surjective = [_bits(s.rows) for s in self.surjective]
        circuits = [_bits(c.rows) for c in self.circuits]
        pending = [(0, _bits(self.kept))]
        while pending:
            low, high = pending.pop()
            if any(high & s == high for s in surjective):
                continue
            circuit = _narrowest(circuits, low, high)
            if circuit is None:
                return False
            pending.extend(_without(circuit, low, high))
        return True

    def _is_attained(self) -> bool:
        """Whether |A_J^T v|_1 is 1 / value for the attaining set."""
        if not self.rows:
            return self.value == 0 and not self.kept
        combination = self._combination(self.rows, self.multipliers)
        return (
            any(set(self.rows) <= set(s.rows) for s in self.surjective)
            and min(self.multipliers) >= 0
            and sum(self.multipliers, mpq(0)) == 1
            and self.value * sum((abs(c) for c in combination), mpq(0)) == 1
        )

    def __repr__(self) -> str:
        return f"Hoffman constant {self.value}, attained by rows {self.rows}"


@checked
def hoffman_constant(matrix: Any) -> HoffmanConstant:
    """Return the Hoffman constant of an (m, n) matrix in the infinity norm, with its proof.

    Rows may be zero, repeated or dependent, and there may be none; the constant is 0 if all are zero.
    The number of linear programs is that of the maximal surjective sets (at most the number of chambers
    of the hyperplanes <a_i, x> = 0) and of the circuits met, unless C(m + n, n + 1) ratios of minors cost less.

    Raises the errors of ``RationalMatrix.of`` for what is no matrix of rationals.

    >>> hoffman_constant([[1, 0], [-1, 0], [1, 1]]).value, hoffman_constant([[0, 0]]).value
    (mpq(2,1), mpq(0,1))
    >>> hoffman_constant([["1/3"], [-5]]).check()
    True
    """
    A = RationalMatrix.of(matrix)
    kept = kept_rows(A)
    surjective: dict[int, ProgramAnswer] = {}
    circuits: dict[int, ProgramAnswer] = {}
    pending = [(0, _bits(kept))]
    limit = max(_FEW, n_ratios(len(kept), A.shape[1]) * 2 ** min(len(kept), A.shape[1]) // _RATIOS)
    by_ratios = False
    while pending and not by_ratios:
        low, high = pending.pop()
        if any(high & s == high for s in surjective):
            continue
        circuit = _narrowest(circuits, low, high)
        if circuit is None:
            answer = solve_program(A, _members(high))
            if answer.point is not None:
                surjective[_attained(A, kept, answer.point)] = answer
                continue
            circuit = _bits(answer.multipliers)
            circuits[circuit] = answer
        pending.extend(_without(circuit, low, high))
        by_ratios = len(surjective) + len(circuits) > limit
    if by_ratios:
        _, rows = greatest_ratio(A.take_rows(list(kept)))
        answer = solve_program(A, tuple(kept[i] for i in rows))
        assert answer.point is not None  # the rows are independent
        surjective, circuits = {_attained(A, kept, answer.point): answer}, {}
    best = max(surjective, key=lambda s: surjective[s].value)
    return HoffmanConstant(
        matrix=A,
        value=surjective[best].value,
        rows=_members(best),
        multipliers=surjective[best].weights(_members(best)),
        kept=kept,
        surjective=tuple(SurjectiveSet(_members(s), answer.point or ()) for s, answer in surjective.items()),
        circuits=tuple(Circuit(_members(c), answer.weights(_members(c))) for c, answer in circuits.items()),
        by_ratios=by_ratios,
    )


def _attained(matrix: RationalMatrix, kept: tuple[int, ...], point: Vector) -> int:
    """The kept rows a with <a, x> <= -1."""
    values = matrix.apply(point)
    return _bits(j for j in kept if values[j] <= -1)


def kept_rows(matrix: RationalMatrix) -> tuple[int, ...]:
    """Return the rows that matter: of those in one direction the first of the shortest, and no zero row.

    >>> kept_rows(RationalMatrix.of([[0, 0], [2, 2], [1, 1], [1, 1], [-1, -1]]))
    (2, 4)
    """
    shortest: dict[tuple[mpz, ...], tuple[mpz, int]] = {}
    for i, row in enumerate(matrix.numerators):
        length = gcd(*row) if len(row) else mpz(0)
        if length:
            direction = tuple(row // length)
            shortest[direction] = min(shortest.get(direction, (length, i)), (length, i))
    return tuple(sorted(i for _, i in shortest.values()))


@dataclass(frozen=True, slots=True)
class ProgramAnswer:
    """The point of a surjective set, or None, and the positive multipliers of rows that prove it."""

    point: Vector | None
    multipliers: dict[int, mpq]

    @property
    def value(self) -> mpq:
        """H_J: the sum of the multipliers, by strong duality."""
        return sum(self.multipliers.values(), mpq(0))

    def weights(self, rows: tuple[int, ...]) -> Vector:
        """The multipliers of the rows, with sum 1."""
        return tuple(self.multipliers.get(j, mpq(0)) / self.value for j in rows)


def solve_program(matrix: RationalMatrix, rows: tuple[int, ...]) -> ProgramAnswer:
    """Minimise R subject to A_J x <= -1 and |x_i| <= R, for the rows J; the variables are (x, R).

    >>> solve_program(RationalMatrix.of([[1, 0], [-1, 0], [1, 1]]), (1, 2)).value
    mpq(2,1)
    """
    n = matrix.shape[1]
    if not rows:
        return ProgramAnswer((mpq(0),) * n, {})
    identity = RationalMatrix.identity(n)
    walls = identity.vstack(-identity).hstack(-RationalMatrix.of([[1]] * (2 * n), columns=1))
    chosen = matrix.take_rows(list(rows)).hstack(RationalMatrix.zeros(len(rows), 1))
    outcome = maximize((mpq(0),) * n + (mpq(-1),), walls.vstack(chosen), [mpq(0)] * (2 * n) + [mpq(-1)] * len(rows))
    assert not isinstance(outcome, Unbounded)  # R >= 0
    multipliers = {j: y for j, y in zip(rows, outcome.multipliers[2 * n :], strict=True) if y}
    return ProgramAnswer(outcome.point[:-1] if isinstance(outcome, Optimum) else None, multipliers)


def _bits(rows: Any) -> int:
    """A set of rows as the bits of an integer."""
    return sum(1 << int(j) for j in rows)


def _members(bits: int) -> tuple[int, ...]:
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
