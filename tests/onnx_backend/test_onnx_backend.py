"""The test cases of the ONNX project for our operators, with every float input in turn as the variable.

Each has the values that the project expects, up to a bound of their rounding errors, or is refused with a
reason that holds for it; and so each point of it, if the first axis is taken as that of the points.
"""

import importlib
import pkgutil
import re
import warnings

import numpy as np
import pytest

from troppoly.errors import TroppolyError
from troppoly.network import Network
from troppoly.onnx_files.graph import OPERATORS

onnx = pytest.importorskip("onnx", reason="ONNX is an optional dependency")
from onnx import numpy_helper  # noqa: E402

LARGEST = 300
"""The most entries of an array of a case."""

TRUE_REASONS = {  # by operator, the messages with which a case may be refused
    "BatchNormalization": "takes a constant where|by the statistics of the batch",
    "CastLike": "takes a constant where|rounds to another type",
    "Cast": "rounds to another type",
    "Conv": "takes a constant where",
    "ConvTranspose": "takes a constant where",
    "Div": "divides by a value that depends on the input, which is not piecewise linear",
    "Gemm": "takes a constant where",
    "LpPool": "not piecewise linear, since p = [23] is not 1",
    "PRelu": "takes a constant where",
    "ReduceMax": "not finite|is not a rational",
    "Resize": "antialias|tf_crop_and_resize|takes a constant where|align_corners with the scale",
    "ScatterElements": "has the reduction '(add|mul|max|min)'",
    "ScatterND": "has the reduction '(add|mul|max|min)'",
    "Shape": "not computed from the input",
    "Shrink": "not continuous",
    "Size": "not computed from the input",
    "Slice": "not computed from the input",  # but empty
    "Split": "not computed from the input",
    "ThresholdedRelu": "not continuous",
    "Upsample": "takes a constant where",
}

FOUR_DECIMALS = {"test_averagepool_2d_ceil_last_window_starts_on_pad"}
"""Cases whose expected values are written with four decimals."""


def cases():
    """The cases of one node: a model and one set of arrays that it takes and gives."""
    node = importlib.import_module("onnx.backend.test.case.node")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in pkgutil.iter_modules(node.__path__):
            if module.name.replace("_", "") in {name.lower() for name in OPERATORS}:
                importlib.import_module(f"{node.__name__}.{module.name}")
    for case in node._NodeTestCases:
        inputs, outputs = case.data_sets[0]
        arrays = [*inputs, *outputs]
        if len(case.model.graph.node) == 1 and all(isinstance(a, np.ndarray) for a in arrays):
            for i, array in enumerate(inputs):
                if array.dtype in (np.float32, np.float64) and array.size and max(a.size for a in arrays) <= LARGEST:
                    yield pytest.param(case.model, inputs, outputs[0], i, case.name, id=f"{case.name}-{i}")


def bound(net, x):
    """A bound of the errors of a float32 evaluation of a network, for every output.

    A sum of n products, in any order, errs by at most (n + 1) u times the sum of the absolute values, for
    u = 2^-24 and up to terms of second order; absolute values that run through all layers bound those
    of all intermediate results.  The factor 2 is for the terms of second order and for constants and
    formulas that are rounded differently.
    """
    size, n = np.abs(x), 8
    for layer in net.layers:
        weight = np.abs(layer.weight.to_floats())
        size = weight @ size + np.abs(layer.bias.to_floats()).ravel()
        n += int(np.count_nonzero(weight, axis=1).max(initial=0)) + 2
    return 2 * n * 2.0**-24 * size


def outcome(*arguments):
    """The network in a file, or the message with which it is refused."""
    try:
        return Network.from_onnx(*arguments)
    except TroppolyError as error:
        return str(error)


def agrees(net, x, expected, slack):
    values = np.array([float(v) for v in net(x.tolist())])
    return len(values) == expected.size and bool(np.all(np.abs(values - expected) <= bound(net, x) + slack))


@pytest.mark.parametrize(("proto", "inputs", "expected", "i", "name"), list(cases()))
def test_cases_of_the_onnx_project(tmp_path, proto, inputs, expected, i, name):
    model = type(proto)()
    model.CopyFrom(proto)
    names = [value.name for value in model.graph.input]
    for k, array in enumerate(inputs):
        if k != i:
            model.graph.initializer.append(numpy_helper.from_array(array, names[k]))
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    outputs = [model.graph.output[0].name]
    x, expected = inputs[i].astype(float), expected.astype(float)
    slack = 1e-4 if name in FOUR_DECIMALS else 0.0
    operator = model.graph.node[0].op_type
    net = outcome(path, outputs, {names[i]: x.shape})
    if isinstance(net, str):
        assert re.search(TRUE_REASONS.get(operator, "no reason"), net)
        return
    assert agrees(net, x.ravel(), expected.ravel(), slack)
    net = outcome(path, outputs)
    if isinstance(net, str):
        assert "points that the graph declares do not pass through it one by one" in net
        return
    n = x.size // net.n_inputs
    assert any(
        all(
            agrees(net, one.ravel(), other.ravel(), slack)
            for one, other in zip(np.moveaxis(x, a, 0), np.moveaxis(expected, b, 0), strict=True)
        )
        for a, length in enumerate(x.shape)
        for b, other_length in enumerate(expected.shape)
        if length == other_length == n
    ) or (n == 1 and agrees(net, x.ravel(), expected.ravel(), slack))
