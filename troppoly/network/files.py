"""Networks from files, told apart by their content."""

from __future__ import annotations

import zipfile
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any

from troppoly.arguments import checked
from troppoly.circuit.activations import leaky
from troppoly.circuit.circuit import Circuit
from troppoly.circuit.levels import arrange
from troppoly.errors import FileFormatError, InputError
from troppoly.exact import rational
from troppoly.network.composition import Rectification, normal_form
from troppoly.network.json_network import network_of_json
from troppoly.network.network import Network
from troppoly.network.npz import npz_steps
from troppoly.network.state_dict import Steps, safetensors_steps, torch_steps
from troppoly.untrusted import content_of, naming_file

__all__ = ["load_network"]

_ENDINGS = {
    ".pt": "torch",
    ".pth": "torch",
    ".ckpt": "torch",
    ".npz": "npz",
    ".safetensors": "safetensors",
    ".json": "json",
    ".onnx": "onnx",
}


@checked
def load_network(path: str | PathLike[str], *, negative_slope: Any = 0, final_activation: bool = False) -> Network:
    """Return the network in a file, whose content tells what it is; the ending is asked last.

    - a file of ``torch.save`` (``.pt``, ``.pth``, ``.ckpt``) with a state dict of Linear layers, or with
      dicts in which there is one, and one of safetensors (:mod:`troppoly.network.state_dict`),
    - NumPy arrays weight_0, bias_0, weight_1, ... (``.npz``, :mod:`troppoly.network.npz`),
    - a graph of piecewise linear operators (``.onnx``, :meth:`Network.from_onnx`),
    - JSON of :func:`troppoly.export.write_json` (:mod:`troppoly.network.json_network`): a network, or the
      one whose linear regions are there.

    The first two hold weights only.  There is ReLU between the layers, or with ``negative_slope`` s the
    leaky ReLU max(x, 0) + s min(x, 0), and none after the last one except with ``final_activation``.

    No file runs code.  Raises FileFormatError for a missing, damaged or other file, for a device or a
    pipe and for more than 4 GB, UnsupportedError for an operator that is not known, ShapeError and
    NotFiniteError for weights that do not fit together or are not finite, and InputError for an activation
    of a file that has its own; every message starts with the name of the file.

    >>> load_network("/dev/null")
    Traceback (most recent call last):
    ...
    troppoly.errors.FileFormatError: /dev/null: This is a folder, a device or a pipe, not a file; copy what it gives to a file first.
    """
    slope = rational(negative_slope, "negative slope")
    with naming_file(path):
        content = content_of(Path(path))
        kind = _kind(content) or _ENDINGS.get(Path(path).suffix.lower())
        if kind is None:
            raise FileFormatError(
                "This is no file that torch.save (.pt), safetensors, NumPy (.npz), ONNX (.onnx) or troppoly (.json) "
                "wrote, by its content and its name."
            )
        if kind in ("onnx", "json") and (slope != 0 or final_activation):
            raise InputError("This file tells the activations of its network; give none.")
        if kind == "json":
            return network_of_json(Path(path))
        if kind != "onnx":
            steps = npz_steps(Path(path)) if kind == "npz" else _STEPS[kind](content)
            return _network(steps, slope, final_activation)
    return Network.from_onnx(path)


_STEPS = {"torch": torch_steps, "safetensors": safetensors_steps}


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
    return "onnx" if content.startswith(b"\x08") else None  # the tag of ir_version, the first field


def _network(steps: Steps, slope: Any, final_activation: bool) -> Network:
    """The network of affine steps with the same activation between, and perhaps after the last."""
    if final_activation:
        steps = [*steps, Rectification(steps[-1].name)]
    if slope == 0:
        return Network(*normal_form(steps))
    Network(*normal_form(steps))  # which names the layers that do not fit
    circuit = Circuit(steps[0].weight.shape[1])  # type: ignore[union-attr]
    value = circuit.inputs((circuit.n_inputs,))
    for step in steps:
        if isinstance(step, Rectification):
            value = leaky(value, slope, "negative slope")
        else:
            value = value.mapped(step.weight, (step.weight.shape[0],), step.bias, step.name)
    return Network(*arrange(circuit, value))
