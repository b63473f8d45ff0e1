r"""Regular and critical points of piecewise affine functions: Morse theory without smoothness.

Let f be affine on the faces of a complex.  Its *flat sets* are the connected components K of the union of the faces on
which f has a constant value c: single vertices, if f is constant on no edge.  K is *regular* if H(S_c, S_c \ K) = 0 for
the sublevel set S_c = {f <= c}, with integral coefficients, and *critical* otherwise; it is *nondegenerate of index k*
if this homology is Z, in degree k only.  For a vertex v it is the reduced homology, one degree lower, of the lower
link, the directions at v in which f does not grow.  A point that is a strict local minimum has index 0, a strict local
maximum in the interior index d.

It is computed from the faces that attain their minimum in K (:mod:`troppoly.topology.sublevels`): those of the star of
a vertex v on which v is lowest, which are the cones of the link that are not below.  On a domain, sublevel sets are
those in the domain, and its corners may be critical, too.

**Relations.**  Only critical sets change the homology of sublevel sets.  Over a field, classes that are born in degree
k plus those that die in degree k - 1 at the level c are as many as the sum of the Betti numbers b_k of the K at that
level.  With the homology of S_t for t far below (``at_infinity``; what is there because f falls without bound),

    b_k(f at infinity) + sum over K of b_k(K) >= b_k(R^d),    with equality for alternating sums: both are 1.

Homologically regular points in the interior are regular points of PL Morse theory for d <= 4, where f is a coordinate
of a chart; there are counterexamples for larger d (Grunert, Kuehnel and Rote, PL Morse theory in low dimensions, arXiv
1912.05054).

References: Grigsby, Lindsey and Masden, Local and global topological complexity measures of ReLU neural network
functions (arXiv 2204.06062); Brooks and Masden, Combinatorial regularity for relatively perfect discrete Morse gradient
vector fields of ReLU neural networks (arXiv 2412.18005).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.complex.subcomplex import Subcomplex
from troppoly.errors import counted
from troppoly.exact.scalar import abbreviated
from troppoly.topology.chains import Homology
from troppoly.topology.sublevels import Form, Function, Sublevels
from troppoly.values import Value

__all__ = ["CriticalPoints", "FlatSet", "critical_points"]


@dataclass(frozen=True, eq=False)
class CriticalPoints(Value, Sequence["FlatSet"]):
    """The critical flat sets of a function in the order of their values; ``regular`` has the others.

    >>> import troppoly as tp
    >>> roof = tp.TropicalPolynomial({(1,): 0, (-1,): 0}) / tp.TropicalPolynomial({(1,): 1, (0,): 0})
    >>> found = critical_points(roof)  # |x| - max(x + 1, 0): -1 - 2 x, then 1 - x to 0 and constant
    >>> found, found.at_infinity, found[0].subcomplex
    (1 critical and 1 regular flat set, (0, 0), Subcomplex of R^1 with f-vector (1, 1))
    """

    sublevels: Sublevels

    @cached_property
    def _sets(self) -> tuple[FlatSet, ...]:
        levels = self.sublevels
        d, components = levels.complex.ambient_dimension, levels.components
        homologies = levels.chains.homologies(levels.of_members(components), d + 1)
        names = np.unique(components[0][components[0] >= 0])
        names = names[np.argsort(levels.ray_levels[names], kind="stable")]
        zero = Homology.zero(d + 1)
        return tuple(FlatSet(levels, name, homologies.get(name, zero)) for name in names.tolist())

    @cached_property
    def _critical(self) -> tuple[FlatSet, ...]:
        return tuple(flat for flat in self._sets if flat.is_critical)

    @property
    def regular(self) -> tuple[FlatSet, ...]:
        """The flat sets that are not critical, in the order of their values."""
        return tuple(flat for flat in self._sets if not flat.is_critical)

    @cached_property
    def at_infinity(self) -> Homology:
        """The homology of {f <= t} for all t that are small enough."""
        return self.sublevels.homology(0)

    def __len__(self) -> int:
        return len(self._critical)

    def __getitem__(self, i: Any) -> Any:
        return self._critical[i]

    def __repr__(self) -> str:
        return f"{len(self)} critical and {counted(len(self._sets) - len(self), 'regular flat set')}"


@dataclass(frozen=True, slots=True)
class FlatSet:
    """A vertex, or a connected set of faces on which a function is constant, with the homology that appears there.

    >>> import troppoly as tp
    >>> saddle = tp.Network.from_arrays([[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 1, -1, -1]]])
    >>> point = critical_points(saddle)[0]
    >>> point, point.vertices, point.homology
    (Critical point of index 1 at the value 0, ((mpq(0,1), mpq(0,1)),), (0, Z, 0))
    """

    sublevels: Sublevels = field(repr=False)
    index_of_vertex: int
    homology: Homology

    @property
    def value(self) -> mpq:
        """The value of the function."""
        return self.sublevels.values[self.sublevels.ray_levels[self.index_of_vertex] - 1]

    @property
    def is_critical(self) -> bool:
        """Whether the homology of sublevel sets changes here."""
        return not self.homology.is_zero()

    @property
    def index(self) -> int | None:
        """The index of a nondegenerate critical set, None for others."""
        ranks = self.homology.ranks
        simple = sum(ranks) == 1 and not any(self.homology.torsion)
        return ranks.index(1) if simple else None

    @property
    def subcomplex(self) -> Subcomplex:
        """The set, as a closed subcomplex."""
        masks = zip(self.sublevels.flat, self.sublevels.components, strict=True)
        return Subcomplex(self.sublevels.complex, tuple(flat & (c == self.index_of_vertex) for flat, c in masks))

    @property
    def dimension(self) -> int:
        """The largest dimension of a face."""
        return self.subcomplex.dimension

    @property
    def vertices(self) -> tuple[tuple[mpq, ...], ...]:
        """The vertices (representatives modulo the lineality space), exact."""
        complex_ = self.sublevels.complex
        rows = complex_.rays.homogeneous(np.flatnonzero(self.sublevels.components[0] == self.index_of_vertex))
        return tuple(tuple(mpq(x, row[-1]) for x in row[:-1]) for row in rows)

    def __repr__(self) -> str:
        kind = "point" if self.dimension == 0 else f"set of dimension {self.dimension}"
        index = "" if self.index is None else f" of index {self.index}"
        if not self.is_critical:
            return f"Regular {kind} at the value {abbreviated(self.value)}"
        return f"Critical {kind}{index} at the value {abbreviated(self.value)}"


@checked
def critical_points(function: Function, domain: Any = None, *, form: Form = None) -> CriticalPoints:
    """Return the critical points, and critical flat sets, of a piecewise affine function on R^d, or on a domain.

    Arguments and errors are those of :func:`troppoly.persistence`.  Those of -f, for superlevel sets, are those of the
    form [-1].

    >>> import troppoly as tp
    >>> x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    >>> found = tp.critical_points((x**2 + y**2 + 0) / (x + y + 1))
    >>> found[0], found[0].subcomplex.f_vector(), found.at_infinity
    (Critical set of dimension 2 of index 0 at the value -1, (1, 2, 1), (0, 0, 0))
    """
    return CriticalPoints(Sublevels.of(function, domain, form))
