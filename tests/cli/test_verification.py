"""The command that decides properties."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from tests.cli.test_command import failure, run, save, values

TEXT = """(declare-const X_0 Real) (declare-const Y_0 Real)
(assert (<= X_0 1)) (assert (>= X_0 -0.1))
(assert (>= Y_0 LIMIT))
"""


@pytest.fixture
def absolute(tmp_path: Path) -> Path:
    """2 |x|."""
    return save(tmp_path / "absolute.npz", ([[1], [-1]], [0, 0]), ([[2, 2]], [0]))


def test_a_property_that_holds(absolute: Path, tmp_path: Path) -> None:
    path, found = tmp_path / "p.vnnlib", tmp_path / "verdict.json"
    path.write_text(TEXT.replace("LIMIT", "2.01"))
    result = run("verify", absolute, path, "--json", found)
    assert (result.returncode, result.stderr) == (0, "")
    assert values(result.stdout)["verdict"] == "holds"
    document = json.loads(found.read_text())
    assert (document["verdict"], document["point"]) == ("holds", None)
    assert all(closed["bound"] < 0 for closed in document["proof"][0])


def test_a_property_that_is_violated(absolute: Path, tmp_path: Path) -> None:
    path, found = tmp_path / "p.vnnlib", tmp_path / "verdict.json"
    path.write_text(TEXT.replace("LIMIT", "1.9"))
    result = run("verify", absolute, path, "--json", found)
    assert result.returncode == 1
    document = json.loads(found.read_text())
    (x,), (y,) = (map(Fraction, document[name]) for name in ("point", "outputs"))
    assert y == 2 * abs(x) >= Fraction("1.9")
    assert Fraction("-0.1") <= x <= 1
    assert result.stdout.splitlines()[-2:] == [str(x), str(y)]


def test_a_time_limit(absolute: Path, tmp_path: Path) -> None:
    path = tmp_path / "p.vnnlib"
    path.write_text(TEXT.replace("LIMIT", "1"))
    result = run("verify", absolute, path, "--time-limit", 0)
    assert (result.returncode, values(result.stdout)["verdict"]) == (3, "unknown")


def test_files_that_do_not_fit(absolute: Path, tmp_path: Path) -> None:
    path = tmp_path / "p.vnnlib"
    path.write_text("(declare-const X_0 Real) (declare-const X_1 Real) (declare-const Y_0 Real)")
    assert "2 inputs and 1 output" in failure("verify", absolute, path)
    path.write_text("(assert false)")
    assert "p.vnnlib" in failure("verify", absolute, path)
