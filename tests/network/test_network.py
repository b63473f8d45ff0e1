"""Networks from numbers: exact values, normal form, restriction, equality."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.fraction_network import evaluate, relu_layers
from tests.seeds import cases
from troppoly.errors import InputError, NotFiniteError, ShapeError
from troppoly.exact import RationalMatrix
from troppoly.network import Layer, Network

ENTRIES = st.one_of(
    st.integers(-3, 3),
    st.fractions(-3, 3, max_denominator=7),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
)


@st.composite
def arrays(draw, entries=ENTRIES, max_width=4):
    widths = draw(st.lists(st.integers(1, max_width), min_size=2, max_size=4))
    weights = [[[draw(entries) for _ in range(n_in)] for _ in range(n_out)] for n_in, n_out in pairwise(widths)]
    return weights, [[draw(entries) for _ in weight] for weight in weights]


@settings(max_examples=cases(25, 50))
@given(arrays(), st.data())
def test_value_is_that_of_fractions(network, data):
    weights, biases = network
    x = [data.draw(ENTRIES) for _ in weights[0][0]]
    assert Network.from_arrays(weights, biases)(x) == tuple(evaluate(relu_layers(weights, biases), x))


@settings(max_examples=cases(20, 40))
@given(arrays(), st.data())
def test_restriction_is_composition(network, data):
    net = Network.from_arrays(*network)
    k = data.draw(st.integers(1, 3))
    matrix = [[data.draw(ENTRIES) for _ in range(k)] for _ in range(net.n_inputs)]
    vector = [data.draw(ENTRIES) for _ in range(net.n_inputs)]
    u = [data.draw(ENTRIES) for _ in range(k)]
    x = [
        sum((Fraction(a) * Fraction(v) for a, v in zip(row, u, strict=True)), Fraction(b))
        for row, b in zip(matrix, vector, strict=True)
    ]
    assert net.restrict(matrix, vector)(u) == net(x)


def test_restriction_to_one_layer_and_its_shapes():
    net = Network.from_arrays([[[1, 2]]], [[3]])
    assert net.restrict([[1], [1]], [0, 1]) == Network.from_arrays([[[3]]], [[5]])
    with pytest.raises(ShapeError, match="matrix of the restriction has shape \\(1, 1\\) where 2 rows"):
        net.restrict([[1]], [0])
    with pytest.raises(ShapeError, match="vector of the restriction has 1 entry where 2 are needed"):
        net.restrict([[1], [1]], [0])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.int64, np.uint8])
def test_numpy_types_are_taken_at_their_exact_value(dtype):
    weight = np.array([[0.1, 3], [2, 1.7]]).astype(dtype)
    bias = np.array([0.3, 1]).astype(dtype)
    net = Network.from_arrays([weight], [bias])
    assert net((1, 0)) == tuple(
        Fraction(w.item()) + Fraction(b.item()) for w, b in zip(weight[:, 0], bias, strict=True)
    )


def test_extreme_weights_are_exact():
    tiny, huge, denormal = 1e-300, 1e300, 5e-324
    net = Network.from_arrays([[[tiny], [huge]], [[huge, denormal]]], [[denormal, -huge], [tiny]])
    x = [Fraction(1, 3)]
    assert net(x) == tuple(
        evaluate(relu_layers([[[tiny], [huge]], [[huge, denormal]]], [[denormal, -huge], [tiny]]), x)
    )
    (weights, biases) = net.to_arrays()
    assert Network.from_arrays(weights, biases) == net
    assert weights[1].tolist() == [[huge, denormal]]


def test_cancellation_is_exact():
    net = Network.from_arrays([[[1], [1]], [[1, -1]]], [[0.1, 0.1 + 2**-55], [0]])
    assert net((1e16,)) == (mpq(0.1) - mpq(0.1 + 2**-55),)


def test_widths_names_and_repr():
    net = Network.from_arrays([np.zeros((16, 2)), np.zeros((16, 16)), np.zeros((1, 16))])
    assert (net.n_inputs, net.n_outputs, net.widths) == (2, 1, (2, 16, 16, 1))
    assert net.names == ("0", "1", "2")
    assert repr(net) == "Network 2-16-16-1 (ReLU)"
    assert repr(Network.from_arrays([[[1]]])) == "Network 1-1 (affine)"
    mixed = Layer(RationalMatrix.of([[1], [1]]), RationalMatrix.zeros(2, 1), np.array([True, False]))
    last = Layer(RationalMatrix.of([[1, 1]]), RationalMatrix.zeros(1, 1), np.array([False]))
    assert repr(Network((mixed, last))) == "Network 1-2-1 (ReLU, 1 identity unit)"


def test_equality_is_that_of_layers_and_ignores_names():
    one = Network.from_arrays([[[1], [2]], [[0.5, 0.25]]], [[0, 1], [2]])
    two = Network.from_arrays([np.array([[1.0], [2.0]]), [["1/2", "1/4"]]], [[0, 1], None])
    three = Network(one.layers, names=("hidden", "output"))
    assert one == three
    assert hash(one) == hash(three)
    assert one != two
    assert one != "Network"
    assert one.layers[0] != one.layers[1]
    assert one.layers[0] != 0
    assert len({one, two, three}) == 2


def test_networks_are_immutable():
    net = Network.from_arrays([[[1]], [[1]]])
    with pytest.raises(AttributeError):
        net.layers = ()
    with pytest.raises(ValueError, match="read-only"):
        net.layers[0].rectified[0] = False
    rectified = np.array([True])
    layer = Layer(RationalMatrix.of([[1]]), RationalMatrix.of([[0]]), rectified)
    rectified[0] = False
    assert layer.rectified[0]


def test_evaluate_float_keeps_leading_axes():
    net = Network.from_arrays([[[1, -1], [-1, 1]], [[1, 1], [1, 0]]], [[0, 0], [0, 1]])
    points = np.arange(12.0).reshape(2, 3, 2)
    values = net.evaluate_float(points)
    assert values.shape == (2, 3, 2)
    assert np.array_equal(values, np.broadcast_to([1.0, 1.0], (2, 3, 2)))
    assert net.evaluate_float([3, 1]).tolist() == [2.0, 3.0]
    with pytest.raises(ShapeError, match=r"points have shape \(2, 3\) where \(\.\.\., 2\) is needed"):
        net.evaluate_float(np.zeros((2, 3)))


def test_points_are_checked():
    net = Network.from_arrays([[[1, 1]]])
    with pytest.raises(ShapeError, match="point has 3 entries where 2 are needed"):
        net((1, 2, 3))
    with pytest.raises(NotFiniteError, match="point, entry 1 is nan"):
        net((1, float("nan")))
    with pytest.raises(ShapeError, match="point must be a sequence"):
        net(1)


@pytest.mark.parametrize(
    ("weights", "biases", "error", "message"),
    [
        ([], [], InputError, "at least one layer"),
        ([[[1]]], [[1], [2]], ShapeError, "of weight matrices and of biases differ: 1 and 2"),
        ([[[1, 2]], [[1, 2]]], None, ShapeError, "Layer '1' takes 2 inputs, but layer '0' before it has 1 output"),
        ([[[1, 2], [3]]], None, ShapeError, r"Row 1 of the array weights\[0\] has 1 entry, row 0 has 2"),
        ([[1, 2]], None, ShapeError, r"weights\[0\] is not a sequence of rows"),
        ([np.zeros((2, 2, 2))], None, ShapeError, r"weights\[0\] has shape \(2, 2, 2\)"),
        ([np.zeros((0, 2))], None, ShapeError, r"weights\[0\] has shape \(0, 2\), which is empty"),
        ([[[1]], [[1]]], [[1], [1, 2]], ShapeError, r"biases\[1\] has 2 entries where 1 is needed"),
        ([np.array([[1, np.inf]])], None, NotFiniteError, r"weights\[0\], entry \(0, 1\) is inf"),
        ([[[1]]], [np.array([np.nan])], NotFiniteError, r"biases\[0\], entry 0 is nan"),
        ([[["x"]]], None, InputError, r"weights\[0\], entry \(0, 0\) is 'x'"),
        ([[[1 + 2j]]], None, InputError, r"weights\[0\], entry \(0, 0\) is of type complex"),
    ],
)
def test_bad_arrays_are_refused_with_their_place(weights, biases, error, message):
    with pytest.raises(error, match=message):
        Network.from_arrays(weights, biases)


def test_layers_that_do_not_fit_are_refused():
    one, two = RationalMatrix.of([[1]]), RationalMatrix.of([[1], [2]])
    zero = RationalMatrix.zeros(1, 1)
    affine = Layer(one, zero, np.array([False]))
    with pytest.raises(InputError, match="at least one layer"):
        Network(())
    with pytest.raises(InputError, match="last layer '0' must be affine"):
        Network((Layer(one, zero, np.array([True])),))
    with pytest.raises(ShapeError, match="2 names for 1 layers"):
        Network((affine,), ("a", "b"))
    with pytest.raises(ShapeError, match="Layer '1' takes 1 input, but layer '0' before it has 2 outputs"):
        Network((Layer(two, two, np.array([True, True])), affine))
    with pytest.raises(ShapeError, match="needs a bias of shape"):
        Layer(two, zero, np.array([False, False]))
    with pytest.raises(ShapeError, match="needs 2 entries in rectified"):
        Layer(two, two, np.array([False]))
    with pytest.raises(ShapeError, match="empty"):
        Layer(RationalMatrix.zeros(0, 1), RationalMatrix.zeros(0, 1), np.zeros(0, dtype=bool))


@st.composite
def mixed_networks(draw):
    widths = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    small = st.integers(-4, 4).map(lambda v: v / 4)
    layers = []
    for i, (n_in, n_out) in enumerate(pairwise(widths)):
        weight = [[draw(small) for _ in range(n_in)] for _ in range(n_out)]
        hidden = i < len(widths) - 2
        layers.append((weight, [draw(small) for _ in weight], [hidden and draw(st.booleans()) for _ in weight]))
    return layers


def network_of(layers):
    """The Network of layers (W, b, rectified) of the oracle."""
    return Network(
        tuple(Layer(RationalMatrix.of(w), RationalMatrix.of([[v] for v in b]), np.array(r)) for w, b, r in layers)
    )


@given(mixed_networks(), st.data())
def test_identity_units_are_written_with_relu_in_arrays(layers, data):
    net = network_of(layers)
    x = [data.draw(st.fractions(-3, 3, max_denominator=5)) for _ in range(net.n_inputs)]
    expected = tuple(
        evaluate([([[Fraction(v) for v in r] for r in w], [Fraction(v) for v in b], s) for w, b, s in layers], x)
    )
    rectified = Network.from_arrays(*net.to_arrays())
    assert net(x) == rectified(x) == expected
    assert all(layer.rectified.all() for layer in rectified.layers[:-1])


@pytest.mark.parametrize("value", ["1/3", 10**400, Fraction(1, 2**1075)])
def test_arrays_of_numbers_that_are_no_floats_are_refused(value):
    net = Network.from_arrays([[[1, 1]], [[2]]], [[0], [value]])
    with pytest.raises(InputError, match=r"bias of layer '1', entry \(0, 0\) is .* not a double precision number"):
        net.to_arrays()
