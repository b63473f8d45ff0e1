"""Exact comparison of piecewise linear functions: equality, and the largest difference on a polytope."""

from troppoly.equivalence.as_network import PiecewiseLinear, as_network
from troppoly.equivalence.maximum import MaximumDifference, maximum_difference
from troppoly.equivalence.decision import Equivalence, equivalent
from troppoly.equivalence.parallel import difference_network, share_units

__all__ = [
    "Equivalence",
    "MaximumDifference",
    "PiecewiseLinear",
    "as_network",
    "difference_network",
    "equivalent",
    "maximum_difference",
    "share_units",
]
