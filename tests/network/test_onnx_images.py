"""ONNX graphs beyond chains: values against ONNX's reference evaluator, exports of PyTorch, fuzzing."""

import resource
import warnings

import numpy as np
import pytest

from tests.seeds import cases
from troppoly.errors import TroppolyError
from troppoly.exact import rational
from troppoly.network import Network, load_network

onnx = pytest.importorskip("onnx", reason="ONNX is an optional dependency")
from onnx.reference import ReferenceEvaluator  # noqa: E402

from tests.network import onnx_graphs  # noqa: E402


def model(nodes, constants=(), shape=("batch", 1, 4, 4)):
    return onnx_graphs.model(nodes, constants, shape)


def loaded(folder, proto):
    return load_network(onnx_graphs.saved(folder, proto))


def outcome(path):
    """The message with which a file is refused, or None."""
    try:
        load_network(path)
    except TroppolyError as error:
        return str(error)
    return None


def dyadic(*shape, seed=0):
    return np.random.default_rng(seed).integers(-6, 7, shape) / 4.0


GRAPHS = {
    "Conv": (
        [("Conv", "x w b", "y", {"pads": [1, 0, 1, 2], "strides": [2, 1]})],
        {"w": dyadic(2, 1, 3, 2), "b": dyadic(2)},
    ),
    "Conv same": ([("Conv", "x w", "y", {"auto_pad": "SAME_UPPER", "strides": [2, 2]})], {"w": dyadic(2, 1, 3, 3)}),
    "Conv groups": (
        [("Conv", "x w", "a"), ("Conv", "a v", "y", {"group": 2, "dilations": [2, 1]})],
        {"w": dyadic(2, 1, 1, 1), "v": dyadic(4, 1, 2, 2)},
    ),
    "MaxPool": ([("MaxPool", "x", "y", {"kernel_shape": [2, 3], "pads": [0, 1, 1, 1]})],),
    "AveragePool": ([("AveragePool", "x", "y", {"kernel_shape": [2, 2], "strides": [2, 2]})],),
    "AveragePool padded": (
        [("AveragePool", "x", "y", {"kernel_shape": [2, 2], "pads": [1, 1, 1, 1], "count_include_pad": 1})],
    ),
    "AveragePool inside": ([("AveragePool", "x", "y", {"kernel_shape": [2, 2], "pads": [1, 1, 1, 1]})],),
    "GlobalAveragePool": ([("GlobalAveragePool", "x", "y")],),
    "GlobalMaxPool": ([("GlobalMaxPool", "x", "y")],),
    "BatchNormalization": (
        [("Conv", "x w", "a"), ("BatchNormalization", "a s b m v", "y", {"epsilon": 0.0})],
        {
            "w": dyadic(2, 1, 2, 2),
            "s": dyadic(2),
            "b": dyadic(2, seed=1),
            "m": dyadic(2, seed=2),
            "v": np.array([4.0, 0.25]),
        },
    ),
    "LeakyRelu": ([("LeakyRelu", "x", "y", {"alpha": 0.25})],),
    "PRelu": ([("PRelu", "x s", "y")], {"s": dyadic(4, 1)}),
    "Clip": ([("Clip", "x lo hi", "y")], {"lo": np.array(-0.5), "hi": np.array(1.0)}),
    "Abs": ([("Abs", "x", "y")],),
    "Max": ([("Neg", "x", "a"), ("Max", "x a c", "y")], {"c": dyadic(4)}),
    "Min": ([("Neg", "x", "a"), ("Min", "x a c", "y")], {"c": dyadic(4, 4)}),
    "residual": (
        [("Relu", "x", "a"), ("Add", "x a", "b"), ("Sub", "c b", "d"), ("Mul", "d e", "f"), ("Div", "f g", "y")],
        {"c": dyadic(4), "e": dyadic(4, 1), "g": np.array([[2.0]])},
    ),
    "Sum": ([("Relu", "x", "a"), ("Sum", "x a a", "y")],),
    "Concat": ([("Relu", "x", "a"), ("Concat", "x a c", "y", {"axis": 1})], {"c": dyadic(1, 1, 4, 4)}),
    "Reshape": (
        [("Reshape", "x s", "a"), ("ReduceMax", "a", "y", {"axes": [2], "keepdims": 0})],
        {"s": np.array([0, 4, -1])},
    ),
    "Shape": (
        [
            ("Shape", "x", "a"),
            ("Gather", "a i", "b"),
            ("Unsqueeze", "b z", "c"),
            ("Concat", "c m", "s", {"axis": 0}),
            ("Reshape", "x s", "y"),
        ],
        {"i": np.array(0), "z": np.array([0]), "m": np.array([-1])},
    ),
    "Transpose": ([("Transpose", "x", "a", {"perm": [0, 3, 1, 2]}), ("Squeeze", "a z", "y")], {"z": np.array([2])}),
    "Unsqueeze": ([("Unsqueeze", "x z", "a"), ("ReduceMin", "a", "y", {"axes": [-1]})], {"z": np.array([1])}),
    "Slice": (
        [("Slice", "x s e a t", "y")],
        {"s": np.array([0, 3]), "e": np.array([3, -5]), "a": np.array([2, 3]), "t": np.array([2, -1])},
    ),
    "Split": ([("Split", "x s", "a b", {"axis": 2}), ("Concat", "b a", "y", {"axis": 2})], {"s": np.array([1, 3])}),
    "Gather": ([("Gather", "x i", "y", {"axis": 3})], {"i": np.array([3, 0, -2])}),
    "Pad": ([("Pad", "x p c", "a"), ("Relu", "a", "y")], {"p": np.array([0, 0, 1, 0, 0, 0, 0, 2]), "c": np.array(0.5)}),
    "ReduceMean": ([("ReduceMean", "x", "y", {"axes": [2, 3], "keepdims": 0})],),
    "ReduceSum": ([("ReduceSum", "x a", "y")], {"a": np.array([3])}),
    "Dropout": ([("Dropout", "x", "y")],),
    "Flatten": ([("Flatten", "x", "a"), ("Gemm", "a w b", "y", {"transB": 1})], {"w": dyadic(3, 16), "b": dyadic(3)}),
    "ConvTranspose": (
        [("ConvTranspose", "x w b", "y", {"pads": [1, 0, 0, 1], "strides": [2, 1], "output_padding": [1, 0]})],
        {"w": dyadic(1, 2, 3, 2), "b": dyadic(2)},
    ),
    "Resize nearest": (
        [("Resize", "x r s", "y", {"mode": "nearest", "nearest_mode": "ceil"})],
        {"r": np.zeros(0), "s": np.array([1.0, 1.0, 1.5, 2.0], np.float32)},
    ),
    "Resize linear": (
        [("Resize", "x r s", "y", {"mode": "linear"})],
        {"r": np.zeros(0), "s": np.array([1.0, 1.0, 0.5, 2.0], np.float32)},
    ),
    "Resize cubic": (
        [("Resize", "x r s", "y", {"mode": "cubic"})],
        {"r": np.zeros(0), "s": np.array([1.0, 1.0, 0.5, 2.0], np.float32)},
    ),
    "SpaceToDepth": (
        [("SpaceToDepth", "x", "a", {"blocksize": 2}), ("DepthToSpace", "a", "y", {"blocksize": 2, "mode": "CRD"})],
    ),
    "Expand": ([("Expand", "x s", "y")], {"s": np.array([3, 2, 1, 1])}),
    "Tile": ([("Tile", "x s", "y")], {"s": np.array([1, 2, 1, 3])}),
    "Where": (
        [("Relu", "x", "a"), ("Where", "c x d", "b"), ("Where", "c b a", "y")],
        {"c": dyadic(4, 4) > 0, "d": dyadic(4)},
    ),
    "Einsum": ([("Einsum", "w x", "y", {"equation": "ij,ncjk->nkci"})], {"w": dyadic(3, 4)}),
    "Einsum diagonal": ([("Einsum", "x", "y", {"equation": "ncii->nci"})],),
    "Mean": ([("Relu", "x", "a"), ("Mean", "x a c a", "y")], {"c": dyadic(4)}),
    "HardSigmoid": ([("HardSigmoid", "x", "y", {"alpha": 0.25})],),
    "ThresholdedRelu": ([("ThresholdedRelu", "x", "y", {"alpha": 0.0})],),
    "Shrink": ([("Shrink", "x", "y", {"bias": 0.5, "lambd": 0.5})],),
    "ReduceL1": ([("ReduceL1", "x", "y", {"axes": [2, -1]})],),
    "LpPool": ([("LpPool", "x", "y", {"p": 1, "kernel_shape": [2, 3]})],),
    "ScatterElements": (
        [
            ("Relu", "x", "a"),
            ("ScatterElements", "x i a", "b", {"axis": 2}),
            ("ScatterElements", "b i c", "y", {"axis": 3}),
        ],
        {"i": np.array([[[[3, 0, 1, 2]]]]), "c": dyadic(1, 1, 1, 4)},
    ),
    "GatherElements": (
        [("GatherElements", "x i", "y", {"axis": 3})],
        {"i": np.array([[[[3, -2], [0, 0], [1, 2], [-1, 3]]]])},
    ),
    "TopK": ([("TopK", "x k", "y i")], {"k": np.array([3])}),
    "TopK smallest": ([("TopK", "x k", "y i", {"axis": 2, "largest": 0})], {"k": np.array([1])}),
    "CumSum": ([("CumSum", "x a", "y", {"reverse": 1, "exclusive": 1})], {"a": np.array(-1)}),
    "Trilu": ([("Trilu", "x", "y", {"upper": 0})],),
    "Clip by values": ([("Neg", "x", "a"), ("Clip", "x a hi", "y")], {"hi": np.array(0.5)}),
    "constants": (
        [
            ("Shape", "x", "s"),
            ("Slice", "s one two", "c"),
            ("ConstantOfShape", "c", "p"),
            ("Cast", "p", "o", {"to": 11}),
            ("Cast", "t", "k", {"to": 6}),
            ("Mul", "k k", "q"),
            ("Cast", "q", "f", {"to": 11}),
            ("Sqrt", "f", "r"),
            ("Add", "x r", "a"),
            ("Add", "a o", "y"),
        ],
        {"one": np.array([2]), "two": np.array([3]), "t": dyadic(4) * 4},
    ),
    "MatMul along rows": ([("MatMul", "x w", "a"), ("MatMul", "v a", "y")], {"w": dyadic(4, 2), "v": dyadic(3, 4)}),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_operators_have_the_values_of_the_reference_evaluator(tmp_path, name):
    proto = model(*GRAPHS[name])
    net = loaded(tmp_path, proto)
    for seed in range(6):
        x = dyadic(1, 1, 4, 4, seed=100 + seed)
        expected = ReferenceEvaluator(proto).run(None, {"x": x})[0]
        assert [float(v) for v in net(x.ravel().tolist())] == expected.ravel().tolist()


@pytest.mark.parametrize(
    ("equation", "one", "two"),
    [
        ("ij,jk->ik", (2, 3), (3, 2)),
        ("ij,jk", (2, 3), (3, 2)),
        ("ij,kj->ki", (2, 3), (4, 3)),
        ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2)),
        ("bij,bjk->bik", (2, 1, 3), (2, 3, 2)),
        ("ii,i->i", (3, 3), (3,)),
        ("ii,->", (3, 3), ()),
        ("a...,b...->ba...", (2, 3), (2, 3)),
        ("i,j->ji", (2,), (3,)),
        ("...,i->...i", (2, 2), (3,)),
    ],
)
@pytest.mark.parametrize("constant", [0, 1])
def test_contractions_are_those_of_numpy(tmp_path, equation, one, two, constant):
    arrays = [dyadic(*one), dyadic(*two, seed=1)]
    x = arrays[1 - constant]
    proto = model(
        [("Einsum", "c x" if constant == 0 else "x c", "y", {"equation": equation})], {"c": arrays[constant]}, x.shape
    )
    net = Network.from_onnx(onnx_graphs.saved(tmp_path, proto), shapes={"x": x.shape})
    assert [float(v) for v in net(x.ravel().tolist())] == np.einsum(equation, *arrays).ravel().tolist()


def test_axes_are_resampled_one_by_one(tmp_path):
    settings = {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
    proto = model([("Resize", "x r s", "y", settings)], {"r": np.zeros(0), "s": np.float32([1, 2])}, (1, 2))
    assert loaded(tmp_path, proto)((3, 5)) == (3, 3, 5, 5)


def test_declared_batches_of_several_points_are_networks_of_one(tmp_path):
    nodes = [("Reshape", "x s", "a"), ("MatMul", "a w", "y")]
    proto = model(nodes, {"s": np.array([5, -1]), "w": dyadic(16, 2)}, shape=(5, 1, 4, 4))
    assert loaded(tmp_path, proto).widths == (16, 2)


@pytest.mark.parametrize(
    "name",
    [name for name in GRAPHS if name not in ("Concat", "Reshape", "Expand", "ScatterElements", "GatherElements")],
)
def test_declared_points_pass_one_by_one(tmp_path, name):
    nodes, *rest = GRAPHS[name]
    proto = model(nodes, *rest, shape=(3, 1, 4, 4))
    x = dyadic(3, 1, 4, 4, seed=7)
    expected = ReferenceEvaluator(proto).run(None, {"x": x})[0]
    net = loaded(tmp_path, proto)
    assert [[float(v) for v in net(row.ravel().tolist())] for row in x] == expected.reshape(3, -1).tolist()


@pytest.mark.parametrize("name", ["mlp", "images"])
def test_exports_of_torch_are_the_traced_networks(tmp_path, name):
    torch = pytest.importorskip("torch", reason="PyTorch is an optional dependency")
    torch.manual_seed(0)
    nn = torch.nn
    if name == "mlp":
        module = nn.Sequential(nn.Linear(3, 4), nn.LeakyReLU(), nn.Linear(4, 3), nn.Hardtanh(), nn.Linear(3, 2))
        shape = (3,)
    else:
        module = nn.Sequential(
            *(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(2, 2, 2), nn.ReLU6()),
            *(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(2, 2)),
        )
        shape = (1, 6, 6)
    path = tmp_path / "net.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), (torch.zeros(1, *shape),), path, dynamo=False)
    assert Network.from_onnx(path) == Network.from_torch(module, shape)


def test_batch_normalization_has_the_scale_of_its_floats(tmp_path):
    arrays = {name: np.array([v], dtype=np.float32) for name, v in zip("sbmv", (1.1, 0.2, 0.3, 0.7), strict=True)}
    proto = model([("BatchNormalization", "x s b m v", "y")], arrays, shape=(None, 1, 2))
    net = loaded(tmp_path, proto)
    root = np.sqrt(np.float32(0.7) + np.float32(1e-5))
    scale = np.float32(1.1) * (np.float32(1) / root)
    assert net.layers[0].weight[0, 0] == rational(scale)


@pytest.mark.parametrize(
    ("nodes", "constants", "message"),
    [
        ([("Gelu", "x", "y")], {}, r"'n0' \(Gelu\) is not supported.*cut the network before it"),
        ([("Softmax", "x", "y")], {}, r"'n0' \(Softmax\) is not supported"),
        ([("Mul", "x x", "y")], {}, "product of two values that depend on the input"),
        ([("Einsum", "x c", "y", {"equation": "abcd,de->abce"})], {"c": np.zeros((2, 2))}, "do not fit together"),
        ([("Conv", "x w", "y", {"group": 0})], {"w": dyadic(1, 1, 2, 2)}, "has 0 groups"),
        ([("Conv", "x w", "y")], {"w": dyadic(1, 2, 2, 2)}, "takes 2 channels in 1 groups"),
        ([("Conv", "x w", "y")], {"w": dyadic(1, 1, 5, 2)}, "do not fit in an axis"),
        ([("Conv", "x w", "y", {"strides": [0, 1]})], {"w": dyadic(1, 1, 2, 2)}, "not a set of windows"),
        ([("Conv", "x w", "y", {"pads": [-1, 0, 0, 0]})], {"w": dyadic(1, 1, 2, 2)}, "not a set of windows"),
        ([("Conv", "x w", "y", {"pads": [1]})], {"w": dyadic(1, 1, 2, 2)}, "attributes that do not fit"),
        ([("Conv", "x w", "y")], {"w": np.full((1, 1, 2, 2), np.nan)}, "is nan, which is not a rational"),
        ([("MaxPool", "x", "y", {"kernel_shape": [10**9, 2], "pads": [10**9, 1, 1, 1]})], {}, "not supported"),
        ([("MaxPool", "x", "z i", {"kernel_shape": [2, 2]}), ("Relu", "i", "y")], {}, "takes 'i', a second result"),
        ([("AveragePool", "x", "y", {"kernel_shape": [2, 2], "pads": [10**9] * 4})], {}, "not supported"),
        ([("Pad", "x p", "y")], {"p": np.array([0, 0, 0, 0, 0, 0, 10**9, 0])}, "not supported"),
        ([("Reshape", "x s", "y")], {"s": np.array([3, -1])}, "incompatible shapes"),
        ([("Reshape", "x s", "y")], {"s": np.array([-1, 10**18])}, "incompatible shapes"),
        ([("Reshape", "x x", "y")], {}, "takes a shape, index or condition that is not constant"),
        ([("Transpose", "x", "y", {"perm": [0, 0, 1, 2]})], {}, "perm for Transpose has repeated value"),
        ([("Unsqueeze", "x a", "y")], {"a": np.arange(100)}, "found 104"),
        (
            [("Slice", "x s e a", "y")],
            {"s": np.array([1]), "e": np.array([2]), "a": np.array([0])},
            "is not computed from the input",
        ),
        ([("Gather", "x i", "y", {"axis": 1})], {"i": np.array([7])}, "out of bounds for axis 1"),
        ([("Expand", "x s", "y")], {"s": np.array([10**5, 10**5, 4, 4])}, "more than 16777216 numbers"),
        ([("Tile", "x s", "y")], {"s": np.array([10**5, 1, 1, 1])}, "more than 1048576 numbers"),
        (
            [("ConstantOfShape", "s", "c"), ("Add", "x c", "y")],
            {"s": np.array([10**6] * 3)},
            "more than 16777216 numbers",
        ),
        (
            [("Range", "a b c", "d"), ("Add", "x d", "y")],
            {"a": np.array(0), "b": np.array(10**15), "c": np.array(1)},
            "more than 16777216 numbers",
        ),
        (
            [("ScatterElements", "x i x", "y", {"reduction": "add"})],
            {"i": np.zeros((1, 1, 4, 4), int)},
            "reduction 'add'",
        ),
        (
            [("MaxPool", "x", "y", {"kernel_shape": [1, 1], "strides": [2, 2], "auto_pad": "SAME_UPPER"})],
            {},
            "leave entries out",
        ),
        (
            [("ConvTranspose", "x w", "y", {"strides": [3, 3], "auto_pad": "SAME_UPPER"})],
            {"w": dyadic(1, 1, 1, 1)},
            "beyond all windows",
        ),
        (
            [("Resize", "x r s", "y", {"mode": "linear", "coordinate_transformation_mode": "align_corners"})],
            {"r": np.zeros(0), "s": np.array([1, 1, 0.6, 1], np.float32)},
            "no whole length",
        ),
        ([("ThresholdedRelu", "x", "y", {"alpha": 0.5})], {}, "not continuous, since alpha = 0.5 is not 0"),
        ([("Shrink", "x", "y")], {}, "not continuous, since its bias"),
        ([("LpPool", "x", "y", {"kernel_shape": [2, 2]})], {}, "not piecewise linear, since p = 2 is not 1"),
        ([("Floor", "x", "y")], {}, r"'n0' \(Floor\) is not continuous"),
        ([("TopK", "x k", "y i", {"axis": 3})], {"k": np.array([5])}, "takes 5 entries of an axis of length 4"),
        ([("Resize", "x r s", "y", {"antialias": 1})], {"r": np.zeros(0), "s": np.ones(4)}, "antialias"),
        ([("RandomNormalLike", "c", "d"), ("Add", "x d", "y")], {"c": np.ones(4)}, "is random"),
        (
            [("Einsum", "x x", "y", {"equation": "abcd,abcd->abcd"})],
            {},
            "product of two values that depend on the input",
        ),
        (
            [("BatchNormalization", "x s s s s", "y")],
            {"s": np.array([-1.0])},
            r"scale weight / sqrt\(variance \+ eps\) of node 'n0' \(BatchNormalization\), entry 0 is nan",
        ),
        ([("BatchNormalization", "x s s s s", "y")], {"s": np.array([1.0, 2.0])}, "do not fit shape"),
        ([("Relu", "z", "y"), ("Relu", "y", "z")], {}, "takes a result that is computed from its own"),
        ([("Cast", "x", "y", {"to": 7})], {}, "rounds to another type"),
        ([("Clip", "x lo", "y")], {"lo": np.array([1.0, 2.0])}, "one number is needed"),
        ([("Shape", "x", "y")], {}, "is not computed from the input"),
    ],
)
def test_other_graphs_are_refused(tmp_path, nodes, constants, message):
    with pytest.raises(TroppolyError, match=message) as caught:
        loaded(tmp_path, model(nodes, constants))
    assert str(caught.value).startswith(f"{tmp_path / 'net.onnx'}: ")


@pytest.mark.parametrize(
    ("nodes", "constants"),
    [
        ([("Pad", "x p", "y")], {"p": np.array([1, 0, 0, 0, 0, 0, 0, 0])}),
        ([("Reshape", "x s", "y")], {"s": np.array([-1])}),
        ([("Reshape", "x s", "y")], {"s": np.array([1, -1])}),
        ([("Concat", "x x", "y", {"axis": 0})], {}),
        ([("Slice", "x s e a", "y")], {"s": np.array([1]), "e": np.array([2]), "a": np.array([0])}),
        (
            [("Slice", "x s e a t", "y")],
            {"s": np.array([-1]), "e": np.array([-9]), "a": np.array([0]), "t": np.array([-1])},
        ),
        ([("Add", "x c", "y")], {"c": dyadic(3, 1, 4, 4)}),
        ([("Where", "c x d", "y")], {"c": np.array([1, 0, 0], bool).reshape(3, 1, 1, 1), "d": np.array(0.0)}),
        ([("ReduceMax", "x", "y")], {}),
        ([("CumSum", "x a", "y")], {"a": np.array(0)}),
        ([("Einsum", "x", "y", {"equation": "abcd->bcd"})], {}),
        ([("Transpose", "x", "a", {"perm": [1, 0, 2, 3]}), ("Add", "x a", "y")], {}),
    ],
)
def test_declared_points_must_pass_one_by_one(tmp_path, nodes, constants):
    proto = model(nodes, constants, shape=(3, 1, 4, 4))
    with pytest.raises(TroppolyError, match="the 3 points that the graph declares do not pass through it"):
        loaded(tmp_path, proto)
    # the array as one point
    net = Network.from_onnx(tmp_path / "net.onnx", shapes={"x": (3, 1, 4, 4)})
    x = dyadic(3, 1, 4, 4, seed=1)
    expected = ReferenceEvaluator(proto).run(None, {"x": x})[0]
    assert [float(v) for v in net(x.ravel().tolist())] == expected.ravel().tolist()


@pytest.mark.parametrize("shape", [(1, 10**9), (1, 1, 10**9, 10**9), (2**62,), (1, 2**40, 2**40, 2**40)])
def test_large_declared_inputs_allocate_nothing(tmp_path, shape):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TroppolyError, match="more than 1048576 numbers are not supported"):
        loaded(tmp_path, model([("Relu", "x", "y")], shape=shape))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


def test_damaged_graphs_end_in_our_errors_with_memory_bounded(tmp_path):
    nodes = [
        ("Conv", "x w b", "a", {"pads": [1, 1, 1, 1], "strides": [1, 1], "kernel_shape": [2, 2]}),
        ("Relu", "a", "c"),
        ("MaxPool", "c", "d", {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ("Reshape", "d s", "e"),
        ("Gemm", "e v", "f", {"transB": 1}),
        ("Add", "f f", "g"),
        ("Clip", "g", "y"),
    ]
    constants = {"w": dyadic(2, 1, 2, 2), "b": dyadic(2), "s": np.array([0, -1]), "v": dyadic(2, 8)}
    content = model(nodes, constants).SerializeToString()
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    assert load_network(path).n_outputs == 2
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    generator = np.random.default_rng(0)
    for trial in range(cases(200, 600)):
        damaged = bytearray(content)
        for _ in range(1 + trial % 3):
            damaged[generator.integers(len(damaged))] = generator.integers(256)
        if trial % 4 == 0:
            damaged = damaged[: generator.integers(len(damaged))]
        path.write_bytes(damaged)
        message = outcome(path)
        assert message is None or message.startswith(f"{path}: ")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kilobytes
