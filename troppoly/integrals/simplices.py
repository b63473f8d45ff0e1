r"""A complex of bounded cells as simplices, and exact integrals over a simplex of functions of affine forms.

Let S be a d-simplex with vertices v_0, ..., v_d, and l_1, ..., l_r affine forms on it, given by their values there.

**Products.**  For exponents M = (m_1, ..., m_r) with |M| = m_1 + ... + m_r and M! = m_1! ... m_r!,

    int_S l_1^(m_1) ... l_r^(m_r) = d! vol(S) M! / (d + |M|)! [t^M] prod_i 1 / (1 - t_1 l_1(v_i) - ... - t_r l_r(v_i)).

*Proof.*  In barycentric coordinates l_j = sum_i l_j(v_i) b_i.  Both sides are sums over the matrices of integers a_ij
>= 0 with column sums m_j and row sums a_i.  The power of l_j is a sum with coefficients m_j! / prod_i a_ij!, and the
integral of prod_i b_i^(a_i) is d! vol(S) prod_i a_i! / (d + |M|)! (Dirichlet).  On the right, factor i has the
coefficient a_i! / prod_j a_ij!.  QED  (Baldoni, Berline, De Loera, Koeppe and Vergne, How to integrate a polynomial
over a simplex, Math. Comp. 80 (2011), section 3.)  For one form, [t^m] is the complete homogeneous symmetric polynomial
h_m of its values.

**Positive parts.**  For a function g with d continuous derivatives (piecewise continuous ones of order d are enough)

    int_S g^(d)(l) = d! vol(S) g[x_0, ..., x_d],        x_i = l(v_i),

with the divided difference (Hermite and Genocchi; de Boor, Divided differences, Surv. Approx. Theory 1 (2005), section
9).  So the integral of max(l, 0) is d! vol(S) / (d + 1)! times the divided difference of g(x) = max(x, 0)^(d+1): no
simplex is cut.  If all x_i are positive it is that of x^(d+1): of k + 1 values, h_(d+1-k).  If none is, it is 0.
Otherwise let x be one of the positive values P and y one of the others N: x > y, and

    g[P, N] = (g[P, N without y] - g[P without x, N]) / (x - y),

so that equal values do no harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import factorial, prod
from typing import Any, NamedTuple, cast

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.complex.face_lattice import lowest_rays
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.complex.volume import exterior_product
from troppoly.exact.scalar import ObjectArray

__all__ = ["Simplices", "integrals_of_positive_parts", "integrals_of_products"]

Ids = NDArray[np.intp]


class Simplices(NamedTuple):
    """The n simplices of a triangulation: their (n, d + 1) vertices, numbers of rays, cells, and d! times volumes."""

    vertices: Ids
    cells: Ids
    weights: ObjectArray

    @classmethod
    def of(cls, complex: PolyhedralComplex) -> Simplices:
        """Cut all cells, which must be bounded: from the lowest vertex of a face to its facets without that vertex.

        >>> import troppoly as tp
        >>> square = tp.linear_regions(tp.TropicalPolynomial({(0, 0): 0}), domain=[(0, 1), (0, 1)]).complex
        >>> Simplices.of(square).weights
        array([mpq(1,1), mpq(1,1)], dtype=object)
        """
        lowest = lowest_rays(complex.facets, complex.n_cones(1))
        faces = cells = np.arange(complex.n_cells)
        corners: list[Ids] = []
        for k in range(complex.cone_dimension, 1, -1):
            owners, facets = complex.facets[k - 2].take(faces)
            away = lowest[k - 1][faces][owners] != lowest[k - 2][facets]
            owners = owners[away]
            corners = [vertices[owners] for vertices in (*corners, lowest[k - 1][faces])]
            cells, faces = cells[owners], facets[away]
        vertices = np.stack([*corners, faces], axis=1)
        rays = complex.rays.homogeneous(np.arange(complex.n_cones(1)))
        blade = rays[faces]
        for k in range(1, complex.cone_dimension):
            blade = exterior_product(rays[vertices[:, -1 - k]], blade, k)
        heights = np.multiply.reduce(rays[:, -1][vertices], axis=1)
        return cls(vertices, cells, np.abs(blade[:, 0]) * (mpq(1) / heights))


def integrals_of_products(simplices: Simplices, forms: Sequence[ObjectArray], powers: Sequence[int]) -> ObjectArray:
    """Return the (n,) integrals over the simplices of a product of powers of forms, given by their values at rays."""
    series: dict[tuple[int, ...], Any] = dict.fromkeys(product(*(range(m + 1) for m in powers)), mpq(0))
    series[(0,) * len(powers)] = mpq(1)
    for corner in simplices.vertices.T:
        values = [form[corner] for form in forms]
        for index in series:  # in ascending order: divided by 1 - t_1 l_1 - ... - t_r l_r
            for j, value in enumerate(values):
                if index[j]:
                    series[index] = series[index] + value * series[(*index[:j], index[j] - 1, *index[j + 1 :])]
    d = simplices.vertices.shape[1] - 1
    factor = mpq(prod(map(factorial, powers)), factorial(d + sum(powers)))
    return cast("ObjectArray", simplices.weights * factor * series[tuple(powers)])


def integrals_of_positive_parts(simplices: Simplices, form: ObjectArray) -> ObjectArray:
    """Return the (n,) integrals over the simplices of the maximum of a form, given by its values at rays, and 0."""
    values = -np.sort(-form[simplices.vertices], axis=1)  # the positive ones first
    n, d = len(values), values.shape[1] - 1
    counts = (values > 0).sum(axis=1)
    result = np.full(n, mpq(0), dtype=object)
    for p in range(1, d + 2):
        chosen = np.flatnonzero(counts == p)
        x = values[chosen].T
        differences = _powers(x[:p], d + 1)  # of the first 1, ..., p positive values
        for y in x[p:]:
            smaller: Any = mpq(0)  # that of no positive value
            for k in range(p):
                smaller = differences[k] = (differences[k] - smaller) / (x[k] - y)
        result[chosen] = differences[-1]
    return cast("ObjectArray", simplices.weights * result / factorial(d + 1))


def _powers(values: ObjectArray, m: int) -> list[ObjectArray]:
    """The divided differences of x^m at the first 1, ..., k + 1 of some values: h_m, ..., h_(m-k) of these."""
    complete = [np.full(values.shape[1], mpq(i == 0), dtype=object) for i in range(m + 1)]
    result = []
    for k, x in enumerate(values):
        for i in range(1, m + 1):
            complete[i] = complete[i] + x * complete[i - 1]
        result.append(complete[m - k])
    return result
