"""Redundancy of networks: units that are not needed, relations between units, and monomial counts."""

from troppoly.redundancy.monomials import MonomialCounts
from troppoly.redundancy.report import RedundancyReport, RedundantUnit, redundancy_report

__all__ = ["MonomialCounts", "RedundancyReport", "RedundantUnit", "redundancy_report"]
