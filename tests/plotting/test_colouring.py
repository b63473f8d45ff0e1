from __future__ import annotations

import matplotlib
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from troppoly.plotting.colouring import LEVELS, equally_light_steps, levels


@st.composite
def triangulations(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    """Stacked triangulations: a new node in a triangle, joined to its corners; these are planar."""
    faces, edges, n = [(0, 1, 2)], [(0, 1), (0, 2), (1, 2)], 3
    for choice in draw(st.lists(st.integers(0, 10**6), max_size=60)):
        a, b, c = faces.pop(choice % len(faces))
        edges += [(a, n), (b, n), (c, n)]
        faces += [(a, b, n), (a, c, n), (b, c, n)]
        n += 1
    return n, edges


@given(triangulations(), st.randoms(use_true_random=False))
def test_neighbours_in_a_planar_graph_differ_by_two_levels(graph, random) -> None:
    n, edges = graph
    chosen = levels([random.random() for _ in range(n)], np.array(edges))
    assert set(chosen.tolist()) <= set(range(LEVELS))
    assert all(abs(chosen[a] - chosen[b]) >= 2 for a, b in edges)


def test_without_neighbours_the_level_is_the_rank() -> None:
    chosen = levels([10.0, -3.0, 0.5, 10.0], np.zeros((0, 2), dtype=int))
    assert chosen.tolist() == [15, 0, 8, 15]


def test_any_graph_gets_levels() -> None:
    complete = np.array([(a, b) for a in range(40) for b in range(a)])
    assert len(set(levels(list(range(40)), complete).tolist())) == LEVELS


def test_the_default_map_has_increasing_lightness() -> None:
    colours = matplotlib.colormaps["YlGnBu_r"](np.linspace(0.12, 0.97, 256))[:, :3]
    steps = equally_light_steps(colours)
    linear = np.where(steps <= 0.04045, steps / 12.92, ((steps + 0.055) / 1.055) ** 2.4)
    lightness = 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16
    gaps = np.diff(lightness)
    assert gaps.min() > 3.5
    assert gaps.max() < 6
