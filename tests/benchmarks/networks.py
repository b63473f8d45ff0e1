"""The networks that are measured, and what is known of them.

Run as a script with a folder, it writes the weights of all networks to .npz archives there, so that the
process that measures an engine needs no PyTorch.  The peers' environments have no troppoly, so this
module imports nothing of it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CASES", "GROWTH", "QUICK_GROWTH", "Case", "torch_modules", "widths_of"]

THRESHOLD_DIMENSION = 5


@dataclass(frozen=True)
class Case:
    """A network, and its published numbers of cells, vertices and directions at infinity."""

    name: str
    cells: int | None = None
    vertices: int | None = None
    at_infinity: int | None = None
    quick: bool = False

    @property
    def n_inputs(self) -> int:
        return THRESHOLD_DIMENSION + 1 if self.name.startswith("threshold") else widths_of(self.name)[0]


CASES = (
    Case("2-8-8-1", 156, 136, 29, quick=True),
    Case("2-16-16-1", 572, 540, 62, quick=True),
    Case("3-8-8-1", 772, 611, 288, quick=True),
    Case("2-64-64-1", 8158, 8034, 246, quick=True),
    Case("2-64-64-64-1", 20550, 20360, 378, quick=True),
    Case("2-128-128-128-1", 73684),
    Case("3-16-16-1", 5028, 4480, 1022, quick=True),
    Case("3-32-32-1", 44230, 42106, 4116, quick=True),
    Case("4-16-16-1", 41280, 35766, 9956, quick=True),
    Case("4-24-24-1"),
    Case("5-12-12-1", 30492),
    Case("6-8-8-1"),
    Case("threshold-5", 94572),
)
"""Default PyTorch initialization with seed 0; and the arrangement of threshold functions, in which the
normals of the hyperplanes are (1, v) for all v in {0, 1}^5: degenerate everywhere."""

GROWTH = {
    "2-n-n-1": ("2-22-22-1", "2-32-32-1", "2-48-48-1", "2-72-72-1", "2-104-104-1", "2-152-152-1", "2-224-224-1"),
    "3-n-n-1": ("3-9-9-1", "3-13-13-1", "3-19-19-1", "3-28-28-1", "3-41-41-1", "3-61-61-1", "3-92-92-1"),
    "4-n-n-1": ("4-7-7-1", "4-9-9-1", "4-12-12-1", "4-16-16-1", "4-21-21-1", "4-27-27-1", "4-36-36-1"),
}
"""Networks of one family, from 10^3 cells on; with 3 and 4 inputs to 10^6 cells."""

QUICK_GROWTH = {family: names[:5] for family, names in GROWTH.items()}


def widths_of(name: str) -> tuple[int, ...]:
    return tuple(map(int, name.split("-")))


def torch_modules(name: str) -> Any:
    """The torch.nn.Sequential of a name such as 2-16-16-1: one layer after the other with seed 0."""
    import torch

    torch.manual_seed(0)
    modules: list[torch.nn.Module] = []
    for n_in, n_out in pairwise(widths_of(name)):
        modules += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    return torch.nn.Sequential(*modules[:-1])


def _weights(name: str) -> dict[str, NDArray[np.float64]]:
    """The arrays of an archive: weight_0, bias_0, ..."""
    if name.startswith("threshold"):
        normals = np.array([(1, *v) for v in product((0, 1), repeat=THRESHOLD_DIMENSION)], dtype=float)
        return {"weight_0": normals, "weight_1": np.ones((1, len(normals)))}
    arrays = {}
    for i, layer in enumerate(torch_modules(name)[::2]):
        arrays[f"weight_{i}"] = layer.weight.detach().numpy()
        arrays[f"bias_{i}"] = layer.bias.detach().numpy()
    return arrays


if __name__ == "__main__":
    for case in sys.argv[2:]:
        np.savez(Path(sys.argv[1]) / f"{case}.npz", **_weights(case))  # type: ignore[arg-type]
