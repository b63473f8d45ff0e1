"""Redundancy of networks: units that are not needed, relations between units, and monomial counts."""

from troppoly.redundancy.effect import cells_with_effect, units_with_effect
from troppoly.redundancy.monomials import MonomialCounts, monomial_counts
from troppoly.redundancy.relations import LayerFunctions, Relation, expression, relations
from troppoly.redundancy.report import RedundancyReport, RedundantUnit, opposite_pairs, redundancy_report

__all__ = [
    "LayerFunctions",
    "MonomialCounts",
    "RedundancyReport",
    "RedundantUnit",
    "Relation",
    "cells_with_effect",
    "expression",
    "monomial_counts",
    "opposite_pairs",
    "redundancy_report",
    "relations",
    "units_with_effect",
]
