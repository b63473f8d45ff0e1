"""The refinement engine: canonical complexes of networks, exact, over the whole space, with all faces."""

from troppoly.complex.canonical import CanonicalComplex
from troppoly.complex.rays import Certificate
from troppoly.complex.refinement import canonical_complex
from troppoly.complex.tropicalization import tropical_map, tropicalize

__all__ = ["CanonicalComplex", "Certificate", "canonical_complex", "tropical_map", "tropicalize"]
