"""Cells of a complex with a reflection group, counted from the fundamental chamber alone.

Let W be a finite reflection group with simple reflections s_i, mirrors H_i and chamber C (see
``reflection_group``).  Let K be a polyhedral complex that covers R^d and is mapped to itself by W, and let
K|C be its restriction to C: its faces are the intersections of faces of K with faces of C.

*Theorem.*  Let P be a cell of K|C, let R be the cell of K that contains P, and let I(P) be the set of those
i for which a facet of P lies in H_i and in no wall of K.  Then R is the union of the w P with w in W_I(P),
the stabiliser of R is W_I(P), and P -> R induces a bijection between the cells of K|C and the orbits of
cells of K.  In particular K has  sum_P |W| / |W_I(P)|  cells.

*Proof.*  The w C cover R^d and have disjoint interiors, so the w P, for w in W and P in K|C, are the cells
of K', the refinement of K by all mirrors; different pairs (w, P) are different cells.  A cell R of K is the
union of cells of K'.  Its interior is connected, and stays connected without the faces of K' of codimension
2 and more, so these cells are connected through facets that lie in no wall of K; conversely such facets
connect only cells of K' within one cell of K.  So the cells of K are the connected components of the graph
on the pairs (w, P) whose edges are these facets.  The cells on the two sides of a facet of w P are
translates by w of those for P, and W maps walls to walls.  Since P is the intersection of R and C, a facet
of P that is not in the boundary of C lies in a wall of K.  One in the boundary of C lies in exactly one
H_i, and on its other side is s_i P.  So the edges are those between (w, P) and (w s_i, P) for i in I(P),
and the components are the sets w W_I(P) x {P}.  W acts on them by multiplication on the left: the orbits
correspond to the P, and the stabiliser of W_I(P) x {P} is W_I(P).  QED

*Fans.*  If K is a fan and the points that W fixes are in its lineality space, then K|C is the union of the
cones over its slice with the simplex spanned by the fundamental weights, which meets every face but the
lowest one.  The slice has one dimension less, and no faces at infinity.

Reference for the facts on W: Humphreys, Reflection Groups and Coxeter Groups, Cambridge 1990, 1.12.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from troppoly.arguments import checked
from troppoly.errors import InputError, ShapeError
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.linear import primitive, rank
from troppoly.network import Network
from troppoly.passagemath import polyhedron
from troppoly.refinement import CanonicalComplex, canonical_complex
from troppoly.refinement.domain import domain_forms
from troppoly.refinement.refinement import Progress
from troppoly.symmetry.chamber_faces import Chamber, f_vector_of_orbits, mirror_facets
from troppoly.symmetry.orbit_sizes import ReflectionOrbits
from troppoly.symmetry.reflection_group import ReflectionGroup
from troppoly.symmetry.units import permutes_units

__all__ = ["ChamberCells", "chamber_cells", "fan_chamber_cells", "mirror_bits"]


@dataclass(frozen=True, eq=False, repr=False)
class ChamberCells(ReflectionOrbits):
    """The orbits of the cells of a canonical complex: orbit i is that of cell i of ``chamber.complex``.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])  # (x)+ + (y)+
    >>> orbits = chamber_cells(net, tp.symmetry.symmetric_group(2))
    >>> orbits, orbits.orbit_sizes
    (4 cells in 3 orbits under W of order 2, (1, 1, 2))
    """

    chamber: Chamber

    @property
    def complex(self) -> CanonicalComplex:
        """The canonical complex over the chamber, or over a slice of it (:func:`fan_chamber_cells`)."""
        return self.chamber.canonical

    def f_vector(self) -> tuple[int, ...]:
        """Return the numbers of faces, by dimension, of the full complex on R^d.

        The theorem is in ``chamber_faces``.

        >>> from troppoly.symmetry.reflection_group import symmetric_group
        >>> net = Network.from_arrays([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 1, 1]]])
        >>> chamber_cells(net, symmetric_group(3)).f_vector()
        (1, 6, 12, 8)
        """
        return f_vector_of_orbits(self.group, self.chamber)

    def __repr__(self) -> str:
        return f"{self.n_total} cells in {self.n_orbits} orbits under W of order {self.group.order}"


@checked
def chamber_cells(
    network: Network,
    group: ReflectionGroup,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> ChamberCells:
    """Return the orbits of the cells of a network's canonical complex under a reflection group.

    Only the cells in the chamber are enumerated.  The simple reflections must permute the units of the
    network (:func:`troppoly.symmetry.permutes_units`), which makes the complex invariant.  ``max_cells``,
    ``max_memory`` and ``progress`` are those of :func:`troppoly.refinement.canonical_complex` over the chamber.

    Raises ShapeError if the group acts on another space, InputError if a simple reflection does not permute
    the units, and BudgetError.

    The 8 orthants of R^3 under S_3, of which those with equal signs have orbits of size 1:

    >>> from troppoly.symmetry.reflection_group import symmetric_group
    >>> net = Network.from_arrays([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 1, 1]]])
    >>> orbits = chamber_cells(net, symmetric_group(3))
    >>> orbits, orbits.n_orbits_by_size()
    (8 cells in 4 orbits under W of order 6, {1: 2, 3: 2})
    """
    _check_symmetry(network, group)
    complex_ = canonical_complex(
        network, group.chamber(), max_cells=max_cells, max_memory=max_memory, progress=progress
    )
    forms = group.roots.hstack(RationalMatrix.zeros(group.rank, 1))
    chamber = Chamber(complex_, mirror_bits(group.chamber(), forms), is_slice=False)
    return _orbits(group, chamber)


@checked
def fan_chamber_cells(
    network: Network,
    group: ReflectionGroup,
    *,
    max_cells: int | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> ChamberCells:
    """Return what :func:`chamber_cells` does for a network without biases, from a slice of the chamber.

    The result is the same, but its complex lives in the barycentric coordinates u_1, ..., u_(r-1) of the
    simplex spanned by the fundamental weights w_0, ..., w_(r-1) (as primitive integer vectors); it has
    about half as many faces, in one dimension less.

    Raises InputError also if a unit has a bias, if one changes in a direction that the group fixes, or if
    the group has rank 1.

    The arrangement of all 0/1 normals in R^2, as an arrangement in R^3 / (1, 1, 1) under S_3:

    >>> from troppoly.symmetry.reflection_group import symmetric_group
    >>> net = Network.from_arrays([[[2, -1, -1], [-1, 2, -1], [-1, -1, 2]], [[1, 1, 1]]])
    >>> fan_chamber_cells(net, symmetric_group(3))
    6 cells in 2 orbits under W of order 6
    """
    _check_symmetry(network, group)
    rectified = [layer.rectified.any() for layer in network.layers]
    depth = max((i for i, one in enumerate(rectified) if one), default=-1)
    for name, layer in zip(network.names, network.layers[: depth + 1], strict=False):
        if layer.bias.nonzero().any():
            raise InputError(f"Layer {name!r} has a bias, so the canonical complex need not be a fan.")
    if rank(group.roots.vstack(network.layers[0].weight)) > group.rank:
        raise InputError("Some unit of the first layer changes in a direction that the group fixes.")
    if group.rank < 2:
        raise InputError("The slice of a chamber of rank 1 is a point.")
    weights = group.fundamental_weights().numerators
    corners = DenseMatrix(np.array([primitive(row) for row in weights], dtype=object))
    r = group.rank
    edges = corners.take_rows(np.arange(1, r)) - corners.take_rows([0] * (r - 1))
    forms = RationalMatrix.of([[-1] * (r - 1) + [1], *([int(i == j) for j in range(r)] for i in range(r - 1))])
    domain = polyhedron(inequalities=[(row[-1], *row[:-1]) for row in map(forms.row, range(r))], ambient_dim=r - 1)
    complex_ = canonical_complex(
        network.restrict(edges.T, corners.row(0)), domain, max_cells=max_cells, max_memory=max_memory, progress=progress
    )
    chamber = Chamber(complex_, mirror_bits(domain, forms), is_slice=True)
    return _orbits(group, chamber)


def _orbits(group: ReflectionGroup, chamber: Chamber) -> ChamberCells:
    """The sets I(P) of the theorem."""
    found = mirror_facets(chamber)
    mirrors = np.zeros((chamber.complex.n_cells, group.rank), dtype=bool)
    mirrors[found.cells[found.in_no_wall], found.mirrors[found.in_no_wall]] = True
    return ChamberCells(group, mirrors, chamber)


def _check_symmetry(network: Network, group: ReflectionGroup) -> None:
    if network.n_inputs != group.dimension:
        raise ShapeError(f"The group acts on R^{group.dimension}, the network on R^{network.n_inputs}.")
    for i, reflection in enumerate(group.reflections()):
        if not permutes_units(network, reflection):
            raise InputError(f"Simple reflection {i} does not permute the units of the network.")


def mirror_bits(domain: Any, forms: RationalMatrix) -> tuple[int, ...]:
    """The positions of the forms that vanish on the simple mirrors among the facets of the domain."""
    facets = {tuple(primitive(row)): i for i, row in enumerate(domain_forms(domain, forms.shape[1] - 1).numerators)}
    return tuple(facets[tuple(primitive(row))] for row in forms.numerators)
