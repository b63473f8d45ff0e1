"""gfan reads what is written for it, and agrees on fans, refinements and Minkowski sums."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.export import samples
from tests.oracles.exchanged import PAIRS, complexes, cone_counts
from tests.oracles.programs import program, run
from troppoly.export import write_gfan


@pytest.fixture(scope="module")
def gfan() -> str:
    return program("gfan", "pip install passagemath-gfan, or apt-get install gfan")


def section(output: str, name: str) -> list[str]:
    """The lines of a section of gfan's answer, without its comments."""
    lines = output.split(f"\n{name}\n", 1)[1].split("\n\n", 1)[0].splitlines()
    return [line.partition("#")[0].strip() for line in lines]


def counts(output: str) -> list[int]:
    (line,) = section(output, "F_VECTOR")
    return list(map(int, line.split()))


@pytest.mark.parametrize("index", range(len(complexes())))
def test_fans(gfan: str, index: int, tmp_path: Path) -> None:
    """The refinement of a fan by itself has the same faces; the first entry counts the lineality space."""
    complex_ = complexes()[index]
    write_gfan(complex_, tmp_path / "a.fan")
    output = run(gfan, "_fancommonrefinement", "-i1", "a.fan", "-i2", "a.fan", folder=tmp_path)
    assert counts(output) == [1, *cone_counts(complex_)]
    assert section(output, "LINEALITY_DIM") == [str(complex_.lineality_dimension)]


@pytest.mark.parametrize("index", range(len(PAIRS)))
def test_the_common_refinement_is_the_fan_of_the_product(gfan: str, index: int, tmp_path: Path) -> None:
    f, g = PAIRS[index]
    write_gfan(f.normal_complex().complex, tmp_path / "f.fan")
    write_gfan(g.normal_complex().complex, tmp_path / "g.fan")
    output = run(gfan, "_fancommonrefinement", "-i1", "f.fan", "-i2", "g.fan", folder=tmp_path)
    assert counts(output) == [1, *cone_counts((f * g).normal_complex().complex)]


@pytest.mark.parametrize("index", range(len(PAIRS)))
def test_minkowski_sums_of_lifted_polytopes(gfan: str, index: int, tmp_path: Path) -> None:
    """The cones of the normal fan that have a ray with t > 0 are the faces of the product's complex."""
    f, g = PAIRS[index]
    output = run(gfan, "_minkowskisum", folder=tmp_path, stdin=samples.text_of(write_gfan, [f, g]))
    above = {i for i, ray in enumerate(section(output, "RAYS")) if int(ray.split()[-1]) > 0}
    complex_ = (f * g).normal_complex().complex
    assert section(output, "LINEALITY_DIM") == [str(complex_.lineality_dimension)]
    cones = [set(map(int, re.findall(r"\d+", cone))) for cone in section(output, "MAXIMAL_CONES")]
    assert sum(1 for cone in cones if cone & above) == complex_.n_cells
    assert len(above) == len(complex_.faces(complex_.lineality_dimension))


@pytest.mark.parametrize("index", range(len(PAIRS)))
def test_minkowski_sums_of_newton_polytopes(gfan: str, index: int, tmp_path: Path) -> None:
    f, g = PAIRS[index]
    polytopes = [f.newton_polytope(), g.newton_polytope()]
    output = run(gfan, "_minkowskisum", folder=tmp_path, stdin=samples.text_of(write_gfan, polytopes))
    total = (f * g).newton_polytope()
    dimension = total.dim()
    faces = [int(n) for n in total.f_vector()][1:]  # from the vertices to the polytope itself
    assert counts(output) == faces[::-1]
    assert int(section(output, "LINEALITY_DIM")[0]) == f.n_variables - dimension
