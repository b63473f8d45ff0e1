from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_command import run


def test_the_demonstration_writes_what_it_says(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    result = run("demo", "--output", folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert (folder / "wine.png").read_bytes().startswith(b"\x89PNG")
    document = json.loads((folder / "wine.json").read_text())
    assert f"{document['counts']['cells']:,}" in result.stdout
    vertices, edges, cells = document["f_vector"]
    assert vertices - edges + cells == 1
    assert len(document["monomials"]) == 3


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    result = run("demo", "--output", tmp_path / "taken")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1


def test_the_shipped_network_separates_the_cultivars() -> None:
    data = files("troppoly.cli") / "data"
    points = np.loadtxt(str(data / "wine.csv"), delimiter=",", skiprows=1)
    arrays = np.load(str(data / "wine.npz"))
    values = points[:, :2]
    for i in range(3):
        values = values @ arrays[f"weight_{i}"].T + arrays[f"bias_{i}"]
        values = np.maximum(values, 0) if i < 2 else values
    assert (values.argmax(axis=1) == points[:, 2]).mean() > 0.95


def test_the_shipped_data_are_those_of_scikit_learn() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    wine = datasets.load_wine()
    columns = [wine.feature_names.index(name) for name in ("flavanoids", "color_intensity")]
    expected = np.column_stack([wine.data[:, columns], wine.target])
    points = np.loadtxt(str(files("troppoly.cli") / "data" / "wine.csv"), delimiter=",", skiprows=1)
    np.testing.assert_array_equal(points, expected)
