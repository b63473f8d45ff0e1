"""Linear regions of random tropical rational functions against their numbers of monomials, and the time.

p / q has m monomials in its numerator and m in its denominator, exponents and coefficients uniform in [0, 1].  The
cells are the regions of the common refinement of p and q, which are those of the polynomial p * q: as
many as it has irredundant monomials.

Run:  python tutorials/experiments/random_rational_maps.py
"""

from __future__ import annotations

from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any

import numpy as np
from common import axes, experiment, random_rational, save, with_progress, write_table

from troppoly import linear_regions


def row(n: int, m: int, sample: int, seed: int) -> dict[str, Any]:
    """One random rational function."""
    f = random_rational(m, m, n, 1, np.random.default_rng([seed, n, m, sample]))
    start = perf_counter()
    regions = linear_regions(f)
    seconds = perf_counter() - start
    return {
        "n": n,
        "m": m,
        "sample": sample,
        "irredundant p": len(f.numerator.prune()),
        "irredundant q": len(f.denominator.prune()),
        "cells": regions.n_cells,
        "linear regions": len(regions),
        "seconds": seconds,
    }


@experiment
def main(output: Path, seed: int, quick: bool) -> None:
    """Linear regions and time against monomials, for random tropical rational functions."""
    dimensions, sizes, samples = ((2, 3), (4, 8), 2) if quick else ((2, 3, 4), (4, 8, 16, 32, 64), 3)
    cases = [(n, m, sample) for n in dimensions for m in sizes for sample in range(samples)]
    row(*cases[0], seed)  # the first time includes imports
    rows = [row(*case, seed) for case in with_progress("Random functions", cases)]
    write_table("Random tropical rational functions", rows, output / "random_rational_maps.csv")

    figure, (left, right) = axes(2)
    for axis, column in ((left, "linear regions"), (right, "seconds")):
        for n in dimensions:
            chosen = {m: [r[column] for r in rows if (r["n"], r["m"]) == (n, m)] for m in sizes}
            (line,) = axis.plot(sizes, [mean(chosen[m]) for m in sizes], marker="o", label=f"n = {n}")
            for m in sizes:
                axis.plot([m] * samples, chosen[m], ".", color=line.get_color(), alpha=0.4)
        axis.set(xscale="log", yscale="log", xlabel="monomials of p and of q", ylabel=column)
        axis.set_xticks(sizes, list(map(str, sizes)), minor=False)
        axis.minorticks_off()
    left.legend(frameon=False)
    save(figure, output / "random_rational_maps.png")


if __name__ == "__main__":
    main()
