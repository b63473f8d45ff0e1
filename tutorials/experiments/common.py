"""What the experiments share: their options, random functions, training, and the table and picture that each writes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import matplotlib as mpl
import numpy as np
from gmpy2 import mpq
from matplotlib import pyplot as plt
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from troppoly import Network, TropicalPolynomial, TropicalRational

Row = Mapping[str, Any]

COLORS = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"
"""Colors that the color-blind tell apart (Okabe and Ito)."""


def experiment(function: Callable[..., None]) -> click.Command:
    """Give a script its options: the folder of its results, the seed, and a small version."""
    for option in (
        click.option("--quick", is_flag=True, help="A small version, in seconds."),
        click.option("--seed", default=2024, show_default=True, help="Seed of all random numbers."),
        click.option(
            "--output",
            type=click.Path(file_okay=False, path_type=Path),
            default=Path("results"),
            show_default=True,
            help="Folder for the table and the picture.",
        ),
    ):
        function = option(function)
    return click.command(help=function.__doc__)(function)


def with_progress(what: str, items: Sequence[Any]) -> Iterator[Any]:
    """Go through a sequence, with a progress bar on the standard error stream."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(items, description=what)


def random_polynomial(m: int, n: int, side: int, random: np.random.Generator) -> TropicalPolynomial:
    """Return m monomials in n variables; all numbers are uniform in {0, 1/1000, ..., side}."""
    numbers = random.integers(0, 1000 * side, (m, n + 1), endpoint=True).tolist()
    return TropicalPolynomial({tuple(mpq(a, 1000) for a in row): mpq(c, 1000) for *row, c in numbers})


def random_rational(m_p: int, m_q: int, n: int, side: int, random: np.random.Generator) -> TropicalRational:
    """Return p / q for random polynomials of m_p and m_q monomials in n variables."""
    return random_polynomial(m_p, n, side, random) / random_polynomial(m_q, n, side, random)


def random_network(widths: Sequence[int], random: np.random.Generator) -> Network:
    """Return a network with weights N(0, 2 / inputs) and biases N(0, 2 / outputs) in every layer."""
    weights = [random.normal(0, np.sqrt(2 / m), (n, m)).astype(np.float32) for m, n in pairwise(widths)]
    biases = [random.normal(0, np.sqrt(2 / n), n).astype(np.float32) for n in widths[1:]]
    return Network.from_arrays(weights, biases)


def checkpoints(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    start: Network,
    epochs: Iterable[int],
    *,
    rate: float,
    decay: float,
    batch: int,
    seed: int,
) -> dict[int, Network]:
    """Train a network on two classes with AdamW, and return it as it is after the given epochs."""
    import torch  # here, since most experiments do without

    torch.set_num_threads(1)  # the matrices are so small that threads only wait for each other
    generator = torch.Generator().manual_seed(seed)
    model = start.to_torch().to(torch.float32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    points, labels = torch.tensor(x), torch.tensor(y)
    wanted = set(epochs)
    result = {}
    for epoch in range(max(wanted) + 1):
        if epoch in wanted:
            result[epoch] = Network.from_torch(model)
        for chosen in torch.randperm(len(points), generator=generator).split(batch):
            optimizer.zero_grad()
            values = model(points[chosen]).ravel()
            torch.nn.functional.binary_cross_entropy_with_logits(values, labels[chosen]).backward()
            optimizer.step()
    return result


def write_table(title: str, rows: Sequence[Row], path: Path) -> None:
    """Write rows of equal keys as CSV, exact numbers as they are, and print them, long ones rounded."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0])
        writer.writerows([_exact(value) for value in row.values()] for row in rows)
    table = Table(title=title)
    for name in rows[0]:
        values = [_short(row[name]) for row in rows]
        table.add_column(name, min_width=max(map(len, values)))
    for row in rows:
        table.add_row(*map(_short, row.values()))
    console = Console()
    console.width = console.width if console.is_terminal else 120
    console.print(table)


def _exact(value: Any) -> str:
    """Seconds and other floats with four digits, everything else in full."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _short(value: Any) -> str:
    """What fits into a column: six digits of what is not short."""
    text = _exact(value)
    if isinstance(value, (str, float)) or (len(text) <= 8 and "/" not in text):
        return text
    value = mpq(value)
    if value.denominator == 1:
        digits = str(abs(value.numerator))
        return f"{digits[0]}.{digits[1:3]}e{len(digits) - 1}"
    if f"{float(value):.6g}" == "1":
        return f"1 - {float(1 - value):.1e}" if value < 1 else f"1 + {float(value - 1):.1e}"
    return f"{float(value):.6g}"


def axes(n: int, *, height: float = 3.6) -> tuple[Any, list[Any]]:
    """Return a figure with n axes beside each other."""
    with mpl.rc_context({"axes.spines.top": False, "axes.spines.right": False, "axes.grid": True}):
        figure, grid = plt.subplots(1, n, figsize=(4.4 * n, height), layout="constrained", squeeze=False)
    figure.get_layout_engine().set(w_pad=0.1)
    for one in grid[0]:
        one.set_prop_cycle(color=COLORS)
        one.grid(color="0.9")
        one.set_axisbelow(True)
    return figure, list(grid[0])


def save(figure: Any, path: Path) -> None:
    """Write a picture, and close it."""
    figure.savefig(path, dpi=150)
    plt.close(figure)
