"""Monomials of random networks against width and depth: those of the formal expression, and the irredundant ones.

The formal expression of a network as a tropical rational function is a product-sum recursion, and its size is an exact
integer that grows doubly exponentially with depth.  The irredundant monomials are read off the canonical complex.
For one hidden layer with p positive and n negative output weights they are 2^p + 2^n and, in general position in the
plane, Z(p) + Z(n) with Z(m) = 1 + m + m (m - 1) / 2: numerator and denominator are lifted zonotopes.

Run:  python tutorials/experiments/monomials_width_depth.py
"""

from __future__ import annotations

from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any

import numpy as np
from common import axes, experiment, random_network, save, with_progress, write_table
from gmpy2 import log10, mpz

from troppoly import formal_monomial_counts, tropicalize


def row(depth: int, width: int, sample: int, seed: int) -> dict[str, Any]:
    """One random network 2-w-...-w-1."""
    widths = [2, *[width] * depth, 1]
    net = random_network(widths, np.random.default_rng([seed, depth, width, sample]))
    start = perf_counter()
    ((numerator, denominator),) = tropicalize(net).monomial_counts()
    seconds = perf_counter() - start
    return {
        "network": "-".join(map(str, widths)),
        "depth": depth,
        "width": width,
        "sample": sample,
        "positive output weights": int((net.layers[-1].weight.to_floats() > 0).sum()),
        "formal": sum(formal_monomial_counts(net)[0]),
        "irredundant": numerator + denominator,
        "seconds": seconds,
    }


@experiment
def main(output: Path, seed: int, quick: bool) -> None:
    """Formal and irredundant monomials of random networks against width and depth."""
    depths, sizes, samples = ((1, 2), (2, 4), 2) if quick else ((1, 2, 3), (2, 3, 4, 5, 6, 7, 8), 5)
    cases = [(depth, width, sample) for depth in depths for width in sizes for sample in range(samples)]
    rows = [row(*case, seed) for case in with_progress("Random networks", cases)]
    write_table("Monomials of numerator and denominator", rows, output / "monomials_width_depth.csv")

    figure, grid = axes(2)
    for axis, column in zip(grid, ("formal", "irredundant"), strict=True):
        for depth in depths:
            values = [
                mean(float(log10(mpz(r[column]))) for r in rows if (r["depth"], r["width"]) == (depth, width))
                for width in sizes
            ]
            axis.plot(sizes, values, marker="o", label=f"{depth} hidden layer{'s' * (depth > 1)}")
        axis.set(xlabel="width", ylabel=f"log10 of {column} monomials (mean)", ylim=(0, None))
    grid[1].legend(frameon=False)
    save(figure, output / "monomials_width_depth.png")


if __name__ == "__main__":
    main()
