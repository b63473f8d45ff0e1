"""Hoffman constants of matrices and of tropical maps, and effective sampling radii, exact."""

from troppoly.hoffman.bounds import lower_hoffman_constant, upper_hoffman_constant
from troppoly.hoffman.constant import Circuit, HoffmanConstant, SurjectiveSet, hoffman_constant
from troppoly.hoffman.effective_radius import EffectiveRadius, effective_radius
from troppoly.hoffman.radius_bound import (
    EffectiveRadiusBound,
    RadiusComparison,
    compare_effective_radii,
    effective_radius_bound,
)
from troppoly.hoffman.systems import CellSystem, MapHoffmanConstant, cell_systems, hoffman_constant_of

__all__ = [
    "CellSystem",
    "Circuit",
    "EffectiveRadius",
    "EffectiveRadiusBound",
    "HoffmanConstant",
    "MapHoffmanConstant",
    "RadiusComparison",
    "SurjectiveSet",
    "cell_systems",
    "compare_effective_radii",
    "effective_radius",
    "effective_radius_bound",
    "hoffman_constant",
    "hoffman_constant_of",
    "lower_hoffman_constant",
    "upper_hoffman_constant",
]
