"""Questions about single cells, found from points and not from the complex."""

from collections import Counter

import troppoly as tp
from tests.crossing.case import fractions, question
from tests.crossing.cones import is_bounded
from tests.crossing.piecewise import Complex
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
