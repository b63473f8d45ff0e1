"""Local geometry in any dimension: one cell, its neighbors, straight lines; exact, without the complex."""

from troppoly.local.cell_facets import Extremum, LocalFacet, RedundantInequality
from troppoly.local.cells import LocalCell, cell_at, cells_at, local_cell
from troppoly.local.checking import check_facet, check_redundant, wall_forms
from troppoly.local.euclidean import EuclideanBall
from troppoly.local.exploration import Exploration, explore
from troppoly.local.segments import Piece, Segment, path, ray, segment

__all__ = [
    "EuclideanBall",
    "Exploration",
    "Extremum",
    "LocalCell",
    "LocalFacet",
    "Piece",
    "RedundantInequality",
    "Segment",
    "cell_at",
    "cells_at",
    "check_facet",
    "check_redundant",
    "explore",
    "local_cell",
    "path",
    "ray",
    "segment",
    "wall_forms",
]
