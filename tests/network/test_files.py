"""What all file formats have in common."""

import pytest

from troppoly.errors import FileFormatError
from troppoly.network import Network, load_network


@pytest.mark.parametrize("name", ["net", "net.h5", "net.pkl", "net.npy"])
def test_other_endings_are_refused(tmp_path, name):
    with pytest.raises(FileFormatError, match=r"must end in \.pt, \.pth, \.npz or \.onnx"):
        load_network(tmp_path / name)


@pytest.mark.parametrize("ending", [".pt", ".pth", ".npz", ".onnx"])
def test_missing_files_and_folders_are_refused(tmp_path, ending):
    path = tmp_path / f"net{ending}"
    with pytest.raises(FileFormatError, match=f"net{ending}: No such file or directory"):
        load_network(path)
    path.mkdir()
    with pytest.raises(FileFormatError, match=f"net{ending}: "):
        load_network(path)


@pytest.mark.parametrize("ending", [".pt", ".npz", ".onnx"])
def test_empty_files_are_refused(tmp_path, ending):
    path = tmp_path / f"net{ending}"
    path.write_bytes(b"")
    with pytest.raises(FileFormatError, match=f"net{ending}: This is no "):
        load_network(path)


def test_onnx_is_read_under_any_name(tmp_path):
    with pytest.raises(FileFormatError, match="model: No such file"):
        Network.from_onnx(tmp_path / "model")
