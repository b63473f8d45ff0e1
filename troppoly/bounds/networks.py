"""Bounds of the number of linear regions of networks of given widths, and an estimate at initialization.

A network of shape (n; n_1, ..., n_L) has n inputs and L layers of rectified units of widths n_1, ..., n_L.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, factorial, prod

from troppoly.arguments import Positive, checked
from troppoly.errors import InputError

__all__ = ["hanin_rolnick_estimate", "montufar_lower_bound", "serra_upper_bound"]


@checked
def montufar_lower_bound(n: Positive, widths: Sequence[Positive]) -> int:
    """Return a number of regions that some network of this shape attains, exactly.

    It is prod_{l < L} floor(n_l / n)^n times sum_{j <= n} C(n_L, j), as many as the cells of
    :func:`troppoly.network.constructions.folding_network` in the unit cube (Montufar, Pascanu, Cho and Bengio, On the
    number of linear regions of deep neural networks, NeurIPS 2014, Theorem 5).

    Raises InputError if a width is less than the number of inputs, where the construction does not apply.

    >>> montufar_lower_bound(2, [4, 4]), montufar_lower_bound(2, [8, 8])
    (44, 592)
    """
    _check(widths)
    if min(widths) < n:
        raise InputError(f"The bound needs widths of at least {n}, not {min(widths)}.")
    folds: int = prod((width // n) ** n for width in widths[:-1])
    return folds * sum(comb(widths[-1], j) for j in range(n + 1))


@checked
def serra_upper_bound(n: Positive, widths: Sequence[Positive]) -> int:
    """Return a number of linear regions, or of cells, that no network of this shape exceeds, exactly.

    It is the sum of prod_l C(n_l, j_l) over all (j_1, ..., j_L) with
    0 <= j_l <= min(n, n_1 - j_1, ..., n_(l-1) - j_(l-1), n_l) (Serra, Tjandraatmadja and Ramalingam, Bounding and
    counting linear regions of deep neural networks, ICML 2018, Theorem 1).

    *Proof.*  Let R_l(D) be the most regions that the layers l, l + 1, ... make of an affine space of dimension D.
    Layer l, of m units, cuts it into at most sum_{j <= D} C(m, j) cells.  At most C(m, j) of them have j inactive
    units, so images of dimension at most min(D, m - j), and at most R_(l+1)(min(D, m - j)) regions each.  This does not
    grow with j, so the sum over the cells is largest if C(m, j) of them have j inactive units, for j = 0, ..., D.
    Unfolding the recursion gives the sum.  QED

    >>> serra_upper_bound(2, [4, 4]), serra_upper_bound(2, [8, 8]), serra_upper_bound(3, [2, 2])
    (121, 1369, 11)
    """
    _check(widths)
    n = min(n, max(widths))  # a larger D makes no difference
    regions = [1] * (n + 1)  # R_(l+1)(D) for D = 0, ..., n
    for width in reversed(widths):
        regions = [
            sum(comb(width, j) * regions[min(dimension, width - j)] for j in range(min(dimension, width) + 1))
            for dimension in range(n + 1)
        ]
    return regions[n]


@checked
def hanin_rolnick_estimate(n: Positive, widths: Sequence[Positive]) -> float:
    """Return N^n / n!, a heuristic for the expected number of linear regions at initialization (a float).

    N is the number of all rectified units, in whatever layers.  For random weights and biases with bounded densities,
    the expected number of activation patterns met in a cube is at most (T N)^n / n! times its volume for N >= n, with
    an unknown constant T (Hanin and Rolnick, Deep ReLU networks have surprisingly few activation patterns, NeurIPS
    2019, Theorem 5); the estimate takes T = 1 and a unit of volume, and bounds nothing.  For N < n it is 2^N.

    Raises InputError if it is beyond the range of floats.

    >>> hanin_rolnick_estimate(2, [8, 8])
    128.0
    """
    _check(widths)
    units = sum(widths)
    try:
        return float(2**units) if units < n else units**n / factorial(n)
    except OverflowError:
        raise InputError(f"The estimate for {n} inputs and {units} units is beyond the range of floats.") from None


def _check(widths: Sequence[int]) -> None:
    if not len(widths):
        raise InputError("A network has at least one layer.")
