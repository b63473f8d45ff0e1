"""Deep Sets: regions found by sampling a cube, and by sampling the fundamental chamber, against the exact number.

The layer max(alpha x + gamma (x_1 + ... + x_n) (1, ..., 1), 0), summed, is invariant under permutations.  For generic
alpha and gamma its n hyperplanes through the origin are independent: there are exactly 2^n linear regions, in n + 1
orbits.  They are counted exactly, from the chamber x_1 >= ... >= x_n alone, and estimated from

- N = 10^n random points of the cube [-R, R]^n, and
- N / n! such points with sorted coordinates, each region of the chamber counted with the size of its orbit.

The ratio of the second estimate to the first is what can be compared without knowing the truth.  An orbit size is that
of a set of active units, C(n, k).  If it is read off the Jacobian instead, as n! over the product of the factorials of
multiplicities of its entries, then entries that are equal in exact arithmetic must be equal as floats; they are not
after summation in single precision, and the estimate exceeds 2^n.  The last column shows that.

Run:  python tutorials/experiments/deep_sets_sampling.py
"""

from __future__ import annotations

from math import comb, factorial, prod
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any

import numpy as np
from common import axes, experiment, save, with_progress, write_table
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly import Network
from troppoly.sampling import random_points_in_box, sampled_activation_patterns_float
from troppoly.symmetry import chamber_regions, symmetric_group

RADIUS = 20


def row(n: int, sample: int, seed: int) -> dict[str, Any]:
    """One random layer."""
    alpha, gamma = np.random.default_rng([seed, n, sample]).uniform(-1, 1, 2).astype(np.float32)
    weight = alpha * np.eye(n, dtype=np.float32) + gamma
    net = Network.from_arrays([weight, np.ones((1, n))])
    start = perf_counter()
    exact = chamber_regions(net, symmetric_group(n))
    seconds = perf_counter() - start
    points = random_points_in_box(n, 10**n, RADIUS, seed + 2 * sample)
    cube = sampled_activation_patterns_float(net, points)
    points = np.sort(random_points_in_box(n, 10**n // factorial(n), RADIUS, seed + 2 * sample + 1), axis=1)
    met = np.unique(sampled_activation_patterns_float(net, points).labels, return_index=True)[1]
    active = net.layers[0].evaluate_float(points[met]) > 0
    chamber = sum(comb(n, int(k)) for k in active.sum(axis=1))
    return {
        "n": n,
        "sample": sample,
        "alpha": mpq(float(alpha)),
        "gamma": mpq(float(gamma)),
        "exact": exact.n_total,
        "orbits": exact.n_orbits,
        "cube": cube.n_distinct,
        "chamber": chamber,
        "ratio": mpq(chamber, cube.n_distinct),
        "by rounded Jacobians": by_rounded_jacobians(active, weight),
        "exact seconds": seconds,
    }


def by_rounded_jacobians(active: NDArray[np.bool_], weight: NDArray[np.float32]) -> int:
    """The sum of n! / prod m_i!, over the different float Jacobians, for the multiplicities m_i of their entries."""
    jacobians = np.unique(np.around(active.astype(np.float32) @ weight, 10), axis=0)
    multiplicities = [np.unique(row, return_counts=True)[1].tolist() for row in jacobians]
    return sum(factorial(len(weight)) // prod(map(factorial, m)) for m in multiplicities)


@experiment
def main(output: Path, seed: int, quick: bool) -> None:
    """Sampled and exact numbers of linear regions of Deep Sets layers."""
    sizes, samples = ((2, 3, 4), 2) if quick else ((2, 3, 4, 5, 6), 10)
    row(2, 0, seed)  # the first time includes imports
    cases = [(n, sample) for n in sizes for sample in range(samples)]
    rows = [row(*case, seed) for case in with_progress("Random layers", cases)]
    write_table("Linear regions of Deep Sets layers", rows, output / "deep_sets_sampling.csv")

    figure, (axis,) = axes(1)
    for column, marker in (("cube", "s"), ("chamber", "o"), ("by rounded Jacobians", "^")):
        shares = {n: [r[column] / r["exact"] for r in rows if r["n"] == n] for n in sizes}
        (line,) = axis.plot(sizes, [mean(shares[n]) for n in sizes], marker=marker, label=column)
        for n in sizes:
            axis.plot([n] * samples, shares[n], ".", color=line.get_color(), alpha=0.3)
    axis.axhline(1, color="black", linewidth=1)
    axis.set(xlabel="n", ylabel="estimate / exact number", xticks=sizes)
    axis.legend(frameon=False)
    save(figure, output / "deep_sets_sampling.png")


if __name__ == "__main__":
    main()
