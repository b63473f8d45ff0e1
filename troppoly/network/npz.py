"""NumPy archives (.npz): arrays ``weight_0``, ``bias_0``, ``weight_1``, ..., ReLU between.

``weight_i`` has shape (n_i, n_{i-1}) and ``bias_i`` shape (n_i,); a missing bias is zero.  Each layer
but the last is followed by ReLU.  Arrays are integers or floats of any size.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from troppoly.arguments import checked
from troppoly.errors import FileFormatError
from troppoly.network.archives import read_archive, write_archive
from troppoly.network.composition import Affine, Rectification
from troppoly.network.network import Network
from troppoly.writing import Destination

__all__ = ["npz_steps", "save_npz"]

_KEY = re.compile(r"(weight|bias)_(0|[1-9][0-9]{0,5})")


@checked
def save_npz(network: Network, path: Destination) -> None:
    """Write the arrays of :meth:`Network.to_arrays` to ``path``, without any rounding.

    The ending ``.npz`` is added to a name without it.
    Raises InputError, which names the entry, if a number of the network is no float64, and OSError if the
    file cannot be written: then it is what it was before.

    >>> import io
    >>> save_npz(Network.from_arrays([[[1, 2]]]), file := io.BytesIO())
    >>> file.seek(0), np.load(file)["weight_0"]
    (0, array([[1., 2.]]))
    """
    weights, biases = network.to_arrays()
    arrays = {f"weight_{i}": weight for i, weight in enumerate(weights)}
    arrays |= {f"bias_{i}": bias for i, bias in enumerate(biases)}
    write_archive(path, arrays)


def npz_steps(path: Path) -> list[Affine | Rectification]:
    """Return the steps of the network in a NumPy archive.

    Raises FileFormatError for a file that is no NumPy archive or damaged, and for an array that has
    another name, which it names; ShapeError and NotFiniteError for bad weights.
    """
    arrays = read_archive(path, _KEY, "weight_0, bias_0, weight_1, ...", _check_array)
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


def _check_array(key: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if dtype.kind not in "fiu":
        raise FileFormatError(f"The array {key} has type {dtype}; integers or floats are needed.")
    n_axes = 2 if key.startswith("weight") else 1
    if len(shape) != n_axes:
        raise FileFormatError(
            f"The array {key} has shape {shape} where {n_axes} {'axes are' if n_axes > 1 else 'axis is'} needed."
        )
