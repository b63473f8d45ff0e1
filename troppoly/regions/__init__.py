"""Linear regions of piecewise linear functions, by two routes."""

from troppoly.regions.dispatch import linear_regions
from troppoly.regions.linear_regions import Cell, LinearRegion, LinearRegions
from troppoly.regions.polytope_route import regions_by_polytopes

__all__ = ["Cell", "LinearRegion", "LinearRegions", "linear_regions", "regions_by_polytopes"]
