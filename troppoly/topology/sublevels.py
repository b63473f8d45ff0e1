r"""Sublevel sets of piecewise affine functions, as a filtered complex of cells that are dual to faces.

Let f be affine on the faces of a complex that covers a convex domain of dimension d (or R^d), S_t = {f <= t}, and let P
be the poset of the faces that do not lie in the boundary of the domain.  The minimum m(F) of f on a face F is the least
value at its vertices, or -infinity if f falls along one of its rays or is not constant on the lineality space.  It
falls with F: P_t = {F in P : m(F) <= t} contains with a face all larger ones.  For a poset Q let D(Q) be the simplicial
complex of its chains.

**Theorem.**  S_t and D(P_t) are homotopy equivalent, compatibly with the inclusions for s <= t.  D(P_t) is a regular
cell complex with the cells D({G in P : G >= F}) for F in P_t, of dimension d - dim F.  So the homology of all S_t, with
the maps between them, is that of one complex of chains: it has a generator of degree d - dim F for every F in P, which
enters at m(F), and the transposed boundary maps of the complex.

*Proof.*  (1) Let Q_t be the poset of *all* faces with m(F) <= t.  The sets F and S_t meet iff F is in Q_t, in a convex
polyhedron; these cover S_t, and the points of F that lie in smaller ones are a subpolyhedron of it.  So S_t is
the colimit and also, up to homotopy, the homotopy colimit of contractible spaces over Q_t, which is D(Q_t) (Ziegler and
Zivaljevic 1993, Homotopy types of subspace arrangements via diagrams of spaces, Math. Ann. 295).

(2) D(P_t) and D(Q_t) are homotopy equivalent by Quillen's fiber lemma, if D({G in P : G >= F}) is contractible for F
in Q_t.  The relative interiors of these G, near a point of that of F, divide an open convex cone (the interior of the
tangent cone of the domain) into relatively open convex cones.  The open stars of these are star-shaped, and with
two of them that meet those of the cones in the intersection cover it, so the open cone is weakly equivalent to the
complex of chains (McCord 1966, Singular homology groups and homotopy groups of finite topological spaces).

(3) Faces larger than an F in P are all in P; modulo the span of F they are the cones of a complete fan in dimension
d - dim F, and D({G > F}) is the barycentric subdivision of the sphere that they cut.  The boundary maps of a regular
cell complex are given by numbers +1 and -1 with product zero, opposite to each other at both ends of an edge, uniquely
up to the signs of generators; as the cells of the domain can be oriented alike, the transposed numbers are such. QED

**Infinity.**  This is the ordinary homology of S_t, closed and perhaps unbounded; all of it is in a ball: if the ball
is large, S_t retracts to its part there, so homology truncated to large balls or boxes is the same.  f may fall
without bound, and what S_t has for all t far below is *born at -infinity*.  Nothing happens at +infinity: from the
greatest minimum m(F) on, S_t is as contractible as the domain.  Borel-Moore homology, in which unbounded faces are
cycles, is another one: over R^d that of S_t in degree k is the cohomology of R^d relative to {f > t} in degree d - k.

**Flat sets.**  A face is *flat* if f is constant on it, as on vertices.  The flat faces with the value c form a closed
set; let K be one of its connected components.  A face with m(F) = c attains it in one K, as the set where it does is a
flat face.  So the chains that enter at c are a direct sum over the K, with homology

    H(K) = H(S_c, S_c \ K),    sum over K of H(K) = H(S_c, S_(c - e)) for small e > 0,

since S_c without all K has the homotopy type of S_(c - e): removed from a convex set F and S_c are points of its face
with f = c, so it stays star-shaped from each point with f < c, and there is one iff m(F) < c.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.branching.extrema import form_of_outputs
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.complex.subcomplex import Subcomplex
from troppoly.complex.topology import connected_components
from troppoly.errors import ShapeError
from troppoly.exact import rational
from troppoly.regions import LinearRegions
from troppoly.regions.dispatch import regions_of
from troppoly.regions.polytope_route import PiecewiseLinear
from troppoly.topology.chains import Chains, Homology
from troppoly.values import Value

__all__ = ["Form", "Function", "Sublevels", "sublevel_homology", "superlevel_homology"]

Form = int | Sequence[Any] | None
"""Which output: its index, or the coefficients of a combination of all; may be left out if there is one."""
Function = PiecewiseLinear | LinearRegions

Levels = NDArray[np.int64]
_CONSTANT = -1


@dataclass(frozen=True, eq=False)
class Sublevels(Value):
    """A function on a complex, up to what its sublevel sets depend on.

    ``values`` are its values at the vertices, ascending: the levels 1, ..., n.  ``ray_levels`` has the level of every
    vertex, and for directions at infinity 0 where the function falls, n + 1 where it rises and -1 where it is constant.
    All is 0 if it is not constant on the lineality space.
    """

    complex: PolyhedralComplex
    values: tuple[mpq, ...]
    ray_levels: Levels

    @classmethod
    def of(cls, function: Function, domain: Any, form: Form, sign: int = 1) -> Sublevels:
        """Return those of a function of one output or of a form of the outputs, or of its negative (sign -1)."""
        regions = regions_of(function, domain)
        complex_, maps = regions.complex, regions.maps
        outputs = maps.exact(np.zeros(1, dtype=np.int64)).shape[1]
        if form is None and outputs != 1:
            raise ShapeError(f"The function has {outputs} outputs: say which one by form=, or a combination of them.")
        weights = sign * np.array(form_of_outputs(0 if form is None else form, outputs), dtype=object)
        cells, places = np.unique(_cells_of_rays(complex_), return_inverse=True)
        forms = (maps.exact(cells) * weights[:, None]).sum(axis=1)
        n = complex_.n_cones(1)
        if (forms[0, :-1] @ complex_.lineality.numerators.T != 0).any():
            return cls(complex_, (), np.zeros(n, dtype=np.int64))
        rays = complex_.rays.homogeneous(np.arange(n))
        heights, far = (forms[places] * rays).sum(axis=1), complex_.faces_at_infinity[0]
        values, levels = np.unique(heights[~far] / rays[~far, -1], return_inverse=True)
        ray_levels = np.empty(n, dtype=np.int64)
        ray_levels[~far] = levels + 1
        slopes = heights[far]
        ray_levels[far] = np.select([slopes < 0, slopes > 0], [0, len(values) + 1], _CONSTANT)
        return cls(complex_, tuple(values), ray_levels)

    @cached_property
    def lowest(self) -> list[Levels]:
        """For every cone dimension the level of the minimum, 0 for -infinity."""
        return self._propagated(
            np.where(self.ray_levels == _CONSTANT, len(self.values) + 1, self.ray_levels), np.minimum
        )

    @cached_property
    def flat(self) -> list[NDArray[np.bool_]]:
        """For every cone dimension which cones stand for flat faces."""
        highest = self._propagated(np.where(self.ray_levels == _CONSTANT, 0, self.ray_levels), np.maximum)
        far = self.complex.faces_at_infinity
        return [~f & (low == high) & (low > 0) for f, low, high in zip(far, self.lowest, highest, strict=True)]

    @cached_property
    def components(self) -> list[NDArray[np.int64]]:
        """For every cone dimension the flat set in which a face has its minimum, by its first vertex (-1: none)."""
        edges, n = self.complex.facets, self.complex.n_cones(1)
        # The vertices and bounded edges of a polyhedron without lines form a connected graph.
        bounded = self.flat[1] & ~self.complex.unbounded_faces[1] if edges else np.zeros(0, dtype=bool)
        ends = edges[0].indices.reshape(-1, 2)[bounded] if edges else np.zeros((0, 2), dtype=np.int64)
        finite = ~self.complex.faces_at_infinity[0] & (self.lowest[0] > 0)
        result = [np.where(finite, connected_components(n, *ends.T), -1)]
        for incidence, lower, upper in zip(edges, self.lowest, self.lowest[1:], strict=False):
            same = lower[incidence.indices] == upper[incidence.owners]
            found = np.where(same, result[-1][incidence.indices], -1)
            result.append(np.where(upper > 0, np.maximum.reduceat(found, incidence.indptr[:-1]), -1))
        return result

    @cached_property
    def members(self) -> tuple[NDArray[np.bool_], ...]:
        """For every cone dimension which cones stand for faces that are not in the boundary of the domain."""
        complex_ = self.complex
        outer = [np.zeros(complex_.n_cones(k), dtype=bool) for k in range(1, complex_.cone_dimension + 1)]
        if complex_.cone_dimension > 1:
            outer[-2] = np.bincount(complex_.facets[-1].indices, minlength=len(outer[-2])) == 1
            outer[-2] &= ~complex_.faces_at_infinity[-2]
        boundary = Subcomplex.generated(complex_, outer).members
        return tuple(~a & ~b for a, b in zip(boundary, complex_.faces_at_infinity, strict=True))

    @cached_property
    def chains(self) -> Chains:
        """The chains of the theorem."""
        return Chains.of(self.complex).take(self.members).dual()

    def of_members(self, arrays: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """Return for every degree of the chains what an array for every cone dimension says of its cells."""
        return [array[mask] for array, mask in zip(arrays[::-1], self.members[::-1], strict=True)]

    def homology(self, level: int) -> Homology:
        """Return the homology of the sublevel set of a level."""
        masks = [levels <= level for levels in self.of_members(self.lowest)]
        return self.chains.take(masks).homology(self.complex.ambient_dimension + 1)

    def _propagated(self, levels: Levels, extremum: np.ufunc) -> list[Levels]:
        result = [levels]
        for incidence in self.complex.facets:
            result.append(extremum.reduceat(result[-1][incidence.indices], incidence.indptr[:-1]))
        return result


@checked
def sublevel_homology(function: Function, level: Any, domain: Any = None, *, form: Form = None) -> Homology:
    """Return the integral homology of {f <= t}; for {f_i <= f_j}, give 0 and the form e_i - e_j.

    Arguments and errors are those of :func:`troppoly.persistence`.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 1, -1, -1], [0, 1, 0, 1]]])  # |x| - |y|
    >>> [sublevel_homology(net, t, form=0) for t in (-1, 0)], sublevel_homology(net, 0, form=[1, -1])
    ([(Z^2, 0, 0), (Z, 0, 0)], (Z, 0, 0))
    """
    return _homology_below(Sublevels.of(function, domain, form), rational(level, "level"))


@checked
def superlevel_homology(function: Function, level: Any, domain: Any = None, *, form: Form = None) -> Homology:
    """Return the integral homology of {f >= t}; as :func:`sublevel_homology`.

    >>> import troppoly as tp
    >>> superlevel_homology(tp.TropicalPolynomial({(1,): 0, (-1,): 0}), 1)  # |x| >= 1
    (Z^2, 0)
    """
    return _homology_below(Sublevels.of(function, domain, form, -1), -rational(level, "level"))


def _homology_below(sublevels: Sublevels, level: mpq) -> Homology:
    return sublevels.homology(sum(value <= level for value in sublevels.values))


def _cells_of_rays(complex: PolyhedralComplex) -> NDArray[np.int64]:
    """For every ray a cell that contains it."""
    result = np.arange(complex.n_cells)
    for incidence in reversed(complex.facets):
        upper = np.empty(int(incidence.indices.max()) + 1, dtype=np.int64)
        upper[incidence.indices] = result[incidence.owners]
        result = upper
    return result
