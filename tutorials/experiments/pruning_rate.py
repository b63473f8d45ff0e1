"""The share of redundant monomials and units of small networks, before, during and after training.

Networks 2-w-1 and 2-w-w-1 are trained to separate two squares.  The pruning rate is 1 - irredundant / formal, over
the monomials of numerator and denominator, on the whole plane.  For one hidden layer with p positive and n negative
output weights, all different from zero, and units in general position, it is

    1 - (Z(p) + Z(n)) / (2^p + 2^n),    Z(m) = 1 + m + m (m - 1) / 2,

so that training changes it only where an output weight changes its sign.  A unit counts as redundant if on the box
[-2, 2]^2 around the data it is dead, always active, proportional to another one, one of two that cancel, or without
effect on the output.

Run:  python tutorials/experiments/pruning_rate.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from common import axes, checkpoints, experiment, random_network, save, with_progress, write_table
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly import Network, formal_monomial_counts, redundancy_report, tropicalize

BOX = [(-2, 2)] * 2


def two_squares(random: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """48 points in each of two squares of side 1, one above the other with a gap, and their classes."""
    y = np.repeat(np.float32([0, 1]), 48)
    x = random.uniform(0, 1, (96, 2)).astype(np.float32)
    x[:, 0] -= np.float32(0.5)
    x[:, 1] += np.where(y, np.float32(0.1), np.float32(-1.1))
    return x, y


def counts(net: Network) -> dict[str, Any]:
    """The exact counts of one network."""
    units = redundancy_report(net, BOX).units
    return {
        "positive": int((net.layers[-1].weight.to_floats() > 0).sum()),
        "formal": sum(formal_monomial_counts(net)[0]),
        "irredundant": sum(tropicalize(net).monomial_counts()[0]),
        "redundant units": len({(unit.layer, unit.unit) for unit in units}),
    }


@experiment
def main(output: Path, seed: int, quick: bool) -> None:
    """Share of redundant monomials and units during training."""
    widths, epochs, samples = ((2, 4), (0, 5), 1) if quick else ((2, 3, 4, 5, 6, 7, 8), (0, 50, 200), 5)
    cases = [(depth, w, sample) for depth in (1, 2) for w in widths for sample in range(samples)]
    rows = []
    for depth, width, sample in with_progress("Networks", cases):
        random = np.random.default_rng([seed, depth, width, sample])
        shape = [2, *[width] * depth, 1]
        start = random_network(shape, random)
        data = two_squares(random)
        trained = checkpoints(*data, start, epochs, rate=1e-3, decay=0.0, batch=16, seed=seed + sample)
        for epoch, net in trained.items():
            found = counts(net)
            rows.append(
                {
                    "network": "-".join(map(str, shape)),
                    "sample": sample,
                    "epoch": epoch,
                    **found,
                    "pruning rate": 1 - mpq(found["irredundant"], found["formal"]),
                    "unit rate": mpq(found["redundant units"], width * depth),
                }
            )
    write_table("Redundant monomials and units during training", rows, output / "pruning_rate.csv")

    figure, grid = axes(2)
    for axis, column in zip(grid, ("pruning rate", "unit rate"), strict=True):
        for depth, style in ((1, "-"), (2, "--")):
            for epoch, color in zip(epochs, ("#0072B2", "#E69F00", "#D55E00"), strict=False):
                means = [
                    float(sum(r[column] for r in rows if (r["network"], r["epoch"]) == (name, epoch)) / samples)
                    for name in ("-".join(map(str, [2, *[w] * depth, 1])) for w in widths)
                ]
                name = f"{depth} hidden layer{'s' * (depth > 1)}, epoch {epoch}"
                axis.plot(widths, means, style, marker="o", color=color, label=name)
        axis.set(xlabel="width", ylim=(-0.05, 1.05))
    grid[0].set_ylabel("redundant monomials / formal monomials")
    grid[1].set_ylabel("redundant units / units, on a box")
    grid[1].legend(frameon=False, fontsize="small")
    save(figure, output / "pruning_rate.png")


if __name__ == "__main__":
    main()
