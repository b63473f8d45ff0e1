"""Pieces of random networks along segments and closed paths: how they grow with depth and with the number of units.

The number of pieces along a path (transitions along a trajectory) was proposed as a measure of what networks express by
Raghu, Poole, Kleinberg, Ganguli and Sohl-Dickstein (ICML 2017).  Hanin and Rolnick (Complexity of linear regions in
deep networks, ICML 2019) show that for random weights and biases its mean along a segment is at most a constant times
the number of units, whatever the depth, as long as the gradients of the units stay bounded.  Here every piece is
counted exactly: on segments between two random points, and around polygons inscribed in an ellipse through them.

Run:  python tutorials/experiments/transitions_along_paths.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from common import axes, experiment, random_network, save, with_progress, write_table
from gmpy2 import mpq

from troppoly.local import path, segment

INPUTS, CORNERS = 16, 24


def row(width: int, depth: int, samples: int, seed: int) -> dict[str, Any]:
    """Networks with so many hidden layers of so many units."""
    random = np.random.default_rng([seed, width, depth])
    straight, around = [], []
    for _ in range(samples):
        network = random_network([INPUTS, *[width] * depth, 1], random)
        a, b = random.normal(size=(2, INPUTS))
        angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
        corners = [np.cos(t) * a + np.sin(t) * b for t in angles]
        straight.append(len(segment(network, a, b).breakpoints))
        around.append(sum(len(part.breakpoints) for part in path(network, [*corners, corners[0]])))
    units = width * depth
    return {
        "width": width,
        "depth": depth,
        "units": units,
        "bends on a segment": mpq(sum(straight), samples),
        "per unit": mpq(sum(straight), samples * units),
        "bends around": mpq(sum(around), samples),
        "around per unit": mpq(sum(around), samples * units),
    }


@experiment
def main(output: Path, seed: int, quick: bool) -> None:
    """Pieces of random networks along segments and closed paths, by width and depth."""
    widths, depths, samples = ((8, 16), (1, 2), 3) if quick else ((16, 32, 64), (1, 2, 4, 6, 8), 10)
    cases = [(width, depth) for width in widths for depth in depths]
    rows = [row(*case, samples, seed) for case in with_progress("Networks", cases)]
    write_table("Bends along paths", rows, output / "transitions_along_paths.csv")

    figure, (left, right) = axes(2)
    for width in widths:
        own = [r for r in rows if r["width"] == width]
        for axis, name in ((left, "bends on a segment"), (right, "bends around")):
            axis.plot([r["units"] for r in own], [float(r[name]) for r in own], "o-", label=f"width {width}")
            axis.set(xlabel="units", ylabel=name)
    left.legend(frameon=False)
    save(figure, output / "transitions_along_paths.png")


if __name__ == "__main__":
    main()
