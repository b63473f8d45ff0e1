"""Cells and faces of a complex with a reflection group, counted from the fundamental chamber alone.

Let W be a finite reflection group with simple reflections s_i, mirrors H_i = {<a_i, x> = 0} and chamber C (see
``reflection_group``).  Let K be a polyhedral complex that covers R^d and is mapped to itself by W, and K|C its
restriction to C: its faces are the intersections of faces of K with faces of C.

*Theorem 1.*  Let P be a cell of K|C in the cell R of K, and I(P) = {i : a facet of P lies in H_i and in no wall of K}.
Then R is the union of the w P with w in W_I(P), the stabilizer of R is W_I(P), and P -> R is a bijection of the cells
of K|C to the orbits of cells of K.  So K has  sum_P |W| / |W_I(P)|  cells.

*Proof.*  The w C cover R^d with disjoint interiors, so the w P are the cells of the refinement K' of K by all mirrors,
each once.  The interior of R is connected, also without the faces of K' of codimension >= 2: the cells of K are the
components of the graph on the pairs (w, P) whose edges are the facets of K' in no wall of K.  W maps walls to walls, so
the sides of a facet of w P are the translates by w of those for P.  A facet of P = R & C that is not in the boundary of
C lies in a wall of K; one in the boundary of C lies in exactly one H_i, with s_i P on its other side.  So the edges
join (w, P) and (w s_i, P) with i in I(P), and the components are the w W_I(P) x {P}, on which W acts from the left,
with stabilizer W_I(P) of W_I(P) x {P}.  QED

*Theorem 2.*  Faces are relatively open here.  Every face of K has an image G under W that meets C; let
I(G) = {i : H_i meets G & C}.  Then the stabilizer of G is W_I(G), dim G is the greatest dimension of the faces of K|C
in G, and no other face of its orbit meets C.  So K has  sum_G |W| / |W_I(G)|  faces of dimension k, over these G of
dimension k.

*Proof.*  C meets every orbit of points.  Let y be in G & C, and S the stabilizer of G.  (1) The reflection in a mirror
that meets G fixes a point of G, so it is in S.  (2) If z in G is not in C, some i has <a_i, z> < 0 <= <a_i, y>, so H_i
meets the segment from y to z in G; by (1) s_i is in S, and s_i z is closer than z to a chosen interior point of C.  S
is finite, so every z in G has an image v z in C with v in S.
*Uniqueness*: let w G meet C in w z.  By (2), v z is in C for a v in S.  C has one point of each orbit, so w z = v z is
in G, and w G = G.
*Stabilizer*: the mean p of the S-orbit of a point of G lies in G and is fixed by S.  By (1) a mirror that meets G
contains p, so by (2) p is in C.  What fixes p maps G to itself, so S is the stabilizer of p, W_J with
J = {i : p in H_i} = I(G).
*Dimension*: the chambers near p are the w C with w in S, and G is the union of the w (G & C) with w in S, of one
dimension.  QED

*Finding the faces.*  Two faces of K|C lie in the same face of K iff all units have the same signs on them.  Of those in
G only the relative interior of G & C has the dimension of G, and the others are faces of it: it is the one that is not
a facet of another.  For i in I(G), it or a facet of it in G is in H_i: s_i maps U = aff(G) to itself, so a_i is
orthogonal to U, and G lies in H_i, or parallel to U.  The latter a_i are independent, so near p, where G & C is given
in U by <a_i, x> >= 0 for these i, each makes a facet.

*Fans.*  If K is a fan and the points that W fixes are in its lineality space, K|C is the union of the cones over its
slice with the simplex spanned by the fundamental weights, which meets every face but the lowest one.  The slice has one
dimension less, and no faces at infinity.

Reference for the facts on W: Humphreys, Reflection Groups and Coxeter Groups, Cambridge 1990, 1.12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from troppoly.arguments import Positive, checked
from troppoly.errors import InputError, ShapeError
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.linear import primitive, rank
from troppoly.network import Network
from troppoly.passagemath import polyhedron
from troppoly.refinement import CanonicalComplex, canonical_complex
from troppoly.refinement.refinement import Progress
from troppoly.symmetry.chamber import Chamber, ReflectionOrbits, orbit_sizes
from troppoly.symmetry.invariance import permutes_units
from troppoly.symmetry.reflection_group import ReflectionGroup

__all__ = ["ChamberCells", "chamber_cells", "fan_chamber_cells"]


@dataclass(frozen=True, eq=False, repr=False)
class ChamberCells(ReflectionOrbits):
    """The orbits of the cells of a canonical complex: orbit i is that of cell i of ``chamber.complex``.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])  # (x)+ + (y)+
    >>> orbits = chamber_cells(net, tp.symmetry.symmetric_group(2))
    >>> orbits, orbits.orbit_sizes, orbits.f_vector()
    (4 cells in 3 orbits under W of order 2, (1, 1, 2), (1, 4, 4))
    """

    chamber: Chamber
    _noun = "cell"

    @classmethod
    def of(cls, group: ReflectionGroup, chamber: Chamber) -> ChamberCells:
        """Return the orbits with the sets I(P) of Theorem 1."""
        cells, simple, in_no_wall = chamber.mirror_facets()
        mirrors = np.zeros((chamber.complex.n_cells, group.rank), dtype=bool)
        mirrors[cells[in_no_wall], simple[in_no_wall]] = True
        return cls(group, mirrors, chamber)

    @property
    def complex(self) -> CanonicalComplex:
        """The canonical complex over the chamber, or over a slice of it (:func:`fan_chamber_cells`)."""
        return self.chamber.canonical

    def f_vector(self) -> tuple[int, ...]:
        """Return the numbers of faces, by dimension, of the full complex on R^d, by Theorem 2."""
        group, chamber, complex_ = self.group, self.chamber, self.chamber.complex
        d, D = group.dimension, complex_.cone_dimension
        in_mirror, finite = chamber.in_mirrors(), [~mask for mask in complex_.faces_at_infinity]
        same = [finite[k][incidence.indices] for k, incidence in enumerate(complex_.facets)]
        zero = np.ones(complex_.n_cones(1), dtype=bool)
        for column in chamber.columns:
            levels = list(chamber.words(column))
            zero &= levels[0] == 0
            for k, incidence in enumerate(complex_.facets):
                same[k] &= levels[k][incidence.indices] == levels[k + 1][incidence.owners]
        result = [0] * (d + 1)
        lowest = complex_.lineality_dimension
        if complex_.ambient_dimension < d:  # a slice: below the rays are the points that W fixes, in all mirrors
            lowest = d - group.rank + 1
            in_mirror[0][zero] = True
            result[lowest - 1] += int(not zero.any())
        for k in range(D):
            counted, mirrors = finite[k], in_mirror[k].copy()
            if k < D - 1:
                counted[complex_.facets[k].indices[same[k]]] = False
            if k > 0:
                below = complex_.facets[k - 1]
                owners, faces = below.owners[same[k - 1]], below.indices[same[k - 1]]
                for i in range(group.rank):
                    mirrors[owners[in_mirror[k - 1][faces, i]], i] = True
            result[lowest + k] += sum(orbit_sizes(group, mirrors[counted]))
        return tuple(result)


@checked
def chamber_cells(
    network: Network,
    group: ReflectionGroup,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    workers: Positive | None = None,
    progress: Progress | None = None,
) -> ChamberCells:
    """Return the orbits of the cells of a network's canonical complex under a reflection group.

    Only the cells in the chamber are enumerated; budgets, ``workers`` and ``progress`` are those of
    :func:`troppoly.refinement.canonical_complex` there.  The simple reflections must permute the units of the network
    (:func:`troppoly.symmetry.permutes_units`), which makes the complex invariant.

    Raises ShapeError if the group acts on another space, InputError if a simple reflection does not permute the units,
    and BudgetError.

    >>> from troppoly.symmetry.reflection_group import symmetric_group
    >>> net = Network.from_arrays([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 1, 1]]])  # the orthants of R^3
    >>> orbits = chamber_cells(net, symmetric_group(3))
    >>> orbits, orbits.n_orbits_by_size()
    (8 cells in 4 orbits under W of order 6, {1: 2, 3: 2})
    """
    _check_symmetry(network, group)
    domain = group.chamber()
    canonical = canonical_complex(
        network, domain, max_cells=max_cells, max_memory=max_memory, workers=workers, progress=progress
    )
    return ChamberCells.of(group, Chamber.of(canonical, domain, group.forms()))


@checked
def fan_chamber_cells(
    network: Network,
    group: ReflectionGroup,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    workers: Positive | None = None,
    progress: Progress | None = None,
) -> ChamberCells:
    """Return what :func:`chamber_cells` does for a network without biases, from a slice of the chamber.

    Its complex has about half as many faces, in one dimension less: in the barycentric coordinates u_1, ..., u_(r-1)
    of the simplex spanned by the fundamental weights w_0, ..., w_(r-1) as primitive integer vectors.

    Raises InputError also for a bias, a unit that changes in a direction that the group fixes, and a group of rank 1.

    >>> from troppoly.symmetry.reflection_group import symmetric_group
    >>> net = Network.from_arrays([[[2, -1, -1], [-1, 2, -1], [-1, -1, 2]], [[1, 1, 1]]])
    >>> fan_chamber_cells(net, symmetric_group(3))
    6 cells in 2 orbits under W of order 6
    """
    _check_symmetry(network, group)
    depth = max((i + 1 for i, layer in enumerate(network.layers) if layer.rectified.any()), default=0)
    for name, layer in zip(network.names, network.layers[:depth], strict=False):
        if layer.bias.nonzero().any():
            raise InputError(f"Layer {name!r} has a bias, so the canonical complex need not be a fan.")
    if rank(group.roots.vstack(network.layers[0].weight)) > group.rank:
        raise InputError("Some unit of the first layer changes in a direction that the group fixes.")
    r = group.rank
    if r < 2:
        raise InputError("The slice of a chamber of rank 1 is a point.")
    corners = DenseMatrix(np.array([primitive(row) for row in group.fundamental_weights().numerators], dtype=object))
    edges = corners.take_rows(range(1, r)) - corners.take_rows([0] * (r - 1))
    forms = RationalMatrix.of([[-1] * (r - 1) + [1], *np.eye(r, dtype=int)[:-1].tolist()])
    domain = polyhedron(inequalities=[(row[-1], *row[:-1]) for row in map(forms.row, range(r))], ambient_dim=r - 1)
    slice_ = network.restrict(edges.T, corners.row(0))
    canonical = canonical_complex(
        slice_, domain, max_cells=max_cells, max_memory=max_memory, workers=workers, progress=progress
    )
    return ChamberCells.of(group, Chamber.of(canonical, domain, forms))


def _check_symmetry(network: Network, group: ReflectionGroup) -> None:
    if network.n_inputs != group.dimension:
        raise ShapeError(f"The group acts on R^{group.dimension}, the network on R^{network.n_inputs}.")
    for i, reflection in enumerate(group.reflections()):
        if not permutes_units(network, reflection):
            raise InputError(f"Simple reflection {i} does not permute the units of the network.")
