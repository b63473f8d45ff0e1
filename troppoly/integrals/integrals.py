r"""Integrals of a function, of its absolute value and of monomials, and its norms, over a bounded domain, exactly.

On each simplex of a triangulation of the cells f is affine, so it is known there from its values at the vertices, and
all integrals are rational (:mod:`troppoly.integrals.simplices`).  The norms of f = (f_1, ..., f_m) over a domain D are

    |f|_1 = int_D |f_1| + ... + |f_m|,        |f|_2 = sqrt(int_D f_1^2 + ... + f_m^2).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import Natural, checked
from troppoly.errors import ShapeError, UnboundedError
from troppoly.exact import Radical
from troppoly.exact.scalar import ObjectArray, total
from troppoly.integrals.simplices import Simplices, integrals_of_positive_parts, integrals_of_products
from troppoly.regions import LinearRegions
from troppoly.regions.dispatch import regions_of
from troppoly.regions.polytope_route import PiecewiseLinear

__all__ = ["Integrable", "Triangulated", "integral", "l1_norm", "l2_norm", "moment", "regions_over"]

Integrable = PiecewiseLinear | LinearRegions


class Triangulated:
    """Linear regions over a bounded domain, with their simplices and the values at their vertices."""

    def __init__(self, regions: LinearRegions) -> None:
        self.regions, self.simplices = regions, Simplices.of(regions.complex)
        self._rays = regions.complex.rays.homogeneous(np.arange(regions.complex.n_cones(1)))

    @cached_property
    def inputs(self) -> ObjectArray:
        """The (d, rays) coordinates of the vertices."""
        return cast("ObjectArray", (self._rays[:, :-1] * (mpq(1) / self._rays[:, -1:])).T)

    @cached_property
    def outputs(self) -> ObjectArray:
        """The (m, rays) values of the function at the vertices: those of its map on one of the cells there."""
        cells = np.zeros(len(self._rays), dtype=np.intp)
        cells[self.simplices.vertices] = self.simplices.cells[:, None]
        values = (self.regions.maps.exact(cells) * self._rays[:, None, :]).sum(axis=2)
        return cast("ObjectArray", (values * (mpq(1) / self._rays[:, -1:])).T)


def regions_over(function: Integrable, domain: Any) -> LinearRegions:
    """Return the linear regions of a function over a bounded domain; errors as of :func:`integral`."""
    has_domain = isinstance(function, LinearRegions) or domain is not None
    regions = regions_of(function, domain) if has_domain else None
    if regions is None or not regions.complex.bounded_cells.all():
        raise UnboundedError("An integral needs a bounded domain.")
    return regions


@checked
def integral(function: Integrable, domain: Any = None) -> tuple[mpq, ...]:
    """Return the integrals over a bounded domain of the outputs of a function, or of one given by its linear regions.

    The domain is that of :func:`troppoly.linear_regions`; linear regions have theirs.  Raises UnboundedError if it is
    unbounded, InputError if it is given beside linear regions, and the errors of :func:`troppoly.linear_regions`.

    >>> import troppoly as tp
    >>> x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    >>> integral(x + y, [(0, 1), (0, 1)])  # of max(x, y)
    (mpq(2,3),)
    >>> wave = tp.network.tent_map(2)
    >>> integral(tp.linear_regions(wave, domain=[(0, "1/4")]))
    (mpq(1,8),)
    """
    parts = Triangulated(regions_over(function, domain))
    return tuple(total(integrals_of_products(parts.simplices, [f], [1])) for f in parts.outputs)


@checked
def moment(function: Integrable, inputs: Sequence[Natural], outputs: Sequence[Natural], domain: Any = None) -> mpq:
    """Return the integral over a bounded domain of a monomial in inputs and outputs, given by the exponents of both.

    Domain and errors are those of :func:`integral`; ShapeError, too, if the numbers of exponents are wrong.  The
    covariance of the outputs of a network, for inputs distributed evenly on the unit square:

    >>> import troppoly as tp
    >>> square, net = [(0, 1), (0, 1)], tp.Network.from_arrays([[[1, 1], [1, -1]], [[1, 0], [1, 1]]], [[-1, 0], [0, 0]])
    >>> mean, other = integral(net, square)
    >>> moment(net, (0, 0), (1, 1), square) - mean * other
    mpq(7,144)
    >>> moment(net, (3, 0), (0, 0), square)
    mpq(1,4)
    """
    regions = regions_over(function, domain)
    parts = Triangulated(regions)
    for what, powers, forms in (("input", inputs, parts.inputs), ("output", outputs, parts.outputs)):
        if len(powers) != len(forms):
            raise ShapeError(f"There are {len(powers)} exponents of {what}s where {len(forms)} are needed.")
    pairs = [(f, p) for f, p in zip([*parts.inputs, *parts.outputs], [*inputs, *outputs], strict=True) if p]
    return total(integrals_of_products(parts.simplices, [f for f, _ in pairs], [p for _, p in pairs]))


@checked
def l1_norm(function: Integrable, domain: Any = None) -> mpq:
    """Return the integral over a bounded domain of the absolute values of the outputs; see :func:`integral`.

    >>> import troppoly as tp
    >>> l1_norm(tp.Network.from_arrays([[[1, 2]]]), [(-1, 1), (-1, 1)])
    mpq(13,3)
    """
    parts = Triangulated(regions_over(function, domain))
    both = (integrals_of_positive_parts(parts.simplices, s * f) for f in parts.outputs for s in (1, -1))
    return total(map(total, both))


@checked
def l2_norm(function: Integrable, domain: Any = None) -> Radical:
    """Return the square root of the integral over a bounded domain of the squares of the outputs; see :func:`integral`.

    >>> import troppoly as tp
    >>> l2_norm(tp.Network.from_arrays([[[1, 2]]]), [(-1, 1), (-1, 1)])
    sqrt(20/3)
    """
    parts = Triangulated(regions_over(function, domain))
    squares = (integrals_of_products(parts.simplices, [f], [2]) for f in parts.outputs)
    return Radical.root(total(map(total, squares)))
