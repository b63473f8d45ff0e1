"""PyTorch state dicts (.pt, .pth): the weights of Linear layers in order, ReLU between.

A state dict holds tensors by key and no program.  Its convention here: keys ``PREFIX.weight`` of
shape (n_out, n_in) and ``PREFIX.bias`` of shape (n_out,) (zero if it is missing) are one affine
layer, layers come in the order of their first key, each but the last is followed by ReLU.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from troppoly.errors import FileFormatError, require
from troppoly.network.composition import Affine, Rectification
from troppoly.network.torch_calls import tensor_array
from troppoly.network.untrusted import check_declared_shape

__all__ = ["state_dict_steps"]


def state_dict_steps(path: Path) -> list[Affine | Rectification]:
    """Return the steps of the network whose state dict ``torch.save`` wrote to ``path``.

    The file is loaded with ``weights_only=True``, which runs no code.  Raises FileFormatError for a
    file that is no state dict or damaged, and for a key that is no weight or bias of a Linear layer,
    which it names; ShapeError and NotFiniteError for bad weights.
    """
    size = path.stat().st_size
    tensors = _load(path, size)
    layers: dict[str, dict[str, Any]] = {}
    for key, tensor in tensors.items():
        prefix, _, kind = str(key).rpartition(".")
        if kind not in ("weight", "bias") or not hasattr(tensor, "untyped_storage"):
            raise FileFormatError(
                f"The key {key!r} is no weight or bias of a Linear layer; save the state_dict() of a network "
                "of Linear and ReLU layers."
            )
        n_axes = 2 if kind == "weight" else 1
        if tensor.ndim != n_axes:
            raise FileFormatError(
                f"The key {key!r} has shape {tuple(tensor.shape)} where {n_axes} "
                f"{'axes are' if n_axes > 1 else 'axis is'} needed."
            )
        check_declared_shape(tensor.shape, tensor.element_size(), size, f"key {key!r}")
        layers.setdefault(prefix, {})[kind] = tensor_array(tensor)
    steps: list[Affine | Rectification] = []
    for prefix, arrays in layers.items():
        weight_key, bias_key = (f"{prefix}.{kind}" if prefix else kind for kind in ("weight", "bias"))
        if "weight" not in arrays:
            raise FileFormatError(f"There is a key {bias_key!r}, but no key {weight_key!r}.")
        if steps:
            steps.append(Rectification(steps[-1].name))
        steps.append(
            Affine.of(
                prefix, arrays["weight"], arrays.get("bias"), f"key {weight_key!r}", f"key {bias_key!r}"
            )
        )
    if not steps:
        raise FileFormatError("The state dict is empty.")
    return steps


def _load(path: Path, size: int) -> Mapping[Any, Any]:
    """The state dict, after a check that the archive is whole and not larger inside than outside."""
    torch = require("torch", extra="torch")
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > size:
                raise FileFormatError("The archive declares more bytes than the file has.")
            damaged = archive.testzip()
    except (zipfile.BadZipFile, EOFError, RuntimeError, ValueError) as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(f"This is no file of torch.save, or it is truncated ({error}).") from error
    if damaged is not None:
        raise FileFormatError(f"The record {damaged!r} is damaged: its checksum is wrong.")
    try:
        content = torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:  # whatever a damaged pickle makes the unpickler of torch raise
        reason = str(error).partition("\n")[0].partition(". ")[0]
        raise FileFormatError(f"torch.load(weights_only=True) refused it: {reason}.") from error
    if not isinstance(content, Mapping):
        raise FileFormatError(f"This holds an object of type {type(content).__name__}, not a state dict.")
    return content
