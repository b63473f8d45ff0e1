"""How regions, monomials and redundant units of a network change while it is trained.

A network 2-12-12-1 is trained on two moons, without and with weight decay.  At checkpoints: the cells and linear
regions on the whole plane, the formal and the irredundant monomials of numerator and denominator, and, on the box
[-3, 3]^2 around the data, the units that are dead, always active, proportional to another one, or without effect on the
output, and the widths that are left after exact compression.  The certificate of every compression is checked.

Run:  python tutorials/experiments/redundancy_over_training.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from common import COLORS, axes, checkpoints, experiment, random_network, save, with_progress, write_table
from gmpy2 import log10, mpz
from sklearn.datasets import make_moons

from troppoly import Network, compress, formal_monomial_counts, redundancy_report, track

BOX = [(-3, 3)] * 2
KINDS = "dead", "always active", "proportional", "without effect"


def row(decay: float, epoch: int, net: Network) -> dict[str, Any]:
    """The exact counts of one checkpoint."""
    table = track({epoch: net}, monomials=True)
    report = redundancy_report(net, BOX)
    compression = compress(net, BOX)
    if not compression.certificate.check():
        raise AssertionError("A compression is wrong.")
    return {
        "decay": decay,
        "epoch": epoch,
        "cells": table["cells"][0],
        "linear regions": table["regions"][0],
        "bounded": table["bounded"][0],
        "formal": sum(formal_monomial_counts(net)[0]),
        "irredundant monomials": table["numerator"][0][0] + table["denominator"][0][0],
        **{kind: len(report.of_kind(kind)) for kind in KINDS},
        "compressed": "-".join(map(str, compression.network.widths)),
    }


@experiment
def main(output: Path, seed: int, quick: bool) -> None:
    """Regions, monomials and redundant units over training."""
    width, epochs, decays = (4, (0, 10), (0.0,)) if quick else (12, (0, 1, 3, 10, 30, 100, 300, 1000), (0.0, 3.0))
    x, y = make_moons(200, noise=0.1, random_state=seed)
    x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32)
    start = random_network([2, width, width, 1], np.random.default_rng(seed))
    cases = []
    for decay in decays:
        found = checkpoints(x, y.astype(np.float32), start, epochs, rate=0.01, decay=decay, batch=50, seed=seed)
        cases += [(decay, *item) for item in found.items()]
    rows = [row(*case) for case in with_progress("Checkpoints", cases)]
    write_table("Redundancy over training", rows, output / "redundancy_over_training.csv")

    figure, grid = axes(3)
    panels = {
        "number on the plane": ("linear regions", "irredundant monomials"),
        "log10 of formal monomials": ("formal",),
        "units on the box": KINDS,
    }
    for axis, (label, columns) in zip(grid, panels.items(), strict=True):
        for column, color in zip(columns, COLORS, strict=False):
            for decay, style in zip(decays, ("-", "--"), strict=False):
                values = [r[column] for r in rows if r["decay"] == decay]
                if column == "formal":
                    values = [float(log10(mpz(value))) for value in values]
                name = column if style == "-" else None
                axis.plot(epochs, values, style, marker=".", color=color, label=name)
        axis.set(xscale="symlog", xlabel="epoch", ylabel=label, xlim=(0, None), ylim=(0, None))
        axis.yaxis.get_major_locator().set_params(integer=True)
    for axis in (grid[0], grid[2]):
        axis.legend(frameon=False)
    figure.suptitle("Weight decay: none (solid), 3 (dashed)", fontsize="medium")
    save(figure, output / "redundancy_over_training.png")


if __name__ == "__main__":
    main()
