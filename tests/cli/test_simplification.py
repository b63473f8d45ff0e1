"""The commands redundancy, compress and equivalent."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import troppoly as tp
from tests.cli.test_command import failure, run, save
from troppoly.export import read_json, write_json


@pytest.fixture
def padded(tmp_path: Path) -> Path:
    """|x| with a dead unit, a unit twice another, and a unit that nothing reads."""
    layers = [([[1], [2], [-1], [0], [5]], [0, 0, 0, -3, 1]), ([[0.5, 0.25, 1, 1, 0]], [0])]
    return save(tmp_path / "padded.npz", *layers)


@pytest.fixture
def absolute(tmp_path: Path) -> Path:
    return save(tmp_path / "absolute.npz", ([[1], [-1]], [0, 0]), ([[1, 1]], [0]))


@pytest.fixture
def ramp(tmp_path: Path) -> Path:
    return save(tmp_path / "ramp.npz", ([[1]], [0]), ([[1]], [0]))


def test_equal_networks(padded: Path, absolute: Path) -> None:
    result = run("equivalent", padded, absolute)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "equal: the same function on R^1\n"


def test_different_networks(absolute: Path, ramp: Path) -> None:
    result = run("equivalent", absolute, ramp)
    assert (result.returncode, result.stderr) == (1, "")
    answer, *lines = result.stdout.splitlines()
    assert answer == "different"
    rows = {name: [Fraction(x) for x in numbers] for name, *numbers in (line.split("\t") for line in lines)}
    (x,), (first,), (second,) = rows["point"], rows["first"], rows["second"]
    assert first == abs(x)
    assert second == max(x, 0)
    assert first != second


def test_networks_of_different_shapes(absolute: Path, tmp_path: Path) -> None:
    other = save(tmp_path / "plane.npz", ([[1, 1]], [0]))
    assert "input" in failure("equivalent", absolute, other)
    assert "No such file" in failure("equivalent", absolute, tmp_path / "nothing.npz")
    assert "SECOND" in failure("equivalent", absolute)


def hidden_bump(tmp_path: Path) -> tuple[Path, Path]:
    """The zero function and a bump of width 2^-20 at 1000 + 1/3, which no simple point sees."""
    start, width = 1000.328125, 2.0**-20
    layers = [([[1]] * 3, [-start, -start - width, -start - 2 * width]), ([[1, -2, 1]], [0])]
    zero = [([[0]], [0]), ([[0]], [0])]
    return save(tmp_path / "bump.npz", *layers), save(tmp_path / "zero.npz", *zero)


def test_a_difference_that_hides(tmp_path: Path) -> None:
    result = run("equivalent", *hidden_bump(tmp_path))
    assert result.returncode == 1
    assert "more than 1 cell" in failure("equivalent", *hidden_bump(tmp_path), "--max-cells", 1)


@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_compress(padded: Path, absolute: Path, tmp_path: Path, suffix: str) -> None:
    output = tmp_path / f"small{suffix}"
    result = run("compress", padded, "--output", output)
    assert (result.returncode, result.stderr) == (0, "")
    assert "1-5-1" in result.stdout
    assert "1-2-1" in result.stdout
    assert "the same function on R^1" in result.stdout
    small = tp.load_network(output) if suffix == ".npz" else read_json(output)
    assert isinstance(small, tp.Network)
    assert small.widths == (1, 2, 1)
    for x in (-3, 0, Fraction(1, 7), 10**9):
        assert small((x,)) == (abs(x),)
    assert run("equivalent", output, absolute).returncode == 0


def test_compress_what_is_small_already(absolute: Path, tmp_path: Path) -> None:
    result = run("compress", absolute, "--output", tmp_path / "small.npz")
    assert result.returncode == 0
    assert tp.load_network(tmp_path / "small.npz") == tp.load_network(absolute)


def test_weights_that_are_no_floats(tmp_path: Path) -> None:
    """A weight 1/3 is exact in JSON only."""
    network = tp.Network.from_arrays([[[1], [-1]], [["1/3", 1]]], [[0, 1], [0]])
    write_json(network, tmp_path / "third.json")
    message = failure("compress", tmp_path / "third.json", "--output", tmp_path / "small.npz")
    assert ".json" in message
    assert not (tmp_path / "small.npz").exists()
    assert run("compress", tmp_path / "third.json", "--output", tmp_path / "small.json").returncode == 0
    assert run("equivalent", tmp_path / "third.json", tmp_path / "small.json").returncode == 0


def test_compress_writes_what_it_reached_when_there_are_too_many_cells(tmp_path: Path) -> None:
    """The second unit is twice the first: that is seen without any cell."""
    deep = save(tmp_path / "deep.npz", ([[1], [2], [-1]], [0, 0, 0]), ([[1, 1, -2]], [-1]), ([[1]], [0]))
    result = run("compress", deep, "--output", tmp_path / "small.json", "--max-cells", 1)
    assert result.returncode == 0
    assert "1-2-1-1" in result.stdout
    assert "There may be a smaller one." in result.stdout
    assert run("equivalent", deep, tmp_path / "small.json").returncode == 0


def test_compress_refuses_at_once(padded: Path, tmp_path: Path) -> None:
    assert "--output" in failure("compress", padded)
    assert ".npz" in failure("compress", padded, "--output", tmp_path / "small.onnx")
    assert "no folder" in failure("compress", padded, "--output", tmp_path / "missing" / "small.npz")
    deep = save(tmp_path / "deep.npz", ([[1], [-1]], [0, 0]), ([[1, -2]], [-1]), ([[1]], [0]))
    assert "cell" in failure("compress", deep, "--output", tmp_path / "small.npz", "--max-cells", 1)
    assert not (tmp_path / "small.npz").exists()


def test_redundancy(padded: Path) -> None:
    result = run("redundancy", padded)
    assert (result.returncode, result.stderr) == (0, "")
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["0", "3", "dead"] in rows
    assert ["0", "1", "proportional", "0", "2"] in rows
    assert ["0", "4", "without", "effect"] in rows
    numerator = next(row for row in rows if row[1:2] == ["numerator"])
    assert numerator[3] == "2"  # x and -x, up to the denominator


def test_no_redundancy(absolute: Path) -> None:
    result = run("redundancy", absolute)
    assert result.returncode == 0
    assert "cancelling" in result.stdout or "no redundant units" in result.stdout


def test_a_document_that_is_no_network(tmp_path: Path) -> None:
    write_json(tp.TropicalPolynomial({(1,): 0}), tmp_path / "f.json")
    assert "not a network" in failure("redundancy", tmp_path / "f.json")
    (tmp_path / "g.json").write_text("[]")
    assert "g.json" in failure("regions", tmp_path / "g.json")


def test_regions_of_what_regions_wrote(absolute: Path, tmp_path: Path) -> None:
    first = run("regions", absolute, "--json", tmp_path / "out.json")
    second = run("regions", tmp_path / "out.json")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "f-vector" in second.stdout
