"""Hoffman constants of matrices, cells, regions and tropical maps, and effective sampling radii, exact."""

from troppoly.hoffman.brackets import lower_hoffman_constant, upper_hoffman_constant
from troppoly.hoffman.constant import HoffmanConstant
from troppoly.hoffman.radius import EffectiveRadius, EffectiveRadiusBound, effective_radius, effective_radius_bound
from troppoly.hoffman.systems import CellSystem, MapHoffmanConstant, cell_systems, hoffman_constant

__all__ = [
    "CellSystem",
    "EffectiveRadius",
    "EffectiveRadiusBound",
    "HoffmanConstant",
    "MapHoffmanConstant",
    "cell_systems",
    "effective_radius",
    "effective_radius_bound",
    "hoffman_constant",
    "lower_hoffman_constant",
    "upper_hoffman_constant",
]
