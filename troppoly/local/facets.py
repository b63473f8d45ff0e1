"""The facets of a cell, each with a point that proves it, and the other inequalities, each with multipliers.

The cell is {f_i >= 0} for integer forms f_i = (a_i, b_i) in (u, t), no two of them multiples, with a point c inside.

- f_i is a *facet* if and only if there is a p with f_i(p) = 0 and f_j(p) > 0 for all j != i.  A ray c + s v, s >= 0,
  that leaves {f_i >= 0} first, and no other at the same s = f_i(c) / -<a_i, v>, has such a p.
- f_i is *redundant* if and only if f_i = sum_j y_j f_j + y_0 with y >= 0, j over the facets (Farkas).

**Search** (Clarkson, More output-sensitive geometric algorithms, FOCS 1994).  Most facets are found by rays, in floats
with bounds of their errors: for every f_i a few steps of affine scaling minimize it over the others, each along the
direction in which it falls most in the ellipsoid of Dikin.  If f_i stays positive, the nearest facets where the steps
end may be those that prove it redundant.  For every f_i that is left, HiGHS minimizes f_i over the
facets so far and f_i >= -1.  If the minimum is negative, the ray to where it is leaves the cell by a new facet, f_i or
another.  Else the multipliers of the tight rows are computed exactly, and checked.  Where floats do not tell, the
program is solved exactly (:mod:`troppoly.exact.linear_program`), and the ray is followed exactly.

**Error bound of a ray.**  Let A and h = (f_j(c)) be nearest floats, so with relative errors u = 2^-53, v integers below
2^53, and g = A v computed in floats: each term of a sum of n products meets n + 1 roundings, so |g - <a, v>| <= e =
gamma_(n+2) |A| |v| (:mod:`troppoly.cellwise.rounding_errors`).  The ray that leaves by i has f_j > 0 at its end iff
h_j (-<a_i, v>) + h_i <a_j, v> > 0.  In floats that is off by at most h_j e_i + h_i e_j + 4 u (h_j |g_i| + h_i |g_j|) up
to terms of second order, which doubling covers.  Entries of A are at most 1, and what underflows is below 2^-400, which
is added to e; floats are used only if all h are between 2^-400 and 2^400.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.errors import TroppolyError
from troppoly.exact import DenseMatrix
from troppoly.exact.linear import combination
from troppoly.exact.linear_program import Optimum, maximize
from troppoly.exact.numerators import nearest_floats
from troppoly.exact.scalar import ObjectArray
from troppoly.local.charts import homogeneous
from troppoly.local.programs import FloatPrograms

__all__ = ["Description", "describe", "scaled_floats", "scaled_heights"]

FloatArray = NDArray[np.float64]

_UNIT = 2.0**-53
_RAY_BITS, _FINE_BITS = 20, 48  # of the integers along which rays go: first short ones
_TINY = 2.0**-400
_STEPS = 6
_SMALL = 1e-9
_LARGEST = 2**31  # operations of a step of affine scaling


@dataclass(frozen=True, eq=False)
class Description:
    """Which inequalities are facets, from ``center`` inside along integer directions, and why the others are not.

    ``multipliers[i]`` are, for a redundant inequality, those of facets, by their numbers; the rest y_0 is at least 0.
    """

    forms: ObjectArray
    center: ObjectArray
    directions: dict[int, ObjectArray]
    multipliers: dict[int, dict[int, mpq]]

    def point(self, i: int) -> tuple[mpq, ...]:
        """Return the point where the ray of facet i leaves the cell."""
        place = self.place(i)
        return tuple(mpq(v, place[-1]) for v in place[:-1])

    def place(self, i: int) -> ObjectArray:
        """Return that point as an integer vector (p, q)."""
        return self._places[i]

    @cached_property
    def _places(self) -> dict[int, ObjectArray]:
        """The points of all facets."""
        facets, c = list(self.directions), self.center
        forms, ways = self.forms[facets], np.array([self.directions[i] for i in facets], dtype=object)
        heights, slopes = forms @ c, -(forms[:, :-1] * ways).sum(axis=1)
        p = c[:-1] * slopes[:, None] + ways * heights[:, None]
        return dict(zip(facets, np.concatenate([p, c[-1] * slopes[:, None]], axis=1), strict=True))

    def constant(self, i: int) -> mpq:
        """Return y_0 of a redundant inequality."""
        known = self.multipliers[i].items()
        return mpq(self.forms[i][-1]) - sum((y * self.forms[j][-1] for j, y in known), mpq(0))


def describe(forms: ObjectArray, center: ObjectArray) -> Description:
    """Return the description of {f >= 0 for the rows f} from an integer point (c, t) with f(c, t) > 0, t > 0."""
    search = _Search(forms, center)
    search.run()
    return Description(forms, center, search.directions, search.multipliers)


def scaled_floats(rows: ObjectArray) -> tuple[FloatArray, list[int]]:
    """Return the nearest floats of integer rows, each divided by the least power of 2 that bounds it; the exponents.

    >>> scaled_floats(np.array([[mpz(3), mpz(-1)], [mpz(0), mpz(0)]], dtype=object))
    (array([[ 0.75, -0.25],
           [ 0.  ,  0.  ]]), [2, 0])
    """
    bits = [int(max(map(abs, row), default=mpz(0)).bit_length()) for row in rows]
    try:
        floats = np.fromiter(map(int, rows.flat), dtype=np.float64, count=rows.size).reshape(rows.shape)
    except OverflowError:
        floats = np.array([nearest_floats(row, mpz(1) << b) for row, b in zip(rows, bits, strict=True)])
        return floats.reshape(rows.shape), bits
    return np.ldexp(floats, -np.array(bits, dtype=np.intp)[:, None]), bits


def scaled_heights(values: ObjectArray, bits: Sequence[int], denominator: mpz) -> FloatArray:
    """Return the nearest floats of values / denominator, each divided by 2^bits; perhaps infinite.

    >>> scaled_heights(np.array([mpz(3), mpz(5)], dtype=object), [2, 1], mpz(1))
    array([0.75, 2.5 ])
    """
    most = max(bits, default=0)
    shifted = [v << most - b for v, b in zip(values, bits, strict=True)]
    return nearest_floats(np.array(shifted, dtype=object), denominator << most)


@dataclass(eq=False)
class _Search:
    """The state of a search."""

    forms: ObjectArray
    center: ObjectArray
    directions: dict[int, ObjectArray] = field(default_factory=dict)
    multipliers: dict[int, dict[int, mpq]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows, bits = scaled_floats(self.forms[:, :-1])
        self.flat = [i for i, b in enumerate(bits) if not b]  # positive constants
        self.heights = scaled_heights(self.forms @ self.center, bits, self.center[-1])
        self.in_range = bool(((self.heights > _TINY) & (self.heights < 1 / _TINY)).all())

    def run(self) -> None:
        """Decide all inequalities."""
        for i in self.flat:
            self.multipliers[i] = {}
        if not len(self.forms) or len(self.flat) == len(self.forms):
            return
        if self.in_range:
            self.shoot(-self.rows)
            self.aim(np.setdiff1d(np.arange(len(self.forms)), [*self.flat, *self.directions]))
        left = [i for i in range(len(self.forms)) if i not in self.directions and i not in self.multipliers]
        if not left:
            return
        if not self.in_range:
            for i in left:
                while i not in self.directions and i not in self.multipliers:
                    self.decide_exactly(i)
            return
        programs = FloatPrograms(self.rows, self.heights)
        programs.activate(self.directions)
        for i in left:
            while i not in self.directions and i not in self.multipliers:
                self.decide(i, programs)

    def decide(self, i: int, programs: FloatPrograms) -> None:
        """Find a new facet, or that inequality i is redundant."""
        minimum, step, support = programs.minimize(i)
        if minimum < 0:
            found = self.shoot(step[None]) or self.shoot(step[None], _FINE_BITS)
            programs.activate(found)
            if found:
                return
        elif self.prove(i, support):
            return
        programs.activate(self.decide_exactly(i))

    def aim(self, left: NDArray[np.intp]) -> None:
        """Minimize every f_i, i in ``left``, over the others by affine scaling, and follow rays to where it is 0."""
        m, n = self.rows.shape
        x, ridge = np.zeros((len(left), n)), np.eye(n)
        for _ in range(_STEPS):
            if not len(left) or len(left) * n * n * (m + n) > _LARGEST:
                return
            slack, own = self.heights + x @ self.rows.T, np.arange(len(left))
            with np.errstate(all="ignore"):
                weights = (slack.min(axis=1, keepdims=True) / slack) ** 2
                weights[own, left] = 0
                hessian = (self.rows.T * weights[:, None]) @ self.rows
                hessian += (1e-12 * np.trace(hessian, axis1=1, axis2=2)[:, None, None] + _TINY) * ridge
                steps = -np.linalg.solve(hessian, self.rows[left][:, :, None])[:, :, 0]
                slopes = steps @ self.rows.T
                times = np.where(slopes < 0, slack / -slopes, np.inf)
                time, times[own, left] = times[own, left], np.inf
                others = times.min(axis=1)
                met = time < others
                self.shoot((x + time[:, None] * steps)[met])
                x = (x + 0.9 * others[:, None] * steps)[~met]
            left = left[~met]
        self.guess(left, x)

    def guess(self, left: NDArray[np.intp], x: FloatArray) -> None:
        """Prove inequalities redundant by the facets that are nearest to points where they are nearly least."""
        known, n = np.array(sorted(self.directions), dtype=np.intp), self.rows.shape[1]
        if not len(known):
            return
        lengths = np.linalg.norm(self.rows[known], axis=1)
        nearest = np.argsort((self.heights[known] + x @ self.rows[known].T) / lengths, axis=1)[:, :n]
        for i, chosen in zip(left.tolist(), known[nearest], strict=True):
            y = np.linalg.lstsq(self.rows[chosen].T, self.rows[i])[0]
            if np.isfinite(y).all() and y.min() > -_SMALL and y @ self.heights[chosen] <= self.heights[i]:
                self.prove(i, chosen[y > _SMALL].tolist())

    def shoot(self, steps: FloatArray, bits: int = _RAY_BITS) -> list[int]:
        """Follow rays from the center along the rows of ``steps``, and return the new facets that they prove."""
        sizes = np.abs(steps).max(axis=1, keepdims=True)
        whole = np.rint(np.divide(steps, sizes, out=np.zeros_like(steps), where=sizes > 0) * 2.0**bits)
        g = self.rows @ whole.T
        error = 1.01 * (self.rows.shape[1] + 2) * _UNIT * (np.abs(self.rows) @ np.abs(whole.T)) + _TINY
        h = self.heights[:, None]
        with np.errstate(all="ignore"):
            times = np.where(g < -error, h / -g, np.inf)
            first = times.argmin(axis=0)
            rays = np.arange(len(steps))
            g_first, h_first, error_first = g[first, rays], self.heights[first], error[first, rays]
            gap = h * -g_first + h_first * g
            bound = h * error_first + h_first * error + 4 * _UNIT * (h * np.abs(g_first) + h_first * np.abs(g))
            certain = gap > 2 * bound
        certain[first, rays] = np.isfinite(times[first, rays])
        new = []
        for ray in np.flatnonzero(certain.all(axis=0)):
            i = int(first[ray])
            if i not in self.directions:
                self.directions[i] = whole[ray].astype(np.int64).astype(object)
                new.append(i)
        return new

    def prove(self, i: int, support: Sequence[int]) -> bool:
        """Return whether inequality i is a nonnegative combination of the rows in ``support`` and a constant."""
        rows = self.forms[list(support)]
        y = combination(rows[:, :-1], self.forms[i, :-1])
        if y is None or min(y, default=0) < 0:
            return False
        if sum((v * b for v, b in zip(y, rows[:, -1], strict=True)), mpq(0)) > self.forms[i, -1]:
            return False
        self.multipliers[i] = {int(j): v for j, v in zip(support, y, strict=True) if v}
        return True

    def decide_exactly(self, i: int) -> list[int]:
        """Solve the program of inequality i exactly; return the new facet, if there is one."""
        known = sorted(self.directions)
        rows = self.forms[[*known, i]]
        right = [*rows[:-1, -1], rows[-1, -1] + self._largest(i)]
        best = maximize([-v for v in rows[-1, :-1]], -DenseMatrix(rows[:, :-1]), right)
        assert isinstance(best, Optimum)  # the center is feasible, and the last row bounds the objective
        if best.value <= rows[-1, -1]:
            self.multipliers[i] = {j: y for j, y in zip(known, best.multipliers, strict=False) if y}
            return []
        return [self.follow(best.point)]

    def _largest(self, i: int) -> mpz:
        """The value of f_i at the center, which bounds the programs."""
        return (self.forms[i] @ self.center) // self.center[-1] + 1

    def follow(self, target: Sequence[mpq]) -> int:
        """Follow the ray to a point that is not inside exactly; return the facet, which is new."""
        x, generator = homogeneous(target), np.random.default_rng(0)
        c = self.center
        for bits in range(4, 400, 4):
            v = x[:-1] * c[-1] - c[:-1] * x[-1]
            facet = self._left_by(v)
            if facet is not None and facet not in self.directions:
                self.directions[facet] = v
                return facet
            # several at once, or rounding: the target is moved a little
            noise = [mpz(int(z)) for z in generator.integers(-8, 9, len(c) - 1)]
            x = np.array([*(homogeneous(target)[:-1] * (mpz(1) << bits) + noise), homogeneous(target)[-1] << bits])
        raise TroppolyError("No ray leaves the cell by one facet alone.")

    def _left_by(self, v: ObjectArray) -> int | None:
        """The inequality by which the ray along v leaves, if it is one alone."""
        slopes, heights = self.forms[:, :-1] @ v, self.forms @ self.center
        times = {i: mpq(heights[i], -slopes[i]) for i in range(len(slopes)) if slopes[i] < 0}
        first = min(times.values())
        facets = [i for i, s in times.items() if s == first]
        return facets[0] if len(facets) == 1 else None
