"""Layers of circuits: no needless layer, few carried units, and the same function."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from troppoly.circuit.activations import absolute, clip, larger, leaky
from troppoly.circuit.circuit import Circuit, maximum
from troppoly.circuit.levels import arrange, factorize
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import rank
from troppoly.network import Network

SMALL = st.integers(-3, 3)


def matrix(draw, rows, columns):
    return [[draw(SMALL) for _ in range(columns)] for _ in range(rows)]


def apply(rows, bias, x):
    return [b + sum(w * v for w, v in zip(row, x, strict=True)) for row, b in zip(rows, bias, strict=True)]


@st.composite
def programs(draw):
    """Random steps on a list of values, each a vector: (operation, places of operands, numbers)."""
    d = draw(st.integers(1, 3))
    sizes, steps = [d], []
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(sizes) - 1))
        kind = draw(st.sampled_from(["affine", "relu", "leaky", "abs", "clip", "max", "add", "join"]))
        others = [i for i, n in enumerate(sizes) if n == sizes[place]]
        other = draw(st.sampled_from(others)) if kind in ("max", "add") else draw(st.integers(0, len(sizes) - 1))
        numbers = None
        if kind == "affine":
            m = draw(st.integers(1, 3))
            numbers = (matrix(draw, m, sizes[place]), [draw(SMALL) for _ in range(m)])
        steps.append((kind, place, other, numbers))
        n = len(numbers[1]) if kind == "affine" else sizes[place]
        sizes.append(1 if kind == "fold" else n + sizes[other] if kind == "join" else n)
        if sizes[-1] > 8:
            sizes.pop()
            steps.pop()
    return d, steps


def in_fractions(steps, x):
    values = [list(x)]
    for kind, place, other, numbers in steps:
        a, b = values[place], values[other]
        values.append(
            {
                "affine": lambda a=a, n=numbers: apply(*n, a),
                "relu": lambda a=a: [max(v, 0) for v in a],
                "leaky": lambda a=a: [v if v > 0 else v / 4 for v in a],
                "abs": lambda a=a: [abs(v) for v in a],
                "clip": lambda a=a: [min(max(v, -1), 2) for v in a],
                "max": lambda a=a, b=b: [max(v, w) for v, w in zip(a, b, strict=True)],
                "add": lambda a=a, b=b: [v + w for v, w in zip(a, b, strict=True)],
                "join": lambda a=a, b=b: a + b,
            }[kind]()
        )
    return values[-1]


def filled(wires, number):
    return (wires * 0).shifted(RationalMatrix.of([[number]] * wires.size))


def in_circuit(d, steps):
    circuit = Circuit(d)
    values = [circuit.inputs((d,))]
    for kind, place, other, numbers in steps:
        a, b = values[place], values[other]
        if kind == "affine":
            bias = RationalMatrix.of([[v] for v in numbers[1]])
            values.append(a.mapped(RationalMatrix.of(numbers[0]), (len(numbers[1]),), bias))
        else:
            values.append(
                {
                    "relu": a.rectified,
                    "leaky": lambda a=a: leaky(a, np.array([0.25]), "leaky"),
                    "abs": lambda a=a: absolute(a),
                    "clip": lambda a=a: clip(a, filled(a, -1), filled(a, 2)),
                    "max": lambda a=a, b=b: larger(a, b),
                    "add": lambda a=a, b=b: a + b,
                    "join": lambda a=a, b=b: a.stacked(b),
                }[kind]()
            )
    return Network(*arrange(values[-1]))


@given(programs(), st.data())
def test_networks_of_random_programs_have_their_values(program, data):
    d, steps = program
    net = in_circuit(d, steps)
    for _ in range(3):
        x = data.draw(st.lists(st.fractions(-4, 4, max_denominator=5), min_size=d, max_size=d))
        assert list(net(x)) == in_fractions(steps, [Fraction(v) for v in x])


@given(programs())
def test_every_hidden_layer_rectifies_something(program):
    net = in_circuit(*program)
    assert all(layer.rectified.any() for layer in net.layers[:-1])


@given(st.data())
def test_factors_have_few_rows_and_the_right_product(data):
    m, n = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    dense = RationalMatrix.of(matrix(data.draw, m, n))
    right, left = factorize(dense.sparse())
    assert right @ left == dense
    distinct_rows = {tuple(v / next(w for w in row if w) for v in row) for row in map(dense.row, range(m)) if any(row)}
    distinct_columns = {
        tuple(v / next(w for w in row if w) for v in row) for row in map(dense.T.row, range(n)) if any(row)
    }
    assert left.shape[0] == min(len(distinct_rows), len(distinct_columns)) >= rank(dense) - (m * n == 0)


def carried(net):
    return [int((~layer.rectified).sum()) for layer in net.layers[:-1]]


def test_carried_units_are_as_few_as_the_needs():
    circuit = Circuit(10)
    x = circuit.inputs((10,))
    narrow = x.mapped(RationalMatrix.of([[1] * 10, [1, 2] * 5]), (2,))
    wide = narrow.mapped(RationalMatrix.of([[i, 1] for i in range(5)]), (5,))
    # two inputs of the activation are fewer than ten inputs and five outputs
    reads = leaky(narrow, np.array([0.5]), "a").mapped(RationalMatrix.of([[i, 1] for i in range(5)]), (5,))
    assert carried(Network(*arrange(reads))) == [2]
    # one output is fewer than five inputs of the activation
    total = leaky(wide, np.array([0.5]), "a").mapped(RationalMatrix.of([[1] * 5]), (1,))
    assert carried(Network(*arrange(total))) == [1]
    # nothing is carried past what needs it
    assert carried(Network(*arrange(wide.rectified()))) == [0]


def test_a_chain_of_maxima_carries_the_maximum_so_far():
    circuit = Circuit(6)
    value = maximum([np.arange(6)], circuit.inputs((6,)), (1,))
    net = Network(*arrange(value))
    # after z_1, ..., z_i: the maximum so far (as unit and carried part) and z_(i+1), ..., z_6
    assert net.widths == (6, 6, 5, 4, 3, 2, 1)
    assert net.max_groups == (((0, 0), (1, 0), (2, 0), (3, 0), (4, 0)),)


def test_independent_activations_share_a_layer():
    circuit = Circuit(2)
    x = circuit.inputs((2,))
    value = x.rectified() + absolute(x) + clip(x, filled(x, -1), filled(x, 1)) + larger(x, x * -1)
    assert len(arrange(value)[0]) == 2


def test_a_narrow_map_between_wide_ones_stays_a_layer():
    n = 700
    circuit = Circuit(n)
    ones = RationalMatrix.of(np.ones((1, n)))
    value = circuit.inputs((n,)).mapped(ones, (1,)).mapped(ones.T, (n,)).rectified().mapped(ones, (1,))
    net = Network(*arrange(value))
    assert net.widths == (n, 1, n, 1)
    assert net([1] * n) == (n * n,)
