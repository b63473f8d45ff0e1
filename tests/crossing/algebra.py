"""Questions about functions: values, monomials, equality, redundancy, compression, constants."""

import itertools
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

import troppoly as tp
from tests.crossing.case import fraction, fractions, program_of, question, read_layers
from tests.crossing.cones import dot, is_bounded, vertices
from tests.crossing.piecewise import (
    Complex,
    convex_pieces,
    equal,
    evaluate,
    formal_counts,
    hoffman,
    rectifier,
    side_by_side,
    status,
    step,
)
from tests.crossing.sources import number, vector

NETWORK = tp.Network


def at(function, x):
    """The values of any function at a point, as a tuple."""
    values = function(x)
    return fractions(values) if isinstance(values, tuple) else (fraction(values),)


@question
def value(case, rng):
    """Values at a point of every face and at random points, exact and in floats."""
    points = [*case.oracle.points(), tuple(vector(rng, case.d)), tuple(100 * v for v in vector(rng, case.d))]
    floats = np.array([[float(v) for v in x] for x in points])
    near = case.function.evaluate_float(floats).reshape(len(points), -1)
    for x, row in zip(points, near, strict=True):
        expected = evaluate(case.program, x)
        assert at(case.function, x) == expected
        assert np.allclose(row, [float(v) for v in expected], rtol=1e-9, atol=1e-9)


def lifted(polynomial):
    return {(*fractions(a), fraction(c)) for a, c in zip(polynomial.exponents, polynomial.coefficients, strict=True)}


def sides(function):
    """The tropical polynomials of a polynomial, rational or map."""
    if isinstance(function, tp.TropicalPolynomial):
        return [function]
    rationals = [function] if isinstance(function, tp.TropicalRational) else list(function)
    return [side for r in rationals for side in (r.numerator, r.denominator)]


@question
def tropicalize(case, rng):
    """The irredundant tropical map: its monomials, and that it is the function; over the domain if there is one."""
    found = tp.tropical_map(case.regions.canonical)
    expected = convex_pieces(case.layers, case.d, case.domain)
    assert [(lifted(r.numerator), lifted(r.denominator)) for r in found] == expected
    whole = tp.tropicalize(case.function)
    expected = convex_pieces(case.layers, case.d)
    assert [(lifted(r.numerator), lifted(r.denominator)) for r in whole] == expected
    for x in case.oracle.points():
        assert at(whole, x) == at(found, x) == evaluate(case.program, x)


@question
def monomials(case, rng):
    """Which monomials are vertices, on the boundary, or interior; and the formal ones of a network, counted."""
    if isinstance(case.function, NETWORK):
        counts = formal_counts(case.layers, case.d)
        assert tp.formal_monomial_counts(case.function) == counts
        if max(map(max, counts)) <= 300:
            formal = tp.network.tropicalize_formal(case.function)
            expected = convex_pieces(case.layers, case.d)
            assert [(lifted(r.numerator), lifted(r.denominator)) for r in formal] == expected
        return
    for f in sides(case.function):
        terms = {fractions(a): fraction(c) for a, c in zip(f.exponents, f.coefficients, strict=True)}
        expected = status(terms, case.d)
        assert {fractions(a): kind for a, kind in f.monomial_status().items()} == expected
        redundant = [a for a, kind in expected.items() if kind != "vertex"]
        assert list(map(fractions, f.redundant_monomials())) == redundant
        assert lifted(f.prune()) == {(*a, c) for a, c in terms.items() if a not in redundant}


@question
def network_of_the_function(case, rng):
    """A network of maxima in trees of the tropical function, or of the irredundant map of the network."""
    f = tp.tropicalize(case.function) if isinstance(case.function, NETWORK) else case.function
    net = tp.to_network(f)
    most = max(len(side.prune()) for side in sides(f))
    depth = (most - 1).bit_length()
    assert len(net.layers) - 1 in {depth, min(depth, 1)}
    if isinstance(case.function, tp.Network) and len(case.function.layers) <= 2:
        assert len(net.layers) <= 2
    for x in case.oracle.points():
        assert at(net, x) == evaluate(case.program, x)
    assert tp.equivalent(case.function, net)


@question
def equivalence_with_itself(case, rng):
    assert tp.equivalent(case.function, case.function, case.polyhedron)


def rewritten(case, rng):
    """The same function in another form, and its program."""
    f, d = case.function, case.d
    if isinstance(f, NETWORK):
        kind = rng.randrange(3)
        if kind == 0:  # every unit of a maximum on its own
            return tp.Network(f.layers)
        if kind == 1:  # the irredundant tropical map of the oracle
            return tropical(convex_pieces(case.layers, d))
        return scaled(f, rng)
    extra = tp.TropicalPolynomial({tuple(vector(rng, d)): number(rng) for _ in range(2)})

    def with_factor(r):
        r = tp.TropicalRational.of(r, d)
        return (r.numerator * extra) / (r.denominator * extra)

    if isinstance(f, tp.TropicalMap):
        return tp.TropicalMap([with_factor(r) for r in f])
    if isinstance(f, tp.TropicalPolynomial) and rng.random() < 0.5:
        middle = [sum(column) / Fraction(len(f)) for column in zip(*map(fractions, f.exponents), strict=True)]
        c = sum(map(fraction, f.coefficients)) / len(f)
        return f + tp.TropicalPolynomial({tuple(middle): c})
    return with_factor(f)


def tropical(pieces):
    def polynomial(points):
        return tp.TropicalPolynomial({p[:-1]: p[-1] for p in points})

    return tp.TropicalMap([polynomial(h) / polynomial(g) for h, g in pieces])


def scaled(network, rng):
    """The units of every hidden layer in another order, times positive factors."""
    layers = read_layers(network)
    for (rows, bias, flags), (following, _, _) in itertools.pairwise(layers):
        order = list(range(len(rows)))
        rng.shuffle(order)
        factors = [Fraction(rng.choice([1, 2, 3]), rng.choice([1, 2])) for _ in order]
        rows[:] = [[c * w for w in rows[i]] for i, c in zip(order, factors, strict=True)]
        bias[:] = [c * bias[i] for i, c in zip(order, factors, strict=True)]
        flags[:] = [flags[i] for i in order]
        for row in following:
            row[:] = [row[i] / c for i, c in zip(order, factors, strict=True)]
    return network_of(layers)


def network_of(layers):
    return tp.Network(
        tuple(
            tp.Layer(tp.RationalMatrix.of(rows), tp.RationalMatrix.of([[b] for b in bias]), flags)
            for rows, bias, flags in layers
        )
    )


@question
def equivalence_with_a_rewritten_form(case, rng):
    assert tp.equivalent(case.function, rewritten(case, rng), case.polyhedron)


def perturbed(case, rng):
    """A function with one number changed, by little or much, and its program; often it is the same function."""
    f = case.function
    change = rng.choice([Fraction(1), Fraction(-1), Fraction(1, 2**40)])
    if isinstance(f, NETWORK):
        layers = read_layers(f)
        rows, bias, _ = rng.choice(layers)
        i = rng.randrange(len(rows))
        if rng.random() < 0.5:
            bias[i] += change
        else:
            rows[i][rng.randrange(len(rows[i]))] += change
        other = network_of(layers)
        return other, program_of(other)
    parts = sides(f)
    changed = parts.index(rng.choice(parts))
    terms = [dict(zip(map(fractions, p.exponents), map(fraction, p.coefficients), strict=True)) for p in parts]
    terms[changed][rng.choice(list(terms[changed]))] += change
    built = [tp.TropicalPolynomial(t) for t in terms]
    groups, rows, bias = [], [], []
    for t in terms:
        groups.append(tuple(range(len(rows), len(rows) + len(t))))
        rows += list(t)
        bias += list(t.values())
    program = [step(rows, bias, groups)]
    if isinstance(f, tp.TropicalPolynomial):
        return built[0], program
    ratios = [p / q for p, q in zip(built[::2], built[1::2], strict=True)]
    minus = [[(j == 2 * i) - (j == 2 * i + 1) for j in range(len(built))] for i in range(len(ratios))]
    program.append(step(minus, [0] * len(ratios)))
    return (tp.TropicalMap(ratios) if isinstance(f, tp.TropicalMap) else ratios[0]), program


@question
def equivalence_with_a_perturbed_one(case, rng):
    """The verdict, the counterexample, and the largest difference on a bounded domain."""
    other, program = perturbed(case, rng)
    answer = tp.equivalent(case.function, other, case.polyhedron)
    assert bool(answer) == equal(case.program, program, case.d, case.domain)
    if not answer:
        x = fractions(answer.point)
        values = evaluate(case.program, x), evaluate(program, x)
        assert tuple(map(fractions, answer.values)) == values
        assert values[0] != values[1]
        assert all(dot(form, (*x, 1)) >= 0 for form in case.domain)
    difference = Complex(side_by_side(case.program, program), case.d, case.domain)
    if case.domain and all(is_bounded(c.cone) for c in difference.cells):
        bound = tp.maximum_difference(case.function, other, case.polyhedron)
        corners = {v for c in difference.cells for v in vertices(c.cone)}
        assert fraction(bound.value) == max(abs(v) for x in corners for v in evaluate(difference.program, x))
    elif case.domain:
        with pytest.raises(tp.UnboundedError):
            tp.maximum_difference(case.function, other, case.polyhedron)


@question
def redundancy(case, rng):
    """Dead, always active, proportional units and units without effect, and the counts of monomials."""
    report = tp.redundancy_report(case.function, case.polyhedron)
    layers, d = case.layers, case.d
    oracle = Complex([rectifier(*layer) for layer in layers], d, case.domain)
    assert report.n_cells == len(oracle.cells)
    start, expected = len(case.domain), Counter()
    functions = unit_functions(layers, oracle)
    for index, (rows, _, flags) in enumerate(layers[:-1]):
        units = functions[index]
        dead = {i for i, forms in enumerate(units) if flags[i] and not any(map(any, forms))}
        for i, rectified in enumerate(flags):
            signs = {c.label[start + i] for c in oracle.cells}
            if i in dead:
                expected[index, i, "dead"] += 1
                continue
            if rectified and (len(rows),) not in signs:
                expected[index, i, "always active"] += 1
            if not has_effect(layers, oracle, index, i):
                expected[index, i, "without effect"] += 1
            if rectified and any(j < i and j not in dead and flags[j] and ratio(units[i], units[j]) for j in range(i)):
                expected[index, i, "proportional"] += 1
        start += len(rows)
    for u in report.units:
        if u.kind == "proportional":
            assert ratio(functions[u.layer][u.unit], functions[u.layer][u.other]) == fraction(u.factor)
        if u.kind == "cancelling":
            check_cancelling(layers, functions, u)
    found = Counter((u.layer, u.unit, u.kind) for u in report.units if u.kind != "cancelling")
    assert found == expected
    pieces, counts = convex_pieces(layers, d, case.domain), formal_counts(layers, d)
    for m in report.monomials:
        side = ("numerator", "denominator").index(m.part)
        assert (m.formal, m.vertex) == (counts[m.output][side], len(pieces[m.output][side]))
        if m.boundary is not None:
            assert m.formal == m.vertex + m.boundary + m.interior + m.repeated


def unit_functions(layers, oracle):
    """For every layer and unit the forms after rectification on all cells."""
    result = [[[] for _ in rows] for rows, _, _ in layers]
    for cell in oracle.cells:
        units = [tuple(Fraction(int(i == j)) for j in range(oracle.d + 1)) for i in range(oracle.d)]
        start = len(oracle.domain)
        for index, (rows, bias, _) in enumerate(layers):
            following = []
            for i, (row, b) in enumerate(zip(rows, bias, strict=True)):
                form = [sum(w * u[k] for w, u in zip(row, units, strict=True)) for k in range(oracle.d + 1)]
                form[-1] += b
                on = i in cell.label[start + i]
                following.append(tuple(form) if on else (Fraction(0),) * (oracle.d + 1))
                result[index][i].append(following[-1])
            units = following
            start += len(rows)
    return result


def ratio(one, other):
    """The c > 0 with one = c other, or None."""
    pairs = [(a, b) for f, g in zip(one, other, strict=True) for a, b in zip(f, g, strict=True) if a or b]
    if not pairs or not all(a and b for a, b in pairs):
        return None
    quotients = {a / b for a, b in pairs}
    return quotients.pop() if len(quotients) == 1 and min(quotients) > 0 else None


def has_effect(layers, oracle, index, unit):
    """Whether the derivative of an output by a unit is not zero on some cell where the unit is active."""
    for cell in oracle.cells:
        starts = [len(oracle.domain) + sum(len(rows) for rows, _, _ in layers[:k]) for k in range(len(layers))]
        if unit not in cell.label[starts[index] + unit]:
            continue
        column = [Fraction(int(i == unit)) for i in range(len(layers[index][0]))]
        for k in range(index + 1, len(layers)):
            column = [
                dot(row, column) if i in cell.label[starts[k] + i] else Fraction(0)
                for i, row in enumerate(layers[k][0])
            ]
        if any(column):
            return True
    return False


def check_cancelling(layers, functions, u):
    """That what the next layer reads of two units is affine in the layer before."""
    rows, bias, _ = layers[u.layer]
    i, j = u.unit, u.other
    c = fraction(u.factor)
    for row in layers[u.layer + 1][0]:
        if c > 0:
            assert c * row[i] + row[j] == 0
            assert ratio(functions[u.layer][i], functions[u.layer][j]) == c
        else:
            assert [*rows[i], bias[i]] == [c * v for v in (*rows[j], bias[j])]
            assert row[j] == c * row[i]


@question
def false_maxima(case, rng):
    """Units of several layers that are said to be a maximum: refused, or the function and its regions stay right.

    A bias is added so that the last unit is positive nearly everywhere, where signs of the others would not count.
    """
    layers = [*case.layers[:-1], *repeated_output(case, rng)]
    places = [(i, j) for i, (_, _, flags) in enumerate(layers) for j, r in enumerate(flags) if r]
    in_layers = [[place for place in places if place[0] == i] for i in range(len(layers))]
    group = tuple(rng.choice(found) for found in in_layers if found)
    layer, unit = group[-1]
    layers[layer][1][unit] += rng.choice([0, 5, 50])
    groups = (group, *case.function.max_groups) if rng.random() < 0.5 else (group,)
    plain = network_of(layers)
    try:
        network = tp.Network(plain.layers, max_groups=groups)
    except tp.InputError:
        return
    oracle = Complex(program_of(plain), case.d, case.domain)
    regions = tp.linear_regions(network, domain=case.polyhedron)
    assert len(regions) == len(oracle.regions())
    layers[-1][1][0] += 1
    assert not tp.equivalent(network, network_of(layers), case.polyhedron)


def repeated_output(case, rng):
    """The outputs through one more layer with a rectified unit, which is added to the first output."""
    rows, bias, _ = case.layers[-1]
    m = len(rows)
    first = ([*rows, rows[0]], [*bias, number(rng)], [False] * m + [True])
    last = [[Fraction(int(i == j)) for j in range(m)] + [Fraction(int(i == 0))] for i in range(m)]
    return [first, (last, [Fraction(0)] * m, [False] * m)]


@question
def compression(case, rng):
    """The smaller network is the function on the domain, is smaller, and is not compressed again."""
    result = tp.compress(case.function, case.polyhedron)
    assert equal(case.program, program_of(result.network), case.d, case.domain)
    assert equal(case.program, program_of(result.rectified()), case.d, case.domain)
    assert result.certificate.check()
    before, after = (sum(sum(flags) for _, _, flags in read_layers(n)) for n in (case.function, result.network))
    assert after <= before
    again = tp.compress(result.network, case.polyhedron)
    assert again.network == result.network


@question
def hoffman_constant(case, rng):
    """The greatest constant of the systems of the cells of the irredundant tropical map."""
    found = tp.hoffman_constant(case.function)
    if isinstance(case.function, NETWORK):
        pieces = [side for pair in convex_pieces(case.layers, case.d) for side in pair]
    else:
        pieces = []
        for f in sides(case.function):
            terms = {fractions(a): fraction(c) for a, c in zip(f.exponents, f.coefficients, strict=True)}
            kinds = status(terms, case.d)
            pieces.append({(*a, c) for a, c in terms.items() if kinds[a] == "vertex"})
    rows, groups = [], []
    for side in pieces:
        groups.append(tuple(range(len(rows), len(rows) + len(side))))
        rows += sorted(side)
    program = [step([r[:-1] for r in rows], [r[-1] for r in rows], groups)]
    expected = Fraction(0)
    for cell in Complex(program, case.d).cells:
        system = []
        for group, (best, *_) in zip(groups, cell.label, strict=True):
            system += [[a - b for a, b in zip(rows[j][:-1], rows[best][:-1], strict=True)] for j in group]
        expected = max(expected, hoffman([row for row in system if any(row)]))
    assert fraction(found.value) == expected
    assert all(constant.check() for constant in found.constants)


@question
def sampling(case, rng):
    """The activation patterns and Jacobians that points of a grid meet, in floats that are exact there."""
    points = [[Fraction(rng.randint(-8, 8), 2) for _ in range(case.d)] for _ in range(20)]
    floats = np.array([[float(v) for v in x] for x in points])
    by_pattern = tp.sampling.sampled_activation_patterns_float(case.function, floats)
    by_jacobian = tp.sampling.sampled_jacobians_float(case.function, floats)
    patterns, jacobians = [], []
    for x in points:
        values, pattern = x, []
        jacobian = [[Fraction(int(i == j)) for j in range(case.d)] for i in range(case.d)]
        for rows, bias, flags in case.layers:
            z = [dot(row, values) + b for row, b in zip(rows, bias, strict=True)]
            on = [not r or v > 0 for r, v in zip(flags, z, strict=True)]
            pattern += [v > 0 for r, v in zip(flags, z, strict=True) if r]
            values = [v if o else Fraction(0) for v, o in zip(z, on, strict=True)]
            jacobian = [
                [o * dot(row, column) for column in zip(*jacobian, strict=True)]
                for row, o in zip(rows, on, strict=True)
            ]
        patterns.append(tuple(pattern))
        jacobians.append(tuple(map(tuple, jacobian)))
    for found, expected in ((by_pattern, patterns), (by_jacobian, jacobians)):
        seen = list(dict.fromkeys(expected))
        assert found.labels.tolist() == [seen.index(e) for e in expected]
        assert found.n_distinct == len(seen)


@question
def training_table(case, rng):
    """The row of a network in the table of a training run, with its monomials."""
    table = tp.track({7: case.function}, domain=case.polyhedron, monomials=True)
    (row,) = table
    pieces = convex_pieces(case.layers, case.d, case.domain)
    assert row["numerator"] == tuple(len(h) for h, _ in pieces)
    assert row["denominator"] == tuple(len(g) for _, g in pieces)
    assert (row["epoch"], row["cells"]) == (7, len(case.oracle.cells))
    assert tuple(row[f"f_{k}"] for k in range(case.d + 1)) == case.oracle.f_vector()
    regions = case.oracle.regions()
    assert row["regions"] == len(regions)
    assert row["bounded"] == sum(all(is_bounded(c.cone) for c in region) for region in regions)
