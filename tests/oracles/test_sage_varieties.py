"""Sage's tropical varieties as an outside oracle: vertices, walls and weights of curves and surfaces.

They are computed in Sage's symbolic ring (pip install passagemath-symbolics).
"""

from collections import Counter
from random import Random

import passagemath_polyhedra  # noqa: F401
import pytest

from troppoly.passagemath import to_mpq
from troppoly.polynomial import TropicalPolynomial
from troppoly.polytope.hypersurface import lattice_length

pytest.importorskip(
    "sage.symbolic.ring", reason="Sage's tropical varieties need passagemath-symbolics", exc_type=ImportError
)


def random_polynomial(d, seed):
    """Up to five monomials with small exponents and coefficients, so that ties are frequent."""
    random = Random(seed)
    return TropicalPolynomial({tuple(random.randrange(4) for _ in range(d)): random.randrange(-4, 5) for _ in range(5)})


def outgoing(wall, vertex):
    """The weighted primitive direction of an edge of a curve, away from one of its vertices."""
    direction = [b - a for a, b in zip(vertex, wall.face.interior_point(), strict=True)]
    length = lattice_length(direction)
    return tuple(wall.weight * v / length for v in direction)


@pytest.mark.parametrize("seed", range(25))
def test_curves(seed):
    f = random_polynomial(2, seed)
    variety = f.to_sage().tropical_variety()
    curve = f.hypersurface()
    assert Counter(int(component[2]) for component in variety.components()) == Counter(
        int(wall.weight) for wall in curve
    )
    vertices = {
        face.vertices()[0]: Counter(outgoing(wall, face.vertices()[0]) for wall in curve if face in wall.face.facets())
        for face in f.normal_complex().complex.faces(0)
    }
    weight_vectors = variety.weight_vectors() if vertices else {}
    assert vertices == {
        tuple(to_mpq(v.pyobject()) for v in vertex): Counter(tuple(map(to_mpq, v)) for v in vectors)
        for vertex, vectors in weight_vectors.items()
    }


@pytest.mark.parametrize("seed", range(10))
def test_surfaces(seed):
    f = random_polynomial(3, seed)
    components = f.to_sage().tropical_variety().components()
    assert Counter(int(component[2]) for component in components) == Counter(
        int(wall.weight) for wall in f.hypersurface()
    )
