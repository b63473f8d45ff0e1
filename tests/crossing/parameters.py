"""The questions how many parameters a network has, by derivatives at points, and which parameters are the same."""

from fractions import Fraction
from itertools import permutations, product
from math import factorial, prod

import pytest

import troppoly as tp
from tests.crossing.case import fractions, program_of, question, read_layers
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


def moved_units(layers, orders, factors):
    """The layers after hidden unit i of layer l becomes unit orders[l][i], scaled by factors[l][i]."""
    d, m = len(layers[0][0][0]), len(layers[-1][0])
    orders, factors = [range(d), *orders, range(m)], [[1] * d, *factors, [1] * m]
    result = []
    for index, (weight, bias, rectified) in enumerate(layers):
        (before, here), (s, t) = orders[index : index + 2], factors[index : index + 2]
        rows = [[Fraction(0)] * len(before) for _ in here]
        column, kinds = [Fraction(0)] * len(here), [False] * len(here)
        for i, row in enumerate(weight):
            for j, w in enumerate(row):
                rows[here[i]][before[j]] = t[i] * w / Fraction(s[j])
            column[here[i]], kinds[here[i]] = t[i] * bias[i], rectified[i]
        result.append((rows, column, kinds))
    return result


def random_motion(layers, rng):
    """Random permutations and positive factors of the hidden units."""
    sizes = [len(weight) for weight, _, _ in layers[:-1]]
    factors = [[Fraction(rng.randint(1, 5), rng.randint(1, 3)) for _ in range(n)] for n in sizes]
    return [rng.sample(range(n), n) for n in sizes], factors


def related(one, other):
    """Whether some permutation, with factors that fit, turns one list of layers into the other: all are tried."""
    sizes = [len(weight) for weight, _, _ in one[:-1]]
    units = [[Fraction(1)] * n for n in sizes]
    return any(
        scalable(moved_units(one, orders, units), other) for orders in product(*(permutations(range(n)) for n in sizes))
    )


def scalable(one, other):
    """Whether positive factors of the hidden units turn one list of layers into the other: walk from known ones."""
    edges, last = [], len(one) - 1
    for index, ((weight, bias, kinds), (weights, biases, others)) in enumerate(zip(one, other, strict=True)):
        if kinds != others:
            return False
        for i, (row, b, row_, b_) in enumerate(zip(weight, bias, weights, biases, strict=True)):
            head = (index, i) if index < last else None
            tails = [(index - 1, j) if index else None for j in range(len(row))]
            for w, w_, tail in zip((*row, b), (*row_, b_), (*tails, None), strict=True):
                if w * w_ < 0 or (w == 0) != (w_ == 0):
                    return False
                if w:  # w_ = w s(head) / s(tail)
                    edges += [(tail, head, w_ / w), (head, tail, w / w_)]
    known = {None: Fraction(1)}
    while True:
        fixed = {head: known[tail] * q for tail, head, q in edges if tail in known and head not in known}
        if not fixed:
            free = next((head for _, head, _ in edges if head not in known), None)
            if free is None:
                return all(known[tail] * q == known[head] for tail, head, q in edges)
            fixed = {free: Fraction(1)}
        known |= fixed


def as_network_of_layers(layers):
    """The library's object."""
    made = [tp.Layer(tp.RationalMatrix.of(w), tp.RationalMatrix.of([[v] for v in b]), kinds) for w, b, kinds in layers]
    return tp.Network(tuple(made))


def check_matching(found, one, other):
    """What is found turns one list of layers into the other; what is not found is not there."""
    assert bool(found) == related(one, other)
    if found:
        factors = [fractions(part) for part in found.scalings]
        assert all(t > 0 for part in factors for t in part)
        assert moved_units(one, found.permutations, factors) == other
    elif found.unmatched is not None:
        network, layer, unit = found.unmatched
        assert 0 <= unit < len((one, other)[network][layer][0])


@question
def same_parameters(case, rng):
    """Moved units are found again; after a change of one number all permutations are tried."""
    if not isinstance(case.function, tp.Network):
        tp.same_parameters(case.function, case.function)  # raises
    layers = read_layers(case.function)
    moved = moved_units(layers, *random_motion(layers, rng))
    found = tp.same_parameters(case.function, as_network_of_layers(moved))
    assert found
    assert moved_units(layers, found.permutations, [fractions(part) for part in found.scalings]) == moved
    if prod(factorial(len(weight)) for weight, _, _ in layers[:-1]) > 150:
        return
    weight, bias, _ = rng.choice(moved)
    row = rng.choice([*weight, bias])
    row[rng.randrange(len(row))] += rng.choice([1, -1, Fraction(1, 2)])
    check_matching(tp.same_parameters(case.function, as_network_of_layers(moved)), layers, moved)
