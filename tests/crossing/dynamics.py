"""The question where a map does not move points."""

import pytest

import troppoly as tp
from tests.crossing.case import fractions, question
from tests.crossing.cones import closure_contains, dot, inner, point
from tests.crossing.piecewise import Complex, evaluate, side_by_side, step
from troppoly.passagemath import to_sage_rational


def fixed_faces(program, d, domain=()):
    """The faces on which all f_i - x_i are zero: both entries of max(f_i - x_i, 0) are maximal."""
    identity = [[int(i == j) for j in range(d)] for i in range(d)]
    signs = step([*identity, [0] * d], [0] * (d + 1), [(i, d) for i in range(d)])
    oracle = Complex([*side_by_side(program, [step(identity, [0] * d)]), signs], d, domain)
    return [face for face in oracle.faces.values() if all(len(label) == 2 for label in face.label[-d:])]


def check_fixed_sets(found, program, d, domain=()):
    """They consist of fixed points, cover all of them, and none contains another one."""
    expected = fixed_faces(program, d, domain)
    polyhedra = [fixed.polyhedron() for fixed in found]
    for face in expected:
        x = [to_sage_rational(v) for v in point(inner(face.cone))]
        assert any(p.contains(x) for p in polyhedra)
    for fixed in found:
        corner = [sum(column) / len(fixed.vertices) for column in zip(*fixed.vertices, strict=True)]
        for x in (corner, *fixed.vertices, *([a + b for a, b in zip(corner, r, strict=True)] for r in fixed.rays)):
            assert evaluate(program, fractions(x)) == fractions(x)
            assert all(dot(form, (*fractions(x), 1)) >= 0 for form in domain)
        assert set(fixed.cells) <= {cell.index for cell in fixed.regions.cells.at(corner)}
    isolated = [
        face
        for face in expected
        if face.dimension == 0
        and not any(f is not face and closure_contains(f.cone, inner(face.cone)) for f in expected)
    ]
    assert sum(fixed.dimension == 0 for fixed in found) == len(isolated)
    assert max((f.dimension for f in found), default=-1) == max((f.dimension for f in expected), default=-1)
    assert not any(p == (p & q) for p in polyhedra for q in polyhedra if p is not q)


@question
def fixed_points(case, rng):
    """The fixed points of a map of R^d to itself; others are refused."""
    f = case.function
    f = tp.TropicalMap([f]) if isinstance(f, (tp.TropicalPolynomial, tp.TropicalRational)) else f
    if not isinstance(f, tp.PolyhedralComplex) and case.d != case.n_outputs:
        with pytest.raises(tp.ShapeError):
            tp.geometry.fixed_points(f, case.polyhedron)
        return
    found = tp.geometry.fixed_points(f, case.polyhedron)
    if len(case.oracle.cells) <= 8:  # brute force
        check_fixed_sets(found, case.program, case.d, case.domain)
