"""Networks as PyTorch modules, without rounding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troppoly.circuit.layer import Layer
from troppoly.errors import require
from troppoly.network.floats import exact_floats, fits_float32

__all__ = ["module_of"]


def module_of(layers: Sequence[Layer], names: Sequence[str]) -> Any:
    """Return the ``torch.nn.Sequential`` of ``Linear`` and ``ReLU`` with exactly these weights.

    All weights are of type float32 if every one of them is a float32 number, else float64.  In each
    layer all units are rectified or none.

    Raises InputError, which names the entry, if a weight is no float64 number.
    """
    torch = require("torch", extra="torch")
    arrays = [
        (exact_floats(layer.weight, f"weight of layer {name!r}"), exact_floats(layer.bias, f"bias of layer {name!r}"))
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
