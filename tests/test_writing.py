"""Files are written whole or not at all, by every writer of the package."""

from __future__ import annotations

import errno
import io
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import troppoly as tp
from troppoly import plotting
from troppoly.export import to_sage_complex
from troppoly.plotting.planar_regions import save_figure
from troppoly.writing import Destination, whole_file, write_text

NETWORK = tp.Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, 1, 1]]])
POLYNOMIAL = tp.TropicalPolynomial({(1, 0): 0, (0, 1): "1/2", (0, 0): 0})

WRITERS: dict[str, Callable[[Destination], None]] = {
    "save_npz.npz": lambda path: tp.network.save_npz(NETWORK, path),
    "save_complex.npz": lambda path: tp.export.save_complex(POLYNOMIAL.normal_complex().complex, path),
    "write_json": lambda path: tp.write_json(NETWORK, path),
    "write_gfan": lambda path: tp.export.write_gfan([POLYNOMIAL], path),
    "write_polymake": lambda path: tp.export.write_polymake(POLYNOMIAL, path),
    "write_macaulay2": lambda path: tp.export.write_macaulay2(POLYNOMIAL, path),
    "write_oscar": lambda path: tp.export.write_oscar(POLYNOMIAL, path),
    "save_figure.svg": lambda path: save_figure(plotting.overview(tp.linear_regions(POLYNOMIAL)), path),
}


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let this process write files of at most ``size`` bytes, as a full disk does."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limit[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("size", [0, 20])
def test_a_failed_write_leaves_the_old_file(name: str, size: int, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"what was there before, longer than the limit")
    with largest_file(size), pytest.raises(OSError, match=name) as caught:
        WRITERS[name](path)
    assert caught.value.errno == errno.EFBIG
    assert path.read_bytes() == b"what was there before, longer than the limit"
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", WRITERS)
def test_a_failed_write_makes_no_file(name: str, tmp_path: Path) -> None:
    with largest_file(20), pytest.raises(OSError, match=name):
        WRITERS[name](tmp_path / name)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", WRITERS)
def test_a_write_replaces_the_file_and_leaves_nothing_else(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    content = path.read_bytes()
    assert len(content) > 20
    path.write_bytes(b"old" * len(content))
    WRITERS[name](path)
    assert len(path.read_bytes()) == len(content)
    assert os.listdir(tmp_path) == [name]


def test_a_killed_process_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    program = (
        "import os, sys\n"
        "from troppoly.writing import whole_file\n"
        "with whole_file(sys.argv[1]) as stream:\n"
        "    stream.write(b'new')\n"
        "    stream.flush()\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(path)]).returncode == -9
    assert path.read_text() == "old"


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with whole_file(tmp_path / "a.txt") as stream:
            stream.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert os.listdir(tmp_path) == []


def test_links_and_permissions_stay(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    path, link = tmp_path / "folder" / "a.txt", tmp_path / "link.txt"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_text("new", link)
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("")
    write_text("", tmp_path / "b.txt")
    assert (tmp_path / "b.txt").stat().st_mode == (tmp_path / "a.txt").stat().st_mode


def test_devices_are_written_to_and_not_replaced() -> None:
    write_text("lost", "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_binary_stream_is_written_to_as_it_is() -> None:
    stream = io.BytesIO()
    tp.write_json(POLYNOMIAL, stream)
    assert stream.getvalue().startswith(b'{"format"')


@pytest.mark.parametrize("path", [7, None, io.StringIO(), "a\0b"])
def test_what_is_no_name_of_a_file(path: object) -> None:
    with pytest.raises(tp.InputError):
        write_text("", path)  # type: ignore[arg-type]


def test_a_folder_and_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write_text("", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"missing/a\.txt"):
        write_text("", tmp_path / "missing" / "a.txt")


@pytest.mark.parametrize(
    "write",
    [
        tp.network.save_npz,
        tp.export.save_complex,
        tp.write_json,
        tp.export.write_gfan,
        tp.export.write_polymake,
        tp.export.write_macaulay2,
        tp.export.write_oscar,
        lambda value, path: to_sage_complex(value),
    ],
)
@pytest.mark.parametrize("value", [None, 3, "net", [], [3], {1: 2}, tp.linear_regions(POLYNOMIAL)[0]], ids=repr)
def test_what_cannot_be_written(write: Callable[[Any, Destination], None], value: Any, tmp_path: Path) -> None:
    with pytest.raises(tp.InputError):
        write(value, tmp_path / "a.npz")
    assert os.listdir(tmp_path) == []


def test_a_function_is_no_list_for_gfan() -> None:
    for value in (POLYNOMIAL, NETWORK, tp.linear_regions(POLYNOMIAL)):
        with pytest.raises(tp.InputError):
            tp.export.write_gfan(value, io.BytesIO())  # type: ignore[arg-type]


@pytest.mark.parametrize("read", [tp.read_json, tp.export.load_complex, tp.load_network])
@pytest.mark.parametrize("path", [3, None, [], io.BytesIO()])
def test_what_is_no_name_of_a_file_to_read(read: Callable[[Any], Any], path: Any) -> None:
    with pytest.raises(tp.InputError):
        read(path)
