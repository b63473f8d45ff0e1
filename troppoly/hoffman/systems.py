"""Cells as systems of linear inequalities, and the Hoffman constants of cells, regions and tropical maps.

On the cell of p(x) = max_i (<a_i, x> + b_i) where monomial i is the maximum, <a_j - a_i, x> <= b_i - b_j for all j.
A tropical rational function p / q, or a map of several, has the common refinement of the cells of all numerators and
denominators: a cell is given by one monomial of each, and by the inequalities of all.  The Hoffman constant is the
greatest one of the matrices of the full-dimensional cells (Lezeau, Walker, Cao, Bhatia and Monod, Tropical Expressivity
of Neural Networks, arXiv 2405.20174, Definitions 3.1 and 3.2; their zero rows j = i change nothing, and no bound needs
the pairs of monomials whose cells are not full-dimensional).  It depends on the pair (p, q), not on the function p / q
alone.  Redundant monomials are left out, as in the definition over linear regions.

A cell of a complex is given by its facets, with primitive integer normals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from gmpy2 import gcd, mpq

from troppoly.arguments import checked
from troppoly.complex.polyhedral_complex import Face
from troppoly.exact import CertifiedNumber, RationalMatrix
from troppoly.exact.linear_program import strict_solution
from troppoly.hoffman.constant import HoffmanConstant, matrix_constant
from troppoly.network import Network
from troppoly.polynomial import TropicalPolynomial
from troppoly.polynomial.map import TropicalFunction, as_map
from troppoly.refinement import tropicalize
from troppoly.regions import LinearRegion, LinearRegions

__all__ = ["CellSystem", "MapHoffmanConstant", "cell_systems", "hoffman_constant"]

Function = TropicalFunction | Network | LinearRegions | LinearRegion


@dataclass(frozen=True, slots=True)
class CellSystem:
    """A full-dimensional cell {x : A x <= b}.

    Of a tropical map, ``monomials`` are the exponents that are the maximum, of every numerator and denominator in turn.

    >>> (cell,) = cell_systems(TropicalPolynomial({(1, 2): 3}))
    >>> cell, cell.monomials
    (Cell of R^2 given by 0 inequalities, ((mpq(1,1), mpq(2,1)),))
    """

    matrix: RationalMatrix
    right: tuple[mpq, ...]
    monomials: tuple[tuple[mpq, ...], ...] = ()

    def residual(self, x: Sequence[mpq]) -> mpq:
        """Return max_i (<a_i, x> - b_i)_+, which is 0 exactly on the cell."""
        return max((a - b for a, b in zip(self.matrix.apply(x), self.right, strict=True) if a > b), default=mpq(0))

    def is_full_dimensional(self) -> bool:
        """Return whether some x satisfies all inequalities strictly."""
        return strict_solution(self.matrix, self.right) is not None

    def __repr__(self) -> str:
        m, d = self.matrix.shape
        return f"Cell of R^{d} given by {m} inequalit{'y' if m == 1 else 'ies'}"


@dataclass(frozen=True, slots=True, eq=False)
class MapHoffmanConstant(CertifiedNumber):
    """The Hoffman constant of a tropical map or of regions: ``constants[i]`` is that of ``cells[i]``.

    >>> found = hoffman_constant(TropicalPolynomial({(2,): 0, (0,): 0}))
    >>> found, found.constants
    (Hoffman constant 1/2, attained by cell 0 of 2, (Hoffman constant 1/2, attained by rows (0,), ...))
    """

    cells: tuple[CellSystem, ...]
    constants: tuple[HoffmanConstant, ...]

    @property
    def cell(self) -> int:
        """The first cell with the greatest Hoffman constant."""
        return self.constants.index(max(self.constants))

    @property
    def value(self) -> mpq:
        """The greatest Hoffman constant of a cell."""
        return self.constants[self.cell].value

    def __repr__(self) -> str:
        return f"Hoffman constant {self.value}, attained by cell {self.cell} of {len(self.cells)}"


@checked
def cell_systems(function: Function) -> tuple[CellSystem, ...]:
    """Return the full-dimensional cells of a tropical polynomial, rational function, map, or of regions, exactly.

    Of a network, they are those of its irredundant tropical map, ``tropicalize(network)``.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> [(cell.matrix, cell.right) for cell in cell_systems(x + 0)]
    [(RationalMatrix([['-1']]), (mpq(0,1),)), (RationalMatrix([['1']]), (mpq(0,1),))]
    """
    if isinstance(function, (LinearRegions, LinearRegion)):
        return tuple(_facets(cell) for cell in function.cells)
    if isinstance(function, Network):
        function = tropicalize(function)
    sides = (side for r in as_map(function) for side in (r.numerator, r.denominator))
    polynomials = [function] if isinstance(function, TropicalPolynomial) else list(sides)
    start = CellSystem(RationalMatrix.zeros(0, polynomials[0].n_variables), ())
    return tuple(_extend([p.prune() for p in polynomials], start))


@overload
def hoffman_constant(target: Function) -> MapHoffmanConstant: ...
@overload
def hoffman_constant(target: Any) -> HoffmanConstant: ...
def hoffman_constant(target: Any) -> MapHoffmanConstant | HoffmanConstant:
    """Return the Hoffman constant of a matrix, cell, linear region(s) or function in the infinity norm, with its proof.

    Of a matrix without rows but zero ones it is 0.  A cell is given by its facets.  Of regions, tropical polynomials,
    rational functions, maps and networks it is the greatest one of :func:`cell_systems`.

    There is a linear program for every maximal surjective set (at most as many as chambers of the hyperplanes
    <a_i, x> = 0) and every circuit met, unless C(m + n, n + 1) ratios of minors cost less.

    Raises InputError if a face is not a cell, and the errors of ``RationalMatrix.of`` for what is none of these.

    >>> hoffman_constant([[1, 0], [-1, 0], [1, 1]]).value, hoffman_constant([[0, 0]]).value
    (mpq(2,1), mpq(0,1))
    """
    if isinstance(target, Function):
        cells = cell_systems(target)
        return MapHoffmanConstant(cells, tuple(matrix_constant(cell.matrix) for cell in cells))
    if isinstance(target, Face):
        return matrix_constant(_facets(target).matrix)
    return matrix_constant(RationalMatrix.of(target))


def _facets(cell: Face) -> CellSystem:
    """The inequalities of the facets of a cell."""
    rows = cell.inequalities().numerators
    lengths = [gcd(*row[:-1]) for row in rows]
    normals = [-row[:-1] // length for row, length in zip(rows, lengths, strict=True)]
    right = tuple(mpq(row[-1], length) for row, length in zip(rows, lengths, strict=True))
    return CellSystem(RationalMatrix.of(normals, columns=cell.complex.ambient_dimension), right)


def _extend(polynomials: Sequence[TropicalPolynomial], cell: CellSystem) -> Iterator[CellSystem]:
    """The full-dimensional cells of the remaining polynomials within a cell of those before."""
    if len(cell.monomials) == len(polynomials):
        yield cell
        return
    polynomial = polynomials[len(cell.monomials)]
    points, n = polynomial.lifted_points, len(polynomial)
    d = points.shape[1] - 1
    for i, exponent in enumerate(polynomial.exponents):
        differences = points.take_rows([j for j in range(n) if j != i]) - points.take_rows([i] * (n - 1))
        smaller = CellSystem(
            cell.matrix.vstack(differences.take_columns(range(d))),
            cell.right + tuple(-row[d] for row in differences.to_rationals()),
            (*cell.monomials, exponent),
        )
        if smaller.is_full_dimensional():
            yield from _extend(polynomials, smaller)
