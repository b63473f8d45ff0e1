"""The topology of piecewise affine functions: critical points, persistence, and the homology of level sets."""

from troppoly.topology.barcodes import Bar, Barcode, persistence, superlevel_persistence
from troppoly.topology.chains import Homology, homology
from troppoly.topology.critical import CriticalPoints, FlatSet, critical_points
from troppoly.topology.sublevels import sublevel_homology, superlevel_homology

__all__ = [
    "Bar",
    "Barcode",
    "CriticalPoints",
    "FlatSet",
    "Homology",
    "critical_points",
    "homology",
    "persistence",
    "sublevel_homology",
    "superlevel_homology",
    "superlevel_persistence",
]
