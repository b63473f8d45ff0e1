"""The refinement engine: canonical complexes of networks, exact, over the whole space, with all faces."""

from troppoly.refinement.canonical import CanonicalComplex
from troppoly.refinement.certificate import Certificate
from troppoly.refinement.refinement import canonical_complex
from troppoly.refinement.tropicalization import tropical_map, tropicalize

__all__ = ["CanonicalComplex", "Certificate", "canonical_complex", "tropical_map", "tropicalize"]
