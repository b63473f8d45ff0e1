"""The geometry of linear regions: measures, neighbours, topology and statistics, exact."""

from troppoly.complex.facets import facet_inequalities
from troppoly.complex.subcomplex import Subcomplex
from troppoly.geometry.adjacency import cell_graph, region_graph
from troppoly.geometry.decision_boundary import DecisionBoundary, decision_boundary, level_set
from troppoly.geometry.distance import Distance, distance
from troppoly.geometry.lipschitz import LipschitzConstant, jacobian_norms, lipschitz_constant, operator_norm
from troppoly.geometry.statistics import cell_table, region_table
from troppoly.geometry.table import Table
from troppoly.geometry.tracking import track
from troppoly.geometry.walls import CellWall, CellWalls

__all__ = [
    "CellWall",
    "CellWalls",
    "DecisionBoundary",
    "Distance",
    "LipschitzConstant",
    "Subcomplex",
    "Table",
    "cell_graph",
    "cell_table",
    "decision_boundary",
    "distance",
    "facet_inequalities",
    "jacobian_norms",
    "level_set",
    "lipschitz_constant",
    "operator_norm",
    "region_graph",
    "region_table",
    "track",
]
