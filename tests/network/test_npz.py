"""NumPy archives: round trips, and damaged or other files."""

import io
import os
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troppoly.errors import FileFormatError, InputError, NotFiniteError, ShapeError
from troppoly.network import Network, load_network, save_npz

WEIGHTS = [np.array([[0.1, 1e300], [5e-324, -2.5]]), np.array([[1.0, 1 / 3]])]
BIASES = [np.array([1e-300, 0.0]), np.array([7.0])]


def outcome(path):
    """The network in the file, or the message with which it is refused."""
    try:
        return load_network(path)
    except FileFormatError as error:
        return str(error)


def archive(tmp_path, **arrays):
    path = tmp_path / "net.npz"
    np.savez(path, **arrays)
    return path


def with_member(tmp_path, name, content, compression=zipfile.ZIP_STORED):
    path = tmp_path / "net.npz"
    with zipfile.ZipFile(path, "w", compression) as target:
        target.writestr(name, content)
    return path


def header(shape, dtype="<f8", version=(1, 0)):
    stream = io.BytesIO()
    fields = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, fields)
    content = bytearray(stream.getvalue())
    content[6:8] = bytes(version)
    return bytes(content)


def test_round_trip_is_exact(tmp_path):
    net = Network.from_arrays(WEIGHTS, BIASES)
    save_npz(net, tmp_path / "net.npz")
    assert load_network(tmp_path / "net.npz") == net
    with np.load(tmp_path / "net.npz") as content:
        assert sorted(content) == ["bias_0", "bias_1", "weight_0", "weight_1"]
        assert np.array_equal(content["weight_0"], WEIGHTS[0])


@settings(max_examples=30)
@given(st.data())
def test_float_bits_come_back(tmp_path_factory, data):
    floats = st.floats(allow_nan=False, allow_infinity=False)
    weight = np.array([[data.draw(floats) for _ in range(3)] for _ in range(2)])
    path = tmp_path_factory.getbasetemp() / "bits.npz"
    save_npz(Network.from_arrays([weight]), path)
    assert np.array_equal(np.load(path)["weight_0"], weight)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", ">f8", "i1", "i8", "u4", ">i2"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_types_orders_and_compression(tmp_path, dtype, save):
    weight = np.asfortranarray(np.array([[1.5, -2, 3], [4, 5, 100]]).astype(dtype))
    save(tmp_path / "net.npz", weight_0=weight)
    expected = Network.from_arrays([weight.astype(np.float64)])
    assert load_network(tmp_path / "net.npz") == expected


def test_numbers_that_are_no_floats_are_not_saved(tmp_path):
    with pytest.raises(InputError, match="weight of layer '0', entry \\(0, 0\\) is 1/3"):
        save_npz(Network.from_arrays([[["1/3"]]]), tmp_path / "net.npz")
    assert not (tmp_path / "net.npz").exists()


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        ({}, FileFormatError, "no key of a weight, such as weight_0"),
        ({"weights": np.zeros((1, 1))}, FileFormatError, "array 'weights' is not named"),
        ({"weight_00": np.zeros((1, 1))}, FileFormatError, "array 'weight_00' is not named"),
        ({"weight_0": np.zeros((1, 1)), "epoch": np.array(3)}, FileFormatError, "array 'epoch' is not named"),
        ({"bias_0": np.zeros(1)}, FileFormatError, "array bias_0, but no array weight_0"),
        ({"weight_1": np.zeros((1, 1))}, FileFormatError, "array weight_1, but no array weight_0"),
        (
            {"weight_0": np.zeros((1, 1)), "weight_2": np.zeros((1, 1))},
            FileFormatError,
            "array weight_2, but no array weight_1",
        ),
        ({"weight_0": np.zeros((1, 1)), "bias_7": np.zeros(1)}, FileFormatError, "array bias_7, but no array weight_1"),
        ({"weight_0": np.zeros(3)}, FileFormatError, r"'weight_0' has shape \(3,\) where 2 axes are needed"),
        (
            {"weight_0": np.zeros((1, 1)), "bias_0": np.zeros((1, 1))},
            FileFormatError,
            r"'bias_0' has shape \(1, 1\) where 1 axis is needed",
        ),
        ({"weight_0": np.array([["a"]])}, FileFormatError, "weight_0 has type <U1"),
        ({"weight_0": np.array([[1j]])}, FileFormatError, "weight_0 has type complex128"),
        ({"weight_0": np.array([[None]])}, FileFormatError, "weight_0 has type object"),
        ({"weight_0": np.zeros((0, 2))}, ShapeError, r"key 'weight_0' has shape \(0, 2\), which is empty"),
        (
            {"weight_0": np.zeros((2, 2)), "bias_0": np.zeros(1)},
            ShapeError,
            "key 'bias_0' has 1 entry where 2 are needed",
        ),
        (
            {"weight_0": np.zeros((2, 2)), "weight_1": np.zeros((1, 1))},
            ShapeError,
            "Layer '1' takes 1 input, but layer '0' before it has 2 outputs",
        ),
        ({"weight_0": np.array([[1.0], [np.nan]])}, NotFiniteError, r"key 'weight_0', entry \(1, 0\) is nan"),
        ({"weight_0": np.array([[1.0]]), "bias_0": np.array([np.inf])}, NotFiniteError, "key 'bias_0', entry 0 is inf"),
    ],
)
def test_other_contents_are_refused(tmp_path, arrays, error, message):
    path = archive(tmp_path, **arrays)
    with pytest.raises(error, match=message) as caught:
        load_network(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_objects_are_not_unpickled(tmp_path):
    class Payload:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "was run"),)

    path = archive(tmp_path, weight_0=np.array([[Payload()]], dtype=object))
    with pytest.raises(FileFormatError, match="type object"):
        load_network(path)
    assert not (tmp_path / "was run").exists()


def test_every_truncation_is_refused(tmp_path):
    path = archive(tmp_path, weight_0=WEIGHTS[0], weight_1=WEIGHTS[1])
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(FileFormatError, match=r"net\.npz: "):
            load_network(path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_every_damaged_byte_is_refused_or_harmless(tmp_path, save):
    path, expected = tmp_path / "net.npz", Network.from_arrays(WEIGHTS)
    save(path, weight_0=WEIGHTS[0], weight_1=WEIGHTS[1])
    content = path.read_bytes()
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 0x55
        path.write_bytes(damaged)
        result = outcome(path)
        assert result == expected or str(result).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "damaged"),
        (b"not an array", "damaged"),
        (header((2, 2)), "damaged"),
        (header((9, 9)), r"declares shape \(9, 9\), but 128 bytes of it are there"),
        (header((2, 2)) + bytes(40), "more bytes than its shape tells|damaged"),
        (header((-2, 2)) + bytes(32), "declares shape \\(-2, 2\\), which has a negative length"),
        (header((10**9, 10**9)), "declares shape \\(1000000000, 1000000000\\)"),
        (header((2, 2), version=(3, 0)) + bytes(32), "format version"),
        (header((2, 2), version=(9, 9)) + bytes(32), "format version|damaged"),
        (header((2, 2)).replace(b"shape", b"shade") + bytes(32), "damaged"),
        (header((2, 2)).replace(b"(2, 2)", b"(2.2,)") + bytes(32), "damaged"),
        (header((2, 2)).replace(b"(2, 2)", b"(2, 2 ") + bytes(32), "damaged"),
        (header((2, 2)).replace(b"(2, 2)", b"(02,2)") + bytes(32), "damaged"),
    ],
)
def test_malformed_members_are_refused(tmp_path, content, message):
    with pytest.raises(FileFormatError, match=message):
        load_network(with_member(tmp_path, "weight_0.npy", content))


def test_declared_sizes_are_not_allocated(tmp_path):
    zeros = bytes(10**6)
    path = with_member(tmp_path, "weight_0.npy", header((10**5, 10**4)) + zeros, zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    for marker, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = content.index(marker) + offset
        content[start : start + 4] = (2**32 - 2).to_bytes(4, "little")  # the size after decompression
    path.write_bytes(content)
    tracemalloc.start()
    with pytest.raises(FileFormatError, match=r"declares shape \(100000, 10000\)"):
        load_network(path)
    assert tracemalloc.get_traced_memory()[1] < 10**7
    tracemalloc.stop()
