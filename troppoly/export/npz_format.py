"""The arrays of a polyhedral complex in a NumPy archive (.npz), exactly.

``format``
    ``b"troppoly.polyhedral-complex 1"``, an array without axes.
``rays`` (n, d + 1)
    The rays (x, t), t >= 0, of the complex as a fan (:class:`troppoly.PolyhedralComplex`), primitive integer vectors as
    byte strings of decimal digits, for they may exceed 64 bits; ``rays.astype(float)`` are the nearest floats.
``lineality`` (l, d)
    A basis of the lineality space, as byte strings ``p`` or ``p/q``.
``indptr_k``, ``indices_k`` for k = 2, ..., D = d + 1 - l
    The facets of the cones of dimension k: those of cone i are ``indices_k[indptr_k[i]:indptr_k[i + 1]]``, numbers of
    cones of dimension k - 1.
``digest``
    The SHA-256 digest of the other arrays, in hexadecimal digits: of their names in alphabetical order, each
    with its shape and its entries: 64-bit integers, least byte first, or byte strings with commas between.

``numpy.load`` reads the file with ``allow_pickle=False``.  What :func:`load_complex` returns is a complex, by the proof
in :mod:`troppoly.export.verification`, and the one that was written, by the digest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.complex.face_lattice import Incidence
from troppoly.complex.polyhedral_complex import PolyhedralComplex
from troppoly.errors import FileFormatError
from troppoly.exact import RationalMatrix
from troppoly.exact.linear import primitive
from troppoly.export.verification import verified_complex
from troppoly.network.archives import read_archive, write_archive
from troppoly.network.json_values import rational_at
from troppoly.untrusted import content_of, naming_file
from troppoly.writing import Destination

__all__ = ["load_complex", "save_complex"]

_FORMAT = b"troppoly.polyhedral-complex 1"
_NAMES = re.compile(r"format|digest|rays|lineality|(indptr|indices)_([2-9]|[1-9][0-9]{1,3})")

_AXES = {"format": 0, "digest": 0, "rays": 2, "lineality": 2}
"""The arrays of byte strings; the others are lists of integers."""


@checked
def save_complex(complex: PolyhedralComplex, path: Destination) -> None:
    """Write the arrays of a polyhedral complex; the ending ``.npz`` is added to a name without it.

    Raises OSError if the file cannot be written: then it is what it was before.

    >>> import io
    >>> from troppoly.polynomial import TropicalPolynomial
    >>> line = TropicalPolynomial({(3,): 0, (0,): 1}).normal_complex().complex
    >>> save_complex(line, file := io.BytesIO())
    >>> file.seek(0), sorted(np.load(file)["rays"].tolist())
    (0, [[b'-1', b'0'], [b'1', b'0'], [b'1', b'3']])
    """
    rays = np.array([primitive(row) for row in complex.homogeneous_rays], dtype=object)
    arrays: dict[str, NDArray[Any]] = {"format": np.array(_FORMAT)}
    for name, rows in (("rays", rays), ("lineality", complex.lineality.to_rationals())):
        texts = [str(value).encode() for value in rows.flat]
        arrays[name] = np.array(texts, dtype=f"S{max(map(len, texts), default=1)}").reshape(rows.shape)
    for k, incidence in enumerate(complex.facets, start=2):
        arrays[f"indptr_{k}"] = np.asarray(incidence.indptr, dtype=np.int64)
        arrays[f"indices_{k}"] = np.asarray(incidence.indices, dtype=np.int32)
    arrays["digest"] = np.array(_digest(arrays))
    write_archive(path, arrays)


@checked
def load_complex(path: str | PathLike[str]) -> PolyhedralComplex:
    """Return the complex in a file of :func:`save_complex`.

    Reading runs no code, and allocates no memory for what the file does not hold.  Raises FileFormatError, whose
    message starts with the name of the file, if it is missing, damaged, of another format, or not a complex.

    >>> import troppoly as tp
    >>> from tempfile import mkdtemp
    >>> net = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])  # (x)+ + (y)+
    >>> path = f"{mkdtemp()}/complex.npz"
    >>> tp.export.save_complex(tp.canonical_complex(net).complex, path)
    >>> tp.export.load_complex(path)
    Polyhedral complex of R^2 with f-vector (1, 4, 4)
    """
    with naming_file(path):
        arrays = read_archive(content_of(Path(path)), _NAMES, "rays, lineality, indptr_2, indices_2, ...", _check_array)

        def array(name: str) -> NDArray[Any]:
            if name not in arrays:
                raise FileFormatError(f"There is no array {name}.")
            return arrays[name]

        if array("format").item() != _FORMAT:
            raise FileFormatError(f"The array format is not {_FORMAT!r}.")
        claimed = arrays.pop("digest").item() if "digest" in arrays else None
        rays, lineality = (_rationals(array(name), name) for name in ("rays", "lineality"))
        if rays.denominator != 1 or rays.shape[1] != lineality.shape[1] + 1:
            raise FileFormatError("The rays are not integer vectors with one coordinate more than the lines.")
        dimensions = range(2, 2 + (len(arrays) - 2) // 2)
        facets = [_incidence(array(f"indptr_{k}"), array(f"indices_{k}"), k) for k in dimensions]
        complex_ = verified_complex(lineality, rays.numerators, facets)
        if claimed != _digest(arrays):
            raise FileFormatError("The digest is not that of the arrays: the file was changed after it was written.")
        return complex_


def _digest(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    result = sha256()
    for name, array in sorted(arrays.items()):
        integers = array.dtype.kind == "i"
        entries = array.astype("<i8").tobytes() if integers else b",".join(array.ravel().tolist())
        result.update(f"{name} {array.shape} {len(entries)} ".encode() + entries)
    return result.hexdigest().encode()


def _rationals(texts: NDArray[np.bytes_], name: str) -> RationalMatrix:
    result = np.empty(texts.shape, dtype=object)
    for place, text in np.ndenumerate(texts):
        result[place] = rational_at(text.decode("latin-1"), f"array {name}, entry {place}")
    return RationalMatrix.from_rationals(result)


def _check_array(key: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    kind, what, n_axes = ("S", "byte strings", _AXES[key]) if key in _AXES else ("i", "integers", 1)
    if dtype.kind != kind or len(shape) != n_axes:
        raise FileFormatError(
            f"The array {key} has type {dtype} and shape {shape}; {what} with {n_axes} axes are needed."
        )


def _incidence(indptr: NDArray[Any], indices: NDArray[Any], k: int) -> Incidence:
    starts = np.asarray(indptr, dtype=np.int64)
    if len(starts) == 0 or starts[0] != 0 or starts[-1] != len(indices) or (np.diff(starts) < 0).any():
        raise FileFormatError(f"The array indptr_{k} does not ascend from 0 to the length of indices_{k}.")
    if len(indices) and not 0 <= indices.min() <= indices.max() < 2**31:
        raise FileFormatError(f"The array indices_{k} has numbers of cones that do not exist.")
    return Incidence(starts, np.asarray(indices, dtype=np.int32))
