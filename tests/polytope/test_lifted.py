"""Lifted points and polyhedra."""

import pytest

from troppoly.errors import InputError, ShapeError
from troppoly.passagemath import polyhedron
from troppoly.polytope import lifted_points, lifted_polyhedron
from troppoly.polytope.lifted import require_lifted


def test_the_definition():
    lifted = lifted_polyhedron([(0, 0), (1, 0), (0, 1), (1, 1)], [0, "1/3", 0.5, -7])
    assert lifted == polyhedron(
        vertices=[(0, 0, 0), (1, 0, "1/3"), (0, 1, "1/2"), (1, 1, -7)], rays=[(0, 0, -1)], ambient_dim=3
    )


def test_lengths_that_differ():
    with pytest.raises(ShapeError, match="2 exponents and 1 coefficients"):
        lifted_points([(0,), (1,)], [0])


def test_no_points():
    with pytest.raises(InputError, match="at least one point"):
        lifted_points([], [])


@pytest.mark.parametrize(
    "generators",
    [
        {"vertices": [(0, 0)]},
        {"vertices": [(0, 0)], "rays": [(0, 1)]},
        {"vertices": [(0, 0)], "rays": [(0, -1), (1, 0)]},
        {"vertices": [(0, 0)], "rays": [(1, -1)]},
        {"vertices": [(0, 0)], "lines": [(0, 1)]},
        {},
    ],
)
def test_other_polyhedra_are_refused(generators):
    with pytest.raises(InputError, match="one ray"):
        require_lifted(polyhedron(**generators, ambient_dim=2))
