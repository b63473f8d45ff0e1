"""PyTorch state dicts: the weights of Linear layers in order, with an activation between.

A state dict holds tensors by key and no program.  Its convention here: keys ``PREFIX.weight`` of
shape (n_out, n_in) and ``PREFIX.bias`` of shape (n_out,) (zero if it is missing) are one affine
layer, whatever the prefix is; ``weight_0``, ``bias_0`` or ``W0``, ``b0`` are read as ``0.weight``, ``0.bias``.  A pruned weight is ``PREFIX.weight_orig`` times ``PREFIX.weight_mask``.
Which activation stands between the layers, and whether one follows the last, is not in such a file:
it is ReLU, and none, unless the caller says otherwise (:func:`troppoly.load_network`).

*Order.*  A file of ``torch.save`` keeps the order in which a module registered its layers, and that is
taken.  One of safetensors does not: there, layers are ordered by the numbers in their names, and the
groups of names that differ in more than numbers, such as ``body.0``, ``body.2`` and ``head``, in the
only way in which the shapes fit together.

*Checkpoints.*  A file may hold the state dict somewhere inside of dicts, as trainers save it beside
epochs and optimizers: it is the only state dict of Linear layers there, or the one under a name
that is usual for it.
"""

from __future__ import annotations

import itertools
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

from troppoly.errors import FileFormatError, require
from troppoly.network.composition import Affine, Rectification
from troppoly.torch_modules.calls import tensor_array
from troppoly.untrusted import check_declared_shape

__all__ = ["safetensors_steps", "state_dict_steps", "torch_steps"]

_NAMES = ("state_dict", "model_state_dict", "model", "net", "network", "module", "weights")

_KINDS = {"weight": 2, "bias": 1, "weight_orig": 2, "weight_mask": 2}

_NUMBERED = re.compile(r"((?:.*\.)?)(weight|bias|W|w|b)_?([0-9]+)")

_DEEPEST = 4
"""The number of dicts that a state dict may be in."""

Steps = list[Affine | Rectification]


def torch_steps(content: bytes) -> Steps:
    """Return the steps of the network whose state dict, or a dict with it, ``torch.save`` wrote.

    The bytes are loaded with ``weights_only=True``, which runs no code.  Raises FileFormatError for
    what is damaged or holds no state dict, and what :func:`state_dict_steps` raises.
    """
    state = _state_dict(_load(content))
    keys = [str(key) for key in state]
    has_bias = any(_layer_of(key)[1] == "bias" for key in keys)  # PyTorch puts biases after weights
    ascending = all(group == sorted(group, key=_numbers) for group in _groups(keys))
    if keys == sorted(keys) and (has_bias or not ascending):
        state = _ordered({str(key): tensor for key, tensor in state.items()})
    return state_dict_steps(state, len(content))


def safetensors_steps(content: bytes) -> Steps:
    """Return the steps of the network in a file of safetensors.

    Raises FileFormatError for what is damaged or does not tell the order of its layers, and what
    :func:`state_dict_steps` raises.
    """
    safetensors, _ = require("safetensors.torch", extra="safetensors"), require("torch", extra="torch")
    try:
        tensors = safetensors.load(content)
    except Exception as error:  # whatever a damaged header makes the package raise
        raise FileFormatError(f"This is no file of safetensors, or it is damaged ({error}).") from error
    return state_dict_steps(_ordered(tensors), len(content))


def state_dict_steps(state: Mapping[Any, Any], available: int | None = None) -> Steps:
    """Return the steps of the network of a state dict.

    ``available`` is the number of bytes that its tensors can have, if they come from a file.

    Raises FileFormatError for a key that is no weight or bias of a Linear layer, which it names;
    ShapeError and NotFiniteError for bad weights.
    """
    layers: dict[str, dict[str, Any]] = {}
    for key, tensor in state.items():
        prefix, kind = _layer_of(str(key))
        if kind not in _KINDS or not hasattr(tensor, "untyped_storage"):
            raise FileFormatError(
                f"The key {key!r} is no weight or bias of a Linear layer; save the state_dict() of a network "
                "of Linear and ReLU layers."
            )
        n_axes = _KINDS[kind]
        if tensor.ndim != n_axes:
            raise FileFormatError(
                f"The key {key!r} has shape {tuple(tensor.shape)} where {n_axes} "
                f"{'axes are' if n_axes > 1 else 'axis is'} needed."
            )
        check_declared_shape(
            tensor.shape, 0 if available is None else tensor.element_size(), available or 0, f"key {key!r}"
        )
        layers.setdefault(prefix, {})[kind] = tensor
    steps: Steps = []
    for prefix, tensors in layers.items():
        weight_key, bias_key = (f"{prefix}.{kind}" if prefix else kind for kind in ("weight", "bias"))
        if {"weight_orig", "weight_mask"} <= tensors.keys():
            tensors["weight"] = tensors["weight_orig"] * tensors["weight_mask"]
        if "weight" not in tensors:
            raise FileFormatError(
                f"There is a key {next(f'{prefix}.{kind}'.lstrip('.') for kind in tensors)!r}, "
                f"but no key {weight_key!r}."
            )
        if steps:
            steps.append(Rectification(steps[-1].name))
        weight, bias = (None if tensors.get(k) is None else tensor_array(tensors[k]) for k in ("weight", "bias"))
        steps.append(Affine.of(prefix, weight, bias, f"key {weight_key!r}", f"key {bias_key!r}"))
    if not steps:
        raise FileFormatError("The state dict is empty.")
    return steps


def _layer_of(key: str) -> tuple[str, str]:
    """The layer that a key belongs to, and what of it it is."""
    numbered = _NUMBERED.fullmatch(key)
    if numbered:
        kind = {"W": "weight", "w": "weight", "b": "bias"}.get(numbered[2], numbered[2])
        return numbered[1] + numbered[3], kind
    prefix, _, kind = key.rpartition(".")
    return prefix, kind


def _load(content: bytes) -> Any:
    """What ``torch.save`` wrote, after a check that the archive is whole and not larger inside than outside."""
    torch = require("torch", extra="torch")
    if content.startswith(b"\x80"):
        raise FileFormatError(
            "This is no file of torch.save since version 1.6, but a pickle, as it wrote before; load and save it again."
        )
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > len(content):
                raise FileFormatError("The archive declares more bytes than the file has.")
            damaged = archive.testzip()
    except (zipfile.BadZipFile, EOFError, RuntimeError, ValueError) as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(f"This is no file of torch.save, or it is truncated ({error}).") from error
    if damaged is not None:
        raise FileFormatError(f"The record {damaged!r} is damaged: its checksum is wrong.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(BytesIO(content), weights_only=True, map_location="cpu")
    except Exception as error:  # whatever a damaged pickle makes the unpickler of torch raise
        other = re.search(r"Unsupported global: GLOBAL (\S+)", str(error))
        if other:
            raise FileFormatError(
                f"torch.load(weights_only=True) refused it, since it holds {other[1]}, which only code makes; save "
                "the state_dict() alone."
            ) from error
        reason = str(error).partition("\n")[0].partition(". ")[0]
        raise FileFormatError(f"torch.load(weights_only=True) refused it: {reason}.") from error


def _state_dict(content: Any) -> Mapping[Any, Any]:
    """The state dict in what a file holds, itself or inside of dicts."""
    if not isinstance(content, Mapping):
        raise FileFormatError(f"This holds an object of type {type(content).__name__}, not a state dict.")
    found = dict(_state_dicts(content, ()))
    if () in found or not found:
        return dict(content)
    usual = [path for name in _NAMES for path in found if name in path]
    if len(found) > 1 and not usual:
        names = ", ".join(repr(".".join(path)) for path in found)
        raise FileFormatError(f"This holds several state dicts, {names}; save the one that is meant.")
    result: Mapping[Any, Any] = found[usual[0] if usual else next(iter(found))]
    return result


def _state_dicts(content: Mapping[Any, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The dicts with a weight among their own entries, with the keys that lead to them."""
    if any(_layer_of(str(key))[1] in _KINDS and hasattr(t, "ndim") for key, t in content.items()):
        yield path, content
    elif len(path) < _DEEPEST:
        for key, value in content.items():
            if isinstance(value, Mapping):
                yield from _state_dicts(value, (*path, str(key)))


def _ordered(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """The tensors in the order of their layers, as the module says."""
    groups = _groups(sorted(tensors, key=_numbers))
    orders = [itertools.chain.from_iterable(order) for order in _fitting(groups, tensors)]
    if len(orders) != 1:
        raise FileFormatError(
            f"A file of safetensors, or with sorted names, does not keep the order of layers, and {len(orders)} orders of the layers "
            f"{', '.join(repr(group[0].rpartition('.')[0]) for group in groups)} fit together; number "
            "them in their names, or save the state_dict() with torch.save."
        )
    return {key: tensors[key] for key in orders[0]}


def _numbers(key: str) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", key)]


def _groups(keys: Sequence[str]) -> list[list[str]]:
    """The keys whose layers differ in numbers only, in their order."""
    groups: dict[str, list[str]] = {}
    for key in keys:
        groups.setdefault(re.sub(r"\d+", "#", _layer_of(key)[0]), []).append(key)
    return list(groups.values())


def _fitting(groups: Sequence[list[str]], tensors: Mapping[str, Any]) -> list[tuple[list[str], ...]]:
    """The orders of groups of layers in which each takes what the one before gives."""

    def shape(group: list[str], position: int, axis: int) -> int | None:
        weights = [tensors[key] for key in group if getattr(tensors[key], "ndim", 0) == 2]
        return int(weights[position].shape[axis]) if weights else None

    if len(groups) < 2:
        return [tuple(groups)]
    ends = [(shape(group, 0, 1), shape(group, -1, 0)) for group in groups]
    orders: list[tuple[int, ...]] = [(i,) for i in range(len(groups))]
    for _ in groups[1:]:
        orders = [
            (*order, i)
            for order in orders[:100]
            for i in range(len(groups))
            if i not in order and ends[order[-1]][1] == ends[i][0]
        ]
    return [tuple(groups[i] for i in order) for order in orders]
