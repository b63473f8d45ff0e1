"""Polyhedra of any dimension as full-dimensional ones in coordinates of their affine hull.

A polyhedron {x : <a_i, x> + b_i >= 0} is the image of a full-dimensional one under an injective map x = A u + v: those
of its inequalities that hold with equality on all of it are equations, and are solved.  Inequalities in one
coordinate alone make a box, low <= u <= high, which may be open to infinity; the others are its *cuts*.

An inequality that is an equation on the polyhedron is found by the exact maximum of its form, which is 0, and is looked
for only if an exact linear program has shown that there is no point where all are strict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gmpy2 import mpq, mpz
from numpy.typing import NDArray

from troppoly.branching.cut_boxes import CutBox
from troppoly.errors import EmptyDomainError, InputError, ShapeError, kind_of
from troppoly.exact import DenseMatrix, RationalMatrix, SparseMatrix
from troppoly.exact.linear import kernel, primitive, row_basis, solve
from troppoly.exact.linear_program import Infeasible, Optimum, maximize, strict_solution
from troppoly.exact.scalar import ObjectArray

__all__ = ["Box", "Flat", "bounding_box", "forms_of_domain", "on_affine_hull", "outward", "smaller_box"]

Vector = tuple[mpq, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """The u with ``low`` <= u <= ``high``, where None is no bound; low < high."""

    low: tuple[mpq | None, ...]
    high: tuple[mpq | None, ...]

    @property
    def is_bounded(self) -> bool:
        """Whether all bounds are there."""
        return all(bound is not None for bound in (*self.low, *self.high))  # rationals compare slowly with None

    def middle(self) -> Vector:
        """Return a point inside."""
        return tuple(_between(a, b) for a, b in zip(self.low, self.high, strict=True))

    def forms(self) -> list[ObjectArray]:
        """Return the integer forms (a, b) that are at least 0 on the box."""
        k, result = len(self.low), []
        for j in range(k):
            for bound, sign in ((self.low[j], 1), (self.high[j], -1)):
                if bound is not None:
                    row = np.full(k + 1, mpz(0), dtype=object)
                    row[j], row[k] = sign * bound.denominator, -sign * bound.numerator
                    result.append(row)
        return result

    def with_bound(self, j: int, value: mpq, above: bool) -> Box:
        """Return the part where u_j >= value, if ``above``, or u_j <= value."""
        low, high = list(self.low), list(self.high)
        (low if above else high)[j] = value
        return Box(tuple(low), tuple(high))


def _between(low: mpq | None, high: mpq | None) -> mpq:
    if low is None:
        return mpq(0) if high is None else high - 1
    return low + 1 if high is None else (low + high) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """The polyhedron of all x = ``matrix`` u + ``vector``, u in a box with <a, u> + b >= 0 for the ``cuts`` (a, b).

    It is full-dimensional in u, and ``inside`` is a u where all its inequalities are strict.
    """

    matrix: RationalMatrix
    vector: RationalMatrix
    box: Box
    cuts: tuple[ObjectArray, ...]
    inside: Vector

    def lifted(self, u: Vector) -> Vector:
        """Return the point x of a u."""
        return tuple(a + b for a, b in zip(self.matrix.apply(u), self.vector[:, 0], strict=True))

    def moved(self, step: Vector) -> Vector:
        """Return the direction in x of a direction in u."""
        return self.matrix.apply(step)


def forms_of_domain(domain: Any, d: int) -> RationalMatrix:
    """Return the (m, d + 1) forms (a, b) with <a, x> + b >= 0 of a domain in R^d: a polyhedron, box, or None.

    A box is d pairs (low, high), low <= high.  Equations are two forms.  Raises InputError if it is not a domain,
    ShapeError if it lies in another space and EmptyDomainError if it is empty.

    >>> forms_of_domain([(0, 0), (0, "1/2")], 2)
    RationalMatrix([['1', '0', '0'], ['-1', '0', '0'], ['0', '1', '0'], ['0', '-1', '1/2']])
    """
    if domain is None:
        return RationalMatrix.zeros(0, d + 1)
    if hasattr(domain, "inequalities_list"):
        if domain.ambient_dim() != d:
            raise ShapeError(f"The domain lies in R^{domain.ambient_dim()}, the function lives on R^{d}.")
        if domain.is_empty():
            raise EmptyDomainError("The domain is empty.")
        rows = [[*row[1:], row[0]] for row in domain.inequalities_list()]
        for row in domain.equations_list():
            rows += [[*row[1:], row[0]], [*(-v for v in row[1:]), -row[0]]]
        return RationalMatrix.of(rows, "domain", columns=d + 1)
    if not isinstance(domain, (list, tuple, np.ndarray)):
        wanted = "a passagemath Polyhedron, or a box as pairs (low, high)"
        raise InputError(f"A domain must be {wanted}, not {kind_of(domain)}.")
    bounds = RationalMatrix.of(domain, "box of pairs (low, high)", columns=2)
    if bounds.shape != (d, 2):
        raise ShapeError(f"The domain is a box of shape {bounds.shape} where {(d, 2)} is needed.")
    ends = bounds.to_rationals()
    for i, (low, high) in enumerate(ends):
        if low > high:
            raise EmptyDomainError(f"The domain is an empty box: from {low} to {high} in coordinate {i}.")
    signs = np.array([mpq(1), mpq(-1)] * d, dtype=object)
    constants = RationalMatrix.from_rationals((-signs * ends.ravel())[:, None])
    return SparseMatrix.selection(np.repeat(np.arange(d), 2), d, signs.tolist()).hstack(constants)


def on_affine_hull(forms: RationalMatrix) -> Flat | None:
    """Return the polyhedron of (m, d + 1) forms in coordinates of its affine hull, or None if it is empty.

    >>> flat = on_affine_hull(RationalMatrix.of([[1, 1, -1], [-1, -1, 1], [1, 0, 0]]))
    >>> flat.matrix, flat.lifted(flat.inside), on_affine_hull(RationalMatrix.of([[1, -1], [-1, 0]]))
    (RationalMatrix([['-1'], ['1']]), (mpq(1,1), mpq(0,1)), None)
    """
    d = forms.shape[1] - 1
    matrix: RationalMatrix = SparseMatrix.identity(d)
    vector: RationalMatrix = SparseMatrix.zeros(d, 1)
    while True:
        box, cuts, equations = _sorted(forms, matrix, vector)
        if box is None:
            return None
        if not equations:
            if not cuts:
                return Flat(matrix, vector, box, (), box.middle())
            rows = DenseMatrix(np.array([*box.forms(), *cuts], dtype=object))
            k = rows.shape[1] - 1
            inside = strict_solution(-rows.take_columns(range(k)), [mpq(b) for b in rows.entries[:, k]])
            if inside is not None:
                return Flat(matrix, vector, box, tuple(cuts), inside)
            hidden = _hidden_equations(rows)
            if hidden is None:
                return None
            equations = hidden
        matrix, vector = _solved(matrix, vector, np.array(equations, dtype=object))


def _sorted(
    forms: RationalMatrix, matrix: RationalMatrix, vector: RationalMatrix
) -> tuple[Box | None, list[ObjectArray], list[ObjectArray]]:
    """The box, the other inequalities, and the equations that the box has, in u; None in place of an empty box."""
    d, k = matrix.shape
    linear = forms.take_columns(range(d))
    rows = (linear @ matrix).hstack(linear @ vector + forms.take_columns([d]))
    low: list[mpq | None] = [None] * k
    high: list[mpq | None] = [None] * k
    cuts: dict[tuple[Any, ...], ObjectArray] = {}
    for columns, numbers in rows.nonzero_rows():
        row, filled = np.full(k + 1, mpz(0), dtype=object), [j for j in columns.tolist() if j < k]
        row[columns] = numbers
        if not filled:
            if row[k] < 0:
                return None, [], []
        elif len(filled) == 1:
            j = filled[0]
            value, bounds = mpq(-row[k], row[j]), low if row[j] > 0 else high
            bounds[j] = value if bounds[j] is None else (max if row[j] > 0 else min)(bounds[j], value)
        else:
            cut = primitive(row)
            cuts[tuple(cut)] = cut
    equations = []
    for j, (a, b) in enumerate(zip(low, high, strict=True)):
        if a is not None and b is not None and a >= b:
            if a > b:
                return None, [], []
            equation = np.full(k + 1, mpz(0), dtype=object)
            equation[j], equation[k] = a.denominator, -a.numerator
            equations.append(equation)
    return Box(tuple(low), tuple(high)), list(cuts.values()), equations


def _hidden_equations(rows: DenseMatrix) -> list[ObjectArray] | None:
    """The forms that are 0 on all of {f >= 0}, at least one if there is no point with f > 0; None if it is empty."""
    k = rows.shape[1] - 1
    linear, constants = rows.take_columns(range(k)), [mpq(b) for b in rows.entries[:, k]]
    found = []
    for row in rows.entries:
        capped = (-linear).vstack(DenseMatrix(row[None, :k]))
        best = maximize([mpq(v) for v in row[:k]], capped, [*constants, 1 - mpq(row[k])])
        if isinstance(best, Infeasible):
            return None
        assert isinstance(best, Optimum)  # the form is at most 1
        if best.value + row[k] == 0:
            found.append(row)
    return found


def _solved(
    matrix: RationalMatrix, vector: RationalMatrix, equations: ObjectArray
) -> tuple[RationalMatrix, RationalMatrix]:
    """The map onto the part where forms in u are 0, which is not empty."""
    k = matrix.shape[1]
    point = np.full((k, 1), mpq(0), dtype=object)
    rows, fixed = np.nonzero(equations[:, :k])
    if np.array_equal(rows, np.arange(len(equations))):  # of one coordinate each
        point[fixed, 0] = [mpq(-equations[i, k], equations[i, j]) for i, j in zip(rows, fixed, strict=True)]
        free = np.setdiff1d(np.arange(k), fixed)
        return matrix.take_columns(free), matrix @ RationalMatrix.from_rationals(point) + vector
    chosen = row_basis(DenseMatrix(equations[:, :k]))
    linear, constants = DenseMatrix(equations[chosen, :k]), DenseMatrix(-equations[chosen, k:])
    columns = row_basis(linear.T)
    point[columns, 0] = solve(linear.take_columns(columns), constants).to_rationals()[:, 0]
    return matrix @ kernel(linear).T, matrix @ RationalMatrix.from_rationals(point) + vector


def bounding_box(box: Box, cuts: Sequence[ObjectArray]) -> Box:
    """Return the least box around a polyhedron that is full-dimensional, by exact linear programs."""
    if not cuts:
        return box
    k = len(box.low)
    rows = DenseMatrix(np.array([*box.forms(), *cuts], dtype=object))
    matrix, right = -rows.take_columns(range(k)), [mpq(b) for b in rows.entries[:, k]]
    low, high = list(box.low), list(box.high)
    for j in range(k):
        for bounds, sign in ((low, -1), (high, 1)):
            best = maximize([mpq(sign * (i == j)) for i in range(k)], matrix, right)
            bounds[j] = sign * best.value if isinstance(best, Optimum) else None
    return Box(tuple(low), tuple(high))


def smaller_box(box: Box, cuts: Sequence[ObjectArray]) -> Box:
    """Return a box around the part of a bounded box where cuts are at least 0, which is about as small as it can be.

    For multipliers y >= 0 of the cuts f_i, u_j is at least the minimum of u_j - sum_i y_i f_i(u) on the box.  A linear
    program in floats proposes them; the minimum is computed exactly, and rounded outward.
    """
    k = len(box.low)
    floats = CutBox(outward(box.low, -1), outward(box.high, 1), cuts)
    low, high = list[Any](box.low), list[Any](box.high)
    for j in range(k):
        for bounds, sign in ((low, 1), (high, -1)):
            target = np.zeros(k)
            target[j] = sign
            if (found := floats.least(target, 0.0, floats.size[j])) is not None:
                value = mpq(float(outward([_least_on_box(box, cuts, found.multipliers, j, sign)], -1)[0]))
                bounds[j] = sign * max(value, sign * bounds[j])
    return Box(tuple(low), tuple(high))


def _least_on_box(box: Box, cuts: Sequence[ObjectArray], multipliers: Sequence[mpq], j: int, sign: int) -> mpq:
    """The least value on a box of sign u_j - sum_i y_i f_i."""
    total = np.full(len(box.low) + 1, mpq(0), dtype=object)
    total[j] = mpq(sign)
    for y, cut in zip(multipliers, cuts, strict=True):
        if y:
            total = total - y * cut
    ends = (low if c > 0 else high for c, low, high in zip(total, box.low, box.high, strict=False))
    return sum((c * end for c, end in zip(total, ends, strict=False)), total[-1])


def outward(bounds: Sequence[mpq | None], sign: int) -> NDArray[np.float64]:
    """Return floats that are at most (``sign`` -1) or at least (1) the given rationals; None is infinite.

    >>> bool(outward([mpq(1, 3)], 1)[0] > mpq(1, 3) > outward([mpq(1, 3)], -1)[0]), outward([None], 1)
    (True, array([inf]))
    """
    near = [sign * np.inf if v is None else _near(v) for v in bounds]
    return np.nextafter(np.array(near, dtype=np.float64), sign * np.inf)


def _near(value: mpq) -> float:
    """The nearest float, perhaps infinite."""
    try:
        return int(value.numerator) / int(value.denominator)
    except OverflowError:
        return np.inf if value > 0 else -np.inf
