"""PyTorch modules in and out, without rounding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from numpy.typing import NDArray

from troppoly.errors import UnsupportedError, require
from troppoly.network.composition import Affine, Rectification
from troppoly.network.floats import exact_floats, fits_float32
from troppoly.network.layer import Layer

__all__ = ["module_of", "module_steps", "tensor_array"]


def tensor_array(tensor: Any) -> NDArray[Any]:
    """Return a torch tensor as a NumPy array of the same numbers.

    Every floating type of torch that NumPy lacks (bfloat16, the 8-bit ones) is contained in
    float64, so the conversion is lossless.
    """
    tensor = tensor.detach().cpu()
    result: NDArray[Any] = (tensor.double() if tensor.is_floating_point() else tensor).numpy()
    return result


def module_steps(module: Any, position: str = "") -> Iterator[Affine | Rectification]:
    """Yield the affine maps and rectifications of a module, in order of evaluation.

    Accepted are ``Linear``, ``ReLU``, ``Identity``, ``Flatten()`` (inputs are vectors already),
    ``Dropout`` in evaluation mode or with p = 0, and (nested) ``Sequential`` of these; a subclass
    that brings its own ``forward`` is another function, and so is a module with forward hooks.
    A network that ends in a ReLU gets an identity matrix as its affine last layer, and consecutive
    Linear modules stay layers of their own.  Signed zeros lose their sign: -0.0 is the rational 0.

    Raises UnsupportedError for any other module, named with its type and ``position`` such as
    ``'2.1'``, and ShapeError and NotFiniteError for weights that do not fit or are not finite.
    """
    nn = require("torch", extra="torch").nn
    kinds = (nn.Sequential, nn.Linear, nn.ReLU, nn.Identity, nn.Flatten, nn.Dropout)
    type_name = type(module).__name__
    place = f"layer {position!r} ({type_name})" if position else f"module {type_name}"
    kind = next((k for k in kinds if isinstance(module, k) and _is_forward_of(k, module)), None)
    if kind is None:
        accepted = ", ".join(k.__name__ for k in kinds)
        raise UnsupportedError(f"The {place} is not supported; supported are {accepted}.")
    if kind is nn.Linear and any(hasattr(p, "materialize") or p.is_meta for p in module.parameters()):
        raise UnsupportedError(f"The {place} has no weights yet.")
    if module._forward_hooks or module._forward_pre_hooks:
        raise UnsupportedError(f"The {place} has forward hooks, whose effect is not known.")
    if kind is nn.Sequential:
        for name, child in module._modules.items():  # named_children() would skip repeated modules
            yield from module_steps(child, f"{position}.{name}" if position else name)
    elif kind is nn.Linear:
        weight, bias = (None if p is None else tensor_array(p) for p in (module.weight, module.bias))
        yield Affine.of(position, weight, bias, f"weight of {place}", f"bias of {place}")
    elif kind is nn.ReLU:
        yield Rectification(position)
    elif kind is nn.Flatten and (module.start_dim, module.end_dim) != (1, -1):
        raise UnsupportedError(
            f"The {place} flattens axes {module.start_dim} to {module.end_dim}; supported is Flatten(1, -1)."
        )
    elif kind is nn.Dropout and module.training and module.p > 0:
        raise UnsupportedError(f"The {place} is in training mode, where it is random; call eval() first.")


def _is_forward_of(kind: Any, module: Any) -> bool:
    """Whether the module computes what its base class ``kind`` does."""
    return type(module).forward is kind.forward and "forward" not in vars(module)


def module_of(layers: Sequence[Layer], names: Sequence[str]) -> Any:
    """Return the ``torch.nn.Sequential`` of ``Linear`` and ``ReLU`` with exactly these weights.

    All weights are of type float32 if every one of them is a float32 number, else float64.  In each
    layer all units are rectified or none.

    Raises InputError, which names the entry, if a weight is no float64 number.
    """
    torch = require("torch", extra="torch")
    arrays = [
        (
            exact_floats(layer.weight, f"weight of layer {name!r}"),
            exact_floats(layer.bias, f"bias of layer {name!r}"),
        )
        for name, layer in zip(names, layers, strict=True)
    ]
    single = all(fits_float32(array) for pair in arrays for array in pair)
    dtype = torch.float32 if single else torch.float64
    modules = []
    for layer, (weight, bias) in zip(layers, arrays, strict=True):
        linear = torch.nn.utils.skip_init(torch.nn.Linear, layer.n_inputs, layer.n_outputs, dtype=dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight))
            linear.bias.copy_(torch.from_numpy(bias[:, 0].copy()))
        modules.append(linear)
        if layer.rectified.all():
            modules.append(torch.nn.ReLU())
    return torch.nn.Sequential(*modules)
