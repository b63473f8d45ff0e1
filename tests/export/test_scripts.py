"""Texts for other systems: their form, read by small parsers here (the systems themselves: tests/oracles)."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest

import troppoly as tp
from tests.export import samples
from troppoly.export import write_gfan, write_macaulay2, write_oscar, write_polymake
from troppoly.passagemath import polyhedron

TERM = re.compile(r"R\(T\(([^()]+)\)\)((?:\*x\[\d+\](?:\^\d+)?)*)")
POWER = re.compile(r"x\[(\d+)\](?:\^(\d+))?")
BIG = re.compile(r'big"(-?\d+)"')


def oscar_values(script: str, point: tuple[Fraction, ...]) -> dict[str, Fraction]:
    """The values (F(x) + <m, x>) / N of the polynomials of a script."""
    result = {}
    pattern = re.compile(r"^(\w+) = \(polynomial = (.*), scale = (\d+), shift = \[(.*)\]\)$", re.MULTILINE)
    for name, terms, scale, shift in pattern.findall(BIG.sub(r"\1", script)):
        values = []
        for term in terms.split(" + "):
            number, monomial = TERM.fullmatch(term).groups()  # type: ignore[union-attr]
            powers = ((point[int(i) - 1], int(a or 1)) for i, a in POWER.findall(monomial))
            values.append(Fraction(number.replace("//", "/")) + sum(x * a for x, a in powers))
        moved = sum(x * int(m) for x, m in zip(point, shift.split(", "), strict=True))
        result[name] = (max(values) + moved) / int(scale)
    return result


@pytest.mark.parametrize("function", [samples.polynomial(), samples.rational(), samples.mapping()], ids=repr)
def test_oscar_scripts_have_the_values(function: object) -> None:
    script = samples.text_of(write_oscar, function)  # type: ignore[arg-type]
    for x in product((Fraction(-7, 3), 0, Fraction(1, 2), 5), repeat=2):
        values = oscar_values(script, tuple(map(Fraction, x)))
        if isinstance(function, tp.TropicalPolynomial):
            assert values == {"f": function(x)}
        elif isinstance(function, tp.TropicalRational):
            assert values == {"f": function.numerator(x), "g": function.denominator(x)}
        else:
            assert isinstance(function, tp.TropicalMap)
            assert tuple(values[f"f{i}"] - values[f"g{i}"] for i in range(2)) == function(x)


def test_oscar_numbers_beyond_64_bits() -> None:
    f = tp.TropicalPolynomial({(1,): f"1/{2**90}", (0,): 2**80})
    script = samples.text_of(write_oscar, f)
    assert f'R(T(1//big"{2**90}"))*x[1]' in script
    assert oscar_values(script, (Fraction(-1),)) == {"f": f((-1,))}


@pytest.mark.parametrize("write", [write_oscar, write_polymake, lambda f, path: write_gfan([f], path)])
def test_exponents_beyond_what_the_systems_hold(write) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(tp.InputError, match="bits"):
        samples.text_of(write, tp.TropicalPolynomial({(f"1/{2**70}",): 0, (1,): 0}))


def test_polymake_files_are_json(tmp_path: Path) -> None:
    complex_ = tp.canonical_complex(samples.network(7, (4, 2, 2, 1))).complex
    write_polymake(complex_, tmp_path / "out.fan")
    record = json.loads((tmp_path / "out.fan").read_text())
    assert record["_type"] == "fan::PolyhedralComplex<Rational>"
    assert len(record["INPUT_POLYTOPES"]) == complex_.n_cells
    assert {row[0] for row in record["POINTS"]} == {"0", "1"}
    assert len(record["INPUT_LINEALITY"]) == 2


def test_a_matrix_without_rows_has_columns() -> None:
    square = polyhedron(product((0, 1), repeat=2), ambient_dim=2)
    assert json.loads(samples.text_of(write_polymake, square))["INPUT_LINEALITY"] == [{"cols": 3}]


def test_gfan_polytopes_are_scaled_together(tmp_path: Path) -> None:
    half = polyhedron([(0, 0), ("1/2", 0)], ambient_dim=2)
    third = polyhedron([(0, 0), (0, "-1/3")], ambient_dim=2)
    write_gfan([half, third], tmp_path / "out.gfan")
    head, *polynomials = re.split(r"[{},\n]+", (tmp_path / "out.gfan").read_text().split("]\n")[1])
    assert head == ""
    assert [set(p.split("+")) for p in polynomials if p] == [{"1", "x0^3"}, {"1", "x1^2"}]


def test_macaulay2_definitions(tmp_path: Path) -> None:
    write_macaulay2(samples.mapping(), tmp_path / "out.m2")
    text = (tmp_path / "out.m2").read_text()
    assert re.findall(r"^(\w+) = tropicalPolynomial\(map", text, re.MULTILINE) == ["f0", "g0", "f1", "g1"]
    write_oscar(samples.mapping(), tmp_path / "out.jl")
    assert (tmp_path / "out.jl").read_text() == samples.text_of(write_oscar, samples.mapping())


@pytest.mark.parametrize("write", [write_oscar, write_polymake, write_macaulay2, lambda f, path: write_gfan([f], path)])
def test_other_objects_are_refused(write) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(tp.InputError, match=r"not (a|of a) Network|a Network is neither"):
        samples.text_of(write, samples.maximum())


def test_polyhedra_that_cannot_be_written() -> None:
    empty = polyhedron([], ambient_dim=2)
    ray = polyhedron([(0,)], [(1,)], ambient_dim=1)
    with pytest.raises(tp.InputError, match="empty"):
        samples.text_of(write_polymake, empty)
    with pytest.raises(tp.InputError, match="empty"):
        samples.text_of(write_gfan, [empty])
    with pytest.raises(tp.UnboundedError):
        samples.text_of(write_gfan, [ray])
    with pytest.raises(tp.InputError, match="At least one"):
        samples.text_of(write_gfan, [])
    with pytest.raises(tp.ShapeError, match=r"\[1, 2\]"):
        samples.text_of(write_gfan, [polyhedron([(0,)], ambient_dim=1), polyhedron([(0, 0)], ambient_dim=2)])
    with pytest.raises(tp.InputError, match="without variables"):
        samples.text_of(write_oscar, tp.TropicalPolynomial({(): 1}))


def test_the_regions_of_a_picture_are_scalable_vector_graphics(tmp_path: Path) -> None:
    from xml.etree import ElementTree

    from troppoly.plotting import plot_regions
    from troppoly.plotting.planar_regions import save_figure

    save_figure(plot_regions(tp.linear_regions(samples.network(0, (2, 5, 1)))).figure, tmp_path / "out.svg")
    assert ElementTree.parse(tmp_path / "out.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"
