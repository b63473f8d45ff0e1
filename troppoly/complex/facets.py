"""Facets of cells: the affine forms that vanish on them, and the cells as intersections of half-spaces.

In the fan over R^d x {1} the linear span of a cone of dimension k is spanned by the lineality space and k of its rays,
found in the face lattice without arithmetic: the lowest ray, and those of any facet that does not contain it.  For a
facet of a cell these are d vectors of Q^(d+1), and the coordinates of their exterior product are, up to sign and order,
the coefficients of the one linear form <a, x> + b t that vanishes on the facet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from troppoly.complex.face_lattice import lowest_rays, ray_lists
from troppoly.complex.volume import exterior_product
from troppoly.exact import rational_vector
from troppoly.exact.linear import direction
from troppoly.exact.scalar import ObjectArray

if TYPE_CHECKING:
    from troppoly.complex.polyhedral_complex import PolyhedralComplex

__all__ = ["cells_that_contain", "facet_forms", "facets_of_cells", "inward_forms"]

Ids = NDArray[np.intp]


def facet_forms(complex: PolyhedralComplex, facets: Any) -> ObjectArray:
    """Return the (len(facets), d + 1) linear forms (a, b) that vanish on facets of cells (cones of dimension D - 1).

    The rows are primitive integer vectors with a positive first nonzero coordinate.
    """
    distinct, places = np.unique(np.asarray(facets, dtype=np.intp), return_inverse=True)
    n, d = len(distinct), complex.ambient_dimension
    if not n:
        return np.empty((0, d + 1), dtype=object)
    spanning = _spanning_rays(complex, complex.cone_dimension - 1, distinct)
    rays, columns = np.unique(spanning, return_inverse=True)
    coordinates = complex.rays.homogeneous(rays)[columns.reshape(spanning.shape)]
    lines = np.append(complex.lineality.numerators, np.full((d - spanning.shape[1], 1), mpz(0)), axis=1)
    vectors = [*(np.broadcast_to(line, (n, d + 1)) for line in lines), *coordinates.swapaxes(0, 1)]
    product = np.full((n, 1), mpz(1), dtype=object)
    for degree, vector in enumerate(vectors):
        product = exterior_product(vector, product, degree)
    forms = product[:, ::-1].copy()  # now coordinate i belongs to the subset without axis i
    forms[:, 1::2] = -forms[:, 1::2]
    return np.array([direction(row) for row in forms], dtype=object)[places]


def facets_of_cells(complex: PolyhedralComplex, cells: Any) -> tuple[Ids, Ids]:
    """Return the facets of cells, those at infinity left out, after the positions of their owners."""
    if complex.cone_dimension == 1:
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    owners, facets = complex.facets[-1].take(cells)
    finite = ~complex.faces_at_infinity[-2][facets]
    return owners[finite], facets[finite]


def inward_forms(complex: PolyhedralComplex, cells: Any, facets: Any) -> ObjectArray:
    """Return the forms of :func:`facet_forms` with the signs that make the i-th nonnegative on ``cells[i]``."""
    forms = facet_forms(complex, facets)
    if not len(forms):
        return forms
    distinct, places = np.unique(np.asarray(cells, dtype=np.intp), return_inverse=True)
    lists = ray_lists(complex.facets, distinct)
    rays, columns = np.unique(lists.indices, return_inverse=True)
    # The sum of its rays is an interior point of a cone.
    inside = np.add.reduceat(complex.rays.homogeneous(rays)[columns], lists.indptr[:-1], axis=0)
    outward = ((forms * inside[places]).sum(axis=1) < 0).astype(bool)
    forms[outward] = -forms[outward]
    return forms


def cells_that_contain(complex: PolyhedralComplex, point: Sequence[Any], cells: Any = None) -> Ids:
    """Return which (closed) cells, of all or of the given ones, contain a point, in ascending order.

    Raises ShapeError for a point of another dimension and NotFiniteError for NaN and infinities.
    """
    x = rational_vector(point, "point", length=complex.ambient_dimension)
    cells = np.arange(complex.n_cells) if cells is None else np.asarray(cells, dtype=np.intp)
    owners, facets = facets_of_cells(complex, cells)
    forms = inward_forms(complex, cells[owners], facets)
    outside = (forms @ np.array([*x, 1], dtype=object) < 0).astype(bool)
    return np.delete(cells, owners[outside])


def _spanning_rays(complex: PolyhedralComplex, k: int, cones: Ids) -> Ids:
    """The numbers (len(cones), k) of rays that span cones of dimension k."""
    lowest = lowest_rays(complex.facets[: k - 1], complex.n_cones(1))
    result = np.empty((len(cones), k), dtype=np.intp)
    for j in range(k, 1, -1):
        result[:, j - 1] = lowest[j - 1][cones]
        owners, entries = complex.facets[j - 2].take(cones)
        away = lowest[j - 2][entries] != result[owners, j - 1]
        cones = entries[away][np.searchsorted(owners[away], np.arange(len(cones)))]
    result[:, 0] = cones
    return result
