"""What an ONNX file says: types of constants, declared points, several inputs and outputs, old operator sets."""

import numpy as np
import pytest

from troppoly.errors import TroppolyError
from troppoly.network import Network

onnx = pytest.importorskip("onnx", reason="ONNX is an optional dependency")
from onnx import TensorProto  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

from tests.network.onnx_graphs import model, saved  # noqa: E402

F, D, I = np.float32, np.float64, np.int64  # noqa: E741


def load(folder, nodes, shape, constants=(), opset=18, outputs=("y",), kind=TensorProto.FLOAT, **settings):
    """The network of nodes (operator, inputs, outputs, attributes) from x (or several inputs by name) to y."""
    return Network.from_onnx(saved(folder, model(nodes, constants, shape, opset, outputs, kind)), **settings)


@pytest.mark.parametrize(
    ("constant", "to", "last", "expected"),
    [
        (F([1.75, -0.5]), TensorProto.INT64, "Add", [1, 0]),
        (F([0.5, -2]), TensorProto.BOOL, "Mul", [1, 1]),
        (F([0.1, 2]), TensorProto.FLOAT16, "Mul", [F(np.float16(0.1)), 2]),
        (F([0.1, 2]), TensorProto.BFLOAT16, "Mul", [0.10009765625, 2]),
        (D([0.1, 2]), TensorProto.FLOAT, "Mul", [F(0.1), 2]),
        (np.int8([-128, 5]), TensorProto.INT8, "Sub", [128, -5]),
        (np.int8([-128, 5]), TensorProto.INT8, "Min", [-128, 0]),
        (np.uint8([255, 5]), TensorProto.INT8, "Max", [0, 5]),
        (np.uint64([2**63, 3]), TensorProto.UINT64, "Sub", [-(2.0**63), -3]),
    ],
)
def test_constants_are_cast(tmp_path, constant, to, last, expected):
    nodes = [("Cast", "k", "i", {"to": to}), ("Cast", "i", "c", {"to": 1}), (last, "x c", "y")]
    x = (1, 1) if last == "Mul" else (0, 0)
    assert load(tmp_path, nodes, ["N", 2], {"k": constant})(x) == tuple(map(float, expected))


@pytest.mark.parametrize("op", ["Add", "Sub", "Mul", "Div", "Min", "Max"])
@pytest.mark.parametrize("inputs", ["x c", "c x"])
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_one_number_as_constant(tmp_path, op, inputs, shape):
    if (op, inputs) == ("Div", "c x"):
        with pytest.raises(TroppolyError, match="divides by a value that depends on the input"):
            load(tmp_path, [(op, inputs, "y")], ["N", 2], {"c": np.full(shape, F(0.25))})
        return
    function = {
        "Add": np.add,
        "Sub": np.subtract,
        "Mul": np.multiply,
        "Div": np.divide,
        "Min": np.minimum,
        "Max": np.maximum,
    }[op]
    net = load(tmp_path, [(op, inputs, "y")], ["N", 2], {"c": np.full(shape, F(0.25))})
    for x in ((0.0, 1.0), (-2.5, 0.25)):
        operands = [np.array(x), 0.25] if inputs == "x c" else [0.25, np.array(x)]
        assert [float(v) for v in net(x)] == function(*operands).tolist()


def test_the_arithmetic_of_constants_wraps_as_its_type_does(tmp_path):
    nodes = [("Neg", "k", "n"), ("Add", "n k", "s"), ("Cast", "s", "c", {"to": 1}), ("Add", "x c", "y")]
    assert load(tmp_path, nodes, ["N", 1], {"k": np.int8([-128])})((0,)) == (0,)  # -128 + -128 = 0 in int8
    nodes = [("Div", "k m", "q"), ("Cast", "q", "c", {"to": 1}), ("Add", "x c", "y")]
    assert load(tmp_path, nodes, ["N", 1], {"k": I([7]), "m": I([2])})((0,)) == (3,)


@pytest.mark.parametrize(("declared", "n"), [(5, 5), (1, 1), ("N", 1)])
def test_shape_is_the_declared_one(tmp_path, declared, n):
    nodes = [("Shape", "x", "s"), ("Gather", "s zero", "d"), ("Cast", "d", "f", {"to": 1}), ("Mul", "x f", "y")]
    assert load(tmp_path, nodes, [declared, 2], {"zero": I(0)})((1, 2)) == (n, 2 * n)
    nodes = [("Size", "x", "s"), ("Cast", "s", "f", {"to": 1}), ("Mul", "x f", "y")]
    assert load(tmp_path, nodes, [declared, 2])((1, 2)) == (2 * n, 4 * n)
    nodes = [("Shape", "x", "s", {"start": -1}), ("Cast", "s", "f", {"to": 1}), ("Mul", "x f", "y")]
    assert load(tmp_path, nodes, [declared, 2])((1, 2)) == (2, 4)


def test_split_into_more_parts_than_are_named(tmp_path):
    split = ("Split", "x", "y", {"axis": 1, "num_outputs": 3})
    assert load(tmp_path, [split], ["N", 7])(range(7)) == (0, 1, 2)
    split = ("Split", "x", "a y", {"axis": 1, "num_outputs": 3})
    assert load(tmp_path, [split], ["N", 7])(range(7)) == (3, 4, 5)
    split = ("Split", "x", "a b y", {"axis": 1, "num_outputs": 3})
    assert load(tmp_path, [split], ["N", 7])(range(7)) == (6,)


def test_several_inputs_and_outputs_side_by_side(tmp_path):
    nodes = [("Add", "u v", "s"), ("Relu", "s", "r"), ("Sub", "u v", "d")]
    shapes = {"u": ["N", 2], "v": ["N", 2]}
    net = load(tmp_path, nodes, shapes, outputs=("r", "d"))
    assert net((1, 2, 3, -4)) == (4, 0, -2, 6)
    path = tmp_path / "net.onnx"
    assert Network.from_onnx(path, outputs=["d"])((1, 2, 3, -4)) == (-2, 6)
    assert Network.from_onnx(path, outputs=["s", "r"])((1, 2, 3, -4)) == (4, -2, 4, 0)
    with pytest.raises(TroppolyError, match="output 'z' is not computed"):
        Network.from_onnx(path, outputs=["z"])
    with pytest.raises(TroppolyError, match="different numbers of points, \\[2, 3\\]"):
        load(
            tmp_path,
            [("MatMul", "c u", "a"), ("MatMul", "c v", "y")],
            {"u": [3, 2], "v": [2, 2]},
            {"c": np.eye(3, dtype=F)},
        )


def test_a_network_before_its_softmax(tmp_path):
    nodes = [("Relu", "x", "logits"), ("Softmax", "logits", "y")]
    with pytest.raises(TroppolyError, match="Softmax"):
        load(tmp_path, nodes, ["N", 2])
    assert Network.from_onnx(tmp_path / "net.onnx", outputs=["logits"])((-1, 2)) == (0, 2)


def test_shapes_that_a_graph_leaves_open(tmp_path):
    nodes = [("GlobalMaxPool", "x", "y")]
    with pytest.raises(TroppolyError, match="what is left open is not known"):
        load(tmp_path, nodes, ["N", 1, "H", "W"])
    path = tmp_path / "net.onnx"
    assert Network.from_onnx(path, shapes={"x": (1, 1, 2, 3)})((1, 5, 3, 2, 0, 4)) == (5,)
    with pytest.raises(TroppolyError, match="given for 'z', but the inputs are \\['x'\\]"):
        Network.from_onnx(path, shapes={"z": (1,)})


def test_integers_are_inputs_only_to_be_cast(tmp_path):
    nodes = [("Cast", "x", "f", {"to": 1}), ("Relu", "f", "y")]
    assert load(tmp_path, nodes, ["N", 2], kind=TensorProto.UINT8)((3, 4)) == (3, 4)
    with pytest.raises(TroppolyError, match="'x' does not hold floats"):
        load(tmp_path, [("Div", "x c", "y")], ["N", 2], {"c": I([2])}, kind=TensorProto.INT64)


OLD = {  # operator sets in which a node is written otherwise than today, with its value
    "Clip": (6, ("Clip", "x", "y", {"min": -1.0, "max": 2.0}), {}, lambda x: x.clip(-1, 2)),
    "Pad": (
        10,
        ("Pad", "x", "y", {"pads": [0, 0, 1, -1, 0, 0, 0, 2], "value": 3.0}),
        {},
        lambda x: np.pad(x, ((0, 0), (0, 0), (1, 0), (0, 2)), constant_values=3)[..., 1:],
    ),
    "Slice": (
        9,
        ("Slice", "x", "y", {"starts": [1, -1], "ends": [2, 99], "axes": [2, 3]}),
        {},
        lambda x: x[:, :, 1:2, -1:],
    ),
    "Squeeze": (12, ("Squeeze", "x", "y", {"axes": [1]}), {}, lambda x: x),
    "Unsqueeze": (12, ("Unsqueeze", "x", "y", {"axes": [0, -1]}), {}, lambda x: x),
    "Split": (12, ("Split", "x", "a y", {"axis": 3, "split": [1, 1]}), {}, lambda x: x[..., 1:]),
    "Reshape": (4, ("Reshape", "x", "y", {"shape": [2, -1]}), {}, lambda x: x),
    "Dropout": (6, ("Dropout", "x", "y m", {"is_test": 1, "ratio": 0.75}), {}, lambda x: x),
    "ReduceSum": (12, ("ReduceSum", "x", "y", {"axes": [2], "keepdims": 0}), {}, lambda x: x.sum(2)),
    "Upsample": (
        9,
        ("Upsample", "x s", "y", {"mode": "nearest"}),
        {"s": F([1, 1, 2, 3])},
        lambda x: x.repeat(2, 2).repeat(3, 3),
    ),
    "Upsample 7": (7, ("Upsample", "x", "y", {"scales": [1.0, 1.0, 2.0, 1.0]}), {}, lambda x: x.repeat(2, 2)),
    "Upsample 1": (
        1,
        ("Upsample", "x", "y", {"height_scale": 2.0, "width_scale": 3.0}),
        {},
        lambda x: x.repeat(2, 2).repeat(3, 3),
    ),
    "Resize": (10, ("Resize", "x s", "y"), {"s": F([1, 1, 2, 1])}, lambda x: x.repeat(2, 2)),
    "Add": (
        6,
        ("Add", "x c", "y", {"axis": 1, "broadcast": 1}),
        {"c": F([1, -1])},
        lambda x: x + np.array([1, -1]).reshape(2, 1, 1),
    ),
    "Mul": (
        6,
        ("Mul", "x c", "y", {"axis": 2, "broadcast": 1}),
        {"c": F([3, -1])},
        lambda x: x * np.array([3, -1]).reshape(2, 1),
    ),
    "PRelu": (
        6,
        ("PRelu", "x c", "y"),
        {"c": F([0.5, 2])},
        lambda x: np.where(x > 0, x, x * np.array([0.5, 2]).reshape(2, 1, 1)),
    ),
    "TopK": (9, ("TopK", "x", "y i", {"axis": 3, "k": 1}), {}, lambda x: x.max(3)),
    "Scatter": (
        9,
        ("Scatter", "x i u", "y", {"axis": 3}),
        {"i": I([[[[1]]]]), "u": F([[[[7]]]])},
        lambda x: np.where(np.arange(8).reshape(1, 2, 2, 2) == 1, 7, x),
    ),
    "BatchNormalization": (
        7,
        ("BatchNormalization", "x a b b a", "y", {"epsilon": 0.0}),
        {"a": F([4, 1]), "b": F([0, 2])},
        lambda x: (
            (x - np.array([0, 2]).reshape(2, 1, 1)) * np.array([2, 1]).reshape(2, 1, 1)
            + np.array([0, 2]).reshape(2, 1, 1)
        ),
    ),
}


@pytest.mark.parametrize("name", OLD)
def test_old_operator_sets(tmp_path, name):
    opset, node, constants, function = OLD[name]
    shape = (1, 1, 2, 2) if name == "Squeeze" else (1, 2, 2, 2)
    net = load(tmp_path, [node], shape, constants, opset)
    for seed in range(3):
        x = np.random.default_rng(seed).integers(-6, 7, shape) / 2
        assert [float(v) for v in net(x.ravel().tolist())] == function(x).ravel().tolist()


@pytest.mark.parametrize("opset", [10, 13, 18, 21])
@pytest.mark.parametrize("zero", [np.int8(-3), np.uint8(200)])
def test_weights_kept_as_small_integers(tmp_path, opset, zero):
    weight = np.array([[-128, 127], [5, -3]]).astype(zero.dtype)
    nodes = [("DequantizeLinear", "q s z", "w"), ("MatMul", "x w", "y")]
    net = load(tmp_path, nodes, ["N", 2], {"q": weight, "s": F(0.125), "z": zero}, opset)
    exact = (weight.astype(int) - int(zero)) / 8
    assert [float(v) for v in net((2, -0.75))] == (np.array([2, -0.75]) @ exact).tolist()


def test_nodes_in_any_order_and_nodes_for_nothing(tmp_path):
    nodes = [("Relu", "a", "y"), ("Sigmoid", "a", "b"), ("Add", "x c", "a"), ("Gelu", "b", "z")]
    assert load(tmp_path, nodes, ["N", 2], {"c": F([1, -1]), "u": np.array([True]), "e": F([])})((1, 0)) == (2, 0)


def test_indices_smaller_than_the_array(tmp_path):
    net = load(tmp_path, [("GatherElements", "x i", "y", {"axis": 1})], [1, 2, 3], {"i": I([[[1, 0]]])})
    assert net(range(6)) == (3, 1)


def test_the_reference_agrees_on_a_function_of_two_inputs(tmp_path):
    nodes = [("Max", "u v", "m"), ("Concat", "m u", "c", {"axis": 1}), ("TopK", "c k", "y i", {"axis": 1})]
    net = load(tmp_path, nodes, {"u": [1, 2], "v": [1, 2]}, {"k": I([2])})
    proto = onnx.load(tmp_path / "net.onnx")
    for seed in range(5):
        u, v = np.random.default_rng(seed).integers(-5, 6, (2, 1, 2)).astype(F)
        expected = ReferenceEvaluator(proto).run(None, {"u": u, "v": v})[0]
        assert list(net([*u[0].tolist(), *v[0].tolist()])) == expected[0].tolist()
