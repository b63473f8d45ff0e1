"""Layers as arrays of floats and as PyTorch modules: without rounding, or an error that names the entry."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.circuit.layer import Layer
from troppoly.errors import InputError, require
from troppoly.exact import RationalMatrix, rational

__all__ = ["exact_floats", "layer_floats", "module_of", "split_identity_units"]

Floats = NDArray[np.float64]


def split_identity_units(layers: Sequence[Layer], chosen: Collection[int]) -> tuple[Layer, ...]:
    """Return layers of the same function in which the chosen layers, not the last one, have rectified units only.

    By z = (z)+ - (-z)+ the row of an identity unit is repeated with the opposite sign, and so is its column in the
    next layer; floats stay floats.

    >>> first, last = split_identity_units([Layer.of([[2]], [1]), Layer.of([[3]])], chosen=[0])
    >>> first.weight, first.bias, last.weight
    (RationalMatrix([['2'], ['-2']]), RationalMatrix([['1'], ['-1']]), RationalMatrix([['3', '-3']]))
    """
    result = []
    doubled = np.zeros(layers[0].n_inputs, dtype=bool)  # which inputs of the layer come twice
    for i, layer in enumerate(layers):
        weight, bias, rectified = layer.weight, layer.bias, layer.rectified
        if doubled.any():
            weight = weight.hstack(-weight.take_columns(doubled))
        doubled = ~rectified if i in chosen else np.zeros_like(rectified)
        if doubled.any():
            weight = weight.vstack(-weight.take_rows(doubled))
            bias = bias.vstack(-bias.take_rows(doubled))
            rectified = np.full(weight.shape[0], True)
        result.append(Layer(weight, bias, rectified))
    return tuple(result)


def layer_floats(layers: Sequence[Layer], names: Sequence[str]) -> tuple[list[Floats], list[Floats]]:
    """Return the weights and the biases of layers; raises InputError, which names the layer and the entry."""
    named = list(zip(names, layers, strict=True))
    weights = [exact_floats(layer.weight, f"weight of layer {name!r}") for name, layer in named]
    return weights, [exact_floats(layer.bias, f"bias of layer {name!r}")[:, 0] for name, layer in named]


def exact_floats(matrix: RationalMatrix, where: str) -> Floats:
    """Return the entries, which must be float64.

    >>> exact_floats(RationalMatrix.of([[1, "1/3"]]), "weight of layer '0'")
    Traceback (most recent call last):
    ...
    troppoly.errors.InputError: The weight of layer '0', entry (0, 1) is 1/3, which is not a double precision number.
    """
    floats = matrix.to_floats()
    if not np.isfinite(floats).all() or RationalMatrix.of(floats) != matrix:
        exact = ((at, np.isfinite(x) and rational(x) == matrix[at]) for at, x in np.ndenumerate(floats))
        i, j = next(at for at, is_exact in exact if not is_exact)
        raise InputError(f"The {where}, entry ({i}, {j}) is {matrix[i, j]}, which is not a double precision number.")
    return floats


def module_of(layers: Sequence[Layer], names: Sequence[str]) -> Any:
    """Return the ``torch.nn.Sequential`` of layers, in each of which all units are rectified or none."""
    torch = require("torch", extra="torch")
    weights, biases = layer_floats(layers, names)
    with np.errstate(over="ignore", under="ignore"):
        single = all(np.array_equal(array.astype(np.float32), array) for array in (*weights, *biases))
    modules, dtype = [], torch.float32 if single else torch.float64
    for layer, weight, bias in zip(layers, weights, biases, strict=True):
        linear = torch.nn.utils.skip_init(torch.nn.Linear, layer.n_inputs, layer.n_outputs, dtype=dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.copy()))
            linear.bias.copy_(torch.from_numpy(bias.copy()))
        modules += [linear, torch.nn.ReLU()] if layer.rectified.all() else [linear]
    return torch.nn.Sequential(*modules)
