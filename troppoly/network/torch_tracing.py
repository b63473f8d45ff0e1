"""PyTorch modules as circuits: a module is traced by ``torch.fx``, and its graph followed node by node."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from troppoly.errors import InputError, TroppolyError, UnsupportedError, require
from troppoly.network import torch_activations, torch_arithmetic, torch_images, torch_shapes  # noqa: F401
from troppoly.network.circuit import Circuit, Wires, check_size
from troppoly.network.torch_calls import FUNCTIONS, CallPlace

__all__ = ["module_circuit"]

_CUT = "cut the network before it"

_NO_INPUT_SIZE = (
    "A network needs an affine layer, from which its number of inputs is known; without one at its "
    "beginning give input_shape=(...), without the axis of the batch."
)

_IN_PLACE = ("iadd", "isub", "imul", "itruediv", "imatmul", "ifloordiv", "imod", "ipow")

_CURVED = frozenset(
    (
        *("GELU", "SiLU", "Mish", "ELU", "CELU", "SELU", "Sigmoid", "Tanh", "LogSigmoid", "Softplus", "GLU"),
        *("Softsign", "Softmax", "LogSoftmax", "Softmin", "Softmax2d", "LayerNorm", "GroupNorm", "RMSNorm"),
        *("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "MultiheadAttention", "LSTM", "GRU", "RNN"),
        *("TransformerEncoder", "TransformerEncoderLayer", "Transformer", "Bilinear", "LPPool1d", "LPPool2d"),
    )
)


def _modules() -> dict[str, tuple[str, Callable[[Any], tuple[Any, ...]]]]:
    """For the type names of modules: the function they call, and its arguments after the value."""
    table: dict[str, tuple[str, Callable[[Any], tuple[Any, ...]]]] = {
        "Linear": ("linear", lambda m: (m.weight, m.bias)),
        "ReLU": ("relu", lambda m: ()),
        "LeakyReLU": ("leaky_relu", lambda m: (m.negative_slope,)),
        "PReLU": ("prelu", lambda m: (m.weight,)),
        "ReLU6": ("relu6", lambda m: ()),
        "Hardtanh": ("hardtanh", lambda m: (m.min_val, m.max_val)),
        "Threshold": ("threshold", lambda m: (m.threshold, m.value)),
        "Identity": ("identity", lambda m: ()),
        "Flatten": ("flatten", lambda m: (m.start_dim, m.end_dim)),
        "Unflatten": ("unflatten", lambda m: (m.dim, m.unflattened_size)),
    }
    for name in ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"):
        table[name] = ("dropout", lambda m: (m.p, m.training))
    for n in (1, 2, 3):
        table |= {
            f"Conv{n}d": (f"conv{n}d", _convolution_arguments),
            f"BatchNorm{n}d": ("batch_norm", _normalisation_arguments),
            f"MaxPool{n}d": (
                f"max_pool{n}d",
                lambda m: (m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode, m.return_indices),
            ),
            f"AvgPool{n}d": (
                f"avg_pool{n}d",
                lambda m: (
                    m.kernel_size,
                    m.stride,
                    m.padding,
                    m.ceil_mode,
                    m.count_include_pad,
                    getattr(m, "divisor_override", None),
                ),
            ),
            f"AdaptiveAvgPool{n}d": (f"adaptive_avg_pool{n}d", lambda m: (m.output_size,)),
            f"AdaptiveMaxPool{n}d": (f"adaptive_max_pool{n}d", lambda m: (m.output_size, m.return_indices)),
            f"ConstantPad{n}d": ("pad", lambda m: (m.padding, "constant", m.value)),
            f"ZeroPad{n}d": ("pad", lambda m: (m.padding, "constant", 0)),
            f"ReflectionPad{n}d": ("pad", lambda m: (m.padding, "reflect")),
            f"ReplicationPad{n}d": ("pad", lambda m: (m.padding, "replicate")),
        }
    return table


def _convolution_arguments(m: Any) -> tuple[Any, ...]:
    padding = m.padding if m.padding_mode == "zeros" else 0
    return (m.weight, m.bias, m.stride, padding, m.dilation, m.groups)


def _normalisation_arguments(m: Any) -> tuple[Any, ...]:
    training = m.training or not m.track_running_stats
    return (m.running_mean, m.running_var, m.weight, m.bias, training, m.momentum, m.eps)


_MODULES = _modules()


def module_circuit(module: Any, input_shape: Sequence[int] | None = None) -> tuple[Circuit, Wires]:
    """Return the circuit of a PyTorch module, and its result as a value.

    The first argument of ``forward`` is a batch, whose axis 0 is that of its points; ``input_shape`` is
    the shape of a point, needed where no Linear layer tells it.  Modules are what ``forward`` does:
    known modules of ``torch.nn`` (and subclasses that change nothing), everything else by tracing.

    Raises UnsupportedError, which names the type and the position, for what is not piecewise linear or
    cannot be traced, ShapeError and NotFiniteError for parameters that do not fit or are not finite,
    and InputError if the number of inputs is not known.
    """
    torch = require("torch", extra="torch")
    if not isinstance(module, torch.nn.Module):
        raise UnsupportedError(f"The module {type(module).__name__} is not supported; a torch.nn.Module is.")
    graph, modules = _traced(torch, module)
    if input_shape is None:
        input_shape = _inferred_shape(graph, modules)
    shape = tuple(int(n) for n in input_shape)
    check_size(shape, "input")
    circuit = Circuit(prod(shape))
    run = _Run(torch, module, modules, circuit.inputs((1, *shape)))
    needed = _needed(graph)
    for node in graph.nodes:
        if node.op == "placeholder" or node in needed:
            result = run.step(node)
        run.note_storage(node)
    return circuit, result  # that of the output, which is the last node


def _needed(graph: Any) -> set[Any]:
    """The nodes that the output is computed from."""
    found: set[Any] = set()
    rest = [node for node in graph.nodes if node.op == "output"]
    while rest:
        node = rest.pop()
        if node not in found:
            found.add(node)
            rest += node.all_input_nodes
    return found


def _traced(torch: Any, module: Any) -> tuple[Any, dict[str, Any]]:
    """The graph of a module, and its submodules by name; a single known module is a graph of its own."""
    modules = dict(module.named_modules(remove_duplicate=False))
    for name, child in modules.items():
        if any(hasattr(p, "materialize") for p in child.parameters(recurse=False)):
            raise UnsupportedError(f"The {_place(name, child)} has no weights yet.")
        if child._forward_hooks or child._forward_pre_hooks:
            raise UnsupportedError(f"The {_place(name, child)} has forward hooks, whose effect is not known.")

    class Proxy(torch.fx.Proxy):  # type: ignore[misc]
        """A symbolic value for which ``x += y`` is an operation in place, as it is for tensors."""

    for name in _IN_PLACE:
        setattr(Proxy, f"__{name}__", _recorded(getattr(operator, name)))

    class Tracer(torch.fx.Tracer):  # type: ignore[misc]
        def is_leaf_module(self, m: Any, name: str) -> bool:
            return _is_leaf(torch, m)

        def proxy(self, node: Any) -> Any:
            return Proxy(node, self)

    if _is_leaf(torch, module):
        graph = torch.fx.Graph()
        graph.output(graph.call_module("", (graph.placeholder("input"),)))
        return graph, modules
    try:
        graph = Tracer().trace(module)
    except Exception as error:  # whatever the code of a module raises on a symbolic value
        reason = str(error).strip().partition("\n")[0]
        raise UnsupportedError(
            f"The {_place('', module)} is not supported, since torch.fx cannot trace it ({reason})."
        ) from error
    return graph, modules


def _recorded(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The method of a symbolic value that records a call of an operator."""
    return lambda self, other: self.tracer.create_proxy("call_function", function, (self, other), {})


def _is_leaf(torch: Any, module: Any) -> bool:
    """Whether a module is one of ``torch.nn``, or of a subclass that computes the same."""
    nn, kind = torch.nn, type(module)
    if "forward" in vars(module) or isinstance(module, nn.Sequential):
        return False
    base = next((k for k in kind.__mro__ if k.__module__.startswith(("torch.nn.", "torch.ao."))), None)
    if base is None or base is nn.Module:
        return False
    names = ("forward", "__call__", "_conv_forward")
    return all(getattr(kind, name, None) is getattr(base, name, None) for name in names)


def _place(name: str, module: Any) -> str:
    """Words for a module and its position."""
    kind = type(module).__name__
    return f"layer {name!r} ({kind})" if name else f"module {kind}"


def _known_type(module: Any) -> str:
    """The first name of a type of the module, from special to general, that is known."""
    names = [kind.__name__ for kind in type(module).__mro__]
    return next((name for name in names if name in _MODULES), names[0])


def _inferred_shape(graph: Any, modules: dict[str, Any]) -> tuple[int, ...]:
    """The shape of a point, from the first Linear or BatchNorm1d layer that the input reaches."""
    reached = {next(node for node in graph.nodes if node.op == "placeholder")}
    for node in graph.nodes:
        if not node.args or node.args[0] not in reached:
            continue
        if node.op == "call_module":
            module = modules[node.target]
            kind = _known_type(module)
            if kind == "Linear" or (kind == "BatchNorm1d"):
                _check_parameters(module, _place(node.target, module))
                return (module.in_features if kind == "Linear" else module.num_features,)
            if kind.startswith(("Conv", "MaxPool", "AvgPool", "BatchNorm", "Adaptive")):
                raise InputError(
                    f"The {_place(node.target, module)} does not tell the shape of the input; give "
                    "input_shape=(channels, height, width), without the axis of the batch."
                )
            if kind not in _MODULES:
                _refuse_module(module, node.target)
            if _MODULES[kind][0] in _KEEP_SIZE:
                reached.add(node)
        elif _name_of(node) == "linear" and getattr(node.args[1], "op", "") == "get_attr":
            return (_attribute(modules[""], node.args[1].target).shape[1],)
        elif _name_of(node) in _KEEP_SIZE or (_name_of(node) in ("view", "reshape") and len(node.args) == 3):
            reached.add(node)
    raise InputError(_NO_INPUT_SIZE)


_KEEP_SIZE = frozenset(
    (
        *("relu", "leaky_relu", "prelu", "relu6", "hardtanh", "clamp", "clip", "abs", "neg", "identity"),
        *("dropout", "flatten", "contiguous", "clone", "add", "sub", "mul", "div", "truediv"),
    )
)


def _check_parameters(module: Any, place: str) -> None:
    tensors = [*module.parameters(), *module.buffers()]
    if any(p.is_meta for p in tensors):
        raise UnsupportedError(f"The {place} has no weights yet.")


def _refuse_module(module: Any, name: str) -> None:
    reason = " since it is not piecewise linear" if type(module).__name__ in _CURVED else ""
    comma = "," if reason else ""
    raise UnsupportedError(f"The {_place(name, module)} is not supported{comma}{reason}; {_CUT}.")


def _attribute(module: Any, target: str) -> Any:
    for part in target.split("."):
        module = getattr(module, part)
    return module


def _name_of(node: Any) -> str:
    """The name of the function or method that a node calls, without marks of being in place."""
    target = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    return target.rstrip("_") if not target.startswith("__") else target


class _Run:
    """The values of the nodes of a graph, each computed from the ones before."""

    def __init__(self, torch: Any, root: Any, modules: dict[str, Any], inputs: Wires) -> None:
        self.torch, self.root, self.modules, self.inputs = torch, root, modules, inputs
        self.values: dict[Any, Any] = {}
        self.storage: dict[Any, Any] = {}  # the node that a value is a view of
        self.overwritten: dict[Any, str] = {}  # nodes whose value was changed in place, and where
        tensors = (p for p in [*root.parameters(), *root.buffers()] if p.is_floating_point())
        kind = next(tensors, torch.zeros(0)).dtype
        self.kind: type[np.floating[Any]] = np.float64 if kind == torch.float64 else np.float32

    def step(self, node: Any) -> Any:
        """Compute the value of the next node."""
        if node.op == "placeholder":
            if self.values:
                raise UnsupportedError(f"The {_place('', self.root)} has a second input {node.target!r}.")
            result: Any = self.inputs
        elif node.op == "get_attr":
            result = _attribute(self.root, node.target)
        elif node.op == "output":
            return self._output(self._argument(node.args[0], _place("", self.root)))
        else:
            at, name, arguments, named = self._call(node)
            if not any(isinstance(v, Wires) for v in _leaves((arguments, *named.values()))):
                result = self._constant(node, arguments, named)
            else:
                result = self._apply(at, name, arguments, named)
        self.values[node] = result
        return result

    def _call(self, node: Any) -> tuple[CallPlace, str, tuple[Any, ...], dict[str, Any]]:
        """The place, the function and the arguments of a call."""
        if node.op == "call_module":
            module = self.modules[node.target]
            at = CallPlace(node.target, _place(node.target, module), self.kind)
            _check_parameters(module, at.where)
            kind = _known_type(module)
            if kind not in _MODULES:
                _refuse_module(module, node.target)
            name, extra = _MODULES[kind]
            value = self._argument(node.args[0], at.where)
            if kind.startswith("Conv") and module.padding_mode != "zeros":
                widths = module._reversed_padding_repeated_twice
                value = FUNCTIONS["pad"](at, value, widths, module.padding_mode)
            return at, name, (value, *extra(module)), {}
        stack = list((node.meta.get("nn_module_stack") or {}).values())
        path = stack[-1][0] if stack else ""
        inside = _place(path, self.modules[path]) if path in self.modules else f"module {path!r}"
        name = _name_of(node)
        at = CallPlace(path or name, f"function {name!r} in {inside}", self.kind)
        arguments = self._argument(node.args, at.where)
        named = {key: self._argument(value, at.where) for key, value in node.kwargs.items()}
        return at, name, arguments, named

    def _argument(self, argument: Any, where: str) -> Any:
        """An argument with nodes replaced by their values."""
        if isinstance(argument, self.torch.fx.Node):
            changed = self.overwritten.get(argument)
            if changed is not None:
                raise UnsupportedError(
                    f"The {where} takes a value that {changed} has changed in place; use inplace=False there."
                )
            return self.values[argument]
        if isinstance(argument, list | tuple):
            return tuple(self._argument(entry, where) for entry in argument)
        if isinstance(argument, slice):
            parts = (argument.start, argument.stop, argument.step)
            return slice(*(self._argument(part, where) for part in parts))
        return argument

    def _constant(self, node: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """A call on constants only, as PyTorch does it."""
        with self.torch.no_grad():
            if node.op == "call_method":
                return getattr(arguments[0], node.target)(*arguments[1:], **named)
            return node.target(*arguments, **named)

    def _apply(self, at: CallPlace, name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """A call on values of the circuit."""
        function = FUNCTIONS.get(name)
        if function is None:
            at.refuse(f"is not supported, since it is not known to be piecewise linear; {_CUT}")
        arguments = (
            tuple(
                value.named(at.name) if isinstance(value, Wires) and value.is_plain else value
                for value in arguments
            )
            if name not in ("size", "getattr", "dim")
            else arguments
        )
        try:
            result = function(at, *arguments, **named)
        except TroppolyError:
            raise
        except (TypeError, ValueError, AttributeError) as error:
            at.refuse(f"has arguments that are not supported ({error})")
        for part in result if isinstance(result, tuple) else (result,):
            if isinstance(part, Wires) and part.shape[:1] != (1,):
                at.refuse(f"makes shape {part.shape}, which does not keep the points of a batch apart")
        return result

    def note_storage(self, node: Any) -> None:
        """Remember which values share memory, and which are lost when one is changed in place."""
        first = node.args[0] if node.args else None
        if not isinstance(first, self.torch.fx.Node) or node.op == "output":
            return
        module = self.modules[node.target] if node.op == "call_module" else None
        target = str(getattr(node.target, "__name__", node.target))
        marked = target in _IN_PLACE or (target.endswith("_") and not target.endswith("__"))
        in_place = node.kwargs.get("inplace") or marked
        root = self.storage.get(first, first)
        if getattr(module, "inplace", False) if module is not None else in_place:
            for other in node.graph.nodes:
                if other is node:
                    break
                if self.storage.get(other, other) is root:
                    self.overwritten[other] = f"{target!r}"
        elif (_known_type(module) if module is not None else _name_of(node)) in _VIEWS:
            self.storage[node] = root

    def _output(self, result: Any) -> Wires:
        if isinstance(result, tuple) and len(result) == 1:
            result = result[0]
        if not isinstance(result, Wires):
            raise UnsupportedError(
                f"The {_place('', self.root)} returns {type(result).__name__}, not one tensor that is "
                "computed from the input."
            )
        return result


_VIEWS = frozenset(
    (
        *("view", "reshape", "flatten", "unflatten", "getitem", "squeeze", "unsqueeze", "transpose"),
        *("permute", "swapaxes", "chunk", "split", "identity", "contiguous", "detach", "dropout", "getattr"),
        *("float", "double", "Identity", "Flatten", "Unflatten", "Dropout", "Dropout1d", "Dropout2d"),
        *("Dropout3d", "AlphaDropout", "FeatureAlphaDropout"),
    )
)


def _leaves(argument: Any) -> list[Any]:
    """All entries of nested tuples."""
    if isinstance(argument, tuple):
        return [leaf for entry in argument for leaf in _leaves(entry)]
    return [argument]
