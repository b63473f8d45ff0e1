"""NumPy archives (.npz): written whole or not at all, and read though nobody vouches for them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from os import PathLike, fspath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import FileFormatError
from troppoly.untrusted import check_declared_shape
from troppoly.writing import Destination, whole_file

__all__ = ["read_archive", "write_archive"]

LARGEST_ARRAY = 2**30  # the most bytes of an array that is read


def write_archive(path: Destination, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to an archive; the ending ``.npz`` is added to a name without it."""
    if isinstance(path, (str, PathLike)) and not fspath(path).endswith(".npz"):
        path = fspath(path) + ".npz"
    with whole_file(path) as stream:
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]


def read_archive(
    content: bytes, names: re.Pattern[str], naming: str, check: Callable[[str, tuple[int, ...], np.dtype[Any]], None]
) -> dict[str, NDArray[Any]]:
    """Return the arrays of an archive by name, without pickled objects; raises FileFormatError.

    A name must match ``names``, which ``naming`` describes; ``check(name, shape, dtype)`` sees what the header of an
    array declares before memory is allocated for it.
    """
    arrays = {}
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for member in archive.infolist():
                key = member.filename.removesuffix(".npy")
                if not names.fullmatch(key):
                    raise FileFormatError(f"The array {key!r} is not named {naming}")
                if member.comment:  # a damaged length, which would hide the members after it
                    raise FileFormatError(f"The array {key} has a comment, so the archive is damaged.")
                with archive.open(member) as stream:
                    version = np.lib.format.read_magic(stream)
                    if version not in _HEADERS:
                        raise FileFormatError(f"The array {key} has the format version {version}, without numbers.")
                    shape, _, dtype = _HEADERS[version](stream)
                    check(key, shape, dtype)
                    check_declared_shape(shape, dtype.itemsize, min(member.file_size, LARGEST_ARRAY), f"array {key}")
                with archive.open(member) as stream:
                    arrays[key] = np.lib.format.read_array(stream, allow_pickle=False)
                    if stream.read(1):
                        raise FileFormatError(f"The array {key} has more bytes than its shape tells.")
    except (FileFormatError, OSError):
        raise
    except Exception as error:  # whatever a damaged archive or header makes its readers raise
        raise FileFormatError(f"This is not a NumPy archive, or it is damaged ({error}).") from error
    return arrays


_HEADERS: dict[tuple[int, int], Callable[[Any], tuple[Any, bool, np.dtype[Any]]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
