"""The Hoffman bound of the effective radius, and its comparison with the radius itself.

**Theorem** (Lezeau, Walker, Cao, Bhatia and Monod, arXiv 2405.20174, Lemma 3.3 and Proposition 3.4).  For p / q and a
point x, the effective radius in the infinity norm is at most

    max over cells of H(A) max_i (<a_i, x> - b_i)_+  <=  H(p / q) max {p(x) - p'(x), q(x) - q'(x)},

where {A x <= b} are the systems of the cells, and p', q' are the minima of the monomials of p and q.

*Proof.*  Every linear region contains a full-dimensional cell {A x <= b}, whose distance to x is at most
H(A) max_i (<a_i, x> - b_i)_+ by the definition of H(A).  On the cell of monomials i of p and k of q the latter is the
greatest of the p_j(x) - p_i(x) and q_j(x) - q_k(x), so at most the greater one of p(x) - p'(x) and q(x) - q'(x).  QED

Without redundant monomials every monomial is the one of a cell, so the second factor on the right is attained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.exact import rational_vector
from troppoly.hoffman.effective_radius import EffectiveRadius, effective_radius
from troppoly.hoffman.systems import MapHoffmanConstant, hoffman_constant_of

__all__ = ["EffectiveRadiusBound", "RadiusComparison", "compare_effective_radii", "effective_radius_bound"]


@dataclass(frozen=True, slots=True)
class EffectiveRadiusBound:
    """Upper bounds of the effective radius in the infinity norm around ``center``.

    ``hoffman`` has the Hoffman constants of the cells and ``residuals[i]`` is max_j (<a_j, x> - b_j)_+ for cell i.
    """

    center: tuple[mpq, ...]
    hoffman: MapHoffmanConstant
    residuals: tuple[mpq, ...]

    @property
    def value(self) -> mpq:
        """The bound of the proposition: the greatest Hoffman constant times the greatest residual."""
        return self.hoffman.value * max(self.residuals)

    @property
    def cellwise(self) -> mpq:
        """The smaller bound: the greatest product of a cell's Hoffman constant and residual."""
        return max(
            constant.value * residual for constant, residual in zip(self.hoffman.constants, self.residuals, strict=True)
        )

    def __repr__(self) -> str:
        return f"Effective radius at most {self.cellwise} (cellwise), at most {self.value} (Hoffman bound)"


@checked
def effective_radius_bound(function: Any, center: Sequence[Any] | None = None) -> EffectiveRadiusBound:
    """Return the Hoffman bounds of the effective radius of a tropical polynomial, rational, map or network.

    ``center`` is the origin if it is not given.  Raises InputError for another kind of function, and ShapeError if
    the point lies in another space.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> effective_radius_bound(TropicalPolynomial({(1,): 0, (2,): -3, (0,): 1}))
    Effective radius at most 4 (cellwise), at most 4 (Hoffman bound)
    """
    hoffman = hoffman_constant_of(function)
    d = hoffman.cells[0].matrix.shape[1]
    x = rational_vector((0,) * d if center is None else center, "center", d)
    return EffectiveRadiusBound(x, hoffman, tuple(cell.residual(x) for cell in hoffman.cells))


@dataclass(frozen=True, slots=True)
class RadiusComparison:
    """The effective radius of a function in the infinity norm, beside its Hoffman bounds."""

    name: str
    radius: EffectiveRadius
    bound: EffectiveRadiusBound

    @property
    def ratio(self) -> mpq | None:
        """The Hoffman bound divided by the radius, or None if the radius is 0."""
        return self.bound.value / self.radius.value if self.radius.value else None

    def __repr__(self) -> str:
        """The values, rounded to floats."""
        return (
            f"{self.name}: radius {float(self.radius.value):.6g}, cellwise bound {float(self.bound.cellwise):.6g}, "
            f"Hoffman bound {float(self.bound.value):.6g}"
        )


@checked
def compare_effective_radii(
    functions: Mapping[str, Any], center: Sequence[Any] | None = None
) -> tuple[RadiusComparison, ...]:
    """Return for every named function its effective radius and the Hoffman bounds of it.

    Raises the errors of ``effective_radius`` and ``effective_radius_bound``.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> compare_effective_radii({"f": TropicalPolynomial({(1,): 0, (2,): -3, (0,): 1})})
    (f: radius 3, cellwise bound 4, Hoffman bound 4,)
    """
    return tuple(
        RadiusComparison(name, effective_radius(f, center), effective_radius_bound(f, center))
        for name, f in functions.items()
    )
