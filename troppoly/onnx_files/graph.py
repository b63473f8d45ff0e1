"""ONNX graphs as circuits: the graph is checked, and followed node by node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import reduce
from graphlib import CycleError, TopologicalSorter
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from troppoly.circuit.circuit import LARGEST_WEIGHT, Circuit, Wires, check_size
from troppoly.circuit.entries import Entries, Forms
from troppoly.circuit.operations import CUT
from troppoly.errors import FileFormatError, InputError, TroppolyError, UnsupportedError, counted, needed, require
from troppoly.onnx_files.computations import ARITHMETIC
from troppoly.onnx_files.images import IMAGES
from troppoly.onnx_files.nodes import Node, Operand, apart
from troppoly.onnx_files.rearrangements import REARRANGEMENTS, evaluated
from troppoly.onnx_files.tensors import tensor_array
from troppoly.untrusted import content_of

__all__ = ["onnx_outputs"]

OPERATORS: dict[str, Callable[..., Any]] = {**ARITHMETIC, **IMAGES, **REARRANGEMENTS}
"""The operators by name: functions of the node and its operands, of which one depends on the input."""

_UNKNOWN = f"is not supported, since it is not known to be piecewise linear; {CUT}"

_KEEP_SHAPE = "Relu LeakyRelu Clip Abs Neg Identity Dropout Flatten Add Sub Mul Div".split()  # noqa: SIM905

_DISCONTINUOUS = """
    ArgMax ArgMin Ceil Equal Floor Greater GreaterOrEqual Hardmax IsInf IsNaN Less LessOrEqual Mod NonZero OneHot
    QuantizeLinear Round Sign Unique""".split()  # noqa: SIM905

_RANDOM = """
    Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike""".split()  # noqa: SIM905


def onnx_outputs(
    path: Path, outputs: Sequence[str] | None = None, shapes: Mapping[str, Sequence[int]] | None = None
) -> Wires:
    """Return the result of the network in an ONNX file as a value of a circuit.

    The inputs of the circuit are the entries of all inputs of the graph that have no values in the file, one after
    another, and the result those of the ``outputs``, any results in the graph.  It is the function of one point.  The
    first axis of an input is that of the points of a batch, unless the first matrix product takes the input as a column
    or as a single vector; several points that are declared must pass one by one.  An input whose shape is in ``shapes``
    is one point.

    What does not depend on the inputs is evaluated by ONNX's reference implementation, in the declared types and with
    their rounding; from there on, everything is exact, attributes as the values of their floats.

    Raises FileFormatError and UnsupportedError, and ShapeError, NotFiniteError and InputError for bad weights or an
    unknown input shape.
    """
    model = _model(path)
    graph = model.graph
    version = max((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), default=1)
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in tensors]
    wanted = [value.name for value in graph.output] if outputs is None else list(outputs)
    if not inputs or not wanted:
        many = f"{counted(len(inputs), 'input')} and {counted(len(wanted), 'output')}"
        raise UnsupportedError(f"The graph has {many}; at least one of each is needed.")
    given = {name: tuple(int(n) for n in shape) for name, shape in (shapes or {}).items()}
    names = [value.name for value in inputs]
    if unknown := given.keys() - set(names):
        raise InputError(f"A shape is given for {min(unknown)!r}, but the inputs are {names}.")
    nodes = _ordered(graph.node, {*tensors, *names}, wanted)
    forms, values = _inputs(inputs, nodes, tensors, given)
    for node in nodes:
        for name in node.input:
            if name in tensors and name not in values:
                values[name] = tensor_array(tensors[name], name, path.parent)
        _evaluate(node, values, version, forms, path.parent)
    return reduce(Wires.stacked, [_at_one_point(forms, name, values.get(name)) for name in wanted])


def _model(path: Path) -> Any:
    """The model in a file."""
    onnx, content = require("onnx", extra="onnx"), content_of(path)
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # the protobuf implementations raise different classes
        raise FileFormatError(f"This is not an ONNX file, or it is damaged ({error}).") from error
    if not model.graph.node:
        raise FileFormatError("This is not an ONNX file, or its graph has no node.")
    if model.graph.sparse_initializer:
        name = model.graph.sparse_initializer[0].values.name
        raise UnsupportedError(f"The tensor {name!r} is sparse, which is not supported.")
    return model


def _inputs(
    inputs: Iterable[Any], nodes: list[Any], tensors: Mapping[str, Any], given: Mapping[str, tuple[int, ...]]
) -> tuple[Forms, dict[str, Operand]]:
    """The table of forms of a circuit with these inputs, of given or declared shapes, and their entries by name."""
    arrays: dict[str, tuple[tuple[int, ...], int | None]] = {}
    declared: set[int] = set()
    for value in inputs:
        _check_type(value, nodes)
        if value.name in given:
            shape, batch, n = given[value.name], None, None
        else:
            shape, batch, n = _input_shape(value, nodes, tensors)
        check_size(shape, "input")
        declared |= set() if batch is None else {n or 1}
        arrays[value.name] = shape, batch
    if len(declared) > 1:
        raise InputError(
            f"The inputs of the graph declare different numbers of points, {sorted(declared)}; give their shapes."
        )
    n_points = max(declared, default=1)
    circuit = Circuit(sum(prod(shape) for shape, _ in arrays.values()))
    forms, first = Forms(circuit, n_points), 0
    whole = circuit.inputs((circuit.n_inputs,))
    values: dict[str, Operand] = {}
    for name, (shape, batch) in arrays.items():
        check_size((n_points, prod(shape)), "input at all points", LARGEST_WEIGHT)
        numbers = first + np.arange(prod(shape)).reshape(shape)
        first += prod(shape)
        values[name] = forms.inputs(whole.picked(numbers), batch if n_points > 1 else None)
    return forms, values


def _at_one_point(forms: Forms, name: str, result: Operand) -> Wires:
    """An output of the graph at one of its points."""
    if not isinstance(result, Entries):
        raise UnsupportedError(f"The output {name!r} is not computed from the input.")
    for axis in range(result.ndim) if forms.n_points > 1 else (0,):
        value = forms.result(result, axis)
        if value is not None:
            return value
    raise UnsupportedError(
        f"The output {name!r} of shape {result.shape} has no axis along which it is computed from the points alike, "
        f"{apart(forms.n_points)}."
    )


def _check_type(value: Any, nodes: Iterable[Any]) -> None:
    """Check that an input holds floats, or integers that nodes only cast."""
    floats = (0, 1, 10, 11, 16)  # none, float32, float16, float64, bfloat16
    readers = {node.op_type for node in nodes if value.name in node.input}
    if value.type.tensor_type.elem_type not in floats and readers - {"Cast"}:
        raise UnsupportedError(f"The input {value.name!r} does not hold floats.")


def _ordered(nodes: Any, known: set[str], wanted: Sequence[str]) -> list[Any]:
    """The nodes that some results are computed by, each after those it takes results of."""
    known = {*known, ""}
    makers: dict[str, int] = {}
    for number, node in enumerate(nodes):
        for name in node.output:
            if name in makers or (name and name in known):
                raise FileFormatError(f"The {_place(node)} makes {name!r}, which is made before.")
            if name:
                makers[name] = number
    sorter: TopologicalSorter[int] = TopologicalSorter()
    rest = [makers[name] for name in wanted if name in makers]
    found: set[int] = set()
    while rest:
        number = rest.pop()
        if number in found:
            continue
        found.add(number)
        if missing := [name for name in nodes[number].input if name not in known and name not in makers]:
            raise FileFormatError(
                f"The {_place(nodes[number])} takes {missing[0]!r}, which is neither a constant nor the result "
                "of a node."
            )
        before = [makers[name] for name in nodes[number].input if name in makers]
        sorter.add(number, *before)
        rest += before
    try:
        return [nodes[number] for number in sorter.static_order()]
    except CycleError as error:
        raise FileFormatError(
            f"The {_place(nodes[error.args[1][0]])} takes a result that is computed from its own."
        ) from None


def _place(node: Any) -> str:
    """Words for a node."""
    operator = node.op_type if str(node.op_type).isidentifier() else repr(node.op_type)
    return f"node {_name(node)!r} ({operator})"


def _name(node: Any) -> str:
    return str(node.name or (node.output[0] if node.output else ""))


def _input_shape(
    value: Any, nodes: list[Any], tensors: Mapping[str, Any]
) -> tuple[tuple[int, ...], int | None, int | None]:
    """The shape of the input for one point, its axis of the batch, and the declared number of points.

    What is left open follows from the first matrix product that the input reaches.
    """
    (features, column), kind = _first_product(value.name, nodes, tensors), value.type.tensor_type
    declared: tuple[int | None, ...] = (None, None)
    if kind.HasField("shape"):
        declared = tuple(axis.dim_value if axis.dim_value > 0 else None for axis in kind.shape.dim)
    batch: int | None = 0 if len(declared) > 1 else None
    if len(declared) == 2 and (column or (features is None and declared[1] is None and declared[0] is not None)):
        batch = 1
    shape = [1 if axis == batch else n for axis, n in enumerate(declared)]
    if shape.count(None) == 1 and features is not None and len(shape) <= 2:
        shape = [features if n is None else n for n in shape]
    if None in shape:
        raise InputError(
            "A network needs an affine layer at its beginning, or an input of known shape; the input "
            f"{value.name!r} declares the shape {declared}, and what is left open is not known."
        )
    return tuple(shape), batch, None if batch is None else declared[batch]  # type: ignore[arg-type]


def _first_product(name: str, nodes: list[Any], tensors: Mapping[str, Any]) -> tuple[int | None, bool]:
    """The number of features that the first matrix product takes, and whether it takes a column."""
    reached, guess = {name}, None
    for node in nodes:
        inside = [i for i, entry in enumerate(node.input[:2]) if entry in reached]
        if not inside:
            continue
        other = tensors.get(node.input[1 - inside[0]]) if len(node.input) > 1 else None
        lengths = None if other is None else tuple(other.dims)
        if node.op_type in ("Gemm", "MatMul") and lengths is not None and len(lengths) == 2:
            flips = {a.name: bool(a.i) for a in node.attribute}
            is_left = inside[0] == 0
            keys = ("transA", "transB") if is_left else ("transB", "transA")
            own, theirs = (flips.get(key, False) for key in keys)
            return lengths[0 if is_left != theirs else 1], is_left == own
        if node.op_type not in _KEEP_SHAPE:
            return guess, False
        if node.op_type in ("Add", "Sub", "Mul", "Div") and lengths and guess is None:
            guess = lengths[-1]
        reached.update(node.output)
    return guess, False


def _evaluate(node: Any, values: dict[str, Operand], version: int, forms: Forms, folder: Path) -> None:
    """Compute the results of a node."""
    place = _place(node)
    schema = _schema(node, version, place)
    if second := [name for name in node.input if name and name not in values]:
        raise UnsupportedError(f"The {place} takes {second[0]!r}, a second result that is not supported.")
    operands = [values[name] if name else None for name in node.input]
    if not schema.min_input <= len(operands) <= schema.max_input:
        least, most = schema.min_input, schema.max_input
        several = f"at least {least}" if most > 99 else f"{least} to {most}"
        wanted = needed(least) if most == least else f"{several} are needed"
        raise FileFormatError(f"The {place} has {counted(len(operands), 'input')} where {wanted}.")
    at = Node(_name(node), place, forms, node, version, _attributes(node, schema, place, folder))
    result: Any
    if node.op_type == "Dropout" or any(isinstance(operand, Entries) for operand in operands):
        result = _result(at, operands)
    elif node.op_type in _RANDOM:
        at.refuse("is random")
    else:
        result = _constant(at) if node.op_type == "Constant" else evaluated(at, operands)
    values.update(zip(node.output, result, strict=False))


def _schema(node: Any, version: int, place: str) -> Any:
    """The definition of the operator of a node."""
    onnx = require("onnx", extra="onnx")
    if node.domain in ("", "ai.onnx"):
        with suppress(onnx.defs.SchemaError, TypeError):  # TypeError for names that are not text
            return onnx.defs.get_schema(node.op_type, version, "")
    raise UnsupportedError(f"The {place} {_UNKNOWN}.")


def _result(at: Node, operands: list[Operand]) -> Sequence[Operand]:
    """The results of a node that takes results of the input."""
    if at.kind in _DISCONTINUOUS:
        at.refuse(f"is not continuous, so it is not piecewise linear; {CUT}")
    if at.kind not in OPERATORS:
        at.refuse(_UNKNOWN)
    try:
        result = OPERATORS[at.kind](at, *operands)
    except TroppolyError:
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise FileFormatError(f"The {at.where} has inputs or attributes that do not fit ({error}).") from error
    return result if isinstance(result, tuple) else (result,)


def _constant(at: Node) -> list[Operand]:
    """The result of a node ``Constant``."""
    if len(at.attributes) != 1:
        raise FileFormatError(f"The {at.where} has the values {sorted(at.attributes)} where one is needed.")
    ((name, value),) = at.attributes.items()
    if name not in ("value", "value_float", "value_floats", "value_int", "value_ints"):
        at.refuse(f"has an attribute {name!r} that is not supported")
    if name == "value":
        return [value]
    return [np.array(value, dtype=np.float32 if "float" in name else np.int64)]


def _attributes(node: Any, schema: Any, place: str, folder: Path) -> dict[str, Any]:
    """The attributes of a node by name, each known and of the right type, with their defaults."""
    onnx = require("onnx", extra="onnx")
    kinds = onnx.AttributeProto
    read: dict[int, Callable[[Any], Any]] = {
        kinds.TENSOR: lambda a: tensor_array(a.t, _name(node), folder),
        kinds.FLOAT: lambda a: np.float32(a.f),
        kinds.FLOATS: lambda a: [np.float32(number) for number in a.floats],
        kinds.STRING: lambda a: bytes(a.s).decode("ascii", "replace"),
        kinds.INT: lambda a: a.i,
        kinds.INTS: lambda a: list(a.ints),
    }
    result: dict[str, Any] = {}
    given = {attribute.name: attribute for attribute in node.attribute}
    for name, attribute in given.items():
        declared = schema.attributes.get(name)
        fits = declared is not None and attribute.type == int(declared.type.value) and not attribute.ref_attr_name
        if not fits or attribute.type not in read:
            raise UnsupportedError(f"The {place} has an attribute {name!r} that is not supported.")
    for name, declared in schema.attributes.items():
        attribute = given.get(name, declared.default_value)
        if attribute.type == kinds.UNDEFINED:
            if declared.required:
                raise FileFormatError(f"The {place} has no attribute {name!r}.")
        elif name in given or (attribute.type in read and attribute.type != kinds.TENSOR):
            result[name] = read[attribute.type](attribute)
    return result
