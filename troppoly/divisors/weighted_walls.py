r"""The divisor of a piecewise affine function: the walls at which it bends, with signed weights.

Let f be continuous and affine on the cells of a complex, with gradients A_s.  At a wall t between s and s',

    A_s - A_s' = w_f(t) n_t,    n_t the primitive integer normal vector of t that points into s.

Walls are rational here, so w_f(t) is a rational number, which does not depend on the order of s and s'.  The *divisor*
of f is the formal sum of the walls t with coefficients w_f(t) != 0: the Weil divisor of a tropical rational function,
and of a tropical polynomial its hypersurface with weights.  div(f / g) = div(f) - div(g), as gradients are subtracted.

**Degree.**  The degree of a divisor in R^d is the number of its intersections with a general translate of the standard
tropical line, the rays -e_1, ..., -e_d and e_1 + ... + e_d from a point, with multiplicities.  Restricted to that
line f is a rational function on a tropical curve, whose divisor has the degree of the sum of the slopes with which f
leaves along the rays, so with the slopes f'(r) of f in the directions r at infinity

    deg div(f) = f'(e_1 + ... + e_d) + f'(-e_1) + ... + f'(-e_d).

For a polynomial these are the max of sum a and the -min of a_i over its exponents a: the least k such that a translate
of its Newton polytope lies in the k-fold standard simplex.

References: Maclagan and Sturmfels 2015, Introduction to Tropical Geometry, chapters 3 and 6; Allermann and Rau 2010,
First steps in tropical intersection theory, Math. Z. 264.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gmpy2 import mpq, mpz

from troppoly.arguments import Natural, checked
from troppoly.complex.polyhedral_complex import Face, PolyhedralComplex
from troppoly.divisors.balancing import WeightSpace
from troppoly.errors import InputError, ShapeError, counted
from troppoly.exact import rational_vector
from troppoly.exact.scalar import ObjectArray
from troppoly.polynomial import TropicalPolynomial
from troppoly.regions import LinearRegions
from troppoly.regions.dispatch import regions_of
from troppoly.regions.polytope_route import PiecewiseLinear
from troppoly.values import Value

__all__ = ["Divisor", "DivisorWall", "Scalar", "divisor", "forms_of", "scalar_regions"]

Scalar = PiecewiseLinear | LinearRegions
"""What stands for a piecewise affine function with one output."""


@dataclass(frozen=True, eq=False, repr=False)
class Divisor(Value, Sequence["DivisorWall"]):
    """Weights on the walls of ``complex``, in the order of its walls; the sequence of those that are not zero.

    Positive weights bend upwards (the function is convex across the wall), negative ones downwards.

    >>> import troppoly as tp
    >>> x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    >>> bend = divisor((x**2 + y**2 + 0) / (x + y))
    >>> bend, sorted(int(wall.weight) for wall in bend), bend.is_balanced(), bend.degree
    (Divisor of 4 walls in R^2, 3 positive and 1 negative, [-1, 1, 2, 2], True, mpq(1,1))
    """

    complex: PolyhedralComplex
    weights: ObjectArray

    def __post_init__(self) -> None:
        self.weights.flags.writeable = False

    @classmethod
    def of(cls, space: WeightSpace, weights: ObjectArray) -> Divisor:
        """Return the divisor with weights on walls whose forms are known."""
        result = cls(space.complex, weights)
        result.__dict__["space"] = space
        return result

    def __reduce__(self) -> tuple[Any, ...]:
        return Divisor, (self.complex, self.weights)

    @cached_property
    def space(self) -> WeightSpace:
        """The walls of the complex with their forms, and the balancing equations."""
        return WeightSpace(self.complex)

    @cached_property
    def _support(self) -> list[int]:
        return [int(i) for i in np.flatnonzero(self.weights)]

    def __len__(self) -> int:
        return len(self._support)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [DivisorWall(self, j) for j in self._support[i]]
        return DivisorWall(self, self._support[i])

    @property
    def positive(self) -> Divisor:
        """The part with positive weights; the divisor is ``positive`` minus ``negative``."""
        return self.of(self.space, np.maximum(self.weights, mpq(0)))

    @property
    def negative(self) -> Divisor:
        """The part with negative weights, with the opposite sign."""
        return self.of(self.space, np.maximum(-self.weights, mpq(0)))

    def is_effective(self) -> bool:
        """Return whether no weight is negative."""
        return all(w >= 0 for w in self.weights)

    def is_balanced(self) -> bool:
        """Return whether there is a function with these weights (:mod:`troppoly.divisors.balancing`).

        Positive and negative parts need not be balanced.  Checked are the sums around all faces of codimension 2.
        """
        return not len(self.space.unbalanced(self.weights))

    @checked
    def forms(self, piece: Sequence[Any] | None = None, cell: Natural = 0) -> ObjectArray:
        """Return the function as the (cells, d + 1) array of its forms <a, x> + c, from one of them, (a, c) on a cell.

        Raises InputError if the weights are not balanced or there is no such cell, ShapeError if (a, c) does not have
        d + 1 entries.

        >>> import troppoly as tp
        >>> x = tp.TropicalPolynomial.variable(0, 1)
        >>> divisor(x + 0).forms([5, 1]).tolist()  # |x| / 2 but for an affine function
        [[mpq(5,1), mpq(1,1)], [mpq(6,1), mpq(1,1)]]
        """
        d = self.complex.ambient_dimension
        start = rational_vector([0] * (d + 1) if piece is None else piece, "piece", length=d + 1)
        if cell >= self.complex.n_cells:
            raise InputError(f"The cells are 0, ..., {self.complex.n_cells - 1}, not {cell}.")
        found = self.space.function(self.weights, cell, np.array(start, dtype=object))
        if found is None:
            raise InputError("The weights are not balanced, so no function has them.")
        return found

    @checked
    def polynomial(self, piece: Sequence[Any] | None = None, cell: Natural = 0) -> TropicalPolynomial:
        """Return the convex function with these weights, from its affine form on a cell; see :meth:`forms`.

        Raises InputError, too, if a weight is negative.  It is the maximum of its forms on the cells.

        >>> import troppoly as tp
        >>> f = tp.TropicalPolynomial({(2, 0): 1, (0, 2): 0, (1, 1): 3})
        >>> matrix, vector = tp.linear_regions(f)[0].affine_map
        >>> divisor(f).polynomial([*matrix[0], *vector]) == f
        True
        """
        if not self.is_effective():
            raise InputError("A weight is negative, so the function is not convex.")
        terms: dict[Sequence[Any], Any] = {tuple(row[:-1]): row[-1] for row in self.forms(piece, cell)}
        return TropicalPolynomial(terms)

    @cached_property
    def degree(self) -> mpq:
        """The degree; raises InputError unless the weights are balanced and the complex covers R^d."""
        if not self.space.covers_the_space:
            raise InputError("A divisor has a degree on R^d, not on a domain.")
        d = self.complex.ambient_dimension
        rays = np.array([[mpz(-(i == j)) for i in range(d)] for j in range(d)] + [[mpz(1)] * d], dtype=object)
        slopes, (_, first, second) = self.space.forms[:, :-1] @ rays.T, self.complex.walls
        inside = np.ones((self.complex.n_cells, d + 1), dtype=bool)  # whether a cell contains a ray in the direction
        np.logical_and.at(inside, second, (slopes >= 0).astype(bool))
        np.logical_and.at(inside, first, (slopes <= 0).astype(bool))
        gradients = self.forms()[:, :-1]
        return sum(((gradients[np.argmax(inside[:, k])] * ray).sum() for k, ray in enumerate(rays)), mpq(0))

    def __repr__(self) -> str:
        signs = [int(np.count_nonzero(part.weights)) for part in (self.positive, self.negative)]
        parts = " and ".join(f"{n} {name}" for n, name in zip(signs, ("positive", "negative"), strict=True))
        return f"Divisor of {counted(len(self), 'wall')} in R^{self.complex.ambient_dimension}, {parts}"


@dataclass(frozen=True, slots=True, repr=False)
class DivisorWall:
    """A wall of a divisor, with its weight; ``index`` is its number among all walls of the complex.

    >>> import troppoly as tp
    >>> wall = divisor(tp.TropicalPolynomial({(4, 2): 0, (0, 0): 3}))[0]
    >>> wall, wall.normal, wall.offset, wall.cells
    (Wall of dimension 1 and weight 2, (mpz(2), mpz(1)), mpq(-3,2), (0, 1))
    """

    divisor: Divisor
    index: int

    @property
    def weight(self) -> mpq:
        """The weight, positive where the function bends upwards."""
        return mpq(self.divisor.weights[self.index])

    @property
    def cells(self) -> tuple[int, int]:
        """The two cells; the normal vector points from the first to the second."""
        _, first, second = self.divisor.complex.walls
        return int(first[self.index]), int(second[self.index])

    @property
    def normal(self) -> tuple[mpz, ...]:
        """The primitive integer normal vector n."""
        return tuple(entry.numerator for entry in self.divisor.space.forms[self.index, :-1])

    @property
    def offset(self) -> mpq:
        """The b of the hyperplane <n, x> + b = 0."""
        return mpq(self.divisor.space.forms[self.index, -1])

    @property
    def face(self) -> Face:
        """The wall as a face of the complex."""
        complex_ = self.divisor.complex
        return Face(complex_, complex_.cone_dimension - 1, int(complex_.walls.facets[self.index]))

    def __repr__(self) -> str:
        return f"Wall of dimension {self.divisor.complex.ambient_dimension - 1} and weight {self.weight}"


@checked
def divisor(function: Scalar, domain: Any = None) -> Divisor:
    """Return the divisor of linear regions, or of a network, polynomial, rational function or map with one output.

    Domain and errors are those of :func:`troppoly.linear_regions`; ShapeError, too, unless there is one output, and
    InputError for a domain beside linear regions, which have theirs.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1], [2, 2]], [[1, 1, -1]]])
    >>> bend = divisor(net)
    >>> sorted({str(wall.weight) for wall in bend})  # (2x + 2y)+ bends twice the primitive (1, 1)
    ['-2', '1']
    >>> bend.positive.is_balanced(), bend.degree
    (True, mpq(-2,1))
    """
    regions = scalar_regions(function, domain)
    space = WeightSpace(regions.complex)
    return Divisor.of(space, space.weights(forms_of(regions)))


def scalar_regions(function: Scalar, domain: Any = None) -> LinearRegions:
    """Return the linear regions of a function with one output; errors as of :func:`divisor`."""
    regions = regions_of(function, domain)
    outputs = regions.maps.exact(np.zeros(1, dtype=np.int64)).shape[1]
    if outputs != 1:
        raise ShapeError(f"The function has {outputs} outputs where 1 is needed.")
    return regions


def forms_of(regions: LinearRegions) -> ObjectArray:
    """Return the (cells, d + 1) affine forms of a function with one output."""
    return regions.maps.exact(np.arange(regions.n_cells))[:, 0]
