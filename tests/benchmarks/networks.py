"""The networks that are measured, and what is known of them.

Run as a script with a folder and names, it writes the weights of networks to .npz archives there, so that the processes
that measure need no PyTorch.  The peers' environments have no troppoly, so this module imports nothing of it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DEPTH",
    "DEPTHS",
    "FLAT",
    "GROWTH",
    "LOCAL",
    "TABLE",
    "TORUS",
    "TRAINED",
    "Case",
    "he_weights",
    "sequential",
]
__all__ += ["VERIFY", "start_point", "widths_of"]

TRAINED = Path(__file__).parent / "trained"
"""The archives that train.py writes."""

DEPTHS = tuple(range(2, 17, 2))

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Case:
    """A network, the half side of the cube it is refined in (else all of R^d), and what is known of the complex.

    The kind comes first in the name: ``he-``, ``trained-``, ``torus-`` (see ``train.py``), ``resonance-``,
    ``threshold-``; without one it is PyTorch's default initialization with seed 0.
    """

    name: str
    cells: int | None = None
    vertices: int | None = None
    at_infinity: int | None = None
    box: float | None = None
    betti_numbers: tuple[int, ...] | None = None
    quick: bool = False
    about: int = 0
    """The number of cells, roughly, if it is not known."""

    @property
    def n_inputs(self) -> int:
        kind, _, size = self.name.partition("-")
        return {"resonance": int(size), "threshold": int(size) + 1}[kind] if size.isdigit() else widths_of(self.name)[0]

    @property
    def is_arrangement(self) -> bool:
        """Whether it is a central arrangement, degenerate everywhere."""
        return self.name.startswith(("resonance", "threshold"))


TABLE = (
    Case("2-8-8-1", 156, 136, 29, quick=True),
    Case("2-16-16-1", 572, 540, 62),
    Case("2-64-64-1", 8158, 8034, 246),
    Case("2-64-64-64-1", 20550, 20360, 378, quick=True),
    Case("2-128-128-128-1", 73684),
    Case("3-8-8-1", 772, 611, 288),
    Case("3-16-16-1", 5028, 4480, 1022, quick=True),
    Case("3-32-32-1", 44230, 42106, 4116),
    Case("3-92-92-1"),
    Case("4-16-16-1", 41280, 35766, 9956, quick=True),
    Case("4-24-24-1", 172691),
    Case("5-12-12-1", 30492),
    Case("6-8-8-1"),
    Case("threshold-5", 94572),
    Case("resonance-5", 11292, 1, quick=True),
    Case("resonance-6", 1066044, 1),
)
"""The numbers of cells are those of other programs and, of arrangements, of OEIS A000609 and A034997."""

FLAT = {
    f"{d}-n-n-1": tuple(Case(f"{d}-{n}-{n}-1", quick=d < 5 and i < 2) for i, n in enumerate(widths))
    for d, widths in {
        2: (71, 126, 224, 398, 708),
        3: (20, 29, 43, 63, 92),
        4: (12, 15, 20, 27, 36),
        5: (10, 12, 16, 20, 25),
    }.items()
}
"""Networks with about 10^4, 10^4.5, 10^5, 10^5.5 and 10^6 cells."""

DEPTH = {
    f"{kind}-{d}-16xL-1": tuple(Case(f"{kind}-{d}-16x{depth}-1", quick=depth <= 4) for depth in DEPTHS)
    for kind in ("he", "trained")
    for d in (2, 3)
}
"""Networks of one width that become deeper."""

TORUS = (
    Case("torus-3-16x4-1", box=1, betti_numbers=(1, 2, 1), quick=True),
    Case("torus-3-32x8-1", box=1),
    Case("3-32-32-1", 44230, 42106, 4116, quick=True),
)
"""Signed distances to a torus, and what the time per cell is compared with."""

GROWTH = (
    Case("4-16-16-1", 41280, 35766, quick=True),
    Case("4-24-24-1", 172691, quick=True),
    Case("4-32-32-1", 620528),
    Case("4-64-64-1", 11785847),
    Case("4-112-112-1", about=11 * 10**7),
    Case("torus-3-16x4-1", 46833, box=1, quick=True),
    Case("torus-3-32x8-1", box=1, about=10**7),
)
"""Networks of which only the census is taken."""

LOCAL = (Case("64-32-32-10", quick=True), Case("64-64-64-10"), Case("784-64-10"), Case("784-64-32-10"))
"""Networks with many inputs, of which the cells around a point are looked at."""

VERIFY = tuple(Case("he-5-50x6-5", box=half, quick=half <= 0.1) for half in (0.05, 0.1, 0.15))
"""A random network of the shape of the ACAS Xu networks, and cubes around a point in which it has a property."""


def start_point(d: int) -> NDArray[np.float64]:
    """A point at which the search in R^d begins."""
    return np.random.default_rng(0).normal(size=d)


def widths_of(name: str) -> tuple[int, ...]:
    """The widths in a name: (2, 16, 16, 1) of ``he-2-16x2-1``."""
    widths: list[int] = []
    for part in re.sub("^[a-z]+-", "", name).split("-"):
        width, _, times = part.partition("x")
        widths += [int(width)] * int(times or 1)
    return tuple(widths)


def he_weights(widths: tuple[int, ...]) -> Arrays:
    """He's initialization with normal biases, seed 0; a deeper network begins with the layers of the shallower one.

    The size of the biases does not matter: to multiply all of them by c > 0 is to scale the inputs.
    """
    random = np.random.default_rng(0)
    arrays: Arrays = {}
    for i, (n_in, n_out) in enumerate(pairwise(widths)):
        arrays[f"weight_{i}"] = random.normal(scale=np.sqrt(2 / n_in), size=(n_out, n_in)).astype(np.float32)
        arrays[f"bias_{i}"] = random.normal(scale=0.1, size=n_out).astype(np.float32)
    return arrays


def sequential(arrays: Mapping[str, NDArray[Any]]) -> Any:
    """The torch.nn.Sequential with these weights."""
    import torch

    modules: list[torch.nn.Module] = []
    for i in range(len(arrays) // 2):
        n_out, n_in = arrays[f"weight_{i}"].shape
        modules += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
        modules[-2].weight.data = torch.tensor(arrays[f"weight_{i}"])
        modules[-2].bias.data = torch.tensor(arrays[f"bias_{i}"])
    return torch.nn.Sequential(*modules[:-1])


def _default_weights(widths: tuple[int, ...]) -> Arrays:
    """PyTorch's: one layer after the other with seed 0."""
    import torch

    torch.manual_seed(0)
    arrays: Arrays = {}
    for i, (n_in, n_out) in enumerate(pairwise(widths)):
        layer = torch.nn.Linear(n_in, n_out)
        arrays |= {f"weight_{i}": layer.weight.detach().numpy(), f"bias_{i}": layer.bias.detach().numpy()}
    return arrays


def _arrangement(kind: str, n: int) -> Arrays:
    """The normals v in {0, 1}^n, v not zero, or (1, v) for all v: resonance and threshold functions."""
    vectors = np.array(list(product((0, 1), repeat=n)), dtype=np.float32)
    normals = vectors[1:] if kind == "resonance" else np.hstack([np.ones((2**n, 1), dtype=np.float32), vectors])
    return {"weight_0": normals, "weight_1": np.ones((1, len(normals)), dtype=np.float32)}


def _arrays(name: str) -> Arrays:
    """The arrays of an archive: weight_0, bias_0, ..."""
    kind, _, size = name.partition("-")
    if kind in ("resonance", "threshold"):
        return _arrangement(kind, int(size))
    if kind == "he":
        return he_weights(widths_of(name))
    if kind in ("trained", "torus"):
        with np.load(TRAINED / f"{name}.npz") as archive:
            return dict(archive)
    return _default_weights(widths_of(name))


if __name__ == "__main__":
    for case in sys.argv[2:]:
        np.savez(Path(sys.argv[1]) / f"{case}.npz", **_arrays(case))
