"""What is redundant in small trained networks: a table, exact, in a few seconds.

Networks 2-16-16-k are trained with Adam on two moons, two features of iris, and digits; the digits network
has 64 inputs and is restricted to the plane through three images.  Each is reported on the whole plane
and on a box around the data, and compressed; the certificate of every compression is checked.

Run:  python tutorials/experiments/trained_redundancy.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits, load_iris, make_moons

from troppoly import Network, compress, redundancy_report

HEADER = ("network", "domain", "cells", "dead", "always active", "proportional", "no effect", "compressed", "rounding")


def trained(x: NDArray[np.float64], y: NDArray[np.int64], *widths: int, decay: float = 0.0) -> Network:
    """A network trained on standardized data; weight decay makes units die."""
    torch.manual_seed(0)
    sizes = [x.shape[1], *widths, int(y.max()) + 1]
    modules: list[torch.nn.Module] = []
    for m, n in pairwise(sizes):
        modules += [torch.nn.Linear(m, n), torch.nn.ReLU()]
    model = torch.nn.Sequential(*modules[:-1])
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=decay)
    data, labels = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
    for _ in range(300):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(data), labels).backward()
        optimizer.step()
    linear = [module for module in model if isinstance(module, torch.nn.Linear)]
    return Network.from_arrays([module.weight for module in linear], [module.bias for module in linear])


def standardized(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean 0 and deviation at most 1 in every column."""
    return (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1.0)


def networks() -> Iterator[tuple[str, Network]]:
    """The trained networks, all with two inputs."""
    x, y = make_moons(200, noise=0.1, random_state=0)
    iris = load_iris()
    digits = load_digits()
    for decay in (0.0, 1.0):
        suffix = f", decay {decay:g}" if decay else ""
        yield f"two moons{suffix}", trained(standardized(x), y, 16, 16, decay=decay)
        features = standardized(iris.data[:, 2:])
        yield f"iris{suffix}", trained(features, iris.target, 16, 16, decay=decay)
        images = standardized(digits.data)
        plane = images[[0, 1, 2]]
        net = trained(images, digits.target, 16, 16, decay=decay)
        yield f"digits slice{suffix}", net.restrict((plane[1:] - plane[0]).T, plane[0])


def row(name: str, net: Network, where: str, domain: Any) -> tuple[str, ...]:
    """One line of the table."""
    report = redundancy_report(net, domain)
    counts = [str(len(report.of_kind(kind))) for kind in ("dead", "always active", "proportional", "without effect")]
    result = compress(net, domain)
    if not result.certificate.check():
        raise AssertionError(f"The compression of {name} is wrong.")
    widths = ["-".join(map(str, network.widths)) for network in (net, result.network)]
    rounding = result.rounded()
    effect = "exact" if not rounding.changed else f"{len(rounding.changed)} weights"
    if rounding.bound:
        effect += f", at most {float(rounding.bound.value):.1e}"
    rectified = sum(int(layer.rectified.sum()) for layer in result.network.layers)
    return (f"{name} {widths[0]}", where, str(report.n_cells), *counts, f"{widths[1]}, {rectified} ReLUs", effect)


def main() -> None:
    """Write the table as Markdown."""
    box = [(-2, 2)] * 2
    lines = [HEADER, ("---",) * len(HEADER)]
    for name, net in networks():
        for where, domain in (("plane", None), ("box", box)):
            lines.append(row(name, net, where, domain))
    sys.stdout.write("".join(f"| {' | '.join(line)} |\n" for line in lines))


if __name__ == "__main__":
    main()
