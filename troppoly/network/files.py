"""Networks from files, told apart by their content, and in NumPy archives."""

from __future__ import annotations

import zipfile
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any

from troppoly.arguments import checked
from troppoly.errors import FileFormatError, InputError
from troppoly.exact import rational
from troppoly.network.archives import write_archive
from troppoly.network.json_network import network_of_json
from troppoly.network.network import Network
from troppoly.network.nnet import nnet_layers
from troppoly.network.weight_files import network_of_weights, npz_weights, safetensors_weights, torch_weights
from troppoly.untrusted import content_of, naming_file
from troppoly.writing import Destination

__all__ = ["load_network", "save_npz"]

_WEIGHTS = {"torch": torch_weights, "safetensors": safetensors_weights, "npz": npz_weights}

_ENDINGS = {".pt": "torch", ".pth": "torch", ".ckpt": "torch"} | {
    f".{kind}": kind for kind in ("npz", "safetensors", "json", "onnx", "nnet")
}


@checked
def load_network(path: str | PathLike[str], *, negative_slope: Any = 0, final_activation: bool = False) -> Network:
    """Return the network in a file, whose content tells what it is; the ending is asked last.

    - weights by name (:mod:`troppoly.network.weight_files`): a file of ``torch.save`` (``.pt``, ``.pth``, ``.ckpt``)
      with a state dict of Linear layers, somewhere in its dicts, one of safetensors, or NumPy arrays weight_0, bias_0,
      weight_1, ... (``.npz``).  Between the layers is ReLU, or with ``negative_slope`` s the leaky ReLU
      max(x, 0) + s min(x, 0), and with ``final_activation`` after the last one, too,
    - a graph of piecewise linear operators (``.onnx``, :meth:`Network.from_onnx`),
    - text of the kind of the ACAS Xu networks (``.nnet``, :meth:`Network.from_nnet`),
    - JSON of :func:`troppoly.export.write_json`: a network, or the one whose linear regions are there.

    No file runs code.  Raises FileFormatError for a missing, damaged or other file, a device, a pipe or more than 4 GB,
    UnsupportedError for an operator that is not known, ShapeError and NotFiniteError for bad weights, and InputError
    for an activation of a file that has its own; every message starts with the name of the file.

    >>> load_network("/dev/null")
    Traceback (most recent call last):
    ...
    troppoly.errors.FileFormatError: /dev/null: This is a folder, a device or a pipe, not a file; copy what it gives to a file.
    """  # noqa: E501
    slope = rational(negative_slope, "negative slope")
    with naming_file(path):
        content = content_of(Path(path))
        kind = _kind(content) or _ENDINGS.get(Path(path).suffix.lower())
        if kind is None:
            raise FileFormatError(
                "This is not a file that torch.save (.pt), safetensors, NumPy (.npz), ONNX (.onnx) or troppoly (.json) "
                "wrote, nor a .nnet file, by its content and its name."
            )
        if kind in _WEIGHTS:
            return network_of_weights(_WEIGHTS[kind](content), slope, final_activation)
        if slope != 0 or final_activation:
            raise InputError("This file tells the activations of its network; give none.")
        if kind == "json":
            return network_of_json(content)
        if kind == "nnet":
            return Network(nnet_layers(content))
    return Network.from_onnx(path)


def _kind(content: bytes) -> str | None:
    """What a file is by its content, if that tells it."""
    if content.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(BytesIO(content)) as archive:
                return "npz" if all(name.endswith(".npy") for name in archive.namelist()) else "torch"
        except Exception:  # whatever a damaged directory makes its reader raise
            return None
    if content.startswith(b"\x80"):  # a pickle, which torch.save wrote before version 1.6
        return "torch"
    if content[8:9] == b"{" and int.from_bytes(content[:8], "little") <= len(content) - 8:
        return "safetensors"
    if content.lstrip()[:1] == b"{":
        return "json"
    if content.startswith(b"//"):
        return "nnet"
    return "onnx" if content.startswith(b"\x08") else None  # the tag of ir_version, the first field


@checked
def save_npz(network: Network, path: Destination) -> None:
    """Write the arrays of :meth:`Network.to_arrays` to ``path`` as weight_0, bias_0, ..., without any rounding.

    The ending ``.npz`` is added to a name without it.  Raises InputError, which names the entry, if a number is not a
    float64, and OSError if the file cannot be written: then it is what it was before.

    >>> import io, numpy
    >>> save_npz(Network.from_arrays([[[1, 2]]]), file := io.BytesIO())
    >>> file.seek(0), numpy.load(file)["weight_0"]
    (0, array([[1., 2.]]))
    """
    named = zip(("weight", "bias"), network.to_arrays(), strict=True)
    write_archive(path, {f"{name}_{i}": array for name, arrays in named for i, array in enumerate(arrays)})
