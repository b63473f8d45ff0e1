"""Search by branching: all parts on which all units are decided, the greatest value of an output, a point of a system.

*All parts.*  Dividing by units only, until all are decided, yields the polyhedra on which the network is affine.  Parts
on which bounds prove that an output that is asked to be at least 0 is negative are left out, with all that is in them.

*The greatest value.*  The part with the greatest upper bound comes first, of equals the latest; one whose bound is not
above a value that is attained is left, and so are all after it.  Where all units are decided, the maximum is that of an
exact linear program.  If it is unbounded, so is the output, along the ray of the program.

*A point of a system.*  Depth first, and the half that promises more first.

Which unit divides a part decides how many parts there are.  So in both of these searches a few are tried (strong
branching: Applegate, Bixby, Chvatal, Cook, Finding cuts in the TSP, DIMACS Technical Report 95-05, 1995).

All three end: no part is halved in an input more than a fixed number of times, and every other step decides a unit.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

import numpy as np
from gmpy2 import mpq

from troppoly.branching.nodes import Branching, Part, Step
from troppoly.branching.relaxation import Bounds, FloatArray
from troppoly.errors import BudgetError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear_program import Infeasible, Optimum, Unbounded, maximize
from troppoly.exact.scalar import nearest_float

__all__ = ["Closed", "Greatest", "Witness", "affine_parts", "greatest", "linear_system", "point_of_system"]

Vector = tuple[mpq, ...]

_CLOSE = 1e-6  # what floats say of a value at a point, which is then computed


@dataclass(frozen=True, slots=True)
class Closed:
    """Why a part of the domain holds no point where all forms of a system are at least 0.

    ``steps`` say which part it is: ("input", j, m, s) that s (u_j - m) >= 0, in the coordinates u of the domain's
    affine hull, and ("unit", l, i, s) that unit i of layer l has the sign s.  On it the form with the number ``output``
    is at most ``bound`` < 0, perhaps by ``multipliers`` of the part's cuts: of the domain's, then the units'.
    Or all units are decided, and ``multipliers`` prove that the linear system has no solution (Farkas): those of the
    inequalities of the part, of the forms, which are to be at least t, and of 0 <= t <= 1.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [-1]], [[1, 1]]])
    >>> property = tp.properties.Property(1, 1, [[[1, 0, 1], [-1, 0, 1], [0, -1, "-1/2"]]])
    >>> ((closed,),) = tp.properties.verify(net, property).proof
    >>> closed.steps, closed.output, -0.51 < closed.bound < -0.49
    ((), 0, True)
    """

    steps: tuple[Step, ...]
    output: int | None
    bound: float | None
    multipliers: Vector | None


@dataclass(frozen=True, slots=True)
class Greatest:
    """The greatest value and where it is attained, or None, a point and the ray along which values are unbounded."""

    value: mpq | None
    point: Vector
    ray: Vector | None
    n_parts: int


@dataclass(frozen=True, slots=True)
class Witness:
    """A point of a system, or None and why no part holds one."""

    point: Vector | None
    closed: tuple[Closed, ...]
    n_parts: int


class Clock:
    """A time limit in seconds, or None."""

    def __init__(self, seconds: float | None) -> None:
        self.end = None if seconds is None else monotonic() + seconds

    def check(self, n_parts: int) -> None:
        """Raise BudgetError when it has passed."""
        if self.end is not None and monotonic() > self.end:
            raise BudgetError(f"The time limit has passed, after {n_parts} parts of the domain.")


def affine_parts(branching: Branching, *, prune: bool) -> Iterator[tuple[Part, RationalMatrix]]:
    """Yield all parts with all units decided, and the forms of the outputs on them.

    Those on which bounds prove that an output is negative are left out, if asked to ``prune``.
    """
    waiting = [branching.whole()]
    while waiting:
        part, bounds = branching.refined(waiting.pop(), 0.0 if prune else np.inf)
        if prune and (bounds.high < 0).any():
            continue
        if part.done == branching.last:
            yield part, branching.unit_forms(part)
        else:
            waiting += reversed(branching.divided(part, bounds.balance[part.done]))


def greatest(branching: Branching, clock: Clock, enough: mpq | None = None) -> Greatest:
    """Return the greatest value of the one output; if it is above ``enough``, any that is, else perhaps a lower one.

    >>> from troppoly.branching.domains import forms_of_domain, on_affine_hull
    >>> from troppoly.circuit.layer import Layer
    >>> roof = [Layer.of([[1], [-1]], rectified=True), Layer.of([["-1/2", -1]], [1])]
    >>> found = greatest(Branching(roof, on_affine_hull(forms_of_domain([(-1, 2)], 1))), Clock(None))
    >>> found.value, found.point
    (mpq(1,1), (mpq(0,1),))
    """
    queue: list[tuple[float, int, Part, Bounds]] = []
    best, where = branching.value(branching.flat.inside)[0], branching.flat.inside
    count = 0

    def promises(high: float) -> bool:
        """Whether a part with this upper bound is to be looked at."""
        goal = best if enough is None else max(best, enough)
        return high == np.inf or (high > -np.inf and mpq(high) > goal)

    def push(part: Part) -> None:
        nonlocal best, where, count
        part, bounds = branching.refined(part)
        count += 1
        for u in _candidates(part, bounds.slopes[0]):
            near = nearest_float(best)
            if not branching.about(u)[0] < near - _CLOSE * (1 + abs(near)):  # also where this is infinite
                value = branching.value(u)[0]
                if value > best:
                    best, where = value, u
        high = float(bounds.high[0])
        if promises(high):
            heapq.heappush(queue, (-high, -count, part, bounds))

    push(branching.whole())
    while queue and (enough is None or best <= enough):
        clock.check(count)
        high, _, part, bounds = heapq.heappop(queue)
        if not promises(-high):
            break
        if part.done < branching.last:
            for child in _children(branching, part, bounds):
                push(child)
            continue
        *a, b = branching.unit_forms(part).row(0)
        found = part.maximize(a)
        if isinstance(found, Unbounded):
            return Greatest(None, found.point, found.ray, count)
        assert isinstance(found, Optimum)
        if found.value + b > best:
            best, where = found.value + b, found.point
    return Greatest(best, where, None, count)


def point_of_system(branching: Branching, clock: Clock) -> Witness:
    """Return a point where all outputs are at least 0, or why there is none."""
    waiting = [branching.whole()]
    closed: list[Closed] = []
    count = 0
    while waiting:
        clock.check(count)
        part, bounds = branching.refined(waiting.pop(), 0.0)
        count += 1
        worst = int(np.argmin(bounds.high))
        if bounds.high[worst] < 0:
            closed.append(Closed(part.path, worst, float(bounds.high[worst]), bounds.multipliers.get(worst)))
            continue
        for u in _candidates(part, bounds.slopes.sum(axis=0)):
            if branching.about(u).min() >= -_CLOSE and min(branching.value(u)) >= 0:
                return Witness(u, tuple(closed), count)
        if part.done == branching.last:
            found = _point_of_linear_system(part, branching.unit_forms(part))
            if isinstance(found, Optimum):
                return Witness(found.point[: branching.k], tuple(closed), count)
            closed.append(Closed(part.path, None, None, found.multipliers))
            continue
        waiting += sorted(_children(branching, part, bounds), key=lambda child: branching.about(child.inside).min())
    return Witness(None, tuple(closed), count)


def _children(branching: Branching, part: Part, bounds: Bounds) -> list[Part]:
    if branching.prefers_halves(part) and np.isfinite(bounds.high).any():  # else no half is bounded better
        return branching.halves(part, bounds.slopes)
    return branching.divided(part, branching.tried(part, bounds))


def _candidates(part: Part, slopes: FloatArray) -> Iterator[Vector]:
    """Points of a part where an output may be great: the one inside, and the corner of the box that bounds like."""
    yield part.inside
    if part.box.is_bounded and not part.cuts and len(part.inside):
        ends = zip(slopes, part.box.low, part.box.high, strict=True)
        yield tuple(high if s < 0 else low for s, low, high in ends)


def linear_system(part: Part, forms: RationalMatrix) -> tuple[RationalMatrix, list[mpq]]:
    """Return the A and b with A (u, t) <= b for the u of a part and a margin t: 0 <= t <= 1 and f(u) >= t."""
    matrix, right = part.system
    k, m = matrix.shape[1], len(forms)
    zeros = RationalMatrix.zeros(matrix.shape[0], 1)
    linear = (-forms.take_columns(range(k))).hstack(RationalMatrix.of([[1]] * m))
    margin = RationalMatrix.of([[0] * k + [-1], [0] * k + [1]])
    bounds = [*right, *(row[-1] for row in forms.to_rationals()), mpq(0), mpq(1)]
    return matrix.hstack(zeros).vstack(linear).vstack(margin), bounds


def _point_of_linear_system(part: Part, forms: RationalMatrix) -> Optimum | Infeasible:
    """A point of a part where forms are at least 0, with the greatest margin; or the proof that there is none."""
    found = maximize([mpq(0)] * len(part.inside) + [mpq(1)], *linear_system(part, forms))
    assert not isinstance(found, Unbounded)
    return found
