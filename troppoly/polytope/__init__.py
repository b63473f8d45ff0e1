"""Lifted Newton polytopes, and the complexes that are dual to them."""

from troppoly.polytope.lifted import (
    dilation,
    hull_of_union,
    lifted_points,
    lifted_polyhedron,
    minkowski_sum,
    restrict_to_domain,
)
from troppoly.polytope.normal_fan import NormalComplex, normal_complex

__all__ = [
    "NormalComplex",
    "dilation",
    "hull_of_union",
    "lifted_points",
    "lifted_polyhedron",
    "minkowski_sum",
    "normal_complex",
    "restrict_to_domain",
]
