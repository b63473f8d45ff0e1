"""The error bounds against exact arithmetic on inputs made to break them."""

from fractions import Fraction
from itertools import combinations, pairwise, permutations
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refinement.strategies import network_of_layers
from troppoly.cellwise.arithmetic import Floats, masked
from troppoly.cellwise.cell_network import CellNetwork
from troppoly.cellwise.lowering import lowered
from troppoly.cellwise.rounding_errors import EXACT_LIMIT, certain, floored, relative_bound
from troppoly.exact import RationalMatrix
from troppoly.refinement.forms import FormTable, normalized
from troppoly.refinement.minors import cross_product, cross_product_magnitude, n_operations

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


@settings(max_examples=150)
@given(st.data())
def test_cross_products(data):
    D = data.draw(st.integers(2, 5))
    rows = data.draw(st.lists(st.lists(NUMBERS, min_size=D, max_size=D), min_size=D - 1, max_size=D - 1))
    if data.draw(st.booleans()) and D > 2:  # nearly dependent
        rows[-1] = [v * (1 + 2.0**-52) if i else v for i, v in enumerate(rows[0])]
    forms = np.array([rows])
    with np.errstate(all="ignore"):
        y, magnitude = cross_product(forms)[0], cross_product_magnitude(floored(np.abs(forms)))[0]
    bound = relative_bound(n_operations(D, 1))
    for value, size, exact in zip(y, magnitude, exact_cross_product(rows, D), strict=True):
        assert within(value, size, exact, bound)
        if size == 0:
            assert value == exact == 0


@pytest.mark.parametrize("D", [2, 3, 4, 5, 6])
def test_cross_products_of_integers_below_the_limit_are_exact(D):
    generator = np.random.default_rng(D)
    forms = generator.integers(-300, 301, (50, D - 1, D)).astype(float)
    exact = cross_product_magnitude(np.abs(forms)) < EXACT_LIMIT
    assert exact.all()
    for rows, y in zip(forms, cross_product(forms), strict=True):
        assert [Fraction(v) for v in y] == exact_cross_product(rows, D)
        assert all(sum(Fraction(a) * Fraction(b) for a, b in zip(row, y, strict=True)) == 0 for row in rows)


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
    scales = _float_scales(integers)
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
    """The factors of the units of the last layer in the floating-point network: powers of two.

    Every row of floats is the row of integers, with inputs divided by their factors, times its factor.
    """
    layers, floats = network.layers, network.floats
    factors = [Fraction(1)] * layers[0].weight.shape[1]
    for layer, (weight, bias) in zip(layers, floats.layers, strict=True):
        following = []
        for i in range(layer.n_units):
            row = [*(int(w) / f for w, f in zip(layer.weight[i], factors, strict=True)), Fraction(int(layer.bias[i]))]
            found = [*weight[0][:, i], bias[0, 0, i]]
            ratio = next((Fraction(f) / v for f, v in zip(found, row, strict=True) if v), Fraction(1))
            power = Fraction(2) ** _nearest_power(ratio)
            assert abs(ratio / power - 1) <= U  # a weight is rounded once
            following.append(power)
        factors = following
    return factors


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


def test_scaling_a_form_makes_no_zero():
    """A magnitude of tau beside a huge one is still no exact zero."""
    magnitudes = np.array([[2.0**1000, float(TAU), 0.0]])
    values = np.array([[2.0**1000, 2.0**-500, 0.0]])
    scaled, sizes = normalized(values, magnitudes, np.array([False]))
    assert (sizes > 0).tolist() == [[True, True, False]]
    ratio = Fraction(scaled[0, 0]) / Fraction(values[0, 0])
    assert within(scaled[0, 1], sizes[0, 1], Fraction(values[0, 1]) * ratio, relative_bound(0))


def test_forms_of_integers_are_flagged_exact_only_below_the_limit():
    network = integer_layers(
        [([[Fraction(2**52), Fraction(1)]], [Fraction(0)], [True]), ([[Fraction(3)]], [Fraction(1)], [True])]
    )
    table = FormTable.of_coordinates(3, 2)
    words = np.array([[1, 0]], dtype=np.uint64)
    for layer in (0, 1):
        table.add([(network, 0), (network, 1)], layer, 0, words)
    assert table.exact.view[3:].tolist() == [True, False]  # 3 * 2^52 > 2^53


class Rounded:
    """A computed number that only knows how many rounding errors its monomials went through at most."""

    def __init__(self, n=0):
        self.n = n

    def __mul__(self, other):
        if isinstance(other, Rounded):
            return Rounded(self.n + other.n + 1)
        assert other in (0, 1, -1)  # exact factors
        return self if other else 0.0

    def __add__(self, other):
        if isinstance(other, Rounded):
            return Rounded(max(self.n, other.n) + 1)
        assert other == 0
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


@pytest.mark.parametrize("D", range(2, 8))
@pytest.mark.parametrize("n", [0, 1, 17])
def test_no_monomial_of_a_minor_has_more_rounding_errors_than_counted(D, n):
    forms = rounded(np.ones((1, D - 1, D)), n)
    assert n <= most(cross_product(forms)) <= n_operations(D, n)


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
