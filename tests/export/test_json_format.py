from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import troppoly as tp
from troppoly.export import document, write_json


def sample(seed: int, widths: tuple[int, ...]) -> tp.Network:
    """A network with small integer weights: degenerate now and then."""
    random = np.random.default_rng(seed)
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    return tp.Network.from_arrays(
        [random.integers(-3, 4, shape) for shape in shapes],
        [random.integers(-3, 4, shape[0]) for shape in shapes],
    )


def stored(network: tp.Network, path: Path) -> dict:
    write_json(document(tp.linear_regions(network)), path)
    return json.loads(path.read_text())


@pytest.mark.parametrize(
    ("seed", "widths"), [(0, (2, 5, 1)), (1, (2, 4, 3, 2)), (2, (1, 4, 1)), (3, (3, 4, 1))]
)
def test_the_maps_in_the_file_are_the_network(seed: int, widths: tuple[int, ...], tmp_path: Path) -> None:
    """At the mean of a cell's vertices, moved along its rays, the stored map has the network's value."""
    network = sample(seed, widths)
    result = stored(network, tmp_path / "out.json")
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
    network = sample(4, (2, 3, 3, 1))
    layers = stored(network, tmp_path / "out.json")["network"]["layers"]
    again = tp.Network.from_arrays([layer["weight"] for layer in layers], [layer["bias"] for layer in layers])
    assert again == network
    assert [any(layer["rectified"]) for layer in layers] == [True, True, False]


def test_lineality_is_written_as_lines(tmp_path: Path) -> None:
    network = tp.Network.from_arrays([[[1, 1], [2, 2]], [[1, 1]]], [[0, -2], [0]])
    result = stored(network, tmp_path / "out.json")
    ((a, b),) = result["lines"]
    assert Fraction(a) == -Fraction(b) != 0
    assert [sum(map(Fraction, v)) for v in result["vertices"]] in ([0, 1], [1, 0])
    assert result["counts"] == {"cells": 3, "linear_regions": 3, "bounded": 0, "unbounded": 3}


def test_the_monomials_in_the_file_are_the_network() -> None:
    from troppoly.network.formal import formal_monomial_counts, tropicalize_formal

    network = sample(5, (2, 4, 3, 2))
    result = document(
        tp.linear_regions(network), tropicalize_formal(network), formal_monomial_counts(network)
    )

    def value(side: dict, x: tuple[int, int]) -> Fraction:
        return max(
            sum(
                (Fraction(a) * y for a, y in zip(term["exponent"], x, strict=True)),
                Fraction(term["coefficient"]),
            )
            for term in side["terms"]
        )

    for x in product(range(-3, 4), repeat=2):
        values = [value(o["numerator"], x) - value(o["denominator"], x) for o in result["monomials"]]
        assert tuple(values) == network(x)
    formal = [(int(o["numerator"]["formal"]), int(o["denominator"]["formal"])) for o in result["monomials"]]
    assert formal == list(formal_monomial_counts(network))


def test_huge_formal_counts_keep_all_digits() -> None:
    f = tp.TropicalMap([tp.TropicalPolynomial({(1,): 0, (0,): 0}) / tp.TropicalPolynomial({(0,): 0})])
    result = document(tp.linear_regions(f), f, [(2**200 + 1, 1)])
    assert result["monomials"][0]["numerator"]["formal"] == str(2**200 + 1)
    assert "network" not in result
