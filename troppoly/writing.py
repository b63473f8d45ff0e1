"""Files that are written whole or not at all.

At every moment, whatever happens to the process or the machine, the name belongs to the old file (or to none) or to the
whole new one: that is written under another name in the same folder, forced to the disk, and takes the name by
``os.replace``, one step on POSIX and Windows; then the folder is forced to the disk, too, where it can be.  If anything
is raised before, the other name is removed again.

A symbolic link stays one: the file that it leads to is replaced.  A device or a pipe is written to as it is.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOBase
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from troppoly.errors import InputError

__all__ = ["Destination", "whole_file", "write_text"]

Destination = str | os.PathLike[str] | BinaryIO
"""The name of a file, or an open binary stream, which is written to as it is."""


@contextmanager
def whole_file(path: Destination) -> Iterator[BinaryIO]:
    """Give a binary stream; when the body has ended without an error, ``path`` is a file with what was written.

    Raises OSError, naming ``path``, if it cannot be written, and InputError for what is neither a name nor a stream.
    """
    if not isinstance(path, (str, os.PathLike)):
        if not hasattr(path, "write") or isinstance(path, TextIOBase):
            raise InputError(f"A {type(path).__name__} is neither the name of a file nor a binary stream.")
        yield path
        return
    if "\0" in os.fspath(path):
        raise InputError("The name of a file holds no zero byte.")
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".troppoly-{token_hex(8)}")
    try:
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and not stat.S_ISREG(mode):
            with target.open("wb") as stream:
                yield stream
            return
        if mode is not None:
            with target.open("ab"):  # who may not write to the file may not replace it either
                pass
        try:
            with open(temporary, "xb") as stream:
                if mode is not None:
                    os.chmod(temporary, stat.S_IMODE(mode))
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, target)
            _force(target.parent)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
    except OSError as error:
        if error.errno is not None and error.filename in (None, str(temporary), str(target)):
            raise OSError(error.errno, error.strerror, os.fspath(path)) from error
        raise


def _force(folder: Path) -> None:
    """Force the names in a folder to the disk; not every system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_text(text: str, path: Destination) -> None:
    """Write a text in UTF-8, whole or not at all; raises OSError if the file cannot be written."""
    with whole_file(path) as stream:
        stream.write(text.encode())
