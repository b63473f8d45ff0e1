"""What all file formats have in common."""

import os

import pytest

from troppoly import linear_regions, tropicalize
from troppoly.errors import FileFormatError, InputError
from troppoly.export import load_complex, read_json, write_json
from troppoly.network import Network, load_network, save_npz
from troppoly.untrusted import LARGEST_FILE


@pytest.mark.parametrize("name", ["net", "net.h5", "net.pkl", "net.npy"])
def test_other_contents_are_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x89HDF\r\n")
    with pytest.raises(FileFormatError, match=r"not a file that torch\.save .* or troppoly \(\.json\) wrote"):
        load_network(tmp_path / name)


@pytest.mark.parametrize("ending", ["", ".npz", ".txt", ".pt"])
def test_the_content_decides(tmp_path, ending):
    net = Network.from_arrays([[[1, -1]], [[2], [3]]], [["0.5"], None])
    save_npz(net, tmp_path / "net.npz")
    (tmp_path / "net.npz").rename(tmp_path / f"net{ending}")
    assert load_network(tmp_path / f"net{ending}") == net
    write_json(net, tmp_path / f"net{ending}")
    assert load_network(tmp_path / f"net{ending}") == net
    write_json(linear_regions(net), tmp_path / f"net{ending}")
    assert load_network(tmp_path / f"net{ending}") == net
    write_json(tropicalize(net), tmp_path / f"net{ending}")
    with pytest.raises(FileFormatError, match="of the type 'map', not a network"):
        load_network(tmp_path / f"net{ending}")


def test_files_that_tell_their_activation(tmp_path):
    write_json(Network.from_arrays([[[1]]]), tmp_path / "net.json")
    with pytest.raises(InputError, match=r"net\.json: This file tells the activations"):
        load_network(tmp_path / "net.json", final_activation=True)


@pytest.mark.parametrize("read", [load_network, read_json, load_complex, Network.from_onnx])
def test_devices_pipes_and_very_large_files_are_refused(tmp_path, read):
    os.mkfifo(tmp_path / "pipe")
    for path in ("/dev/zero", tmp_path / "pipe", tmp_path):
        with pytest.raises(FileFormatError, match="a folder, a device or a pipe, not a file"):
            read(path)
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(LARGEST_FILE + 1)  # a hole, which takes no room
    with pytest.raises(FileFormatError, match=f"more than {LARGEST_FILE} bytes"):
        read(tmp_path / "large")


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
    with pytest.raises(FileFormatError, match=f"net{ending}: This is not an? "):
        load_network(path)


def test_onnx_is_read_under_any_name(tmp_path):
    with pytest.raises(FileFormatError, match="model: No such file"):
        Network.from_onnx(tmp_path / "model")
