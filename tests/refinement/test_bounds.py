"""The error bounds against exact arithmetic on inputs made to break them."""

from fractions import Fraction
from itertools import combinations, pairwise, permutations
from math import frexp, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refinement.strategies import network_of_layers
from troppoly.cellwise.arithmetic import Floats, masked
from troppoly.cellwise.cell_network import CellNetwork
from troppoly.cellwise.lowering import lowered
from troppoly.cellwise.rounding_errors import certain, floored, relative_bound
from troppoly.cellwise.sign_words import coordinate_signs
from troppoly.exact import RationalMatrix
from troppoly.network import Network
from troppoly.refinement import pieces, rays
from troppoly.refinement.floats import UNIT, Forms, compose_all
from troppoly.refinement.part import FORMS, allocate
from troppoly.refinement.rays import _add_products, _expand, ray_operations, sign_operations
from troppoly.refinement.refinement import canonical_complex
from troppoly.refinement.stages import first_forms, stage_of

U = Fraction(1, 2**53)
TAU = Fraction(1, 2**500)

# sizes that lie as far apart as the bounds allow, and numbers that cancel up to their last bits
SIZES = st.sampled_from([2.0**-390, 2.0**-200, 2.0**-53, 1.0, 2.0**53, 2.0**200])
DIGITS = st.sampled_from([0.0, 1.0, -1.0, 1 + 2.0**-52, -1 - 2.0**-52, 1 - 2.0**-53, 0.1, -0.1, 1 / 3, -1 / 3])
NUMBERS = st.one_of(DIGITS, st.builds(float.__mul__, DIGITS, SIZES))
TAMES = st.one_of(DIGITS, st.floats(-2, 2))


def within(computed, magnitude, exact, bound):
    """|computed - exact| <= bound * magnitude, or the magnitude says that nothing is known."""
    if not np.isfinite(magnitude) or not np.isfinite(computed):
        return not certain(np.array([computed]), np.array([magnitude]), bound)[0]
    return abs(Fraction(float(computed)) - exact) <= Fraction(bound) * Fraction(float(magnitude))


@pytest.mark.parametrize("n", [0, 1, 10, 1000, 2**20])
def test_relative_bound_is_above_the_theorem(n):
    gamma = 2 * n * U / (1 - 2 * n * U)
    assert Fraction(relative_bound(n)) >= gamma * (1 + U) ** 3
    assert Fraction(relative_bound(n)) <= gamma * (1 + 10 * U) + 5 * U


def test_the_floor_keeps_zeros_and_lifts_everything_else():
    lifted = floored(np.array([0.0, 5e-324, 1.0, np.inf]))
    assert lifted.tolist() == [0.0, float(TAU), 1.0, np.inf]


def test_nothing_is_certain_after_overflow():
    values, magnitudes = (np.array([np.inf, -np.inf, np.nan, 1.0, 0.0]), np.array([np.inf, np.inf, 1, np.nan, np.nan]))
    with np.errstate(invalid="ignore"):
        assert not certain(values, magnitudes, 1e-15).any()


def leibniz(rows, columns):
    """The minor of the given columns, by the sum over permutations."""
    total = Fraction(0)
    for order in permutations(range(len(columns))):
        sign = prod(-1 if a > b else 1 for a, b in combinations(order, 2))
        total += sign * prod((Fraction(rows[i][columns[j]]) for i, j in enumerate(order)), start=Fraction(1))
    return total


def exact_cross_product(rows, D):
    return [(-1) ** i * leibniz(rows, [j for j in range(D) if j != i]) for i in range(D)]


@st.composite
def deep_layers(draw, entries):
    """Layers (weight, bias, rectified) with two hidden layers."""
    sizes = [2, *draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)), 1]
    layers = []
    for m, n in pairwise(sizes):
        rows = draw(st.lists(st.lists(entries, min_size=m + 1, max_size=m + 1), min_size=n, max_size=n))
        rectified = [True] * n
        layers.append(([list(map(Fraction, r[:-1])) for r in rows], [Fraction(r[-1]) for r in rows], rectified))
    return layers


def exact_pass(layers, y):
    """Pre-activations of the last layer and sign words of those before, at (x, t) = y, in integers."""
    a, t, words = [Fraction(v) for v in y], Fraction(y[-1]), []
    for i, layer in enumerate(layers):
        z = [
            sum((int(w) * v for w, v in zip(row, a, strict=True)), int(b) * t)
            for row, b in zip(layer.weight, layer.bias, strict=True)
        ]
        if i == len(layers) - 1:
            return z, words
        words.append(sum(1 << j for j, v in enumerate(z) if v > 0) | sum(1 << 32 + j for j, v in enumerate(z) if v < 0))
        a = [max(v, Fraction(0)) for v in z]
    raise AssertionError


def integer_layers(layers):
    network = network_of_layers([*layers, ([[Fraction(1)]], [Fraction(0)], [False])])
    triples = [(layer.weight, layer.bias, layer.rectified) for layer in network.layers[:-1]]
    return CellNetwork(lowered(triples))


def forward(network, y, magnitude, words):
    """Values and magnitudes of the last layer at points."""
    points = np.stack([y, magnitude])
    return network.floats.values(len(network.layers) - 1, points, network.active(words))


def pull_back(network, unit, words):
    """Forms and magnitudes of a unit of the last layer on cells."""
    units = np.full(len(words), unit)
    return network.floats.pull(len(network.layers) - 1, units, masked(network.active(words)))


@settings(max_examples=150)
@given(st.one_of(deep_layers(NUMBERS), deep_layers(TAMES)), st.lists(NUMBERS, min_size=3, max_size=3))
def test_forward_passes_and_forms(layers, y):
    y[-1] = abs(y[-1])
    integers = integer_layers(layers)
    if integers.floats is None:
        return
    z, words = exact_pass(integers.layers, y)
    words = np.array([words], dtype=np.uint64).reshape(1, -1)
    scales = _float_scales(integers)[-1]
    bound = relative_bound(sum(integers.floats.operations))
    point = np.array([y])
    with np.errstate(all="ignore"):
        values, magnitudes = forward(integers, point, floored(np.abs(point)), words)
        forms, sizes = pull_back(integers, 0, words)
    for value, size, exact, scale in zip(values[0], magnitudes[0], z, scales, strict=True):
        assert within(value, size, exact * scale, bound)
    exact_form = _exact_form(integers.layers, words)
    for value, size, exact in zip(forms[0], sizes[0], exact_form, strict=True):
        assert within(value, size, exact * scales[0], bound)
        if size == 0:
            assert exact == 0


def _float_scales(network):
    """The factors of the units of every layer in the floating-point network: powers of two.

    Every row of floats is the row of integers, with inputs divided by their factors, times its factor.
    """
    layers, floats, result = network.layers, network.floats, []
    factors = [Fraction(1)] * network.n_coordinates
    for layer, (weight, bias) in zip(layers, floats.layers, strict=True):
        following = []
        columns = weight[0] if isinstance(weight, np.ndarray) else weight[..., np.arange(layer.n_units)][0]
        for i, row in enumerate(layer.weight.dense().numerators):
            row = [*(int(w) / f if w else 0 for w, f in zip(row, factors, strict=True)), Fraction(int(layer.bias[i]))]
            found = [*columns[:, i], bias[0, 0, i]]
            pairs = [(float(f), v) for f, v in zip(found, row, strict=True) if v]
            power = Fraction(2) ** _nearest_power(Fraction(pairs[0][0]) / pairs[0][1]) if pairs else Fraction(1)
            assert all(abs(Fraction(f) - v * power) <= U * abs(v * power) for f, v in pairs)  # a weight is rounded once
            following.append(power)
        factors = following
        result.append(factors)
    return result


def _nearest_power(ratio):
    power = ratio.numerator.bit_length() - ratio.denominator.bit_length()
    return min((power - 1, power, power + 1), key=lambda p: abs(ratio - Fraction(2) ** p) / Fraction(2) ** p)


def _exact_form(layers, words):
    rows = [[Fraction(int(v)) for v in row] for row in np.eye(3)]
    t = rows[-1]
    for k, layer in enumerate(layers):
        rows = [
            [sum((int(w) * row[j] for w, row in zip(weights, rows, strict=True)), int(b) * t[j]) for j in range(3)]
            for weights, b in zip(layer.weight, layer.bias, strict=True)
        ]
        if k < len(layers) - 1:
            rows = [r if int(words[0, k]) >> i & 1 else [Fraction(0)] * 3 for i, r in enumerate(rows)]
    return rows[0]


def test_weights_beyond_the_range_leave_no_floats():
    huge = [([[Fraction(1e300), Fraction(1e-300)]], [Fraction(1)], [True])]
    assert integer_layers(huge).floats is None


class Rounded:
    """A computed number that only knows how many rounding errors its monomials went through at most."""

    def __init__(self, n=0):
        self.n = n

    def __mul__(self, other):
        if isinstance(other, Rounded):
            return Rounded(self.n + other.n + 1)
        assert not other or abs(frexp(other)[0]) == 0.5  # powers of two are exact factors
        return self if other else 0.0

    def __add__(self, other):
        if isinstance(other, Rounded):
            return Rounded(max(self.n, other.n) + 1)
        return Rounded(self.n + 1) if other else self

    def __gt__(self, other):
        return True

    def __abs__(self):
        return self

    __rmul__, __radd__, __sub__ = __mul__, __add__, __add__


def rounded(array, n):
    """The array with its nonzero entries as numbers with n rounding errors."""
    result = np.full(array.shape, 0.0, dtype=object)
    for index in np.argwhere(array):
        result[tuple(index)] = Rounded(n)
    return result


def most(values):
    return max((v.n for v in values.flat if isinstance(v, Rounded)), default=0)


@settings(max_examples=100)
@given(st.data())
def test_no_monomial_of_a_unit_has_more_rounding_errors_than_counted(data):
    """Sums are taken from left to right, the worst order; a weight was rounded once."""
    sizes = [data.draw(st.integers(1, 6)) for _ in range(data.draw(st.integers(1, 4)))]
    triples, n_inputs = [], 2
    for n in sizes:
        row = st.lists(st.sampled_from([0, 1, 1, -2, 3]), min_size=n_inputs + 1, max_size=n_inputs + 1)
        table = data.draw(st.lists(row, min_size=n, max_size=n))
        joint = RationalMatrix.of(table)
        triples.append((joint.take_columns(range(n_inputs)), joint.take_columns([n_inputs]), np.ones(n, dtype=bool)))
        n_inputs = n
    network = CellNetwork(lowered(triples))
    operations = sum(network.floats.operations)
    parts = [
        tuple(np.stack([rounded(values, 1), sizes.astype(object)]) for values, sizes in pair)
        for pair in network.floats.layers
    ]
    network.floats = Floats(parts, network.floats.operations, True)
    words = np.full((1, len(sizes)), 2**32 - 1, dtype=np.uint64)
    y = rounded(np.ones((1, 3)), 0)
    values, _ = forward(network, y, np.ones((1, 3)), words)
    assert most(values) <= operations
    for unit in range(sizes[-1]):
        forms, _ = pull_back(network, unit, words)
        # scaling a form and lifting its magnitude to the floor is one more
        assert most(forms) + 1 <= operations


def test_sums_that_lose_every_small_term():
    """1 + 2^-54 + ... + 2^-54: each addition may round the small term away."""
    n = 400
    layer = (RationalMatrix.of([[1] * n]), RationalMatrix.of([[0]]), np.array([True]))
    network = CellNetwork(lowered([layer]))
    y = np.array([[1.0] + [2.0**-54] * (n - 1) + [0.0]])
    values, magnitudes = forward(network, y, floored(np.abs(y)), np.zeros((1, 1), dtype=np.uint64))
    exact = 1 + (n - 1) * Fraction(1, 2**54)
    assert within(values[0, 0], magnitudes[0, 0], exact, relative_bound(network.floats.operations[0]))


@pytest.mark.parametrize("D", range(2, 8))
def test_no_monomial_of_a_ray_or_sign_has_more_rounding_errors_than_counted(D, monkeypatch):
    """Neither of values nor of their magnitudes; a form counts one."""
    monkeypatch.setattr(rays, "n_bits", lambda word: int(word).bit_count())
    monkeypatch.setattr(rays, "lowest_bit", lambda word: (int(word) & -int(word)).bit_length() - 1)
    rows, sizes = rounded(np.ones((D - 1) * D), 1), rounded(np.ones((D - 1) * D), 1)
    minors, bounds = np.zeros(1 << D, dtype=object), np.zeros(1 << D, dtype=object)
    _expand.py_func(rows, sizes, D, minors, bounds)
    last = [((1 << D) - 1) ^ (1 << k) for k in range(D)]
    assert most(minors[last]) <= most(bounds[last]) <= ray_operations(D)
    assert most(minors[last]) >= ray_operations(D) - D  # not much more than there are
    values, totals = np.zeros(3, dtype=object), np.zeros(3, dtype=object)
    forms, exact = rounded(np.ones(3), 1), rounded(np.ones(3), 0)
    ray = Rounded(ray_operations(D))
    for k in range(D):
        _add_products.py_func(forms, exact, ray, ray, k == 0, values, np.zeros(3, dtype=object))
        _add_products.py_func(exact, exact, ray, ray, k == 0, np.zeros(3, dtype=object), totals)
    assert max(most(values), most(totals)) + 1 == sign_operations(D)  # one more for the floor of what was scaled


# integers of more than 53 bits, whose floats leave a rest, beside those that leave none
LONG = st.one_of(st.integers(-(2**75), 2**75), st.sampled_from([0, 1, -1, 2**53 + 1, -(2**54) + 1, 2**60 - 1]))
WIDE = st.sampled_from([0.0, 1.0, -1.0, 1e60, -1e60, 1e-60, 1 + 2.0**-52, 3e59, -1e-59, 2.0**100, -(2.0**-100)])
SMALL = st.sampled_from([0, 0, 1, -1, 2, -3, 2**26, -(2**26) - 1])
ENTRIES = st.sampled_from([LONG, WIDE, SMALL, TAMES, NUMBERS])


@st.composite
def composed(draw):
    """Layers of a network on R^2, and words of some cells, for which there may be no points."""
    entries, sizes = draw(ENTRIES), draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    triples, n_inputs = [], 2
    for n in sizes:
        row = st.lists(entries, min_size=n_inputs + 1, max_size=n_inputs + 1)
        table = draw(st.lists(row, min_size=n, max_size=n))
        if n > 1 and draw(st.booleans()):  # nearly equal forms, which cancel later
            table[1] = [v * (1 + 2.0**-52) if isinstance(v, float) else v + 1 for v in table[0]]
        mask = np.array([draw(st.integers(0, 4)) > 0 for _ in range(n)])
        joint = RationalMatrix.of([[str(Fraction(v)) for v in row] for row in table])
        triples.append((joint.take_columns(range(n_inputs)), joint.take_columns([n_inputs]), mask))
        n_inputs = n
    words = draw(
        st.lists(st.lists(st.integers(0, 31), min_size=len(sizes), max_size=len(sizes)), min_size=1, max_size=3)
    )
    return CellNetwork(lowered(triples)), words


def exact_forms(network, words):
    """For every layer, the forms of its units on a cell in integers."""
    D = network.n_coordinates
    rows, result = [[int(i == j) for j in range(D)] for i in range(D)], []
    t = rows[-1]
    for layer in network.layers:
        weight, bias = layer.weight.dense().numerators, layer.bias
        found = [
            [sum(int(w) * row[k] for w, row in zip(ws, rows, strict=True)) + int(b) * t[k] for k in range(D)]
            for ws, b in zip(weight, bias, strict=True)
        ]
        result.append(found)
        off = {
            int(u)
            for i, u in enumerate(layer.rectified)
            if not int(words[layer.places.columns.start + i // 32]) >> i % 32 & 1
        }
        rows = [[0] * D if i in off else row for i, row in enumerate(found)]
    return result


@settings(max_examples=150)
@given(composed())
def test_forms_of_layers(given_):
    network, cells = given_
    if network.floats is not None:
        assert_forms(network, cells)


@pytest.mark.parametrize("kind", ["floats", "long", "small"])
def test_forms_of_sparse_layers(kind):
    generator = np.random.default_rng(5)
    draw = {
        "floats": lambda n: [str(Fraction(v)) for v in generator.standard_normal(n)],
        "long": lambda n: [int(v) * 2**20 + int(w) for v, w in generator.integers(-(2**50), 2**50, (n, 2))],
        "small": lambda n: [int(v) for v in generator.integers(-9, 10, n)],
    }[kind]
    triples = []
    for n_inputs in (2, 128, 128):
        entries = np.full((128, n_inputs + 1), 0, dtype=object)
        for row in entries:
            row[generator.choice(n_inputs + 1, 3, replace=False)] = draw(3)
        joint = RationalMatrix.of(entries.tolist()).sparse()
        inside, bias = joint.take_columns(range(n_inputs)), joint.take_columns([n_inputs])
        triples.append((inside, bias, generator.random(128) < 0.8))
    network = CellNetwork(lowered(triples))
    stage = stage_of(2, network, 2, False, 0.0, 0.0)
    assert len(stage.entries) > 0
    assert (len(stage.rests) > 0) == (kind != "small")
    assert_forms(network, generator.integers(0, 2**32, (2, 12)).tolist())


def test_forms_from_cell_to_cell():
    """Cells each of which is crossed into from the one before, over more walls than terms are added."""
    generator = np.random.default_rng(2)
    triples = [
        (
            RationalMatrix.of([[str(Fraction(v)) for v in row] for row in generator.standard_normal(shape)]),
            RationalMatrix.of([[str(Fraction(v))] for v in generator.standard_normal(shape[0])]),
            np.ones(shape[0], bool),
        )
        for shape in ((20, 2), (3, 20))
    ]
    words = [generator.integers(0, 2**20)]
    for _ in range(60):
        words.append(words[-1] ^ 1 << int(generator.integers(20)))
    assert_forms(CellNetwork(lowered(triples)), [[int(word), 0] for word in words])


@pytest.mark.parametrize("active", [23, 25, 26])
def test_forms_beyond_the_range_of_floats(active):
    """Two units grow until they leave the range, and pass on nothing from some layer on."""
    big, rest = 2**50, [[0, 0, 1, 0], [0, 0, 0, 1]]
    tables = [[[1, 0], [3, 0], [0, 0], [0, 1]], *([[[big, 1, 0, 0], [1, big, 0, 0], *rest]] * 26)]
    triples = [
        (
            RationalMatrix.of(table),
            RationalMatrix.of([[int(i == 2 and layer == 0)] for i in range(4)]),
            np.ones(4, bool),
        )
        for layer, table in enumerate(tables)
    ]
    network = CellNetwork(lowered(triples))
    assert network.floats.integral
    assert_forms(network, [[15 if layer < depth else 12 for layer in range(27)] for depth in (active, active - 3)])
    assert_forms(network, [[15 if layer < active - 3 else 12 for layer in range(27)]])


@pytest.mark.parametrize("depth", [1, 21, 22])
def test_units_beyond_the_range_of_floats_change_nothing_where_they_are_not_active(depth):
    """On a domain where the large units are positive, and negative in the last of their layers."""
    big, rest = 2**50, [[0, 0, 1, 0], [0, 0, 0, 1]]
    grow, end = [[big, 1, 0, 0], [1, big, 0, 0], *rest], [[-big, -1, 0, 0], [-1, -big, 0, 0], *rest]
    lines = [[[0, 0, -1, 1], [0, 0, -3, 1]], [[1, 1], [1, 0]], [[1, 1]], [[1]]]
    weights = [[[1, 0], [3, 0], [0, 0], [0, 1]], *([grow] * (depth - 1)), end, *lines]
    biases = [[0, 0, 1, 0], *([[0] * 4] * depth), [0, 0], [-8, 0], [-6], [0]]
    found = canonical_complex(Network.from_arrays(weights, biases), [(0, 1), (0, 8)])
    assert found.f_vector() == (12, 16, 5)  # lines y = 1, 3, 6 and 19 / 3 in a rectangle


def assert_forms(network, cells):
    """The composed forms of all layers on cells with these words, for which there may be no points."""
    D, n_words, m = network.n_coordinates, network.layers[-1].places.columns.stop, len(cells)
    words = np.zeros((m, max(1, n_words)), dtype=np.uint64)
    words[:, :n_words] = np.array(cells, dtype=np.uint64)[:, :n_words]
    sizes, entries = np.array([1] * (D - 2) + [m + 1, m]), np.array([0] * (D - 1) + [2 * m])
    part = allocate(D, words.shape[1], sizes, entries, D, m)
    part.n[-2:] = sizes[-2:]
    top = part.row[part.base[-1] :]
    top["start"], top["count"] = 2 * np.arange(m), 2
    part.pool[part.pool_base[-1] :] = np.stack([np.arange(m), np.arange(1, m + 1)], axis=1).ravel()
    part.cell_words[:] = 0
    part.cell_words[:, :-1] = words
    part.row["slot"] = 0
    exact = [exact_forms(network, row) for row in words]
    forms = first_forms(network)
    for layer, scales in enumerate(_float_scales(network)):
        if layer:
            stage = stage_of(layer, network, layer, False, 0.0, 0.0)
            shape = m, D, network.layers[layer].n_units
            forms = composed_forms(stage, part, forms, shape)
            part.row["slot"][part.base[-1] :] = np.arange(m)
        for cell in range(len(forms[0])):
            for unit, scale in enumerate(scales):
                for k in range(D):
                    of_cell = exact[cell][layer][unit][k] * scale
                    f, low, e = forms[:3]
                    assert_bounded(float(f[cell, k, unit]), float(low[cell, k, unit]), float(e[k, unit]), of_cell)


def composed_forms(stage, part, forms, shape, start=None):
    """The forms of a layer on the cells, from those of the layer before, with the bounds that hold on all of them."""
    found = Forms(np.empty(shape), np.empty(shape), np.empty(shape[1:]))
    room = np.empty(shape[1:]) if start is None else start, np.empty(forms.bounds.shape[1] + 2, np.int64)
    compose_all(stage, part, forms, found, np.empty_like(forms.bounds), *room)
    return found


def assert_bounded(f, low, e, exact):
    if not np.isfinite(e):  # so it decides nothing
        return
    assert np.isfinite([f, low]).all()
    assert e >= 0
    assert abs(Fraction(f) + Fraction(low) - exact) <= Fraction(e)
    assert abs(Fraction(f) - exact) <= U * abs(Fraction(f)) + Fraction(e)  # u M


def test_double_double_is_worth_it():
    """Sums of rounded weights that cancel all but their last bits, and a bound that is not much larger."""
    generator = np.random.default_rng(0)
    rows = [[str(Fraction(v)) for v in row] for row in generator.standard_normal((30, 3))]
    combination = generator.standard_normal(30)
    last = [[str(Fraction(v)) for v in [*combination, 0.0]]]
    triples = [
        (
            RationalMatrix.of([r[:-1] for r in table]),
            RationalMatrix.of([r[-1:] for r in table]),
            np.ones(len(table), bool),
        )
        for table in (rows, last)
    ]
    network = CellNetwork(lowered(triples))
    part = allocate(3, 1, np.ones(3, np.int64), np.zeros(3, np.int64), 3, 1)
    part.n[-1], part.cell_words[:], part.row["slot"] = 1, 2**32 - 1, 0
    stage = stage_of(1, network, 1, False, 0.0, 0.0)
    assert 0 < composed_forms(stage, part, first_forms(network), (1, 3, 1))[2].max() < 2.0**-85


def test_sums_start_with_a_power_of_two_that_fits_their_terms():
    """Also where these have errors much larger than their own share of rounding, since they have cancelled before."""
    generator = np.random.default_rng(1)
    row, triples = generator.standard_normal(3), []
    for table in ([row, row * (1 + 2.0**-30)], [[1.0, -1.0, 0.0]], generator.standard_normal((4, 2))):
        joint, n = RationalMatrix.of([[str(Fraction(float(v))) for v in row] for row in table]), len(table[0]) - 1
        triples.append((joint.take_columns(range(n)), joint.take_columns([n]), np.ones(len(table), bool)))
    network, start = CellNetwork(lowered(triples)), np.empty((3, 4))
    part = allocate(3, 3, np.ones(3, np.int64), np.zeros(3, np.int64), 3, 1)
    part.n[-1], part.cell_words[:], part.row["slot"] = 1, 2**32 - 1, 0
    one, two = (stage_of(layer, network, layer, False, 0.0, 0.0) for layer in (1, 2))
    before = composed_forms(one, part, first_forms(network), (1, 3, 1))
    bounds = composed_forms(two, part, before, (1, 3, 4), start).bounds
    assert (before.bounds > 2**10 * two.kappa * np.abs(before.values[0])).all()
    weights, F, E = np.abs(two.weight), np.abs(before.values[0]), before.bounds
    terms = F @ weights + np.abs(two.bias) * [[0], [0], [1]]
    assert ((start > 4 * terms) & (start <= 8.1 * terms)).all()
    assert np.allclose(bounds, E @ weights + two.kappa * terms, rtol=1e-8, atol=0)


def assert_parallel(y, sizes, exact, bound):
    """The floats are a positive multiple of the exact vector, by a power of two, up to the bound."""
    best = int(np.argmax(np.abs(y)))
    if not np.isfinite(sizes).all() or y[best] == 0 or not abs(y[best]) > float(bound) * sizes[best]:
        return not np.isfinite(sizes).all()
    ratio = Fraction(y[best]) / exact[best] if exact[best] else Fraction(0)
    if ratio <= 0:
        return False
    c = Fraction(2) ** _nearest_power(ratio)
    return all(abs(Fraction(v) - c * w) <= bound * Fraction(size) for v, w, size in zip(y, exact, sizes, strict=True))


def proportional(y, exact):
    k = next(i for i, v in enumerate(exact) if v)
    ratio = Fraction(y[k]) / exact[k]
    return ratio > 0 and all(Fraction(v) == ratio * w for v, w in zip(y, exact, strict=True))


def assert_part(program, part):
    """All forms, rays and signs of a part against integers."""
    D, table, reference = len(part.n), [], []
    for i in range(part.state[FORMS]):
        number, unit = part.recipe[i].tolist()
        if number < 0:
            exact = [int(k == unit) for k in range(D)]
        else:
            network, layer = program.networks[number]
            exact = exact_forms(network, part.form_words[i])[layer][unit]
        table.append(exact)
        values, sizes = part.values[i].tolist(), part.magnitudes[i]
        if part.exact_forms[i]:
            assert proportional(values, exact)
            reference.append([Fraction(v) for v in values])
        else:
            assert assert_parallel(values, sizes, exact, U) or not (np.abs(values) > sizes / UNIT).any()
            reference.append(exact)
    bound = Fraction(relative_bound(ray_operations(D)))
    signs = coordinate_signs(part.ray_words[: part.n[0], -1], D)
    for r in range(part.n[0]):
        forms = part.form[r * (D - 1) : (r + 1) * (D - 1)]
        oriented = []
        for source in (table, reference):
            y = exact_cross_product([source[g] for g in forms], D)
            k = int(np.flatnonzero(signs[r])[0])
            oriented.append([v if (y[k] > 0) == (signs[r, k] > 0) else -v for v in y])
        exact = oriented[0]
        assert [int(v > 0) - int(v < 0) for v in exact] == signs[r].tolist()
        if part.exact[r]:
            assert proportional(part.y[r], exact)
        else:
            assert any(assert_parallel(part.y[r], part.magnitude[r], y, bound) for y in oriented)
        for number, (network, layer) in enumerate(program.networks):
            stage = program.stages[number]
            if layer or number == 0:
                continue
            for i, unit in enumerate(stage.units):
                word = int(part.ray_words[r, stage.column + i // 32])
                found = (word >> i % 32 & 1) - (word >> 32 + i % 32 & 1)
                value = sum(
                    a * b for a, b in zip(exact_forms(network, part.form_words[0])[0][unit], exact, strict=True)
                )
                assert found == int(value > 0) - int(value < 0)


@st.composite
def refined(draw):
    d = draw(st.sampled_from([1, 2, 2, 3]))
    entries, n, m = draw(ENTRIES), draw(st.integers(d, d + 3)), draw(st.integers(1, 2))
    tables = []
    for rows, columns in ((n, d), (m, n), (1, m)):
        row = st.lists(entries, min_size=columns + 1, max_size=columns + 1)
        tables.append(draw(st.lists(row, min_size=rows, max_size=rows)))
    if draw(st.booleans()):  # hyperplanes that nearly agree
        tables[0][-1] = [v * (1 + 2.0**-52) if isinstance(v, float) else v + 1 for v in tables[0][0]]
    numbers = [[[str(Fraction(v)) for v in row] for row in table] for table in tables]
    return Network.from_arrays([[r[:-1] for r in t] for t in numbers], [[r[-1] for r in t] for t in numbers])


@settings(max_examples=40)
@given(refined())
def test_forms_rays_and_signs_of_refinements(network):
    seen, run = [], pieces.Program._run

    def checked(program, piece, *arguments):
        code = run(program, piece, *arguments)
        assert_part(program, piece.part)
        seen.append(code)
        return code

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces.Program, "_run", checked)
        canonical_complex(network, workers=1)
    assert len(seen) <= 3
