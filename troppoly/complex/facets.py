"""Facets of cells: the affine forms that vanish on them, and the cells as intersections of half-spaces.

In the fan over R^d x {1} a face of dimension k - 1 + dim L is a cone of dimension k modulo the lineality
space L.  Its linear span is spanned by L and k of its rays, found in the face lattice without arithmetic: a
cone is spanned by its lowest ray and any facet that does not contain that ray.  For a facet of a cell these
are d vectors of Q^(d+1), and the coordinates of their exterior product are, up to sign and order, the
coefficients of the one linear form <a, x> + b t that vanishes on the facet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from gmpy2 import mpz
from numpy.typing import NDArray

from troppoly.complex.face_lattice import facets_of, lowest_rays, ray_lists
from troppoly.complex.volume import exterior_product
from troppoly.errors import InputError
from troppoly.exact import DenseMatrix, ObjectArray, RationalMatrix, rational_vector
from troppoly.exact.linear import direction

if TYPE_CHECKING:
    from troppoly.complex.polyhedral_complex import Face, PolyhedralComplex

__all__ = ["cells_that_contain", "facet_forms", "facet_inequalities", "facets_of_cells", "inward_forms"]

Ids = NDArray[np.intp]


def facet_forms(complex: PolyhedralComplex, facets: Any) -> ObjectArray:
    """Return the (len(facets), d + 1) linear forms (a, b) that vanish on facets of cells.

    The rows are primitive integer vectors with a positive first nonzero coordinate: the facet lies in the
    hyperplane <a, x> + b = 0.  ``facets`` are numbers of cones of dimension D - 1.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> fan = TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0}).normal_complex().complex
    >>> sorted(row.tolist() for row in facet_forms(fan, fan.walls.facets))
    [[mpz(0), mpz(1), mpz(0)], [mpz(1), mpz(-1), mpz(0)], [mpz(1), mpz(0), mpz(0)]]
    """
    facets = np.asarray(facets, dtype=np.intp)
    distinct, places = np.unique(facets, return_inverse=True)
    d = complex.ambient_dimension
    if not len(distinct):
        return np.empty((0, d + 1), dtype=object)
    spanning = _spanning_rays(complex, complex.cone_dimension - 1, distinct)
    rays, columns = np.unique(spanning, return_inverse=True)
    coordinates = complex.rays.homogeneous(rays)[columns.reshape(spanning.shape)]
    lines = np.append(complex.lineality.numerators, np.full((d - spanning.shape[1], 1), mpz(0)), axis=1)
    vectors = [*np.broadcast_to(lines[:, None], (len(lines), len(distinct), d + 1))]
    vectors += [*coordinates.transpose(1, 0, 2)]
    product = np.full((len(distinct), 1), mpz(1), dtype=object)
    for degree, vector in enumerate(vectors):
        product = exterior_product(vector, product, degree)
    forms = product[:, ::-1].copy()  # now coordinate i belongs to the subset without axis i
    forms[:, 1::2] = -forms[:, 1::2]
    for i, row in enumerate(forms):
        forms[i] = direction(row)
    return forms[places]


def facets_of_cells(complex: PolyhedralComplex, cells: Any) -> tuple[Ids, Ids]:
    """Return the facets of cells, those at infinity left out, after the positions of their owners.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> fan = TropicalPolynomial({(1,): 0, (0,): 0}).normal_complex().complex
    >>> facets_of_cells(fan, [0, 1])[0]  # one finite end each
    array([0, 1])
    """
    cells, top = np.asarray(cells, dtype=np.intp), complex.cone_dimension
    if top == 1:
        none = np.zeros(0, dtype=np.intp)
        return none, none
    owners, facets = facets_of(complex, top, cells)
    finite = ~complex.faces_at_infinity[top - 2][facets]
    return owners[finite], facets[finite]


def inward_forms(complex: PolyhedralComplex, cells: Any, facets: Any) -> ObjectArray:
    """Return the forms of :func:`facet_forms` with the signs that make them nonnegative on cells.

    ``facets[i]`` is a facet of ``cells[i]``.  The sign is the one at the sum of the cell's rays, an interior
    point of the cone.
    """
    cells = np.asarray(cells, dtype=np.intp)
    forms = facet_forms(complex, facets)
    if not len(cells):
        return forms
    distinct, places = np.unique(cells, return_inverse=True)
    lists = ray_lists(complex, complex.cone_dimension, distinct)
    rays, columns = np.unique(lists.indices, return_inverse=True)
    coordinates = complex.rays.homogeneous(rays)[columns]
    inside = np.add.reduceat(coordinates, lists.indptr[:-1], axis=0)
    outward = ((forms * inside[places]).sum(axis=1) < 0).astype(bool)
    forms[outward] = -forms[outward]
    return forms


def facet_inequalities(cell: Face) -> RationalMatrix:
    """Return the (facets, d + 1) irredundant description of a cell: <a, x> + b >= 0 for its rows (a | b).

    The rows are primitive integer vectors, in the order of ``cell.facets()``.  Raises InputError if the face is not a
    cell.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> f = TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0})
    >>> cell = next(c for c in f.normal_complex().complex.cells if c.interior_point() == (-1, -1))
    >>> sorted(map(str, facet_inequalities(cell).to_rationals().tolist()))
    ['[mpq(-1,1), mpq(0,1), mpq(0,1)]', '[mpq(0,1), mpq(-1,1), mpq(0,1)]']
    """
    if cell.dimension < cell.complex.ambient_dimension:
        raise InputError(f"{cell} is not a cell, which has dimension {cell.complex.ambient_dimension}.")
    owners, facets = facets_of_cells(cell.complex, [cell.index])
    return DenseMatrix(inward_forms(cell.complex, np.full(len(owners), cell.index), facets))


def cells_that_contain(complex: PolyhedralComplex, point: Sequence[Any], cells: Any = None) -> Ids:
    """Return the numbers of the cells, among the given ones, that contain a point, in ascending order.

    ``point`` has d entries (exact numbers or floats).  Cells are closed, so a point on walls is in several.  A cell is the
    intersection of the half-spaces of its facets.

    Raises ShapeError for a point of another dimension and NotFiniteError for NaN and infinities.

    >>> from troppoly.polynomial import TropicalPolynomial
    >>> fan = TropicalPolynomial({(1, 0): 0, (0, 1): 0, (0, 0): 0}).normal_complex().complex
    >>> [len(cells_that_contain(fan, x)) for x in [(0, 0), (1, 1), (-1, 5)]]
    [3, 2, 1]
    """
    x = rational_vector(point, "point", length=complex.ambient_dimension)
    cells = np.arange(complex.n_cells) if cells is None else np.asarray(cells, dtype=np.intp)
    owners, facets = facets_of_cells(complex, cells)
    forms = inward_forms(complex, cells[owners], facets)
    outside = ((forms[:, :-1] * np.array(x, dtype=object)).sum(axis=1) + forms[:, -1] < 0).astype(bool)
    return np.delete(cells, owners[outside])


def _spanning_rays(complex: PolyhedralComplex, k: int, cones: Ids) -> Ids:
    """The numbers (len(cones), k) of rays that span cones of dimension k."""
    lowest = lowest_rays(complex, k)
    result = np.empty((len(cones), k), dtype=np.intp)
    for j in range(k, 1, -1):
        result[:, j - 1] = lowest[j - 1][cones]
        owners, entries = facets_of(complex, j, cones)
        away = lowest[j - 2][entries] != result[owners, j - 1]
        cones = entries[away][np.searchsorted(owners[away], np.arange(len(cones)))]
    result[:, 0] = cones
    return result
