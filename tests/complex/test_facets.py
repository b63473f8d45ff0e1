"""Inequalities of cells against Sage's H-representations."""

import numpy as np
from hypothesis import assume, given, settings

from tests.refinement.strategies import MIXED, SMALL, networks
from tests.seeds import cases
from troppoly import Network, canonical_complex
from troppoly.complex.facets import facet_forms
from troppoly.passagemath import polyhedron


def rays_of(rows):
    """Rows up to positive multiples."""
    result = set()
    for row in rows:
        lead = next(abs(v) for v in row if v)
        result.add(tuple(v / lead for v in row))
    return result


@given(networks(SMALL, dimensions=(1, 2, 3)))
@settings(max_examples=cases(15, 40))
def test_cells_are_the_intersections_of_their_half_spaces(arrays):
    complex_ = canonical_complex(Network.from_arrays(*arrays)).complex
    for cell in complex_.cells[:12]:
        forms = cell.inequalities()
        rows = [forms.row(i) for i in range(forms.shape[0])]
        described = polyhedron(
            inequalities=[[row[-1], *row[:-1]] for row in rows], ambient_dim=complex_.ambient_dimension
        )
        assert described == cell.polyhedron()
        assert len(rows) == len(rays_of(rows)) == len(cell.facets())


@given(networks(MIXED, dimensions=(2, 3)))
@settings(max_examples=cases(15, 30))
def test_forms_vanish_on_facets_and_are_primitive(arrays):
    complex_ = canonical_complex(Network.from_arrays(*arrays)).complex
    faces = complex_.faces(complex_.ambient_dimension - 1)
    assume(len(faces))
    for face, form in zip(faces, facet_forms(complex_, faces.ids), strict=True):
        assert np.gcd.reduce([int(v) for v in form]) == 1
        *a, b = form
        assert all(sum(x * y for x, y in zip(a, v, strict=True)) + b == 0 for v in face.vertices())
        assert all(sum(x * y for x, y in zip(a, v, strict=True)) == 0 for v in (*face.rays(), *face.lines()))
