"""Reading files that nobody vouches for: what they declare is checked before memory is allocated for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from os import PathLike, fspath
from pathlib import Path
from stat import S_ISREG

from troppoly.errors import FileFormatError, InputError, UnsupportedError

__all__ = ["LARGEST_FILE", "LARGEST_SIZE", "check_declared_shape", "content_of", "naming_file"]

LARGEST_FILE = 2**32
"""The most bytes of a file that is read."""

LARGEST_SIZE = 2**26
"""The most entries that an array in a file may have; about 5 GB as exact numbers."""


def content_of(path: Path) -> bytes:
    """Return the bytes of a regular file (a device or a pipe may never end) of at most LARGEST_FILE bytes."""
    status = path.stat()
    if not S_ISREG(status.st_mode):
        raise FileFormatError("This is a folder, a device or a pipe, not a file; copy what it gives to a file.")
    if status.st_size > LARGEST_FILE:
        raise FileFormatError(f"The file has more than {LARGEST_FILE} bytes, which are not read.")
    return path.read_bytes()


@contextmanager
def naming_file(path: str | PathLike[str]) -> Iterator[None]:
    """Put the name of a file before the messages of errors in the body; an OSError becomes a FileFormatError.

    >>> with naming_file("net.npz"):
    ...     raise FileFormatError("There is no array weight_0.")
    Traceback (most recent call last):
    ...
    troppoly.errors.FileFormatError: net.npz: There is no array weight_0.
    """
    try:
        yield
    except (InputError, UnsupportedError) as error:
        raise type(error)(f"{fspath(path)}: {error}") from error
    except OSError as error:
        raise FileFormatError(f"{fspath(path)}: {error.strerror or error}.") from error


def check_declared_shape(shape: Sequence[int], entry_bytes: int, available: int, where: str) -> None:
    """Raise FileFormatError unless an array of this shape has at most ``available`` bytes and LARGEST_SIZE entries."""
    said = f"The {where} declares shape {tuple(shape)}"
    if min(shape, default=0) < 0:
        raise FileFormatError(f"{said}, which has a negative length.")
    if prod(shape) * entry_bytes > available:
        raise FileFormatError(f"{said}, but {available} bytes of it are there.")
    if prod(shape) > LARGEST_SIZE:
        raise FileFormatError(f"{said}; more than {LARGEST_SIZE} entries are not read.")
