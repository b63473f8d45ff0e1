"""Linear regions of small random networks: the exact count, and what random points in a cube find of it.

Every network is counted exactly on the whole input space.  Then it is evaluated at random points of the cube
[-R, R]^d, and the different Jacobians are counted, exactly for the activation patterns met.  Samples miss small
regions, regions that do not meet the cube, and regions with the Jacobian of another one: what they find is a lower
bound.  For one hidden layer of m units in general position the exact count is Zaslavsky's sum of C(m, j), j <= d; no
network has more linear regions than the upper bound of Serra, Tjandraatmadja and Ramalingam.

Run:  python tutorials/experiments/exact_and_sampled_regions.py
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from common import axes, experiment, random_network, save, with_progress, write_table
from gmpy2 import mpq

from troppoly import linear_regions
from troppoly.bounds import serra_upper_bound
from troppoly.sampling import random_points_in_box, sampled_jacobians_float

WIDTHS = [2, 6, 1], [3, 5, 1], [4, 4, 1], [5, 3, 1], [6, 2, 1], [3, 2, 2, 1], [3, 3, 2, 1]
CUBES = (5, 1000), (20, 1000), (5, 5000), (20, 5000)
"""The cubes [-R, R]^d and the numbers of points."""


def counts(widths: Sequence[int], sample: int, seed: int) -> dict[str, Any]:
    """The counts of one random network."""
    net = random_network(widths, np.random.default_rng([seed, sample, *widths]))
    start = perf_counter()
    result = {"exact": len(linear_regions(net)), "seconds": perf_counter() - start}
    for radius, n in CUBES:
        points = random_points_in_box(widths[0], n, radius, seed + sample)
        result[f"R={radius}, {n}"] = sampled_jacobians_float(net, points).n_distinct
    return result


def row(widths: Sequence[int], found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means over the networks of an architecture."""
    exact = [one["exact"] for one in found]
    columns = [f"R={radius}, {n}" for radius, n in CUBES]
    return {
        "network": "-".join(map(str, widths)),
        "samples": len(found),
        "bound": serra_upper_bound(widths[0], widths[1:-1]),
        "exact min": min(exact),
        "exact max": max(exact),
        "exact mean": mpq(sum(exact), len(exact)),
        **{column: mpq(sum(one[column] for one in found), len(found)) for column in columns},
        "exact seconds": sum(one["seconds"] for one in found) / len(found),
    }


@experiment
def main(output: Path, seed: int, quick: bool) -> None:
    """Exact and sampled numbers of linear regions of small random networks."""
    samples = 2 if quick else 25
    linear_regions(random_network([1, 1, 1], np.random.default_rng(seed)))  # the first time includes imports
    rows = []
    for widths in with_progress("Architectures", WIDTHS):
        rows.append(row(widths, [counts(widths, sample, seed) for sample in range(samples)]))
    write_table("Linear regions, means over networks", rows, output / "exact_and_sampled_regions.csv")

    figure, (axis,) = axes(1)
    figure.set_size_inches(7.5, 3.8)
    columns = ["exact mean", *(f"R={radius}, {n}" for radius, n in CUBES)]
    names = ["exact", *(f"{n} points in [-{radius}, {radius}]^d" for radius, n in CUBES)]
    places = np.arange(len(rows))
    for i, (column, name) in enumerate(zip(columns, names, strict=True)):
        axis.bar(places + (i - 2) * 0.17, [float(r[column]) for r in rows], 0.17, label=name)
    axis.set_xticks(places, [r["network"] for r in rows])
    axis.grid(visible=False, axis="x")
    axis.set(ylabel="linear regions (mean)")
    axis.legend(frameon=False)
    save(figure, output / "exact_and_sampled_regions.png")


if __name__ == "__main__":
    main()
