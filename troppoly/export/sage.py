"""Polyhedral complexes as those of Sage.

(Tropical polynomials are converted by :meth:`troppoly.TropicalPolynomial.to_sage`, single faces by ``polyhedron()``.)
"""

from __future__ import annotations

from typing import Any

from troppoly.arguments import checked
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.errors import MissingDependencyError
from troppoly.passagemath import load

__all__ = ["to_sage_complex"]


@checked
def to_sage_complex(complex: PolyhedralComplex) -> Any:
    """Return Sage's ``PolyhedralComplex`` of the cells of a complex.

    Sage keeps every cell as a ``Polyhedron`` and does not use the face lattice, so this is for small complexes.  Raises
    MissingDependencyError if Sage's cell complexes are not installed (``pip install 'troppoly[sage]'``).

    >>> import troppoly as tp
    >>> line = tp.TropicalPolynomial({(1,): 0, (0,): 0}).normal_complex().complex
    >>> tp.export.to_sage_complex(line)  # doctest: +SKIP
    Polyhedral complex with 2 maximal cells
    """
    try:
        module = load("sage.geometry.polyhedral_complex")
    except ImportError as error:
        raise MissingDependencyError(
            "Sage's complexes need the package 'passagemath-graphs': pip install 'troppoly[sage]'."
        ) from error
    cells, options = [cell.polyhedron() for cell in complex.cells], {"ambient_dim": complex.ambient_dimension}
    return module.PolyhedralComplex(cells, maximality_check=False, face_to_face_check=False, **options)
