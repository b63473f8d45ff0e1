"""The largest Euclidean ball in a cell: its radius as an algebraic number, with a proof.

The ball of radius r at c is in {<a_i, x> + b_i >= 0} iff <a_i, c> + b_i >= r |a_i| for all i, |a_i| = sqrt(n_i) with an
integer n_i.  *Duality.*  If w >= 0 and sum w_i a_i = 0, then

    r <= (sum w_i b_i) / (sum w_i |a_i|),

and for the optimum of this linear program there are such w with equality, which belong to a basis: the only ones, up to
a factor, with w_i = 0 where <a_i, c> + b_i > r |a_i|.  They solve a system of rational equations, so the *weights are
rational*, and the radius is a rational number over a sum of square roots (:mod:`troppoly.exact.square_roots`).

HiGHS proposes rows J, of which independent ones J' span all.  The equations for J' are solved by c = p + E (r (|a_i|) -
b - A p) with a rational right inverse E of A = (a_i), i in J', and the point p of HiGHS.  So what remains to be shown,
<a_j, c> + b_j >= r |a_j| for the other j, are signs of sums of square roots, which are decided exactly.

Where that fails, the program is solved exactly with rational lengths near |a_i|, all off by other amounts, so that ties
are broken: again and again with lengths twice as precise.  There are finitely many bases, so one of them is optimal for
infinitely many of these programs, and in the limit, as all that is asked of a basis is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from gmpy2 import isqrt, mpq, mpz

from troppoly.arguments import Positive, checked
from troppoly.complex.shape import Ball
from troppoly.errors import InputError
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.linear import inverse, kernel, row_basis
from troppoly.exact.linear_program import Optimum, maximize, proposed_optimum
from troppoly.exact.scalar import ObjectArray
from troppoly.exact.square_roots import Radical, signs_of_sums
from troppoly.local.cell_facets import LocalFacet
from troppoly.local.extrema import ball_by_lengths, facet_forms
from troppoly.local.geometry import CellGeometry

if TYPE_CHECKING:
    from troppoly.local.cells import LocalCell

__all__ = ["EuclideanBall", "euclidean_ball_in"]

Vector = tuple[mpq, ...]


@dataclass(frozen=True, eq=False)
class _Program:
    """Maximize r with <a, c> + b >= r sqrt(n) for the rows (a, b) of ``forms`` and n of ``squares``."""

    forms: ObjectArray
    squares: Sequence[mpz]

    def optimum(self) -> tuple[Radical, list[mpq]]:
        """Return the greatest r, and weights of the rows that prove it."""
        for near, rows in self._proposals():
            found = self._optimum_at(near, rows)
            if found is not None:
                return found
        raise AssertionError  # one of the proposals is right

    def _proposals(self) -> Any:
        """Points (c, r), and rows that may be tight at an optimum."""
        m, n = self.forms.shape[0], self.forms.shape[1] - 1
        objective = np.append(np.zeros(n), 1.0)
        matrix = self._matrix([isqrt(n << 120) for n in self.squares], 60).to_floats()
        right = DenseMatrix(self.forms[:, -1:]).to_floats()[:, 0]
        with np.errstate(all="ignore"):
            near, rows = proposed_optimum(objective, np.vstack([matrix, -objective]), np.append(right, 0.0))
        if np.isfinite(near).all():
            yield near, [i for i in rows if i < m]
        generator = np.random.default_rng(0)
        for k in count(6):
            bits = 2**k
            lengths = [isqrt(n << 2 * bits) + int(generator.integers(1, 2**10)) for n in self.squares]
            best = maximize([0] * n + [1], self._matrix(lengths, bits), self.forms[:, -1].tolist())
            assert isinstance(best, Optimum)  # there is a largest ball
            slack = self._matrix(lengths, bits).apply(best.point)
            yield best.point, [i for i, (s, b) in enumerate(zip(slack, self.forms[:, -1], strict=True)) if s == b]

    def _matrix(self, lengths: Sequence[mpz], bits: int) -> RationalMatrix:
        """The rows (-a, length / 2^bits)."""
        unit = mpz(1) << bits
        columns = [-self.forms[:, :-1] * unit, np.array(lengths, dtype=object)[:, None]]
        return DenseMatrix(np.concatenate(columns, axis=1), unit)

    def _optimum_at(self, near: Sequence[Any], rows: Sequence[int]) -> tuple[Radical, list[mpq]] | None:
        """The greatest r and its weights, if there is a best point where these rows are tight."""
        if len(rows) < 2:
            return None
        a = DenseMatrix(self.forms[:, :-1])
        weights = kernel(a.take_rows(rows).T)
        if len(weights) != 1:
            return None
        w = weights.row(0) if max(weights.row(0)) > 0 else tuple(-v for v in weights.row(0))
        total = sum((v * self.forms[i, -1] for v, i in zip(w, rows, strict=True)), mpq(0))
        if min(w) < 0 or total <= 0:
            return None
        left_out = next(i for v, i in zip(w, rows, strict=True) if v)
        basis = [i for i in rows if i != left_out]
        c = tuple(mpq(v) if isinstance(v, type(mpq())) else mpq(*float(v).as_integer_ratio()) for v in near[:-1])
        columns = row_basis(a.take_rows(basis).T)
        others = [j for j in range(len(a)) if j not in set(rows)]
        try:
            shares = a.take_rows(others).take_columns(columns) @ inverse(a.take_rows(basis).take_columns(columns))
        except InputError:  # the rows are dependent
            return None
        heights = [v + b for v, b in zip(a.apply(c), self.forms[:, -1], strict=True)]
        sums = []
        for j, share in zip(others, shares, strict=True):
            start = heights[j] - sum((q * heights[i] for q, i in zip(share, basis, strict=True)), mpq(0))
            row = [mpq(0)] * len(a)
            for v, i in zip(w, rows, strict=True):
                row[i] += start * v
            for q, i in zip(share, basis, strict=True):
                row[i] += total * q
            row[j] -= total
            sums.append(row)
        if min(signs_of_sums(sums, self.squares), default=0) < 0:
            return None
        full = dict(zip(rows, w, strict=True))
        return (
            Radical.of(total, [(v, self.squares[i]) for i, v in full.items()]),
            [full.get(i, mpq(0)) for i in range(len(a))],
        )


@dataclass(frozen=True, eq=False, repr=False)
class EuclideanBall:
    """A largest Euclidean ball in a cell: its ``radius``, an algebraic number, and the facets that prove it.

    For the forms (a, b) of facets and their multipliers w > 0, sum w a = 0, so that no ball is larger than ``radius`` =
    (sum w b) / (sum w |a|).  The center has algebraic coordinates; that of ``approximation`` has rational ones.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [-1, -1]], [[1, 1, 1]]], [[0, 0, 1], [0]])
    >>> ball = tp.cell_at(net, ("1/4", "1/4")).euclidean_ball()
    >>> ball, float(ball.radius), ball.multipliers[2], ball.check()
    (Euclidean ball of radius 1/(2 + sqrt(2)), 0.2928932188134525, (Facet of unit 2 of layer 0, mpq(1,1)), True)
    >>> inner = ball.approximation(50)
    >>> inner.radius < ball.radius < inner.radius * (1 + mpq(1, 2**50))
    True
    """

    cell: LocalCell
    radius: Radical
    multipliers: tuple[tuple[LocalFacet, mpq], ...]

    @checked
    def approximation(self, bits: Positive = 64) -> Ball:
        """Return a ball in the cell with rational center and radius, at least 1 / (1 + 2^-bits) of the largest.

        It is the largest one for lengths |a| that are rounded up.
        """
        geometry = self.cell._geometry
        squares, denominator = _squares(geometry)
        unit = (mpz(1) << bits) * denominator
        found = ball_by_lengths(facet_forms(geometry), [mpq(isqrt(n << 2 * bits) + 1, unit) for n in squares])
        assert found is not None
        return Ball(self.cell._inside.at(found[0]), found[1])

    @checked
    def check(self, bits: Positive = 64) -> bool:
        """Return whether the multipliers prove that no ball is larger, and a ball in the cell that one is as large.

        The latter up to a factor 1 + 2^-bits, as its center is rational.
        """
        forms, weights = zip(*((facet.form, w) for facet, w in self.multipliers), strict=True)
        sums = [sum(w * v for v, w in zip(column, weights, strict=True)) for column in zip(*forms, strict=True)]
        terms = [(w, sum(v**2 for v in form[:-1])) for form, w in zip(forms, weights, strict=True)]
        ball = self.approximation(bits)
        inside = all(
            (gap := sum((a * x for a, x in zip(facet.form, ball.center, strict=False)), mpq(facet.form[-1]))) >= 0
            and gap**2 >= ball.radius**2 * sum(a**2 for a in facet.form[:-1])
            for facet in self.cell.facets
        )
        return (
            min(weights) > 0
            and not any(sums[:-1])
            and self.radius == Radical.of(sums[-1], terms)
            and inside
            and self.radius <= ball.radius * (1 + mpq(1, mpz(1) << bits))
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EuclideanBall):
            return NotImplemented
        return (self.cell, self.radius, self.multipliers) == (other.cell, other.radius, other.multipliers)

    def __hash__(self) -> int:
        return hash((self.cell, self.radius))

    def __repr__(self) -> str:
        return f"Euclidean ball of radius {self.radius}"


def _squares(geometry: CellGeometry) -> tuple[list[mpz], mpz]:
    """For every facet the square of its length in x, times that of the denominator which follows."""
    pulled = geometry.chart.pulled(facet_forms(geometry)).dense()
    return [sum((v**2 for v in row[:-1]), mpz(0)) for row in pulled.entries], pulled.denominator


def euclidean_ball_in(geometry: CellGeometry) -> tuple[Radical, dict[int, mpq]] | None:
    """Return the radius of a largest Euclidean ball and multipliers of facets, by their inequalities, or None.

    It is None if there are balls of any radius, which does not depend on the norm.
    """
    forms = facet_forms(geometry)
    if ball_by_lengths(forms, [sum(map(abs, row[:-1])) for row in forms]) is None:
        return None
    squares, denominator = _squares(geometry)
    rho, weights = _Program(forms.entries, squares).optimum()
    multipliers = {i: w for i, w in zip(geometry.facets, weights, strict=True) if w}
    return Radical.of(rho.numerator * denominator, rho.terms), multipliers
