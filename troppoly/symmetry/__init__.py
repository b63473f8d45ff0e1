"""Symmetry: invariant functions, orbits of cells and regions, and counting from a fundamental chamber."""

from troppoly.symmetry.chamber_cells import ChamberCells, chamber_cells, fan_chamber_cells
from troppoly.symmetry.chamber_regions import ChamberRegions, chamber_regions
from troppoly.symmetry.finite_group import FiniteGroup, permutation_matrix
from troppoly.symmetry.invariance import equivariant, invariant
from troppoly.symmetry.orbit_sizes import ReflectionOrbits
from troppoly.symmetry.orbits import Orbits, cell_orbits, region_orbits
from troppoly.symmetry.reflection_group import ReflectionGroup, hyperoctahedral_group, symmetric_group
from troppoly.symmetry.units import permutes_units

__all__ = [
    "ChamberCells",
    "ChamberRegions",
    "FiniteGroup",
    "Orbits",
    "ReflectionGroup",
    "ReflectionOrbits",
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
