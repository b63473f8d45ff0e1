"""The commands on one cell, a segment and an exploration."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from gmpy2 import mpq

from tests.cli.test_command import failure, run, save, values
from troppoly.cli.census import short
from troppoly.cli.console import show_counts


@pytest.fixture
def triangle(tmp_path: Path) -> Path:
    """max(x, 0) + max(y, 0) + max(1 - x - y, 0): three lines in general position."""
    layers = [([[1, 0], [0, 1], [-1, -1]], [0, 0, 1]), ([[1, 1, 1]], [0])]
    return save(tmp_path / "triangle.npz", *layers)


def test_the_cell_of_a_point(triangle: Path, tmp_path: Path) -> None:
    path = tmp_path / "cell.json"
    result = run("cell", triangle, "1/4,0.25", "--json", path)
    assert (result.returncode, result.stderr) == (0, "")
    report = values(result.stdout)
    assert (report["facets"], report["bounded"], report["the point lies on"]) == ("3", "yes", "no wall")
    assert "0.25  unit 0 of layer 0" in result.stdout
    document = json.loads(path.read_text())
    assert document["ray"] is None
    assert document["matrix"] == [["0", "0"]]
    for facet in document["facets"]:
        *a, b = map(Fraction, facet["form"])
        assert sum(v * Fraction(x) for v, x in zip(a, facet["point"], strict=True)) + b == 0


def test_a_point_on_walls_and_points_in_files(triangle: Path, tmp_path: Path) -> None:
    assert values(run("cell", triangle, "-1,0").stdout)["the point lies on"] == "1 wall"
    np.save(tmp_path / "x.npy", np.array([[-1.0, 0.0]]))
    (tmp_path / "x.txt").write_text("-1\n0\n")
    expected = run("cell", triangle, "-1,0").stdout
    assert run("cell", triangle, tmp_path / "x.npy").stdout == expected
    assert run("cell", triangle, tmp_path / "x.txt").stdout == expected


def test_a_segment(triangle: Path, tmp_path: Path) -> None:
    path = tmp_path / "segment.json"
    result = run("segment", triangle, "-1,-1", "1,2", "--json", path)
    assert (result.returncode, result.stderr) == (0, "")
    assert values(result.stdout)["pieces"] == "4"
    document = json.loads(path.read_text())
    assert document["breakpoints"] == ["1/3", "1/2", "3/5"]
    assert document["units"] == [[[0, 1]], [[0, 0]], [[0, 2]]]
    assert document["slopes"] == [["-5"], ["-2"], ["0"], ["5"]]


def test_an_exploration(triangle: Path, tmp_path: Path) -> None:
    path = tmp_path / "cells.json"
    result = run("explore", triangle, "0.1,0.1", "--json", path)
    assert (result.returncode, result.stderr) == (0, "")
    report = values(result.stdout)
    assert (report["cells"], report["known walls"]) == ("7", "9")
    document = json.loads(path.read_text())
    assert document["complete"]
    assert document["cells"][0] == "+++"
    assert len(set(document["cells"])) == 7
    assert values(run("explore", triangle, "0.1,0.1", "--max-cells", 2).stdout)["complete"] == "no"
    assert values(run("explore", triangle, "0.1,0.1", "--order", "distance").stdout)["cells"] == "7"
    assert values(run("explore", triangle, "0.1,0.1", "--domain", "0:1/2").stdout)["cells"] == "1"
    assert "write LOW:HIGH" in failure("explore", triangle, "0.1,0.1", "--domain", "0:1,0:1,0:1")
    np.save(tmp_path / "x.npy", [[0.1, 0.1], [-1, -1], [0.2, 0.1]])
    few = run("explore", triangle, tmp_path / "x.npy", "--max-cells", 2, "--workers", 1, "--json", path)
    assert values(few.stdout)["cells"] == "2"
    assert len(json.loads(path.read_text())["points"]) == 3
    assert "3 numbers where points of 2 are needed" in failure("explore", triangle, "1,2,3")


def test_points_that_are_none(triangle: Path, tmp_path: Path) -> None:
    assert "3 entries where 2 are needed" in failure("cell", triangle, "1,2,3")
    assert "not a rational number" in failure("segment", triangle, "1,2", "1,x")
    assert "not a rational number" in failure("cell", triangle, "1,nan")
    assert failure("cell", triangle, "missing.npy").endswith("missing.npy: There is no such file, and it is no number.")
    assert "has 1 entry" in failure("cell", triangle, "0.5")
    (tmp_path / "x.npy").write_bytes(b"numbers")
    assert "no array of numbers" in failure("cell", triangle, tmp_path / "x.npy")
    assert ".json" in failure("cell", triangle, "1,2", "--json", tmp_path / "cell.txt")


def test_names_beside_long_values_are_whole(capsys):
    values = {"volumes quantiles": ", ".join(f"about {i}.25" for i in range(30)), "cells": 7}
    show_counts(values, "net.npz")
    words = capsys.readouterr().out.split()
    assert words == ["net.npz", "volumes", "quantiles", *values["volumes quantiles"].split(), "cells", "7"]


def test_answers_of_a_census_keep_pairs_together_and_are_cut():
    assert short({"1/2": (mpq(1, 3), 10**6), "least": None}) == "1/2: (1/3, 1,000,000), least: None"
    assert short(list(range(9))) == "(0, 1, 2, 3, 4, 5, ...)"
