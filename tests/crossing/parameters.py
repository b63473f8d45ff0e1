"""The question how many parameters a network has, by derivatives of programs at points, in fractions."""

from fractions import Fraction

import pytest

import troppoly as tp
from tests.crossing.case import fractions, program_of, question
from tests.crossing.cones import inner, point, rank
from tests.crossing.piecewise import Complex


def gradient(layers, x):
    """The derivatives of the outputs by all parameters, one parameter at a time; None where a unit is zero."""
    rows = []
    for index, (weight, _, _) in enumerate(layers):
        for unit in range(len(weight)):
            for place in (*range(len(weight[0])), None):
                value = moved(layers, x, {(index, unit, place): Fraction(1)})
                if value is None:
                    return None
                rows.append(value)
    return [list(row) for row in zip(*rows, strict=True)]


def moved(layers, x, direction):
    """The derivatives of the outputs at x if the parameters {(layer, unit, input): speed} move."""
    values, speeds = [Fraction(v) for v in x], [Fraction(0)] * len(x)
    for index, (weight, bias, rectified) in enumerate(layers):
        following, changes = [], []
        for unit, (row, b, r) in enumerate(zip(weight, bias, rectified, strict=True)):
            z = sum((w * v for w, v in zip(row, values, strict=True)), b)
            dz = sum((w * s for w, s in zip(row, speeds, strict=True)), direction.get((index, unit, None), Fraction(0)))
            dz += sum((direction.get((index, unit, j), Fraction(0)) * v for j, v in enumerate(values)), Fraction(0))
            if r and z == 0:
                return None
            following.append(z if z > 0 or not r else Fraction(0))
            changes.append(dz if z > 0 or not r else Fraction(0))
        values, speeds = following, changes
    return speeds


def smooth_points(layers, program, d):
    """For every cell inner points that span it; those where no unit is zero."""
    result = []
    for cell in Complex(program, d).cells:
        p = inner(cell.cone)
        spanning = [p, *(tuple(a + b for a, b in zip(p, v, strict=True)) for v in (*cell.cone.rays, *cell.cone.lines))]
        result += [point(v) for v in spanning if moved(layers, point(v), {}) is not None]
    return result


def check_directions(found, layers, points):
    """The directions are independent, as many as rank and parameters say, and do not change the function."""
    rows = [fractions(row) for matrix in (found.scaling, found.hidden) for row in matrix.to_rationals()]
    assert len(rows) == found.n_parameters - int(found)
    assert rank(rows) == len(rows)
    for row in rows:
        direction = dict(zip(found.parameters, row, strict=True))
        assert all(not any(moved(layers, x, direction)) for x in points)


@question
def functional_dimension(case, rng):
    """The rank over all cells, with what lies in the kernel, and at some of the points."""
    if not isinstance(case.function, tp.Network):
        tp.functional_dimension(case.function)  # raises
    layers, d = case.layers, case.d
    if sum(len(weight) * (len(weight[0]) + 1) for weight, _, _ in layers) > 40:
        return
    points = smooth_points(layers, program_of(case.function), d)
    if not points:
        with pytest.raises(tp.InputError):
            tp.functional_dimension(case.function)
        return
    found = tp.functional_dimension(case.function)
    assert int(found) == rank([row for x in points for row in gradient(layers, x)])
    check_directions(found, layers, points)
    some = rng.sample(points, min(3, len(points)))
    batch = tp.functional_dimension(case.function, some)
    assert int(batch) == rank([row for x in some for row in gradient(layers, x)]) <= int(found)
    check_directions(batch, layers, some)
