"""Weights by name, and the files that hold them: state dicts of PyTorch and safetensors, and NumPy archives.

Keys ``NAME.weight`` of shape (n_out, n_in) and ``NAME.bias`` of shape (n_out,) (zero if it is missing) are one affine
layer, whatever the name; ``weight_0``, ``bias_0`` or ``W0``, ``b0`` are those of the layer ``0``.  A pruned weight is
``NAME.weight_orig`` times ``NAME.weight_mask``.  The activations are not in such a file.

*Order.*  That of a file of ``torch.save`` is the order in which a module registered its layers, unless its keys are
sorted.  Otherwise layers are ordered by the numbers in their names, and groups of names that differ in more than
numbers, such as ``body.0``, ``body.2`` and ``head``, in the only way in which the shapes fit together.

*Checkpoints.*  The state dict may stand inside of dicts: it is the only one with weights, or the one with a usual name.
"""

from __future__ import annotations

import itertools
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np

from troppoly.circuit.activations import leaky
from troppoly.circuit.circuit import Circuit
from troppoly.circuit.layer import Layer
from troppoly.circuit.levels import arrange
from troppoly.errors import FileFormatError, require
from troppoly.exact import RationalMatrix
from troppoly.network.archives import read_archive
from troppoly.network.network import Network
from troppoly.untrusted import check_declared_shape

__all__ = ["network_of_weights", "npz_weights", "safetensors_weights", "torch_weights"]

Weights = Mapping[str, Any]

_AXES = {"weight": 2, "bias": 1, "weight_orig": 2, "weight_mask": 2}
_NUMBERED = re.compile(r"((?:.*\.)?)(weight|bias|W|w|b)_?([0-9]+)")
_IN_ARCHIVES = re.compile(r"(weight|bias)_(0|[1-9][0-9]{0,5})")
_USUAL = ("state_dict", "model_state_dict", "model", "net", "network", "module", "weights")

_DEEPEST = 4  # the most dicts that a state dict may be in
_MOST_ORDERS = 100


def network_of_weights(weights: Weights, slope: Any = 0, final_activation: bool = False) -> Network:
    """Return the network of weights by name in this order, with max(x, 0) + slope min(x, 0) between the layers.

    With ``final_activation`` it follows the last one, too.  Raises FileFormatError, which names the key, ShapeError and
    NotFiniteError.

    >>> network_of_weights({"in.weight": [[1], [-1]], "in.bias": [0, 1], "out.weight": [[1, 1]]}).names
    ('in', 'out')
    """
    parts: dict[str, dict[str, tuple[str, Any]]] = {}
    for key, array in weights.items():
        name, kind = _layer_of(str(key))
        if kind not in _AXES:
            raise _other_key(key)
        if np.ndim(array) != (n := _AXES[kind]):
            raise FileFormatError(
                f"The key {key!r} has shape {np.shape(array)} where {n} {'axes are' if n > 1 else 'axis is'} needed."
            )
        parts.setdefault(name, {})[kind] = f"key {key!r}", array
    if not parts:
        raise FileFormatError("There is no key of a weight, such as weight_0: the state dict is empty.")
    layers = []
    for name, found in parts.items():
        if {"weight_orig", "weight_mask"} <= found.keys():
            found["weight"] = found["weight_orig"][0], found["weight_orig"][1] * found["weight_mask"][1]
        if "weight" not in found:
            key = f"{name}.weight".removeprefix(".")
            raise FileFormatError(f"There is a {next(iter(found.values()))[0]}, but no key {key!r}.")
        (weight_name, weight), (bias_name, bias) = found["weight"], found.get("bias", ("", None))
        layers.append(Layer.of(weight, bias, where=(weight_name, bias_name)))
    return _with_activations(Network(tuple(layers), tuple(parts)), slope, final_activation)


def _with_activations(affine: Network, slope: Any, final: bool) -> Network:
    """The network of affine layers with an activation between, and perhaps after the last."""
    if slope == 0:
        rectified = [replace(layer, rectified=np.full(layer.n_outputs, True)) for layer in affine.layers]
        if not final:
            return replace(affine, layers=(*rectified[:-1], affine.layers[-1]))
        identity = Layer.of(RationalMatrix.identity(affine.n_outputs))
        return Network((*rectified, identity), (*affine.names, affine.names[-1]))
    value = Circuit(affine.n_inputs).inputs((affine.n_inputs,))
    for i, (name, layer) in enumerate(zip(affine.names, affine.layers, strict=True), start=1):
        value = value.mapped(layer.weight, (layer.n_outputs,), layer.bias, name)
        if final or i < len(affine.layers):
            value = leaky(value, slope, "negative slope")
    return Network(*arrange(value))


def _other_key(key: Any) -> FileFormatError:
    advice = "save the state_dict() of a network of Linear and ReLU layers"
    return FileFormatError(f"The key {key!r} is not a weight or bias of a Linear layer; {advice}.")


def _layer_of(key: str) -> tuple[str, str]:
    """The layer that a key belongs to, and what of it it is."""
    if numbered := _NUMBERED.fullmatch(key):
        return numbered[1] + numbered[3], {"w": "weight", "b": "bias"}[numbered[2][0].lower()]
    prefix, _, kind = key.rpartition(".")
    return prefix, kind


def npz_weights(content: bytes) -> Weights:
    """Return the arrays ``weight_0``, ``bias_0``, ``weight_1``, ..., integers or floats, of a NumPy archive."""

    def check(key: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        if dtype.kind not in "fiu":
            raise FileFormatError(f"The array {key} has type {dtype}; integers or floats are needed.")

    arrays = read_archive(content, _IN_ARCHIVES, "weight_0, bias_0, weight_1, ...", check)
    missing = next(i for i in itertools.count() if f"weight_{i}" not in arrays)
    if later := [key for key in arrays if int(key.partition("_")[2]) >= missing]:
        raise FileFormatError(f"There is an array {later[0]}, but no array weight_{missing}.")
    return _ordered(arrays)


def torch_weights(content: bytes) -> Weights:
    """Return the state dict that ``torch.save`` wrote, or the one in the dicts that it wrote; no code is run."""
    state = _arrays(_state_dict(_load(content)), len(content))
    keys = list(state)
    has_bias = any(_layer_of(key)[1] == "bias" for key in keys)  # PyTorch puts biases after weights
    ascending = all(group == sorted(group, key=_numbers) for group in _groups(keys))
    return _ordered(state) if keys == sorted(keys) and (has_bias or not ascending) else state


def safetensors_weights(content: bytes) -> Weights:
    """Return the tensors in a file of safetensors."""
    safetensors, _ = require("safetensors.torch", extra="safetensors"), require("torch", extra="torch")
    try:
        tensors = safetensors.load(content)
    except Exception as error:  # whatever a damaged header makes the package raise
        raise FileFormatError(f"This is not a file of safetensors, or it is damaged ({error}).") from error
    return _ordered(_arrays(tensors, len(content)))


def _arrays(tensors: Mapping[Any, Any], available: int) -> dict[str, Any]:
    """The tensors as arrays of the same numbers; float64 holds all floats of PyTorch."""
    arrays = {}
    for key, tensor in tensors.items():
        if not isinstance(key, str) or not hasattr(tensor, "untyped_storage"):
            raise _other_key(key)
        check_declared_shape(tensor.shape, tensor.element_size(), available, f"key {key!r}")
        arrays[key] = (tensor.double() if tensor.is_floating_point() else tensor).detach().numpy()
    return arrays


def _load(content: bytes) -> Any:
    """What ``torch.save`` wrote, after a check that the archive is whole and not larger inside than outside."""
    torch = require("torch", extra="torch")
    if content.startswith(b"\x80"):
        raise FileFormatError(
            "This is not a file of torch.save since version 1.6, but a pickle, as before; load and save it again."
        )
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
            damaged = archive.testzip() if size <= len(content) else None
    except (zipfile.BadZipFile, EOFError, RuntimeError, ValueError) as error:
        raise FileFormatError(f"This is not a file of torch.save, or it is truncated ({error}).") from error
    if size > len(content):
        raise FileFormatError("The archive declares more bytes than the file has.")
    if damaged is not None:
        raise FileFormatError(f"The record {damaged!r} is damaged: its checksum is wrong.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(BytesIO(content), weights_only=True, map_location="cpu")
    except Exception as error:  # whatever a damaged pickle makes the unpickler of torch raise
        reason = str(error).partition("\n")[0].partition(". ")[0]
        if other := re.search(r"Unsupported global: GLOBAL (\S+)", str(error)):
            reason = f"it holds {other[1]}, which only code makes; save the state_dict() alone"
        raise FileFormatError(f"torch.load(weights_only=True) refused it: {reason}.") from error


def _state_dict(content: Any) -> Mapping[Any, Any]:
    """The state dict in what a file holds, itself or inside of dicts."""
    if not isinstance(content, Mapping):
        raise FileFormatError(f"This holds an object of type {type(content).__name__}, not a state dict.")
    found = dict(_state_dicts(content, ()))
    if () in found or not found:
        return content
    usual = [path for name in _USUAL for path in found if name in path]
    if len(found) > 1 and not usual:
        names = ", ".join(repr(".".join(path)) for path in found)
        raise FileFormatError(f"This holds several state dicts, {names}; save the one that is meant.")
    return found[next(iter(usual or found))]


def _state_dicts(content: Mapping[Any, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Weights]]:
    """The dicts with a weight among their own entries, with the keys that lead to them."""
    if any(_layer_of(str(key))[1] in _AXES and hasattr(t, "ndim") for key, t in content.items()):
        yield path, content
    elif len(path) < _DEEPEST:
        for key, value in content.items():
            if isinstance(value, Mapping):
                yield from _state_dicts(value, (*path, str(key)))


def _ordered(arrays: Weights) -> Weights:
    """The arrays in the order of their layers, as the module says."""
    groups = _groups(sorted(arrays, key=_numbers))
    ends = []  # the inputs of the first and the outputs of the last layer of a group
    for group in groups:
        shapes = [arrays[key].shape for key in group if arrays[key].ndim == 2]
        ends.append((shapes[0][1], shapes[-1][0]) if shapes else (None, None))
    orders: list[tuple[int, ...]] = [()]
    for _ in groups:
        orders = [
            (*order, i)
            for order in orders
            for i in range(len(groups))
            if i not in order and (not order or ends[order[-1]][1] == ends[i][0])
        ]
        if len(orders) > max(_MOST_ORDERS, len(groups)):
            break
    if len(orders) != 1:
        names = ", ".join(repr(group[0].rpartition(".")[0]) for group in groups)
        raise FileFormatError(
            f"A file of safetensors, or with sorted names, does not keep the order of layers, and {len(orders)} orders "
            f"of the layers {names} fit together; number them in their names, or save the state_dict() with torch.save."
        )
    return {key: arrays[key] for i in orders[0] for key in groups[i]}


def _numbers(key: str) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", key)]


def _groups(keys: Sequence[str]) -> list[list[str]]:
    """The keys whose layers differ in numbers only, in their order."""
    groups: dict[str, list[str]] = {}
    for key in keys:
        groups.setdefault(re.sub(r"\d+", "#", _layer_of(key)[0]), []).append(key)
    return list(groups.values())
