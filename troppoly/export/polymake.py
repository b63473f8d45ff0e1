"""Data files of polymake (its JSON format, since polymake 4.0), with exact rationals.

========================== ==================================== ==================================
what is written            polymake's type                      properties
========================== ==================================== ==================================
passagemath ``Polyhedron`` ``polytope::Polytope<Rational>``     POINTS, INPUT_LINEALITY
``PolyhedralComplex``      ``fan::PolyhedralComplex<Rational>`` POINTS, INPUT_POLYTOPES,
                                                                INPUT_LINEALITY
``TropicalPolynomial``     ``tropical::Hypersurface<Max>``      MONOMIALS, COEFFICIENTS
========================== ==================================== ==================================

Points are homogeneous, with the coordinate 1 for points and 0 for directions in front.  Monomials are
homogenised with a variable x_0 in front, and are those of N f up to a monomial factor
(:mod:`troppoly.export.integer_monomials`): polymake's weights are N times those of the hypersurface of f.

In polymake: ``$c = load("regions.fan"); print $c->F_VECTOR;``
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
from troppoly.errors import InputError
from troppoly.export.integer_monomials import integer_monomials
from troppoly.network.json_values import texts
from troppoly.polynomial import TropicalPolynomial
from troppoly.writing import Destination, write_text

__all__ = ["polymake_text", "write_polymake"]

_VERSION = "4.0"


def polymake_text(value: Any) -> str:
    """Return the text of a data file of a ``Polyhedron``, ``PolyhedralComplex`` or ``TropicalPolynomial``.

    Raises InputError for anything else, for the empty polyhedron, and if an exponent does not fit into 64
    bits, as polymake's do.

    >>> print(polymake_text(TropicalPolynomial({(2, 0): 0, (0, 2): "1/2"})), end="")
    {"_ns": {"polymake": ["https://polymake.org", "4.0"]},
    "_type": "tropical::Hypersurface<Max>",
    "MONOMIALS": [[0, 2, 0], [0, 0, 2]],
    "COEFFICIENTS": ["0", "1/2"]}
    """
    if isinstance(value, PolyhedralComplex):
        kind, properties = "fan::PolyhedralComplex<Rational>", _complex(value)
    elif isinstance(value, TropicalPolynomial):
        kind, properties = "tropical::Hypersurface<Max>", _hypersurface(value)
    elif hasattr(value, "vertices_list"):
        kind, properties = "polytope::Polytope<Rational>", _polytope(value)
    else:
        raise InputError(
            "What is written for polymake is a Polyhedron, PolyhedralComplex or TropicalPolynomial, "
            f"not a {type(value).__name__}."
        )
    record = {"_ns": {"polymake": ["https://polymake.org", _VERSION]}, "_type": kind} | properties
    members = (f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in record.items())
    return "{" + ",\n".join(members) + "}\n"


@checked
def write_polymake(value: Any, path: Destination) -> None:
    """Write the text of :func:`polymake_text` to a file.

    Raises its errors, and OSError if the file cannot be written: then it is what it was before.

    >>> import troppoly as tp
    >>> from tempfile import mkdtemp
    >>> path = f"{mkdtemp()}/f.poly"
    >>> write_polymake(tp.TropicalPolynomial({(2,): 1, (0,): 0}).newton_polytope(), path)
    >>> print(open(path).read(), end="")
    {"_ns": {"polymake": ["https://polymake.org", "4.0"]},
    "_type": "polytope::Polytope<Rational>",
    "POINTS": [["1", "0"], ["1", "2"]],
    "INPUT_LINEALITY": [{"cols": 2}]}
    """
    write_text(polymake_text(value), path)


def _polytope(polyhedron: Any) -> dict[str, Any]:
    vertices, rays, lines = (getattr(polyhedron, name)() for name in ("vertices_list", "rays_list", "lines_list"))
    if not vertices:
        raise InputError("The empty polyhedron has no vertices that could be written.")
    width = polyhedron.ambient_dim() + 1
    points = [["1", *texts(v)] for v in vertices] + [["0", *texts(r)] for r in rays]
    return {"POINTS": points, "INPUT_LINEALITY": _matrix((["0", *texts(line)] for line in lines), width)}


def _complex(complex_: PolyhedralComplex) -> dict[str, Any]:
    width = complex_.ambient_dimension + 1
    rays = complex_.rays.homogeneous(np.arange(complex_.n_cones(1)))
    cells = ray_lists(complex_.facets, np.arange(complex_.n_cells))
    lines = (["0", *texts(complex_.lineality.row(i))] for i in range(complex_.lineality_dimension))
    return {
        "POINTS": [_point(row) for row in rays],
        "INPUT_POLYTOPES": [cells[i].tolist() for i in range(complex_.n_cells)],
        "INPUT_LINEALITY": _matrix(lines, width),
    }


def _point(ray: Sequence[Any]) -> list[str]:
    """A ray (x, t) as polymake's (1, x / t) or (0, x)."""
    t = ray[-1]
    return ["1", *texts(mpq(x, t) for x in ray[:-1])] if t else ["0", *texts(ray[:-1])]


def _matrix(rows: Iterable[list[str]], width: int) -> list[Any]:
    """The rows; a matrix without rows says how many columns it has."""
    return list(rows) or [{"cols": width}]


def _hypersurface(polynomial: TropicalPolynomial) -> dict[str, Any]:
    monomials = integer_monomials(polynomial)
    degree = max(sum(exponent) for exponent in monomials.exponents)
    if degree >= 2**63:
        raise InputError(f"The exponents have a common denominator {monomials.scale}, beyond 64 bits.")
    rows = [[degree - sum(exponent), *exponent] for exponent in monomials.exponents]
    return {"MONOMIALS": rows, "COEFFICIENTS": texts(monomials.coefficients)}
