"""The questions where a map does not move points, and whether it takes every value, and no value twice."""

import pytest

import troppoly as tp
from tests.crossing.case import fractions, question
from tests.crossing.cones import closure_contains, dot, inner, point
from tests.crossing.piecewise import Complex, evaluate, side_by_side, step
from troppoly.passagemath import polyhedron, to_sage_rational


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


def is_injective(cells, d):
    """For all pairs of cells: all generators of the polyhedron of points (x, y) with one value have x = y."""
    zero = (0,) * d
    for i, one in enumerate(cells):
        for other in cells[: i + 1]:
            rows = [(f[d], *f[:d], *zero) for f in one.cone.forms] + [(f[d], *zero, *f[:d]) for f in other.cone.forms]
            for f, g in zip(one.forms, other.forms, strict=True):
                row = (f[d] - g[d], *f[:d], *(-v for v in g[:d]))
                rows += [row, tuple(-v for v in row)]
            pairs = polyhedron(inequalities=rows, ambient_dim=2 * d)
            generators = (*pairs.vertices_list(), *pairs.rays_list(), *pairs.lines_list())
            if any(v[:d] != v[d:] for v in generators):
                return False
    return True


def is_surjective(cells, d):
    """Whether every cell of the arrangement of all facets of images of cells has an inner point in one of them."""
    m = len(cells[0].forms)
    images = []
    for cell in cells:
        columns = list(zip(*cell.forms, strict=True))
        values = {
            name: [[sum(v * a[i] for v, a in zip(vector, columns, strict=True)) for i in range(m)] for vector in part]
            for name, part in (
                ("vertices", [(*point(r), 1) for r in cell.cone.rays if r[d]]),
                ("rays", [(*r[:d], 0) for r in cell.cone.rays if not r[d]]),
                ("lines", cell.cone.lines),
            )
        }
        directions = {name: [v for v in part if any(v)] for name, part in values.items() if name != "vertices"}
        images.append(polyhedron(values["vertices"], **directions, ambient_dim=m))
    forms = sorted({tuple(map(int, row)) for image in images if image.dim() == m for row in image.inequalities_list()})
    arrangement = tp.hyperplane_arrangement([row[1:] for row in forms] or [[0] * m], [row[0] for row in forms] or [0])
    inside = [list(map(to_sage_rational, cell.interior_point())) for cell in tp.linear_regions(arrangement).cells]
    return all(any(image.contains(y) for image in images if image.dim() == m) for y in inside)


def check_injectivity(found, program, cells, d, domain=()):
    assert bool(found) == is_injective(cells, d)
    if not found:
        one, other = map(fractions, found.points)
        assert one != other
        assert evaluate(program, one) == evaluate(program, other)
        assert all(dot(form, (*x, 1)) >= 0 for form in domain for x in (one, other))


def check_surjectivity(found, cells, d):
    assert bool(found) == is_surjective(cells, d)
    if not found:
        assert found.gap() > 0
        for cell in cells:
            rows = [(f[d], *f[:d]) for f in cell.cone.forms]
            for f, y in zip(cell.forms, fractions(found.missed), strict=True):
                row = (f[d] - y, *f[:d])
                rows += [row, tuple(-v for v in row)]
            assert polyhedron(inequalities=rows, ambient_dim=d).is_empty()


@question
def bijections(case, rng):
    """Whether a map is injective and surjective, by all pairs of cells and by all cells of an arrangement."""
    f = case.function
    f = tp.TropicalMap([f]) if isinstance(f, (tp.TropicalPolynomial, tp.TropicalRational)) else f
    found = tp.geometry.injectivity(f, case.polyhedron)
    if len(case.oracle.cells) > 6:
        return
    check_injectivity(found, case.program, case.oracle.cells, case.d, case.domain)
    if not case.domain and case.n_outputs <= 2:
        check_surjectivity(tp.geometry.surjectivity(f), case.oracle.cells, case.d)
        if case.d == case.n_outputs:
            assert bool(tp.geometry.is_homeomorphism(f)) == bool(found)
