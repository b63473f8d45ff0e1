from __future__ import annotations

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import troppoly as tp
from troppoly.plotting import plot_regions
from troppoly.plotting.coloring import LEVELS, cielab, class_colors, equal_steps, levels, smallest_last
from troppoly.plotting.view import cell_colors


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
def test_neighbors_in_a_planar_graph_differ_by_two_levels(graph, random) -> None:
    n, edges = graph
    chosen = levels([random.random() for _ in range(n)], np.array(edges))
    assert set(chosen.tolist()) <= set(range(LEVELS))
    assert all(abs(chosen[a] - chosen[b]) >= 2 for a, b in edges)


def test_without_neighbors_the_level_is_the_rank() -> None:
    chosen = levels([10.0, -3.0, 0.5, 10.0], np.zeros((0, 2), dtype=int))
    assert chosen.tolist() == [15, 0, 8, 15]
    huge = [tp.rational(10**400) + 1, tp.rational(-3), tp.rational(10**400), tp.rational(10**400) + 1]
    assert levels(huge, np.zeros((0, 2), dtype=int)).tolist() == [15, 0, 8, 15]


def test_any_graph_gets_levels() -> None:
    complete = np.array([(a, b) for a in range(40) for b in range(a)])
    assert len(set(levels(list(range(40)), complete).tolist())) == LEVELS


def test_the_default_map_has_increasing_lightness() -> None:
    colors = matplotlib.colormaps["YlGnBu_r"](np.linspace(0.12, 0.97, 256))[:, :3]
    steps = equal_steps(colors)
    linear = np.where(steps <= 0.04045, steps / 12.92, ((steps + 0.055) / 1.055) ** 2.4)
    lightness = 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16
    gaps = np.diff(lightness)
    assert gaps.min() > 3.5
    assert gaps.max() < 6


def test_neighbors_differ_in_every_color_map() -> None:
    # three lines through 0: six sectors with different maps, the neighbors in a cycle
    regions = tp.linear_regions(tp.Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, 2, 4]]]))
    walls = regions.complex.walls
    names = [name for name in matplotlib.colormaps if not name.endswith("_r")]
    assert len(names) > 80
    for name in names:
        fills = cell_colors(regions, name)
        assert np.abs(fills[walls.first] - fills[walls.second]).max(axis=1).min() > 0.02, name
    decreasing = cell_colors(regions, "YlGnBu")[:, 1]
    assert np.corrcoef(decreasing, cell_colors(regions, "YlGnBu_r")[:, 1])[0, 1] < 0  # the other way round


@pytest.mark.parametrize("name", ["nope", ""])
def test_color_maps_that_there_are_not(name: str) -> None:
    with pytest.raises(tp.InputError, match="no color map"):
        plot_regions(tp.linear_regions(tp.TropicalPolynomial({(1, 0): 0, (0, 1): 0})), colormap=name)


def test_a_color_map_of_one_color() -> None:
    with pytest.raises(tp.InputError, match="too few colors"):
        equal_steps(np.full((256, 3), 0.5))


@pytest.mark.parametrize("n", [2, 7, 8, 10, 25])
def test_the_colors_of_classes_differ_and_ink_is_legible_on_them(n: int) -> None:
    lab = cielab(class_colors(n))
    distance = np.linalg.norm(lab[:, None] - lab, axis=2) + 1000 * np.eye(n)
    assert distance.min() > 12
    assert lab[:, 0].min() > 45


def test_the_coordinates_of_white_and_red() -> None:
    lab = cielab(np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]]))
    np.testing.assert_allclose(lab, [[100, 0, 0], [53.2, 80.1, 67.2]], atol=0.05)  # published values of sRGB red


def test_half_the_lightness_is_not_half_the_value() -> None:
    gray = np.linspace(0, 1, 101)[:, None] * np.ones(3)
    np.testing.assert_allclose(equal_steps(gray, 3)[:, 0], [0, 0.466, 1], atol=0.01)  # L* = 50 is sRGB 119 of 255


def test_levels_of_a_path_and_of_an_edge() -> None:
    assert smallest_last([{1}, {0, 2}, {1}]) == [0, 1, 2]
    assert levels([0.0, 1.0, 2.0], np.array([[0, 1], [1, 2]])).tolist() == [0, 8, 15]
    assert levels([1.0, 1.0], np.array([[0, 1]])).tolist() == [5, 8]
