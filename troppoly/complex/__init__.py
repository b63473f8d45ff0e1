"""Static polyhedral complexes: faces, face lattice, facets, components, subcomplexes, homology, volume."""

from troppoly.complex.polyhedral_complex import PolyhedralComplex

__all__ = ["PolyhedralComplex"]
