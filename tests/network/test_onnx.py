"""ONNX graphs of fully connected networks: values against ONNX's reference evaluator, and refused or damaged files."""

import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from troppoly.errors import FileFormatError, InputError, NotFiniteError, ShapeError, UnsupportedError
from troppoly.network import Network, load_network

onnx = pytest.importorskip("onnx", reason="ONNX is an optional dependency")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

from tests.network.onnx_graphs import model, saved  # noqa: E402

WEIGHT = np.array([[1.5, -2.0, 0.25], [0.0, 4.0, -1.0]])  # (2, 3)


def outcome(path):
    """The network in the file, or the message with which it is refused."""
    try:
        return load_network(path)
    except (InputError, UnsupportedError) as error:
        return str(error)


def reference(proto, x):
    return ReferenceEvaluator(proto).run(None, {"x": x})[0]


quarters = st.integers(-8, 8).map(lambda v: v / 4)


def matrices(draw, *shape):
    return np.array([draw(quarters) for _ in range(int(np.prod(shape)))]).reshape(shape)


@st.composite
def chains(draw):
    """A random chain with dyadic constants, so that the reference evaluator makes no error."""
    n = n_in = draw(st.integers(1, 3))
    nodes, constants, value, affine = [], {}, "x", False
    for i in range(draw(st.integers(1, 6))):
        op = draw(st.sampled_from(["Gemm", "MatMul", "Add", "Relu", "Identity", "Flatten"]))
        output, c, b = f"v{i}", f"c{i}", f"b{i}"
        m = draw(st.integers(1, 3))
        if op == "Gemm":
            trans = draw(st.integers(0, 1))
            constants[c] = matrices(draw, *((m, n) if trans else (n, m)))
            names = [value, c]
            if draw(st.booleans()):
                constants[b] = matrices(draw, *draw(st.sampled_from([(m,), (1, m), (1,), (), (1, 1)])))
                names.append(b)
            attributes = {"transB": trans, "alpha": draw(quarters), "beta": draw(quarters)}
            nodes.append(("Gemm", names, output, attributes))
            n, affine = m, True
        elif op == "MatMul":
            constants[c] = matrices(draw, n, m)
            nodes.append(("MatMul", (value, c), output))
            n, affine = m, True
        elif op == "Add":
            constants[c] = matrices(draw, *draw(st.sampled_from([(n,), (1, n), (1,), ()])))
            nodes.append(("Add", draw(st.permutations([value, c])), output))
            affine = True
        else:
            nodes.append((op, (value,), output))
        value = output
    if not affine:
        constants["last"] = np.eye(n)
        nodes.append(("MatMul", (value, "last"), "y"))
    else:
        nodes.append(("Identity", (value,), "y"))
    return model(nodes, constants, inputs=(None, n_in)), n_in


@given(chains(), st.data())
def test_chains_have_the_values_of_the_reference_evaluator(tmp_path_factory, chain, data):
    proto, n = chain
    onnx.checker.check_model(proto)
    path = tmp_path_factory.getbasetemp() / "chain.onnx"
    path.write_bytes(proto.SerializeToString())
    x = matrices(data.draw, 3, n)
    expected = reference(proto, x)
    net = load_network(path)
    assert [[float(v) for v in net(row)] for row in x] == expected.tolist()


@pytest.mark.parametrize("constant_first", [False, True])
@pytest.mark.parametrize("trans_value", [0, 1])
@pytest.mark.parametrize("trans_constant", [0, 1])
def test_gemm_with_the_value_as_row_or_column(tmp_path, constant_first, trans_value, trans_constant):
    # the value is a row (2, 3) on the left and a column (3, 2) on the right, after transposition
    weight = WEIGHT if constant_first != bool(trans_constant) else WEIGHT.T
    names = ("c", "x") if constant_first else ("x", "c")
    trans = (trans_constant, trans_value) if constant_first else (trans_value, trans_constant)
    rows = constant_first == bool(trans_value)
    x = np.array([[1.0, 2.0, -0.5], [0.25, -3.0, 8.0]])
    bias = np.array([[0.5], [-1.0]]) if constant_first else np.array([0.5, -1.0])
    second = np.array([[2.0, 1.0]])
    last = ("MatMul", ("d", "r"), "y") if constant_first else ("MatMul", ("r", "d"), "y")
    proto = model(
        [
            ("Gemm", (*names, "b"), "z", {"transA": trans[0], "transB": trans[1], "alpha": -0.5, "beta": 3.0}),
            ("Relu", ("z",), "r"),
            last,
        ],
        {"c": weight, "b": bias, "d": second if constant_first else second.T},
        inputs=(None, 3) if rows else (3, None),
    )
    expected = reference(proto, x if rows else x.T)
    net = load_network(saved(tmp_path, proto))
    values = [[float(v) for v in net(row)] for row in x]
    assert values == (expected.T if constant_first else expected).tolist()


def test_vectors_with_one_axis(tmp_path):
    for nodes in (
        [("MatMul", ("c", "x"), "z"), ("Add", ("b", "z"), "y")],
        [("MatMul", ("x", "t"), "z"), ("Add", ("z", "b"), "y")],
    ):
        constants = {"c": WEIGHT, "t": np.ascontiguousarray(WEIGHT.T), "b": np.array([1.0, 2.0])}
        proto = model(nodes, constants, inputs=(3,))
        x = np.array([1.0, -1.0, 4.0])
        assert [float(v) for v in load_network(saved(tmp_path, proto))(x)] == reference(proto, x).tolist()


def test_alpha_and_beta_are_exact_float32(tmp_path):
    proto = model(
        [("Gemm", ("x", "c", "b"), "y", {"alpha": 0.1, "beta": 0.3})], {"c": WEIGHT.T, "b": np.array([1.0, 7.0])}
    )
    alpha, beta = Fraction(float(np.float32(0.1))), Fraction(float(np.float32(0.3)))
    net = load_network(saved(tmp_path, proto))
    assert net((1, 0, 0)) == (alpha * Fraction(1.5) + beta, 7 * beta)


def test_steps_between_affine_maps(tmp_path):
    proto = model(
        [
            ("Relu", ("x",), "a"),
            ("Add", ("a", "b"), "c"),
            ("Relu", ("c",), "d"),
            ("Relu", ("d",), "e"),
            ("Add", ("e", "b"), "f"),
            ("Add", ("b", "f"), "y"),
        ],
        {"b": np.array([-1.0, 0.5, 0.0])},
    )
    x = np.array([[3.0, -2.0, 1.0], [0.5, 0.25, -1.0]])
    net = load_network(saved(tmp_path, proto))
    assert [[float(v) for v in net(row)] for row in x] == reference(proto, x).tolist()
    assert net.widths == (3, 3, 3, 3)


@pytest.mark.parametrize("shape", [(1, 1, 3, 1), (None, 3, 1), ("batch", 1, 3), None])
def test_flatten_of_images(tmp_path, shape):
    proto = model([("Flatten", ("x",), "f"), ("MatMul", ("f", "c"), "y")], {"c": WEIGHT.T}, inputs=shape)
    assert load_network(saved(tmp_path, proto)) == Network.from_arrays([WEIGHT])


@pytest.mark.parametrize(
    "kind", ["FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16", "INT8", "INT64", "UINT16", "INT32", "UINT64"]
)
@pytest.mark.parametrize("raw", [False, True])
def test_tensor_types_raw_and_typed(tmp_path, kind, raw):
    values = np.array([[1.0, 2.0, 100.0], [0.0, 3.0, 5.0]])
    data_type = getattr(TensorProto, kind)
    dtype = helper.tensor_dtype_to_np_dtype(data_type)
    data = values.astype(dtype).tobytes() if raw else values.ravel().tolist()
    tensor = helper.make_tensor("c", data_type, (2, 3), data, raw=raw)
    proto = model([("Gemm", ("x", "c"), "y", {"transB": 1})], [tensor])
    assert load_network(saved(tmp_path, proto)) == Network.from_arrays([values])


def test_constant_and_identity_nodes_and_listed_initializers(tmp_path):
    constant = numpy_helper.from_array(WEIGHT.T.copy(), "ignored")
    proto = model(
        [
            ("Constant", (), "k", {"value": constant}),
            ("Identity", ("k",), "c"),
            ("MatMul", ("x", "c"), "z"),
            ("Identity", ("b",), "b2"),
            ("Add", ("z", "b2"), "y"),
        ],
        {"b": np.array([1.0, 2.0])},
        inputs={"x": (1, 3), "b": (2,)},
    )
    assert load_network(saved(tmp_path, proto)) == Network.from_arrays([WEIGHT], [[1, 2]])


def test_export_of_torch(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is an optional dependency")
    torch.manual_seed(0)
    nn = torch.nn
    module = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)).eval()
    path = tmp_path / "net.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (torch.zeros(1, 2, 2),), path, dynamo=False)
    assert Network.from_onnx(path) == load_network(path) == Network.from_torch(module)


def external(tmp_path, content=None, **entries):
    """A model with its weight in another file."""
    (tmp_path / "net.data").write_bytes(WEIGHT.tobytes() if content is None else content)
    tensor = TensorProto(name="c", data_type=TensorProto.DOUBLE, dims=(2, 3))
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in ({"location": "net.data"} | entries).items():
        tensor.external_data.add(key=key, value=str(value))
    return saved(tmp_path, model([("Gemm", ("x", "c"), "y", {"transB": 1})], [tensor]))


def test_external_data_is_read(tmp_path):
    expected = Network.from_arrays([WEIGHT])
    assert load_network(external(tmp_path)) == expected
    path = external(tmp_path, bytes(16) + WEIGHT.tobytes() + bytes(5), offset=16, length=48)
    assert load_network(path) == expected


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"location": "missing.data"}, "which is not beside it"),
        ({"location": "../net.data"}, "which is not beside it"),
        ({"location": "/etc/passwd"}, "which is not beside it"),
        ({"location": ""}, "which is not beside it"),
        ({"offset": 1}, r"declares shape \(2, 3\), but 47 bytes of it are there"),
        ({"offset": -1}, "bytes from byte -1"),
        ({"offset": "x"}, "no place in a file"),
        ({"length": 47}, "has 47 bytes from byte 0 where 48 are needed"),
    ],
)
def test_external_data_elsewhere_is_refused(tmp_path, entries, message):
    with pytest.raises(FileFormatError, match=message):
        load_network(external(tmp_path, **entries))


GEMM = ("Gemm", ("x", "c"), "y", {"transB": 1})


@pytest.mark.parametrize(
    ("nodes", "constants", "settings", "error", "message"),
    [
        ([("Sigmoid", ("x",), "y")], {}, {}, UnsupportedError, r"node 'n0' \(Sigmoid\) is not supported"),
        ([("\n", ("x",), "y")], {}, {}, UnsupportedError, r"node 'n0' \('\\n'\) is not supported"),
        (
            [(*GEMM[:2], "z", GEMM[3]), ("Softmax", ("z",), "y")],
            {"c": WEIGHT},
            {},
            UnsupportedError,
            r"node 'n1' \(Softmax\) is not supported",
        ),
        (
            [("Gemm", ("x", "c"), "z", {"transB": 1}), ("Mul", ("z", "x"), "y")],
            {"c": np.eye(3)},
            {},
            UnsupportedError,
            r"node 'n1' \(Mul\) is the product of two values that depend on the input",
        ),
        (
            [("MatMul", ("x", "x"), "y")],
            {},
            {},
            UnsupportedError,
            r"node 'n0' \(MatMul\) is the product of two values that depend on the input",
        ),
        (
            [("Div", ("c", "x"), "y")],
            {"c": np.ones(3)},
            {},
            UnsupportedError,
            "divides by a value that depends on the input",
        ),
        ([("Div", ("x", "c"), "y")], {"c": np.zeros(3)}, {}, InputError, "divides by zero"),
        (
            [("Add", ("x", "y"), "z"), ("Relu", ("z",), "y")],
            {},
            {},
            FileFormatError,
            "takes a result that is computed from its own",
        ),
        ([("Add", ("c", "c"), "y")], {"c": WEIGHT}, {}, UnsupportedError, "output 'y' is not computed"),
        ([("MatMul", ("x",), "y")], {}, {}, FileFormatError, "has 1 input where 2 are needed"),
        ([("Conv", ("x",), "y")], {}, {}, FileFormatError, "has 1 input where 2 to 3 are needed"),
        ([("Relu", (), "y")], {}, {}, FileFormatError, "has 0 inputs where 1 is needed"),
        ([GEMM], {}, {}, FileFormatError, "takes 'c', which is neither a constant nor the result of a node"),
        ([GEMM, GEMM], {"c": WEIGHT}, {}, FileFormatError, "makes 'y', which is made before"),
        ([GEMM], {"c": WEIGHT}, {"outputs": ()}, UnsupportedError, "1 input and 0 outputs"),
        ([GEMM], {"c": WEIGHT}, {"outputs": ("z",)}, UnsupportedError, "output 'z' is not computed"),
        ([("Relu", ("x",), "y")], {}, {"inputs": (None, None)}, InputError, "needs an affine layer"),
        ([("Relu", ("x",), "y", {"alpha": 1.0})], {}, {}, UnsupportedError, "attribute 'alpha'"),
        ([(*GEMM[:3], {"transB": 1.0})], {"c": WEIGHT}, {}, UnsupportedError, "attribute 'transB'"),
        ([("Constant", (), "c", {"value_string": "a"}), GEMM], {}, {}, UnsupportedError, "'value_string'"),
        ([("Constant", (), "c"), GEMM], {}, {}, FileFormatError, r"values \[\] where one is needed"),
        (
            [("MatMul", ("x", "c"), "y")],
            {"c": np.zeros(2)},
            {},
            ShapeError,
            r"shapes \(1, 3\) and \(2,\), which do not fit together",
        ),
        (
            [GEMM],
            {"c": WEIGHT[:, :2]},
            {},
            ShapeError,
            r"takes shapes \(1, 3\) and \(2, 2\), which do not fit together",
        ),
        (
            [(*GEMM[:2], "z", GEMM[3]), ("MatMul", ("z", "d"), "y")],
            {"c": WEIGHT, "d": np.eye(3)},
            {},
            ShapeError,
            r"takes shapes \(1, 2\) and \(3, 3\), which do not fit together",
        ),
        (
            [(*GEMM[:2], "z", GEMM[3]), ("MatMul", ("d", "z"), "y")],
            {"c": WEIGHT, "d": np.eye(2)},
            {"inputs": (2, 3)},
            UnsupportedError,
            r"node 'n1' \(MatMul\) joins values of several points, so that the 2 points that the graph declares do not",
        ),
        (
            [(*GEMM[:2], "z", GEMM[3]), ("Add", ("z", "d"), "y")],
            {"c": WEIGHT, "d": np.array([[0.0], [1.0]])},
            {"inputs": (2, 3)},
            UnsupportedError,
            r"output 'y' of shape \(2, 2\) .* so that the 2 points that the graph declares do not pass",
        ),
        (
            [("Gemm", ("x", "c", "d"), "y", {"transB": 1})],
            {"c": WEIGHT, "d": np.zeros(3)},
            {},
            ShapeError,
            r"takes shapes \(1, 2\) and \(3,\), which do not fit together",
        ),
        ([GEMM], {"c": WEIGHT}, {"inputs": (1, 2, 3)}, ShapeError, r"operand has shape \(1, 2, 3\); flatten it"),
        ([("Flatten", ("x",), "y", {"axis": 0})], {}, {"inputs": (2, 3)}, UnsupportedError, r"of shape \(1, 6\)"),
        (
            [("Flatten", ("x",), "z"), ("Gemm", ("z", "c"), "y", {"transB": 1})],
            {"c": WEIGHT},
            {"inputs": (1, 2, 2)},
            ShapeError,
            r"takes shapes \(1, 4\) and \(2, 3\), which do not fit together",
        ),
        (
            [GEMM],
            {"c": np.array([[1.0, np.nan, 0.0]])},
            {},
            NotFiniteError,
            r"factor of node 'n0' \(Gemm\), entry \(0, 1\) is nan",
        ),
        (
            [("Gemm", ("x", "c"), "y", {"transB": 1, "alpha": float("inf")})],
            {"c": WEIGHT},
            {},
            NotFiniteError,
            r"alpha of node 'n0' \(Gemm\) is inf",
        ),
        ([GEMM], {"c": np.zeros((0, 3))}, {}, ShapeError, r"and \(0, 3\), which do not fit together"),
        ([GEMM], {"c": np.array([["a"]], dtype=object)}, {}, UnsupportedError, "ONNX data type 8"),
        ([GEMM], {"c": np.array([[1j]])}, {}, UnsupportedError, "ONNX data type 15"),
    ],
)
def test_other_graphs_are_refused(tmp_path, nodes, constants, settings, error, message):
    path = saved(tmp_path, model(nodes, constants, **settings))
    with pytest.raises(error, match=message) as caught:
        load_network(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("dims", "fields", "message"),
    [
        ((10**9, 10**9), {"raw_data": bytes(8)}, "but 8 bytes of it are there"),
        ((10**9, 3), {"double_data": [1.0]}, "but 8 bytes of it are there"),
        ((2, 3), {"raw_data": bytes(47)}, "but 47 bytes of it are there"),
        ((2, 3), {"raw_data": bytes(56)}, "does not hold data of shape"),
        ((2, 3), {"double_data": [1.0] * 7}, "does not hold data of shape"),
        ((2, 3), {"float_data": [1.0] * 6}, "does not hold data of shape"),
        ((-2, -3), {"raw_data": bytes(48)}, "negative length"),
    ],
)
def test_tensors_without_their_data_are_refused(tmp_path, dims, fields, message):
    tensor = TensorProto(name="c", data_type=TensorProto.DOUBLE, dims=dims, **fields)
    with pytest.raises(FileFormatError, match=message):
        load_network(saved(tmp_path, model([GEMM], [tensor])))


def test_sparse_tensors_and_other_domains_are_refused(tmp_path):
    proto = model([GEMM], {"c": WEIGHT})
    proto.graph.node[0].domain = "com.microsoft"
    with pytest.raises(UnsupportedError, match=r"'n0' \(Gemm\) is not supported"):
        load_network(saved(tmp_path, proto))
    proto = model([GEMM])
    proto.graph.sparse_initializer.add().values.name = "c"
    with pytest.raises(UnsupportedError, match="tensor 'c' is sparse"):
        load_network(saved(tmp_path, proto))


def test_names_that_are_no_text_are_refused(tmp_path):
    path = saved(tmp_path, model([GEMM], {"c": WEIGHT}))
    path.write_bytes(path.read_bytes().replace(b"Gemm", b"Ge\xffm"))
    with pytest.raises(UnsupportedError, match=r"is not supported, since it is not known to be piecewise linear"):
        load_network(path)


def test_truncated_and_damaged_files_are_refused_or_harmless(tmp_path):
    proto = model([("Gemm", ("x", "c", "b"), "y", {"transB": 1})], {"c": WEIGHT, "b": np.zeros(2)})
    path = saved(tmp_path, proto)
    content = path.read_bytes()
    for length in range(len(content) - 1):
        path.write_bytes(content[:length])
        result = outcome(path)
        assert isinstance(result, Network) or result.startswith(f"{path}: ")
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 0x55
        path.write_bytes(damaged)
        result = outcome(path)
        assert isinstance(result, Network) or result.startswith(f"{path}: ")


@pytest.mark.parametrize("content", [b"", b"not an onnx file", bytes(100), b"\x08\x08"])
def test_files_that_are_no_onnx_are_refused(tmp_path, content):
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="not an ONNX file"):
        load_network(path)
