from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import troppoly as tp
from tests.export import samples
from troppoly.export import RegionsDocument, read_json, write_json
from troppoly.export.json_format import document, from_document


def stored(value: Any, path: Path) -> dict[str, Any]:
    write_json(value, path)
    return json.loads(path.read_text())


def full_document(network: tp.Network) -> RegionsDocument:
    return RegionsDocument(
        tp.linear_regions(network), tp.network.tropicalize_formal(network), tp.formal_monomial_counts(network)
    )


@pytest.mark.parametrize(("seed", "widths"), [(0, (2, 5, 1)), (1, (2, 4, 3, 2)), (2, (1, 4, 1)), (3, (3, 4, 1))])
def test_the_maps_in_the_file_are_the_network(seed: int, widths: tuple[int, ...], tmp_path: Path) -> None:
    """At the mean of a cell's vertices, moved along its rays, the stored map has the network's value."""
    network = samples.network(seed, widths)
    result = stored(tp.linear_regions(network), tmp_path / "out.json")
    vertices = [[Fraction(x) for x in v] for v in result["vertices"]]
    rays = [[Fraction(x) for x in v] for v in result["rays"]]
    assert len(result["cells"]) == result["counts"]["cells"] == result["f_vector"][-1]
    for i, cell in enumerate(result["cells"]):
        region = result["regions"][cell["region"]]
        assert i in region["cells"]
        if region["bounded"]:
            assert cell["rays"] == []
        chosen = [vertices[j] for j in cell["vertices"]]
        middle = [sum(column) / len(chosen) for column in zip(*chosen, strict=True)]
        for ray in (rays[j] for j in cell["rays"]):
            middle = [x + y for x, y in zip(middle, ray, strict=True)]
        value = [
            sum((Fraction(a) * x for a, x in zip(row, middle, strict=True)), Fraction(c))
            for row, c in zip(region["matrix"], region["vector"], strict=True)
        ]
        assert tuple(value) == network(middle)


def test_the_layers_in_the_file_are_the_network(tmp_path: Path) -> None:
    network = samples.network(4, (2, 3, 3, 1))
    layers = stored(network, tmp_path / "out.json")["layers"]
    again = tp.Network.from_arrays([layer["weight"] for layer in layers], [layer["bias"] for layer in layers])
    assert again == network
    assert [any(layer["rectified"]) for layer in layers] == [True, True, False]


def test_lineality_is_written_as_lines(tmp_path: Path) -> None:
    network = tp.Network.from_arrays([[[1, 1], [2, 2]], [[1, 1]]], [[0, -2], [0]])
    result = stored(tp.linear_regions(network), tmp_path / "out.json")
    ((a, b),) = result["lines"]
    assert Fraction(a) == -Fraction(b) != 0
    assert [sum(map(Fraction, v)) for v in result["vertices"]] in ([0, 1], [1, 0])
    assert result["counts"] == {"cells": 3, "linear_regions": 3, "bounded": 0, "unbounded": 3}


def test_the_monomials_in_the_file_are_the_network() -> None:
    network = samples.network(5, (2, 4, 3, 2))
    result = document(full_document(network))

    def value(side: dict[str, Any], x: tuple[int, int]) -> Fraction:
        return max(
            sum((Fraction(a) * y for a, y in zip(term["exponent"], x, strict=True)), Fraction(term["coefficient"]))
            for term in side["terms"]
        )

    for x in product(range(-3, 4), repeat=2):
        values = [value(o["numerator"], x) - value(o["denominator"], x) for o in result["monomials"]]
        assert tuple(values) == network(x)
    formal = [tuple(map(int, o["formal"])) for o in result["monomials"]]
    assert formal == list(tp.formal_monomial_counts(network))


def test_huge_formal_counts_keep_all_digits(tmp_path: Path) -> None:
    f = tp.TropicalMap([tp.TropicalPolynomial({(1,): 0, (0,): 0})])
    given = RegionsDocument(tp.linear_regions(f), f, ((2**20000 + 1, 1),))
    write_json(given, tmp_path / "out.json")
    assert read_json(tmp_path / "out.json").formal_counts == ((2**20000 + 1, 1),)


@pytest.mark.parametrize("layers", [5, 15])
def test_huge_formal_counts_are_read_back(layers: int, tmp_path: Path) -> None:
    network = tp.Network.from_arrays([np.ones((4, 1)), *[np.ones((4, 4))] * (layers - 1), np.ones((1, 4))])
    given = full_document(network)
    assert given.formal_counts is not None
    assert given.formal_counts[0][0].bit_length() > 1000
    write_json(given, tmp_path / "out.json")
    assert read_json(tmp_path / "out.json").formal_counts == given.formal_counts


FUNCTIONS = [
    samples.network(0, (2, 5, 1)),
    samples.maximum(),
    tp.Network.from_arrays([[[0.1, 1e-300], [3e200, -0.3]]]),
    samples.polynomial(),
    samples.rational(),
    samples.mapping(),
    tp.TropicalPolynomial({(): 3}),
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=repr)
def test_functions_are_read_back_equal(function: Any, tmp_path: Path) -> None:
    write_json(function, tmp_path / "out.json")
    again = read_json(tmp_path / "out.json")
    assert type(again) is type(function)
    assert again == function
    assert getattr(again, "names", None) == getattr(function, "names", None)


def square() -> Any:
    from troppoly.passagemath import polyhedron

    return polyhedron(product((-2, "7/3"), repeat=2), ambient_dim=2)


def square_of_four() -> Any:
    """A square times the plane of two other inputs."""
    from troppoly.passagemath import polyhedron

    lines = [(0, 0, 1, 0), (0, 0, 0, 1)]
    return polyhedron([(x, y, 0, 0) for x, y in product((-2, 3), repeat=2)], (), lines, ambient_dim=4)


@pytest.mark.parametrize(
    "regions",
    [
        tp.linear_regions(samples.network(0, (2, 5, 1))),
        tp.linear_regions(samples.network(1, (2, 4, 3, 2))),
        tp.linear_regions(samples.network(3, (3, 4, 1))),
        tp.linear_regions(samples.network(6, (4, 5, 2))),
        tp.linear_regions(samples.network(7, (4, 2, 2, 1))),  # two lines
        tp.linear_regions(samples.network(0, (2, 5, 1)), domain=square()),
        tp.linear_regions(samples.maximum()),
        tp.linear_regions(samples.polynomial()),
        tp.linear_regions(samples.polynomial(), domain=square()),
        tp.linear_regions(samples.mapping()),
        tp.linear_regions(tp.Network.from_arrays([[[1, 2]]])),  # one cell without walls
    ],
    ids=repr,
)
def test_linear_regions_are_read_back_equal(regions: tp.LinearRegions, tmp_path: Path) -> None:
    write_json(regions, tmp_path / "out.json")
    again = read_json(tmp_path / "out.json")
    assert isinstance(again, RegionsDocument)
    assert again.regions.function == regions.function
    assert document(again) == document(regions)
    assert again.tropical_map is again.formal_counts is None
    for one, other in zip(again.regions.cells, regions.cells, strict=True):
        assert set(one.vertices()) == set(other.vertices())
        assert set(one.rays()) == set(other.rays())
        assert all((a == b).all() for a, b in zip(one.affine_map, other.affine_map, strict=True))


def test_monomials_are_read_back_equal(tmp_path: Path) -> None:
    given = full_document(samples.network(5, (2, 4, 3, 2)))
    write_json(given, tmp_path / "out.json")
    again = read_json(tmp_path / "out.json")
    assert (again.tropical_map, again.formal_counts) == (given.tropical_map, given.formal_counts)


def unsigned(value: Any) -> dict[str, Any]:
    """The document without its digest, which tells every change."""
    return {name: entry for name, entry in document(value).items() if name != "digest"}


GOOD = unsigned(full_document(samples.network(0, (2, 4, 2))))


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    result = copy.deepcopy(GOOD)
    place = result
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return result


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), "troppoly.other"),
        (("format",), ["troppoly.function"]),
        (("version",), 1),
        (("version",), True),
        (("dimension",), 3),
        (("dimension",), 10**15),
        (("dimension",), -1),
        (("counts", "cells"), 1),
        (("f_vector", 0), 77),
        (("vertices", 0, 0), "1e999999999"),
        (("vertices", 0, 0), "1/0"),
        (("vertices", 0, 0), 1),
        (("vertices", 0, 0), "123457/7"),
        (("vertices",), []),
        (("rays", 0, 0), "1/2"),
        (("rays", 0), ["0", "0"]),
        (("lines",), [["1", "0"]]),
        (("faces", 0, 0), [0, 0]),
        (("faces", 0, 0), [0, 10**7]),
        (("faces", 0, 0), [0, 2**40]),
        (("faces", 0, 0), []),
        (("faces",), []),
        (("faces", 1), []),
        (("cells", 0, "region"), 1000),
        (("cells", 0, "vertices"), []),
        (("regions", 0, "bounded"), None),
        (("regions", 0, "cells"), []),
        (("regions", 0, "cells"), [1]),
        (("regions", 0, "matrix", 0, 0), "100"),
        (("regions", 0, "vector", 0), "100"),
        (("function",), None),
        (("function", "type"), "polynomial"),
        (("function", "type"), []),
        (("function", "layers", 0, "weight", 0), ["1"]),
        (("function", "layers", 0, "weight", 0, 0), "100"),
        (("function", "layers", 0, "rectified", 0), 1),
        (("function", "layers", 1, "rectified", 0), True),
        (("function", "layers", 1, "weight"), []),
        (("function", "layers", 0, "name"), None),
        (("function", "layers"), []),
        (("function", "widths"), [2, 4, 4, 2]),
        (("function", "max_groups"), [[[5, 0]]]),
        (("function", "max_groups"), [[[1, 0]]]),
        (("monomials", 0, "numerator", "terms"), []),
        (("monomials", 0, "numerator", "variables"), 3),
        (("monomials", 0, "denominator", "terms", 0, "coefficient"), "100"),
        (("monomials", 0, "formal"), None),
        (("monomials", 0, "formal", 0), "-1"),
        (("monomials",), {}),
    ],
    ids=str,
)
def test_false_documents_are_refused(path: tuple[Any, ...], value: Any) -> None:
    from_document(GOOD)
    with pytest.raises(tp.FileFormatError):
        from_document(changed(path, value))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [leaf for key, entry in steps for leaf in leaves(entry, (*path, key))]


@given(
    path=st.sampled_from(leaves(GOOD)),
    value=st.sampled_from([None, True, 0, 1, -1, 2**70, "", "0", "-7", "1/3", "x", [], [[]], {}, ["1"], [0]]),
)
def test_any_change_ends_in_an_error_or_an_equal_document(path: tuple[Any, ...], value: Any) -> None:
    damaged = changed(path, value)
    try:
        again = from_document(damaged)
    except tp.FileFormatError:
        return
    assert unsigned(again) == damaged


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        b"[" * 10**6,
        b'{"format": NaN}',
        b'{"format": 1.5}',
        b'{"format": "troppoly.function", "version": ' + b"9" * 10**5 + b"}",
        b"[]",
        b"null",
        json.dumps(GOOD).encode()[:-100],
    ],
    ids=lambda content: content[:20],
)
def test_damaged_files_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(content)
    with pytest.raises(tp.FileFormatError, match=r"bad\.json: "):
        read_json(tmp_path / "bad.json")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(tp.FileFormatError, match="No such file"):
        read_json(tmp_path / "bad.json")


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("troppoly.untrusted.LARGEST_FILE", 100)
    (tmp_path / "bad.json").write_text(json.dumps(GOOD))
    with pytest.raises(tp.FileFormatError, match="more than 100 bytes"):
        read_json(tmp_path / "bad.json")


def test_other_objects_are_no_documents() -> None:
    with pytest.raises(tp.InputError, match="not a ndarray"):
        document(np.zeros(2))  # type: ignore[arg-type]


LINE = tp.Network.from_arrays([[[1, 2]]], [[3]])
HALVES = tp.Network.from_arrays([[[1, 0]], [[1]]])
QUARTERS = tp.Network.from_arrays([[[1, 0], [0, 1]], [[1, 1]]])


def slopes(network: tp.Network, change: Callable[[list[Fraction], Any], None]) -> dict[str, Any]:
    """The document of the linear regions, each one cell, with matrices of one row that are changed at will."""
    result = unsigned(tp.linear_regions(network))
    for record in result["regions"]:
        row = [Fraction(a) for a in record["matrix"][0]]
        cell = result["cells"][record["cells"][0]]
        rays = [map(Fraction, result["rays"][i]) for i in cell["rays"]] or [(0, 0)]
        change(row, [sum(column) for column in zip(*rays, strict=True)])
        record["matrix"] = [[str(a) for a in row]]
    return result


def test_maps_that_agree_where_cells_meet_and_have_the_values_at_vertices() -> None:
    """x + 2 y + 3 as 5 x + 7 y + 3; (x)+ as (x)+ + 7 y; (x)+ + (y)+ with |x| - |y| more."""

    def other_plane(row: list[Fraction], point: Any) -> None:
        row[:] = [Fraction(5), Fraction(7)]

    def along_the_line(row: list[Fraction], point: Any) -> None:
        row[1] += 7

    def zero_on_the_diagonals(row: list[Fraction], point: Any) -> None:
        row[0] += 1 if point[0] > 0 else -1
        row[1] -= 1 if point[1] > 0 else -1

    for network, change in ((LINE, other_plane), (HALVES, along_the_line), (QUARTERS, zero_on_the_diagonals)):
        from_document(slopes(network, lambda row, point: None))
        with pytest.raises(tp.FileFormatError, match="member 'regions'"):
            from_document(slopes(network, change))


def test_monomials_that_are_none_of_the_networks() -> None:
    """A monomial below all others, as an irredundant one; the same factor in numerator and denominator."""
    good = unsigned(full_document(QUARTERS))
    from_document(good)
    below, common = copy.deepcopy(good), copy.deepcopy(good)
    below["monomials"][0]["numerator"]["terms"].append({"exponent": ["1", "-5"], "coefficient": "-1000"})
    for side in ("numerator", "denominator"):
        for term in common["monomials"][0][side]["terms"]:
            term["coefficient"] = str(Fraction(term["coefficient"]) + 1)
    for false in (below, common):
        with pytest.raises(tp.FileFormatError, match="monomials are not"):
            from_document(false)
    counts = copy.deepcopy(good)
    counts["monomials"][0]["formal"] = ["999", "77"]
    with pytest.raises(tp.FileFormatError, match="numbers of formal monomials"):
        from_document(counts)


@pytest.mark.parametrize(("one", "other"), [(QUARTERS, HALVES), (HALVES, QUARTERS), (LINE, HALVES), (HALVES, LINE)])
def test_the_regions_of_another_network(one: tp.Network, other: tp.Network) -> None:
    """One network has more cells, or less, or other lines, than the complex in the file."""
    false = unsigned(tp.linear_regions(one)) | {"function": document(other)}
    with pytest.raises(tp.FileFormatError):
        from_document(false)


@pytest.mark.parametrize(
    "regions",
    [
        tp.regions.regions_by_polytopes(samples.network(0, (2, 4, 1))),
        tp.linear_regions(samples.rational(), domain=square()),
        tp.linear_regions(samples.network(7, (4, 2, 2, 1)), domain=square_of_four()),
    ],
    ids=repr,
)
def test_regions_of_other_routes_and_over_domains_are_read_back(regions: tp.LinearRegions) -> None:
    assert document(from_document(document(regions))) == document(regions)


@pytest.mark.parametrize("value", [LINE, samples.mapping(), tp.linear_regions(HALVES)], ids=repr)
def test_the_digest_tells_every_change(value: Any, tmp_path: Path) -> None:
    """Another bias, name or coefficient makes another function, which is read only without the digest."""
    path = tmp_path / "out.json"
    written = stored(value, path)
    others = {name: entry for name, entry in written.items() if name != "digest"}
    text = json.dumps(others, sort_keys=True, separators=(",", ":"))
    assert written["digest"] == hashlib.sha256(text.encode()).hexdigest()
    for leaf in leaves(others):
        damaged = copy.deepcopy(written)
        place: Any = damaged
        for step in leaf[:-1]:
            place = place[step]
        place[leaf[-1]] = "5" if place[leaf[-1]] != "5" else "7"
        path.write_text(json.dumps(damaged))
        with pytest.raises(tp.FileFormatError):
            read_json(path)
        with pytest.raises(tp.FileFormatError):
            tp.load_network(path)
    path.write_text(json.dumps(others))
    assert document(read_json(path)) == written
