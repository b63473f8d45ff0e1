"""Linear regions of piecewise linear functions, by two routes."""

from troppoly.regions.dispatch import linear_regions
from troppoly.regions.polytope_route import regions_by_polytopes
from troppoly.regions.regions import Cell, LinearRegion, LinearRegions

__all__ = ["Cell", "LinearRegion", "LinearRegions", "linear_regions", "regions_by_polytopes"]
