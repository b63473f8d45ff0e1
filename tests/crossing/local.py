"""Questions about single cells, found from points and not from the complex."""

from collections import Counter
from fractions import Fraction
from itertools import combinations

import troppoly as tp
from tests.crossing.case import fraction, fractions, question
from tests.crossing.cones import dot, is_bounded, vertices
from tests.crossing.piecewise import Complex, before, evaluate
from tests.crossing.shapes import map_of
from tests.crossing.sources import vector
from troppoly.local import cells_at, check_facet, check_redundant


@question
def local_cells(case, rng):
    """The cells around points, over the whole space: their maps, facets and neighbors, with certificates."""
    oracle = Complex(case.program, case.d)
    chosen = oracle.points()
    for x in [*rng.sample(chosen, min(2, len(chosen))), tuple(vector(rng, case.d))]:
        found = cells_at(case.function, x)
        assert found[0] == tp.cell_at(case.function, x)
        labels = [oracle.at(fractions(cell.interior_point())).label for cell in found]
        assert Counter(labels) == Counter(c.label for c in oracle.cells_at(x))
        assert found[0].face_dimension == oracle.at(x).dimension
        cell, own = found[0], oracle.faces[labels[0]]
        assert map_of(cell) == own.forms
        assert cell.is_bounded() == is_bounded(own.cone)
        walls = {f.label for f in oracle.below(own) if f.dimension == case.d - 1}
        assert Counter(oracle.at(fractions(facet.point)).label for facet in cell.facets) == Counter(walls)
        pairs = {w.label: {a.label, b.label} for w, a, b in oracle.walls()}
        for facet in cell.facets:
            other = oracle.at(fractions(cell.neighbor(facet).interior_point()))
            assert pairs[oracle.at(fractions(facet.point)).label] == {own.label, other.label}
            assert check_facet(facet)
        assert all(map(check_redundant, cell.redundant))


@question
def exploration(case, rng):
    """All cells of the whole space, found from one or several in any order, with their walls."""
    oracle = Complex(case.program, case.d)
    if len(oracle.cells) > 40:
        return
    order = rng.choice(("steps", "distance", "walk"))
    points = [vector(rng, case.d) for _ in range(rng.choice((1, 1, 3)))]
    found = tp.explore(case.function, points, order=order, seed=rng.randrange(9), workers=1)
    assert found.complete
    labels = [oracle.at(fractions(cell.interior_point())).label for cell in found]
    assert Counter(labels) == Counter(c.label for c in oracle.cells)
    walls = {frozenset(labels[i] for i in pair) for pair in found.walls}
    assert walls == {frozenset({a.label, b.label}) for _, a, b in oracle.walls()}


@question
def segments(case, rng):
    """The breakpoints between two points, over the whole space, against the faces that the line meets."""
    a, b = (tuple(vector(rng, case.d)) for _ in range(2))
    way = tp.segment(case.function, a, b)
    line = before(case.program, [[q - p] for p, q in zip(a, b, strict=True)], list(a))
    faces = Complex(line, 1).faces.values()
    expected = sorted({s for f in faces for (s,) in vertices(f.cone) if f.dimension == 0 and 0 < s < 1})
    assert list(map(fraction, way.breakpoints)) == expected
    for piece in way:
        s = fraction(piece.start + piece.stop) / 2
        x = tuple(p + s * (q - p) for p, q in zip(a, b, strict=True))
        slope, constant = piece.affine_map
        values = [fraction(v[0]) * s + fraction(c) for v, c in zip(slope, constant, strict=True)]
        assert tuple(values) == evaluate(case.program, x)


@question
def points_of_data(case, rng):
    """The cells of points, over the whole space, their maps and margins, and which of them share a facet."""
    oracle = Complex(case.program, case.d)
    chosen = oracle.points()
    points = [*rng.sample(chosen, min(3, len(chosen))), *(tuple(vector(rng, case.d)) for _ in range(3))]
    found = tp.data_regions(case.function, points)
    own = [oracle.faces[oracle.at(fractions(cell.interior_point())).label] for cell in found]
    for i, x, margin in zip(found.cell_of_point, points, found.margins(), strict=True):
        assert own[i].label in {c.label for c in oracle.cells_at(x)}
        sizes = [dot(form, (*x, 1)) / sum(map(abs, form[:-1])) for form in own[i].cone.forms if any(form[:-1])]
        assert margin.value == min(sizes, default=None)
    for i, x, margin in zip(found.cell_of_point, points, found.margins(2), strict=True):
        forms = [form for form in own[i].cone.forms if any(form[:-1])]
        squares = [Fraction(dot(form, (*x, 1)) ** 2) / dot(form[:-1], form[:-1]) for form in forms]
        assert (None if margin.value is None else margin.value.square()) == min(squares, default=None)
    for i, j in combinations(range(len(found)), 2):
        assert (found.map_of_cell[i] == found.map_of_cell[j]) == (own[i].forms == own[j].forms)
    walls = {frozenset({a.label, b.label}) for _, a, b in oracle.walls()}
    expected = [[i, j] for i, j in combinations(range(len(own)), 2) if {own[i].label, own[j].label} in walls]
    assert found.walls.tolist() == expected
