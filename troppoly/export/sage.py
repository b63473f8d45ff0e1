"""Polyhedral complexes as those of Sage.

(Tropical polynomials are converted by :meth:`troppoly.TropicalPolynomial.to_sage`, and single faces by
``polyhedron()``.)
"""

from __future__ import annotations

from typing import Any

from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.errors import InputError, MissingDependencyError
from troppoly.passagemath import load

__all__ = ["to_sage_complex"]


def to_sage_complex(complex: PolyhedralComplex) -> Any:
    """Return Sage's ``PolyhedralComplex`` of the cells of a complex.

    Sage keeps every cell as a ``Polyhedron`` and does not use the face lattice, so this is for small complexes.
    Raises InputError for anything else, and MissingDependencyError if Sage's cell complexes are not installed
    (``pip install 'troppoly[sage]'``).
    """
    if not isinstance(complex, PolyhedralComplex):
        raise InputError(f"What is converted is a PolyhedralComplex, not a {type(complex).__name__}.")
    try:
        module = load("sage.geometry.polyhedral_complex")
    except ImportError as error:
        raise MissingDependencyError(
            "Sage's complexes need the package 'passagemath-graphs': pip install 'troppoly[sage]'."
        ) from error
    return module.PolyhedralComplex(
        [cell.polyhedron() for cell in complex.cells],
        maximality_check=False,
        face_to_face_check=False,
        ambient_dim=complex.ambient_dimension,
    )
