"""Exact tropical geometry of piecewise linear networks.

A network of affine maps and ReLUs is a tropical rational map, and a tropical rational map is a pair of
lifted Newton polytopes; everything here is computed from that, in exact rationals.

The modules import each other in one direction only:

    errors, exact -> passagemath -> polytope -> polynomial -> network -> complex -> regions
    -> plotting, export -> cli

This list is what is public.
"""

from troppoly.complex import (
    CanonicalComplex,
    Certificate,
    canonical_complex,
    tropical_map,
    tropicalize,
)
from troppoly.errors import (
    BudgetError,
    EmptyDomainError,
    FileFormatError,
    InputError,
    MissingDependencyError,
    NotFiniteError,
    ShapeError,
    TroppolyError,
    UnboundedError,
    UnsupportedError,
)
from troppoly.exact import RationalMatrix, rational, rational_vector
from troppoly.network import (
    Layer,
    Network,
    canonical_polynomial,
    formal_monomial_counts,
    load_network,
    neuron_polynomials,
    save_npz,
    tropicalize_formal,
)
from troppoly.polynomial import (
    TropicalMap,
    TropicalPolynomial,
    TropicalRational,
    pruned_product,
    pruned_sum,
)
from troppoly.polytope import (
    NormalComplex,
    PolyhedralComplex,
    lifted_polyhedron,
    normal_complex,
    restrict_to_domain,
)
from troppoly.regions import (
    Cell,
    LinearRegion,
    LinearRegions,
    linear_regions,
    network_regions_by_polytopes,
    regions_by_polytopes,
    regions_by_refinement,
)

__all__ = [
    "BudgetError",
    "CanonicalComplex",
    "Cell",
    "Certificate",
    "EmptyDomainError",
    "FileFormatError",
    "InputError",
    "Layer",
    "LinearRegion",
    "LinearRegions",
    "MissingDependencyError",
    "Network",
    "NormalComplex",
    "NotFiniteError",
    "PolyhedralComplex",
    "RationalMatrix",
    "ShapeError",
    "TropicalMap",
    "TropicalPolynomial",
    "TropicalRational",
    "TroppolyError",
    "UnboundedError",
    "UnsupportedError",
    "canonical_complex",
    "canonical_polynomial",
    "formal_monomial_counts",
    "lifted_polyhedron",
    "linear_regions",
    "load_network",
    "network_regions_by_polytopes",
    "neuron_polynomials",
    "normal_complex",
    "pruned_product",
    "pruned_sum",
    "rational",
    "rational_vector",
    "regions_by_polytopes",
    "regions_by_refinement",
    "restrict_to_domain",
    "save_npz",
    "tropical_map",
    "tropicalize",
    "tropicalize_formal",
]
