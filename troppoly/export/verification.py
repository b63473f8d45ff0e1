"""Arrays that claim to be a polyhedral complex, checked before they become one.

*What is checked.*  Let the arrays be those of :class:`troppoly.PolyhedralComplex`.

1. The rows of ``lineality`` are independent; the rays are distinct primitive integer vectors with t >= 0.
2. Every cone of dimension < D is a facet of another one, and of at most two cells; a cone of dimension 2 has two rays,
   and every cone has each facet of a facet in exactly two of its facets (the diamond property of face lattices).
3. The rays of a cone of dimension k < D have rank k modulo the lineality, and no two cones of one dimension have the
   same rays.  For every facet F of a cell C, the linear form that vanishes on F and the lineality is positive on all
   rays of C that are not in F; the two cells of a wall lie on different sides of it.
4. All rays are on the inner side of every facet that belongs to one cell only, and one point that lies on no hyperplane
   of a facet is in exactly one cell.

*What follows: the cells are those of a polyhedral complex that covers a convex polyhedron Q (R^d, or a domain), with
exactly these faces.*

By 3 every cell C lies in the cone C' of its facets' inequalities, and every facet of C is one of C'.  By 2 the facets
of C form a closed manifold in the boundary of C', which is connected; so they are all of it, and C = C'.

Let Q be the cone of the inequalities of the facets that belong to one cell only (those at infinity give t >= 0).  By 4
all cells lie in Q, and these facets in its boundary.  Let N(p) be the number of cells that contain p.  On the interior
of Q without the cones of dimension <= D - 2, which is connected, N is constant away from the facets; and crossing a
facet, one leaves exactly one cell and enters exactly one (or so for each of several facets that meet there).  So N is
the same at all points of the interior of Q on no facet, and by 4 it is 1: the cells cover Q, and their interiors are
disjoint.  (A double cover of the plane passes 1 to 3, and has N = 2.)

A cover of a convex set by finitely many polyhedra facet to facet (2) is face to face: two cells that share a point are
joined by a chain of neighbors through facets that contain it, and the face in whose relative interior the point lies
stays the same along the chain, for it is a face of each facet that is crossed.  So cells meet in common faces, and as
cones with the same rays are equal (3), each face is listed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np
from gmpy2 import gcd, mpz

from troppoly.complex.face_lattice import Incidence, ray_lists
from troppoly.complex.polyhedral_complex import ExactRays, PolyhedralComplex
from troppoly.errors import FileFormatError
from troppoly.exact import DenseMatrix, RationalMatrix
from troppoly.exact.linear import kernel, rank
from troppoly.exact.scalar import ObjectArray

__all__ = ["vanishing_forms", "verified_complex"]


def verified_complex(lineality: RationalMatrix, rays: ObjectArray, facets: Sequence[Incidence]) -> PolyhedralComplex:
    """Return the complex of these arrays: lineality (l, d), integer rays (n, d + 1), facets from k = 2.

    Raises FileFormatError, which says what does not hold, if one of the checks of the module fails.

    >>> rays = RationalMatrix.of([[0, 1], [1, 0]]).numerators
    >>> edge = Incidence(np.array([0, 2]), np.array([0, 1], dtype=np.int32))
    >>> verified_complex(RationalMatrix.zeros(0, 1), rays, [edge]).f_vector()
    (1, 1)
    >>> verified_complex(RationalMatrix.zeros(0, 1), rays[[1, 1]], [edge])
    Traceback (most recent call last):
    ...
    troppoly.errors.FileFormatError: Two rays of the complex are equal.
    """
    n_lines, d = lineality.shape
    if len(facets) != d - n_lines:
        raise FileFormatError(
            f"A complex of R^{d} with {n_lines} lines has cones of {d - n_lines + 1} dimensions, "
            f"not of {len(facets) + 1}."
        )
    _check_rays(lineality, rays)
    _check_incidences(len(rays), facets)
    complex_ = PolyhedralComplex(d, lineality, ExactRays(rays), tuple(facets))
    _check_ranks(complex_, rays)
    if complex_.cone_dimension == 1:
        if len(rays) != 1 or rays[0][-1] == 0:
            raise FileFormatError("A complex of one affine space has one cell.")
    else:
        _check_cells(complex_, rays)
    return complex_


def _check_rays(lineality: RationalMatrix, rays: ObjectArray) -> None:
    if rank(lineality) != lineality.shape[0]:
        raise FileFormatError("The lines of the complex are dependent.")
    if len(rays) == 0 or any(row[-1] < 0 or gcd(*row) != 1 for row in rays):
        raise FileFormatError("A complex needs rays, and each is a primitive integer vector with t >= 0.")
    if len({tuple(row) for row in rays}) < len(rays):
        raise FileFormatError("Two rays of the complex are equal.")


def _check_incidences(n_rays: int, facets: Sequence[Incidence]) -> None:
    n_lower, lower = n_rays, None
    for k, incidence in enumerate(facets, start=2):
        lengths, indices = np.diff(incidence.indptr), incidence.indices
        if len(lengths) == 0 or (lengths < k).any() or (k == 2 and (lengths != 2).any()):
            raise FileFormatError(f"The cones of dimension {k} do not have {k} facets or more.")
        if indices.min() < 0 or indices.max() >= n_lower:
            raise FileFormatError(f"A cone of dimension {k} has a facet that does not exist.")
        keys = incidence.owners * np.int64(n_lower) + indices
        if len(np.unique(keys)) < len(keys):
            raise FileFormatError(f"A cone of dimension {k} has the same facet twice.")
        uses = np.bincount(indices, minlength=n_lower)
        if (uses == 0).any():
            raise FileFormatError(f"A cone of dimension {k - 1} is a facet of none.")
        if k == len(facets) + 1 and (uses > 2).any():
            raise FileFormatError("A facet belongs to more than two cells.")
        if lower is not None:
            places, ridges = lower.take(indices)
            keys = incidence.owners[places] * np.int64(lower.indices.max() + 1) + ridges
            if (np.unique(keys, return_counts=True)[1] != 2).any():
                raise FileFormatError(f"A cone of dimension {k} has a facet of facets not in two of its facets.")
        n_lower, lower = incidence.n_lists, incidence


def _check_ranks(complex_: PolyhedralComplex, rays: ObjectArray) -> None:
    """The ranks of cones of dimensions 2, ..., D - 2; the facets' forms show those of dimension D - 1."""
    lines = complex_.homogeneous_lines
    for k in range(2, complex_.cone_dimension + 1):
        lists = list(ray_lists(complex_.facets[: k - 1], np.arange(complex_.n_cones(k))))
        if len({part.tobytes() for part in lists}) < len(lists):
            raise FileFormatError(f"Two cones of dimension {k} have the same rays.")
        for part in lists if k < complex_.cone_dimension - 1 else []:
            if rank(DenseMatrix(rays[part]).vstack(lines)) != k + lines.shape[0]:
                raise FileFormatError(f"The rays of a cone of dimension {k} do not have this rank.")


def _check_cells(complex_: PolyhedralComplex, rays: ObjectArray) -> None:
    """Facets of cells are supporting, with no further ray on them; cells are on both sides of walls; N is 1."""
    n_walls = complex_.n_cones(complex_.cone_dimension - 1)
    forms = vanishing_forms(complex_, np.arange(n_walls))
    cells = ray_lists(complex_.facets, np.arange(complex_.n_cells))
    walls = ray_lists(complex_.facets[:-1], np.arange(n_walls))
    owners, facets = complex_.facets[-1].take(np.arange(complex_.n_cells))
    sides = np.zeros(len(facets), dtype=np.int8)
    for i, (cell, facet) in enumerate(zip(owners.tolist(), facets.tolist(), strict=True)):
        signs = set(np.sign(rays[np.setdiff1d(cells[cell], walls[facet])] @ forms[facet]).tolist())
        if signs not in ({1}, {-1}):
            raise FileFormatError(f"Facet {facet} is not a facet of the convex hull of cell {cell}.")
        (sides[i],) = signs
    sums = np.bincount(facets, weights=sides, minlength=n_walls)
    if (sums[np.bincount(facets, minlength=n_walls) == 2] != 0).any():
        raise FileFormatError("Two cells lie on one side of the facet that they share.")
    outer = {tuple(int(sums[i]) * forms[i]) for i in np.flatnonzero(sums)}
    if any((rays @ np.array(form, dtype=object) < 0).any() for form in outer):
        raise FileFormatError("A cell reaches beyond the boundary of the complex.")
    point = _generic_point(rays[cells[0]], forms)
    outside = sides * np.sign(forms @ point).astype(np.int8)[facets] < 0
    n_containing = complex_.n_cells - len(np.unique(owners[outside]))
    if n_containing != 1:
        raise FileFormatError(f"The cells overlap: there is a point in the interior of {n_containing} cells.")


def _generic_point(rays: ObjectArray, forms: ObjectArray) -> ObjectArray:
    """A point in the interior of a cell on no hyperplane: sum_i s^i r_i for the first s > 1 that does it.

    No form vanishes on all rays r_i of the cell; so its value is a polynomial in s with fewer roots than there are r_i.
    """
    points = (np.array([mpz(s) ** i for i in range(len(rays))], dtype=object) @ rays for s in count(2))
    return next(np.asarray(point) for point in points if (forms @ point != 0).all())


def vanishing_forms(complex_: PolyhedralComplex, cones: Any) -> ObjectArray:
    """Return the linear forms that vanish on cones of dimension D - 1 and the lines, if unique, or FileFormatError."""
    k, lines, result = complex_.cone_dimension - 1, complex_.homogeneous_lines, []
    for part in ray_lists(complex_.facets[: k - 1], cones):
        form = kernel(DenseMatrix(complex_.rays.homogeneous(part)).vstack(lines))
        if form.shape[0] != 1:
            raise FileFormatError(f"The rays of a cone of dimension {k} do not have this rank.")
        result.append(form.numerators[0])
    return np.array(result, dtype=object)
