"""NumPy archives (.npz): arrays ``weight_0``, ``bias_0``, ``weight_1``, ..., ReLU between.

``weight_i`` has shape (n_i, n_{i-1}) and ``bias_i`` shape (n_i,); a missing bias is zero.  Each layer
but the last is followed by ReLU.  Arrays are integers or floats of any size.
"""

from __future__ import annotations

import re
import zipfile
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import FileFormatError
from troppoly.network.composition import Affine, Rectification
from troppoly.network.network import Network
from troppoly.network.untrusted import check_declared_shape

__all__ = ["npz_steps", "save_npz"]

_KEY = re.compile(r"(weight|bias)_(0|[1-9][0-9]{0,5})")


def save_npz(network: Network, path: str | PathLike[str]) -> None:
    """Write the arrays of :meth:`Network.to_arrays` to ``path``, without any rounding.

    The ending ``.npz`` is added to a name without it.
    Raises InputError, which names the entry, if a number of the network is no float64.

    >>> import io
    >>> save_npz(Network.from_arrays([[[1, 2]]]), file := io.BytesIO())
    >>> file.seek(0), np.load(file)["weight_0"]
    (0, array([[1., 2.]]))
    """
    weights, biases = network.to_arrays()
    arrays = {f"weight_{i}": weight for i, weight in enumerate(weights)}
    arrays |= {f"bias_{i}": bias for i, bias in enumerate(biases)}
    np.savez(path, **arrays)  # type: ignore[arg-type]


def npz_steps(path: Path) -> list[Affine | Rectification]:
    """Return the steps of the network in a NumPy archive.

    Raises FileFormatError for a file that is no NumPy archive or damaged, and for an array that has
    another name, which it names; ShapeError and NotFiniteError for bad weights.
    """
    arrays = _load(path)
    n_layers = sum(key.startswith("weight") for key in arrays)
    for key in arrays:
        number = key.partition("_")[2]
        if int(number) >= n_layers or f"weight_{number}" not in arrays:
            missing = next(i for i in range(int(number) + 1) if f"weight_{i}" not in arrays)
            raise FileFormatError(f"There is an array {key}, but no array weight_{missing}.")
    steps: list[Affine | Rectification] = []
    for i in range(n_layers):
        if steps:
            steps.append(Rectification(str(i - 1)))
        weight, bias = f"weight_{i}", f"bias_{i}"
        steps.append(Affine.of(str(i), arrays[weight], arrays.get(bias), f"array {weight}", f"array {bias}"))
    if not steps:
        raise FileFormatError("There is no array weight_0.")
    return steps


def _load(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays by name, each read after its header has been checked."""
    arrays = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                key = member.filename.removesuffix(".npy")
                if not _KEY.fullmatch(key):
                    raise FileFormatError(f"The array {key!r} is not named weight_0, bias_0, weight_1, ...")
                if member.comment:  # a damaged length, which would hide the members after it
                    raise FileFormatError(f"The array {key} has a comment, so the archive is damaged.")
                with archive.open(member) as stream:
                    _check_header(stream, member.file_size, key)
                with archive.open(member) as stream:
                    arrays[key] = np.lib.format.read_array(stream, allow_pickle=False)
                    if stream.read(1):
                        raise FileFormatError(f"The array {key} has more bytes than its shape tells.")
    except (FileFormatError, OSError):
        raise
    except Exception as error:  # whatever a damaged archive or header makes its readers raise
        raise FileFormatError(f"This is no NumPy archive, or it is damaged ({error}).") from error
    return arrays


def _check_header(stream: Any, size: int, key: str) -> None:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(stream)
    else:
        raise FileFormatError(
            f"The array {key} has the NumPy format version {version}, which holds no numbers."
        )
    if dtype.kind not in "fiu":
        raise FileFormatError(f"The array {key} has type {dtype}; integers or floats are needed.")
    n_axes = 2 if key.startswith("weight") else 1
    if len(shape) != n_axes:
        raise FileFormatError(
            f"The array {key} has shape {shape} where {n_axes} {'axes are' if n_axes > 1 else 'axis is'} needed."
        )
    check_declared_shape(shape, dtype.itemsize, size, f"array {key}")
