"""The census of a complex that need not fit in memory: counts, sums and extrema, part by part."""

from troppoly.counting.distinct_forms import DistinctMaps, Monomials
from troppoly.counting.driver import census
from troppoly.counting.linear_regions import LinearRegions
from troppoly.counting.lipschitz import Lipschitz
from troppoly.counting.measure import Measure
from troppoly.counting.outcome import Census
from troppoly.counting.volumes import Volumes
from troppoly.counting.walls import Facets, WallDepths

__all__ = [
    "Census",
    "DistinctMaps",
    "Facets",
    "LinearRegions",
    "Lipschitz",
    "Measure",
    "Monomials",
    "Volumes",
    "WallDepths",
    "census",
]
