"""Questions that branching answers on a domain: extrema, properties, preimages, signs of units."""

from fractions import Fraction

import numpy as np

import troppoly as tp
from tests.crossing.case import fraction, fractions, question
from tests.crossing.cones import directions, dot, vertices
from tests.crossing.piecewise import Complex, evaluate, rectifier
from troppoly.properties import Property, verify


@question
def extrema(case, rng):
    """The maximum of a form of the outputs and the properties that it decides, or a ray along which there is none."""
    n = case.function.n_outputs if isinstance(case.function, tp.Network) else 1
    assert verify(case.function, Property(case.d, n, [[[0] * (case.d + n) + [-1]]]))  # nothing is unsafe
    form = [rng.choice([1, -1, 2]) for _ in range(n)]
    values, slopes = [], []
    for cell in case.oracle.cells:
        joint = [dot(form, column) for column in zip(*cell.forms, strict=True)]
        values += [dot(joint, (*x, 1)) for x in vertices(cell.cone)]
        slopes += [dot(joint[:-1], v) for v in directions(cell.cone)]
        slopes += [abs(dot(joint, v)) for v in cell.cone.lines]
    best = case.function.maximum(form, case.polyhedron)
    assert best.is_bounded == (max(slopes, default=0) <= 0)
    x = fractions(best.point)
    assert all(dot(wall, (*x, 1)) >= 0 for wall in case.domain)
    if not best.is_bounded:
        further = tuple(p + v for p, v in zip(x, fractions(best.ray), strict=True))
        assert all(dot(wall, (*further, 1)) >= 0 for wall in case.domain)
        assert dot(form, evaluate(case.program, further)) > dot(form, evaluate(case.program, x))
        return
    assert fraction(best.value) == dot(form, evaluate(case.program, x)) == max(values)
    domain = [[*wall[:-1], *[0] * n, wall[-1]] for wall in case.domain]
    for margin in (Fraction(0), Fraction(1, 7)):
        above = [*[0] * case.d, *form, -(max(values) + margin)]
        assert bool(verify(case.function, Property(case.d, n, [[*domain, above]]))) == (margin > 0)


@question
def preimages(case, rng):
    """Which points of the faces have outputs in a box around those of one of them."""
    n = case.function.n_outputs if isinstance(case.function, tp.Network) else 1
    assert verify(case.function, Property(case.d, n, []))
    chosen = case.oracle.points()
    y = evaluate(case.program, rng.choice(chosen))
    box = [(v - rng.choice([0, 1]), v + rng.choice([0, 2])) for v in y]
    pieces = case.function.preimage(box, case.polyhedron)
    assert pieces
    for x in chosen:
        expected = all(a <= v <= b for v, (a, b) in zip(evaluate(case.program, x), box, strict=True))
        assert any(_contains(piece, x) for piece in pieces) == expected


def _contains(piece, x):
    """Whether a piece of full dimension contains a point: the domain's coordinates are its own."""
    rows = [(*fractions(row),) for row in piece.inequalities.to_rationals()]
    return all(dot(row, (*x, 1)) >= 0 for row in rows)


@question
def signs_of_units(case, rng):
    """Which units are dead, always on, or take both signs on the domain."""
    n = case.function.n_outputs if isinstance(case.function, tp.Network) else 1
    assert verify(case.function, Property(case.d, n, []))
    found, start = case.function.unit_signs(case.polyhedron), len(case.domain)
    oracle = Complex([rectifier(*layer) for layer in case.layers], case.d, case.domain)
    for index, (rows, _, flags) in enumerate(case.layers):
        for i in np.flatnonzero(flags).tolist():
            labels = {cell.label[start + i] for cell in oracle.cells}
            on, off = (i,) in labels, (len(rows),) in labels
            assert (index, i) in (found.both if on and off else found.always_on if on else found.dead)
        start += len(rows)
