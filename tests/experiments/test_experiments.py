"""The scripts of tutorials/experiments run in their small version, and their tables say what theorems say."""

from __future__ import annotations

import csv
from collections.abc import Callable
from fractions import Fraction
from importlib import import_module
from math import comb
from pathlib import Path

import pytest
from click.testing import CliRunner

Run = Callable[[str], list[dict[str, str]]]

SCRIPTS = Path(__file__).parents[2] / "tutorials" / "experiments"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a script in its small version, and read its table."""

    def table(name: str) -> list[dict[str, str]]:
        monkeypatch.syspath_prepend(str(SCRIPTS))
        pytest.importorskip("matplotlib", reason="the experiments draw pictures")
        result = CliRunner().invoke(import_module(name).main, ["--quick", "--output", str(tmp_path)])
        assert result.exit_code == 0, result.output
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        with (tmp_path / f"{name}.csv").open() as file:
            rows = list(csv.DictReader(file))
        assert rows
        return rows

    return table


def generic(m: int, d: int) -> int:
    """Zaslavsky's number of regions of m hyperplanes in general position in R^d."""
    return sum(comb(m, j) for j in range(d + 1))


def test_random_rational_maps(run: Run) -> None:
    for row in run("random_rational_maps"):
        p, q = int(row["irredundant p"]), int(row["irredundant q"])
        assert max(p, q) <= int(row["cells"]) <= p * q
        assert int(row["linear regions"]) <= int(row["cells"])
        assert max(p, q) <= int(row["m"])


def test_exact_and_sampled_regions(run: Run) -> None:
    rows = run("exact_and_sampled_regions")
    assert len(rows) == 7
    for row in rows:
        n, *hidden, _ = map(int, row["network"].split("-"))
        exact = [Fraction(row[f"exact {which}"]) for which in ("min", "mean", "max")]
        if len(hidden) == 1:
            assert exact == [generic(hidden[0], n)] * 3
        assert exact[-1] <= int(row["bound"])
        assert all(0 < Fraction(row[column]) <= exact[1] for column in row if column.startswith("R="))


def check_monomials(row: dict[str, str], positive: int, width: int) -> None:
    """Numerator and denominator of one hidden layer are lifted zonotopes over the plane."""
    negative = width - positive
    assert int(row["formal"]) == 2**positive + 2**negative
    assert int(row["irredundant"]) == generic(positive, 2) + generic(negative, 2)


def test_monomials_against_width_and_depth(run: Run) -> None:
    for row in run("monomials_width_depth"):
        assert int(row["irredundant"]) <= int(row["formal"])
        if row["depth"] == "1":
            check_monomials(row, int(row["positive output weights"]), int(row["width"]))


def test_pruning_rate(run: Run) -> None:
    for row in run("pruning_rate"):
        _, *hidden, _ = map(int, row["network"].split("-"))
        assert Fraction(row["pruning rate"]) == 1 - Fraction(int(row["irredundant"]), int(row["formal"]))
        assert Fraction(row["unit rate"]) == Fraction(int(row["redundant units"]), sum(hidden))
        if len(hidden) == 1:
            check_monomials(row, int(row["positive"]), hidden[0])


def test_hoffman_constants(run: Run) -> None:
    for row in run("hoffman_constants"):
        lower, exact, upper = (Fraction(row[name]) for name in ("lower", "exact", "upper"))
        assert 0 < lower <= exact <= upper
        assert 0 <= Fraction(row["radius"]) <= Fraction(row["radius bound"])


def test_deep_sets_sampling(run: Run) -> None:
    for row in run("deep_sets_sampling"):
        n = int(row["n"])
        assert (int(row["exact"]), int(row["orbits"])) == (2**n, n + 1)
        assert 0 < int(row["cube"]) <= 2**n
        assert 0 < int(row["chamber"]) <= 2**n
        assert Fraction(row["ratio"]) == Fraction(int(row["chamber"]), int(row["cube"]))


def test_transitions_along_paths(run: Run) -> None:
    """A wall of the first layer is a hyperplane: it meets a segment once, and a convex polygon in a plane twice."""
    for row in run("transitions_along_paths"):
        assert Fraction(row["per unit"]) == Fraction(row["bends on a segment"]) / int(row["units"])
        if int(row["depth"]) == 1:
            assert 0 < Fraction(row["per unit"]) <= 1
            assert 0 < Fraction(row["around per unit"]) <= 2


def test_redundancy_over_training(run: Run) -> None:
    for row in run("redundancy_over_training"):
        assert int(row["bounded"]) <= int(row["linear regions"]) <= int(row["cells"])
        assert int(row["irredundant monomials"]) <= int(row["formal"])
        assert all(int(row[kind]) <= 8 for kind in ("dead", "always active", "proportional", "without effect"))
        widths = list(map(int, row["compressed"].split("-")))
        assert (widths[0], widths[-1]) == (2, 1)
        assert max(widths) <= 4
