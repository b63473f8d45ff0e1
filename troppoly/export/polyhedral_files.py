"""Polyhedra, complexes and tropical polynomials for polymake and gfan, exactly.

*polymake* (its JSON, since version 4.0; ``$c = load("regions.fan"); print $c->F_VECTOR;``):

====================== ==================================== ========================================
what is written        polymake's type                      properties
====================== ==================================== ========================================
``Polyhedron``         ``polytope::Polytope<Rational>``     POINTS, INPUT_LINEALITY
``PolyhedralComplex``  ``fan::PolyhedralComplex<Rational>`` POINTS, INPUT_POLYTOPES, INPUT_LINEALITY
``TropicalPolynomial`` ``tropical::Hypersurface<Max>``      MONOMIALS, COEFFICIENTS
====================== ==================================== ========================================

Points are homogeneous, with the coordinate 1 for points and 0 for directions in front.  Monomials are homogenized with
a variable x_0 in front, and are those of N f up to a monomial factor (:mod:`troppoly.export.integer_monomials`):
polymake's weights are N times those of the hypersurface of f.

*gfan*: a polyhedral complex in R^d is written as its fan in R^(d+1) (:class:`troppoly.PolyhedralComplex`), whose last
coordinate is t >= 0: ``gfan _fancommonrefinement -i1 f.fan -i2 g.fan`` is the fan of f * g.  A polytope is given as the
Newton polytope of a polynomial: ``gfan _minkowskisum`` is the normal fan of the Minkowski sum of those in a list.  A
tropical polynomial is written as the conv{(a_i, c_i)} of its exponents and coefficients, with the variable t for the
last; the cones of the normal fan that have a ray with t > 0 are those of its complex.  All points of the list are
multiplied by their least common denominator, and each polytope is moved into the positive orthant, which changes no
normal fan.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.complex.face_lattice import ray_lists
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.errors import InputError, ShapeError, UnboundedError, kind_of
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import kernel
from troppoly.exact.scalar import ObjectArray
from troppoly.export.integer_monomials import as_integers, integer_monomials
from troppoly.network.json_values import texts
from troppoly.passagemath import Polyhedron, vertex_matrix
from troppoly.polynomial import TropicalPolynomial
from troppoly.writing import Destination, write_text

__all__ = ["write_gfan", "write_polymake"]


def _described(complex_: PolyhedralComplex) -> tuple[ObjectArray, RationalMatrix, list[list[int]]]:
    """The rays (x, t), a basis (x, 0) of the lines, and the rays of every cell."""
    cells = [cell.tolist() for cell in ray_lists(complex_.facets, np.arange(complex_.n_cells))]
    return complex_.homogeneous_rays, complex_.homogeneous_lines, cells


@checked
def write_polymake(value: Polyhedron | PolyhedralComplex | TropicalPolynomial, path: Destination) -> None:
    """Write a data file of polymake.

    Raises InputError for the empty polyhedron and if an exponent does not fit into 64 bits, as polymake's do, and
    OSError if the file cannot be written: then it is what it was before.

    >>> import io
    >>> write_polymake(TropicalPolynomial({(2, 0): 0, (0, 2): "1/2"}), file := io.BytesIO())
    >>> print(file.getvalue().decode(), end="")
    {"_ns": {"polymake": ["https://polymake.org", "4.0"]},
    "_type": "tropical::Hypersurface<Max>",
    "MONOMIALS": [[0, 2, 0], [0, 0, 2]],
    "COEFFICIENTS": ["0", "1/2"]}
    """
    properties: dict[str, Any]
    if isinstance(value, PolyhedralComplex):
        kind, no_rows = "fan::PolyhedralComplex<Rational>", [{"cols": value.ambient_dimension + 1}]
        rays, lines, cells = _described(value)
        points = [["1", *texts(mpq(x, t) for x in row)] if t else ["0", *texts(row)] for *row, t in rays]
        rows = [["0", *texts(row[:-1])] for row in lines]
        properties = {"POINTS": points, "INPUT_POLYTOPES": cells, "INPUT_LINEALITY": rows or no_rows}
    elif isinstance(value, TropicalPolynomial):
        kind, (exponents, coefficients, *_) = "tropical::Hypersurface<Max>", integer_monomials(value, 64)
        degree = max(map(sum, exponents))
        as_integers(np.array([[degree]], dtype=object), 64)
        monomials = [[degree - sum(exponent), *exponent] for exponent in exponents]
        properties = {"MONOMIALS": monomials, "COEFFICIENTS": texts(coefficients)}
    else:
        kind, no_rows = "polytope::Polytope<Rational>", [{"cols": value.ambient_dim() + 1}]
        if value.is_empty():
            raise InputError("The empty polyhedron has no vertices that could be written.")
        points = [["1", *texts(v)] for v in value.vertices_list()] + [["0", *texts(r)] for r in value.rays_list()]
        rows = [["0", *texts(line)] for line in value.lines_list()]
        properties = {"POINTS": points, "INPUT_LINEALITY": rows or no_rows}
    record = {"_ns": {"polymake": ["https://polymake.org", "4.0"]}, "_type": kind} | properties
    members = (f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in record.items())
    write_text("{" + ",\n".join(members) + "}\n", path)


@checked
def write_gfan(value: PolyhedralComplex | Iterable[Polyhedron | TropicalPolynomial], path: Destination) -> None:
    """Write a polyhedral complex as a fan, or a list of polytopes or tropical polynomials of one dimension, for gfan.

    Raises InputError if an exponent does not fit into gfan's 32 bits, ShapeError for unequal dimensions, UnboundedError
    for a polyhedron that is not a polytope, and OSError if the file cannot be written: then it is what it was before.

    >>> import io
    >>> write_gfan([TropicalPolynomial({(1, 0): 0, (0, "1/2"): -1})], file := io.BytesIO())
    >>> print(file.getvalue().decode(), end="")
    Q[x0,x1,t]
    {x0^2*t^2+x1}
    """
    write_text(_fan(value) if isinstance(value, PolyhedralComplex) else _polynomials(tuple(value)), path)


def _polynomials(value: tuple[Any, ...]) -> str:
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
    polynomials = [_polynomial((matrix * joint.denominator).numerators, variables) for matrix in points]
    body = ",\n".join(polynomials)
    return f"Q[{','.join(variables)}]\n{{{body}}}\n"


def _points(value: Any) -> RationalMatrix:
    if isinstance(value, TropicalPolynomial):
        return value.lifted_points
    if not hasattr(value, "vertices_list"):
        raise InputError(
            f"What is written for gfan is a list of polytopes or polynomials, and {kind_of(value)} is neither."
        )
    if not value.is_compact():
        raise UnboundedError("gfan gives polytopes as Newton polytopes, and this polyhedron is unbounded.")
    if value.is_empty():
        raise InputError("The empty polyhedron is the Newton polytope of no polynomial.")
    return vertex_matrix(value)


def _polynomial(points: ObjectArray, variables: Sequence[str]) -> str:
    monomials = []
    for exponent in as_integers(points - points.min(axis=0), 32):
        powers = (name + f"^{a}" * (a != 1) for name, a in zip(variables, exponent, strict=True) if a)
        monomials.append("*".join(powers) or "1")
    return "+".join(monomials)


def _fan(complex_: PolyhedralComplex) -> str:
    dimension = complex_.ambient_dimension + 1
    rays, lines, cells = _described(complex_)
    sections: dict[str, Any] = {
        "AMBIENT_DIM": [(dimension,)],
        "DIM": [(dimension,)],
        "LINEALITY_DIM": [(len(lines),)],
        "RAYS": rays,
        "N_RAYS": [(len(rays),)],
        "LINEALITY_SPACE": lines.numerators,
        "ORTH_LINEALITY_SPACE": kernel(lines).numerators,
        "MAXIMAL_CONES": [(f"{{{' '.join(map(str, cell))}}}",) for cell in cells],
    }
    blocks = ("\n".join([name, *(" ".join(map(str, row)) for row in rows)]) + "\n" for name, rows in sections.items())
    return "_application fan\n_version 2.2\n_type PolyhedralFan\n\n" + "\n".join(blocks)
