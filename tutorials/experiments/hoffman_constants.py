"""Hoffman constants of random tropical rational functions: lower bound, exact value, upper bound, and their times.

p / q has m_p and m_q monomials in n variables, exponents and coefficients uniform in [0, 10].  Its Hoffman
constant is the greatest one of the systems of its full-dimensional cells.  The lower bound is that of 100
random surjective sets of rows; the upper bound visits all bases.  The lower bound, the exact value and the upper bound
are rational numbers, and lower <= exact <= upper is checked cell by cell.  The effective radius around the
origin, computed from the regions, stands beside its Hoffman bound.

Run:  python tutorials/experiments/hoffman_constants.py
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from common import axes, experiment, random_rational, save, with_progress, write_table
from gmpy2 import mpq

from troppoly import RationalMatrix, effective_radius, hoffman_constant
from troppoly.hoffman import cell_systems, lower_hoffman_constant, upper_hoffman_constant

SIZES = (10, 5, 3), (15, 5, 7), (15, 9, 6)


def row(m_p: int, m_q: int, n: int, sample: int, seed: int) -> dict[str, Any]:
    """One random rational function."""
    f = random_rational(m_p, m_q, n, 10, np.random.default_rng([seed, m_p, m_q, n, sample]))
    systems = cell_systems(f)
    matrices = [system.matrix for system in systems]
    lower, lower_seconds = timed(lower_hoffman_constant, matrices)
    exact, exact_seconds = timed(lambda matrix: hoffman_constant(matrix).value, matrices)
    upper, upper_seconds = timed(upper_hoffman_constant, matrices)
    if not all(a <= b <= c for a, b, c in zip(lower, exact, upper, strict=True)):
        raise AssertionError("A bound of a Hoffman constant is wrong.")
    return {
        "m_p, m_q, n": f"{m_p}, {m_q}, {n}",
        "cells": len(systems),
        "lower": max(lower),
        "exact": max(exact),
        "upper": max(upper),
        "lower s": lower_seconds,
        "exact s": exact_seconds,
        "upper s": upper_seconds,
        "radius": effective_radius(f).value,
        "radius bound": max(exact) * max(system.residual((mpq(0),) * n) for system in systems),
    }


def timed(function: Callable[[RationalMatrix], mpq], matrices: list[RationalMatrix]) -> tuple[list[mpq], float]:
    """Return the values, and the mean time in seconds."""
    start = perf_counter()
    values = [function(matrix) for matrix in matrices]
    return values, (perf_counter() - start) / len(matrices)


@experiment
def main(output: Path, seed: int, quick: bool) -> None:
    """Hoffman constants of random tropical rational functions, their bounds and times."""
    sizes, samples = (((4, 3, 2), (5, 3, 3)), 2) if quick else (SIZES, 2)
    cases = [(*size, sample) for size in sizes for sample in range(samples)]
    row(*cases[0], seed)  # the first time includes imports
    rows = [row(*case, seed) for case in with_progress("Random functions", cases)]
    write_table("Hoffman constants (seconds per cell)", rows, output / "hoffman_constants.csv")

    figure, (left, right) = axes(2)
    places = np.arange(len(rows))
    names = [r["m_p, m_q, n"] for r in rows]
    for column, marker in (("lower", "^"), ("exact", "o"), ("upper", "v")):
        left.plot(places, [float(r[column]) for r in rows], marker, label=column)
        right.plot(places, [r[f"{column} s"] for r in rows], marker)
    for axis, label in ((left, "Hoffman constant"), (right, "seconds per cell")):
        axis.set(yscale="log", ylabel=label, xlabel="m_p, m_q, n")
        axis.set_xticks(places, names, rotation=30)
    left.legend(frameon=False)
    save(figure, output / "hoffman_constants.png")


if __name__ == "__main__":
    main()
