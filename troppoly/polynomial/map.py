"""Tropical rational maps R^d -> R^m: tuples of tropical rational functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.errors import InputError, ShapeError, kind_of
from troppoly.exact import RationalMatrix, rational_vector
from troppoly.polynomial.polynomial import TropicalPolynomial
from troppoly.polynomial.rational import TropicalRational, components_of

__all__ = ["TropicalFunction", "TropicalMap", "as_map", "distinct_sides"]

_SHORT = 4  # components are counted one by one in a repr


@dataclass(frozen=True, slots=True, init=False, repr=False)
class TropicalMap(Sequence[TropicalRational]):
    """The map x -> (r_1(x), ..., r_m(x)) of m >= 1 tropical rational functions on R^d.

    ``components`` are tropical rationals or polynomials, and a map is their sequence.  ``==`` compares them formally
    and :meth:`equals` as functions.  Raises InputError for none, and ShapeError for unequal numbers of variables.

    >>> x, y = (TropicalPolynomial.variable(i, 2) for i in range(2))
    >>> swap = TropicalMap([y, x])
    >>> swap((1, 2)), swap.compose(swap).equals(TropicalMap([x, y]))
    ((mpq(2,1), mpq(1,1)), True)
    """

    components: tuple[TropicalRational, ...]

    def __init__(self, components: Sequence[TropicalRational | TropicalPolynomial]) -> None:
        object.__setattr__(self, "components", components_of(components))

    @classmethod
    def affine(cls, matrix: Any, vector: Sequence[Any]) -> TropicalMap:
        """Return x -> A x + b, for A of shape (m, d) and b of length m > 0; ShapeError if they do not fit."""
        a = RationalMatrix.of(matrix, where="matrix")
        b = rational_vector(vector, "vector", len(a))
        return cls([TropicalPolynomial.affine(row, constant) for row, constant in zip(a.tolist(), b, strict=True)])

    @property
    def n_variables(self) -> int:
        """The dimension d of the domain."""
        return self.components[0].n_variables

    @property
    def n_outputs(self) -> int:
        """The dimension m of the codomain."""
        return len(self.components)

    def __len__(self) -> int:
        return len(self.components)

    def __getitem__(self, i: Any) -> Any:
        return self.components[i]

    def __call__(self, x: Sequence[Any]) -> tuple[mpq, ...]:
        """Return the exact image of the point ``x`` of d numbers; raises ShapeError for another length."""
        return tuple(r(x) for r in self)

    def evaluate_float(self, points: Any) -> NDArray[np.float64]:
        """Return the images of the rows of an (N, d) array in floating point, as an (N, m) array."""
        return np.stack([r.evaluate_float(points) for r in self], axis=1)

    def compose_affine(self, matrix: Any, vector: Sequence[Any]) -> TropicalMap:
        """Return the map u -> r(A u + b); arguments and errors as for the components."""
        return TropicalMap([r.compose_affine(matrix, vector) for r in self])

    def compose(self, inner: Any) -> TropicalMap:
        """Return the map u -> r(s(u)); see :meth:`TropicalRational.compose`."""
        return TropicalMap([r.compose(inner) for r in self])

    def prune(self) -> TropicalMap:
        """Return the same map with every numerator and denominator pruned."""
        return TropicalMap([r.prune() for r in self])

    def equals(self, other: TropicalMap) -> bool:
        """Return whether another map is the same, decided exactly; InputError, or ShapeError, if it cannot be."""
        if not isinstance(other, TropicalMap):
            raise InputError(f"A tropical map is needed, not {kind_of(other)}.")
        if other.n_outputs != self.n_outputs:
            raise ShapeError(f"The maps have {self.n_outputs} and {other.n_outputs} components.")
        return all(r.equals(s) for r, s in zip(self, other, strict=True))

    def monomial_counts(self) -> tuple[tuple[int, int], ...]:
        """Return for every component the numbers of monomials of numerator and denominator."""
        return tuple((len(r.numerator), len(r.denominator)) for r in self)

    def __repr__(self) -> str:
        counts = [f"({n}, {m})" for n, m in self.monomial_counts()[:_SHORT]]
        if self.n_outputs > _SHORT:
            counts.append("...")
        return f"Tropical rational map R^{self.n_variables} -> R^{self.n_outputs} with {', '.join(counts)} monomials"

    def _latex_(self) -> str:
        return r"\left(" + r",\; ".join(r._latex_() for r in self) + r"\right)"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{i}</td><td>{n}</td><td>{m}</td></tr>" for i, (n, m) in enumerate(self.monomial_counts())
        )
        return (
            f"Tropical rational map R<sup>{self.n_variables}</sup> → R<sup>{self.n_outputs}</sup>"
            "<table><tr><th>component</th><th>numerator monomials</th>"
            f"<th>denominator monomials</th></tr>{rows}</table>"
        )


TropicalFunction = TropicalPolynomial | TropicalRational | TropicalMap


def as_map(function: TropicalFunction) -> TropicalMap:
    """Return a tropical polynomial or rational function as a map to R; a map is returned as it is."""
    return function if isinstance(function, TropicalMap) else TropicalMap([function])


def distinct_sides(map_: TropicalMap) -> tuple[list[TropicalPolynomial], list[int], list[int]]:
    """Return the different numerators and denominators without redundancy, and the numbers of those of the components.

    >>> x = TropicalPolynomial.variable(0, 1)
    >>> distinct_sides(TropicalMap([x / (x + 0), (x + 0) / x]))
    ([max(x0), max(x0, 0)], [0, 1], [1, 0])
    """
    numbers: dict[TropicalPolynomial, int] = {}
    pairs = [[numbers.setdefault(side.prune(), len(numbers)) for side in (r.numerator, r.denominator)] for r in map_]
    return list(numbers), [i for i, _ in pairs], [j for _, j in pairs]
