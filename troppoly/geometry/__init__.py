"""The geometry of linear regions: measures, neighbors, topology and statistics, exact."""

from troppoly.complex.subcomplex import Subcomplex
from troppoly.geometry.boundaries import DecisionBoundary, decision_boundary, level_set
from troppoly.geometry.definitions import RegionCounts, region_counts
from troppoly.geometry.distances import Distance, distance
from troppoly.geometry.dynamics import FixedSet, fixed_points
from troppoly.geometry.homeomorphisms import Injectivity, Surjectivity, injectivity, is_homeomorphism, surjectivity
from troppoly.geometry.lipschitz import LipschitzConstant, jacobian_norms, lipschitz_constant
from troppoly.geometry.spectral_norms import SpectralNorm
from troppoly.geometry.tables import Table, cell_table, region_table, track
from troppoly.geometry.walls import CellWall, CellWalls, cell_graph, region_graph

__all__ = [
    "CellWall",
    "CellWalls",
    "DecisionBoundary",
    "Distance",
    "FixedSet",
    "Injectivity",
    "LipschitzConstant",
    "RegionCounts",
    "SpectralNorm",
    "Subcomplex",
    "Surjectivity",
    "Table",
    "cell_graph",
    "cell_table",
    "decision_boundary",
    "distance",
    "fixed_points",
    "injectivity",
    "is_homeomorphism",
    "jacobian_norms",
    "level_set",
    "lipschitz_constant",
    "region_counts",
    "region_graph",
    "region_table",
    "surjectivity",
    "track",
]
