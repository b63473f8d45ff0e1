"""ONNX models for tests."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="ONNX is an optional dependency")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402


def model(nodes, constants=(), inputs=(None, 3), opset=17, outputs=("y",), kind=TensorProto.DOUBLE):
    """A model of nodes (operator, inputs, outputs, attributes).

    Names are in a tuple, or in a string with spaces.  Constants are arrays by name, or tensors; ``inputs`` is the
    shape of x, or shapes by name.
    """

    def listed(names):
        return names.split() if isinstance(names, str) else list(names)

    made = [
        helper.make_node(op, listed(one), listed(two), name=f"n{i}", **(rest[0] if rest else {}))
        for i, (op, one, two, *rest) in enumerate(nodes)
    ]
    shapes = inputs if isinstance(inputs, dict) else {"x": inputs}
    inputs = [helper.make_tensor_value_info(name, kind, shape) for name, shape in shapes.items()]
    if not isinstance(constants, list):
        constants = [numpy_helper.from_array(np.asarray(array), name) for name, array in dict(constants).items()]
    results = [helper.make_tensor_value_info(name, kind, (None, None)) for name in outputs]
    graph = helper.make_graph(made, "graph", inputs, results, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def saved(folder, proto):
    """The path of a file with a model."""
    path = folder / "net.onnx"
    path.write_bytes(proto.SerializeToString())
    return path
