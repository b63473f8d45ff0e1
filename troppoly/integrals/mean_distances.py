"""The distances of two functions in the mean and in the square mean over a bounded domain, exactly."""

from __future__ import annotations

from typing import Any

from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.equivalence.parallel import PiecewiseLinear, as_network, difference_network
from troppoly.exact import Radical
from troppoly.integrals.integrals import l1_norm, l2_norm

__all__ = ["l1_distance", "l2_distance"]


@checked
def l1_distance(first: PiecewiseLinear, second: PiecewiseLinear, domain: Any) -> mpq:
    """Return the integral over a bounded domain of the sum of |first_i - second_i| over the outputs i.

    Errors are those of :func:`troppoly.integrals.integral`; ShapeError, too, if the functions have different
    numbers of inputs or of outputs.

    >>> import troppoly as tp
    >>> f, g = (tp.Network.from_arrays([[[1, 0]], [[slope]]]) for slope in (1, 3))
    >>> square = [(-1, 1), (0, 1)]
    >>> l1_distance(f, g, square), tp.maximum_difference(f, g, square).value
    (mpq(1,1), mpq(2,1))
    """
    return l1_norm(difference_network(as_network(first), as_network(second)), domain)


@checked
def l2_distance(first: PiecewiseLinear, second: PiecewiseLinear, domain: Any) -> Radical:
    """Return the square root of the integral over a bounded domain of the sum of the squares (first_i - second_i)^2.

    Errors are those of :func:`l1_distance`.

    >>> import troppoly as tp
    >>> f, g = (tp.Network.from_arrays([[[1, 0]], [[slope]]]) for slope in (1, 3))
    >>> l2_distance(f, g, [(-1, 1), (0, 1)]), l2_distance(f, f, [(-1, 1), (0, 1)])
    (sqrt(4/3), 0)
    """
    return l2_norm(difference_network(as_network(first), as_network(second)), domain)
