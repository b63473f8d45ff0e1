"""Macaulay2 runs the scripts that are written for it, and agrees on values, faces and Minkowski sums."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

import troppoly as tp
from tests.export import samples
from tests.oracles.exchanged import PAIRS, POLYNOMIALS
from tests.oracles.programs import program, run
from troppoly.export import write_macaulay2


@pytest.fixture(scope="module")
def macaulay2() -> str:
    return program("M2", "pip install passagemath-macaulay2, or apt-get install macaulay2")


def printed(macaulay2: str, folder: Path, *lines: str) -> list[str]:
    (folder / "script.m2").write_text("\n".join(lines) + "\n")
    return run(macaulay2, "--script", "script.m2", folder=folder).splitlines()


def test_values_of_a_map(macaulay2: str, tmp_path: Path) -> None:
    random = Random(0)
    points = [tuple(tp.rational(random.randrange(-9, 9)) / 7 for _ in range(2)) for _ in range(20)]
    function = samples.mapping()
    write_macaulay2(function, tmp_path / "map.m2")
    asked = [f"print toString(valueAt(f{i}, x) - valueAt(g{i}, x))" for i in range(len(function))]
    lines = ['load "map.m2"']
    for point in points:
        lines += [f"x = matrix{{{{{', '.join(f'({v})/1' for v in point)}}}}}", *asked]
    values = printed(macaulay2, tmp_path, *lines)
    assert list(map(tp.rational, values)) == [value for point in points for value in function(point)]


def test_faces_of_lifted_polytopes(macaulay2: str, tmp_path: Path) -> None:
    given = [f for f in POLYNOMIALS if f.n_variables <= 2]
    lines = []
    for i, f in enumerate(given):
        write_macaulay2(f, tmp_path / f"{i}.m2")
        lines += [f'load "{i}.m2"', "print toString fVector liftedOf f", "print toString fVector newtonOf f"]
    output = [list(map(int, line.strip("{}").split(","))) for line in printed(macaulay2, tmp_path, *lines)]
    for i, f in enumerate(given):
        for found, ours in zip(output[2 * i : 2 * i + 2], (f.lifted_polytope(), f.newton_polytope()), strict=True):
            assert found == [int(n) for n in ours.f_vector()][1:]


def test_minkowski_sums(macaulay2: str, tmp_path: Path) -> None:
    lines = []
    for i, pair in enumerate(PAIRS):
        write_macaulay2(pair[0] / pair[1], tmp_path / f"{i}.m2")
        lines += [f'load "{i}.m2"', "print toString entries transpose vertices minkowskiSum(liftedOf f, liftedOf g)"]
    for line, (f, g) in zip(printed(macaulay2, tmp_path, *lines), PAIRS, strict=True):
        rows = [row.split(",") for row in line.strip("{}").split("}, {")]
        ours = (f * g).lifted_polytope().vertices_list()
        assert {tuple(tp.rational(v.strip()) for v in row) for row in rows} == {
            tuple(map(tp.rational, vertex)) for vertex in ours
        }
