"""Exact comparison of piecewise linear functions: equality, and the largest difference on a polytope."""

from troppoly.equivalence.decision import Equivalence, equivalent
from troppoly.equivalence.maximum import MaximumDifference, maximum_difference
from troppoly.equivalence.parallel import as_network

__all__ = ["Equivalence", "MaximumDifference", "as_network", "equivalent", "maximum_difference"]
