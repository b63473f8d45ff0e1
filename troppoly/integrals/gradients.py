"""The gradient of a function at a random point of a bounded domain, exactly: of its map on a cell, weighted by volume.

On walls, which have no volume, the gradient is not defined.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.complex.volume import volumes
from troppoly.exact.scalar import ObjectArray, total
from troppoly.integrals.integrals import Integrable, regions_over

__all__ = ["expected_gradient", "mean_squared_gradient"]


@checked
def expected_gradient(function: Integrable, domain: Any = None) -> ObjectArray:
    """Return the (outputs, d) mean over a bounded domain of the Jacobian matrix of a function, or of linear regions.

    Domain and errors are those of :func:`troppoly.integrals.integral`.

    >>> import troppoly as tp
    >>> x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    >>> expected_gradient(x ** 3 + y, [(0, 1), (0, 1)]).tolist()  # of max(3 x, y)
    [[mpq(5,2), mpq(1,6)]]
    """
    weights, gradients = _gradients(function, domain)
    parts = np.moveaxis(gradients * weights[:, None, None], 0, -1)
    volume = total(weights)
    return np.array([[total(row) / volume for row in rows] for rows in parts], dtype=object)


@checked
def mean_squared_gradient(function: Integrable, domain: Any = None) -> tuple[mpq, ...]:
    """Return for every output the mean over a bounded domain of the squared Euclidean length of its gradient.

    Domain and errors are those of :func:`troppoly.integrals.integral`.

    >>> import troppoly as tp
    >>> x, y = (tp.TropicalPolynomial.variable(i, 2) for i in range(2))
    >>> mean_squared_gradient(x ** 3 + y, [(0, 1), (0, 1)])
    (mpq(23,3),)
    """
    weights, gradients = _gradients(function, domain)
    parts = (gradients**2).sum(axis=2) * weights[:, None]
    volume = total(weights)
    return tuple(total(column) / volume for column in parts.T)


def _gradients(function: Integrable, domain: Any) -> tuple[ObjectArray, ObjectArray]:
    """The volumes of the cells, and the (cells, outputs, d) linear parts of the maps on them."""
    regions = regions_over(function, domain)
    return volumes(regions.complex), regions.maps.exact(np.arange(regions.n_cells))[:, :, :-1]
