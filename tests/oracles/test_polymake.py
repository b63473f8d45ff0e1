"""polymake reads what is written for it, and agrees on faces, hypersurfaces and Minkowski sums."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.oracles.exchanged import PAIRS, POLYNOMIALS, complexes, cone_counts
from tests.oracles.programs import program, run
from troppoly import rational
from troppoly.export import write_polymake
from troppoly.polytope import minkowski_sum


@pytest.fixture(scope="module")
def polymake() -> str:
    return program("polymake", "apt-get install polymake")


def answers(polymake: str, folder: Path, application: str, script: str, numbers: range) -> list[Any]:
    """What a script in Perl, run for $n in ``numbers``, prints as JSON: one line each."""
    body = (
        f'use application "{application}";\n'
        'sub rows { "[" . join(",", map { "[" . join(",", map { "\\"$_\\"" } @$_) . "]" } @{$_[0]}) . "]"; }\n'
        'sub entries { "[" . join(",", map { "\\"$_\\"" } @{$_[0]}) . "]"; }\n'
        f"for my $n ({numbers.start}..{numbers.stop - 1}) {{ {script} }}\n"
    )
    (folder / "script.pl").write_text(body)
    output = run(polymake, "--script", "script.pl", folder=folder)
    result = [json.loads(line) for line in output.splitlines() if line.startswith(("[", "{"))]
    assert len(result) == len(numbers)
    return result


def test_complexes(polymake: str, tmp_path: Path) -> None:
    given = complexes()
    for i, complex_ in enumerate(given):
        write_polymake(complex_, tmp_path / f"{i}.fan")
    script = 'my $c = load("$n.fan"); print entries($c->F_VECTOR), "\\n";'
    counted = answers(polymake, tmp_path, "fan", script, range(len(given)))
    assert [list(map(int, f)) for f in counted] == [cone_counts(complex_) for complex_ in given]


def points(rows: list[list[str]]) -> set[tuple[Any, ...]]:
    return {tuple(map(rational, row)) for row in rows}


def homogeneous(polyhedron: Any) -> set[tuple[Any, ...]]:
    rows = [[1, *v] for v in polyhedron.vertices_list()] + [[0, *r] for r in polyhedron.rays_list()]
    return {tuple(map(rational, row)) for row in rows}


def test_polyhedra(polymake: str, tmp_path: Path) -> None:
    given = [p for f in POLYNOMIALS for p in (f.newton_polytope(), f.lifted_polytope())]
    for i, polyhedron in enumerate(given):
        write_polymake(polyhedron, tmp_path / f"{i}.poly")
    script = 'my $p = load("$n.poly"); print rows($p->VERTICES), "\\n";'
    read = answers(polymake, tmp_path, "polytope", script, range(len(given)))
    assert [points(rows) for rows in read] == [homogeneous(polyhedron) for polyhedron in given]
    compact = [i for i in range(0, len(given), 2) if given[i].dim() > 0]
    script = 'my $p = load("$n.poly"); print $p->DIM > 0 ? entries($p->F_VECTOR) : "[]", "\\n";'
    counted = answers(polymake, tmp_path, "polytope", script, range(len(given)))
    for i in compact:
        assert list(map(int, counted[i])) == [int(n) for n in given[i].f_vector()][1:-1]


def test_minkowski_sums(polymake: str, tmp_path: Path) -> None:
    for i, (f, g) in enumerate(PAIRS):
        write_polymake(f.lifted_polytope(), tmp_path / f"{i}a.poly")
        write_polymake(g.lifted_polytope(), tmp_path / f"{i}b.poly")
    script = 'my $p = minkowski_sum(load("${n}a.poly"), load("${n}b.poly")); print rows($p->VERTICES), "\\n";'
    sums = answers(polymake, tmp_path, "polytope", script, range(len(PAIRS)))
    for rows, (f, g) in zip(sums, PAIRS, strict=True):
        ours = minkowski_sum([f.lifted_polytope(), g.lifted_polytope()])
        assert points(rows) == homogeneous(ours) == homogeneous((f * g).lifted_polytope())


def test_hypersurfaces(polymake: str, tmp_path: Path) -> None:
    """Walls by weight, and vertices: polymake's have leading coordinates 1 and x_0 = 0."""
    given = [f for f in POLYNOMIALS if len(f.hypersurface())]
    assert len(given) > 10
    for i, f in enumerate(given):
        write_polymake(f, tmp_path / f"{i}.trop")
    script = (
        'my $h = load("$n.trop"); print "{\\"weights\\":", entries($h->WEIGHTS), ",\\"vertices\\":", '
        'rows($h->VERTICES), ",\\"lines\\":", $h->LINEALITY_DIM, "}\\n";'
    )
    for found, f in zip(answers(polymake, tmp_path, "tropical", script, range(len(given))), given, strict=True):
        scale = max(a.denominator for exponent in f.exponents for a in exponent)
        assert sorted(map(int, found["weights"])) == sorted(scale * wall.weight for wall in f.hypersurface())
        complex_ = f.normal_complex().complex
        assert found["lines"] == complex_.lineality_dimension
        if not found["lines"]:
            vertices = {tuple(map(rational, row)) for row in found["vertices"] if row[0] == "1"}
            ours = {face.vertices()[0] for face in complex_.faces(0)}
            assert {tuple(x - row[1] for x in row[2:]) for row in vertices} == ours
