"""Exact comparison of piecewise linear functions: equality, and the largest difference on a polytope."""

from troppoly.equivalence.as_network import PiecewiseLinear, as_network
from troppoly.equivalence.bound import DifferenceBound, difference_bound
from troppoly.equivalence.decision import Equivalence, equivalent
from troppoly.equivalence.parallel import difference_network, share_units

__all__ = [
    "DifferenceBound",
    "Equivalence",
    "PiecewiseLinear",
    "as_network",
    "difference_bound",
    "difference_network",
    "equivalent",
    "share_units",
]
