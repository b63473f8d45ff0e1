"""Questions about the complex of a function, its cells and linear regions, and their sizes."""

from collections import Counter
from fractions import Fraction
from itertools import combinations
from math import inf

import numpy as np
import pytest

import troppoly as tp
from tests.crossing.case import fraction, fractions, question
from tests.crossing.cones import (
    centroid,
    closure_contains,
    cut,
    determinant,
    directions,
    dot,
    half_space,
    inner,
    is_bounded,
    least_height,
    modulo,
    point,
    primitive,
    rank,
    squared_measure,
    vertices,
)
from tests.crossing.cones import volume as cone_volume
from tests.crossing.piecewise import Complex, before, equal, homology, step
from tests.crossing.sources import vector
from troppoly.geometry import CellWalls
from troppoly.passagemath import polyhedron, to_sage_rational

REFUSED = (tp.InputError, tp.UnsupportedError)


def complex_of(case):
    return case.function if isinstance(case.function, tp.PolyhedralComplex) else case.regions.complex


def label_of(case, face):
    return case.oracle.at(fractions(face.interior_point())).label


def map_of(part):
    """The forms (a_1, ..., a_d, c) of the outputs on a cell or region."""
    matrix, constants = part.affine_map
    return tuple((*fractions(row), fraction(b)) for row, b in zip(matrix, constants, strict=True))


def representatives(case, points):
    """Points or directions modulo the lines of the complex."""
    lines = [v[:-1] for v in case.oracle.cells[0].cone.lines]
    return frozenset(modulo(fractions(p), lines) for p in points)


@question
def faces(case, rng):
    """The f-vector, and every face with its vertices, directions, facets and boundedness."""
    complex_, oracle, d = complex_of(case), case.oracle, case.d
    assert complex_.f_vector() == oracle.f_vector()
    assert complex_.lineality_dimension == len(oracle.cells[0].cone.lines)
    assert complex_.n_bounded_cells == sum(is_bounded(c.cone) for c in oracle.cells)
    assert complex_.euler_characteristic() == sum((-1) ** k * n for k, n in enumerate(oracle.f_vector()))
    found = set()
    for k in range(d + 1):
        for face in complex_.faces(k):
            expected = oracle.at(fractions(face.interior_point()))
            found.add(expected.label)
            assert face.dimension == expected.dimension == k
            assert representatives(case, face.vertices()) == vertices(expected.cone)
            rays = frozenset(primitive(r) for r in representatives(case, face.rays()))
            assert rays == directions(expected.cone)
            assert face.is_bounded() == is_bounded(expected.cone)
            below = {f.label for f in oracle.below(expected) if f.dimension == k - 1}
            assert {label_of(case, f) for f in face.facets()} == below
    assert found == oracle.faces.keys()


@question
def cells(case, rng):
    """The affine map of every cell, its neighbors and activation; they are in the order of the complex."""
    regions, oracle = case.regions, case.oracle
    labels = [label_of(case, cell) for cell in regions.cells]
    assert sorted(labels) == sorted(c.label for c in oracle.cells)
    neighbors = {label: set() for label in labels}
    for _, a, b in oracle.walls():
        neighbors[a.label].add(b.label)
        neighbors[b.label].add(a.label)
    for i, (cell, label) in enumerate(zip(regions.cells, labels, strict=True)):
        assert map_of(cell) == oracle.faces[label].forms
        assert {labels[j] for j in regions.complex.neighbors(i)} == neighbors[label]
        assert cell.region.index == regions.region_of_cell[i]


@question
def linear_regions(case, rng):
    """The classes of cells, by both routes, and what is said of each."""
    regions, oracle = case.regions, case.oracle
    expected = {frozenset(c.label for c in region): region for region in oracle.regions()}
    assert (len(regions), regions.n_cells) == (len(expected), len(oracle.cells))
    for region in regions:
        own = expected.pop(frozenset(label_of(case, cell) for cell in region.cells))
        assert region.is_bounded() == all(is_bounded(c.cone) for c in own)
        assert len(region.polyhedra()) == len(own)
        assert oracle.at(fractions(region.interior_point())) in own
        assert map_of(region) == own[0].forms
    assert not expected
    assert regions.n_bounded == sum(region.is_bounded() for region in regions)
    assert regions.n_unbounded == len(regions) - regions.n_bounded
    if isinstance(case.function, tp.Network):
        other = tp.regions.regions_by_polytopes(case.function, case.polyhedron)
        assert len(other) == len(regions)
        for region in other:
            assert {map_of(region)} == {c.forms for c in oracle.cells_at(fractions(region.interior_point()))}


@question
def at_points(case, rng):
    """The cells and the maps at points: on vertices, on walls, outside of the domain."""
    regions, oracle = case.regions, case.oracle
    chosen = oracle.points()
    chosen = [*rng.sample(chosen, min(4, len(chosen))), tuple(vector(rng, case.d))]
    for x in chosen:
        expected = Counter(c.label for c in oracle.cells_at(x))
        inside = [cell for cell in regions.cells if tp.geometry.distance(cell, x).value == 0]
        assert Counter(label_of(case, cell) for cell in inside) == expected
        assert {map_of(cell) for cell in inside} == {c.forms for c in oracle.cells_at(x)}
        assert [cell.index for cell in regions.cells.at(x)] == [cell.index for cell in inside]
        assert [region.index for region in regions.at(x)] == sorted({cell.region.index for cell in inside})
        sage_point = [to_sage_rational(v) for v in x]
        assert sum(cell.polyhedron().contains(sage_point) for cell in regions.cells) == len(inside)


def ball(x, norm):
    """The forms whose maximum is the norm of the difference from x, plus the heights of a cone at x."""
    d = len(x)
    if norm == inf:
        normals = [[s * int(i == j) for j in range(d)] for i in range(d) for s in (1, -1)]
    else:
        normals = [[]]
        for _ in range(d):
            normals = [[*n, s] for n in normals for s in (1, -1)]
    return [(*n, -sum(a * v for a, v in zip(n, x, strict=True))) for n in normals]


@question
def distances(case, rng):
    """The distance of a point to cells, faces and linear regions, and the effective radius."""
    regions, oracle = case.regions, case.oracle
    x, norm = tuple(vector(rng, case.d)), rng.choice([1, inf])
    forms, of_cell = ball(x, norm), {}
    for cell in regions.cells:
        label = label_of(case, cell)
        of_cell[label] = least_height(oracle.faces[label].cone, forms)
        found = tp.geometry.distance(cell, x, norm)
        assert fraction(found.value) == of_cell[label]
        assert closure_contains(oracle.faces[label].cone, (*fractions(found.point), 1))
    for k in range(case.d):
        for face in list(regions.complex.faces(k))[:3]:
            expected = least_height(oracle.faces[label_of(case, face)].cone, forms)
            assert fraction(tp.geometry.distance(face, x, norm).value) == expected
    of_region = [min(of_cell[label_of(case, c)] for c in region.cells) for region in regions]
    for region, expected in zip(regions, of_region, strict=True):
        assert fraction(tp.geometry.distance(region, x, norm).value) == expected
    radius = tp.effective_radius(regions, x, norm)
    assert fraction(radius.value) == max(of_region)
    assert radius.check()
    if not case.domain and norm == inf:
        bound = tp.hoffman.effective_radius_bound(case.function, x)
        assert radius.value <= bound.cellwise <= bound.value


@question
def volumes(case, rng):
    """Volume, centroid and diameter of cells, regions and lower faces."""
    regions, oracle = case.regions, case.oracle
    for part in [*regions.cells, *regions]:
        inside = part.cells if isinstance(part, tp.LinearRegion) else [part]
        own = [oracle.faces[label_of(case, cell)].cone for cell in inside]
        if not all(map(is_bounded, own)):
            with pytest.raises(tp.UnboundedError):
                part.centroid()
            with pytest.raises(tp.UnboundedError):
                part.diameter()
            if isinstance(part, tp.LinearRegion):
                with pytest.raises(tp.UnboundedError):
                    part.volume()
            continue
        sizes = [cone_volume(c) for c in own]
        if isinstance(part, tp.LinearRegion):
            assert fraction(part.volume()) == sum(sizes)
        center = [sum(s * centroid(c)[i] for s, c in zip(sizes, own, strict=True)) / sum(sizes) for i in range(case.d)]
        assert fractions(part.centroid()) == tuple(center)
        check_diameter(part, {p for c in own for p in vertices(c)})


@question
def lower_faces(case, rng):
    """Centroid, diameter and inscribed ball of the faces that are not cells."""
    complex_, oracle = complex_of(case), case.oracle
    for k in range(case.d):
        for face in complex_.faces(k):
            own = oracle.faces[label_of(case, face)].cone
            bounded, points = is_bounded(own), vertices(own)
            try:
                center = face.centroid()
            except tp.UnboundedError:
                assert not bounded
            except REFUSED:  # that a face has none is not a false answer
                pass
            else:
                assert bounded
                if len(points) == k + 1:  # a simplex
                    assert fractions(center) == tuple(sum(c) / len(points) for c in zip(*points, strict=True))
                assert closure_contains(own, (*fractions(center), 1))
            try:
                found = face.inscribed_ball()
            except (*REFUSED, tp.UnboundedError):
                pass
            else:
                assert found.radius == 0
                assert closure_contains(own, (*fractions(found.center), 1))
            if bounded:
                check_diameter(face, points)
            else:
                with pytest.raises(tp.UnboundedError):
                    face.diameter()


def check_diameter(part, points):
    pairs = [[abs(a - b) for a, b in zip(p, q, strict=True)] for p in points for q in points]
    assert fraction(part.diameter()) == max(map(max, pairs))
    assert fraction(part.diameter(1)) == max(map(sum, pairs))


@question
def inscribed_balls(case, rng):
    """The greatest balls in cells, against the vertices of the polyhedron of all (x, r)."""
    complex_, oracle = complex_of(case), case.oracle
    for cell in complex_.cells:
        own = oracle.faces[label_of(case, cell)].cone
        for norm, dual in ((inf, sum), (1, max)):
            lifted = half_space(case.d + 1)
            for form in [(*[0] * case.d, 1, 0)] + [
                (*f[:-1], -dual(map(abs, f[:-1])), f[-1]) for f in own.forms if any(f[:-1])
            ]:
                parts = cut(lifted, form)
                lifted = parts.get(1) or parts[0]
            if any(r[-1] == 0 and r[-2] for r in lifted.rays) or any(v[-2] for v in lifted.lines):
                with pytest.raises(tp.UnboundedError):
                    cell.inscribed_ball(norm)
                continue
            found = cell.inscribed_ball(norm)
            assert fraction(found.radius) == max(point(r)[-1] for r in lifted.rays if r[-1])
            x = (*fractions(found.center), 1)
            for f in own.forms:
                assert dot(f, x) >= fraction(found.radius) * dual([abs(a) for a in f[:-1]] or [0])


@question
def lipschitz(case, rng):
    """The norms of the Jacobian matrices, and the greatest of them."""
    regions, oracle = case.regions, case.oracle
    for norm in (1, inf):
        expected = []
        for region in regions:
            rows = [f[:-1] for f in oracle.faces[label_of(case, region.cells[0])].forms]
            sums = (
                [sum(map(abs, row)) for row in rows]
                if norm == inf
                else [sum(map(abs, column)) for column in zip(*rows, strict=True)]
            )
            expected.append(max(sums))
        assert list(map(fraction, tp.geometry.jacobian_norms(regions, norm))) == expected
        best = tp.lipschitz_constant(regions, norm)
        assert fraction(best.value) == max(expected) == expected[best.region.index]
    constant, norms = tp.lipschitz_constant(regions, 2), tp.geometry.jacobian_norms(regions, 2)
    assert constant.value == max(norms) == norms[constant.region.index]
    low, high = (fraction(v) for v in constant.value.bounds(20))
    for region, norm in zip(regions, norms, strict=True):
        rows = [f[:-1] for f in oracle.faces[label_of(case, region.cells[0])].forms]
        assert eigenvalues_are_at_most(rows, high**2)
        assert low < high or eigenvalues_are_at_most(rows, low**2)
        assert not low or norm < low or not eigenvalues_are_at_most(rows, low**2 * Fraction(10**9 - 1, 10**9))


def eigenvalues_are_at_most(rows, c):
    """Whether c I - A A^T is positive semidefinite: its principal minors are not negative."""
    matrix = [[c * (i == j) - dot(r, s) for j, s in enumerate(rows)] for i, r in enumerate(rows)]
    subsets = (chosen for k in range(1, len(rows) + 1) for chosen in combinations(range(len(rows)), k))
    return all(determinant([[matrix[i][j] for j in chosen] for i in chosen]) >= 0 for chosen in subsets)


@question
def walls(case, rng):
    """The walls between cells: their hyperplanes, the squared lengths, and which sides they have."""
    regions, oracle = case.regions, case.oracle
    found = CellWalls(regions)
    expected = {face.label: {a.label, b.label} for face, a, b in oracle.walls()}
    labels = [label_of(case, cell) for cell in regions.cells]
    for wall in found:
        face = oracle.faces[label_of(case, wall.face)]
        first, second = wall.cells
        assert expected.pop(face.label) == {labels[first], labels[second]}
        form = (*map(int, wall.normal), int(wall.offset))
        assert form == primitive(form)
        assert all(dot(form, v) == 0 for v in (*face.cone.rays, *face.cone.lines))
        assert dot(form, inner(oracle.faces[labels[second]].cone)) > 0
        assert dot(form, inner(oracle.faces[labels[first]].cone)) < 0
        if is_bounded(face.cone):
            assert fraction(wall.squared_measure) == squared_measure(face.cone, form[:-1])
        else:
            assert wall.squared_measure is None
    assert not expected


@question
def tables(case, rng):
    """The tables of cells and regions, the graphs, and the table of a training run."""
    regions, oracle = case.regions, case.oracle
    labels = [label_of(case, cell) for cell in regions.cells]
    degree = Counter(label for _, a, b in oracle.walls() for label in (a.label, b.label))
    for row, label in zip(tp.geometry.cell_table(regions), labels, strict=True):
        face = oracle.faces[label]
        below = sum(f.dimension == case.d - 1 for f in oracle.below(face))
        assert (row["bounded"], row["vertices"], row["rays"]) == (
            is_bounded(face.cone),
            len(vertices(face.cone)),
            len(directions(face.cone)),
        )
        assert (row["facets"], row["neighbors"]) == (below, degree[label])
        size = oracle.volume([face])
        assert row["volume"] is None if size is None else fraction(row["volume"]) == size
    between = {}
    for _, a, b in oracle.walls():
        i, j = sorted(int(regions.region_of_cell[labels.index(c.label)]) for c in (a, b))
        between[i, j] = between.get((i, j), 0) + 1
    outer = {pair for pair in between if pair[0] != pair[1]}
    for row, region in zip(tp.geometry.region_table(regions), regions, strict=True):
        own = [oracle.faces[label_of(case, cell)] for cell in region.cells]
        assert row["cells"] == len(own)
        assert row["neighbors"] == sum(region.index in pair for pair in outer)
        size = oracle.volume(own)
        assert row["volume"] is None if size is None else fraction(row["volume"]) == size
        assert row["bounded"] == (size is not None)
    graph = tp.geometry.region_graph(regions)
    assert {tuple(sorted(edge)) for edge in graph.edges} == outer
    assert all(len(data) == between[tuple(sorted((i, j)))] for i, j, data in graph.edges.data("walls"))
    assert len(tp.geometry.cell_graph(regions).edges) == len(oracle.walls())


@question
def boundary(case, rng):
    """The decision boundary, or a level set through a vertex, with its parts and its topology."""
    net, d, m = case.function, case.d, case.n_outputs
    if m == 1:
        at = rng.choice(case.oracle.points())
        level = rng.choice([case.oracle.at(at).forms[0], (*[0] * d, Fraction(1, 3))])
        level = dot(level, (*at, 1))
        found = tp.geometry.level_set(net, level, domain=case.polyhedron)
        last = step([[1], [0]], [0, level], [(0, 1)])
    else:
        found = tp.decision_boundary(net, case.polyhedron)
        last = step([[int(i == j) for j in range(m)] for i in range(m)], [0] * m, [tuple(range(m))])
    oracle = Complex([*case.program, last], d, case.domain)
    assert found.regions.complex.f_vector() == oracle.f_vector()

    def counts(faces):
        return tuple(sum(f.dimension == k for f in faces) for k in range(d + 1))

    parts = [(found.subcomplex, [f for f in oracle.faces.values() if len(f.label[-1]) > 1])]
    parts += [(found.decided(i), [f for f in oracle.faces.values() if i in f.label[-1]]) for i in range(2)]
    parts.append((found.between(0, 1), [f for f in oracle.faces.values() if {0, 1} <= set(f.label[-1])]))
    for subcomplex, expected in parts:
        assert subcomplex.f_vector() == counts(expected)
        assert subcomplex.is_empty() == (not expected)
        numbers = homology(expected, d) if expected else (0,) * (d + 1)
        assert subcomplex.betti_numbers() == numbers
        assert len(subcomplex.components()) == numbers[0]
        assert subcomplex.euler_characteristic() == sum((-1) ** k * b for k, b in enumerate(numbers))
        assert subcomplex.is_compact() == all(is_bounded(f.cone) for f in expected)


@question
def orbits(case, rng):
    """Invariance under a group of matrices, and the orbits of cells and of regions, where it acts."""
    d, oracle = case.d, case.oracle
    if d == 3:
        generator = [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    else:
        swap, turn = [[0, 1], [1, 0]], [[0, -1], [1, 0]]
        generator = rng.choice([swap, turn, [[-1, 0], [0, -1]]]) if d == 2 else [[-1]]
    moved = before(case.program, generator, [0] * d)
    assert bool(tp.symmetry.invariant(case.function, [generator], case.polyhedron)) == equal(
        case.program, moved, d, case.domain
    )
    group = tp.symmetry.FiniteGroup.generated_by([generator])

    def image(face):
        """The generators of g F modulo lines, if that is a face."""
        lines = [(*(dot(row, v[:-1]) for row in generator), 0) for v in face.cone.lines]
        rays = [(*(dot(row, r[:-1]) for row in generator), r[-1]) for r in face.cone.rays]
        moved = face.cone._replace(rays=tuple(rays), lines=tuple(lines))
        return next(
            (
                f.label
                for f in oracle.faces.values()
                if f.dimension == face.dimension
                and same_span(f.cone.lines, lines)
                and vertices(f.cone) == vertices(moved)
                and directions(f.cone) == directions(moved)
            ),
            None,
        )

    images = {face.label: image(face) for face in oracle.faces.values()}
    if (
        isinstance(case.function, tp.Network)
        and not case.domain
        and tp.symmetry.permutes_units(case.function, generator)
    ):
        assert None not in images.values()
    if None in images.values():
        with pytest.raises(tp.InputError):
            tp.symmetry.cell_orbits(case.regions.complex, group)
        return
    labels = [label_of(case, cell) for cell in case.regions.cells]
    found = tp.symmetry.cell_orbits(case.regions.complex, group)
    for i, label in enumerate(labels):
        assert labels[found.images[0][i]] == images[label]
    classes = {c.label: i for i, region in enumerate(oracle.regions()) for c in region}
    action = {}
    for label in labels:
        action.setdefault(classes[label], set()).add(classes[images[label]])
    if any(len(targets) > 1 for targets in action.values()):
        with pytest.raises(tp.InputError):
            tp.symmetry.region_orbits(case.regions, group)
        return
    cycles, left = 0, set(action)
    while left:
        i = left.pop()
        cycles += 1
        (j,) = action[i]
        while j in left:
            left.discard(j)
            (j,) = action[j]
    assert tp.symmetry.region_orbits(case.regions, group).n_orbits == cycles


def same_span(first, second):
    return rank(first) == rank(second) == rank([*first, *second])


@question
def domains(case, rng):
    """A domain of lower dimension, an empty one, and one of another space are refused."""
    d = case.d
    for wrong, error in (
        (polyhedron([(0,) * d], ambient_dim=d), tp.EmptyDomainError),
        (polyhedron(inequalities=[(-1, *[0] * d)], ambient_dim=d), tp.EmptyDomainError),
        (polyhedron([(0,) * (d + 1)], lines=np.eye(d + 1, dtype=int).tolist(), ambient_dim=d + 1), tp.ShapeError),
    ):
        with pytest.raises(error):
            tp.linear_regions(case.function, domain=wrong)
