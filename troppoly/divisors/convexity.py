r"""Whether a piecewise affine function is convex, with a segment that shows that it is not.

*Theorem.*  A continuous function on a convex domain that is affine on the cells of a finite complex is convex iff no
weight of its divisor is negative.

*Proof.*  Let a wall with normal vector n have weight w < 0, p be in its relative interior, and v point from p into the
second cell, <n, v> > 0.  For small e > 0 the points p + e v and p - e v lie in the two cells, and the mean of f
there is f(p) + e w <n, v> / 2 < f(p).  Conversely, if no weight is negative, f is convex on every segment between cells
that meets no face of codimension 2, as its slope only grows; these segments are dense, and f is continuous.  QED

Reference: Brandenburg, Grillo and Hertrich, Decomposition polyhedra of piecewise linear functions, ICLR 2025,
section 2 (arXiv 2410.04907).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.divisors.balancing import WeightSpace
from troppoly.divisors.weighted_walls import Divisor, DivisorWall, Scalar, forms_of, scalar_regions
from troppoly.exact.scalar import ObjectArray
from troppoly.polynomial import TropicalPolynomial

__all__ = ["Convexity", "is_concave", "is_convex"]

Point = tuple[mpq, ...]


@dataclass(frozen=True, slots=True)
class Convexity:
    """The answer of :func:`is_convex` or :func:`is_concave`, the ``property`` in question: truthy if it holds.

    Otherwise ``wall`` forbids it, and ``points`` are three points x, (x + y) / 2 and y across that wall with the
    ``values`` of the function, of which the second is on the wrong side of the mean of the others.

    >>> import troppoly as tp
    >>> x = tp.TropicalPolynomial.variable(0, 1)
    >>> answer = is_convex(x / (x + 0))  # min(x, 0)
    >>> bool(answer), answer.wall.weight, [str(v) for v in answer.values]
    (False, mpq(-1,1), ['-1', '0', '0'])
    """

    property: str
    wall: DivisorWall | None = None
    points: tuple[Point, Point, Point] | None = None
    values: tuple[mpq, mpq, mpq] | None = None

    def __bool__(self) -> bool:
        return self.wall is None

    def __repr__(self) -> str:
        if self.points is None or self.values is None:
            return self.property.capitalize()
        x, _, y = (f"({', '.join(map(str, point))})" for point in self.points)
        middle, mean = self.values[1], (self.values[0] + self.values[2]) / 2
        text = f"Not {self.property}: {middle} between {x} and {y}, where the mean is {mean}"
        return text if len(text) <= 160 else f"Not {self.property}: see the values at its three points"


@checked
def is_convex(function: Scalar, domain: Any = None) -> Convexity:
    """Decide whether a function with one output is convex on R^d, or on a domain.

    Arguments and errors are those of :func:`troppoly.divisor`.

    >>> import troppoly as tp
    >>> bool(is_convex(tp.Network.from_arrays([[[1, 2], [3, 1]], [[1, 1]]])))
    True
    >>> x = tp.TropicalPolynomial.variable(0, 1)
    >>> step = (x + 0) / (x + 1)
    >>> bool(is_convex(step)), is_convex(step).points[1], is_convex(step, domain=[(-5, 1)])
    (False, (mpq(1,1),), Convex)
    """
    if isinstance(function, TropicalPolynomial) and function.terms and domain is None:
        return Convexity("convex")  # a maximum of affine functions
    return _decided(function, domain, "convex", 1)


@checked
def is_concave(function: Scalar, domain: Any = None) -> Convexity:
    """Decide whether a function with one output is concave on R^d, or on a domain; see :func:`is_convex`.

    >>> import troppoly as tp
    >>> x = tp.TropicalPolynomial.variable(0, 1)
    >>> is_concave(x / (x + 0)), is_concave(tp.linear_regions(x ** 2 + 0, domain=[(-1, 1)])).values[1]
    (Concave, mpq(0,1))
    """
    return _decided(function, domain, "concave", -1)


def _decided(function: Scalar, domain: Any, name: str, sign: int) -> Convexity:
    """Whether sign * f is convex."""
    regions = scalar_regions(function, domain)
    forms, space = forms_of(regions), WeightSpace(regions.complex)
    divisor = Divisor.of(space, space.weights(forms))
    wall = next((wall for wall in divisor if sign * wall.weight < 0), None)
    if wall is None:
        return Convexity(name)
    points, (first, second) = _across(wall), wall.cells
    values = (_value(forms[first], points[0]), _value(forms[second], points[1]), _value(forms[second], points[2]))
    return Convexity(name, wall, points, values)


def _across(wall: DivisorWall) -> tuple[Point, Point, Point]:
    """A point of the first cell, one of the wall and one of the second cell, the second in the middle of the others."""
    first, second = (wall.divisor.complex.cells[i] for i in wall.cells)
    p, q = (np.array(face.interior_point(), dtype=object) for face in (wall.face, second))
    v = q - p
    rows = first.inequalities().numerators
    slopes, heights = rows[:, :-1] @ v, rows[:, :-1] @ p + rows[:, -1]
    step = min([mpq(1), *(mpq(h) / s for h, s in zip(heights, slopes, strict=True) if s > 0)])
    return tuple(p - step * v), tuple(p), tuple(p + step * v)


def _value(form: ObjectArray, x: Point) -> mpq:
    return mpq(form[-1] + sum(a * v for a, v in zip(form[:-1], x, strict=True)))
