from . import (
    bounds,
    complex,
    compression,
    counting,
    data,
    divisors,
    equivalence,
    errors,
    exact,
    export,
    geometry,
    hoffman,
    local,
    network,
    parameters,
    plotting,
    polynomial,
    polytope,
    redundancy,
    refinement,
    regions,
    sampling,
    symmetry,
)
from .complex import PolyhedralComplex
from .compression import compress
from .counting import Census, census
from .data import data_regions
from .divisors import decomposition_polyhedron, divisor, is_concave, is_convex, minimal_decompositions
from .equivalence import equivalent, maximum_difference
from .errors import (
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
from .exact import RationalMatrix, rational
from .export import read_json, write_json
from .geometry import decision_boundary, lipschitz_constant, region_counts, track
from .hoffman import effective_radius, hoffman_constant
from .local import cell_at, explore, segment
from .network import Layer, Network, formal_monomial_counts, hyperplane_arrangement, load_network, maxout, to_network
from .parameters import functional_dimension
from .polynomial import TropicalMap, TropicalPolynomial, TropicalRational
from .polytope import normal_complex
from .redundancy import redundancy_report
from .refinement import CanonicalComplex, canonical_complex, tropical_map, tropicalize
from .regions import Cell, LinearRegion, LinearRegions, linear_regions

__version__: str

__all__ = [
    "BudgetError",
    "CanonicalComplex",
    "Cell",
    "Census",
    "EmptyDomainError",
    "FileFormatError",
    "InputError",
    "Layer",
    "LinearRegion",
    "LinearRegions",
    "MissingDependencyError",
    "Network",
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
    "bounds",
    "canonical_complex",
    "cell_at",
    "census",
    "complex",
    "compress",
    "compression",
    "counting",
    "data",
    "data_regions",
    "decision_boundary",
    "decomposition_polyhedron",
    "divisor",
    "divisors",
    "effective_radius",
    "equivalence",
    "equivalent",
    "errors",
    "exact",
    "explore",
    "export",
    "formal_monomial_counts",
    "functional_dimension",
    "geometry",
    "hoffman",
    "hoffman_constant",
    "hyperplane_arrangement",
    "is_concave",
    "is_convex",
    "linear_regions",
    "lipschitz_constant",
    "load_network",
    "local",
    "maximum_difference",
    "maxout",
    "minimal_decompositions",
    "network",
    "normal_complex",
    "parameters",
    "plotting",
    "polynomial",
    "polytope",
    "rational",
    "read_json",
    "redundancy",
    "redundancy_report",
    "refinement",
    "region_counts",
    "regions",
    "sampling",
    "segment",
    "symmetry",
    "to_network",
    "track",
    "tropical_map",
    "tropicalize",
    "write_json",
]
