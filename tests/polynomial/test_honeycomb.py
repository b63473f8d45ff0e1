"""Honeycombs against published f-vectors, unimodularity, and the engine."""

from math import comb

import pytest

from troppoly.exact import RationalMatrix
from troppoly.polynomial import honeycomb
from troppoly.regions import linear_regions


@pytest.mark.parametrize(("degree", "f_vector"), [(2, (8, 24, 25, 10)), (3, (27, 72, 64, 20)), (4, (64, 160, 130, 35))])
def test_surfaces(degree, f_vector):
    f = honeycomb(3, degree)
    assert f.normal_complex().complex.f_vector() == linear_regions(f).f_vector() == f_vector


@pytest.mark.parametrize(("n", "degree"), [(1, 1), (1, 5), (2, 1), (2, 3), (2, 5), (3, 2), (4, 2)])
def test_smooth(n, degree):
    """The dual cells are simplices of volume 1/n! on all lattice points, and all walls have weight 1."""
    f = honeycomb(n, degree)
    assert len(f) == comb(n + degree, n)
    assert max(sum(a) for a in f.exponents) == degree
    dual = f.dual_subdivision()
    cells = dual.faces(n)
    assert len(cells) == degree**n
    for cell in cells:
        (first, *rest) = [dual.points[i] for i in cell]
        assert len(rest) == n
        edges = RationalMatrix.of([[a - b for a, b in zip(point, first, strict=True)] for point in rest])
        assert abs(determinant(edges.to_rationals().tolist())) == 1
    assert {wall.weight for wall in f.hypersurface()} == {1}


def determinant(rows):
    """By Laplace's expansion."""
    if not rows:
        return 1
    return sum(
        (-1) ** j * v * determinant([row[:j] + row[j + 1 :] for row in rows[1:]]) for j, v in enumerate(rows[0]) if v
    )


def test_hexagons():
    """A curve of degree d has as many bounded regions as its genus, (d - 1)(d - 2) / 2, and they are hexagons."""
    for degree in (3, 4, 5):
        complex_ = honeycomb(2, degree).normal_complex().complex
        corners = [len(cell.vertices()) for cell in complex_.cells if cell.is_bounded()]
        assert corners == [6] * ((degree - 1) * (degree - 2) // 2)
