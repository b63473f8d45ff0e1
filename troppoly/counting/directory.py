"""The directory of a run: what is finished is on the disk, whole, and the same call goes on from there.

``manifest.json``
    What decides the result: the network and the domain, exactly, the measures, the size of parts and of tasks, and the
    version of troppoly; ``format`` is ``"troppoly.census"``, ``version`` that of this format, ``run`` the digest of the
    run, and ``digest`` that of the other members (:func:`troppoly.network.json_network.with_digest`).
``tasks/1221.npz``
    The result of the task whose path is (1, 2, 2, 1); of the first one, whose path is empty, ``tasks/root.npz``.  Names
    beyond 200 digits are replaced by their SHA-256 digest.  The arrays are those of ``TaskResult.arrays()``, with
    ``run`` and ``digest``, the SHA-256 of all others: of their names in alphabetical order, each with its type, shape
    and bytes.
``claims/1221``
    Locked by the process that is at this task.

**Nothing is lost.**  A file is written whole or not at all (:mod:`troppoly.writing`), and the result of a task is a
function of the run and of its path.  So at every moment the directory holds finished results of one run, and since each
lists its children, they say which tasks are left: those without a file that the first task or one with a file names.
A file that is truncated, changed or of another run does not have the digests that it should; it is as if it were not
there, and is written again.  What has the name of a task and is no file, a folder for example, ends the run before that
task is done, and the error says so.

**Several processes**, on one machine or on many that share the directory, are in no other relation than one process and
itself later: who comes first to a name does not matter, since the content is the same.  Locks only let them begin with
different tasks; what a process is stuck with is done by the others in the end.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from itertools import chain
from json import dumps
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import troppoly
from troppoly.counting.results import Path as TaskPath
from troppoly.counting.results import TaskResult
from troppoly.errors import FileFormatError, InputError, StoppedError, counted, shown
from troppoly.network.archives import read_archive, write_archive
from troppoly.network.json_network import parsed_json, with_digest
from troppoly.untrusted import content_of, naming_file
from troppoly.writing import write_text

if TYPE_CHECKING:
    from troppoly.counting.work import Work

__all__ = ["RunDirectory"]

FORMAT, VERSION = "troppoly.census", 1

_NAMES = re.compile(r".+")
_STALE = 3600  # seconds after which a file that was not finished is left over from a process that was killed


class RunDirectory:
    """The directory of the run of a work, which is made if there is none."""

    def __init__(self, folder: str | os.PathLike[str], work: Work) -> None:
        self.folder, self.run, self.n_finished = Path(folder), work.digest, 0
        self._claims, self._damaged = dict[TaskPath, int](), set[TaskPath]()
        about = {"format": FORMAT, "version": VERSION, "troppoly": troppoly.__version__}
        manifest = about | work.description() | {"run": work.digest}
        try:
            self.folder.mkdir(exist_ok=True)
            with _locked(self.folder):
                self._open(manifest)
        except OSError as error:
            raise InputError(f"{error.filename or self.folder}: {error.strerror or error}.") from error

    def _open(self, manifest: dict[str, Any]) -> None:
        """Compare the manifest, or write it; remove what processes that were killed have left behind."""
        path = self.folder / "manifest.json"
        if path.exists():
            with naming_file(path):
                _check_same(parsed_json(content_of(path)), manifest)
        others = set(os.listdir(self.folder)) - {"manifest.json", "tasks", "claims"}
        others = {name for name in others if not name.startswith(".troppoly-")}
        if others and not path.exists():
            raise InputError(f"{self.folder}: there is {shown(min(others))}, but no manifest.json of a run.")
        for name in ("tasks", "claims"):
            (self.folder / name).mkdir(exist_ok=True)
        if not path.exists():
            write_text(dumps(with_digest(manifest), separators=(",", ":")) + "\n", path)
        for file in chain(self.folder.glob(".troppoly-*"), (self.folder / "tasks").glob(".troppoly-*")):
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < time() - _STALE:
                    file.unlink()

    def _file(self, path: TaskPath) -> Path:
        return self.folder / "tasks" / f"{_name(path)}.npz"

    def read(self, path: TaskPath) -> TaskResult | None:
        """Return the result of a task, or None if there is none, or a damaged one, which the log tells.

        Raises StoppedError if there is something that is no file, or cannot be read.
        """
        file = self._file(path)
        if os.path.lexists(file) and not file.is_file():
            raise _in_the_way(file, "This is a folder, a device, a pipe or a link that leads to no file")
        try:
            arrays = read_archive(content_of(file), _NAMES, "by a text.", _any)
            if "digest" not in arrays or arrays.pop("digest").tobytes() != _digest(arrays):
                raise FileFormatError("The digest is not that of the arrays.")
            if arrays.pop("run").tobytes().decode() != self.run:
                raise FileFormatError("The result is one of another run.")
            result = TaskResult.from_arrays(arrays)
            if result.path != path:
                raise FileFormatError(f"The result is that of {result.path}.")
        except FileNotFoundError:
            return None
        except FileFormatError as error:
            if path not in self._damaged:
                logging.getLogger("troppoly").warning("%s is damaged and done again: %.200s", file, error)
            self._damaged.add(path)
            return None
        except OSError as error:
            raise _in_the_way(file, error.strerror or str(error)) from error
        self.n_finished += 1
        return result

    def write(self, result: TaskResult) -> None:
        """Write the result of a task, whole or not at all; raises StoppedError if there is no room on the disk."""
        arrays = result.arrays() | {"run": np.frombuffer(self.run.encode(), np.uint8)}
        try:
            write_archive(self._file(result.path), arrays | {"digest": np.frombuffer(_digest(arrays), np.uint8)})
        except OSError as error:
            raise StoppedError(
                f"{self._file(result.path)}: {error.strerror or error}. The directory keeps "
                f"{counted(self.n_finished, 'finished task')}; the same call goes on from there."
            ) from error
        self.n_finished += 1

    def claim(self, path: TaskPath) -> bool:
        """Say that this process is at a task; false if another one is."""
        try:
            lock = os.open(self.folder / "claims" / _name(path), os.O_RDWR | os.O_CREAT, 0o666)
        except OSError:  # no room for what can be done without
            return True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            return not isinstance(error, BlockingIOError)  # there are file systems without locks
        self._claims[path] = lock
        return True

    def release(self, path: TaskPath) -> None:
        """Say that this process is not at a task any longer."""
        if path in self._claims:
            with suppress(OSError):
                os.unlink(self.folder / "claims" / _name(path))
            os.close(self._claims.pop(path))

    def close(self) -> None:
        """Give up all claims."""
        for path in list(self._claims):
            self.release(path)


def _name(path: TaskPath) -> str:
    text = "".join(map(str, path)) or "root"
    return text if len(text) <= 200 else sha256(text.encode()).hexdigest()


def _in_the_way(file: Path, why: str) -> StoppedError:
    return StoppedError(f"{file}: {why}. Remove it; then the same call goes on from there.")


def _any(name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Any array without objects is read."""


def _digest(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    result = sha256()
    for name, array in sorted(arrays.items()):
        result.update(f"{name} {array.dtype.str} {array.shape} {array.nbytes} ".encode())
        result.update(np.ascontiguousarray(array).tobytes())
    return result.digest()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let no other process open a directory meanwhile, if its file system has locks."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _check_same(found: Any, manifest: dict[str, Any]) -> None:
    """Raise InputError unless a manifest that was found is that of this run; the first difference is named."""
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise FileFormatError("This is not the manifest of a census.")
    if found.get("version") == VERSION and found != with_digest(found):
        raise FileFormatError("The digest is not that of the other members: the manifest was changed.")
    for name in ("version", *manifest):
        where = _difference(found.get(name), manifest[name], name)
        if where is not None:
            raise InputError(f"The directory belongs to another run, which differs in its {where}.")


def _difference(found: Any, wanted: Any, where: str) -> str | None:
    """Say where two JSON values differ first, or None."""
    if found == wanted:
        return None
    if isinstance(found, dict) and isinstance(wanted, dict) and set(found) == set(wanted):
        return next(filter(None, (_difference(found[key], wanted[key], f"{where}, {key}") for key in wanted)), None)
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        places = enumerate(zip(found, wanted, strict=True))
        return next(filter(None, (_difference(*pair, f"{where}, {i}") for i, pair in places)), None)
    return f"{where}: {shown(found)} there, {shown(wanted)} here"
