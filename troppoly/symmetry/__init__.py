"""Symmetry: invariant functions, orbits of cells and regions, and counting from a fundamental chamber."""

from troppoly.symmetry.cells_over_chamber import ChamberCells, chamber_cells, fan_chamber_cells
from troppoly.symmetry.finite_group import FiniteGroup, permutation_matrix
from troppoly.symmetry.invariance import equivariant, invariant, permutes_units
from troppoly.symmetry.orbits import Orbits, cell_orbits, region_orbits
from troppoly.symmetry.reflection_group import ReflectionGroup, hyperoctahedral_group, symmetric_group
from troppoly.symmetry.regions_over_chamber import ChamberRegions, chamber_regions

__all__ = [
    "ChamberCells",
    "ChamberRegions",
    "FiniteGroup",
    "Orbits",
    "ReflectionGroup",
    "cell_orbits",
    "chamber_cells",
    "chamber_regions",
    "equivariant",
    "fan_chamber_cells",
    "hyperoctahedral_group",
    "invariant",
    "permutation_matrix",
    "permutes_units",
    "region_orbits",
    "symmetric_group",
]
