"""Polyhedra, polyhedral complexes, and what tropical polynomials make of them."""

from troppoly.polytope.lifted import lifted_points, lifted_polyhedron, restrict_to_domain
from troppoly.polytope.minkowski import dilation, hull_of_union, minkowski_sum
from troppoly.polytope.normal_complex import NormalComplex, normal_complex

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
