"""Redundancy of networks: units that are not needed, relations between units, and monomial counts."""

from troppoly.redundancy.effect import cells_with_effect, units_with_effect
from troppoly.redundancy.monomials import MonomialCounts, monomial_counts
from troppoly.redundancy.report import RedundancyReport, RedundantUnit, opposite_pairs, redundancy_report

__all__ = [
    "MonomialCounts",
    "RedundancyReport",
    "RedundantUnit",
    "cells_with_effect",
    "monomial_counts",
    "opposite_pairs",
    "redundancy_report",
    "units_with_effect",
]
