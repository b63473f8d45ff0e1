r"""Fixed points and cycles of piecewise linear maps from R^d to itself, exactly.

On a cell s the map is x -> A x + b, so its fixed points there are the polyhedron s intersected with the affine space
(A - I) x + b = 0: empty, a point, or more if 1 is an eigenvalue of A.  Points of period dividing k are the fixed points
of the k-th iterate.

**Stability.**  A fixed point inside one cell *attracts* its neighborhood iff all eigenvalues of A lie inside of the
unit circle.  This is decided in rationals by the Schur-Cohn recursion: a polynomial p = p_0 + ... + p_n z^n, n > 0, has
all zeros inside of the unit circle iff |p_0| < |p_n| and the polynomial (p_n p - p_0 p*) / z of degree n - 1 has, where
p* = p_n + ... + p_0 z^n.

*Proof.*  If all zeros are inside, |p_0 / p_n| is the product of their absolute values, so less than 1.  Let |p_0| <
|p_n|.  On the unit circle |p| = |p*|, so |p_n p| > |p_0 p*| unless both vanish, at common zeros, which both polynomials
keep; otherwise p and p_n p - p_0 p* have equally many zeros inside by Rouche's theorem, one of the latter at 0.  QED

Reference: Marden 1966, Geometry of Polynomials, section 42.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import Positive, checked
from troppoly.errors import ShapeError, counted
from troppoly.exact import RationalMatrix, rank
from troppoly.exact.linear import solve
from troppoly.exact.numerators import to_flint
from troppoly.exact.scalar import ObjectArray
from troppoly.network import Layer, Network
from troppoly.passagemath import equation_rows, facet_rows, polyhedron, to_mpq
from troppoly.polynomial import TropicalMap
from troppoly.regions import LinearRegions, linear_regions
from troppoly.values import Value

__all__ = ["FixedSet", "fixed_points"]

Point = tuple[mpq, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FixedSet(Value):
    """A maximal polyhedron of fixed points in a cell, most often a point.

    ``cells`` are the cells that contain it, in the complex of ``regions``, those of the iterate in question.

    >>> import troppoly as tp
    >>> x = tp.TropicalPolynomial.variable(0, 1)
    >>> (fixed,) = fixed_points(tp.TropicalMap([(x ** 0 + 0) / (x ** "1/2")]))  # x -> -x / 2
    >>> fixed, fixed.vertices, fixed.attracts
    (Fixed point in 1 cell, ((mpq(0,1),),), True)
    """

    regions: LinearRegions
    cells: tuple[int, ...]
    vertices: tuple[Point, ...]
    rays: tuple[Point, ...]
    lines: tuple[Point, ...]

    @property
    def dimension(self) -> int:
        """The dimension of the polyhedron."""
        first, *others = self.vertices
        spanning = [[a - b for a, b in zip(v, first, strict=True)] for v in others] + [*self.rays, *self.lines]
        return rank(RationalMatrix.of(spanning, columns=len(first)))

    @property
    def attracts(self) -> bool | None:
        """Whether a point inside one cell attracts its neighborhood; None for points of walls and larger sets."""
        if self.dimension or len(self.cells) > 1:
            return None
        matrix = RationalMatrix.from_rationals(self.regions.maps.exact(np.array(self.cells))[0][:, :-1])
        characteristic = to_flint(matrix.numerators).charpoly()
        scale = mpq(matrix.denominator)
        n = matrix.shape[0]
        return _inside([mpq(int(characteristic[k])) / scale ** (n - k) for k in range(n + 1)])

    def polyhedron(self) -> Any:
        """Return the set as a passagemath ``Polyhedron`` over the rationals."""
        return polyhedron(self.vertices, self.rays, self.lines, ambient_dim=len(self.vertices[0]))

    def __repr__(self) -> str:
        d = self.dimension
        kind = "Fixed point" if d == 0 else f"Fixed polyhedron of dimension {d}"
        return f"{kind} in {counted(len(self.cells), 'cell')}"


@checked
def fixed_points(
    function: Network | TropicalMap,
    domain: Any = None,
    *,
    period: Positive = 1,
    max_cells: int | None = None,
    workers: Positive | None = None,
) -> tuple[FixedSet, ...]:
    """Return the maximal polyhedra of points x with f^period(x) = x, in R^d or in a domain.

    They cover all fixed points; each lies in a cell of the complex of the iterate, and none in another one.  The orbit
    of such a point may leave the domain.  Domain, ``max_cells``, ``workers`` and errors are
    those of :func:`troppoly.linear_regions`; ShapeError, too, unless there are as many outputs as inputs.

    The tent map 1 - |2 x - 1| has two fixed points, and two more points of period 2:

    >>> import troppoly as tp
    >>> tent = tp.network.tent_map(1)
    >>> [str(fixed.vertices[0][0]) for fixed in fixed_points(tent, [("1/8", 1)], period=2)]
    ['2/5', '2/3', '4/5']
    """
    shape = (
        (function.n_inputs, function.n_outputs)
        if isinstance(function, Network)
        else (function.n_variables, function.n_outputs)
    )
    if shape[0] != shape[1]:
        raise ShapeError(f"A map from R^{shape[0]} to R^{shape[1]} has no fixed points.")
    regions = linear_regions(_iterate(function, period), domain, max_cells=max_cells, workers=workers)
    found: list[tuple[_Piece, list[int]]] = []
    for index, form in enumerate(regions.maps.exact(np.arange(regions.n_cells))):
        piece = _in_cell(regions, index, form)
        if piece is None:
            continue
        same = (cells for known, cells in found if known.contains(piece) and piece.contains(known))
        if (cells := next(same, None)) is None:
            found.append((piece, [index]))
        else:
            cells.append(index)
    maximal = [pair for pair in found if not any(other is not pair and other[0].contains(pair[0]) for other in found)]
    sets = (FixedSet(regions, tuple(cells), piece.vertices, piece.rays, piece.lines) for piece, cells in maximal)
    return tuple(sorted(sets, key=lambda fixed: (fixed.vertices, fixed.cells)))


class _Piece(NamedTuple):
    """A polyhedron: its generators, and the rows (b, a) of b + <a, x> >= 0 and of equations."""

    vertices: tuple[Point, ...]
    rays: tuple[Point, ...]
    lines: tuple[Point, ...]
    facets: ObjectArray
    equations: ObjectArray

    @classmethod
    def of(cls, found: Any) -> _Piece:
        """Return what is needed of a ``Polyhedron``."""
        parts = (found.vertices_list(), found.rays_list(), found.lines_list())
        vertices, rays, lines = (tuple(sorted(tuple(map(to_mpq, v)) for v in part)) for part in parts)
        return cls(vertices, rays, lines, facet_rows(found), equation_rows(found))

    @classmethod
    def point(cls, x: Point) -> _Piece:
        """Return one point."""
        d = len(x)
        equations = np.array([[-v, *(mpq(i == j) for j in range(d))] for i, v in enumerate(x)], dtype=object)
        return cls((x,), (), (), np.zeros((0, d + 1), dtype=object), equations)

    def contains(self, other: _Piece) -> bool:
        """Return whether the other polyhedron is a part of this one."""
        cone = np.array([*((1, *v) for v in other.vertices), *((0, *r) for r in other.rays)], dtype=object)
        zero = np.array([(0, *v) for v in other.lines], dtype=object).reshape(-1, cone.shape[1])
        return bool(
            (self.facets @ cone.T >= 0).all()
            and (self.equations @ cone.T == 0).all()
            and (np.concatenate([self.facets, self.equations]) @ zero.T == 0).all()
        )


def _iterate(function: Network | TropicalMap, period: int) -> Network | TropicalMap:
    """The ``period``-th iterate."""
    if isinstance(function, TropicalMap):
        result = function
        for _ in range(period - 1):
            result = result.compose(function)
        return result
    layers = list(function.layers)
    for _ in range(period - 1):
        last, (first, *others) = layers.pop(), function.layers
        weight, bias = first.weight @ last.weight, first.weight @ last.bias + first.bias
        layers += [Layer(weight.economical(), bias, first.rectified), *others]
    return Network(tuple(layers))


def _in_cell(regions: LinearRegions, index: int, form: ObjectArray) -> _Piece | None:
    """The fixed points in a cell, or None if there are none."""
    d = len(form)
    matrix = RationalMatrix.from_rationals(form[:, :-1]) - RationalMatrix.identity(d)
    vector = RationalMatrix.from_rationals(form[:, -1:])
    rows = regions.complex.cells[index].inequalities().to_rationals()
    if rank(matrix) == d:
        x = solve(matrix, -vector)[:, 0]
        return _Piece.point(tuple(x)) if (rows[:, :-1] @ x + rows[:, -1] >= 0).all() else None
    equations = matrix.hstack(vector).to_rationals()
    every = [*rows, *equations, *(-equations)]
    found = polyhedron(inequalities=[[row[-1], *row[:-1]] for row in every], ambient_dim=d)
    return None if found.is_empty() else _Piece.of(found)


def _inside(p: Sequence[mpq]) -> bool:
    """Whether all zeros of p_0 + ... + p_n z^n lie inside of the unit circle."""
    while len(p) > 1:
        low, high = p[0], p[-1]
        if abs(low) >= abs(high):
            return False
        p = [high * a - low * b for a, b in zip(p, reversed(p), strict=True)][1:]
    return True
