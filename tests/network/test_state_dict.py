"""PyTorch state dicts: round trips, and damaged or other files."""

import os
import pickle
import struct
import warnings
import zipfile
from argparse import Namespace
from collections import OrderedDict
from itertools import pairwise

import numpy as np
import pytest

from troppoly.errors import FileFormatError, NotFiniteError, ShapeError
from troppoly.exact import RationalMatrix
from troppoly.network import Network, load_network

torch = pytest.importorskip("torch", reason="PyTorch is an optional dependency")
nn, prune = torch.nn, pytest.importorskip("torch.nn.utils.prune")


def outcome(path):
    """The network in the file, or the message with which it is refused."""
    try:
        return load_network(path)
    except FileFormatError as error:
        return str(error)


def saved(tmp_path, content, name="net.pt"):
    path = tmp_path / name
    torch.save(content, path)
    return path


def rewritten(path, change, compression=zipfile.ZIP_STORED):
    """The zip file at ``path`` with ``change(name, data)`` as its records."""
    with zipfile.ZipFile(path) as source:
        records = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w", compression) as target:
        for name, data in records.items():
            target.writestr(name, change(name, data))
    return path


@pytest.mark.parametrize("ending", [".pt", ".pth", ".PT"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_state_dict_is_the_network(tmp_path, ending, dtype):
    module = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)).to(dtype)
    path = saved(tmp_path, module.state_dict(), "net" + ending)
    assert load_network(path) == load_network(str(path)) == Network.from_torch(module)


def test_nested_modules_missing_biases_and_shared_storage(tmp_path):
    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4, bias=False))
            self.head = nn.Linear(4, 1)
            self.body[2].weight = nn.Parameter(self.head.weight.detach().expand(4, 4))

    module = Classifier()
    net = load_network(saved(tmp_path, module.state_dict()))
    assert net.names == ("body.0", "body.2", "head")
    expected = nn.Sequential(module.body[0], nn.ReLU(), module.body[2], nn.ReLU(), module.head)
    assert net == Network.from_torch(expected)


def test_single_linear_layer(tmp_path):
    module = nn.Linear(2, 1)
    assert load_network(saved(tmp_path, module.state_dict())) == Network.from_torch(module)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ({}, FileFormatError, "state dict is empty"),
        ([torch.zeros(2, 2)], FileFormatError, "object of type list, not a state dict"),
        (torch.zeros(2, 2), FileFormatError, "object of type Tensor, not a state dict"),
        ({"epoch": 3}, FileFormatError, "key 'epoch' is not a weight or bias"),
        ({"model": {"0.scale": torch.zeros(1, 1)}}, FileFormatError, "key 'model' is not a weight or bias"),
        (
            {"generator": nn.Linear(1, 1).state_dict(), "critic": nn.Linear(1, 1).state_dict()},
            FileFormatError,
            "several state dicts, 'generator', 'critic'; save the one",
        ),
        ({1: torch.zeros(1, 1)}, FileFormatError, "key 1 is not a weight or bias"),
        ({"0.weight": [[1.0]]}, FileFormatError, "key '0.weight' is not a weight or bias"),
        ({"bn.running_mean": torch.zeros(2)}, FileFormatError, "key 'bn.running_mean' is not a weight or bias"),
        ({"0.weight": torch.zeros(2)}, FileFormatError, r"key '0.weight' has shape \(2,\) where 2 axes"),
        (
            {"conv.weight": torch.zeros(2, 2, 3, 3)},
            FileFormatError,
            r"key 'conv.weight' has shape \(2, 2, 3, 3\) where 2 axes",
        ),
        ({"0.bias": torch.zeros(2, 1)}, FileFormatError, r"key '0.bias' has shape \(2, 1\) where 1 axis"),
        ({"0.bias": torch.zeros(2)}, FileFormatError, "key '0.bias', but no key '0.weight'"),
        ({"0.weight": torch.zeros(2, 2), "0.bias": torch.zeros(3)}, ShapeError, "key '0.bias' has 3 entries where 2"),
        (
            {"0.weight": torch.zeros(2, 2), "2.weight": torch.zeros(1, 3)},
            ShapeError,
            "Layer '2' takes 3 inputs, but layer '0' before it has 2 outputs",
        ),
        ({"0.weight": torch.zeros(0, 2)}, ShapeError, r"key '0.weight' has shape \(0, 2\), which is empty"),
        ({"0.weight": torch.tensor([[0.0, torch.nan]])}, NotFiniteError, r"key '0.weight', entry \(0, 1\) is nan"),
        (
            {"0.weight": torch.zeros(1).expand(10**9, 10**9)},
            FileFormatError,
            r"key '0.weight' declares shape \(1000000000, 1000000000\)",
        ),
    ],
)
def test_other_contents_are_refused(tmp_path, content, error, message):
    path = saved(tmp_path, content)
    with pytest.raises(error, match=message) as caught:
        load_network(path)
    assert str(caught.value).startswith(f"{path}: ")


CHECKPOINTS = {
    "state_dict": lambda state: {"state_dict": state, "widths": [2, 3, 1]},
    "model": lambda state: {"epoch": 7, "model": state, "best": 0.5},
    "model_state_dict": lambda state: {
        "model_state_dict": state,
        "optimizer_state_dict": {"state": {0: {"exp_avg": torch.zeros(3, 2)}}, "param_groups": [{"lr": 1}]},
    },
    "another name": lambda state: {"policy": state},
    "deep": lambda state: {"checkpoint": {"model": {"net": state}}},
    "beside an average": lambda state: {"ema": {"0.weight": torch.zeros(1, 2)}, "net": state},
    "Lightning": lambda state: {
        "pytorch-lightning_version": "2.5",
        "state_dict": {f"model.{key}": tensor for key, tensor in state.items()},
        "hyper_parameters": {"lr": 0.1},
    },
    "DataParallel": lambda state: {f"module.{key}": tensor for key, tensor in state.items()},
    "compiled": lambda state: {f"_orig_mod.{key}": tensor for key, tensor in state.items()},
    "fcs.N": lambda state: {key.replace("2", "1").replace("0", "fcs.0"): t for key, t in state.items()},
    "weight_N": lambda state: {"_".join(key.split(".")[::-1]): tensor for key, tensor in state.items()},
    "WN": lambda state: {f"{'W' if t.ndim == 2 else 'b'}{key[0]}": t for key, t in state.items()},
    "fcN": lambda state: {f"fc{key}": tensor for key, tensor in state.items()},
}


@pytest.mark.parametrize("kind", CHECKPOINTS)
@pytest.mark.parametrize("name", ["net.pt", "net", "2,3,relu", "net.bin", "net.onnx"])
def test_checkpoints_as_people_save_them(tmp_path, kind, name):
    module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    path = saved(tmp_path, CHECKPOINTS[kind](module.state_dict()), name)
    assert load_network(path) == Network.from_torch(module)


def test_pruned_weights_are_masked(tmp_path):
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    prune.l1_unstructured(module[0], "weight", amount=0.5)
    state = module.state_dict()
    net = load_network(saved(tmp_path, state))
    masked = (state["0.weight_orig"] * state["0.weight_mask"]).tolist()
    assert net.layers[0].weight == RationalMatrix.of(masked)
    assert sum(entry == 0 for row in masked for entry in row) == 6


@pytest.mark.parametrize("final", [False, True])
def test_the_activation_can_be_said(tmp_path, final):
    module = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2)).double()
    path = saved(tmp_path, module.state_dict())
    modules = [module[0], nn.LeakyReLU(0.25), module[1], *[nn.LeakyReLU(0.25)] * final]
    assert load_network(path, negative_slope=0.25, final_activation=final) == Network.from_torch(
        nn.Sequential(*modules)
    )
    plain = [module[0], nn.ReLU(), module[1], *[nn.ReLU()] * final]
    assert load_network(path, final_activation=final) == Network.from_torch(nn.Sequential(*plain))


@pytest.mark.parametrize("bias", [True, False])
def test_sorted_names_are_ordered_by_number(tmp_path, bias):
    torch.manual_seed(0)
    module = torch.nn.Sequential(*(torch.nn.Linear(2, 2, bias) for _ in range(12)))
    torch.save(dict(sorted(module.state_dict().items())), tmp_path / "net.pt")
    weights = [layer.weight.to_rationals().astype(float).tolist() for layer in load_network(tmp_path / "net.pt").layers]
    assert weights == [layer.weight.tolist() for layer in module]


def test_safetensors_are_ordered_by_number_and_by_shape(tmp_path):
    safetensors = pytest.importorskip("safetensors.torch", reason="safetensors is an optional dependency")
    widths = [2, *[3] * 11, 1]
    layers = [nn.Linear(a, b) for a, b in pairwise(widths)]
    expected = Network.from_torch(nn.Sequential(*[m for n in layers for m in (n, nn.ReLU())][:-1]))

    def reading(names):
        state = {f"{n}.{k}": t for n, m in zip(names, layers, strict=True) for k, t in m.state_dict().items()}
        safetensors.save_file(dict(reversed(state.items())), tmp_path / "net")
        return load_network(tmp_path / "net")

    assert reading([f"fc{i}" for i in range(12)]) == expected
    assert reading(["inp", *(f"body.{i}.lin" for i in range(10)), "exit"]) == expected
    with pytest.raises(FileFormatError, match="not keep the order of layers, and 2 orders"):
        reading(["inp", *(f"body.{i}" for i in range(9)), "extra", "out"])
    content = (tmp_path / "net").read_bytes()
    (tmp_path / "net.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(FileFormatError, match="not a file of safetensors, or it is damaged"):
        load_network(tmp_path / "net.safetensors")


def test_code_is_not_run(tmp_path):
    class Payload:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "was run"),)

    path = saved(tmp_path, {"0.weight": Payload()})
    with pytest.raises(FileFormatError, match="weights_only=True"):
        load_network(path)
    with pytest.raises(FileFormatError, match="weights_only=True"):
        load_network(saved(tmp_path, nn.Linear(2, 1)))
    with pytest.raises(FileFormatError, match=r"holds argparse\.Namespace, which only code makes"):
        load_network(saved(tmp_path, {"model": nn.Linear(2, 1).state_dict(), "args": Namespace(lr=1)}))
    path.write_bytes(pickle.dumps({"0.weight": Payload()}))
    with pytest.raises(FileFormatError, match=r"not a file of torch\.save"):
        load_network(path)
    assert not (tmp_path / "was run").exists()


def test_every_truncation_is_refused(tmp_path):
    path = saved(tmp_path, nn.Sequential(nn.Linear(2, 2)).state_dict())
    content = path.read_bytes()
    for length in range(0, len(content), 37):
        path.write_bytes(content[:length])
        with pytest.raises(FileFormatError, match=r"net\.pt: "):
            load_network(path)


def test_every_damaged_byte_is_refused_or_harmless(tmp_path):
    module = nn.Sequential(nn.Linear(2, 2))
    path = saved(tmp_path, module.state_dict())
    content, expected = path.read_bytes(), Network.from_torch(module)
    for position in range(0, len(content), 11):
        damaged = bytearray(content)
        damaged[position] ^= 0x55
        path.write_bytes(damaged)
        result = outcome(path)
        assert result == expected or str(result).startswith(f"{path}: ")


def test_compressed_archives_and_lying_sizes_are_refused(tmp_path):
    content = {"0.weight": torch.zeros(100, 100)}
    path = rewritten(saved(tmp_path, content), lambda name, data: data, zipfile.ZIP_DEFLATED)
    with pytest.raises(FileFormatError, match="declares more bytes than the file has"):
        load_network(path)

    def larger(name, data):
        """Multiply the length of the storage that the pickle declares."""
        if not name.endswith("data.pkl"):
            return data
        position = data.index(b"M\x10't")
        return data[:position] + b"J" + struct.pack("<i", 2 * 10**9) + data[position + 3 :]

    path = rewritten(saved(tmp_path, content), larger)
    with pytest.raises(FileFormatError, match="refused it"):
        load_network(path)


def test_old_format_is_refused(tmp_path):
    path = tmp_path / "old"
    torch.save(nn.Linear(2, 1).state_dict(), path, _use_new_zipfile_serialization=False)
    with pytest.raises(FileFormatError, match=r"not a file of torch\.save"):
        load_network(path)


def test_loading_warns_of_nothing(tmp_path):
    path = saved(tmp_path, OrderedDict(nn.Linear(2, 1).state_dict()))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.all(load_network(path).layers[0].rectified == [False])
