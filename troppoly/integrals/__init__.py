"""Exact integrals of piecewise linear functions over bounded domains."""

from troppoly.integrals.gradients import expected_gradient, mean_squared_gradient
from troppoly.integrals.integrals import integral, l1_norm, l2_norm, moment
from troppoly.integrals.mean_distances import l1_distance, l2_distance

__all__ = [
    "expected_gradient",
    "integral",
    "l1_distance",
    "l1_norm",
    "l2_distance",
    "l2_norm",
    "mean_squared_gradient",
    "moment",
]
