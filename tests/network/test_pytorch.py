"""PyTorch modules: bit-equal round trips, values, and refusals that name module and position."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.fraction_network import evaluate, relu_layers
from troppoly.errors import InputError, NotFiniteError, ShapeError, UnsupportedError
from troppoly.exact import RationalMatrix
from troppoly.network import Layer, Network

torch = pytest.importorskip("torch", reason="PyTorch is an optional dependency")
nn = torch.nn


def relu_module(*widths, seed=0, dtype=None):
    torch.manual_seed(seed)
    modules = []
    for n_in, n_out in pairwise(widths):
        modules += [nn.Linear(n_in, n_out, dtype=dtype), nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def parameters(module):
    """Weights and biases as nested lists of Python floats, which are exact."""
    linears = [m for m in module.modules() if isinstance(m, nn.Linear)]
    return [m.weight.tolist() for m in linears], [m.bias.tolist() for m in linears]


@settings(deadline=None, max_examples=20)
@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=5),
    st.integers(0, 2**31),
    st.sampled_from([torch.float32, torch.float64]),
)
def test_round_trip_is_bit_equal(widths, seed, dtype):
    module = relu_module(*widths, seed=seed, dtype=dtype)
    net = Network.from_torch(module)
    back = net.to_torch()
    assert [type(m) for m in back] == [type(m) for m in module]
    for one, two in zip(module.parameters(), back.parameters(), strict=True):
        assert one.dtype == two.dtype
        assert torch.equal(one, two)
    assert Network.from_torch(back) == net


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_values_are_exact_for_every_type(dtype):
    module = relu_module(3, 5, 4, 2, seed=1, dtype=dtype)
    weights, biases = parameters(module)
    net = Network.from_torch(module)
    for x in ([1, -2, 3], [Fraction(1, 3), 0, Fraction(-7, 5)], [0.1, 0.2, -0.3]):
        assert net(x) == tuple(evaluate(relu_layers(weights, biases), x))


def test_float_values_are_close_to_those_of_torch():
    module = relu_module(4, 16, 16, 3, seed=2, dtype=torch.float64)
    points = np.random.default_rng(0).standard_normal((50, 4))
    with torch.no_grad():
        expected = module(torch.from_numpy(points)).numpy()
    values = Network.from_torch(module).evaluate_float(points)
    assert np.allclose(values, expected, rtol=1e-12, atol=1e-12)


def test_extreme_and_denormal_weights_come_back():
    module = relu_module(2, 3, 1, dtype=torch.float64)
    with torch.no_grad():
        module[0].weight[:] = torch.tensor([[1e-300, 1e300], [5e-324, -5e-324], [1.5, 2.0**-1074]], dtype=torch.float64)
    back = Network.from_torch(module).to_torch()
    assert torch.equal(back[0].weight, module[0].weight)
    assert back[0].weight.dtype == torch.float64


def test_type_is_single_exactly_if_every_weight_is():
    denormal32 = 2.0**-149
    assert Network.from_arrays([[[denormal32, 0.5]]]).to_torch()[0].weight.dtype == torch.float32
    assert Network.from_arrays([[[denormal32 / 2, 0.5]]]).to_torch()[0].weight.dtype == torch.float64
    assert Network.from_arrays([[[1e39, 0.5]]]).to_torch()[0].weight.dtype == torch.float64
    assert Network.from_arrays([[[0.5]]], [[0.1]]).to_torch()[0].weight.dtype == torch.float64


def test_weights_that_are_no_floats_are_refused():
    net = Network.from_arrays([[[1, 2]], [["1/3"]]])
    with pytest.raises(InputError, match="weight of layer '1', entry \\(0, 0\\) is 1/3"):
        net.to_torch()


def test_nested_modules_and_names():
    module = nn.Sequential(
        nn.Flatten(),
        nn.Sequential(nn.Linear(4, 3), nn.Sequential(nn.ReLU(), nn.Identity())),
        nn.Dropout(0.5),
        nn.Linear(3, 2, bias=False),
    ).eval()
    net = Network.from_torch(module)
    assert net.names == ("1.0", "3")
    assert repr(net) == "Network 4-3-2 (ReLU)"
    x = torch.tensor([[[1.0, 2.0], [-3.0, 0.5]]])
    assert np.allclose(net.evaluate_float(x.reshape(1, 4).numpy()), module(x).detach().numpy())
    assert all(net.layers[-1].bias[i, 0] == 0 for i in range(2))


def test_single_linear_module():
    assert Network.from_torch(nn.Linear(2, 3)).widths == (2, 3)


def test_module_that_stands_twice_counts_twice():
    square, relu = nn.Linear(2, 2), nn.ReLU()
    module = nn.Sequential(square, relu, square, relu, nn.Linear(2, 1))
    net = Network.from_torch(module)
    assert net.widths == (2, 2, 2, 1)
    assert all(layer.rectified.all() for layer in net.layers[:-1])
    assert net.layers[0] == net.layers[1]


def test_consecutive_linear_modules_are_multiplied_out_exactly():
    module = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    net = Network.from_torch(module)
    assert net.widths == (2, 4, 1)
    first, second = (RationalMatrix.of(module[i].weight) for i in (0, 1))
    assert net.layers[0].weight == second @ first
    weights, biases = parameters(module)
    layers = relu_layers(weights, biases)
    layers[0] = (*layers[0][:2], [False] * 3)
    assert net((1, "1/3")) == tuple(evaluate(layers, (1, Fraction(1, 3))))


def test_trailing_and_leading_relu_are_kept_exactly():
    module = nn.Sequential(nn.ReLU(), nn.Linear(2, 2, dtype=torch.float64), nn.ReLU())
    weights, biases = parameters(module)
    net = Network.from_torch(module)
    assert net.widths == (2, 2, 2, 2)
    identity = [[1, 0], [0, 1]]
    layers = relu_layers([identity, weights[0], identity], [[0, 0], biases[0], [0, 0]])
    for x in ((1, 2), (-1, Fraction(1, 3)), (-3, -4)):
        assert net(x) == tuple(evaluate(layers, x))


def test_partly_rectified_layers_are_written_with_relu():
    hidden = Layer(RationalMatrix.of([[1], [2]]), RationalMatrix.of([[0], [1]]), np.array([True, False]))
    last = Layer(RationalMatrix.of([[1, -0.5]]), RationalMatrix.of([[3]]), np.array([False]))
    net = Network((hidden, last))
    module = net.to_torch()
    assert [type(m).__name__ for m in module] == ["Linear", "ReLU", "Linear"]
    back = Network.from_torch(module)
    assert back.widths == (1, 3, 1)
    for x in (-2, 0, Fraction(1, 7), 4):
        assert back((x,)) == net((x,)) == (max(x, 0) - Fraction(2 * x + 1) / 2 + 3,)


class OwnForward(nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


class PlainSubclass(nn.Sequential):
    pass


def overridden():
    module = nn.Linear(2, 2)
    module.forward = lambda x: x
    return module


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.Sequential(nn.Linear(2, 2), nn.GELU()), r"layer '1' \(GELU\) is not supported"),
        (
            nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Sequential(nn.Linear(2, 2), nn.GELU())),
            r"layer '2\.1' \(GELU\) is not supported",
        ),
        (nn.Sigmoid(), r"module Sigmoid is not supported"),
        (nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5)), r"layer '1' \(Dropout\) is in training mode"),
        (nn.Sequential(nn.Flatten(0), nn.Linear(2, 2)), "does not keep the points of a batch apart"),
        (nn.Sequential(nn.LazyLinear(3)), r"layer '0' \(LazyLinear\) has no weights yet"),
        (nn.Sequential(nn.Linear(2, 2, device="meta")), r"layer '0' \(Linear\) has no weights yet"),
        (lambda x: x, r"A torch\.nn\.Module is needed, not a function"),
        ("net.pt", r"A torch\.nn\.Module is needed, not a str"),
    ],
)
def test_other_modules_are_refused_by_type_and_position(module, message):
    with pytest.raises(UnsupportedError, match=message):
        Network.from_torch(module)


def test_modules_are_what_their_own_forward_does():
    one = OwnForward(2, 2)
    assert Network.from_torch(nn.Sequential(one)).layers[0].weight == 2 * RationalMatrix.of(one.weight)
    assert Network.from_torch(nn.Sequential(overridden(), nn.Linear(2, 1)))((0, 0)) is not None


def test_dropout_without_effect_and_plain_subclasses_are_accepted():
    module = PlainSubclass(nn.Linear(2, 2), nn.Dropout(0.0), nn.Linear(2, 1))
    assert Network.from_torch(module).widths == (2, 1)


def test_reparametrized_weights_are_those_that_torch_uses():
    linear = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))
    assert Network.from_torch(linear).layers[0].weight == RationalMatrix.of(linear.weight)


def test_modules_without_weights_or_with_bad_ones_are_refused():
    with pytest.raises(InputError, match="needs an affine layer"):
        Network.from_torch(nn.Sequential(nn.ReLU()))
    with pytest.raises(InputError, match="needs an affine layer"):
        Network.from_torch(nn.Sequential())
    with pytest.raises(ShapeError, match="Layer '1' takes 4 inputs, but layer '0' before it has 3 outputs"):
        Network.from_torch(nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1)))
    module = nn.Sequential(nn.Linear(2, 2))
    with torch.no_grad():
        module[0].weight[1, 0] = torch.nan
    with pytest.raises(NotFiniteError, match=r"weight of layer '0' \(Linear\), entry \(1, 0\) is nan"):
        Network.from_torch(module)
    module = nn.Sequential(nn.Linear(2, 2))
    with torch.no_grad():
        module[0].bias[1] = -torch.inf
    with pytest.raises(NotFiniteError, match=r"bias of layer '0' \(Linear\), entry 1 is -inf"):
        Network.from_torch(module)
