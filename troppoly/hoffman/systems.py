"""The cells of tropical maps as systems of linear inequalities, and the Hoffman constant of a tropical map.

On the cell of p(x) = max_i (<a_i, x> + b_i) where monomial i is the maximum,

    <a_j - a_i, x> <= b_i - b_j    for all j.

A tropical rational function p / q, or a map of several, has the common refinement of the cells of all its
numerators and denominators, and a cell is given by one monomial of each: its system is that of all of them together.
Its Hoffman constant is the greatest one of the matrices of its full-dimensional cells (Lezeau, Walker, Cao, Bhatia and
Monod, Tropical Expressivity of Neural Networks, arXiv 2405.20174, Definitions 3.1 and 3.2; there the rows j = i are
included, which are zero and change nothing, and so are the pairs of monomials whose cells are not full-dimensional,
which no bound needs).  It depends on the pair (p, q), not on the function p / q alone.  Redundant monomials, which are
the maximum on no full-dimensional cell, are left out, as they are in the definition over linear regions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.errors import InputError
from troppoly.exact import CertifiedNumber, RationalMatrix
from troppoly.exact.linear_program import Optimum, maximize
from troppoly.hoffman.constant import HoffmanConstant, hoffman_constant
from troppoly.network import Network
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational
from troppoly.refinement import tropicalize

__all__ = ["CellSystem", "MapHoffmanConstant", "cell_systems", "hoffman_constant_of"]


@dataclass(frozen=True, slots=True)
class CellSystem:
    """A full-dimensional cell {x : A x <= b} of a tropical map.

    ``monomials`` holds, for every numerator and denominator in turn, the exponent of the one that is the maximum.
    """

    monomials: tuple[tuple[mpq, ...], ...]
    matrix: RationalMatrix
    right: tuple[mpq, ...]

    def __repr__(self) -> str:
        m, d = self.matrix.shape
        return f"Cell of R^{d} given by {m} inequalit{'y' if m == 1 else 'ies'}"

    def residual(self, x: Sequence[mpq]) -> mpq:
        """Return max_i (<a_i, x> - b_i)_+, which is 0 exactly on the cell."""
        values = self.matrix.apply(x)
        return max((a - b for a, b in zip(values, self.right, strict=True) if a > b), default=mpq(0))


@dataclass(frozen=True, slots=True, eq=False)
class MapHoffmanConstant(CertifiedNumber):
    """The Hoffman constant of a tropical map: the greatest one of its cells.

    ``constants[i]`` is the Hoffman constant of ``cells[i]``, and ``cell`` is the number of one that attains it.
    """

    cells: tuple[CellSystem, ...]
    constants: tuple[HoffmanConstant, ...]

    @property
    def cell(self) -> int:
        """The first cell with the greatest Hoffman constant."""
        return max(range(len(self.cells)), key=lambda i: self.constants[i].value)

    @property
    def value(self) -> mpq:
        """The greatest Hoffman constant of a cell."""
        return self.constants[self.cell].value

    def __repr__(self) -> str:
        return f"Hoffman constant {self.value}, attained by cell {self.cell} of {len(self.cells)}"


def cell_systems(function: Any) -> tuple[CellSystem, ...]:
    """Return the full-dimensional cells of a tropical polynomial, rational function, map or network.

    Of a network, they are those of its irredundant tropical map, ``tropicalize(network)``.  A cell is
    full-dimensional if some x satisfies all its inequalities strictly, which a linear program decides exactly.

    Raises InputError for another kind of function.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> [(cell.matrix, cell.right) for cell in cell_systems(x + 0)]
    [(RationalMatrix([['-1']]), (mpq(0,1),)), (RationalMatrix([['1']]), (mpq(0,1),))]
    """
    polynomials = [p.prune() for p in _polynomials(function)]
    d = polynomials[0].n_variables
    return tuple(_extend(polynomials, CellSystem((), RationalMatrix.zeros(0, d), ())))


@checked
def hoffman_constant_of(function: Any) -> MapHoffmanConstant:
    """Return the Hoffman constant of a tropical polynomial, rational function, map or network.

    Raises InputError for another kind of function.

    >>> x, y = (TropicalPolynomial.variable(i, 2) for i in range(2))
    >>> hoffman_constant_of(x + y + 0)
    Hoffman constant 1, attained by cell 0 of 3
    """
    cells = cell_systems(function)
    return MapHoffmanConstant(cells, tuple(hoffman_constant(cell.matrix) for cell in cells))


def _polynomials(function: Any) -> list[TropicalPolynomial]:
    """Numerators and denominators."""
    if isinstance(function, TropicalPolynomial):
        return [function]
    if isinstance(function, Network):
        function = tropicalize(function)
    rationals = [function] if isinstance(function, TropicalRational) else function
    if not isinstance(function, (TropicalRational, TropicalMap)):
        raise InputError(
            "Cells are those of a TropicalPolynomial, TropicalRational, TropicalMap or Network, "
            f"not of a {type(function).__name__}."
        )
    return [p for rational in rationals for p in (rational.numerator, rational.denominator)]


def _extend(polynomials: Sequence[TropicalPolynomial], cell: CellSystem) -> Iterator[CellSystem]:
    """The full-dimensional cells of the remaining polynomials within a cell of those before."""
    index = len(cell.monomials)
    if index == len(polynomials):
        yield cell
        return
    points = polynomials[index].lifted_points
    d = points.shape[1] - 1
    for i, exponent in enumerate(polynomials[index].exponents):
        others = [j for j in range(points.shape[0]) if j != i]
        differences = points.take_rows(others) - points.take_rows([i] * len(others))
        smaller = CellSystem(
            (*cell.monomials, exponent),
            cell.matrix.vstack(differences.take_columns(list(range(d)))),
            cell.right + tuple(-differences[row, d] for row in range(len(others))),
        )
        if _is_full_dimensional(smaller):
            yield from _extend(polynomials, smaller)


def _is_full_dimensional(cell: CellSystem) -> bool:
    """Whether t > 0 in: maximize t <= 1 subject to A x + t <= b."""
    m, d = cell.matrix.shape
    column = RationalMatrix.of([[1]] * m, columns=1)
    last = RationalMatrix.of([[0] * d + [1]])
    program = cell.matrix.hstack(column).vstack(last)
    best = maximize((mpq(0),) * d + (mpq(1),), program, (*cell.right, mpq(1)))
    assert isinstance(best, Optimum)  # x = 0 and a small t are feasible, and t <= 1
    return bool(best.value > 0)
