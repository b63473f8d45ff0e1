"""Input of gfan: fans, and lists of polynomials that stand for polytopes.

A polyhedral complex in R^d is written as its fan in R^(d+1) (:class:`troppoly.PolyhedralComplex`), whose
last coordinate is t >= 0; a fan of polynomials whose coefficients are all 0 lies at t = 0 and above it.
``gfan _fancommonrefinement -i1 f.fan -i2 g.fan`` is the fan of f * g, and ``gfan _fanhomology`` and others
read these files, too.

gfan gives a polytope as the Newton polytope of a polynomial: ``gfan _minkowskisum`` is the normal fan of
the Minkowski sum of those in a list.  A tropical polynomial is written as the conv{(a_i, c_i)} of its
exponents and coefficients, with the variable t for the last; the cones of the normal fan that have a ray
with t > 0 are those of its complex.  gfan's exponents are integers, so all points of the list are multiplied
by their least common denominator, and each polytope is moved into the positive orthant, which changes no
normal fan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from troppoly.arguments import checked
from troppoly.complex.face_lattice import ray_lists
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.errors import InputError, ShapeError, UnboundedError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import kernel
from troppoly.export.integer_monomials import moved_to_the_orthant
from troppoly.polynomial import TropicalPolynomial
from troppoly.polytope.representation import vertex_matrix
from troppoly.writing import Destination, write_text

__all__ = ["gfan_text", "write_gfan"]

_LARGEST_EXPONENT = 2**31 - 1


def gfan_text(value: PolyhedralComplex | Sequence[Any]) -> str:
    """Return the text of a fan, or of a list of polynomials for polytopes or tropical polynomials.

    ``value`` is a polyhedral complex, or a sequence of passagemath polytopes or of tropical polynomials, of
    one dimension.  Raises InputError for anything else or if an exponent does not fit into gfan's 32 bits,
    ShapeError for unequal dimensions, UnboundedError for a polyhedron that is no polytope.

    >>> print(gfan_text([TropicalPolynomial({(1, 0): 0, (0, "1/2"): -1})]), end="")
    Q[x0,x1,t]
    {x0^2*t^2+x1}
    """
    if isinstance(value, PolyhedralComplex):
        return _fan(value)
    if not isinstance(value, Iterable):
        raise InputError(
            "What is written for gfan is a PolyhedralComplex, or a sequence of polytopes or of tropical "
            f"polynomials, not a {type(value).__name__}."
        )
    value = tuple(value)
    points = [_points(entry) for entry in value]
    if not points:
        raise InputError("At least one polytope is needed.")
    dimensions = {matrix.shape[1] for matrix in points}
    if len(dimensions) > 1 or 0 in dimensions:
        raise ShapeError(f"The polytopes lie in spaces of dimensions {sorted(dimensions)}.")
    variables = [f"x{i}" for i in range(dimensions.pop())]
    if isinstance(value[0], TropicalPolynomial):
        variables[-1] = "t"
    joint = points[0]
    for matrix in points[1:]:
        joint = joint.vstack(matrix)
    scale = joint.denominator
    polynomials = [_polynomial(scale * matrix, variables) for matrix in points]
    body = ",\n".join(polynomials)
    return f"Q[{','.join(variables)}]\n{{{body}}}\n"


@checked
def write_gfan(value: PolyhedralComplex | Sequence[Any], path: Destination) -> None:
    """Write the text of :func:`gfan_text` to a file.

    Raises its errors, and OSError if the file cannot be written: then it is what it was before.

    >>> import troppoly as tp
    >>> from tempfile import mkdtemp
    >>> path = f"{mkdtemp()}/segment.gfan"
    >>> write_gfan([tp.TropicalPolynomial({(2,): 1, (0,): 0})], path)
    >>> print(open(path).read(), end="")
    Q[x0,t]
    {x0^2*t+1}
    """
    write_text(gfan_text(value), path)


def _points(value: Any) -> RationalMatrix:
    if isinstance(value, TropicalPolynomial):
        return value.lifted_points
    if not hasattr(value, "vertices_list"):
        raise InputError(
            "What is written for gfan is a PolyhedralComplex, or a sequence of polytopes or of tropical "
            f"polynomials, not of a {type(value).__name__}."
        )
    if not value.is_compact():
        raise UnboundedError("gfan gives polytopes as Newton polytopes, and this polyhedron is unbounded.")
    if value.is_empty():
        raise InputError("The empty polyhedron is the Newton polytope of no polynomial.")
    return vertex_matrix(value)


def _polynomial(points: RationalMatrix, variables: Sequence[str]) -> str:
    exponents, _ = moved_to_the_orthant([[int(a) for a in row] for row in points.numerators])
    if max(a for exponent in exponents for a in exponent) > _LARGEST_EXPONENT:
        raise InputError("The points have a common denominator with which they exceed gfan's 32 bits.")
    monomials = []
    for exponent in exponents:
        powers = [name if a == 1 else f"{name}^{a}" for name, a in zip(variables, exponent, strict=True) if a]
        monomials.append("*".join(powers) or "1")
    return "+".join(monomials)


def _fan(complex_: PolyhedralComplex) -> str:
    d = complex_.ambient_dimension
    rays = complex_.rays.homogeneous(np.arange(complex_.n_cones(1)))
    lines = complex_.lineality.hstack(RationalMatrix.zeros(complex_.lineality_dimension, 1))
    cells = ray_lists(complex_.facets, np.arange(complex_.n_cells))
    sections: dict[str, Any] = {
        "AMBIENT_DIM": [(d + 1,)],
        "DIM": [(d + 1,)],
        "LINEALITY_DIM": [(lines.shape[0],)],
        "RAYS": rays,
        "N_RAYS": [(len(rays),)],
        "LINEALITY_SPACE": lines.numerators,
        "ORTH_LINEALITY_SPACE": kernel(lines).numerators,
        "MAXIMAL_CONES": [(f"{{{' '.join(map(str, cells[i]))}}}",) for i in range(complex_.n_cells)],
    }
    head = "_application fan\n_version 2.2\n_type PolyhedralFan\n"
    blocks = ("\n".join([name, *(" ".join(map(str, row)) for row in rows)]) + "\n" for name, rows in sections.items())
    return head + "\n" + "\n".join(blocks)
