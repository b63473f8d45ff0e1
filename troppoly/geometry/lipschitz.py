r"""Jacobian norms and exact Lipschitz constants, in the 1-, the 2- and the infinity-norm.

The operator norm of a matrix A, max |A x| over |x| <= 1 with the same norm on both sides, is for the 1-norm the largest
sum of absolute values of a column, for the infinity-norm that of a row: rational for rational A.  For the 2-norm it is
the largest singular value, an algebraic number (:mod:`troppoly.geometry.spectral_norms`).

*Theorem.*  Let f be continuous on a convex full-dimensional set and affine, x -> A_c x + b_c, on every cell c of a
finite polyhedral complex that covers it.  Then the least L with |f(x) - f(y)| <= L |x - y| for all x, y is max_c |A_c|.

*Proof.*  The cells cut the segment from x to y into finitely many segments on which f is affine, so |f(x) - f(y)| is at
most the sum of |A_c| times their lengths, which add up to |x - y|.  Conversely, in the interior of c all directions are
possible, so L >= |A_c|.  QED
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import NormOrTwo, checked
from troppoly.exact.scalar import ObjectArray
from troppoly.geometry.spectral_norms import SpectralNorm, greatest_norm
from troppoly.regions import LinearRegion, LinearRegions

__all__ = ["LipschitzConstant", "jacobian_norms", "lipschitz_constant"]


class LipschitzConstant(NamedTuple):
    """The exact Lipschitz constant, and a linear region on which it is attained.

    >>> import troppoly as tp
    >>> tp.lipschitz_constant(tp.linear_regions(tp.Network.from_arrays([[["1/2"]]])))
    LipschitzConstant(value=mpq(1,2), region=Linear region 0: 1 cell, unbounded)
    """

    value: mpq | SpectralNorm
    region: LinearRegion


@checked
def jacobian_norms(regions: LinearRegions, norm: NormOrTwo = inf) -> tuple[mpq, ...] | tuple[SpectralNorm, ...]:
    """Return for every linear region the operator norm of its Jacobian matrix.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1], [1]], [[1, 1]]], [[0, -1], [0]])
    >>> sorted(jacobian_norms(tp.linear_regions(net)))
    [mpq(0,1), mpq(1,1), mpq(2,1)]
    """
    matrices = _jacobians(regions)
    if norm == 2:
        return tuple(map(SpectralNorm.of, matrices))
    return tuple(np.abs(matrices).sum(axis=1 if norm == 1 else 2).max(axis=1))


@checked
def lipschitz_constant(regions: LinearRegions, norm: NormOrTwo = inf) -> LipschitzConstant:
    """Return the exact Lipschitz constant of the function, on R^d or on its domain, and where it is attained.

    >>> import troppoly as tp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1], [0, 1]]])  # (x, y) -> ((x)+ + (y)+, (y)+)
    >>> best = lipschitz_constant(tp.linear_regions(net))
    >>> best.value, best.region.interior_point() > (0, 0)
    (mpq(2,1), True)
    >>> lipschitz_constant(tp.linear_regions(net), 2).value.polynomial  # the golden ratio
    (mpz(1), mpz(-3), mpz(1))
    """
    if norm == 2:
        (index, *_), greatest = greatest_norm(_jacobians(regions))
        return LipschitzConstant(greatest, regions[index])
    norms = jacobian_norms(regions, norm)
    best = max(range(len(norms)), key=norms.__getitem__)
    return LipschitzConstant(norms[best], regions[best])


def _jacobians(regions: LinearRegions) -> ObjectArray:
    """The (regions, outputs, d) Jacobian matrices."""
    cells = np.unique(regions.region_of_cell, return_index=True)[1]
    return regions.maps.exact(cells)[:, :, :-1]
