"""Arrays that claim to be a polyhedral complex, checked before they become one.

*What is checked.*  Let the arrays be those of :class:`troppoly.PolyhedralComplex`.

1. The rows of ``lineality`` are independent; every ray is a primitive integer vector with t >= 0, and
   no two are equal.
2. Every cone of dimension below D is a facet of another one, and of at most two cells if it is a facet of
   cells; a cone of dimension 2 has two rays, and every cone C has each facet of a facet in exactly two of
   its facets (the diamond property of face lattices).
3. The rays of a cone of dimension k < D have rank k modulo the lineality.  For every facet F of a cell C,
   the linear form that vanishes on F and the lineality is positive on all rays of C that are not in F;
   the two cells of a wall lie on different sides of it.

By 3 every cell lies in the cone C' of its facets' inequalities, and every facet of C is one of C'.  By 2
the facets of C form a closed manifold in the boundary of C', which is connected; so they are all of it:
the cell *is* the polyhedral cone with these rays and exactly these facets.  That cells do not overlap far from
their walls is not checked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gmpy2 import gcd

from troppoly.errors import FileFormatError
from troppoly.exact import ObjectArray, RationalMatrix
from troppoly.exact.linear import kernel, rank
from troppoly.polytope.face_lattice import facets_of, ray_lists
from troppoly.polytope.polyhedral_complex import ExactRays, Incidence, PolyhedralComplex

__all__ = ["verified_complex"]


def verified_complex(
    lineality: RationalMatrix, rays: ObjectArray, facets: Sequence[Incidence]
) -> PolyhedralComplex:
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
    n_lower = n_rays
    for k, incidence in enumerate(facets, start=2):
        lengths = np.diff(incidence.indptr)
        indices = incidence.indices
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
        if k > 2:
            lower = facets[k - 3]
            counts = np.diff(lower.indptr)[indices]
            owners = np.repeat(incidence.owners, counts)
            offsets = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
            ridges = lower.indices[np.repeat(lower.indptr[indices], counts) + offsets]
            keys = owners * np.int64(lower.indices.max() + 1) + ridges
            if (np.unique(keys, return_counts=True)[1] != 2).any():
                raise FileFormatError(
                    f"A cone of dimension {k} has a facet of facets not in two of its facets."
                )
        n_lower = incidence.n_lists


def _check_ranks(complex_: PolyhedralComplex, rays: ObjectArray) -> None:
    """The ranks of cones of dimensions 2, ..., D - 2; the facets' forms show those of dimension D - 1."""
    lines = _homogeneous_lines(complex_)
    for k in range(2, complex_.cone_dimension - 1):
        lists = ray_lists(complex_, k, np.arange(complex_.n_cones(k)))
        for i in range(lists.n_lists):
            if rank(RationalMatrix(rays[lists[i]]).vstack(lines)) != k + lines.shape[0]:
                raise FileFormatError(f"The rays of a cone of dimension {k} do not have this rank.")


def _check_cells(complex_: PolyhedralComplex, rays: ObjectArray) -> None:
    """Every facet of a cell is supporting, with no further ray on it; cells lie on both sides of walls."""
    top = complex_.cone_dimension
    if top == 1:
        if len(rays) != 1 or rays[0][-1] == 0:
            raise FileFormatError("A complex of one affine space has one cell.")
        return
    forms = _forms(complex_, rays)
    cells = ray_lists(complex_, top, np.arange(complex_.n_cells))
    walls = ray_lists(complex_, top - 1, np.arange(complex_.n_cones(top - 1)))
    owners, facets = facets_of(complex_, top, np.arange(complex_.n_cells))
    sides = np.zeros(len(facets), dtype=np.int8)
    for i, (cell, facet) in enumerate(zip(owners.tolist(), facets.tolist(), strict=True)):
        others = np.setdiff1d(cells[cell], walls[facet])
        values = rays[others] @ forms[facet]
        sides[i] = 1 if all(v > 0 for v in values) else -1 if all(v < 0 for v in values) else 0
        if len(others) == 0 or not sides[i]:
            raise FileFormatError(f"Facet {facet} is no facet of the convex hull of cell {cell}.")
    sums = np.bincount(facets, weights=sides, minlength=len(forms))
    if (sums[np.bincount(facets, minlength=len(forms)) == 2] != 0).any():
        raise FileFormatError("Two cells lie on one side of the facet that they share.")


def _forms(complex_: PolyhedralComplex, rays: ObjectArray) -> ObjectArray:
    """For every cone of dimension D - 1 the linear form that vanishes on it and on the lines."""
    k = complex_.cone_dimension - 1
    lines = _homogeneous_lines(complex_)
    lists = ray_lists(complex_, k, np.arange(complex_.n_cones(k)))
    result = np.empty((lists.n_lists, rays.shape[1]), dtype=object)
    for i in range(lists.n_lists):
        form = kernel(RationalMatrix(rays[lists[i]]).vstack(lines))
        if form.shape[0] != 1:
            raise FileFormatError(f"The rays of a cone of dimension {k} do not have this rank.")
        result[i] = form.numerators[0]
    return result


def _homogeneous_lines(complex_: PolyhedralComplex) -> RationalMatrix:
    return complex_.lineality.hstack(RationalMatrix.zeros(complex_.lineality_dimension, 1))
