"""Modules by tracing: values equal to those of PyTorch and of plain fractions, and refusals."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.fraction_modules import evaluate_module, image
from troppoly.errors import InputError, NotFiniteError, ShapeError, UnsupportedError
from troppoly.exact import rational
from troppoly.network import Network

torch = pytest.importorskip("torch", reason="PyTorch is an optional dependency")
nn, F = torch.nn, torch.nn.functional
prune = pytest.importorskip("torch.nn.utils.prune")


def dyadic(module, seed=0):
    """The module in double precision and evaluation mode, with parameters that make sums exact."""
    generator = torch.Generator().manual_seed(seed)
    module = module.double().eval()
    with torch.no_grad():
        for tensor in [*module.parameters(), *module.buffers()]:
            if tensor.is_floating_point():
                tensor.copy_(torch.randint(-6, 7, tensor.shape, generator=generator) / 4)
        for child in module.modules():
            if isinstance(child, nn.modules.batchnorm._NormBase):
                powers = torch.randint(-2, 3, child.running_var.shape, generator=generator)
                child.running_var.copy_(4.0**powers)
                child.eps = 0.0
    return module


def assert_same_values(module, shape, input_shape=None, n=12):
    module = dyadic(module)
    net = Network.from_torch(module, input_shape)
    points = torch.randint(-8, 9, (n, *shape), generator=torch.Generator().manual_seed(1)).double() / 2
    with torch.no_grad():
        expected = torch.cat([module(point[None]).reshape(1, -1) for point in points])
    for point, values in zip(points.reshape(n, -1).tolist(), expected.tolist(), strict=True):
        assert [float(v) for v in net(point)] == values
    assert np.array_equal(net.evaluate_float(points.reshape(n, -1).numpy()), expected.numpy())
    return net


class Lambda(nn.Module):
    """A function after a Linear layer, with a vector of parameters at hand."""

    def __init__(self, function, n=4):
        super().__init__()
        self.linear, self.vector, self.function = nn.Linear(3, n), nn.Parameter(torch.ones(n)), function

    def forward(self, x):
        return self.function(self.linear(x), self.vector)


@pytest.mark.parametrize(
    "module",
    [
        nn.ReLU(),
        nn.LeakyReLU(0.25),
        nn.PReLU(),
        nn.PReLU(4),
        nn.ReLU6(),
        nn.Hardtanh(-0.5, 2),
        nn.Hardtanh(),
        nn.Threshold(0.5, 0.5),
        nn.BatchNorm1d(4),
        nn.BatchNorm1d(4, affine=False),
        nn.Dropout(0.5),
        nn.Identity(),
        nn.Unflatten(1, (2, 2)),
    ],
    ids=lambda module: type(module).__name__,
)
def test_modules_have_the_values_of_torch(module):
    assert_same_values(nn.Sequential(nn.Linear(3, 4), module, nn.Flatten(), nn.Linear(4, 2)), (3,))
    assert_same_values(nn.Sequential(module, nn.Flatten()), (4,), (4,))


FUNCTIONS = {
    "torch.relu": lambda x, v: torch.relu(x),
    "F.relu": lambda x, v: F.relu(x),
    "F.relu in place": lambda x, v: F.relu(x, inplace=True),
    "x.relu": lambda x, v: x.relu(),
    "F.leaky_relu": lambda x, v: F.leaky_relu(x, 0.125),
    "F.prelu": lambda x, v: F.prelu(x, v),
    "F.relu6": lambda x, v: F.relu6(x),
    "F.hardtanh": lambda x, v: F.hardtanh(x, -2, 3),
    "a comparison as a factor in place": lambda x, v: (x.mul_(x > 0), x)[1],
    "a comparison as a factor of a part in place": lambda x, v: (x[:, 1:3].mul_(x[:, 1:3] > 0), x)[1],
    "a choice to other memory": lambda x, v: (torch.mul(x, x > 0, out=(y := torch.empty(x.shape))), y)[1],
    "a comparison negated in place": lambda x, v: torch.where((x > 0).logical_not_(), torch.zeros(1), x),
    "a comparison negated": lambda x, v: ((y := x > 0).logical_not_(), torch.where(y, torch.zeros(1), x))[1],
    "clamp": lambda x, v: x.clamp(-1, 2),
    "clamp from below": lambda x, v: torch.clamp(x, min=0.5),
    "clamp from above": lambda x, v: torch.clamp(x, max=0.5),
    "clamp by infinity": lambda x, v: x.clamp(-float("inf"), 1.0),
    "clamp by values": lambda x, v: torch.clamp(x, -x, 2 * x + v),
    "clamp_min": lambda x, v: x.clamp_min(1).clamp_max(2),
    "threshold": lambda x, v: F.threshold(x, 1, 1),
    "abs": lambda x, v: torch.abs(x) + x.abs() + abs(x),
    "maximum": lambda x, v: torch.maximum(x, v * x),
    "maximum of a constant": lambda x, v: torch.maximum(x, v) - torch.minimum(v, x),
    "max of two": lambda x, v: torch.max(x, -x) + torch.min(x, 2 * x),
    "max along an axis": lambda x, v: torch.max(x, 1)[0],
    "max with a name": lambda x, v: x.max(dim=1, keepdim=True).values + x.min(dim=1, keepdim=True)[0],
    "amax": lambda x, v: x.amax(1, keepdim=True) - x.amin(-1, keepdim=True),
    "maxout": lambda x, v: x.view(x.size(0), 2, 2).max(dim=2)[0],
    "maxout by reshape": lambda x, v: x.reshape(x.shape[0], 2, -1).amax(2),
    "sum": lambda x, v: x + v - 1 + 2 * x - (1 - x),
    "alpha": lambda x, v: torch.add(x, x.relu(), alpha=3) - torch.sub(v, x, alpha=0.5),
    "product": lambda x, v: x * v * 0.5 / 4 / torch.tensor([1.0, 2.0, 4.0, 0.5]).double(),
    "matmul": lambda x, v: x @ torch.diag(v).T + torch.matmul(x, torch.ones(4, 4).double()),
    "F.linear": lambda x, v: F.linear(x, v[None, :]),
    "cat": lambda x, v: torch.cat([x, x.relu(), -x], dim=1),
    "stack": lambda x, v: torch.stack([x, x.relu()], dim=2).flatten(1),
    "slices": lambda x, v: x[:, 1:3] + x[:, ::2] - x[..., 3:] + x[:, [0, 1]],
    "entry": lambda x, v: x[:, 2],
    "chunks": lambda x, v: x.chunk(2, dim=1)[0] - x.split([1, 3], 1)[1][:, :2],
    "mean": lambda x, v: x.mean(1, keepdim=True) + x.sum(dim=1, keepdim=True),
    "axes": lambda x, v: x.view(-1, 2, 2).transpose(1, 2).permute(0, 2, 1).unsqueeze(1).squeeze(1).relu(),
    "pad": lambda x, v: F.pad(x, (1, 2), value=0.5).relu(),
    "dropout": lambda x, v: F.dropout(x, 0.5, training=False),
    "constants": lambda x, v: x * (v.abs() + 1).sum() + torch.zeros(4),
    "mm from the left": lambda x, v: (torch.ones(3, 2).double() @ x.view(-1, 2, 2)).relu(),
    "zero": lambda x, v: x * 0,
    "relu twice": lambda x, v: x.relu().relu().abs(),
    "if on shapes": lambda x, v: F.linear(x, v.diag()) if x.shape[1] == v.numel() else x,
    "numbers of shapes": lambda x, v: x.view(len(x), -1) * float(4 / x.shape[1]) + torch.zeros(x.shape[0], 4),
    "loops": lambda x, v: torch.stack([c.relu() * i for i, c in enumerate(x.unbind(1))], 1),
    "zeros_like": lambda x, v: torch.maximum(x, torch.zeros_like(x)) + torch.full_like(x, 2).minimum(x),
    "where": lambda x, v: torch.where(x > 0, x, x / 4),
    "where at another place": lambda x, v: torch.where(x >= 1, 2 * x - 1, x),
    "where of two values": lambda x, v: torch.where(x[:, :2] < x[:, 2:], x[:, 2:], x[:, :2]),
    "where not": lambda x, v: torch.where(~(x > 0), -x, x),
    "where of constants": lambda x, v: torch.where(v > 0, x, -1.0) + torch.where(x.new_ones(1) > 0, x, 3.0),
    "product with a comparison": lambda x, v: x * (x > 0) + x * (x < 0).double(),
    "masked_fill": lambda x, v: x.masked_fill(x < 0, 0.0) + x.masked_fill(v < 0, 1.5),
    "isnan": lambda x, v: torch.where(torch.isnan(x), torch.zeros_like(x), x) if x.isfinite else x,
    "isfinite": lambda x, v: x.relu() if torch.isfinite(x).all() else v / 0,
    "not equal to itself": lambda x, v: torch.where(x != x, -1.0, torch.where(x == -math.inf, 2.0, x)),
    "flip and roll": lambda x, v: torch.flip(x, (1,)) + torch.roll(x, 1, 1),
    "narrow": lambda x, v: x.narrow(1, 1, 2),
    "repeat": lambda x, v: x.repeat(1, 2) + x.tile(2) + x.repeat_interleave(2, dim=1),
    "expand": lambda x, v: x.unsqueeze(1).expand(-1, 3, -1).relu().flatten(1),
    "stacks": lambda x, v: torch.hstack((x, -x, torch.vstack([x.T, x.T]).T, torch.dstack([x, x]).flatten(1))),
    "diagonals": lambda x, v: torch.tril(x.view(-1, 2, 2)) + torch.diag_embed(x.view(-1, 2, 2).diagonal(0, 1, 2)),
    "unfold": lambda x, v: x.unfold(1, 2, 1).amax(2),
    "gather": lambda x, v: (
        x.gather(1, torch.tensor([[2, 0]]).expand(len(x), -1)) + x.index_select(1, torch.tensor([0, 3]))
    ),
    "addmm": lambda x, v: torch.addmm(v, x, v.diag()) + torch.addmm(v, x, v.diag(), beta=2, alpha=0.5),
    "mv": lambda x, v: (x @ v).unsqueeze(1) + torch.mv(x, v)[:, None] + torch.inner(x, v)[:, None],
    "baddbmm": lambda x, v: torch.baddbmm(v[None, None], x[:, None], v.diag().expand(len(x), 4, 4)),
    "einsum": lambda x, v: torch.einsum("bi,oi->bo", x, v.diag()) + torch.einsum("bi->b", x)[:, None],
    "einsum of traces": lambda x, v: torch.einsum("bii,k->bk", x.view(-1, 2, 2), v),
    "tensordot": lambda x, v: torch.tensordot(x, v.diag(), dims=([1], [0])) + torch.kron(x, v[:1]),
    "cumsum": lambda x, v: x.cumsum(1) + x.diff(dim=1, prepend=x[:, :1]),
    "cummax": lambda x, v: torch.cummax(x, 1)[0] - x.cummin(dim=1).values,
    "lerp": lambda x, v: torch.lerp(x, x.relu(), 0.25) + torch.addcmul(x, x, v, value=2),
    "scatter": lambda x, v: torch.zeros(len(x), 5).double().scatter(1, torch.tensor([[4, 1, 0, 2]] * len(x)), x),
    "scatter_add": lambda x, v: x.scatter_add(1, torch.tensor([[0, 1, 0, 0]] * len(x)), x.relu()),
    "index_add": lambda x, v: torch.ones(len(x), 2).double().index_add(1, torch.tensor([0, 1, 1, 1]), x, alpha=2),
    "sort": lambda x, v: x.sort(1)[0] - x.sort(dim=1, descending=True).values,
    "topk": lambda x, v: x.topk(2, 1)[0] + x.topk(2, dim=1, largest=False).values,
    "median": lambda x, v: x.median(1).values + x.kthvalue(3, dim=1)[0],
    "norms": lambda x, v: x.norm(p=1, dim=1) + torch.linalg.vector_norm(x, float("inf"), dim=1),
    "clamp by vectors": lambda x, v: x.clamp(-v.abs(), v) + x.clamp(2, 1) + x.clamp(min=v),
    "Hardsigmoid": lambda x, v: 6 * F.hardsigmoid(x).mul(8),
    "Softshrink": lambda x, v: F.softshrink(x, 0.25),
    "padding and units": lambda x, v: F.pad(x, (1, 1), value=-2.0).relu().abs() - F.pad(x, (0, 2)).relu(),
    "one point after the other": lambda x, v: torch.stack([(row.relu() - v).abs() for row in x]),
    "vmap": lambda x, v: torch.vmap(lambda row: row.relu() * v)(x),
    "no grad": lambda x, v: x.detach().requires_grad_(False).data.relu(),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_have_the_values_of_torch(name):
    assert_same_values(nn.Sequential(Lambda(FUNCTIONS[name])), (3,))


@pytest.mark.parametrize(
    ("modules", "shape"),
    [
        ([nn.Conv2d(1, 2, 3)], (1, 5, 4)),
        ([nn.Conv2d(2, 4, (2, 3), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2)], (2, 6, 6)),
        ([nn.Conv2d(1, 1, 3, padding="same", bias=False)], (1, 4, 4)),
        ([nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular")], (1, 4, 4)),
        ([nn.Conv2d(1, 1, 3, padding=2, padding_mode="reflect")], (1, 4, 4)),
        ([nn.Conv1d(2, 3, 2, padding=1, padding_mode="replicate")], (2, 5)),
        ([nn.Conv1d(1, 2, 3, padding="valid"), nn.LeakyReLU(0.5), nn.MaxPool1d(2)], (1, 8)),
        ([nn.MaxPool2d(2)], (1, 4, 4)),
        ([nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True)], (2, 6, 5)),
        ([nn.MaxPool2d(2, stride=1, dilation=2)], (1, 4, 4)),
        ([nn.MaxPool2d((3, 2), stride=2, ceil_mode=True)], (1, 2, 3)),
        ([nn.AvgPool2d((3, 2), stride=2, ceil_mode=True)], (1, 2, 3)),
        ([nn.AvgPool2d(2)], (1, 4, 4)),
        ([nn.AvgPool2d((2, 4), stride=2, padding=(1, 2), count_include_pad=True)], (1, 4, 4)),
        ([nn.AvgPool2d(4, stride=2, ceil_mode=True, divisor_override=8)], (1, 5, 5)),
        ([nn.AvgPool1d(2)], (2, 4)),
        ([nn.AdaptiveAvgPool2d(1)], (3, 4, 2)),
        ([nn.AdaptiveMaxPool2d((2, None))], (1, 5, 3)),
        ([nn.BatchNorm2d(2), nn.ReLU()], (2, 3, 3)),
        ([nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(2, 1, 1)], (1, 5, 5)),
        ([nn.ZeroPad2d(1), nn.ConstantPad1d((0, 1), 0.5), nn.ReLU()], (1, 2, 2)),
        ([nn.ReflectionPad2d(1), nn.ReplicationPad2d((1, 0, 2, 0)), nn.ReLU()], (1, 3, 3)),
        ([nn.Linear(3, 2), nn.ReLU()], (2, 3)),
        ([nn.ConvTranspose1d(2, 3, 3, stride=2, padding=1, output_padding=1), nn.ReLU()], (2, 4)),
        ([nn.ConvTranspose2d(2, 4, 3, stride=2, groups=2, dilation=2)], (2, 3, 3)),
        ([nn.ConvTranspose3d(1, 1, 2), nn.Conv3d(1, 2, 2)], (1, 2, 2, 2)),
        ([nn.Upsample(scale_factor=3), nn.Upsample(size=4, mode="nearest-exact")], (1, 2, 2)),
        ([nn.Upsample(scale_factor=2, mode="bilinear"), nn.ReLU()], (1, 2, 3)),
        ([nn.Upsample(size=(3, 5), mode="bilinear", align_corners=True)], (1, 2, 3)),
        ([nn.Upsample(scale_factor=2, mode="linear")], (2, 4)),
        ([nn.PixelShuffle(2), nn.PixelUnshuffle(2), nn.ChannelShuffle(2)], (4, 2, 2)),
        ([nn.Unfold(2, padding=1), nn.Fold((3, 3), 2, padding=1)], (1, 3, 3)),
        ([nn.CircularPad1d(1), nn.ReflectionPad1d(1), nn.AdaptiveMaxPool1d(2)], (1, 3)),
        ([nn.InstanceNorm2d(2, track_running_stats=True, affine=True)], (2, 2, 2)),
    ],
)
def test_images_have_the_values_of_torch(modules, shape):
    assert_same_values(nn.Sequential(*modules), shape, shape, n=6)


def hooked():
    linear = nn.Linear(3, 3)
    linear.register_forward_pre_hook(lambda module, inputs: (inputs[0] * 2,))
    linear.register_forward_hook(lambda module, inputs, output: output.relu())
    return linear


def small():
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


def pruned():
    module = small()
    prune.l1_unstructured(module[0], "weight", amount=0.5)
    return module


@pytest.mark.parametrize(
    "wrap",
    [
        lambda: torch.compile(small(), backend="eager"),
        lambda: nn.Sequential(torch.compile(small(), backend="eager"), nn.ReLU()),
        lambda: nn.DataParallel(small()),
        lambda: torch.fx.symbolic_trace(small()),
        pruned,
        hooked,
    ],
)
def test_wrapped_modules_have_the_values_of_torch(wrap):
    assert_same_values(wrap(), (3,))


@pytest.mark.parametrize("make", [torch.jit.script, lambda module: torch.jit.trace(module, torch.zeros(1, 3).double())])
@pytest.mark.filterwarnings("ignore")
def test_torchscript_is_the_module_that_it_was_made_of(make):
    module = dyadic(small())
    assert Network.from_torch(make(module)) == Network.from_torch(module)
    with pytest.raises(UnsupportedError, match=r"function 'gelu' in module .* \(line \d+ of activation\.py"):
        Network.from_torch(make(nn.Sequential(nn.Linear(3, 3), nn.GELU()).double()))


def test_recurrent_networks_with_relu():
    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.RNN(2, 3, nonlinearity="relu", batch_first=True)

        def forward(self, x):
            return self.body(x)[0][:, -1]

    assert_same_values(Last(), (3, 2), (3, 2))


@pytest.mark.parametrize(
    "final",
    [
        lambda x: x.softmax(1),
        lambda x: F.log_softmax(x, dim=-1),
        torch.sigmoid,
        lambda x: torch.sigmoid(x).unsqueeze(2).squeeze(),
    ],
)
def test_a_final_softmax_is_dropped_on_request(final):
    module = dyadic(Lambda(lambda x, v: final(x.relu())))
    plain = Lambda(lambda x, v: x.relu())
    plain.load_state_dict(module.state_dict())
    assert Network.from_torch(module, drop_final=True) == Network.from_torch(plain.double())
    with pytest.raises(UnsupportedError, match="drop_final=True leaves it out"):
        Network.from_torch(module)


@pytest.mark.parametrize(
    "function", [lambda x, v: x.softmax(1) * 2, lambda x, v: x.softmax(1)[:, 1], lambda x, v: x.sigmoid().mean(1)]
)
def test_what_is_not_final_is_not_dropped(function):
    with pytest.raises(UnsupportedError, match="is left out and must be the last"):
        Network.from_torch(Lambda(function), drop_final=True)
    with pytest.raises(UnsupportedError, match="points of a batch apart"):
        Network.from_torch(Lambda(lambda x, v: x.softmax(0)), drop_final=True)


def test_a_refusal_names_the_line_and_the_value():
    with pytest.raises(
        UnsupportedError,
        match=r"function 'exp' in layer 'block\.1' \(Lambda\) .* \(line \d+ of test_torch_tracing\.py, "
        r"`.*exp\(\).*`, on a value of shape \(N, 2\)\)\.$",
    ):
        Network.from_torch(Curved(lambda x, v: x[:, 1:3].exp()))


@pytest.mark.parametrize(
    ("function", "n"),
    [
        (lambda x, v: F.linear(x, v[None]), 4),
        (lambda x, v: x.view(-1, 2, 2).flatten(1) * v, 4),
        (lambda x, v: x.relu() + v, 4),
    ],
)
def test_the_number_of_inputs_is_the_one_that_fits(function, n):
    class Plain(Lambda):
        def forward(self, x):
            return function(x, self.vector)

    assert Network.from_torch(Plain(None, n)).n_inputs == n
    with pytest.raises(InputError, match="give input_shape"):
        Network.from_torch(nn.PReLU())


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1)
        self.norm, self.relu, self.last = nn.BatchNorm2d(2), nn.ReLU(), nn.Linear(2, 3)
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x):
        y = self.second(self.relu(self.norm(self.first(x))))
        return self.last(self.pool(self.relu(x + y)).flatten(1))


def test_residual_blocks_carry_their_input():
    net = assert_same_values(Residual(), (2, 2, 2), (2, 2, 2))
    assert net.widths == (8, 16, 8, 3)
    assert [int(layer.rectified.sum()) for layer in net.layers] == [8, 8, 0]
    assert (net.names[0], net.names[-1]) == ("first", "last")


@st.composite
def stacks(draw):
    """A random small image network and the shape of its input."""
    channels, height, width = draw(st.integers(1, 2)), draw(st.integers(3, 5)), draw(st.integers(3, 5))
    shape = (channels, height, width)
    modules = []
    for kind in draw(st.lists(st.sampled_from(["conv", "act", "max", "avg"]), min_size=1, max_size=4)):
        probe = nn.Sequential(*modules)(torch.zeros(1, *shape))
        _, c, h, w = probe.shape
        kernel = (draw(st.integers(1, min(h, 3))), draw(st.integers(1, min(w, 3))))
        padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
        if kind == "conv":
            groups = c if draw(st.booleans()) else 1
            modules.append(
                nn.Conv2d(c, 2 * groups, kernel, stride=draw(st.integers(1, 2)), padding=padding, groups=groups)
            )
        elif kind == "act":
            activations = [nn.ReLU(), nn.LeakyReLU(0.3), nn.ReLU6(), nn.Hardtanh()]
            modules.append(draw(st.sampled_from(activations)))
        else:
            pool = nn.MaxPool2d if kind == "max" else nn.AvgPool2d
            modules.append(pool(kernel, stride=draw(st.integers(1, 2)), padding=padding))
    return nn.Sequential(*modules, nn.Flatten()).double().eval(), shape


@settings(deadline=None, max_examples=30)
@given(stacks(), st.data())
def test_random_image_networks_have_the_values_of_fractions(network, data):
    module, shape = network
    n = int(np.prod(shape))
    x = data.draw(st.lists(st.fractions(-3, 3, max_denominator=7), min_size=n, max_size=n))
    expected = evaluate_module(module, image([Fraction(v) for v in x], *shape))
    assert list(Network.from_torch(module, shape)(x)) == expected


def test_batch_normalization_uses_the_scale_that_torch_computes():
    norm = nn.BatchNorm1d(3)
    with torch.no_grad():
        norm.running_var.copy_(torch.tensor([2.0, 0.3, 7.0]))
        norm.running_mean.copy_(torch.tensor([0.1, -0.2, 0.3]))
        norm.weight.copy_(torch.tensor([1.1, 0.7, -0.9]))
    norm.eval()
    net = Network.from_torch(norm)
    root = np.sqrt(norm.running_var.numpy() + np.float32(1e-5))
    scale = norm.weight.detach().numpy() * (np.float32(1) / root)
    assert scale.dtype == np.float32
    for i in range(3):
        assert net.layers[0].weight[i, i] == rational(scale[i])
        assert net((0, 0, 0))[i] == -rational(scale[i]) * rational(norm.running_mean[i])
    x = torch.randn(20, 3)
    assert np.allclose(net.evaluate_float(x.numpy()), norm(x).detach().numpy(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_numbers_in_the_code_have_the_type_of_the_parameters(dtype):
    module = nn.Sequential(nn.Linear(1, 1, dtype=dtype), nn.LeakyReLU(0.01))
    with torch.no_grad():
        module[0].weight.fill_(1)
        module[0].bias.fill_(0)
    slope = rational(np.float32(0.01)) if dtype == torch.float32 else rational(0.01)
    assert Network.from_torch(module)((-1,)) == (-slope,)
    assert float(-slope) == module(torch.tensor([[-1.0]], dtype=dtype)).item()


def test_without_parameters_numbers_in_the_code_have_the_default_type():
    module, before = nn.LeakyReLU(0.01), torch.get_default_dtype()
    try:
        for dtype, slope in ((torch.float32, np.float32(0.01)), (torch.float64, 0.01)):
            torch.set_default_dtype(dtype)
            assert Network.from_torch(module, (1,))((-1,)) == (-rational(slope),)
    finally:
        torch.set_default_dtype(before)


def test_what_is_pooled_from_constants_is_constant():
    """Also where it is used again, and beside what varies."""
    image = lambda x: F.max_pool1d(x[:, None], 3, stride=1)  # noqa: E731
    functions = [
        lambda x, v: 3 * image(0 * x + v) - 1,
        lambda x, v: F.relu(image(x) - 2 * image(v.expand(len(x), 4))),
        lambda x, v: F.max_pool1d(image(torch.stack([x[:, 0], *[x[:, 1] * 0 - 2] * 4], 1)), 2).amax(1),
    ]
    for function in functions:
        assert_same_values(Lambda(function), (3,))


def test_averages_are_exact_thirds():
    module = nn.Sequential(nn.AvgPool1d(3), nn.Flatten())
    assert Network.from_torch(module, (1, 3))((1, 0, 0)) == (rational("1/3"),)


def test_maxima_of_three_and_more_are_groups():
    net = Network.from_torch(Lambda(lambda x, v: x.amax(1)))
    assert [len(group) for group in net.max_groups] == [3]
    assert net.widths == (3, 4, 3, 2, 1)
    assert Network.from_torch(Lambda(lambda x, v: x[:, :2].amax(1))).max_groups == ()
    restricted = net.restrict([[1], [2], [3]], [0, 1, 0])
    assert restricted.max_groups == net.max_groups


class InPlace(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.linear, self.relu, self.function = nn.Linear(2, 2), nn.ReLU(inplace=True), function

    def forward(self, x):
        return self.function(self, self.linear(x))


def filled(m, x):
    result = torch.zeros(x.shape[0], 4).double()
    result[:, 0], result[:, 1:3] = x[:, 1], x.relu()
    result += 1
    return result


def summed(m, x):
    result = torch.zeros(len(x), 1).double()
    for i in range(x.shape[1]):
        result += x[:, i : i + 1].abs() * (i + 1)
    return result


def masked(m, x):
    result = x.clone()
    result[result < 0] = 0
    return result.clamp_(max=2)


@pytest.mark.parametrize(
    "function",
    [
        lambda m, x: m.relu(x) + x,
        lambda m, x: (F.relu(x, inplace=True), x)[1],
        lambda m, x: x.view(-1, 2).relu_() + x,
        lambda m, x: [y := m.linear(x), y.abs_(), y.flatten(1)][2],
        lambda m, x: m.relu(x).add_(1),
        lambda m, x: [y := x.clone(), y.t()[0].neg_(), y.unsqueeze_(1).relu_()][0],
        lambda m, x: torch.add(x, x.relu(), out=torch.empty_like(x)),
        filled,
        summed,
        masked,
    ],
)
def test_memory_that_is_written_to_is_followed(function):
    assert_same_values(InPlace(function), (2,))


class Augmented(nn.Module):
    def __init__(self, uses_other):
        super().__init__()
        self.linear, self.uses_other = nn.Linear(2, 2), uses_other

    def forward(self, x):
        y = other = self.linear(x)
        y += x
        y *= 2
        y -= 1
        y /= 4
        return other.relu() if self.uses_other else y.relu()


@pytest.mark.parametrize("uses_other", [False, True])
def test_augmented_assignments_change_tensors_in_place(uses_other):
    assert_same_values(Augmented(uses_other), (2,))


def test_a_run_leaves_the_module_as_it_is():
    module = InPlace(lambda m, x: [m.count.add_(1), m.memory.copy_(x), m.memory * 2][2]).double()
    module.register_buffer("count", torch.zeros(()))
    module.memory = torch.full((2, 2), 7.0)
    assert Network.from_torch(module).widths == (2, 2)
    assert (module.count.item(), module.memory.unique().item()) == (0, 7)
    with pytest.raises(UnsupportedError, match="writes a value that depends on the input to a parameter"):
        Network.from_torch(InPlace(lambda m, x: m.linear.weight.copy_(x)))


class Curved(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.block = nn.Sequential(nn.Linear(3, 4), Lambda(function))
        self.block[1].linear = nn.Linear(4, 4)

    def forward(self, x):
        return self.block(x)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x, v: F.gelu(x), r"function 'gelu' in layer 'block\.1' \(Lambda\) is not supported"),
        (lambda x, v: torch.sigmoid(x), "function 'sigmoid' .*cut the network before it"),
        (lambda x, v: F.softmax(x, dim=1), "function 'softmax'"),
        (lambda x, v: F.layer_norm(x, (4,)), "function 'layer_norm'"),
        (lambda x, v: F.scaled_dot_product_attention(x, x, x), "is the product of two values"),
        (lambda x, v: x * x, "is the product of two values that depend on the input"),
        (lambda x, v: x @ x.T, "is the product of two values"),
        (lambda x, v: torch.matmul(x, x), "is the product of two values"),
        (lambda x, v: v / x, "divides by a value"),
        (lambda x, v: x // 2, "function 'floor_divide' .* since it is not continuous"),
        (lambda x, v: F.threshold(x, 1, 0), "is not continuous"),
        (lambda x, v: torch.max(x, 1)[1] + x, "takes a value that is the place of a maximum"),
        (lambda x, v: x.gather(1, x.max(1, keepdim=True)[1]), "takes a value that is the place of a maximum"),
        (lambda x, v: x.max(), "does not keep the points of a batch apart"),
        (lambda x, v: x.sum(), "does not keep the points of a batch apart"),
        (lambda x, v: x.mean(0), "does not keep the points of a batch apart"),
        (lambda x, v: x - x.mean(0), "'mean' in layer .* does not keep the points of a batch apart"),
        (lambda x, v: torch.cat([x, x]), "makes shape .* does not keep the points of a batch apart"),
        (lambda x, v: torch.stack([x[0].relu(), x[1].abs()]), "is not seen to treat the points"),
        (lambda x, v: x.flip(0), "is not seen to treat the points of a batch alike"),
        (lambda x, v: x[0], "does not keep the points of a batch apart"),
        (lambda x, v: x[x > 0], "uses a comparison otherwise than to choose"),
        (lambda x, v: x * ((x > 0) & (x < 1)), "joins comparisons"),
        (lambda x, v: torch.where(x > 0, 1.0, 0.0), "not known to be continuous"),
        (lambda x, v: torch.where(x > 0, x, x + 1), "not known to be continuous"),
        (lambda x, v: torch.where(x > 0, (x < 1).double(), x), "joins comparisons"),
        (lambda x, v: torch.where(x[:, :1] > 0, x.max(1, True)[1], 0 * x), "joins comparisons, or places"),
        (lambda x, v: x > 0, "returns a value that compares numbers"),
        (lambda x, v: x.round(), "since it is not continuous"),
        (lambda x, v: x.long(), "rounds a value"),
        (lambda x, v: x.relu() ** 2, "is the power 2, which is not piecewise linear"),
        (lambda x, v: x * float(x[0, 0]), "takes a number out of a value that depends on the input"),
        (lambda x, v: torch.tensor(x.tolist()), r"layer 'block\.1' \(Lambda\) raises RuntimeError"),
        (lambda x, v: x + torch.randn(4), "is random, so that the module is not a function"),
        (lambda x, v: x.view(-1), "does not keep the points of a batch apart"),
        (lambda x, v: x.view(-1, 2), "does not keep the points of a batch apart"),
        (lambda x, v: x.unsqueeze(0), "does not keep the points of a batch apart"),
        (lambda x, v: F.dropout(x, 0.5), "in training mode"),
        (lambda x, v: F.dropout(x, 0.5, bogus=1), r"layer 'block\.1' \(Lambda\) raises TypeError"),
        (lambda x, v: x if x[0, 0] > 0 else -x, "takes a number out of a value that depends on the input"),
        (lambda x, v: (x, x), "returns tuple, not one tensor"),
        (lambda x, v: v, "returns Parameter, not one tensor"),
    ],
)
def test_what_is_not_piecewise_linear_is_refused_by_name_and_place(function, message):
    with pytest.raises(UnsupportedError, match=message):
        Network.from_torch(Curved(function).eval())


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.GELU(), r"layer '1\.0' \(GELU\) is not supported, since it is not piecewise linear; cut the"),
        (nn.LayerNorm(2), r"layer '1\.0' \(LayerNorm\) is not supported, since it is not piecewise linear"),
        (nn.Softmax(1), r"layer '1\.0' \(Softmax\)"),
        (nn.MultiheadAttention(2, 1), r"torch\.fx cannot trace it|MultiheadAttention"),
        (nn.BatchNorm1d(2).train(), r"layer '1\.0' \(BatchNorm1d\) normalizes by the statistics of the batch"),
        (nn.BatchNorm1d(2, track_running_stats=False), "normalizes by the statistics of the batch"),
        (nn.MaxPool1d(2, return_indices=True), "returns indices|takes a batch"),
        (nn.Hardshrink(), r"layer '1\.0' \(Hardshrink\) is not supported, since it is not continuous; cut"),
    ],
)
def test_other_modules_are_refused(module, message):
    outer = nn.Sequential(nn.Linear(2, 2), nn.Sequential(module))
    with pytest.raises((UnsupportedError, ShapeError), match=message):
        Network.from_torch(outer)


def test_input_shapes():
    with pytest.raises(InputError, match=r"layer '0' \(Conv2d\) does not tell the shape of the input"):
        Network.from_torch(nn.Sequential(nn.Conv2d(1, 1, 2)))
    with pytest.raises(InputError, match="give input_shape"):
        Network.from_torch(nn.Sequential(nn.ReLU()))
    assert Network.from_torch(nn.ReLU(), (2, 3)).widths == (6, 6, 6)
    with pytest.raises(ShapeError, match=r"takes a batch with 3 axes .channels first., not shape \(1, 28, 28\)"):
        Network.from_torch(nn.Sequential(nn.Conv2d(1, 1, 2)), (28, 28))
    with pytest.raises(ShapeError, match=r"takes 1 channels in 1 groups, but .* 3 channels"):
        Network.from_torch(nn.Sequential(nn.Conv2d(1, 1, 2)), (3, 4, 4))
    with pytest.raises(ShapeError, match="windows of length 5, which do not fit"):
        Network.from_torch(nn.Sequential(nn.Conv2d(1, 1, 5)), (1, 4, 4))
    with pytest.raises(UnsupportedError, match="more than 1048576 numbers"):
        Network.from_torch(nn.Sequential(nn.Conv2d(1, 1, 2)), (1, 10**9, 10**9))
    with pytest.raises(UnsupportedError, match="more than 1048576 numbers"):
        Network.from_torch(Lambda(lambda x, v: F.pad(x, (0, 10**9))))
    with pytest.raises(UnsupportedError, match=r"raises TypeError .*positional argument: 'y'"):
        Network.from_torch(TwoInputs())
    with pytest.raises(ShapeError, match=r"raises IndexError \(index 5 .*\) for an input of shape \(3,\)"):
        Network.from_torch(Lambda(lambda x, v: x[:, 5]), (3,))


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 2)

    def forward(self, x, y):
        return self.linear(x) + y


def test_bad_parameters_are_named():
    conv = nn.Conv2d(1, 1, 2)
    with torch.no_grad():
        conv.weight[0, 0, 1, 0] = torch.nan
    with pytest.raises(NotFiniteError, match=r"weight of layer '0' \(Conv2d\), entry \(0, 2\) is nan"):
        Network.from_torch(nn.Sequential(conv), (1, 3, 3))
    norm = nn.BatchNorm1d(2).eval()
    norm.running_var.fill_(-1.0)
    with pytest.raises(NotFiniteError, match=r"scale weight / sqrt\(variance \+ eps\) of module BatchNorm1d"):
        Network.from_torch(norm)


def test_convolutions_stay_sparse():
    module = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4 * 13 * 13, 2))
    net = Network.from_torch(module, (1, 28, 28))
    assert net.layers[0].weight.n_nonzero == 9 * 4 * 26 * 26
    assert all(layer.weight.n_nonzero < 30000 for layer in net.layers[:-1])


@pytest.mark.parametrize("bounds", [{"max": -np.inf}, {"min": np.inf}])
def test_clamping_beyond_all_numbers_leaves_no_number(bounds):
    with pytest.raises(NotFiniteError, match="clamp"):
        Network.from_torch(Lambda(lambda x, v: x.clamp(**bounds)), (3,))


@pytest.mark.parametrize(
    "function",
    [
        lambda x, v: (x.gt_(0), x)[1],
        lambda x, v: torch.where(torch.logical_not(x), 2 * x, x),
        lambda x, v: (x.sigmoid_(), x - 0.5)[1],
        lambda x, v: ((m := (x > 0).float()).mul_(x), m * x.relu())[1],
    ],
    ids=["numbers of a comparison", "no number", "sigmoid in place", "product in place of a comparison"],
)
def test_what_is_written_to_memory_is_not_forgotten(function):
    with pytest.raises(UnsupportedError):
        Network.from_torch(Lambda(function), drop_final=True)
