"""Networks from files, by the ending of the name."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from troppoly.errors import FileFormatError
from troppoly.network.composition import normal_form
from troppoly.network.network import Network
from troppoly.network.npz import npz_steps
from troppoly.network.state_dict import state_dict_steps
from troppoly.network.untrusted import naming_file

__all__ = ["load_network"]

_READERS = {".pt": state_dict_steps, ".pth": state_dict_steps, ".npz": npz_steps}


def load_network(path: str | PathLike[str]) -> Network:
    """Return the network in a file.

    - ``.pt``, ``.pth``: a PyTorch state dict of Linear layers with ReLU between
      (:mod:`troppoly.network.state_dict`),
    - ``.npz``: arrays weight_0, bias_0, weight_1, ... with ReLU between (:mod:`troppoly.network.npz`),
    - ``.onnx``: a graph of piecewise linear operators (:meth:`Network.from_onnx`).

    No file runs code.  Raises FileFormatError for a missing, damaged or other file, UnsupportedError
    for an operator that is not known, ShapeError and NotFiniteError for weights that do not fit
    together or are not finite; every message starts with the name of the file.

    >>> load_network("net.h5")
    Traceback (most recent call last):
    ...
    troppoly.errors.FileFormatError: net.h5: The name must end in .pt, .pth, .npz or .onnx.
    """
    if Path(path).suffix.lower() == ".onnx":
        return Network.from_onnx(path)
    with naming_file(path):
        reader = _READERS.get(Path(path).suffix.lower())
        if reader is None:
            raise FileFormatError("The name must end in .pt, .pth, .npz or .onnx.")
        return Network(*normal_form(reader(Path(path))))
