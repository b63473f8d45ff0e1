"""Train the networks of the benchmark, and write them as .npz archives beside this file.

    python tests/benchmarks/train.py [NAME ...]        (needs PyTorch; minutes on one core)

``trained-2-16x4-1`` and the like learn a wave on [-1, 1]^d, and ``torus-3-32x8-1`` the signed distance to a torus,
positive outside; their zero sets are checked on a grid.  All begin with the weights of ``networks.he_weights`` and are
trained by Adam with a step that falls to zero.  The same machine and version of PyTorch give the same weights; the
archives are those that are measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from itertools import chain, combinations

import numpy as np
import torch
from networks import DEPTHS, TRAINED, he_weights, sequential, widths_of
from numpy.typing import NDArray

MAJOR, MINOR, GRID = 0.6, 0.25, 160
"""The radii of the torus; points on a side of the grid that is looked at."""

Mask = NDArray[np.bool_]


def wave(points: torch.Tensor) -> torch.Tensor:
    """sin(3 x + cos(4 y)) in the plane, times cos(2 z) in space."""
    x, y = points[:, 0], points[:, 1]
    plane = torch.sin(3 * x + torch.cos(4 * y))
    return plane if points.shape[1] == 2 else plane * torch.cos(2 * points[:, 2])


def cube(d: int, n: int) -> torch.Tensor:
    return 2 * torch.rand(n, d) - 1


def torus_distance(points: torch.Tensor) -> torch.Tensor:
    return torch.hypot(torch.hypot(points[:, 0], points[:, 1]) - MAJOR, points[:, 2]) - MINOR


def near_torus(d: int, n: int) -> torch.Tensor:
    """Half of the points in the cube, half of them close to the torus."""
    u, v = 2 * torch.pi * torch.rand(2, n // 2)
    tube = MINOR + 0.1 * torch.randn(n // 2)
    ring = MAJOR + tube * torch.cos(v)
    points = torch.stack([ring * torch.cos(u), ring * torch.sin(u), tube * torch.sin(v)], dim=1)
    return torch.cat([cube(d, n - n // 2), points])


def is_torus(inside: Mask) -> bool:
    """Whether the cubes with all corners in a set of grid points make a solid that one torus bounds.

    Solid and complement are connected, so the solid's Betti numbers are (1, b, 0), and the boundary is one surface, of
    Euler characteristic twice that of the solid, 1 - b.
    """
    euler = 0
    for axes in chain.from_iterable(combinations(range(3), k) for k in range(4)):
        cubes = inside
        for axis in axes:
            cubes = cubes.take(range(1, cubes.shape[axis]), axis) & cubes.take(range(cubes.shape[axis] - 1), axis)
        euler += (-1) ** len(axes) * np.count_nonzero(cubes)
    return euler == 0 and is_connected(inside) and is_connected(~inside)


def is_connected(points: Mask) -> bool:
    """Whether grid points are connected along edges: what grows from one of them fills them all."""
    reached = np.zeros_like(points)
    reached.flat[np.flatnonzero(points)[0]] = True
    sizes = [0, 1]
    while sizes[-1] > sizes[-2]:
        grown = reached.copy()
        for axis in range(3):
            ahead, behind = (slice(None),) * axis + (slice(1, None),), (slice(None),) * axis + (slice(-1),)
            grown[ahead] |= reached[behind]
            grown[behind] |= reached[ahead]
        reached = grown & points
        sizes.append(np.count_nonzero(reached))
    return sizes[-1] == np.count_nonzero(points)


def train(name: str, target: Callable[..., torch.Tensor], sample: Callable[..., torch.Tensor], steps: int) -> None:
    """Train a network of a name, print its loss and write it."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    widths = widths_of(name)
    network = sequential(he_weights(widths))
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        points = sample(widths[0], 2048)
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(network(points)[:, 0], target(points)).backward()
        optimizer.step()
        schedule.step()
    points = sample(widths[0], 100_000)
    with torch.no_grad():
        error = float((network(points)[:, 0] - target(points)).square().mean().sqrt())
        if name.startswith("torus"):
            axis = torch.linspace(-1, 1, GRID)
            grid = torch.cartesian_prod(axis, axis, axis)
            values = torch.cat([network(part)[:, 0] for part in grid.split(GRID**2)])
            if not is_torus((values < 0).numpy().reshape(GRID, GRID, GRID)):
                raise SystemExit(f"{name}: the zero set is not a torus")
    arrays = {}
    for i, layer in enumerate(network[::2]):
        arrays |= {f"weight_{i}": layer.weight.detach().numpy(), f"bias_{i}": layer.bias.detach().numpy()}
    path = TRAINED / f"{name}.npz"
    np.savez_compressed(path, **arrays)
    print(f"{name}: root mean square error {error:.4f}, {path.stat().st_size:,} bytes", flush=True)


def tasks() -> Iterator[tuple[str, Callable[..., torch.Tensor], Callable[..., torch.Tensor], int]]:
    """The name, function, sampling and number of steps of every network."""
    for d in (2, 3):
        for depth in DEPTHS:
            yield f"trained-{d}-16x{depth}-1", wave, cube, 2000
    yield "torus-3-16x4-1", torus_distance, near_torus, 4000
    yield "torus-3-32x8-1", torus_distance, near_torus, 4000


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    wanted = parser.parse_args().names
    TRAINED.mkdir(exist_ok=True)
    for name, *task in tasks():
        if not wanted or name in wanted:
            train(name, *task)
