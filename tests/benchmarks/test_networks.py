"""Regions, monomials and pictures of networks with PyTorch's default initialisation, seed 0."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch

import troppoly as tp
from troppoly.plotting import overview

CELLS = {
    (2, 16, 16, 1): 572,
    (2, 64, 64, 1): 8158,
    (3, 16, 16, 1): 5028,
    (3, 32, 32, 1): 44230,
    (4, 16, 16, 1): 41280,
}


def default_network(widths: tuple[int, ...]) -> tp.Network:
    torch.manual_seed(0)
    modules: list[torch.nn.Module] = []
    for n_in, n_out in pairwise(widths):
        modules += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    return tp.Network.from_torch(torch.nn.Sequential(*modules[:-1]))


def name(widths: tuple[int, ...]) -> str:
    return "-".join(map(str, widths))


@pytest.mark.parametrize("widths", CELLS, ids=name)
def test_linear_regions(benchmark: Any, widths: tuple[int, ...]) -> None:
    network = default_network(widths)

    def count() -> tuple[int, int]:
        regions = tp.linear_regions(network)
        return len(regions.cells), len(regions)

    cells, _ = benchmark.pedantic(count, rounds=3)
    assert cells == CELLS[widths]


@pytest.mark.parametrize("widths", [(2, 16, 16, 1), (2, 64, 64, 1), (3, 16, 16, 1)], ids=name)
def test_monomials(benchmark: Any, widths: tuple[int, ...]) -> None:
    benchmark.pedantic(tp.tropicalize, args=(default_network(widths),), rounds=3)


def test_picture(benchmark: Any) -> None:
    regions = tp.linear_regions(default_network((2, 64, 64, 1)))
    benchmark.pedantic(lambda: overview(regions).canvas.draw(), rounds=3)
